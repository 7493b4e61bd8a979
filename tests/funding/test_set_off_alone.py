"""A payee under a sanction is transferred nothing; what it owes is kept from what it is owed."""

from __future__ import annotations

import pytest
from django.test import Client

from dengta.funding.actions import batches, collecting, results
from dengta.funding.models import Claim, Clawback, Payment
from dengta.funding.queries import clawbacks as owing
from dengta.funding.queries.payments import Choice, only_set_off
from dengta.ledger import queries as books
from dengta.registry.models import Sanction
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.clawback_cast import FINAL, FINAL_DAY, clawback, paid_claim
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


def barred(claim: Claim, until: int = 300) -> Sanction:
    """The payee of a claim is under a sanction for so many days."""
    return Sanction.objects.create(
        organisation=claim.payee, grounds="虚报", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY + until * ONE_DAY, source="clawback", source_id=1, at=MOMENT,
    )  # fmt: skip


def owes(cast: Cast, fen: int = 20 * WAN) -> Clawback:
    """The firm owes so much, to be set off at once."""
    paid = paid_claim(cast, fen=fen)
    return clawback(cast, "collecting", paid, fen, with_interest=False, set_off=True)


def send(cast: Cast, **choice: object) -> Payment:
    """A batch of what may go, made and sent when the clawback is final; its only payment."""
    chosen = Choice(**choice)  # type: ignore[arg-type]
    made = batches.make(cast.province, chosen, title="", key=f"k{choice}", at=FINAL).batch
    batches.send(made, colleague(cast, cast.province), at=FINAL)
    (payment,) = payments_of(made)
    return payment


def ledger_said(payment: Payment) -> list[str]:
    """What was paid by the bank for a payment, by the ledger."""
    return [one.key for one in books.standings(payment.number) if one.key.startswith("pay/")]


def test_the_part_that_is_set_off_goes_and_the_rest_waits_until_the_sanction_ends(
    cast: Cast,
) -> None:
    case, claim = owes(cast), approved(cast, cast.firm)
    held = barred(claim)
    payment = send(cast)
    claim.refresh_from_db(), case.refresh_from_db()
    assert (payment.amount_fen, payment.transfer_fen, payment.state) == (20 * WAN, 0, "paid")
    assert (case.state, claim.state) == ("closed", "approved")
    first, rest = claim.instalments.order_by("ordinal")
    assert (first.amount_fen, first.paid_at, rest.amount_fen, rest.payment) == (
        20 * WAN, FINAL, 30 * WAN, None,
    )  # fmt: skip
    assert not ledger_said(payment)  # no money left the bank
    with pytest.raises(StepRefused, match="惩戒期内"):
        send(cast, payee=claim.payee_id)
    held.delete()
    made = batches.make(cast.province, Choice(), title="", key="later", at=FINAL).batch
    batches.send(made, colleague(cast, cast.province), at=FINAL)
    (transfer,) = payments_of(made)
    assert transfer.transfer_fen == 30 * WAN
    results.record(made, cast.province, answer(good(transfer), by=cast.province), at=FINAL)
    claim.refresh_from_db()
    assert claim.state == "paid" and not books.recompute()
    owed = books.balance(f"payable/{claim.payee.uscc}")
    assert owed is not None and owed.credits_posted_fen == owed.debits_posted_fen


def test_what_is_owed_for_two_claims_is_kept_from_the_first_and_the_second_stays_out(
    cast: Cast,
) -> None:
    owes(cast)
    claims = [approved(cast, cast.firm) for _ in range(2)]
    barred(claims[0])
    made = batches.make(cast.province, Choice(), title="", key="k", at=FINAL)
    assert [one.instalment.claim for one in made.left_out] == claims[1:]
    (listed,) = payments_of(made.batch)
    assert only_set_off([listed], FINAL_DAY) == {listed.pk: 20 * WAN}


def test_where_nothing_is_owed_any_more_the_batch_is_not_sent(cast: Cast) -> None:
    case, claim = owes(cast), approved(cast, cast.firm)
    barred(claim)
    made = batches.make(cast.province, Choice(), title="", key="k", at=FINAL).batch
    collecting.repay(case, cast.city, amount_fen=20 * WAN, slip="S1", at=FINAL)
    with pytest.raises(StepRefused, match="请先移出批次"):
        batches.send(made, colleague(cast, cast.province), at=FINAL)
    assert instalment(claim).amount_fen == 50 * WAN
    assert owing.set_off_due(claim.payee, FINAL_DAY) == 0


def test_what_the_bank_had_sent_back_before_is_divided_with_what_it_draws_on(cast: Cast) -> None:
    claim = approved(cast, cast.firm, "pilot-advance", amount_fen=100_001)
    claim.instalments.filter(ordinal=2).update(ready_at=MOMENT)
    made = sent(cast, cast.city)
    (payment,) = payments_of(made)
    results.record(made, cast.city, answer(bad(payment), by=cast.city), at=MOMENT)
    owes(cast, 33_333), barred(claim)
    chosen = Choice(instalments=tuple(claim.instalments.values_list("pk", flat=True)))
    made = batches.make(cast.city, chosen, title="", key="again", at=FINAL).batch
    before = books.balance("pool/pilot-advance-2026")
    batches.send(made, colleague(cast, cast.city), at=FINAL)
    parts = [one.amount_fen for one in claim.instalments.order_by("ordinal")]
    assert sum(parts) == 100_001 and len(parts) == 3 and not books.recompute()
    after = books.balance("pool/pilot-advance-2026")
    assert before is not None and after is not None
    assert after.debits_posted_fen - after.credits_posted_fen <= before.debits_posted_fen


def test_the_pages_say_what_is_set_off_and_what_waits(cast: Cast) -> None:
    owes(cast)
    claim = approved(cast, cast.firm)
    barred(claim, 2_000)
    client = Client()
    user = cast.user(colleague(cast, cast.province))
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert "只办理抵扣，不转账" in client.get("/official/payments/").content.decode()
    made = batches.make(cast.province, Choice(), title="", key="k", at=FINAL).batch
    address = f"/official/payments/batches/{made.pk}/"
    listed = client.get(address).content.decode()
    assert "只办理抵扣 20" in listed and "退回待拨付" in listed
    assert client.post(f"{address}step/send/", {"step": "send"}).status_code == 302
    assert "只办理了抵扣，另有" in client.get(address).content.decode()
