from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.workdays import ONE_DAY, add_workdays, is_workday, known, workdays_between

# Years of which the State Council has published holidays, and years of which it has not yet.
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2036, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-09-28", True),  # a Sunday worked in exchange for the National Day holiday
        ("2025-10-01", False),
        ("2025-10-08", False),  # a Wednesday, the last day of that holiday
        ("2025-10-09", True),
        ("2025-10-11", True),  # a Saturday worked in exchange
        ("2025-10-12", False),
        ("2026-03-16", True),
    ],
)
def test_offices_work_on_the_days_of_the_state_calendar(day: str, works: bool) -> None:
    assert is_workday(dt.date.fromisoformat(day)) is works


def test_a_year_without_a_published_calendar_counts_weekends_only_and_says_so() -> None:
    assert known(2025)
    assert not known(2090)
    assert is_workday(dt.date(2090, 10, 2)), "a Monday"
    assert not is_workday(dt.date(2090, 10, 1)), "a Sunday"


def test_a_term_runs_over_a_long_holiday() -> None:
    assert add_workdays(dt.date(2025, 9, 30), 1) == dt.date(2025, 10, 9)
    assert add_workdays(dt.date(2025, 9, 30), 3) == dt.date(2025, 10, 11)
    assert workdays_between(dt.date(2025, 9, 30), dt.date(2025, 10, 11)) == 3


def test_the_day_itself_does_not_count() -> None:
    assert add_workdays(dt.date(2026, 3, 16), 0) == dt.date(2026, 3, 16)
    assert add_workdays(dt.date(2026, 3, 16), 5) == dt.date(2026, 3, 23)


@given(DAYS, st.integers(1, 30))
def test_counting_to_a_due_date_and_back_gives_the_same_number(day: dt.date, count: int) -> None:
    due = add_workdays(day, count)
    assert is_workday(due)
    assert workdays_between(day, due) == count
    assert workdays_between(due, day) == -count
    assert workdays_between(day, due - ONE_DAY) == count - 1


@given(DAYS, DAYS, DAYS)
def test_working_days_add_up(one: dt.date, two: dt.date, three: dt.date) -> None:
    first, second, third = sorted((one, two, three))
    # The full span can be twelve years; what matters is a few weeks around the middle.
    first, third = max(first, second - 40 * ONE_DAY), min(third, second + 40 * ONE_DAY)
    whole = workdays_between(first, third)
    assert whole == workdays_between(first, second) + workdays_between(second, third)
