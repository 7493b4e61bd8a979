"""资金下达: what each city and county was given of each fund, by year, for everybody to see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.funding.queries.fund_tree import Allotted, allotted_to_places
from dengta.web.cases import crumbs


@require_safe
def funds(request: HttpRequest) -> HttpResponse:
    """A table per programme: places down, years across; less what was given back."""
    found = allotted_to_places()
    context = {
        "tables": [_table(one) for one in found],
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("资金下达情况"), "")),
    }
    return render(request, "funds.html", context)


def _table(found: Allotted) -> dict[str, Any]:
    """Years, rows of places with their sums, and what all of them come to."""
    sums = [[place.get(year, 0) for year in found.years] for place in found.places.values()]
    return {
        "allotted": found,
        "rows": [
            {"region": region, "cells": cells, "total": sum(cells)}
            for region, cells in zip(found.places, sums, strict=True)
        ],
        "totals": [sum(column) for column in zip(*sums, strict=True)],
        "total": sum(map(sum, sums)),
    }
