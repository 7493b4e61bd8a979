from __future__ import annotations

import pytest

from dengta.funding.actions.vouchers_redeeming import expire_due, redeem, reverse_redemption
from dengta.funding.models import Claim, Voucher
from dengta.monitoring.queries.indicators import total
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, money, steps_of
from tests.funding.paying import pay_claim

LATER = MOMENT + 400 * ONE_DAY
WHOLE = Money(POOL_FEN - 3 * WAN, CAP_FEN - 3 * WAN, 3 * WAN, 0, 0, 0)
BACK = Money(POOL_FEN, CAP_FEN, 0, 0, 0, 0)


@pytest.fixture
def claim(cast: Cast) -> Claim:
    """A voucher redeemed as a whole."""
    return cast.voucher("redeemed").claims.get()


def test_what_was_not_paid_is_no_longer_owed_and_the_voucher_can_be_redeemed_anew(
    cast: Cast, claim: Claim
) -> None:
    reverse_redemption(claim, cast.province, note="退订服务", at=MOMENT)
    voucher = Voucher.objects.get()
    assert (claim.state, voucher.state, voucher.redeemed_fen) == ("reversed", "issued", 0)
    assert money(cast.firm.organisation) == WHOLE
    assert steps_of(voucher)[-2:] == ["redeem", "refund"]
    redeem(voucher, cast.firm.actor, at=MOMENT)
    assert voucher.state == "redeemed"


def test_what_was_paid_needs_the_slip_of_the_money_that_came_back(cast: Cast, claim: Claim) -> None:
    pay_claim(claim, at=MOMENT)
    with pytest.raises(StepRefused, match="退回款项的银行流水号"):
        reverse_redemption(claim, cast.province, note="退款", at=MOMENT)
    assert total("cloud_enterprises", DAY) == 1
    reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    now = money(cast.firm.organisation)
    assert now[:3] == WHOLE[:3] and (now.owed_pending, now.owed) == (0, 0)
    assert total("cloud_enterprises", DAY) == 0
    redeem(Voucher.objects.get(), cast.firm.actor, at=MOMENT)


def test_one_slip_proves_one_refund(cast: Cast, claim: Claim) -> None:
    other = cast.voucher("redeemed", cast.rival).claims.get()
    for each in (claim, other):
        pay_claim(each, at=MOMENT)
    reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    with pytest.raises(StepRefused, match="同一凭证只能用一次"):
        reverse_redemption(other, cast.province, note="退款", slip=" tk 1 ", at=MOMENT)
    other.refresh_from_db()
    assert other.state == "paid"
    reverse_redemption(other, cast.province, note="退款", slip="TK-2", at=MOMENT)


@pytest.mark.parametrize("paid", [False, True])
def test_after_its_last_day_what_comes_back_goes_to_the_purses(
    cast: Cast, claim: Claim, paid: bool
) -> None:
    if paid:
        pay_claim(claim, at=MOMENT)
    reverse_redemption(claim, cast.city, note="退款", slip="TK-1", at=LATER)
    assert Voucher.objects.get().state == "expired"
    assert money(cast.firm.organisation)[:5] == BACK[:5]


def test_what_comes_back_after_the_rest_expired_goes_to_the_purses_too(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    claim = redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    assert expire_due(LATER.date()) == 1
    reverse_redemption(claim, cast.province, note="退订", at=LATER)
    assert money(cast.firm.organisation) == BACK


def test_it_is_taken_back_once_by_an_office_with_a_reason_and_not_while_the_bank_pays(
    cast: Cast, claim: Claim
) -> None:
    for acting in (cast.firm.actor, cast.county):
        with pytest.raises(NotAllowed):
            reverse_redemption(claim, acting, note="退订", at=MOMENT)
    with pytest.raises(StepRefused, match="需要写明理由"):
        reverse_redemption(claim, cast.province, note="", at=MOMENT)
    paying = pay_claim(claim, at=MOMENT)
    assert paying.state == "paid"
    stale = Claim.objects.get(pk=claim.pk)
    reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    for copy in (claim, stale):
        with pytest.raises(Moved):
            reverse_redemption(copy, cast.province, note="退款", slip="TK-1", at=MOMENT)
