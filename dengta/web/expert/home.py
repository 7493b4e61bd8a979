"""The expert's desk: ratings to make with their clocks, what was done, what must be declared."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import ratings as queries
from dengta.assessment.queries.ratings import Rating
from dengta.programmes.queries.panels import reviews_of
from dengta.registry.queries import profile_of, ties_of
from dengta.trail.queries import notices_of
from dengta.web.cases import badge
from dengta.web.expert.ratings import address_of
from dengta.web.frame import desk
from dengta.web.rating_items import column_name


def row_of(acting: Actor, rating: Rating) -> dict[str, Any]:
    """One rating in a list of tasks."""
    return {
        "rating": rating,
        "url": address_of(acting, rating.pk),
        "kind": column_name(rating),
        "firm": rating.assessment.organisation,
        "due": queries.clock_of(rating, timezone.localdate()),
        "badge": badge(rating.flow.state(rating.state), public=False),
    }


@require_safe
@desk("expert")
def home(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits, the most urgent first; then what was done."""
    page = Paginator(queries.done_by(acting), 20).get_page(request.GET.get("page"))
    context = {
        "tasks": [row_of(acting, rating) for rating in queries.tasks_of(acting)],
        "done": [row_of(acting, rating) for rating in page],
        "page": page,
        "sheets": reviews_of(acting).count(),
        "profile": profile_of(acting),
        "ties": ties_of(acting).count(),
        "profile_url": reverse("expert_profile"),
        "notices": notices_of(acting)[:10],
    }
    return render(request, "expert/home.html", context)
