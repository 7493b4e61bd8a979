"""Trees as columns of a table: walked once, here, in expressions that all engines agree on.

`Dialect` is the little that engines name differently; Python's own operators do the rest. Every
literal is typed, so that no engine picks a narrower integer, and LEAST and GREATEST test for NULL
themselves.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, Protocol

from dengta.core.facts import AGES
from dengta.core.rules import Rule
from dengta.core.shapes import Text
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
    children,
)

KEYS = ("row", "uscc")
"""Columns carried over from the table, where it has them."""

DTYPES = {"bool": "boolean", "date": "date", "text": "string"}
"""The column type of each kind of fact; numbers of any kind are `int64`."""


class ColumnError(ValueError):
    """A column whose type cannot hold its fact: which column, what it is, and how to store it."""

    def __init__(self, column: str, kind: object, wanted: str) -> None:
        self.column = column
        self.message = Text(
            f"列 {column} 的类型是 {kind}，应为 {wanted}。请按事实词汇表的类型保存该列",
            f"column {column} is {kind} and should be {wanted}; "
            "store it in the type of the vocabulary of facts",
        )
        super().__init__(self.message.zh)


class Value(NamedTuple):
    """An expression of an engine, and whether it can be NULL in any row."""

    of: Any
    unknown: bool


class Dialect(Protocol):
    """What engines name differently. Python's operators do the rest, in Ibis and Polars alike."""

    def column(self, name: str, dtype: str) -> Value:
        """A column of the table in a type of DTYPES. ColumnError if it would have to be guessed."""

    def literal(self, value: object, dtype: str) -> Any:
        """A typed literal; None is a typed NULL."""

    def cases(self, pairs: Sequence[tuple[Any, Any]], last: Any) -> Any:
        """CASE WHEN."""

    def least(self, parts: Sequence[Any]) -> Any:
        """The least of parts that are not NULL."""

    def greatest(self, parts: Sequence[Any]) -> Any:
        """The greatest of parts that are not NULL."""

    def coalesce(self, parts: Sequence[Any]) -> Any:
        """The first part that is not NULL."""

    def text_is(self, column: str, text: str) -> Any:
        """Whether a text column holds a text."""

    def starts_with(self, text: Any, prefix: str, column: str | None) -> Any:
        """A prefix test; `column` is named when the text is that column."""

    def is_null(self, value: Any) -> Any:
        """Whether a value is NULL."""

    def date_parts(self, day: Any) -> tuple[Any, Any, Any]:
        """Year, month and day as int64."""

    def keep(self, key: str, value: Value) -> Value:
        """A node just built; an engine may store it for when it is asked for again."""


def needed_columns(nodes: Iterable[Node]) -> dict[str, str]:
    """The columns that trees read, and their types."""
    found: dict[str, str] = {}
    looked: set[int] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) in looked:
            continue
        looked.add(id(node))
        if isinstance(node, Has):
            found[f"{node.item.fact.id}__{node.element}"] = "boolean"
        elif isinstance(node, FactOf):
            found[node.fact.id] = DTYPES.get(node.kind, "int64")
            if node.fact.id in AGES:
                found[AGES[node.fact.id]] = "date"
        else:
            waiting.extend(children(node))
    return found


