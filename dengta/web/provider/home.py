"""The provider's desk: what waits for it, and the vouchers that name it as the supplier."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries.vouchers import supplied_by
from dengta.matching.queries import needs
from dengta.programmes.queries.admission import admissions
from dengta.projects.queries import projects, providers
from dengta.registry.queries import organisation_of, roles_of, roles_resting
from dengta.web.cases import badge, clock_chip
from dengta.web.frame import desk


@require_safe
@desk("provider")
def home(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The roles it was admitted in; customers' vouchers, newest first, with state and clock."""
    page = Paginator(supplied_by(acting.organisation_id), 20).get_page(request.GET.get("page"))
    organisation, day = organisation_of(acting), timezone.localdate()
    context = {
        "organisation": organisation,
        "waiting": _waiting(acting, day),
        "roles": roles_of(organisation, day),
        "resting": roles_resting(organisation, day),
        "admissions": admissions(day),
        "page": page,
        "rows": [
            {
                "voucher": v,
                "badge": badge(v.flow.state(v.state), public=True),
                "clock": clock_chip(v),
            }
            for v in page
        ],
    }
    return render(request, "provider/home.html", context)


def _waiting(acting: Actor, day: dt.date) -> list[dict[str, Any]]:
    """What a provider has to do, how much of it, and where."""
    own = projects.of(acting).filter(provider=acting.organisation_id, state="under_way")
    counted = (
        (_("询价待报价"), "provider_needs", needs.to_quote(acting, day).count()),
        (_("实施中的项目"), "provider_projects", own.count()),
        (_("投诉待答复"), "complaints",
         providers.complaints_of(acting).filter(state="filed").count()),
    )  # fmt: skip
    return [
        {"label": label, "count": count, "url": reverse(name)}
        for label, name, count in counted
        if count
    ]
