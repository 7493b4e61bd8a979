"""Every address that shows a page, for each desk, on a phone and on a wide screen, in Chinese and
English: no violation of accessibility, nothing sticks out, nothing left untranslated.

Accessibility is looked into at each width and in each language once, on a phone in Chinese and on a
wide screen in English: markup and styles are those of the other two.
"""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern

from dengta.web.urls import urlpatterns
from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.journeys.pages import DIAGNOSES, ELSEWHERE, PAGES
from tests.journeys.province import Site


def test_no_page_is_forgotten() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == ELSEWHERE | {name for pages in PAGES.values() for name in pages}


def places(visitor: Visitor, who: str) -> dict[str, str]:
    """What stands behind the numbers in addresses, found by following links."""
    page, found = visitor.page, {}
    if "opening" in PAGES[who] or "official_opening" in PAGES[who]:
        visitor.go("/openings/" if who == "firm" else "/official/openings/")
        found["opening"] = _number(page.locator(".queue-title a").first.get_attribute("href"))
    if who == "firm":
        for button, name, address in (
            ("/enterprise/assessment/start/", "draft", "/enterprise/assessment/"),
            ("/enterprise/vouchers/new/", "application", "/enterprise/vouchers/"),
            ("/enterprise/claims/new/", "claimed", "/enterprise/claims/"),
        ):
            visitor.go(address)
            start = page.locator(f"form[action='{button}'] button:visible")
            (start.first if start.count() else page.locator("main .btn-primary").first).click()
            page.wait_for_url(re.compile(r"/\d+/"))
            found[name] = _number(page.url)
        visitor.go("/enterprise/assessment/")
        found["result"] = _number(page.locator(".results a").first.get_attribute("href"))
        visitor.go(f"/enterprise/assessment/{found['result']}/")
        code = page.locator("#verify a[href^='/verify/']").get_attribute("href") or ""
        found["code"] = code.split("/")[2]
        visitor.go("/enterprise/vouchers/")
        found["voucher"] = _number(page.locator(".queue-title a").last.get_attribute("href"))
    elif "voucher_list" in PAGES[who]:
        visitor.go("/official/vouchers/")
        found["voucher"] = _number(page.locator("[data-open]").first.get_attribute("href"))
    if "books_firm" in PAGES[who]:
        visitor.go("/official/books/?q=有限公司")
        shown = page.locator("a[href^='/official/books/firm/']").first.get_attribute("href")
        found["uscc"] = (shown or "").split("/")[4]
    if "campaign" in PAGES[who]:
        visitor.go("/official/campaigns/")
        found["campaign"] = _number(page.locator("[data-open]").first.get_attribute("href"))
    if "job" in PAGES[who]:
        visitor.go("/jobs/")
        found["job"] = _number(page.locator(".queue-title a").first.get_attribute("href"))
    if "fund" in PAGES[who]:
        visitor.go("/official/budgets/")
        pilot = page.locator("a[href*='/fund/pilot-city']").first.get_attribute("href")
        found["fund"] = (pilot or "").split("/")[4]
    if who in DIAGNOSES:
        desk = {"firm": "enterprise", "province": "official"}.get(who, who)
        visitor.go(f"/{desk}/diagnosis/")
        found["order"] = _number(page.locator("[data-open]").last.get_attribute("href"))
    found |= finance_places(visitor, who) | money_places(visitor, who) | pool_places(visitor, who)
    found |= project_places(visitor, who)
    return found | rating_places(visitor, who) | selection_places(visitor, who)


def pool_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of entries of the pool, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, says in (
        ("entry", "/entries/", "质量追溯"),
        ("returned", "/entries/", "空压机"),
        ("entry", "/official/catalogue/", "仓储条码"),
    ):
        if who == {"entries": "provider", "official": "province"}[address.split("/")[1]]:
            visitor.go(address)
            link = page.locator(".queue-title a", has_text=says).first
            found[name] = _number(link.get_attribute("href"))
    return found


def money_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of claims, payments, clawbacks, openings and hits, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, link in (
        ("claim", "/enterprise/claims/", "main .queue-title a[href^='/enterprise/claims/']"),
        ("opening", "/enterprise/", "main a[href^='/enterprise/openings/']"),
        ("claim", "/official/claims/list/", "[data-open]"),
        ("batch", "/official/payments/batches/", "[data-open]"),
        ("payment", "/official/payments/bounced/", "[data-open]"),
        ("clawback", "/official/clawbacks/", "main .queue-title a"),
        ("opening", "/official/openings/", "main .queue-title a"),
    ):
        if who == {"enterprise": "firm", "official": "province"}[address.split("/")[1]]:
            visitor.go(address)
            found[name] = _number(page.locator(link).last.get_attribute("href"))
    return found


