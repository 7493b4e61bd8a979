"""预算资金 and 分批下达: who sees what, what a form does, what the public sees."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.funding.actions import tranches
from dengta.funding.models import BudgetOrder, Tranche
from dengta.funding.queries.budgets import orders_of
from tests.cast import MOMENT, WAN, Cast
from tests.funding.budgets_cast import CHECKED, JIANGAN, PILOT, WUHAN, allotted, left, opened
from tests.projects.test_pilot_list import filed

FUND = f"/official/budgets/fund/{PILOT}/"
ORDERS = "/official/budgets/orders/"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT + dt.timedelta(hours=1), tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def sent(client: Client, page: str, typed: dict[str, str]) -> str:
    """Where a form leads that went through."""
    answer = client.post(page, typed)
    assert answer.status_code == 302
    return str(answer["Location"])


def order(**different: str) -> dict[str, str]:
    """An order as it is typed."""
    return {
        "key": "form-1", "kind": "allocate", "fund": PILOT, "region": WUHAN, "amount_fen": "1000",
        "public_fen": "", "document_number": "", "reason": "首批试点资金",
    } | different  # fmt: skip


def test_each_office_sees_its_own_part_of_a_fund(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    province = text(desk(cast, cast.province).get(FUND))
    assert "湖北省" in province and "└ 武汉市" in province and "江岸区" in province
    city = text(desk(cast, cast.city).get(FUND))
    assert "直接补助企业的占 80%，规定不低于 80%" in city and "平均 12万元" in city
    county = desk(cast, cast.county).get(FUND)
    assert "100.00" in text(county) and "武汉市" not in text(county)
    assert desk(cast, cast.next_city).get(FUND).status_code == 404
    assert "上级安排" not in text(desk(cast, cast.next_city).get("/official/budgets/"))
    assert desk(cast, cast.firm.actor).get(FUND).status_code == 403


def test_the_sums_of_a_plan_are_in_one_unit(cast: Cast) -> None:
    allotted(cast.province, 12_345_678)
    assert "合计 12.35万元" in text(desk(cast, cast.city).get("/official/budgets/"))


def test_funds_and_orders_lead_only_to_accounts_that_its_reader_may_open(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    seen = {}
    for actor in (cast.province, cast.city, cast.county):
        client = desk(cast, actor)
        pages = [FUND, *(f"{ORDERS}{one.pk}/" for one in orders_of(actor))]
        shown = "".join(client.get(page).content.decode() for page in pages)
        links = set(re.findall(r'href="(/official/books/account/[^"]+)"', shown))
        assert all(client.get(link).status_code == 200 for link in links)
        seen[actor.role] = len(links)
    assert seen["province"] > seen["city"] > seen["county"] > 0


def test_an_order_is_written_checked_and_booked(cast: Cast) -> None:
    opened()
    client = desk(cast, cast.province)
    assert client.get(f"{ORDERS}new/?fund={PILOT}").status_code == 200
    page, again = (sent(client, f"{ORDERS}new/", order()) for _ in range(2))
    assert page == again
    assert BudgetOrder.objects.count() == 2 and left() == 51_000 * WAN
    refused = client.post(f"{page}step/", {"step": "book", "note": CHECKED, "document_number": ""})
    assert refused.status_code == 422 and "文号" in text(refused)
    assert (
        client.post(
            f"{page}step/", {"step": "book", "note": CHECKED, "document_number": "7号"}
        ).status_code
        == 302
    )
    assert left(WUHAN, "enterprise") == 800 * WAN
    assert "已下达" in text(client.get(page))
    late = client.post(f"{page}step/", {"step": "book", "note": CHECKED, "document_number": "7号"})
    assert late.status_code == 422 and "已由他人办理" in text(late)


def test_what_cannot_be_ordered_is_said_at_the_form(cast: Cast) -> None:
    opened()
    opened("cloud-voucher-2026")
    client = desk(cast, cast.city)
    whole = {"fund": "cloud-voucher-2026", "region": JIANGAN, "public_fen": "20"}
    for different, words, field in (
        ({"region": JIANGAN, "amount_fen": "x"}, "不是数字", "amount_fen"),
        ({"region": JIANGAN, "amount_fen": "0"}, "大于 0、不超过 100,000 万元", "amount_fen"),
        ({"region": ""}, "请选择地区", "region"),
        ({"kind": "appropriate"}, "办理什么", "kind"),
        ({"region": WUHAN}, "不在您的岗位权限内", "__all__"),
        ({"region": JIANGAN, "reason": ""}, "事由", "reason"),
        ({"region": JIANGAN, "public_fen": "2000"}, "2,000万元多于总额", "public_fen"),
        (whole, "不分用途", "public_fen"),
    ):
        answer = client.post(f"{ORDERS}new/", order(**different))
        assert answer.status_code == 422 and words in text(answer), different
        assert list(answer.context["form"].errors) == [field], different
    several = client.post(f"{ORDERS}new/", {"key": "k", "kind": "allocate", "region": JIANGAN})
    asked = [one.name for one in several.context["form"] if one.errors]
    assert asked == ["fund", "amount_fen", "reason"], "in the order of the page"
    assert not BudgetOrder.objects.exists()
    assert desk(cast, cast.county).get(f"{ORDERS}new/").status_code == 403


def test_orders_that_wait_for_more_than_there_is_are_warned_of_before_they_are_booked(
    cast: Cast,
) -> None:
    allotted(cast.province, 50_000 * WAN)
    client = desk(cast, cast.province)
    assert "10,000,000.00" in text(client.get(f"{ORDERS}new/"))
    pages = [
        sent(client, f"{ORDERS}new/", order(key=key, amount_fen="600")) for key in ("one", "two")
    ]
    assert "这件要用 6,000,000.00 元；连同其他待下达的共要 12,000,000.00 元" in text(
        client.get(pages[1])
    )
    client.post(f"{pages[0]}step/", {"step": "book", "note": CHECKED, "document_number": "7号"})
    assert "可用 4,000,000.00 元，不够这件的 6,000,000.00 元" in text(client.get(pages[1]))
    over = client.post(f"{ORDERS}new/", order(key="three", amount_fen="401"))
    assert list(over.context["form"].errors) == ["amount_fen"]


def test_a_city_sees_what_it_was_given_but_has_no_button_on_the_provinces_order(
    cast: Cast,
) -> None:
    opened()
    province = desk(cast, cast.province)
    page = sent(province, f"{ORDERS}new/", order())
    city = desk(cast, cast.city)
    assert 'value="book"' in province.get(page).content.decode()
    seen = city.get(page).content.decode()
    assert 'value="book"' not in seen and 'value="refuse"' not in seen
    assert city.post(f"{page}step/", {"step": "book", "note": CHECKED}).status_code == 422
    assert desk(cast, cast.next_city).get(page).status_code == 404
    assert province.post(f"{page}step/", {"step": "refuse", "note": "重复"}).status_code == 302
    assert left() == 51_000 * WAN


def test_a_tranche_from_the_plan_to_the_money(cast: Cast) -> None:
    province, city = desk(cast, cast.province), desk(cast, cast.city)
    typed = {"fund": PILOT, "region": WUHAN, "amount_fen": ""}
    page = sent(province, "/official/tranches/plan/", typed)
    assert "实施方案备案" in text(city.get(page))
    assert city.post(f"{page}step/", {"step": "ask", "request": ""}).status_code == 422
    assert "没有备案生效（现在：没有填报）" in text(city.get(page))
    assert city.post(f"{page}step/", {"step": "ask", "request": "已备案"}).status_code == 422
    filed(cast)
    assert "没有备案生效" not in text(city.get(page))
    assert city.post(f"{page}step/", {"step": "ask", "request": "已备案"}).status_code == 302
    low = province.post(f"{page}step/", {"step": "evaluate", "score": 40, "opinion": "差"})
    assert low.status_code == 422 and "60 分至 100 分" in text(low)
    province.post(f"{page}step/", {"step": "evaluate", "score": 85, "opinion": "合格"})
    wrong = province.post(
        f"{page}step/", {"step": "release", "note": CHECKED, "document_number": ""}
    )
    assert wrong.status_code == 422
    province.post(f"{page}step/", {"step": "release", "note": CHECKED, "document_number": "7号"})
    assert left(WUHAN, "enterprise") == 960 * WAN
    shown = text(city.get(page))
    assert "下达的指标文" in shown and "得分 85" in shown
    assert desk(cast, cast.next_city).get(page).status_code == 404


def test_lists_ask_the_same_at_any_length(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = desk(cast, cast.province)
    for region in (WUHAN, "420500", "420600"):
        tranches.plan(cast.province, PILOT, region, at=MOMENT)
        allotted(cast.province, 100 * WAN, region)
        for page in ("/official/budgets/", FUND, ORDERS, "/official/tranches/"):
            with django_assert_max_num_queries(16):
                assert client.get(page).status_code == 200


def test_the_statement_of_a_place_leads_to_the_order_and_is_for_its_office(cast: Cast) -> None:
    order_, _ = allotted(cast.province, 1_000 * WAN)
    account = f"/official/books/account/pool/{PILOT}/{WUHAN}/enterprise/"
    answer = desk(cast, cast.city).get(f"{account}?since=2026-01-01&until=2026-12-31")
    assert f"{ORDERS}{order_.pk}/" in answer.content.decode() and "资金下达" in text(answer)
    assert desk(cast, cast.next_city).get(account).status_code == 404
    assert desk(cast, cast.city).get(f"/official/books/account/pool/{PILOT}/").status_code == 404


def test_anybody_sees_what_each_place_was_given(cast: Cast) -> None:
    assert "还没有下达" in text(Client().get("/funds/"))
    allotted(cast.province, 1_000 * WAN)
    shown = text(Client().get("/funds/"))
    assert "武汉市 1,000.00 1,000.00" in shown and "2026 年" in shown
    assert Tranche.objects.count() == 0
