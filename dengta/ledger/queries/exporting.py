"""The whole ledger to take away: as Beancount text that anybody can check, or as a workbook.

Both are written row by row and show one moment; memory does not grow with the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from django.db.models import Max, Min
from django.utils import timezone

from dengta.core import beancount
from dengta.core.outgoing import SheetTable, Workbook
from dengta.core.shapes import Text
from dengta.core.sheets import Cell
from dengta.ledger.models import Account, Transfer
from dengta.ledger.queries.snapshot import one_moment
from dengta.ledger.queries.statements import Statement

Form = Literal["beancount", "xlsx"]

FORMS: Final = {
    "beancount": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The forms the ledger can be taken away in, with their media types."""

SHEET_ROWS: Final = 1_000_000
"""Transfers on one sheet of a workbook, which holds 1,048,576 rows."""

NAME: Final = Text("账本", "Ledger")

_AT_ONCE: Final = 5000


def transfer_count() -> int:
    """How many transfers the ledger has."""
    return Transfer.objects.count()


def write_ledger(form: Form, path: Path, language: str = "zh") -> int:
    """Write the whole ledger to a file; returns how many transfers it has."""
    with one_moment():
        return _write_text(path) if form == "beancount" else _write_workbook(path, language)


def _write_text(path: Path) -> int:
    days = Transfer.objects.aggregate(first=Min("booked_at"), last=Max("booked_at"))
    opened = Account.objects.aggregate(first=Min("opened_at"), last=Max("opened_at"))
    known = [moment for moment in (*days.values(), *opened.values()) if moment]
    first = timezone.localdate(min(known)) if known else dt.date(1970, 1, 1)
    last = timezone.localdate(max(known)) if known else first
    booked = timezone.localdate(days["first"]) if days["first"] else last
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(beancount.head(NAME.zh, _accounts(), booked))
        count = 0
        for entry in beancount.entries(_transfers()):
            file.write(entry)
            count += 1
        below = beancount.sums_below(_accounts())
        file.writelines(beancount.tail(_accounts(), last, below))
    return count


def _accounts() -> Iterator[beancount.Account]:
    rows = Account.objects.order_by("code").values_list(
        "code", "name", "guard", "opened_at", "debits_posted_fen", "credits_posted_fen"
    )
    for code, name, guard, opened_at, debits, credits in rows.iterator(_AT_ONCE):
        yield beancount.Account(code, name, guard, timezone.localdate(opened_at), debits, credits)


def _transfers() -> Iterator[beancount.Transfer]:
    rows = Transfer.objects.order_by("id").values_list(
        "key", "step", "debit__code", "credit__code", "amount_fen", "of__key", "linked", "kind",
        "memo", "about", "booked_at",
    )  # fmt: skip
    zone = timezone.get_current_timezone()
    for row in rows.iterator(_AT_ONCE):
        yield beancount.Transfer(
            row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6], row[7], row[8], row[9],
            row[10].astimezone(zone),
        )  # fmt: skip


# ---------------------------------------------------------------- workbooks

_ACCOUNT: Final = (
    Text("账户编码", "Account"),
    Text("名称", "Name"),
    Text("借方预留（元）", "Debits pending (yuan)"),
    Text("借方入账（元）", "Debits posted (yuan)"),
    Text("贷方预留（元）", "Credits pending (yuan)"),
    Text("贷方入账（元）", "Credits posted (yuan)"),
    Text("余额（元）", "Balance (yuan)"),
)
_TRANSFER: Final = (
    Text("记账时间", "Booked at"),
    Text("交易唯一键", "Key"),
    Text("转账类型", "Step"),
    Text("借方", "Debit"),
    Text("贷方", "Credit"),
    Text("金额（元）", "Amount (yuan)"),
    Text("原转账", "Of"),
    Text("业务类型", "Kind"),
    Text("转账摘要", "Memo"),
    Text("业务对象", "About"),
)
_LINE: Final = (
    Text("记账时间", "Booked at"),
    Text("账户编码", "Account"),
    Text("转账类型", "Step"),
    Text("对方账户", "Counterpart"),
    Text("对方名称", "Name of the counterpart"),
    Text("借方（元）", "Debit (yuan)"),
    Text("贷方（元）", "Credit (yuan)"),
    Text("预留变化（元）", "Change in reserve (yuan)"),
    Text("余额（元）", "Balance (yuan)"),
    Text("业务类型", "Kind"),
    Text("业务对象", "About"),
    Text("交易唯一键", "Key"),
)
_POSITION: Final = (
    Text("账户编码", "Account"),
    Text("名称", "Name"),
    Text("期初余额（元）", "Opening (yuan)"),
    Text("借方入账（元）", "Debits posted (yuan)"),
    Text("贷方入账（元）", "Credits posted (yuan)"),
    Text("期末余额（元）", "Closing (yuan)"),
)
STEPS: Final = {
    "post": Text("入账", "posted"),
    "reserve": Text("预留", "set aside"),
    "settle": Text("结算", "settled"),
    "release": Text("退回预留", "given back"),
    "reverse": Text("冲回", "taken back"),
}
"""What a step of a transfer is called."""


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _headed(book: Workbook, title: Text, headings: tuple[Text, ...], language: str) -> SheetTable:
    return book.sheet(
        title.said(language), [heading.said(language) for heading in headings], (20, 34, 18)
    )


def _write_workbook(path: Path, language: str) -> int:
    book = Workbook(path)
    table = _headed(book, Text("账户", "Accounts"), _ACCOUNT, language)
    totals = ("debits_pending_fen", "debits_posted_fen", "credits_pending_fen",
              "credits_posted_fen")  # fmt: skip
    accounts = Account.objects.order_by("code").values_list("code", "name", *totals)
    for code, name, *sums in accounts.iterator(_AT_ONCE):
        table.row([code, name, *map(_yuan, sums), _yuan(sums[3] - sums[1])])
    count = 0
    for count, one in enumerate(_transfers(), 1):
        if count % SHEET_ROWS == 1:
            table = _headed(book, Text("转账", "Transfers"), _TRANSFER, language)
        cells: list[Cell] = [
            one.booked_at, one.key, STEPS[one.step].said(language), one.debit, one.credit,
            _yuan(one.amount_fen), one.of, one.kind, one.memo, one.about,
        ]  # fmt: skip
        table.row(cells)
    book.close()
    return count


def write_statement(found: Statement, path: Path, language: str = "zh") -> None:
    """Write a statement to a workbook: where each account began and ended, and its lines."""
    book = Workbook(path)
    table = _headed(book, Text("账户", "Accounts"), _POSITION, language)
    for one in found.positions:
        sums = (one.opening_fen, one.debits_fen, one.credits_fen, one.closing_fen)
        table.row([one.code, one.name, *map(_yuan, sums)])
    table = _headed(book, Text("对账单", "Statement"), _LINE, language)
    for line in found.lines:
        sums = (line.debit_fen, line.credit_fen, line.reserved_fen, line.balance_fen)
        cells: list[Cell] = [
            timezone.localtime(line.booked_at), line.account, STEPS[line.step].said(language),
            line.counterpart, line.counterpart_name, *map(_yuan, sums), line.kind, line.about,
            line.key,
        ]  # fmt: skip
        table.row(cells)
    book.close()
