"""本企业数据: a firm takes away everything that the platform holds of it."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.reports.queries import own_data, write_own_data
from dengta.web.frame import desk
from dengta.web.taken_away import made_now


@require_safe
@desk("enterprise")
def export(request: HttpRequest, acting: Actor) -> HttpResponseBase:
    """The file, as `form` says: json (all of it) or xlsx (the same as tables)."""
    form = request.GET.get("form", "xlsx")
    data = own_data(acting)
    name = f"{data['organisation']['uscc']}-{timezone.localdate()}.{form}"
    if form == "json":
        text = json.dumps(data, ensure_ascii=False, indent=2)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    if form != "xlsx":
        raise Http404
    tongue = "en" if (get_language() or "").startswith("en") else "zh"
    return made_now(name, FORMS[form], lambda path: write_own_data(data, path, tongue))
