"""The tree of an instrument as families: what stands side by side under one parent, and what each
answer is worth of its question.

The scorer, the proof of policy files and the what-if on weights all look at families, so that they
cannot disagree on what has to make 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm

from dengta.core.shapes import Aggregate, Instrument, Node, Question

OPEN = "-"
"""In the answer to a matrix or a list of requirements: this row is not answered yet."""


@dataclass(frozen=True, slots=True)
class Family:
    """What stands under `parent` ("" is the root) and makes its value. `level` is 0, or the one
    whose questions are meant where each level has a sum of its own."""

    parent: str
    level: int
    aggregate: Aggregate
    members: tuple[Node | Question, ...]

    @property
    def weighted(self) -> bool:
        """Whether the members' weights count."""
        return self.aggregate == "weighted_sum"

    @property
    def total(self) -> int:
        """The members' weights together, which have to make 100 where they count."""
        return sum(member.weight for member in self.members)

    def factor(self, member: Node | Question) -> Fraction:
        """The share of the parent's value that comes of a member at its best; 1 under `min`."""
        if self.aggregate == "weighted_sum":
            return Fraction(member.weight, 100)
        return Fraction(1, len(self.members)) if self.aggregate == "mean" else Fraction(1)


def levels_in(instrument: Instrument) -> tuple[int, ...]:
    """The levels that have a sum of their own; (0,) where all questions make one."""
    if instrument.aggregate != "sum_of_levels":
        return (0,)
    return tuple(range(1, max((q.level for q in instrument.questions), default=0) + 1))


def families(instrument: Instrument) -> tuple[Family, ...]:
    """Every family of every level, the deepest first and the root's last; empty ones left out.

    With levels, a node belongs to a level if a question of that level stands below it.
    """
    ways: dict[str, Aggregate] = {node.id: node.aggregate for node in instrument.nodes}
    root = instrument.aggregate
    ways[""] = "weighted_sum" if root == "sum_of_levels" else "mean" if root == "none" else root
    parents = {node.id: node.parent for node in instrument.nodes}
    depth = {"": 0, **{node: _depth(node, parents) for node in parents}}
    found = []
    for level in levels_in(instrument):
        asked = [q for q in instrument.questions if not level or q.level == level]
        alive = {node for question in asked for node in question.path}
        below: dict[str, list[Node | Question]] = {}
        for node in instrument.nodes:
            if not level or node.id in alive:
                below.setdefault(node.parent, []).append(node)
        for question in asked:
            below.setdefault(question.path[-1] if question.path else "", []).append(question)
        for parent in sorted(below, key=lambda parent: -depth.get(parent, 0)):
            way = ways.get(parent, "weighted_sum")
            found.append(Family(parent, level, way, tuple(below[parent])))
    return tuple(found)


def _depth(node: str, parents: Mapping[str, str]) -> int:
    steps = 0
    while node and steps <= len(parents):
        node, steps = parents.get(node, ""), steps + 1
    return steps


def shares_of(question: Question, instrument: Instrument) -> dict[str, Fraction]:
    """What each sign of an answer is worth, as a share of the question at its best.

    The shares of an answer's signs add up: ticked options, or one column for each row.
    """
    if question.options:
        if not question.equal:
            return {option.id: Fraction(option.weight, 100) for option in question.options}
        many = sum(not option.exclusive for option in question.options)
        return {o.id: Fraction(not o.exclusive, many) for o in question.options}
    if question.rows:
        many = len(question.rows)
        columns = {c.id: Fraction(c.weight or 0, 100 * many) for c in question.columns}
        return {**columns, OPEN: Fraction(0)}
    if instrument.aggregate == "none":
        return {c.id: Fraction(int(c.id), instrument.full) for c in question.columns}
    if any(column.weight is not None for column in question.columns):
        return {c.id: Fraction(c.weight or 0, 100) for c in question.columns}
    steps = max(len(question.columns) - 1, 1)
    return {c.id: Fraction(place, steps) for place, c in enumerate(question.columns)}


def unit_of(shares: Mapping[str, Fraction]) -> int:
    """The least number that makes all shares whole."""
    return reduce(lcm, (share.denominator for share in shares.values()), 1)


def common(numbers: list[Fraction], start: int = 1) -> int:
    """The least multiple of `start` that makes all numbers whole; a power of ten if one does."""
    unit = reduce(lcm, (number.denominator for number in numbers), start)
    rest, places = unit, 0
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        places = max(places, times)
    return 10**places if rest == 1 else unit
