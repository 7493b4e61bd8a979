"""Which assessments a person may see, and how they are narrowed; pages, exports and API alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import Assessment, Rating, RecordedResult
from dengta.rights.queries import agreed

STANDS = Coalesce("on_site_level", "level")
"""The level that is shown: that of the last on-site rating where there is one."""


@dataclass(frozen=True, slots=True)
class Filters:
    """How a list is narrowed; empty narrows nothing. `industry` are the first digits of a GB/T 4754
    code, `latest` keeps the latest of each firm and instrument, `since` and `until` are days."""

    region: str = ""
    industry: str = ""
    size: str = ""
    instrument: str = ""
    level: int | None = None
    latest: bool = True
    since: dt.date | None = None
    until: dt.date | None = None

    def as_json(self) -> dict[str, Any]:
        """To be kept with a job; `of_json` reads it back."""
        return {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Filters:
        """What `as_json` gave."""
        days = {
            name: dt.date.fromisoformat(kept[name]) for name in ("since", "until") if kept[name]
        }
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known} | days)


def assessments_seen(
    actor: Actor, filters: Filters, day: dt.date | None = None
) -> models.QuerySet[Assessment]:
    """The submitted assessments that a person may see, newest first: a firm its own, an office
    those of its territory whose firms let results be summed up (statistics); nobody else any."""
    found = _whose(actor, day or timezone.localdate())
    found = _narrowed(found, filters, "organisation__")
    found = _between(found, filters)
    if filters.latest:
        newer = Assessment.objects.filter(
            organisation=models.OuterRef("organisation"),
            instrument=models.OuterRef("instrument"),
            state="submitted",
            pk__gt=models.OuterRef("pk"),
        )
        # Not by the greatest id of each group: a page would then sum up all of them to show a few.
        found = found.filter(~models.Exists(_between(newer, filters)))
    if filters.level is not None:
        found = found.annotate(stands=STANDS).filter(stands=filters.level)
    return found.select_related("organisation").order_by("-submitted_at", "-id")


def _whose(actor: Actor, day: dt.date) -> models.QuerySet[Assessment]:
    done = Assessment.objects.filter(state="submitted")
    if actor.official:
        return done.filter(
            organisation__region_code__startswith=territory(actor.region),
            organisation__in=agreed("statistics", day),
        )
    if actor.role == "enterprise":
        return done.filter(organisation_id=actor.organisation_id)
    return done.none()


def _narrowed(
    found: models.QuerySet[Assessment], filters: Filters, path: str
) -> models.QuerySet[Assessment]:
    if filters.region:
        found = found.filter(**{f"{path}region_code__startswith": territory(filters.region)})
    if filters.industry:
        found = found.filter(**{f"{path}industry_code__startswith": filters.industry})
    if filters.size:
        found = found.filter(**{f"{path}size_class": filters.size})
    if filters.instrument:
        found = found.filter(instrument=filters.instrument)
    return found


def _between(found: models.QuerySet[Assessment], filters: Filters) -> models.QuerySet[Assessment]:
    if filters.since:
        found = found.filter(submitted_at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(submitted_at__lt=_midnight(filters.until + dt.timedelta(days=1)))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def assessment_seen(actor: Actor, pk: int, day: dt.date | None = None) -> Assessment:
    """One assessment that a person may see; a firm its drafts too. Assessment.DoesNotExist for any
    other."""
    if actor.role == "enterprise":
        mine = Assessment.objects.filter(organisation_id=actor.organisation_id)
        return mine.select_related("organisation").get(pk=pk)
    every = Filters(latest=False)
    return assessments_seen(actor, every, day).get(pk=pk)


def recorded_seen(actor: Actor, filters: Filters) -> models.QuerySet[RecordedResult]:
    """The earlier results that a person may see: a firm its own, an office its territory's."""
    found = RecordedResult.objects.select_related("organisation").order_by("-assessed_date", "-id")
    if actor.official:
        found = found.filter(organisation__region_code__startswith=territory(actor.region))
    elif actor.role == "enterprise":
        found = found.filter(organisation_id=actor.organisation_id)
    else:
        return found.none()
    if filters.region:
        found = found.filter(organisation__region_code__startswith=territory(filters.region))
    if filters.industry:
        found = found.filter(organisation__industry_code__startswith=filters.industry)
    if filters.size:
        found = found.filter(organisation__size_class=filters.size)
    if filters.instrument:
        found = found.filter(instrument=filters.instrument)
    if filters.level is not None:
        found = found.filter(level=filters.level)
    if filters.since:
        found = found.filter(assessed_date__gte=filters.since)
    if filters.until:
        found = found.filter(assessed_date__lte=filters.until)
    return found


def ratings_seen(actor: Actor, filters: Filters) -> models.QuerySet[Rating]:
    """The submitted ratings of the assessments that an office may see, newest first; the latest
    assessments only where the filters say so."""
    if not actor.official:
        return Rating.objects.none()
    seen = assessments_seen(actor, filters).order_by().values("pk")
    return (
        Rating.objects.filter(state="submitted", assessment__in=seen)
        .select_related("assessment__organisation", "assessor")
        .order_by("-submitted_at", "-id")
    )
