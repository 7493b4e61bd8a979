"""The public pages in a real browser: accessible, within the security policy, answering live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dengta.core.codes import make_uscc

AXE = Path(__file__).parent.parent / "journeys" / "axe.min.js"
FIRM = "region_code=420100&industry_code=36&employees=180&revenue_wan=9000&assets_wan=7500"
PAGES = (
    "/",
    f"/calculator/?{FIRM}",
    "/calculator/?employees=12.5&revenue_wan=abc&titles=none&titles=srdi",
    "/plan/",
    "/programmes/",
    "/programmes/cloud_voucher/",
    "/programmes/innovative/",
    "/register/",
    "/sign-in/",
    "/accessibility/",
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str], live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()


@pytest.mark.parametrize("width", [390, 1440], ids=["phone", "desktop"])
def test_public_pages_are_accessible_fit_the_screen_and_break_no_policy(
    page: Page, complaints: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run().then(found => found.violations)")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert complaints == []


def test_the_calculator_answers_while_one_types_and_keeps_the_focus(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/calculator/")
    page.select_option("#id_region_code", "420100")
    page.select_option("#id_industry_code", "36")
    page.locator("#id_employees").press_sequentially("180")
    page.locator("#id_revenue_wan").press_sequentially("9,000")
    expect(page.locator("#size-note")).to_contain_text("小型")
    expect(page.locator("#id_revenue_wan")).to_be_focused()
    expect(page.locator("#id_revenue_wan")).to_have_value("9,000")
    page.select_option("#id_cloud_depth", "capability")
    page.locator("#id_cloud_spend_yuan").fill("300000")
    card = page.locator("#row-cloud_voucher")
    card.locator("summary").click()
    page.locator("[name=is_cloud_supplier][value=no]").check()
    page.locator("#id_vouchers_this_year_yuan").press_sequentially("0")
    expect(card).to_contain_text("12万元")
    expect(card.locator("details")).to_have_attribute("open", "")
    expect(page.locator("#id_vouchers_this_year_yuan")).to_be_focused()
    page.reload()  # the address holds all that was typed
    expect(page.locator("#row-cloud_voucher")).to_contain_text("12万元")
    assert complaints == []


def test_a_wrong_value_is_said_while_typed_and_goes_when_mended(page: Page) -> None:
    page.goto("/calculator/")
    page.locator("#id_employees").press_sequentially("12.5")
    field = page.locator("#id_employees_field")
    expect(field).to_contain_text("从业人员“12.5”不是整数")
    page.locator("#id_employees").fill("12")
    expect(field).not_to_contain_text("不是整数")


def test_the_calculator_answers_without_scripts(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/calculator/")
    page.select_option("#id_industry_code", "36")
    page.fill("#id_employees", "180")
    page.fill("#id_revenue_wan", "9000")
    page.locator("#calculator button[type=submit]").click()
    expect(page.locator("#size-note")).to_contain_text("小型")
    assert page.url.endswith("/calculator/?industry_code=36&employees=180&revenue_wan=9000")
    context.close()


def test_the_code_and_the_size_are_checked_while_one_registers(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/register/")
    page.locator("#id_uscc").fill(make_uscc("420102", 5))
    expect(page.locator("#uscc-note")).to_contain_text("武汉市江岸区")
    page.select_option("#id_industry_code", "36")
    page.locator("#id_employees").fill("180")
    page.locator("#id_revenue_wan").fill("9000")
    expect(page.locator("#size-note")).to_contain_text("小型")
    assert complaints == []
