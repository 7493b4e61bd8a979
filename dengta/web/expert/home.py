"""The expert's desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.trail.queries import notices_of
from dengta.web.frame import desk


@require_safe
@desk("expert")
def home(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Where reviews will appear, and the latest notices."""
    return render(request, "expert/home.html", {"notices": notices_of(acting)[:10]})
