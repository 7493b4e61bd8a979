"""What desk and public page of a list share: its record as a file, how an objection went."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from dengta.core.shapes import Text
from dengta.programmes.queries import Round, lists
from dengta.web.cases import events


def record_file(round: Round, kept: lists.Publication) -> HttpResponse:
    """A record of a list, byte for byte as it was kept."""
    response = HttpResponse(kept.text, content_type="application/json; charset=utf-8")
    name = f"{round.number}-{kept.digest[:8]}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def told_of(found: lists.Objection) -> list[dict[str, Any]]:
    """The timeline of an objection, which begins with its being filed."""
    shown = events(found)
    if shown:
        shown[-1] |= {"what": Text("提出异议", "Objection filed")}
    return shown
