from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.funding.actions import issuing
from dengta.funding.actions.issuing import Batch, issue_all, start_issuance
from dengta.funding.actions.vouchers_money import open_fund
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.models import Issuance, Voucher
from dengta.funding.queries.vouchers import replayed
from dengta.ledger import queries as books
from dengta.trail.actions import NotAllowed, StepRefused, keep_document
from dengta.trail.models import Document, Job
from tests.cast import MOMENT, WAN, Cast
from tests.funding.rush_cast import COUPON, FACE, POOL, leave
from tests.working import work

HEADING = ("统一社会信用代码", "金额（元）", "上云深度")


def listed(cast: Cast, *rows: Sequence[str]) -> Document:
    """A list as a CSV file."""
    text = "\n".join(",".join(row) for row in (HEADING, *rows))
    file = SimpleUploadedFile("名单.csv", text.encode("utf-8-sig"), content_type="text/csv")
    return keep_document(file, by=cast.province)


def issue(cast: Cast, source: Document | None = None, key: str = "", **facts: str) -> Issuance:
    """Have a batch of coupons issued, and wait for it."""
    batch = Batch(COUPON, "第一批", "厅长办公会纪要〔2026〕3号", facts, source)
    issuance, _ = start_issuance(cast.province, batch, key=key, at=MOMENT)
    work()
    issuance.refresh_from_db()
    return issuance


@pytest.fixture
def pool(db: None) -> str:
    """The coupons' pool, open."""
    return open_fund(2026, "cloud_coupon", at=MOMENT)


def test_sound_rows_get_their_voucher_and_each_fault_names_its_cell(cast: Cast, pool: str) -> None:
    one, two, three = (
        cast.firm.organisation.uscc, cast.rival.organisation.uscc, cast.remote.organisation.uscc,
    )  # fmt: skip
    source = listed(
        cast,
        (one, "", "业务上云"),
        (two, "2500.50", "business"),
        (three, "5000.01", "业务上云"),
        (cast.enrol("fourth").organisation.uscc, "", "半上云"),
        (one, "100", "业务上云"),
        ("91420102MA4KXXXX0X", "", "业务上云"),
        (cast.enrol("fifth").organisation.uscc, "很多", "业务上云"),
        (cast.giant.organisation.uscc, "", "业务上云"),
    )
    issuance = issue(cast, source)
    vouchers = {v.organisation.uscc: v.granted_fen for v in Voucher.objects.all()}
    assert vouchers == {one: FACE, two: 2_500_50}
    assert (issuance.asked, issuance.issued, issuance.issued_fen) == (8, 2, FACE + 2_500_50)
    job = Job.objects.get()
    found = [(fault["row"], fault["column"]) for fault in job.faults]
    assert found == [
        (4, "B 金额（元）"), (5, "C 上云深度"), (6, "A 统一社会信用代码"),
        (7, "A 统一社会信用代码"), (8, "B 金额（元）"), (9, "A 统一社会信用代码"),
    ]  # fmt: skip
    assert [failure["row"] for failure in issuance.failures] == [4, 5, 6, 7, 8, 9]
    assert "很多" in job.faults[4]["value"] and "中型、小型或微型企业" in job.faults[5]["zh"]


def test_a_voucher_of_a_batch_keeps_what_it_rests_on(cast: Cast, pool: str) -> None:
    """Years later it is answered clause by clause, by the record alone and by deciding anew."""
    issue(cast, listed(cast, (cast.firm.organisation.uscc, "", "业务上云")))
    voucher = Voucher.objects.get()
    kept = voucher.verdict
    assert kept["eligible"] == "yes" and {one["outcome"] for one in kept["clauses"]} == {"yes"}
    assert kept["facts"]["size_class"] == cast.firm.organisation.size_class
    assert kept["facts"]["cloud_depth"] == "business" and kept["basis"].endswith("3号")
    again = replayed(voucher)
    assert again is not None and again.outcome == "yes" and not again.missing


