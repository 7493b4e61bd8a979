"""Working days by holder."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.clocks import Span, Workdays, days_by_holder, quantile, stretches
from dengta.core.workdays import workdays_between

MONDAY = dt.date(2026, 3, 16)
WORKDAYS = Workdays(dt.date(2025, 1, 1), dt.date(2026, 12, 31))
days = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))


def on(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days=days)


@given(days, days)
def test_counting_at_once_is_counting_day_by_day(one: dt.date, other: dt.date) -> None:
    assert WORKDAYS.between(one, other) == workdays_between(one, other)


def test_a_day_outside_the_span_is_refused() -> None:
    with pytest.raises(IndexError):
        WORKDAYS.between(dt.date(2024, 12, 31), MONDAY)


def test_days_are_counted_for_whoever_had_it_and_for_nobody_after_the_end() -> None:
    spans = [
        Span(MONDAY, "county"), Span(on(2), "enterprise"), Span(on(7), "county"),
        Span(on(8), "city"), Span(on(18), ""),
    ]  # fmt: skip
    held = stretches(spans, on(60), WORKDAYS)
    assert [(one.holder, one.days) for one in held] == [
        ("county", 2), ("enterprise", 3), ("county", 1), ("city", 8),
    ]  # fmt: skip
    assert days_by_holder(held) == {"county": 3, "enterprise": 3, "city": 8}


@given(st.lists(st.tuples(days, st.sampled_from(["county", "city", "province"])), min_size=1))
def test_the_days_of_all_holders_add_up(steps: list[tuple[dt.date, str]]) -> None:
    spans = [Span(day, who) for day, who in sorted(steps)]
    held = stretches(spans, dt.date(2026, 12, 31), WORKDAYS)
    passed = WORKDAYS.between(spans[0].since, dt.date(2026, 12, 31))
    assert sum(days_by_holder(held).values()) == passed


@given(st.lists(st.integers(0, 500), min_size=1), st.integers(1, 10_000))
def test_a_quantile_is_the_least_that_so_many_do_not_exceed(some: list[int], bps: int) -> None:
    found = quantile(sorted(some), bps)
    assert found is not None and found in some
    assert sum(one <= found for one in some) * 10_000 >= len(some) * bps
    assert sum(one < found for one in some) * 10_000 < len(some) * bps


def test_nothing_has_no_median() -> None:
    assert quantile([], 5_000) is None
