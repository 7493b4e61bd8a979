"""Shared reads of platforms: whose they are, what they reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.catalogue.models import Entry as Entry
from dengta.catalogue.models import PlatformMonth as PlatformMonth
from dengta.registry.queries import policy
from dengta.trail.models import Document

SHOWN = ("published", "expired", "removed")
"""States of an entry that is or was in the pool."""


def platforms_of(actor: Actor) -> models.QuerySet[Entry]:
    """The platforms that the actor's organisation runs, also those that left the pool."""
    mine = Entry.objects.filter(kind=Entry.Kind.PLATFORM, state__in=SHOWN)
    return mine.filter(organisation_id=actor.organisation_id).order_by("name", "pk")


def months_of(entry: Entry) -> models.QuerySet[PlatformMonth]:
    """What a platform reported, the latest month first."""
    return PlatformMonth.objects.filter(entry=entry).select_related("evidence").order_by("-month")


def confirmed_months(entry: Entry, most: int) -> list[PlatformMonth]:
    """The last months of a platform that an office has confirmed, at most so many, the earliest
    first: what everybody may read of its figures."""
    rows = PlatformMonth.objects.filter(entry=entry, state="confirmed").order_by("-month")[:most]
    return list(rows)[::-1]


@dataclass(frozen=True, slots=True)
class Total:
    """One metric over a period: what it was in the first and the last month reported, and the sum,
    which means something for figures of a month only."""

    metric: str
    first: int | None
    last: int | None
    sum: int


@dataclass(frozen=True, slots=True)
class Period:
    """What a platform reported in a period: so many months, of which so many were reported,
    confirmed, and had findings; each metric."""

    months: int
    reported: int
    confirmed: int
    findings: int
    totals: tuple[Total, ...]

    def as_json(self) -> dict[str, Any]:
        """As it is frozen with an evaluation."""
        figures = {
            one.metric: {"first": one.first, "last": one.last, "sum": one.sum}
            for one in self.totals
        }
        counts = {name: getattr(self, name) for name in _COUNTED}
        return counts | {"figures": figures}


_COUNTED = ("months", "reported", "confirmed", "findings")


def reported_in(entry: Entry, first: dt.date, last: dt.date) -> Period:
    """What a platform reported for the months from `first` to `last` (their first days)."""
    rows = PlatformMonth.objects.filter(entry=entry, month__gte=first, month__lte=last)
    found = list(rows.exclude(reported_at=None).order_by("month"))
    totals = []
    for metric in policy().pool.metrics:
        values = [one.figures[metric.id] for one in found if metric.id in one.figures]
        first_value, last_value = (values[0], values[-1]) if values else (None, None)
        totals.append(Total(metric.id, first_value, last_value, sum(values)))
    return Period(
        (last.year - first.year) * 12 + last.month - first.month + 1,
        len(found),
        sum(one.state == "confirmed" for one in found),
        sum(bool(one.findings) for one in found),
        tuple(totals),
    )


def platforms_within(actor: Actor) -> models.QuerySet[Entry]:
    """The platforms of an official's territory that somebody runs and that are or were in the pool;
    those that are, first. `last_month` and `reported_months` say what each reported."""
    rows = Entry.objects.filter(
        kind=Entry.Kind.PLATFORM, state__in=SHOWN, region_code__startswith=territory(actor.region)
    ).exclude(organisation=None)
    told = models.Q(months__reported_at__isnull=False)
    there = models.Case(models.When(state="published", then=0), default=1)
    return (
        rows.annotate(
            last_month=models.Max("months__month", filter=told),
            reported_months=models.Count("months", filter=told),
        )
        .select_related("organisation")
        .order_by(there, "name", "pk")
    )


def reported(actor: Actor) -> models.QuerySet[PlatformMonth]:
    """What platforms of an official's territory reported; what waits first, then the latest."""
    rows = PlatformMonth.objects.exclude(reported_at=None).filter(
        entry__region_code__startswith=territory(actor.region)
    )
    waits = models.Case(models.When(state="reported", then=0), default=1)
    return rows.select_related("entry__organisation", "evidence").order_by(waits, "-month", "pk")


def platform_document(actor: Actor, pk: int) -> Document | None:
    """Evidence of a month, for the platform's own people and the offices above it."""
    rows = PlatformMonth.objects.filter(evidence=pk).select_related("evidence")
    if actor.official:
        rows = rows.filter(entry__region_code__startswith=territory(actor.region))
    else:
        rows = rows.filter(entry__organisation_id=actor.organisation_id)
    found = rows.first()
    return found.evidence if found else None
