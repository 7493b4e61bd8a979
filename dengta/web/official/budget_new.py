"""A new order: what is moved, where, how much, by which document and why."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.funding.actions.budgets import MOST_FEN, Draft, propose
from dengta.funding.queries.budgets import KINDS, fund_name, rooms_of
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import WAN, NumberField, at_field, division_choices
from dengta.web.frame import desk, said, tell
from dengta.web.official.budgets import PARTS

MAY = {
    "province": ("allocate", "appropriate", "return"),
    "city": ("allocate", "return", "shift"),
}
"""What each office orders."""


ORDER = ("kind", "fund", "region", "amount_fen", "public_fen", "document_number", "reason")
"""The fields as they stand on the page, and so the order of what has to be mended."""


class OrderForm(forms.Form):
    """All that an order says; nothing is booked yet."""

    use_required_attribute = False

    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    document_number = forms.CharField(
        label=gettext_lazy("文号"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("下达时必须有文号；现在没有，可以到下达时再填。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("事由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写明事由，今后查账时才知道为什么。")},
    )

    def __init__(self, acting: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"required": _("请选择。")}
        self.fields["kind"] = forms.ChoiceField(
            label=_("办理什么"),
            choices=[(kind, said(KINDS[kind])) for kind in MAY[acting.role]],
            widget=forms.RadioSelect,
            error_messages=missing,
        )
        self.fields["fund"] = forms.ChoiceField(
            label=_("资金"), choices=[("", _("请选择")), *_funds()], error_messages=missing
        )
        self.fields["region"] = forms.ChoiceField(
            label=_("地区"), choices=places_of(acting), required=False,
            help_text=_("下达给谁、从哪里收回、调整哪里的用途；安排预算时不用选。"),
        )  # fmt: skip
        self.fields["amount_fen"] = NumberField(
            WAN, 1, MOST_FEN, label=_("金额"),
            error_messages={"required": _("还没有填写金额，请补上。")},
        )  # fmt: skip
        self.fields["public_fen"] = NumberField(
            WAN, 0, MOST_FEN, label=_("其中用于公共服务"), required=False,
            help_text=_("分用途的资金才填；留空按规定比例，直接补助企业的不低于比例。"),
        )  # fmt: skip
        self.order_fields(ORDER)

    def draft(self) -> Draft:
        """The order as it was typed; call it on a valid form."""
        typed = self.cleaned_data
        public, amount = typed["public_fen"], typed["amount_fen"]
        parts = {}
        if public is not None and typed["kind"] in ("allocate", "return"):
            parts = {"enterprise": amount - public, "public": public}
        return Draft(
            typed["kind"], typed["fund"], typed["region"], amount,
            typed["document_number"], typed["reason"], parts,
        )  # fmt: skip


def _funds() -> list[tuple[str, str]]:
    """The latest year first; this year's are what one mostly wants."""
    funds = sorted(policy().funds, key=lambda fund: (-fund.year, fund.id))
    return [(fund.id, said(fund.name)) for fund in funds]


def places_of(acting: Actor) -> list[Any]:
    """The places that an office may give money to or take it from."""
    regions = policy().regions.values()
    counties: dict[str, list[tuple[str, str]]] = {}
    for region in regions:
        if region.level == "county" and acting.covers(region.code):
            counties.setdefault(region.parent, []).append((region.code, said(region.name)))
    own = [(r.code, said(r.name)) for r in regions if r.level == "city" and acting.covers(r.code)]
    if acting.role == "city":
        return [("", _("请选择")), *own, *counties.get(acting.region, [])]
    names = dict(own)
    return [*division_choices(), *((names[code], rows) for code, rows in counties.items())]


@require_http_methods(["GET", "HEAD", "POST"])
@desk("province", "city")
def budget_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Write an order and keep it as proposed; the same form sent twice makes one."""
    if request.method != "POST":
        first = {
            "key": uuid.uuid4().hex,
            "kind": MAY[acting.role][0],
            "fund": request.GET.get("fund", ""),
            "region": request.GET.get("region", ""),
        }
        return _page(request, acting, OrderForm(acting, initial=first))
    form = OrderForm(acting, request.POST)
    if form.is_valid():
        try:
            draft, key = form.draft(), form.cleaned_data["key"]
            made = propose(acting, draft, key=key, at=timezone.now())
        except StepRefused as refused:
            at_field(form, refused)
        else:
            tell(request, _("已保存，还没有记账。核对之后点“下达”。"))
            return redirect("budget_order", made[0].pk)
    return _page(request, acting, form, status=422)


def _page(request: HttpRequest, acting: Actor, form: OrderForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "rooms": [
            {"room": room, "fund": fund_name(room.budget.fund), "part": PARTS[room.budget.part]}
            for room in rooms_of(acting, timezone.localdate().year)
        ],
        "order": [form[name] for name in ORDER],
        "breadcrumbs": crumbs((_("预算资金"), reverse("budgets")), (_("新建指标文"), "")),
    }
    return render(request, "official/budget_new.html", context, status=status)
