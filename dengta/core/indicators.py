"""指标: what a target promised, what should be there by now, what is there, and the light that
follows.

The light is a function of date and figures only, so that anyone can work it out again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from dengta.core.shapes import Target

Light = Literal["green", "yellow", "red", "grey"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One target on one day. Counts are in the target's unit; `share_bps` is actual / amount."""

    target: Target
    actual: int | None
    expected: int
    light: Light

    @property
    def gap(self) -> int:
        """How much is missing against what was expected by now; never negative."""
        return max(0, self.expected - (self.actual or 0))

    @property
    def share_bps(self) -> int:
        """Actual in basis points of the target, rounded down; 0 when nothing has been observed."""
        return (self.actual or 0) * 10_000 // self.target.amount


def expected(target: Target, day: dt.date) -> int:
    """What should be there on `day` if the work ran evenly from start to due date, rounded down."""
    if day >= target.due:
        return target.amount
    if day <= target.start:
        return 0
    return target.amount * (day - target.start).days // (target.due - target.start).days


def light(actual: int | None, due: int, yellow_bps: int) -> Light:
    """The light of a figure against what was expected: behind, but with at least `yellow_bps` of
    it, yellow, with less red; grey when nothing has been observed."""
    if actual is None:
        return "grey"
    if actual >= due:
        return "green"
    return "yellow" if actual * 10_000 >= due * yellow_bps else "red"


def progress(target: Target, actual: int | None, day: dt.date, yellow_bps: int) -> Progress:
    """Set a target against what was observed (None: not observed yet)."""
    due = expected(target, day)
    return Progress(target, actual, due, light(actual, due, yellow_bps))
