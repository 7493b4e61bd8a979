"""The dialects of `columns`: Ibis for tables of any connection, Polars for frames in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dengta.core.columns import KEYS, ColumnError, Value, Walk, needed_columns
from dengta.core.rules import Rule


def in_ibis(
    rules: Mapping[str, Rule], as_of: dt.date, table: Any, reasons: bool, missing: bool
) -> Any:
    """The verdict table as an Ibis expression over the table's own connection."""
    import ibis

    kinds = table.schema()
    needed = needed_columns(node for rule in rules.values() for node in rule.nodes)
    # Columns of NULL, not NULL literals: Ibis turns `NULL = x` into `x IS NULL` at sight of one.
    lost = {
        name: ibis.null(dtype)
        for name, dtype in needed.items()
        if name not in kinds or kinds[name].is_null()
    }
    wide = table.mutate(**lost) if lost else table
    keys = {name: wide[name] for name in KEYS if name in table.columns}
    walk = Walk(IbisDialect(ibis, wide), as_of)
    return wide.select(**keys, **walk.columns(rules, reasons, missing))


class IbisDialect:
    """Expressions over one Ibis table."""

    def __init__(self, ibis: Any, table: Any) -> None:
        self.ibis = ibis
        self.table = table

    def column(self, name: str, dtype: str) -> Value:
        """A column; narrower integers are widened before anything is computed with them."""
        column = self.table[name]
        kind = column.type()
        if dtype == "int64" and kind.is_integer():
            return Value(column if kind.is_int64() else column.cast("int64"), kind.nullable)
        fits = {"boolean": kind.is_boolean, "date": kind.is_date, "string": kind.is_string}
        if dtype not in fits or not fits[dtype]():
            raise ColumnError(name, kind, dtype)
        return Value(column, kind.nullable)

    def literal(self, value: object, dtype: str) -> Any:
        """A typed literal or NULL."""
        return self.ibis.null(dtype) if value is None else self.ibis.literal(value, dtype)

    def cases(self, pairs: Sequence[tuple[Any, Any]], last: Any) -> Any:
        """CASE WHEN."""
        return self.ibis.cases(*pairs, else_=last)

    def least(self, parts: Sequence[Any]) -> Any:
        """LEAST, for parts that are not NULL."""
        return self.ibis.least(*parts)

    def greatest(self, parts: Sequence[Any]) -> Any:
        """GREATEST, for parts that are not NULL."""
        return self.ibis.greatest(*parts)

    def coalesce(self, parts: Sequence[Any]) -> Any:
        """COALESCE."""
        return self.ibis.coalesce(*parts)

    def text_is(self, column: str, text: str) -> Any:
        """Whether a text column holds a text."""
        return self.table[column] == self.literal(text, "string")

    def starts_with(self, text: Any, prefix: str, column: str | None) -> Any:
        """STARTS_WITH."""
        return text.startswith(prefix)

    def is_null(self, value: Any) -> Any:
        """IS NULL. NOT is looked through: SQL reads `NOT x IS NULL` as NOT (x IS NULL)."""
        below = value.op()
        if type(below).__name__ == "Not":
            return self.is_null(below.arg.to_expr())
        return value.isnull()

    def date_parts(self, day: Any) -> tuple[Any, Any, Any]:
        """Year, month and day, widened: engines give them as 8 or 16 bits."""
        year, month, day = (part.cast("int64") for part in (day.year(), day.month(), day.day()))
        return year, month, day

    def keep(self, key: str, value: Value) -> Value:
        """Expressions are shared as they are."""
        return value


def in_polars(
    rules: Mapping[str, Rule], as_of: dt.date, frame: Any, reasons: bool, missing: bool
) -> Any:
    """The verdict table as a lazy frame. What is asked for more than once is computed once.

    A collected frame knows which of its columns have no gaps, which saves the tests for NULL.
    """
    import polars as pl

    full: set[str] = set()
    if isinstance(frame, pl.DataFrame) and frame.height:
        full = {c for c, nulls in frame.null_count().row(0, named=True).items() if not nulls}
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    first = Walk(PolarsDialect(pl, schema, full, set()), as_of)
    first.columns(rules, reasons, missing)
    shared = {key for key, uses in first.uses.items() if uses > 1}
    second = PolarsDialect(pl, schema, full, shared)
    columns = Walk(second, as_of).columns(rules, reasons, missing)
    for stage in second.stages:
        lazy = lazy.with_columns(**stage)
    return lazy.select(*(pl.col(name) for name in KEYS if name in schema), **columns)


