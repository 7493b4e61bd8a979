"""Payments in the demo province: a batch that was sent and answered, with one sent back and one row
that does not match; a batch that is still being made."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.core.bank import TEMPLATE
from dengta.funding.actions import batches, results
from dengta.funding.models import Payment
from dengta.funding.queries.payments import Choice, ready
from dengta.trail.actions import keep_document

PROVINCE = "420000"
MOST = 12
"""Payments of the batch that was answered, at most."""


class Province(Protocol):
    """What is needed of the province under construction."""

    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def payer(self) -> Actor:
        """Who checks and sends what another has made."""


def fill(province: Province) -> None:
    """Pay what is ready; nothing where there is too little."""
    maker, sender, at = province.officials["province", PROVINCE], province.payer(), province.at
    waiting = list(ready(PROVINCE).filter(ready_at__lte=at(14)).values_list("pk", flat=True))
    if len(waiting) < 4:
        return
    half = waiting[: min(MOST, len(waiting) // 2 + 1)]
    made = batches.make(
        maker, Choice(instalments=tuple(half)), title="本月第一批（演示）", key="demo/1", at=at(14)
    ).batch
    batches.send(made, sender, at=at(13))
    payments = list(made.payments.select_related("batch").order_by("pk"))
    file = SimpleUploadedFile("银行回单（演示）.csv", _answer(payments), content_type="text/csv")
    results.record(made, sender, keep_document(file, by=sender), at=at(9))
    rest = waiting[len(half) : len(half) + 3]
    batches.make(
        maker, Choice(instalments=tuple(rest)), title="本月第二批（演示）", key="demo/2", at=at(1)
    )


def _answer(payments: Sequence[Payment]) -> bytes:
    """What the bank says: the first comes back, the last is not answered yet, one row is not ours,
    all others went through."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(TEMPLATE)
    for turn, one in enumerate(payments[:-1]):
        fen, account = one.transfer_fen, one.account_number
        amount = f"{fen // 100}.{fen % 100:02d}"
        if turn == 0:
            writer.writerow((one.number, account, amount, "失败", "", "收款人户名与账号不符"))
        else:
            writer.writerow((one.number, account, amount, "成功", f"YH{one.pk:010d}", ""))
    writer.writerow(("ZF2020-0000001", "6222000000000000", "1000.00", "成功", "YH999", ""))
    return text.getvalue().encode("utf-8-sig")
