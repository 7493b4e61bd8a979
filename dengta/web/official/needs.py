"""Needs as an office sees them: unanswered first, quotes per need, whom firms choose; help for
those that nobody answers."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.matching.actions import needs as actions
from dengta.matching.queries import board
from dengta.matching.queries import needs as queries
from dengta.matching.queries.choices import choice_of
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.needs import Need
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.enterprise.need import SHOWN
from dengta.web.frame import OFFICIAL, desk, list_name, said, tell
from dengta.web.matched import (
    find,
    head,
    outside,
    quoted_rows,
    row,
    signed,
    today,
    typed_days,
    whole_numbers,
)

WITH_FORM = ("help", "reopen")


@require_safe
@desk(*OFFICIAL)
def official_needs(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The needs of the territory and the figures above them."""
    chosen = request.GET.get("state", "")
    shown = [s for s in Need.flow.states if s.id != Need.flow.start.id]
    chosen = chosen if chosen in {s.id for s in shown} else ""
    page = Paginator(board.rows(acting, chosen), 30).get_page(request.GET.get("page"))
    found = board.board(acting, today())
    context = {
        "page": page,
        "rows": [row(need, "official_need", public=False) for need in page],
        "board": found,
        "regions": [(each, _hundredths(each.quotes_hundredths)) for each in found.regions],
        "average": _hundredths(found.quotes_hundredths),
        "shares": [(each, signed(each.share_bps).lstrip("+")) for each in found.shares[:20]],
        "states": [(s.id, said(s.name), s.id == chosen) for s in shown],
        "query": f"state={chosen}&" if chosen else "",
        "breadcrumbs": crumbs((list_name("needs"), "")),
    }
    return render(request, "official/needs.html", context)


def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}"


@require_safe
@desk(*OFFICIAL)
def official_need(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One need with its quotes, and the help that the office can give."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, need: Need, error: str = "") -> HttpResponse:
    day = today()
    context = head(need, acting, without=WITH_FORM)
    allowed = context["allowed"]
    words = request.GET.get("q", "").strip()[:40]
    offers = queries.askable(need, day, words) if "reopen" in allowed else []
    least = policy().practised("match_offers_least", day)
    compared = compare(need, day, outside(need.organisation, day), SHOWN)
    context |= {
        "error": error,
        "typed": request.POST,
        "ticked": whole_numbers(request.POST.getlist("provider")),
        "offers": offers,
        "q": words,
        "least": least,
        "few": len(offers) < least and not words,
        "days": policy().practised("match_answer_days", day),
        "asked": queries.requests_of(need),
        "quotes": quoted_rows(compared),
        "choice": choice_of(need.pk),
        "breadcrumbs": crumbs((list_name("needs"), reverse("official_needs")), (need.number, "")),
    }
    return render(request, "official/need.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Note the help, open again with invited providers, close with the reason."""
    need = find(acting, pk)
    chosen = request.POST.get("step") or step
    note = request.POST.get("note", "").strip()[:1000]
    given: dict[str, Any] = {"note": note}
    try:
        match chosen:
            case "help":
                actions.help_with(need, acting, **given)
            case "reopen":
                given["providers"] = queries.by_ids(
                    whole_numbers(request.POST.getlist("provider")), today()
                )
                actions.reopen(need, acting, days=typed_days(request.POST), **given)
            case "close":
                actions.close(need, acting, **given)
            case _:
                raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("已办理：%s。") % said(need.flow.step(chosen).name))
    return redirect("official_need", pk)
