"""From gap to transformed, by the pages alone: a firm assesses itself, asks three providers, signs
with one, is supervised, accepted on the spot and paid, stands a level higher, and is shown to all
as a case that others can take up."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from dengta.demo import lasting
from tests.journeys import steps, test_money, test_whole_journey
from tests.journeys.conftest import DESKTOP, Visit, Visitor
from tests.journeys.province import OTHER_PROVIDERS, SUPERVISOR, Site, run_python
from tests.journeys.steps import every

TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
NAME = "武汉楚链精密部件有限公司（试）"
SYSTEM = "精益制造执行系统"
WHY = "价格不是最低，但工期短、同行企业用得好，并承诺驻场两周。"


def test_a_firm_goes_from_its_gaps_to_a_level_higher(visit: Visit, site: Site) -> None:
    firm, city = visit(), visit(DESKTOP, as_="city")
    county, province = visit(DESKTOP, as_="county"), visit(DESKTOP, as_="province")
    providers = [visit(DESKTOP, as_=name) for name in ("provider", *OTHER_PROVIDERS)]
    everybody = visit()
    before, copied = firms_at_level_two(province), shown_copies(everybody, "（演示）")
    code = registers(firm)
    low = assesses_itself(firm, 1)
    is_listed(city, code)
    need = asks_three(firm)
    quotes(providers[0], need, "300000", "0", package=lasting.NAME)
    quotes(providers[1], need, "280000", "20000")
    quotes(providers[2], need, "350000", "10000")
    assert firm.violations() == [] and firm.fits_the_screen()
    chosen = chooses_with_a_reason(firm)
    deliverer = next(one for one in providers if chosen in one.go("/provider/").inner_text("main"))
    supervisor = visit(DESKTOP, as_=SUPERVISOR)
    project = files_the_contract(firm, supervisor)
    county_agrees(county, project)
    is_delivered(firm, deliverer, supervisor, project)
    high = assesses_itself(firm, 4)
    assert high > low
    asks_for_acceptance(firm, project)
    is_visited(firm, county, city, visit(DESKTOP, as_="expert"), project)
    days_go_by(site)
    expect(firm.go(f"/enterprise/projects/{project}/").locator("#state")).to_contain_text(
        "验收通过"
    )
    assert [*firm.violations(), *county.violations()] == []
    assert firm.fits_the_screen()
    is_paid(firm, county, city, project)
    assert [*firm.violations(), *city.violations()] == []
    assert firms_at_level_two(province) == before + 1
    becomes_a_case(firm, project)
    assert firm.violations() == [] and firm.fits_the_screen()
    is_seen_by_everybody(everybody, copied)
    assert everybody.violations() == [] and everybody.fits_the_screen()


def firms_at_level_two(province: Visitor) -> int:
    """How many firms the province counts at level 2 or above."""
    page = province.go("/official/indicators/level-2/")
    return steps.count_in(page.locator("main .stat-value").first.inner_text())


def registers(firm: Visitor) -> str:
    code = steps.register(firm.page, firm.url, "chulian", NAME)
    test_whole_journey.consents(firm.page)
    return code


def assesses_itself(firm: Visitor, choice: int) -> int:
    """From the first screen to the result, each answer so many above the lowest; the level."""
    page = firm.go("/enterprise/assessment/")
    page.get_by_role("button", name=re.compile("开始测评|再测一次|重新测评")).first.click()
    page.wait_for_url("**/q1/")
    left = True
    while left:
        test_whole_journey.answers(page, choice)
        left = bool(test_whole_journey.goes_on(page))
    page.check("#pledge")
    page.get_by_role("button", name="提交并查看结果").click()
    page.wait_for_url(re.compile(r"/enterprise/assessment/\d+/$"))
    said = page.locator("h1").inner_text()
    return "零一二三四".index(re.search("水平([零一二三四])级", said)[1])  # type: ignore[index]


def is_listed(city: Visitor, code: str) -> None:
    """The city puts the firm on the list of its pilot; without a reason it is told so."""
    page = city.go("/official/pilots/")
    page.locator("main").get_by_role("link", name=re.compile("武汉市试点实施方案")).last.click()
    page.fill("#uscc", code)
    page.get_by_role("button", name="列入名单").click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("理由")
    expect(page.locator("#uscc")).to_have_value(code)
    page.fill("#reason", "第二批增补")
    page.get_by_role("button", name="列入名单").click()
    expect(page.get_by_role("status")).to_contain_text("已列入名单")


def asks_three(firm: Visitor) -> str:
    """Two gaps become a need; three providers are asked. Gives the need's number."""
    page = firm.go("/enterprise/needs/new/")
    for box in every(page.locator("main [name=want]"))[:2]:
        box.check()
    page.get_by_role("button", name="保存草稿，去选服务商").click()
    page.wait_for_url(re.compile(r"/enterprise/needs/\d+/"))
    for box in every(page.locator("main [name=provider]")):
        box.check()
    page.get_by_role("button", name="发布需求").dblclick()
    expect(page.locator("main")).to_contain_text("还没有服务商报价")
    return page.locator(".page-head .eyebrow").first.inner_text().strip()


