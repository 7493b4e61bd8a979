"""Real processes at nine o'clock and at midnight, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.rush import COUPONS, FIRMS
from tests.processes import bare_database, run_module

SERVED = {
    "outcomes": {"granted": COUPONS, "empty": FIRMS - COUPONS},
    "vouchers": COUPONS, "most": 1, "left": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def books() -> None:
    """The rush has databases and books of its own; see the last test."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def rush(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What was seen on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("rush")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.rush", url, folder)


def test_everybody_is_answered_nobody_gets_two_and_the_pool_ends_at_nothing(
    rush: dict[str, Any],
) -> None:
    assert rush["seen"]["rush"] == {"errors": [], **SERVED}


def test_a_server_killed_with_the_money_in_its_hands_has_given_nothing_and_others_go_on(
    rush: dict[str, Any],
) -> None:
    seen = rush["seen"]["killed"]
    assert seen["died"] and seen["servers"] == ["done", "done"]
    assert seen["before"] == {
        "outcomes": {"": FIRMS}, "vouchers": 0, "most": 0, "left": COUPONS,
    }  # fmt: skip
    assert seen["after"] == SERVED


def test_without_the_queues_order_and_the_constraint_firms_would_get_two(
    rush: dict[str, Any],
) -> None:
    assert rush["control"]["careless"] == {"servers": ["done", "done"], "most": 2}


def test_a_voucher_is_redeemed_or_expires_and_never_both(rush: dict[str, Any]) -> None:
    seen = rush["seen"]["midnight"]
    assert seen["left"] == [0, 0, 0] and seen["ended"]
    assert all(one in (["done", "done"], ["Moved", "done"]) for one in seen["outcomes"])


def test_without_the_comparison_and_the_guard_its_money_would_go_out_twice(
    rush: dict[str, Any],
) -> None:
    assert rush["control"]["midnight"]["left"] == [-1, -1, -1]


def test_after_all_of_it_the_books_are_right(rush: dict[str, Any]) -> None:
    assert rush["seen"]["differences"] == []
