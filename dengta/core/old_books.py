"""Which cells of an .xls show an error: the reader of values gives them as empty.

Just enough of [MS-CFB] (the file in which streams lie) and [MS-XLS] (the records of a sheet) to
find them. What cannot be followed gives nothing: the reader of values has its own say on damage.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

Errors = dict[int, dict[int, str]]
"""What cells show, by row from 1 and place from 0."""

_SHOWN = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_BEGIN, _END, _SHEET, _ERROR = 0x0809, 0x000A, 0x0085, 0x0205
_FORMULAS = (0x0006, 0x0206, 0x0406)
_LAST = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""


def errors_in(path: Path) -> list[Errors]:
    """The error cells of each sheet, in the order of the sheets; empty where nothing is found."""
    try:
        stream = _workbook(path.read_bytes())
        return [_errors(stream, start) for start in _sheets(stream)]
    except (struct.error, IndexError, UnicodeDecodeError):
        return []


# ---------------------------------------------------------------- the file of streams


def _workbook(file: bytes) -> bytes:
    """The stream of the workbook; nothing if there is none."""
    size = 1 << int(struct.unpack_from("<H", file, 30)[0])
    table = _table(file, size)
    (first,) = struct.unpack_from("<I", file, 48)
    directory = _chain(file, size, table, first, 1)
    entries = list(_entries(directory))
    (small_below,) = struct.unpack_from("<I", file, 56)
    for name, start, length in entries:
        if name in ("Workbook", "Book"):
            if length >= small_below:
                return _chain(file, size, table, start, 1)[:length]
            (small_table,) = struct.unpack_from("<I", file, 60)
            numbers = _chain(file, size, table, small_table, 1)
            small = struct.unpack(f"<{len(numbers) // 4}I", numbers)
            inside = _chain(file, size, table, entries[0][1], 1)
            return _chain(inside, 64, small, start, 0)[:length]
    return b""


def _table(file: bytes, size: int) -> tuple[int, ...]:
    """Which sector follows which."""
    places = list(struct.unpack_from("<109I", file, 76))
    further, many = struct.unpack_from("<II", file, 68)
    for _ in range(min(many, len(file) // size)):
        if further >= _LAST:
            break
        more = struct.unpack_from(f"<{size // 4}I", file, (further + 1) * size)
        places += more[:-1]
        further = more[-1]
    read = b"".join(file[(n + 1) * size : (n + 2) * size] for n in places if n < _LAST)
    return struct.unpack(f"<{len(read) // 4}I", read[: len(read) // 4 * 4])


def _chain(file: bytes, size: int, table: tuple[int, ...], start: int, before: int) -> bytes:
    """The sectors of a stream, one after the other."""
    found: list[bytes] = []
    while start < _LAST and len(found) <= len(table):
        at = (start + before) * size
        found.append(file[at : at + size])
        start = table[start]
    return b"".join(found)


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, first sector and length of each stream."""
    for at in range(0, len(directory) - 127, 128):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le")
        start, size = struct.unpack_from("<II", directory, at + 116)
        yield name, start, size


# ---------------------------------------------------------------- the records of a workbook


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheets(stream: bytes) -> list[int]:
    """Where each sheet begins."""
    starts = []
    for kind, data in _records(stream, 0):
        if kind == _SHEET:
            starts.append(int(struct.unpack_from("<I", data)[0]))
        elif kind == _END:
            break
    return starts


def _errors(stream: bytes, start: int) -> Errors:
    found: Errors = {}
    depth = 0
    for kind, data in _records(stream, start):
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 0:
            break
        code: int | None = None
        if kind == _ERROR and data[7] == 1:
            code = data[6]
        elif kind in _FORMULAS and data[12:14] == b"\xff\xff" and data[6] == 2:
            code = data[8]
        if depth == 1 and code is not None:
            row, place = struct.unpack_from("<HH", data)
            found.setdefault(row + 1, {})[place] = _SHOWN.get(code, "#N/A")
    return found
