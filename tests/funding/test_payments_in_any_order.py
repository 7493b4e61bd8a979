"""Batches and what banks answer, in any order and however often: each instalment is paid at most
once, nobody is paid more than is owed, and what bounced can be paid again."""

from __future__ import annotations

import pytest
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from dengta.core.bank import Row
from dengta.funding.actions import batches, payments, results
from dengta.funding.models import Claim, Instalment, Payment, PaymentBatch
from dengta.funding.queries.payments import Choice, reconciliation
from dengta.ledger import queries as books
from dengta.trail.models import Document
from tests.cast import MOMENT, WAN, Cast
from tests.funding.payments_cast import answer, approved, colleague
from tests.funding.playing import Play, play

PICK = st.integers(0, 9)


class AnyOrder(Play):
    """Everything that offices, banks and payees may do, against what must hold."""

    @initialize()
    def begin(self) -> None:
        self.enter()
        self.cast, self.files = Cast(), 0
        self.firms = [self.cast.firm, self.cast.rival]
        for n in range(4):
            approved(self.cast, self.firms[n % 2], "pilot-advance", amount_fen=WAN + 10 * n + 1)
        self.maker, self.sender = self.cast.city, colleague(self.cast, self.cast.city)
        self.paid: dict[int, int] = {}
        self.document: Document = answer(by=self.maker)

    @rule(pick=PICK, vendor=st.booleans(), few=st.booleans())
    def make(self, pick: int, vendor: bool, few: bool) -> None:
        chosen = (self.one(Instalment.objects, pick).pk,) if few else ()
        self.attempt(
            batches.make, self.maker, Choice(instalments=chosen, by_vendor=vendor and pick > 6),
            title="", key=str(PaymentBatch.objects.count()), at=MOMENT,
        )  # fmt: skip

    @rule(pick=PICK)
    def send(self, pick: int) -> None:
        batch = self.one(PaymentBatch.objects, pick)
        if batch:
            self.attempt(batches.send, batch, self.sender, at=MOMENT)

    @rule(pick=PICK)
    def drop(self, pick: int) -> None:
        payment = self.one(Payment.objects, pick)
        if payment:
            self.attempt(batches.drop, payment, self.maker, note="重列", at=MOMENT)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        batch = self.one(PaymentBatch.objects, pick)
        if batch and pick > 5:
            self.attempt(batches.cancel, batch, self.maker, note="重列", at=MOMENT)

    @rule(pick=PICK)
    def accepted(self, pick: int) -> None:
        """The second part may be paid from now on."""
        Instalment.objects.filter(pk=self.one(Instalment.objects, pick).pk).update(ready_at=MOMENT)

    @rule(
        picks=st.lists(st.tuples(PICK, st.booleans(), st.integers(0, 3)), min_size=1, max_size=4),
        old=st.booleans(),
    )
    @precondition(lambda self: Payment.objects.exists())
    def answered(self, picks: list[tuple[int, bool, int]], old: bool) -> None:
        """A file comes, a new one or one that came before; rows may be wrong, or come twice."""
        if not old or not self.files:
            self.files += 1
            self.document = answer({"付款编号": str(self.files)}, by=self.maker)
        rows, batch = [], None
        for n, (pick, good, off) in enumerate(picks, 2):
            payment = self.one(Payment.objects, pick)
            batch = batch or payment.batch
            rows.append(Row(n, payment.number, payment.transfer_fen + (off == 0), "", good,
                            "YH" if good else "", "" if good else "户名不符"))  # fmt: skip
        assert batch is not None
        if batch.sent_at is not None:
            results.take_rows(batch, self.maker, self.document, rows, results.Taken(), at=MOMENT)

    @rule(pick=PICK)
    def mend(self, pick: int) -> None:
        payment = self.one(Payment.objects, pick)
        if payment is None:
            return
        firm = next(one for one in self.firms if one.organisation.pk == payment.organisation_id)
        self.attempt(
            payments.mend_account, payment, firm.actor, account_name=firm.organisation.name,
            account_number="6228480000001234", bank_name="农业银行", at=MOMENT,
        )  # fmt: skip

    @invariant()
    def the_books_say_what_the_bank_did(self) -> None:
        if not hasattr(self, "paid"):
            return
        bank = books.balance("bank/outgoing")
        out = bank.credits_posted_fen if bank else 0
        done = Payment.objects.filter(state="paid").aggregate(fen=Sum("amount_fen"))["fen"] or 0
        parts = Instalment.objects.filter(paid_at__isnull=False)
        assert out == done == (parts.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
        for firm in self.firms:
            owed = books.balance(f"payable/{firm.organisation.uscc}")
            assert owed is not None and owed.credits_posted_fen >= owed.debits_posted_fen
        now = dict(parts.values_list("pk", "payment_id"))
        assert self.paid.items() <= now.items()
        self.paid = now

    @invariant()
    def what_stands_in_a_payment_is_what_it_pays(self) -> None:
        if not hasattr(self, "paid"):
            return
        parts = Instalment.objects.exclude(payment=None).order_by()
        held = dict(parts.values_list("payment").annotate(fen=Sum("amount_fen")))
        live = Payment.objects.filter(state__in=("listed", "sent", "paid"))
        for pk, fen in live.values_list("pk", "amount_fen"):
            assert held.get(pk) == fen
        free = Payment.objects.filter(state__in=("dropped", "bounced", "mended"))
        assert not Instalment.objects.filter(payment__in=free).exists()
        of_claim: dict[int, list[tuple[str | None, bool]]] = {}
        for pk, at, paid in Instalment.objects.values_list("claim", "payment__state", "paid_at"):
            of_claim.setdefault(pk, []).append((at, paid is not None))
        for pk, state in Claim.objects.values_list("pk", "state"):
            at_bank = any(at == "sent" for at, _ in of_claim[pk])
            whole = all(paid for _, paid in of_claim[pk])
            assert state == ("paying" if at_bank else "paid" if whole else "approved")
        for batch in PaymentBatch.objects.filter(sent_at__isnull=False):
            sums = reconciliation(batch)
            assert sums.sent.fen == sums.paid.fen + sums.bounced.fen + sums.waiting.fen
            assert (batch.state == "closed") == (sums.waiting.count == 0)


@pytest.mark.django_db
def test_in_any_order_each_instalment_is_paid_once_and_the_books_agree() -> None:
    play(AnyOrder, examples=12, steps=20)
