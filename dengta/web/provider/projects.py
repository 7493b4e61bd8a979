"""A provider's projects: those it delivers, supervises or takes part in."""

from __future__ import annotations

import secrets

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.projects.queries import projects as queries
from dengta.projects.queries.projects import Project
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.enterprise.projects import find
from dengta.web.frame import desk, list_name, tell
from dengta.web.project_steps import take, why
from dengta.web.projects_shown import rows_of, shown


@require_safe
@desk("provider")
def provider_projects(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The projects that a provider has to do with, newest first."""
    rows = queries.with_steps(queries.of(acting))
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    shown_rows = rows_of(page, acting)
    for row in shown_rows:
        row["part"] = _part(row["project"], acting)
    context = {
        "rows": shown_rows,
        "page": page,
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (list_name("projects"), "")),
    }
    return render(request, "provider/projects.html", context)


def _part(project: Project, acting: Actor) -> str:
    if project.provider_id == acting.organisation_id:
        return _("实施")
    return _("监理") if queries.supervises(project, acting) else _("参与")


@require_safe
@desk("provider")
def provider_project(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project: milestones to report, the log to keep, changes to answer."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Project, error: str = "") -> HttpResponse:
    context = case_context(found, acting, without=("finish",)) | shown(found, acting, request.POST)
    context |= {
        "error": error,
        "key": secrets.token_hex(8),
        "part": _part(found, acting),
        "supervises": queries.supervises(found, acting) and queries.takes_log(found),
        "log_kinds": queries.log_kinds(),
        "delivers": found.provider_id == acting.organisation_id,
        "breadcrumbs": crumbs(
            (list_name("projects"), reverse("provider_projects")), (found.number, "")
        ),
    }
    return render(request, "provider/project.html", context, status=422 if error else 200)


@require_POST
@desk("provider")
def provider_project_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step; two at once: the second is told."""
    found = find(acting, pk)
    try:
        done = take(request, found, acting, step)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), why(refused))
    tell(request, done)
    return redirect("provider_project", pk)
