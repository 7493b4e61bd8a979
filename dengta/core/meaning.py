"""What a tree means on one case: the plain, three-valued reading, and what an unknown result is
waiting for.

`None` is unknown. The compiled functions and the set engine must agree with `Meaning` on every row;
explanations (which fact is missing, how an amount came about) walk the tree with it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from dengta.core.shapes import FactValue
from dengta.core.tree import (
    Arithmetic,
    Between,
    Both,
    Case,
    Coalesce,
    Compare,
    Extreme,
    FactOf,
    FloorDiv,
    Has,
    IsNull,
    Literal,
    Named,
    Node,
    Not,
    OneIn,
    Share,
    StartsWith,
    children,
)

OPERATORS: Mapping[str, Callable[..., bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Meaning:
    """The values of trees on one case. Facts that are absent or None are unknown; names are
    computed once."""

    def __init__(self, facts: Mapping[str, FactValue]) -> None:
        self.facts = facts
        self._named: dict[str, FactValue] = {}

    def value(self, node: Node) -> FactValue:
        """The value of a node, None when unknown."""
        match node:
            case Literal(value=value):
                return value
            case FactOf(fact=fact):
                return self.facts.get(fact.id)
            case Named(id=id, node=below):
                if id not in self._named:
                    self._named[id] = self.value(below)
                return self._named[id]
            case IsNull(item=item):
                return self.value(item) is None
            case Both(word=word, items=items):
                return self._both(word, items)
            case Between():
                return self.value(node.ends)
            case Case(branches=branches, otherwise=otherwise):
                for when, then in branches:
                    if self.value(when) is True:
                        return self.value(then)
                return None if otherwise is None else self.value(otherwise)
            case Coalesce(items=items):
                return next((v for v in map(self.value, items) if v is not None), None)
        parts = [self.value(child) for child in children(node)]
        return None if None in parts else _strict(node, parts)

    def _both(self, word: str, items: tuple[Node, ...]) -> bool | None:
        decides = word == "OR"
        values = [self.value(item) for item in items]
        if decides in values:
            return decides
        return None if None in values else not decides

    def missing(self, node: Node) -> dict[str, None]:
        """Ids of the absent facts that keep a node unknown, in order; empty if it is known."""
        found: dict[str, None] = {}
        if self.value(node) is not None:
            return found
        match node:
            case FactOf(fact=fact):
                return {fact.id: None}
            case Case(branches=branches, otherwise=otherwise):
                for when, then in branches:
                    found |= self.missing(when)
                    if self.value(when) is True:
                        return found | self.missing(then)
                return found if otherwise is None else found | self.missing(otherwise)
        for child in children(node):
            found |= self.missing(child)
        return found


def _strict(node: Node, parts: list[FactValue]) -> FactValue:
    """The nodes that are unknown as soon as one part is; here every part is known and of its
    checked type."""
    match node:
        case Not():
            return not parts[0]
        case Compare(op=op):
            return OPERATORS[op](*parts)
        case OneIn(choices=choices):
            return any(choice.value == parts[0] for choice in choices)
        case StartsWith(prefix=prefix):
            return str(parts[0]).startswith(prefix)
        case Has(element=element):
            return element in parts[0]  # type: ignore[operator]
        case Extreme(word=word):
            return min(parts) if word == "LEAST" else max(parts)  # type: ignore[type-var]
        case Arithmetic(op=op, left=_, right=_):
            a, b = int(parts[0]), int(parts[1])  # type: ignore[arg-type]
            return a + b if op == "+" else a - b if op == "-" else a * b
        case Share():
            amount, bps = int(parts[0]), int(parts[1])  # type: ignore[arg-type]
            return (amount * bps + 5000) // 10000
        case FloorDiv(divisor=divisor):
            return int(parts[0]) // divisor  # type: ignore[arg-type]
    raise AssertionError(f"no meaning for {type(node).__name__}")
