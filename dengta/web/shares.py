"""集中和同质: who and what has how much of each sub-industry and division; the lists behind it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.catalogue.queries.alike import Alike, Offered, offered
from dengta.catalogue.queries.names import level_name, scenario_name, sub_industry_name
from dengta.core.shapes import Text
from dengta.projects.queries.shares import Field, by_field
from dengta.registry.queries import divisions, policy, region_name
from dengta.web.cases import crumbs
from dengta.web.frame import list_name


def tables() -> list[dict[str, Any]]:
    """Every sub-industry and division with projects, or with packages of one content: its name, the
    provider and the package with most of its projects, what several offer alike."""
    fields, alike = by_field(), offered()
    trades = [
        id for id in policy().sub_industries
        if id in fields["sub_industry"] or (id in alike and alike[id].same)
    ]  # fmt: skip
    rows = [_row(id, fields["sub_industry"].get(id), alike.get(id)) for id in trades]
    return rows + [_row(code, field, None) for code, field in fields["division"].items()]


def _row(code: str, field: Field | None, alike: Offered | None) -> dict[str, Any]:
    return {
        "name": _name(code),
        "url": reverse("provider_shares", args=[code]),
        "provider": field.providers[0] if field else None,
        "package": field.packages[0] if field and field.packages else None,
        "alike": alike if alike and alike.same else None,
    }


def _name(code: str) -> Text:
    return sub_industry_name(code) if code in policy().sub_industries else region_name(code)


@require_safe
def provider_shares(request: HttpRequest, field: str) -> HttpResponse:
    """One sub-industry or division: every provider and package with its projects, and the packages
    of one content beside each other."""
    trade = field in policy().sub_industries
    if not trade and field not in {region.code for region in divisions()}:
        raise Http404
    found = by_field()["sub_industry" if trade else "division"].get(field)
    alike = offered().get(field) if trade else None
    asked = {"sub_industry" if trade else "city": field}
    context = {
        "name": _name(field),
        "field": found,
        "offered": alike,
        "groups": [_group(one) for one in alike.groups] if alike else [],
        "providers_url": f"{reverse('providers')}?{urlencode(asked)}",
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (list_name("providers"), reverse("providers")),
            (_("集中和同质"), ""),
        ),
    }  # fmt: skip
    return render(request, "provider_shares.html", context)


def _group(one: Alike) -> dict[str, Any]:
    return {
        "alike": one,
        "covers": [(scenario_name(scenario), level_name(level)) for scenario, level in one.covers],
    }
