"""核销抵扣券: a supplier that took a voucher at its till begins the claim on it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.funding.actions.vouchers_redeeming import start_redemption
from dengta.funding.queries.claims_desk import taken
from dengta.funding.queries.vouchers import by_redemption_code
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.claims_shown import own_rows
from dengta.web.fields import YUAN, NumberField, at_field
from dengta.web.frame import desk, tell


class RedeemForm(forms.Form):
    """The voucher's code as the customer says it, and what was set off."""

    use_required_attribute = False

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    number = forms.CharField(
        label=gettext_lazy("抵扣码"),
        max_length=40,
        help_text=gettext_lazy("客户服务券页面上的抵扣码，例如 YQ2026-000123-7F3A9C21。"),
        error_messages={"required": gettext_lazy("还没有填写抵扣码，请向客户核对后填写。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_fen"] = NumberField(
            YUAN, 1, 10**13, label=_("抵扣金额"),
            error_messages={"required": _("还没有填写抵扣金额，请补上。")},
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk("provider")
def redeem(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Begin the claim on a voucher that was set off; the same form sent twice begins one."""
    form = RedeemForm(initial={"key": uuid.uuid4().hex})
    if request.method == "POST":
        form = RedeemForm(request.POST)
        if form.is_valid():
            answer = _start(request, acting, form)
            if answer is not None:
                return answer
    page = Paginator(taken(acting), 20).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": own_rows(page),
        "breadcrumbs": crumbs((_("工作台"), reverse("provider_home")), (_("核销抵扣券"), "")),
    }
    return render(request, "provider/redeem.html", context, status=422 if form.errors else 200)


def _start(request: HttpRequest, acting: Actor, form: RedeemForm) -> HttpResponse | None:
    found = by_redemption_code(form.cleaned_data["number"])
    if found is None:
        form.add_error("number", _("没有这个抵扣码的有效服务券。请向客户核对后重填。"))
        return None
    try:
        claim = start_redemption(
            found, acting, form.cleaned_data["amount_fen"], key=form.cleaned_data["key"]
        )
    except StepRefused as refused:
        at_field(form, refused)
        return None
    tell(
        request,
        _("已建立申领 %(number)s，请补充账单和付款材料后提交。") % {"number": claim.number},
    )
    return redirect("claim_edit", claim.pk)
