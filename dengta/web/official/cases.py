"""The official's desk: what waits, every voucher in the territory, one voucher with its steps."""

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
from dengta.core.money import fen_from_yuan
from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.vouchers_redeeming import reverse_redemption, revoke
from dengta.funding.queries import vouchers as queries
from dengta.funding.queries.vouchers import PAPERS, Voucher
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.waiting import elsewhere
from dengta.web.onway import clock_of
from dengta.web.redemptions import redemption_rows
from dengta.web.verdicts import card, stored_clauses

# These steps ask for more than a note, so they have a form of their own.
WITH_FORM = ("issue",)


def _find(acting: Actor, pk: int) -> Voucher:
    try:
        return queries.visible(acting, pk)
    except Voucher.DoesNotExist as gone:
        raise Http404 from gone


def _row(voucher: Voucher) -> dict[str, Any]:
    return {
        "url": reverse("case", args=[voucher.pk]),
        "title": voucher.organisation.name,
        "number": voucher.number,
        "asks": badge(voucher.flow.state(voucher.state), public=False)["name"],
        "clock": clock_chip(voucher),
        "exceptions": [{"text": text, "tone": "wait"} for text in queries.exceptions(voucher)],
        "amount_fen": voucher.amount_fen,
        "applied_at": voucher.submitted_at,
        "action": {"label": _("办理"), "url": reverse("case", args=[voucher.pk])},
    }


@require_safe
@desk(*OFFICIAL)
def queue(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits for this office, the oldest first."""
    waiting = queries.queue(acting)
    page = Paginator(waiting, 20).get_page(request.GET.get("page"))
    rows = [_row(voucher) for voucher in page]
    late = sum(1 for row in rows if row["clock"] and (row["clock"]["left"] or 0) < 0)
    context = {
        "rows": rows,
        "page": page,
        "late": late,
        "total": page.paginator.count,
        "elsewhere": elsewhere(acting),
    }
    return render(request, "official/queue.html", context)


@require_safe
@desk(*OFFICIAL)
def voucher_list(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every submitted voucher in the territory, by state and name."""
    rows = queries.in_territory(acting)
    chosen = request.GET.get("state", "")
    words = request.GET.get("q", "").strip()
    states = [s for s in Voucher.flow.states if s != Voucher.flow.start]
    if chosen in {s.id for s in states}:
        rows = rows.filter(state=chosen)
    if words:
        rows = rows.filter(organisation__name__contains=words)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "voucher": v,
                "scheme": queries.edition(v.scheme),
                "badge": badge(v.flow.state(v.state), public=False),
                "clock": clock_chip(v),
            }
            for v in page
        ],
        "states": [(s.id, s.name, s.id == chosen) for s in states],
        "q": words,
        "query": f"state={chosen}&q={words}&" if chosen or words else "",
    }
    return render(request, "official/voucher_list.html", context)


@require_safe
@desk(*OFFICIAL)
def case(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One voucher: exceptions first, the verdict clause by clause, papers, steps, timeline."""
    return _page(request, acting, _find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Voucher, error: str = "") -> HttpResponse:
    context = case_context(found, acting, without=WITH_FORM)
    context |= {
        "voucher": found,
        "money_clock": clock_of(found, public=False),
        "error": error,
        "note": request.POST.get("note", ""),
        "findings": queries.findings(found),
        "card": _card(found),
        "invoices": found.invoices.order_by("id"),
        "papers": [
            (_(label), getattr(found, p)) for p, label in zip(PAPERS, _labels(), strict=True)
        ],
        "pool": queries.pool(found.year, found.programme),
        "scheme": queries.edition(found.scheme),
        "redemptions": redemption_rows(found, public=False, acting=acting),
        "today": timezone.localdate(),
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (found.number, "")),
    }
    live = bool(getattr(request, "htmx", False))
    template = "official/_case.html" if live else "official/case.html"
    return render(request, template, context, status=422 if error else 200)


def _card(found: Voucher) -> dict[str, Any]:
    """The verdict with what was seen: decided again, or as stored if the policy moved on."""
    verdict = queries.replayed(found)
    if verdict is not None:
        return card(verdict, verdict.as_of, lambda fact: "")
    stored = found.verdict
    return {"clauses": stored_clauses(stored), "computation": stored.get("computation")}


def _labels() -> tuple[str, ...]:
    return (_("合同"), _("发票"), _("付款凭证"), _("清单"))


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step. Two officials at once: the second is told, nothing is done twice."""
    found = _find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        event = _take(request, acting, found, chosen)
    except StepRefused as refused:
        found = _find(acting, pk)
        return _page(request, acting, found, said(refused.text))
    except ValueError:
        return _page(
            request, acting, found, _("金额请填写数字，单位元，最多两位小数，例如 12800.50。")
        )
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    following = queries.queue(acting).exclude(pk=pk).values_list("pk", flat=True).first()
    if request.POST.get("then") == "next" and following:
        return redirect("case", following)
    return redirect("case", pk)


def _take(request: HttpRequest, acting: Actor, found: Voucher, chosen: str) -> Any:
    note = request.POST.get("note", "")
    amount = request.POST.get("amount", "").strip()
    match chosen:
        case "issue":
            fen = fen_from_yuan(amount) if amount else None
            return actions.issue(found, acting, amount_fen=fen, note=note)
        case "revoke":
            return revoke(found, acting, note=note)
        case "pass" | "return" | "reject" | "approve":
            return actions.take(found, chosen, acting, note=note)
    raise Http404


@require_POST
@desk(*OFFICIAL)
def reverse_one(request: HttpRequest, acting: Actor, pk: int, claim: int) -> HttpResponse:
    """Take one redemption back, with a reason, and with the bank's number where it was paid."""
    found = _find(acting, pk)
    drawn = queries.redemptions(found).filter(pk=claim).first()
    if drawn is None:
        raise Http404
    try:
        reverse_redemption(
            drawn,
            acting,
            note=request.POST.get("note", ""),
            slip=request.POST.get("slip", ""),
        )
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    tell(request, _("%(number)s 已冲回。") % {"number": drawn.number})
    return redirect("case", pk)
