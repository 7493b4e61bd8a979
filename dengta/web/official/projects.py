"""Offices and transformation projects: what waits, every project with its light, one project with
the steps of filing, change and acceptance."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.funding.queries.claims_projects import unclaimed
from dengta.projects.queries import projects as queries
from dengta.projects.queries.projects import Project
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.enterprise.projects import find
from dengta.web.frame import OFFICIAL, desk, list_name, tell
from dengta.web.project_steps import take, why
from dengta.web.projects_shown import rows_of, shown

UNCLAIMED = "unclaimed"
"""The choice, beside the states, of what was accepted and nobody has claimed yet."""


@require_safe
@desk(*OFFICIAL)
def official_projects(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The projects of the territory: those that wait for this office, or all by state and name."""
    states = [state for state in Project.flow.states if state != Project.flow.start]
    chosen = request.GET.get("state", "")
    words = request.GET.get("q", "").strip()[:60]
    known = {state.id for state in states}
    waiting = chosen not in (*known, "all", UNCLAIMED) and not words
    if waiting:
        rows = queries.waiting(acting)
    elif chosen == UNCLAIMED:
        rows = unclaimed(timezone.localdate(), acting.region)
    else:
        rows = queries.listed(acting, state=chosen if chosen in known else "", words=words)
    page = Paginator(queries.with_steps(rows), 30).get_page(request.GET.get("page"))
    context = {
        "rows": rows_of(page, acting),
        "page": page,
        "waiting": waiting,
        "states": [(state.id, state.name, state.id == chosen) for state in states],
        "unclaimed_chosen": chosen == UNCLAIMED,
        "q": words,
        "query": f"state={chosen}&q={words}&" if chosen or words else "",
        "unclaimed": unclaimed(timezone.localdate(), acting.region).count(),
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (list_name("projects"), "")),
    }
    return render(request, "official/projects.html", context)


@require_safe
@desk(*OFFICIAL)
def official_project(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project: what waits for this office first, then contract, work, acceptance and money."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Project, error: str = "") -> HttpResponse:
    context = case_context(found, acting, without=("mend",)) | shown(found, acting, request.POST)
    context |= {
        "error": error,
        "note": request.POST.get("note", ""),
        "visit": _visit(request, found, context["acceptance"]),
        "breadcrumbs": crumbs(
            (list_name("projects"), reverse("official_projects")), (found.number, "")
        ),
    }
    return render(request, "official/project.html", context, status=422 if error else 200)


def _visit(
    request: HttpRequest, found: Project, acceptance: dict[str, Any] | None
) -> dict[str, Any]:
    """What stands in the form of the visit: what was typed, else what is likely."""
    typed = request.POST
    if "visit_date" in typed or acceptance is None:
        return typed.dict()
    price = yuan(found.list_fen - found.discount_fen).replace(",", "")
    ratings = acceptance["ratings"]
    day = ratings[0].visit_date if ratings else timezone.localdate()
    return {
        "visit_date": day.isoformat(),
        "invoiced": price,
        "paid": price,
        "eligible": price,
    }


@require_POST
@desk(*OFFICIAL)
def official_project_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step. Two officials at once: the second is told."""
    found = find(acting, pk)
    try:
        done = take(request, found, acting, request.POST.get("step") or step)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), why(refused))
    tell(request, done)
    return redirect("official_project", pk)
