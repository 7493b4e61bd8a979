"""覆盖看板 as pages show it, for everybody and for offices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from dengta.catalogue.queries.coverage import AXES, Cell, coverage
from dengta.core.shapes import Text
from dengta.registry.queries import divisions, policy

WAYS = {
    "division": Text("按市州看", "By division"),
    "sub_industry": Text("按细分行业看", "By sub-industry"),
}


def board(
    request: HttpRequest, page: str, unanswered: Mapping[tuple[str, str, str], int] | None = None
) -> dict[str, Any]:
    """Context of the board as the address asks for it; what it does not know narrows nothing."""
    by = request.GET.get("by", "")
    by = by if by in AXES else AXES[0]
    industries = policy().sub_industries
    places = {region.code: region.name for region in divisions()}
    sub, place = request.GET.get("sub_industry", ""), request.GET.get("division", "")
    sub, place = sub if sub in industries else "", place if place in places else ""
    if by == "division":
        place, chosen = "", {"sub_industry": sub}
        choices = [(id, one.name, id == sub) for id, one in industries.items()]
    else:
        sub, chosen = "", {"division": place}
        choices = [(code, name, code == place) for code, name in places.items()]
    found = coverage(by, sub, place, unanswered)
    rows = [
        (row, [_cell(cell, by, code, row.scenario, chosen) for cell, (code, _name) in
               zip(row.cells, found.columns, strict=True)])
        for row in found.rows
    ]  # fmt: skip
    return {
        "board": found,
        "rows": rows,
        "by": by,
        "choices": choices,
        "choice": next(iter(chosen)),
        "ways": [(id, name, f"{reverse(page)}?by={id}", id == by) for id, name in WAYS.items()],
        "address": reverse(page),
    }


def _cell(
    cell: Cell, by: str, code: str, scenario: str, chosen: Mapping[str, str]
) -> tuple[Cell, str]:
    """A cell and where its packages are listed. A list narrowed by division leaves out offers that
    serve every division, so it is narrowed by scenario and sub-industry only."""
    asked = {"kind": "package", "scenario": scenario}
    sub = code if by == "sub_industry" else chosen.get("sub_industry", "")
    asked |= {"sub_industry": sub} if sub else {}
    return cell, f"{reverse('catalogue')}?{urlencode(asked)}" if cell.packages else ""
