"""Real processes where an award is at stake, on SQLite and on PostgreSQL."""

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
        yield run_module("tests.programmes.list_crowd", url, folder)


def test_of_four_who_award_one_list_at_once_each_line_is_awarded_once(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["one_list"] == {"some": True, "told": True, "awards": 4, "events": 4}


def test_without_the_comparison_only_the_register_would_have_held(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_list"]["told"] is False


def test_two_rounds_at_once_give_a_firm_what_is_given_once_only_once(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["only_once"] == {"awards": 1, "states": ["awarded", "proposed"]}


def test_without_the_register_both_rounds_would_give_it(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["only_once"] == {"awards": 2, "states": ["awarded", "awarded"]}


def test_two_objections_that_are_dismissed_at_once_leave_nothing_held(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["two_answers"] == {"seen": ["done done proposed"]}
