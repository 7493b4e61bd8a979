"""The bank sends money back that it had paid."""

from __future__ import annotations

import pytest
from django.test import Client

from dengta.funding.actions import batches, clawbacks, collecting, payments, results
from dengta.funding.actions.late_returns import record_return
from dengta.funding.models import BankResult, Clawback, Payment, PaymentBatch
from dengta.funding.queries.clawbacks import refund_due, set_off_due
from dengta.funding.queries.payments import (
    Choice,
    Part,
    lines_of,
    paid_in_ledger,
    reconciliation,
)
from dengta.ledger import queries as books
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import MOMENT, WAN, Cast
from tests.funding.clawback_cast import FINAL, FINAL_DAY, clawback, finding, paid_claim
from tests.funding.payments_cast import (
    answer,
    approved,
    bad,
    batch,
    colleague,
    good,
    instalment,
    payments_of,
    sent,
)


def paid(cast: Cast, **choice: object) -> Payment:
    """The only payment of a batch that the bank has paid."""
    made = sent(cast, **choice)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(good(payment), by=cast.province), at=MOMENT)
    payment.refresh_from_db()
    return payment


def owed(payment: Payment) -> int:
    """What the books owe to a payee, in 分."""
    found = books.balance(f"payable/{payment.organisation.uscc}")
    assert found is not None
    return found.credits_posted_fen - found.debits_posted_fen


def test_a_later_file_names_the_cause_and_books_nothing_until_an_official_records_the_return(
    cast: Cast,
) -> None:
    claim = approved(cast, cast.firm)
    payment = paid(cast)
    late = answer(bad(payment, "账户已销户"), by=cast.province, name="次日.csv")
    assert results.record(payment.batch, cast.province, late, at=MOMENT).counts["late"] == 1
    assert owed(payment) == 0 and Payment.objects.get().state == "paid"
    record_return(payment, cast.province, slip="TH001", reason="账户已销户", at=MOMENT)
    claim.refresh_from_db()
    assert (payment.state, claim.state, instalment(claim).payment) == ("bounced", "approved", None)
    assert instalment(claim).paid_at is None and owed(payment) == 50 * WAN
    assert lines_of(payment) == [instalment(claim)]
    sums = reconciliation(PaymentBatch.objects.get())
    assert (sums.paid, sums.bounced) == (Part(), Part(1, 50 * WAN))
    assert paid_in_ledger(payment.batch) == sums.paid
    again = answer(bad(payment, "账户已销户"), by=cast.province, name="第三日.csv")
    results.record(payment.batch, cast.province, again, at=MOMENT)
    assert BankResult.objects.exclude(cause="").values_list("cause", flat=True)[0] == "late"
    told = Notice.objects.filter(event__step="return").values_list("user_id", flat=True)
    assert {cast.firm.actor.user_id, colleague(cast, cast.province).user_id} == {*told}


