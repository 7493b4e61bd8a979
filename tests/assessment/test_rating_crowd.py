"""Real processes at one rating and one sample, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.assessment.rating_crowd import ROUNDS
from tests.processes import bare_database, run_module


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine, as the platform is and with its locks taken away."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.assessment.rating_crowd", url, folder)


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


def test_of_two_officials_who_ask_two_people_one_is_told(seen: dict[str, Any]) -> None:
    assert seen["two_officials"] == {"outcomes": ["Moved", "done"], "open": 1}


def test_two_officials_who_ask_the_same_person_ask_once(seen: dict[str, Any]) -> None:
    assert seen["same_person"] == {"outcomes": ["done", "done"], "open": 1, "told": 1}


def test_what_was_submitted_is_what_was_scored(seen: dict[str, Any]) -> None:
    assert seen["late_batch"]["whole"] == [True] * ROUNDS
    assert seen["late_batch"]["outcomes"] == ["Moved"] * ROUNDS + ["done"] * ROUNDS


def test_without_the_lock_a_late_batch_changes_what_was_scored(control: dict[str, Any]) -> None:
    assert False in control["late_batch"]["whole"]


def test_a_batch_that_arrives_many_times_at_once_is_kept_once(seen: dict[str, Any]) -> None:
    assert seen["sent_twice"] == {
        "outcomes": ["done"] * 6, "rows": [["q2", "C", "C"], ["q3", "C", ""]],
    }  # fmt: skip


def test_a_sample_is_drawn_once(seen: dict[str, Any]) -> None:
    assert seen["two_draws"] == {"outcomes": ["Moved", "done"], "drawn": 2, "events": 1}


def test_a_check_is_taken_once(seen: dict[str, Any]) -> None:
    assert seen["two_checks"] == {"outcomes": ["Moved", "done"], "begun": 1}


def test_without_the_second_look_everything_is_done_twice(control: dict[str, Any]) -> None:
    assert control["two_officials"] == {"outcomes": ["done", "done"], "open": 2}
    assert control["two_checks"] == {"outcomes": ["done", "done"], "begun": 2}


def test_were_the_state_not_compared_the_table_would_still_refuse_a_second_draw(
    control: dict[str, Any],
) -> None:
    assert control["two_draws"] == {
        "outcomes": ["IntegrityError", "done"], "drawn": 2, "events": 1,
    }  # fmt: skip
