"""How a paper is sent: as a file to be kept, by nobody in between."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def sent(made: bytes, name: str) -> HttpResponse:
    """A PDF under its name; never held by a cache, since it is made anew each time."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        made,
        content_type="application/pdf",
        headers={
            "Content-Disposition": disposition or "attachment",
            "Cache-Control": "private, no-store",
        },
    )
