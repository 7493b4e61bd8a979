"""Flows in a circle with bounds on every arc, kept cheapest while single units are forced through.

A circulation has as much going into each node as comes out. `force` sends one more unit along an
arc and back to its beginning by the cheapest way that the bounds leave; where there is no way, the
nodes that could be reached are a proof: everything that leads out of them is full, and everything
that leads into them carries no more than it must.

The flow stays the cheapest one within its bounds, because each unit takes a cheapest way. Each node
has a potential, such that no way on costs less than the difference; with those the search is
Dijkstra's though ways back give money back. All integers.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Circulation", "Way"]


class Way(NamedTuple):
    """A way from one node to another: its cost, and each arc with the direction it is passed in."""

    cost: int
    arcs: Sequence[tuple[int, int]]


class Circulation:
    """Nodes and arcs, each arc with `low` ≤ `flow` ≤ `high` and a cost per unit, never negative.

    A bound may be tightened from outside as long as the flow stays within it.
    """

    def __init__(self) -> None:
        self.tail: list[int] = []
        self.head: list[int] = []
        self.low: list[int] = []
        self.high: list[int] = []
        self.flow: list[int] = []
        self.price: list[int] = []
        self.leaving: list[list[int]] = []
        self.coming: list[list[int]] = []
        self.potential: list[int] = []
        self.cost = 0
        self.reached: frozenset[int] = frozenset()
        """After a search that failed: where it came to."""

    def node(self) -> int:
        """A new node."""
        self.leaving.append([])
        self.coming.append([])
        self.potential.append(0)
        return len(self.potential) - 1

    def arc(self, tail: int, head: int, high: int, price: int = 0) -> int:
        """A new arc that carries nothing yet and need not."""
        at = len(self.tail)
        for column, value in (
            (self.tail, tail), (self.head, head), (self.low, 0), (self.high, high),
            (self.flow, 0), (self.price, price),
        ):  # fmt: skip
            column.append(value)
        self.leaving[tail].append(at)
        self.coming[head].append(at)
        return at

    def way_back(self, arc: int, most: int | None = None) -> Way | None:
        """The cheapest way from the head of an arc to its tail, that costs at most so much.

        None when it would cost more, or, with what was `reached`, when there is none.
        """
        start, goal = self.head[arc], self.tail[arc]
        potential = self.potential
        level = potential[goal] - potential[start]
        longest = None if most is None else most - level
        self.reached = frozenset()
        best, by = {start: 0}, dict[int, tuple[int, int]]()
        done: dict[int, int] = {}
        open_ = [(0, start)]
        while open_:
            far, node = heapq.heappop(open_)
            if node in done:
                continue
            if node == goal or (longest is not None and far > longest):
                for each, near in done.items():
                    potential[each] += near - far
                if longest is not None and far > longest:
                    return None
                return Way(far + level, self._trace(by, start, goal))
            done[node] = far
            here = far + potential[node]
            for at in self.leaving[node]:
                if self.flow[at] < self.high[at]:
                    to = self.head[at]
                    length = here + self.price[at] - potential[to]
                    if to not in best or length < best[to]:
                        best[to], by[to] = length, (at, 1)
                        heapq.heappush(open_, (length, to))
            for at in self.coming[node]:
                if self.flow[at] > self.low[at]:
                    to = self.tail[at]
                    length = here - self.price[at] - potential[to]
                    if to not in best or length < best[to]:
                        best[to], by[to] = length, (at, -1)
                        heapq.heappush(open_, (length, to))
        self.reached = frozenset(done)
        return None

    def _trace(
        self, by: dict[int, tuple[int, int]], start: int, goal: int
    ) -> list[tuple[int, int]]:
        arcs = []
        while goal != start:
            at, sign = by[goal]
            arcs.append((at, sign))
            goal = self.tail[at] if sign > 0 else self.head[at]
        return arcs

    def force(self, arc: int, way: Way) -> None:
        """One more unit along an arc that has room, and back by a way just found; the arc carries
        it from now on whatever comes."""
        for at, sign in way.arcs:
            self.flow[at] += sign
        self.flow[arc] += 1
        self.low[arc] = self.flow[arc]
        self.cost += way.cost + self.price[arc]

    def keep(self, arc: int) -> None:
        """One unit that an arc already carries beyond what it must is there to stay."""
        self.low[arc] += 1
