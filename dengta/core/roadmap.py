"""转型路线: from a firm's answers to the cheapest steps that reach each level. Exact, in integers.

A step moves one answer up: a scenario by one level, a single choice to its next priced option, a
multiple choice by one more option. Steps have prices, days and prerequisites as policy data.
Benefits pay a share of the steps they cover, up to a cap (see `benefits`); a step's cost is put to
at most one of them. The search is in `climbing`.

What a benefit pays may depend on the level reached, so a way to a level may end higher: the
cheapest that reaches it at all is chosen, and of equally cheap ones the highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from dengta.core.benefits import Benefit
from dengta.core.climbing import Climb, Climber, Gain, Move, Slope
from dengta.core.paying import Payers
from dengta.core.scoring import Result, Scorer, level_text, plain
from dengta.core.shapes import Gate, Road, RoadStep, Text

__all__ = ["Plan", "Planner", "Point", "Step", "Way"]

Read = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan. `have` and `to` are letters or levels; money in 分, days working days.

    `paid_by` is the benefit that pays `subsidy_fen`, empty when nothing is paid. `starts` is how
    many days after the beginning it starts when steps run side by side.
    """

    item: str
    text: Text
    have: str | int
    to: str | int
    asks: Text
    reason: Text
    points: Decimal
    cloud: bool
    price_fen: int
    subsidy_fen: int
    days: int
    paid_by: str = ""
    starts: int = 0

    @property
    def net_fen(self) -> int:
        """What the firm pays itself."""
        return self.price_fen - self.subsidy_fen


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order in which they can be done; `level` and `score` are those reached."""

    level: int
    score: Decimal
    steps: tuple[Step, ...]

    @property
    def price_fen(self) -> int:
        """All prices together."""
        return sum(step.price_fen for step in self.steps)

    @property
    def subsidy_fen(self) -> int:
        """All that benefits pay."""
        return sum(step.subsidy_fen for step in self.steps)

    @property
    def net_fen(self) -> int:
        """What the firm pays for all steps."""
        return self.price_fen - self.subsidy_fen

    @property
    def paid(self) -> dict[str, int]:
        """What each benefit pays, by its id, in 分."""
        paid: dict[str, int] = {}
        for step in self.steps:
            if step.subsidy_fen:
                paid[step.paid_by] = paid.get(step.paid_by, 0) + step.subsidy_fen
        return paid

    @property
    def days(self) -> int:
        """Working days when one step follows the other."""
        return sum(step.days for step in self.steps)

    @property
    def days_parallel(self) -> int:
        """Working days when steps run side by side, each after those it needs."""
        return max((step.starts + step.days for step in self.steps), default=0)


@dataclass(frozen=True, slots=True)
class Way:
    """The cheapest plan to a level, or None and why there is none."""

    level: int
    name: Text
    plan: Plan | None
    why: Text


class Point(NamedTuple):
    """The best that a sum of money reaches: first the level, then the score."""

    net_fen: int
    level: int
    score: Decimal


class _Open(NamedTuple):
    """A step open to this firm; `needs` are places of earlier ones."""

    step: RoadStep
    have: str | int
    points: int
    needs: tuple[int, ...]


class Planner:
    """One road over one instrument, compiled once and asked for many firms."""

    def __init__(self, scorer: Scorer, road: Road) -> None:
        self.scorer, self.road = scorer, road
        self.gates = scorer.gates
        self.ladders: dict[str, list[RoadStep]] = {}
        for step in road.steps:
            self.ladders.setdefault(step.item, []).append(step)
        for item, steps in self.ladders.items():
            steps.sort(key=lambda step: (self.height(item, step.to), str(step.to)))

    def ways(
        self, answers: Mapping[str, str | int | None], benefits: Sequence[Benefit] = ()
    ) -> tuple[Way, ...]:
        """The cheapest way to each level. AnswerError for an answer that cannot be.

        `benefits` are those that the firm may count on. What is not answered counts as not yet
        there, as the scorer counts it; a scenario that does not apply is left alone.
        """
        return _Firm(self, answers, benefits).ways()

    def frontier(
        self,
        answers: Mapping[str, str | int | None],
        benefits: Sequence[Benefit] = (),
        apart: int = 1,
    ) -> tuple[Point, ...]:
        """What more money reaches, from nothing up to the cheapest way to the highest level.

        Every point is exact: no sum below it reaches as much. Scores of one level are at least
        `apart` points from each other. AnswerError for an answer that cannot be.
        """
        return _Firm(self, answers, benefits).frontier(apart)

    def within(self, ways: Sequence[Way], target: int, budget_fen: int | None) -> Way | None:
        """The best way to at most `target` that costs the firm at most `budget_fen`."""
        fit = [
            way
            for way in ways
            if way.level <= target
            and way.plan is not None
            and (budget_fen is None or way.plan.net_fen <= budget_fen)
        ]
        return max(fit, key=lambda way: way.level, default=None)

    def height(self, item: str, to: str | int) -> int:
        """How high an answer stands on its ladder: level, or points in 1 / scale."""
        if isinstance(to, int):
            return to
        return self.scorer.weighed[item].points[to]

    def open(self, read: Read) -> list[_Open]:
        """The steps open to a firm, each after those it needs; none that can never be done."""
        found: list[_Open] = []
        places: dict[tuple[str, str | int], int | None] = {}

        def place(item: str, step: RoadStep) -> int | None:
            key = (item, step.to)
            if key not in places:
                places[key] = None
                places[key] = enter(item, step)
            return places[key]

        def enter(item: str, step: RoadStep) -> int | None:
            needs: list[int] = []
            before = self._before(item, step, read)
            wanted = [(item, before.to)] if before else []
            for other, to in (*wanted, *step.needs):
                if self._has(other, to, read):
                    continue
                towards = self._towards(other, to)
                at = place(other, towards) if towards else None
                if at is None:
                    return None
                needs.append(at)
            have = before.to if before else self._now(item, read)
            points = self._points(item, step, before, read)
            found.append(_Open(step, have, points, tuple(sorted(set(needs)))))
            return len(found) - 1

        for item in self.scorer.items:
            for step in self.ladders.get(item, ()):
                if not self._has(item, step.to, read):
                    place(item, step)
        return found

    def _now(self, item: str, read: Read) -> str | int:
        now = read.get(item)
        return ("" if item in self.scorer.weighed else 0) if now is None else now

    def _many(self, item: str) -> bool:
        weighed = self.scorer.weighed.get(item)
        return weighed is not None and weighed.question.kind == "multi"

    def _has(self, item: str, to: str | int, read: Read) -> bool:
        """Whether the firm stands there, or higher, already; what does not apply asks nothing."""
        now = self._now(item, read)
        if item in self.scorer.scenarios:
            return not isinstance(now, int) or (isinstance(to, int) and now >= to)
        if self._many(item):
            return str(to) in str(now)
        return bool(now) and self.height(item, now) >= self.height(item, to)

    def _towards(self, item: str, to: str | int) -> RoadStep | None:
        """The first step of an item that brings it to `to` or higher."""
        steps = self.ladders.get(item, [])
        if self._many(item):
            return next((step for step in steps if step.to == to), None)
        height = self.height(item, to)
        return next((step for step in steps if self.height(item, step.to) >= height), None)

    def _before(self, item: str, step: RoadStep, read: Read) -> RoadStep | None:
        """The step just below on the same ladder, if it is still to be climbed."""
        if self._many(item):
            return None
        ladder = self.ladders[item]
        at = ladder.index(step)
        below = ladder[at - 1] if at else None
        return None if below is None or self._has(item, below.to, read) else below

    def _points(self, item: str, step: RoadStep, before: RoadStep | None, read: Read) -> int:
        if item not in self.scorer.weighed:
            return 0
        top = self.height(item, step.to)
        if self._many(item):
            return top
        now = str(self._now(item, read))
        return top - (self.height(item, before.to) if before else self.scorer.weighed[item].of(now))


class _Firm:
    """One firm on one road, with the benefits it may count on."""

    def __init__(
        self,
        planner: Planner,
        answers: Mapping[str, str | int | None],
        benefits: Sequence[Benefit],
    ) -> None:
        self.planner, self.scorer, self.benefits = planner, planner.scorer, benefits
        self.result: Result = self.scorer.score(answers)
        read = {item: self.scorer.read(item, value) for item, value in answers.items()}
        weighed = self.scorer.weighed
        self.have = sum(one.of(str(read[item])) for item, one in weighed.items() if read.get(item))
        reached = self.result.reached
        self.gates = {gate.level: gate for gate in planner.gates if gate.level > reached}
        self.open = planner.open(read)
        self.moves = [Move(o.step.price_fen, o.step.days, o.needs) for o in self.open]
        most = max((self.scorer.needed(gate) for gate in self.gates.values()), default=0)
        self.answered = Slope(
            self.moves,
            {at: (o.points,) for at, o in enumerate(self.open) if o.step.item in weighed},
            (max(0, most - self.have),),
        )
        self._slopes: dict[int, Slope] = {}
        self._climbers: dict[int, Climber] = {}
        self._found: dict[tuple[int, int], Climb | None] = {}

    def ways(self) -> tuple[Way, ...]:
        """The cheapest way to each level."""
        return tuple(self._way(gate) for gate in self.planner.gates)

    def frontier(self, apart: int) -> tuple[Point, ...]:
        """The best that more and more money reaches, level first, then score."""
        start = self.result.reached
        found = [self._point(start, None)]
        for end in (start, *sorted(self.gates)):
            higher = self._towards(end + 1)
            asked = self._asked(end) if end > start else apart * self.scorer.scale
            while asked <= self.answered.caps[0]:
                climb = self._cheapest(end, asked)
                if climb is None or (higher is not None and climb.net >= higher[1].net):
                    break
                found.append(self._point(end, climb))
                if end == max(self.gates, default=start):
                    break
                asked = self._gained(climb) + apart * self.scorer.scale
        return _rising(found)

    def _point(self, level: int, climb: Climb | None) -> Point:
        net, gained = (climb.net, self._gained(climb)) if climb else (0, 0)
        return Point(net, level, self.scorer.decimal(self.have + gained))

    def _gained(self, climb: Climb) -> int:
        return sum(self.open[at].points for at in climb.moves)

    def _towards(self, level: int) -> tuple[int, Climb] | None:
        """The cheapest way to a level or higher: where it ends, and its moves."""
        best: tuple[int, Climb] | None = None
        for end in sorted(self.gates):
            if end >= level:
                climb = self._cheapest(end, self._asked(end))
                if climb is not None and (best is None or climb.net <= best[1].net):
                    best = end, climb
        return best

    def _cheapest(self, level: int, points: int) -> Climb | None:
        """The cheapest moves to a level with so many more points, at the terms of that level."""
        key = level, points
        if key not in self._found:
            needs = (self._climbed(level), self._short(level)), (self.answered, (points,))
            self._found[key] = self._climber(level).cheapest(needs)
        return self._found[key]

    def _asked(self, level: int) -> int:
        """The points still missing for a level, in 1 / scale."""
        return max(0, self.scorer.needed(self.gates[level]) - self.have)

    def _short(self, level: int) -> Gain:
        """The scenarios, and the binding ones among them, still missing for a level."""
        if level not in self.gates:
            return (0, 0)
        gate, count = self.gates[level], self.result.counts[level]
        return max(0, gate.scenarios - count.scenarios), max(0, gate.binding - count.binding)

    def _climbed(self, level: int) -> Slope:
        """The scenarios, each step counting where it brings one across the level."""
        if level not in self._slopes:
            gains = {
                at: self._counts(one, level)
                for at, one in enumerate(self.open)
                if one.step.item in self.scorer.scenarios
            }
            self._slopes[level] = Slope(self.moves, gains, self._short(level))
        return self._slopes[level]

    def _climber(self, level: int) -> Climber:
        """The moves with what is paid of each at the terms of a level."""
        if level not in self._climbers:
            left = tuple(benefit.left_fen(level) for benefit in self.benefits)
            shares = [
                tuple(
                    benefit.share_fen(one.step, level) if most else 0
                    for benefit, most in zip(self.benefits, left, strict=True)
                )
                for one in self.open
            ]
            self._climbers[level] = Climber(self.moves, Payers(shares, left))
        return self._climbers[level]

    def _counts(self, one: _Open, level: int) -> Gain:
        """Whether a step brings its scenario across a level, and whether that is a binding one."""
        assert isinstance(one.have, int)
        assert isinstance(one.step.to, int)
        if not one.have < level <= one.step.to:
            return (0, 0)
        return (1, int(self.scorer.scenarios[one.step.item].binding))

    def _way(self, gate: Gate) -> Way:
        if gate.level not in self.gates:
            here = Plan(self.result.reached, self.scorer.decimal(self.have), ())
            return Way(gate.level, gate.name, here, Text("", ""))
        found = self._towards(gate.level)
        if found is None:
            return Way(gate.level, gate.name, None, self._why(gate))
        return Way(gate.level, gate.name, self._plan(*found), Text("", ""))

    def _why(self, gate: Gate) -> Text:
        zh, en = [], []
        most, needed = self.have + sum(one.points for one in self.open), self.scorer.needed(gate)
        if most < needed:
            score, least = (plain(self.scorer.decimal(points)) for points in (most, needed))
            zh.append(f"所有可做的改进都做完，得分也只到 {score} 分，而门槛是 {least} 分")
            en.append(f"with every priced measure the score is {score}, and {least} are needed")
        short = self._short(gate.level)
        if any(
            have < need for have, need in zip(self._climbed(gate.level).most(), short, strict=True)
        ):
            zh.append("有标准价的场景升级不够，达不到场景数或约束性场景数的门槛")
            en.append("the priced scenario steps do not bring enough scenarios to this level")
        return Text("；".join(zh) + "。", "; ".join(en) + ".")

    def _plan(self, level: int, climb: Climb) -> Plan:
        """The steps of a plan; a benefit goes to the earlier ones until its cap is used up."""
        left = [benefit.left_fen(level) for benefit in self.benefits]
        ends: dict[int, int] = {}
        steps = []
        for at in climb.moves:
            one, payer = self.open[at], climb.by.get(at)
            subsidy = 0
            if payer is not None:
                benefit = self.benefits[payer]
                subsidy = min(left[payer], benefit.share_fen(one.step, level))
                left[payer] -= subsidy
            starts = max((ends[need] for need in one.needs), default=0)
            ends[at] = starts + one.step.days
            text, asks = self._texts(one.step)
            steps.append(
                Step(
                    item=one.step.item,
                    text=text,
                    have=one.have,
                    to=one.step.to,
                    asks=asks,
                    reason=self._reason(self.gates[level], at, climb.moves),
                    points=self.scorer.decimal(one.points),
                    cloud=one.step.cloud,
                    price_fen=one.step.price_fen,
                    subsidy_fen=subsidy,
                    days=one.step.days,
                    paid_by=self.benefits[payer].id if payer is not None and subsidy else "",
                    starts=starts,
                )
            )
        return Plan(level, self.scorer.decimal(self.have + self._gained(climb)), tuple(steps))

    def _texts(self, step: RoadStep) -> tuple[Text, Text]:
        """What a step's item is called, and what the step asks for."""
        weighed = self.scorer.weighed.get(step.item)
        if weighed is not None:
            options = weighed.question.options
            return weighed.question.text, next(o.text for o in options if o.id == step.to)
        scenario = self.scorer.scenarios[step.item]
        return scenario.text, scenario.criteria[int(step.to) - 1]

    def _reason(self, gate: Gate, at: int, chosen: Sequence[int]) -> Text:
        """Which part of the gate a step serves, or which step it prepares."""
        to, one = level_text(gate.level), self.open[at]
        if one.points:
            points, least = (
                plain(self.scorer.decimal(each)) for each in (one.points, self.scorer.needed(gate))
            )
            return Text(
                f"加 {points} 分，{to.zh}要 {least} 分。",
                f"Adds {points} points; {to.en} needs {least}.",
            )
        if one.step.item in self.scorer.scenarios and any(self._counts(one, gate.level)):
            binding = self.scorer.scenarios[one.step.item].binding
            star = (
                Text("，也是约束性场景★", ", and as a binding one ★") if binding else Text("", "")
            )
            return Text(
                f"计入达到{to.zh}的场景{star.zh}。",
                f"Counts as a scenario at {to.en}{star.en}.",
            )
        after = next((self.open[a].step for a in chosen if at in self.open[a].needs), None)
        if after is None:
            return Text("为后面的步骤打基础。", "Prepares later steps.")
        name = self._named(after)
        return Text(f"{name.zh}要先有这一步。", f"{name.en} needs it first.")

    def _named(self, step: RoadStep) -> Text:
        """What a step reaches, as people call it: a scenario at a level, an answer in quotes."""
        scenario = self.scorer.scenarios.get(step.item)
        if scenario is not None:
            level = level_text(int(step.to))
            return Text(f"{scenario.text.zh}升到{level.zh}", f"{scenario.text.en} at {level.en}")
        options = self.scorer.weighed[step.item].question.options
        text = next(option.text for option in options if option.id == step.to)
        return Text(f"“{text.zh}”", f"“{text.en}”")


def _rising(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points that reach more than every cheaper one; of equally cheap ones the best."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda each: (each.net_fen, -each.level, -each.score)):
        if not kept or (point.level, point.score) > (kept[-1].level, kept[-1].score):
            kept.append(point)
    return tuple(kept)
