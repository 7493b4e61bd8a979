"""Public money goes out and comes back, by the pages alone: a firm claims on its phone, offices
check, cut, pay and hear from the bank; what was claimed twice is kept from the next payment."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, Visit, Visitor

TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
LINE = "冲压车间二十四台压力机的数据采集终端接入与生产执行系统授权，含现场部署、操作培训和一年运维"
NEAR = LINE.replace("一年", "两年")
NEEDS = ("contract", "invoice", "payment", "acceptance", "report", "items")
BANK = ("付款编号", "收款账号", "金额（元）", "处理结果", "拨付凭证号", "退回原因")


def test_money_is_claimed_checked_paid_and_taken_back(visit: Visit) -> None:
    firm, county, city = visit(as_="firm"), visit(DESKTOP, as_="county"), visit(DESKTOP, as_="city")
    # Of another provider than the demo's firm has a project with, which would have to be accepted.
    supplier = visit(as_="provider-02").page.locator(".page-head .eyebrow").inner_text()
    first = claims_with_a_wrong_amount_first(firm, supplier)
    second = claims_much_the_same_again(firm, supplier)
    passes(county, first)
    passes(county, second)
    is_approved_with_a_cut(city, first)
    waits_for_the_hit(city, second)
    payments = are_paid_in_a_batch(city)
    the_bank_answers(city, payments)
    leads_back_to_what_it_rests_on(city, first)
    mends_its_account(firm, second)
    province = visit(DESKTOP, as_="province")
    is_clawed_back(firm, city, province, first)
    is_refused_while_sanctioned(firm)
    is_paid_less_what_it_owes(firm, city, second)
    the_books_agree(firm, province)


def day(ago: int) -> str:
    return (TODAY - dt.timedelta(days=ago)).isoformat()


def claim_form(supplier: str, n: int, yuan: str, words: str) -> dict[str, str]:
    """A claim of one line, paid in full, but for its papers."""
    return {
        "title": f"冲压车间数字化改造{n}期", "supplier": supplier, "contract_number": f"GZ-{n}",
        "list_fen": f"{int(yuan) + 50_000}", "discount_fen": "50000", "finished_date": day(20),
        "accepted_date": day(10), "line-cost_class": "software", "line-text": words,
        "line-amount_fen": yuan, "line-invoice_total_fen": yuan, "line-invoice_date": day(30),
        "line-invoice_number": f"2642{steps.this_year()}00007777{n:04d}", "line-invoice_line": "1",
        "flow-number": f"LS2026{n:06d}", "flow-paid_date": day(15), "flow-amount_fen": yuan,
        "fact-diagnosis_done": "yes", "account_number": "6222020000000007777",
        "bank_name": "演示银行江岸支行", "agreed_by": "试一",
    }  # fmt: skip


def begins(firm: Visitor) -> Page:
    page = firm.go("/enterprise/claims/")
    row = page.locator(".queue-row", has_text="武汉市试点企业改造补助").first
    row.get_by_role("button", name="开始申领").dblclick()
    page.wait_for_url("**/edit/")
    return page


def uploads(page: Page, about: str) -> None:
    for need in NEEDS:
        file = steps.paper(need, about) | {"name": f"{need}.pdf", "mimeType": "application/pdf"}
        page.set_input_files(f"main [name=paper_{need}]", file)


def number_on(page: Page) -> str:
    return page.locator(".page-head .eyebrow").inner_text().split(" · ")[0].strip()


def claims_with_a_wrong_amount_first(firm: Visitor, supplier: str) -> str:
    """Nothing that was typed is lost; the sum and who bears it are seen before it is handed in."""
    page = begins(firm)
    steps.fill(page, claim_form(supplier, 1, "200000", LINE) | {"line-amount_fen": "二十万"})
    uploads(page, "一期")
    submit = page.get_by_role("button", name="同意以上条款并提交")
    submit.click()
    fault = page.get_by_role("alert").filter(has_text="申领金额")
    expect(fault).to_contain_text("“二十万”不是数字")
    expect(page.locator("[name='line-text']")).to_have_value(LINE)
    steps.fill(page, {"line-amount_fen": "200000"})
    page.get_by_role("button", name="添加这一行").click()
    expect(page.locator("main")).to_contain_text("预计可补 60,000.00 元")
    split = page.locator(".money-bar").inner_text()
    for words in ("财政补助\n6万元", "服务商让利\n5万元", "企业承担\n14万元"):
        assert words in split, split
    assert page.locator("#flows tbody tr").count() == 1
    steps.fill(page, {"agreed_by": "试一"})
    submit.dblclick()
    page.wait_for_url(re.compile(r"/enterprise/claims/\d+/$"))
    assert page.locator(".timeline strong", has_text="提交申领").count() == 1
    return number_on(page)


def claims_much_the_same_again(firm: Visitor, supplier: str) -> str:
    page = begins(firm)
    steps.fill(page, claim_form(supplier, 2, "120000", NEAR))
    uploads(page, "二期")
    page.get_by_role("button", name="同意以上条款并提交").click()
    page.wait_for_url(re.compile(r"/enterprise/claims/\d+/$"))
    expect(page.locator("main")).to_contain_text("区县正在初审")
    return number_on(page)


def opens(official: Visitor, number: str) -> Page:
    page = official.go("/official/claims/")
    page.locator(".queue-row", has_text=number).locator("[data-open]").click()
    page.wait_for_url(re.compile(r"/official/claims/\d+/$"))
    return page


def takes(page: Page, number: str, step: str) -> None:
    page.get_by_role("button", name=step, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(f"{number}：已办理“{step}”")


def passes(county: Visitor, number: str) -> None:
    takes(opens(county, number), number, "初审通过")


def is_approved_with_a_cut(city: Visitor, number: str) -> None:
    page = opens(city, number)
    page.get_by_label("第 1 行认可金额").fill("180000")
    page.get_by_role("button", name="核定", exact=True).click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("第 1 行")  # a cut has its reason
    page.get_by_label("第 1 行核减理由").fill("一年运维不属于改造投入")
    takes(page, number, "核定")
    expect(page.locator("main")).to_contain_text("54,000.00")


def waits_for_the_hit(city: Visitor, number: str) -> None:
    """A claim with an open hit cannot be approved; decided with a reason, it can."""
    page = opens(city, number)
    url = page.url
    page.get_by_role("button", name="核定", exact=True).click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("重复线索还没有判定")
    page.locator(".findings a[href*='/official/hits/']").click()
    expect(page.locator("main")).to_contain_text(NEAR)
    expect(page.locator("main")).to_contain_text(LINE)
    page.get_by_role("button", name="判定不重复").click()
    expect(page.locator("main .notice.tone-bad")).to_be_visible()
    page.get_by_label("说明").fill("一期和二期的合同、发票、流水均不同，设备清单已核对。")
    page.get_by_role("button", name="判定不重复").click()
    expect(page.get_by_role("status")).to_contain_text("理由已留痕")
    page.goto(url)
    takes(page, number, "核定")


def are_paid_in_a_batch(city: Visitor) -> list[Mapping[str, str]]:
    """All that is ready goes into one batch; who sends it alone says why. Gives the bank's file."""
    page = city.go("/official/payments/")
    page.get_by_role("button", name=re.compile("编入全部")).click()
    page.get_by_role("button", name="送交银行").click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("只有您一位经办人")
    page.get_by_label("说明").first.fill("财务科复核人：试二；本单位只有一位经办人。")
    page.get_by_role("button", name="送交银行").click()
    expect(page.get_by_role("status")).to_contain_text("已办理")
    return bank_file(page)


