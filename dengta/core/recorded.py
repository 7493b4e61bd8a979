"""Rows of earlier results as people keep them in spreadsheets: what each says, and what it cannot.

A row names a firm, an instrument and a day, and gives a total, a level, or the answers to every
item, from which total and level follow. A row with a fault is kept whole, so that it can go back to
whoever wrote it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from dengta.core.answers import AnswerError, blank
from dengta.core.cells import (
    CellError,
    code_of,
    day_of,
    level_of,
    number_of,
    prose_of,
    quoted,
    text_of,
    written,
)
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.core.headings import Column, Heading, HeadingError, find_heading, normal
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import score_table
from dengta.core.shapes import Figure, Instrument, Policy, Question, Scenario, Text
from dengta.core.sheets import Cell, column_name
from dengta.core.wording import said_day

T = TypeVar("T")

COLUMNS = (
    Column("uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"), required=True),
    Column("name", ("企业名称", "单位名称", "名称", "name")),
    Column("instrument", ("评测指标", "测评指标", "指标", "指标版本", "instrument"), required=True),
    Column("day", ("测评日期", "评测日期", "日期", "date"), required=True),
    Column("score", ("得分", "总得分", "总分", "分数", "score")),
    Column("level", ("等级", "级别", "数字化等级", "level")),
    Column("basis", ("依据", "说明", "basis")),
)
EXAMPLE = "（示例"
"""How the name on the template's example row begins; such a row is passed over."""
OURS = ("原行号", "退回原因")
"""Columns that we add to rows that go back; they are passed over when the rows come again."""

_LONGEST_BASIS = 200


