"""城市试点: which divisions are covered, for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dengta.web.official.pilots import board_context


@require_safe
def public_pilots(request: HttpRequest) -> HttpResponse:
    """All divisions: covered, applying, not yet; firms on the list against those promised."""
    return render(request, "pilots.html", board_context(request))
