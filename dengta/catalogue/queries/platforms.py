"""Shared reads of platforms: whose they are, what they reported."""

from __future__ import annotations

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.catalogue.models import Entry
from dengta.catalogue.models import PlatformMonth as PlatformMonth
from dengta.trail.models import Document


def platforms_of(actor: Actor) -> models.QuerySet[Entry]:
    """The published platforms that the actor's organisation runs."""
    mine = Entry.objects.filter(kind=Entry.Kind.PLATFORM, state="published")
    return mine.filter(organisation_id=actor.organisation_id).order_by("name", "pk")


def months_of(entry: Entry) -> models.QuerySet[PlatformMonth]:
    """What a platform reported, the latest month first."""
    return PlatformMonth.objects.filter(entry=entry).select_related("evidence").order_by("-month")


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
