"""下级逾期: what offices below have kept too long, as the office was told."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.trail.queries import late_below
from dengta.web.cases import badge, clock_chip, crumbs
from dengta.web.frame import OFFICIAL, desk


@require_safe
@desk(*OFFICIAL)
def late(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The matters that still wait where they did when the office was told, longest told first."""
    page = Paginator(late_below(acting), 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "thing": one.thing,
                "told_at": one.told_at,
                "url": f"{one.thing.desk_path}{one.thing.pk}/",
                "name": one.thing.flow.name,
                "badge": badge(one.thing.flow.state(one.thing.state), public=False),
                "clock": clock_chip(one.thing),
            }
            for one in page
        ],
        "query": "",
        "breadcrumbs": crumbs((_("下级逾期"), "")),
    }
    return render(request, "official/late.html", context)
