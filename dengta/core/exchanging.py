"""Panels and loads at least cost, by exchanging seats along cheapest ways. Exact, in integers.

Rows (applications) take `size` columns (experts) each; a seat has a cost; every further seat of one
region in a panel costs `mix` more than the one before it; and every further seat of an expert has a
marginal cost that never falls, or is not to be had.

Give each expert a price. With prices fixed, each panel by itself takes its cheapest seats, and each
expert by itself holds as many as cost no more than the price. Both choices together cost no more
than any assignment, whatever the prices: a floor under the cost. Where panels and experts agree on
the loads, floor and cost are equal, and the assignment is a cheapest one; the prices prove it.

The search begins with prices that nearly agree, found by raising and lowering them, and panels that
are cheapest at them. Then the loads that disagree are brought together one by one: a seat goes from
one expert to the next along the cheapest way of exchanges, each within one panel, and prices follow
so that panels stay cheapest. A way of fewest exchanges among the cheapest never disturbs itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FAR", "Seats", "Solved", "prices_of", "solve"]

FAR = 1 << 46
"""What a seat costs that cannot be had; all costs and prices together stay far below."""
_ROUNDS, _PATIENCE = 40, 8
_FINE, _CLIFF = 64, 1 << 18  # for first prices only
_CROWD, _SCALE = 1_000, 4_096  # room left counts up to a crowd, and less than any cost
_Array = np.ndarray[Any, Any]


class Seats(NamedTuple):
    """The task in numbers: `costs[row, column]`, FAR where forbidden; `regions` of the columns;
    `margins[column, n]`, what the n-th further seat of a column costs, FAR when it may not; columns
    without margins are a last resort and take any number. `step` is how far costs usually lie
    apart, to begin with."""

    costs: _Array
    size: int
    regions: _Array
    mix: int
    margins: _Array
    step: int


class Solved(NamedTuple):
    """The columns of each row, rising, and a price for each column."""

    panels: _Array
    prices: _Array


def solve(seats: Seats) -> Solved:
    """A cheapest assignment. There must be one: give columns of last resort where there may not."""
    prices = _first_prices(seats)
    state = _State(seats, prices, _first_panels(seats, prices))
    while state.excess.any():
        state.settle()
        while state.exchange():
            pass
    return Solved(np.sort(state.panels, axis=1), state.prices[:-1].copy())


def prices_of(seats: Seats, panels: _Array) -> _Array:
    """Prices that prove panels from elsewhere to be cheapest; ValueError if they are not."""
    count = seats.costs.shape[1]
    state = _State(seats, np.zeros(count, np.int64), panels, balanced=True)
    far = np.zeros(count + 1, np.int64)
    for _ in range(count + 2):
        closer = np.minimum(far, (far[:, None] + state.ways).min(axis=0))
        if (closer == far).all():
            prices: _Array = far[-1] - far
            return prices[:-1]
        far = closer
    raise ValueError("the panels are not the cheapest")


def _first_prices(seats: Seats) -> _Array:
    """Prices at which loads nearly agree: each moves while its expert is asked for too much, or too
    little, in larger steps while the direction stays, in halved ones when it turns; all together
    they stand where as many seats are held as are asked for.

    Costs are spread a little, so that not all choose the same among equals.
    """
    rows, count = seats.costs.shape
    known, total = len(seats.margins), rows * seats.size
    total = min(total, int((seats.margins < FAR).sum()))
    if not known:
        return np.zeros(count, np.int64)
    spread = (np.arange(rows)[:, None] * 7919 + np.arange(count) * 104_729) % _FINE
    costs = (np.minimum(seats.costs, _CLIFF) * _FINE + spread).astype(np.int32)
    margins = np.minimum(seats.margins, _CLIFF) * _FINE
    level = np.sort(margins, axis=None)
    prices = np.full(known, level[max(total, 1) - 1], np.int64)
    most = seats.step * _FINE
    steps = np.full(known, most // 32 + 1, np.int64)
    before, best, least = np.zeros(known, np.int64), prices.copy(), 2 * total + 1
    still = 0
    keys = costs.copy()
    for _ in range(_ROUNDS):
        keys[:, :known] = costs[:, :known] + np.minimum(prices, most * 99).astype(np.int32)
        chosen = np.argpartition(keys, seats.size - 1, axis=1)[:, : seats.size]
        load = np.bincount(chosen.ravel(), minlength=count)[:known]
        low, high = _supply(margins, prices)
        wrong = int(np.abs(load - np.clip(load, low, high)).sum())
        if wrong < least:
            best, least, still = prices.copy(), wrong, 0
        still += 1
        if still > _PATIENCE or not least:
            break
        turn = (load > high).astype(np.int64) - (load < low)
        steps = np.where(turn * before < 0, steps // 2, np.minimum(steps + steps // 4, most))
        steps = np.maximum(steps, 1)
        prices += turn * steps
        before = turn
    best = (best + _FINE // 2) // _FINE
    for step in (1, -1):
        while _off(seats.margins, best, total) * step > 0:
            best += step
    return np.append(best, np.zeros(count - known, np.int64))


def _off(margins: _Array, prices: _Array, total: int) -> int:
    """1 when fewer seats are held than asked for at these prices, -1 when more, 0 if it fits."""
    low, high = _supply(margins, prices)
    return int(high.sum() < total) - int(low.sum() > total)


def _supply(margins: _Array, prices: _Array) -> tuple[_Array, _Array]:
    """How many seats each expert holds at the least and at the most at these prices."""
    level = prices[: len(margins), None]
    return (margins < level).sum(axis=1), (margins <= level).sum(axis=1)


def _first_panels(seats: Seats, prices: _Array) -> _Array:
    """Panels that are cheapest at the prices; among equals those with room left come first."""
    rows = len(seats.costs)
    room = np.zeros(len(prices), np.int64)
    room[: len(seats.margins)] = _supply(seats.margins, prices)[1]
    panels = np.empty((rows, seats.size), np.int64)
    for row in range(rows):
        key = (seats.costs[row] + prices) * _SCALE - np.clip(room, -_CROWD, _CROWD)
        for seat in range(seats.size):
            at = int(key.argmin())
            panels[row, seat] = at
            if seats.mix:
                key[seats.regions == seats.regions[at]] += seats.mix * _SCALE
            key[at] = FAR * _SCALE * 8
            room[at] -= 1
    return panels


class _State:
    """Panels that are cheapest at the prices, and where loads and experts do not agree yet.

    The last place of `prices`, `excess` and `ways` is the outside, that experts hand seats to:
    `held` counts them. `ways[one, other]` is what it costs to move a seat, in the panel `via`.
    """

    def __init__(
        self, seats: Seats, prices: _Array, panels: _Array, *, balanced: bool = False
    ) -> None:
        self.seats, self.panels = seats, panels
        rows, count = seats.costs.shape
        self.prices = np.append(prices, np.int64(0))
        self.inside = np.zeros((count, rows), bool)  # a row for each column: it is asked by those
        self.inside[panels.ravel(), np.repeat(np.arange(rows), seats.size)] = True
        self.same = np.zeros((rows, int(seats.regions.max()) + 1), np.int64)
        for place in range(seats.size):
            self.same[np.arange(rows), seats.regions[panels[:, place]]] += 1
        self.adding = np.where(self.inside.T, FAR, seats.costs + self._mixed(self.same))
        self.load = self.inside.sum(axis=1)
        self.held = self.load.copy()
        if not balanced:
            known = len(seats.margins)
            self.held[:known] = np.clip(self.load[:known], *_supply(seats.margins, prices))
        self.ways = np.full((count + 1, count + 1), FAR, np.int64)
        self.via = np.zeros((count, count), np.int64)
        self.everyone = np.arange(count)
        for column in range(count):
            self._look(column)

    @property
    def excess(self) -> _Array:
        """How many seats each has too many."""
        return np.append(self.load - self.held, self.held.sum() - self.load.sum())

    def _mixed(self, same: _Array) -> _Array:
        """What one more of each column's region costs."""
        more: _Array = self.seats.mix * same[..., self.seats.regions]
        return more

    def _look(self, column: int, others: _Array | None = None) -> None:
        """What it costs to move a seat of one expert to others, or to all and outside and back."""
        seats, held = self.seats, int(self.held[column])
        rows = np.flatnonzero(self.inside[column])
        to = self.everyone if others is None else others
        if rows.size:
            region = seats.regions[column]
            saved = seats.costs[rows, column] + seats.mix * (self.same[rows, region] - 1)
            added = self.adding[rows] if others is None else self.adding[rows[:, None], others]
            moves = added - saved[:, None]
            at = moves.argmin(axis=0)
            best = moves[at, np.arange(len(to))] - seats.mix * (seats.regions[to] == region)
            best[best > FAR // 2] = FAR
            self.ways[column, to] = best
            self.via[column, to] = rows[at]
        else:
            self.ways[column, to] = FAR
        if others is not None:
            return
        if column < len(seats.margins):
            margins = seats.margins[column]
            self.ways[column, -1] = margins[held] if held < margins.size else FAR
            self.ways[-1, column] = -margins[held - 1] if held else FAR
        else:
            self.ways[column, -1], self.ways[-1, column] = 0, 0 if held else FAR

    def settle(self) -> None:
        """Move the prices so that a way from too many to too few costs nothing beyond them."""
        excess, prices = self.excess, self.prices
        far = np.where(excess > 0, 0, FAR)
        open_ = far.copy()
        while True:
            node = int(open_.argmin())
            reach = int(open_[node])
            if reach > FAR // 2:
                raise ValueError("there is no assignment")
            if excess[node] < 0:
                break
            closer = self.ways[node] + (prices + (reach - prices[node]))
            better = closer < far
            far[better] = closer[better]
            open_[better] = closer[better]
            open_[node] = FAR
        prices -= np.minimum(far, reach)
        prices -= prices[-1]

    def exchange(self) -> bool:
        """Move seats along ways of fewest exchanges that cost nothing beyond the prices, as many at
        once as do not touch one another; False when there is none."""
        excess, outside = self.excess, len(self.load)
        free = self.ways == self.prices[:, None] - self.prices
        front = np.flatnonzero(excess > 0)
        seen = excess > 0
        before = np.full(len(seen), -1)
        while front.size:
            paths = free[front]
            new = np.flatnonzero(paths.any(axis=0) & ~seen)
            before[new] = front[paths[:, new].argmax(axis=0)]
            seen[new] = True
            ends = new[excess[new] < 0].tolist()
            if ends:
                last = [(int(before[end]), end) for end in ends if end != outside]
                if outside in ends:
                    room = -int(excess[outside])
                    many = front[paths[:, outside]].tolist()
                    last += [(start, outside) for start in many[:room]]
                self._move(self._apart(last, before))
                return True
            front = new
        return False

    def _apart(
        self, last: Sequence[tuple[int, int]], before: _Array
    ) -> dict[int, list[tuple[int, int]]]:
        """The steps of ways that end with `last` and share no expert and no panel, by panel; those
        to the outside and back under -1."""
        outside = len(self.load)
        nodes, found = set[int](), dict[int, list[tuple[int, int]]]()
        for start, end in last:
            steps = [(start, end)]
            while before[steps[-1][0]] >= 0:
                steps.append((int(before[steps[-1][0]]), steps[-1][0]))
            passed = {step[0] for step in steps} | ({end} - {outside})
            via = [-1 if outside in step else int(self.via[step]) for step in steps]
            if nodes.isdisjoint(passed) and not any(row >= 0 and row in found for row in via):
                nodes |= passed
                for row, step in zip(via, steps, strict=True):
                    found.setdefault(row, []).append(step)
        return found

    def _move(self, changed: dict[int, list[tuple[int, int]]]) -> None:
        outside = len(self.load)
        for start, end in changed.get(-1, ()):
            if end == outside:
                self.held[start] += 1
            else:
                self.held[end] -= 1
        touched = {node for steps in changed.values() for step in steps for node in step}
        changed.pop(-1, None)
        partly: dict[int, list[_Array]] = {}
        for row, swaps in changed.items():
            for column, others in self._swap(row, swaps):
                if others is None:
                    touched.add(column)
                else:
                    partly.setdefault(column, []).append(others)
        for column in touched - {outside}:
            self._look(column)
        for column in partly.keys() - touched:
            self._look(column, np.unique(np.concatenate(partly[column])))

    def _swap(self, row: int, swaps: list[tuple[int, int]]) -> Iterator[tuple[int, _Array | None]]:
        """Exchange seats in one panel; gives each expert in it with those to whom a move now costs
        something else, None for all."""
        seats, panel, before = self.seats, self.panels[row], self.adding[row].copy()
        for out, into in swaps:
            panel[panel == out] = into
            self.inside[out, row], self.inside[into, row] = False, True
            self.same[row, seats.regions[out]] -= 1
            self.same[row, seats.regions[into]] += 1
            self.load[out] -= 1
            self.load[into] += 1
        self.adding[row] = seats.costs[row] + self._mixed(self.same[row])
        self.adding[row, panel] = FAR
        others = np.flatnonzero(self.adding[row] != before)
        moved = {int(seats.regions[each]) for swap in swaps for each in swap}
        for column in panel.tolist():
            whole = seats.mix and int(seats.regions[column]) in moved
            yield column, None if whole else others