def bank_file(page: Page) -> list[Mapping[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    return [row for row in csv.DictReader(io.StringIO(text)) if row["付款编号"] != "合计"]


def answers(city: Visitor, rows: list[tuple[str, ...]]) -> Page:
    """Upload what the bank says to the batch that stands open, and come back to it."""
    page, batch, text = city.page, city.page.url, io.StringIO()
    csv.writer(text).writerows([BANK, *rows])
    file = {"name": "回单.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}
    page.set_input_files("main [name=file]", file)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并登记").click()
    page.wait_for_url("**/jobs/**")
    expect(page.locator("#job progress")).to_have_count(0, timeout=30_000)
    page.goto(batch)
    return page


def the_bank_answers(city: Visitor, payments: list[Mapping[str, str]]) -> None:
    good, back = payments
    page = answers(
        city,
        [
            (good["付款编号"], good["收款账号"], good["金额（元）"], "成功", "YH1", ""),
            (back["付款编号"], back["收款账号"], back["金额（元）"], "失败", "", "户名与账号不符"),
            ("ZF2020-0000001", "6222", "10.00", "成功", "YH3", ""),
        ],
    )
    said = city.text()
    for words in ("对不上：没有这笔付款", "ZF2020-0000001", "与付款成功合计一致", "户名与账号不符"):
        assert words in said, words
    page.locator(".queue-row", has_text=good["付款编号"]).get_by_role("link").first.click()


def leads_back_to_what_it_rests_on(city: Visitor, first: str) -> None:
    """From the payment to verdict, papers, books and claim in a click or two."""
    page = city.page
    for fold in ("资格判定", "材料 6 份"):
        page.locator("summary", has_text=fold).click()
    expect(page.get_by_text("在试点企业名单内")).to_be_visible()
    assert "看到：所在地区" in city.text() and "{'" not in city.text()
    expect(page.get_by_role("link", name="acceptance.pdf")).to_be_visible()
    expect(page.locator("#booked")).to_be_visible()
    page.locator("main").get_by_role("link", name=first, exact=True).click()
    page.wait_for_url(re.compile(r"/official/claims/\d+/$"))
    expect(page.locator("main .state, main .badge, #state").first).to_contain_text("已拨付")


def mends_its_account(firm: Visitor, second: str) -> None:
    page = firm.go("/enterprise/payments/?view=bounced")
    page.locator(".queue-row", has_text=second).get_by_role("link", name=re.compile("更正")).click()
    expect(page.locator("main")).to_contain_text("户名与账号不符")
    page.get_by_label("收款账户").fill("6222020000000008888")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("收款账户已更正")


def is_clawed_back(firm: Visitor, city: Visitor, province: Visitor, first: str) -> None:
    """Found by the city, answered on the phone, decided by the province in two instalments."""
    page = city.page
    page.get_by_role("link", name="立案追回").click()
    steps.fill(page, {"origin": "audit", "amount": "20000", "grounds": "核查发现发票重复计入。"})
    page.get_by_role("button", name="立案").click()
    expect(page.get_by_role("status")).to_contain_text("已立案")
    page.get_by_role("button", name="发出告知").click()
    expect(page.get_by_role("status")).to_contain_text("发出告知")
    number, case = number_on(page), page.url.split("/official/clawbacks/")[1]

    firm.go(f"/enterprise/clawbacks/{case}")
    firm.page.get_by_label("陈述和申辩").fill("发票由供应商重复开具，我单位并不知情。")
    firm.page.get_by_role("button", name="陈述申辩").click()
    expect(firm.page.get_by_role("status")).to_contain_text("已办理")

    page = province.go(f"/official/clawbacks/{case}")
    expect(page.locator("main")).to_contain_text("我单位并不知情")
    page.get_by_label("决定文号").fill("鄂经信追〔2026〕77号")
    page.get_by_label("分几期缴回").fill("2")
    page.get_by_label("限制申报").select_option("1")
    page.get_by_label("从今后的应付款中抵扣").check()
    page.get_by_role("button", name="作出追回决定").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明决定和理由")
    page.get_by_label("决定和理由").fill("重复计入属实，采纳不知情的申辩，只追回该张发票。")
    page.get_by_role("button", name="作出追回决定").click()
    expect(page.get_by_role("status")).to_contain_text(f"{number}：已办理")

    firm.go(f"/enterprise/clawbacks/{case}")
    assert firm.page.get_by_role("cell", name="10,000.00").count() >= 2
    firm.page.get_by_role("button", name="接受决定").click()
    expect(firm.page.locator("main")).to_contain_text("请按期缴回")


def is_refused_while_sanctioned(firm: Visitor) -> None:
    page = firm.go("/enterprise/claims/")
    page.get_by_role("button", name="开始申领").first.click()
    expect(page.get_by_role("status")).to_contain_text("鄂经信追〔2026〕77号")


def is_paid_less_what_it_owes(firm: Visitor, city: Visitor, second: str) -> None:
    """A barred firm is paid nothing; freed, its next payment is less by what it owes."""
    page = city.go("/official/payments/")
    expect(page.locator(".queue-row", has_text=second)).to_contain_text("在惩戒期内")
    page = city.go("/official/clawbacks/")
    page.locator("summary", has_text="提前解除").click()
    page.get_by_label("解除理由").fill("已接受决定并同意从应付款中抵扣。")
    page.get_by_role("button", name="解除限制").click()
    city.go("/official/payments/")
    page.get_by_role("button", name=re.compile("编入全部")).click()
    page.get_by_label("说明").first.fill("财务科复核人：试二；本单位只有一位经办人。")
    page.get_by_role("button", name="送交银行").click()
    expect(page.locator("main")).to_contain_text("抵扣 20,000.00")
    (paid,) = bank_file(page)
    assert (paid["收款账号"], paid["金额（元）"]) == ("6222020000000008888", "16000.00")
    row = (paid["付款编号"], paid["收款账号"], paid["金额（元）"], "成功", "YH4", "")
    page = answers(city, [row])
    expect(page.locator("main")).to_contain_text("与付款成功合计一致")
    firm.go("/enterprise/clawbacks/")
    expect(firm.page.locator("main")).to_contain_text("已结案")


def the_books_agree(firm: Visitor, province: Visitor) -> None:
    firm.go("/enterprise/statement/")
    expect(firm.page.locator("main")).to_contain_text("16,000.00")
    assert firm.fits_the_screen()
    province.go("/official/books/")
    province.page.get_by_role("button", name="现在重新核对").click()
    expect(province.page.locator("main")).to_contain_text("与各账户余额没有差异")
