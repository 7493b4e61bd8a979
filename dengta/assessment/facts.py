"""What assessments say of an organisation, as facts of the vocabulary."""

from __future__ import annotations

import datetime as dt

import polars as pl
from django.utils import timezone

from dengta.assessment.queries.counted import counted, counted_of
from dengta.core.shapes import FactValue
from dengta.registry.facts.columns import fetched
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.rights.queries import agreed


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


def columns(day: dt.date) -> pl.DataFrame:
    """The same of every organisation at once that lets its results be summed up: `organisation`,
    `digital_level`, `digital_score_bps`."""
    rows = counted(day).filter(organisation__in=agreed("statistics", day))
    known = rows.exclude(counted_score_milli=None).values_list(
        "organisation", "counted_level", "counted_score_milli"
    )
    kinds = ("organisation", "digital_level", "score_milli")
    frame = fetched(known, dict.fromkeys(kinds, pl.Int64))
    return frame.select(
        "organisation", "digital_level", digital_score_bps=pl.col("score_milli") // 10
    )
