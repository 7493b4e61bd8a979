"""With scripts switched off everything still works: forms are forms, links are links."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, Visit


def test_the_home_page_shows_targets_and_the_map_of_another_indicator(visit: Visit) -> None:
    public = visit(scripts=False)
    page = public.go("/")
    assert page.locator(".target-table tbody tr").count() == 15
    assert page.locator(".tiles li").count() == 17
    page.get_by_role("link", name="已测评企业").click()
    expect(page.locator(".tile-map figcaption")).to_contain_text("已测评企业")


def test_the_calculator_answers_a_plain_form(visit: Visit) -> None:
    page = visit(scripts=False).go("/calculator/")
    facts = {
        "region_code": "420100", "industry_code": "36", "employees": "180", "revenue_wan": "9000",
        "assets_wan": "7500", "cloud_depth": "business", "cloud_spend_yuan": "300000",
    }  # fmt: skip
    steps.fill(page, facts)
    page.get_by_role("button", name="看看能享受什么").click()
    expect(page.locator("#size-note")).to_contain_text("小型")
    assert "employees=180" in page.url
    assert page.locator("article.verdict").count() > 5


def test_a_firm_registers_answers_and_begins_an_application(visit: Visit) -> None:
    firm = visit(scripts=False)
    steps.register(firm.page, firm.url, "plain", "武汉素页通用设备有限公司（试）")
    page = firm.page
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_role("button", name="开始测评").click()
    page.wait_for_url("**/q1/")
    page.locator("[name=answer]").nth(0).check()
    page.locator("[name=answer]").nth(1).check()
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_contain_text("都还没有")  # “none” together with another
    page.locator("[name=answer]").nth(0).uncheck()
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/q2/")
    page.get_by_role("button", name="上一步").click()
    expect(page.locator("[name=answer]").nth(1)).to_be_checked()

    steps.begin_voucher(page, firm.url)
    steps.fill(page, steps.voucher_form(f"2642{steps.this_year()}000055550001", "20000"))
    page.locator("[name=supplier]").select_option(index=1)
    steps.upload(page, "素页")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url(re.compile(r"/enterprise/vouchers/\d+/(#\w+)?$"))
    assert "区县正在初审" in firm.text()


def test_an_official_decides(visit: Visit) -> None:
    province = visit(DESKTOP, scripts=False, as_="province")
    page = province.go("/official/vouchers/?state=issued")
    page.locator(".queue-row [data-open]").first.click()
    page.get_by_role("button", name="撤销服务券").click()
    expect(page.locator("main .notice.tone-bad")).to_be_visible()  # it needs its reason
    page.get_by_label("说明").last.fill("企业已注销，来函放弃。")
    page.get_by_role("button", name="撤销服务券").click()
    expect(page.get_by_role("status")).to_contain_text("已办理“撤销服务券”")
    assert page.locator(".timeline > li").first.inner_text().startswith("撤销服务券")
