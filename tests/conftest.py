"""How the suite runs: what is marked, in which order, on which worker; and the cast of its tests.

Settings are in tests/settings.py.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import templates

# A shared machine may be slow for a moment; timings are for bench/, not for tests.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.cast import Cast

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})
REQUIRED = os.environ.get("DENGTA_REQUIRE_BROWSER") == "1"
# Begun first, as the rest is small enough to fill up what they leave of two cores.
# Where the tables are not made yet, the second worker has what needs none until the first has them.
LONG = ("test_long_work.py", "test_population.py", "test_populate.py", "house/test_pages.py",
        "funding/test_crowd.py", "test_claims_crowd.py", "test_campaign_crowd.py",
        "assessment/test_crowd.py", "test_machine.py", "test_scoring_kinds.py",
        "test_rating_crowd.py", "test_rating_offline.py", "journeys/test_assessment.py",
        "test_whole_journey.py", "journeys/test_chain.py",
        "in_any_order.py", "test_register_crowd.py", "test_rush.py",
        "test_finance_crowd.py", "test_clawback_crowd.py", "test_project_crowd.py",
        "test_clawback_conserved.py", "test_budget_crowd.py", "test_payment_crowd.py")  # fmt: skip
# Read on one engine only. What these pages show is told by queries, and what they change is done by
# actions, whose own tests run on both engines; and each address that they have is opened for every
# desk on both by house/test_pages.py, which names in UNSEEN the pages that it could not open: the
# tests of those are not here.
PAGES = re.compile(
    r"tests/web/test_(assessment_list|budget_pages|campaign_pages|clawback_pages|coverage_pages"
    r"|formatting|gallery|money_pages|payment_pages|platform_pages|public_calculator|public_pages"
    r"|rating_pages|reports|what_if_page)\.py::"
    # How many queries a page takes for two rows and for many is up to the page, not to the engine.
    r"|tests/(web|matching|projects|programmes)/test_\w*pages\.py::test_\w*quer(y|ies)"
)
# Of this each test is long enough to be given out alone; of all others a whole file is.
BY_TEST = "test_every_page.py"


def pytest_configure(config: pytest.Config) -> None:
    """A folder for what the workers share, and the plan by which they do."""
    shared = templates.shared()
    shared.__enter__()
    config.add_cleanup(lambda: shared.__exit__(None, None, None))
    config.pluginmanager.register(Plan())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what uses the database, so that `-m database` runs it again on PostgreSQL; and what
    drives a browser or shows pages that are opened on both anyway, so that it is not run again."""
    for item in items:
        used = getattr(item, "fixturenames", ())
        if DATABASE_FIXTURES.intersection(used) or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)
        if PAGES.match(item.nodeid):
            item.add_marker(pytest.mark.once)
        if "browser" in used:
            item.add_marker(pytest.mark.browser)


def _place(item: pytest.Item) -> tuple[int, int]:
    """Where a test stands: those of the browser last, of either kind the long files first and what
    is given out test by test at the end. Sorting is stable: within a file nothing changes.
    """
    rank = next((n for n, file in enumerate(LONG) if f"{file}::" in item.nodeid), len(LONG))
    last = len(LONG) + 1 if f"{BY_TEST}::" in item.nodeid else rank
    return int(item.get_closest_marker("browser") is not None), last


def pytest_collection_finish() -> None:
    """What was imported stays: the collector of garbage need not look through it again and again,
    which is a tenth of the whole."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Plan:
    """Order and sharing out, after every other plugin has had its say."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The long files first; the browser last, since once open it stays open, and its driver
        runs a loop in the worker's thread."""
        items.sort(key=_place)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """A worker gets whole files, so that what a file prepares is prepared once."""
        from xdist.scheduler import LoadScopeScheduling

        class ByFile(LoadScopeScheduling):
            """Files in the order above."""

            def _split_scope(self, nodeid: str) -> str:
                file = nodeid.split("::", 1)[0]
                return nodeid if file.endswith(BY_TEST) else file

        config.option.loadscopereorder = False
        return ByFile(config, log)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, monkeypatch_session: pytest.MonkeyPatch
) -> None:
    """Make the test database as a copy of one that was migrated once for all workers."""
    from django.db import connection
    from django.db.backends.sqlite3.creation import DatabaseCreation

    if connection.vendor == "postgresql":
        server = os.environ.get("DENGTA_DATABASE_URL", "")
        connection.settings_dict["TEST"]["TEMPLATE"] = templates.migrated_database(server)
        return
    create = DatabaseCreation._create_test_db

    def copied(self: DatabaseCreation, *how: Any, **more: Any) -> str:
        name: str = create(self, *how, **more)
        if self.is_in_memory_db(name):
            self.keeper = templates.fill_memory(name)
        return name

    monkeypatch_session.setattr(DatabaseCreation, "_create_test_db", copied)


@pytest.fixture(scope="session")
def monkeypatch_session() -> Iterator[pytest.MonkeyPatch]:
    """Changes that last as long as the session."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def browser(monkeypatch_session: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Chromium; skipped where it is not installed, unless DENGTA_REQUIRE_BROWSER=1."""
    from playwright.sync_api import expect, sync_playwright

    from tests.journeys.steps import chromium

    path = chromium()
    if path is None:
        reason = "Chromium is not installed here: journeys in a browser are left out"
        pytest.fail(f"{reason}, but DENGTA_REQUIRE_BROWSER=1") if REQUIRED else pytest.skip(reason)
    expect.set_options(timeout=15_000)  # both cores may be busy with a crowd for a while
    # The browser's driver runs a loop in this thread; Django would take that for async code.
    with sync_playwright() as playwright:
        monkeypatch_session.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def cast(db: None) -> Cast:
    """People and organisations that tests know by name, each made when first mentioned."""
    from tests.cast import Cast

    return Cast()
