"""Published needs that nobody answers, by where they come from and what they ask for."""

from __future__ import annotations

from collections import Counter

from django.db import models

from dengta.accounts.queries import Actor
from dengta.matching.models import NeedItem, Quote
from dengta.matching.queries.needs import LIVE
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, within


def unanswered(actor: Actor) -> dict[tuple[str, str, str], int]:
    """How many needs of the actor's territory have no quote, by sub-industry, division and
    scenario. One query."""
    firms = within(Organisation.objects.all(), actor.region)
    quoted = Quote.objects.filter(need=models.OuterRef("need"), state__in=LIVE)
    items = NeedItem.objects.filter(
        models.Q(need__state="unmatched") | models.Q(need__state="open") & ~models.Exists(quoted),
        need__organisation__in=firms,
    )
    found = items.values_list("need__sub_industry", "need__organisation__region_code", "scenario")
    return dict(Counter((sub, division_of(region), scenario) for sub, region, scenario in found))
