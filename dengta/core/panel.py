"""评审计分: the sheets of one application -> its score, exactly; and the order of many.

A score is the weighted sum of a sheet's marks; a panel's score is the mean over its sheets, without
the highest and the lowest where the rule says so and at least three are left to take two from.
Scores are exact fractions, rounded (half-up, thousandths) only to be shown or stored, never
before. Ties go by the criteria that the rubric lists, then by the lot given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from dengta.core.selection import Criterion, PanelRule
from dengta.core.shapes import Text

Marks = Mapping[str, int]
BEST = 100


class MarksFault(ValueError):
    """Marks that cannot be. `message` names the criterion and the value, and how to mend it."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


@dataclass(frozen=True, slots=True)
class PanelScore:
    """What a panel says of one application. `means` are the criteria's own means over the sheets
    that count; `spread` is the distance between the highest and the lowest sheet."""

    score: Fraction
    means: Mapping[str, Fraction]
    sheets: int
    dropped: int
    spread: Fraction
    to_discuss: bool
    passed: bool

    @property
    def milli(self) -> int:
        """The score in thousandths of a point, half-up."""
        return thousandths(self.score)


class Placed(NamedTuple):
    """One application in an order: its id, its panel's score, and the lot for what is still
    tied."""

    id: str
    score: PanelScore
    lot: str


def thousandths(points: Fraction) -> int:
    """Points in thousandths, half-up."""
    return (points.numerator * 2000 + points.denominator) // (2 * points.denominator)


def sheet_total(criteria: Sequence[Criterion], marks: Marks) -> Fraction:
    """One sheet's weighted sum. MarksFault for a criterion missing, strange or out of range."""
    for criterion in criteria:
        mark = marks.get(criterion.id)
        if mark is None or isinstance(mark, bool) or not 0 <= mark <= BEST:
            raise MarksFault(
                Text(
                    f"“{criterion.text.zh}”的评分是 {mark}，请填 0 至 {BEST} 的整数。",
                    f"The mark for “{criterion.text.en}” is {mark}. Write a whole number from 0 to"
                    f" {BEST}.",
                )
            )
    strangers = sorted(marks.keys() - {criterion.id for criterion in criteria})
    if strangers:
        raise MarksFault(
            Text(
                f"评分标准里没有 {strangers[0]} 这一项，请核对评分表。",
                f"The rubric has no criterion {strangers[0]}. Check the sheet.",
            )
        )
    return sum((Fraction(c.weight * marks[c.id], 100) for c in criteria), Fraction(0))


def panel_score(
    criteria: Sequence[Criterion], rule: PanelRule, sheets: Sequence[Marks]
) -> PanelScore:
    """The score of one application from all of its sheets (at least one).

    With equal totals it makes no difference to the score which sheet is dropped. For the means of
    the criteria their marks decide, in the order of the rubric, never the order in which they came.
    """
    if not sheets:
        raise ValueError("a panel without sheets has no score")
    totals = [sheet_total(criteria, marks) for marks in sheets]
    order = sorted(
        range(len(sheets)), key=lambda at: (totals[at], *(sheets[at][c.id] for c in criteria))
    )
    drop = rule.drop_extremes and len(sheets) >= 3
    counted = order[1:-1] if drop else order
    spread = totals[order[-1]] - totals[order[0]]
    score = sum((totals[at] for at in counted), Fraction(0)) / len(counted)
    means = {
        c.id: Fraction(sum(sheets[at][c.id] for at in counted), len(counted)) for c in criteria
    }
    return PanelScore(
        score=score,
        means=means,
        sheets=len(sheets),
        dropped=len(sheets) - len(counted),
        spread=spread,
        to_discuss=spread > rule.spread,
        passed=score >= rule.passing,
    )


def in_order(criteria: Sequence[Criterion], placed: Sequence[Placed]) -> list[Placed]:
    """From the best to the last: by score, then by the tie criteria in their order, then by lot."""
    ties = [c.id for c in sorted(criteria, key=lambda c: c.tie) if c.tie]

    def key(one: Placed) -> tuple[object, ...]:
        return (-one.score.score, *(-one.score.means[id] for id in ties), one.lot, one.id)

    return sorted(placed, key=key)


def decided_by(criteria: Sequence[Criterion], better: Placed, worse: Placed) -> Text:
    """What put one before the other, in words."""
    if better.score.score != worse.score.score:
        return Text("评审得分更高", "a higher score")
    for criterion in sorted((c for c in criteria if c.tie), key=lambda c: c.tie):
        if better.score.means[criterion.id] != worse.score.means[criterion.id]:
            return Text(
                f"得分相同，“{criterion.text.zh}”更高",
                f"equal scores, more for “{criterion.text.en}”",
            )
    return Text("各项均相同，按公布的种子排定", "equal in everything, by the published seed")
