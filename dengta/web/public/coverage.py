"""覆盖看板: which scenarios are served, where, and where nobody offers anything, for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.web.cases import crumbs
from dengta.web.coverage import board


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Scenarios against divisions or sub-industries, the holes marked."""
    context = board(request, "coverage")
    context["breadcrumbs"] = crumbs(
        (_("首页"), reverse("home")), (_("资源池"), reverse("catalogue")), (_("覆盖看板"), "")
    )
    return render(request, "coverage.html", context)
