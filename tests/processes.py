"""Programs of their own beside the tests, each on a database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from tests import postgres, templates


@contextlib.contextmanager
def bare_database(engine: str, folder: Path) -> Iterator[str]:
    """The URL of a database on "sqlite" or "postgresql" with every table and no rows of ours, gone
    afterwards.

    Skips where no PostgreSQL is given (DENGTA_TEST_POSTGRES) and none required.
    """
    if engine == "sqlite":
        path = folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(templates.migrated_file(), path)
        yield f"sqlite:///{path}"
        return
    with _server() as given, psycopg.connect(given, autocommit=True) as connection:
        name = f"test_{uuid4().hex}"
        template = templates.migrated_database(given)
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield urlsplit(given)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("DENGTA_TEST_POSTGRES"):
        yield given
    elif os.environ.get("DENGTA_REQUIRE_POSTGRES") == "1":
        with postgres.cluster() as url:
            yield url
    else:
        pytest.skip("no PostgreSQL given (DENGTA_TEST_POSTGRES) and none required")


def run_module(module: str, url: str, folder: Path, **environment: str) -> dict[str, Any]:
    """Run `python -m module` on the database of this URL; what it printed, read as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        env={
            **os.environ,
            "DENGTA_DATABASE_URL": url,
            "DENGTA_DATA": str(folder),
            "DENGTA_SECRET_KEY": "only-for-tests",
            "DJANGO_SETTINGS_MODULE": "tests.played",
            **environment,
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
