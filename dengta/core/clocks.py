"""时限: how many working days a matter was with whom, and how long many of them took.

Counting between two days is one subtraction, so that a hundred thousand matters can be counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dengta.core.workdays import ONE_DAY, is_workday


class Workdays:
    """The working days between any two days of a span, counted once."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        self._first = first
        self._until = [int(is_workday(first))]
        day = first
        while day < last:
            day += ONE_DAY
            self._until.append(self._until[-1] + is_workday(day))

    def between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before.

        IndexError for a day outside the span.
        """
        return self._count(end) - self._count(start)

    def _count(self, day: dt.date) -> int:
        at = (day - self._first).days
        if at < 0:
            raise IndexError(f"{day} lies before {self._first}")
        return self._until[at]


@dataclass(frozen=True, slots=True)
class Span:
    """Who has had a matter since a day, and in which state it is there. `holder` is empty where
    nobody has it: its way is at an end."""

    since: dt.date
    holder: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch of a matter's way: with whom, in which state, from when to when, and how many
    working days that were."""

    holder: str
    state: str
    since: dt.date
    until: dt.date
    days: int


def stretches(spans: Sequence[Span], today: dt.date, workdays: Workdays) -> list[Held]:
    """The stretches of a way up to today, in their order. `spans` are in the order of their days; a
    stretch ends where the next begins. Those with nobody are left out, so all days add up to what
    passed while somebody had it."""
    found = []
    for at, span in enumerate(spans):
        until = spans[at + 1].since if at + 1 < len(spans) else today
        if span.holder:
            days = workdays.between(span.since, max(until, span.since))
            found.append(Held(span.holder, span.state, span.since, until, days))
    return found


def days_by_holder(held: Iterable[Held]) -> dict[str, int]:
    """Working days by holder, in the order in which they first had it."""
    days: dict[str, int] = {}
    for one in held:
        days[one.holder] = days.get(one.holder, 0) + one.days
    return days


def quantile(sorted_days: Sequence[int], bps: int) -> int | None:
    """The smallest of the sorted numbers that at least such a share (basis points) do not exceed:
    5,000 is the median, 9,000 what nine in ten keep within. None of nothing."""
    if not sorted_days:
        return None
    rank = -(-len(sorted_days) * bps // 10_000)
    return sorted_days[max(rank, 1) - 1]
