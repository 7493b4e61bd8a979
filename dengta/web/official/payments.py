"""拨付: what is ready to be paid, the batches, what came back, what does not match; one payment."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import batch_jobs
from dengta.funding.actions import batches as actions
from dengta.funding.actions.endings import end
from dengta.funding.actions.late_returns import record_return
from dengta.funding.queries import money_coming
from dengta.funding.queries import payments as queries
from dengta.funding.queries.budgets import scheme_name
from dengta.funding.queries.lists import choice_of
from dengta.funding.queries.payments import Choice, Payment
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, case_context, clock_chip, crumbs, office
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.payments import CAUSES, MENDS, RETURNED, reach, trace_context

ROWS = 50
PAYERS = ("city", "province")
WITH_FORM = ("send", "pay", "bounce", "return", "mend", "end")
"""Steps of a payment taken with its whole batch, by its payee, or in a form of their own."""


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of payments, beside each other."""
    names = (
        ("payments", _("待拨付")),
        ("payment_batches", _("拨付批次")),
        ("payments_bounced", _("银行退回")),
        ("payments_unmatched", _("对不上的回单")),
    )
    return [{"url": reverse(name), "label": label, "on": name == here} for name, label in names]


def _choice(asked: QueryDict, *, chosen: bool = False) -> Choice:
    """What a filter asks for; with `chosen` only the rows that were ticked."""
    ids = [int(one[:18]) for one in asked.getlist("chosen") if one.isdecimal()] if chosen else []
    return replace(choice_of({name: str(asked[name]) for name in asked}), instalments=tuple(ids))


