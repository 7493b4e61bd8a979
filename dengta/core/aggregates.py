"""Instruments compiled: from what each answer is worth to the values of nodes and the total.

Every value is a whole number of its own unit, found when the instrument is compiled; sums take
whole multiples of what stands below, so that nothing is ever rounded on the way. The same steps run
over whole numbers (one case) and over vectors of them (a table): only taking the least and choosing
between two differ, and those are given as an `Arithmetic`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any, NamedTuple

from dengta.core.shapes import Instrument, Node, Question
from dengta.core.weights import Family, common, families, levels_in, shares_of, unit_of

Number = Any
"""An int, or a vector of them."""


class Arithmetic(NamedTuple):
    """What differs between one number and a vector: the lesser of two, and a choice by truth."""

    least: Callable[[Number, Number], Number]
    choose: Callable[[Number, Number, Number], Number]


ONE = Arithmetic(min, lambda holds, one, other: one if holds else other)
"""The arithmetic of one case."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What the signs of one question's answers are worth, as whole numbers of 1 / `unit`, and the
    points (of `full`) that it brings at its best."""

    question: Question
    unit: int
    signs: dict[str, int]
    share: Fraction

    def of(self, answer: str) -> int:
        """The worth of an answer."""
        return sum(self.signs[sign] for sign in answer)


class _Branch(NamedTuple):
    """One node of one level: which slots make it, how many times each, and whether the least."""

    slot: int
    parts: tuple[tuple[int, int], ...]
    least: bool

    def value(self, slots: Sequence[Number], by: Arithmetic) -> Number:
        """What the parts make."""
        parts = [slots[part] if many == 1 else slots[part] * many for part, many in self.parts]
        if not parts:
            return 0
        return reduce(by.least, parts) if self.least else sum(parts[1:], parts[0])


class Tally:
    """An instrument's tree, compiled once: slots for questions, then for nodes, level by level."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.branches: list[_Branch] = []
        self.units: list[int] = []
        self.roots: list[int] = []
        self.nodes: dict[str, list[int]] = {node.id: [] for node in instrument.nodes}
        self.worths: list[Worth] = []
        self.levels = levels_in(instrument)
        tree = families(instrument)
        self.additive = instrument.aggregate in ("weighted_sum", "mean") and all(
            family.aggregate != "min" for family in tree
        )
        points = self._points(tree)
        for question in instrument.questions:
            shares = shares_of(question, instrument)
            unit = unit_of(shares)
            signs = {sign: int(share * unit) for sign, share in shares.items()}
            self.worths.append(Worth(question, unit, signs, points[question.id]))
            self.units.append(unit)
        self._compile(tree)
        self._sums = {node: self._summed(own) for node, own in self.nodes.items()}
        above = {part: branch for branch in self.branches for part, _ in branch.parts}
        self._ways = [self._way(at, above) for at in range(len(self.worths))]
        # A level that is met counts as one of so many.
        self.one = Fraction(instrument.full, len(self.levels) or 1)
        self.whole = reduce(lcm, (self.units[root] for root in self.roots), 1)
        self.scale = common(
            [
                self.one / self.whole,
                *(w.share * Fraction(n, w.unit) for w in self.worths for n in w.signs.values()),
            ],
            10**instrument.decimals,
        )
        self._times = int(self.one / self.whole * self.scale)

    def _summed(self, own: list[int]) -> tuple[int, tuple[tuple[int, int], ...]]:
        """A unit common to a node's slots, and how many times each slot counts in it."""
        unit = reduce(lcm, (self.units[slot] for slot in own), 1)
        return unit, tuple((slot, unit // self.units[slot]) for slot in own)

    def _way(self, at: int, above: dict[int, _Branch]) -> tuple[_Branch, ...]:
        """The branches from a question up to the root."""
        found = []
        while at in above:
            found.append(above[at])
            at = above[at].slot
        return tuple(found)

    def _points(self, tree: Sequence[Family]) -> dict[str, Fraction]:
        """The points of each question at its best: `full` times the factors on the way down."""
        banded = self.instrument.aggregate == "none"
        factors: dict[tuple[str, int, bool], Fraction] = {}
        for family in tree:
            for member in family.members:
                key = (member.id, family.level, isinstance(member, Node))
                factors[key] = Fraction(1) if banded else family.factor(member)
        one = Fraction(self.instrument.full, len(self.levels) or 1)
        found = {}
        for question in self.instrument.questions:
            level = question.level if self.levels != (0,) else 0
            share = one * factors.get((question.id, level, False), Fraction(0))
            for node in question.path:
                share *= factors.get((node, level, True), Fraction(0))
            found[question.id] = share
        return found

    def _compile(self, tree: Sequence[Family]) -> None:
        """A slot for every family, the deepest first, so that parts come before what they make."""
        slots: dict[tuple[str, int, bool], int] = {}
        for at, question in enumerate(self.instrument.questions):
            slots[question.id, question.level if self.levels != (0,) else 0, False] = at
        for family in tree:
            parts, numbers = [], []
            for member in family.members:
                slot = slots.get((member.id, family.level, isinstance(member, Node)))
                if slot is not None:
                    parts.append(slot)
                    numbers.append(family.factor(member) / self.units[slot])
            unit = reduce(lcm, (number.denominator for number in numbers), 1)
            slot = len(self.units)
            self.units.append(unit)
            times = tuple((p, int(n * unit)) for p, n in zip(parts, numbers, strict=True))
            self.branches.append(_Branch(slot, times, family.aggregate == "min"))
            slots[family.parent, family.level, True] = slot
            (self.nodes[family.parent] if family.parent else self.roots).append(slot)

    @property
    def totals(self) -> bool:
        """Whether there is a total at all."""
        return self.instrument.aggregate != "none"

    def run(self, worths: Sequence[Number], by: Arithmetic = ONE) -> list[Number]:
        """Every slot filled, from the worth of each question's answer (0 where there is none)."""
        slots: list[Number] = [*worths, *([0] * len(self.branches))]
        for branch in self.branches:
            slots[branch.slot] = branch.value(slots, by)
        return slots

    def moved(self, slots: Sequence[int], question: int, worth: int) -> list[int]:
        """The slots after one question's answer has become worth something else."""
        after = list(slots)
        after[question] = worth
        for branch in self._ways[question]:
            after[branch.slot] = branch.value(after, ONE)
        return after

    def total(self, slots: Sequence[Number], by: Arithmetic = ONE) -> Number:
        """The total in 1 / scale of a point, not yet rounded."""
        if self.instrument.aggregate != "sum_of_levels":
            return slots[self.roots[0]] * self._times if self.roots else 0
        found: Number = 0
        for root in self.roots:
            share = slots[root] * (self.whole // self.units[root])
            found = found + by.choose(self._met(root, slots), self.whole, share) * self._times
        return found

    def _met(self, root: int, slots: Sequence[Number]) -> Number:
        """Whether a level counts as met."""
        return slots[root] * 100 >= self.instrument.level_met * self.units[root]

    def node(self, node: str, slots: Sequence[Number]) -> tuple[Number, int]:
        """A node's value as a whole number and its unit: shares of one, summed over the levels."""
        unit, own = self._sums[node]
        parts = [slots[slot] if many == 1 else slots[slot] * many for slot, many in own]
        return (sum(parts[1:], parts[0]) if parts else 0), unit

    def tied(self, question: int, slots: Sequence[int]) -> bool:
        """Whether a question is held down by a least value on its way up, as low as any there."""
        at, least = question, False
        for branch in self._ways[question]:
            if branch.least:
                if slots[at] * dict(branch.parts)[at] > slots[branch.slot]:
                    return False
                least = True
            at = branch.slot
        if self.instrument.aggregate == "sum_of_levels" and self._met(at, slots):
            return False
        return least

    def node_points(self, node: str, slots: Sequence[int]) -> Fraction:
        """A node's value on the scale of the whole, as if it stood alone."""
        value, unit = self.node(node, slots)
        return Fraction(value * self.one.numerator, unit * self.one.denominator)


def fits(tally: Tally) -> bool:
    """Whether all numbers of a compiled instrument stay far within 64 bits."""
    return max(tally.scale, tally.whole, *tally.units, 1) <= LARGEST


LARGEST = 10**15
"""The finest unit that a table can count in."""
