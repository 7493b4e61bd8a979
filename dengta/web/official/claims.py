"""The offices that check and decide claims: what waits, many at once, one claim with the machine's
findings first, cuts per line and the amount before and after."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.money import MoneyError, fen_from_yuan, yuan
from dengta.core.shapes import Text
from dengta.funding.actions import claims as actions
from dengta.funding.actions import claims_acceptance, claims_batch
from dengta.funding.actions.claims import Cut
from dengta.funding.queries import claims as queries
from dengta.funding.queries import claims_desk, clawbacks
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import Claim
from dengta.funding.queries.claims_checks import stored
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.claims_shown import shown
from dengta.web.clawbacks import row as clawback_row
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.onway import clock_of

WITH_FORM = ("pass", "forward", "approve", "accept", "return", "reject", "reverse")


def _find(acting: Actor, pk: int) -> Claim:
    try:
        return queries.visible(acting, pk)
    except Claim.DoesNotExist as gone:
        raise Http404 from gone


def _row(found: Claim, acting: Actor) -> dict[str, Any]:
    state = badge(found.flow.state(found.state), public=False)["name"]
    name = said(scheme_of(found.scheme).name)
    url = reverse("official_claim", args=[found.pk])
    marks = [Text(each["zh"], each["en"]) for each in found.findings if not each["ok"]]
    return {
        "url": url,
        "title": found.organisation.name,
        "number": found.number,
        "asks": f"{name} · {state}",
        "clock": clock_chip(found),
        "exceptions": [{"text": said(text), "tone": "wait"} for text in marks[:3]],
        "amount_fen": found.approved_fen or found.computed_fen,
        "applied_at": found.submitted_at,
        "bulk": "" if found.exceptions else str(found.pk),
        "action": {"label": _("办理"), "url": url},
    }


@require_safe
@desk(*OFFICIAL)
def official_claims(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits for this office, the oldest first; those without exceptions can go in one go."""
    waiting = claims_desk.waiting(acting)
    page = Paginator(waiting, 30).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(one, acting) for one in page],
        "page": page,
        "total": page.paginator.count,
        "smooth": waiting.filter(exceptions=0).count(),
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("资金申领"), "")),
    }
    return render(request, "official/claims.html", context)


