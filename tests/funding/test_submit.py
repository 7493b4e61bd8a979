from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.register import AlreadyClaimed
from dengta.funding.actions.reserving import USED, allow_all
from dengta.funding.actions.vouchers_redeeming import expire_due
from dengta.funding.models import RegisterEntry, Voucher
from dengta.funding.queries.budgets import yearly_code
from dengta.funding.queries.vouchers import SCHEME, granted_left, scheme_on
from dengta.ledger import actions as ledger
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, ONE_DAY, PAPERS, WAN, WUHAN, Cast
from tests.funding.conftest import entries_of, steps_of, twice


def live_keys(voucher: Voucher) -> set[str]:
    """The invoices and bank flows that a claim rests on."""
    return set(entries_of(voucher).filter(released_at=None).values_list("key", flat=True))


def untouched(voucher: Voucher) -> bool:
    """Whether a refused submission left no trace."""
    voucher.refresh_from_db()
    return (
        voucher.state == "draft"
        and voucher.submitted_at is None
        and not entries_of(voucher).exists()
        and steps_of(voucher) == ["begin"]
    )


@pytest.mark.parametrize("paper", ["supplier", *PAPERS])
def test_without_a_paper_nothing_is_submitted(cast: Cast, paper: str) -> None:
    voucher = cast.application(cast.firm, **{paper: None})
    with pytest.raises(StepRefused, match="还缺材料"):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert untouched(voucher)


@pytest.mark.parametrize("day", [dt.date(2025, 12, 31), dt.date(2027, 1, 1)])
def test_an_invoice_of_another_year_is_refused_by_its_number(cast: Cast, day: dt.date) -> None:
    line = cast.invoice(day=day)
    voucher = cast.application(cast.firm, cast.invoice(), line)
    with pytest.raises(StepRefused, match=line.number):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert untouched(voucher)


def test_a_large_firm_a_supplier_and_a_shop_are_not_eligible(cast: Cast) -> None:
    seller = cast.enrol("seller")
    cast.list_supplier(seller)
    shop = cast.enrol("shop", industry_code="52")
    for firm, clause in ((cast.giant, "size"), (seller, "not_supplier"), (shop, "industry")):
        voucher = cast.application(firm)
        with pytest.raises(NotEligible) as refused:
            actions.submit(voucher, firm.actor, at=MOMENT)
        assert [c.id for c in refused.value.verdict.clauses if c.outcome == "no"] == [clause]
        assert untouched(voucher)


def test_whoever_sold_cloud_last_year_only_may_apply_this_year(cast: Cast) -> None:
    former = cast.enrol("former")
    cast.list_supplier(former, year=2025)
    assert cast.voucher("district_check", former).amount_fen == 3 * WAN


def test_without_a_depth_the_rule_cannot_say_yes(cast: Cast) -> None:
    voucher = cast.application(cast.firm, depth="")
    with pytest.raises(NotEligible, match="上云深度") as refused:
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert refused.value.verdict.outcome == "unknown"
    assert untouched(voucher)


@pytest.mark.parametrize(
    ("depth", "amount"),
    [("resource", 2), ("business", 3), ("capability", 4), ("ecosystem", 5)],
)
def test_the_amount_grows_with_the_depth(cast: Cast, depth: str, amount: int) -> None:
    assert cast.voucher("district_check", depth=depth).amount_fen == amount * WAN


def test_the_amount_ends_at_the_yearly_cap(cast: Cast) -> None:
    line = cast.invoice(90 * WAN)
    voucher = cast.voucher("district_check", None, line)
    assert (voucher.spend_fen, voucher.amount_fen) == (90 * WAN, 20 * WAN)


def test_the_cap_leaves_what_the_firms_account_of_the_year_has(cast: Cast) -> None:
    firm = cast.firm.organisation
    scheme = scheme_on(SCHEME, MOMENT.date())
    cap = scheme.yearly_cap_fen
    assert cap is not None and granted_left(firm, scheme, 2026) == cap
    code = yearly_code(scheme.programme, 2026, firm.uscc)
    allow_all({code: cap}, MOMENT)
    ledger.reserve(ledger.Entry("a-claim", code, USED, 3 * WAN), at=MOMENT)
    assert granted_left(firm, scheme, 2026) == cap - 3 * WAN
    assert granted_left(firm, replace(scheme, yearly_cap_fen=cap + WAN), 2026) == cap - 2 * WAN


