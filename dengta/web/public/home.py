"""首页: what the plans promised and where they stand, the province as tiles, and where to begin."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.indicators import Light, Progress
from dengta.core.shapes import Plan, Target, Text
from dengta.monitoring.queries import indicators as queries
from dengta.registry.queries import policy
from dengta.web.cases import crumbs
from dengta.web.official.indicators import OURS

LIGHTS: tuple[Light, ...] = ("green", "yellow", "red", "grey")


def _standing(plan: Plan, board: list[Progress]) -> dict[str, Any]:
    """One plan: its rows, and how many stand at each light."""
    rows = [row for row in board if row.target.plan == plan.id]
    count = Counter(row.light for row in rows)
    return {
        "plan": plan,
        "rows": [(row, "%" if row.target.unit.en == "%" else "") for row in rows],
        "until": max((row.target.due for row in rows), default=None),
        "lights": [(light, count[light]) for light in LIGHTS if count[light]],
    }


def _measured(board: list[Progress], day: dt.date) -> dict[str, tuple[Text, str, Target | None]]:
    """What the map can show, the largest first: name, indicator, target, by the id in addresses."""
    shown: dict[str, tuple[Text, str, Target | None]] = {
        row.target.id: (row.target.name, row.target.indicator, row.target)
        for row in sorted(board, key=lambda row: -(row.actual or 0))
        if row.actual and queries.members(row.target.indicator, day) is not None
    }
    ours = {id: (name, id.replace("level-", "level:"), None) for id, name in OURS.items()}
    return shown | ours


def _map(id: str, name: Text, indicator: str, target: Target | None, day: dt.date) -> Any:
    """The divisions as tiles, under a title that says the finding."""
    rows = queries.division_rows(indicator, day, target)
    top = max(rows, key=lambda row: row.count)
    whole = sum(row.count for row in rows)
    finding = Text(
        f"{name.zh}：全省 {whole:,} 家，{top.name.zh}最多，{top.count:,} 家",
        f"{name.en}: {whole:,} in the province, most in {top.name.en} ({top.count:,})",
    )
    nothing = Text(f"{name.zh}：各市州还没有数据", f"{name.en}: no figures by division yet")
    return {
        "id": id,
        "title": finding if top.count else nothing,
        "unit": target.unit if target else Text("家", "enterprises"),
        "measure": Text("数量", "Count"),
        "with_target": target is not None,
        "tiles": [
            {
                "name": row.name,
                "col": row.tile[0] if row.tile else 0,
                "row": row.tile[1] if row.tile else 0,
                "value": row.count,
                "target": row.expected,
                "light": row.light if target else ("info" if row.count else "grey"),
            }
            for row in rows
        ],
    }


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where am I, what is the state, what do I do next."""
    day = timezone.localdate()
    board = queries.board(day)
    measured = _measured(board, day)
    chosen = request.GET.get("indicator", "")
    if chosen not in measured:
        chosen = next(iter(measured))
    name, indicator, target = measured[chosen]
    context = {
        "day": day,
        "plans": [_standing(plan, board) for plan in policy().plans],
        "choices": [(id, said, id == chosen) for id, (said, *_rest) in measured.items()],
        "map": _map(chosen, name, indicator, target, day),
    }
    page = "home_map.html" if getattr(request, "htmx", False) else "home.html"
    response = render(request, page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What this platform does so that everyone can use it, and where to say that it does not."""
    context = {"breadcrumbs": crumbs((_("首页"), reverse("home")), (_("无障碍声明"), ""))}
    return render(request, "accessibility.html", context)
