"""A blind sheet from the expert's phone to the closed round: written, kept, signed, counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.journeys.province import ROOT, Site
from tests.journeys.steps import every

Stage = dict[str, Any]


@pytest.fixture(scope="module")
def stage(site: Site) -> Stage:
    """A round in its review, of which only the expert's own sheets are open."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.programmes.review_stage"],
        cwd=ROOT,
        env={**site.environment, "DJANGO_SETTINGS_MODULE": "dengta.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made: Stage = json.loads(done.stdout)
    assert made["blind"]
    return made


def for_everyone(visitor: Visitor, address: str) -> list[str]:
    """What is wrong with a page on a phone and on a wide screen."""
    page, found = visitor.go(address), []
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        if not visitor.fits_the_screen():
            found.append(f"{address} at {width}: wider than the screen")
        found += [f"{address} at {width}: {one}" for one in visitor.violations()]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return found


def test_an_expert_reviews_blind_on_a_phone_and_the_office_closes_the_sheets(
    visit: Visit, stage: Stage, site: Site
) -> None:
    expert = visit(PHONE, as_="expert")
    page = expert.go("/expert/reviews/")
    for pk in stage["sheets"]:
        page.locator(f"a[href='/expert/reviews/{pk}/']").click()
        page.wait_for_url(re.compile(rf"/expert/reviews/{pk}/$"))
        said = page.content()
        assert not [name for name in stage["firms"] if name in said or name[2:4] in said]
        assert "【申报单位】" in said
        assert page.locator("[name=mark-need], [name^=mark-]").first.is_visible()
        for box in every(page.locator("[name^=mark-]")):
            box.fill("82")
        expect(page.locator("[data-saved]")).to_contain_text("已保存")
        page.reload()
        assert [box.input_value() for box in every(page.locator("[name^=mark-]"))]
        expect(page.locator("[name^=mark-]").first).to_have_value("82")
        if pk == stage["sheets"][0]:
            assert for_everyone(expert, f"/expert/reviews/{pk}/") == []
        page.check("[name=pledge]")
        page.click("button[value=lock]")
        expect(page.locator("main")).to_contain_text("已签名锁定")
    assert for_everyone(expert, "/expert/reviews/") == []
    office = visit(DESKTOP, as_="province")
    panel = f"/official/rounds/{stage['round']}/panel/"
    assert for_everyone(office, panel) == []
    page = office.page
    page.get_by_role("button", name="汇总计分").click()
    expect(page.locator("main")).to_contain_text("已计分")
    page.get_by_role("button", name="结束评审").click()
    expect(page.locator("main")).to_contain_text("评审已结束")
    public = visit(PHONE)
    assert for_everyone(public, f"/rounds/{stage['round']}/draw/") == []
    expect(public.page.locator("main")).to_contain_text("平台刚刚重新计算")


def test_the_pages_of_the_review_are_english_in_english(
    visit: Visit, stage: Stage, site: Site
) -> None:
    pages = {
        "": [f"/rounds/{stage['round']}/draw/"],
        "expert": ["/expert/reviews/", f"/expert/reviews/{stage['sheets'][0]}/"],
        "province": [f"/official/rounds/{stage['round']}/panel/"],
    }
    found = []
    for who, addresses in pages.items():
        visitor = visit(PHONE, language="en", as_=who)
        for address in addresses:
            found += for_everyone(visitor, address)
            # What an applicant wrote stands on a blind sheet in pieces, between what is hidden.
            leaks = site.foreign(visitor.page.content())
            written = "".join(stage["written"])
            found += [f"{address}: Chinese: {leak}" for leak in leaks if leak not in written]
    assert found == []
