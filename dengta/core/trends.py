"""平台月度数据的核对: monthly figures that somebody reports of themselves, beside those of
the months before. Pure. A finding decides nothing: it asks for an explanation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dengta.core.sources import Source, Text

__all__ = ["Metric", "TrendFinding", "trend_findings"]

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Metric:
    """月度指标: one figure of a platform. A `total` counts since the beginning and cannot fall;
    from one month to the next it should not rise by more than `most_rise_bps` (None: no limit).
    `at_most` names another metric that it cannot exceed."""

    id: str
    text: Text
    unit: Text
    total: bool = False
    most_rise_bps: int | None = None
    at_most: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class TrendFinding:
    """What is odd about one metric: which check, and in words."""

    metric: str
    check: str
    text: Text


def trend_findings(
    metrics: Sequence[Metric],
    now: Mapping[str, int],
    before: Sequence[Mapping[str, int]],
    *,
    alike_months: int = 3,
) -> tuple[TrendFinding, ...]:
    """What is odd about a month's figures; `before` are the months before it, the latest first.

    Looked for are: a figure left out that was there, a total that fell, a rise beyond its limit, a
    fall to nothing, a figure above the one that bounds it, all figures the same for so many months.
    """
    found: list[TrendFinding] = []
    last = before[0] if before else {}
    by_id = {metric.id: metric for metric in metrics}
    for metric in metrics:
        value, old = now.get(metric.id), last.get(metric.id)
        found += _alone(metric, value, old)
        bound = by_id.get(metric.at_most)
        limit = now.get(metric.at_most)
        if bound is not None and value is not None and limit is not None and value > limit:
            found.append(
                TrendFinding(
                    metric.id,
                    "bound",
                    Text(
                        f"{metric.text.zh} {value:,} 多于{bound.text.zh} {limit:,}。",
                        f"{metric.text.en}, {value:,}, is above {bound.text.en}, {limit:,}.",
                    ),
                )
            )
    return (*found, *_alike(metrics, now, before, alike_months))


def _alone(metric: Metric, value: int | None, old: int | None) -> list[TrendFinding]:
    zh, en = metric.text
    if old is None:
        return []
    if value is None:
        text = Text(f"{zh}上月为 {old:,}，本月没有填。", f"{en} was {old:,} and is left out now.")
        return [TrendFinding(metric.id, "absent", text)]
    if metric.total and value < old:
        text = Text(
            f"{zh}是累计数，由 {old:,} 降为 {value:,}。",
            f"{en} is a total and fell from {old:,} to {value:,}.",
        )
        return [TrendFinding(metric.id, "fell", text)]
    if old > 0 and value == 0:
        text = Text(f"{zh}由 {old:,} 降为 0。", f"{en} fell from {old:,} to nothing.")
        return [TrendFinding(metric.id, "nothing", text)]
    most = metric.most_rise_bps
    if most is not None and old > 0 and (value - old) * WHOLE > most * old:
        text = Text(
            f"{zh}由 {old:,} 升到 {value:,}，一个月升幅超过 {most / 100:g}%。",
            f"{en} rose from {old:,} to {value:,}, more than {most / 100:g} % in a month.",
        )
        return [TrendFinding(metric.id, "jump", text)]
    return []


def _alike(
    metrics: Sequence[Metric],
    now: Mapping[str, int],
    before: Sequence[Mapping[str, int]],
    months: int,
) -> list[TrendFinding]:
    rows = [{metric.id: row.get(metric.id) for metric in metrics} for row in (now, *before)]
    same = rows[:months]
    if months < 2 or len(same) < months or any(row != same[0] for row in same):
        return []
    if not any(same[0].values()):
        return []
    text = Text(
        f"连续 {months} 个月各项数字完全相同。", f"All figures are the same for {months} months."
    )
    return [TrendFinding("", "alike", text)]
