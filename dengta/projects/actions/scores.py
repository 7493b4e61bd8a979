"""Writes of providers' scores: one a month for every provider that delivers, with its record."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.core.provider_scores import as_record, score
from dengta.projects.models import ProviderScore
from dengta.projects.queries.providers import facts_of, working
from dengta.registry.queries import policy


def keep_scores(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """Score every working provider as of the first of the month. Idempotent: what was kept for a
    month stays as it is. Returns how many were scored."""
    now, month = at or timezone.now(), day.replace(day=1)
    there = ProviderScore.objects.filter(as_of=month).values("organisation")
    due = [one.pk for one in working(month).exclude(pk__in=there)]
    if not due:
        return 0
    rule = policy().score_rule(month)
    rows = []
    for pk, facts in facts_of(due, month).items():
        scored = score(rule, facts)
        rows.append(
            ProviderScore(
                organisation_id=pk,
                as_of=month,
                points_milli=scored.points_milli,
                stars=scored.stars,
                record=as_record(rule, facts, scored),
                policy_digest=policy().digest,
                at=now,
            )
        )
    ProviderScore.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)
