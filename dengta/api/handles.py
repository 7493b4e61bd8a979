"""Identifier resolution: what an industrial identifier stands for, in the JSON of a Handle proxy;
what is not ours is sent on to the node that may know it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router

from dengta.api.access import public
from dengta.api.problems import Refusal
from dengta.core.identifiers import IdentifierFault, handle_answer
from dengta.registry.queries import Resolved, resolve

router = Router(tags=["identifiers"])


@router.get("/handles/{path:code}", **public("解析工业标识"))
def resolve_identifier(request: HttpRequest, code: str) -> HttpResponse:
    """What stands under a code: 200 with responseCode 1; 404 with responseCode 100 where nobody
    knows it; a redirect (302) to the node of its prefix."""
    try:
        found = resolve(code)
    except IdentifierFault as fault:
        raise Refusal(422, fault.text, field="code", value=code[:80]) from fault
    if found.found is None and found.node:
        return HttpResponseRedirect(f"{found.node}/api/handles/{quote(found.code.text, safe='/')}")
    answer = handle_answer(
        found.code.text,
        _values(request, found),
        ttl=settings.HANDLE_TTL,
        timestamp=_stamp(found.found.changed_at if found.found else timezone.now()),
    )
    return JsonResponse(
        answer,
        status=200 if found.found else 404,
        json_dumps_params={"ensure_ascii": False},
    )


def _values(request: HttpRequest, found: Resolved) -> list[dict[str, Any]]:
    one = found.found
    if one is None:
        return []
    page = request.build_absolute_uri(reverse("identifier", args=[one.code]))
    own = [
        {"index": 1, "type": "URL", "value": page},
        {"index": 2, "type": "NAME", "value": one.name},
        {"index": 3, "type": "KIND", "value": one.thing},
        {"index": 4, "type": "OWNER", "value": one.organisation.name},
        {"index": 5, "type": "USCC", "value": one.organisation.uscc},
    ]
    more = [
        {"index": 100 + n, "type": str(each.get("type", "")), "value": str(each.get("value", ""))}
        for n, each in enumerate(one.values)
    ]
    return [*own, *more]


def _stamp(at: dt.datetime) -> str:
    """UTC to the second, as a Handle proxy writes it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
