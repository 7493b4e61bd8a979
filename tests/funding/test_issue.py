from __future__ import annotations

import dataclasses

import pytest

from dengta.accounts.queries import SYSTEM
from dengta.funding.actions import vouchers as actions
from dengta.funding.actions import vouchers_money
from dengta.funding.actions.vouchers_redeeming import revoke
from dengta.funding.models import Filing, Hit, Voucher
from dengta.funding.queries import vouchers as queries
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.models import Sanction
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL, POOL_FEN, money, steps_of, told, twice


def drain(left_fen: int) -> None:
    """Leave so much in the pool of 2026."""
    ledger.open_account("elsewhere", "其他")
    ledger.post(ledger.Entry("drain", POOL, "elsewhere", POOL_FEN - left_fen))


@pytest.fixture
def approved(cast: Cast) -> Voucher:
    """A voucher of 30,000 yuan that waits for the province, the pool open."""
    actions.open_fund(2026, at=MOMENT)
    return cast.voucher("approved")


def unchanged(voucher: Voucher, pool_fen: int = POOL_FEN) -> bool:
    """Whether a refused issue left state, events, notices and money as they were."""
    voucher.refresh_from_db()
    now = money(voucher.organisation)
    return (
        (voucher.state, voucher.granted_fen, voucher.expires_date) == ("approved", None, None)
        and "issue" not in steps_of(voucher)
        and told(voucher, "issue") == []
        and (now.pool_left, now.in_vouchers, now.owed_pending) == (pool_fen, 0, 0)
        and now.cap_left in (0, CAP_FEN)
    )


def test_opening_the_pool_twice_puts_the_money_in_once(cast: Cast) -> None:
    assert actions.open_fund(2026, at=MOMENT) == POOL
    assert actions.open_fund(2026, at=MOMENT) == POOL
    pool = queries.pool(2026)
    assert pool is not None
    assert (pool.given_fen, pool.left_fen) == (POOL_FEN, POOL_FEN)


def test_a_year_that_the_policy_has_no_money_for_has_no_pool(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="没有 2031 年的服务券资金"):
        actions.open_fund(2031)
    assert queries.pool(2031) is None


def test_a_pool_that_was_never_opened_issues_nothing(cast: Cast) -> None:
    voucher = cast.voucher("approved")
    with pytest.raises(StepRefused, match="还没有下达资金"):
        actions.issue(voucher, cast.province, at=MOMENT)
    assert unchanged(voucher, 0)


def test_the_pool_shows_what_is_issued_paid_and_left(cast: Cast) -> None:
    cast.voucher("issued")
    cast.paid_voucher(cast.rival)
    pool = queries.pool(2026)
    assert pool is not None
    assert (pool.issued_fen, pool.held_fen, pool.paid_fen) == (6 * WAN, 3 * WAN, 3 * WAN)
    assert pool.left_fen == POOL_FEN - 6 * WAN


def test_a_double_click_issues_once(cast: Cast, approved: Voucher) -> None:
    twice(lambda: actions.issue(approved, cast.province, at=MOMENT), Moved)
    assert money(approved.organisation).pool_left == POOL_FEN - 3 * WAN
    assert steps_of(approved).count("issue") == 1


def test_two_officials_with_stale_copies_issue_once(cast: Cast, approved: Voucher) -> None:
    one, two = (Voucher.objects.get(pk=approved.pk) for _ in range(2))
    actions.issue(one, cast.province, at=MOMENT)
    with pytest.raises(Moved):
        actions.issue(two, cast.province, amount_fen=1 * WAN, note="先发一部分", at=MOMENT)
    approved.refresh_from_db()
    assert approved.granted_fen == 3 * WAN
    assert money(approved.organisation).pool_left == POOL_FEN - 3 * WAN


def test_only_the_province_issues(cast: Cast, approved: Voucher) -> None:
    for acting in (cast.firm.actor, cast.county, cast.city, cast.expert):
        with pytest.raises(NotAllowed):
            actions.issue(approved, acting, at=MOMENT)
    assert unchanged(approved)


def test_issuing_less_than_the_rule_gives_needs_a_reason(cast: Cast, approved: Voucher) -> None:
    for note in ("", "  "):
        with pytest.raises(StepRefused, match="需要写明理由"):
            actions.issue(approved, cast.province, amount_fen=2 * WAN, note=note, at=MOMENT)
    assert unchanged(approved)
    actions.issue(approved, cast.province, amount_fen=2 * WAN, note="资金池余额不足", at=MOMENT)
    assert approved.granted_fen == 2 * WAN
    assert money(approved.organisation).pool_left == POOL_FEN - 2 * WAN


@pytest.mark.parametrize("amount", [0, -1, 3 * WAN + 1])
def test_nothing_beyond_what_the_rule_gives_is_issued(
    cast: Cast, approved: Voucher, amount: int
) -> None:
    with pytest.raises(StepRefused, match="发放金额须在"):
        actions.issue(approved, cast.province, amount_fen=amount, note="特批", at=MOMENT)
    assert unchanged(approved)


def test_an_exhausted_pool_issues_nothing_and_says_what_is_left(
    cast: Cast, approved: Voucher
) -> None:
    drain(3 * WAN - 1)
    with pytest.raises(StepRefused, match=r"资金池只剩 29,999\.99 元") as refused:
        actions.issue(approved, cast.province, at=MOMENT)
    assert "The pool has 29,999.99 yuan left" in refused.value.text.en
    assert unchanged(approved, 3 * WAN - 1)
    actions.issue(
        approved, cast.province, amount_fen=3 * WAN - 1, note="余额不足，部分发放", at=MOMENT
    )
    assert money(approved.organisation).pool_left == 0


