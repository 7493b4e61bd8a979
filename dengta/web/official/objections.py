"""异议: one objection at the organiser's desk, looked into and answered."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.actions import objections as actions
from dengta.programmes.queries import lists
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.listed import told_of


def _find(acting: Actor, pk: int) -> lists.Objection:
    try:
        return lists.objection_for(acting, pk)
    except lists.Objection.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def objection(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Who objects to what on which evidence, and what can be done about it."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: lists.Objection, error: str = ""
) -> HttpResponse:
    application = found.application
    context = case_context(found, acting)
    context |= {
        "objection": found,
        "application": application,
        "state_of": badge(application.flow.state(application.state), public=False),
        "others": lists.objections_of(application.round)
        .filter(application=application)
        .exclude(pk=found.pk),
        "events": told_of(found),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (application.round.name, reverse("official_publicity", args=[application.round_id])),
            (found.number, ""),
        ),
    }
    return render(request, "official/objection.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take up, refuse or answer. Two officials at once: the second is told."""
    found = _find(acting, pk)
    try:
        taken = _take(acting, found, request.POST.get("step", ""), request.POST.get("note", ""))
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    name = said(found.flow.step(taken).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("official_objection", pk)


def _take(acting: Actor, found: lists.Objection, step: str, note: str) -> str:
    """The step that was taken. StepRefused when it cannot be."""
    match step:
        case "accept":
            return actions.accept(found, acting, note=note).step
        case "refuse":
            return actions.refuse(found, acting, note=note).step
        case "uphold" | "dismiss":
            return actions.answer(found, acting, step == "uphold", note).step
    raise Http404
