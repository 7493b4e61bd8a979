"""The provider's desk: the vouchers that name it as the supplier, and when the money comes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries.vouchers import supplied_by
from dengta.registry.queries import organisation_of
from dengta.web.cases import badge, clock_chip
from dengta.web.frame import desk


@require_safe
@desk("provider")
def home(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Customers' vouchers, newest first, with state and clock."""
    page = Paginator(supplied_by(acting.organisation_id), 20).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation_of(acting),
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
