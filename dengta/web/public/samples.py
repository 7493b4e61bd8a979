"""评定抽查 for everybody: the commitment before, the seed and the draw after, and whether it can be
recomputed. Nothing here names a firm or an assessor."""

from __future__ import annotations

import json

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.assessment.queries import samples as queries
from dengta.assessment.queries.samples import Sample
from dengta.registry.queries import policy, region_name
from dengta.web.cases import badge, crumbs


def _find(pk: int) -> Sample:
    found = queries.all_samples().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """Every sample with its commitment, newest first."""
    page = Paginator(queries.all_samples(), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(one, badge(one.flow.state(one.state), public=True)) for one in page],
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("评定抽查公开"), "")),
    }
    return render(request, "samples.html", context)


@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """One sample: commitment, seed once it is drawn, tickets, those drawn, and our own check."""
    found = _find(pk)
    record = queries.record_of(found)
    tickets = json.loads(record)["tickets"] if record else []
    rows = queries.drawn_of(found) if record else []
    checks = [one.found for one in rows if one.found is not None]
    context = {
        "sample": found,
        "badge": badge(found.flow.state(found.state), public=True),
        "region": region_name(found.region_code),
        "instrument": policy().instruments[found.instrument].name,
        "drawn": bool(record),
        "tickets": tickets,
        "chosen": [ticket for ticket in tickets if ticket["drawn"]],
        "wrong": queries.checked_record(found) if record else (),
        "checked": len(checks),
        "compared": sum(one.compared for one in checks),
        "differing": sum(len(one.differing) for one in checks),
        "levels_differing": sum(one.level_differs for one in checks),
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (_("评定抽查公开"), reverse("samples")), (found.name, "")
        ),
    }
    return render(request, "sample.html", context)


@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The record as a file that `dengta draw verify` takes; 404 before the draw."""
    found = _find(pk)
    text = queries.record_of(found)
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return response
