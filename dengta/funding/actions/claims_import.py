"""Import of a claim's cost lines from Excel or CSV: sound rows are added, the others are named cell
by cell, and the same file twice adds nothing."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.cells import (
    CellError,
    code_of,
    day_of,
    number_of,
    prose_of,
    text_of,
    within,
    written,
)
from dengta.core.claim_keys import invoice_line_key
from dengta.core.headings import Column, Heading, HeadingError, find_heading, normal
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.core.sheets import Cell, Sheet, blank_row, column_name
from dengta.funding.actions.claims_filling import (
    INVOICE_CODE,
    INVOICE_LINE,
    INVOICE_NUMBER,
    MOST_LINES,
    Line,
    add_lines,
    line_of,
    only_owner,
)
from dengta.funding.models import Claim
from dengta.funding.queries.budgets import scheme_of
from dengta.trail.actions import StepRefused
from dengta.trail.actions.reading import opened_sheets

COLUMNS = (
    Column("cost_class", ("费用类别", "类别", "class"), required=True),
    Column("text", ("费用内容", "内容", "货物或服务名称", "text"), required=True),
    Column("invoice_code", ("发票代码", "invoice code")),
    Column("invoice_number", ("发票号码", "发票号", "invoice number"), required=True),
    Column("invoice_line", ("发票行", "行次", "invoice line")),
    Column("invoice_date", ("开票日期", "日期", "invoice date"), required=True),
    Column("invoice_total", ("发票总额", "价税合计", "invoice total"), required=True),
    Column("amount", ("金额", "申领金额", "amount"), required=True),
    Column("serial", ("设备序列号", "序列号", "serial")),
    Column("model", ("设备型号", "型号", "model")),
)
"""The columns of the file, amounts in yuan; the first name is the one in the template."""
EXAMPLE = "（示例"
"""How a cell of the template's example row begins; such a row is passed over."""
_LONGEST: Mapping[str, int] = {
    "text": 200, "invoice_code": 12, "invoice_number": 20, "invoice_line": 6, "serial": 60,
    "model": 60,
}  # fmt: skip
_WRITTEN: Mapping[str, tuple[str, Text]] = {
    "invoice_number": (INVOICE_NUMBER, Text(
        "是 8 位数字，全电发票是 20 位数字，请对照票面。",
        "has 8 digits, of a fully digital invoice 20. Check it against the invoice.",
    )),
    "invoice_code": (INVOICE_CODE, Text(
        "是 10 位或 12 位数字；全电发票请留空。",
        "has 10 or 12 digits; of a fully digital invoice leave it empty.",
    )),
    "invoice_line": (INVOICE_LINE, Text(
        "是这一行在发票上的序号，请写数字，例如 2。",
        "is the place of the line on the invoice; give its number, such as 2.",
    )),
}  # fmt: skip
"""How an invoice's numbers are written, as on the form; and what is said of one that is not."""


@dataclass(slots=True)
class Imported:
    """What came of a file: rows added, rows that were there already, and each cell that could not
    be used: {sheet, row, column, value, zh, en}."""

    added: int = 0
    there: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)


def import_lines(claim: Claim, actor: Actor, file: UploadedFile[bytes]) -> Imported:
    """Add the sound rows of a file to a claim's cost lines.

    StepRefused when the file as a whole cannot be read; Moved once the claim is submitted.
    """
    only_owner(claim, actor)
    name = file.name or "file"
    done, found = Imported(), list[Line]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        with path.open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
        with opened_sheets(path, name) as sheets:
            reader = _Reader(claim, done)
            for sheet in sheets:
                found += _read(sheet, reader)
    if not found and not done.faults:
        raise StepRefused(
            Text(
                f"{name} 只有表头，没有费用行。请按模板填好后重新上传。",
                f"{name} has a heading and no rows. Fill it in as in the template.",
            )
        )
    done.added = len(add_lines(claim, actor, found))
    done.there = len(found) - done.added
    return done


def _read(sheet: Sheet, reader: _Reader) -> Iterator[Line]:
    """The sound rows of a sheet; StepRefused when its columns are not those asked for."""
    try:
        heading, first = find_heading(sheet.rows, COLUMNS)
    except HeadingError as error:
        if error.bare:
            return
        raise StepRefused(
            Text(f"工作表“{sheet.name}”{error.message.zh}", f"{sheet.name}: {error.message.en}")
        ) from error
    reader.begin(sheet.name, heading)
    rows = 0
    for number, cells in (*first, *sheet.rows):
        if blank_row(cells) or any(written(cell).startswith(EXAMPLE) for cell in cells):
            continue
        rows += 1
        if rows > MOST_LINES:
            raise StepRefused(
                Text(
                    f"“{sheet.name}”超过 {MOST_LINES} 行，请合并同一张发票的小额行后重新上传。",
                    f"“{sheet.name}” has more than {MOST_LINES} rows. Put small ones together.",
                )
            )
        line = reader.line(number, cells)
        if line is not None:
            yield line


