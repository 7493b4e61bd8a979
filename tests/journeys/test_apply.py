"""One application from the notice to the province's pass: filled in on a phone, handed in with two
clicks that count once, one field returned and mended, recommended within the city's places."""

from __future__ import annotations

import datetime as dt
import re

from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.journeys.province import Site
from tests.pictures import encoded, photo

NAME = "武汉江岸申报机械有限公司（试）"
ROUND = "2026 年优秀应用场景遴选（试）"
SCENE = {
    "f-scene_name": "汽车零部件行业质量追溯", "f-purpose": "service", "f-scene_kind": "common",
    "f-scene_pain": "追溯一批零件要翻三本台账。", "f-scene_way": "一物一码，工序自动记录。",
    "f-online_date": "2024-05-01",
}  # fmt: skip
EFFECT = {
    "f-scene_users": "36", "f-scene_sme_users": "30", "f-invested_fen": "120.5",
    "f-effect_text": "追溯时间从 9 天降到 1 小时。",
}  # fmt: skip
AHEAD = {
    "f-open_to_public": "yes", "f-open_resources": "平台账号，免费。",
    "f-spread_plan": "每年 20 家。", "f-contact_name": "张三", "f-contact_phone": "027-82001234",
}  # fmt: skip


def test_an_application_from_the_notice_to_the_provinces_pass(visit: Visit, site: Site) -> None:
    province = visit(DESKTOP, as_="province")
    a_round_is_published(province)
    firm = visit()
    steps.register(firm.page, firm.url, "shenbao", NAME)
    firm.page.get_by_role("button", name="同意并继续").click()
    filled_in_on_a_phone(firm)
    handed_in_once(firm)
    county = visit(DESKTOP, as_="county")
    one_field_returned(county)
    mended(firm)
    passed(county, "初审通过")
    recommended(visit(DESKTOP, as_="city"))
    passed(province, "形式审查通过")
    firm.go("/applications/")
    firm.page.locator("[data-open]").first.click()
    expect(firm.page.locator("#state")).to_have_text("专家正在评审")
    sound(firm)
    in_english(visit, site, number_of(firm.page))


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


def number_of(page: Page) -> str:
    found = re.search(r"/applications/(\d+)/", page.url)
    assert found, page.url
    return found[1]


def goes_on(page: Page, to: str) -> None:
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url(f"**/{to}/")


def a_round_is_published(province: Visitor) -> None:
    page = province.go("/official/rounds/new/")
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=8)))
    steps.fill(page, {
        "selection": "scenario", "name": ROUND, "document_number": "鄂经信〔2026〕9号",
        "opens_at": f"{now - dt.timedelta(days=1):%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + dt.timedelta(days=30):%Y-%m-%dT%H:%M}", "budget_fen": "5000",
        "notice": "请各地组织申报。",
    })  # fmt: skip
    sound(province)
    page.get_by_role("button", name="保存批次").click()
    page.wait_for_url(re.compile(r"/rounds/\d+/"))
    page.get_by_role("button", name="发布通知").click()
    expect(page.locator("#state")).to_have_text("申报中")


def filled_in_on_a_phone(firm: Visitor) -> None:
    page = firm.go("/rounds/?show=open")
    page.get_by_role("link", name=ROUND).click()
    sound(firm)
    page.get_by_role("button", name="开始申报").dblclick()
    page.wait_for_url("**/form/firm/")
    expect(page.locator("[name=f-employees]")).to_have_value("180")
    expect(page.locator("main")).to_contain_text("来自企业档案，可以修改。")
    goes_on(page, "scene")
    steps.fill(page, SCENE)
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    page.reload()  # what was typed is there without a click
    expect(page.locator("[name=f-scene_pain]")).to_have_value(SCENE["f-scene_pain"])
    goes_on(page, "effect")
    steps.fill(page, EFFECT | {"f-scene_users": "三十六"})
    expect(page.locator("[data-saved]")).to_contain_text("不是整数")
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_contain_text("请只填数字")
    expect(page.locator("[name=f-scene_users]")).to_have_value("三十六")
    expect(page.locator("[name=f-invested_fen]")).to_have_value("120.5")
    sound(firm)
    steps.fill(page, {"f-scene_users": "36"})
    goes_on(page, "ahead")
    page.go_back()  # by the browser's own button, to what stands there now
    page.wait_for_url("**/form/effect/")
    expect(page.locator("[name=f-scene_users]")).to_have_value("36")
    goes_on(page, "ahead")
    steps.fill(page, AHEAD)
    goes_on(page, "papers")
    for slot, seed in (("licence_rights", 11), ("users_proof", 12), ("pictures", 13)):
        file = {"name": f"{slot}.png", "mimeType": "image/png", "buffer": encoded(photo(seed))}
        file |= {"name": f"{slot}.jpg", "mimeType": "image/jpeg"}
        page.set_input_files(f"[name=p-files-{slot}]", [file])  # type: ignore[list-item]
        expect(page.locator(f"#slot-{slot} .files li")).to_have_count(1)
    sound(firm)
    goes_on(page, "check")