@dataclass(slots=True)
class Row:
    """One row: where it stands, its cells, what they say, and what is wrong with them."""

    sheet: str
    number: int
    cells: list[Cell]
    uscc: str = ""
    name: str = ""
    instrument: str = ""
    day: dt.date | None = None
    score: Decimal | None = None
    level: int | None = None
    basis: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a sheet keeps what: its heading, and the place of each item of an instrument."""

    sheet: str
    heading: Heading
    items: Mapping[str, int]

    def place(self, column: str) -> int | None:
        """The place of a column, None where the sheet has none."""
        return self.heading.places.get(column)

    def fault(self, row: Row, column: str, message: Text) -> None:
        """Note what is wrong with a row, at the cell of a column (or an item)."""
        place = self.items.get(column, self.place(column))
        there = place is not None and place < len(row.cells)
        title = self.heading.titles[place] if place is not None else ""
        row.faults.append(
            {
                "sheet": row.sheet,
                "row": row.number,
                "field": column,
                "column": "" if place is None else f"{column_name(place)} {title}".strip(),
                "value": written(row.cells[place])[:80] if there and place is not None else "",
                "zh": message.zh,
                "en": message.en,
            }
        )


class Reader:
    """Reads rows for one policy. `default` is the instrument of rows that name none."""

    def __init__(self, policy: Policy, today: dt.date, default: str = "") -> None:
        self.instruments = policy.instruments
        self.today, self.default = today, default
        self._scorers: dict[str, Scorer] = {}
        self._levels: dict[str, Mapping[str, int]] = {}
        self._named = {
            normal(name): id
            for id, instrument in policy.instruments.items()
            for name in (id, instrument.name.zh, instrument.name.en)
        }

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns asked for: no instrument where one was chosen for all rows."""
        if not self.default:
            return COLUMNS
        return tuple(Column(c.id, c.names, c.required and c.id != "instrument") for c in COLUMNS)

    def layout(
        self, sheet: str, rows: Iterator[tuple[int, list[Cell]]]
    ) -> tuple[Layout, list[tuple[int, list[Cell]]]]:
        """The layout of a sheet, and the rows read while looking for it. HeadingError if columns
        are missing."""
        heading, read = find_heading(rows, self.columns)
        taken = set(heading.places.values())
        items: dict[str, int] = {}
        names = self._items()
        for place, title in enumerate(heading.titles):
            item = names.get(normal(title)) or names.get(title.split(maxsplit=1)[0].lower()
                                                         if title else "")  # fmt: skip
            if item and place not in taken:
                items.setdefault(item, place)
        if not items and "score" not in heading.places and "level" not in heading.places:
            seen = "、".join(f"“{title[:20]}”" for title in heading.titles if title)
            raise HeadingError(
                Text(
                    f"缺少列“得分”或“等级”，也没有题目列。读到的列：{seen}。请至少补上其中一列。",
                    f"neither a column “score” nor “level” nor items. Columns found: {seen}. "
                    "Add one of them at least.",
                ),
                len(heading.places),
            )
        return Layout(sheet, heading, items), read

    def _items(self) -> dict[str, str]:
        """Every heading that names an item: its id or its text, of whatever instrument."""
        found: dict[str, str] = {}
        for instrument in self.instruments.values():
            items: tuple[Question | Scenario | Figure, ...] = (
                *instrument.questions,
                *instrument.scenarios,
                *instrument.figures,
            )
            for item in items:
                for name in (item.id, item.text.zh, item.text.en):
                    found.setdefault(normal(name), item.id)
        return found

    def scorer(self, instrument: str) -> Scorer:
        """The compiled scorer of an instrument."""
        if instrument not in self._scorers:
            self._scorers[instrument] = Scorer(self.instruments[instrument])
        return self._scorers[instrument]

    def read(self, layout: Layout, number: int, cells: list[Cell]) -> Row | None:
        """One row as far as it can be read by itself; None for the template's example."""
        row = Row(layout.sheet, number, cells)
        row.name = self._cell(layout, row, "name", text_of) or ""
        if row.name.startswith(("(示例", EXAMPLE)):
            return None
        row.uscc = self._uscc(layout, row)
        row.instrument = self._instrument(layout, row)
        row.day = self._day(layout, row)
        row.score = self._cell(layout, row, "score", lambda cell: number_of(cell, 3))
        row.basis = self._cell(layout, row, "basis", prose_of) or ""
        if len(row.basis) > _LONGEST_BASIS:
            layout.fault(
                row,
                "basis",
                Text(
                    f"依据有 {len(row.basis)} 个字，最多 {_LONGEST_BASIS} 个。请缩短。",
                    f"has {len(row.basis)} characters, {_LONGEST_BASIS} at most. Shorten it.",
                ),
            )
        if row.instrument:
            self._level(layout, row)
            self._answers(layout, row)
        if row.sound and not row.answers and row.score is None and row.level is None:
            column = "score" if layout.place("score") is not None else "level"
            layout.fault(
                row,
                column,
                Text(
                    "得分和等级都没有填。请至少填一项。", "has neither score nor level. Give one."
                ),
            )
        if row.sound and not row.answers:
            self._check_total(layout, row)
        return row

    def _cell(self, layout: Layout, row: Row, column: str, read: Callable[[Cell], T]) -> T | None:
        """What a cell says; a fault is noted and None given when it cannot be read."""
        place = layout.place(column)
        if place is None or place >= len(row.cells):
            return None
        try:
            return read(row.cells[place])
        except CellError as fault:
            layout.fault(row, column, fault.message)
            return None

    def _uscc(self, layout: Layout, row: Row) -> str:
        code = self._cell(layout, row, "uscc", code_of)
        if code is None:
            return ""
        code = normal_uscc(code)
        fault = uscc_fault(code) if code else _EMPTY
        if fault is not None:
            layout.fault(row, "uscc", fault)
        return "" if fault else code

    def _instrument(self, layout: Layout, row: Row) -> str:
        faults = len(row.faults)
        text = self._cell(layout, row, "instrument", text_of) or ""
        if not text and len(row.faults) == faults:
            if not self.default:
                layout.fault(row, "instrument", _EMPTY)
            return self.default
        found = self._named.get(normal(text), "")
        if text and not found:
            known = "、".join(f"{i.name.zh}（{id}）" for id, i in self.instruments.items())
            known_en = ", ".join(f"{i.name.en} ({id})" for id, i in self.instruments.items())
            layout.fault(
                row,
                "instrument",
                Text(
                    f"{quoted(text)}不是本平台的评测指标。可用的有：{known}。",
                    f"{quoted(text)} is no instrument here. There are: {known_en}.",
                ),
            )
        elif found and self._nothing_to_record(found):
            layout.fault(row, "instrument", _NO_RESULT)
        return found

    def _nothing_to_record(self, instrument: str) -> bool:
        one = self.instruments[instrument]
        return one.aggregate == "none" and not one.gates

    def _day(self, layout: Layout, row: Row) -> dt.date | None:
        faults = len(row.faults)
        day = self._cell(layout, row, "day", day_of)
        if len(row.faults) > faults:
            return None
        if day is None:
            layout.fault(row, "day", _EMPTY)
        elif day > self.today:
            layout.fault(
                row,
                "day",
                Text(
                    f"{said_day(day).zh} 还没有到。请核对年份。",
                    f"{said_day(day).en} is yet to come. Check the year.",
                ),
            )
        elif row.instrument and self._before(row.instrument, day):
            start = self.instruments[row.instrument].in_force.start
            layout.fault(
                row,
                "day",
                Text(
                    f"{said_day(day).zh} 早于这版指标施行的日子 {said_day(start).zh}。请核对"
                    "日期，或改用当时的指标。",
                    f"{said_day(day).en} is before this edition came into force on"
                    f" {said_day(start).en}. Check the date, or "
                    "name the edition of that time.",
                ),
            )
        return day

    def _before(self, instrument: str, day: dt.date) -> bool:
        start = self.instruments[instrument].in_force.start
        return start is not None and day < start

    def _level(self, layout: Layout, row: Row) -> None:
        """The level by number, numeral, or one of the names that the instrument gives it."""
        faults = len(row.faults)
        text = self._cell(layout, row, "level", text_of) or ""
        if not text or len(row.faults) > faults:
            return
        gates = self.instruments[row.instrument].gates
        row.level = self._level_names(row.instrument).get(normal(text), level_of(text))
        if row.level is None or (row.level and row.level not in {g.level for g in gates}):
            known = "、".join(f"{g.level}级（{g.name.zh}）" for g in gates)
            known_en = ", ".join(f"{g.level} ({g.name.en})" for g in gates)
            row.level = None
            layout.fault(
                row,
                "level",
                Text(
                    f"{quoted(text)}不是这套指标的等级。可填：无等级、{known}。"
                    if gates
                    else "这套指标不分等级。请把这一格留空。",
                    f"{quoted(text)} is no level of this instrument. There are: none, {known_en}."
                    if gates
                    else "this instrument has no levels. Leave the cell empty.",
                ),
            )

    def _level_names(self, instrument: str) -> Mapping[str, int]:
        if instrument not in self._levels:
            gates = self.instruments[instrument].gates
            names = {normal(name): g.level for g in gates for name in (g.name.zh, g.name.en)}
            self._levels[instrument] = names
        return self._levels[instrument]

    def _answers(self, layout: Layout, row: Row) -> None:
        """The answers of a row to the items of its instrument; an answer to any other is a
        fault."""
        scorer = self.scorer(row.instrument)
        instrument = self.instruments[row.instrument]
        items = {*scorer.items, *scorer.figures} if not instrument.recorded_only else set()
        for item, place in layout.items.items():
            cell = row.cells[place] if place < len(row.cells) else ""
            try:
                text = text_of(cell)
            except CellError as fault:
                layout.fault(row, item, fault.message)
                continue
            if blank(text):
                continue
            if item in items:
                row.answers[item] = text
            else:
                layout.fault(
                    row,
                    item,
                    Text(
                        f"{row.instrument} 没有题目 {item}。请把这一格留空，或核对评测指标。",
                        f"{row.instrument} has no item {item}. Empty the cell, or check the "
                        "instrument.",
                    ),
                )

    def _check_total(self, layout: Layout, row: Row) -> None:
        """Total and level of a row that gives no answers: within bounds, and in agreement."""
        instrument = self.instruments[row.instrument]
        if row.score is not None and instrument.aggregate == "none":
            layout.fault(row, "score", _NO_TOTAL)
        elif row.score is not None and not 0 <= row.score <= instrument.full:
            layout.fault(
                row,
                "score",
                Text(
                    f"得分 {_short(row.score)} 不在 0 至 {instrument.full} 之间。请核对。",
                    f"{_short(row.score)} is not between 0 and {instrument.full}. Check it.",
                ),
            )
        elif row.score is not None and instrument.gates:
            self._check_level(layout, row, instrument, row.score)

    def _check_level(
        self, layout: Layout, row: Row, instrument: Instrument, score: Decimal
    ) -> None:
        """A level that the score cannot reach, or that is not the one it means, is a fault; where
        the score alone decides, it gives the level."""
        highest, only = highest_level(instrument, score), decided_by_score(instrument)
        if row.level is None and only:
            row.level = highest
        elif row.level is not None and (row.level > highest or (only and row.level != highest)):
            told = _level_name(instrument, row.level), _level_name(instrument, highest)
            layout.fault(
                row,
                "level",
                Text(
                    f"与得分矛盾：{_short(score)} 分{'应为' if only else '最高只够'} "
                    f"{told[1].zh}，表中写的是{told[0].zh}。请核对得分和等级。",
                    f"contradicts the score: {_short(score)} gives {told[1].en}"
                    f"{'' if only else ' at most'}, but {told[0].en} is written. Check both.",
                ),
            )

    # ------------------------------------------------------------------ whole answer sets

    def score(self, layout: Layout, rows: Iterable[Row]) -> None:
        """Score the rows that give answers: total and level are put in, or held against those that
        are written; missing and impossible answers are faults."""
        by_instrument: dict[str, list[Row]] = {}
        for row in rows:
            if row.sound and row.answers:
                by_instrument.setdefault(row.instrument, []).append(row)
        for instrument, group in by_instrument.items():
            scorer = self.scorer(instrument)
            items = [item for item in scorer.items if item in layout.items]
            table = pa.table(
                {
                    item: pa.array([r.answers.get(item) for r in group], pa.string())
                    for item in items
                }
            )
            scored = score_table(scorer, table).table.select(["score", "level", "complete"])
            for row, result in zip(group, scored.to_pylist(), strict=True):
                self._put(layout, scorer, row, result)

    def _put(self, layout: Layout, scorer: Scorer, row: Row, result: Mapping[str, Any]) -> None:
        suspect = result["complete"] is None
        for item, value in row.answers.items():
            if suspect or item in scorer.figures:
                try:
                    scorer.read(item, value)
                except AnswerError as impossible:
                    layout.fault(row, item, impossible.message)
        if not row.sound:
            return
        if not result["complete"]:
            missing = scorer.score(row.answers).missing
            layout.fault(row, missing[0], _missing(missing))
            return
        score = None if result["score"] is None else _milli(result["score"])
        level = result["level"] if scorer.gates else None
        for column, said, computed in (
            ("score", row.score, score),
            ("level", row.level, level),
        ):
            if said is not None and said != computed:
                shown = "无" if computed is None else _short(Decimal(computed))
                shown_en = "none" if computed is None else _short(Decimal(computed))
                layout.fault(
                    row,
                    column,
                    Text(
                        f"与答案不符：按答案算出的是 {shown}。请核对答案，或把这一格留空。",
                        f"does not agree with the answers, which give {shown_en}. Check the "
                        "answers, or leave the cell empty.",
                    ),
                )
        row.score, row.level = score, level


