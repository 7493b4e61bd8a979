"""Spreadsheets as people hand them in: xlsx, xls, ods and csv, row by row, with nothing guessed.

What a file is, its bytes say, not its name. A cell that shows an error (`#REF!`) or a formula that
was never calculated is a `Broken` cell, never an empty one. Rows and columns are numbered as the
spreadsheet shows them, from 1 and from A.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, load_workbook

from dengta.core.old_books import errors_in
from dengta.core.sources import Text

KINDS = (".xlsx", ".xls", ".ods", ".csv")
MOST_UNPACKED = 1 << 30
"""Bytes that a packed workbook may unfold to; more is no table of people but an accident."""
MOST_CELLS = 20_000_000
"""Cells of the rectangle that a sheet spans; one stray cell far below would take all memory."""

_PACK, _COMPOUND = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK, _OVERLAP = 1 << 20, 1 << 13
_OOXML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = rb"<f(?:\s[^>]*?)?(?:/>|>[^<]*</f>)"
_ERROR = re.compile(
    rb'<c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?\bt="e"[^>]*>(?:\s*' + _FORMULA + rb")?"
    rb"\s*<v>([^<]*)</v>"
)
_UNCALCULATED = re.compile(
    rb'<c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*'
    + _FORMULA
    + rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
_MARKS = ("#", "E")
_SHOWN_ERROR = re.compile(r"#(REF!|DIV/0!|VALUE!|NAME\?|N/A|NUM!|NULL!|SPILL!|CALC!)|Err:5\d\d")


class SheetError(ValueError):
    """A file or a sheet that cannot be read as a whole; `message` says why and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


class Broken(str):
    """A cell that shows an error, as it shows it; or `=` for a formula that was not calculated."""

    __slots__ = ()


Cell = Any
"""What a cell holds: text, a number (of whatever kind the file has), a date; "" when empty."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `rows` gives each row's number and its cells from column A on, once."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    height: int


def column_name(place: int) -> str:
    """The letters of a column by its place from 0: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_workbook(path: Path) -> bool:
    """Whether a file begins as a workbook or another pack does: xlsx, ods, or an old xls."""
    return _head(path).startswith((_PACK, _COMPOUND))


def sheets(path: Path, name: str) -> Iterator[Sheet]:
    """The sheets of a file, in order; `name` is what its owner calls it. SheetError if it is none.

    Sheets are read one at a time: take the rows of one before asking for the next. A damaged
    workbook can abort the process: what people hand in goes by `trail.actions.reading`.
    """
    head = _head(path)
    if not head:
        raise SheetError(
            f"{name} 是空文件。请核对后重新上传。", f"{name} is empty. Check it and upload again."
        )
    if head.startswith(_PACK):
        yield from _workbook(path, name, _packed(path, name))
    elif head == _COMPOUND:
        yield from _workbook(path, name, "xls")
    elif Path(name).suffix.lower() in (".csv", ".txt", ".tsv", ""):
        yield _text(path, name)
    else:
        raise SheetError(
            f"{name} 的内容不是表格。请上传 xlsx、xls、ods 或 csv 文件，不要只改扩展名。",
            f"{name} holds no spreadsheet. Upload xlsx, xls, ods or csv; a new name is not enough.",
        )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


# ---------------------------------------------------------------- workbooks


