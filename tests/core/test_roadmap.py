"""The cheapest way is the cheapest: held against every combination of answers, tried out here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.benefits import Benefit, Terms
from dengta.core.policy import shipped
from dengta.core.roadmap import Plan, Planner
from dengta.core.scoring import Scorer
from dengta.core.shapes import (
    Gate,
    Instrument,
    Node,
    Option,
    Period,
    Question,
    Road,
    RoadStep,
    Scenario,
    Source,
    Text,
)

NAME = Text("名", "name")
SINGLE = tuple(Option(x, NAME, w) for x, w in zip("ABCD", (0, 30, 70, 100), strict=True))
MULTI = (
    Option("A", NAME, 0, exclusive=True),
    *(Option(x, NAME, w) for x, w in zip("BCD", (20, 30, 50), strict=True)),
)
INSTRUMENT = Instrument(
    id="small",
    name=NAME,
    source=Source("D"),
    in_force=Period(),
    nodes=(Node("all", NAME, 100),),
    questions=(
        Question("one", ("all",), NAME, "single", 45, SINGLE),
        Question("many", ("all",), NAME, "multi", 55, MULTI),
    ),
    groups={"g": NAME},
    scenarios=tuple(Scenario(x, "g", NAME, x != "z", (NAME, NAME)) for x in "xyz"),
    gates=(Gate(1, NAME, 30, 1, 1), Gate(2, NAME, 60, 2, 1)),
)
SCORER = Scorer(INSTRUMENT)
PLACES: list[tuple[str, str | int]] = [
    *(("one", letter) for letter in "BCD"),
    *(("many", letter) for letter in "BCD"),
    *((item, level) for item in "xyz" for level in (1, 2)),
]
KINDS = {"one": "question", "many": "question", "x": "scenario", "y": "scenario", "z": "scenario"}
# Each answer, as the steps that have been done to stand there.
MANY = ["".join(part) for size in range(1, 4) for part in itertools.combinations("BCD", size)]
STANDS: dict[str, list[str | int]] = {
    "one": ["A", "B", "C", "D"],
    "many": ["A", *MANY],
    "x": ["NA", 0, 1, 2],
    "y": [0, 1, 2],
    "z": [0, 1, 2],
}


def stands(item: str, answer: str | int, to: str | int) -> bool:
    """Whether an answer is at, or beyond, a place; what does not apply stands in nobody's way."""
    if answer == "NA":
        return True
    if item == "many":
        return str(to) in str(answer)
    return answer >= to  # type: ignore[operator]  # letters of the ladder, or levels


@st.composite
def roads(draw: st.DrawFn) -> Road:
    """Random prices; a step may need any earlier step of its kind; a few steps have no price."""
    steps: list[RoadStep] = []
    for item, to in PLACES:
        if draw(st.integers(0, 9)) == 0:
            continue
        earlier = [
            (step.item, step.to)
            for step in steps
            if KINDS[step.item] == KINDS[item] and step.item != item
        ]
        needs = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        price, days = draw(st.integers(0, 40)), draw(st.integers(0, 9))
        cloud, eligible = draw(st.booleans()), draw(st.booleans())
        steps.append(RoadStep(item, to, price, days, cloud, tuple(needs), eligible))
    return Road("small", NAME, Source("D"), Period(), tuple(steps))


@st.composite
def benefits(draw: st.DrawFn) -> tuple[Benefit, ...]:
    """Up to three; what they pay may rise with the level, and some of the cap may be spent."""
    found = []
    for at in range(draw(st.integers(0, 3))):
        levels = sorted(draw(st.sets(st.integers(0, 2), min_size=1, max_size=3)))
        rates = sorted(draw(st.sampled_from([0, 2000, 3000, 5000, 10000])) for _ in levels)
        caps = sorted(draw(st.integers(0, 60)) for _ in levels)
        found.append(
            Benefit(
                id=f"b{at}",
                name=NAME,
                covers=draw(st.sampled_from(["cloud", "eligible"])),
                terms=tuple(map(Terms, levels, rates, caps)),
                matched=draw(st.booleans()),
                used_fen=draw(st.sampled_from([0, 0, 10])),
            )
        )
    return tuple(found)


