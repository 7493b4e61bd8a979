"""What goes to the bank and what it answers: the payment file, and the rows of a result file.

Pure: amounts are whole 分, written and read as yuan with two places. The same transfers give the
same bytes. A row that cannot be read says at which cell, and how to mend it.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dengta.core.cells import CellError, code_of, number_of, quoted, text_of, written
from dengta.core.headings import Column, Heading, HeadingError, find_heading
from dengta.core.outgoing import CsvTable, Table, Workbook
from dengta.core.shapes import Text
from dengta.core.sheets import Broken, Cell, Sheet, SheetError, blank_row, column_name

Form = Literal["xlsx", "csv"]

HEADINGS = ("付款编号", "收款人名称", "收款账号", "开户银行", "金额（元）", "用途")
_WIDTHS = (18, 36, 28, 36, 16, 44)
_TOTAL = "合计"


class Transfer(NamedTuple):
    """One transfer that the bank is asked to make."""

    number: str
    account_name: str
    account_number: str
    bank_name: str
    amount_fen: int
    purpose: str


def write_transfers(
    form: Form, path: Path, transfers: Sequence[Transfer], made: dt.datetime
) -> None:
    """The payment file: a row for each transfer, and count and total. The same bytes for the same
    transfers and moment."""
    total = Decimal(sum(one.amount_fen for one in transfers)).scaleb(-2)
    count = f"共 {len(transfers)} 笔"
    if form == "csv":
        table: Table = CsvTable(path, HEADINGS)
        _rows(table, transfers)
        table.row((_TOTAL, "", "", "", total, count))
        table.close()
        return
    book = Workbook(path, made)
    _rows(book.sheet("付款明细", HEADINGS, _WIDTHS), transfers)
    summary = book.sheet("汇总", ("笔数", "合计金额（元）"), (16, 24))
    summary.row((len(transfers), total))
    book.close()


def _rows(table: Table, transfers: Iterable[Transfer]) -> None:
    for one in transfers:
        table.row(
            (
                one.number,
                one.account_name,
                one.account_number,
                one.bank_name,
                Decimal(one.amount_fen).scaleb(-2),
                one.purpose,
            )
        )


# ---------------------------------------------------------------- what comes back

COLUMNS = (
    Column("number", ("付款编号", "业务编号", "客户业务编号", "payment number"), required=True),
    Column("amount", ("金额", "付款金额", "交易金额", "转账金额", "amount"), required=True),
    Column("outcome", ("处理结果", "付款结果", "交易结果", "结果", "交易状态", "状态", "result"),
           required=True),
    Column("account", ("收款账号", "收款账户", "收款人账号", "账号", "account")),
    Column("reference", ("拨付凭证号", "银行流水号", "交易流水号", "凭证号", "reference")),
    Column("reason", ("退回原因", "失败原因", "原因", "reason")),
)  # fmt: skip
TEMPLATE = ("付款编号", "收款账号", "金额（元）", "处理结果", "拨付凭证号", "退回原因")
"""Headings of the template of a result file."""

_GOOD = frozenset(
    (
        "成功",
        "付款成功",
        "交易成功",
        "已付",
        "已付款",
        "已到账",
        "支付成功",
        "success",
        "ok",
        "paid",
    )
)
_BAD = frozenset(
    ("失败", "付款失败", "交易失败", "退回", "退票", "已退回", "支付失败", "failed", "bounced")
)
_MOST_FEN = 10**15


@dataclass(frozen=True, slots=True)
class Row:
    """What the bank says of one payment. `account` is empty where the file has none."""

    row: int
    number: str
    amount_fen: int
    account: str
    succeeded: bool
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """One row as it was read: what it says, or its faults, each {sheet, row, column, value, zh,
    en}."""

    number: int
    cells: Sequence[Cell]
    row: Row | None
    faults: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """The sheet of a file that holds results: headings as written, height, and rows, read once."""

    sheet: str
    titles: tuple[str, ...]
    height: int
    rows: Iterator[Read]


def read_results(sheets: Iterable[Sheet], name: str) -> Results:
    """The results in the sheets of a file. SheetError when none has the columns needed."""
    mistake: HeadingError | None = None
    for sheet in sheets:
        try:
            heading, first = find_heading(sheet.rows, COLUMNS)
        except HeadingError as error:
            mistake = error if mistake is None or error.known > mistake.known else mistake
            continue
        rows = _read(sheet.name, heading, first, sheet.rows)
        return Results(sheet.name, heading.titles, sheet.height, rows)
    why = mistake.message if mistake else Text("没有工作表。", "there is no sheet.")
    raise SheetError(f"{name}：{why.zh}", f"{name}: {why.en}")


def _read(
    sheet: str,
    heading: Heading,
    first: Sequence[tuple[int, list[Cell]]],
    rest: Iterator[tuple[int, list[Cell]]],
) -> Iterator[Read]:
    for source in (first, rest):
        for number, cells in source:
            if blank_row(cells):
                continue
            reader = _Reader(sheet, heading, number, cells)
            read = reader.read()
            if read is not None:
                yield read


class _Reader:
    """Reads one row."""

    def __init__(self, sheet: str, heading: Heading, number: int, cells: list[Cell]) -> None:
        self.sheet, self.heading, self.number, self.cells = sheet, heading, number, cells
        self.faults: list[dict[str, Any]] = []

    def read(self) -> Read | None:
        """What the row says; None for the line of totals that our own file ends with."""
        number = self._text("number").upper().replace(" ", "")
        if number == _TOTAL:
            return None
        if not number and not self.faults:
            self._fault("number", "没有付款编号。请照付款文件填写，如 ZF2026-0000123。",
                        "has no payment number. Copy it from the payment file.")  # fmt: skip
        fen = self._amount()
        account = self._account()
        succeeded = self._outcome()
        reference = self._text("reference")[:60]
        reason = self._text("reason")[:200]
        if succeeded and not reference:
            self._fault("reference", "付款成功而没有凭证号。请填写银行的流水号或凭证号。",
                        "a payment that went through needs the bank's reference.")  # fmt: skip
        if succeeded is False and not reason:
            self._fault("reason", "付款失败而没有原因。请填写银行退回的原因。",
                        "a payment that failed needs the reason, to be mended.")  # fmt: skip
        if self.faults or succeeded is None or fen is None:
            return Read(self.number, self.cells, None, tuple(self.faults))
        row = Row(self.number, number[:40], fen, account, succeeded, reference, reason)
        return Read(self.number, self.cells, row)

    def _cell(self, column: str) -> Cell:
        place = self.heading.places.get(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def _text(self, column: str) -> str:
        try:
            return text_of(self._cell(column))
        except CellError as error:
            self._fault(column, error.message.zh, error.message.en)
            return ""

    def _account(self) -> str:
        try:
            return plain_account(code_of(self._cell("account")))
        except CellError as error:
            self._fault("account", error.message.zh, error.message.en)
            return ""

    def _amount(self) -> int | None:
        cell = self._cell("amount")
        if isinstance(cell, str) and not isinstance(cell, Broken):
            cell = text_of(cell).replace(",", "").strip("¥￥元 ")
        try:
            number = number_of(cell, 6)
        except CellError as error:
            self._fault("amount", error.message.zh, error.message.en)
            return None
        if number is None:
            self._fault("amount", "没有金额。请填写银行实际处理的金额，单位元。",
                        "has no amount. Give the amount in yuan.")  # fmt: skip
            return None
        fen = number * 100
        if fen != int(fen) or not 0 < fen < _MOST_FEN:
            self._fault("amount", f"{quoted(cell)}须大于 0，最多两位小数。请核对金额，单位元。",
                        f"{quoted(cell)} must be above 0 with two decimals at most.")  # fmt: skip
            return None
        return int(fen)

    def _outcome(self) -> bool | None:
        said = self._text("outcome").lower().replace(" ", "")
        if said in _GOOD or said in _BAD:
            return said in _GOOD
        if not any(fault["field"] == "outcome" for fault in self.faults):
            self._fault("outcome", f"{quoted(said)}看不出是否付成。请写“成功”或“失败”；"
                        "仍在处理中的行请先删去，有结果后再导入。",
                        f"{quoted(said)} does not say whether it was paid. Write 成功 or"
                        " 失败; leave out rows still in work.")  # fmt: skip
        return None

    def _fault(self, column: str, zh: str, en: str) -> None:
        place = self.heading.places.get(column)
        title = self.heading.titles[place] if place is not None else ""
        value = written(self._cell(column))[:80]
        where = "" if place is None else f"{column_name(place)} {title}".strip()
        self.faults.append(
            {"sheet": self.sheet, "row": self.number, "field": column, "column": where,
             "value": value, "zh": zh, "en": en}
        )  # fmt: skip


def plain_account(text: str) -> str:
    """An account number as it is compared: half-width, without blanks and dashes."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in shown if sign.isalnum()).upper()


def faults_of(reads: Iterable[Read]) -> list[Mapping[str, Any]]:
    """All faults of some rows."""
    return [fault for read in reads for fault in read.faults]