def project_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The number of a project, where a desk has one."""
    desks = {
        "firm": ("project", "/enterprise/projects/"),
        "provider": ("project", "/provider/projects/"),
        "county": ("undertaken", "/official/projects/?state=all"),
    }
    if who not in desks:
        return {}
    name, address = desks[who]
    visitor.go(address)
    return {name: _number(visitor.page.locator(".queue-title a").last.get_attribute("href"))}


def finance_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of a request, a list that was pushed and a project, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, link in (
        ("loan", "/enterprise/loans/", "a[href^='/enterprise/loans/requests/']"),
        ("loan", "/official/loans/?show=all", "[data-open]"),
        ("white_list", "/official/loans/", "a[href^='/official/loans/lists/']"),
        ("project", "/official/fund-pipeline/", "[data-open]"),
    ):
        desk = {"enterprise": ("firm",), "official": ("county", "province")}[address.split("/")[1]]
        if who in desk and (name == "loan" or who == "province"):
            visitor.go(address)
            found[name] = _number(page.locator(link).last.get_attribute("href"))
    return found


def selection_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of rounds, awards and objections, where a desk has them; the demo's round of
    lighthouses is in publicity."""
    page, found = visitor.page, {}

    def follow(address: str, name: str, link: str, says: str = "") -> None:
        visitor.go(address)
        links = page.locator(link, has_text=says) if says else page.locator(link)
        found[name] = _number(links.first.get_attribute("href"))

    if who == "":
        follow("/rounds/", "publicity", ".queue-title a", "小灯塔")
        publicity = f"/rounds/{found['publicity']}/publicity/"
        follow(publicity, "listed", "a[href$='/new/']")
        visitor.go("/awards/")
        code = page.locator(".queue-title a, td a, h2 a").first.get_attribute("href") or ""
        found["award"] = code.split("/")[2]
    if who == "firm":
        follow("/applications/awards/", "award", "main a[href^='/applications/awards/']")
    if who == "province":
        follow("/official/rounds/", "publicity", "[data-open]", "小灯塔")
        publicity = f"/official/rounds/{found['publicity']}/publicity/"
        follow(publicity, "objection", "a[href^='/official/objections/']")
        follow("/official/awards/", "award", "main a[href^='/official/awards/']")
    return found


def rating_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of ratings and samples, where a desk has them."""
    page, found = visitor.page, {}

    def follow(address: str, name: str, link: str, place: int = -1) -> None:
        visitor.go(address)
        found[name] = _number(page.locator(link).nth(place).get_attribute("href"))

    if who == "":
        follow("/samples/", "sample", ".queue-title a")
    if who == "expert":
        follow("/expert/", "rating", "main [data-open]", 0)
    if who in ("county", "city"):
        follow("/official/samples/", "sample", "[data-open]")
        follow(f"/official/samples/{found['sample']}/", "rated", "[data-open]")
    if who == "county":
        follow(page.url.removeprefix(visitor.url), "recheck", "a[href^='/official/ratings/']")
    return found


def _number(address: str | None) -> str:
    number = re.search(r"/(\d+)/", address or "")
    assert number, address
    return number[1]


@pytest.mark.parametrize("who", sorted(PAGES, key=lambda who: -len(PAGES[who])))
def test_every_page_is_for_everyone(visit: Visit, site: Site, who: str) -> None:
    numbers, found = {}, []
    for language, looked_into in (("zh-hans", PHONE), ("en", DESKTOP)):
        visitor = visit(PHONE, language=language, as_=who)
        numbers = numbers or places(visitor, who)
        widths = [PHONE, DESKTOP]
        for address in PAGES[who].values():
            page = visitor.go(address.format_map(numbers))
            if language == "en":
                leaks = site.foreign(page.content())
                found += [f"{address}: Chinese: {leaks[:6]}"] if leaks else []
            # A page is loaded at the width that the one before it was left at.
            for width, height in widths:
                page.set_viewport_size({"width": width, "height": height})
                if not visitor.fits_the_screen():
                    found.append(f"{address} at {width}, {language}: wider than the screen")
                if (width, height) == looked_into:
                    found += [f"{address} at {width}: {one}" for one in visitor.violations()]
            widths.reverse()
    assert found == []
