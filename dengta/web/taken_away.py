"""Files that people take away: made now, handed out, and gone once they were read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404

from dengta.core.outgoing import FORMS, CsvTable, Table, Workbook


def made_now(name: str, media_type: str, write: Callable[[Path], object]) -> FileResponse:
    """The file that `write` makes at a path, handed out under a name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        write(path)
        file = path.open("rb")  # stays readable when its name is gone
    return FileResponse(file, as_attachment=True, filename=name, content_type=media_type)


def table_now(
    name: str, form: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]],
    widths: Sequence[int] = (),
) -> FileResponse:  # fmt: skip
    """One table as csv or xlsx, row by row; `title` and `widths` are those of the sheet.
    Http404 for another form."""
    if form not in FORMS:
        raise Http404

    def write(path: Path) -> None:
        book = None if form == "csv" else Workbook(path)
        table: Table = book.sheet(title, headings, widths) if book else CsvTable(path, headings)
        for row in rows:
            table.row(row)
        (book or table).close()

    return made_now(name, FORMS[form], write)
