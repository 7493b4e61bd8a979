"""Real processes where money or uniqueness is at stake, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.crowd import AFFORDED, FIRMS, WAN
from tests.processes import bare_database, run_module

DONE_HALF = ["StepRefused"] * (FIRMS - AFFORDED) + ["done"] * AFFORDED


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
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.crowd", url, folder)


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


def test_of_two_firms_with_one_invoice_exactly_one_wins(seen: dict[str, Any]) -> None:
    assert seen["one_invoice"] == {
        "outcomes": ["AlreadyClaimed", "done"], "live": 1, "states": ["district_check", "draft"],
    }  # fmt: skip


def test_without_the_register_both_would_have_it(control: dict[str, Any]) -> None:
    assert control["one_invoice"] == {
        "outcomes": ["done", "done"], "live": 2, "states": ["district_check"] * 2,
    }  # fmt: skip


def test_two_firms_that_share_two_invoices_do_not_wait_for_each_other(
    seen: dict[str, Any],
) -> None:
    assert seen["crossed_invoices"] == {"outcomes": ["AlreadyClaimed"] * 5 + ["done"] * 5}


def test_what_is_submitted_is_what_was_checked_though_somebody_typed_meanwhile(
    seen: dict[str, Any],
) -> None:
    assert seen["typed_while_submitted"] == {"whole": [True] * 5}


def test_of_two_officials_who_issue_one_voucher_the_second_is_told(seen: dict[str, Any]) -> None:
    assert seen["one_voucher"] == {"outcomes": ["Moved", "done"], "events": 1, "reserved": 3 * WAN}


def test_without_the_comparison_it_would_be_issued_twice_and_only_the_ledger_held(
    control: dict[str, Any],
) -> None:
    assert control["one_voucher"] == {
        "outcomes": ["done", "done"], "events": 2, "reserved": 3 * WAN,
    }  # fmt: skip


def test_of_twenty_who_saw_enough_for_ten_ten_are_issued_and_the_pool_ends_at_nothing(
    seen: dict[str, Any],
) -> None:
    states = ["approved"] * (FIRMS - AFFORDED) + ["issued"] * AFFORDED
    assert seen["one_pool"] == {"outcomes": DONE_HALF, "left": 0, "states": states}


def test_without_the_guard_the_twenty_would_oversell_the_pool(control: dict[str, Any]) -> None:
    assert control["one_pool"] == {
        "outcomes": ["done"] * FIRMS, "left": AFFORDED - FIRMS, "states": ["issued"] * FIRMS,
    }  # fmt: skip


def test_two_nightly_runs_at_once_expire_each_voucher_once(seen: dict[str, Any]) -> None:
    assert seen["two_ticks"] == {
        "outcomes": ["done", "done"], "some": True, "all": True, "once": True,
    }  # fmt: skip


def test_two_devices_that_begin_at_once_share_one_draft(seen: dict[str, Any]) -> None:
    assert seen["two_devices"] == {"outcomes": ["done", "done"], "drafts": 1}


def test_without_the_constraint_each_device_would_have_its_own(control: dict[str, Any]) -> None:
    assert control["two_devices"] == {"outcomes": ["done", "done"], "drafts": 2}


def test_of_two_who_register_one_firm_at_once_the_second_is_refused_and_leaves_nothing(
    seen: dict[str, Any],
) -> None:
    assert seen["one_code"] == {"outcomes": ["Refused", "done"], "users": 1}


def test_after_all_of_it_the_books_are_right(seen: dict[str, Any]) -> None:
    assert seen["differences"] == []
