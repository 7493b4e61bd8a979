"""The register under a crowd of real processes, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.register_crowd import FIRMS, KINDS, SAME
from tests.processes import bare_database, run_module


@pytest.fixture(autouse=True)
def books() -> None:
    """The crowd has databases of its own."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("register")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.register_crowd", url, folder)


def test_of_six_firms_with_one_entry_exactly_one_has_it(crowd: dict[str, Any]) -> None:
    one = {"outcomes": ["AlreadyClaimed"] * (FIRMS - 1) + ["done"], "live": 1}
    assert crowd["seen"]["one_entry"] == dict.fromkeys(KINDS, one)


def test_without_the_constraint_all_would_have_it(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_entry"]["contract"] == {
        "outcomes": ["done"] * FIRMS, "live": FIRMS,
    }  # fmt: skip


def test_the_whole_and_its_lines_fill_an_invoice_and_no_more(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_total"] == {"full": True}


def test_without_the_ceiling_they_would_come_to_more(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_total"] == {"full": False}


def test_whoever_swaps_or_crosses_is_answered_and_does_not_wait_for_ever(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["crossed"] == {"expected": [], "twice": 0}


def test_without_constraint_and_ceiling_crossed_filings_would_both_hold_it(
    crowd: dict[str, Any],
) -> None:
    assert crowd["control"]["crossed"]["twice"] > 0


@pytest.mark.parametrize("held", ["public", "public_contract"])
def test_an_invoice_or_contract_is_claimed_or_paid_by_a_place_and_never_both(
    crowd: dict[str, Any], held: str
) -> None:
    assert crowd["seen"][held] == {"expected": [], "both": 0, "neither": 0}
    assert crowd["control"][held]["both"] > 0


def test_of_five_who_file_the_same_at_once_every_pair_is_a_hit_though_the_night_passes(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["alike"] == {"outcomes": ["done"], "pairs": [10] * len(SAME)}


def test_where_two_write_at_once_whoever_does_not_look_again_misses_who_came_meanwhile(
    crowd: dict[str, Any],
) -> None:
    missed = sum(crowd["control"]["alike"]["pairs"]) < 10 * len(SAME)
    assert missed == (crowd["vendor"] != "sqlite")  # which lets in one writer at a time


def test_of_two_officials_who_decide_at_once_the_second_is_told(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["decided"] == {"outcomes": ["Moved", "done"], "events": 1}
    assert crowd["control"]["decided"] == {"outcomes": ["done", "done"], "events": 2}
