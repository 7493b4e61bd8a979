"""A claim paid in one go: the batch, the payment and the bank's answer, in tests only."""

from __future__ import annotations

import datetime as dt
import sys

import django

if __name__ == "__main__":
    django.setup()

from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.funding.actions import reserving
from dengta.funding.models import Claim, Payment, PaymentBatch
from dengta.funding.queries.budgets import payable_code
from dengta.ledger import actions as ledger
from dengta.trail.actions import advance, begin

OFFICE = Actor(0, "省经信厅", "province", "420000")
BANK = "bank/outgoing"


def pay_claim(claim: Claim, *, at: dt.datetime) -> Payment:
    """Order, settle and pay every instalment of an approved claim."""
    batch = PaymentBatch(
        title=f"拨付 {claim.number}", region_code="420000", key=f"test/{claim.pk}", created_at=at
    )
    begin(batch, by=OFFICE, at=at)
    payment = Payment(
        batch=batch, organisation=claim.payee, account_name=claim.payee.name,
        account_number="6200000000000001", bank_name="", amount_fen=claim.approved_fen or 0,
        created_at=at,
    )  # fmt: skip
    begin(payment, by=OFFICE, at=at)
    claim.refresh_from_db()
    advance(claim, "order", by=SYSTEM, at=at)
    for instalment in claim.instalments.all():
        reserving.settle(instalment, at=at)
    claim.instalments.update(payment=payment, settled_at=at)
    advance(payment, "send", by=OFFICE, at=at)
    ledger.open_account(BANK, "已付出资金", at=at)
    ledger.post(
        ledger.Entry(
            key=f"pay/{payment.number}", debit=payable_code(claim.payee.uscc), credit=BANK,
            amount_fen=payment.amount_fen, kind="pay", about=claim.number,
        ),
        at=at,
    )  # fmt: skip
    advance(payment, "pay", by=OFFICE, at=at,
            evidence={"paid_at": at, "bank_reference": "BF1"})  # fmt: skip
    claim.instalments.update(paid_at=at)
    advance(claim, "pay", by=SYSTEM, at=at)
    return payment


def main() -> None:
    """Pay whatever was redeemed of the voucher whose number is given."""
    voucher = int(sys.argv[1].rpartition("-")[2])
    for claim in Claim.objects.filter(voucher=voucher, state="approved"):
        pay_claim(claim, at=timezone.now())


if __name__ == "__main__":
    main()