def quotes(provider: Visitor, need: str, yuan: str, discount: str, package: str = "") -> None:
    """One line, from the package where one is named, in the place of its standard lines."""
    page = provider.go("/provider/needs/")
    row = page.locator(".queue-row", has_text=need.split(" ")[0])
    row.locator("a").first.click()
    page.select_option("#entry", **({"label": package} if package else {"value": ""}))
    page.get_by_role("button", name="开始报价").click()
    page.wait_for_url(re.compile(r"/provider/quotes/\d+/"))
    first = page.locator("fieldset.invoice-row").first
    first.locator("[name$='-text']").fill(SYSTEM)
    first.locator("[name$='-cost_class']").select_option("software")
    first.locator("[name$='-price_fen']").fill(yuan)
    for other in every(page.locator("fieldset.invoice-row"))[1:]:
        other.locator("[name$='-text']").fill("")
        other.locator("[name$='-price_fen']").fill("")
    for name, value in (("discount_fen", discount), ("days", "40")):
        page.locator(f"main [name={name}]").fill(value)
    page.get_by_role("button", name=re.compile("提交报价")).click()
    expect(page.get_by_role("status")).to_be_visible()


def chooses_with_a_reason(firm: Visitor) -> str:
    """Not without a reason; the name of the provider that was chosen."""
    page = firm.page
    page.reload()
    expect(page.locator("#quotes h2").first).to_contain_text("共 3 份")
    page.locator("main [name=quote]").nth(1).check()
    page.get_by_role("button", name="选定这份报价").click()
    expect(page.locator("main .notice.tone-bad, main [role=alert]").first).to_contain_text("理由")
    page.locator("main [name=quote]").nth(1).check()
    page.fill("#reason", WHY)
    page.get_by_role("button", name="选定这份报价").dblclick()
    expect(page.locator("main")).to_contain_text("选定结果")
    result = page.locator("section.card", has_text="选定结果").first
    return result.locator("strong").first.inner_text()


def pdf(name: str) -> Any:
    """A paper of a kind that is taken."""
    return steps.paper(name, "楚链") | {"name": f"{name}.pdf", "mimeType": "application/pdf"}


def files_the_contract(firm: Visitor, supervisor: Visitor) -> str:
    """The contract from the quote, with a supervisor; the project's number in addresses."""
    eyebrow = supervisor.go("/provider/").locator(".page-head .eyebrow").inner_text()
    page = firm.go("/enterprise/projects/")
    page.get_by_role("button", name=re.compile("按这份报价备案")).first.click()
    page.wait_for_url(re.compile(r"/enterprise/projects/\d+/edit/"))
    number = page.url.split("/projects/")[1].split("/")[0]
    page.set_input_files("#paper_contract", pdf("合同"))
    filled = {
        "title": "机加车间数字化改造", "goal_level": "2", "supervisor": eyebrow.strip()[:18],
        "contract_number": "CL-2026-001", "contract_date": TODAY.isoformat(),
        "due_date": (TODAY + dt.timedelta(days=90)).isoformat(),
    }  # fmt: skip
    steps.fill(page, filled)
    step = page.locator("#milestones fieldset").first
    step.locator("[name$='-title'], [name$='title']").first.fill("系统上线")
    step.locator("[type=date]").first.fill((TODAY + dt.timedelta(days=60)).isoformat())
    page.get_by_role("button", name="同意以上条款并提交备案").click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("承诺人")
    expect(page.locator("#papers")).to_contain_text("合同.pdf")  # kept though refused
    steps.fill(page, {"agreed_by": "试一"})
    page.get_by_role("button", name="同意以上条款并提交备案").dblclick()
    page.wait_for_url(re.compile(r"/enterprise/projects/\d+/$"))
    expect(page.locator("#state")).to_contain_text("区县正在审核备案")
    return number


def county_agrees(county: Visitor, project: str) -> None:
    page = county.go(f"/official/projects/{project}/")
    page.get_by_role("button", name="同意备案").click()
    expect(page.locator("#state")).to_contain_text("改造中")


