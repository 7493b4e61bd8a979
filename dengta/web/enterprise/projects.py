"""A firm's transformation projects: the list, a new one from a quote or by hand, one project."""

from __future__ import annotations

import secrets

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions.claims_projects import begin_for
from dengta.funding.queries.claims_projects import claimable_project
from dengta.projects.actions import filing
from dengta.projects.queries import acceptance as accepting
from dengta.projects.queries import projects as queries
from dengta.projects.queries.projects import Project
from dengta.registry.queries import provider_by_code
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.frame import desk, list_name, said, tell
from dengta.web.project_steps import take, why
from dengta.web.projects_shown import rows_of, shown

FORMED = ("file", "finish", "ask", "resume", "withdraw", "terminate")
"""Steps with a form of their own on the page."""
ENDING = ("resume", "withdraw", "terminate")


def find(acting: Actor, pk: int) -> Project:
    """A project that the actor may see; 404 for any other."""
    try:
        return queries.visible(acting, pk)
    except Project.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk("enterprise")
def projects(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's projects, newest first; above them the quotes it chose and has not filed."""
    rows = queries.with_steps(queries.of(acting))
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    context = {
        "rows": rows_of(page, acting),
        "page": page,
        "quotes": queries.unfiled_quotes(acting),
        "key": secrets.token_hex(8),
        "error": "",
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (list_name("projects"), "")),
    }
    return render(request, "enterprise/projects.html", context)


@require_POST
@desk("enterprise")
def project_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A draft from a chosen quote, or by hand with the provider's code; pressed twice it is one."""
    try:
        made = _begun(request, acting)
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("projects")
    return redirect("project_edit", made.pk)


def _begun(request: HttpRequest, acting: Actor) -> Project:
    key = request.POST.get("key", "")[:40]
    chosen = request.POST.get("quote", "")
    if chosen.isdecimal():
        quote = queries.unfiled_quotes(acting).filter(pk=int(chosen)).first()
        if quote is None:
            raise StepRefused(
                Text(
                    "这份报价已经备案，或不再是选定的报价。",
                    "This quote was filed already, or is no longer chosen.",
                )
            )
        return filing.begin_from_quote(quote, acting)
    code = request.POST.get("provider", "")[:18]
    provider = provider_by_code(code)
    if provider is None:
        raise StepRefused(
            Text(
                f"没有统一社会信用代码为“{code}”的服务商。请核对，或请服务商先在平台注册。",
                f"No provider has the code “{code}”. Check it, or ask the provider to register.",
            )
        )
    return filing.begin_project(acting, provider, key=key)


@require_safe
@desk("enterprise")
def project(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project: what is to be done now, who pays what, milestones, log, changes, acceptance."""
    return page_of(request, acting, find(acting, pk))


def page_of(request: HttpRequest, acting: Actor, found: Project, error: str = "") -> HttpResponse:
    """The page of one project, with the reason why the last try did not go through."""
    context = case_context(found, acting, without=FORMED) | shown(found, acting, request.POST)
    allowed = context["allowed"]
    context |= {
        "error": error,
        "key": secrets.token_hex(8),
        "gaps": _gaps(found) if "ask" in allowed else [],
        "flow_steps": [allowed[name] for name in ENDING if name in allowed],
        "ask_papers": context["rule"].papers_at("acceptance"),
        "claimable": claimable_project(found),
        "breadcrumbs": crumbs((list_name("projects"), reverse("projects")), (found.number, "")),
    }
    return render(request, "enterprise/project.html", context, status=422 if error else 200)


def _gaps(found: Project) -> list[Text]:
    """What is missing before acceptance can be asked for, but for what the form itself asks."""
    known = {effect.id: 0 for effect in queries.rule_of(found).effects}
    return accepting.gaps_of(found, known)


@require_POST
@desk("enterprise")
def project_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step; two at once: the second is told."""
    found = find(acting, pk)
    try:
        done = take(request, found, acting, step)
    except StepRefused as refused:
        return page_of(request, acting, find(acting, pk), why(refused))
    tell(request, done)
    return redirect("project", pk)


@require_POST
@desk("enterprise")
def project_claim(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Begin the claim of an accepted project, filled in; there already, it is opened."""
    found = find(acting, pk)
    try:
        claim = begin_for(found, acting)
    except StepRefused as refused:
        return page_of(request, acting, found, said(refused.text))
    return redirect("claim_edit", claim.pk)
