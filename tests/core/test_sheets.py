from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from dengta.core.sheets import Broken, SheetError, column_name, sheets
from tests.old_books import xls
from tests.tables import comma_separated, xlsx

ROWS = [["代码", "日期"], ["甲", dt.date(2023, 6, 30)], ["乙", 48.5]]


def read(
    folder: Path, content: bytes, name: str = "t.xlsx"
) -> dict[str, list[tuple[int, list[Any]]]]:
    path = folder / "kept-under-another-name"
    path.write_bytes(content)
    return {sheet.name: list(sheet.rows) for sheet in sheets(path, name)}


def refused(folder: Path, content: bytes, name: str) -> str:
    with pytest.raises(SheetError) as error:
        read(folder, content, name)
    assert error.value.message.en
    return error.value.message.zh


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("一")
    sheet.write(3, 2, "第四行C列")
    book.close()
    (rows,) = read(tmp_path, file.getvalue()).values()
    assert rows[-1] == (4, ["", "", "第四行C列"])


def test_each_sheet_is_read_with_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, xlsx(一=ROWS, 二=[["只有一格"]]))
    assert found == {
        "一": [(1, ["代码", "日期"]), (2, ["甲", dt.date(2023, 6, 30)]), (3, ["乙", 48.5])],
        "二": [(1, ["只有一格"])],
    }


def test_an_error_and_a_formula_that_was_not_calculated_are_broken_cells(tmp_path: Path) -> None:
    content = xlsx(一=[["a", "=B2+#REF!|#REF!", "=1/0|#DIV/0!", "=1+1|2"], ["b"]])
    rows = read(tmp_path, content)["一"]
    assert rows[0][1] == ["a", "#REF!", "#DIV/0!", 2.0]
    assert [type(cell) is Broken for cell in rows[0][1]] == [False, True, True, False]


def raw_sheet(content: bytes, part: bytes) -> bytes:
    """A workbook whose sheet was written by some other program."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, part if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return out.getvalue()


def sheet_xml(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def test_a_formula_without_a_value_is_not_empty_even_at_the_end(tmp_path: Path) -> None:
    part = sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f></c>'
        '<c r="C1"><f>A1</f><v></v></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"/></c></row>'
    )
    rows = read(tmp_path, raw_sheet(xlsx(一=[["x"]]), part))["一"]
    assert rows[0] == (1, [1.0, Broken("="), Broken("=")])
    assert rows[-1][0] == 3
    assert rows[-1][1][1] == "=" and type(rows[-1][1][1]) is Broken


def test_one_stray_cell_far_below_does_not_take_all_memory(tmp_path: Path) -> None:
    part = sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )
    said = refused(tmp_path, raw_sheet(xlsx(一=[["x"]]), part), "大.xlsx")
    assert said.startswith("大.xlsx 的工作表“一”一直延伸到 XFD 列 1048576 行")


def test_a_pack_that_unfolds_without_end_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("xl/workbook.xml", "<x/>")
        with pack.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(1100):
                part.write(b" " * (1 << 20))
    assert "展开后超过 1 GB" in refused(tmp_path, out.getvalue(), "炸弹.xlsx")


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("word/document.xml", "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "空.xlsx", "空.xlsx 是空文件"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "图.xlsx", "内容不是表格"),
        (b"%PDF-1.7 ...", "报告.pdf", "内容不是表格"),
        (docx(), "说明.docx", "是压缩包或别的文档"),
        (b"PK\x03\x04rubbish", "坏.xlsx", "已损坏或设有密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "加密.xlsx", "已损坏或设有密码"),
        (b"\xff" * 50, "乱.csv", "的编码认不出来"),
        (b"a\x00b,c", "二进制.csv", "不是文本文件"),
        (b'a,"b\nc', "引号.csv", ""),
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused_by_name(
    tmp_path: Path, content: bytes, name: str, said: str
) -> None:
    if said:
        assert said in refused(tmp_path, content, name)
    else:
        assert read(tmp_path, content, name) == {"引号": [(1, ["a", "b\nc"])]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_offices_have(tmp_path: Path, encoding: str) -> None:
    content = comma_separated(
        [["统一社会信用代码", "企业名称"], ["914", "精工，有限公司"]], encoding
    )
    assert read(tmp_path, content, "表.csv") == {
        "表": [(1, ["统一社会信用代码", "企业名称"]), (2, ["914", "精工，有限公司"])]
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_of_a_csv_is_found_out(tmp_path: Path, separator: str) -> None:
    content = separator.join(["a", "b", "c"]).encode() + b"\n" + separator.join("123").encode()
    assert read(tmp_path, content, "t.csv")["t"][1] == (2, ["1", "2", "3"])


def test_errors_in_a_csv_are_broken_cells_too(tmp_path: Path) -> None:
    rows = read(tmp_path, comma_separated([["#REF!", "#N/A", "E", "#1 车间"]]), "t.csv")["t"]
    assert [type(cell) is Broken for cell in rows[0][1]] == [True, True, False, False]


def test_an_old_xls_is_read_and_its_errors_are_broken_cells(tmp_path: Path) -> None:
    content = xls(
        {
            "结果": [["代码", "得分"], ["甲", 48.5], ["乙", "#REF!"], ["丙", "=#DIV/0!"]],
            "二": [["", "x"], ["", "#N/A"]],
        }
    )
    found = read(tmp_path, content, "t.xls")
    assert found["结果"] == [
        (1, ["代码", "得分"]), (2, ["甲", 48.5]), (3, ["乙", "#REF!"]), (4, ["丙", "#DIV/0!"])
    ]  # fmt: skip
    assert [type(cells[1]) is Broken for _, cells in found["结果"]] == [False, False, True, True]
    assert found["二"] == [(1, ["", "x"]), (2, ["", "#N/A"])]


def test_damage_that_leads_the_reader_out_of_an_xls_is_refused(tmp_path: Path) -> None:
    content = xls({"结果": [["代码", "得分"], ["甲", 48.5], ["乙", "#REF!"]]})
    said = refused(tmp_path, content[:1561] + b"x" + content[1562:], "t.xls")
    assert "已损坏或设有密码" in said


def ods(*cells: str) -> bytes:
    """A spreadsheet of one row, as LibreOffice writes it."""
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{oasis}:{name}:1.0"' for name in ("office", "table", "text"))
    row = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    table = f'<table:table table:name="结果"><table:table-row>{row}</table:table-row></table:table>'
    body = f"<office:spreadsheet>{table}</office:spreadsheet>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        pack.writestr("META-INF/manifest.xml", "<x/>")
        pack.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body>{body}</office:body>"
            "</office:document-content>",
        )
    return out.getvalue()


def test_ods_is_read_and_an_error_in_it_is_a_broken_cell(tmp_path: Path) -> None:
    rows = read(tmp_path, ods("代码", "#REF!"), "t.ods")["结果"]
    assert rows == [(1, ["代码", "#REF!"])]
    assert type(rows[0][1][1]) is Broken


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [column_name(n) for n in (0, 25, 26, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
