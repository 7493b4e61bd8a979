"""Real processes at claims: at once, and killed half-way, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.claims_crowd import AFFORDED, CLAIMS, WAN
from tests.processes import bare_database, run_module


@pytest.fixture(autouse=True)
def books() -> None:
    """The crowd has databases and books of its own; see the last test."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("claims")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.claims_crowd", url, folder)


@pytest.fixture
def seen(crowd: dict[str, Any]) -> dict[str, Any]:
    """As the platform is."""
    found: dict[str, Any] = crowd["seen"]
    return found


@pytest.fixture
def control(crowd: dict[str, Any]) -> dict[str, Any]:
    """The negative control: were it to pass as well, the tests beside it would prove nothing."""
    found: dict[str, Any] = crowd["control"]
    return found


def test_of_two_firms_with_one_invoice_line_exactly_one_wins(
    seen: dict[str, Any], control: dict[str, Any]
) -> None:
    assert seen["one_invoice"] == {
        "outcomes": ["AlreadyClaimed", "done"], "live": 1, "states": ["county_check", "draft"],
    }  # fmt: skip
    assert control["one_invoice"]["live"] == 2


def test_of_two_officials_who_approve_one_claim_the_second_is_told(
    seen: dict[str, Any], control: dict[str, Any]
) -> None:
    once = {"events": 1, "instalments": 1, "drawn": 3 * WAN}
    assert seen["one_claim"] == {"outcomes": ["Moved", "done"], **once}
    # Without the comparison only the database's constraint on instalments holds.
    assert control["one_claim"] == {"outcomes": ["IntegrityError", "done"], **once}


def test_of_twelve_claims_on_money_for_six_six_are_approved_and_nothing_is_left(
    seen: dict[str, Any], control: dict[str, Any]
) -> None:
    half = {"StepRefused": CLAIMS - AFFORDED, "done": AFFORDED}
    assert seen["one_budget"] == {"outcomes": half, "left": 0, "approved": AFFORDED}
    assert control["one_budget"] == {
        "outcomes": {"done": CLAIMS}, "left": AFFORDED - CLAIMS, "approved": CLAIMS,
    }  # fmt: skip


@pytest.mark.parametrize(("act", "again"), [("submit", "done"), ("approve", "Moved")])
def test_killed_before_any_statement_nothing_is_half_done_and_repeating_ends_right(
    seen: dict[str, Any], control: dict[str, Any], act: str, again: str
) -> None:
    killed = seen[f"{act}_killed"]
    assert killed["deaths"] * killed["every"] > 30
    assert (killed["wrong"], killed["end"]) == ({}, "done")
    assert (killed["again"], killed["after"], killed["submitted"]) == (again, "", 1)
    assert control[f"{act}_killed"] != ""


def test_after_all_of_it_the_books_are_right(seen: dict[str, Any]) -> None:
    assert seen["differences"] == []