class Walk:
    """Trees as an engine's expressions over one table; what is written alike is built once."""

    def __init__(self, dialect: Dialect, as_of: dt.date) -> None:
        self.dialect = dialect
        self.as_of = as_of
        self.built: dict[str, Value] = {}
        self.key = Keys()
        self.uses: Counter[str] = Counter()

    def columns(
        self, rules: Mapping[str, Rule], reasons: bool, missing: bool = False
    ) -> dict[str, Any]:
        """The columns of every programme."""
        columns: dict[str, Any] = {}
        for id, rule in rules.items():
            columns.update(self.decided(id, rule, reasons))
            if missing:
                columns[f"{id}__missing"] = self.missing(rule)
        return columns

    def missing(self, rule: Rule) -> Any:
        """A bit per fact of the rule that an undecided row waits for; 0 for a decided one."""
        clauses = tuple(node for _, node in rule.clauses)
        every = self.value(clauses[0] if len(clauses) == 1 else Both("AND", clauses))
        found = self.either([self.lacking(node) for node in clauses])
        if not found or not every.unknown:
            return self.number(0)
        nothing = self.number(0)
        bits = (
            self.dialect.cases([(found[fact.id], self.number(2**at))], nothing)
            for at, fact in enumerate(rule.asked)
            if fact.id in found
        )
        every_bit = reduce(lambda a, b: a + b, bits)
        return self.dialect.cases([(self.dialect.is_null(every.of), every_bit)], nothing)

    def lacking(self, node: Node) -> dict[str, Any]:
        """Per fact below a node, whether the node waits for it: what `Meaning.missing` says of one
        case."""
        it = self.value(node)
        if not it.unknown:
            return {}
        match node:
            case FactOf(fact=fact) | Has(item=FactOf(fact=fact)):
                return {fact.id: self.dialect.is_null(it.of)}
            case Case():
                found = self.either(list(self.branches(node)))
            case _:
                found = self.either([self.lacking(child) for child in children(node)])
        if not isinstance(node, Both | Between | Case | Coalesce):
            return found  # it is unknown whenever a part of it is
        lost = self.dialect.is_null(it.of)
        return {fact: lost & lacks for fact, lacks in found.items()}

    def branches(self, node: Case) -> Iterator[dict[str, Any]]:
        """What each part of a CASE waits for where it is looked at."""
        passed: Any = None
        parts: list[tuple[Node, Node | None]] = [*node.branches]
        for when, then in [*parts, *([] if node.otherwise is None else [(node.otherwise, None)])]:
            asked = self.lacking(when)
            yield asked if passed is None else {f: passed & lacks for f, lacks in asked.items()}
            if then is None:
                return
            never = self.dialect.literal(False, "boolean")
            holds = self.dialect.coalesce([self.value(when).of, never])
            taken = holds if passed is None else passed & holds
            yield {fact: taken & lacks for fact, lacks in self.lacking(then).items()}
            passed = ~holds if passed is None else passed & ~holds

    def either(self, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Per fact, whether any of the parts waits for it."""
        found: dict[str, Any] = {}
        for part in parts:
            for fact, lacks in part.items():
                found[fact] = found[fact] | lacks if fact in found else lacks
        return found

    def decided(self, id: str, rule: Rule, reasons: bool) -> dict[str, Any]:
        """The columns of one programme."""
        nodes = tuple(node for _, node in rule.clauses)
        all_of = nodes[0] if len(nodes) == 1 else Both("AND", nodes)
        every = self.value(all_of)
        columns: dict[str, Any] = {}
        if reasons:
            clauses = [self.value(node) for node in nodes]
            words = [self.dialect.literal(word, "string") for word in ("yes", "no", "unknown")]
            columns[f"{id}__verdict"] = self.dialect.cases(
                [(every.of, words[0]), (~every.of, words[1])], words[2]
            )
            columns[f"{id}__failed"] = self.bits([~clause.of for clause in clauses])
            columns[f"{id}__unknown"] = self.bits([self.lost(clause) for clause in clauses])
        else:
            columns[f"{id}__eligible"] = every.of
        if rule.amount is not None:
            self.uses.update([self.key(all_of), self.key(all_of), self.key(rule.amount)])
            amount, nothing = self.value(rule.amount).of, self.number(0)
            if every.unknown:
                unknown = self.dialect.literal(None, "int64")
                sum_ = self.dialect.cases([(every.of, amount), (~every.of, nothing)], unknown)
            else:
                sum_ = self.dialect.cases([(every.of, amount)], nothing)
            columns[f"{id}__amount_fen"] = sum_
        return columns

    def number(self, value: int) -> Any:
        """A literal of type int64."""
        return self.dialect.literal(value, "int64")

    def bits(self, conditions: Sequence[Any]) -> Any:
        """One bit for each condition that is true, built by adding literals."""
        nothing = self.number(0)
        bits = (
            self.dialect.cases([(condition, self.number(2**at))], nothing)
            for at, condition in enumerate(conditions)
        )
        return reduce(lambda a, b: a + b, bits)

    def lost(self, value: Value) -> Any:
        """Whether a value is NULL."""
        if not value.unknown:
            return self.dialect.literal(False, "boolean")
        return self.dialect.is_null(value.of)

    def value(self, node: Node) -> Value:
        """A node as an expression, built once for all trees that read alike."""
        if isinstance(node, Named):
            return self.value(node.node)
        if isinstance(node, FactOf) and node.fact.id not in AGES:
            return self.build(node)
        key = self.key(node)
        self.uses[key] += 1
        if key not in self.built:
            self.built[key] = self.dialect.keep(key, self.build(node))
        return self.built[key]

    def build(self, node: Node) -> Value:
        """The expression of a node, in the forms on which all engines agree."""
        match node:
            case Literal(kind=kind, value=value):
                return Value(self.dialect.literal(value, DTYPES.get(kind, "int64")), False)
            case FactOf(fact=fact):
                return self.fact(fact.id, DTYPES.get(fact.type, "int64"))
            case Has(item=item, element=element):
                return self.dialect.column(f"{item.fact.id}__{element}", "boolean")
            case IsNull(item=item):
                return Value(self.lost(self.value(item)), False)
            case Between():
                return self.value(node.ends)
            case Case():
                return self.case(node)
            case Coalesce(items=items):
                parts = [self.value(item) for item in items]
                unknown = all(part.unknown for part in parts)
                return Value(self.dialect.coalesce([part.of for part in parts]), unknown)
        parts = [self.value(child) for child in children(node)]
        return Value(self.strict(node, parts), any(part.unknown for part in parts))

    def case(self, node: Case) -> Value:
        """CASE; unknown without ELSE, unless there is nothing it could fall through to."""
        pairs = [(self.value(when), self.value(then)) for when, then in node.branches]
        if node.otherwise is None:
            last = Value(self.dialect.literal(None, DTYPES.get(node.kind, "int64")), True)
        else:
            last = self.value(node.otherwise)
            self.uses[self.key(node.otherwise)] += 1
        # Polars takes twice as long over a CASE whose results are not columns already.
        self.uses.update(self.key(then) for _, then in node.branches)
        unknown = last.unknown or any(then.unknown for _, then in pairs)
        return Value(self.dialect.cases([(w.of, t.of) for w, t in pairs], last.of), unknown)

    def strict(self, node: Node, parts: list[Value]) -> Any:
        """The nodes whose parts are all computed first."""
        of = [part.of for part in parts]
        match node:
            case Not():
                return ~of[0]
            case Both(word=word):
                return reduce((lambda a, b: a & b) if word == "AND" else (lambda a, b: a | b), of)
            case Compare(op=op, left=left, right=right) if "bool" in (left.kind, right.kind):
                # By AND, OR and NOT: `NOT a = b` is NOT (a = b) in SQL.
                same = (of[0] & of[1]) | (~of[0] & ~of[1])
                return same if op == "=" else ~same
            case Compare(op=op, left=FactOf(fact=fact), right=Literal(value=str(text))):
                held = self.dialect.text_is(fact.id, text)
                return held if op == "=" else ~held
            case OneIn(item=FactOf(fact=fact, kind="text"), choices=choices):
                tests = (self.dialect.text_is(fact.id, str(c.value)) for c in choices)
                return reduce(lambda a, b: a | b, tests)
            case Compare(op=op):
                return _COMPARE[op](of[0], of[1])
            case OneIn(item=item, choices=choices):
                literals = (
                    self.dialect.literal(c.value, DTYPES.get(item.kind, "int64")) for c in choices
                )
                return reduce(lambda a, b: a | b, (of[0] == literal for literal in literals))
            case StartsWith(item=item, prefix=prefix):
                column = item.fact.id if isinstance(item, FactOf) else None
                return self.dialect.starts_with(of[0], prefix, column)
            case Extreme():
                return self.extreme(node, parts)
            case Arithmetic(op=op):
                return of[0] + of[1] if op == "+" else of[0] - of[1] if op == "-" else of[0] * of[1]
            case Share():
                return (of[0] * of[1] + self.number(5000)) // self.number(10000)
            case FloorDiv(divisor=divisor):
                return of[0] // self.number(divisor)
        raise AssertionError(f"no expression for {type(node).__name__}")

    def extreme(self, node: Extreme, parts: list[Value]) -> Any:
        """LEAST and GREATEST, unknown as soon as one part is; engines disagree about NULL there.

        With one part that may be unknown, `CASE WHEN known < it THEN known ELSE it END` is enough:
        where it is NULL the condition is not true. With more, each is tested.
        """
        least = node.word == "LEAST"
        pick = self.dialect.least if least else self.dialect.greatest
        loose = [at for at, part in enumerate(parts) if part.unknown]
        if len(loose) == 1:
            known = [part.of for part in parts if not part.unknown]
            best = known[0] if len(known) == 1 else pick(known)
            it = parts[loose[0]].of
            self.uses[self.key(node.items[loose[0]])] += 1
            return self.dialect.cases([(best < it if least else best > it, best)], it)
        picked = pick([part.of for part in parts])
        if not loose:
            return picked
        self.uses.update(map(self.key, node.items))
        lost = reduce(lambda a, b: a | b, (self.lost(parts[at]) for at in loose))
        return self.dialect.cases([(lost, self.dialect.literal(None, "int64"))], picked)

    def fact(self, name: str, dtype: str) -> Value:
        """A fact's column; whole years follow from their date where they are not given."""
        column = self.dialect.column(name, dtype)
        if name not in AGES or not column.unknown:
            return column
        year, month, day = self.dialect.date_parts(self.dialect.column(AGES[name], "date").of)
        today = self.number(self.as_of.month * 100 + self.as_of.day)
        later = month * self.number(100) + day > today
        before = self.dialect.cases([(later, self.number(1))], self.number(0))
        years = self.number(self.as_of.year) - year - before
        unknown = self.dialect.literal(None, "int64")
        known = self.dialect.cases([(years >= self.number(0), years)], unknown)
        return Value(self.dialect.coalesce([column.of, known]), True)


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
