from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.indicators import expected, light, progress
from dengta.core.policy import shipped
from dengta.core.shapes import Target

LIGHTHOUSES = next(t for t in shipped().targets if t.id == "lighthouses")
TARGETS = st.sampled_from(shipped().targets)
DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2030, 1, 1))


def test_nothing_is_expected_before_the_start_and_everything_on_the_due_date() -> None:
    assert expected(LIGHTHOUSES, dt.date(2023, 12, 1)) == 0
    assert expected(LIGHTHOUSES, dt.date(2020, 1, 1)) == 0
    assert expected(LIGHTHOUSES, dt.date(2025, 12, 31)) == 100
    assert expected(LIGHTHOUSES, dt.date(2031, 1, 1)) == 100


def test_work_that_runs_evenly_is_expected_by_the_day_rounded_down() -> None:
    # 2023-12-01 to 2025-12-31 are 761 days; the first of the hundred is due after 7.61 of them.
    assert expected(LIGHTHOUSES, dt.date(2023, 12, 8)) == 0
    assert expected(LIGHTHOUSES, dt.date(2023, 12, 9)) == 1
    assert expected(LIGHTHOUSES, dt.date(2025, 12, 30)) == 99


@given(TARGETS, DAYS, DAYS)
def test_expectation_never_falls_as_days_go_by(target: Target, one: dt.date, two: dt.date) -> None:
    early, late = sorted((one, two))
    assert 0 <= expected(target, early) <= expected(target, late) <= target.amount


@pytest.mark.parametrize(
    ("actual", "due", "colour"),
    [
        (None, 100, "grey"),
        (None, 0, "grey"),
        (100, 100, "green"),
        (0, 0, "green"),
        (99, 100, "yellow"),
        (80, 100, "yellow"),
        (79, 100, "red"),
        (0, 100, "red"),
        (7, 9, "red"),
        (8, 10, "yellow"),
    ],
)
def test_the_light_follows_from_the_two_figures(actual: int | None, due: int, colour: str) -> None:
    assert light(actual, due, 8_000) == colour


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_done_never_makes_the_light_worse(one: int, two: int, due: int) -> None:
    order = ["red", "yellow", "green"]
    fewer, more = sorted((one, two))
    assert order.index(light(fewer, due, 8_000)) <= order.index(light(more, due, 8_000))


@given(TARGETS, st.none() | st.integers(0, 10**6), DAYS)
def test_progress_says_what_is_missing_and_never_less_than_nothing(
    target: Target, actual: int | None, day: dt.date
) -> None:
    found = progress(target, actual, day, 8_000)
    assert found.gap == max(0, found.expected - (actual or 0))
    assert found.share_bps == (actual or 0) * 10_000 // target.amount
    assert found.light == light(actual, expected(target, day), 8_000)
