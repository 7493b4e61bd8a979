"""资金追回 at an office's desk: the cases of the territory, what came in, a new case, sanctions."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.funding.actions import clawbacks as actions
from dengta.funding.queries import clawbacks as queries
from dengta.funding.queries.clawbacks import Clawback
from dengta.registry.actions import lift_sanction
from dengta.registry.queries import divisions, in_force, policy
from dengta.trail.actions import StepRefused
from dengta.web.awards import key_of, new_key
from dengta.web.cases import crumbs
from dengta.web.clawbacks import YuanField, grouped_names, origins, row
from dengta.web.frame import OFFICIAL, desk, said, tell


class FindingForm(forms.Form):
    """What was found of a claim, and how much is asked for."""

    use_required_attribute = False

    claim = forms.CharField(
        label=gettext_lazy("申领编号"),
        max_length=20,
        error_messages={"required": gettext_lazy("请填写申领编号，例如 SL2026-000012。")},
    )
    origin = forms.ChoiceField(label=gettext_lazy("线索来源"), widget=forms.RadioSelect)
    amount = YuanField(label=gettext_lazy("拟追回金额"))
    grounds = forms.CharField(
        label=gettext_lazy("事由"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("查到什么、依据什么。发出告知后，对方会看到这段话和依据材料。"),
        error_messages={"required": gettext_lazy("请写明事由：查到什么、依据什么。")},
    )
    file = forms.FileField(label=gettext_lazy("依据材料"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        origin = self.fields["origin"]
        assert isinstance(origin, forms.ChoiceField)
        origin.choices = origins()


@require_safe
@desk(*OFFICIAL)
def clawbacks(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The cases of the territory by state with their clocks; what came in of what was decided; the
    sanctions in force."""
    counts, flow, day = queries.by_state(acting), Clawback.flow, timezone.localdate()
    state = request.GET.get("state", "")
    rows = queries.cases(acting, state=state)
    whole, places, programmes = queries.recovered(acting)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    names = {one.id: one.name for one in policy().programmes}
    barred = in_force(day, acting.region).select_related("organisation").order_by("until_date")
    context = {
        "page": page,
        "rows": [row(case, public=False) for case in page],
        "states": [
            (one.id, said(one.name), counts[one.id], one.id == state)
            for one in flow.states
            if one.id in counts
        ],
        "chosen": state,
        "query": f"state={state}&" if state in counts else "",
        "whole": whole,
        "places": grouped_names(places, {one.code: one.name for one in divisions()}),
        "programmes": grouped_names(programmes, names),
        "barred": list(barred[:50]),
        "may_decide": acting.role in ("city", "province"),
        "breadcrumbs": crumbs((_("资金追回"), "")),
    }
    return render(request, "official/clawbacks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("city", "province")
def clawback_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A new case: from a claim (`claim` is its number) or from nothing; POST opens it."""
    given = request.POST if request.method == "POST" else request.GET
    claim = queries.claim_for(acting, given.get("claim", ""))
    start = {"claim": given.get("claim", "")[:20], "origin": given.get("origin", "audit")}
    start["grounds"] = given.get("grounds", "")[:5000]
    if claim is not None:
        start["amount"] = yuan(queries.reclaimable_fen(claim)).replace(",", "")
    form = FindingForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        if claim is None:
            form.add_error("claim", _("辖区内没有这个编号的申领。请核对编号，例如 SL2026-000012。"))
        else:
            typed = form.cleaned_data
            finding = actions.Finding(
                typed["origin"], typed["grounds"], typed["amount"], file=typed["file"],
                hit=queries.hit_for(claim, given.get("hit", "")),
            )  # fmt: skip
            try:
                key = key_of(request, acting)
                opened = actions.open_clawback(claim, acting, finding, key=key)
            except StepRefused as refused:
                form.add_error(None, said(refused.text))
            else:
                tell(request, _("已立案。发出告知后，对方可以陈述申辩。"))
                return redirect("official_clawback", opened.pk)
    context = {
        "form": form,
        "claim": claim,
        "hit": given.get("hit", "")[:20],
        "paid_fen": queries.paid_fen(claim) if claim else 0,
        "left_fen": queries.reclaimable_fen(claim) if claim else 0,
        "terms": queries.terms_of(claim) if claim else [],
        "key": request.POST.get("key") or new_key(),
        "breadcrumbs": crumbs((_("资金追回"), reverse("official_clawbacks")), (_("立案"), "")),
    }
    return render(
        request, "official/clawback_new.html", context, status=422 if form.errors else 200
    )


@require_POST
@desk("city", "province")
def lift(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Lift a sanction before its day, with a reason."""
    held = in_force(timezone.localdate()).select_related("organisation").filter(pk=pk).first()
    if held is None or not acting.covers(held.organisation.region_code):
        raise Http404
    try:
        lift_sanction(held, acting, request.POST.get("note", ""))
    except StepRefused as refused:
        tell(request, refused.text, good=False)
    else:
        tell(request, _("已解除对 %(name)s 的限制。") % {"name": held.organisation.name})
    return redirect("official_clawbacks")
