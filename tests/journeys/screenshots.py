"""The pictures of the README, made by the platform itself from its demo province.

python -m tests.journeys.screenshots     writes docs/images/
"""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tests.journeys import province
from tests.journeys.steps import DESKTOP, chromium

FOLDER = province.ROOT / "docs" / "images"
EXAMPLE = (
    "/calculator/?region_code=420100&industry_code=36&employees=180&revenue_wan=9000"
    "&assets_wan=7500&digital_level=2&cloud_depth=business&cloud_spend_yuan=300000"
    "&is_cloud_supplier=no&vouchers_this_year_yuan=0"
)
PICTURES = {"home.png": "/", "calculator.png": EXAMPLE}


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
        for name, address in PICTURES.items():
            page.goto(site.url + address)
            page.screenshot(path=FOLDER / name)
            print(FOLDER / name)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
