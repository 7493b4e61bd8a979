from __future__ import annotations

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.funding.queries import vouchers as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, money, steps_of, twice

YEAR = 365 * ONE_DAY


def test_all_is_redeemed_unless_an_amount_is_given(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    actions.redeem(voucher, cast.firm.actor, at=MOMENT)
    assert voucher.redeemed_fen == 3 * WAN


def test_redeeming_part_gives_the_rest_back_to_pool_and_cap_at_settlement(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    actions.redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    organisation = cast.firm.organisation
    assert money(organisation) == Money(POOL_FEN - 3 * WAN, CAP_FEN - 3 * WAN, 3 * WAN, 0, 0)
    actions.settle(voucher, cast.province, at=MOMENT)
    assert money(organisation) == Money(POOL_FEN - 1 * WAN, CAP_FEN - 1 * WAN, 0, 1 * WAN, 0)
    actions.pay(voucher, cast.province, payment_number="BF1", at=MOMENT)
    assert money(organisation) == Money(POOL_FEN - 1 * WAN, CAP_FEN - 1 * WAN, 0, 0, 1 * WAN)
    facts = queries.facts_of(organisation, MOMENT.date())
    assert facts["vouchers_this_year_fen"] == 1 * WAN


@pytest.mark.parametrize("amount", [0, -1, 3 * WAN + 1])
def test_an_amount_that_was_not_issued_cannot_be_redeemed(cast: Cast, amount: int) -> None:
    voucher = cast.voucher("issued")
    with pytest.raises(StepRefused, match="核销金额须在"):
        actions.redeem(voucher, cast.firm.actor, amount_fen=amount, at=MOMENT)
    voucher.refresh_from_db()
    assert (voucher.state, voucher.redeemed_fen) == ("issued", None)


def test_a_voucher_can_be_redeemed_on_its_last_day_and_not_after(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    with pytest.raises(StepRefused, match="过期"):
        actions.redeem(voucher, cast.firm.actor, at=MOMENT + YEAR + ONE_DAY)
    voucher.refresh_from_db()
    assert voucher.state == "issued"
    actions.redeem(voucher, cast.firm.actor, at=MOMENT + YEAR)
    assert voucher.state == "redeemed"


def test_only_the_firm_itself_redeems(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    for acting in (cast.rival.actor, cast.supplier.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            actions.redeem(voucher, acting, at=MOMENT)


def test_a_double_click_redeems_once(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    twice(lambda: actions.redeem(voucher, cast.firm.actor, at=MOMENT), Moved)
    assert steps_of(voucher).count("redeem") == 1


def test_a_second_device_cannot_redeem_another_amount(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    phone = Voucher.objects.get(pk=voucher.pk)
    actions.redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    with pytest.raises(Moved):
        actions.redeem(phone, cast.firm.actor, amount_fen=3 * WAN, at=MOMENT)
    phone.refresh_from_db()
    assert phone.redeemed_fen == 1 * WAN
