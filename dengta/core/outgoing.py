"""Tables that people take away, as xlsx or csv, written row by row: memory does not grow with them.

Text stays text. What a spreadsheet could take for a formula (it begins with = + - @) is written so
that it cannot be one.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

import xlsxwriter

from dengta.core.sheets import Cell

FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
"""The forms a table can take, with their media types."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NO_TITLE = re.compile(r"[\[\]:*?/\\]")
_LONGEST = 32_767
"""Characters that one cell of a workbook can hold."""


class Table(Protocol):
    """A table that is being written."""

    def row(self, cells: Sequence[Cell]) -> None:
        """Add one row."""

    def close(self) -> None:
        """Finish the file."""


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; others stay as they are."""
    return f"'{text}" if text.startswith(_RISKY) else text


class CsvTable:
    """One table as csv in UTF-8 with its mark, which spreadsheets open without asking."""

    def __init__(self, path: Path, headings: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self.row(headings)

    def row(self, cells: Sequence[Cell]) -> None:
        """Add one row."""
        self._writer.writerow(
            [guarded(cell) if isinstance(cell, str) else _plain(cell) for cell in cells]
        )

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _plain(cell: Cell) -> object:
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return "" if cell is None else cell


class Workbook:
    """An xlsx of one or more sheets, each filled from above to below. With `made` the same cells
    give the same bytes whenever they are written."""

    def __init__(self, file: Path | IO[bytes], made: dt.datetime | None = None) -> None:
        self._book = xlsxwriter.Workbook(
            str(file) if isinstance(file, Path) else file,
            {"constant_memory": True, "remove_timezone": True},
        )
        if made is not None:
            self._book.set_properties({"created": made.replace(tzinfo=None)})
        self._titles: set[str] = set()
        self._bold = self._book.add_format({"bold": True, "bg_color": "#E6F0F4", "num_format": "@"})
        self._text = self._book.add_format({"num_format": "@"})
        self._quoted = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def sheet(self, title: str, headings: Sequence[str], widths: Sequence[int] = ()) -> SheetTable:
        """A new sheet with its heading row; the title is shortened to what a workbook allows."""
        sheet = self._book.add_worksheet(self._title(title))
        for place in range(len(headings)):
            wide = widths[place] if place < len(widths) else 16
            sheet.set_column(place, place, wide, self._text)
        sheet.freeze_panes(1, 0)
        table = SheetTable(self, sheet)
        table.row(headings, self._bold)
        return table

    def _title(self, title: str) -> str:
        name = _NO_TITLE.sub(" ", title).strip("' ")[:28] or "Sheet"
        unique, n = name, 1
        while unique.lower() in self._titles:
            n += 1
            unique = f"{name} {n}"
        self._titles.add(unique.lower())
        return unique

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def write(self, sheet: Any, row: int, place: int, cell: Cell, format: Any = None) -> None:
        """One cell, by its kind; text is never a formula, a link or a number."""
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            risky = cell.startswith(_RISKY)
            look = format or (self._quoted if risky else self._text)
            sheet.write_string(row, place, cell[:_LONGEST], look)
        elif isinstance(cell, bool):
            sheet.write_boolean(row, place, cell)
        elif isinstance(cell, dt.datetime):
            sheet.write_datetime(row, place, cell, self._moment)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, place, cell, self._day)
        elif isinstance(cell, int | float | Decimal):
            sheet.write_number(row, place, cell)
        else:
            sheet.write_string(row, place, str(cell), self._text)


class SheetTable:
    """One sheet of a workbook."""

    def __init__(self, book: Workbook, sheet: Any) -> None:
        self._book, self._sheet, self._next = book, sheet, 0

    def row(self, cells: Sequence[Cell], format: Any = None) -> None:
        """Add one row."""
        for place, cell in enumerate(cells):
            self._book.write(self._sheet, self._next, place, cell, format)
        self._next += 1

    def choices(self, place: int, values: Sequence[str], rows: int = 1000) -> None:
        """Offer values to choose from in a column, below the heading."""
        self._sheet.data_validation(
            1, place, rows, place, {"validate": "list", "source": list(values)}
        )

    def close(self) -> None:
        """Nothing: the workbook closes its sheets."""
