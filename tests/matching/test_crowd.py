"""Choices and quotes at the same moment, by real processes, on SQLite and on PostgreSQL."""

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
        yield run_module("tests.matching.crowd", url, folder)


def test_of_two_choices_at_once_one_stands_and_the_other_is_told(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_choices"] == {
        "outcomes": ["Moved", "done"], "choices": 1, "states": ["chosen", "passed_over"],
    }  # fmt: skip


def test_without_compare_and_swap_both_choices_would_stand(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["two_choices"]["choices"] == 2


def test_what_is_chosen_is_what_was_looked_at_though_the_quote_is_mended_meanwhile(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["choice_and_mend"] == {"sound": [True] * 5}


def test_two_quotes_of_one_provider_at_once_are_one(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_quotes"] == {"outcomes": ["done", "done"], "quotes": 1}


def test_without_the_constraint_there_would_be_two(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["two_quotes"]["quotes"] == 2
