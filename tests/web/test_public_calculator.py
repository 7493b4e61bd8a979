"""The policy calculator on the real policy: answers without sign-in, asks what it misses."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_day_in_summer(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the editions in force do not depend on the day the tests run."""
    monkeypatch.setattr(timezone, "localdate", lambda: dt.date(2026, 6, 1))


FIRM = {
    "region_code": "420100",
    "industry_code": "36",
    "employees": "180",
    "revenue_wan": "9000",
    "assets_wan": "7500",
    "cloud_depth": "business",
    "cloud_spend_yuan": "300000",
}
VOUCHER = FIRM | {"is_cloud_supplier": "no", "vouchers_this_year_yuan": "0"}


def answer(client: Client, **typed: str) -> str:
    response: HttpResponse = client.get("/calculator/", typed)
    assert response.status_code == 200
    return response.content.decode()


def row(page: str, programme: str) -> str:
    """The part of the page that speaks of one programme."""
    found = re.search(
        rf'id="row-{programme}">(.*?)<div class="answer-row"',
        page + '<div class="answer-row"',
        re.S,
    )
    assert found is not None
    return found[1]


def test_a_firm_is_not_asked_what_a_city_or_a_county_plans(client: Client) -> None:
    page = answer(client, **FIRM)
    assert "row-typical_case" in page and "row-provider" in page
    assert "row-pilot_city" not in page and "row-pilot_county" not in page


def test_a_firm_of_thirty_percent_depth_sees_its_voucher_and_the_sum_written_out(
    client: Client,
) -> None:
    card = row(answer(client, **VOUCHER), "cloud_voucher")
    assert "符合条件" in card
    assert "9万元" in card
    assert "300,000.00 元 × 补助比例 30 % = 90,000.00 元" in card


def test_the_cap_of_200000_yuan_holds_for_large_spends(client: Client) -> None:
    card = row(answer(client, **VOUCHER | {"cloud_spend_yuan": "3,000,000"}), "cloud_voucher")
    assert "20万元" in card


def test_a_missing_fact_is_named_and_asked_right_there(client: Client) -> None:
    card = row(answer(client, **FIRM), "cloud_voucher")
    assert "还差一项" in card
    assert 'href="#id_vouchers_this_year_yuan_field"' in card
    assert 'id="id_vouchers_this_year_yuan_field"' in card
    assert 'name="vouchers_this_year_yuan"' in card


def test_an_answer_given_at_a_card_stays_there_to_be_changed(client: Client) -> None:
    card = row(answer(client, **VOUCHER), "cloud_voucher")
    assert re.search(r'name="vouchers_this_year_yuan" value="0"', card)


def test_what_does_not_fit_says_which_clause_and_what_was_seen(client: Client) -> None:
    card = row(answer(client, **VOUCHER | {"is_cloud_supplier": "yes"}), "cloud_voucher")
    assert "暂不符合" in card
    assert "未满足：不在公布的云服务供应商名单上" in card
    assert "是否云服务供应商 是" in card


def test_the_size_class_is_derived_and_explained(client: Client) -> None:
    page = answer(client, **FIRM)
    assert "企业规模：小型" in re.sub(r"<[^>]+>|\s", "", page)
    assert "从业人员 180 人，达到小型下限 20 人" in page


def test_a_wrong_value_is_named_beside_its_field_and_the_others_still_count(
    client: Client,
) -> None:
    page = answer(client, **VOUCHER | {"assets_wan": "七千"})
    field = page.split('id="id_assets_wan_field"')[1].split("</div></div>")[0]
    assert "资产总额“七千”不是数字，请以万元为单位填写" in field
    assert "符合条件" in row(page, "cloud_voucher")


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("employees", "12.5", "从业人员“12.5”不是整数"),
        ("employees", "-3", "从业人员不能是“-3”，请填 0 至"),
        ("revenue_wan", "1.1234567", "营业收入“1.1234567”的小数太长"),
        ("revenue_wan", "9" * 15, "营业收入不能是“999999999999999”"),
        ("cloud_spend_yuan", "1e5", "本年度上云费用“1e5”不是数字"),
        ("industry_code", "99x", "所属行业没有“99x”这个选项"),
        ("region_code", "110000", "所在地区没有“110000”这个选项"),
        ("digital_level", "7", "数字化水平等级没有“7”这个选项"),
        ("is_cloud_supplier", "perhaps", "是否云服务供应商没有“perhaps”这个选项"),
        ("titles", "emperor", "有效称号没有“emperor”这个选项"),
    ],
)
def test_each_kind_of_wrong_value_is_refused_by_field_value_and_mend(
    client: Client, name: str, typed: str, words: str
) -> None:
    assert words in answer(client, **FIRM | {name: typed})


