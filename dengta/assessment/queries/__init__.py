"""Shared reads of assessments."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from django.db import models

from dengta.assessment.models import Assessment as Assessment
from dengta.core.scoring import Result, Scorer
from dengta.core.shapes import Instrument
from dengta.registry.queries import policy

NATIONAL = "miit-2024"


@lru_cache(maxsize=8)
def scorer(instrument: str) -> Scorer:
    """The compiled scorer of an instrument. KeyError if the policy has none of that id."""
    return Scorer(policy().instruments[instrument])


def instrument_of(assessment: Assessment) -> Instrument:
    """The edition that an assessment was begun under."""
    return policy().instruments[assessment.instrument]


def answers_of(assessment: Assessment) -> dict[str, str | int | None]:
    """The flat mapping of item to letters or level, as the scorer reads it."""
    levels = {scenario.id for scenario in instrument_of(assessment).scenarios}
    return {
        item: int(value) if item in levels else value
        for item, value in assessment.answers.values_list("item", "value")
    }


def result_of(assessment: Assessment) -> Result:
    """The scoring of the answers as they stand; for a submitted one the same as was stored."""
    return scorer(assessment.instrument).score(answers_of(assessment))


def draft_of(organisation_id: int) -> Assessment | None:
    """The assessment an organisation is filling in, if any."""
    return (
        Assessment.objects.select_related("organisation")
        .filter(organisation_id=organisation_id, state="draft")
        .order_by("-id")
        .first()
    )


def latest_of(organisation_id: int) -> Assessment | None:
    """The latest submitted assessment of an organisation, if any."""
    return (
        Assessment.objects.select_related("organisation")
        .filter(organisation_id=organisation_id, state="submitted")
        .order_by("-submitted_at", "-id")
        .first()
    )


def mine(organisation_id: int, pk: int) -> Assessment:
    """One assessment of an organisation. Assessment.DoesNotExist for anybody else's."""
    return Assessment.objects.select_related("organisation").get(
        pk=pk, organisation_id=organisation_id
    )


def history_of(organisation_id: int) -> models.QuerySet[Assessment]:
    """All submitted assessments of an organisation, newest first."""
    return Assessment.objects.filter(organisation_id=organisation_id, state="submitted").order_by(
        "-submitted_at"
    )


def latest_ids(day: dt.date | None = None) -> models.QuerySet[Assessment, Any]:
    """Ids of each organisation's latest submitted assessment (by a day, if given), as a
    subquery."""
    done = Assessment.objects.filter(state="submitted")
    if day is not None:
        done = done.filter(submitted_at__date__lte=day)
    return done.values("organisation").annotate(last=models.Max("id")).values("last")


def item_ids(assessment: Assessment) -> list[str]:
    """Items in the order of the wizard: questions first, then scenarios."""
    instrument = instrument_of(assessment)
    return [q.id for q in instrument.questions] + [s.id for s in instrument.scenarios]
