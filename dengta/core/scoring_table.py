"""An instrument over a whole table: each distinct value is read once, the rows are gathered.

What each distinct value is worth is put into a small table, and the rows take from that by integer
index. A weighted tree is then one sum; other trees run through the same steps as one case does,
over vectors. Gates compare whole vectors of integers. So a million rows cost a few hundred readings
and some passes over memory, and each row's result equals `Scorer.score` of that row (a property
test holds, for every kind of instrument).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dengta.core.aggregates import Arithmetic
from dengta.core.coded import LISTED, Coded, Column, TableError
from dengta.core.results import PLACES, decimal_of, finite
from dengta.core.scoring import Scorer
from dengta.core.shapes import Gate, Text

__all__ = [
    "LISTED",
    "RESULTS",
    "CellFault",
    "Coded",
    "TableError",
    "TableResult",
    "level_rows",
    "levels_of",
    "score_table",
]

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]

RESULTS = (
    "score",
    "level",
    "complete",
    "score_short",
    "scenarios_short",
    "binding_short",
    "gap",
)

_BLOCK = 1 << 14
_ROWS = Arithmetic(np.minimum, np.where)
"""The arithmetic of many cases at once."""


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

    `table` is the table given plus the columns RESULTS: `score` and `score_short` decimals, exact
    or of six places as in one case (`score` is null where there is no total), `level` 0 when below
    the first gate and null without gates, `complete`, what the next gate lacks (0 at the top), and
    `gap`, the item to work on first (null when none helps, and for all instruments but a weighted
    tree of options with scenarios). All are null in a row with a bad cell. `faults` lists the first
    bad cells in the order of the rows, `fault_count` counts all of them, `refused` the rows that
    hold any; `levels` counts the scored rows by level.
    """

    table: pa.Table
    faults: tuple[CellFault, ...]
    fault_count: int
    refused: int
    levels: Mapping[int, int]


class _Rules:
    """What the rows take from: per item its worth by value, and the gates as integers.

    A question's `ranks` order its values by the points still to win, a scenario's by its level;
    the lower item wins a tie, and -1 is "no gap here". The rank of scenario `i` at level `l` is
    `l * width + width - 1 - i`, so that comparing ranks with `l * width` compares levels. Widths
    are powers of two, so that masks take ranks apart.
    """

    def __init__(self, scorer: Scorer, coded: Coded, gaps: bool = True) -> None:
        self.scorer, self.coded = scorer, coded
        self.gaps = gaps and scorer.plain
        self.width = 1 << len(scorer.scenarios).bit_length()
        self.many = 1 << len(scorer.weighed).bit_length()
        self.tree = not scorer.tally.additive or any(gate.nodes for gate in scorer.gates)
        self.questions = self._questions()
        self.worths = self._worths()
        self.bands = self._bands()
        self.scenarios = self._scenarios()
        self.starred = sum(
            scorer.scenarios[item].binding for item in scorer.scenarios if item in coded.columns
        )
        self.needed = {gate.level: scorer.needed(gate) for gate in scorer.gates}

    def _questions(self) -> list[tuple[Column, Ints, Ints]]:
        """Per question its points (of an additive tree) and ranks, by value; a total likewise."""
        scorer, many, found = self.scorer, self.many, []
        columns = self.coded.columns
        if scorer.recorded:
            for column in (columns[item] for item in scorer.items if item in columns):
                totals = [int(Fraction(str(a or 0)) * scorer.scale) for a in column.answers]
                found.append((column, np.array(totals, np.int64), np.array([], np.int64)))
            return found
        for at, (item, weighed) in enumerate(scorer.weighed.items()):
            if item not in columns:
                continue
            column = columns[item]
            points = [0 if a is None else weighed.of(str(a)) for a in column.answers]
            ranks = [
                -1 if a is None or p >= weighed.most else (weighed.most - p) * many + many - 1 - at
                for a, p in zip(column.answers, points, strict=True)
            ]
            kept = ranks if self.gaps else []
            found.append((column, np.array(points, np.int64), np.array(kept, np.int64)))
        return found

    def _worths(self) -> list[tuple[Column, Ints] | None]:
        """Per question its worth by value, for trees that are more than a sum."""
        found: list[tuple[Column, Ints] | None] = []
        for worth in self.scorer.tally.worths if self.tree else ():
            column = self.coded.columns.get(worth.question.id)
            if column is None:
                found.append(None)
                continue
            worths = [0 if a is None else worth.of(str(a)) for a in column.answers]
            found.append((column, np.array(worths, np.int64)))
        return found

    def _bands(self) -> list[tuple[Column, npt.NDArray[np.int8]]]:
        """Per question of a scale its band by value, where a gate counts them."""
        found = []
        if any(gate.items for gate in self.scorer.gates):
            for question in self.scorer.scales:
                column = self.coded.columns.get(question.id)
                if column is not None:
                    bands = [0 if a is None else int(a) for a in column.answers]
                    found.append((column, np.array(bands, np.int8)))
        return found

    def _scenarios(self) -> list[tuple[Column, Shorts]]:
        """Per scenario its ranks by value; binding ones first, so that each kind is one slab."""
        scorer, columns, found = self.scorer, self.coded.columns, []
        places = {item: at for at, item in enumerate(scorer.scenarios) if item in columns}
        for item in sorted(places, key=lambda item: not scorer.scenarios[item].binding):
            at, column = places[item], columns[item]
            steps = [
                self.width * a + self.width - 1 - at if isinstance(a, int) else -1
                for a in column.answers
            ]
            found.append((column, np.array(steps, np.int16)))
        return found


