"""Real processes that take back and keep back the same money at once, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import bare_database, run_module


@pytest.fixture(autouse=True)
def books() -> None:
    """The crowd has databases and books of its own."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine."""
    folder: Path = tmp_path_factory.mktemp("clawback_crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.clawback_crowd", url, folder)


def test_repaid_and_set_off_at_once_no_more_comes_in_than_is_due(crowd: dict[str, Any]) -> None:
    for seen in crowd["seen"]["at_once"]:
        assert seen["outcomes"].count("done") == 1 and seen["came"] == seen["due"]
    assert crowd["seen"]["differences"] == []


def test_one_slip_counts_once_whoever_records_it(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_slip"] == {"due": 6, "came": 1, "done": True}


def test_were_a_slip_not_known_by_its_number_it_would_count_for_each(
    crowd: dict[str, Any],
) -> None:
    assert crowd["control"]["one_slip"]["came"] > 1


def test_without_the_guards_more_would_come_in_than_is_due(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["at_once"]["came"] > crowd["control"]["at_once"]["due"]
