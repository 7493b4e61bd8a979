"""An applicant's applications: the list, starting one, one with all that happened to it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.flow import Step
from dengta.programmes import queries
from dengta.programmes.actions import filling, submitting
from dengta.programmes.queries import Application, checks, overview
from dengta.programmes.queries.forms import Form, form_of
from dengta.programmes.queries.lists import why_this_place
from dengta.trail.actions import StepRefused
from dengta.web.applicant.form import APPLICANTS, find, stops
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.frame import desk, said, tell
from dengta.web.selections import deadline


@require_safe
@desk(*APPLICANTS)
def applications(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The applicant's applications, newest first."""
    page = Paginator(queries.applications_of(acting), 20).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [
        {
            "application": each,
            "badge": badge(each.flow.state(each.state), public=True),
            "clock": clock_chip(each) if each.submitted_at else deadline(each.round, now),
        }
        for each in page
    ]
    context = {"page": page, "rows": rows, "breadcrumbs": crumbs((_("我的申报"), ""))}
    return render(request, "applicant/applications.html", context)


@require_POST
@desk(*APPLICANTS, "expert")
def start(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Begin an application in a round and go to its first screen; a second click is the same."""
    round = queries.rounds().filter(pk=pk).first()
    if round is None:
        raise Http404
    key = f"{acting.user_id}:{request.POST.get('key', '')}"[:80]
    try:
        made = filling.start(round, acting, key=key, title=request.POST.get("title", ""))
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("round", pk)
    return redirect(stops(form_of(made))[0].url if made.submitted_at is None else _address(made))


def _address(application: Application) -> str:
    return reverse("application", args=[application.pk])


@require_safe
@desk(*APPLICANTS)
def application(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One application: where it stands, what to do next, what was returned, all that was said."""
    return page(request, acting, find(acting, pk))


def page(request: HttpRequest, acting: Actor, found: Application, error: str = "") -> HttpResponse:
    """The page of one application, as it is after any step."""
    form, steps, now = form_of(found), queries.steps_for(found, acting), timezone.now()
    way = stops(form)
    context = case_context(found, acting) | {
        "application": found,
        "round": found.round,
        "badge": badge(found.flow.state(found.state), public=True),
        "clock": clock_chip(found) if found.submitted_at else deadline(found.round, now),
        "next": handing_in(steps),
        "steps": [step for step in steps if step.id == "withdraw"],
        "error": error,
        "stops": way,
        "go_on": next((stop.url for stop in way if stop.missing), way[0].url if way else ""),
        "missing": len(form.missing),
        "earlier": overview.carriable(found),
        "returned": returned(form),
        "sections": [section for section in form.sections if section.fields],
        "slots": form.slots,
        "findings": checks.stored(found),
        "why": why_this_place(found),
        "breadcrumbs": crumbs((_("我的申报"), reverse("applications")), (found.number, "")),
    }
    status = 422 if error else 200
    return render(request, "applicant/application.html", context, status=status)


def handing_in(steps: tuple[Step, ...]) -> Step | None:
    """The step that hands an application in, for the first time or again; None when it is not with
    the applicant."""
    ours = ("submit", "confirm")
    return next((s for s in steps if s.id in ours or s.id.startswith("resubmit_")), None)


def returned(form: Form) -> list[dict[str, Any]]:
    """What an office returned, each with its reason and where to mend it."""
    pk = form.application.pk
    found: list[dict[str, Any]] = [
        {
            "text": field.rule.text,
            "reason": field.reason,
            "url": reverse("application_form", args=[pk, field.rule.section])
            + f"#id_f-{field.rule.id}_field",
        }
        for field in form.fields
        if field.returned
    ]
    papers = reverse("application_papers", args=[pk])
    return found + [
        {
            "text": slot.rule.text,
            "reason": slot.reason,
            "url": f"{papers}#slot-{slot.rule.id}",
        }
        for slot in form.slots
        if slot.returned
    ]


@require_POST
@desk(*APPLICANTS)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take an application back. Handing in has a page of its own."""
    found = find(acting, pk)
    if (request.POST.get("step") or step) != "withdraw":
        raise Http404
    try:
        submitting.withdraw(found, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return page(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("%(number)s 已撤回。") % {"number": found.number})
    return redirect("application", pk)


@require_POST
@desk(*APPLICANTS)
def carry(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take what the applicant filled in for an earlier round into this draft."""
    found = find(acting, pk)
    earlier = overview.carriable(found)
    if earlier is None:
        tell(request, _("这份草稿已经填过内容，没有再带入。"), good=False)
        return redirect("application", pk)
    try:
        kept = filling.carry(earlier, found, acting)
    except StepRefused as refused:
        return page(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("已带入 %(number)s 填过的内容，请逐部分核对。") % {"number": earlier.number})
    for fault in kept.faults.values():
        tell(request, fault, good=False)
    return redirect("application", pk)
