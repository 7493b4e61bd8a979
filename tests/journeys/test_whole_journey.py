"""One enterprise walks through the house, by its pages alone: from the code on its licence to the
money on its account, and the province sees its indicator move."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, Visit, Visitor
from tests.journeys.province import Site, run_python

NAME = "武汉晨灯汽车零部件有限公司（试）"
INVOICE = f"2642{steps.this_year()}000088880001"


def test_a_firm_goes_all_the_way_and_the_province_sees_it(visit: Visit, site: Site) -> None:
    province = visit(DESKTOP, as_="province")
    before = cloud_enterprises(province.page, province.url)
    firm = visit()
    registers_with_a_wrong_code_first(firm)
    consents(firm.page)
    assesses_itself_on_two_devices(firm, visit())
    learns_what_fits(firm.page)
    number = applies(firm)
    county, city = visit(DESKTOP, as_="county"), visit(DESKTOP, as_="city")
    is_returned_and_mends(county, firm, number)
    is_passed_on(county, number, "初审通过")
    is_passed_on(city, number, "会审通过")
    is_paid(province, firm, site, number)
    sees_it_paid(firm, number)
    after = cloud_enterprises(province.page, province.url)
    assert after == before + 1
    is_on_the_list(province)
    the_books_prove(province)


def cloud_enterprises(page: Page, url: str) -> int:
    page.goto(f"{url}/official/indicators/cloud_enterprises/")
    return steps.count_in(page.locator(".indicator .figures strong").inner_text())


def registers_with_a_wrong_code_first(firm: Visitor) -> None:
    page, code = firm.go("/register/"), steps.fresh_code()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    steps.fill(page, steps.registration(wrong, "chendeng", NAME))
    note = page.locator("#uscc-note")
    expect(note).to_contain_text("第 18 位")
    expect(page.locator("#size-note")).to_contain_text("小型")
    page.click("main form button[type=submit]")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("有 ")
    expect(summary).to_contain_text(code[-1])  # what the last character should be
    expect(page.locator("[name=name]")).to_have_value(NAME)
    steps.fill(page, {"uscc": code, "password": steps.PASSWORD, "password_again": steps.PASSWORD})
    page.check("[name=agreed]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/enterprise/consent/")
    expect(page.get_by_role("status")).to_contain_text(NAME)


def consents(page: Page) -> None:
    page.get_by_role("button", name="同意并继续").click()
    page.wait_for_url("**/enterprise/assessment/")


def answers(page: Page, choice: int) -> None:
    """Answer this screen: a tick box or two, or the choice that is so many above the lowest."""
    options = page.locator("main [name=answer]")
    if options.first.get_attribute("type") == "checkbox":
        options.nth(0).check()  # “都还没有”: the next tick takes it back
        options.nth(1).check()
        options.nth(2).check()
        expect(options.nth(0)).not_to_be_checked()
    else:
        options.nth(min(choice, options.count() - 1)).check()


def goes_on(page: Page) -> int:
    """Save this screen and give the number of the next, 0 at the end."""
    here = page.url
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url(lambda url: url != here)
    progress = page.locator(".step-progress progress")
    return int(progress.get_attribute("value") or 0) if progress.count() else 0


def assesses_itself_on_two_devices(firm: Visitor, other: Visitor) -> None:
    page = firm.page
    page.get_by_role("button", name="开始测评").click()
    page.wait_for_url("**/q1/")
    expect(page.locator(".step-progress")).to_contain_text("共 31 步")
    for step in range(1, 12):
        answers(page, 2)
        if step < 11:
            assert goes_on(page) == step + 1
    expect(page.locator("[data-saved]")).to_contain_text("已保存")  # saved without a click
    page.get_by_role("button", name="先退出，下次接着填").click()
    expect(page.locator("main")).to_contain_text("已完成 11 项，共 31 项")

    page = other.sign_in("chendeng", steps.PASSWORD)
    page.get_by_role("link", name="继续填写测评").click()
    page.get_by_role("link", name="接着填").click()
    expect(page.locator(".step-progress")).to_contain_text("第 12 步")
    for step in range(12, 32):
        answers(page, 2)
        assert goes_on(page) == (step + 1) % 32
    page.get_by_role("button", name="提交并查看结果").click()
    expect(page.locator("main")).to_contain_text("请先勾选真实性承诺")
    page.check("#pledge")
    page.get_by_role("button", name="提交并查看结果").dblclick()
    page.wait_for_url(re.compile(r"/enterprise/assessment/\d+/$"))
    the_result_shows_all(page)


def the_result_shows_all(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text(re.compile("数字化水平[一二三四]级"))
    assert page.locator(".rung").count() == 4
    assert page.locator(".rung.current").count() == 1
    expect(page.locator(".rung .gates").first).to_contain_text("还差")
    assert page.locator("figure.chart svg").count() >= 1
    assert page.locator(".strip li").count() == 16
    assert page.locator(".gaps > li").count() >= 5
    expect(page.locator(".gaps > li").first).to_contain_text("下一步")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载报告 PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def card_of(page: Page, programme: str) -> Locator:
    name = page.get_by_role("link", name=programme, exact=True)
    return page.locator("article.verdict").filter(has=name)


def learns_what_fits(page: Page) -> None:
    page.goto(page.url.split("/enterprise/")[0] + "/enterprise/policies/")
    card = card_of(page, "上云服务券")
    expect(card).to_contain_text("待补充后判断")
    expect(card.locator(".clauses")).to_contain_text("要求")
    card.get_by_role("link", name="一次填完").click()
    steps.fill(page, {"cloud_depth": "business", "cloud_spend_yuan": "十二万"})
    page.get_by_role("button", name="保存并重新判断").click()
    expect(page.get_by_role("alert")).to_contain_text("十二万")
    expect(page.locator("[name=cloud_depth]")).to_have_value("business")
    steps.fill(page, {"cloud_spend_yuan": "120,000"})
    page.get_by_role("button", name="保存并重新判断").click()
    page.wait_for_url("**/enterprise/policies/")
    expect(card).to_contain_text("符合条件")
    expect(card).to_contain_text("3.6万元")  # 30 % of 120,000 yuan


def applies(firm: Visitor) -> str:
    """Hand in an application after mistakes; nothing that was typed is lost. Gives its number."""
    page = firm.page
    steps.begin_voucher(page, firm.url)
    number = page.locator(".page-head .eyebrow").inner_text()
    form = steps.voucher_form(INVOICE, "80000")
    steps.fill(page, form | {"invoices-0-amount_fen": "八万"})
    page.locator("[name=supplier]").select_option(index=1)
    steps.upload(page, NAME, "contract", "invoice_file", "item_list")
    page.get_by_role("button", name="提交申请").click()
    faults = page.get_by_role("alert").all_inner_texts()
    assert any("付款凭证" in fault and "还没有上传" in fault for fault in faults)
    assert any("八万" in fault and "不是数字" in fault for fault in faults)
    for name, value in form.items():
        if name not in ("depth", "agree", "invoices-0-amount_fen"):
            expect(page.locator(f"main [name='{name}']")).to_have_value(value)
    expect(page.locator("[name=depth][value=business]")).to_be_checked()
    expect(page.locator("[name=agree]")).to_be_checked()
    expect(page.locator("[name='invoices-0-amount_fen']")).to_have_value("八万")
    for kept in ("合同.txt", "发票.txt", "清单.txt"):
        expect(page.get_by_role("link", name=kept)).to_be_visible()
    same_again = {f"invoices-1-{k}": form[f"invoices-0-{k}"] for k in ("number", "invoice_date",
                  "service", "amount_fen")}  # fmt: skip
    steps.fill(page, {"invoices-0-amount_fen": "80000"})
    page.get_by_role("button", name="保存并再加一张").click()
    steps.fill(page, same_again)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("与第 1 张是同一张发票")
    steps.fill(page, dict.fromkeys(same_again, ""))
    steps.upload(page, NAME, "payment_proof")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("status")).to_contain_text("草稿已保存")
    steps.from_the_bar(page, "服务券")
    page.wait_for_url("**/enterprise/vouchers/")
    page.go_back()
    expect(page.locator("[name=contract_number]")).to_have_value(form["contract_number"])
    page.get_by_role("button", name="提交申请").dblclick()
    page.wait_for_url(re.compile(r"/enterprise/vouchers/\d+/(#\w+)?$"))
    expect(page.locator("main")).to_contain_text("区县正在初审")
    expect(page.locator("main .clock").first).to_contain_text("江岸区")
    assert page.locator(".timeline strong", has_text="提交申请").count() == 1
    firm.go("/enterprise/vouchers/")
    assert page.locator(".queue-row").count() == 1
    return number


def opens(official: Visitor, number: str) -> Page:
    """Find a matter in the queue and open it; with a bigger queue it may stand on a later page."""
    page = official.go("/official/")
    while not page.locator(".queue-row", has_text=number).count():
        page.get_by_role("link", name="下一页").click()
        page.wait_for_load_state()
    page.locator(".queue-row", has_text=number).locator("[data-open]").click()
    page.wait_for_url(re.compile(r"/official/vouchers/\d+/$"))
    return page


def is_returned_and_mends(county: Visitor, firm: Visitor, number: str) -> None:
    page = opens(county, number)
    assert page.locator(".findings .tone-wait").count() == 0
    page.get_by_role("button", name="退回补正").click()
    expect(page.locator("main .notice.tone-bad")).to_be_visible()  # a return needs its reason
    page.get_by_label("说明").fill("付款凭证看不清付款日期，请重新上传。")
    page.get_by_role("button", name="退回补正").click()
    expect(page.get_by_role("status")).to_contain_text("退回补正")

    page = firm.go("/enterprise/")
    page.get_by_role("link", name=f"补正 {number}").click()
    expect(page.locator("main")).to_contain_text("付款凭证看不清付款日期")
    page.get_by_role("link", name="修改申请").click()
    steps.upload(page, "清楚的一份", "payment_proof")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url(re.compile(r"/enterprise/vouchers/\d+/(#\w+)?$"))


def is_passed_on(official: Visitor, number: str, step: str) -> None:
    page = opens(official, number)
    page.get_by_role("button", name=step).dblclick()
    expect(page.get_by_role("status")).to_contain_text(f"已办理“{step}”")
    assert page.locator(".timeline strong", has_text=step).count() == 1


def is_paid(province: Visitor, firm: Visitor, site: Site, number: str) -> None:
    is_passed_on(province, number, "发券")
    page = firm.go("/enterprise/")
    page.get_by_role("link", name=f"核销 {number}").click()
    page.get_by_label("核销金额").fill("两万四")
    page.get_by_role("button", name="确认核销").click()
    expect(page.locator("main")).to_contain_text("核销金额请填写数字")
    page.get_by_role("button", name="确认核销").click()
    expect(page.get_by_role("status")).to_contain_text("已核销")
    run_python(site.environment, "-m", "tests.funding.paying", number)


def sees_it_paid(firm: Visitor, number: str) -> None:
    page = firm.go("/enterprise/vouchers/")
    page.get_by_role("link", name=number).click()
    said = firm.text()
    for words in ("资金已拨付", "24,000.00 元", "30 %", "付款凭证看不清付款日期"):
        assert words in said, words
    taken = page.locator(".timeline > li strong").all_inner_texts()
    assert taken == ["核销", "发券", "会审通过", "初审通过", "提交申请",
                     "退回补正", "提交申请", "建立"]  # fmt: skip
    firm.go("/notices/")
    assert f"{number}：已全部核销" in firm.text()
    assert f"{number}：请补正材料" in firm.text()
    page.get_by_role("button", name=re.compile(f"打开：{number}：已全部核销")).click()
    page.wait_for_url(re.compile(r"/enterprise/vouchers/\d+/(#\w+)?$"))


def is_on_the_list(province: Visitor) -> None:
    page = province.page
    page.locator("table").get_by_role("link", name="武汉市").click()
    page.wait_for_url("**/cloud_enterprises/420100/")
    expect(page.get_by_role("cell", name=NAME)).to_have_count(1)


def the_books_prove(province: Visitor) -> None:
    province.go("/official/pool/")
    assert "与各账户余额没有差异" in province.text()


def test_an_invoice_is_refused_a_second_time_and_the_first_claim_named(visit: Visit) -> None:
    firm = visit(as_="firm")
    page = firm.go("/enterprise/vouchers/")
    first = page.locator(".queue-row .queue-title").last.inner_text()  # the oldest
    page.get_by_role("link", name=first).click()
    invoice = page.locator("table td.figures").first.inner_text().strip()

    second = visit()
    steps.register(second.page, second.url, "second", "武汉后来专用设备有限公司（试）")
    steps.begin_voucher(second.page, second.url)
    steps.fill(second.page, steps.voucher_form(invoice, "50000"))
    second.page.locator("[name=supplier]").select_option(index=1)
    steps.upload(second.page, "后来")
    second.page.get_by_role("button", name="提交申请").click()
    refusal = second.page.locator("main .notice.tone-bad")
    expect(refusal).to_contain_text(invoice)
    expect(refusal).to_contain_text(first)
    expect(second.page.locator("[name='invoices-0-number']")).to_have_value(invoice)
