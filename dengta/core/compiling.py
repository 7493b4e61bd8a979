"""From trees to one Python function: straight-line code, each value in a local, None for unknown.

The function takes a case's facts and gives, for one programme: whether each clause holds, what each
clause saw, the derived results, and the amount. Nothing of the policy's text reaches the code but
checked names and literals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

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
    Keys,
    Literal,
    Named,
    Node,
    Not,
    OneIn,
    Share,
    StartsWith,
    names_in,
)

Decided = tuple[
    bool | None,
    tuple[bool | None, ...],
    tuple[Mapping[str, FactValue], ...],
    tuple[FactValue, ...],
    int | None,
]
"""Whether all clauses hold, each clause, what each saw, derived results, and the amount."""

Facts = Callable[[str], FactValue]
"""`facts.get` of a case."""

Function = Callable[[Facts], tuple[Decided, ...]]


class Trees(NamedTuple):
    """What is compiled of one programme."""

    clauses: Sequence[Node]
    derived: Sequence[Named] = ()
    amount: Node | None = None


_PYTHON = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Part(NamedTuple):
    """A value in the generated code: a local or a literal, and whether it can be unknown."""

    text: str
    unknown: bool


def compile_programmes(programmes: Sequence[Trees]) -> Function:
    """One function for all of them, in their order. What several ask is computed once."""
    return _Writer().function(programmes)


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self.facts: dict[str, Part] = {}
        self.made: dict[str, Part] = {}
        self.sights: dict[str, str] = {}
        self.key = Keys()
        self.count = 0

    def function(self, programmes: Sequence[Trees]) -> Function:
        """Write the function, compile it, and hand it over."""
        results = [self.programme(each) for each in programmes]
        self.lines.append(f"return {_tuple(results)}")
        source = "def rules(get):\n" + "".join(f"    {line}\n" for line in self.lines)
        space: dict[str, object] = {"__builtins__": {"min": min, "max": max}, **self.constants}
        exec(compile(source, "<programmes>", "exec"), space)
        rules: Function = space["rules"]  # type: ignore[assignment]
        return rules

    def programme(self, trees: Trees) -> str:
        """The code for what is decided of one programme."""
        results = _tuple(self.part(named).text for named in trees.derived)
        holds = [self.part(clause) for clause in trees.clauses]
        every = self.local(*self.both("AND", holds))
        seen = _tuple(self.seen(clause) for clause in trees.clauses)
        pays = "None"
        if trees.amount is not None:
            amount = self.part(trees.amount)
            pays = f"{amount.text} if {every.text} else 0 if {every.text} is False else None"
        return f"({every.text}, {_tuple(p.text for p in holds)}, {seen}, {results}, {pays})"

    def seen(self, clause: Node) -> str:
        """A dict of the facts and derived results that a clause names."""
        pairs = ", ".join(
            f"{(at.fact.id if isinstance(at, FactOf) else at.id)!r}: {self.part(at).text}"
            for at in names_in(clause)
        )
        if pairs not in self.sights:
            self.sights[pairs] = self.local("{" + pairs + "}", False).text
        return self.sights[pairs]

    def local(self, text: str, unknown: bool) -> Part:
        """Store a value in a new local."""
        self.count += 1
        self.lines.append(f"v{self.count} = {text}")
        return Part(f"v{self.count}", unknown)

    def constant(self, value: object) -> str:
        """A literal in the code, or a global for what has none."""
        if isinstance(value, dt.date):
            name = f"d{value.toordinal()}"
            self.constants[name] = value
            return name
        return repr(value)

    def part(self, node: Node) -> Part:
        """The code for a node, written once for all that read alike."""
        match node:
            case Named(node=below):
                return self.part(below)
            case Literal(value=value):
                text = self.constant(value)
                return Part(f"({text})" if text.startswith("-") else text, False)
            case FactOf(fact=fact):
                if fact.id not in self.facts:
                    self.facts[fact.id] = self.local(f"get({fact.id!r})", True)
                return self.facts[fact.id]
        key = self.key(node)
        if key not in self.made:
            self.made[key] = self.write(node)
        return self.made[key]

    def write(self, node: Node) -> Part:
        """New code for a node."""
        match node:
            case Both(word=word, items=items):
                return self.local(*self.both(word, self.items_of(word, items)))
            case Between():
                return self.part(node.ends)
            case IsNull(item=item):
                inner = self.part(item)
                return self.local(f"{inner.text} is None" if inner.unknown else "False", False)
            case Case():
                return self.case(node)
            case Coalesce(items=items):
                return self.coalesce([self.part(item) for item in items])
        return self.strict(node)

    def items_of(self, word: str, items: tuple[Node, ...]) -> list[Part]:
        """Parts of AND or OR; prefixes of one fact joined by OR become a single test."""
        prefixes: dict[str, list[str]] = {}
        out: list[Part] = []
        for item in items:
            if word == "OR" and isinstance(item, StartsWith) and isinstance(item.item, FactOf):
                prefixes.setdefault(item.item.fact.id, []).append(item.prefix)
            else:
                out.append(self.part(item))
        for item in items:
            if isinstance(item, StartsWith) and isinstance(item.item, FactOf):
                found = prefixes.pop(item.item.fact.id, None)
                if found is not None:
                    inner = self.part(item.item)
                    text = f"{inner.text}.startswith({_tuple(map(repr, found))})"
                    out.append(self.guarded(text, inner))
        return out

    @staticmethod
    def both(word: str, parts: Sequence[Part]) -> tuple[str, bool]:
        """Three-valued AND or OR."""
        if not parts:
            return str(word == "AND"), False
        joined = f" {word.lower()} ".join(part.text for part in parts)
        if not any(part.unknown for part in parts):
            return joined, False
        decides = str(word == "OR")
        one = " or ".join(f"{part.text} is {decides}" for part in parts)
        lost = " or ".join(f"{part.text} is None" for part in parts if part.unknown)
        return f"{decides} if {one} else None if {lost} else {word == 'AND'}", True

    def guarded(self, text: str, *parts: Part) -> Part:
        """A value that is unknown as soon as one of its parts is."""
        lost = " or ".join(f"{part.text} is None" for part in dict.fromkeys(parts) if part.unknown)
        if not lost:
            return self.local(text, False)
        return self.local(f"None if {lost} else {text}", True)

    def case(self, node: Case) -> Part:
        """A chain of conditions; an unknown condition is not true."""
        pairs = [(self.part(when), self.part(then)) for when, then in node.branches]
        last = Part("None", True) if node.otherwise is None else self.part(node.otherwise)
        chain = " else ".join(f"{then.text} if {when.text}" for when, then in pairs)
        return self.local(
            f"{chain} else {last.text}", last.unknown or any(t.unknown for _, t in pairs)
        )

    def coalesce(self, parts: Sequence[Part]) -> Part:
        """The first known part; what stands after one that is always known is never reached."""
        sure = next((at for at, part in enumerate(parts) if not part.unknown), len(parts) - 1)
        parts = parts[: sure + 1]
        chain = "".join(f"{part.text} if {part.text} is not None else " for part in parts[:-1])
        return self.local(chain + parts[-1].text, all(part.unknown for part in parts))

    def strict(self, node: Node) -> Part:
        """The nodes that are unknown as soon as one part is."""
        match node:
            case Not(item=item):
                inner = self.part(item)
                return self.guarded(f"not {inner.text}", inner)
            case Compare(op=op, left=left, right=right):
                a, b = self.part(left), self.part(right)
                return self.guarded(f"{a.text} {_PYTHON[op]} {b.text}", a, b)
            case OneIn(item=item, choices=choices):
                inner = self.part(item)
                listed = _tuple(self.constant(choice.value) for choice in choices)
                return self.guarded(f"{inner.text} in {listed}", inner)
            case StartsWith(item=item, prefix=prefix):
                inner = self.part(item)
                return self.guarded(f"{inner.text}.startswith({prefix!r})", inner)
            case Has(item=item, element=element):
                inner = self.part(item)
                return self.guarded(f"{element!r} in {inner.text}", inner)
            case Extreme(word=word, items=items):
                parts = [self.part(item) for item in items]
                pick = "min" if word == "LEAST" else "max"
                return self.guarded(f"{pick}({', '.join(p.text for p in parts)})", *parts)
            case Arithmetic(op=op, left=left, right=right):
                a, b = self.part(left), self.part(right)
                return self.guarded(f"{a.text} {op} {b.text}", a, b)
            case Share(amount=amount, bps=bps):
                a, b = self.part(amount), self.part(bps)
                return self.guarded(f"({a.text} * {b.text} + 5000) // 10000", a, b)
            case FloorDiv(item=item, divisor=divisor):
                inner = self.part(item)
                return self.guarded(f"{inner.text} // {divisor}", inner)
        raise AssertionError(f"no code for {type(node).__name__}")


def _tuple(parts: object) -> str:
    """A tuple display of code texts, also for one or none."""
    texts = list(parts)  # type: ignore[call-overload]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
