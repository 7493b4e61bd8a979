"""The same clauses over a whole table, in whatever engine holds it: typed trees become Ibis
expressions.

A row means what the one-case evaluator says of it, on every engine; a test holds both to that.
Every literal is typed, so that no engine picks a narrower integer. A column that the table lacks is
unknown in every row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from dengta.core.facts import AGES
from dengta.core.refusals import ClauseError
from dengta.core.rules import Rule, read_programme
from dengta.core.shapes import Fact, Policy, Text
from dengta.core.tree import (
    NUMERIC,
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

KEYS = ("row", "uscc")
"""Columns carried over from the table, where it has them."""

_DTYPES = {"bool": "boolean", "date": "date", "text": "string"}


class ColumnError(ValueError):
    """A column whose type cannot hold its fact: which column, what it is, and how to store it."""

    def __init__(self, column: str, message: Text) -> None:
        super().__init__(message.zh)
        self.column, self.message = column, message


class Count(NamedTuple):
    """How many rows of a table a programme fits, and what that would cost in 分 (None if no money
    is involved)."""

    programme: str
    yes: int
    no: int
    unknown: int
    amount_fen: int | None


class Population:
    """The programmes of a policy in force on a date, to be asked of tables.

    ClauseError when a programme cannot be read, which a checked policy rules out; KeyError for a
    programme that is not in force.
    """

    def __init__(
        self, policy: Policy, as_of: dt.date, programmes: Sequence[str] | None = None
    ) -> None:
        self.policy = policy
        self.as_of = as_of
        in_force = {each.id: each for each in policy.in_force(as_of)}
        chosen = in_force if programmes is None else {id: in_force[id] for id in programmes}
        self.rules = {id: read_programme(each, policy.facts, as_of) for id, each in chosen.items()}

    def decide(self, table: ir.Table, *, reasons: bool = True) -> ir.Table:
        """Verdicts for each row, as an expression that the table's own engine computes when it is
        executed.

        Keeps `row` and `uscc`. Per programme: `<id>__verdict` (yes, no, unknown), `<id>__failed`
        and `<id>__unknown` (the sum of 2^n over the clauses, counted from 0), `<id>__amount_fen`
        where money is involved (0 for no, NULL for unknown). Without reasons: `<id>__eligible`
        (NULL for unknown) and the amount alone. ColumnError for a column of another type than its
        fact.
        """
        nodes = [node for rule in self.rules.values() for node in rule.nodes]
        engine = _Columns(self.as_of, table, nodes)
        columns = {name: engine.table[name] for name in KEYS if name in table.columns}
        for id, rule in self.rules.items():
            columns.update(engine.decided(id, rule, reasons))
        return engine.table.select(**columns)

    def counts(self, table: ir.Table) -> list[Count]:
        """Totals per programme in one pass over the table."""
        decided = self.decide(table, reasons=False)
        sums: dict[str, Any] = {"rows": decided.count()}
        for id, rule in self.rules.items():
            eligible = decided[f"{id}__eligible"]
            sums[f"{id}__yes"] = _number(eligible)
            sums[f"{id}__no"] = _number(~eligible)
            if rule.amount is not None:
                sums[f"{id}__amount_fen"] = decided[f"{id}__amount_fen"].sum()
        row = decided.aggregate(**sums).to_pyarrow().to_pylist()[0]
        rows, out = int(row["rows"]), []
        for id, rule in self.rules.items():
            yes, no = int(row[f"{id}__yes"] or 0), int(row[f"{id}__no"] or 0)
            amount = None if rule.amount is None else int(row[f"{id}__amount_fen"] or 0)
            out.append(Count(id, yes, no, rows - yes - no, amount))
        return out


def _number(condition: Any) -> Any:
    """How many rows meet a condition."""
    return ibis.ifelse(condition, _integer(1), _integer(0)).sum()


def _integer(value: int) -> Any:
    return ibis.literal(value, "int64")


def _lost(value: Any) -> Any:
    """Whether a value is NULL. NOT is looked through: `NOT x IS NULL` is NOT (x IS NULL)."""
    below = value.op()
    return _lost(below.arg.to_expr()) if isinstance(below, ops.Not) else value.isnull()


def _same(left: Any, right: Any) -> Any:
    """Equality of two yes/no values by AND, OR and NOT, whose precedence is the same everywhere."""
    return (left & right) | (~left & ~right)


def _typed(literal: Literal) -> Any:
    """A literal of exactly the type that columns of its kind have."""
    return ibis.literal(literal.value, _DTYPES.get(literal.kind, "int64"))


def decode(rule: Rule, failed: int, unknown: int) -> dict[str, str]:
    """The outcome of each clause, from the two integers of a verdict table."""
    return {
        clause.id: "no" if failed >> at & 1 else "unknown" if unknown >> at & 1 else "yes"
        for at, (clause, _) in enumerate(rule.clauses)
    }


def _needed(nodes: Sequence[Node]) -> dict[str, str]:
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
            found[node.fact.id] = _DTYPES.get(node.kind, "int64")
            if node.fact.id in AGES:
                found[AGES[node.fact.id]] = "date"
        else:
            waiting.extend(children(node))
    return found


def _with_columns(table: ir.Table, needed: Mapping[str, str]) -> ir.Table:
    """The table with a column of NULLs for each one it lacks.

    Columns, not NULL literals: Ibis turns `NULL = x` into `x IS NULL` when it sees the literal.
    """
    kinds = table.schema()
    lost = {
        name: ibis.null(dtype)
        for name, dtype in needed.items()
        if name not in kinds or kinds[name].is_null()
    }
    return table.mutate(**lost) if lost else table


class _Columns:
    """Trees as expressions over one table; each fact, name and node is built once."""

    def __init__(self, as_of: dt.date, table: ir.Table, nodes: Sequence[Node]) -> None:
        self.as_of = as_of
        self.table = _with_columns(table, _needed(nodes))
        self.facts: dict[str, Any] = {}
        self.nodes: dict[int, Any] = {}
        self.kept: list[Node] = []

    def decided(self, id: str, rule: Rule, reasons: bool) -> dict[str, Any]:
        """The columns of one programme."""
        clauses = [self.value(node) for _, node in rule.clauses]
        eligible = reduce(lambda a, b: a & b, clauses)
        columns: dict[str, Any] = {}
        if reasons:
            columns[f"{id}__verdict"] = ibis.cases(
                (eligible, "yes"), (~eligible, "no"), else_="unknown"
            )
            columns[f"{id}__failed"] = _bits(clauses, lambda clause: ~clause)
            columns[f"{id}__unknown"] = _bits(clauses, _lost)
        else:
            columns[f"{id}__eligible"] = eligible
        if rule.amount is not None:
            amount = self.value(rule.amount)
            columns[f"{id}__amount_fen"] = ibis.cases((eligible, amount), (~eligible, _integer(0)))
        return columns

    def value(self, node: Node) -> Any:
        """A node as an expression, built once."""
        if isinstance(node, FactOf):
            return self.fact(node.fact)
        if id(node) not in self.nodes:
            self.kept.append(node)
            self.nodes[id(node)] = self.build(node)
        return self.nodes[id(node)]

    def build(self, node: Node) -> Any:
        """The expression of a node; only the forms of the language, which all engines agree on."""
        match node:
            case Literal():
                return _typed(node)
            case Named(node=below):
                return self.value(below)
            case Both(word=word, items=items):
                join = (lambda a, b: a & b) if word == "AND" else (lambda a, b: a | b)
                return reduce(join, map(self.value, items))
            case Between():
                return self.value(node.ends)
            case IsNull(item=item):
                return _lost(self.value(item))
            case Case(branches=branches, otherwise=otherwise, kind=kind):
                pairs = [(self.value(when), self.value(then)) for when, then in branches]
                last = self.unknown(kind) if otherwise is None else self.value(otherwise)
                return ibis.cases(*pairs, else_=last)
            case Coalesce(items=items):
                return ibis.coalesce(*map(self.value, items))
            case Extreme():
                return self.extreme(node)
            case Has(item=item, element=element):
                return self.element(item.fact, element)
        return self.strict(node, [self.value(child) for child in children(node)])

    @staticmethod
    def strict(node: Node, parts: list[Any]) -> Any:
        """The nodes that every engine makes NULL as soon as a part is NULL."""
        match node:
            case Not():
                return ~parts[0]
            case Compare(op=op, left=left, right=right) if "bool" in (left.kind, right.kind):
                same = _same(parts[0], parts[1])
                return same if op == "=" else ~same
            case Compare(op=op):
                return _COMPARE[op](parts[0], parts[1])
            case OneIn(choices=choices):
                return reduce(lambda a, b: a | b, (parts[0] == _typed(c) for c in choices))
            case StartsWith(prefix=prefix):
                return parts[0].startswith(prefix)
            case Arithmetic(op="+"):
                return parts[0] + parts[1]
            case Arithmetic(op="-"):
                return parts[0] - parts[1]
            case Arithmetic():
                return parts[0] * parts[1]
            case Share():
                return (parts[0] * parts[1] + _integer(5000)) // _integer(10000)
            case FloorDiv(divisor=divisor):
                return parts[0] // _integer(divisor)
        raise AssertionError(f"no expression for {type(node).__name__}")

    def extreme(self, node: Extreme) -> Any:
        """LEAST and GREATEST with an explicit test, as engines disagree about NULL among their
        operands."""
        parts = [self.value(item) for item in node.items]
        pick = ibis.least if node.word == "LEAST" else ibis.greatest
        loose = [
            _lost(part)
            for part, item in zip(parts, node.items, strict=True)
            if not isinstance(item, Literal)
        ]
        if not loose:
            return pick(*parts)
        lost = reduce(lambda a, b: a | b, loose)
        return ibis.ifelse(lost, self.unknown("number"), pick(*parts))

    @staticmethod
    def unknown(kind: str) -> Any:
        """A NULL of a kind."""
        return ibis.null(_DTYPES.get(kind, "int64"))

    def fact(self, fact: Fact) -> Any:
        """A fact's column, completed by what follows from other columns; NULL where the table has
        none."""
        if fact.id not in self.facts:
            column = self.column(fact.id, _DTYPES.get(fact.type, "int64"))
            if fact.id in AGES:
                column = ibis.coalesce(column, self.years(AGES[fact.id]))
            self.facts[fact.id] = column
        return self.facts[fact.id]

    def element(self, fact: Fact, element: str) -> Any:
        """One element of a set fact, a yes/no column of its own."""
        return self.column(f"{fact.id}__{element}", "boolean")

    def column(self, name: str, dtype: str) -> Any:
        """A column in the type its fact needs. ColumnError for what would have to be guessed."""
        column = self.table[name]
        kind = column.type()
        if dtype == "int64" and kind.is_integer():
            return column if kind.is_int64() else column.cast("int64")
        fits = {"boolean": kind.is_boolean, "date": kind.is_date, "string": kind.is_string}
        if dtype not in fits or not fits[dtype]():
            raise ColumnError(
                name,
                Text(
                    f"列 {name} 的类型是 {kind}，应为 {dtype}。请按事实词汇表的类型保存该列",
                    f"column {name} is {kind} and should be {dtype}; "
                    "store it in the type of the vocabulary of facts",
                ),
            )
        return column

    def years(self, date_name: str) -> Any:
        """Whole years from a date column to the as-of date, counted in int64."""
        start = self.column(date_name, "date")
        year, month, day = (
            part.cast("int64") for part in (start.year(), start.month(), start.day())
        )
        of_year = month * _integer(100) + day
        today = _integer(self.as_of.month * 100 + self.as_of.day)
        before = ibis.ifelse(of_year > today, _integer(1), _integer(0))
        years = _integer(self.as_of.year) - year - before
        return ibis.cases((years >= _integer(0), years), else_=ibis.null("int64"))


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _bits(clauses: Sequence[Any], test: Callable[[Any], Any]) -> Any:
    """One bit per clause that meets a test, built by adding literals."""
    bits = (
        ibis.ifelse(test(clause), _integer(2**at), _integer(0)) for at, clause in enumerate(clauses)
    )
    return reduce(lambda a, b: a + b, bits)


__all__ = ["KEYS", "NUMERIC", "ClauseError", "ColumnError", "Count", "Population", "decode"]
