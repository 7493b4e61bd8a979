"""What a firm asks to be paid: its claims, the rewards that wait for it, one claim with its clock,
the calculation and how the price is shared."""

from __future__ import annotations

import secrets

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import claims_filling, claims_submitting, rewards
from dengta.funding.actions.payments import give_account
from dengta.funding.queries import claims as queries
from dengta.funding.queries import claims_desk, clawbacks, money_coming
from dengta.funding.queries.claims import Claim
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.claims_shown import own_rows, shown
from dengta.web.frame import desk, said, tell
from dengta.web.onway import clock_of


def find(acting: Actor, pk: int) -> Claim:
    """A claim of the actor's firm; 404 for any other."""
    try:
        found = queries.visible(acting, pk)
    except Claim.DoesNotExist as gone:
        raise Http404 from gone
    if acting.organisation_id not in (found.organisation_id, found.payee_id):
        raise Http404
    return found


@require_safe
@desk("enterprise", "provider")
def claims(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's claims, newest first; above them what it may claim and what waits for it."""
    page = Paginator(claims_desk.own(acting), 20).get_page(request.GET.get("page"))
    context = {
        "rows": own_rows(page),
        # A supplier's claims begin with a voucher that it took.
        "may_begin": acting.role == "enterprise",
        "page": page,
        "rewards": claims_desk.ready_rewards(acting),
        "schemes": claims_desk.claimable_schemes(claims_desk.today()),
        "key": secrets.token_hex(8),
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("资金申领"), "")),
    }
    return render(request, "enterprise/claims.html", context)


@require_POST
@desk("enterprise", "provider")
def claim_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A new draft; pressed twice it is one."""
    try:
        made = claims_filling.begin_claim(
            acting, request.POST.get("scheme", ""), key=request.POST.get("key", "")[:40]
        )
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("claims")
    return redirect("claim_edit", made.pk)


@require_safe
@desk("enterprise", "provider")
def claim(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One claim: what is to be done, the amount step by step, who pays what, papers, timeline."""
    return page_of(request, acting, find(acting, pk))


def page_of(request: HttpRequest, acting: Actor, found: Claim, error: str = "") -> HttpResponse:
    """The page of one claim, with the reason why the last try did not go through."""
    context = case_context(found, acting) | shown(found, acting)
    steps = {step.id: step for step in queries.steps_for(found, acting)}
    context |= {
        "steps": [step for step in steps.values() if step.id == "withdraw"],
        "allowed": steps,
        "needs_account": found.state == "approved"
        and acting.organisation_id == found.payee_id
        and not (found.account_number and found.bank_name),
        "lost": queries.lost_voucher(found, timezone.localdate()) if "submit" in steps else None,
        "mend_url": _mend_url(found, acting),
        "money_clock": clock_of(found, public=True),
        "error": error,
        "typed": request.POST,
        "clawbacks": clawbacks.of_claim(acting, found),
        "payments_url": reverse(f"{acting.role}_payments"),
        "breadcrumbs": crumbs((_("资金申领"), reverse("claims")), (found.number, "")),
    }
    return render(request, "enterprise/claim.html", context, status=422 if error else 200)


def _mend_url(found: Claim, acting: Actor) -> str:
    """Where the payee mends the account of what the bank sent back; "" when nothing did."""
    if acting.organisation_id != found.payee_id:
        return ""
    payment = money_coming.open_bounces([found.pk]).get(found.pk)
    return reverse(f"{acting.role}_payment", args=[payment]) if payment else ""


@require_POST
@desk("enterprise", "provider")
def claim_confirm(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Confirm the account of a reward: one answer, and it goes to the province."""
    found = find(acting, pk)
    try:
        rewards.confirm(
            found,
            acting,
            account_number=request.POST.get("account_number", ""),
            bank_name=request.POST.get("bank_name", ""),
            agreed_by=request.POST.get("agreed_by", ""),
        )
    except StepRefused as refused:
        return page_of(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("已确认收款账户，接下来由省级审定并拨付。"))
    return redirect("claim", pk)


@require_POST
@desk("enterprise", "provider")
def claim_withdraw(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take a claim back."""
    found = find(acting, pk)
    try:
        claims_submitting.withdraw(found, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return page_of(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("已撤回。所用发票、合同可以重新申领。"))
    return redirect("claim", pk)


@require_POST
@desk("enterprise", "provider")
def claim_account(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The payee completes its account, so that an approved claim can be paid."""
    found = find(acting, pk)
    try:
        give_account(
            found, acting,
            account_number=request.POST.get("account_number", "")[:40],
            bank_name=request.POST.get("bank_name", "")[:120],
        )  # fmt: skip
    except StepRefused as refused:
        return page_of(request, acting, found, said(refused.text))
    tell(request, _("收款账户已补齐，下一批就可以付款。"))
    return redirect("claim", pk)
