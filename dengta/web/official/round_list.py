"""拟定名单: the list of a round as the organiser sees it, from the ranking to its publication."""

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
from dengta.core.workdays import add_workdays
from dengta.programmes import queries
from dengta.programmes.actions import listing
from dengta.programmes.queries import Round, lists
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.listed import record_file
from dengta.web.official.round_tabs import round_tabs

STEPS = ("list", "redo", "announce")
"""The steps of a round that belong to this page."""


def find(acting: Actor, pk: int) -> Round:
    """One round in sight of an office; Http404 for others."""
    try:
        return queries.round_of(acting, pk)
    except Round.DoesNotExist as gone:
        raise Http404 from gone


def organises(acting: Actor, round: Round) -> bool:
    """Whether the office runs the round; the others see what is public."""
    return acting.role == "province" and acting.covers(round.region_code)


@require_safe
@desk(*OFFICIAL)
def round_list(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The list of a round by rank, with the reason of every line; other offices go to the public
    page."""
    found = find(acting, pk)
    if not organises(acting, found):
        return redirect("round_publicity", pk)
    return _page(request, acting, found)


def _page(request: HttpRequest, acting: Actor, found: Round, error: str = "") -> HttpResponse:
    chosen, words = request.GET.get("outcome", ""), request.GET.get("q", "").strip()
    rows = lists.narrowed(lists.ranking(found), chosen, words)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = case_context(found, acting)
    today = timezone.localdate()
    until = add_workdays(today, found.rule.publicity_workdays)
    context |= {
        "round": found,
        "tabs": round_tabs(found, "official_round_list"),
        "badge": badge(found.flow.state(found.state), public=False),
        "steps": [step for step in context["steps"] if step.id in STEPS],
        "summary": lists.summary_of(found),
        "record": lists.list_record(found),
        "page": page,
        "rows": [_row(row) for row in page],
        "outcomes": [(id, said(name), id == chosen) for id, name in lists.OUTCOMES.items()],
        "q": words,
        "query": f"outcome={chosen}&q={words}&" if chosen or words else "",
        "until": until,
        "doubt": lists.calendar_doubt(today, until),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (found.name, reverse("official_round", args=[found.pk])), (_("名单"), "")
        ),
    }
    return render(request, "official/round_list.html", context, status=422 if error else 200)


def _row(row: lists.Application) -> dict[str, Any]:
    outcome = str(row.place["outcome"])
    return {
        "application": row,
        "outcome": {"name": lists.OUTCOMES[outcome], "tone": TONES[outcome]},
        "state": badge(row.flow.state(row.state), public=False),
    }


TONES = {"award": "good", "reserve": "river", "none": "quiet", "barred": "wait"}
"""How an outcome of the list is coloured, beside its name."""


@require_POST
@desk(*OFFICIAL)
def list_step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Make the list, take it back, or publish it. Two officials at once: it happens once."""
    found, step = find(acting, pk), request.POST.get("step", "")
    try:
        match step:
            case "list":
                listing.make_list(found, acting)
                tell(request, _("名单已拟定，还没有公开。核对无误后再发布公示。"))
            case "redo":
                listing.redo(found, acting, note=request.POST.get("note", ""))
                tell(request, _("已退回，可以重新拟定名单。"))
            case "announce":
                job = listing.announce(found, acting)
                if job is not None:
                    return redirect("job", job.pk)
                tell(request, _("名单已公示。公示期内任何人可以实名提出异议。"))
                return redirect("official_publicity", pk)
            case _:
                raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    return redirect("official_round_list", pk)


@require_safe
@desk(*OFFICIAL)
def record(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The record of the list as a file that `dengta allocate` takes, before it is public too."""
    found = find(acting, pk)
    kept = lists.list_record(found)
    if kept is None or not organises(acting, found):
        raise Http404
    return record_file(found, kept)


def back_to(round: Round, label: str) -> list[dict[str, str]]:
    """The way back from a page below the list."""
    above = reverse("official_round_list", args=[round.pk])
    return crumbs((round.name, above), (label, ""))
