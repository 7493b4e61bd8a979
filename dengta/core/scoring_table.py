"""An instrument over a whole table: each distinct value is read once, the rows are gathered.

Every distinct value of an item's column goes through `Scorer.read`, the same code that reads one
case; what it is worth is put into a small table, and the rows take from that by integer index.
Gates compare whole vectors of integers. So a million rows cost a few hundred readings and some
passes over memory, and each row's result equals `Scorer.score` of that row (a property test holds).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dengta.core.answers import AnswerError
from dengta.core.scoring import Scorer
from dengta.core.shapes import Gate, Text

Ints = npt.NDArray[np.int64]

RESULTS = (
    "score",
    "level",
    "complete",
    "score_short",
    "scenarios_short",
    "binding_short",
    "gap",
)
LISTED = 1000
"""How many bad cells a result lists one by one; it counts all."""

_BLOCK = 1 << 14
_WIDEST = 1 << 12


class TableError(ValueError):
    """A table that cannot be scored as a whole; `message` says why and how to mend it."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


@dataclass(frozen=True, slots=True)
class CellFault:
    """An answer that cannot be: its row (from 1, the heading not counted), column and value."""

    row: int
    column: str
    value: object
    message: Text


@dataclass(frozen=True, slots=True)
class TableResult:
    """A scored table.

    `table` is the table given plus the columns RESULTS: `score` and `score_short` exact decimals,
    `level` 0 when below the first gate, `complete`, what the next gate lacks (0 at the top), and
    `gap`, the item to work on first (null when none helps). All are null in a row with a bad cell.
    `faults` lists the first bad cells in the order of the rows, `fault_count` counts all of them,
    `refused` the rows that hold any; `levels` counts the scored rows by level.
    """

    table: pa.Table
    faults: tuple[CellFault, ...]
    fault_count: int
    refused: int
    levels: Mapping[int, int]


class _Column:
    """One item's column: per row an index into its distinct values, and how each of them reads."""

    def __init__(self, scorer: Scorer, item: str, column: pa.ChunkedArray) -> None:
        self.item = item
        self.codes, values = _coded(item, column)
        self.values = values
        self.answers: list[str | int | None] = []
        self.errors: dict[int, AnswerError] = {}
        for at, value in enumerate(values):
            try:
                self.answers.append(scorer.read(item, value))
            except AnswerError as error:
                self.answers.append(None)
                self.errors[at] = error
        self.blank = np.array([answer is None for answer in self.answers], dtype=np.bool_)
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


class _Rules:
    """What the rows take from: per item its worth by value, and the gates as integers.

    A question's `ranks` order its values by the points still to win, a scenario's by its level;
    the lower item wins a tie, and -1 is "no gap here". The rank of scenario `i` at level `l` is
    `l * width + width - 1 - i`, so that comparing ranks with `l * width` compares levels. Widths
    are powers of two, so that masks take ranks apart.
    """

    def __init__(self, scorer: Scorer, columns: Mapping[str, _Column]) -> None:
        self.scorer = scorer
        self.width = 1 << len(scorer.scenarios).bit_length()
        self.many = many = 1 << len(scorer.weighed).bit_length()
        self.questions: list[tuple[_Column, Ints, Ints]] = []
        self.scenarios: list[tuple[_Column, npt.NDArray[np.int16]]] = []
        for at, (item, weighed) in enumerate(scorer.weighed.items()):
            if item not in columns:
                continue
            column = columns[item]
            points = [0 if a is None else weighed.of(str(a)) for a in column.answers]
            ranks = [
                -1 if a is None or p >= weighed.most else (weighed.most - p) * many + many - 1 - at
                for a, p in zip(column.answers, points, strict=True)
            ]
            self.questions.append((column, np.array(points, np.int64), np.array(ranks, np.int64)))
        places = {item: at for at, item in enumerate(scorer.scenarios) if item in columns}
        # Binding ones first, so that each kind is one slab of rows.
        for item in sorted(places, key=lambda item: not scorer.scenarios[item].binding):
            at = places[item]
            column = columns[item]
            steps = [
                self.width * a + self.width - 1 - at if isinstance(a, int) else -1
                for a in column.answers
            ]
            self.scenarios.append((column, np.array(steps, np.int16)))
        self.starred = sum(scorer.scenarios[item].binding for item in places)
        self.absent = len(scorer.items) - len(columns)


