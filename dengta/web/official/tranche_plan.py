"""Planning the tranches of a place whose award is not on the platform."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.funding.actions.tranches import plan
from dengta.funding.queries.tranches import funds_in_portions
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import WAN, NumberField
from dengta.web.frame import desk, said, tell
from dengta.web.official.budget_new import places_of


class PlanForm(forms.Form):
    """Which place gets how much of which fund in all."""

    use_required_attribute = False

    def __init__(self, acting: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"required": _("请选择。")}
        funds = sorted(funds_in_portions(), key=lambda fund: (-fund.year, fund.id))
        self.fields["fund"] = forms.ChoiceField(
            label=_("资金"),
            choices=[("", _("请选择")), *((fund.id, said(fund.name)) for fund in funds)],
            error_messages=missing,
        )
        self.fields["region"] = forms.ChoiceField(
            label=_("地区"), choices=places_of(acting), error_messages=missing
        )
        self.fields["amount_fen"] = NumberField(
            WAN, 1, 10**11, label=_("总额"), required=False,
            help_text=_("留空为资金规定的每个地区总额；按规定比例分批。"),
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk("province")
def tranche_plan(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Plan a place's tranches; those that are planned already stay."""
    form = PlanForm(acting, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = plan(acting, typed["fund"], typed["region"], amount_fen=typed["amount_fen"])
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("分批计划已编制，请市州按条件逐批申请。"))
            return redirect("tranche", made[0].pk)
    context = {
        "form": form,
        "breadcrumbs": crumbs(
            (_("预算资金"), reverse("budgets")),
            (_("分批下达"), reverse("tranches")),
            (_("编制分批计划"), ""),
        ),
    }
    wrong = request.method == "POST"
    return render(request, "official/tranche_plan.html", context, status=422 if wrong else 200)
