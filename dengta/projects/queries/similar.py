"""What similar firms say of a provider by their projects: evidence for matching."""

from __future__ import annotations

from django.db import models

from dengta.projects.models import Project


def accepted_by_similar(industry_code: str) -> dict[int, int]:
    """How many firms of the same division of industry have accepted a provider's project:
    {provider: firms}. One query."""
    rows = (
        Project.objects.filter(
            state="accepted", organisation__industry_code__startswith=industry_code[:2]
        )
        .values("provider")
        .annotate(firms=models.Count("organisation", distinct=True))
    )
    return {row["provider"]: row["firms"] for row in rows}
