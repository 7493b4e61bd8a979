"""The provider's desk: the vouchers that name it as the supplier, and when the money comes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries.vouchers import supplied_by
from dengta.programmes.queries.admission import admissions
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