_EMPTY = Text(
    "没有填。请补上；合并的单元格请先拆开，每行都填。",
    "is empty. Fill it in; split merged cells, so that every row has its own.",
)


_NOTHING = Text(
    "得分和等级都没有填。请至少填一项。", "has neither score nor level. Give one of them."
)
_NO_RESULT = Text(
    "这套指标既没有总分也没有等级，没有可以记录的结果。请删去这一行。",
    "this instrument has neither a total nor levels: there is no result to record. Delete the row.",
)
_NO_TOTAL = Text(
    "这套指标不计总分，只看各维度的档位。请把得分留空。",
    "this instrument has no total, only bands of its dimensions. Leave the score empty.",
)


def _missing(items: Sequence[str]) -> Text:
    named, more = "、".join(items[:8]), len(items) - 8
    rest, rest_en = (f" 等 {len(items)} 题", f" and {more} more") if more > 0 else ("", "")
    return Text(
        f"答案不完整，缺 {named}{rest}。请补齐；只有总分时，把题目列全部留空、填得分。",
        f"answers are missing: {named}{rest_en}. Complete them; if only the total is known, leave "
        "all items empty and give the score.",
    )


def _milli(score: object) -> Decimal:
    return Decimal(str(score)).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _short(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _level_name(instrument: Instrument, level: int) -> Text:
    for gate in instrument.gates:
        if gate.level == level:
            return Text(f"{level} 级（{gate.name.zh}）", f"level {level} ({gate.name.en})")
    return Text("无等级", "no level")


def decided_by_score(instrument: Instrument) -> bool:
    """Whether the gates of an instrument ask for nothing but the total, or nothing else is known
    of it."""
    asked = any(g.scenarios or g.binding or g.nodes or g.items for g in instrument.gates)
    return instrument.recorded_only or not asked


def highest_level(instrument: Instrument, score: Decimal) -> int:
    """The highest level whose total is reached; 0 below the first."""
    unit = 10**instrument.decimals
    if instrument.rounded:
        score = score.quantize(Decimal(1) / unit, ROUND_HALF_UP)
    return max((gate.level for gate in instrument.gates if score * unit >= gate.score), default=0)
