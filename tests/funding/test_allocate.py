from __future__ import annotations

import pytest

from dengta.funding.actions import budgets
from dengta.funding.models import Budget, BudgetOrder
from dengta.funding.queries.budgets import fund_named
from dengta.ledger import queries as books
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import MOMENT, WAN, Cast
from tests.funding.budgets_cast import (
    CHECKED,
    COUNTIES,
    JIANGAN,
    PILOT,
    WUHAN,
    XIANTAO,
    allotted,
    drawn,
    left,
    opened,
)

POOL = 51_000 * WAN
THOUSAND = 1_000 * WAN


def test_an_allotment_is_divided_by_the_rule_and_is_one_transfer_per_part(cast: Cast) -> None:
    orders = allotted(cast.province, THOUSAND)
    assert [(o.target.part, o.amount_fen, o.state) for o in orders] == [
        ("enterprise", 800 * WAN, "booked"),
        ("public", 200 * WAN, "booked"),
    ]
    assert (left(), left(WUHAN, "enterprise"), left(WUHAN, "public")) == (
        POOL - THOUSAND, 800 * WAN, 200 * WAN,
    )  # fmt: skip
    for order in orders:
        found = books.standing(order.number)
        assert found is not None
        assert (found.debit, found.amount_fen) == (f"pool/{PILOT}", order.amount_fen)


def test_odd_money_leaves_the_odd_fen_to_enterprises(cast: Cast) -> None:
    enterprise, public = allotted(cast.province, 9)
    assert (enterprise.amount_fen, public.amount_fen) == (8, 1)


def test_less_than_the_share_for_enterprises_is_refused_by_the_ledger(cast: Cast) -> None:
    allotted(cast.province, THOUSAND)
    with pytest.raises(StepRefused, match="低于 80 %"):
        allotted(cast.province, THOUSAND, enterprise=800 * WAN - 1, public=200 * WAN + 1)
    assert left() == POOL - THOUSAND
    assert BudgetOrder.objects.count() == 2


def test_what_enterprises_got_beyond_the_share_makes_room_for_public_money(cast: Cast) -> None:
    allotted(cast.province, THOUSAND, enterprise=THOUSAND)
    allotted(cast.province, 250 * WAN, public=250 * WAN)
    with pytest.raises(StepRefused, match="低于 80 %"):
        allotted(cast.province, 1, public=1)


def test_a_county_is_given_money_by_its_city_part_by_part(cast: Cast) -> None:
    allotted(cast.province, THOUSAND)
    with pytest.raises(NotAllowed):
        allotted(cast.province, 100 * WAN, JIANGAN)
    with pytest.raises(NotAllowed):
        allotted(cast.next_city, 100 * WAN, JIANGAN)
    allotted(cast.city, 100 * WAN, JIANGAN, public=100 * WAN)
    assert left(JIANGAN, "public") == left(WUHAN, "public") == 100 * WAN
    with pytest.raises(
        StepRefused, match=r"武汉市公共服务资金账上 1,000,000\.00 元.*可用 1,000,000\.00 元"
    ):
        allotted(cast.city, 101 * WAN, JIANGAN, public=101 * WAN)


def test_pilot_counties_are_given_theirs_by_the_province(cast: Cast) -> None:
    allotted(cast.province, 400 * WAN, JIANGAN, COUNTIES)
    county = Budget.objects.get(fund=COUNTIES, region_code=JIANGAN, part="enterprise")
    assert county.parent is not None and county.parent.level == "province"
    with pytest.raises(NotAllowed):
        allotted(cast.city, WAN, JIANGAN, COUNTIES)


def test_a_division_without_counties_is_given_money_like_any_city(cast: Cast) -> None:
    allotted(cast.province, THOUSAND, XIANTAO)
    assert left(XIANTAO, "enterprise") == 800 * WAN


def test_only_the_province_allots_to_cities_and_the_desk_of_a_county_to_nobody(cast: Cast) -> None:
    for actor in (cast.city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            allotted(actor, WAN)


def test_no_more_than_the_province_has_left(cast: Cast) -> None:
    allotted(cast.province, POOL - WAN)
    with pytest.raises(StepRefused, match=r"可用 10,000.00 元，不够本次的 20,000.00 元"):
        allotted(cast.province, 2 * WAN, XIANTAO)
    assert left() == WAN


def test_the_same_form_sent_twice_books_once_and_another_under_its_key_is_refused(
    cast: Cast,
) -> None:
    opened()

    def sent(amount: int) -> list[BudgetOrder]:
        return budgets.allocate(
            cast.province, PILOT, WUHAN, amount, document_number="1号", reason="首批", key="once",
            note=CHECKED, at=MOMENT,
        )  # fmt: skip

    assert [o.pk for o in sent(THOUSAND)] == [o.pk for o in sent(THOUSAND)]
    assert left() == POOL - THOUSAND
    with pytest.raises(StepRefused, match="已经提交过"):
        sent(WAN)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount_fen": 0}, "大于零"),
        ({"reason": " "}, "事由"),
        ({"document_number": " "}, "文号"),
        ({"region": "420000"}, "不是本省的市州"),
        ({"region": "440100"}, "不是本省的市州"),
        ({"parts": {"enterprise": 1}}, "不一致"),
        ({"parts": {"all": WAN}}, "用途"),
        ({"parts": {"enterprise": 2 * WAN, "public": -WAN}}, "用途"),
        ({"fund": "nothing-2026"}, "没有资金"),
    ],
)
def test_an_order_that_cannot_be_says_what_to_mend(
    cast: Cast, changed: dict[str, object], words: str
) -> None:
    opened()
    given: dict[str, object] = {
        "fund": PILOT, "region": WUHAN, "amount_fen": WAN, "document_number": "1号",
        "reason": "首批", "key": "k", "note": CHECKED, "at": MOMENT,
    }  # fmt: skip
    with pytest.raises(StepRefused, match=words):
        budgets.allocate(cast.province, **(given | changed))  # type: ignore[arg-type]
    assert not BudgetOrder.objects.exists()


def test_a_fund_that_is_not_open_cannot_be_allotted(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="还没有开设"):
        budgets.open_place(fund_named(PILOT), WUHAN)


def test_what_is_set_aside_cannot_go_down_to_a_county(cast: Cast) -> None:
    allotted(cast.province, THOUSAND)
    drawn(WUHAN, "enterprise", 750 * WAN, cast.firm.organisation.uscc)
    with pytest.raises(StepRefused, match=r"可用 500,000\.00 元"):
        allotted(cast.city, 60 * WAN, JIANGAN, enterprise=60 * WAN)