class _Reader:
    """Reads the rows of a file for a claim, sheet by sheet; what is wrong goes to `done.faults`,
    each at its cell."""

    sheet: str
    heading: Heading

    def __init__(self, claim: Claim, done: Imported) -> None:
        self.done = done
        scheme: Scheme = scheme_of(claim.scheme)
        self.classes = {
            normal(name): one.id
            for one in scheme.costs
            for name in (one.id, one.text.zh, one.text.en)
        }
        self.names = Text(
            "、".join(one.text.zh for one in scheme.costs),
            ", ".join(one.text.en for one in scheme.costs),
        )
        self.today = timezone.localdate()
        self.places = {
            _place(line_of(row)): (
                line_of(row),
                Text(f"已填的第 {row.ordinal} 行", f"line {row.ordinal} that is there"),
            )
            for row in claim.lines.order_by("ordinal")
        }

    def begin(self, sheet: str, heading: Heading) -> None:
        """Go on with a sheet below its heading."""
        self.sheet, self.heading = sheet, heading

    def line(self, number: int, cells: list[Cell]) -> Line | None:
        """One row as a cost line; None when something is wrong with it."""
        before = len(self.done.faults)

        def read(column: str, reading: Callable[[Cell], Any]) -> Any:
            place = self.heading.places.get(column)
            cell = cells[place] if place is not None and place < len(cells) else ""
            try:
                return reading(cell)
            except CellError as wrong:
                self._fault(number, column, cell, wrong.message)
                return None

        total, amount = read("invoice_total", _fen), read("amount", _fen)
        if amount is not None and total is not None and amount > total:
            place = self.heading.places["amount"]
            message = Text(
                "大于发票总额。请核对这两列。", "is above the invoice's total. Check both."
            )
            self._fault(number, "amount", cells[place], message)
        values = {
            "cost_class": read("cost_class", self._class),
            "text": read("text", lambda cell: within(_given(prose_of(cell)), _LONGEST["text"])),
            "invoice_number": read(
                "invoice_number",
                lambda cell: _given(_code("invoice_number", cell)),
            ),
            "invoice_date": read("invoice_date", self._day),
            **{
                name: read(name, partial(_code, name))
                for name in ("invoice_code", "invoice_line", "serial", "model")
            },
        }
        if len(self.done.faults) > before:
            return None
        line = Line(**values, invoice_total_fen=total, amount_fen=amount)
        return line if self._first(number, line, cells) else None

    def _first(self, number: int, line: Line, cells: list[Cell]) -> bool:
        """Whether no other line stands for the same line of the invoice; the same line again is
        none."""
        here = Text(f"“{self.sheet}”第 {number} 行", f"row {number} of “{self.sheet}”")
        there, where = self.places.setdefault(_place(line), (line, here))
        if not line.invoice_line or there == line:
            return True
        place = self.heading.places["invoice_line"]
        message = Text(
            f"这张发票的这一行与{where.zh}重复，内容或金额却不同。请核对，只留一行。",
            f"is the line of the invoice that {where.en} has, with other words or another amount."
            " Keep one of them.",
        )
        self._fault(number, "invoice_line", cells[place], message)
        return False

    def _class(self, cell: Cell) -> str:
        found = self.classes.get(normal(_given(text_of(cell))))
        if found is None:
            raise CellError(
                f"不是本办法的费用类别。请从中选：{self.names.zh}。",
                f"is no class of this scheme. Choose one of: {self.names.en}.",
            )
        return found

    def _day(self, cell: Cell) -> dt.date:
        found = day_of(cell)
        if found is None:
            raise CellError("是空的，请填写开票日期。", "is empty. Give the date of the invoice.")
        if found > self.today:
            raise CellError(
                "还没有到，开票日期不能晚于今天。请对照票面。",
                "has not come yet; an invoice cannot be of a later day than today. Check it.",
            )
        return found

    def _fault(self, number: int, column: str, cell: Cell, message: Text) -> None:
        place = self.heading.places.get(column)
        where = "" if place is None else f"{column_name(place)} {self.heading.titles[place]}"
        self.done.faults.append(
            {
                "sheet": self.sheet, "row": number, "column": where.strip(),
                "value": written(cell)[:80], **message._asdict(),
            }
        )  # fmt: skip


def _place(line: Line) -> str:
    """The line of an invoice that a line stands for."""
    return invoice_line_key(line.invoice_code, line.invoice_number, line.invoice_line)


def _code(column: str, cell: Cell) -> str:
    text = within(code_of(cell), _LONGEST[column])
    shape, message = _WRITTEN.get(column, ("", Text("", "")))
    if text and shape and not re.fullmatch(shape, text):
        raise CellError(*message)
    return text


def _given(text: str) -> str:
    if not text:
        raise CellError("是空的，请填写。", "is empty. Fill it in.")
    return text


def _fen(cell: Cell) -> int:
    """Yuan in a cell, as 分. CellError when it is empty, not a number, not above 0, or finer than
    分; what a spreadsheet's own arithmetic leaves behind is no part of a number."""
    plain = cell if not isinstance(cell, str) else cell.replace(",", "").replace("，", "")
    found = number_of(plain, 2)
    if found is None or found <= 0:
        raise CellError(
            "须大于 0。请以元为单位填写，例如 1234.50。",
            "has to be above 0. Give yuan, such as 1234.50.",
        )
    if number_of(plain, 6) != found:
        raise CellError(
            "精确到分，小数点后最多两位。请按票面填写。",
            "has more than two places after the point. Give it as on the invoice.",
        )
    return int(found * 100)