STARTS = st.fixed_dictionaries({item: st.sampled_from(every) for item, every in STANDS.items()})


def done(road: Road, start: dict[str, str | int], end: dict[str, str | int]) -> list[RoadStep]:
    """The steps that must be done between two sets of answers."""
    return [
        step
        for step in road.steps
        if stands(step.item, end[step.item], step.to)
        and not stands(step.item, start[step.item], step.to)
    ]


def reachable(road: Road, start: dict[str, str | int], end: dict[str, str | int]) -> bool:
    """Whether steps lead exactly there: nothing is lost, and all that is needed stands."""
    priced = {(step.item, step.to) for step in road.steps}
    for item, answer in end.items():
        if answer == start[item]:
            continue
        if "NA" in (answer, start[item]):
            return False
        if item == "many":
            had = set(str(start[item])) - {"A"}
            new = set(str(answer)) - had
            if not had <= set(str(answer)) or any((item, letter) not in priced for letter in new):
                return False
        elif answer < start[item] or (item, answer) not in priced:  # type: ignore[operator]
            return False
    steps = done(road, start, end)
    return all(stands(item, end[item], to) for step in steps for item, to in step.needs)


def part_paid(benefit: Benefit, step: RoadStep, level: int) -> int:
    """What a benefit would pay of a step, in whole numbers, half up."""
    rate = max((t.rate_bps for t in benefit.terms if t.level <= level), default=0)
    if not (step.cloud if benefit.covers == "cloud" else step.eligible):
        return 0
    part = (step.price_fen * rate + 5000) // 10000
    return min(part, step.price_fen // 2) if benefit.matched else part


def public(given: tuple[Benefit, ...], steps: list[RoadStep], level: int) -> int:
    """The most that comes in when each step is put to one benefit or none: all ways, tried out."""
    caps = [max((t.cap_fen for t in b.terms if t.level <= level), default=0) for b in given]
    left = [max(0, cap - b.used_fen) for cap, b in zip(caps, given, strict=True)]
    sums = {(0,) * len(given)}
    for step in steps:
        before = sums
        for at, benefit in enumerate(given):
            part = part_paid(benefit, step, level)
            if part and left[at]:
                put = {(*s[:at], min(left[at], s[at] + part), *s[at + 1 :]) for s in before}
                sums = sums | put
    return max(map(sum, sums))


Ends = list[tuple[int, Fraction, int]]


def ends(road: Road, given: tuple[Benefit, ...], start: dict[str, str | int]) -> Ends:
    """Level, score and cost of every combination of answers that steps lead to."""
    found: Ends = []
    known: dict[tuple[int, frozenset[tuple[str, str | int]]], int] = {}
    for answers in itertools.product(*STANDS.values()):
        end = dict(zip(STANDS, answers, strict=True))
        if reachable(road, start, end):
            result, steps = SCORER.score(end), done(road, start, end)
            key = result.reached, frozenset((s.item, s.to) for s in steps)
            if key not in known:
                known[key] = public(given, steps, result.reached)
            cost = sum(step.price_fen for step in steps) - known[key]
            found.append((result.reached, Fraction(result.score), cost))
    return found


@settings(max_examples=60, deadline=None)
@given(road=roads(), given=benefits(), start=STARTS)
def test_the_cheapest_way_is_what_trying_everything_finds(
    road: Road, given: tuple[Benefit, ...], start: dict[str, str | int]
) -> None:
    every = ends(road, given, start)
    for way in Planner(SCORER, road).ways(start, given):
        least = min((cost for level, _, cost in every if level >= way.level), default=None)
        assert (None if way.plan is None else way.plan.net_fen) == least
        if way.plan is None:
            assert way.why.zh
            assert way.why.en
        else:
            follow(road, start, way.plan)
            hold_paid(road, given, way.plan)


@settings(max_examples=30, deadline=None)
@given(road=roads(), given=benefits(), start=STARTS)
def test_each_point_of_the_frontier_is_the_least_that_reaches_as_much(
    road: Road, given: tuple[Benefit, ...], start: dict[str, str | int]
) -> None:
    every = ends(road, given, start)
    planner = Planner(SCORER, road)
    points = planner.frontier(start, given)
    here = SCORER.score(start)
    for point in points:
        enough = [c for level, s, c in every if (level, s) >= (point.level, point.score)]
        assert min(enough) == point.net_fen
    assert (points[0].level, points[0].score) >= (here.reached, here.score)
    for one, other in itertools.pairwise(points):
        assert one.net_fen < other.net_fen
        assert one[1:] < other[1:]
    for way in planner.ways(start, given):
        if way.plan is not None:
            best = max(point for point in points if point.net_fen <= way.plan.net_fen)
            assert best.level >= way.level


def follow(road: Road, start: dict[str, str | int], plan: Plan) -> None:
    """Do a plan's steps one by one: each is allowed when its turn comes, and the level is had."""
    needs = {(step.item, step.to): step.needs for step in road.steps}
    now = dict(start)
    for step in plan.steps:
        assert start[step.item] != "NA"
        assert all(stands(item, now[item], to) for item, to in needs[step.item, step.to])
        if step.item == "many":
            now["many"] = "".join(sorted(set(str(now["many"])) - {"A"} | {str(step.to)}))
        else:
            now[step.item] = step.to
    reached = SCORER.score(now)
    assert reached.reached == plan.level or not plan.steps
    assert Fraction(reached.score) == Fraction(plan.score)
    hold_times(needs, start, plan)


def hold_times(
    needs: Mapping[tuple[str, str | int], tuple[tuple[str, str | int], ...]],
    start: dict[str, str | int],
    plan: Plan,
) -> None:
    """Side by side, each step starts when the last that it waits for has ended, not later."""
    ends: dict[tuple[str, str | int], int] = {}
    for step in plan.steps:
        # Of a ladder that is needed only up to a rung, the first that reaches it ends the wait.
        firsts = [
            min(
                end for (item, to), end in ends.items() if item == other and stands(item, to, place)
            )
            for other, place in needs[step.item, step.to]
            if not stands(other, start[other], place)
        ]
        own = [end for (item, _), end in ends.items() if item == step.item != "many"]
        assert step.starts == max((*firsts, *own), default=0)
        ends[step.item, step.to] = step.starts + step.days
    assert plan.days_parallel == max(ends.values(), default=0)
    assert plan.days_parallel <= plan.days


def hold_paid(road: Road, given: tuple[Benefit, ...], plan: Plan) -> None:
    """No cap is exceeded; no step is paid for by more than the share of who covers it."""
    by_id = {benefit.id: benefit for benefit in given}
    priced = {(step.item, step.to): step for step in road.steps}
    for step in plan.steps:
        assert bool(step.paid_by) == bool(step.subsidy_fen)
        if step.paid_by:
            most = part_paid(by_id[step.paid_by], priced[step.item, step.to], plan.level)
            assert 0 < step.subsidy_fen <= most <= step.price_fen
    for id, paid in plan.paid.items():
        assert paid <= by_id[id].left_fen(plan.level)
    assert sum(plan.paid.values()) == plan.subsidy_fen


def test_with_a_budget_the_highest_level_that_it_pays_for_is_chosen() -> None:
    road = shipped().roads["miit-2024"]
    planner = Planner(Scorer(shipped().instruments["miit-2024"]), road)
    ways = planner.ways({})
    plans = [way.plan for way in ways]
    assert plans[0] is not None
    assert plans[1] is not None
    just = planner.within(ways, 3, plans[1].net_fen)
    less = planner.within(ways, 3, plans[1].net_fen - 1)
    assert just is ways[1]
    assert less is ways[0]
    assert planner.within(ways, 1, None) is ways[0]
    assert planner.within(ways, 3, 0) is None


def test_every_standard_price_is_marked_as_ours_to_be_confirmed() -> None:
    for road in shipped().roads.values():
        assert road.source.confidence == "default"
        assert "核实" in road.source.note
