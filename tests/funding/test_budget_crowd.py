"""Real processes at one budget, on SQLite and on PostgreSQL, each with its negative control."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.budget_crowd import AFFORDED, EACH, OFFICES
from tests.processes import bare_database, run_module


@pytest.fixture(autouse=True)
def books() -> None:
    """The crowd has databases and books of its own; see the first test."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("budget_crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.budget_crowd", url, folder)


def test_twenty_offices_draw_a_budget_down_to_zero_and_no_further(crowd: dict[str, Any]) -> None:
    refused = ["StepRefused"] * (OFFICES - AFFORDED)
    assert crowd["seen"]["one_budget"] == {"outcomes": refused + ["done"] * AFFORDED, "left": 0}
    assert crowd["seen"]["differences"] == []


def test_without_the_guard_they_would_give_away_twice_what_there_is(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_budget"] == {"outcomes": ["done"] * OFFICES, "left": -AFFORDED}


def test_of_two_that_would_break_the_share_together_one_goes_through(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_share"] == {"outcomes": ["StepRefused", "done"], "kept": True}
    assert crowd["control"]["one_share"] == {"outcomes": ["done", "done"], "kept": False}


def test_a_form_sent_by_many_at_once_is_one_order_and_everybody_is_told_so(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["one_form"] == {"outcomes": ["done"] * 8, "orders": 1, "more": EACH}


def test_an_order_is_booked_once_however_many_press(crowd: dict[str, Any]) -> None:
    once = {"more": EACH, "events": 1}
    assert crowd["seen"]["one_order"] == {"outcomes": ["Moved", "done"], **once}
    # Believing what the copy remembers both would have booked it; the key still moves it once.
    assert crowd["control"]["one_order"] == {
        "outcomes": ["done", "done"], "more": EACH, "events": 2,
    }  # fmt: skip


def test_a_rise_of_the_policy_is_posted_once_beside_what_an_official_appropriates(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["one_rise"] == {"outcomes": ["done"] * 9, "more": 2}
    assert crowd["control"]["one_rise"] == {"outcomes": ["done"] * 9, "more": 9}
