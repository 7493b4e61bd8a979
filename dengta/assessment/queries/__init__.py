"""Shared reads of assessments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils import timezone

from dengta.assessment.models import Answer
from dengta.assessment.models import Assessment as Assessment
from dengta.assessment.queries.templates import import_template as import_template
from dengta.core.contradictions import Conflict, contradictions
from dengta.core.figures import decimal_text
from dengta.core.scoring import Result, Scorer
from dengta.core.shapes import Figure, Instrument
from dengta.registry import facts as registry_facts
from dengta.registry.models import Organisation
from dengta.registry.queries import policy

NATIONAL = "miit-2024"


@lru_cache(maxsize=32)
def scorer(instrument: str) -> Scorer:
    """The compiled scorer of an instrument. KeyError if the policy has none of that id."""
    return Scorer(policy().instruments[instrument])


def instrument_of(assessment: Assessment) -> Instrument:
    """The edition that an assessment was begun under."""
    return policy().instruments[assessment.instrument]


def answers_of(assessment: Assessment) -> dict[str, str | int | None]:
    """The flat mapping of item to answer, as the scorer reads it; without what was taken back."""
    rows = assessment.answers.exclude(value="").values_list("item", "value")
    return as_read(assessment.instrument, rows)


def answers_of_all(assessments: Iterable[Assessment]) -> dict[int, dict[str, str | int | None]]:
    """The answers of several assessments, by assessment; one query."""
    asked = {assessment.pk: assessment for assessment in assessments}
    found: dict[int, list[tuple[str, str]]] = {pk: [] for pk in asked}
    rows = Answer.objects.filter(assessment__in=asked).exclude(value="")
    for pk, item, value in rows.values_list("assessment", "item", "value"):
        found[pk].append((item, value))
    return {pk: as_read(asked[pk].instrument, rows) for pk, rows in found.items()}


def as_read(instrument: str, rows: Iterable[tuple[str, str]]) -> dict[str, str | int | None]:
    """Answers from the table as the scorer reads them: levels are numbers, the rest is text."""
    levels = {scenario.id for scenario in policy().instruments[instrument].scenarios}
    return {
        item: int(value) if item in levels and value.isdecimal() else value
        for item, value in rows
        if value
    }


def rows_of(assessment: Assessment, items: Iterable[str]) -> dict[str, Answer]:
    """The answers to some items with who gave them, by item; one query."""
    rows = assessment.answers.select_related("user").filter(item__in=list(items))
    return {row.item: row for row in rows}


def known_figures(
    organisation: Organisation, figures: Iterable[Figure], day: dt.date
) -> dict[str, str]:
    """The figures that the firm's own record says already, as they would be typed.

    Money is rounded half-up to the decimals of the figure. Nothing is asked of the database where
    no figure names a fact.
    """
    named = [figure for figure in figures if figure.fact]
    facts = registry_facts.facts_of(organisation, day) if named else {}
    known = {}
    for figure in named:
        value = facts.get(figure.fact)
        if isinstance(value, int) and not isinstance(value, bool):
            scale = 10**figure.decimals
            scaled = (2 * value * scale + figure.per_unit) // (2 * figure.per_unit)
            known[figure.id] = decimal_text(Fraction(scaled, scale))
    return known


def result_of(assessment: Assessment) -> Result:
    """The scoring of the answers as they stand; for a submitted one the same as was stored."""
    return scorer(assessment.instrument).score(answers_of(assessment))


def contradictions_of(
    assessment: Assessment, day: dt.date, answers: Mapping[str, str | int | None] | None = None
) -> tuple[Conflict, ...]:
    """Answers that cannot both be true, and figures against the firm's own record of that day."""
    facts = registry_facts.facts_of(assessment.organisation, day)
    given = answers_of(assessment) if answers is None else answers
    return contradictions(policy(), instrument_of(assessment), given, facts)


def draft_of(organisation_id: int, instrument: str | None = None) -> Assessment | None:
    """The assessment an organisation is filling in, if any; of one instrument, or the latest."""
    drafts = drafts_of(organisation_id)
    return (drafts.filter(instrument=instrument) if instrument else drafts).first()


def drafts_of(organisation_id: int) -> models.QuerySet[Assessment]:
    """What an organisation is filling in, the latest first; at most one for each instrument."""
    return (
        Assessment.objects.select_related("organisation")
        .filter(organisation_id=organisation_id, state="draft")
        .order_by("-id")
    )


def latest_of(organisation_id: int) -> Assessment | None:
    """The latest assessment that an organisation submitted, under an instrument that makes the
    level, if any. What counts of it: see `counted`."""
    levels = policy().practised_words("level_instruments", timezone.localdate())
    return (
        Assessment.objects.select_related("organisation")
        .filter(organisation_id=organisation_id, state="submitted", instrument__in=levels)
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
