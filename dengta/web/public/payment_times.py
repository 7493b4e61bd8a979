"""拨付用时公开: how many working days payments took in each division, against the promise."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.funding.queries.onway import payment_times as times
from dengta.registry.queries import policy, region_name
from dengta.web.cases import crumbs

YEAR = dt.timedelta(days=365)


@require_safe
def payment_times(request: HttpRequest) -> HttpResponse:
    """The last twelve months, by division; the promise that offices are held to."""
    today = timezone.localdate()
    found = times(today - YEAR, today)
    context = {
        "whole": next((one for one in found if not one.region), None),
        "rows": [(one, region_name(one.region)) for one in found if one.region],
        "since": today - YEAR,
        "until": today,
        "promised": policy().practised("payment_workdays", today),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("拨付用时"), "")),
    }
    return render(request, "payment_times.html", context)
