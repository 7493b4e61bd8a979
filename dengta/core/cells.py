"""What people write into the cells of a table, read as what it means, or refused with a mend.

Full-width signs are read as half-width ones, blanks around are dropped. What could mean two things
is refused and never guessed: a day without its year, a number that stands for a date.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from dengta.core.shapes import Text
from dengta.core.sheets import Broken, Cell

_DATE = re.compile(
    r"(\d{4})\s*(?:[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})|年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?)"
    r"(?:[T\s].*)?"
)
_SOLID_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEARS = range(1990, 2100)
_SERIAL_ZERO = dt.date(1899, 12, 30)
_SERIALS = range(32_874, 73_050)
"""Numbers that a spreadsheet shows as days of these years when a cell is no date."""
_NUMERALS = {numeral: n for n, numeral in enumerate("零一二三四五六七八九")}


class CellError(ValueError):
    """A cell that cannot be what its column asks for; `message` names the value and the mend."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


def quoted(cell: Cell) -> str:
    """A cell as it is quoted back to its writer, shortened."""
    text = written(cell)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def written(cell: Cell) -> str:
    """A cell as text, numbers without needless zeros, days as 2023-06-30."""
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def within(text: str, most: int) -> str:
    """A text that is no longer than so many signs; CellError for a longer one."""
    if len(text) > most:
        raise CellError(
            f"有 {len(text)} 个字，最多 {most} 个。请缩短。",
            f"has {len(text)} signs, {most} at most. Shorten it.",
        )
    return text


def text_of(cell: Cell) -> str:
    """The text in a cell: half-width, without blanks around; "" when empty. CellError for an error
    shown by the spreadsheet."""
    if isinstance(cell, Broken):
        if cell == "=":
            raise CellError(
                "是没有计算过的公式。请用表格软件打开、保存一次，或改成数值后再上传。",
                "is a formula that was never calculated. Open and save the file in a spreadsheet, "
                "or put the value in.",
            )
        raise CellError(
            f"是公式错误 {cell}。请改成正确的数值或文字。",
            f"shows the error {cell}. Put the right value in.",
        )
    text = written(cell)
    text = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    # A mark that keeps spreadsheets from taking text for a formula is no part of the text.
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


def prose_of(cell: Cell) -> str:
    """Free text in a cell, with its own punctuation."""
    text_of(cell)
    text = written(cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


def code_of(cell: Cell) -> str:
    """A long code as text. CellError when the spreadsheet has made a number of it."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**15:
        raise CellError(
            f"{quoted(cell)}已被表格软件改成数字，后几位丢失。请把这一列设为文本格式后重填代码。",
            f"{quoted(cell)} was made a number by the spreadsheet and has lost digits. Set the "
            "column to text and write the code again.",
        )
    return text_of(cell)


def day_of(cell: Cell) -> dt.date | None:
    """The day in a cell; None when empty. Dates of any spreadsheet, 2023-06-30, 2023/6/30,
    2023.6.30, 2023年6月30日, 20230630."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = text_of(cell)
    if not text:
        return None
    if isinstance(cell, float) and abs(cell) < 10**6 and int(cell) in _SERIALS:
        meant = _SERIAL_ZERO + dt.timedelta(days=int(cell))
        raise CellError(
            f"{quoted(cell)}是数字而不是日期（可能是 {meant}）。请把这一列设为日期格式。",
            f"{quoted(cell)} is a number, not a date (perhaps {meant}). Format the column as date.",
        )
    found = _DATE.fullmatch(text) or _SOLID_DATE.fullmatch(text)
    if found is None:
        raise CellError(
            f"{quoted(cell)}看不出是哪年哪月哪日。请写成 2023-06-30 的样子。",
            f"{quoted(cell)} does not say which day of which year. Write it as 2023-06-30.",
        )
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        named = dt.date(year, month, day)
    except ValueError:
        named = None
    if named is None or named.year not in _YEARS:
        raise CellError(
            f"{quoted(cell)}没有这一天。请核对年月日。",
            f"{quoted(cell)} is no such day. Check year, month and day.",
        )
    return named


def number_of(cell: Cell, places: int) -> Decimal | None:
    """The number in a cell, half-up at `places`; None when empty. 分 behind it is read over."""
    if isinstance(cell, bool):
        raise _no_number(cell)
    text = text_of(cell).replace(" ", "").removesuffix("分")
    if not text:
        return None
    try:
        number = Decimal(repr(cell) if isinstance(cell, float) else text)
    except InvalidOperation:
        raise _no_number(cell) from None
    if not number.is_finite() or number.adjusted() > 15:
        raise _no_number(cell)
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _no_number(cell: Cell) -> CellError:
    return CellError(
        f"{quoted(cell)}不是数字。请只写数字，如 48.95。",
        f"{quoted(cell)} is no number. Write digits only, such as 48.95.",
    )


def level_of(cell: Cell) -> int | None:
    """A level written as 2, 2级, 二级, level 2, or 无等级 (0); None when empty or something else:
    an instrument's own names of its levels are for the caller to know."""
    if isinstance(cell, bool):
        return None
    text = text_of(cell).lower().replace(" ", "")
    if text in ("无", "无等级", "未达等级", "未达标", "未达一级", "未达1级", "none"):
        return 0
    text = text.removeprefix("level").removesuffix("级")
    if text in _NUMERALS:
        return _NUMERALS[text]
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else None
