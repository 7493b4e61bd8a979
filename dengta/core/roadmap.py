"""转型路线: from a firm's answers to the cheapest steps that reach each level. Exact, in integers.

A step moves one answer up: a scenario by one level, a single choice to its next priced option, a
multiple choice by one more option. Steps have prices, days and prerequisites as policy data. Of
steps in the cloud a voucher pays a share, together at most what is left of the year's cap, so a
plan costs its firm `price - min(cap left, sum of shares)`.

How it is solved: items tied by prerequisites form a group; the ways to climb within a group are
listed without those that another beats; the groups are then folded one after the other, keeping
for each gain (points, or scenarios and binding ones at the level) the cheapest way. Taking the cap
as never reached gives a lower bound, taking it as always reached another; where neither settles
it, prices and net costs are folded side by side and pruned by those bounds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from dengta.core.money import share
from dengta.core.scoring import Result, Scorer, level_text, plain
from dengta.core.shapes import Gate, Policy, Road, RoadStep, Text

__all__ = ["Plan", "Planner", "Step", "Voucher", "Way", "voucher_of"]

_SHIFT = 64


@dataclass(frozen=True, slots=True)
class Voucher:
    """What pays a part of cloud steps: a share in basis points, together at most `left_fen`."""

    rate_bps: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan. `have` and `to` are letters or levels; money in 分, days working days."""

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

    @property
    def net_fen(self) -> int:
        """What the firm pays itself."""
        return self.price_fen - self.subsidy_fen


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order in which they can be done; `level` is the level reached."""

    level: int
    steps: tuple[Step, ...]

    @property
    def price_fen(self) -> int:
        """All prices together."""
        return sum(step.price_fen for step in self.steps)

    @property
    def subsidy_fen(self) -> int:
        """All that the voucher pays."""
        return sum(step.subsidy_fen for step in self.steps)

    @property
    def net_fen(self) -> int:
        """What the firm pays for all steps."""
        return self.price_fen - self.subsidy_fen

    @property
    def days(self) -> int:
        """Working days when one step follows the other."""
        return sum(step.days for step in self.steps)


@dataclass(frozen=True, slots=True)
class Way:
    """The cheapest plan to a level, or None and why there is none."""

    level: int
    name: Text
    plan: Plan | None
    why: Text


class _Move(NamedTuple):
    """A step open to this firm; `needs` are places of earlier moves."""

    step: RoadStep
    have: str | int
    points: int
    price: int
    net: int
    needs: tuple[int, ...]


Gain = tuple[int, ...]
Chain = tuple[object, ...]


class _Choice(NamedTuple):
    """One way to climb: what it gains and costs, and the moves it is made of."""

    gain: Gain
    net: int
    price: int
    moves: tuple[int, ...]


def voucher_of(policy: Policy, road: Road, day: dt.date, received_fen: int = 0) -> Voucher:
    """The voucher that a road's file names, on a day; `received_fen` has been drawn this year.

    Nothing is paid where the file names none or the programme has no edition on that day.
    """
    try:
        programme = policy.programme(road.programme, day)
    except KeyError:
        return Voucher(0, 0)
    values = {value.id: value for value in programme.values if value.in_force.holds(day)}
    rate, cap = values.get(road.rate), values.get(road.cap)
    if rate is None or cap is None or not isinstance(cap.amount, int):
        return Voucher(0, 0)
    bps = rate.table.get(road.depth, 0) if rate.by else rate.amount
    return Voucher(int(bps or 0), max(0, cap.amount - received_fen))  # type: ignore[arg-type]


class Planner:
    """One road over one instrument, compiled once and asked for many firms."""

    def __init__(self, scorer: Scorer, road: Road, voucher: Voucher) -> None:
        self.scorer, self.road, self.voucher = scorer, road, voucher
        self.gates = scorer.gates
        self.ladders: dict[str, list[RoadStep]] = {}
        for step in road.steps:
            self.ladders.setdefault(step.item, []).append(step)
        for item, steps in self.ladders.items():
            steps.sort(key=lambda step: (self._height(item, step.to), str(step.to)))

    def ways(self, answers: Mapping[str, str | int | None]) -> tuple[Way, ...]:
        """The cheapest way to each level. AnswerError for an answer that cannot be.

        What is not answered counts as not yet there, as the scorer counts it.
        """
        result = self.scorer.score(answers)
        read = {item: self.scorer.read(item, value) for item, value in answers.items()}
        moves = self._moves(read)
        questions = [at for at, m in enumerate(moves) if m.step.item in self.scorer.weighed]
        scenarios = [at for at, m in enumerate(moves) if m.step.item in self.scorer.scenarios]
        have = sum(w.of(str(read[q])) for q, w in self.scorer.weighed.items() if read.get(q))
        most = max((gate.score for gate in self.gates), default=0) * self.scorer.scale
        gains = {at: (moves[at].points,) for at in questions}
        answered = _Fold(moves, questions, gains, (max(0, most - have),))
        return tuple(
            self._way(gate, result, moves, answered, scenarios, have) for gate in self.gates
        )

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

    def _way(
        self,
        gate: Gate,
        result: Result,
        moves: Sequence[_Move],
        answered: _Fold,
        scenarios: list[int],
        have: int,
    ) -> Way:
        if result.level >= gate.level:
            return Way(gate.level, gate.name, Plan(gate.level, ()), Text("", ""))
        gains = {at: self._counts(moves[at], gate.level) for at in scenarios}
        count = result.counts[gate.level]
        need = (max(0, gate.scenarios - count.scenarios), max(0, gate.binding - count.binding))
        climbed = _Fold(moves, scenarios, gains, need)
        points = (max(0, gate.score * self.scorer.scale - have),)
        best = _cheapest(climbed, need, answered, points, self.voucher.left_fen)
        if best is None:
            why = self._why(gate, answered, points, have, climbed, need)
            return Way(gate.level, gate.name, None, why)
        plan = self._plan(gate, [moves[at] for at in sorted(best.moves)], moves)
        return Way(gate.level, gate.name, plan, Text("", ""))

    def _height(self, item: str, to: str | int) -> int:
        """How high an answer stands on its ladder: level, or points in 1 / scale."""
        if isinstance(to, int):
            return to
        return self.scorer.weighed[item].points[to]

    def _moves(self, read: Mapping[str, str | int | None]) -> list[_Move]:
        """The moves open to a firm, each after those it needs; without what can never be done."""
        moves: list[_Move] = []
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
            cut = share(step.price_fen, self.voucher.rate_bps) if step.cloud else 0
            have = before.to if before else self._now(item, read)
            points = self._points(item, step, before, read)
            net = step.price_fen - min(cut, step.price_fen)
            moves.append(_Move(step, have, points, step.price_fen, net, tuple(sorted(set(needs)))))
            return len(moves) - 1

        for item in self.scorer.items:
            for step in self.ladders.get(item, ()):
                if not self._has(item, step.to, read):
                    place(item, step)
        return moves

    def _now(self, item: str, read: Mapping[str, str | int | None]) -> str | int:
        now = read.get(item)
        return ("" if item in self.scorer.weighed else 0) if now is None else now

    def _many(self, item: str) -> bool:
        weighed = self.scorer.weighed.get(item)
        return weighed is not None and weighed.question.kind == "multi"

    def _has(self, item: str, to: str | int, read: Mapping[str, str | int | None]) -> bool:
        """Whether the firm stands there, or higher, already."""
        now = self._now(item, read)
        if isinstance(now, int):
            return isinstance(to, int) and now >= to
        if self._many(item):
            return str(to) in now
        return bool(now) and self._height(item, now) >= self._height(item, to)

    def _towards(self, item: str, to: str | int) -> RoadStep | None:
        """The first step of an item that brings it to `to` or higher."""
        steps = self.ladders.get(item, [])
        if self._many(item):
            return next((step for step in steps if step.to == to), None)
        height = self._height(item, to)
        return next((step for step in steps if self._height(item, step.to) >= height), None)

    def _before(
        self, item: str, step: RoadStep, read: Mapping[str, str | int | None]
    ) -> RoadStep | None:
        """The step just below on the same ladder, if it is still to be climbed."""
        if self._many(item):
            return None
        ladder = self.ladders[item]
        at = ladder.index(step)
        below = ladder[at - 1] if at else None
        return None if below is None or self._has(item, below.to, read) else below

    def _points(
        self,
        item: str,
        step: RoadStep,
        before: RoadStep | None,
        read: Mapping[str, str | int | None],
    ) -> int:
        if item not in self.scorer.weighed:
            return 0
        top = self._height(item, step.to)
        if self._many(item):
            return top
        now = str(self._now(item, read))
        return top - (
            self._height(item, before.to) if before else self.scorer.weighed[item].of(now)
        )

    def _counts(self, move: _Move, level: int) -> Gain:
        """Whether a move brings its scenario across a level, and whether that is a binding one."""
        assert isinstance(move.have, int)
        assert isinstance(move.step.to, int)
        if not move.have < level <= move.step.to:
            return (0, 0)
        return (1, int(self.scorer.scenarios[move.step.item].binding))

    def _why(
        self,
        gate: Gate,
        answered: _Fold,
        points: Gain,
        have: int,
        climbed: _Fold,
        need: Gain,
    ) -> Text:
        zh, en = [], []
        if not answered.reaches(points):
            most = plain(self.scorer.decimal(have + answered.most(0)))
            zh.append(f"所有可做的改进都做完，得分也只到 {most} 分，而门槛是 {gate.score} 分")
            en.append(f"with every priced measure the score is {most}, and {gate.score} are needed")
        if not climbed.reaches(need):
            zh.append("有标准价的场景升级不够，达不到场景数或约束性场景数的门槛")
            en.append("the priced scenario steps do not bring enough scenarios to this level")
        return Text("；".join(zh) + "。", "; ".join(en) + ".")

    def _plan(self, gate: Gate, chosen: Sequence[_Move], moves: Sequence[_Move]) -> Plan:
        """The steps of a plan; the voucher goes to the earlier ones until its cap is used up."""
        left, steps = self.voucher.left_fen, []
        for move in chosen:
            subsidy = min(left, move.price - move.net)
            left -= subsidy
            item = move.step.item
            weighed, scenario = self.scorer.weighed.get(item), self.scorer.scenarios.get(item)
            if weighed is not None:
                text = weighed.question.text
                asks = next(o.text for o in weighed.question.options if o.id == move.step.to)
            else:
                assert scenario is not None
                text, asks = scenario.text, scenario.criteria[int(move.step.to) - 1]
            steps.append(
                Step(
                    item=item,
                    text=text,
                    have=move.have,
                    to=move.step.to,
                    asks=asks,
                    reason=self._reason(gate, move, chosen, moves),
                    points=self.scorer.decimal(move.points),
                    cloud=move.step.cloud,
                    price_fen=move.price,
                    subsidy_fen=subsidy,
                    days=move.step.days,
                )
            )
        return Plan(gate.level, tuple(steps))

    def _reason(
        self, gate: Gate, move: _Move, chosen: Sequence[_Move], moves: Sequence[_Move]
    ) -> Text:
        """Which part of the gate a step serves, or which step it prepares."""
        to = level_text(gate.level)
        if move.step.item in self.scorer.weighed and move.points:
            points = plain(self.scorer.decimal(move.points))
            return Text(
                f"加 {points} 分，{to.zh}要 {gate.score} 分。",
                f"Adds {points} points; {to.en} needs {gate.score}.",
            )
        if move.step.item in self.scorer.scenarios and any(self._counts(move, gate.level)):
            binding = self.scorer.scenarios[move.step.item].binding
            star = (
                Text("，也是约束性场景★", ", and as a binding one ★") if binding else Text("", "")
            )
            return Text(
                f"计入达到{to.zh}的场景{star.zh}。",
                f"Counts as a scenario at {to.en}{star.en}.",
            )
        after = next(
            (later.step for later in chosen if any(moves[at] is move for at in later.needs)), None
        )
        if after is None:
            return Text("为后面的步骤打基础。", "Prepares later steps.")
        return Text(
            f"{after.item} {after.to} 要先有这一步。", f"{after.item} {after.to} needs it first."
        )


class _Fold:
    """Groups of moves, folded: for each gain the cheapest way, by net cost and by price."""

    def __init__(
        self,
        moves: Sequence[_Move],
        chosen: Sequence[int],
        gains: Mapping[int, Gain],
        caps: Gain,
    ) -> None:
        self.caps = caps
        self.groups = [_local(moves, group, gains, caps) for group in _groups(moves, chosen)]
        # From the end to the start, so that each stage bounds what the rest still costs.
        self.by_net = self._stages(lambda c: (c.net << _SHIFT) + c.price)
        self.by_price = self._stages(lambda c: (c.price << _SHIFT) + c.net)
        self._seen: dict[tuple[bool, int, Gain], int | None] = {}

    def _stages(self, cost: Callable[[_Choice], int]) -> list[dict[Gain, tuple[int, Chain]]]:
        start: Gain = (0,) * len(self.caps)
        stages: list[dict[Gain, tuple[int, Chain]]] = [{start: (0, ())}]
        for group in reversed(self.groups):
            priced = [(choice.gain, cost(choice), choice) for choice in group]
            merged: dict[Gain, tuple[int, Chain]] = {}
            for gain, (spent, chain) in stages[-1].items():
                for more, extra, choice in priced:
                    key = _plus(gain, more, self.caps)
                    total = spent + extra
                    known = merged.get(key)
                    if known is None or total < known[0]:
                        merged[key] = (total, (chain, choice))
            stages.append(_thin(merged))
        stages.reverse()
        return stages

    def cheapest(self, need: Gain, by_price: bool, stage: int = 0) -> tuple[int, Chain] | None:
        """The cheapest way from a stage on to at least `need`."""
        front = (self.by_price if by_price else self.by_net)[stage]
        fit = [way for gain, way in front.items() if _enough(gain, need)]
        return min(fit, key=lambda way: way[0], default=None)

    def bound(self, need: Gain, by_price: bool, stage: int) -> int | None:
        """The least net cost (or price) from a stage on, in 分; None where it cannot be done."""
        key = (by_price, stage, need)
        if key not in self._seen:
            way = self.cheapest(need, by_price, stage)
            self._seen[key] = None if way is None else way[0] >> _SHIFT
        return self._seen[key]

    def reaches(self, need: Gain) -> bool:
        """Whether all moves together gain enough."""
        return any(_enough(gain, need) for gain in self.by_net[0])

    def most(self, part: int) -> int:
        """The most that can be gained of one part."""
        return max(gain[part] for gain in self.by_net[0])


def _plus(one: Gain, other: Gain, caps: Gain) -> Gain:
    if len(caps) == 1:
        return (min(one[0] + other[0], caps[0]),)
    return (min(one[0] + other[0], caps[0]), min(one[1] + other[1], caps[1]))


def _enough(gain: Gain, need: Gain) -> bool:
    return all(have >= asked for have, asked in zip(gain, need, strict=True))


def _thin(front: dict[Gain, tuple[int, Chain]]) -> dict[Gain, tuple[int, Chain]]:
    """Leave out gains of one part that cost no less than a higher one."""
    if len(next(iter(front))) > 1:
        return front
    kept, least = {}, None
    for gain in sorted(front, reverse=True):
        if least is None or front[gain][0] < least:
            kept[gain], least = front[gain], front[gain][0]
    return kept


def _groups(moves: Sequence[_Move], chosen: Sequence[int]) -> list[list[int]]:
    """Moves of one item, and of items tied by prerequisites, belong together."""
    heads: dict[str, str] = {}

    def head(item: str) -> str:
        while heads.setdefault(item, item) != item:
            item = heads[item]
        return item

    for at in chosen:
        for need in moves[at].needs:
            heads[head(moves[need].step.item)] = head(moves[at].step.item)
    groups: dict[str, list[int]] = {}
    for at in chosen:
        groups.setdefault(head(moves[at].step.item), []).append(at)
    return list(groups.values())


def _local(
    moves: Sequence[_Move], group: Sequence[int], gains: Mapping[int, Gain], caps: Gain
) -> list[_Choice]:
    """The ways to climb within a group; of two the one that gains no less and costs no more.

    `held` is the set of moves done that a later one needs; a move is forgotten after its last use.
    """
    last = {need: at for at in group for need in moves[at].needs}
    start = _Choice((0,) * len(caps), 0, 0, ())
    states: dict[tuple[frozenset[int], Gain], list[_Choice]] = {(frozenset(), start.gain): [start]}
    for at in group:
        after: dict[tuple[frozenset[int], Gain], list[_Choice]] = {}
        move, gain = moves[at], gains[at]
        for (held, _), choices in states.items():
            can = all(need in held for need in move.needs)
            kept = frozenset(one for one in held if last[one] != at)
            taken = kept | {at} if at in last else kept
            for choice in choices:
                after.setdefault((kept, choice.gain), []).append(choice)
                if can:
                    more = _Choice(
                        _plus(choice.gain, gain, caps),
                        choice.net + move.net,
                        choice.price + move.price,
                        (*choice.moves, at),
                    )
                    after.setdefault((taken, more.gain), []).append(more)
        states = {key: _pareto(choices) for key, choices in after.items()}
    return _undominated([choice for choices in states.values() for choice in choices])


def _pareto(choices: Iterable[_Choice]) -> list[_Choice]:
    """Of choices with one gain those that no other beats in both net cost and price."""
    kept: list[_Choice] = []
    for choice in sorted(choices, key=lambda c: (c.net, c.price)):
        if not kept or choice.price < kept[-1].price:
            kept.append(choice)
    return kept


def _undominated(choices: list[_Choice]) -> list[_Choice]:
    kept: list[_Choice] = []
    for one in sorted(choices, key=lambda c: (c.net, c.price, [-part for part in c.gain])):
        if not any(other.price <= one.price and _enough(other.gain, one.gain) for other in kept):
            kept.append(one)
    return kept


def _unchain(chain: Chain) -> list[int]:
    moves: list[int] = []
    while chain:
        inner, choice = chain
        assert isinstance(choice, _Choice)
        assert isinstance(inner, tuple)
        moves += choice.moves
        chain = inner
    return moves


def _cheapest(
    climbed: _Fold, need: Gain, answered: _Fold, points: Gain, left: int
) -> _Choice | None:
    """The moves with the least `max(price - left, net)`, or None."""
    ends = []
    for by_price in (False, True):
        a, b = climbed.cheapest(need, by_price), answered.cheapest(points, by_price)
        if a is None or b is None:
            return None
        first, second = a[0] + b[0] >> _SHIFT, (a[0] + b[0]) & ((1 << _SHIFT) - 1)
        net, price = (second, first) if by_price else (first, second)
        ends.append(_Choice((), net, price, (*_unchain(a[1]), *_unchain(b[1]))))
    free, full = ends
    if free.price - free.net <= left:
        return free
    if full.price - full.net >= left:
        return full
    most = min(max(end.price - left, end.net) for end in ends)
    rest = [answered.bound(points, by_price, 0) or 0 for by_price in (False, True)]
    start = [_Choice((0, 0), 0, 0, ())]
    middle = _both(climbed, need, start, left, most, rest)
    ways = _both(answered, points, [way._replace(gain=(0,)) for way in middle], left, most, [0, 0])
    return min(ways, key=lambda way: max(way.price - left, way.net), default=free)


def _both(
    fold: _Fold, need: Gain, start: list[_Choice], left: int, most: int, rest: Sequence[int]
) -> list[_Choice]:
    """Fold net cost and price side by side; drop what cannot end at `most` or below."""
    states: dict[Gain, list[_Choice]] = {(0,) * len(need): start}
    for stage, group in enumerate(fold.groups, 1):
        after: dict[Gain, list[_Choice]] = {}
        for gain, ways in states.items():
            for choice in group:
                key = _plus(gain, choice.gain, need)
                missing = tuple(n - g for n, g in zip(need, key, strict=True))
                net, price = (fold.bound(missing, by, stage) for by in (False, True))
                if net is None or price is None:
                    continue
                for way in ways:
                    total = way.net + choice.net, way.price + choice.price
                    floor = max(total[1] + price + rest[1] - left, total[0] + net + rest[0])
                    if floor <= most:
                        joined = _Choice(key, *total, (*way.moves, *choice.moves))
                        after.setdefault(key, []).append(joined)
        states = {key: _pareto(ways) for key, ways in after.items()}
    return [way for gain, ways in states.items() if _enough(gain, need) for way in ways]