@require_safe
@desk(*OFFICIAL)
def payments(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What is ready to be paid, the longest waiting first, what stops it, and the form that makes a
    batch of it."""
    return _ready(request, acting, request.GET)


def _ready(request: HttpRequest, acting: Actor, asked: QueryDict, error: str = "") -> HttpResponse:
    choice, today = _choice(asked), timezone.localdate()
    rows = queries.ready(acting.region, choice).select_related(
        "claim__organisation", "claim__payee", "claim__voucher"
    )
    page = Paginator(rows, ROWS).get_page(asked.get("page"))
    held = queries.held(list(page), today)
    kept = {name: asked.get(name, "") for name in ("scheme", "fund", "year", "payee", "by_vendor")}
    context = {
        "tabs": tabs("payments"),
        "page": page,
        "rows": [_ready_row(one, held.get(one.pk), today) for one in page],
        "sums": money_coming.readiness(queries.ready(acting.region, choice), today),
        "schemes": [
            (one.edition, one.name, one.edition == kept["scheme"]) for one in policy().schemes
        ],
        "funds": [(one.id, one.name, one.id == kept["fund"]) for one in policy().funds],
        "years": [
            (year, str(year) == kept["year"])
            for year in sorted({fund.year for fund in policy().funds}, reverse=True)
        ],
        "kept": kept,
        "query": "".join(f"{urlencode({k: v})}&" for k, v in kept.items() if v),
        "pays": acting.role in PAYERS,
        "days": policy().practised("payment_workdays", today),
        "key": secrets.token_hex(16),
        "title": asked.get("title", ""),
        "error": error,
        "breadcrumbs": crumbs((_("资金拨付"), "")),
    }
    status = 422 if error else 200
    return render(request, "official/payments.html", context, status=status)


def _ready_row(one: queries.Instalment, hold: queries.Hold | None, today: Any) -> dict[str, Any]:
    claim = one.claim
    left = queries.days_left(one, today)
    return {
        "line": one,
        "claim": claim,
        "scheme": scheme_name(claim.scheme),
        "url": reach("official_claim", claim.pk),
        "clock": {"holder": _("拨付单位"), "left": left, "due": queries.due_date(one)},
        "hold": hold.reason if hold else None,
        "set_off_fen": hold.set_off_fen if hold else 0,
    }


@require_POST
@desk(*OFFICIAL)
def payments_make(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Make a batch of all that the filter shows, or of the ticked rows only."""
    ticked = request.POST.get("which") == "chosen"
    choice = _choice(request.POST, chosen=ticked)
    if ticked and not choice.instalments:
        error = _("还没有勾选。请勾选要付的款项，或编入全部。")
        return _ready(request, acting, request.POST, error)
    try:
        made = batch_jobs.make(
            acting, choice, title=request.POST.get("title", ""), key=request.POST.get("key", "")
        )
    except StepRefused as refused:
        return _ready(request, acting, request.POST, said(refused.text))
    if made.left_out:
        told = ngettext(
            "批次已编好。有 %(n)s 笔现在不能付，留在待拨付里：%(number)s，%(why)s",
            "批次已编好。有 %(n)s 笔现在不能付，留在待拨付里。例如 %(number)s：%(why)s",
            len(made.left_out),
        )
        first = made.left_out[0]
        values = {
            "n": len(made.left_out),
            "number": first.instalment.claim.number,
            "why": said(first.reason),
        }
        tell(request, told % values, good=False)
    elif not made.new:
        tell(request, _("这一批已经编好，没有重复编制。"))
    else:
        tell(request, _("批次已编好。请核对明细，由另一位同事送交银行。"))
    return redirect("payment_batch", made.batch.pk)


@require_safe
@desk(*OFFICIAL)
def payment_batches(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The batches of the offices in the territory, newest first."""
    rows = queries.batches(acting)
    chosen = request.GET.get("state", "")
    states = queries.PaymentBatch.flow.states
    if chosen in {state.id for state in states}:
        rows = rows.filter(state=chosen)
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    totals = queries.totals_of(list(page))
    context = {
        "tabs": tabs("payment_batches"),
        "page": page,
        "rows": [
            {
                "batch": one,
                "sums": totals.get(one.pk, queries.Part()),
                "badge": badge(one.flow.state(one.state), public=False),
                "clock": clock_chip(one),
                "office": payer(one.region_code),
            }
            for one in page
        ],
        "states": [(state.id, state.name, state.id == chosen) for state in states],
        "query": f"state={chosen}&" if chosen else "",
        "breadcrumbs": crumbs((_("资金拨付"), reverse("payments")), (_("拨付批次"), "")),
    }
    return render(request, "official/payment_batches.html", context)


def payer(region: str) -> str:
    """The office that pays, by name."""
    return office("province" if region.endswith("0000") else "city", region)


@require_safe
@desk(*OFFICIAL)
def payments_bounced(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What the bank sent back: first what the payee has still to mend."""
    rows = queries.payments(acting).filter(state__in=("bounced", "mended", "ended"))
    page = Paginator(rows.order_by("state", "-pk"), 30).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs("payments_bounced"),
        "page": page,
        "rows": [
            {
                "payment": one,
                "badge": badge(one.flow.state(one.state), public=False),
                "clock": clock_chip(one),
            }
            for one in page
        ],
        "breadcrumbs": crumbs((_("资金拨付"), reverse("payments")), (_("银行退回"), "")),
    }
    return render(request, "official/payments_bounced.html", context)


@require_safe
@desk(*OFFICIAL)
def payments_unmatched(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Rows of result files that do not match, by cause."""
    rows, chosen = queries.unmatched(acting), request.GET.get("cause", "")
    if chosen in CAUSES:
        rows = rows.filter(cause=chosen)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs("payments_unmatched"),
        "page": page,
        "rows": unmatched_rows(page, acting),
        "causes": [(id, name, id == chosen) for id, name in CAUSES.items()],
        "query": f"cause={chosen}&" if chosen else "",
        "breadcrumbs": crumbs((_("资金拨付"), reverse("payments")), (_("对不上的回单"), "")),
    }
    return render(request, "official/payments_unmatched.html", context)


def unmatched_rows(rows: Any, acting: Actor) -> list[dict[str, Any]]:
    """Rows that do not match, with why, what to do, and where."""
    return [
        {
            "row": one,
            "cause": CAUSES[one.cause],
            "mend": RETURNED if one.cause == "late" and has_returned(one) else MENDS[one.cause],
            "return_url": f"{reverse('payment', args=[one.payment_id])}#return"
            if one.payment and may_return(one.payment, acting) and one.cause == "late"
            else "",
        }
        for one in rows
    ]


def has_returned(row: queries.BankResult) -> bool:
    """Whether the return of which a row tells has been recorded."""
    return row.payment is not None and row.payment.state != "paid"


def may_return(found: Payment, acting: Actor) -> bool:
    """Whether somebody may record that a payment came back after it was paid."""
    steps = {step.id for step in allowed_steps(found, acting)}
    return "return" in steps and found.transfer_fen > 0


# ---------------------------------------------------------------- one payment


def _find(acting: Actor, pk: int) -> Payment:
    try:
        return queries.payments(acting).get(pk=pk)
    except Payment.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def payment(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One payment, and back from it to award, application, verdict and evidence."""
    return _payment(request, acting, _find(acting, pk))


def _payment(request: HttpRequest, acting: Actor, found: Payment, error: str = "") -> HttpResponse:
    context = case_context(found, acting, without=WITH_FORM)
    context |= trace_context(acting, found, request.GET.get("page"))
    context |= {
        "error": error,
        "note": request.POST.get("note", ""),
        "returns": may_return(found, acting),
        "waits_for": queries.waits_for(found, timezone.localdate()),
        "late": any(one.cause == "late" for one in context["results"]),
        "slip": request.POST.get("slip", ""),
        "reason": request.POST.get("reason", "") or _said_by_bank(context["results"]),
        "batch_url": reverse("payment_batch", args=[found.batch_id])
        if acting.covers(found.batch.region_code)
        else "",
        "breadcrumbs": crumbs((_("资金拨付"), reverse("payments")), (found.number, "")),
    }
    status = 422 if error else 200
    return render(request, "official/payment.html", context, status=status)


def _said_by_bank(results: Sequence[queries.BankResult]) -> str:
    """Why the bank sent it back, as the latest file has it."""
    return next((one.reason for one in reversed(results) if not one.succeeded), "")


@require_POST
@desk(*OFFICIAL)
def payment_return(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Record that the bank sent a payment back after it was paid, with the slip of that."""
    found = _find(acting, pk)
    slip, reason = request.POST.get("slip", ""), request.POST.get("reason", "")
    try:
        record_return(found, acting, slip=slip, reason=reason)
    except StepRefused as refused:
        return _payment(request, acting, _find(acting, pk), said(refused.text))
    text = _("%(number)s 已登记退回，款项重新列入应付，已通知收款单位更正账户。")
    tell(request, text % {"number": found.number})
    return redirect("payment", pk)


@require_POST
@desk(*OFFICIAL)
def payment_drop(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take a payment out of its batch, with a reason."""
    found = _find(acting, pk)
    try:
        actions.drop(found, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return _payment(request, acting, _find(acting, pk), said(refused.text))
    tell(request, _("%(number)s 已移出批次，款项回到待拨付。") % {"number": found.number})
    return redirect("payment_batch", found.batch_id)


@require_POST
@desk(*OFFICIAL)
def payment_end(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Decide that what the bank sent back is not paid anew, with a reason."""
    found = _find(acting, pk)
    try:
        end(found, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return _payment(request, acting, _find(acting, pk), said(refused.text))
    tell(request, _("%(number)s 不再拨付，预留的资金已退回。") % {"number": found.number})
    return redirect("payment", pk)
