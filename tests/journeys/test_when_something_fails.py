"""When something fails the page says what happened and what to do, and nothing leads nowhere."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.journeys import steps
from tests.journeys.conftest import PHONE, Visit, Visitor


def test_a_page_of_another_desk_says_that_it_is_not_open(visit: Visit) -> None:
    firm = visit(as_="firm")
    firm.go("/official/")
    assert "这个页面不对您开放" in firm.text()
    assert "请联系本单位管理员" in firm.text()
    assert firm.violations() == []
    firm.page.get_by_role("link", name="回首页").click()
    expect(firm.page.locator("h1")).to_contain_text("从看清自己开始")


def test_an_address_that_does_not_exist_says_so(visit: Visit) -> None:
    public = visit()
    public.go("/no-such-page/")
    assert "没有找到这个页面" in public.text()
    assert "请核对地址" in public.text()
    assert public.violations() == []


def test_a_matter_of_another_firm_is_as_if_it_were_not_there(visit: Visit) -> None:
    firm = visit(as_="firm")
    firm.go("/enterprise/vouchers/2/")
    assert "没有找到这个页面" in firm.text()


def test_a_form_whose_key_is_gone_says_how_to_go_on(visit: Visit) -> None:
    public = visit()
    page = public.go("/sign-in/")
    public.context.clear_cookies(name="csrftoken")
    steps.fill(page, {"login": "firm", "password": "whatever"})
    page.click("main button[type=submit]")
    assert "这次没有提交成功" in public.text()
    assert "返回上一页，刷新后重新提交" in public.text()
    assert public.violations() == []


def test_five_wrong_passwords_lock_the_name_and_say_for_how_long(visit: Visit) -> None:
    public = visit()
    page = public.go("/sign-in/")
    for attempt in range(5):
        steps.fill(page, {"login": "locked-out", "password": f"wrong-{attempt}"})
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        if attempt == 0:
            expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
            expect(page.locator("[name=login]")).to_have_value("locked-out")
    expect(page.locator("h1")).to_contain_text("登录已暂时锁定")
    assert "10 分钟" in public.text()
    assert public.violations() == []


def test_an_expired_sign_in_is_said_while_saving_and_leads_back_to_the_step(visit: Visit) -> None:
    firm = visit()
    page = firm.page
    steps.register(page, firm.url, "expired", "武汉久坐食品有限公司（试）")
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_role("button", name="开始测评").click()
    page.locator("[name=answer]").nth(1).check()
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/q2/")
    firm.context.clear_cookies(name="sessionid")
    page.locator("[name=answer]").nth(1).check()
    expect(page.locator("[data-saved]")).to_contain_text("登录已过期，还没有保存")
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/sign-in/**")
    expect(page.get_by_role("status")).to_contain_text("登录后回到这一步")
    firm.sign_in("expired", steps.PASSWORD)
    assert page.url.endswith("/q2/")
    page.get_by_role("button", name="上一步").click()
    expect(page.locator("[name=answer]").nth(1)).to_be_checked()  # saved before it expired


def test_a_decision_sent_after_the_sign_in_expired_leads_back_to_the_matter(visit: Visit) -> None:
    city = visit(as_="city")
    page = city.go("/official/vouchers/?state=joint_review")
    page.locator(".queue-row [data-open]").first.click()
    page.wait_for_url(re.compile(r"/official/vouchers/\d+/$"))
    here = page.url
    city.context.clear_cookies(name="sessionid")
    page.locator("main .card form button[type=submit]").first.evaluate(
        "button => button.form.noValidate = true"
    )
    page.locator("main .card form button[type=submit]").first.click()
    page.wait_for_url("**/sign-in/**")
    city.sign_in("city")
    assert page.url == here


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planted")


urlpatterns = [path("broken/", broken)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_is_owned_up_to_without_relying_on_anything(
    browser: Browser, live_server: LiveServer
) -> None:
    visitor = Visitor(
        browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}), live_server.url
    )
    try:
        visitor.go("/broken/")
        assert "问题出在平台一侧" in visitor.text()
        assert "Please try again" in visitor.text()
        assert visitor.fits_the_screen()
        assert visitor.violations() == []
    finally:
        visitor.context.close()
