"""Several benefits and one bill: the most that they pay together when each cost is put to at most
one of them. Exact, in integers.

A benefit pays its shares of the costs that are put to it, together at most what is left in it. Give
each benefit a weight from 0 (it is used up anyway) to 1 (it never is): then every cost goes where
its weighed share is largest, and what comes in, with what used-up benefits pay, is a ceiling on
what can be had. The least ceiling bounds the search, and mostly the first try reaches it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Paid", "Payers"]

_ONE = 1 << 16  # a whole weight

Shares = tuple[int, ...]
_Put = tuple["_Put", int, int] | None


class Paid(NamedTuple):
    """The money that comes in, in 分, and which benefit each cost is put to."""

    fen: int
    by: dict[int, int]


class Payers:
    """`shares[cost][benefit]` is what a benefit would pay of a cost, 0 where it does not cover it;
    `left[benefit]` is the most that it pays in all."""

    def __init__(self, shares: Sequence[Shares], left: Shares) -> None:
        self.shares, self.left = shares, left
        self.weights = _weights(shares, len(left))
        self._known: dict[frozenset[int], Paid] = {}

    def most(self, costs: Iterable[int]) -> Paid:
        """The best that can be had for these costs."""
        key = frozenset(costs)
        if key not in self._known:
            self._known[key] = _Bill(self, key).paid()
        return self._known[key]


def _weights(shares: Sequence[Shares], count: int) -> tuple[Shares, ...]:
    """Weights to take ceilings at: each benefit used up or not, and those at which two benefits
    that share costs weigh the same."""
    found = dict.fromkeys(itertools.product((_ONE, 0), repeat=count))
    for one, other in itertools.permutations(range(count), 2):
        both = [parts for parts in shares if parts[one] and parts[other]]
        mine, theirs = sum(p[one] for p in both), sum(p[other] for p in both)
        if mine and mine <= theirs:
            for rest in itertools.product((_ONE, 0), repeat=count):
                weights = list(rest)
                weights[one], weights[other] = _ONE, _ONE * mine // theirs
                found[tuple(weights)] = None
    return tuple(found)


class _Bill:
    """Some costs, those with one possible payer first: what is left to choose is known best then.

    A state is what each benefit pays of the costs put so far, never more than is left in it.
    """

    def __init__(self, payers: Payers, costs: frozenset[int]) -> None:
        self.shares, self.left, self.weights = payers.shares, payers.left, payers.weights
        self.order = sorted(
            (cost for cost in costs if any(self.shares[cost])),
            key=lambda cost: (
                sum(1 for part in self.shares[cost] if part),
                -max(self.shares[cost]),
                cost,
            ),
        )
        # From each place on, per weights, what the costs can bring and used-up benefits pay.
        rest = [
            [
                sum((_ONE - w) * left for w, left in zip(weights, self.left, strict=True))
                for weights in self.weights
            ]
        ]
        for cost in reversed(self.order):
            parts = self.shares[cost]
            rest.append(
                [
                    more + max(w * part for w, part in zip(weights, parts, strict=True))
                    for more, weights in zip(rest[-1], self.weights, strict=True)
                ]
            )
        self.rest = rest[::-1]

    def paid(self) -> Paid:
        """The most that can be had, and who pays for what."""
        state, puts = self._greedy()
        best = sum(state)
        if best < self._ceiling((0,) * len(self.left), 0):
            best, puts = self._search(best, puts)
        by: dict[int, int] = {}
        while puts is not None:
            puts, cost, benefit = puts
            by[cost] = benefit
        return Paid(best, by)

    def _ceiling(self, state: Shares, place: int) -> int:
        """At most this comes in, from what is put already and the costs from a place on."""
        return (
            min(
                more + sum(w * have for w, have in zip(weights, state, strict=True))
                for more, weights in zip(self.rest[place], self.weights, strict=True)
            )
            // _ONE
        )

    def _with(self, state: Shares, benefit: int, part: int) -> Shares:
        have = min(self.left[benefit], state[benefit] + part)
        return (*state[:benefit], have, *state[benefit + 1 :])

    def _greedy(self) -> tuple[Shares, _Put]:
        """Each cost to the benefit that keeps the ceiling highest."""
        state: Shares = (0,) * len(self.left)
        puts: _Put = None
        for place, cost in enumerate(self.order, 1):
            tries = []
            for benefit, part in enumerate(self.shares[cost]):
                if part:
                    after = self._with(state, benefit, part)
                    tries.append(((self._ceiling(after, place), sum(after)), after, benefit))
            _, state, benefit = max(tries, key=lambda each: each[0])
            puts = (puts, cost, benefit)
        return state, puts

    def _search(self, best: int, puts: _Put) -> tuple[int, _Put]:
        """All that could still beat the first try, the most promising first, equal states once."""
        seen: set[tuple[int, Shares]] = set()
        open_: list[tuple[int, Shares, _Put]] = [(0, (0,) * len(self.left), None)]
        while open_:
            place, state, before = open_.pop()
            if self._ceiling(state, place) <= best:
                continue
            if sum(state) > best:
                best, puts = sum(state), before
            if place == len(self.order):
                continue
            cost = self.order[place]
            tries = []
            for benefit, part in enumerate(self.shares[cost]):
                new = (place + 1, self._with(state, benefit, part))
                if part and new not in seen:
                    seen.add(new)
                    ceiling = self._ceiling(new[1], place + 1)
                    tries.append((ceiling, sum(new[1]), (*new, (before, cost, benefit))))
            tries.sort(key=lambda each: each[:2])
            open_ += [each for *_, each in tries]
        return best, puts