def _packed(path: Path, name: str) -> str:
    """Whether a zip is xlsx or ods. SheetError for anything else, and for one that unfolds too
    far."""
    try:
        with zipfile.ZipFile(path) as pack:
            names, size = set(pack.namelist()), sum(part.file_size for part in pack.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as broken:
        raise _damaged(name) from broken
    if size > MOST_UNPACKED:
        raise SheetError(
            f"{name} 展开后超过 1 GB，无法读取。请只留要导入的行，分成几份上传。",
            f"{name} unfolds to more than 1 GB. Keep only the rows to import, in several files.",
        )
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    raise SheetError(
        f"{name} 是压缩包或别的文档，不是表格。请上传 xlsx、xls、ods 或 csv 文件。",
        f"{name} is an archive or another document. Upload xlsx, xls, ods or csv.",
    )


def _damaged(name: str) -> SheetError:
    return SheetError(
        f"{name} 已损坏或设有密码，打不开。请用表格软件打开，去掉密码后另存再上传。",
        f"{name} is damaged or has a password. Open it, take the password off, save, and upload.",
    )


def _is_panic(error: BaseException) -> bool:
    """Whether the reader itself gave up: damage can lead it out of the file, which it reports as a
    panic that is no Exception and has no name to import."""
    return type(error).__name__ == "PanicException"


def _workbook(path: Path, name: str, kind: str) -> Iterator[Sheet]:
    try:
        book = load_workbook(path)
        parts = _parts(path) if kind == "xlsx" else {}
        old = errors_in(path) if kind == "xls" else []
    except (CalamineError, ElementTree.ParseError, KeyError, zipfile.BadZipFile) as broken:
        raise _damaged(name) from broken
    except BaseException as panic:
        if not _is_panic(panic):
            raise
        raise _damaged(name) from panic
    for place, title in enumerate(book.sheet_names):
        broken_cells = _inspected(path, name, title, parts[title]) if title in parts else {}
        if place < len(old):
            broken_cells = {
                row: {column: Broken(shown) for column, shown in cells.items()}
                for row, cells in old[place].items()
            }
        try:
            sheet = book.get_sheet_by_name(title)
        except CalamineError as unreadable:
            if "not a worksheet" in str(unreadable).lower():
                continue
            raise _damaged(name) from unreadable
        except BaseException as panic:
            if not _is_panic(panic):
                raise
            raise _damaged(name) from panic
        if sheet.start is None:
            yield Sheet(title, iter(()), 0)
            continue
        before = [""] * sheet.start[1]
        yield Sheet(title, _rows(sheet.iter_rows(), before, broken_cells), sheet.total_height + 1)


def _rows(
    found: Iterator[list[Cell]], before: list[Cell], broken: dict[int, dict[int, Broken]]
) -> Iterator[tuple[int, list[Cell]]]:
    number = 0
    for number, cells in enumerate(found, 1):
        row = before + cells if before else cells
        if number in broken:
            row = _with(row, broken[number])
        if any(type(cell) is str and cell[:1] in _MARKS for cell in row if cell):
            row = [_told(cell) if type(cell) is str else cell for cell in row]
        yield number, row
    for below in sorted(row for row in broken if row > number):
        yield below, _with([], broken[below])


def _with(row: list[Cell], broken: dict[int, Broken]) -> list[Cell]:
    row += [""] * (max(broken) + 1 - len(row))
    for place, seen in broken.items():
        row[place] = seen
    return row


def _told(text: str) -> str:
    """A text that is what a spreadsheet shows for an error, as such."""
    return Broken(text) if _SHOWN_ERROR.fullmatch(text) else text


def _parts(path: Path) -> dict[str, str]:
    """Where in the pack each sheet of an xlsx lies."""
    with zipfile.ZipFile(path) as pack:
        links = ElementTree.fromstring(pack.read("xl/_rels/workbook.xml.rels"))
        targets = {
            link.get("Id"): link.get("Target", "") for link in links.iter(f"{_LINKS}Relationship")
        }
        book = ElementTree.fromstring(pack.read("xl/workbook.xml"))
        names = set(pack.namelist())
    found = {}
    for sheet in book.iter(f"{_OOXML}sheet"):
        target = targets.get(sheet.get(_REFERENCE), "")
        inside = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if inside in names:
            found[sheet.get("name", "")] = inside
    return found


def _inspected(path: Path, name: str, title: str, part: str) -> dict[int, dict[int, Broken]]:
    """The broken cells of a sheet by row and place, read from its XML: the reader of values shows
    them as empty. SheetError when the sheet spans too far to be read."""
    found: dict[int, dict[int, Broken]] = {}
    columns: set[bytes] = set()
    last = 0
    with zipfile.ZipFile(path) as pack, pack.open(part) as file:
        text = b""
        while chunk := file.read(_CHUNK):
            text = text[-_OVERLAP:] + chunk
            cells = _CELL.findall(text)
            columns.update(letters for letters, _ in cells)
            last = max(last, int(cells[-1][1]) if cells else 0)
            if b't="e"' in text:
                for letters, row, shown in _ERROR.findall(text):
                    _note(found, letters, row, Broken(shown.decode("utf-8", "replace")))
            if b"<f" in text:
                for letters, row in _UNCALCULATED.findall(text):
                    _note(found, letters, row, Broken("="))
    width = max((_place(letters) for letters in columns), default=-1) + 1
    if width * last > MOST_CELLS:
        raise SheetError(
            f"{name} 的工作表“{title}”一直延伸到 {column_name(width - 1)} 列 {last} 行，"
            "超出可读范围。请删去远处的零散单元格后重新上传。",
            f"sheet “{title}” of {name} reaches {column_name(width - 1)}{last}, too far to be "
            "read. Delete stray cells far off and upload again.",
        )
    return found


def _note(found: dict[int, dict[int, Broken]], letters: bytes, row: bytes, what: Broken) -> None:
    found.setdefault(int(row), {})[_place(letters)] = what


def _place(letters: bytes) -> int:
    """The place from 0 of a column by its letters."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


# ---------------------------------------------------------------- text


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _text(path: Path, name: str) -> Sheet:
    """A csv as a sheet of its own; separators and encoding are found out."""
    encoding = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(1 << 16)
        height = sum(1 for _ in file) + 1
    if "\0" in first:
        raise SheetError(
            f"{name} 不是文本文件。请上传 xlsx、xls、ods 或 csv 文件。",
            f"{name} is no text file. Upload xlsx, xls, ods or csv.",
        )
    separator = max(",\t;", key=first.count)
    return Sheet(Path(name).stem, _lines(path, name, encoding, separator), height)


def _encoding(path: Path, name: str) -> str:
    """UTF-8, UTF-16 with its mark, or GB 18030 (what Chinese spreadsheets save csv in)."""
    with path.open("rb") as file:
        head = file.read(4)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                return encoding
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SheetError(
        f"{name} 的编码认不出来。请在表格软件里另存为 xlsx，或另存为 UTF-8 编码的 csv。",
        f"the encoding of {name} is unknown. Save it as xlsx, or as csv in UTF-8.",
    )


def _lines(
    path: Path, name: str, encoding: str, separator: str
) -> Iterator[tuple[int, list[Cell]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        number = 0
        while True:
            number += 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as broken:
                raise SheetError(
                    f"{name} 第 {number} 行读不下去：引号或换行不成对。请另存为 xlsx 后上传。",
                    f"{name} cannot be read at row {number}: quotes or line ends do not match. "
                    "Save it as xlsx and upload.",
                ) from broken
            yield number, [_told(cell) for cell in row]


def blank_row(cells: Sequence[Cell]) -> bool:
    """Whether nothing stands in a row."""
    return all(cell == "" or (type(cell) is str and not cell.strip()) for cell in cells)
