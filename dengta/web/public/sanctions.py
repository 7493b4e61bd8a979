"""惩戒名单: who is barred from public money, why, and until when, for everybody."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.registry.queries import division_of, in_force, region_name
from dengta.web.cases import crumbs


@require_safe
def sanctions(request: HttpRequest) -> HttpResponse:
    """The sanctions in force today, the latest first; narrowed by a part of the name or a code."""
    words, day = request.GET.get("q", "").strip()[:120], timezone.localdate()
    rows = in_force(day).select_related("organisation").order_by("-from_date", "-id")
    if words:
        named = rows.filter(organisation__name__contains=words)
        rows = named | rows.filter(organisation__uscc=words.upper())
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(one, region_name(division_of(one.organisation.region_code))) for one in page],
        "words": words,
        "day": day,
        "query": f"q={words}&" if words else "",
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("惩戒名单"), "")),
    }
    return render(request, "sanctions.html", context)