def proof(page: Page, card: str, need: str, name: str, *, seen: bool = True) -> None:
    """Upload one proof by the form inside a card."""
    form = page.locator(f"{card} form:has([name=file])").first
    form.locator("[name=need]").select_option(need)
    form.locator("[name=file]").set_input_files(pdf(name))
    if seen:
        form.locator("[name=taken_date]").fill(TODAY.isoformat())
        form.locator("[name=system]").fill(SYSTEM)
        form.locator("[name=logins]").fill("412")
        form.locator("[name=users]").fill("36")
    form.get_by_role("button", name="上传").click()
    expect(page.locator("main")).to_contain_text(f"{name}.pdf")


def is_delivered(firm: Visitor, provider: Visitor, supervisor: Visitor, project: str) -> None:
    """The milestone with its proof, confirmed; the supervisor at the end; the work is finished."""
    page = provider.go(f"/provider/projects/{project}/")
    proof(page, "#milestones", "screenshot", "系统截图")
    page.locator("#milestones [name=report]").first.fill("系统上线，三条产线全部接入。")
    page.locator("#milestones").get_by_role("button", name=re.compile("提交成果")).first.click()
    firm.go(f"/enterprise/projects/{project}/")
    firm.page.get_by_role("button", name=re.compile("确认完成")).first.click()
    expect(firm.page.locator("#milestones")).to_contain_text("已确认")
    page = supervisor.go(f"/provider/projects/{project}/")
    page.select_option("#log_kind", "completion")
    page.fill("#progress", "100")
    page.fill("#log_text", "合同内容全部完成，系统运行正常。")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("main")).to_contain_text("完工检查")
    firm.go(f"/enterprise/projects/{project}/")
    firm.page.get_by_role("button", name="报告完工").click()
    expect(firm.page.locator("#state")).to_contain_text("已完工")


def asks_for_acceptance(firm: Visitor, project: str) -> None:
    page = firm.go(f"/enterprise/projects/{project}/")
    page.get_by_role("button", name="申请验收").click()
    expect(page.locator("main .notice.tone-bad").first).to_be_visible()  # papers are missing
    for need, name in (("usage", "运行截图"), ("invoice", "发票"), ("payment", "付款回单")):
        proof(page, "#ask", need, name, seen=need == "usage")
    page.fill("#summary", "三条产线排产、报工、质检全部在系统内办理。")
    for field in every(page.locator("#ask [name^=effect_]")):
        field.fill("12")
    page.get_by_role("button", name="申请验收").click()
    expect(page.locator("#state")).to_contain_text("验收办理中")


def is_visited(
    firm: Visitor, county: Visitor, city: Visitor, expert: Visitor, project: str
) -> None:
    """Papers, the firm's own rating, the level rated on the spot, three results in one trip."""
    page = county.go(f"/official/projects/{project}/")
    for field in every(page.locator("[name^=flag_]")):
        field.fill("已核实，情况属实。")
    page.get_by_role("button", name="核查通过").click()
    expect(page.locator("#acceptance")).to_contain_text("现场核验")
    firm.go(f"/enterprise/projects/{project}/")
    firm.page.fill("#provider_stars", "5")
    firm.page.fill("#result_stars", "4")
    firm.page.get_by_role("button", name="保存评分").click()
    is_rated(city, expert)
    page = city.go(f"/official/projects/{project}/")
    page.fill("#visit_date", TODAY.isoformat())
    page.fill("#visitors", "刘科长、陈工")
    for name in ("invoiced", "paid", "eligible"):
        page.fill(f"#{name}", "260000")
    for field in every(page.locator("#acceptance [name^=effect_]")):
        field.fill("11")
    page.fill("#minutes", "到车间查看系统运行，核对合同、发票和回单。")
    page.get_by_role("button", name="登记现场结果").click()
    expect(page.locator("main .notice.tone-bad").first).to_contain_text("真实")
    page.locator("[name=real]").check()
    page.get_by_role("button", name="登记现场结果").click()
    expect(page.locator("#acceptance")).to_contain_text("待公示")
    page.get_by_role("button", name="公示", exact=True).click()
    expect(page.locator("#acceptance")).to_contain_text("公示中")


def is_rated(city: Visitor, expert: Visitor) -> None:
    """The city sends an expert, who finds on the spot what the firm said."""
    page = city.go("/official/assessments/?words=" + NAME)
    page.locator("main").get_by_role("link", name=re.compile(NAME[:8])).first.click()
    page.locator("main [name=kind][value=on_site]").check()
    pool = page.locator(".choice:has([name=assessor]:enabled)")
    pool.filter(has_text="专家01").locator("[name=assessor]").check()
    page.get_by_role("button", name="派单并通知").click()
    expect(page.get_by_role("status")).to_contain_text("并已通知")
    page = expert.go("/expert/")
    page.locator(".queue-row", has_text=NAME).locator("[data-open]").first.click()
    page.wait_for_url(re.compile(r"/expert/ratings/\d+/$"))
    for card in every(page.locator("[data-item]")):
        for box in every(card.locator(".choice", has_text="企业自评")):
            box.locator("input").check()
    page.fill("#visit", TODAY.isoformat())
    page.locator("#pledge").check()
    page.get_by_role("button", name="签名并提交评定").click()
    expect(page.get_by_role("status")).to_contain_text("已提交评定")


