from __future__ import annotations

import pytest

from dengta.funding.actions import openings
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.vouchers_money import open_fund
from dengta.funding.actions.vouchers_redeeming import start_redemption
from dengta.funding.models import Issuance, Ticket, Voucher
from dengta.funding.queries import openings as queries
from dengta.ledger import queries as books
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import MOMENT, ONE_DAY, Cast, Firm
from tests.funding.conftest import steps_of, told
from tests.funding.rush_cast import COUPON, FACE, NINE, POOL, announced, leave, take


def left() -> int | None:
    """What is left of the pool, in 分."""
    balance = books.balance(POOL)
    return balance.left_fen if balance else None


def test_who_comes_first_is_granted_first_and_the_pool_ends_at_nothing(cast: Cast) -> None:
    opening = announced(cast, coupons=2)
    firms: list[Firm] = [cast.firm, cast.rival, cast.remote]
    tickets = [take(opening, firm) for firm in firms]
    assert [ticket.outcome for ticket in tickets] == ["granted", "granted", "empty"]
    assert left() == 0
    voucher = tickets[0].voucher
    assert voucher is not None
    assert (voucher.state, voucher.granted_fen, voucher.left_fen) == ("issued", FACE, FACE)
    assert (voucher.agreed_by, voucher.depth) == ("张经理", "business")
    assert voucher.verdict["eligible"] == "yes"
    assert steps_of(voucher) == ["begin", "grant"]
    assert told(voucher, "grant") == [cast.firm.actor.user_id]
    assert "只剩 0.00 元" in tickets[2].note["zh"]
    issuance = Issuance.objects.get()
    assert (issuance.asked, issuance.issued, issuance.issued_fen) == (3, 2, 2 * FACE)
    seen = queries.watch(opening)
    assert (seen.waiting, seen.granted, seen.empty, seen.left_fen) == (0, 2, 1, 0)


def test_what_nobody_could_get_is_not_announced(cast: Cast) -> None:
    with pytest.raises(StepRefused, match=r"账上 0\.00 元，.*请先补充资金"):
        announced(cast, coupons=0)


def test_what_does_not_reach_for_one_may_reach_for_the_next_who_asks_for_less(cast: Cast) -> None:
    opening = announced(cast)
    leave(400_000)
    assert take(opening, cast.firm, "business").outcome == "empty"
    assert take(opening, cast.rival, "resource").outcome == "granted"
    assert left() == 100_000


def test_a_second_click_is_the_same_place_and_nobody_gets_two(cast: Cast) -> None:
    opening = announced(cast)
    first, again = take(opening, cast.firm), take(opening, cast.firm)
    colleague = cast.colleague(cast.firm)
    third = take(opening, Firm(cast.firm.organisation, colleague))
    assert first == again == third
    assert (Ticket.objects.count(), Voucher.objects.count()) == (1, 1)


def test_before_the_time_it_is_refused_with_the_time_and_afterwards_as_over(cast: Cast) -> None:
    opening = announced(cast)
    with pytest.raises(StepRefused, match="2026年3月17日 10:00 开放"):
        take(opening, cast.firm, at=NINE - ONE_DAY / 24)
    with pytest.raises(StepRefused, match="已经结束"):
        take(opening, cast.firm, at=NINE + ONE_DAY)
    assert not Ticket.objects.exists()
    assert openings.tick(NINE + ONE_DAY) == (0, 1)
    opening.refresh_from_db()
    assert opening.state == "closed"
    with pytest.raises(StepRefused, match="已经结束"):
        take(opening, cast.firm)


