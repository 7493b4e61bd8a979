"""What an overturned clawback refunds, when a payment from which something was kept for it comes
back: that part is paid anew with the payment, so it is not refunded as well."""

from __future__ import annotations

import datetime as dt

from dengta.accounts.queries import SYSTEM
from dengta.core.money import yuan
from dengta.funding.actions.collecting import set_off_key
from dengta.funding.actions.telling import tell_party
from dengta.funding.models import Clawback, Payment
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.clawbacks import receivable_code, refund_due, refunds_owed
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.trail.actions import advance


def lessen(payment: Payment, *, at: dt.datetime) -> int:
    """Refund no more what was kept from a payment, where that is still to be refunded; how much, in
    分. What was refunded already stays with the payee. Called in the transaction that records that
    the payment came back. Idempotent."""
    done = 0
    cases = Clawback.objects.filter(organisation=payment.organisation_id, state="overturned")
    for case in cases.select_for_update().order_by("pk"):
        there = books.standing(set_off_key(payment, case))
        if there is not None and there.state == "posted":
            _less(case, payment, there, at)
            done += there.amount_fen
    return done


def _less(case: Clawback, payment: Payment, there: books.Standing, at: dt.datetime) -> None:
    """A case of which nothing else is to be refunded is over."""
    left, uscc = refund_due(case) - there.amount_fen, case.organisation.uscc
    event = advance(
        case, "lessen", by=SYSTEM, at=at,
        note=f"付款 {payment.number} 被银行退回，从中抵扣的 {yuan(there.amount_fen)} 元随该款项"
        f"重新拨付，不再另行退还；还应退 {yuan(left)} 元。",
        reasons={"key": there.key, "fen": there.amount_fen},
    )  # fmt: skip
    before = [one.key for one in refunds_owed(case)]
    if left:
        entry = ledger.Entry(
            key=f"overturned/{case.number}/{payment.number}", debit=receivable_code(uscc),
            credit=payable_code(uscc), amount_fen=left, kind="overturn", about=case.number,
        )  # fmt: skip
        ledger.post(entry, at=at)
    ledger.reverse_many([there.key, *before], at=at)
    tell_party(case, event)
    if not left:
        advance(case, "clear", by=SYSTEM, at=at)
