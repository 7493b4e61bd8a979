from __future__ import annotations

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, WAN, Cast
from tests.funding.conftest import money, steps_of, twice


@pytest.mark.parametrize("slip", ["", "   "])
def test_a_payment_without_its_slip_is_refused(cast: Cast, slip: str) -> None:
    voucher = cast.voucher("settled")
    with pytest.raises(StepRefused, match="拨付凭证号"):
        actions.pay(voucher, cast.province, payment_number=slip, at=MOMENT)
    voucher.refresh_from_db()
    assert (voucher.state, voucher.paid_at) == ("settled", None)
    assert money(voucher.organisation).paid == 0


def test_a_double_click_pays_once(cast: Cast) -> None:
    voucher = cast.voucher("settled")
    twice(lambda: actions.pay(voucher, cast.province, payment_number="BF1", at=MOMENT), Moved)
    assert (money(voucher.organisation).paid, money(voucher.organisation).owed) == (3 * WAN, 0)
    assert steps_of(voucher).count("pay") == 1


def test_a_payment_keeps_its_moment_and_its_slip(cast: Cast) -> None:
    voucher = cast.voucher("settled")
    actions.pay(voucher, cast.province, payment_number="工行 2026-0042", at=MOMENT)
    voucher.refresh_from_db()
    assert (voucher.paid_at, voucher.payment_number) == (MOMENT, "工行 2026-0042")


def test_nobody_is_paid_who_has_not_been_settled(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    with pytest.raises(Moved):
        actions.pay(voucher, cast.province, payment_number="BF1", at=MOMENT)
    assert money(voucher.organisation).paid == 0


def test_only_the_province_records_a_payment(cast: Cast) -> None:
    voucher = cast.voucher("settled")
    for acting in (cast.firm.actor, cast.county, cast.city):
        with pytest.raises(NotAllowed):
            actions.pay(voucher, acting, payment_number="BF1", at=MOMENT)
