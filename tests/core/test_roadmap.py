"""The cheapest way is the cheapest: held against every combination of answers, tried out here."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.policy import shipped
from dengta.core.roadmap import Plan, Planner, Voucher
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
    "x": [0, 1, 2],
    "y": [0, 1, 2],
    "z": [0, 1, 2],
}


def stands(item: str, answer: str | int, to: str | int) -> bool:
    """Whether an answer is at, or beyond, a place."""
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
        price, cloud = draw(st.integers(0, 40)), draw(st.booleans())
        steps.append(RoadStep(item, to, price, 1, cloud, tuple(needs)))
    return Road("small", NAME, Source("D"), Period(), tuple(steps))


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
        if item == "many":
            had = set(str(start[item])) - {"A"}
            new = set(str(answer)) - had
            if not had <= set(str(answer)) or any((item, letter) not in priced for letter in new):
                return False
        elif answer < start[item] or (item, answer) not in priced:  # type: ignore[operator]
            return False
    steps = done(road, start, end)
    return all(stands(item, end[item], to) for step in steps for item, to in step.needs)


def brute(road: Road, voucher: Voucher, start: dict[str, str | int], level: int) -> int | None:
    """The least net cost over every combination of answers, or None."""
    least = None
    for answers in itertools.product(*STANDS.values()):
        end = dict(zip(STANDS, answers, strict=True))
        if not reachable(road, start, end) or SCORER.score(end).level < level:
            continue
        steps = done(road, start, end)
        shares = sum((s.price_fen * voucher.rate_bps + 5000) // 10000 for s in steps if s.cloud)
        cost = sum(step.price_fen for step in steps) - min(shares, voucher.left_fen)
        least = cost if least is None else min(least, cost)
    return least


@settings(max_examples=60, deadline=None)
@given(
    road=roads(),
    rate=st.sampled_from([0, 2000, 5000, 10000]),
    left=st.integers(0, 60),
    start=st.fixed_dictionaries({item: st.sampled_from(all_) for item, all_ in STANDS.items()}),
)
def test_the_cheapest_way_is_what_trying_everything_finds(
    road: Road, rate: int, left: int, start: dict[str, str | int]
) -> None:
    voucher = Voucher(rate, left)
    for way in Planner(SCORER, road, voucher).ways(start):
        least = brute(road, voucher, start, way.level)
        assert (None if way.plan is None else way.plan.net_fen) == least
        if way.plan is None:
            assert way.why.zh
            assert way.why.en
        else:
            follow(road, start, way.plan)


def follow(road: Road, start: dict[str, str | int], plan: Plan) -> None:
    """Do a plan's steps one by one: each is allowed when its turn comes, and the level is had."""
    needs = {(step.item, step.to): step.needs for step in road.steps}
    now = dict(start)
    for step in plan.steps:
        assert all(stands(item, now[item], to) for item, to in needs[step.item, step.to])
        if step.item == "many":
            now["many"] = "".join(sorted(set(str(now["many"])) - {"A"} | {str(step.to)}))
        else:
            now[step.item] = step.to
    assert SCORER.score(now).level >= plan.level


def test_with_a_budget_the_highest_level_that_it_pays_for_is_chosen() -> None:
    road = shipped().roads["miit-2024"]
    planner = Planner(Scorer(shipped().instruments["miit-2024"]), road, Voucher(0, 0))
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