def score_table(scorer: Scorer, table: pa.Table) -> TableResult:
    """Score every row of an Arrow table (or anything with `to_arrow()`, such as a Polars frame).

    Columns named like items are answers, an absent one counts as not answered; all other columns
    pass through. TableError when the table has no answers at all, names a column twice, already
    has a column of RESULTS, or holds answers in a type that is neither text nor number.
    """
    if hasattr(table, "to_arrow"):
        table = table.to_arrow()
    _refuse_table(scorer, table)
    items = [item for item in scorer.items if item in table.column_names]
    # Arrow lets go of the interpreter while it finds the distinct values.
    with ThreadPoolExecutor() as pool:
        read = pool.map(lambda item: _Column(scorer, item, table.column(item)), items)
        columns = dict(zip(items, read, strict=True))
    rules = _Rules(scorer, columns)
    rows = table.num_rows
    found = _Found(rows, len(scorer.gates))
    for start in range(0, rows, _BLOCK):
        _score_block(rules, found, slice(start, min(start + _BLOCK, rows)))
    bad = found.bad if any(column.errors for column in columns.values()) else None
    for name, values in _results(scorer, found, bad).items():
        table = table.append_column(name, values)
    good = found.level if bad is None else found.level[~bad]
    levels = np.bincount(good, minlength=1 + max(gate.level for gate in scorer.gates))
    names = (0, *(gate.level for gate in scorer.gates))
    return TableResult(
        table=table,
        faults=_faults(columns),
        fault_count=sum(int(c.bad[c.codes].sum()) for c in columns.values() if c.errors),
        refused=0 if bad is None else int(bad.sum()),
        levels={level: int(levels[level]) for level in names},
    )


