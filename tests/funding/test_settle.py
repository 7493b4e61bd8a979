from __future__ import annotations

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.trail.actions import Moved, NotAllowed
from tests.cast import MOMENT, WAN, Cast
from tests.funding.conftest import money, steps_of, twice


def test_a_double_click_settles_once(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    twice(lambda: actions.settle(voucher, cast.province, at=MOMENT), Moved)
    assert money(voucher.organisation).owed == 3 * WAN
    assert steps_of(voucher).count("settle") == 1


def test_a_stale_copy_settles_nothing(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    stale = Voucher.objects.get(pk=voucher.pk)
    actions.settle(voucher, cast.province, at=MOMENT)
    actions.pay(voucher, cast.province, payment_number="BF1", at=MOMENT)
    with pytest.raises(Moved):
        actions.settle(stale, cast.province, at=MOMENT)
    assert (money(voucher.organisation).owed, money(voucher.organisation).paid) == (0, 3 * WAN)


def test_only_the_province_settles_and_only_what_was_redeemed(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    for acting in (cast.firm.actor, cast.county, cast.city):
        with pytest.raises(NotAllowed):
            actions.settle(voucher, acting, at=MOMENT)
    issued = cast.voucher("issued", cast.rival)
    with pytest.raises(Moved):
        actions.settle(issued, cast.province, at=MOMENT)
    assert money(voucher.organisation).owed == money(issued.organisation).owed == 0