def test_the_spend_is_no_more_than_what_the_firm_paid(cast: Cast) -> None:
    voucher = cast.voucher("district_check", paid_by_firm_fen=4 * WAN)
    assert (voucher.spend_fen, voucher.amount_fen) == (4 * WAN, 120_00_00)


def test_the_spend_is_no_more_than_the_invoices_either(cast: Cast) -> None:
    lines = (cast.invoice(3 * WAN), cast.invoice(2 * WAN))
    voucher = cast.voucher("district_check", None, *lines, paid_by_firm_fen=80 * WAN)
    assert (voucher.spend_fen, voucher.amount_fen) == (5 * WAN, 150_00_00)


def test_a_firm_that_paid_nothing_gets_nothing(cast: Cast) -> None:
    voucher = cast.application(cast.firm, paid_by_firm_fen=0)
    with pytest.raises(NotEligible):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert untouched(voucher)


def test_an_application_without_invoices_gets_nothing(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    actions.save_draft(voucher, cast.firm.actor, {}, [])
    with pytest.raises(NotEligible):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert untouched(voucher)


def test_the_same_invoice_is_refused_a_second_time_and_the_first_claim_is_named(
    cast: Cast,
) -> None:
    line = cast.invoice()
    first = cast.voucher("district_check", cast.firm, line)
    second = cast.application(cast.rival, cast.invoice(), line)
    with pytest.raises(AlreadyClaimed) as refused:
        actions.submit(second, cast.rival.actor, at=MOMENT)
    assert refused.value.first.thing_id == first.pk
    for words in (refused.value.text.zh, refused.value.text.en):
        assert line.number in words
        assert first.number in words
        assert cast.firm.organisation.name in words
    assert untouched(second), "not even the invoice that was free has been taken"


def test_the_same_firm_cannot_claim_an_invoice_twice_either(cast: Cast) -> None:
    line = cast.invoice()
    cast.voucher("district_check", cast.firm, line)
    second = cast.application(cast.firm, line)
    with pytest.raises(AlreadyClaimed):
        actions.submit(second, cast.firm.actor, at=MOMENT)
    assert untouched(second)


def test_the_same_bank_flow_is_refused_a_second_time(cast: Cast) -> None:
    first = cast.voucher("district_check", cast.firm, bank_flow="LS778")
    second = cast.application(cast.rival, bank_flow="LS778")
    with pytest.raises(AlreadyClaimed, match="银行流水 LS778 已用于") as refused:
        actions.submit(second, cast.rival.actor, at=MOMENT)
    assert refused.value.first.thing_id == first.pk


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("４２００１２３４", "８７６５４３２１"),
        (" 42001234 ", "8765 4321"),
        ("4200-1234", "87654321\u200b"),
        ("٤٢٠٠١٢٣٤", "٨٧٦٥٤٣٢١"),
    ],
)
def test_the_same_number_in_other_signs_is_the_same_invoice(
    cast: Cast, code: str, number: str
) -> None:
    first = cast.voucher("district_check", None, cast.invoice(code="42001234", number="87654321"))
    second = cast.application(cast.rival, cast.invoice(code=code, number=number))
    with pytest.raises(AlreadyClaimed) as refused:
        actions.submit(second, cast.rival.actor, at=MOMENT)
    assert refused.value.first.thing_id == first.pk


def test_a_bank_flow_in_small_or_wide_letters_is_the_same(cast: Cast) -> None:
    cast.voucher("district_check", cast.firm, bank_flow="LS778A")
    for disguise in ("ls778a", "ＬＳ７７８Ａ", "LS 778 A", "LS-778-A", "LS778A\ufeff"):
        second = cast.application(cast.rival, bank_flow=disguise)
        with pytest.raises(AlreadyClaimed):
            actions.submit(second, cast.rival.actor, at=MOMENT)


def test_two_firms_without_a_bank_flow_do_not_stand_in_each_others_way(cast: Cast) -> None:
    for firm, nothing in ((cast.firm, "--"), (cast.rival, "--"), (cast.remote, "")):
        voucher = cast.voucher("district_check", firm, bank_flow=nothing)
        assert [key.kind for key in entries_of(voucher)] == ["invoice"]


def test_invoices_of_one_number_and_different_codes_are_different(cast: Cast) -> None:
    cast.voucher("district_check", cast.firm, cast.invoice(code="4200000001", number="00000007"))
    other = cast.invoice(code="4200000002", number="00000007")
    assert cast.voucher("district_check", cast.rival, other).state == "district_check"


