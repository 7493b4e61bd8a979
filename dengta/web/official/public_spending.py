"""公共服务支出: a pilot place records what it paid out of its public part, a colleague books it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import public_spending as actions
from dengta.funding.actions.budgets import MOST_FEN
from dengta.funding.queries import public_spending as queries
from dengta.funding.queries.budgets import fund_name, place_name
from dengta.funding.queries.public_spending import PublicExpense
from dengta.trail.actions import StepRefused, keep_document
from dengta.web.cases import case_context, crumbs
from dengta.web.fields import YUAN, DayField, NumberField
from dengta.web.frame import OFFICIAL, desk, said, tell

PROOFS = ("pdf", "jpg", "jpeg", "png", "ofd")


class ExpenseForm(forms.Form):
    """What was paid, to whom, and what proves it."""

    use_required_attribute = False

    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    purpose = forms.CharField(
        label=gettext_lazy("支出用途"),
        max_length=200,
        error_messages={"required": gettext_lazy("请写明支出用途，今后查账时才知道为什么。")},
    )
    payee_name = forms.CharField(
        label=gettext_lazy("收款单位"),
        max_length=120,
        error_messages={"required": gettext_lazy("请填写收款单位。")},
    )
    payee_uscc = forms.CharField(
        label=gettext_lazy("收款单位统一社会信用代码"),
        max_length=30,
        error_messages={"required": gettext_lazy("请填写收款单位的统一社会信用代码。")},
    )
    contract_number = forms.CharField(label=gettext_lazy("合同编号"), max_length=60, required=False)
    invoice_code = forms.CharField(
        label=gettext_lazy("发票代码"),
        max_length=12,
        required=False,
        help_text=gettext_lazy("数电票没有发票代码，不用填。"),
    )
    invoice_number = forms.CharField(
        label=gettext_lazy("发票号码"),
        max_length=20,
        error_messages={"required": gettext_lazy("请填写发票号码。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["spent_date"] = DayField(
            label=_("付款日期"), latest=timezone.localdate(),
            error_messages={"required": _("请填写付款日期。")},
        )  # fmt: skip
        self.fields["amount_fen"] = NumberField(
            YUAN, 1, MOST_FEN, label=_("金额"),
            error_messages={"required": _("还没有填写金额，请补上。")},
        )  # fmt: skip
        self.fields["evidence"] = forms.FileField(
            label=_("合同和发票"), help_text=_("合在一个文件里：PDF、OFD 或照片。"),
            error_messages={"required": _("请上传合同和发票，复核的人凭它入账。")},
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def public_expense_new(request: HttpRequest, acting: Actor, fund: str) -> HttpResponse:
    """Record an expenditure; the same form sent twice makes one. For the place's own office."""
    budget = queries.public_budget(acting, fund)
    if budget is None:
        raise Http404
    form = ExpenseForm(initial={"key": uuid.uuid4().hex})
    if request.method == "POST":
        form = ExpenseForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                made = _recorded(acting, fund, form.cleaned_data)
            except StepRefused as refused:
                form.add_error(None, said(refused.text))
            else:
                tell(request, _("已登记，还没有入账。请本单位另一位经办人复核入账。"))
                return redirect("public_expense", made.pk)
    context = {
        "form": form,
        "rows": [field for field in form if not field.is_hidden],
        "fund": fund,
        "place": place_name(budget),
        "breadcrumbs": crumbs(
            (_("预算资金"), reverse("budgets")),
            (fund_name(fund), reverse("fund", args=[fund])),
            (_("登记公共服务支出"), ""),
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "official/public_expense_new.html", context, status=status)


def _recorded(acting: Actor, fund: str, typed: dict[str, Any]) -> PublicExpense:
    file = keep_document(typed["evidence"], by=acting, types=PROOFS)
    names = (
        "purpose", "payee_name", "payee_uscc", "contract_number", "invoice_code",
        "invoice_number", "spent_date", "amount_fen",
    )  # fmt: skip
    spent = actions.Spent(**{name: typed[name] for name in names}, evidence=file)
    return actions.record(acting, fund, spent, key=typed["key"])


def _find(acting: Actor, pk: int) -> PublicExpense:
    try:
        return queries.expense_of(acting, pk)
    except PublicExpense.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def public_expense(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One expenditure: what was paid, what proves it, what can be done."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: PublicExpense, error: str = ""
) -> HttpResponse:
    context = case_context(found, acting, without=("book",))
    if not actions.may_decide(acting, found):
        context |= {"steps": [], "allowed": {}}
    context |= {
        "expense": found,
        "fund": fund_name(found.budget.fund),
        "place": place_name(found.budget),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (_("预算资金"), reverse("budgets")),
            (fund_name(found.budget.fund), reverse("fund", args=[found.budget.fund])),
            (found.number, ""),
        ),
    }
    return render(request, "official/public_expense.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def public_expense_step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Book or refuse. Two officials at once: the second is told."""
    found, note = _find(acting, pk), request.POST.get("note", "")
    takes = {"book": actions.book, "refuse": actions.refuse}
    take = takes.get(request.POST.get("step", ""))
    if take is None:
        raise Http404
    try:
        event = take(found, acting, note=note)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("public_expense", pk)
