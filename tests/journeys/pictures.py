"""The pictures of the README, of the running platform: `python -m tests.journeys.pictures`."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.journeys.province import ROOT, running

PICTURES = {"home.png": "/", "calculator.png": "/calculator/"}
WIDTH, HEIGHT = 1440, 900
BROWSER = "/usr/bin/chromium"


def main() -> None:
    """Serve a small province and photograph it into docs/images/."""
    with running() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--hide-scrollbars"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, address in PICTURES.items():
            page.goto(site.url + address, wait_until="networkidle")
            example = page.get_by_text("看一个例子")
            if example.count():
                example.first.click()
                page.wait_for_load_state("networkidle")
            page.screenshot(path=ROOT / "docs" / "images" / name)
        browser.close()


if __name__ == "__main__":
    main()
