"""A firm with a result on its phone: takes the PDF home, moves the sliders of its roadmap, and a
bank verifies the report."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, Visit, Visitor


def result(visitor: Visitor) -> Page:
    """The latest result of the firm that is printed."""
    page = visitor.go("/enterprise/assessment/")
    address = page.locator(".results a").first.get_attribute("href")
    return visitor.go(address or "")


def test_a_firm_takes_its_report_home_and_anybody_verifies_it(visit: Visit) -> None:
    firm = visit(PHONE, as_="firm")
    page = result(firm)
    expect(page.locator("#peers")).to_contain_text("高于")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载报告 PDF").click()
    made = Path(download.value.path()).read_bytes()
    assert made.startswith(b"%PDF-")
    assert "测评报告" in download.value.suggested_filename
    code = page.locator("#verify a[href^='/verify/']").inner_text()
    name = page.locator("#verify .qr-code").get_attribute("aria-label")
    assert name == "核验二维码"
    bank = visit(PHONE)
    public = bank.go("/verify/")
    public.fill("[name=code]", code.lower())
    public.get_by_role("button", name="核验").click()
    expect(public.locator("main")).to_contain_text("报告属实")
    expect(public.locator("main")).to_contain_text("（演示）")
    assert bank.violations() == []


def test_a_slider_that_moves_changes_the_answer(visit: Visit) -> None:
    firm = visit(PHONE, as_="firm")
    page = result(firm)
    page.get_by_role("link", name="按目标和预算排路线").click()
    verdict = page.locator(".road-verdict")
    expect(verdict).to_contain_text("最少自付")
    budget = page.get_by_label("企业自付预算")
    with page.expect_response(lambda answer: "budget=0" in answer.url):
        budget.press("Home")
    expect(verdict).to_contain_text("还升不了级")
    expect(page.locator(".slider output").last).to_have_text("0 万元")
    assert "budget=0" in page.url
    with page.expect_response(lambda answer: "target=" in answer.url):
        budget.press("End")
    expect(page.locator(".slider output").last).to_have_text("不限")
    expect(verdict).to_contain_text("最少自付")
    assert firm.fits_the_screen()
    assert firm.violations() == []


def test_without_scripts_the_sliders_are_sent_by_a_button(visit: Visit) -> None:
    firm = visit(PHONE, scripts=False, as_="firm")
    page = result(firm)
    page.get_by_role("link", name="按目标和预算排路线").click()
    page.get_by_label("企业自付预算").press("Home")
    page.get_by_role("button", name="重新计算").click()
    page.wait_for_url(re.compile("budget=0"))
    expect(page.locator(".road-verdict")).to_contain_text("还升不了级")
