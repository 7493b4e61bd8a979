"""What assessments say of an organisation, as facts of the vocabulary."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.assessment.queries.counted import counted_of
from dengta.core.shapes import FactValue
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def facts_of(organisation: Organisation, day: dt.date | None = None) -> dict[str, FactValue]:
    """Level and score of the assessment that counts on a day (today unless given); nothing
    (unknown) where there is none, as for a pilot enterprise not yet rated on the spot."""
    counts = counted_of(organisation.pk, day or timezone.localdate())
    if counts is None or counts.counted_score_milli is None:
        return {}
    facts: dict[str, FactValue] = {
        "digital_level": counts.counted_level,
        "digital_score_bps": counts.counted_score_milli // 10,
    }
    return {fact: value for fact, value in facts.items() if fact in policy().facts}