class PolarsDialect:
    """Expressions over one frame; shared ones become columns of their own, in stages."""

    def __init__(
        self, pl: Any, schema: Mapping[str, Any], full: set[str], shared: set[str]
    ) -> None:
        self.pl = pl
        self.schema = schema
        self.full = full
        self.shared = shared
        self.stages: list[dict[str, Any]] = []
        self.dtypes = {
            "int64": pl.Int64, "boolean": pl.Boolean, "date": pl.Date, "string": pl.String
        }  # fmt: skip

    def column(self, name: str, dtype: str) -> Value:
        """A column; narrower integers are widened before anything is computed with them."""
        kind = self.schema.get(name, self.pl.Null)
        column = self.pl.col(name)
        if kind == self.pl.Null:
            return Value(self.literal(None, dtype), True)
        if dtype == "int64" and kind.is_integer():
            column = column if kind == self.pl.Int64 else column.cast(self.pl.Int64)
        elif dtype == "string" and self._encoded(name):
            column = column.cast(self.pl.String)
        elif kind != self.dtypes[dtype]:
            raise ColumnError(name, kind, dtype)
        return Value(column, name not in self.full)

    def literal(self, value: object, dtype: str) -> Any:
        """A typed literal or NULL."""
        return self.pl.lit(value, dtype=self.dtypes[dtype])

    def cases(self, pairs: Sequence[tuple[Any, Any]], last: Any) -> Any:
        """CASE WHEN."""
        (when, then), *others = pairs
        chain = self.pl.when(when).then(then)
        for when, then in others:
            chain = chain.when(when).then(then)
        return chain.otherwise(last)

    def least(self, parts: Sequence[Any]) -> Any:
        """LEAST, for parts that are not NULL."""
        return self.pl.min_horizontal(*parts)

    def greatest(self, parts: Sequence[Any]) -> Any:
        """GREATEST, for parts that are not NULL."""
        return self.pl.max_horizontal(*parts)

    def coalesce(self, parts: Sequence[Any]) -> Any:
        """COALESCE."""
        return self.pl.coalesce(*parts)

    def text_is(self, column: str, text: str) -> Any:
        """Whether a text column holds a text; a dictionary of choices compares its numbers."""
        if self._encoded(column):
            return self.pl.col(column) == self.literal(text, "string")
        return self.column(column, "string").of == self.literal(text, "string")

    def starts_with(self, text: Any, prefix: str, column: str | None) -> Any:
        """A prefix test; in a dictionary of choices each choice is tested once."""
        if column is not None and self._encoded(column):
            return self.pl.col(column).cat.starts_with(prefix)
        return text.str.starts_with(prefix)

    def _encoded(self, column: str) -> bool:
        return isinstance(self.schema.get(column), self.pl.Categorical)

    def is_null(self, value: Any) -> Any:
        """IS NULL."""
        return value.is_null()

    def date_parts(self, day: Any) -> tuple[Any, Any, Any]:
        """Year, month and day, widened: Polars gives them as 8 or 32 bits."""
        parts = (day.dt.year(), day.dt.month(), day.dt.day())
        year, month, day = (part.cast(self.pl.Int64) for part in parts)
        return year, month, day

    def keep(self, key: str, value: Value) -> Value:
        """A shared expression becomes a column, one stage after those it is made of."""
        roots = value.of.meta.root_names() if key in self.shared else []
        if not roots or value.of.meta.is_column():
            return value
        made = [int(name.split(":")[1]) for name in roots if name.startswith("shared:")]
        level = 1 + max(made, default=-1)
        if level == len(self.stages):
            self.stages.append({})
        name = f"shared:{level}:{len(self.stages[level])}"
        self.stages[level][name] = value.of
        return Value(self.pl.col(name), value.unknown)