def test_whoever_does_not_fit_learns_why_and_takes_no_place(cast: Cast) -> None:
    opening = announced(cast)
    with pytest.raises(NotEligible, match="中型、小型或微型企业"):
        take(opening, cast.giant)
    with pytest.raises(NotAllowed):
        take(opening, cast.supplier)
    for terms, name in (([], "张经理"), (None, "张经理"), ("good", " ")):
        agreed = openings.terms_of(openings.scheme_of(COUPON)) if terms == "good" else terms
        with pytest.raises(StepRefused, match="承诺"):
            openings.take_ticket(
                opening, cast.firm.actor, {"cloud_depth": "business"}, terms=agreed,
                agreed_by=name, at=NINE,
            )  # fmt: skip
    assert not Ticket.objects.exists()


def test_the_queue_is_served_in_order_and_each_knows_how_many_are_before(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = announced(cast, coupons=2)
    with monkeypatch.context() as busy:
        busy.setattr(openings, "serve", lambda opening, at=None: 0)
        tickets = [take(opening, firm) for firm in (cast.firm, cast.rival, cast.remote)]
    assert [queries.position(ticket) for ticket in tickets] == [0, 1, 2]
    monkeypatch.setattr(openings, "BATCH", 2)
    assert openings.serve(opening, at=NINE) == 3
    assert openings.serve(opening, at=NINE) == 0
    outcomes = [Ticket.objects.get(pk=ticket.pk).outcome for ticket in tickets]
    assert outcomes == ["granted", "granted", "empty"]


def test_a_firms_year_bounds_what_it_draws_in_all(cast: Cast) -> None:
    first, second = announced(cast), announced(cast)
    assert take(first, cast.firm, "capability").outcome == "granted"
    with pytest.raises(StepRefused, match="没有可领的金额"):
        take(second, cast.firm)


def test_only_the_province_plans_what_goes_to_whoever_comes_first(cast: Cast) -> None:
    wanted = openings.Plan(COUPON, "券", NINE, NINE + ONE_DAY)
    with pytest.raises(NotAllowed):
        openings.plan(cast.city, wanted, at=MOMENT)
    with pytest.raises(StepRefused, match="需要审核发放"):
        openings.plan(
            cast.province, openings.Plan("cloud-voucher", "券", NINE, NINE + ONE_DAY), at=MOMENT
        )
    with pytest.raises(StepRefused, match="改正结束时间"):
        openings.plan(cast.province, openings.Plan(COUPON, "券", NINE, NINE), at=MOMENT)
    opening = openings.plan(cast.province, wanted, at=MOMENT)
    with pytest.raises(StepRefused, match="还没有下达资金"):
        openings.announce(opening, cast.province, at=MOMENT)
    open_fund(2026, "cloud_coupon", at=MOMENT)
    openings.announce(opening, cast.province, at=MOMENT)


def test_called_off_it_tells_those_who_wait_why(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = announced(cast)
    monkeypatch.setattr(openings, "serve", lambda opening, at=None: 0)
    ticket = take(opening, cast.firm)
    openings.cancel(opening, cast.province, note="资金调整", at=NINE)
    ticket.refresh_from_db()
    assert ticket.outcome == "refused" and "资金调整" in ticket.note["zh"]


def test_a_coupon_is_set_off_by_a_listed_supplier_and_never_beyond_what_is_left(
    cast: Cast,
) -> None:
    voucher = take(announced(cast), cast.firm).voucher
    assert voucher is not None and cast.supplier
    with pytest.raises(StepRefused, match="核销金额须在"):
        start_redemption(voucher, cast.supplier.actor, FACE + 1, at=NINE)
    claim = start_redemption(voucher, cast.supplier.actor, FACE, key="a", at=NINE)
    again = start_redemption(voucher, cast.supplier.actor, FACE, key="a", at=NINE)
    assert claim == again
    assert (claim.state, claim.payee, claim.voucher) == (
        "draft", cast.supplier.organisation, voucher,
    )  # fmt: skip
    stranger = cast.enrol("stranger", kind="provider", industry_code="65")
    with pytest.raises(NotAllowed, match="名单"):
        start_redemption(voucher, stranger.actor, 1, at=NINE)
