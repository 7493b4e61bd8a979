"""Import of a claim's cost lines from Excel or CSV: sound rows are added, the others are named cell
by cell, and the same file twice adds nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

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
from dengta.core.headings import Column, Heading, HeadingError, find_heading, normal
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.core.sheets import Cell, Sheet, blank_row, column_name
from dengta.funding.actions.claims_filling import MOST_LINES, Line, add_lines, only_owner
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
            for sheet in sheets:
                found += _read(sheet, scheme_of(claim.scheme), done)
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


def _read(sheet: Sheet, scheme: Scheme, done: Imported) -> Iterator[Line]:
    """The sound rows of a sheet; StepRefused when its columns are not those asked for."""
    try:
        heading, first = find_heading(sheet.rows, COLUMNS)
    except HeadingError as error:
        if error.bare:
            return
        raise StepRefused(
            Text(f"工作表“{sheet.name}”{error.message.zh}", f"{sheet.name}: {error.message.en}")
        ) from error
    reader = _Reader(sheet.name, heading, scheme, done)
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
    """Reads rows below one heading; what is wrong goes to `done.faults`, each at its cell."""

    def __init__(self, sheet: str, heading: Heading, scheme: Scheme, done: Imported) -> None:
        self.sheet, self.heading, self.done = sheet, heading, done
        self.classes = {
            normal(name): one.id
            for one in scheme.costs
            for name in (one.id, one.text.zh, one.text.en)
        }
        self.names = Text(
            "、".join(one.text.zh for one in scheme.costs),
            ", ".join(one.text.en for one in scheme.costs),
        )

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
                lambda cell: within(_given(code_of(cell)), _LONGEST["invoice_number"]),
            ),
            "invoice_date": read("invoice_date", _day),
            **{
                name: read(name, partial(_code, name))
                for name in ("invoice_code", "invoice_line", "serial", "model")
            },
        }
        if len(self.done.faults) > before:
            return None
        return Line(**values, invoice_total_fen=total, amount_fen=amount)

    def _class(self, cell: Cell) -> str:
        found = self.classes.get(normal(_given(text_of(cell))))
        if found is None:
            raise CellError(
                f"不是本办法的费用类别。请从中选：{self.names.zh}。",
                f"is no class of this scheme. Choose one of: {self.names.en}.",
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


def _code(column: str, cell: Cell) -> str:
    return within(code_of(cell), _LONGEST[column])


def _given(text: str) -> str:
    if not text:
        raise CellError("是空的，请填写。", "is empty. Fill it in.")
    return text


def _day(cell: Cell) -> Any:
    found = day_of(cell)
    if found is None:
        raise CellError("是空的，请填写开票日期。", "is empty. Give the date of the invoice.")
    return found


def _fen(cell: Cell) -> int:
    """Yuan in a cell, as 分. CellError when it is empty, not a number, or not above 0."""
    found = number_of(cell if not isinstance(cell, str) else cell.replace(",", ""), 2)
    if found is None or found <= 0:
        raise CellError(
            "须大于 0。请以元为单位填写，例如 1234.50。",
            "has to be above 0. Give yuan, such as 1234.50.",
        )
    return int(found * 100)
