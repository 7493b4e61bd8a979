"""城市试点分批资金: the tranches, and one with its condition, figures and evaluation."""

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
from dengta.core.money import yuan
from dengta.funding.actions import tranches as actions
from dengta.funding.queries import fund_tree
from dengta.funding.queries import tranches as queries
from dengta.funding.queries.budgets import KINDS, fund_name, fund_named, room_above
from dengta.funding.queries.tranches import Tranche
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, keep_document
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import WAN, NumberField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.budgets import share_of

REPORTS = ("pdf", "doc", "docx", "ofd", "jpg", "jpeg", "png")
ELSEWHERE = ("ask", "evaluate", "release")
"""Steps that have a form of their own."""


class AskForm(forms.Form):
    """How the condition is met, with the report."""

    use_required_attribute = False

    request = forms.CharField(
        label=gettext_lazy("条件完成情况"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("请写明条件完成情况，省级据此评价。")},
    )
    report = forms.FileField(label=gettext_lazy("绩效报告"), required=False)


class EvaluateForm(forms.Form):
    """Points and opinion."""

    use_required_attribute = False

    score = forms.IntegerField(
        label=gettext_lazy("绩效评价得分"),
        min_value=0,
        max_value=100,
        error_messages={"required": gettext_lazy("请填写得分。")},
    )
    opinion = forms.CharField(
        label=gettext_lazy("评价意见"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写明评价意见，市州和审计会看到。")},
    )


class ReleaseForm(forms.Form):
    """By which document, how much of it for public service, and who checked it where one person
    does both."""

    use_required_attribute = False

    document_number = forms.CharField(
        label=gettext_lazy("文号"),
        max_length=80,
        error_messages={"required": gettext_lazy("请填写文号，市州和审计凭文号核对。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["public_fen"] = NumberField(
            WAN, 0, 10**11, label=_("其中用于公共服务"), required=False,
            help_text=_("留空按规定比例。"),
        )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("说明"), max_length=1000, required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("评价的人不能自己下达；本单位只有一人时，请在说明中写明由谁复核。"),
        )  # fmt: skip


FORMS: dict[str, type[forms.Form]] = {
    "ask": AskForm,
    "evaluate": EvaluateForm,
    "release": ReleaseForm,
}


@require_safe
@desk(*OFFICIAL)
def tranches(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every tranche in sight, by place; what can still be planned."""
    chosen, state = request.GET.get("fund", "")[:60], request.GET.get("state", "")[:24]
    page = Paginator(queries.tranches_of(acting, chosen, state), 30).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [_row(tranche) for tranche in page],
        "funds": [(f.id, said(f.name), f.id == chosen) for f in queries.funds_in_portions()],
        "states": [(s.id, said(s.name), s.id == state) for s in Tranche.flow.states],
        "query": f"fund={chosen}&state={state}&" if chosen or state else "",
        "breadcrumbs": crumbs((_("预算资金"), reverse("budgets")), (_("分批下达"), "")),
    }
    return render(request, "official/tranches.html", context)


def _row(tranche: Tranche) -> dict[str, Any]:
    return {
        "tranche": tranche,
        "fund": fund_name(tranche.fund),
        "badge": badge(tranche.flow.state(tranche.state), public=False),
    }


def _find(acting: Actor, pk: int) -> Tranche:
    try:
        return queries.tranche_of(acting, pk)
    except Tranche.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def tranche(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One tranche: its condition, what the books said and say, its evaluation, what can be done."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    found: Tranche,
    form: forms.Form | None = None,
    error: str = "",
) -> HttpResponse:
    context = case_context(found, acting, without=ELSEWHERE)
    fund, award = fund_named(found.fund), queries.award_of(found)
    place = queries.place_of(fund, found.region_code)
    own = next((id for id in ELSEWHERE if id in context["allowed"]), "")
    plan = queries.plan_behind(found)
    context |= {
        "plan": plan,
        "plan_badge": badge(plan.flow.state(plan.state), public=False) if plan else None,
        "unpromised": queries.without_contract(found) if own in ("ask", "release") else None,
        "tranche": found,
        "fund": fund,
        "award": award,
        "share": share_of(place) if place else None,
        "figures": _figures(found, place),
        "orders": [{"order": one, "kind": KINDS[one.kind]} for one in found.orders.order_by("id")],
        "others": [_row(one) for one in queries.beside(found)],
        "short": _short(acting, found),
        "own": context["allowed"].get(own),
        "form": form or (FORMS[own](auto_id="t_%s") if own else None),
        "least": policy().practised("evaluation_score_least", timezone.localdate()),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (_("预算资金"), reverse("budgets")),
            (_("分批下达"), reverse("tranches")),
            (found.number, ""),
        ),
    }
    wrong = error or (form is not None and form.errors)
    return render(request, "official/tranche.html", context, status=422 if wrong else 200)


def _short(acting: Actor, found: Tranche) -> str:
    """The warning to the province that the fund has less free than the tranche asks for; else
    empty."""
    if acting.role != "province" or found.flow.state(found.state).final:
        return ""
    room = room_above(fund_named(found.fund), found.region_code)
    if room is None or found.amount_fen <= room.left_fen:
        return ""
    return _(
        "这批要下达 %(asked)s 元，而上级账户现在账上 %(held)s 元，其中已预留 %(reserved)s 元，可用"
        " %(left)s 元，不够下达。请先补充资金，或暂缓通过评价。"
    ) % {
        "asked": yuan(found.amount_fen),
        "held": yuan(room.held_fen),
        "reserved": yuan(room.reserved_fen),
        "left": yuan(room.left_fen),
    }


def _figures(found: Tranche, place: fund_tree.Place | None) -> list[dict[str, Any]]:
    """The figures side by side: as they were asked and evaluated with, and as they are now."""
    names = {"asked": _("申请时"), "evaluated": _("评价时")}
    columns = [
        {"name": names[key], "at": at, "figures": queries.kept(found.figures[key])}
        for key, at in (("asked", found.asked_at), ("evaluated", found.evaluated_at))
        if key in found.figures
    ]
    if place is not None:
        now = queries.figures_at(place)
        columns.append({"name": _("现在"), "at": timezone.now(), "figures": now})
    return columns


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Ask, evaluate, return, release, refuse. Two officials at once: the second is told."""
    found, chosen = _find(acting, pk), request.POST.get("step", "")
    form = None
    if chosen in FORMS:
        form = FORMS[chosen](request.POST, request.FILES, auto_id="t_%s")
        if not form.is_valid():
            return _page(request, acting, found, form)
    try:
        _take(acting, found, chosen, form, request.POST.get("note", ""))
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), form, said(refused.text))
    name = said(found.flow.step(chosen).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("tranche", pk)


def _take(acting: Actor, found: Tranche, step: str, form: forms.Form | None, note: str) -> None:
    typed = form.cleaned_data if form else {}
    match step:
        case "ask":
            file = typed["report"]
            report = keep_document(file, by=acting, types=REPORTS) if file else None
            actions.ask(found, acting, request=typed["request"], report=report)
        case "evaluate":
            actions.evaluate(found, acting, **typed)
        case "release":
            actions.release(found, acting, **typed)
        case "return":
            actions.give_back(found, acting, note=note)
        case "refuse":
            actions.refuse(found, acting, note=note)
        case _:
            raise Http404
