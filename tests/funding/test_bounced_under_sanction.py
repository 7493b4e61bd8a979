"""The bank sends a payment back while a sanction is on: what is not to be paid is cancelled, what
waits says for what, and an office can end it."""

from __future__ import annotations

import pytest
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.funding.actions import batches, endings, payments, results
from dengta.funding.actions.late_returns import record_return
from dengta.funding.models import Claim, Payment
from dengta.funding.queries.payments import Choice, reconciliation
from dengta.ledger import queries as books
from dengta.registry.models import Sanction
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.clawback_cast import FINAL, clawback
from tests.funding.payments_cast import (
    answer,
    approved,
    bad,
    colleague,
    good,
    instalment,
    payments_of,
    sent,
)

PART = "pilot-advance"


def answered(cast: Cast, claim: Claim, ordinal: int, *, sound: bool) -> Payment:
    """The payment of a part of a claim, sent by its city, that the bank paid or sent back."""
    claim.instalments.filter(ordinal=ordinal).update(ready_at=MOMENT)
    made = sent(cast, cast.city, instalments=(instalment(claim, ordinal).pk,))
    (payment,) = payments_of(made)
    row = good(payment) if sound else bad(payment, "账户已销户")
    results.record(made, cast.city, answer(row, by=cast.city), at=MOMENT)
    claim.refresh_from_db(), payment.refresh_from_db()
    return payment


def barred(claim: Claim, days: int = 30) -> Sanction:
    return Sanction.objects.create(
        organisation=claim.payee, grounds="虚报", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY + days * ONE_DAY, source="other", source_id=1, at=MOMENT,
    )  # fmt: skip


def owed(claim: Claim) -> int:
    found = books.balance(f"payable/{claim.payee.uscc}")
    assert found is not None
    return found.credits_posted_fen - found.debits_posted_fen


def shown(cast: Cast, acting: Actor, address: str) -> str:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("late", [False, True])
def test_what_comes_back_of_a_claim_whose_clawback_bars_its_payee_is_cancelled(
    cast: Cast, late: bool
) -> None:
    claim = approved(cast, cast.firm, PART, amount_fen=10 * WAN)
    answered(cast, claim, 1, sound=True)
    claim.instalments.filter(ordinal=2).update(ready_at=MOMENT)
    made = sent(cast, cast.city, instalments=(instalment(claim, 2).pk,))
    (payment,) = payments_of(made)
    if late:
        results.record(made, cast.city, answer(good(payment), by=cast.city), at=MOMENT)
    clawback(cast, "collecting", claim, WAN, sanction_years=3)
    before = books.balance("pool/pilot-advance-2026")
    if late:
        payment.refresh_from_db()
        record_return(payment, cast.city, slip="TH1", reason="销户", at=FINAL)
    else:
        results.record(made, cast.city, answer(bad(payment), by=cast.city), at=FINAL)
    payment.refresh_from_db(), claim.refresh_from_db(), made.refresh_from_db()
    line = instalment(claim, 2)
    assert (payment.state, claim.state, line.cancelled_at) == ("ended", "paid", FINAL)
    assert owed(claim) == 0 and not books.recompute()
    after = books.balance("pool/pilot-advance-2026")
    assert before is not None and after is not None
    assert (after.left_fen or 0) > (before.left_fen or 0)
    assert reconciliation(made).bounced.count == 1 and made.state == "closed"
    told = Notice.objects.filter(event__flow="payment", user_id=cast.firm.actor.user_id)
    assert "不再拨付" in told.latest("pk").subject["zh"]
    assert not told.filter(event__step__in=("bounce", "return")).exists()
    page = shown(cast, cast.firm.actor, f"/enterprise/payments/{payment.pk}/")
    assert "更正收款账户</h2>" not in page


def test_under_a_sanction_for_another_matter_it_waits_says_why_and_is_free_at_its_end(
    cast: Cast,
) -> None:
    claim = approved(cast, cast.firm, PART, amount_fen=10 * WAN)
    held = barred(claim, days=2_000)
    held.delete()
    payment = answered(cast, claim, 1, sound=False)
    held.save(force_insert=True)
    for acting, desk in ((cast.city, "official"), (cast.firm.actor, "enterprise")):
        page = shown(cast, acting, f"/{desk}/payments/{payment.pk}/")
        assert held.document_number in page and "惩戒期满或解除后" in page
    payments.mend_account(
        payment, cast.firm.actor, account_name=cast.firm.organisation.name,
        account_number="6228480000001234", bank_name="农业银行", at=MOMENT,
    )  # fmt: skip
    assert held.document_number in shown(cast, cast.firm.actor, "/enterprise/payments/")
    with pytest.raises(StepRefused, match="惩戒期内"):
        batches.make(cast.city, Choice(), title="", key="a", at=MOMENT)
    Sanction.objects.update(until_date=DAY + ONE_DAY)
    batches.make(cast.city, Choice(), title="", key="b", at=MOMENT + 2 * ONE_DAY)
    assert instalment(claim).payment is not None


def test_an_office_ends_a_claim_of_which_nothing_was_paid(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    made = sent(cast)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(bad(payment), by=cast.province), at=MOMENT)
    payment.refresh_from_db()
    for who in (cast.city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            endings.end(payment, who, note="企业已注销", at=MOMENT)
    with pytest.raises(StepRefused, match="需要写明理由"):
        endings.end(payment, cast.province, note=" ", at=MOMENT)
    copy = Payment.objects.get(pk=payment.pk)
    endings.end(payment, cast.province, note="企业已注销", at=MOMENT)
    claim.refresh_from_db()
    assert (payment.state, claim.state, owed(claim)) == ("ended", "reversed", 0)
    assert not books.recompute()
    with pytest.raises(Moved):
        endings.end(copy, cast.province, note="企业已注销", at=MOMENT)


def test_of_a_claim_that_was_paid_in_part_only_the_rest_is_ended(cast: Cast) -> None:
    claim = approved(cast, cast.firm, PART, amount_fen=10 * WAN)
    answered(cast, claim, 1, sound=True)
    barred(claim).delete()
    payment = answered(cast, claim, 2, sound=False)
    barred(claim)
    client = Client()
    client.force_login(cast.user(cast.city), "django.contrib.auth.backends.ModelBackend")
    address = f"/official/payments/{payment.pk}/"
    assert f'action="{address}end/"' in client.get(address).content.decode()
    assert client.post(f"{address}end/", {"note": ""}).status_code == 422
    assert client.post(f"{address}end/", {"note": "惩戒期内，不再拨付"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, owed(claim)) == ("paid", 0) and not books.recompute()
    assert instalment(claim, 1).cancelled_at is None and instalment(claim, 2).cancelled_at
    assert Event.objects.get(flow="claim", step="finish").note.endswith("惩戒期内，不再拨付")


def test_what_stands_in_another_payment_by_now_is_not_ended(cast: Cast) -> None:
    claim = approved(cast, cast.firm, PART, amount_fen=10 * WAN)
    payment = answered(cast, claim, 1, sound=False)
    again = Choice(instalments=(instalment(claim).pk,))
    batches.make(cast.city, again, title="", key="again", at=MOMENT)
    with pytest.raises(StepRefused, match="已列入别的付款"):
        endings.end(payment, colleague(cast, cast.city), note="注销", at=MOMENT)
    assert Payment.objects.get(pk=payment.pk).state == "bounced"