def test_it_is_paid_anew_once_the_account_is_mended(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    payment = paid(cast)
    record_return(payment, cast.province, slip="TH001", reason="销户", at=MOMENT)
    with pytest.raises(StepRefused, match="还没有更正"):
        batch(cast)
    payments.mend_account(
        payment, cast.firm.actor, account_name=cast.firm.organisation.name,
        account_number="6228480000001234", bank_name="农业银行江岸支行", at=MOMENT,
    )  # fmt: skip
    second = paid(cast)
    claim.refresh_from_db()
    assert (claim.state, second.account_number) == ("paid", "6228480000001234")
    assert owed(second) == 0 and not books.recompute()


def test_it_is_recorded_once_and_one_slip_proves_one_return(cast: Cast) -> None:
    first, second = approved(cast, cast.firm), approved(cast, cast.rival)
    one = paid(cast, instalments=(instalment(first).pk,))
    other = paid(cast, instalments=(instalment(second).pk,))
    stale = Payment.objects.get(pk=one.pk)
    event = record_return(one, cast.province, slip="TH001", reason="销户", at=MOMENT)
    assert record_return(stale, cast.province, slip="TH001", reason="销户", at=MOMENT) == event
    with pytest.raises(Moved):
        record_return(stale, cast.province, slip="TH002", reason="销户", at=MOMENT)
    with pytest.raises(StepRefused, match="已用于另一笔退回"):
        record_return(other, cast.province, slip="th 001".replace(" ", ""), reason="销户")
    assert owed(one) == 50 * WAN and owed(other) == 0
    assert Event.objects.filter(flow="payment", step="return").count() == 1


@pytest.mark.parametrize(("slip", "reason"), [("", "销户"), ("TH 001", "销户"), ("TH001", " ")])
def test_it_needs_a_slip_and_a_reason(cast: Cast, slip: str, reason: str) -> None:
    approved(cast, cast.firm)
    payment = paid(cast)
    with pytest.raises(StepRefused, match="请填写"):
        record_return(payment, cast.province, slip=slip, reason=reason)


def test_only_the_office_that_paid_records_it(cast: Cast) -> None:
    approved(cast, cast.firm)
    payment = paid(cast)
    for actor in (cast.city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            record_return(payment, actor, slip="TH001", reason="销户")


def test_what_was_kept_back_from_it_is_due_again(cast: Cast) -> None:
    clawback(cast, "collecting", paid_claim(cast), 6 * WAN, with_interest=False, set_off=True)
    claim = approved(cast, cast.firm)
    made = batches.make(cast.province, Choice(), title="", key="k", at=FINAL).batch
    batches.send(made, colleague(cast, cast.province), at=FINAL)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(good(payment), by=cast.province), at=FINAL)
    payment.refresh_from_db()
    assert (payment.transfer_fen, set_off_due(claim.payee, FINAL_DAY)) == (44 * WAN, 0)
    record_return(payment, cast.province, slip="TH001", reason="销户", at=FINAL)
    assert owed(payment) == 50 * WAN and set_off_due(claim.payee, FINAL_DAY) == 6 * WAN
    assert not books.recompute()


def test_what_a_clawback_takes_back_cannot_have_come_back_as_well(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    payment = paid(cast)
    case = clawbacks.open_clawback(claim, cast.province, finding(WAN), key="c", at=MOMENT)
    with pytest.raises(StepRefused, match=case.number):
        record_return(payment, cast.province, slip="TH001", reason="销户", at=MOMENT)
    clawbacks.drop(case, cast.province, note="查无实据", at=MOMENT)
    record_return(payment, cast.province, slip="TH001", reason="销户", at=MOMENT)
    with pytest.raises(StepRefused, match="已付且尚未追回"):
        clawbacks.open_clawback(claim, cast.province, finding(WAN), key="d", at=MOMENT)
    assert payment.state == "bounced"


def test_the_list_of_what_does_not_match_leads_to_the_form(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    payment = paid(cast)
    late = answer(bad(payment, "账户已销户"), by=cast.province, name="次日.csv")
    results.record(payment.batch, cast.province, late, at=MOMENT)
    client, address = Client(), f"/official/payments/{payment.pk}/"
    client.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    for listed in (
        "/official/payments/unmatched/",
        f"/official/payments/batches/{payment.batch_id}/",
    ):
        assert f'href="{address}#return"' in client.get(listed).content.decode()
    assert 'value="账户已销户"' in client.get(address).content.decode()
    form = {"slip": "", "reason": "账户已销户"}
    assert client.post(f"{address}return/", form).status_code == 422
    for _ in range(2):
        assert client.post(f"{address}return/", form | {"slip": "TH001"}).status_code == 302
    listed = client.get("/official/payments/unmatched/?cause=late").content.decode()
    assert f'href="{address}#return"' not in listed and "退回已登记" in listed
    firm = Client()
    firm.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    mend = f"/enterprise/payments/{payment.pk}/"
    assert "更正收款账户</h2>" in firm.get(mend).content.decode()
    asks = firm.get(f"/enterprise/claims/{instalment(claim).claim_id}/").content.decode()
    assert f'href="{mend}"' in asks


def kept(cast: Cast, fen: int, owes: int, *, more: int = 0) -> tuple[Payment, Clawback]:
    """A payment that the bank has paid, from which `owes` was kept for a case to which `more` had
    been paid; the decision is overturned."""
    case = clawback(
        cast, "collecting", paid_claim(cast), owes + more, with_interest=False, set_off=True
    )
    if more:
        collecting.repay(case, cast.city, amount_fen=more, slip="S1", at=FINAL)
    approved(cast, cast.firm, amount_fen=fen)
    made = batches.make(cast.province, Choice(), title="", key="k", at=FINAL).batch
    batches.send(made, colleague(cast, cast.province), at=FINAL)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(good(payment), by=cast.province), at=FINAL)
    chief = cast.official("chief", "province", "420000")
    case.refresh_from_db()
    collecting.overturn(case, chief, note="复议撤销。", at=FINAL)
    payment.refresh_from_db()
    assert (payment.set_off_fen, payment.transfer_fen) == (owes, fen - owes)
    return payment, case


def paid_anew(cast: Cast, payment: Payment) -> Payment:
    """The payee mends its account, and what is free is paid."""
    payments.mend_account(
        payment, cast.firm.actor, account_name=cast.firm.organisation.name,
        account_number="6228480000001234", bank_name="农业银行", at=FINAL,
    )  # fmt: skip
    made = batches.make(cast.province, Choice(), title="", key="anew", at=FINAL).batch
    batches.send(made, colleague(cast, cast.province), at=FINAL)
    (second,) = payments_of(made)
    results.record(made, cast.province, answer(good(second), by=cast.province), at=FINAL)
    second.refresh_from_db()
    return second


@pytest.mark.parametrize("more", [0, 3 * WAN])
def test_what_was_kept_for_a_decision_overturned_since_is_paid_anew_and_refunded_no_more(
    cast: Cast, more: int
) -> None:
    payment, case = kept(cast, 50 * WAN, 6 * WAN, more=more)
    assert refund_due(case) == 6 * WAN + more
    record_return(payment, cast.province, slip="TH001", reason="销户", at=FINAL)
    case.refresh_from_db()
    assert refund_due(case) == more and case.state == ("overturned" if more else "dropped")
    assert owed(payment) == 50 * WAN + more and not books.recompute()
    assert "不再另行退还" in Event.objects.get(flow="clawback", step="lessen").note
    (line,) = lines_of(payment)
    assert (line.amount_fen, line.payment, line.paid_at) == (50 * WAN, None, None)
    if more:
        collecting.refund(case, cast.city, slip="T1", at=FINAL)
    second = paid_anew(cast, payment)
    assert second.transfer_fen == 50 * WAN and owed(payment) == 0 and not books.recompute()


def test_what_was_refunded_since_stays_paid_and_only_what_the_bank_sent_back_is_paid_anew(
    cast: Cast,
) -> None:
    payment, case = kept(cast, 50 * WAN, 6 * WAN)
    collecting.refund(case, cast.city, slip="T1", at=FINAL)
    record_return(payment, cast.province, slip="TH001", reason="销户", at=FINAL)
    case.refresh_from_db()
    assert (case.state, refund_due(case), owed(payment)) == ("dropped", 0, 44 * WAN)
    first, rest = lines_of(payment)
    assert (first.amount_fen, first.payment, first.paid_at) == (6 * WAN, payment, FINAL)
    assert (rest.amount_fen, rest.payment, rest.paid_at) == (44 * WAN, None, None)
    assert rest.claim.state == "approved" and rest.settled_at is not None
    event = Event.objects.get(flow="payment", step="return")
    assert event.reasons["kept_fen"] == 6 * WAN and "已另行退还，不再重付" in event.note
    sums = reconciliation(payment.batch)
    assert (sums.sent, sums.bounced, sums.set_off) == (
        Part(1, 44 * WAN), Part(1, 44 * WAN), Part(1, 6 * WAN),
    )  # fmt: skip
    second = paid_anew(cast, payment)
    rest.claim.refresh_from_db()
    assert (second.transfer_fen, rest.claim.state, owed(payment)) == (44 * WAN, "paid", 0)
    assert sum(one.amount_fen for one in rest.claim.instalments.all()) == 50 * WAN
    assert not books.recompute()
    client = Client()
    client.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/official/payments/{payment.pk}/").status_code == 200
