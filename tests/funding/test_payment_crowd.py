"""Payments by real processes, some of them killed, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.payment_crowd import CLAIMS
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
    folder: Path = tmp_path_factory.mktemp("payments")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.payment_crowd", url, folder)


def test_of_two_who_batch_the_same_claims_one_has_them_all_and_none_is_in_two(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["two_batches"] == {
        "outcomes": ["StepRefused", "done"], "held": CLAIMS, "payments": CLAIMS,
    }  # fmt: skip


def test_without_the_comparison_each_would_be_in_two(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["two_batches"] == {
        "outcomes": ["done", "done"], "held": CLAIMS, "payments": 2 * CLAIMS,
    }  # fmt: skip


def test_one_result_file_recorded_by_two_at_once_is_recorded_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_file_twice"] == {
        "outcomes": ["done", "done"], "batch": "closed", "payments": ["bounced"] + ["paid"] * 3,
        "rows": CLAIMS, "booked": 3, "steps": CLAIMS,
    }  # fmt: skip


def test_without_what_holds_them_the_rows_of_one_file_would_count_twice(
    crowd: dict[str, Any],
) -> None:
    seen = crowd["control"]["one_file_twice"]
    assert (seen["rows"], seen["steps"]) == (2 * CLAIMS, 2 * CLAIMS)


def test_a_payment_that_came_back_is_owed_again_once_whoever_records_it(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["one_return"] == {"outcomes": ["Moved", "done"], "returned": 1}
    assert crowd["control"]["one_return"] == {"outcomes": ["done", "done"], "returned": 2}


def test_whoever_is_killed_while_filling_is_followed_by_one_who_puts_the_rest_in_once(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["killed_filling"] == {
        "deaths": True, "halves": 0, "batch": "open", "payments": ["listed"] * 3, "rows": 0,
        "booked": 0, "steps": 0,
    }  # fmt: skip


def test_whoever_is_killed_while_sending_leaves_nothing_half_sent(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["killed_sending"] == {
        "deaths": True, "halves": 0, "batch": "sent", "payments": ["sent"] * 2, "rows": 0,
        "booked": 0, "steps": 0,
    }  # fmt: skip


def test_whoever_is_killed_while_recording_is_followed_by_one_who_ends_the_same(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["killed_recording"] == {
        "deaths": True, "batch": "closed", "payments": ["bounced", "paid", "paid"], "rows": 3,
        "booked": 2, "steps": 3,
    }  # fmt: skip


def test_where_nothing_is_held_together_some_death_would_leave_half(crowd: dict[str, Any]) -> None:
    assert "" not in [
        crowd["control"][f"killed_{act}"] for act in ("filling", "sending", "recording")
    ]


def test_after_all_of_it_the_books_are_right(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["differences"] == []
