"""Applications at an official's desk: what waits for this office; one of them, exceptions first,
with single fields to return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.programmes import queries
from dengta.programmes.actions import checking
from dengta.programmes.queries import Application, checks, queues, quotas
from dengta.programmes.queries.forms import HELD, Form, form_of
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.verdicts import card

RETURNING = ("return_", "supplement_")
VISITING = ("pass_visit", "fail_visit")
CHECKING = ("pass_", "refuse_", "reject_")
FEW = 25
"""Sections of so many fields stand open; longer ones unfold."""
REASON = "why-"
"""Before the id of an item: the field in which its reason is written."""


def find(acting: Actor, pk: int) -> Application:
    """One application that an office covers, else 404."""
    try:
        found = queries.visible(acting, pk)
    except Application.DoesNotExist as gone:
        raise Http404 from gone
    if found.submitted_at is None or not acting.covers(found.region_code):
        raise Http404
    return found


def row_of(application: Application, *, bulk: bool = False) -> dict[str, Any]:
    """One application as the queue row has it."""
    url = reverse("official_application", args=[application.pk])
    marked = checks.exceptions(application)
    what = badge(application.flow.state(application.state), public=False)["name"]
    return {
        "url": url,
        "title": application.applicant_name,
        "number": application.number,
        "asks": " · ".join(filter(None, (application.title, application.round.name, what))),
        "clock": clock_chip(application),
        "exceptions": [{"text": each.text, "tone": "wait"} for each in marked[:3]]
        + ([{"text": _("另有 %(n)s 项") % {"n": len(marked) - 3}}] if len(marked) > 3 else []),
        "applied_at": application.submitted_at,
        "bulk": application.pk if bulk and not marked else "",
        "action": {"label": _("办理"), "url": url},
    }


@require_safe
@desk(*OFFICIAL)
def applications(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits for this office, the oldest first."""
    page = Paginator(queues.queue(acting), 20).get_page(request.GET.get("page"))
    rows = [row_of(each) for each in page]
    late = sum(1 for row in rows if row["clock"] and (row["clock"]["left"] or 0) < 0)
    context = {
        "rows": rows,
        "page": page,
        "late": late,
        "total": page.paginator.count,
        "breadcrumbs": crumbs((_("申报审核"), "")),
    }
    return render(request, "official/applications.html", context)


@require_safe
@desk(*OFFICIAL)
def application(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One application: exceptions first, what can be done, the form, the papers, all that was."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Application, error: str = "") -> HttpResponse:
    typed = request.POST
    form, steps = form_of(found), queries.steps_for(found, acting)
    answered = _answered(found)
    context = case_context(found, acting) | {
        "application": found,
        "round": found.round,
        "checks": [s for s in steps if s.id.startswith(CHECKING) and s.id not in VISITING],
        "returns": [s for s in steps if s.id.startswith(RETURNING)],
        "visits": [s for s in steps if s.id in VISITING],
        "error": error,
        "note": typed.get("note", ""),
        "back_note": typed.get("back_note", ""),
        "visit_note": typed.get("visit_note", ""),
        "visit_date": typed.get("visit_date", timezone.localdate().isoformat()),
        "odd": checks.exceptions(found),
        "even": [each for each in checks.stored(found) if each.ok],
        "card": _card(found) if found.verdict else None,
        "quotas": [_left(count) for count in quotas.quotas_for(found)],
        "sections": _sections(form, reasons_of(typed), answered),
        "slots": _slots(form, reasons_of(typed), answered),
        "open_reasons": bool(reasons_of(typed)),
        "following": _following(acting, found),
        "breadcrumbs": crumbs(
            (_("申报审核"), reverse("official_applications")), (found.number, "")
        ),
    }
    status = 422 if error else 200
    return render(request, "official/application.html", context, status=status)


def _answered(found: Application) -> dict[str, str]:
    """What was returned before and came back, each with the reason of that time."""
    done = found.reopenings.exclude(answered_at=None).order_by("id")
    return dict(done.values_list("item", "reason"))


def _sections(
    form: Form, reasons: Mapping[str, str], answered: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The form, section by section: what was returned before stands first and open."""
    found = []
    for section in form.sections:
        rows = [
            {
                "item": field.rule.id,
                "field": field,
                "why": reasons.get(field.rule.id, ""),
                "answered": answered.get(field.rule.id, ""),
                "fixed": field.rule.fact in HELD,
            }
            for field in section.fields
        ]
        marked = any(row["why"] or row["answered"] for row in rows)
        if rows:
            found.append({"text": section.text, "rows": rows, "open": marked or len(rows) <= FEW})
    return found


def _slots(
    form: Form, reasons: Mapping[str, str], answered: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "item": f"slot:{slot.rule.id}",
            "slot": slot,
            "why": reasons.get(f"slot:{slot.rule.id}", ""),
            "answered": answered.get(f"slot:{slot.rule.id}", ""),
        }
        for slot in form.slots
    ]


def _card(found: Application) -> dict[str, Any]:
    """The verdict with what was seen: decided again, or as stored if the policy moved on."""
    verdict = checks.replayed(found)
    if verdict is not None:
        return card(verdict, verdict.as_of, lambda fact: "")
    return {"clauses": found.verdict.get("clauses", [])}


def _left(count: Any) -> dict[str, Any]:
    return {"name": quotas.label(count), "left": count.limit - count.used, "limit": count.limit}


def _following(acting: Actor, found: Application) -> Application | None:
    return queues.queue(acting).exclude(pk=found.pk).first()


def reasons_of(typed: Mapping[str, Any]) -> dict[str, str]:
    """The items to return, each with the reason that was written beside it."""
    return {
        name.removeprefix(REASON): str(why).strip()
        for name, why in typed.items()
        if name.startswith(REASON) and str(why).strip()
    }


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step. Two officials at once: the second is told, nothing is done twice."""
    found = find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        event = _take(request, acting, found, chosen)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("official_application", pk)


def _take(request: HttpRequest, acting: Actor, found: Application, chosen: str) -> Any:
    typed = request.POST
    if chosen in VISITING:
        return _visit(request, acting, found, passed=chosen == "pass_visit")
    if chosen.startswith(RETURNING):
        note = typed.get("back_note", "")
        return checking.check(found, acting, chosen, note=note, reopen=reasons_of(typed))
    if chosen.startswith(CHECKING):
        try:
            return checking.check(found, acting, chosen, note=typed.get("note", ""))
        except ValueError as unknown:
            raise Http404 from unknown
    raise Http404


def _visit(request: HttpRequest, acting: Actor, found: Application, *, passed: bool) -> Any:
    field = DayField(label=_("现场日期"), error_messages={"required": _("还没有填写现场日期。")})
    try:
        day = field.clean(request.POST.get("visit_date", ""))
    except ValidationError as wrong:
        raise StepRefused(Text(*[" ".join(wrong.messages)] * 2)) from wrong
    assert day is not None
    return checking.visit(
        found,
        acting,
        visit_date=day,
        note=request.POST.get("visit_note", ""),
        passed=passed,
        report=request.FILES.get("report"),
    )