def score_table(scorer: Scorer, table: pa.Table | Coded) -> TableResult:
    """Score every row of an Arrow table (or anything with `to_arrow()`, such as a Polars frame).

    Columns named like items are answers, an absent one counts as not answered; columns named like
    figures are held to be figures; all other columns pass through. A `Coded` table is scored
    without reading it again. TableError when the table has no answers at all, names a column twice,
    already has a column of RESULTS, or holds answers in a type that is neither text nor number.
    """
    coded = table if isinstance(table, Coded) else Coded(scorer, table)
    _refuse_names(coded.table)
    found = _found(_Rules(scorer, coded))
    bad = found.bad if coded.faulty else None
    scored = coded.table
    for name, values in _results(scorer, found, bad).items():
        scored = scored.append_column(name, values)
    return TableResult(
        table=scored,
        faults=_faults(coded.columns),
        fault_count=sum(int(c.bad[c.codes].sum()) for c in coded.columns.values() if c.errors),
        refused=0 if bad is None else int(bad.sum()),
        levels=_levels(scorer, found, bad),
    )


def levels_of(scorer: Scorer, table: pa.Table | Coded) -> Mapping[int, int]:
    """How many rows stand at each level, as `score_table` counts them, and nothing else.

    For a what-if, make the table `Coded` once and ask for copies of the instrument (`reweighted`).
    """
    coded = table if isinstance(table, Coded) else Coded(scorer, table)
    found = _found(_Rules(scorer, coded, gaps=False))
    return _levels(scorer, found, found.bad if coded.faulty else None)


def level_rows(scorer: Scorer, table: pa.Table | Coded) -> npt.NDArray[np.int8]:
    """Each row's level as `score_table` finds it, -1 where a cell is bad: who moves in a what-if.

    The scorer's instrument must have gates.
    """
    coded = table if isinstance(table, Coded) else Coded(scorer, table)
    found = _found(_Rules(scorer, coded, gaps=False))
    return np.where(found.bad, np.int8(-1), found.level) if coded.faulty else found.level


def _found(rules: _Rules) -> _Found:
    found = _Found(rules.coded.rows)
    for start in range(0, rules.coded.rows, _BLOCK):
        _score_block(rules, found, slice(start, min(start + _BLOCK, rules.coded.rows)))
    return found


def _levels(scorer: Scorer, found: _Found, bad: npt.NDArray[np.bool_] | None) -> dict[int, int]:
    if not scorer.gates:
        return {}
    good = found.level if bad is None else found.level[~bad]
    counts = np.bincount(good, minlength=1 + max(gate.level for gate in scorer.gates))
    names = (0, *(gate.level for gate in scorer.gates))
    return {level: int(counts[level]) for level in names}


def _refuse_names(table: pa.Table) -> None:
    taken = [name for name in RESULTS if name in table.column_names]
    if taken:
        raise TableError(
            Text(
                f"表里已有名为 {taken[0]} 的列，与结果重名。请把它改名或删去。",
                f"the table already has a column {taken[0]}, a name of the results. "
                "Rename or drop it.",
            )
        )


