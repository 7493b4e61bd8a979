"""What every test stands on: a data folder of its own, and the mark of those that use a database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

import pytest

# Before Django's settings are read: tests never touch the data of the platform beside them.
os.environ["DENGTA_DATA"] = tempfile.mkdtemp(prefix="dengta-tests-")
os.environ.setdefault("DENGTA_SECRET_KEY", "only-for-tests")

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what uses the database, so that `-m database` runs it again on PostgreSQL."""
    for item in items:
        fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if fixtures or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)
