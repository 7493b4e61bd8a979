from __future__ import annotations

import pytest

from dengta.accounts.queries import SYSTEM, Actor
from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.funding.states import VOUCHER
from dengta.trail.actions import Moved, NotAllowed, StepRefused, allowed_steps
from tests.cast import MOMENT, Cast
from tests.funding.conftest import entries_of, money, steps_of, told, twice


def desks(cast: Cast) -> dict[str, Actor]:
    """One actor of each role who has to do with a matter of 江岸区."""
    return {
        "enterprise": cast.firm.actor, "county": cast.county, "city": cast.city,
        "province": cast.province, "provider": cast.supplier.actor, "expert": cast.expert,
        "system": SYSTEM,
    }  # fmt: skip


ENDED = ("rejected", "withdrawn", "expired", "revoked")
STATES = [s.id for s in VOUCHER.states if s.id not in ENDED]


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_desk_may_take_the_steps_that_are_its_own_and_no_other(
    cast: Cast, state: str
) -> None:
    voucher = cast.voucher(state)
    for role, acting in desks(cast).items():
        expected = {
            step.id for step in VOUCHER.steps if state in step.sources and role in step.roles
        }
        assert {step.id for step in allowed_steps(voucher, acting)} == expected
    for stranger in (cast.rival.actor, cast.next_county, cast.next_city, cast.remote_office):
        assert allowed_steps(voucher, stranger) == ()


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("district_check", "pass"), ("joint_review", "approve"), ("district_check", "return"),
        ("joint_review", "return"), ("district_check", "reject"), ("joint_review", "reject"),
        ("draft", "withdraw"), ("district_check", "withdraw"), ("joint_review", "withdraw"),
        ("returned", "withdraw"),
    ],
)  # fmt: skip
def test_a_double_click_on_a_step_does_nothing_twice(cast: Cast, state: str, step: str) -> None:
    voucher = cast.voucher(state)
    role = next(r for r in VOUCHER.step(step).roles if r == VOUCHER.state(state).owner
                or step == "withdraw")  # fmt: skip
    acting = desks(cast)[role]
    twice(lambda: actions.take(voucher, step, acting, note="依据不足", at=MOMENT), Moved)
    assert steps_of(voucher).count(step) == 1
    assert len(told(voucher, step)) == len(set(told(voucher, step)))


@pytest.mark.parametrize(
    "step", ["issue", "redeem", "part", "refund", "revoke", "expire", "submit"]
)
def test_a_step_that_moves_money_or_takes_invoices_has_no_way_around_its_own_action(
    cast: Cast, step: str
) -> None:
    source = VOUCHER.step(step).sources[0]
    voucher = cast.voucher(source)
    before = money(voucher.organisation)
    with pytest.raises(ValueError, match="action of its own"):
        actions.take(voucher, step, desks(cast)[VOUCHER.step(step).roles[0]], at=MOMENT)
    voucher.refresh_from_db()
    assert voucher.state == source
    assert money(voucher.organisation) == before


def test_two_officials_at_once_the_second_is_told(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    one, two = (Voucher.objects.get(pk=voucher.pk) for _ in range(2))
    actions.take(one, "pass", cast.county, at=MOMENT)
    with pytest.raises(Moved):
        actions.take(two, "reject", cast.county, note="不符合条件", at=MOMENT)
    two.refresh_from_db()
    assert (two.state, steps_of(voucher)) == ("joint_review", ["begin", "submit", "pass"])
    assert entries_of(two).filter(released_at=None).count() == 2


def test_a_returned_application_tells_the_firm_why(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    assert cast.county and cast.city
    actions.take(voucher, "return", cast.county, note="付款凭证看不清。", at=MOMENT)
    assert told(voucher, "return") == [cast.firm.actor.user_id]
    with pytest.raises(StepRefused):
        actions.take(voucher, "pass", cast.county, at=MOMENT)


def test_a_firm_may_withdraw_until_it_has_been_approved(cast: Cast) -> None:
    for state in ("approved", "issued", "redeemed"):
        voucher = cast.voucher(state)
        with pytest.raises(Moved):
            actions.take(voucher, "withdraw", cast.firm.actor, at=MOMENT)


def test_nobody_withdraws_for_another_firm(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    for acting in (cast.rival.actor, cast.supplier.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            actions.take(voucher, "withdraw", acting, at=MOMENT)