def test_the_batch_ends_at_what_the_pool_holds(cast: Cast, pool: str) -> None:
    leave(2 * FACE)
    rows = [(firm.organisation.uscc, "", "business")
            for firm in (cast.firm, cast.rival, cast.remote)]  # fmt: skip
    issuance = issue(cast, listed(cast, *rows))
    balance = books.balance(POOL)
    assert balance is not None and balance.left_fen == 0
    assert (issuance.issued, issuance.issued_fen) == (2, 2 * FACE)
    assert "只剩 0.00 元" in issuance.failures[0]["zh"]


def test_the_same_batch_twice_and_a_run_that_broke_off_issue_nothing_twice(
    cast: Cast, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(firm.organisation.uscc, "", "business")
            for firm in (cast.firm, cast.rival, cast.remote)]  # fmt: skip
    source = listed(cast, *rows)
    monkeypatch.setattr(issuing, "PART", 1)
    grant, calls = issuing.grant_all, []

    def breaks_off(*given: object, **how: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        return grant(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "grant_all", breaks_off)
    batch = Batch(COUPON, "第一批", "会议纪要", {}, source)
    issuance, job = start_issuance(cast.province, batch, at=MOMENT)
    with pytest.raises(SystemExit):
        issue_all.call(job.pk)
    assert Voucher.objects.count() == 1
    Job.objects.update(started_at=None)
    issue_all.call(job.pk)
    again, same = start_issuance(cast.province, batch, at=MOMENT)
    work()
    assert (again, same.pk) == (issuance, job.pk)
    assert Voucher.objects.count() == 3
    issuance.refresh_from_db()
    assert (issuance.asked, issuance.issued, issuance.issued_fen) == (3, 3, 3 * FACE)
    assert books.standings(Voucher.objects.first().number) != []  # type: ignore[union-attr]


def test_by_rule_every_firm_that_fits_gets_one_and_nobody_else(cast: Cast, pool: str) -> None:
    cast.giant, cast.supplier  # noqa: B018  # they are there, and do not fit
    firms = {cast.firm.organisation, cast.rival.organisation, cast.remote.organisation}
    issuance = issue(cast, cloud_depth="business")
    assert {voucher.organisation for voucher in Voucher.objects.all()} == firms
    assert issuance.issued == 3
    assert issue(cast, key="second", cloud_depth="business").issued_fen == 3 * FACE, "up to the cap"
    third = issue(cast, key="third", cloud_depth="business")
    assert (third.issued, len(third.failures)) == (0, 3)


def test_who_was_given_a_voucher_agrees_to_the_terms_when_redeeming_it(cast: Cast) -> None:
    open_fund(2026, at=MOMENT)
    source = listed(cast, (cast.firm.organisation.uscc, "30000", ""))
    batch = Batch("cloud-voucher", "定向发放", "会议纪要", {}, source)
    start_issuance(cast.province, batch, at=MOMENT)
    work()
    voucher = Voucher.objects.get()
    assert (voucher.granted_fen, voucher.agreed_by) == (3 * WAN, "")
    with pytest.raises(StepRefused, match="承诺人"):
        redeem(voucher, cast.firm.actor, at=MOMENT)
    claim = redeem(voucher, cast.firm.actor, agreed_by="张经理", at=MOMENT)
    assert (claim.agreed_by, claim.state) == ("张经理", "approved") and claim.terms


def test_only_the_province_issues_in_batches_with_title_and_reason(cast: Cast, pool: str) -> None:
    with pytest.raises(NotAllowed):
        start_issuance(cast.city, Batch(COUPON, "一", "二"), at=MOMENT)
    with pytest.raises(StepRefused, match="批次名称"):
        start_issuance(cast.province, Batch(COUPON, "一", " "), at=MOMENT)
    with pytest.raises(StepRefused, match="不是服务券办法"):
        start_issuance(cast.province, Batch("wuhan-pilot", "一", "二"), at=MOMENT)


def test_a_file_that_is_no_list_says_what_is_missing(cast: Cast, pool: str) -> None:
    file = SimpleUploadedFile("名单.csv", "企业,金额\n甲,1\n".encode(), content_type="text/csv")
    issue(cast, keep_document(file, by=cast.province))
    assert "统一社会信用代码" in Job.objects.get().failure["zh"]