class _Found:
    """The results of all rows, filled in block by block."""

    def __init__(self, rows: int) -> None:
        self.total = np.zeros(rows, np.int64)
        self.missing = np.zeros(rows, np.int16)
        self.bad = np.zeros(rows, np.bool_)
        self.level = np.zeros(rows, np.int8)
        self.score_short = np.zeros(rows, np.int64)
        self.scenarios_short = np.zeros(rows, np.int16)
        self.binding_short = np.zeros(rows, np.int16)
        self.gap = np.full(rows, -1, np.int16)


class _Block(NamedTuple):
    """What the gates look at: totals, ranks of scenarios, slots of the tree, bands."""

    total: Ints
    steps: Shorts
    slots: list[Any]
    bands: list[npt.NDArray[np.int8]]


def _score_block(rules: _Rules, found: _Found, rows: slice) -> None:
    """Score one block of rows: small enough that all its vectors stay in the processor's cache."""
    total, missing, bad = found.total[rows], found.missing[rows], found.bad[rows]
    missing += rules.coded.absent
    left = np.full(total.size, -1, np.int64)
    for column, points, ranks in rules.questions:
        codes = column.codes[rows]
        if not rules.tree:
            total += points.take(codes)
        if rules.gaps:
            np.maximum(left, ranks.take(codes), out=left)
        _note_blanks(column, codes, missing, bad)
    steps = np.empty((len(rules.scenarios), total.size), np.int16)
    for at, (column, ranks_of) in enumerate(rules.scenarios):
        codes = column.codes[rows]
        ranks_of.take(codes, out=steps[at], mode="clip")
        _note_blanks(column, codes, missing, bad)
    for figure in rules.scorer.figures:
        if figure in rules.coded.columns and rules.coded.columns[figure].errors:
            column = rules.coded.columns[figure]
            bad |= column.bad.take(column.codes[rows])
    slots = _climb(rules, rows, total)
    bands = [bands_of.take(column.codes[rows]) for column, bands_of in rules.bands]
    goal = _pass_gates(rules, found, rows, _Block(total, steps, slots, bands))
    if rules.gaps:
        found.gap[rows] = _first_gap(rules, found, rows, steps, goal, left)


def _climb(rules: _Rules, rows: slice, total: Ints) -> list[Any]:
    """The tree over a block, where it is more than a sum; fill in the totals, rounded if asked."""
    tally, slots = rules.scorer.tally, list[Any]()
    if rules.tree:
        worths = [0 if pair is None else pair[1].take(pair[0].codes[rows]) for pair in rules.worths]
        slots = tally.run(worths, _ROWS)
        if tally.totals:
            total[:] = tally.total(slots, _ROWS)
    elif not tally.totals:
        total[:] = 0
    if rules.scorer.instrument.rounded:
        total[:] = rules.scorer.rounded(total, _ROWS)
    return slots


def _note_blanks(
    column: Column,
    codes: npt.NDArray[Any],
    missing: Shorts,
    bad: npt.NDArray[np.bool_],
) -> None:
    if column.gaps:
        missing += column.blank.take(codes)
    if column.errors:
        bad |= column.bad.take(codes)


def _pass_gates(rules: _Rules, found: _Found, rows: slice, block: _Block) -> Shorts:
    """Fill in level and shortfalls; per row the lowest level above its own, 0 at the top."""
    level = found.level[rows]
    lacks = [_lacking(rules, gate, block) for gate in rules.scorer.gates]
    for gate, lack in zip(rules.scorer.gates, lacks, strict=True):
        level[lack.anything == 0] = gate.level
    goal = np.zeros(block.total.size, np.int16)
    for gate, lack in reversed(list(zip(rules.scorer.gates, lacks, strict=True))):
        below = level < gate.level
        np.copyto(goal, gate.level, where=below)
        np.copyto(found.score_short[rows], lack.score, where=below)
        np.copyto(found.scenarios_short[rows], lack.scenarios, where=below)
        np.copyto(found.binding_short[rows], lack.binding, where=below)
    return goal


class _Lack(NamedTuple):
    """How much each row lacks of a gate: points in 1 / scale, scenarios, binding scenarios; and 0
    where it lacks nothing at all."""

    score: Ints
    scenarios: Shorts
    binding: Shorts
    anything: Ints


