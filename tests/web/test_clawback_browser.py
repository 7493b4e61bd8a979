"""Pages of clawbacks in a real browser: accessible and within the screen, on a phone and a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from dengta.accounts.queries import Actor
from tests.cast import Cast
from tests.funding.clawback_cast import clawback, paid_claim

AXE = Path(__file__).parent.parent / "journeys" / "axe.min.js"
SEEN = os.environ.get("DENGTA_SCREENS")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


def sign_in(page: Page, cast: Cast, acting: Actor, url: str, language: str) -> None:
    made = Client()
    made.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    cookies = {"sessionid": made.cookies["sessionid"].value, "django_language": language}
    page.context.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])


def test_every_page_is_accessible_and_fits_the_screen(
    page: Page, cast: Cast, live_server: LiveServer
) -> None:
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    cases = [
        clawback(cast, state, paid_claim(cast), sanction_years=1)
        for state in ("heard", "decided", "collecting")
    ]
    official = [f"/official/clawbacks/{case.pk}/" for case in cases]
    own = [f"/enterprise/clawbacks/{case.pk}/" for case in cases[1:]]
    claim = cases[0].claim.number
    ways = (
        (cast.province, ["/official/clawbacks/", f"/official/clawbacks/new/?claim={claim}",
                         *official]),
        (cast.firm.actor, ["/enterprise/clawbacks/", *own, "/sanctions/"]),
    )  # fmt: skip
    for acting, addresses in ways:
        for language, width in (("zh-hans", 1440), ("en", 390)):
            sign_in(page, cast, acting, live_server.url, language)
            page.set_viewport_size({"width": width, "height": 900})
            for address in addresses:
                assert page.goto(address).status == 200, address  # type: ignore[union-attr]
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
                page.evaluate(AXE.read_text("utf-8"))
                found = page.evaluate("axe.run().then(found => found.violations)")
                seen = [(one["id"], [n["html"][:200] for n in one["nodes"]]) for one in found]
                assert seen == [], (address, width)
                if SEEN:
                    name = f"{address.strip('/').replace('/', '-')[:40]}-{language}-{width}.png"
                    page.screenshot(path=f"{SEEN}/{name.replace('?', '_')}", full_page=True)
    assert complaints == []
