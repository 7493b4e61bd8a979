"""专家库: who can be asked, what they know, how much they have in hand."""

from __future__ import annotations

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.queries.experts import roster
from dengta.registry.queries import policy
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said

YEAR = dt.timedelta(days=365)


@require_safe
@desk(*OFFICIAL)
def experts(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The pool that serves the office's region, narrowed to one trade if one is chosen."""
    chosen = request.GET.get("field", "")
    trades = policy().industries
    field = chosen if chosen in trades else ""
    found = roster(acting.region, timezone.localdate() - YEAR, field=field)
    context = {
        "page": Paginator(found, 30).get_page(request.GET.get("page")),
        "total": len(found),
        "silent": sum(one.profile is None for one in found),
        "trades": [(code, f"{code} {said(each.name)}") for code, each in trades.items()],
        "field": field,
        "query": f"field={field}&" if field else "",
        "breadcrumbs": crumbs((_("专家库"), "")),
    }
    return render(request, "official/experts.html", context)
