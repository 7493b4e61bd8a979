"""Real processes at one campaign, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.assessment.campaign_crowd import HANDS
from tests.processes import bare_database, run_module


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What several saw on one engine, as the platform is and without its guards."""
    folder: Path = tmp_path_factory.mktemp("campaigns")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.assessment.campaign_crowd", url, folder)


def test_several_clicks_open_one_campaign_and_tell_each_firm_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["one_opening"] == {
        "outcomes": ["done"] * HANDS, "campaigns": 1, "invitations": 3, "jobs": 1, "notices": 3,
    }  # fmt: skip


def test_without_the_key_each_click_would_open_one(crowd: dict[str, Any]) -> None:
    """The negative control: were it to pass as well, the test before would prove nothing."""
    control = crowd["control"]["one_opening"]
    assert (control["campaigns"], control["invitations"]) == (HANDS, 3 * HANDS)


def test_several_reminders_at_once_reach_a_firm_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["by_hand"] == {
        "outcomes": ["StepRefused"] * (HANDS - 1) + ["done"], "reminders": [1] * 3, "events": 1,
    }  # fmt: skip


def test_several_ticks_at_once_remind_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["by_tick"] == {
        "outcomes": ["done"] * HANDS, "reminders": [1] * 3, "events": 1,
    }  # fmt: skip


def test_without_the_lock_firms_would_be_reminded_again(crowd: dict[str, Any]) -> None:
    for way in ("by_hand", "by_tick"):
        assert min(crowd["control"][way]["reminders"]) > 1
