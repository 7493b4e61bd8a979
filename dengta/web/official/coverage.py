"""覆盖看板 for offices: what is served and what is not, and the needs that nobody answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.matching.queries.unanswered import unanswered
from dengta.web.cases import crumbs
from dengta.web.coverage import board
from dengta.web.frame import OFFICIAL, desk


@require_safe
@desk(*OFFICIAL)
def official_coverage(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The public board with the needs of the territory that nobody answers."""
    context = board(request, "official_coverage", unanswered(acting))
    context |= {"with_needs": True, "breadcrumbs": crumbs((_("覆盖看板"), ""))}
    return render(request, "official/coverage.html", context)