def _lacking(rules: _Rules, gate: Gate, block: _Block) -> _Lack:
    reached = (block.steps >= gate.level * rules.width).view(np.int8)
    starred = reached[: rules.starred].sum(axis=0, dtype=np.int16)
    others = reached[rules.starred :].sum(axis=0, dtype=np.int16)
    score = np.maximum(rules.needed[gate.level] - block.total, 0)
    scenarios = np.maximum(gate.scenarios - starred - others, 0)
    binding = np.maximum(gate.binding - starred, 0)
    anything = score | scenarios | binding
    tally, unit = rules.scorer.tally, 10**rules.scorer.instrument.decimals
    for node, least in gate.nodes.items():
        value, one = tally.node(node, block.slots)
        enough = -(-(Fraction(least, unit) * one / tally.one) // 1)
        anything = anything | (value < int(enough))
    if gate.items is not None:
        counted = np.zeros(block.total.size, np.int16)
        for bands in block.bands:
            counted += bands >= gate.items.level
        anything = anything | (counted < gate.items.many)
    return _Lack(score, scenarios, binding, anything)


def _first_gap(
    rules: _Rules, found: _Found, rows: slice, steps: Shorts, goal: Shorts, left: Ints
) -> Shorts:
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


def _highest_below(steps: Shorts, ceiling: Shorts) -> Shorts:
    """Per row the greatest rank below the ceiling, -1 if there is none."""
    # What lies below is negative, and as an unsigned number greater than all that lies above.
    distance = (steps - ceiling).view(np.uint16).max(axis=0, initial=0).view(np.int16)
    return np.where(distance < 0, distance + ceiling, np.int16(-1))


def _results(
    scorer: Scorer, found: _Found, bad: npt.NDArray[np.bool_] | None
) -> dict[str, pa.Array]:
    """The columns RESULTS, null in bad rows."""
    rows = found.total.size
    without = found.gap < 0 if bad is None else bad | (found.gap < 0)
    gap = pa.DictionaryArray.from_arrays(pa.array(found.gap, mask=without), list(scorer.items))
    score = _decimals(scorer, found.total, bad)
    return {
        "score": score if scorer.tally.totals else pa.nulls(rows, score.type),
        "level": pa.array(found.level, mask=bad) if scorer.gates else pa.nulls(rows, pa.int8()),
        "complete": pa.array(found.missing == 0, mask=bad),
        "score_short": _decimals(scorer, found.score_short, bad, up=True),
        "scenarios_short": pa.array(found.scenarios_short, mask=bad),
        "binding_short": pa.array(found.binding_short, mask=bad),
        "gap": gap,
    }


def _decimals(
    scorer: Scorer, numbers: Ints, bad: npt.NDArray[np.bool_] | None, up: bool = False
) -> pa.Array:
    """Points in 1 / scale as decimals, by their two's complement: no float.

    Exact where the scale is a power of ten; else each number exact if it ends, of six places
    (half-up, or up) if it does not, as `decimal_of` has it for one.
    """
    places = finite(Fraction(1, scorer.scale))
    if places is None:
        places = max(PLACES, *(_times(scorer.scale, prime) for prime in (2, 5)))
        numbers = _written(numbers, scorer.scale, places, up)
    else:
        numbers = numbers * (10**places // scorer.scale)
    halves = np.zeros((numbers.size, 2), np.int64)
    halves[:, 0] = numbers
    validity = None if bad is None else pa.array(~bad).buffers()[1]
    kind = pa.decimal128(places + 4, places)
    return pa.Array.from_buffers(kind, numbers.size, [validity, pa.py_buffer(halves)])


def _times(number: int, prime: int) -> int:
    times = 0
    while number % prime == 0:
        number, times = number // prime, times + 1
    return times


def _written(numbers: Ints, scale: int, places: int, up: bool) -> Ints:
    """Each distinct number of 1 / scale once as a decimal, in 1 / 10^places."""
    distinct, at = np.unique(numbers, return_inverse=True)
    written = [
        int(decimal_of(Fraction(int(number), scale), up=up).scaleb(places)) for number in distinct
    ]
    return np.array(written, np.int64)[at]


def _faults(columns: Mapping[str, Column]) -> tuple[CellFault, ...]:
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
