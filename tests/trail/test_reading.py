from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dengta.core.sheets import Broken
from dengta.trail.actions import StepRefused
from dengta.trail.actions.reading import opened_sheets
from tests.core.test_sheets import raw_sheet
from tests.old_books import xls
from tests.tables import comma_separated, xlsx

BOOK = xls({"结果": [["代码", "得分"], ["甲", 48.5], ["乙", "#REF!"]]})
DAMAGE = (1605, bytes.fromhex("ff00ff9effffff00010c87ff"))
"""Bytes that make the reader ask for eleven petabytes, whatever the machine has."""
DIRECT = """
import sys
from pathlib import Path
from dengta.core.sheets import sheets
for sheet in sheets(Path(sys.argv[1]), "t"):
    list(sheet.rows)
"""


def damaged(cut: int, put: bytes) -> bytes:
    return BOOK[:cut] + put + BOOK[cut + len(put) :]


def far_cell() -> bytes:
    """A workbook of some other program, which quotes by apostrophes, with a cell far off."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "<row r='1'><c r='A1'><v>1</v></c></row>"
    rows += "<row r='1048576'><c r='XFD1048576'><v>2</v></c></row>"
    part = f"<worksheet xmlns='{space}'><sheetData>{rows}</sheetData></worksheet>".encode()
    return raw_sheet(xlsx(一=[["x"]]), part)


def read(path: Path, name: str = "名单.xls") -> dict[str, list[tuple[int, list[Any]]]]:
    with opened_sheets(path, name) as found:
        return {sheet.name: list(sheet.rows) for sheet in found}


def kept(folder: Path, content: bytes) -> Path:
    path = folder / "kept"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [lambda: damaged(*DAMAGE), far_cell], ids=["xls", "xlsx"])
def test_a_file_that_kills_its_reader_is_refused_by_name_with_the_mend(
    tmp_path: Path, content: Callable[[], bytes]
) -> None:
    path = kept(tmp_path, content())
    with pytest.raises(StepRefused) as refused:
        read(path)
    assert refused.value.text.zh.startswith("名单.xls 读到一半读不下去")
    assert "另存为 xlsx" in refused.value.text.zh and "save that as xlsx" in refused.value.text.en


def test_the_same_file_kills_whoever_reads_it_in_its_own_process(tmp_path: Path) -> None:
    path = kept(tmp_path, damaged(*DAMAGE))
    died = subprocess.run(
        [sys.executable, "-c", DIRECT, str(path)], capture_output=True, check=False, cwd=os.getcwd()
    )
    assert died.returncode < 0 and b"memory allocation" in died.stderr


def test_rows_come_from_the_other_process_as_they_are_read_here(tmp_path: Path) -> None:
    rows = [["代码", "日期", "错"], ["甲", dt.date(2023, 6, 30), "=A1|#REF!"], ["乙", 48.5, "\n"]]
    path = kept(tmp_path, xlsx(一=rows, 二=[["只有一格"]]))
    found = read(path)
    assert found["一"][1] == (2, ["甲", dt.date(2023, 6, 30), "#REF!"])
    assert type(found["一"][1][1][2]) is Broken
    assert found["二"] == [(1, ["只有一格"])]
    with opened_sheets(path, "t.xlsx") as sheets:  # rows left unread are in nobody's way
        assert [(sheet.name, sheet.height) for sheet in sheets] == [("一", 3), ("二", 1)]
    with opened_sheets(kept(tmp_path, comma_separated(rows[:1])), "t.csv") as sheets:
        assert [list(sheet.rows) for sheet in sheets] == [[(1, rows[0])]]


def test_what_is_no_spreadsheet_is_refused_with_its_own_reason(tmp_path: Path) -> None:
    for content, said in ((b"PK\x03\x04rubbish", "已损坏或设有密码"), (b"", "是空文件")):
        with pytest.raises(StepRefused, match=said):
            read(kept(tmp_path, content))


@settings(max_examples=25, deadline=None)
@example(cut=DAMAGE[0], put=DAMAGE[1])
@example(cut=1561, put=b"x")  # leads the reader out of the file
@given(cut=st.integers(0, 6000), put=st.binary(max_size=40))
def test_whatever_the_damage_a_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cut: int, put: bytes
) -> None:
    path = kept(tmp_path_factory.mktemp("d"), damaged(cut, put))
    try:
        read(path)
    except StepRefused as refused:
        assert refused.text.zh and refused.text.en
