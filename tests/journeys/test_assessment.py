"""A firm assesses itself on a phone, from the first question to the result: figures, a photo that
is too large, a scenario that does not apply, a contradiction, a colleague at the same step."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, Visit, Visitor
from tests.pictures import encoded, photo

NAME = "武汉江岸自测机械有限公司（试）"
LAST = 31


def test_a_firm_assesses_itself_on_a_phone(visit: Visit, tmp_path: Path) -> None:
    firm = visit()
    steps.register(firm.page, firm.url, "zice", NAME)
    firm.page.get_by_role("button", name="同意并继续").click()
    firm.page.get_by_role("button", name="开始测评").click()
    firm.page.wait_for_url("**/q1/")
    several_answers(firm)
    figures_lead_to_the_answer(firm)
    photos_and_files(firm, tmp_path)
    the_rest(firm.page)
    not_applicable(firm)
    to_the_end(firm)
    what_contradicts(firm)
    a_colleague_at_the_same_step(firm, visit())
    handed_in(firm)


def goes_on(page: Page, to: str) -> None:
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url(f"**/{to}/")


def sound(firm: Visitor) -> None:
    """Fits a phone and a wide screen, and is accessible on both."""
    for size in ((390, 844), DESKTOP):
        firm.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert firm.fits_the_screen()
        assert firm.violations() == []
    firm.page.set_viewport_size({"width": 390, "height": 844})


def several_answers(firm: Visitor) -> None:
    page = firm.page
    for letter in "BC":
        page.locator(f"[name=answer][value={letter}]").check()
    sound(firm)
    goes_on(page, "q2")


def figures_lead_to_the_answer(firm: Visitor) -> None:
    page = firm.page
    steps.fill(page, {"figure_machines_digital": "120", "figure_machines_total": "300"})
    expect(page.locator("[data-led]")).to_have_text(
        "120 ÷ 300 = 40%，对应 C：超过 20%，不超过 40%。"
    )
    expect(page.locator("[name=answer][value=C]")).to_be_checked()
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    steps.fill(page, {"figure_machines_digital": "一百二"})
    expect(page.locator("[data-saved]")).to_contain_text("“一百二” 不是数")
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_contain_text("请只写数字")
    expect(page.locator("[name=figure_machines_digital]")).to_have_value("一百二")
    sound(firm)
    steps.fill(page, {"figure_machines_digital": "120"})
    goes_on(page, "q3")
    expect(page.locator("[name=figure_machines_total]")).to_have_value("300")
    steps.fill(page, {"figure_machines_connected": "240"})  # more than are digital
    expect(page.locator("[data-led]")).to_contain_text("80%")
    page.get_by_role("button", name="上一步").click()
    page.wait_for_url("**/q2/")


def photos_and_files(firm: Visitor, folder: Path) -> None:
    page = firm.page
    large = folder / "车间.jpg"
    Image.effect_noise((6400, 4800), 170).convert("RGB").save(large, quality=97)
    assert large.stat().st_size > 20 * 2**20
    page.set_input_files("[name=photo]", large)
    expect(page.locator(".files li")).to_contain_text(["车间.jpg"], timeout=60_000)
    page.set_input_files("[name=files]", [
        {"name": "台账.png", "mimeType": "image/png", "buffer": encoded(photo(1), "PNG")},
        {"name": "录像.mp4", "mimeType": "video/mp4", "buffer": b"x"},
    ])  # fmt: skip
    expect(page.get_by_role("alert")).to_contain_text("“录像.mp4”的格式不能作为材料")
    expect(page.locator(".files li")).to_have_count(2)
    too_large = folder / "全套.pdf"
    too_large.write_bytes(b"%PDF-1.7" + b"x" * 21 * 2**20)
    page.set_input_files("[name=files]", too_large)
    expect(page.locator("[data-uploading]")).to_contain_text("超过 20 MB。请压缩，或拆分")
    page.get_by_role("button", name="撤回 台账.png").click()
    expect(page.locator(".files li")).to_have_count(1)
    sound(firm)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="车间.jpg").click()
    opened.value.close()
    goes_on(page, "q3")
    goes_on(page, "q4")


def the_rest(page: Page) -> None:
    """The questions, each at its second choice, up to the scenario of quality."""
    while not page.url.endswith("/quality/"):
        answers(page)
        here = page.url
        page.get_by_role("button", name="保存并继续").click()
        page.wait_for_url(lambda url, here=here: url != here)


def answers(page: Page) -> None:
    page.locator("main [name=answer]").nth(2).check()


def not_applicable(firm: Visitor) -> None:
    page = firm.page
    expect(page.locator("[name=reason]")).to_be_hidden()
    page.get_by_label("场景不适用").check()
    expect(page.locator("[name=reason]")).to_be_visible()
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_contain_text("还需要写明理由")
    expect(page.get_by_label("场景不适用")).to_be_checked()
    sound(firm)
    steps.fill(page, {"reason": "只做来料加工，质量由客户驻厂检验"})
    page.locator(".remark summary").click()
    steps.fill(page, {"remark": "长" * 5000})
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_contain_text("请删去 3000 字")
    expect(page.locator("[name=remark]")).to_have_value("长" * 5000)
    steps.fill(page, {"remark": "合同第 4 条"})
    goes_on(page, "equipment")


def to_the_end(firm: Visitor) -> None:
    page = firm.page
    page.locator("[name=answer][value='4']").check()
    goes_on(page, "safety")
    while not page.url.endswith("/check/"):
        answers(page)
        here = page.url
        page.get_by_role("button", name="保存并继续").click()
        page.wait_for_url(lambda url, here=here: url != here)


def what_contradicts(firm: Visitor) -> None:
    page = firm.page
    found = page.locator("#conflicts")
    expect(found).to_contain_text("联网设备的台数多于数字化设备")
    both = found.locator("li", has_text="联网设备的台数多于数字化设备").locator("dd")
    expect(both).to_contain_text(["240", "120"])
    expect(page.locator(".strip .not-here")).to_contain_text("不适用")
    sound(firm)
    both.first.get_by_role("link", name="去修改").click()
    page.wait_for_url("**/q3/")
    steps.fill(page, {"figure_machines_connected": "100"})
    goes_on(page, "q4")
    page.goto(f"{page.url.rsplit('/', 2)[0]}/check/")
    expect(page.locator("main")).not_to_contain_text("联网设备的台数多于数字化设备")


def a_colleague_at_the_same_step(firm: Visitor, other: Visitor) -> None:
    """The same sign-in on a second device; what either typed is there to choose."""
    other.sign_in("zice", steps.PASSWORD)
    step = f"{firm.page.url.rsplit('/', 2)[0]}/q5/"
    for one in (firm, other):
        one.page.goto(step)
    with firm.page.expect_response(lambda answer: answer.request.method == "POST"):
        firm.page.locator("[name=answer][value=D]").check()
    other.page.locator("[name=answer][value=E]").check()
    expect(other.page.locator("[data-saved]")).to_contain_text("改过这一项")
    other.page.get_by_role("button", name="保存并继续").click()
    clash = other.page.locator(".clash")
    expect(clash).to_contain_text("绝大部分业务环节")
    expect(clash).to_contain_text("全部业务环节")
    sound(other)
    other.page.get_by_role("button", name="用这里填的").click()
    other.page.wait_for_url("**/q6/")
    firm.page.reload()
    expect(firm.page.locator("[name=answer][value=E]")).to_be_checked()


def handed_in(firm: Visitor) -> None:
    page = firm.page
    page.goto(f"{page.url.rsplit('/', 2)[0]}/check/")
    page.check("#pledge")
    page.get_by_role("button", name="提交并查看结果").dblclick()
    page.wait_for_url(re.compile(r"/enterprise/assessment/\d+/$"))
    expect(page.locator("h1")).to_contain_text("数字化水平")
    assert page.locator(".strip li").count() == 16


def test_the_browser_closed_in_the_middle_loses_nothing(visit: Visit) -> None:
    firm = visit()
    steps.register(firm.page, firm.url, "guanbi", "武汉中途机械有限公司（试）")
    firm.page.get_by_role("button", name="同意并继续").click()
    firm.page.get_by_role("button", name="开始测评").click()
    firm.page.wait_for_url("**/q1/")
    step = firm.page.url
    firm.page.locator("[name=answer][value=C]").check()
    firm.page.close(run_before_unload=False)  # before the pause after which a change is saved
    again = visit()
    again.sign_in("guanbi", steps.PASSWORD)
    again.page.goto(step)
    expect(again.page.locator("[name=answer][value=C]")).to_be_checked()


def test_the_back_button_shows_what_was_kept_and_overtakes_nobody(visit: Visit) -> None:
    firm = visit()
    steps.register(firm.page, firm.url, "houtui", "武汉后退机械有限公司（试）")
    page = firm.page
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_role("button", name="开始测评").click()
    page.wait_for_url("**/q1/")
    page.locator("[name=answer][value=B]").check()
    goes_on(page, "q2")
    page.go_back()
    page.wait_for_url("**/q1/")
    expect(page.locator("[name=answer][value=B]")).to_be_checked()
    page.locator("[name=answer][value=C]").check()
    goes_on(page, "q2")
    assert page.get_by_role("alert").count() == 0
