"""What is made once in a run and copied by whoever needs it: databases, a province.

To migrate takes seconds and always gives the same; a copy of what it gave takes none. The workers
of a run find the folder that they share in their environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

SHARED = "DENGTA_TESTS_SHARED"
SECOND = "DENGTA_TESTS_SECOND_ROUND"
"""Set in the first round of a run that has a second one, on PostgreSQL."""
MIGRATED = "migrated"
# The models of all states are rendered anew again and again: a quarter of the time would go into
# looking for garbage among what is still in use.
DENGTA = """import gc
gc.set_threshold(100_000, 50, 100)
from dengta.__main__ import entry
entry()"""


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """A folder that all of a run share, gone afterwards; within another run that of the other."""
    if SHARED in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="dengta-shared-", ignore_cleanup_errors=True) as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


def once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that whoever needs it first fills by `make`; everybody else waits and uses it."""
    folder = Path(os.environ[SHARED]) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = folder.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(folder)
    return folder


def migrated_file() -> Path:
    """An SQLite file with every table and nothing else."""

    def make(folder: Path) -> None:
        _migrate(f"sqlite:///{folder}/{MIGRATED}.sqlite3", folder)

    return once("sqlite", make) / f"{MIGRATED}.sqlite3"


def migrated_database(server: str) -> str:
    """The name of a PostgreSQL database with every table and nothing else, beside the given one."""
    parts = urlsplit(server)

    def make(folder: Path) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {MIGRATED} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {MIGRATED}")
        _migrate(parts._replace(path=f"/{MIGRATED}").geturl(), folder)

    once(f"postgresql-{parts.port}", make)
    return MIGRATED


def fill_memory(name: str) -> sqlite3.Connection:
    """Copy every table into SQLite's database in memory of this name, which lives as long as a
    connection to it: keep the one returned until there is another."""
    keeper = sqlite3.connect(name, uri=True)
    source = sqlite3.connect(migrated_file())
    source.backup(keeper)
    source.close()
    return keeper


def _migrate(url: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", DENGTA, "django", "migrate", "--verbosity", "0"],
        env={
            **os.environ,
            "DENGTA_DATABASE_URL": url,
            "DENGTA_DATA": str(folder),
            "DENGTA_SECRET_KEY": "only-for-tests",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        },
        check=True,
    )  # fmt: skip
