from __future__ import annotations

import datetime as dt

import pytest

from dengta.core.workdays import add_workdays
from dengta.trail.queries import Clock, clock, timeline
from tests.cast import DAY, MOMENT, ONE_DAY, Cast

WEEK = 7 * ONE_DAY


def test_the_clock_says_who_has_the_matter_and_how_many_working_days_are_left(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    due = dt.date(2026, 3, 23)
    assert clock(voucher, MOMENT) == Clock("county", due, 5)
    assert clock(voucher, MOMENT + WEEK) == Clock("county", due, 0)


def test_a_clock_is_late_the_working_day_after(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    on_time, late = clock(voucher, MOMENT + WEEK), clock(voucher, MOMENT + WEEK + ONE_DAY)
    assert on_time is not None and not on_time.late
    assert late is not None and late.late and late.left == -1


def test_a_step_starts_the_clock_of_the_next_office(cast: Cast) -> None:
    voucher = cast.voucher("joint_review", at=MOMENT)
    assert clock(voucher, MOMENT) == Clock("city", add_workdays(DAY, 10), 10)


def test_a_state_without_a_limit_has_an_owner_and_no_due_date(cast: Cast) -> None:
    assert clock(cast.voucher("draft"), MOMENT) == Clock("enterprise", None, None)


@pytest.mark.parametrize("state", ["redeemed"])
def test_a_matter_that_is_over_has_no_clock(cast: Cast, state: str) -> None:
    assert clock(cast.voucher(state), MOMENT) is None


def test_a_timeline_tells_the_steps_newest_first_in_their_official_names(cast: Cast) -> None:
    told = [(entry.step.zh, entry.state.zh) for entry in timeline(cast.voucher("joint_review"))]
    assert told == [
        ("初审通过", "综合会审"),
        ("提交申请", "区县初审"),
        ("建立", "填报中"),
    ]


def test_a_timeline_never_shows_the_events_of_another_matter(cast: Cast) -> None:
    one, two = cast.voucher("draft"), cast.voucher("district_check")
    assert len(timeline(one)) == 1
    assert len(timeline(two)) == 2
