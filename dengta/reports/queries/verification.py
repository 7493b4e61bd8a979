"""核验: what anybody who holds a report's code may see of it, and how codes are written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from dengta.assessment.models import Assessment
from dengta.core.shapes import Text
from dengta.core.verifying import SIGNS, read_code, written
from dengta.registry.queries import policy
from dengta.reports.queries.reading import level_title
from dengta.reports.queries.report import place_name


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine result as the public may see it: no answers, no score, no figures of the firm."""

    code: str
    firm: str
    region: Text
    edition: Text
    level: int | None
    title: Text | None
    day: dt.date
    on_site: bool
    latest: bool


def verify(code: str) -> Verified | None:
    """The result that a code belongs to; None for a code that no result has."""
    found = (
        Assessment.objects.select_related("organisation")
        .filter(verify_code=read_code(code), state="submitted")
        .first()
    )
    if found is None or found.submitted_at is None:
        return None
    on_site = found.on_site_level is not None
    level = found.on_site_level if on_site else found.level
    later = Assessment.objects.filter(
        organisation=found.organisation_id,
        instrument=found.instrument,
        state="submitted",
        submitted_at__gt=found.submitted_at,
    )
    instrument = policy().instruments.get(found.instrument)
    names = {gate.level: gate.name for gate in instrument.gates} if instrument else {}
    return Verified(
        code=found.verify_code or "",
        firm=found.organisation.name,
        region=place_name(found.organisation.region_code),
        edition=instrument.name if instrument else Text(found.instrument, found.instrument),
        level=level,
        title=level_title(level, names.get(level)) if level else None,
        day=timezone.localdate(found.submitted_at),
        on_site=on_site,
        latest=not later.exists(),
    )


__all__ = ["SIGNS", "Verified", "read_code", "verify", "written"]