def test_the_last_fen_of_the_pool_can_be_issued(cast: Cast, approved: Voucher) -> None:
    drain(3 * WAN)
    actions.issue(approved, cast.province, at=MOMENT)
    assert money(approved.organisation).pool_left == 0


def test_two_vouchers_of_a_year_never_exceed_the_cap(cast: Cast) -> None:
    actions.open_fund(2026, at=MOMENT)
    first = cast.voucher("approved", None, cast.invoice(50 * WAN))
    second = cast.voucher("approved", None, cast.invoice(50 * WAN))
    assert first.amount_fen == second.amount_fen == 15 * WAN, "neither was issued when they applied"
    actions.issue(first, cast.province, at=MOMENT)
    with pytest.raises(StepRefused, match=r"企业本年度额度只剩 50,000\.00 元"):
        actions.issue(second, cast.province, at=MOMENT)
    second.refresh_from_db()
    actions.issue(second, cast.province, amount_fen=5 * WAN, note="年度额度余额", at=MOMENT)
    assert money(cast.firm.organisation).cap_left == 0
    assert money(cast.firm.organisation).pool_left == POOL_FEN - CAP_FEN


def test_one_firms_cap_is_not_anothers(cast: Cast) -> None:
    cast.voucher("issued", cast.firm, cast.invoice(90 * WAN))
    other = cast.voucher("issued", cast.rival, cast.invoice(90 * WAN))
    assert other.granted_fen == CAP_FEN


def test_when_the_policy_raises_the_cap_a_firm_that_has_drawn_gets_the_difference(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.voucher("issued", None, cast.invoice(50 * WAN))
    assert money(cast.firm.organisation).cap_left == 5 * WAN
    second, third = cast.voucher("approved"), cast.voucher("approved")
    scheme = queries.edition("cloud-voucher")
    for cap, voucher in ((25 * WAN, second), (20 * WAN, third)):
        changed = dataclasses.replace(scheme, yearly_cap_fen=cap)
        monkeypatch.setattr(actions, "edition", lambda name, changed=changed: changed)
        actions.issue(voucher, cast.province, at=MOMENT)
    assert money(cast.firm.organisation).cap_left == 4 * WAN, "what was allowed stays allowed"


def test_the_cap_is_what_the_policy_says_on_the_day(cast: Cast) -> None:
    assert queries.scheme_on(queries.SCHEME, MOMENT.date()).yearly_cap_fen == CAP_FEN


def test_the_transfers_of_a_voucher_are_found_by_its_number(cast: Cast) -> None:
    voucher, uscc = cast.voucher("issued"), cast.firm.organisation.uscc
    kinds = {s.key: s.state for s in books.standings(voucher.number)}
    assert kinds == {
        f"issue/{voucher.number}/province": "posted",
        f"bound/{voucher.number}/cap/cloud_voucher/2026/{uscc}": "posted",
    }


def test_nothing_is_issued_under_an_open_hit_or_a_sanction(cast: Cast, approved: Voucher) -> None:
    filing = Filing.objects.get(flow="voucher", thing_id=approved.pk)
    hit = Hit(filing=filing, other=filing, kind="text", score_bps=9_000, amount_fen=1,
              found_at=MOMENT)  # fmt: skip
    begin(hit, by=SYSTEM, at=MOMENT)
    with pytest.raises(StepRefused, match="有重复线索还没有判定"):
        actions.issue(approved, cast.province, at=MOMENT)
    assert unchanged(approved)
    advance(hit, "lapse", by=SYSTEM, at=MOMENT)
    days = {"from_date": MOMENT.date(), "until_date": MOMENT.date(), "at": MOMENT}
    Sanction.objects.create(organisation=approved.organisation, source="clawback", source_id=1,
                            grounds="虚报", document_number="1", **days)  # fmt: skip
    with pytest.raises(StepRefused, match="惩戒期内"):
        actions.issue(approved, cast.province, at=MOMENT)
    assert unchanged(approved)
    actions.issue(approved, cast.province, at=MOMENT + ONE_DAY)


def test_the_fund_in_the_policy_is_the_fund_in_the_books(cast: Cast) -> None:
    fund = queries.fund_of(2026)
    assert fund is not None
    assert dataclasses.asdict(fund)["pool_fen"] == POOL_FEN
    assert queries.pool_code(fund) == POOL


def test_a_pool_is_topped_up_when_the_policy_gives_more_and_never_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund = queries.fund_of(MOMENT.year)
    assert fund is not None
    actions.open_fund(MOMENT.year)
    voucher = cast.voucher("issued")
    revoke(voucher, cast.province, note="企业注销", at=MOMENT)
    for pool_fen in (fund.pool_fen + 700, fund.pool_fen + 700, fund.pool_fen - 1):
        changed = dataclasses.replace(fund, pool_fen=pool_fen)
        monkeypatch.setattr(vouchers_money, "fund_for", lambda *asked, changed=changed: changed)
        actions.open_fund(MOMENT.year)
        balance = books.balance(queries.pool_code(fund))
        assert balance is not None and balance.left_fen == fund.pool_fen + 700
