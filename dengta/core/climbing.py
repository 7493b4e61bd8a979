"""The cheapest set of moves that gains enough, when benefits with caps pay a part. Exact.

A set of moves costs its prices less what the benefits pay (see `paying`). Give each benefit a
weight from 0 to 1, where 0 means that it is used up whatever is done. With the weights fixed, each
move has one price of its own, the cheapest set is found by folding one group of moves after the
other, and what it costs then, less what used-up benefits pay, is a floor under the true cost. The
floor is highest at some weights. Cutting planes find them: each set seen is a plane over the
weights, and the next weights to try are those where the lowest plane is highest. Mostly a set seen
on the way costs what the floor says and so is the cheapest. Where a gap stays, because the last
step does not quite fill a cap, all sets whose floor lies within the gap are looked at; there are
few.

Moves tied by prerequisites form a group. Groups are folded from the last to the first, so that each
stage bounds what the rest still costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from dengta.core.paying import Payers, Shares

__all__ = ["Climb", "Climber", "Gain", "Move", "Slope"]

_ONE = 1 << 16  # a whole weight
_PRICE, _DAYS = 72, 24  # a cost as one number: what counts, then the price, then days
_MOST_TRIES = 40
_MOST_BOUNDS = 4

Gain = tuple[int, ...]
Weights = tuple[int, ...]
Way = tuple[Gain, int, tuple[int, ...]]
"""What a way within a group gains and costs, and its moves."""
_Front = dict[Gain, int]
"""For each gain the least cost."""


class Move(NamedTuple):
    """One step that can be done; `needs` are the places of moves that must be done before it."""

    price: int
    days: int
    needs: tuple[int, ...]


class Climb(NamedTuple):
    """A set of moves: what the firm pays itself, the whole price, days, and who pays for which."""

    net: int
    price: int
    days: int
    moves: tuple[int, ...]
    by: Mapping[int, int]


class _Turn(NamedTuple):
    """A move within its group, in bits: itself, what it needs, what is still needed after it."""

    move: int
    bit: int
    needs: int
    kept: int


class Slope:
    """One part of the climb: moves that gain something, and how much of it counts (`caps`)."""

    def __init__(self, moves: Sequence[Move], gains: Mapping[int, Gain], caps: Gain) -> None:
        self.gains, self.caps = gains, caps
        self.zero: Gain = (0,) * len(caps)
        self.moves = sorted(gains)
        self.groups = [_turns(moves, group) for group in _groups(moves, self.moves)]
        self._folds: dict[tuple[int, ...], Fold] = {}

    def plus(self, one: Gain, other: Gain) -> Gain:
        """Two gains together, as far as they count."""
        if len(one) == 1:
            return (min(one[0] + other[0], self.caps[0]),)
        return (min(one[0] + other[0], self.caps[0]), min(one[1] + other[1], self.caps[1]))

    def most(self) -> Gain:
        """All that can be gained, as far as it counts."""
        total = self.zero
        for move in self.moves:
            total = self.plus(total, self.gains[move])
        return total

    def fold(self, costs: Sequence[int]) -> Fold:
        """The moves folded at these costs; done once for equal costs."""
        key = tuple(costs[move] for move in self.moves)
        if key not in self._folds:
            self._folds[key] = Fold(self, costs)
        return self._folds[key]

    def ways(self, turns: Sequence[_Turn], costs: Sequence[int], held: int = 0) -> list[Way]:
        """For each gain the cheapest way through some turns, without those that another beats.

        `held` are the moves done before them, in bits; one is forgotten after its last use.
        """
        states: dict[tuple[int, Gain], tuple[int, tuple[int, ...]]] = {(held, self.zero): (0, ())}
        for move, bit, needs, kept in turns:
            after: dict[tuple[int, Gain], tuple[int, tuple[int, ...]]] = {}
            more, extra = self.gains[move], costs[move]
            for (have, gain), (cost, done) in states.items():
                key = have & kept, gain
                known = after.get(key)
                if known is None or cost < known[0]:
                    after[key] = cost, done
                if have & needs == needs:
                    key = (have | bit) & kept, self.plus(gain, more)
                    known = after.get(key)
                    if known is None or cost + extra < known[0]:
                        after[key] = cost + extra, (*done, move)
            states = after
        best: dict[Gain, tuple[int, tuple[int, ...]]] = {}
        for (_, gain), way in states.items():
            if gain not in best or way[0] < best[gain][0]:
                best[gain] = way
        return [
            (gain, cost, done)
            for gain, (cost, done) in best.items()
            if not any(
                other <= cost and better != gain and _enough(better, gain)
                for better, (other, _) in best.items()
            )
        ]


class Fold:
    """A slope folded at fixed costs: for each stage and gain the least cost up to the end.

    Only costs are kept. The moves behind one of them are found again by walking back, which is
    asked for rarely, while keeping them would fill the memory with what is never looked at.
    """

    def __init__(self, slope: Slope, costs: Sequence[int]) -> None:
        self.slope, self.costs = slope, costs
        self.ways = [slope.ways(group, costs) for group in slope.groups]
        self.stages: list[_Front] = [{slope.zero: 0}]
        for ways in reversed(self.ways):
            self.stages.append(_joined(self.stages[-1], ways, slope.caps))
        self.stages.reverse()
        self._within: dict[tuple[int, int, int], list[Way]] = {}
        self._seen: dict[tuple[int, int, int, Gain], int | None] = {}

    def cheapest(self, need: Gain) -> tuple[int, list[int]] | None:
        """The cheapest way to gain at least `need`: its cost and its moves."""
        fit = [(cost, gain) for gain, cost in self.stages[0].items() if _enough(gain, need)]
        if not fit:
            return None
        least, gain = min(fit)
        moves: list[int] = []
        cost = least
        for ways, later in zip(self.ways, self.stages[1:], strict=True):
            gain, cost, done = next(
                (end, cost - extra, done)
                for more, extra, done in ways
                for end in self._behind(gain, more, later)
                if later[end] == cost - extra
            )
            moves += done
        return least, moves

    def _behind(self, gain: Gain, more: Gain, later: _Front) -> Iterator[Gain]:
        """The gains from which a way that gains `more` leads to `gain`."""
        exact = tuple(have - part for have, part in zip(gain, more, strict=True))
        if exact in later:
            yield exact
        if any(have == cap for have, cap in zip(gain, self.slope.caps, strict=True)):
            yield from (end for end in later if self.slope.plus(end, more) == gain)

    def rest(self, need: Gain, stage: int = 0, turn: int = 0, held: int = 0) -> int | None:
        """The least cost of what is still needed from a turn of a group on; None if it cannot be.

        `turn` counts within the group of the stage; `held` are the moves of the group done before.
        """
        key = stage, turn, held, need
        if key not in self._seen:
            self._seen[key] = self._rest(*key)
        return self._seen[key]

    def _rest(self, stage: int, turn: int, held: int, need: Gain) -> int | None:
        if turn == 0:
            front = self.stages[stage]
            return min((cost for g, cost in front.items() if _enough(g, need)), default=None)
        place = stage, turn, held
        if place not in self._within:
            turns = self.slope.groups[stage][turn:]
            self._within[place] = self.slope.ways(turns, self.costs, held)
        least = None
        for gain, cost, _ in self._within[place]:
            later = self.rest(_missing(need, gain), stage + 1)
            if later is not None and (least is None or cost + later < least):
                least = cost + later
        return least


class Climber:
    """Moves, and what benefits pay of each; asked for the cheapest set that gains enough."""

    def __init__(self, moves: Sequence[Move], payers: Payers) -> None:
        self.moves, self.payers = moves, payers
        self._costs: dict[Weights, list[int]] = {}

    def cheapest(self, needs: Sequence[tuple[Slope, Gain]]) -> Climb | None:
        """The cheapest moves that gain enough on every slope, or None when nothing does."""
        search = _Search(self, needs)
        if not search.raise_floor():
            search.look_within_gap()
        return search.best

    def costs(self, weights: Weights) -> list[int]:
        """What each move costs when benefits count by weight; ties go by price, then by days."""
        if weights not in self._costs:
            self._costs[weights] = [
                (_ONE * move.price - _largest(weights, parts) << _PRICE)
                + (move.price << _DAYS)
                + move.days
                for move, parts in zip(self.moves, self.payers.shares, strict=True)
            ]
        return self._costs[weights]

    def climb(self, chosen: Sequence[int]) -> Climb:
        """What a set of moves costs, with the benefits used as well as can be."""
        price = sum(self.moves[at].price for at in chosen)
        days = sum(self.moves[at].days for at in chosen)
        paid = self.payers.most(chosen)
        return Climb(price - paid.fen, price, days, tuple(sorted(chosen)), paid.by)


class _Bound(NamedTuple):
    """Some weights and the floor they give: all slopes folded, and what used-up benefits pay."""

    floor: int
    weights: Weights
    folds: tuple[Fold, ...]
    paid: int


class _Label(NamedTuple):
    """A set of moves under way: its cost at each bound, and all shares, so that equals show."""

    costs: tuple[int, ...]
    shares: tuple[Shares, ...]
    moves: tuple[int, ...]


Plane = tuple[int, Weights]
"""The height where all weights are 0, and how much each weight adds when it is whole."""
_States = dict[tuple[int, Gain], list[_Label]]


class _Search:
    """One search: the best set so far, and the floors that say how much better one could be."""

    def __init__(self, climber: Climber, needs: Sequence[tuple[Slope, Gain]]) -> None:
        self.climber, self.needs = climber, needs
        self.left = climber.payers.left
        self.best: Climb | None = None
        self.bounds: list[_Bound] = []
        self.planes: list[Plane] = []

    def raise_floor(self) -> bool:
        """Move the weights to where the floor is highest; True when that settles the search."""
        weights: Weights = (_ONE,) * len(self.left)
        tried: set[Weights] = set()
        while weights not in tried and len(tried) < _MOST_TRIES:
            tried.add(weights)
            if not self._try(weights):
                return True
            highest = max(bound.floor for bound in self.bounds)
            if highest > self._limit:
                return True
            top, weights = _highest(self.planes, len(self.left))
            if top - highest < _ONE:
                break
        return False

    @property
    def _limit(self) -> int:
        """The floor of a set that is cheaper than the best is no higher than this."""
        assert self.best is not None
        return _ONE * (self.best.net - 1)

    def _try(self, weights: Weights) -> bool:
        """Fold at some weights; False when nothing gains enough."""
        costs = self.climber.costs(weights)
        folds = tuple(slope.fold(costs) for slope, _ in self.needs)
        total, chosen = 0, list[int]()
        for fold, (_, need) in zip(folds, self.needs, strict=True):
            end = fold.cheapest(need)
            if end is None:
                return False
            total += end[0]
            chosen += end[1]
        paid = sum((_ONE - w) * left for w, left in zip(weights, self.left, strict=True))
        self.bounds.append(_Bound((total >> _PRICE) - paid, weights, folds, paid))
        self._offer(chosen)
        self._add_planes(chosen, weights)
        return True

    def _offer(self, chosen: Sequence[int]) -> None:
        climb = self.climber.climb(chosen)
        if self.best is None or climb[:3] < self.best[:3]:
            self.best = climb

    def _add_planes(self, chosen: Sequence[int], weights: Weights) -> None:
        """The planes of a set: its costs put where the weights say, and to each benefit first."""
        shares = self.climber.payers.shares
        height = sum(self.climber.moves[at].price for at in chosen) - sum(self.left)
        every = range(len(weights))
        for order in (weights, *(tuple(int(b == first) for b in every) for first in every)):
            rises = list(self.left)
            for at in chosen:
                if any(shares[at]):
                    put = max(every, key=lambda b: (order[b] * shares[at][b], shares[at][b]))
                    rises[put] -= shares[at][put]
            plane = _ONE * height, tuple(_ONE * rise for rise in rises)
            if plane not in self.planes:
                self.planes.append(plane)

    def look_within_gap(self) -> None:
        """Look at every set of moves whose floor is below the best so far."""
        bounds = sorted(self.bounds, key=lambda bound: -bound.floor)[:_MOST_BOUNDS]
        labels = [_Label((0,) * len(bounds), (), ())]
        for part in range(len(self.needs)):
            labels = self._along(part, bounds, labels)
        for label in sorted(labels):
            floors = (
                (cost >> _PRICE) - bound.paid
                for cost, bound in zip(label.costs, bounds, strict=True)
            )
            if max(floors) <= self._limit:
                self._offer(label.moves)

    def _along(self, part: int, bounds: Sequence[_Bound], labels: list[_Label]) -> list[_Label]:
        """All that may still be cheaper than the best, move by move along one slope.

        Sets that gain the same and have equal prices and shares are one.
        """
        slope, need = self.needs[part]
        costs = [self.climber.costs(bound.weights) for bound in bounds]
        # How much a set may cost before the slopes after this one.
        room = [
            ((self._limit + bound.paid + 1) << _PRICE)
            - sum(
                fold.rest(asked) or 0
                for fold, (_, asked) in list(zip(bound.folds, self.needs, strict=True))[part + 1 :]
            )
            for bound in bounds
        ]
        states: _States = {(0, slope.zero): labels}
        for stage, group in enumerate(slope.groups):
            for turn, (move, bit, needs, kept) in enumerate(group, 1):
                place = (stage, turn) if turn < len(group) else (stage + 1, 0)
                after: _States = {}
                extra = tuple(cost[move] for cost in costs)
                share = self.climber.payers.shares[move]
                for (held, gain), many in states.items():
                    key = held & kept, gain
                    after.setdefault(key, []).extend(many)
                    if held & needs == needs:
                        key = (held | bit) & kept, slope.plus(gain, slope.gains[move])
                        after.setdefault(key, []).extend(
                            _Label(
                                tuple(map(sum, zip(one.costs, extra, strict=True))),
                                tuple(sorted((*one.shares, share))) if any(share) else one.shares,
                                (*one.moves, move),
                            )
                            for one in many
                        )
                states = {}
                for (held, gain), many in after.items():
                    missing = _missing(need, gain)
                    rests = [bound.folds[part].rest(missing, *place, held) for bound in bounds]
                    kept_ones = _within(many, room, rests)
                    if kept_ones:
                        states[held, gain] = kept_ones
        return [one for (_, gain), many in states.items() if _enough(gain, need) for one in many]


def _within(
    labels: Iterable[_Label], room: Sequence[int], rests: Sequence[int | None]
) -> list[_Label]:
    """The sets that can be finished within the room, equal ones once."""
    limits = [most - rest for most, rest in zip(room, rests, strict=True) if rest is not None]
    if len(limits) < len(room):
        return []
    kept: dict[object, _Label] = {}
    for one in labels:
        if all(cost < limit for cost, limit in zip(one.costs, limits, strict=True)):
            kept.setdefault(one[:2], one)
    return list(kept.values())


def _largest(weights: Weights, parts: Shares) -> int:
    return max((w * part for w, part in zip(weights, parts, strict=True)), default=0)


def _enough(gain: Gain, need: Gain) -> bool:
    if len(gain) == 1:
        return gain[0] >= need[0]
    return gain[0] >= need[0] and gain[1] >= need[1]


def _missing(need: Gain, gain: Gain) -> Gain:
    return tuple(max(0, asked - have) for asked, have in zip(need, gain, strict=True))


def _joined(front: _Front, ways: Sequence[Way], caps: Gain) -> _Front:
    """Each end of a front with each way before it; per gain the least cost.

    Most of the time of a search is spent here, so gains of one kind have a loop of their own; of
    those, a gain is left out that costs no less than a higher one.
    """
    if len(caps) == 1:
        (cap,) = caps
        line: dict[int, int] = {}
        known = line.get
        for (more,), extra, _ in ways:
            for (have,), spent in front.items():
                gain = have + more if have + more < cap else cap
                old = known(gain)
                if old is None or spent + extra < old:
                    line[gain] = spent + extra
        kept: _Front = {}
        least = None
        for gain in sorted(line, reverse=True):
            if least is None or line[gain] < least:
                least = kept[(gain,)] = line[gain]
        return kept
    first, second = caps
    merged: _Front = {}
    for (more, too), extra, _ in ways:
        for (have, also), spent in front.items():
            key = min(have + more, first), min(also + too, second)
            if key not in merged or spent + extra < merged[key]:
                merged[key] = spent + extra
    return merged


def _groups(moves: Sequence[Move], chosen: Sequence[int]) -> list[list[int]]:
    """Moves tied by prerequisites belong together."""
    heads = {at: at for at in chosen}

    def head(at: int) -> int:
        while heads[at] != at:
            at = heads[at]
        return at

    for at in chosen:
        for need in moves[at].needs:
            heads[head(need)] = head(at)
    groups: dict[int, list[int]] = {}
    for at in chosen:
        groups.setdefault(head(at), []).append(at)
    return list(groups.values())


def _turns(moves: Sequence[Move], group: Sequence[int]) -> tuple[_Turn, ...]:
    """The moves of a group in their order; only one that another needs has a bit."""
    last = {need: at for at in group for need in moves[at].needs}
    bits = {at: 1 << place for place, at in enumerate(at for at in group if at in last)}
    return tuple(
        _Turn(
            at,
            bits.get(at, 0),
            sum(bits[need] for need in moves[at].needs),
            sum(bit for one, bit in bits.items() if last[one] > at),
        )
        for at in group
    )


def _highest(planes: Sequence[Plane], count: int) -> tuple[int, Weights]:
    """Where the lowest of some planes is highest, and how high; by the simplex method, exactly.

    The unknowns are the height above the lowest plane at 0, and the weights; a row says how far one
    plane, or the whole of one weight, is from being reached. Bland's rule keeps it from circling.
    """
    low = min(height for height, _ in planes)
    rows = [
        [Fraction(height - low), Fraction(1), *(Fraction(-rise) for rise in rises)]
        for height, rises in planes
    ]
    for one in range(count):
        rows.append([Fraction(1), Fraction(0), *(Fraction(int(one == b)) for b in range(count))])
    goal = [Fraction(0), Fraction(-1), *[Fraction(0)] * count]
    outside, inside = list(range(count + 1)), [count + 1 + row for row in range(len(rows))]
    while True:
        open_ = [col for col in range(count + 1) if goal[col + 1] < 0]
        if not open_:
            break
        col = min(open_, key=lambda each: outside[each])
        row = min(
            (each for each in range(len(rows)) if rows[each][col + 1] > 0),
            key=lambda each: (rows[each][0] / rows[each][col + 1], inside[each]),
        )
        _pivot(rows, goal, row, col + 1)
        outside[col], inside[row] = inside[row], outside[col]
    found = {name: rows[row][0] for row, name in enumerate(inside)}
    half = Fraction(1, 2)
    weights = tuple(int(found.get(1 + b, Fraction(0)) * _ONE + half) for b in range(count))
    return int(goal[0]) + low, weights


def _pivot(rows: list[list[Fraction]], goal: list[Fraction], at: int, col: int) -> None:
    """Exchange what a row and a column stand for."""
    pivot = rows[at][col]
    rows[at] = [each / pivot for each in rows[at]]
    rows[at][col] = 1 / pivot
    for row in (*rows[:at], *rows[at + 1 :], goal):
        factor = row[col]
        if factor:
            row[col] = Fraction(0)
            for place, each in enumerate(rows[at]):
                row[place] -= factor * each
