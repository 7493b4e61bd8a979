"""重复线索: what looks claimed twice, by weight; one hit with both claims beside each other; the
clues as a table for audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions import hits as actions
from dengta.funding.queries import clawbacks
from dengta.funding.queries import hits as queries
from dengta.funding.queries.hits import CODE, KINDS, Hit, Wanted
from dengta.funding.queries.register import Filing, claim_of
from dengta.funding.queries.screening import by_size
from dengta.registry.queries import divisions, policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.taken_away import table_now

MATTERS = {"voucher": "/official/vouchers/{}/", "claim": "/official/claims/{}/"}
"""Where the matter of a filing is shown to officials."""
_AT_ONCE = 500


def programme_name(id: str) -> Text:
    """A programme's name; its id where the policy does not know it."""
    return next((one.name for one in policy().programmes if one.id == id), Text(id, id))


def _wanted(typed: QueryDict) -> Wanted:
    states = {state.id for state in Hit.flow.states}
    state = typed.get("state", "open")
    kind = typed.get("kind", "")
    return Wanted(
        kind=kind if kind in KINDS else "",
        programme=typed.get("programme", "")[:60],
        division=typed.get("division", "")[:6],
        state=state if state in states else "",
    )


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


def told(path: Sequence[Mapping[str, str]], names: Mapping[str, str]) -> list[Text]:
    """The chain that explains a hit, firms by their names."""

    def named(words: str) -> str:
        return CODE.sub(lambda code: names.get(code[0], code[0]), words)

    return [Text(named(said["zh"]), named(said["en"])) for said in path]


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
    asked = _wanted(request.GET)
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
        "chain": told(found.path, names),
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


# ---------------------------------------------------------------- clues for audit


@require_safe
@desk(*OFFICIAL)
def hits_file(request: HttpRequest, acting: Actor, form: str) -> HttpResponseBase:
    """The clues as a table, csv or xlsx, narrowed as the list is."""
    headings = (
        _("线索编号"), _("线索类别"), _("状态"), _("相似度（%）"), _("涉及金额（元）"),
        _("登记件编号"), _("企业"), _("统一社会信用代码"), _("地区"), _("政策事项"), _("年度"),
        _("另一登记件编号"), _("另一企业"), _("另一统一社会信用代码"), _("另一地区"),
        _("另一政策事项"), _("另一年度"), _("线索说明"), _("发现时间"), _("判定理由"),
        _("决定时间"),
    )  # fmt: skip
    rows = queries.hits_within(acting, _wanted(request.GET)).iterator(chunk_size=_AT_ONCE)
    name = f"clues-{timezone.localdate()}.{form}"
    told_of = (row for some in by_size(_AT_ONCE, rows) for row in _rows(some))
    return table_now(name, form, _("重复线索"), headings, told_of)


def _rows(some: Sequence[Hit]) -> Iterator[list[Any]]:
    names = queries.names_in(some)
    for one in some:
        decided = timezone.localtime(one.decided_at).replace(tzinfo=None) if one.decided_at else ""
        yield [
            one.number, said(KINDS[one.kind]), said(one.flow.state(one.state).name),
            f"{one.score_bps // 100}.{one.score_bps % 100:02d}", _yuan(one.amount_fen),
            *_cells(one.filing), *_cells(one.other),
            "；".join(said(step) for step in told(one.path, names)),
            timezone.localtime(one.found_at).replace(tzinfo=None), one.decision, decided,
        ]  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _cells(filing: Filing) -> list[Any]:
    firm = filing.organisation
    return [
        filing.number, firm.name, firm.uscc, said(region_name(firm.region_code)),
        said(programme_name(filing.programme)), filing.year,
    ]  # fmt: skip