def _refuse_table(scorer: Scorer, table: pa.Table) -> None:
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    taken = [name for name in RESULTS if name in names]
    if twice:
        raise TableError(
            Text(
                f"列名 {twice[0]} 出现了不止一次。请只留一列。",
                f"column {twice[0]} appears more than once. Keep one.",
            )
        )
    if taken:
        raise TableError(
            Text(
                f"表里已有名为 {taken[0]} 的列，与结果重名。请把它改名或删去。",
                f"the table already has a column {taken[0]}, a name of the results. "
                "Rename or drop it.",
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


class _Found:
    """The results of all rows, filled in block by block."""

    def __init__(self, rows: int, gates: int) -> None:
        self.total = np.zeros(rows, np.int64)
        self.missing = np.zeros(rows, np.int16)
        self.bad = np.zeros(rows, np.bool_)
        self.level = np.zeros(rows, np.int8)
        self.score_short = np.zeros(rows, np.int64)
        self.scenarios_short = np.zeros(rows, np.int16)
        self.binding_short = np.zeros(rows, np.int16)
        self.gap = np.zeros(rows, np.int16)


def _score_block(rules: _Rules, found: _Found, rows: slice) -> None:
    """Score one block of rows: small enough that all its vectors stay in the processor's cache."""
    total, missing, bad = found.total[rows], found.missing[rows], found.bad[rows]
    missing += rules.absent
    left = np.full(total.size, -1, np.int64)
    for column, points, ranks in rules.questions:
        codes = column.codes[rows]
        total += points.take(codes)
        np.maximum(left, ranks.take(codes), out=left)
        _note_blanks(column, codes, missing, bad)
    steps = np.empty((len(rules.scenarios), total.size), np.int16)
    for at, (column, ranks_of) in enumerate(rules.scenarios):
        codes = column.codes[rows]
        ranks_of.take(codes, out=steps[at], mode="clip")
        _note_blanks(column, codes, missing, bad)
    goal = _pass_gates(rules, found, rows, steps)
    found.gap[rows] = _first_gap(rules, found, rows, steps, goal, left)


def _note_blanks(
    column: _Column,
    codes: npt.NDArray[Any],
    missing: npt.NDArray[np.int16],
    bad: npt.NDArray[np.bool_],
) -> None:
    if column.gaps:
        missing += column.blank.take(codes)
    if column.errors:
        bad |= column.bad.take(codes)


def _pass_gates(
    rules: _Rules, found: _Found, rows: slice, steps: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """Fill in level and shortfalls; per row the lowest level above its own, 0 at the top."""
    total, level = found.total[rows], found.level[rows]
    shorts = [_shorts(rules, gate, total, steps) for gate in rules.scorer.gates]
    for gate, (score, scenarios, binding) in zip(rules.scorer.gates, shorts, strict=True):
        level[(score | scenarios | binding) == 0] = gate.level
    goal = np.zeros(total.size, np.int16)
    for gate, (score, scenarios, binding) in reversed(
        list(zip(rules.scorer.gates, shorts, strict=True))
    ):
        below = level < gate.level
        np.copyto(goal, gate.level, where=below)
        np.copyto(found.score_short[rows], score, where=below)
        np.copyto(found.scenarios_short[rows], scenarios, where=below)
        np.copyto(found.binding_short[rows], binding, where=below)
    return goal


def _shorts(
    rules: _Rules, gate: Gate, total: Ints, steps: npt.NDArray[np.int16]
) -> tuple[Ints, npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """How much each row lacks of a gate: points in 1 / scale, scenarios, binding scenarios."""
    reached = (steps >= gate.level * rules.width).view(np.int8)
    starred = reached[: rules.starred].sum(axis=0, dtype=np.int16)
    others = reached[rules.starred :].sum(axis=0, dtype=np.int16)
    return (
        np.maximum(gate.score * rules.scorer.scale - total, 0),
        np.maximum(gate.scenarios - starred - others, 0),
        np.maximum(gate.binding - starred, 0),
    )


def _first_gap(
    rules: _Rules,
    found: _Found,
    rows: slice,
    steps: npt.NDArray[np.int16],
    goal: npt.NDArray[np.int16],
    left: Ints,
) -> npt.NDArray[np.int16]:
    """The first of `Scorer.score`'s gaps that helps, as its place among the items; -1 for none."""
    width, ceiling = rules.width, goal * rules.width
    starred = _highest_below(steps[: rules.starred], ceiling)
    others = _highest_below(steps[rules.starred :], ceiling)
    question = rules.many - 1 - (left & (rules.many - 1))
    gap = np.where((left >= 0) & (found.score_short[rows] > 0), question, -1)
    # Fewest levels to climb first, that is the higher level; a binding one wins a tie.
    higher = np.where(starred | (width - 1) >= others, starred, others)
    scenarios, binding = found.scenarios_short[rows], found.binding_short[rows]
    for chosen in (higher, starred):
        needed = scenarios > binding if chosen is higher else binding > 0
        scenario = len(rules.scorer.weighed) + width - 1 - (chosen & (width - 1))
        np.copyto(gap, scenario, where=needed & (chosen >= 0))
    return gap.astype(np.int16)


def _highest_below(
    steps: npt.NDArray[np.int16], ceiling: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """Per row the greatest rank below the ceiling, -1 if there is none."""
    # What lies below is negative, and as an unsigned number greater than all that lies above.
    distance = (steps - ceiling).view(np.uint16).max(axis=0, initial=0).view(np.int16)
    return np.where(distance < 0, distance + ceiling, np.int16(-1))


def _results(
    scorer: Scorer, found: _Found, bad: npt.NDArray[np.bool_] | None
) -> dict[str, pa.Array]:
    """The columns RESULTS, null in bad rows."""
    without = found.gap < 0 if bad is None else bad | (found.gap < 0)
    gap = pa.DictionaryArray.from_arrays(pa.array(found.gap, mask=without), list(scorer.items))
    return {
        "score": _decimals(scorer, found.total, bad),
        "level": pa.array(found.level, mask=bad),
        "complete": pa.array(found.missing == 0, mask=bad),
        "score_short": _decimals(scorer, found.score_short, bad),
        "scenarios_short": pa.array(found.scenarios_short, mask=bad),
        "binding_short": pa.array(found.binding_short, mask=bad),
        "gap": gap,
    }


def _decimals(scorer: Scorer, numbers: Ints, bad: npt.NDArray[np.bool_] | None) -> pa.Array:
    """Points in 1 / scale as exact decimals, by their two's complement: no arithmetic, no float."""
    places = len(str(scorer.scale)) - 1
    halves = np.zeros((numbers.size, 2), np.int64)
    halves[:, 0] = numbers
    validity = None if bad is None else pa.array(~bad).buffers()[1]
    kind = pa.decimal128(places + 4, places)
    return pa.Array.from_buffers(kind, numbers.size, [validity, pa.py_buffer(halves)])


def _faults(columns: Mapping[str, _Column]) -> tuple[CellFault, ...]:
    """The first LISTED bad cells, by row and then in the order of the items."""
    found = []
    for place, column in enumerate(columns.values()):
        if column.errors:
            found += [(row, place, at, column) for row, at in column.faults()]
    found.sort(key=lambda fault: fault[:2])
    return tuple(
        CellFault(row + 1, column.item, column.values[at], column.errors[at].message)
        for row, _, at, column in found[:LISTED]
    )
