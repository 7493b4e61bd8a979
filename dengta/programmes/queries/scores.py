"""Sheets as they count: with the latest correction of each, and the score they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db import models

from dengta.core.panel import PanelScore, panel_score, sheet_total
from dengta.core.selection import Selection
from dengta.programmes.models import Application, Correction, Review, Round
from dengta.programmes.queries.experts import expert_number


@dataclass(frozen=True, slots=True)
class Counted:
    """One locked sheet with the marks that count, and what they were before a correction."""

    review: Review
    marks: Mapping[str, int]
    corrections: tuple[Correction, ...]

    def as_json(self) -> dict[str, object]:
        """As it is kept among the reasons of a score."""
        return {
            "sheet": self.review.number,
            "expert": expert_number(self.review.user_id),
            "marks": dict(self.marks),
            "corrected": len(self.corrections),
        }


def sheets_of(applications: Sequence[Application]) -> dict[int, list[Counted]]:
    """The locked sheets of each of some applications as they count. Two queries for any number."""
    found: dict[int, list[Counted]] = {one.pk: [] for one in applications}
    reviews = Review.objects.filter(application__in=found, state="locked").select_related("user")
    locked = list(reviews.order_by("id"))
    corrections: dict[int, list[Correction]] = {}
    for made in Correction.objects.filter(review__application__in=found).order_by("id"):
        corrections.setdefault(made.review_id, []).append(made)
    for review in locked:
        own = corrections.get(review.pk, [])
        marks = own[-1].marks if own else review.marks
        found[review.application_id].append(Counted(review, marks, tuple(own)))
    return found


def counted(rule: Selection, sheets: Sequence[Counted]) -> PanelScore:
    """The score that some sheets make by the rule of their selection."""
    return panel_score(rule.criteria, rule.panel, [sheet.marks for sheet in sheets])


def total_of(rule: Selection, marks: Mapping[str, int]) -> Fraction:
    """One sheet's points."""
    return sheet_total(rule.criteria, marks)


def outstanding(round: Round) -> tuple[int, int]:
    """How many sheets of applications before the panel are still open, and how many seats have
    nobody. Two queries."""
    before = models.Q(reviews__state="assigned"), models.Q(reviews__state="locked")
    rows = round.applications.filter(state="panel").annotate(
        open_sheets=models.Count("reviews", filter=before[0]),
        live_sheets=models.Count("reviews", filter=before[0] | before[1]),
    )
    size = round.rule.panel.size
    counts = list(rows.values_list("open_sheets", "live_sheets"))
    return sum(n for n, _ in counts), sum(max(size - live, 0) for _, live in counts)
