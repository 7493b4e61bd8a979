"""批量报告: whose reports an office may have made at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment
from dengta.registry.models import Organisation
from dengta.registry.queries import within
from dengta.reports.queries.peers import LEVEL, latest_results


@dataclass(frozen=True, slots=True)
class Choice:
    """Which firms: under one edition, in a region, of a GB/T 4754 division (all when empty), at a
    level (any when None)."""

    instrument: str
    region: str
    industry: str = ""
    level: int | None = None

    def as_json(self) -> dict[str, Any]:
        """To be kept with a job; `Choice(**…)` reads it back."""
        return asdict(self)


def chosen(actor: Actor, choice: Choice, day: dt.date) -> models.QuerySet[Assessment]:
    """The latest results that a choice means, of firms in the actor's territory that consent to
    statistics; by region and name."""
    if not actor.official or not actor.covers(choice.region):
        return Assessment.objects.none()
    firms = within(Organisation.objects.all(), choice.region)
    if choice.industry:
        firms = firms.filter(industry_code__startswith=choice.industry)
    found = latest_results(firms, choice.instrument, day)
    if choice.level is not None:
        found = found.annotate(stands=LEVEL).filter(stands=choice.level)
    return found.select_related("organisation").order_by(
        "organisation__region_code", "organisation__name", "id"
    )
