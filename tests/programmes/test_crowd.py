"""Real processes at the deadline and at a quota, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import bare_database, run_module
from tests.programmes.crowd import PLACES, RECOMMENDED, SUBMISSIONS


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.programmes.crowd", url, folder)


def test_all_who_hand_in_at_once_arrive_and_a_lost_reply_is_no_second_one(
    crowd: dict[str, Any],
) -> None:
    seen = crowd["seen"]["rush"]
    assert seen["said"] == {"done": 2 * SUBMISSIONS}
    assert seen["arrived"] == seen["events"] == seen["counted"] == SUBMISSIONS


def test_without_the_lock_some_would_be_handed_in_twice(crowd: dict[str, Any]) -> None:
    control = crowd["control"]["rush"]
    assert control["events"] > SUBMISSIONS and control["counted"] > SUBMISSIONS


def test_each_is_in_time_by_the_servers_clock_or_is_told_so(crowd: dict[str, Any]) -> None:
    seen = crowd["seen"]["deadline"]
    assert set(seen["said"]) <= {"done", "TooLate"}
    assert seen["all"] and seen["as_told"] and seen["by_the_clock"] and seen["retried_alike"]


def test_of_all_who_saw_room_as_many_are_recommended_as_there_are_places(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["recommend"] == {
        "said": {"done": PLACES, "QuotaUsedUp": RECOMMENDED - PLACES},
        "used": PLACES,
        "recommended": PLACES,
        "states": {"formal_check": PLACES, "city_recommend": RECOMMENDED - PLACES},
    }


def test_without_the_constraint_all_would_be_recommended(crowd: dict[str, Any]) -> None:
    control = crowd["control"]["recommend"]
    assert control["used"] == control["recommended"] == RECOMMENDED


def test_colleagues_in_one_form_lose_no_word_and_all_but_one_are_told(
    crowd: dict[str, Any],
) -> None:
    seen = crowd["seen"]["one_form"]
    many = seen["writers"]
    assert many > 4 and seen == {
        "writers": many, "own": many, "own_stand": many, "told": many - 1,
    }  # fmt: skip


def test_without_versions_the_last_would_win_and_nobody_be_told(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_form"]["told"] == 0
