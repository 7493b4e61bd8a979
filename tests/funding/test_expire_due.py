from __future__ import annotations

from dengta.funding.actions import vouchers as actions
from dengta.funding.queries import vouchers as queries
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, money, steps_of, told

LAST_DAY = DAY + 365 * ONE_DAY


def test_a_voucher_expires_the_day_after_its_last_and_gives_the_money_back(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    organisation = cast.firm.organisation
    assert actions.expire_due(LAST_DAY) == 0
    assert actions.expire_due(LAST_DAY + ONE_DAY) == 1
    voucher.refresh_from_db()
    assert voucher.state == "expired"
    assert money(organisation) == Money(POOL_FEN, CAP_FEN, 0, 0, 0)
    assert queries.facts_of(organisation, DAY)["vouchers_this_year_fen"] == 0


def test_expiring_twice_is_expiring_once(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    assert [actions.expire_due(LAST_DAY + ONE_DAY) for _ in range(3)] == [1, 0, 0]
    assert steps_of(voucher).count("expire") == 1
    assert told(voucher, "expire") == [cast.firm.actor.user_id]


def test_what_was_redeemed_in_time_does_not_expire(cast: Cast) -> None:
    for state in ("redeemed", "settled", "paid", "approved", "draft"):
        cast.voucher(state)
    assert actions.expire_due(LAST_DAY + 1000 * ONE_DAY) == 0


def test_after_an_expiry_the_firm_can_apply_again_for_the_whole_cap(cast: Cast) -> None:
    cast.voucher("issued", None, cast.invoice(90 * WAN), at=MOMENT)
    actions.expire_due(LAST_DAY + ONE_DAY)
    again = cast.voucher("approved", None, cast.invoice(90 * WAN))
    actions.issue(again, cast.province, at=MOMENT)
    assert again.granted_fen == CAP_FEN
