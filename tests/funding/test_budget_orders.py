"""Orders wait, are booked once, refused with a reason; returns and shifts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dengta.funding.actions import budgets
from dengta.funding.models import BudgetOrder
from dengta.funding.queries.budgets import TREASURY, fund_named, room_of
from dengta.funding.queries.fund_tree import place_in, trees
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import MOMENT, WAN, Cast
from tests.funding.budgets_cast import (
    CHECKED,
    JIANGAN,
    PILOT,
    WUHAN,
    allotted,
    drawn,
    given_back,
    left,
    opened,
    shifted,
)
from tests.funding.payments_cast import colleague

POOL = 51_000 * WAN
DRAFT = budgets.Draft("allocate", PILOT, WUHAN, 1_000 * WAN, "", "首批")


def test_opening_every_fund_of_the_year_twice_gives_each_its_money_once(cast: Cast) -> None:
    for _ in range(2):
        made = budgets.open_funds(2026, at=MOMENT)
    assert {b.fund for b in made} == {f.id for f in policy().funds if f.year == 2026}
    assert left() == POOL
    assert books.standing(f"policy/pool/{PILOT}/0") is not None


def test_a_rise_of_the_policy_posts_the_difference_whatever_an_official_appropriated(
    cast: Cast,
) -> None:
    opened()
    budgets.appropriate(
        cast.province, PILOT, 10 * WAN, document_number="2号", reason="追加", key="more",
        note=CHECKED, at=MOMENT,
    )  # fmt: skip
    raised = replace(fund_named(PILOT), pool_fen=POOL + 30 * WAN)
    for _ in range(2):
        budgets.open_fund(raised, at=MOMENT)
    opened()  # a process that still has the old policy takes nothing back
    assert left() == POOL + 40 * WAN
    assert books.posted(TREASURY, [f"pool/{PILOT}"], about=PILOT) == {
        f"pool/{PILOT}": POOL + 30 * WAN
    }


def test_what_comes_back_is_not_taken_for_money_of_the_treasury(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    given_back(cast.city, 100 * WAN)
    budgets.appropriate(
        cast.province,
        PILOT,
        10 * WAN,
        document_number="2号",
        reason="追加",
        key="more",
        note=CHECKED,
        at=MOMENT,
    )
    opened()
    tree = trees([fund_named(PILOT)])[PILOT]
    assert tree.own.allotted == POOL + 10 * WAN
    assert tree.own.passed == 900 * WAN
    assert tree.own.left == left() == POOL + 10 * WAN - 900 * WAN


def test_an_order_waits_until_it_is_booked_with_its_document_number(cast: Cast) -> None:
    opened()
    orders = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    assert [o.state for o in orders] == ["proposed", "proposed"]
    assert left() == POOL
    with pytest.raises(StepRefused, match="文号"):
        budgets.book(orders[1], cast.province, note=CHECKED, at=MOMENT)
    budgets.book(
        orders[1], cast.province, note=CHECKED, document_number="鄂财〔2026〕1号", at=MOMENT
    )
    rows = BudgetOrder.objects.order_by("id")
    assert [(o.state, o.document_number) for o in rows] == [("booked", "鄂财〔2026〕1号")] * 2
    assert left() == POOL - 1_000 * WAN


def test_whoever_proposed_it_does_not_book_it_where_a_colleague_could(cast: Cast) -> None:
    opened()
    order, _ = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    other = colleague(cast, cast.province)
    with pytest.raises(StepRefused, match="不相容岗位"):
        budgets.book(order, cast.province, document_number="1号", note=CHECKED, at=MOMENT)
    with pytest.raises(StepRefused, match="不相容岗位"):
        budgets.order_now(cast.province, DRAFT, key="k", note=CHECKED, at=MOMENT)
    assert left() == POOL
    budgets.book(order, other, document_number="1号", at=MOMENT)
    event = Event.objects.filter(flow="budget_order", step="book").first()
    assert event is not None and event.reasons == {"same_person": False}


def test_more_than_the_account_has_free_is_refused_with_the_figures_when_it_is_handed_in(
    cast: Cast,
) -> None:
    allotted(cast.province, 1_000 * WAN)
    drawn(WUHAN, "enterprise", 300 * WAN, cast.firm.organisation.uscc)
    beyond = replace(DRAFT, kind="return", amount_fen=501 * WAN, parts={"enterprise": 501 * WAN})
    words = (
        r"账上 8,000,000\.00 元，其中已预留 3,000,000\.00 元，可用 5,000,000\.00 元，"
        r"不够本次的 5,010,000\.00 元，没有保存"
    )
    before = BudgetOrder.objects.count()
    with pytest.raises(StepRefused, match=words):
        budgets.propose(cast.city, beyond, key="k", at=MOMENT)
    assert BudgetOrder.objects.count() == before


def test_booking_keeps_its_own_guard_where_the_money_went_in_between(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    back = replace(DRAFT, kind="return", amount_fen=100 * WAN, parts={"public": 100 * WAN})
    orders = [budgets.propose(cast.city, back, key=f"k{n}", at=MOMENT)[0] for n in range(3)]
    room = room_of(orders[2])
    assert room is not None and (room.left_fen, room.waiting_fen) == (200 * WAN, 300 * WAN)
    for order in orders[:2]:
        budgets.book(order, cast.city, document_number="1号", note=CHECKED, at=MOMENT)
    with pytest.raises(StepRefused, match=r"可用 0\.00 元，不够本次的 1,000,000\.00 元，没有记账"):
        budgets.book(orders[2], cast.city, document_number="1号", note=CHECKED, at=MOMENT)
    assert left(WUHAN, "public") == 0


def test_who_is_alone_says_who_checked_and_the_record_says_that_one_person_did_both(
    cast: Cast,
) -> None:
    opened()
    order, _ = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    with pytest.raises(StepRefused, match="只有您一位"):
        budgets.book(order, cast.province, document_number="1号", note=" ", at=MOMENT)
    budgets.book(order, cast.province, document_number="1号", note=CHECKED, at=MOMENT)
    event = Event.objects.filter(flow="budget_order", step="book").first()
    assert event is not None and event.reasons == {"same_person": True}


def test_two_officials_book_the_same_order_and_the_money_moves_once(cast: Cast) -> None:
    opened()
    order, _ = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    other = BudgetOrder.objects.get(pk=order.pk)
    budgets.book(order, cast.province, note=CHECKED, document_number="1号", at=MOMENT)
    with pytest.raises(Moved):
        budgets.book(other, cast.province, note=CHECKED, document_number="1号", at=MOMENT)
    assert left() == POOL - 1_000 * WAN
    assert Event.objects.filter(flow="budget_order", step="book").count() == 2


def test_a_refused_order_keeps_its_reason_and_moves_nothing(cast: Cast) -> None:
    opened()
    order, other = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    with pytest.raises(StepRefused, match="理由"):
        budgets.refuse(order, cast.province, note=" ", at=MOMENT)
    budgets.refuse(order, cast.province, note="金额有误", at=MOMENT)
    other.refresh_from_db()
    assert (order.state, other.state) == ("refused", "refused")
    with pytest.raises(Moved):
        budgets.book(other, cast.province, note=CHECKED, document_number="1号", at=MOMENT)
    assert left() == POOL


def test_a_city_neither_books_nor_refuses_what_the_province_ordered(cast: Cast) -> None:
    opened()
    order, _ = budgets.propose(cast.province, DRAFT, key="k", at=MOMENT)
    for press in (
        lambda: budgets.book(order, cast.city, document_number="1号", at=MOMENT),
        lambda: budgets.refuse(order, cast.city, note="不要", at=MOMENT),
    ):
        with pytest.raises(NotAllowed):
            press()


def test_what_is_committed_cannot_be_given_back(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    key = drawn(WUHAN, "enterprise", 300 * WAN, cast.firm.organisation.uscc)
    ledger.settle(key, 200 * WAN, at=MOMENT)
    drawn(WUHAN, "enterprise", 550 * WAN, cast.firm.organisation.uscc)
    with pytest.raises(StepRefused, match=r"可用 500,000\.00 元，不够本次的 800,000\.00 元"):
        given_back(cast.city, 100 * WAN)
    given_back(cast.city, 60 * WAN)
    assert left(WUHAN, "enterprise") == 2 * WAN


def test_giving_back_enterprise_money_alone_would_break_the_share(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    with pytest.raises(StepRefused, match="低于 80 %"):
        given_back(cast.city, WAN, enterprise=WAN)
    given_back(cast.city, 100 * WAN, public=100 * WAN)
    given_back(cast.city, 400 * WAN, enterprise=400 * WAN)
    with pytest.raises(StepRefused, match="低于 80 %"):
        given_back(cast.city, 1, enterprise=1)


def test_the_province_takes_back_from_a_city_and_a_city_from_its_county(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    with pytest.raises(NotAllowed):
        given_back(cast.next_city, WAN)
    given_back(cast.city, 50 * WAN, JIANGAN)
    given_back(cast.province, 50 * WAN)
    assert left(JIANGAN, "enterprise") == 40 * WAN
    assert left() == POOL - 950 * WAN


def test_public_money_becomes_enterprise_money_and_makes_room_for_public_money(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    shifted(cast.city, 80 * WAN)
    shifted(cast.city, 20 * WAN, JIANGAN)
    tree = trees([fund_named(PILOT)])[PILOT]
    wuhan = place_in(tree, WUHAN)
    assert wuhan is not None
    assert (wuhan.for_enterprises_fen, wuhan.share_bps) == (900 * WAN, 9_000)
    allotted(cast.province, 125 * WAN, public=125 * WAN)
    with pytest.raises(StepRefused, match="低于 80 %"):
        allotted(cast.province, 1, public=1)
    with pytest.raises(StepRefused, match=r"可用 2,250,000\.00 元"):
        shifted(cast.city, 300 * WAN)


def test_a_fund_without_parts_has_nothing_to_shift(cast: Cast) -> None:
    opened("scenario-2026")
    with pytest.raises(StepRefused, match="不分用途"):
        shifted(cast.city, WAN, fund="scenario-2026")
