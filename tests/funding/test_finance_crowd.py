"""Real processes at one white list, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funding.finance_crowd import ROUNDS
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
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("finance")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.funding.finance_crowd", url, folder)


def test_a_pushed_list_never_holds_a_firm_that_had_revoked_before(crowd: dict[str, Any]) -> None:
    right = {"outcomes": ["done", "done"], "late": False, "logged": True, "rows": True}
    assert crowd["seen"]["revoked"] == [right] * 2 * len(ROUNDS)


def test_if_the_push_believed_what_it_saw_it_would_hand_out_what_was_revoked(
    crowd: dict[str, Any],
) -> None:
    assert crowd["control"]["revoked"]["late"] is True


def test_of_two_who_push_one_list_the_second_is_told(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_pushes"] == {"outcomes": ["Moved", "done"], "handed_out": 2}
    assert crowd["control"]["two_pushes"] == {"outcomes": ["done", "done"], "handed_out": 4}


def test_two_who_make_one_list_make_one(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_makers"] == {"outcomes": ["done", "done"], "rows": [2]}


def test_two_devices_make_one_request_and_one_grant(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_devices"] == {
        "outcomes": ["done", "done"], "requests": 1, "grants": 1,
    }  # fmt: skip
    assert crowd["control"]["two_devices"]["requests"] == 2
