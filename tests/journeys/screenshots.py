"""Pictures of the platform for the README, made by the platform itself from its demo province.

python -m tests.journeys.screenshots     writes docs/images/home.png
"""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tests.journeys import province
from tests.journeys.conftest import DESKTOP, chromium

FOLDER = province.ROOT / "docs" / "images"


def main() -> int:
    """Take them; 1 without a browser."""
    path = chromium()
    if path is None:
        print("Chromium is needed to take pictures.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with province.running(whole=True) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        page.goto(site.url)
        page.screenshot(path=FOLDER / "home.png")
        browser.close()
    print(FOLDER / "home.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
