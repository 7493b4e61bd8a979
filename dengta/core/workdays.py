"""工作日: counting the working days of the state holiday calendar (State Council notices, as a
library's data).

A year without a published calendar counts weekends only, and says so (`known`).
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache

import chinese_calendar

ONE_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=4096)
def is_workday(day: dt.date) -> bool:
    """Whether offices work on `day`."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def known(year: int) -> bool:
    """Whether the holiday calendar of `year` has been published to us."""
    try:
        chinese_calendar.is_workday(dt.date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def add_workdays(day: dt.date, count: int) -> dt.date:
    """The day on which `count` working days after `day` are over; the day itself does not count."""
    while count > 0:
        day += ONE_DAY
        if is_workday(day):
            count -= 1
    return day


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -workdays_between(end, start)
    return sum(is_workday(start + ONE_DAY * n) for n in range(1, (end - start).days + 1))


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the last of the month where that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
