"""What counts of an assessment: the firm's own answers, or those of a rating on the spot."""

from __future__ import annotations

from collections.abc import Mapping

from dengta.assessment.models import Assessment, RatedAnswer
from dengta.assessment.queries import answers_of, as_read
from dengta.core.answers import Answer


def on_site_of(assessment: Assessment) -> bool:
    """Whether an assessment was rated on the spot."""
    return assessment.on_site_level is not None or assessment.on_site_score_milli is not None


def standing_answers(
    assessment: Assessment, own: Mapping[str, Answer] | None = None
) -> dict[str, Answer]:
    """The answers that count: the firm's own, and over them those of the last rating on the spot.

    `own` are looked up when not given.
    """
    answers = dict(answers_of(assessment) if own is None else own)
    if not on_site_of(assessment):
        return answers
    rated = RatedAnswer.objects.filter(
        rating__assessment=assessment, rating__kind="on_site", rating__state="submitted"
    ).exclude(value="")
    rows = list(
        rated.order_by("rating__submitted_at", "rating", "id").values_list(
            "rating", "item", "value"
        )
    )
    last = [(item, value) for rating, item, value in rows if rating == rows[-1][0]]
    return answers | as_read(assessment.instrument, last)
