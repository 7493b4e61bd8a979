"""评审专家抽取公开: the commitment before, seed and tickets after, and how to check them; and the
published documents of a round, byte for byte."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.draws import verify
from dengta.programmes.queries import Round
from dengta.programmes.queries import panels as queries
from dengta.programmes.queries.experts import draws_of, field_name
from dengta.trail.queries import Entry, timelines
from dengta.web.cases import badge, crumbs, events
from dengta.web.frame import who


@require_safe
def round_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Every draw of experts for one round. Nothing here names an expert."""
    try:
        round = queries.public_round(pk)
    except Round.DoesNotExist as gone:
        raise Http404 from gone
    published, draws = queries.publications_of(round), draws_of(round)
    stories = timelines(draws)
    context = {
        "round": round,
        "draws": [_draw(one, published, stories[one.pk]) for one in draws],
        "assignments": [
            {"one": one, "url": reverse("round_publication", args=[pk, one.digest])}
            for one in published
            if one.kind == "assignment"
        ],
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")),
            (round.name, reverse("round", args=[round.pk])),
            (_("专家抽取"), ""),
        ),
    }
    return render(request, "round_draw.html", context)


def _draw(
    one: queries.PanelDraw, published: list[queries.Publication], story: list[Entry]
) -> dict[str, Any]:
    files = {}
    for each in published:
        drawing = each.kind in ("announcement", "draw")
        if drawing and json.loads(each.text)["commitment"] == one.commitment:
            files[each.kind] = each
    announced, record = files.get("announcement"), files.get("draw")
    document = json.loads(record.text) if record else {}
    faults = []
    if record and announced:
        faults = verify(record.text.encode("utf-8"), json.loads(announced.text))
    return {
        "draw": one,
        "badge": badge(one.flow.state(one.state), public=True),
        "announcement": one.announcement,
        "floors": [(field_name(f), n) for f, n in sorted(one.announcement["floors"].items())],
        "announced": announced,
        "record": record,
        "seed": document.get("seed", ""),
        "public": document.get("public", ""),
        "tickets": document.get("tickets", []),
        "chosen": [ticket for ticket in document.get("tickets", []) if ticket["drawn"]],
        "wrong": faults,
        "events": events(one, story),
        "timeline": f"timeline-{one.pk}",
    }


@require_safe
def publication(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One published document of a round, the same bytes as on the day it was published."""
    try:
        found = queries.publication_of(who(request), pk, code)
    except queries.Publication.DoesNotExist as gone:
        raise Http404 from gone
    response = HttpResponse(found.text, content_type="application/json; charset=utf-8")
    name = f"{found.round.number}-{found.kind}-{code[:8]}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
