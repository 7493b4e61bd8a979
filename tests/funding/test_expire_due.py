from __future__ import annotations

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.vouchers_redeeming import expire_due, redeem, revoke
from dengta.funding.queries import vouchers as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, entries_of, money, steps_of, told

LAST_DAY = DAY + 365 * ONE_DAY


def test_a_voucher_expires_the_day_after_its_last_and_gives_the_money_back(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    organisation = cast.firm.organisation
    assert expire_due(LAST_DAY) == 0
    assert expire_due(LAST_DAY + ONE_DAY) == 1
    voucher.refresh_from_db()
    assert (voucher.state, voucher.left_fen) == ("expired", 0)
    assert money(organisation) == Money(POOL_FEN, CAP_FEN, 0, 0, 0, 0)
    assert queries.facts_of(organisation, DAY)["vouchers_this_year_fen"] == 0
    assert not entries_of(voucher).filter(released_at=None).exists()


def test_of_one_redeemed_in_part_only_the_rest_goes_back(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    assert expire_due(LAST_DAY + ONE_DAY) == 1
    organisation = cast.firm.organisation
    assert money(organisation) == Money(POOL_FEN - WAN, CAP_FEN - WAN, 0, WAN, 0, 0)
    assert queries.facts_of(organisation, DAY)["vouchers_this_year_fen"] == 1 * WAN
    assert entries_of(voucher).filter(released_at=None).exists()


def test_expiring_twice_is_expiring_once(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    assert [expire_due(LAST_DAY + ONE_DAY) for _ in range(3)] == [1, 0, 0]
    assert steps_of(voucher).count("expire") == 1
    assert told(voucher, "expire") == [cast.firm.actor.user_id]


def test_what_was_redeemed_in_time_does_not_expire(cast: Cast) -> None:
    for state in ("redeemed", "approved", "draft"):
        cast.voucher(state)
    assert expire_due(LAST_DAY + 1000 * ONE_DAY) == 0


def test_after_an_expiry_the_firm_can_apply_again_for_the_whole_cap(cast: Cast) -> None:
    cast.voucher("issued", None, cast.invoice(90 * WAN), at=MOMENT)
    expire_due(LAST_DAY + ONE_DAY)
    again = cast.voucher("approved", None, cast.invoice(90 * WAN))
    actions.issue(again, cast.province, at=MOMENT)
    assert again.granted_fen == CAP_FEN


def test_the_province_revokes_with_a_reason_and_what_is_left_goes_back(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
    for acting in (cast.firm.actor, cast.county, cast.city):
        with pytest.raises(NotAllowed):
            revoke(voucher, acting, note="企业迁出", at=MOMENT)
    with pytest.raises(StepRefused, match="需要写明理由"):
        revoke(voucher, cast.province, note=" ", at=MOMENT)
    revoke(voucher, cast.province, note="企业迁出", at=MOMENT)
    assert money(cast.firm.organisation) == Money(POOL_FEN - WAN, CAP_FEN - WAN, 0, WAN, 0, 0)
    with pytest.raises(Moved):
        revoke(voucher, cast.province, note="企业迁出", at=MOMENT)
    with pytest.raises(StepRefused):
        redeem(voucher, cast.firm.actor, amount_fen=1 * WAN, at=MOMENT)
