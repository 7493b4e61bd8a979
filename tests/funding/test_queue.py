from __future__ import annotations

from dengta.accounts.queries import SYSTEM, Actor
from dengta.funding.actions import vouchers as actions
from dengta.funding.queries import vouchers as queries
from tests.cast import MOMENT, ONE_DAY, Cast


def test_each_office_finds_what_it_has_to_do_and_nothing_else(cast: Cast) -> None:
    vouchers = {
        state: cast.voucher(state)
        for state in ("draft", "district_check", "joint_review", "approved", "issued",
                      "redeemed", "returned")
    }  # fmt: skip
    assert list(queries.queue(cast.county)) == [vouchers["district_check"]]
    assert list(queries.queue(cast.city)) == [vouchers["joint_review"]]
    waiting = {v.state for v in queries.queue(cast.province)}
    assert waiting == {"approved"}


def test_an_office_finds_only_its_own_territory(cast: Cast) -> None:
    here, there = cast.voucher("district_check"), cast.voucher("district_check", cast.rival)
    assert list(queries.queue(cast.county)) == [here]
    assert list(queries.queue(cast.next_county)) == [there]
    assert not queries.queue(cast.next_city).exists()
    assert not queries.queue(cast.remote_office).exists()


def test_the_city_waits_until_its_county_has_checked(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    assert not queries.queue(cast.city).exists()
    actions.take(voucher, "pass", cast.county, at=MOMENT)
    assert list(queries.queue(cast.city)) == [voucher]
    assert not queries.queue(cast.county).exists()


def test_an_office_without_counties_finds_both_its_checks_and_its_reviews(cast: Cast) -> None:
    check = cast.voucher("district_check", cast.remote)
    review = cast.voucher("joint_review", cast.remote)
    assert set(queries.queue(cast.remote_office)) == {check, review}


def test_what_has_waited_longest_comes_first(cast: Cast) -> None:
    late = cast.voucher("district_check", at=MOMENT)
    early = cast.voucher("district_check", at=MOMENT - 3 * ONE_DAY)
    assert list(queries.queue(cast.county)) == [early, late]


def test_nobody_but_an_official_has_a_queue_or_a_territory(cast: Cast) -> None:
    cast.voucher("district_check")
    cast.voucher("issued", cast.rival)
    nobody = Actor(0, "", "enterprise")
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert, nobody, SYSTEM):
        assert not queries.queue(acting).exists()
        assert not queries.in_territory(acting).exists()


def test_an_offices_list_has_every_submitted_voucher_of_its_territory(cast: Cast) -> None:
    cast.voucher("draft")
    paid, next_door = cast.voucher("redeemed"), cast.voucher("district_check", cast.rival)
    assert set(queries.in_territory(cast.county)) == {paid}
    assert set(queries.in_territory(cast.city)) == {paid, next_door}
    assert set(queries.in_territory(cast.province)) == {paid, next_door}
    assert not queries.in_territory(cast.next_city).exists()
