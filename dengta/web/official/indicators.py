"""指标: plan against actual, by division, down to the list that makes up each number."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.indicators import Progress
from dengta.core.shapes import Target, Text
from dengta.funding.queries.vouchers import today
from dengta.monitoring.queries import indicators as queries
from dengta.registry.queries import policy, region_name
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk
from dengta.web.official import behind

OURS = {
    "assessed": Text("已测评企业", "Enterprises assessed"),
    "level-2": Text("数字化水平二级及以上企业", "Enterprises at level 2 or better"),
    "level-3": Text("数字化水平三级及以上企业", "Enterprises at level 3 or better"),
}
AT = {
    "at-0": Text("未达一级的企业", "Enterprises below level 1"),
    **{f"at-{n}": Text(f"{n} 级企业", f"Enterprises at level {n}") for n in range(1, 5)},
}
"""The rows of the table of levels: those exactly at one."""


def _target(id: str) -> Target | None:
    try:
        return queries.target(id)
    except KeyError:
        if id in OURS or id in AT:
            return None
        raise Http404 from None


def _indicator(id: str) -> str:
    found = _target(id)
    return found.indicator if found else id.replace("-", ":")


def _name(id: str) -> Text:
    found = _target(id)
    return found.name if found else (OURS | AT)[id]


def shown(row: Progress) -> dict[str, Any]:
    """A Progress as the indicator row component wants it."""
    return {
        "name": row.target.name,
        "url": reverse("indicator", args=[row.target.id]),
        "actual": row.actual,
        "expected": row.expected,
        "amount": row.target.amount,
        "unit": row.target.unit,
        "light": row.light,
        "due": row.target.due,
        "gap": row.gap,
    }


@require_safe
@desk(*OFFICIAL)
def indicators(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every target of both plans with its light, and what the assessments say."""
    day = today()
    plans = {plan.id: plan for plan in policy().plans}
    board: dict[str, list[dict[str, Any]]] = {plan: [] for plan in plans}
    for row in queries.board(day):
        board[row.target.plan].append(shown(row))
    context = {
        "board": [(plans[plan], rows) for plan, rows in board.items()],
        "ours": [(id, name, queries.total(_indicator(id), day)) for id, name in OURS.items()],
        "levels": [
            (level, count, reverse("indicator_members", args=[f"at-{level}", queries.whole()]))
            for level, count in queries.level_distribution(day).items()
        ],
        "day": day,
    }
    return render(request, "official/indicators.html", context)


@require_safe
@desk(*OFFICIAL)
def indicator(request: HttpRequest, acting: Actor, target: str) -> HttpResponse:
    """One indicator: the province, the 17 divisions as tiles and table."""
    day = today()
    found, measured = _target(target), _indicator(target)
    rows = queries.division_rows(measured, day, found)
    whole = queries.total(measured, day)
    counted = queries.members(measured, day) is not None
    tiles = [
        {
            "name": row.name,
            "col": row.tile[0] if row.tile else 0,
            "row": row.tile[1] if row.tile else 0,
            "value": row.count if counted or row.count else None,
            "target": row.expected,
            "light": row.light,
            "url": reverse("indicator_members", args=[target, row.code]) if counted else "",
        }
        for row in rows
    ]
    top = max(rows, key=lambda row: row.count)
    name = _name(target)
    context = {
        "target": found,
        "name": name,
        "row": shown(queries.standing(found, whole, day)) | {"url": ""} if found else None,
        "whole": whole,
        "everybody": reverse("indicator_members", args=[target, queries.whole()])
        if counted
        else "",
        "counted": counted,
        "observations": [] if counted else queries.observations(measured)[:20],
        "map": {
            "title": Text(
                f"{name.zh}最多的是{top.name.zh}：{top.count}",
                f"{name.en}: {top.name.en} has the most ({top.count})",
            )
            if top.count
            else Text(f"{name.zh}：各市州还没有数据", f"{name.en}: no figures by division yet"),
            "unit": found.unit if found else Text("家", "enterprises"),
            "measure": Text("数量", "Count"),
            "with_target": found is not None,
            "tiles": tiles,
        },
        "breadcrumbs": crumbs((_("指标"), reverse("indicators")), (_name(target), "")),
    }
    return render(request, "official/indicator.html", context)


@require_safe
@desk(*OFFICIAL)
def members(request: HttpRequest, acting: Actor, target: str, region: str) -> HttpResponseBase:
    """The organisations behind one number."""
    if region not in policy().regions:
        raise Http404
    listed = queries.listed(_indicator(target), region, today())
    if listed is None:
        raise Http404
    trail = crumbs(
        (_("指标"), reverse("indicators")),
        (_name(target), reverse("indicator", args=[target])),
        (region_name(region), ""),
    )
    return behind.listed(request, _name(target), region_name(region), listed, trail)
