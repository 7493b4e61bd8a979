"""Real processes at one draw, one assignment and one sheet, on SQLite and on PostgreSQL."""

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
    """What the crowd saw on one engine, as the platform is and with its guards taken away."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.programmes.panel_crowd", url, folder)


def test_two_officials_draw_and_assign_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["two_draws"] == {"outcomes": ["Moved", "done"], "experts": 3}
    assert crowd["seen"]["two_assignments"] == {"outcomes": ["Moved", "done"], "sheets": 6}


def test_of_four_devices_one_writes_and_the_others_are_told(crowd: dict[str, Any]) -> None:
    seen = {"outcomes": ["Clash", "Clash", "Clash", "done"], "version": 1}
    assert crowd["seen"]["two_devices"] == seen


def test_a_sheet_is_locked_or_given_back_never_both(crowd: dict[str, Any]) -> None:
    seen = {"outcomes": ["Moved"] * 3 + ["done"] * 3, "ends": [1, 1, 1]}
    assert crowd["seen"]["lock_and_withdraw"] == seen


def test_without_the_guards_all_of_it_happens_twice(crowd: dict[str, Any]) -> None:
    """The negative control: were it to pass as well, the tests above would prove nothing."""
    assert crowd["control"]["two_assignments"] == {"outcomes": ["done", "done"], "sheets": 12}
    assert crowd["control"]["two_devices"] == {"outcomes": ["done"] * 4, "version": 1}
    assert crowd["control"]["lock_and_withdraw"]["ends"] == [2, 2, 2]
    assert crowd["control"]["two_draws"]["outcomes"] == ["done", "done"]