def handed_in_once(firm: Visitor) -> None:
    page = firm.page
    page.locator("#missing").get_by_role("link", name="投入凭证汇总").click()
    page.wait_for_url("**/papers/#slot-spend_proof")
    file = {"name": "投入.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 shenbao"}
    page.set_input_files("[name=p-files-spend_proof]", [file])  # type: ignore[list-item]
    expect(page.locator("#slot-spend_proof .files li")).to_have_count(1)
    goes_on(page, "check")
    expect(page.locator("#missing")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("符合：对外开放各类资源")
    sound(firm)
    page.check("#pledge")
    page.get_by_role("button", name="承诺属实并提交").dblclick()
    page.wait_for_url(re.compile(r"/applications/\d+/$"))
    expect(page.locator("#state")).to_have_text("区县正在初审")
    expect(page.locator("#timeline")).to_contain_text("承诺属实并提交")
    assert page.locator("#timeline > li").count() == 2
    page.go_back()  # the page of handing in leads on to what came of it
    expect(page.locator("#state")).to_have_text("区县正在初审")


def one_field_returned(county: Visitor) -> None:
    page = county.go("/official/applications/")
    sound(county)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/official/applications/\d+/"))
    reason = page.locator("textarea[name=why-scene_pain]")
    page.locator(".return-item", has=reason).locator("summary").click()
    reason.fill("请补充去年的追溯次数和用时。")
    sound(county)
    page.get_by_role("button", name="退回修改").click()
    expect(page.locator("#state")).to_have_text("退回修改")


def mended(firm: Visitor) -> None:
    page = firm.go("/applications/")
    page.locator("[data-open]").first.click()
    expect(page.locator("main")).to_contain_text("请补充去年的追溯次数和用时。")
    sound(firm)
    page.get_by_role("link", name="去修改").click()
    page.wait_for_url("**/form/scene/**")
    assert page.locator("[name^=f-]").count() == 1
    sound(firm)
    steps.fill(page, {"f-scene_pain": "去年追溯 312 次，平均 9 天。"})
    goes_on(page, "check")
    page.get_by_role("button", name="修改后重新提交").click()
    expect(page.locator("#state")).to_have_text("区县正在初审")


def passed(office: Visitor, how: str) -> None:
    page = office.go("/official/applications/")
    page.locator("[data-open]", has_text=NAME).click()
    if how == "初审通过":
        expect(page.locator("main")).to_contain_text("退回后已答复")
        expect(page.locator("main")).to_contain_text("去年追溯 312 次，平均 9 天。")
    page.get_by_role("button", name=how).click()
    expect(page.get_by_role("status")).to_contain_text(f"已办理“{how}”")


def recommended(city: Visitor) -> None:
    page = city.go("/official/applications/")
    page.locator("[data-open]", has_text=NAME).click()
    expect(page.locator("main")).to_contain_text("武汉市的推荐名额还剩 40 个，共 40 个")
    page.get_by_role("button", name="推荐", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已办理“推荐”")
    page.get_by_role("link", name=ROUND).click()
    page.get_by_role("button", name="出具推荐函").click()
    expect(page.get_by_role("status")).to_contain_text("可以下载了")
    row = page.get_by_role("row", name="武汉市")
    expect(row).to_contain_text("39")
    sound(city)
    page.get_by_role("link", name="申报", exact=True).last.click()
    sound(city)


def in_english(visit: Visit, site: Site, number: str) -> None:
    """The same pages say nothing in Chinese but what people wrote."""
    for who, addresses in (
        ("shenbao", (f"/applications/{number}/", "/rounds/1/")),
        ("province", (f"/official/applications/{number}/", "/official/rounds/1/",
                      "/official/rounds/1/applications/", "/official/ageing/")),
    ):  # fmt: skip
        visitor = visit(PHONE, language="en")
        visitor.go("/sign-in/")
        visitor.sign_in(who, steps.PASSWORD if who == "shenbao" else "dengta-2026")
        for address in addresses:
            page = visitor.go(address)
            assert site.foreign(page.content()) == [], address
