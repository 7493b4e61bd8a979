"""Lists of money taken away: orders, claims, payments that wait, clawbacks, duplicates; at once
when there are few rows, as a job when there are many."""

from __future__ import annotations

import secrets
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.funding.actions.lists import start_list
from dengta.funding.queries.lists import NAMES, NARROWED, What, rows_of, write_list
from dengta.funding.queries.lists import Wanted as WantedList
from dengta.registry.queries import policy
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk
from dengta.web.taken_away import made_now

PAGES = {
    "orders": "budget_orders",
    "claims": "claims_list",
    "payments": "payments",
    "clawbacks": "official_clawbacks",
    "hits": "hits",
}
"""The page that shows each list."""


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def official_list(request: HttpRequest, acting: Actor, what: str, form: str) -> HttpResponseBase:
    """A list as xlsx or csv, narrowed by the parameters of its page: the file at once, or, where it
    has more rows than are made at once, the form that has it made."""
    if what not in NAMES or form not in FORMS:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    filters = {name: asked[name][:60] for name in NARROWED[what] if name in asked}
    language = "en" if (get_language() or "").startswith("en") else "zh"
    wanted = WantedList(cast(What, what), "csv" if form == "csv" else "xlsx", language, filters)
    if request.method == "POST":
        key = request.POST.get("key", "")[:64] or secrets.token_hex(16)
        job, _new = start_list(acting, wanted, key=key)
        return redirect("job", job.pk)
    today = timezone.localdate()
    count = rows_of(acting, wanted).count()
    if count <= policy().practised("export_rows_at_once", today):
        name = wanted.file_name(today)
        return made_now(name, FORMS[form], lambda path: write_list(acting, wanted, path))
    back = f"{reverse(PAGES[what])}?{urlencode(filters)}"
    context: dict[str, Any] = {
        "name": NAMES[what],
        "count": count,
        "key": secrets.token_hex(16),
        "hidden": list(filters.items()),
        "back": back,
        "breadcrumbs": crumbs((NAMES[what], back), (_("导出"), "")),
    }
    return render(request, "official/official_list.html", context)
