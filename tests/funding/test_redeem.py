from __future__ import annotations

import pytest

from dengta.funding.actions.vouchers_redeeming import redeem, start_redemption
from dengta.funding.models import Claim, Voucher
from dengta.funding.queries import vouchers as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, money, steps_of

YEAR = 365 * ONE_DAY


def test_all_is_redeemed_unless_an_amount_is_given(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    claim = redeem(voucher, cast.firm.actor, at=MOMENT)
    assert (voucher.redeemed_fen, claim.approved_fen) == (3 * WAN, 3 * WAN)
    assert claim.payee == cast.firm.organisation
    assert claim.instalments.get().ready_at == MOMENT


def test_a_part_leaves_the_rest_on_the_voucher(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    organisation = cast.firm.organisation
    assert (voucher.state, voucher.left_fen) == ("issued", 2 * WAN)
    assert money(organisation) == Money(
        POOL_FEN - 3 * WAN, CAP_FEN - 3 * WAN, 2 * WAN, 1 * WAN, 0, 0
    )
    facts = queries.facts_of(organisation, MOMENT.date())
    assert facts["vouchers_this_year_fen"] == 3 * WAN


@pytest.mark.parametrize("amount", [0, -1, 3 * WAN + 1])
def test_an_amount_that_is_not_there_cannot_be_redeemed(cast: Cast, amount: int) -> None:
    voucher = cast.voucher("issued")
    with pytest.raises(StepRefused, match="核销金额须在"):
        redeem(voucher, cast.firm.actor, amount_fen=amount, at=MOMENT)
    voucher.refresh_from_db()
    assert (voucher.state, voucher.redeemed_fen) == ("issued", 0)
    assert not Claim.objects.exists()


def test_a_voucher_can_be_redeemed_on_its_last_day_and_not_after(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    with pytest.raises(StepRefused, match="过期"):
        redeem(voucher, cast.firm.actor, at=MOMENT + YEAR + ONE_DAY)
    voucher.refresh_from_db()
    assert voucher.state == "issued"
    redeem(voucher, cast.firm.actor, at=MOMENT + YEAR)
    assert voucher.state == "redeemed"


def test_only_the_firm_itself_redeems(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    for acting in (cast.rival.actor, cast.supplier.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            redeem(voucher, acting, at=MOMENT)


def test_a_double_click_redeems_once(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    first = redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, turn=0, at=MOMENT)
    again = redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, turn=0, at=MOMENT)
    assert first == again
    assert voucher.redeemed_fen == 1 * WAN
    assert steps_of(voucher).count("part") == 1
    next_page = redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, turn=1, at=MOMENT)
    assert next_page != first and voucher.redeemed_fen == 2 * WAN


def test_a_second_device_that_saw_less_redeemed_is_told(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    phones = [Voucher.objects.get(pk=voucher.pk) for _ in range(2)]
    redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    for phone, turn in zip(phones, (0, None), strict=True):
        with pytest.raises(Moved, match="刚刚已在别处核销"):
            redeem(phone, cast.firm.actor, amount_fen=2 * WAN, turn=turn, at=MOMENT)
    assert Voucher.objects.get().redeemed_fen == 1 * WAN


def test_a_voucher_that_is_paid_after_spending_is_not_set_off(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    with pytest.raises(StepRefused, match="先付后补"):
        start_redemption(voucher, cast.supplier.actor, 1 * WAN, at=MOMENT)
