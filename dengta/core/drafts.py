"""What the readers of policy files share: rows to fill, and how periods and sources are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast, get_args

from dengta.core.entries import EntryField, EntryKind, Quality
from dengta.core.loans import LoanProduct
from dengta.core.pool_content import SeedEntry
from dengta.core.projects import ProjectRule
from dengta.core.provider_scores import ScoreRule
from dengta.core.reading import STEM, Sheet, Table, shown
from dengta.core.schemes import Scheme
from dengta.core.selection import Selection
from dengta.core.shapes import (
    Case,
    Confidence,
    Fact,
    Fund,
    Industry,
    Instrument,
    Period,
    Plan,
    Programme,
    Region,
    Road,
    SizeRow,
    Source,
    Target,
    Term,
    Text,
    Value,
)
from dengta.core.sub_industries import SubIndustry
from dengta.core.trends import Metric

CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """A record and the table it was read from."""

    table: Table
    record: R


@dataclass(slots=True)
class Draft:
    """All that the files of a policy and of its bases hold. `lost` names the unreadable."""

    facts: list[Row[Fact]] = field(default_factory=list)
    terms: list[Row[Term]] = field(default_factory=list)
    sections: list[Row[Industry]] = field(default_factory=list)
    divisions: list[Row[Industry]] = field(default_factory=list)
    size_rows: list[Row[SizeRow]] = field(default_factory=list)
    outside: list[tuple[Table, int, str]] = field(default_factory=list)
    regions: list[Row[Region]] = field(default_factory=list)
    instruments: list[Row[Instrument]] = field(default_factory=list)
    programmes: list[Row[Programme]] = field(default_factory=list)
    funds: list[Row[Fund]] = field(default_factory=list)
    practice: list[Row[Value]] = field(default_factory=list)
    plans: list[Row[Plan]] = field(default_factory=list)
    targets: list[Row[Target]] = field(default_factory=list)
    roads: list[Row[Road]] = field(default_factory=list)
    selections: list[Row[Selection]] = field(default_factory=list)
    schemes: list[Row[Scheme]] = field(default_factory=list)
    loans: list[Row[LoanProduct]] = field(default_factory=list)
    projects: list[Row[ProjectRule]] = field(default_factory=list)
    scores: list[Row[ScoreRule]] = field(default_factory=list)
    cases: list[Row[Case]] = field(default_factory=list)
    sub_industries: list[Row[SubIndustry]] = field(default_factory=list)
    entry_kinds: list[Row[EntryKind]] = field(default_factory=list)
    entry_fields: list[Row[EntryField]] = field(default_factory=list)
    entry_sections: list[Row[tuple[str, Text]]] = field(default_factory=list)
    qualities: list[Row[Quality]] = field(default_factory=list)
    pool_entries: list[Row[SeedEntry]] = field(default_factory=list)
    entry_metrics: list[Row[Metric]] = field(default_factory=list)
    entry_costs: list[Row[tuple[str, Text]]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


def period(table: Table) -> Period:
    """`from` and `until` of a table; the end before the start is a fault."""
    start, end = table.day("from"), table.day("until")
    if start is not None and end is not None and end < start:
        table.fault(
            "until",
            Text(f"截止日 {end} 早于起始日 {start}", f"ends on {end}, before it starts on {start}"),
            Text("请核对两个日期", "check both dates"),
        )
        return Period(start, None)
    return Period(start, end)


def in_force(table: Table) -> Period:
    """The period of `in_force = { from = …, until = … }`, open on both sides when absent."""
    inner = table.table("in_force")
    return Period() if inner is None else period(inner)


def source(table: Table, inherited: Source | None = None) -> Source:
    """The source of a number, required unless it can be inherited from what stands around it."""
    inner = table.table("source", required=inherited is None)
    if inner is None:
        return inherited or Source("")
    confidence = inner.choice("confidence", CONFIDENCES)
    return Source(
        document=inner.word("document"),
        number=inner.word("number", "") if "number" in inner else "",
        item=inner.word("item", "") if "item" in inner else "",
        date=inner.day("date"),
        confidence=cast(Confidence, confidence or "default"),
        note=inner.word("note", "") if "note" in inner else "",
    )


def own_source(table: Table) -> Source | None:
    """The source of one entry, where it differs from that of its file."""
    return source(table) if "source" in table else None


def optional_word(table: Table, key: str) -> str:
    """A word, empty when the key is absent."""
    return table.word(key) if key in table else table.word(key, "")


def stem_of(sheet: Sheet) -> str:
    """The file's name without its ending, which is an id."""
    if not STEM.fullmatch(sheet.stem):
        sheet.root.fault(
            (),
            Text(
                f"文件名 {shown(sheet.stem)} 不能作编号",
                f"file name {shown(sheet.stem)} is not an id",
            ),
            Text("请只用小写字母、数字、下划线和连字符", "use only a-z, 0-9, _ and -"),
        )
    own = sheet.root.word("id", sheet.stem)
    if own and own != sheet.stem:
        sheet.root.fault(
            "id",
            Text(f"编号 {shown(own)} 与文件名不同", f"id {shown(own)} differs from the file name"),
            Text(f"请改为 {sheet.stem} 或改文件名", f"write {sheet.stem} or rename the file"),
        )
    return sheet.stem
