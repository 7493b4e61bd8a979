"""What the bank answers, row by row."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.funding.actions import batches, payments, results
from dengta.funding.models import BankResult, Claim, Payment, PaymentBatch
from dengta.funding.queries.payments import Part, Reconciliation, reconciliation
from dengta.ledger import queries as books
from dengta.trail.actions import NotAllowed, StepRefused, keep_document
from dengta.trail.models import Event, Job, Notice
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import twice
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
from tests.working import work


def owed(uscc: str) -> tuple[int, int]:
    """What is still owed, and what has been paid, in 分."""
    found = books.balance(f"payable/{uscc}")
    assert found is not None
    return found.credits_posted_fen - found.debits_posted_fen, found.debits_posted_fen


def test_what_was_paid_is_booked_the_claim_is_paid_the_payee_is_told_and_the_batch_closes(
    cast: Cast,
) -> None:
    claim = approved(cast, cast.firm)
    made = sent(cast)
    (payment,) = payments_of(made)
    taken = results.record(made, cast.province, answer(good(payment), by=cast.province), at=MOMENT)
    made.refresh_from_db(), payment.refresh_from_db(), claim.refresh_from_db()
    assert taken.counts == {"known": 0, "paid": 1, "bounced": 0}
    assert (made.state, payment.state, claim.state) == ("closed", "paid", "paid")
    assert owed(cast.firm.organisation.uscc) == (0, 50 * WAN)
    assert instalment(claim).paid_at == MOMENT and payment.bank_reference
    told = Notice.objects.get(event__flow="payment", event__step="pay")
    assert told.user_id == cast.firm.actor.user_id
    assert told.link == f"/enterprise/payments/{payment.pk}/"


def test_what_bounced_is_owed_still_and_paid_once_the_account_is_mended(cast: Cast) -> None:
    claim, firm = approved(cast, cast.firm), cast.firm
    made = sent(cast)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(bad(payment), by=cast.province), at=MOMENT)
    claim.refresh_from_db(), payment.refresh_from_db()
    assert (claim.state, payment.state, instalment(claim).payment) == ("approved", "bounced", None)
    assert owed(firm.organisation.uscc) == (50 * WAN, 0)
    with pytest.raises(StepRefused, match="还没有更正"):
        batch(cast)
    mended = {
        "account_name": firm.organisation.name, "account_number": "6228 4800 0000 1234",
        "bank_name": "农业银行江岸支行",
    }  # fmt: skip
    twice(
        lambda: payments.mend_account(
            Payment.objects.get(pk=payment.pk), firm.actor, **mended, at=MOMENT
        ),
        StepRefused,
    )
    again = sent(cast)
    (second,) = payments_of(again)
    assert second.account_number == "6228480000001234"
    results.record(again, cast.province, answer(good(second), by=cast.province), at=MOMENT)
    claim.refresh_from_db()
    assert claim.state == "paid" and owed(firm.organisation.uscc) == (0, 50 * WAN)


def test_an_official_may_choose_to_try_a_bounced_account_again(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    made = sent(cast)
    results.record(
        made, cast.province, answer(bad(payments_of(made)[0], "系统超时"), by=cast.province)
    )
    assert payments_of(sent(cast, instalments=(instalment(claim).pk,)))


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({"account_name": "别的公司"}, "不一致"),
        ({"account_number": "12"}, "8 至 32 位"),
        ({"bank_name": " "}, "都要填写"),
    ],
)
def test_the_account_has_to_be_the_payees_own_and_whole(
    cast: Cast, account: dict[str, str], said: str
) -> None:
    approved(cast, cast.firm)
    made = sent(cast)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(bad(payment), by=cast.province), at=MOMENT)
    payment.refresh_from_db()
    right = {
        "account_name": cast.firm.organisation.name, "account_number": "6228480000001234",
        "bank_name": "农业银行",
    }  # fmt: skip
    with pytest.raises(StepRefused, match=said):
        payments.mend_account(payment, cast.firm.actor, **(right | account))
    with pytest.raises(NotAllowed):
        payments.mend_account(payment, cast.rival.actor, **right)


def test_what_does_not_match_is_listed_by_its_cause_and_books_nothing(cast: Cast) -> None:
    for name in "abcdef":
        approved(cast, cast.enrol(name))
    made = sent(cast)
    p = payments_of(made)
    foreign = answer(
        good(p[0]),
        good(p[0]),
        good(p[0], 拨付凭证号="另一张凭证"),
        bad(p[0]),
        good(p[1], **{"金额（元）": "1.00"}),
        good(p[2], 收款账号="6222000000000000"),
        good(p[3], 付款编号="ZF2026-9999999"),
        bad(p[4]),
        by=cast.province,
    )
    taken = results.record(made, cast.province, foreign, at=MOMENT)
    assert taken.counts == {
        "known": 0, "again": 1, "other": 2, "amount": 1, "account": 1, "unknown": 1,
        "paid": 1, "bounced": 1,
    }  # fmt: skip
    assert [one.state for one in payments_of(made)] == [
        "paid", "sent", "sent", "sent", "bounced", "sent",
    ]  # fmt: skip
    assert books.balance("bank/outgoing").credits_posted_fen == 50 * WAN  # type: ignore[union-attr]
    one, made = Part(1, 50 * WAN), PaymentBatch.objects.get(pk=made.pk)
    assert reconciliation(made) == Reconciliation(
        due=Part(6, 300 * WAN), set_off=Part(), sent=Part(6, 300 * WAN), paid=one, bounced=one,
        waiting=Part(4, 200 * WAN),
        unmatched=(
            ("unknown", one), ("amount", Part(1, 100)), ("account", one), ("again", one),
            ("other", Part(2, 100 * WAN)),
        ),
    )  # fmt: skip
    assert made.state == "sent"


def test_the_same_file_twice_changes_nothing_and_of_two_files_the_first_counts(
    cast: Cast,
) -> None:
    approved(cast, cast.firm), approved(cast, cast.rival)
    made = sent(cast)
    first, second = payments_of(made)
    same = [answer(good(first), by=cast.province) for _ in range(2)]
    counts = [results.record(made, cast.province, file, at=MOMENT).counts for file in same]
    assert counts[1] == {"known": 1, "paid": 0, "bounced": 0}
    other = answer(bad(first), good(second), by=cast.province)
    assert results.record(made, cast.province, other, at=MOMENT).counts == {
        "known": 0, "late": 1, "paid": 1, "bounced": 0,
    }  # fmt: skip
    assert BankResult.objects.count() == 3
    assert [one.state for one in payments_of(made)] == ["paid", "paid"]


def test_faults_name_the_cell_and_the_good_rows_are_kept(cast: Cast) -> None:
    approved(cast, cast.firm), approved(cast, cast.rival)
    made = sent(cast)
    first, second = payments_of(made)
    file = answer(
        good(first, 付款编号=f" {first.number} ", 处理结果="交易成功"),
        good(second, **{"金额（元）": "五十万", "处理结果": "处理中", "拨付凭证号": ""}),
        bad(second, ""),
        by=cast.province,
    )
    job, new = results.import_results(made, cast.province, file)
    work()
    job.refresh_from_db()
    assert new and job.finished and not job.failed
    places = [(fault["row"], fault["column"], fault["value"]) for fault in job.faults]
    assert places == [
        (3, "C 金额（元）", "五十万"), (3, "D 处理结果", "处理中"), (4, "F 退回原因", ""),
    ]  # fmt: skip
    assert job.rejected is not None and job.summary[0]["count"] == 1
    assert [one.state for one in payments_of(made)] == ["paid", "sent"]
    assert results.import_results(made, cast.province, file) == (job, False)


def test_headings_are_found_in_any_order_full_width_and_below_a_title(cast: Cast) -> None:
    approved(cast, cast.firm)
    made = sent(cast)
    (payment,) = payments_of(made)
    headings = "处理结果,金额　（元）,银行流水号,付款编号"
    text = f"批量付款结果\n{headings}\n成功,￥500000.00,A1,{payment.number}\n"
    file = SimpleUploadedFile("回单.csv", text.encode("gb18030"))
    kept = keep_document(file, by=cast.province)
    assert results.record(made, cast.province, kept, at=MOMENT).counts["paid"] == 1


def test_a_file_that_is_none_or_lacks_columns_is_refused_as_a_whole(cast: Cast) -> None:
    approved(cast, cast.firm)
    made = sent(cast)
    for text, said in (("付款编号,金额\nZF,1\n", "处理结果"), ("付款编号,金额,结果\n", "只有表头")):
        file = keep_document(SimpleUploadedFile("回单.csv", text.encode()), by=cast.province)
        with pytest.raises(StepRefused, match=said):
            results.record(made, cast.province, file)


def test_results_are_recorded_by_the_office_that_pays_after_it_has_sent(cast: Cast) -> None:
    approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = batch(cast, cast.city)
    with pytest.raises(StepRefused, match="还没有送交"):
        results.import_results(made, cast.city, answer(by=cast.city))
    batches.send(made, colleague(cast, cast.city), at=MOMENT)
    for actor in (cast.next_city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            results.import_results(made, actor, answer(by=cast.city))
    assert not Job.objects.exists()


def test_of_two_parts_the_first_is_paid_in_part_and_the_second_completes_it(cast: Cast) -> None:
    claim = approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    for part in (1, 2):
        made = sent(cast, cast.city)
        (payment,) = payments_of(made)
        results.record(made, cast.city, answer(good(payment), by=cast.city), at=MOMENT)
        Claim.objects.get(pk=claim.pk).instalments.filter(ordinal=2).update(ready_at=MOMENT)
        claim.refresh_from_db()
        assert claim.state == ("approved" if part == 1 else "paid")
    steps = Event.objects.filter(flow="claim", thing_id=claim.pk).values_list("step", flat=True)
    assert list(steps)[-4:] == ["order", "part", "order", "pay"]


def test_two_parts_at_the_bank_at_once_end_as_they_should(cast: Cast) -> None:
    claim = approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    first = sent(cast, cast.city)
    claim.instalments.filter(ordinal=2).update(ready_at=MOMENT)
    second = sent(cast, cast.city)
    for made, row, state in ((first, bad, "paying"), (second, good, "approved")):
        file = answer(row(payments_of(made)[0]), by=cast.city)
        results.record(made, cast.city, file, at=MOMENT + ONE_DAY)
        claim.refresh_from_db()
        assert claim.state == state
    assert (instalment(claim).payment, instalment(claim, 2).paid_at) == (None, MOMENT + ONE_DAY)
