"""Writes of monitoring."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.monitoring.models import Observation


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
