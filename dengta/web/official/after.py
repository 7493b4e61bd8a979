"""Offices after acceptance: checks of use, what waits first; one project before and after; where
the money of an unused system is claimed back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries import clawbacks
from dengta.funding.queries.claims import Claim
from dengta.projects.actions import usage as actions
from dengta.projects.queries import beforeafter, usage
from dengta.projects.queries.projects import Project
from dengta.trail.actions import StepRefused
from dengta.web.after_shown import check_shown, results
from dengta.web.cases import crumbs
from dengta.web.enterprise.projects import find
from dengta.web.frame import OFFICIAL, desk, list_name, tell
from dengta.web.project_steps import why


@require_safe
@desk(*OFFICIAL)
def official_usage(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The checks of use of the territory: what waits for the office first, then what firms have
    not reported, the longest first; or one outcome."""
    states = [state for state in usage.UsageCheck.flow.states if state.final]
    chosen = request.GET.get("state", "")
    known = {state.id for state in states}
    rows = usage.listed(acting, chosen if chosen in known else "")
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [check_shown(one, acting) for one in page],
        "states": [(state.id, state.name, state.id == chosen) for state in states],
        "open": chosen not in known,
        "query": f"state={chosen}&" if chosen in known else "",
        "lighthouses": beforeafter.lighthouses(acting, timezone.localdate()),
        "cases": beforeafter.cases(acting)[:20],
        "breadcrumbs": crumbs(
            (list_name("projects"), reverse("official_projects")), (list_name("usage"), "")
        ),
    }
    return render(request, "official/usage.html", context)


@require_safe
@desk(*OFFICIAL)
def official_project_results(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project before and after, with its checks of use to be decided."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Project, error: str = "") -> HttpResponse:
    context = results(found, acting)
    unused = [one["row"] for one in context["checks"] if one["row"].state == "unused"]
    context |= {
        "error": error,
        "note": request.POST.get("note", ""),
        "on": request.POST.get("on", ""),
        "copies_url": f"{reverse('official_copies', args=[found.organisation.uscc])}"
        f"?project={found.pk}"
        if context["found"].copies
        else "",
        "reclaim": _reclaim(context["claims"], unused, found, acting),
        "breadcrumbs": crumbs(
            (list_name("usage"), reverse("official_usage")),
            (found.number, reverse("official_project", args=[found.pk])),
            (_("改造前后"), ""),
        ),
    }
    return render(request, "official/project_results.html", context, status=422 if error else 200)


def _reclaim(
    claims: list[Claim], unused: list[usage.UsageCheck], found: Project, acting: Actor
) -> str:
    """Where a clawback of an unused project's paid claim is opened, filled in; "" where none is."""
    if not unused:
        return ""
    for claim in claims:
        if clawbacks.may_open(acting, claim) and clawbacks.reclaimable_fen(claim):
            last = unused[-1]
            grounds = _("项目 %(number)s 验收后 %(months)s 个月回访，系统已停用：%(finding)s") % {
                "number": found.number, "months": last.months, "finding": last.finding,
            }  # fmt: skip
            asked = {"claim": claim.number, "origin": "audit", "grounds": grounds}
            return f"{reverse('clawback_new')}?{urlencode(asked)}"
    return ""


@require_POST
@desk(*OFFICIAL)
def usage_decide(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Say what was found. Two officials at once: the second is told."""
    check = usage.within(acting).filter(pk=pk).first()
    if check is None:
        raise Http404
    steps = {step: found for found, step in actions.FOUND.items()}
    found = steps.get(request.POST.get("step", ""), "")
    try:
        actions.decide(check, acting, found, request.POST.get("note", ""))
    except StepRefused as refused:
        return _page(request, acting, find(acting, check.project_id), why(refused))
    tell(request, _("回访结论已登记，企业会收到通知。"))
    return redirect("official_project_results", check.project_id)