@pytest.mark.parametrize("end", ["withdraw", "reject", "expire"])
def test_an_invoice_is_free_again_once_its_claim_came_to_nothing(cast: Cast, end: str) -> None:
    line = cast.invoice()
    first = cast.voucher("issued" if end == "expire" else "district_check", cast.firm, line)
    if end == "withdraw":
        actions.take(first, "withdraw", cast.firm.actor, at=MOMENT)
    elif end == "reject":
        actions.take(first, "reject", cast.county, note="合同与服务不符。", at=MOMENT)
    else:
        assert expire_due(MOMENT.date() + 366 * ONE_DAY) == 1
    assert live_keys(first) == set()
    assert entries_of(first).count() == 2, "the record stays"
    second = cast.voucher("district_check", cast.rival, line)
    assert line.number in live_keys(second)


def test_a_returned_claim_keeps_its_invoices_until_it_is_mended(cast: Cast) -> None:
    line, another = cast.invoice(), cast.invoice()
    first = cast.voucher("returned", cast.firm, line)
    second = cast.application(cast.rival, line)
    with pytest.raises(AlreadyClaimed):
        actions.submit(second, cast.rival.actor, at=MOMENT)
    actions.save_draft(first, cast.firm.actor, {}, [another])
    actions.submit(first, cast.firm.actor, at=MOMENT)
    assert live_keys(first) == {another.number, first.bank_flow}
    actions.submit(second, cast.rival.actor, at=MOMENT)
    assert line.number in live_keys(second)


def test_a_mended_claim_holds_on_to_what_it_had(cast: Cast) -> None:
    line = cast.invoice()
    voucher = cast.voucher("returned", cast.firm, line)
    actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert RegisterEntry.objects.count() == 2
    assert live_keys(voucher) == {line.number, voucher.bank_flow}


def test_a_double_click_submits_once(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    twice(lambda: actions.submit(voucher, cast.firm.actor, at=MOMENT), Moved)
    assert steps_of(voucher) == ["begin", "submit"]
    assert entries_of(voucher).count() == 2


def test_a_stale_copy_submits_what_is_stored_and_not_what_it_remembers(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    phone = Voucher.objects.get(pk=voucher.pk)
    fields = {"paid_by_firm_fen": 2 * WAN, "depth": "resource"}
    actions.save_draft(voucher, cast.firm.actor, fields, [cast.invoice(2 * WAN)])
    actions.submit(phone, cast.firm.actor, at=MOMENT)
    voucher.refresh_from_db()
    assert (voucher.spend_fen, voucher.amount_fen) == (2 * WAN, 40_00_00)
    assert voucher.verdict["facts"]["cloud_depth"] == "resource"


def test_nobody_submits_for_another_firm(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    for acting in (cast.rival.actor, cast.supplier.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            actions.submit(voucher, acting, at=MOMENT)
    assert untouched(voucher)


def test_a_second_voucher_gets_what_the_first_left_of_the_years_cap(cast: Cast) -> None:
    cast.voucher("issued", None, cast.invoice(50 * WAN))
    second = cast.voucher("district_check", None, cast.invoice(50 * WAN))
    assert second.amount_fen == 5 * WAN, "15 of the 20 are gone"


def test_when_the_cap_is_used_up_nothing_more_can_be_applied_for(cast: Cast) -> None:
    cast.voucher("issued", None, cast.invoice(90 * WAN))
    voucher = cast.application(cast.firm)
    with pytest.raises(NotEligible, match="封顶额"):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert untouched(voucher)


def test_a_draft_of_december_draws_on_the_year_it_was_begun_in(cast: Cast) -> None:
    december = dt.datetime(2025, 12, 30, 10, tzinfo=WUHAN)
    cast.list_supplier(cast.supplier, year=2025)
    cast.voucher("issued", None, cast.invoice(90 * WAN, day=december.date()), at=december)
    late = cast.application(cast.firm, cast.invoice(day=december.date()), at=december)
    assert late.year == 2025
    with pytest.raises(NotEligible, match="封顶额"):
        actions.submit(late, cast.firm.actor, at=dt.datetime(2026, 1, 4, 10, tzinfo=WUHAN))
    fresh = dt.datetime(2026, 1, 12, 10, tzinfo=WUHAN)
    line = cast.invoice(day=fresh.date())
    assert cast.voucher("district_check", None, line, at=fresh).amount_fen == 3 * WAN
