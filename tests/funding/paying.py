"""A claim paid in one go: the batch, the payment and the bank's answer, in tests only."""

from __future__ import annotations

import datetime as dt
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "dengta.settings"
    django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.bank import TEMPLATE
from dengta.funding.actions import batches, results
from dengta.funding.models import Claim, Payment
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.payments import Choice
from dengta.registry.queries import division_of
from dengta.trail.actions import keep_document

PROVINCE = Actor(0, "省经信厅", "province", "420000")


def pay_claim(claim: Claim, *, at: dt.datetime) -> Payment:
    """Put every instalment of an approved claim into a batch, send it, and record that the bank
    has paid."""
    Claim.objects.filter(pk=claim.pk, bank_name="").update(
        account_name=claim.payee.name, account_number="6200000000000001", bank_name="建设银行"
    )
    office = PROVINCE
    if scheme_of(claim.scheme).deciding != "province":
        office = Actor(0, "市经信局", "city", division_of(claim.case_region))
    chosen = Choice(instalments=tuple(claim.instalments.values_list("pk", flat=True)))
    batch = batches.make(
        office, chosen, title=f"拨付 {claim.number}", key=f"test/{claim.pk}", at=at
    ).batch
    batches.send(batch, office, note="由一人办理", at=at)
    payment = batch.payments.get()
    fen = payment.transfer_fen
    said = (payment.number, payment.account_number, f"{fen // 100}.{fen % 100:02d}", "成功",
            f"YH{payment.pk:010d}", "")  # fmt: skip
    rows = "\r\n".join(",".join(row) for row in (TEMPLATE, said))
    file = SimpleUploadedFile("回单.csv", rows.encode("utf-8-sig"), content_type="text/csv")
    results.record(batch, office, keep_document(file, by=office), at=at)
    claim.refresh_from_db()
    payment.refresh_from_db()
    return payment


def main() -> None:
    """Pay whatever was redeemed of the voucher whose number is given."""
    voucher = int(sys.argv[1].rpartition("-")[2])
    for claim in Claim.objects.filter(voucher=voucher, state="approved"):
        pay_claim(claim, at=timezone.now())


if __name__ == "__main__":
    main()
