"""Before handing in: what is missing, what the machine sees, what is pledged; then handing in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.flow import Step
from dengta.programmes import queries
from dengta.programmes.actions import submitting
from dengta.programmes.queries import Application, checks
from dengta.programmes.queries.forms import Form, form_of
from dengta.trail.actions import StepRefused
from dengta.web import selections
from dengta.web.applicant.applications import handing_in, returned
from dengta.web.applicant.form import APPLICANTS, find, stops
from dengta.web.cases import crumbs
from dengta.web.frame import desk, said, tell


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk(*APPLICANTS)
def application_check(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Look at it all once more, pledge, hand in. A second click finds it handed in already."""
    found = find(acting, pk)
    step = handing_in(queries.steps_for(found, acting))
    if request.method == "POST":
        return _sent(request, acting, found, step)
    if step is None:
        return redirect("application", pk)
    return _page(request, acting, found, step)


def _sent(
    request: HttpRequest, acting: Actor, found: Application, step: Step | None
) -> HttpResponse:
    """Hand it in, as what the page that was sent was about; a retry is the same handing in."""
    chosen = request.POST.get("step", "")
    again = chosen.startswith("resubmit_")
    error = ""
    if step is not None and not again and request.POST.get("pledge") != "yes":
        error = _("请先勾选承诺，再提交。")
    name, note = request.POST.get("pledged_by", ""), request.POST.get("note", "")
    if not error:
        try:
            if again:
                submitting.resubmit(found, acting, note=note)
            elif chosen == "confirm":
                submitting.confirm(found, acting, pledged_by=name)
            else:
                submitting.submit(found, acting, pledged_by=name)
        except StepRefused as refused:
            error = said(refused.text)
        else:
            tell(request, _("%(number)s 已提交。") % {"number": found.number})
            return redirect("application", found.pk)
    found = find(acting, found.pk)
    step = handing_in(queries.steps_for(found, acting))
    if step is None:
        tell(request, error, good=False)
        return redirect("application", found.pk)
    return _page(request, acting, found, step, error)


def _page(
    request: HttpRequest, acting: Actor, found: Application, step: Step, error: str = ""
) -> HttpResponse:
    now = timezone.now()
    day = timezone.localdate(now)
    form = form_of(found, day)
    findings = checks.findings(found, day, form=form)
    context = {
        "application": found,
        "step": step,
        "again": step.id.startswith("resubmit_"),
        "clock": selections.deadline(found.round, now),
        "missing": missing(form),
        "returned": returned(form),
        "findings": findings,
        "odd": sum(not each.ok for each in findings),
        "pledge": form.selection.pledge,
        "pledged_by": request.POST.get("pledged_by", found.pledged_by or acting.name),
        "pledged": request.POST.get("pledge") == "yes",
        "note": request.POST.get("note", ""),
        "stops": stops(form),
        "sections": [section for section in form.sections if section.fields],
        "slots": form.slots,
        "error": error,
        "breadcrumbs": crumbs(
            (_("我的申报"), reverse("applications")),
            (found.number, reverse("application", args=[found.pk])),
            (_("检查并提交"), ""),
        ),
    }
    status = 422 if error else 200
    return render(request, "applicant/check.html", context, status=status)


def missing(form: Form) -> list[dict[str, Any]]:
    """Every required item that is empty, under its section, each with where to fill it in."""
    pk, groups = form.application.pk, dict[str, list[dict[str, Any]]]()
    for item in form.missing:
        if item.section:
            url = reverse("application_form", args=[pk, item.section])
            row = {"text": item.text, "url": f"{url}#id_f-{item.item}_field"}
        else:
            url = reverse("application_papers", args=[pk])
            row = {"text": item.text, "url": f"{url}#{item.item.replace(':', '-')}"}
        groups.setdefault(item.section, []).append(row)
    names = form.selection.sections
    return [{"name": names.get(id) or _("附件"), "rows": rows} for id, rows in groups.items()]
