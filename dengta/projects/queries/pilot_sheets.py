"""试点企业名单 as a spreadsheet: its template, its rows as read, and which can be listed."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from dengta.accounts.queries import Actor
from dengta.core.cells import CellError, code_of, prose_of, quoted, text_of, within, written
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.core.headings import Column, Heading, HeadingError, find_heading, normal
from dengta.core.outgoing import Workbook
from dengta.core.shapes import Text
from dengta.core.sheets import Cell, Sheet, blank_row, column_name
from dengta.projects.models import PilotPlan
from dengta.projects.queries.pilots import standing_of
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.trail.actions.reading import opened_sheets
from dengta.trail.models import Document as Document

COLUMNS = (
    Column(
        "uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "uscc", "credit code"),
        required=True,
    ),
    Column("name", ("企业名称", "名称", "name")),
    Column("sub_industry", ("细分行业", "试点行业", "行业", "sub-industry")),
    Column("reason", ("列入理由", "理由", "reason")),
    Column("document_number", ("文号", "document number")),
)  # fmt: skip
"""The columns of the file; the first name is the one in the template."""
EXAMPLE = "（示例"
"""How a cell of the template's example row begins; such a row is passed over."""
ROWS_AT_ONCE = 500
"""Rows that are looked up together."""
_LONGEST: Mapping[str, int] = {"reason": 500, "document_number": 80}
_HOW = {
    "uscc": ("必填", "18 位，按文本填写；企业须已在平台注册，登记在本试点地区"),
    "name": ("选填", "填了就与登记的名称核对"),
    "sub_industry": ("选填", "方案中的试点行业"),
    "reason": ("选填", "为这一家单独写；不填的用上传后填写的统一理由，最多 500 字"),
    "document_number": ("选填", "不填的用上传后填写的文号，最多 80 字"),
}


