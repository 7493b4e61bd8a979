"""The mark of tests that use a database, and their cast. Settings are in tests/settings.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# A shared machine may be slow for a moment; timings are for bench/, not for tests.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

if TYPE_CHECKING:
    from tests.cast import Cast

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what uses the database, so that `-m database` runs it again on PostgreSQL."""
    for item in items:
        fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if fixtures or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture
def cast(db: None) -> Cast:
    """People and organisations that tests know by name, each made when first mentioned."""
    from tests.cast import Cast

    return Cast()