@pytest.mark.parametrize("typed", ["９０００", "9,000", " 9000 ", "9000.000000", "9，000"])
def test_an_amount_may_be_typed_as_people_type_it(client: Client, typed: str) -> None:
    assert "营业收入 9,000万元" in answer(client, **FIRM | {"revenue_wan": typed})


def test_none_of_these_titles_is_an_answer_and_does_not_go_with_another(client: Client) -> None:
    none = answer(client, **FIRM | {"titles": "none"})
    assert "有效称号 没有" in none
    both = client.get("/calculator/", FIRM | {"titles": ["none", "srdi"]}).content.decode()
    assert "勾了“都没有”，又勾了别的" in both


def test_a_level_that_is_not_known_is_not_taken_for_zero(client: Client) -> None:
    assert "数字化水平等级" in row(answer(client, **FIRM), "digital_factory")
    low = row(answer(client, **FIRM | {"digital_level": "0"}), "digital_factory")
    assert "未满足：数字化水平二级以上" in low


def test_the_programme_of_one_city_does_not_fit_a_firm_of_another(client: Client) -> None:
    card = row(answer(client, **FIRM | {"region_code": "420500"}), "wuhan_pilot")
    assert "未满足：在武汉市登记注册" in card
    assert "所在地区 宜昌市" in card


def test_every_field_of_the_page_appears_once(client: Client) -> None:
    page = answer(client, **FIRM)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_link_to_a_missing_fact_leads_to_a_field_on_the_page(client: Client) -> None:
    for typed in ({"employees": "5"}, FIRM, VOUCHER, FIRM | {"titles": "innovative"}):
        page = answer(client, **typed)
        fields = set(re.findall(r'\sid="(id_[^"]+_field)"', page))
        links = set(re.findall(r'href="#(id_[^"]+_field)"', page))
        assert links <= fields


def test_the_address_is_kept_short_and_says_the_same_again(client: Client) -> None:
    response = client.get("/calculator/", {**VOUCHER, "assets_wan": "", "digital_level": ""})
    assert response.status_code == 302
    assert "assets_wan=7500" not in response["Location"]
    assert "=&" not in response["Location"]
    again = client.get(response["Location"])
    assert "符合条件" in row(again.content.decode(), "cloud_voucher")


def test_htmx_gets_the_form_alone_and_the_address_to_show(client: Client) -> None:
    response = client.get("/calculator/", {**VOUCHER, "x": "1"}, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert page.lstrip().startswith('<form id="calculator"')
    assert "<html" not in page
    assert response["HX-Replace-Url"].startswith("/calculator/?region_code=420100&")
    assert "x=1" not in response["HX-Replace-Url"]
    assert "HX-Request" in response["Vary"]


def test_before_anything_is_typed_the_page_says_what_will_appear(client: Client) -> None:
    page = answer(client)
    assert "结果会出现在这里" in page
    example = re.search(r'href="(/calculator/\?[^"]+)"', page)
    assert example is not None
    assert "再回答几项就能判断" in client.get(example[1].replace("&amp;", "&")).content.decode()


def test_the_calculator_asks_no_database(client: Client) -> None:
    answer(client, **FIRM)
    with CaptureQueriesContext(connection) as captured:
        answer(client, **VOUCHER)
    assert len(captured) == 0


def test_nothing_can_be_posted_to_it(client: Client) -> None:
    assert client.post("/calculator/", VOUCHER).status_code == 405


def test_in_english_the_policy_speaks_english(client: Client) -> None:
    client.cookies["django_language"] = "en"
    card = row(answer(client, **VOUCHER), "cloud_voucher")
    assert "Cloud voucher" in card
    assert "CNY 90,000" in card
