"""Writes of monitoring."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.monitoring.models import Observation
from dengta.monitoring.queries.pilots import COUNTED, counted_in, figures_of
from dengta.projects.actions.pilots import keep_month
from dengta.projects.queries.pilots import without_month


def observe(
    actor: Actor, indicator: str, region: str, *, day: dt.date, amount: int, source: str
) -> Observation:
    """Keep a reported figure; a second report for the same day corrects the first."""
    observation, _ = Observation.objects.update_or_create(
        indicator=indicator,
        region_code=region,
        observed_date=day,
        defaults={
            "amount": amount,
            "source": source,
            "user_id": actor.user_id or None,
            "at": timezone.now(),
        },
    )
    return observation


def pilot_months(day: dt.date) -> int:
    """Freeze last month's report of every pilot that has none yet, with the lists behind its
    figures. Idempotent; how many it made."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    found = list(without_month(last.replace(day=1)))
    for plan in found:
        lists = {what: sorted(counted_in(plan, what, last).values_list("pk", flat=True))
                 for what in COUNTED}  # fmt: skip
        figures = figures_of(plan, last).as_json()
        # What was counted is what is listed, also when something moved between the two reads.
        keep_month(plan, last, figures | {what: len(ids) for what, ids in lists.items()}, lists)
    return len(found)
