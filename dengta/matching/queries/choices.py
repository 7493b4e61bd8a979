"""What was chosen: the quotes that projects begin from, how often each provider was chosen."""

from __future__ import annotations

from django.db import models

from dengta.matching.models import Choice as Choice
from dengta.matching.models import Quote as Quote
from dengta.registry.models import Organisation


def chosen_of(organisation: Organisation) -> models.QuerySet[Quote]:
    """The quotes that a firm has chosen and from which no project was filed yet, newest first, with
    their lines. A need is closed once its project is filed (`choosing.conclude`)."""
    found = Quote.objects.filter(
        need__organisation=organisation, state="chosen", need__state="chosen"
    )
    return (
        found.select_related("need", "need__organisation", "provider", "entry")
        .prefetch_related("lines", "need__items")
        .order_by("-id")
    )


def choice_of(need_id: int) -> Choice | None:
    """The choice that stands for a need, if any."""
    found = Choice.objects.select_related("quote", "quote__provider", "user")
    return found.filter(need=need_id, undone_at=None).first()


def chosen_by_similar(industry_code: str) -> dict[int, int]:
    """How many firms of the same division of industry chose each provider: {provider: firms}."""
    rows = (
        Choice.objects.filter(
            undone_at=None, need__organisation__industry_code__startswith=industry_code[:2]
        )
        .values("quote__provider")
        .annotate(firms=models.Count("need__organisation", distinct=True))
    )
    return {row["quote__provider"]: row["firms"] for row in rows}
