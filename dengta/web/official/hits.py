"""重复线索: what looks claimed twice, by weight; one hit with both claims beside each other."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import hits as actions
from dengta.funding.queries import clawbacks
from dengta.funding.queries import hits as queries
from dengta.funding.queries.budgets import programme_name
from dengta.funding.queries.hits import KINDS, Hit, Wanted, path_told
from dengta.funding.queries.lists import hits_asked
from dengta.funding.queries.register import Filing, claim_of
from dengta.registry.queries import divisions, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell

MATTERS = {"voucher": "/official/vouchers/{}/", "claim": "/official/claims/{}/"}
"""Where the matter of a filing is shown to officials."""


def _choices(asked: Wanted) -> dict[str, Any]:
    return {
        "wanted": asked,
        "kinds": [(id, said(name), id == asked.kind) for id, name in KINDS.items()],
        "programmes": [
            (id, said(programme_name(id)), id == asked.programme)
            for id in queries.programmes_hit()
        ],
        "divisions": [(r.code, said(r.name), r.code == asked.division) for r in divisions()],
        "states": [(s.id, said(s.name), s.id == asked.state) for s in Hit.flow.states],
    }  # fmt: skip


def _row(hit: Hit) -> dict[str, Any]:
    return {
        "hit": hit,
        "kind": KINDS[hit.kind],
        "within": hit.filing_id == hit.other_id,
        "badge": badge(hit.flow.state(hit.state), public=False),
        "clock": clock_chip(hit),
        "programmes": sorted({said(programme_name(one.programme))
                              for one in (hit.filing, hit.other)}),
    }  # fmt: skip


@require_safe
@desk(*OFFICIAL)
def hits(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The hits of the territory by weight, with what is at stake; open ones unless asked."""
    asked = hits_asked(request.GET.dict())
    rows = queries.hits_within(acting, asked)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    kept = {name: value for name, value in request.GET.items() if name != "page"}
    context = _choices(asked) | {
        "page": page,
        "rows": [_row(hit) for hit in page],
        "stake_fen": queries.at_stake_fen(rows),
        "query": f"{urlencode(kept)}&" if kept else "",
        "breadcrumbs": crumbs((_("重复线索"), "")),
    }
    return render(request, "official/hits.html", context)


# ---------------------------------------------------------------- one hit


def _find(acting: Actor, pk: int) -> Hit:
    try:
        return queries.hit_for(acting, pk)
    except Hit.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def hit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Both claims beside each other, why they look the same, and what can be decided."""
    return _page(request, acting, _find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Hit, error: str = "") -> HttpResponse:
    near = list(queries.beside(found)[:20])
    names = queries.names_in([found])
    filings = [found.filing] if found.filing_id == found.other_id else [found.filing, found.other]
    context = case_context(found, acting) | {
        "hit": found,
        "kind": KINDS[found.kind],
        "chain": path_told(found.path, names),
        "sides": [_side(filing, found, acting) for filing in filings],
        "beside": [_row(one) for one in near],
        "seen": actions.ground_of(found),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((_("重复线索"), reverse("hits")), (found.number, "")),
    }
    return render(request, "official/hit.html", context, status=422 if error else 200)


def _side(filing: Filing, found: Hit, acting: Actor) -> dict[str, Any]:
    """One claim as it was filed; its papers for those whose territory it is in."""
    claim = claim_of(filing)
    mine = acting.covers(filing.organisation.region_code)
    papers = queries.papers_of(filing, acting)
    words = " ".join(step["zh"] for step in found.path)
    matter = queries.matter_of(filing)
    return {
        "filing": filing,
        "programme": programme_name(filing.programme),
        "region": region_name(filing.organisation.region_code),
        "url": MATTERS[filing.flow].format(filing.thing_id)
        if mine and filing.flow in MATTERS
        else "",
        "state": badge(matter.flow.state(matter.state), public=False) if matter else None,
        "reclaim": _reclaim(filing, found, acting),
        "keys": [(KINDS[key.kind], key.key, key.amount_fen) for key in claim.keys if key.key],
        "texts": claim.texts,
        "pictures": [one for one in papers if one.picture and one.picture in words],
        "papers": papers,
        "elsewhere": not mine,
    }


def _reclaim(filing: Filing, found: Hit, acting: Actor) -> str:
    """Where a clawback of a claim that was paid twice is opened; "" where it cannot be."""
    if found.state != "upheld" or filing.flow != "claim":
        return ""
    claim = clawbacks.claim_for(acting, filing.number)
    if claim is None or not clawbacks.may_open(acting, claim):
        return ""
    if not clawbacks.reclaimable_fen(claim):
        return ""
    asked = {"claim": claim.number, "hit": found.pk, "origin": "hit"}
    return f"{reverse('clawback_new')}?{urlencode(asked)}"


@require_POST
@desk(*OFFICIAL)
def hit_step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Decide it. Two officials at once, or a ground that has changed: the second is told."""
    found = _find(acting, pk)
    typed = request.POST
    decide = {"dismiss": actions.dismiss, "uphold": actions.uphold}.get(typed.get("step", ""))
    if decide is None:
        raise Http404
    try:
        event = decide(found, acting, reason=typed.get("note", ""), seen=typed.get("version", ""))
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：%(step)s，理由已留痕。") % {"number": found.number, "step": name})
    return redirect("hit", pk)
