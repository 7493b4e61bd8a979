"""The typed tree of a clause: what is left of SQL text once it is read, and all that an evaluator
may meet.

Every node carries its type, and a numeric one the least and the greatest value it can have.
Three-valued as in SQL: unknown operands make an unknown result unless the other operands already
decide it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple

from dengta.core.shapes import Fact

Kind = OneOf["bool", "integer", "fen", "bps", "date", "text", "set", "number"]
"""The types of facts, and `number`: a literal, or a product, which has no unit of its own."""

NUMERIC: frozenset[str] = frozenset({"integer", "fen", "bps", "number"})
INT64_LOW, INT64_HIGH = -(2**63), 2**63 - 1
EXACT_HIGH = 2**53 - 1
"""Above this an engine that divides through floats is no longer exact."""


class Bounds(NamedTuple):
    """The least and the greatest value, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    kind: Kind
    value: bool | int | str | dt.date

    @property
    def bounds(self) -> Bounds | None:
        """The value itself, for a number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return Bounds(self.value, self.value)
        return None


@dataclass(frozen=True, slots=True)
class FactOf:
    """The value of a fact."""

    fact: Fact

    @property
    def kind(self) -> Kind:
        """The type that the vocabulary gives it."""
        return self.fact.type

    @property
    def bounds(self) -> Bounds | None:
        """The range that the vocabulary gives it."""
        return fact_bounds(self.fact)


@dataclass(frozen=True, slots=True)
class Named:
    """A name that stands for another tree: a policy value (`value`) or a derived result
    (`derived`)."""

    id: str
    role: OneOf["value", "derived"]
    zh: str
    en: str
    node: Node
    kind: Kind
    bounds: Bounds | None
    depth: int


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; unknown stays unknown."""

    item: Node
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Both:
    """AND (`all` of the items) or OR (any of them)."""

    word: OneOf["AND", "OR"]
    items: tuple[Node, ...]
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values of like type."""

    op: OneOf["=", "<>", "<", "<=", ">", ">="]
    left: Node
    right: Node
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Between:
    """`low <= item <= high`."""

    item: Node
    low: Node
    high: Node
    kind: Kind = "bool"
    bounds: None = None

    @property
    def ends(self) -> Both:
        """What it means in SQL: both comparisons, so that one false end decides though the other is
        unknown."""
        low = Compare(">=", self.item, self.low)
        return Both("AND", (low, Compare("<=", self.item, self.high)))


@dataclass(frozen=True, slots=True)
class OneIn:
    """Whether the item equals one of the literals."""

    item: Node
    choices: tuple[Literal, ...]
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether the item is unknown; never unknown itself."""

    item: Node
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class StartsWith:
    """Whether a text begins with a prefix (codes are prefixes)."""

    item: Node
    prefix: str
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Has:
    """Whether a set fact contains an element."""

    item: FactOf
    element: str
    kind: Kind = "bool"
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The value after the first condition that is true; `otherwise` if none is, unknown without
    one."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None
    kind: Kind
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first item that is known."""

    items: tuple[Node, ...]
    kind: Kind
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the greatest item; unknown as soon as one item is."""

    word: OneOf["LEAST", "GREATEST"]
    items: tuple[Node, ...]
    kind: Kind
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Sum, difference or product of integers; cannot leave int64."""

    op: OneOf["+", "-", "*"]
    left: Node
    right: Node
    kind: Kind
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class Share:
    """`(amount * bps + 5000) // 10000`: a share of a non-negative amount, half up."""

    amount: Node
    bps: Node
    bounds: Bounds | None
    kind: Kind = "fen"


@dataclass(frozen=True, slots=True)
class FloorDiv:
    """The whole part of a non-negative item divided by a positive constant."""

    item: Node
    divisor: int
    kind: Kind
    bounds: Bounds | None


Node = (
    Literal
    | FactOf
    | Named
    | Not
    | Both
    | Compare
    | Between
    | OneIn
    | IsNull
    | StartsWith
    | Has
    | Case
    | Coalesce
    | Extreme
    | Arithmetic
    | Share
    | FloorDiv
)


def fact_bounds(fact: Fact) -> Bounds | None:
    """The range of a numeric fact, as wide as int64 on a side that the vocabulary leaves open."""
    if fact.type not in NUMERIC:
        return None
    return Bounds(
        INT64_LOW if fact.low is None else fact.low, INT64_HIGH if fact.high is None else fact.high
    )


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text. A name has the tree it stands for."""
    match node:
        case Literal() | FactOf():
            return ()
        case Named(node=below):
            return (below,)
        case Not(item=item) | OneIn(item=item) | IsNull(item=item) | StartsWith(item=item):
            return (item,)
        case Has(item=item) | FloorDiv(item=item):
            return (item,)
        case Both(items=items) | Coalesce(items=items) | Extreme(items=items):
            return items
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Between(item=item, low=low, high=high):
            return (item, low, high)
        case Share(amount=amount, bps=bps):
            return (amount, bps)
        case Case(branches=branches, otherwise=otherwise):
            pairs = tuple(part for branch in branches for part in branch)
            return pairs if otherwise is None else (*pairs, otherwise)


def depth_of(node: Node) -> int:
    """How many nodes lie on the longest way down, names included."""
    if isinstance(node, Named):
        return node.depth + 1
    return 1 + max(map(depth_of, children(node)), default=0)


def names_in(node: Node) -> Iterator[FactOf | Named]:
    """Facts and derived results that the text itself names, each once, in its order; values are
    looked through."""
    seen: set[str] = set()
    waiting: list[Node] = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, FactOf) or (isinstance(at, Named) and at.role == "derived"):
            name = at.fact.id if isinstance(at, FactOf) else at.id
            if name not in seen:
                seen.add(name)
                yield at
        else:
            waiting.extend(reversed(children(at)))


def facts_in(*nodes: Node) -> tuple[Fact, ...]:
    """Every fact that the nodes depend on, each once, through values and derived results."""
    found: dict[str, Fact] = {}
    looked: set[int] = set()
    waiting: list[Node] = list(reversed(nodes))
    while waiting:
        at = waiting.pop()
        if isinstance(at, FactOf):
            found.setdefault(at.fact.id, at.fact)
        elif id(at) not in looked:
            looked.add(id(at))
            waiting.extend(reversed(children(at)))
    return tuple(found.values())


class Keys:
    """The texts of trees: two that read alike have one key, whatever names they use for it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Node, str]] = {}

    def __call__(self, node: Node) -> str:
        """The key of a node."""
        while isinstance(node, Named):
            node = node.node
        found = self._known.get(id(node))
        if found is None:
            parts = ",".join(map(self, children(node)))
            found = self._known[id(node)] = (node, f"{_label(node)}({parts})")
        return found[1]


def _label(node: Node) -> str:
    """What tells a node from others with the same parts."""
    match node:
        case Literal(kind=kind, value=value):
            return f"{kind}:{value!r}"
        case FactOf(fact=fact):
            return fact.id
        case Both(word=word) | Extreme(word=word):
            return word
        case Compare(op=op) | Arithmetic(op=op):
            return op
        case OneIn(choices=choices):
            return f"IN {[choice.value for choice in choices]!r}"
        case StartsWith(prefix=prefix):
            return f"STARTS {prefix!r}"
        case Has(element=element):
            return f"HAS {element!r}"
        case FloorDiv(divisor=divisor):
            return f"FLOORDIV {divisor}"
        case Case(otherwise=otherwise):
            return "CASE" if otherwise is None else "CASE ELSE"
    return type(node).__name__
