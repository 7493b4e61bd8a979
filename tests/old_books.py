"""The smallest .xls that there can be: BIFF8 records in a compound file, as old Excel has them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

SECTOR = 512
ERRORS = {"#REF!": 0x17, "#DIV/0!": 0x07, "#N/A": 0x2A}
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xls(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook of text, numbers and errors (`#REF!` as a value, `=#REF!` from a formula)."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    names = [name.encode("utf-16-le") for name in sheets]
    head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    size = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    stream, at = head, size
    for name, body in zip(names, bodies, strict=True):
        stream += _record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(body)
    return _compound(stream + _record(0x000A, b"") + b"".join(bodies))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(len(row) for row in rows)
    body += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            body += _cell(struct.pack("<HHH", y, x, 0), cell)
    return body + _record(0x000A, b"")


def _cell(place: bytes, cell: Any) -> bytes:
    if isinstance(cell, str) and cell in ERRORS:
        return _record(0x0205, place + bytes([ERRORS[cell], 1]))
    if isinstance(cell, str) and cell.removeprefix("=") in ERRORS:
        result = bytes([2, 0, ERRORS[cell[1:]], 0, 0, 0, 0xFF, 0xFF])
        return _record(0x0006, place + result + bytes(6) + struct.pack("<HBB", 2, 0x1C, 0x17))
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        return _record(0x0204, place + struct.pack("<HB", len(cell), 1) + text) if cell else b""
    return _record(0x0203, place + struct.pack("<d", cell))


def _compound(stream: bytes) -> bytes:
    """A compound file that holds one stream, the workbook."""
    stream += bytes(-len(stream) % SECTOR + (0 if len(stream) >= 4096 else 4096))
    count = len(stream) // SECTOR
    fat = [FAT, END, *range(3, count + 2), END]
    fat += [FREE] * (SECTOR // 4 - len(fat))
    assert len(fat) == SECTOR // 4, "larger than this writer is made for"
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    header += struct.pack("<HHHHH", 0x003E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, FREE, 2, len(stream))
    directory = entries + bytes(SECTOR - len(entries))
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0"
    return (
        told.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(told), kind, 1, FREE, FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
