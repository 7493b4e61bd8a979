"""Set-off, decisions overturned, refunds, and banks that send money back, in any order: a firm has
what was paid to it, less what it paid back, and is owed the rest, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
)

from dengta.funding.actions import batches, collecting, late_returns, payments, results
from dengta.funding.models import Clawback, Instalment, Payment, PaymentBatch, Repayment
from dengta.funding.queries.clawbacks import came_in, refund_due
from dengta.funding.queries.payments import Choice
from dengta.ledger import queries as books
from tests.cast import WAN, Cast
from tests.funding.clawback_cast import FINAL, clawback, paid_claim
from tests.funding.payments_cast import answer, approved, bad, colleague, good, payments_of
from tests.funding.playing import Play, play

PICK = st.integers(0, 9)


class AnyOrder(Play):
    """One firm, its office, the bank, and the province that reviews what was decided."""

    @initialize()
    def begin(self) -> None:
        self.enter()
        self.cast = Cast()
        self.firm, self.maker = self.cast.firm, self.cast.province
        self.sender = colleague(self.cast, self.maker)
        self.chief = self.cast.official("chief", "province", "420000")
        for fen in (5 * WAN + 1, 7 * WAN):
            approved(self.cast, self.firm, amount_fen=fen)
        self.owes(3)
        self.pay(sound=True, together=False)

    @rule(wan=st.integers(1, 8))
    def owes(self, wan: int) -> None:
        """A decision is final by which so much is kept from what comes."""
        if Clawback.objects.count() < 2:
            claim = paid_claim(self.cast, fen=8 * WAN)
            clawback(
                self.cast, "collecting", claim, wan * WAN, with_interest=False, set_off=True
            )  # fmt: skip

    @rule(sound=st.booleans(), together=st.booleans())
    def pay(self, sound: bool, together: bool) -> None:
        """Accounts are mended; what waits is sent, as one batch or only its first, and the bank
        answers."""
        for payment in Payment.objects.filter(state="bounced"):
            payments.mend_account(
                payment, self.firm.actor, bank_name="农业银行", at=FINAL,
                account_name=self.firm.organisation.name, account_number="6228480000001234",
            )  # fmt: skip
        free = Instalment.objects.filter(claim__scheme="scenario-reward", payment=None)
        ids = tuple(free.order_by("pk").values_list("pk", flat=True))
        if ids:
            self.attempt(self.paid, ids if together else ids[:1], sound)

    def paid(self, ids: tuple[int, ...], sound: bool) -> None:
        key = str(PaymentBatch.objects.count())
        made = batches.make(self.maker, Choice(instalments=ids), title="", key=key, at=FINAL).batch
        batches.send(made, self.sender, at=FINAL)
        rows = [(good if sound else bad)(one) for one in payments_of(made) if one.state == "sent"]
        if rows:
            results.record(made, self.maker, answer(*rows, by=self.maker, name=key), at=FINAL)

    @rule(pick=PICK)
    def returned(self, pick: int) -> None:
        payment = self.one(Payment.objects.filter(state="paid"), pick)
        if payment:
            self.attempt(
                late_returns.record_return, payment, self.maker, slip=f"TH{payment.pk}",
                reason="销户", at=FINAL,
            )  # fmt: skip

    @rule(pick=PICK, at_once=st.booleans())
    def overturned(self, pick: int, at_once: bool) -> None:
        """A decision is taken back; what came in for it is refunded at once or later."""
        live = Clawback.objects.filter(state__in=("collecting", "closed"))
        case = self.one(live, pick)
        if case:
            self.attempt(collecting.overturn, case, self.chief, note="撤销", at=FINAL)
        if at_once:
            self.refunded(pick)

    @rule(pick=PICK)
    def refunded(self, pick: int) -> None:
        case = self.one(Clawback.objects.filter(state="overturned"), pick)
        if case:
            self.attempt(collecting.refund, case, self.cast.city, slip=f"T{case.pk}", at=FINAL)

    @rule(pick=PICK, fen=st.integers(1, 2 * WAN))
    def repaid(self, pick: int, fen: int) -> None:
        case = self.one(Clawback.objects, pick)
        if case:
            slip = f"S{case.pk}-{fen}"
            self.attempt(
                collecting.repay, case, self.cast.city, amount_fen=fen, slip=slip, at=FINAL
            )  # fmt: skip

    @invariant()
    def the_firm_has_and_is_owed_what_the_record_says(self) -> None:
        if not hasattr(self, "firm"):
            return
        cases = list(Clawback.objects.select_related("organisation"))
        live = [one for one in cases if one.state in ("collecting", "closed")]
        came = sum(one.fen for case in live for one in came_in(case))
        refunds = sum(refund_due(case) for case in cases if case.state == "overturned")
        parts = Instalment.objects.filter(settled_at__isnull=False)
        paid = total(parts.filter(paid_at__isnull=False), "amount_fen")
        assert net("bank/outgoing") + net("bank/incoming") == paid - came - refunds
        uscc = self.firm.organisation.uscc
        assert net(f"payable/{uscc}") == total(parts.filter(paid_at=None), "amount_fen") + refunds
        rows = Repayment.objects.filter(clawback__state="collecting")
        left = total(rows, "amount_fen") - total(rows, "paid_fen")
        assert net(f"receivable/{uscc}") == -left


def total(rows: Any, field: str) -> int:
    """The sum of a column, in 分."""
    return rows.aggregate(fen=Sum(field))["fen"] or 0


def net(code: str) -> int:
    """What an account was credited beyond what it was debited, in 分."""
    found = books.balance(code)
    return found.credits_posted_fen - found.debits_posted_fen if found else 0


@pytest.mark.django_db
def test_in_any_order_nothing_is_paid_or_refunded_twice_and_the_books_agree() -> None:
    play(AnyOrder, examples=10, steps=8)
