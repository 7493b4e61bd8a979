"""拨付进度 at the desk of a firm or provider: what is coming and when, what was paid, what came
back; and mending an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions.payments import mend_account
from dengta.funding.queries import money_coming
from dengta.funding.queries.budgets import scheme_name
from dengta.funding.queries.money_coming import Coming
from dengta.funding.queries.payments import Payment, waits_for
from dengta.funding.queries.payments import payments as seen
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.frame import desk, said, tell
from dengta.web.payments import reach, trace_context

PAYEES = ("enterprise", "provider")
STAGES: dict[str, tuple[Text, str]] = {
    "waits": (Text("验收后拨付", "Paid after acceptance"), "draft"),
    "ready": (Text("等待拨付", "Payment to come"), "wait"),
    "listed": (Text("已列入拨付批次", "In a payment batch"), "info"),
    "sent": (Text("银行正在付款", "The bank is paying"), "info"),
    "paid": (Text("已到账", "Paid"), "good"),
}
VIEWS = {
    "coming": Text("还没有到账", "Still to come"),
    "paid": Text("已到账", "Paid"),
    "bounced": Text("银行退回", "Sent back"),
}


class AccountForm(forms.Form):
    """The account that a payment is made to."""

    use_required_attribute = False

    account_name = forms.CharField(label=gettext_lazy("账户名称"), max_length=120)
    account_number = forms.CharField(label=gettext_lazy("收款账户"), max_length=40)
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=120)


def _address(acting: Actor, pk: int) -> str:
    return reverse(f"{acting.role}_payment", args=[pk])


@require_safe
@desk(*PAYEES)
def own_payments(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What this organisation is going to be paid and by when, or was paid."""
    view = request.GET.get("view", "coming")
    view = view if view in VIEWS else "coming"
    today = timezone.localdate()
    page = Paginator(money_coming.instalments_of(acting, view), 20).get_page(
        request.GET.get("page")
    )
    sums = money_coming.sums_of(acting, today.year)
    context = {
        "page": page,
        "rows": [_row(acting, one) for one in money_coming.shown(list(page), today)],
        "tiles": [
            {"label": Text("还没有到账", "Still to come"), "fen": sums.coming.fen},
            {"label": Text("今年已到账", "Paid this year"), "fen": sums.paid.fen},
        ],
        "views": [(id, name, id == view) for id, name in VIEWS.items()],
        "view": view,
        "query": f"view={view}&",
        "days": policy().practised("payment_workdays", today),
        "breadcrumbs": crumbs((_("拨付进度"), "")),
    }
    return render(request, "own_payments.html", context)


def _row(acting: Actor, one: Coming) -> dict[str, Any]:
    claim, payment = one.line.claim, one.line.payment
    name, tone = STAGES[one.stage]
    own = claim.organisation_id == acting.organisation_id
    return {
        "coming": one,
        "claim": claim,
        "to_other": claim.payee if claim.payee_id != acting.organisation_id else None,
        "for_other": None if own else claim.organisation,
        "scheme": scheme_name(claim.scheme),
        "badge": {"name": name, "tone": tone},
        "claim_url": reach("claim", claim.pk) if own and acting.role == "enterprise" else "",
        "payment": payment,
        "url": _address(acting, payment.pk) if payment else "",
        "mend_url": _address(acting, one.bounced)
        if one.bounced and claim.payee_id == acting.organisation_id
        else "",
    }


def _find(acting: Actor, pk: int) -> Payment:
    try:
        return seen(acting).get(pk=pk)
    except Payment.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*PAYEES)
def own_payment(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One payment: for what, where it stands, and what to do when the bank sent it back."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: Payment, form: AccountForm | None = None
) -> HttpResponse:
    context = case_context(found, acting)
    context |= trace_context(acting, found, request.GET.get("page"))
    mends = bool(context["allowed"])
    context |= {
        "form": (form or AccountForm(initial=_account(found))) if mends else None,
        "waits_for": waits_for(found, timezone.localdate()),
        "mend_url": reverse(f"{acting.role}_payment_mend", args=[found.pk]),
        "breadcrumbs": crumbs(
            (_("拨付进度"), reverse(f"{acting.role}_payments")), (found.number, "")
        ),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "own_payment.html", context, status=status)


def _account(found: Payment) -> dict[str, str]:
    return {
        "account_name": found.account_name,
        "account_number": found.account_number,
        "bank_name": found.bank_name,
    }


@require_POST
@desk(*PAYEES)
def mend(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Mend the account of a payment that the bank sent back, or confirm it."""
    found, form = _find(acting, pk), AccountForm(request.POST)
    if not form.is_valid():
        return _page(request, acting, found, form)
    try:
        mend_account(found, acting, **form.cleaned_data)
    except StepRefused as refused:
        form.add_error(None, said(refused.text))
        return _page(request, acting, _find(acting, pk), form)
    tell(request, _("收款账户已更正，下一批拨付时付到这个账户。"))
    return redirect(_address(acting, pk))