@require_safe
@desk(*OFFICIAL)
def claims_list(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every submitted claim of the territory, by state and name."""
    states = [state for state in Claim.flow.states if state != Claim.flow.start]
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in {state.id for state in states} else ""
    words = request.GET.get("q", "").strip()[:60]
    rows = claims_desk.listed(acting, state=chosen, words=words)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "rows": [_listed(one, acting) for one in page],
        "page": page,
        "states": [(state.id, state.name, state.id == chosen) for state in states],
        "q": words,
        "query": f"state={chosen}&q={words}&" if chosen or words else "",
        "breadcrumbs": crumbs((_("资金申领"), reverse("official_claims")), (_("全部"), "")),
    }
    return render(request, "official/claims_list.html", context)


def _listed(found: Claim, acting: Actor) -> dict[str, Any]:
    """A row of the whole list: to look at, since most of them do not wait for this office."""
    row = _row(found, acting)
    return row | {"bulk": "", "action": {"label": _("查看"), "url": row["url"]}}


@require_POST
@desk(*OFFICIAL)
def claims_pass(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Send many on in one go: those chosen, or all without exceptions; each is answered."""
    chosen = {int(one) for one in request.POST.getlist("chosen") if one.isdecimal()}
    smooth = claims_desk.without_exceptions(acting, claims_batch.MOST)
    wanted = [(pk, step) for pk, step in smooth if request.POST.get("all") or pk in chosen]
    until = time.monotonic_ns() + claims_batch.SECONDS * 1_000_000_000
    answers = [
        answer
        for step in ("pass", "forward", "approve")
        if (ids := [pk for pk, own in wanted if own == step])
        for answer in claims_batch.pass_many(acting, ids, step, until=until)
    ]
    context = {
        "done": [answer.claim for answer in answers if answer.refused is None],
        "refused": [answer for answer in answers if answer.refused is not None],
        "left": len(wanted) - len(answers),
        "breadcrumbs": crumbs((_("资金申领"), reverse("official_claims")), (_("办理结果"), "")),
    }
    return render(request, "official/claims_passed.html", context)


@require_safe
@desk(*OFFICIAL)
def official_claim(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One claim: findings first, lines with cuts, the amount before and after, where it comes
    from, timeline."""
    return _page(request, acting, _find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Claim, error: str = "") -> HttpResponse:
    allowed = {step.id: step for step in queries.steps_for(found, acting)}
    context = case_context(found, acting, without=WITH_FORM) | shown(found, acting)
    deciding = [step for name, step in allowed.items() if name not in ("accept", "reverse")]
    for line in context["lines"]:
        row = line["row"]
        line["cut"] = request.POST.get(
            f"cut_{row.ordinal}", yuan(row.allowed_fen) if row.allowed_fen is not None else ""
        )
        line["reason"] = request.POST.get(f"why_{row.ordinal}", row.reason)
    context |= {
        "allowed": allowed,
        "money_clock": clock_of(found, public=False),
        "steps": [step for step in deciding if step.id != "approve"],
        "back": [step for name, step in allowed.items() if name == "reverse"],
        "error": error,
        "typed": request.POST,
        "note": request.POST.get("note", ""),
        "findings": stored(found),
        "hits": claims_desk.hits_of(found),
        "clawbacks": [clawback_row(one, public=False) for one in clawbacks.of_claim(acting, found)],
        "may_reclaim": clawbacks.may_open(acting, found) and clawbacks.reclaimable_fen(found) > 0,
        "verdict": found.verdict,
        "cut": bool({"pass", "forward", "approve"} & allowed.keys()),
        "breadcrumbs": crumbs((_("资金申领"), reverse("official_claims")), (found.number, "")),
    }
    return render(request, "official/claim.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def claim_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step, with the cuts that were typed. Two officials at once: the second is told."""
    found = _find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        event = _take(request, acting, found, chosen)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    except MoneyError as wrong:
        return _page(request, acting, _find(acting, pk), said(wrong.message))
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("official_claim", pk)


def _take(request: HttpRequest, acting: Actor, found: Claim, chosen: str) -> Any:
    note = request.POST.get("note", "").strip()
    match chosen:
        case "pass" | "forward":
            return actions.take(found, chosen, acting, note=note, cuts=_cuts(request, found))
        case "return" | "reject":
            return actions.take(found, chosen, acting, note=note)
        case "approve":
            typed = request.POST.get("amount", "").strip()
            fen = fen_from_yuan(typed) if typed else None
            cuts = _cuts(request, found)
            return actions.approve(found, acting, amount_fen=fen, note=note, cuts=cuts)
        case "accept":
            return claims_acceptance.accept(
                found, acting, accepted_date=_day(request.POST.get("accepted_date", "")),
                note=note, file=request.FILES.get("evidence"),
            )  # fmt: skip
        case "reverse":
            return claims_acceptance.reverse(found, acting, note=note)
    raise Http404


def _cuts(request: HttpRequest, found: Claim) -> dict[int, Cut]:
    """What was typed of each line, where it says something new."""
    cuts = {}
    for row in found.lines.order_by("ordinal"):
        typed = request.POST.get(f"cut_{row.ordinal}", "").strip()
        reason = request.POST.get(f"why_{row.ordinal}", "").strip()
        before = row.amount_fen if row.allowed_fen is None else row.allowed_fen
        fen = fen_from_yuan(typed) if typed else row.amount_fen
        if fen != before or (fen < row.amount_fen and reason != row.reason):
            cuts[row.ordinal] = Cut(fen, reason)
    return cuts


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as unreadable:
        raise StepRefused(
            Text(
                f"验收日期“{text[:20]}”不是日期，请按 2026-03-18 的样子填写。",
                f"“{text[:20]}” is not a date. Write it as 2026-03-18.",
            )
        ) from unreadable
