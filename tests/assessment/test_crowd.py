"""Real processes at one step of one assessment, on SQLite and on PostgreSQL."""

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
    """What two people saw on one engine, as the platform is and without its lock."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.assessment.crowd", url, folder)


def test_of_two_who_change_one_answer_the_second_is_told_and_the_first_stands(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["one_answer"] == {
        "outcomes": ["Changed", "done"], "version": 2, "whole": True,
    }  # fmt: skip


def test_without_the_lock_the_first_would_be_overwritten_unseen(crowd: dict[str, Any]) -> None:
    """The negative control: were it to pass as well, the test before would prove nothing."""
    assert crowd["control"]["one_answer"]["outcomes"] == ["done", "done"]
    assert crowd["control"]["one_answer"]["version"] == 2


def test_what_is_handed_in_is_what_was_scored_though_somebody_typed_meanwhile(
    crowd: dict[str, Any],
) -> None:
    assert crowd["seen"]["autosaved_while_sent"] == {"state": "submitted", "same": True}


def test_one_photo_sent_by_two_is_kept_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_photo"] == {
        "outcomes": ["done", "done"], "evidence": 1, "documents": 1,
    }  # fmt: skip


def test_without_the_lock_it_would_lie_there_twice(crowd: dict[str, Any]) -> None:
    assert crowd["control"]["one_photo"]["evidence"] == 2
