"""A browser, a province of its own to walk through, and the ways people use both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dengta.demo import PASSWORD
from tests.journeys import province
from tests.journeys.province import Site
from tests.journeys.steps import DESKTOP, PHONE

__all__ = ["AXE", "DESKTOP", "PHONE", "Visit", "Visitor"]

AXE = Path(__file__).parent / "axe.min.js"


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """One small province for the whole session."""
    with province.running() as site:
        yield site


class Visitor:
    """Somebody with a browser of their own, at a desk or on the way."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        # A refused form answers 422 and a refused page 403 or 404: the browser notes the status.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.complaints.append(text)

    def go(self, path: str) -> Page:
        """Open an address."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Sign in by the form, from where one stands or from the sign-in page."""
        if "/sign-in/" not in self.page.url:
            self.go("/sign-in/")
        self.page.fill("main [name=login]", username)
        self.page.fill("main [name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        return self.page

    def arrive(self, passes: list[str]) -> Page:
        """Stand at one's desk with a fresh session, without the form and its costly password."""
        session = {"name": "sessionid", "value": passes.pop(), "url": self.url}
        self.context.add_cookies([session])  # type: ignore[list-item]
        return self.go("/desk/")

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def fits_the_screen(self) -> bool:
        """Whether nothing sticks out sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def violations(self) -> list[str]:
        """What axe-core finds; evaluated, as the security policy lets no foreign script in. From
        the first time on, the browser brings it into every page by itself, which takes half as
        long as to send it there again."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text("utf-8"))
            self.page.add_init_script(path=AXE)
        found = self.page.evaluate(
            "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
        )
        return [f"{one['id']} {[node['target'] for node in one['nodes']]}" for one in found]


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open browsers: `visit()`, `visit(DESKTOP, scripts=False, language="en")`. At the end none of
    them may have anything to complain of."""
    opened: list[Visitor] = []

    def visitor(
        size: tuple[int, int] = PHONE, *, scripts: bool = True, language: str = "", as_: str = ""
    ) -> Visitor:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts
        )
        if language:
            context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        opened.append(Visitor(context, site.url))
        if as_:
            opened[-1].arrive(site.passes[as_])
        return opened[-1]

    yield visitor
    complaints = [line for one in opened for line in one.complaints]
    for one in opened:
        one.context.close()
    assert complaints == []
