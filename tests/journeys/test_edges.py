"""The longest name and the empty desk: both look as if they had been thought of."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor

LONG = "恩施土家族苗族自治州长江三峡库区特色农产品精深加工和冷链物流一体化科技总有限公司"


def stands_well(visitor: Visitor) -> None:
    """Nothing sticks out and nothing is in the way, on a phone and on a wide screen."""
    for width, height in (PHONE, DESKTOP):
        visitor.page.set_viewport_size({"width": width, "height": height})
        assert visitor.fits_the_screen(), f"{visitor.page.url} at {width}"
        assert visitor.violations() == []


def test_a_firm_with_the_longest_name_begins_with_empty_pages(visit: Visit) -> None:
    assert len(LONG) == 40
    firm = visit()
    page = firm.page
    steps.register(page, firm.url, "longest", LONG)
    for address, says in (
        ("/enterprise/", "完成数据授权"),
        ("/enterprise/vouchers/", "提交第一份申请后"),
        ("/notices/", "通知会出现在这里"),
        ("/enterprise/policies/", "先同意用企业档案比对政策"),
        ("/enterprise/assessment/", "还没有测评结果"),
    ):
        firm.go(address)
        assert says in firm.text()
        stands_well(firm)

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    steps.begin_voucher(page, firm.url)
    steps.fill(page, steps.voucher_form(f"2642{steps.this_year()}000066660001", "30000"))
    page.locator("[name=supplier]").select_option(index=1)
    steps.upload(page, LONG)
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url(re.compile(r"/enterprise/vouchers/\d+/(#\w+)?$"))
    stands_well(firm)

    county = visit(as_="county")
    expect(county.page.locator(".queue")).to_contain_text(LONG)
    stands_well(county)
    county.page.get_by_role("link", name=LONG).click()
    expect(county.page.locator("h1")).to_have_text(LONG)
    stands_well(county)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/official/vouchers/?q=没有这一家", "没有符合条件的服务券"),
        ("/official/indicators/lighthouses/429021/", "这里还没有企业"),
        ("/official/indicators/service_centres/", "还没有填报数据"),
    ],
)
def test_an_empty_list_says_what_will_appear_there(visit: Visit, address: str, says: str) -> None:
    province = visit(as_="province")
    province.go(address)
    assert says in province.text()
    stands_well(province)
