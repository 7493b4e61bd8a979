"""Money that was taken back by one way is not taken back by another, and leaves nothing behind."""

from __future__ import annotations

import pytest

from dengta.funding.actions import claims, claims_acceptance, clawbacks, results
from dengta.funding.actions.hits import Stopped
from dengta.funding.actions.vouchers_redeeming import expire_due, redeem, reverse_redemption
from dengta.funding.models import Claim, Filing, Voucher
from dengta.ledger import queries as books
from dengta.registry.actions import Sanctioned, sanction
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding import payments_cast
from tests.funding.claims_cast import approved_claim, budget, checked_claim
from tests.funding.clawback_cast import finding
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, money
from tests.funding.paying import pay_claim

LATER = MOMENT + 400 * ONE_DAY
BACK = Money(POOL_FEN, CAP_FEN, 0, 0, 0, 0)


def bounced(cast: Cast) -> Claim:
    """A redemption that the bank has sent back."""
    claim = cast.voucher("redeemed").claims.get()
    sent = payments_cast.sent(cast)
    (payment,) = payments_cast.payments_of(sent)
    answer = payments_cast.answer(payments_cast.bad(payment), by=cast.province)
    results.record(sent, cast.province, answer, at=MOMENT)
    claim.refresh_from_db()
    return claim


def test_a_redemption_that_bounced_is_no_longer_owed_once_it_is_reversed(cast: Cast) -> None:
    reverse_redemption(bounced(cast), cast.province, note="退订服务", at=MOMENT)
    after = money(cast.firm.organisation)
    assert (after.owed_pending, after.owed) == (0, 0)
    again = redeem(Voucher.objects.get(), cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    assert again.state == "approved"
    assert expire_due(LATER.date()) == 1
    reverse_redemption(again, cast.province, note="退订服务", at=LATER)
    assert money(cast.firm.organisation)[:5] == BACK[:5]
    assert not Filing.objects.filter(released_at=None).exists()


def test_what_a_clawback_takes_back_is_not_reversed_as_well_nor_the_other_way_round(
    cast: Cast,
) -> None:
    claim = cast.voucher("redeemed").claims.get()
    pay_claim(claim, at=MOMENT)
    claim.refresh_from_db()
    case = clawbacks.open_clawback(
        claim, cast.city, finding(claim.approved_fen or 0), key="a", at=MOMENT
    )
    with pytest.raises(StepRefused, match="已有追回"):
        reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    clawbacks.drop(case, cast.city, note="查无此事", at=MOMENT)
    claim.refresh_from_db()
    reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    with pytest.raises(StepRefused, match="已退款冲回"):
        clawbacks.open_clawback(claim, cast.city, finding(1 * WAN), key="b", at=MOMENT)


def test_a_firm_under_sanction_redeems_nothing(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    sanction(
        cast.firm.organisation, grounds="虚假申报", document_number="鄂经信惩〔2026〕1号",
        from_date=DAY, until_date=DAY + 100 * ONE_DAY, source="clawback", source_id=1,
        by=cast.province, at=MOMENT,
    )  # fmt: skip
    with pytest.raises(Sanctioned, match="被限制申报"):
        redeem(voucher, cast.firm.actor, at=MOMENT)


def test_a_claim_that_is_yet_to_be_screened_is_not_approved(cast: Cast) -> None:
    budget()
    claim = checked_claim(cast)
    Filing.objects.update(screened_version=0)
    with pytest.raises(Stopped, match="查重还没有完成"):
        claims.approve(claim, cast.city, at=MOMENT)


def test_a_claim_that_bounced_for_good_is_reversed_and_leaves_nothing_owed(cast: Cast) -> None:
    claim = approved_claim(cast)
    sent = payments_cast.sent(cast, cast.city)
    (payment,) = payments_cast.payments_of(sent)
    answer = payments_cast.answer(payments_cast.bad(payment), by=cast.city)
    results.record(sent, cast.city, answer, at=MOMENT)
    claim.refresh_from_db()
    before = books.balance(claim_budget := "pool/pilot-city-2026/420100/enterprise")
    claims_acceptance.reverse(claim, cast.city, note="企业已注销", at=MOMENT)
    after = books.balance(claim_budget)
    assert before and after and (after.left_fen or 0) - (before.left_fen or 0) == 3 * WAN
    assert money(cast.firm.organisation).owed == 0 and books.recompute() == []
    assert not Filing.objects.filter(released_at=None).exists()
