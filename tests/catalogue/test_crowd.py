"""Entries of the pool at the same moment, by real processes, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import bare_database, run_module


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.catalogue.crowd", url, folder)


def test_of_two_who_save_one_version_the_second_is_told(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_saves"] == {"outcomes": ["Moved", "done"], "whole": True}


def test_without_saying_what_one_saw_the_first_would_be_overwritten(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["two_saves"]["outcomes"] == ["done", "done"]


def test_a_version_is_published_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_publications"] == {"outcomes": ["Moved", "done"], "published": 1}


def test_without_compare_and_swap_it_would_be_published_twice(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["two_publications"]["published"] == 2


def test_two_who_begin_the_next_version_get_the_same(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_revisions"] == {"open": 1}
    assert crowd["control"]["two_revisions"] == {"open": 2}


def test_an_award_enters_the_pool_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_award"] == {"outcomes": ["done", "done"], "entries": 1}
