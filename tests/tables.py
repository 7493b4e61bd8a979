"""Spreadsheets for tests, as people would hand them in."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.core.sheets import sheets
from dengta.trail.actions import keep_document
from dengta.trail.models import Document

HEADING = ("统一社会信用代码", "企业名称", "评测指标", "测评日期", "得分", "等级", "依据")
Rows = Sequence[Sequence[Any]]


def xlsx(**by_sheet: Rows) -> bytes:
    """A workbook: text, numbers, days, and `=…` formulas with what they show after a `|`."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy/m/d"})
    for title, rows in by_sheet.items():
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    formula, _, shown = cell.partition("|")
                    value = int(shown) if shown.isdecimal() else shown
                    sheet.write_formula(number, place, formula, None, value)
                elif isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    book.close()
    return file.getvalue()


def comma_separated(rows: Rows, encoding: str = "utf-8") -> bytes:
    """A csv in some encoding."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode(encoding)


def uploaded(content: bytes, name: str, by: Actor) -> Document:
    """A file as somebody uploads it."""
    return keep_document(SimpleUploadedFile(name, content), by=by)


def read(document: Document | None) -> dict[str, list[list[Any]]]:
    """What stands in a spreadsheet that the platform made, by sheet."""
    assert document is not None
    path = Path(document.content.path)
    return {sheet.name: [cells for _, cells in sheet.rows] for sheet in sheets(path, document.name)}


def columns(rows: Sequence[Sequence[Any]]) -> list[Mapping[str, Any]]:
    """Rows below a heading as mappings."""
    return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
