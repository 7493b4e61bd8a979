"""The gallery in a real browser: accessible, within the security policy, as wide as the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tests.journeys.conftest import AXE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[390, 1440], ids=["phone", "desktop"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": request.param, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def gallery(context: BrowserContext, live_server: LiveServer) -> tuple[Page, list[str]]:
    """The open page, and what the browser complained of."""
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/gallery/")
    return page, complaints


def test_the_gallery_is_accessible_fits_the_screen_and_breaks_no_policy(
    gallery: tuple[Page, list[str]],
) -> None:
    page, complaints = gallery
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("axe.run().then(found => found.violations)")
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []


def test_a_code_is_checked_while_it_is_typed(gallery: tuple[Page, list[str]]) -> None:
    page, _complaints = gallery
    note = page.locator("#id_uscc_field [data-uscc-note]")
    page.fill("#id_uscc", "91350100M000100Y4")
    assert "1" in note.inner_text()
    page.fill("#id_uscc", "91350100M000100Y43")
    assert "tone-good" in (note.get_attribute("class") or "")
    page.fill("#id_uscc", "91350100M000100Y44")
    assert "3" in note.inner_text()
    assert "tone-bad" in (note.get_attribute("class") or "")


def test_keys_move_through_the_queue_and_tick_a_row(gallery: tuple[Page, list[str]]) -> None:
    page, _complaints = gallery
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    ticks = page.locator("[data-row] input[type=checkbox]")
    assert [ticks.nth(n).is_checked() for n in range(2)] == [False, True]


def test_a_form_is_sent_once_and_is_free_again_when_one_comes_back(
    gallery: tuple[Page, list[str]],
) -> None:
    page, _complaints = gallery
    page.evaluate(
        "() => { window.sent = 0; document.addEventListener('submit', event => "
        "{ window.sent += 1; event.preventDefault(); }); }"
    )
    button = page.locator("#step button[type=submit]")
    button.click()
    button.click()
    assert page.evaluate("window.sent") == 1
    page.evaluate("window.dispatchEvent(new Event('pageshow'))")
    button.click()
    assert page.evaluate("window.sent") == 2
