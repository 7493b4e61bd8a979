"""The answers of a table, each distinct value of a column read once.

Every distinct value of an item's column goes through `Scorer.read`, the same code that reads one
case; the rows keep integer indices into those values. What a value is worth is looked up later, so
that one coded table can be scored again and again under other weights.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dengta.core.answers import Answer, AnswerError
from dengta.core.scoring import Scorer
from dengta.core.shapes import Text

LISTED = 1000
"""How many bad cells a result lists one by one; it counts all."""

_WIDEST = 1 << 12


class TableError(ValueError):
    """A table that cannot be scored as a whole; `message` says why and how to mend it."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


class Column:
    """One item's column: per row an index into its distinct values, and how each of them reads."""

    def __init__(self, scorer: Scorer, item: str, column: pa.ChunkedArray) -> None:
        self.item = item
        self.codes, values = _coded(item, column)
        self.values = values
        self.answers: list[Answer] = []
        self.errors: dict[int, AnswerError] = {}
        for at, value in enumerate(values):
            try:
                self.answers.append(scorer.read(item, value))
            except AnswerError as error:
                self.answers.append(None)
                self.errors[at] = error
        self.blank = np.array([scorer.open(item, a) for a in self.answers], dtype=np.bool_)
        self.gaps = bool(self.blank.any())
        self.bad = np.zeros(len(values), dtype=np.bool_)
        self.bad[list(self.errors)] = True

    def faults(self) -> list[tuple[int, int]]:
        """The first LISTED bad cells as (row from 0, index of the value)."""
        rows = np.flatnonzero(self.bad[self.codes])[:LISTED]
        return [(int(row), int(self.codes[row])) for row in rows]


def _coded(item: str, column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], list[object]]:
    """Per row the index of its value, and the distinct values (integers: a whole range of them)."""
    if pa.types.is_integer(column.type):
        ends = pc.min_max(column)
        low, high = ends["min"].as_py(), ends["max"].as_py()
        if low is not None and high - low < _WIDEST:
            values: list[object] = list(range(low, high + 1))
            if column.null_count:
                # One more value stands for null; it must fit, so the column is widened.
                column = column.cast(pa.int64()).fill_null(high + 1)
                values.append(None)
            codes = column.to_numpy()
            return (codes - low if low else codes), values
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type == pa.string_view():
        column = column.cast(pa.large_string())
    try:
        coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as fault:
        raise TableError(
            Text(
                f"列 {item} 的类型是 {column.type}，不能当作答案。请存成文本或整数。",
                f"column {item} is of type {column.type}, which holds no answers. "
                "Store it as text or integers.",
            )
        ) from fault
    if isinstance(coded, pa.ChunkedArray):
        coded = (
            coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        )
    return coded.indices.to_numpy(), coded.dictionary.to_pylist()


class Coded:
    """A table whose answers have been read: its columns by item, figures last. TableError when it
    has no answers at all, names a column twice, or holds answers in a type that is neither text nor
    number."""

    def __init__(self, scorer: Scorer, table: pa.Table) -> None:
        if hasattr(table, "to_arrow"):
            table = table.to_arrow()
        _refuse_table(scorer, table)
        self.table, self.rows = table, table.num_rows
        self.asked = scorer.items
        names = set(table.column_names)
        items = [item for item in (*scorer.items, *scorer.figures) if item in names]
        # Arrow lets go of the interpreter while it finds the distinct values.
        with ThreadPoolExecutor() as pool:
            read = pool.map(lambda item: Column(scorer, item, table.column(item)), items)
            self.columns = dict(zip(items, read, strict=True))
        self.absent = sum(item not in self.columns for item in scorer.items)
        self.faulty = any(column.errors for column in self.columns.values())


def _refuse_table(scorer: Scorer, table: pa.Table) -> None:
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableError(
            Text(
                f"列名 {twice[0]} 出现了不止一次。请只留一列。",
                f"column {twice[0]} appears more than once. Keep one.",
            )
        )
    if not any(item in names for item in scorer.items):
        raise TableError(
            Text(
                f"表里没有一列是 {scorer.instrument.id} 的题目。"
                f"请把列名写成题目编号，如 {scorer.items[0]}、{scorer.items[-1]}。",
                f"no column is an item of {scorer.instrument.id}. Name columns by the items' ids, "
                f"such as {scorer.items[0]} and {scorer.items[-1]}.",
            )
        )
