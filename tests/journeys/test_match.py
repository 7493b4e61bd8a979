"""From gaps to a choice: a firm ticks gaps, asks providers, compares, chooses with a reason; on the
way a wrong budget, a double click and the back button."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.journeys.province import Site
from tests.journeys.steps import every

TITLE = "质量数据不再抄本子（试）"
WHY = "系统能和我们现有的设备连通，售后就在本市。"


def test_from_gaps_to_a_choice_among_quotes(visit: Visit, site: Site) -> None:
    firm = visit(as_="firm")
    a_need_is_written(firm)
    is_published_once(firm.page)
    sound(firm)
    number = re.search(r"/needs/(\d+)/", firm.page.url)
    assert number
    a_provider_quotes(visit(DESKTOP, as_="provider"), number[1])
    chosen_with_a_reason(firm, number[1])
    english = visit(DESKTOP, language="en", as_="firm")
    english.go(f"/enterprise/needs/{number[1]}/")
    assert site.foreign(english.page.content()) == []


def sound(visitor: Visitor) -> None:
    """Fits a phone and a wide screen, and is accessible on both."""
    page = visitor.page
    before = page.viewport_size
    assert before is not None
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert visitor.fits_the_screen(), page.url
        assert visitor.violations() == [], page.url
    page.set_viewport_size(before)


def a_need_is_written(firm: Visitor) -> None:
    page = firm.go("/enterprise/needs/fitting/")
    sound(firm)
    page.goto(f"{firm.url}/enterprise/needs/new/")
    sound(firm)
    page.locator("[name=want]").first.check()
    steps.fill(page, {"title": TITLE, "budget_fen": "二十"})
    page.get_by_role("button", name="保存草稿，去选服务商").click()
    expect(page.get_by_role("alert")).to_contain_text("自付预算")
    expect(page.locator("[name=title]")).to_have_value(TITLE)
    steps.fill(page, {"budget_fen": "30"})
    page.get_by_role("button", name="保存草稿，去选服务商").dblclick()
    page.wait_for_url(re.compile(r"/needs/\d+/$"))
    expect(page.locator("#state")).to_have_text("填写中")


def is_published_once(page: Page) -> None:
    for box in every(page.locator("[name=provider]"))[:3]:
        box.check()
    page.get_by_role("button", name="发布需求").dblclick()
    expect(page.locator("#state")).to_have_text("征集报价中")
    page.go_back()
    page.reload()  # what stands there now, not the draft
    page.get_by_role("link", name=TITLE).or_(page.locator("#state")).first.wait_for()
    page.goto(page.url.split("/enterprise/")[0] + "/enterprise/needs/")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("#state")).to_have_text("征集报价中")


def a_provider_quotes(provider: Visitor, number: str) -> None:
    page = provider.go(f"/provider/needs/{number}/")
    sound(provider)
    page.get_by_role("button", name="开始报价").dblclick()
    page.wait_for_url("**/provider/quotes/*/")
    last = page.locator("[name$='-text'][name^='line-']").count() - 1
    steps.fill(page, {
        f"line-{last}-text": "质量数据采集系统", f"line-{last}-cost_class": "software",
        f"line-{last}-price_fen": "八万", "days": "40",
    })  # fmt: skip
    page.get_by_role("button", name="提交报价").click()
    expect(page.get_by_role("alert").first).to_contain_text("单价")
    steps.fill(page, {f"line-{last}-price_fen": "80000"})
    sound(provider)
    page.get_by_role("button", name="提交报价").click()
    page.wait_for_url("**/provider/needs/*/")
    expect(page.locator("main")).to_contain_text("我的报价")


def chosen_with_a_reason(firm: Visitor, number: str) -> None:
    page = firm.go(f"/enterprise/needs/{number}/")
    sound(firm)
    page.locator("[name=quote]").first.check()
    page.get_by_role("button", name="选定这份报价").click()
    expect(page.locator("main")).to_contain_text("选择理由")
    page.locator("[name=quote]").first.check()
    steps.fill(page, {"reason": WHY})
    page.get_by_role("button", name="选定这份报价").dblclick()
    expect(page.locator("#state")).to_have_text("已选定服务商")
    expect(page.locator("main")).to_contain_text(WHY)
    sound(firm)
