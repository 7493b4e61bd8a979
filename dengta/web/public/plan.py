"""行动方案: both plans with targets and progress, measures, responsible units and money."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.indicators import Progress
from dengta.core.shapes import Plan, Programme
from dengta.monitoring.queries.indicators import board
from dengta.registry.queries import policy
from dengta.web.cases import crumbs


def row_of(progress: Progress) -> dict[str, Any]:
    """A target's progress as the indicator row wants it."""
    target = progress.target
    return {
        "name": target.name,
        "actual": progress.actual,
        "expected": progress.expected,
        "amount": target.amount,
        "unit": target.unit,
        "light": progress.light,
        "due": target.due,
        "gap": progress.gap if progress.actual is not None else 0,
    }


def _plan(plan: Plan, rows: list[Progress], programmes: tuple[Programme, ...]) -> dict[str, Any]:
    by_measure: dict[int, list[Programme]] = {}
    for programme in programmes:
        # Programmes name a measure of the plan that founded them, the first one.
        if programme.measure is not None and plan.id == policy().plans[0].id:
            by_measure.setdefault(programme.measure, []).append(programme)
    return {
        "plan": plan,
        "rows": [row_of(row) for row in rows if row.target.plan == plan.id],
        "measures": [(m, by_measure.get(m.number, [])) for m in plan.measures],
    }


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Both plans on one page, targets first."""
    day = timezone.localdate()
    rows = board(day)
    context = {
        "plans": [_plan(plan, rows, policy().in_force(day)) for plan in policy().plans],
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("行动方案"), "")),
    }
    return render(request, "plan.html", context)