@dataclass(slots=True)
class Row:
    """One row: what it says, the firm it means, whether that is on the list already, and what is
    wrong with it, each {sheet, row, column, value, zh, en}."""

    sheet: str
    number: int
    heading: Heading
    cells: list[Cell]
    uscc: str = ""
    name: str = ""
    sub_industry: str = ""
    reason: str = ""
    document_number: str = ""
    firm: Organisation | None = None
    there: bool = False
    faults: list[dict[str, Any]] = field(default_factory=list)

    def fault(self, column: str, why: Text) -> None:
        """Note what is wrong with a cell."""
        place = self.heading.places.get(column)
        at = "" if place is None else f"{column_name(place)} {self.heading.titles[place]}"
        value = self.cell(column)
        self.faults.append(
            {
                "sheet": self.sheet, "row": self.number, "column": at,
                "value": quoted(value) if value != "" else "", **why._asdict(),
            }
        )  # fmt: skip

    def cell(self, column: str) -> Cell:
        """What stands in a column; "" where there is none."""
        place = self.heading.places.get(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""


@dataclass(slots=True)
class Preview:
    """What a file would do: rows to be listed, how many are on the list, and every fault."""

    new: list[Row] = field(default_factory=list)
    there: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    rejected: int = 0

    @property
    def all_say_why(self) -> bool:
        """Whether every row that would be listed has a reason of its own."""
        return all(row.reason for row in self.new)


def source_of(actor: Actor, pk: int) -> Document:
    """A file that the same person handed in. Document.DoesNotExist for any other."""
    return Document.objects.get(pk=pk, user_id=actor.user_id or 0)


def preview(plan: PilotPlan, source: Document, day: dt.date) -> Preview:
    """What a file would do on a day; nothing is written. StepRefused when it cannot be read."""
    seen = Preview()
    with opened_sheets(Path(source.content.path), source.name) as sheets:
        for rows in rows_of(plan, sheets, source.name, day):
            seen.new += [row for row in rows if not row.faults and not row.there]
            seen.there += sum(row.there for row in rows)
            seen.faults += [fault for row in rows for fault in row.faults]
            seen.rejected += sum(bool(row.faults) for row in rows)
    return seen


def rows_of(
    plan: PilotPlan, sheets: Iterable[Sheet], name: str, day: dt.date
) -> Iterator[list[Row]]:
    """The rows of a file, some hundred at a time, each looked up and judged; three queries for
    each part. StepRefused when no sheet has the columns, or there are no rows or too many."""
    strange: list[tuple[str, HeadingError]] = []
    reader, taken = _Reader(plan, day), False
    for sheet in sheets:
        try:
            heading, first = find_heading(sheet.rows, COLUMNS)
        except HeadingError as error:
            strange.append((sheet.name, error))
            continue
        taken = True
        rows = reader.rows(sheet.name, heading, chain(first, sheet.rows))
        while some := list(islice(rows, ROWS_AT_ONCE)):
            yield reader.judged(some)
    if not reader.seen:
        raise StepRefused(_nothing(name, [] if taken else strange))


def _nothing(name: str, strange: list[tuple[str, HeadingError]]) -> Text:
    wrong = [(sheet, error) for sheet, error in strange if not error.bare]
    if not wrong:
        return Text(
            f"{name} 没有数据行。请按模板填好后重新上传。",
            f"{name} has no rows. Fill it in as in the template and upload it.",
        )
    sheet, error = max(wrong, key=lambda pair: pair[1].known)
    return Text(
        f"{name} 的工作表“{sheet}”{error.message.zh}", f"{name}, {sheet}: {error.message.en}"
    )


class _Reader:
    """Reads the rows of one file for one plan."""

    def __init__(self, plan: PilotPlan, day: dt.date) -> None:
        self.plan, self.day, self.seen = plan, day, 0
        self.most = policy().practised("import_rows_most", day)
        self.first: dict[str, int] = {}
        known = policy().sub_industries
        self.allowed = [known[id] for id in plan.industries if id in known] or list(known.values())
        self.industries = {
            normal(name): one.id for one in self.allowed for name in (one.id, *one.name)
        }

    def rows(
        self, sheet: str, heading: Heading, found: Iterable[tuple[int, list[Cell]]]
    ) -> Iterator[Row]:
        """The rows below a heading as far as they can be read by themselves."""
        for number, cells in found:
            if blank_row(cells) or any(written(cell).startswith(EXAMPLE) for cell in cells):
                continue
            self.seen += 1
            if self.seen > self.most:
                raise StepRefused(
                    Text(
                        f"表格超过 {self.most:,} 行。请分成几份上传。",
                        f"The file has more than {self.most:,} rows. Split it.",
                    )
                )
            yield self._row(Row(sheet, number, heading, list(cells)))

    def _row(self, row: Row) -> Row:
        readings: Mapping[str, Callable[[Cell], str]] = {
            "uscc": _code,
            "name": text_of,
            "sub_industry": self._industry,
            "reason": lambda cell: within(prose_of(cell), _LONGEST["reason"]),
            "document_number": lambda cell: within(text_of(cell), _LONGEST["document_number"]),
        }
        for column, read in readings.items():
            try:
                setattr(row, column, read(row.cell(column)))
            except CellError as wrong:
                row.fault(column, wrong.message)
        if row.uscc and self.first.setdefault(row.uscc, row.number) != row.number:
            above = self.first[row.uscc]
            row.fault("uscc", Text(f"与第 {above} 行是同一家企业。请删去一行。",
                                   f"is the firm of row {above}. Remove one of them."))  # fmt: skip
        return row

    def _industry(self, cell: Cell) -> str:
        text = text_of(cell)
        found = self.industries.get(normal(text), "")
        if text and not found:
            raise CellError(
                f"不是方案中的试点行业。请改为：{'、'.join(one.name.zh for one in self.allowed)}，"
                "或留空。",
                "is no industry of the plan. Write one of: "
                f"{', '.join(one.name.en for one in self.allowed)}; or leave it empty.",
            )
        return found

    def judged(self, rows: list[Row]) -> list[Row]:
        """Rows with the firms they mean, and what stands against these. Three queries."""
        codes = [row.uscc for row in rows if not row.faults]
        firms = {one.uscc: one for one in Organisation.objects.filter(uscc__in=codes)}
        standing = standing_of(self.plan, list(firms.values()), self.day)
        for row in rows:
            if row.faults:
                continue
            row.firm = firms.get(row.uscc)
            if row.firm is None:
                row.fault("uscc", _UNKNOWN)
            elif row.name and _plain(row.name) != _plain(row.firm.name):
                row.fault("name", Text(
                    f"与登记的名称“{row.firm.name}”不同。请核对代码和名称，哪个错改哪个。",
                    f"differs from the registered name “{row.firm.name}”. Mend code or name.",
                ))  # fmt: skip
            elif row.firm.pk in standing:
                why = standing[row.firm.pk]
                row.there = why is None
                if why is not None:
                    row.fault("uscc", why)
        return rows


_UNKNOWN = Text(
    "没有在平台注册。请核对代码，或请企业先注册。",
    "is not registered here. Check the code, or ask the firm to register first.",
)


def _plain(name: str) -> str:
    """A name as it is compared: half-width, without blanks."""
    return "".join(text_of(name).split())


def _code(cell: Cell) -> str:
    code = normal_uscc(code_of(cell))
    fault = uscc_fault(code)
    if fault is not None:
        raise CellError(*fault)
    return code


def list_template(plan: PilotPlan) -> bytes:
    """The workbook that an office fills in, with one row as an example and how to fill it in."""
    file = io.BytesIO()
    book = Workbook(file)
    table = book.sheet("试点企业名单", [one.names[0] for one in COLUMNS], (24, 36, 20, 40, 24))
    known = policy().sub_industries
    names = [known[id].name.zh for id in plan.industries if id in known]
    example = {
        "uscc": "91420100MA4TE5T139", "name": f"{EXAMPLE}，导入时跳过这一行）",
        "sub_industry": names[0] if names else "", "reason": "首批名单公示无异议",
    }  # fmt: skip
    table.row([example.get(one.id, "") for one in COLUMNS])
    if names:
        table.choices(2, names)
    how = book.sheet("填写说明", ("列", "要求", "怎样填"), (24, 12, 80))
    for place, one in enumerate(COLUMNS):  # with its letter, so that it is no heading itself
        how.row((f"{column_name(place)} {one.names[0]}", *_HOW[one.id]))
    book.close()
    return file.getvalue()
