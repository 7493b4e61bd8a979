"""Real processes at one pool, on SQLite and on PostgreSQL, some of them killed in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from tests import postgres
from tests.ledger.crowd import DRAW_FEN, POOL_DRAWS, WORKERS

NOT_ASKED_FOR = "no PostgreSQL given (DENGTA_TEST_POSTGRES) and none required"
Crowd = Callable[[str], dict[str, Any]]


def _postgres_is_asked_for() -> bool:
    required = os.environ.get("DENGTA_REQUIRE_POSTGRES") == "1"
    return required or "DENGTA_TEST_POSTGRES" in os.environ


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL: the one we are given, or our own where one is required."""
    if not _postgres_is_asked_for():
        pytest.skip(NOT_ASKED_FOR)
    if given := os.environ.get("DENGTA_TEST_POSTGRES"):
        yield given
    else:
        with postgres.cluster() as url:
            yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowd]:
    """Runs a scenario on an empty database of the engine."""
    if request.param == "sqlite":
        yield lambda scenario: _run(scenario, f"sqlite:///{tmp_path}/books.sqlite3", tmp_path)
        return
    given = request.getfixturevalue("server")
    name = f"crowd_{uuid4().hex}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            url = urlsplit(given)._replace(path=f"/{name}").geturl()
            yield lambda scenario: _run(scenario, url, tmp_path)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _run(scenario: str, url: str, folder: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        "DENGTA_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "dengta.settings",
        "CROWD_ACKNOWLEDGED": str(folder / "acknowledged"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.crowd", scenario],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_rush_with_double_submits_and_kills_ends_at_zero_and_not_below(crowd: Crowd) -> None:
    seen = crowd("rush")
    assert seen["failures"] == 0
    for moment in (seen["halfway"], seen["end"]):
        assert moment["left"] >= 0
        assert moment["drawn"] == moment["caps_drawn"], "a linked pair is whole, whoever died"
        assert moment["draws"] == moment["keys"]
        assert moment["forgotten"] == [], "what was acknowledged is on the books"
        assert (moment["differences"], moment["balanced"]) == ([], True)
    end = seen["end"]
    assert (end["left"], end["pending"]) == (0, 0)
    assert (end["drawn"], end["draws"]) == (POOL_DRAWS * DRAW_FEN, POOL_DRAWS)


@pytest.mark.database
def test_a_crash_of_the_server_forgets_nothing_it_acknowledged(tmp_path: Path) -> None:
    if not _postgres_is_asked_for():
        pytest.skip(NOT_ASKED_FOR)
    with postgres.cluster(durable=True) as url:
        seen = _run("crash", url, tmp_path)
    assert seen["failures"] == 0
    assert seen["acknowledged"] >= 500
    assert seen["forgotten"] == []
    assert (seen["differences"], seen["balanced"]) == ([], True)


def test_of_forty_who_saw_enough_for_ten_only_ten_draw(crowd: Crowd) -> None:
    assert crowd("guarded") == {"failures": 0, "left": 0, "differences": []}


def test_without_the_guard_the_same_forty_oversell(crowd: Crowd) -> None:
    """The negative control: were this to pass as well, the tests above would prove nothing."""
    seen = crowd("unguarded")
    assert seen == {"failures": 0, "left": (10 - WORKERS) * DRAW_FEN, "differences": []}
