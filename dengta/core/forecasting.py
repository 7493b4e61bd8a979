"""核销预测: of what was issued, how much will be redeemed, when, and how much will lapse.

Life tables, as actuaries make them. For each week of a voucher's age: of the money that was still
unredeemed when the week began, which share was redeemed in it, over all vouchers that were watched
through the whole week (those that had expired by then, or are too young, do not count). What is
open now goes on from its own age through these weeks until it expires; what then is left, lapses.

The low and the high case leave one in ten below and above, as Greenwood's formula has the variance;
its number of cases counts large vouchers for more than small ones (Kish). A week in which fewer
than `LEAST` cases were watched says nothing: money that would have to pass it is `unknown` from
there on, never guessed. Whole numbers throughout, so that a forecast can be made again from the
same figures, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import isqrt

from dengta.core.shapes import Text

LEAST = 30
"""Cases that have to be watched through a week of age before it says anything."""
WEEK = 7
_ONE = 10**12
"""A share of everything, so that shares are whole numbers."""
_Z = 1_282
"""Thousandths of a standard error that leave one in ten outside on either side."""
_LONGEST = 520
"""Weeks: ten years."""

METHOD = Text(
    "方法：把以往发放的券按发放后的周数排列，算出每一周里“还没核销的金额有多少在这一周核销”，"
    "再让现在手上的券从各自的周数往后走，直到过期；走到头还没核销的，就是预计失效的。"
    f"某一周参照的券不足 {LEAST} 件时不作推算，列为“无从预测”。偏低、偏高两种情形各留十分之一的"
    "可能在外，按格林伍德方差计算。同样的数据总能算出同样的结果。",
    "Method: earlier vouchers are lined up by weeks since issue, and for each week we take how much"
    " of what was still unredeemed was redeemed in it. What is open now goes on through these weeks"
    " from its own age until it expires; what is left at the end is expected to lapse. Where fewer"
    f" than {LEAST} vouchers were watched through a week, nothing is inferred and the money counts"
    " as “cannot be foretold”. The low and high case each leave one in ten outside (Greenwood's"
    " variance). The same figures always give the same result.",
)


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one voucher until it was redeemed, expired, was revoked, or until today:
    `seen_until` is the last day on which it was watched. `redeemed` are days and 分."""

    issued: dt.date
    seen_until: dt.date
    granted_fen: int
    redeemed: tuple[tuple[dt.date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """One week of age: of `at_risk_fen`, unredeemed when it began, `redeemed_fen` were redeemed in
    it; `cases` is how many vouchers that rests on, large ones counting for more."""

    at_risk_fen: int
    redeemed_fen: int
    cases: int


@dataclass(frozen=True, slots=True)
class Open:
    """What can still be redeemed of one voucher, or of several of the same age and end."""

    issued: dt.date
    expires: dt.date
    left_fen: int


@dataclass(frozen=True, slots=True)
class Case:
    """One way it may go, in 分: the three always add up to what is open."""

    redeemed_fen: int
    lapsed_fen: int
    unknown_fen: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of all that is open on a day. `weeks` is how much is redeemed in the middle
    case in each week from that day on. `enough` is whether at least half of the open money could be
    foretold; where it is not, the figures are not to be relied on."""

    day: dt.date
    open_fen: int
    low: Case
    middle: Case
    high: Case
    weeks: tuple[int, ...]
    watched: int

    @property
    def enough(self) -> bool:
        """Whether there is history enough to say something of the larger part."""
        return self.open_fen > 0 and self.middle.unknown_fen * 2 <= self.open_fen


def life_table(lives: Iterable[Life]) -> list[Week]:
    """The weeks of age, from the first. A redemption of more than was left, or before the issue,
    is no history and raises ValueError."""
    at_risk, squares, redeemed = [0] * (_LONGEST + 1), [0] * (_LONGEST + 1), [0] * _LONGEST
    for life in lives:
        weeks = min(((life.seen_until - life.issued).days + 1) // WEEK, _LONGEST)
        if weeks <= 0:
            continue
        left = life.granted_fen
        at_risk[0] += left
        squares[0] += left * left
        for day, fen in sorted(life.redeemed):
            week = (day - life.issued).days // WEEK
            if week < 0 or fen > left:
                raise ValueError(f"{fen} 分 redeemed on {day} of a voucher of {life.issued}")
            if week >= weeks:
                continue
            redeemed[week] += fen
            at_risk[week + 1] -= fen
            squares[week + 1] += (left - fen) * (left - fen) - left * left
            left -= fen
        at_risk[weeks] -= left
        squares[weeks] -= left * left
    found = []
    for risk, square, came in zip(accumulate(at_risk), accumulate(squares), redeemed, strict=False):
        if risk <= 0:
            break
        found.append(Week(risk, came, risk * risk // square))
    return found


def forecast(
    day: dt.date, open_now: Iterable[Open], history: Sequence[Week], watched: int = 0
) -> Forecast:
    """What will become of the open vouchers after `day`. What has expired by then counts as lapsed;
    `watched` is how many vouchers the history rests on."""
    known = _known(history)
    groups: dict[tuple[int, int], int] = {}
    for one in open_now:
        age = max((day - one.issued).days, 0) // WEEK
        left = max(-(-(one.expires - day).days // WEEK), 0)
        groups[age, left] = groups.get((age, left), 0) + one.left_fen
    totals = {"low": [0, 0], "middle": [0, 0], "high": [0, 0]}
    weeks: list[int] = []
    for (age, left), fen in sorted(groups.items()):
        reach = max(min(left, known - age), 0)
        paths = _survival(history[age : age + reach])
        for name, (alive, spread) in zip(totals, _ends(paths), strict=True):
            stays = min(max(alive + spread, 0), _ONE)
            gone = fen - _part(fen, stays)
            totals[name][0] += gone
            if reach == left:
                totals[name][1] += fen - gone
        _spread_out(weeks, fen, paths)
    open_fen = sum(groups.values())
    low, middle, high = (
        Case(came, lapsed, open_fen - came - lapsed) for came, lapsed in totals.values()
    )
    return Forecast(day, open_fen, low, middle, high, tuple(weeks), watched)


def combined(found: Sequence[Forecast]) -> Forecast:
    """Forecasts of one day that were made apart, each from its own history, as one. ValueError for
    none at all."""
    if not found:
        raise ValueError("nothing to combine")
    weeks = [0] * max(len(one.weeks) for one in found)
    for one in found:
        for at, fen in enumerate(one.weeks):
            weeks[at] += fen
    return Forecast(
        found[0].day,
        sum(one.open_fen for one in found),
        _together(one.low for one in found),
        _together(one.middle for one in found),
        _together(one.high for one in found),
        tuple(weeks),
        sum(one.watched for one in found),
    )


def _together(cases: Iterable[Case]) -> Case:
    rows = [(one.redeemed_fen, one.lapsed_fen, one.unknown_fen) for one in cases]
    return Case(*map(sum, zip(*rows, strict=True)))


def redeemed_until(found: Forecast, until: dt.date) -> int:
    """What of the middle case is redeemed up to a day, in 分: whole weeks, and of the week in which
    it lies its share of days."""
    days = max((until - found.day).days, 0)
    whole, rest = divmod(days, WEEK)
    part = found.weeks[whole] * rest // WEEK if whole < len(found.weeks) else 0
    return sum(found.weeks[:whole]) + part


def _known(history: Sequence[Week]) -> int:
    """For how many weeks of age, without a gap, enough cases were watched."""
    for at, week in enumerate(history):
        if week.cases < LEAST:
            return at
    return len(history)


def _survival(weeks: Sequence[Week]) -> list[tuple[int, int]]:
    """After each week which share is still unredeemed, and the variance of its logarithm."""
    alive, variance, found = _ONE, 0, [(_ONE, 0)]
    for week in weeks:
        stays = week.at_risk_fen - week.redeemed_fen
        alive = alive * stays // week.at_risk_fen
        if stays:
            variance += week.redeemed_fen * _ONE // (stays * week.cases)
        found.append((alive, variance))
    return found


def _ends(paths: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left at the end in the low, middle and high case of redemption, with what is to be
    added to it: where little is redeemed, more is left."""
    alive, variance = paths[-1]
    error = alive * isqrt(variance * _ONE) // _ONE * _Z // 1_000
    return [(alive, error), (alive, 0), (alive, -error)]


def _spread_out(weeks: list[int], fen: int, paths: Sequence[tuple[int, int]]) -> None:
    """Add what one group redeems in each week of the middle case; the weeks of a group add up to
    what it redeems in all."""
    weeks.extend([0] * (len(paths) - 1 - len(weeks)))
    for at, ((before, _), (after, _)) in enumerate(pairwise(paths)):
        weeks[at] += _part(fen, before) - _part(fen, after)


def _part(fen: int, share: int) -> int:
    return fen * share // _ONE