def days_go_by(site: Site) -> None:
    """The days of publicity, and the night after."""
    run_python(site.environment, "-m", "tests.journeys.province", "published")
    run_python(site.environment, "-m", "dengta", "tick")


def is_paid(firm: Visitor, county: Visitor, city: Visitor, project: str) -> None:
    """The claim that the project filled in, from the firm to the bank and back."""
    number = claims(firm, project)
    test_money.passes(county, number)
    test_money.takes(test_money.opens(city, number), number, "核定")
    test_money.are_paid_in_a_batch(city)
    rows = test_money.bank_file(city.page)
    told = [(row["付款编号"], row["收款账号"], row["金额（元）"], "成功", f"YH{n}", "")
            for n, row in enumerate(rows)]  # fmt: skip
    expect(test_money.answers(city, told).locator("main")).to_contain_text("与付款成功合计一致")
    page = firm.go(f"/enterprise/projects/{project}/")
    expect(page.locator("section.card", has_text="资金申领").first).to_contain_text("已拨付")


def claims(firm: Visitor, project: str) -> str:
    """Only what the platform cannot know is typed: the invoice, the payment, the account."""
    page = firm.go(f"/enterprise/projects/{project}/")
    page.get_by_role("button", name="申领补助").dblclick()
    page.wait_for_url("**/edit/")
    expect(page.locator("[name=contract_number]")).to_have_value("CL-2026-001")
    number = page.locator(".page-head .eyebrow").inner_text().strip()
    page.get_by_role("button", name="同意以上条款并提交").click()
    expect(page.locator("main .notice.tone-bad").first).to_be_visible()  # no invoice yet
    page.locator("#lines").get_by_role("link", name=re.compile("修改")).click()
    expect(page.locator("[name=line-text]")).to_have_value(SYSTEM)
    steps.fill(page, {
        "line-invoice_number": f"2642{steps.this_year()}000044440001", "line-invoice_line": "1",
        "flow-number": "LS2026666601", "flow-paid_date": TODAY.isoformat(),
        "flow-amount_fen": "260000", "account_number": "6222020000000006666",
        "bank_name": "演示银行江岸支行", "agreed_by": "试一", "fact-abnormal_listed": "no",
        "fact-serious_violation": "no", "fact-diagnosis_done": "yes",
    })  # fmt: skip
    page.get_by_role("button", name="同意以上条款并提交").dblclick()
    page.wait_for_url(re.compile(r"/enterprise/claims/\d+/$"))
    expect(page.locator("main")).to_contain_text("区县正在初审")
    page.go_back()
    firm.go(f"/enterprise/projects/{project}/")
    assert page.get_by_role("button", name="申领补助").count() == 0
    return number


def becomes_a_case(firm: Visitor, project: str) -> None:
    """The firm agrees by name; pressed twice it is one case, and going back does not add one."""
    page = firm.go(f"/enterprise/projects/{project}/results/")
    page.fill("#agreed_by", "试")
    page.get_by_role("button", name="同意公开为案例").click()
    expect(page.locator("main .notice.tone-bad")).to_contain_text("姓名")
    expect(page.locator("#agreed_by")).to_have_value("试")
    page.fill("#agreed_by", "试一")
    page.get_by_role("button", name="同意公开为案例").dblclick()
    expect(page.locator("#case")).to_contain_text("试一于")
    expect(page.get_by_role("button", name="收回，不再公开")).to_be_visible()


def shown_copies(everybody: Visitor, name: str) -> int:
    """How many others, as everybody reads it, took up the package of the case of a name."""
    page = everybody.go("/catalogue/?kind=case")
    page.locator("main .queue-row", has_text=name).last.get_by_role("link").first.click()
    return steps.count_in(page.locator("#copies p").nth(1).inner_text())


def is_seen_by_everybody(everybody: Visitor, copied: int) -> None:
    """The case with its levels before and after, once; and it counts as a copy of the one that was
    there before, whose package it took up."""
    page = everybody.go("/catalogue/?kind=case")
    assert page.locator("main .queue-row", has_text=NAME).count() == 1
    assert shown_copies(everybody, NAME) == copied + 1
    shown = page.locator("main dl.facts", has_text="改造前等级").first
    expect(shown).to_contain_text("改造后等级")
    expect(page.locator("main")).to_contain_text(lasting.NAME)
    assert shown_copies(everybody, "（演示）：") == copied + 1
