"""What people do again and again on the way: register, fill in a voucher, take a step."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from dengta.core.codes import make_uscc

PHONE, DESKTOP = (390, 844), (1440, 900)
HOME_COUNTY = "420102"
PASSWORD = "yangtze-bridge-1957"
_serial = itertools.count(500_000)


def chromium() -> str | None:
    """Where the browser is; None if there is none."""
    fixed = Path("/usr/bin/chromium")
    return str(fixed) if fixed.exists() else shutil.which("chromium")


def fresh_code(region: str = HOME_COUNTY) -> str:
    """A valid code of a firm that exists nowhere, and not yet here."""
    return make_uscc(region, next(_serial))


def registration(code: str, username: str, name: str) -> dict[str, str]:
    """What a small maker of car parts fills in to register; it shares nothing with others that come
    by here, or the register would take them for related."""
    n = int(code[8:16], 36) % 10_000
    return {
        "uscc": code, "name": name, "region_code": HOME_COUNTY, "established_date": "2012-05-18",
        "industry_code": "36", "employees": "180", "revenue_wan": "9000", "assets_wan": "7500.5",
        "legal_person": "试" + "".join("一二三四五六七八九十"[int(d)] for d in f"{n:04}"),
        "phone": f"027-8765{n:04}", "address": f"演示路 {n} 号",
        "username": username, "password": PASSWORD, "password_again": PASSWORD,
    }  # fmt: skip


def every(found: Locator) -> list[Locator]:
    """All that a page has of something, once the page is there as a whole: a click that leads to
    another page comes back while that page is still being read."""
    found.page.wait_for_load_state()
    return found.all()


def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fill fields of the page's form by name: inputs, selects, radio buttons, boxes."""
    for name, value in values.items():
        field = page.locator(f"main [name='{name}']")
        if field.first.get_attribute("type") == "radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif field.get_attribute("type") == "checkbox":
            field.set_checked(bool(value))
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def register(page: Page, url: str, username: str, name: str) -> str:
    """Register a firm by the page, and give its code."""
    code = fresh_code()
    page.goto(f"{url}/register/")
    fill(page, registration(code, username, name))
    page.check("main [name=agreed]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/enterprise/consent/")
    return code


def paper(name: str, about: str) -> Any:
    """A file to upload, unlike any other."""
    return {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": f"{name} {about}".encode()}


PAPERS = {
    "contract": "合同",
    "invoice_file": "发票",
    "payment_proof": "付款凭证",
    "item_list": "清单",
}


def voucher_form(number: str, amount: str) -> dict[str, str]:
    """An application with one invoice, but for supplier and files."""
    return {
        "depth": "business", "contract_number": f"HT-{number[-4:]}", "bank_flow": f"BF{number}",
        "paid_by_firm_fen": amount, "bank_account": "6200000000000001", "bank_name": "建设银行",
        "agree": "on", "agreed_by": "试一",
        "invoices-0-number": number, "invoices-0-invoice_date": f"{this_year()}-03-02",
        "invoices-0-service": "云上生产管理系统年费", "invoices-0-amount_fen": amount,
    }  # fmt: skip


def this_year() -> int:
    """The year of the day on which this runs; invoices count in their year only."""
    import datetime as dt
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).year


def upload(page: Page, about: str, *papers: str) -> None:
    """Choose a file for each of the papers."""
    for name in papers or PAPERS:
        page.set_input_files(f"main [name={name}]", paper(PAPERS[name], about))


def begin_voucher(page: Page, url: str) -> None:
    """From the list of vouchers to an open form."""
    page.goto(f"{url}/enterprise/vouchers/")
    page.get_by_role("button", name="申领服务券").click()
    page.wait_for_url("**/edit/")


def count_in(text: str) -> int:
    """The first number in a text, without its commas."""
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found.group().replace(",", ""))


def from_the_bar(page: Page, name: str) -> None:
    """Follow an entry of the desk's navigation; on a phone the later ones stand under 更多."""
    bar = page.get_by_role("navigation", name="工作台导航")
    if not bar.get_by_role("link", name=name).first.is_visible():
        bar.get_by_text("更多").click()
    bar.get_by_role("link", name=name).locator("visible=true").first.click()
