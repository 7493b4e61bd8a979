"""Diagnosis as the firm sees it: order, choose among three or more, comment, accept and rate."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.actions import diagnosis as actions
from dengta.assessment.queries import diagnosis as queries
from dengta.assessment.queries import latest_of
from dengta.assessment.queries.diagnosis import DiagnosisOrder
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.frame import desk, said, tell

MARKS = (
    ("5", gettext_lazy("5 分：很满意")),
    ("4", gettext_lazy("4 分：满意")),
    ("3", gettext_lazy("3 分：一般")),
    ("2", gettext_lazy("2 分：不满意")),
    ("1", gettext_lazy("1 分：很不满意")),
)
# These steps ask for more than a note, so they have a form of their own.
WITH_FORM = ("choose", "comment", "accept")


class OrderForm(forms.Form):
    """What is to be diagnosed, and what the firm would like to have looked at."""

    use_required_attribute = False

    scope = forms.ChoiceField(
        label=gettext_lazy("诊断类别"),
        choices=DiagnosisOrder.Scope.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一个诊断类别，再下单。")},
    )
    wish = forms.CharField(
        label=gettext_lazy("诊断需求"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("最想解决的问题、希望重点看的车间或系统，最多 2000 字。"),
        error_messages={
            "max_length": gettext_lazy("诊断需求最多 2000 字，现在有 %(show_value)d 字，请精简。")
        },
    )


def find(acting: Actor, pk: int) -> DiagnosisOrder:
    """One order that the actor may see, else 404."""
    try:
        return queries.visible_order(acting, pk)
    except DiagnosisOrder.DoesNotExist as gone:
        raise Http404 from gone


def row(order: DiagnosisOrder, name: str, *, public: bool) -> dict[str, Any]:
    """One order in a list, with state and clock; `name` is the page it opens."""
    return {
        "order": order,
        "url": reverse(name, args=[order.pk]),
        "badge": badge(order.flow.state(order.state), public=public),
        "clock": clock_chip(order),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def diagnoses(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's orders, and the form for a new one; POST orders."""
    form = OrderForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        firm = queries.own_firm(acting)
        order = actions.order_diagnosis(acting, firm, **form.cleaned_data)
        return redirect("diagnosis", order.pk)
    page = Paginator(queries.orders_of(acting.organisation_id), 20).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "rows": [row(order, "diagnosis", public=True) for order in page],
        "assessed": latest_of(acting.organisation_id),
        "needed": queries.offers_needed(queries.today()),
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("诊断"), "")),
    }
    return render(request, "enterprise/diagnoses.html", context, status=422 if form.errors else 200)


@require_safe
@desk("enterprise")
def diagnosis(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One order: who can be chosen, how far it has come, the report to check."""
    return _page(request, acting, find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, order: DiagnosisOrder, error: str = ""
) -> HttpResponse:
    context = case_context(order, acting, without=WITH_FORM)
    day = queries.today()
    choosing = "choose" in context["allowed"]
    context |= {
        "order": order,
        "error": error,
        "typed": request.POST,
        "marks": MARKS,
        "offers": queries.offers(order, day) if choosing else [],
        "needed": queries.offers_needed(day),
        "gaps": order.gaps.all(),
        "names": queries.item_names(order),
        "can_share": order.assessment is not None,
        "breadcrumbs": crumbs((_("诊断"), reverse("diagnoses")), (order.number, "")),
    }
    return render(request, "enterprise/diagnosis.html", context, status=422 if error else 200)


@require_POST
@desk("enterprise")
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Choose, comment, accept or cancel; a step taken twice is told so."""
    order = find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        done = _take(request, acting, order, chosen)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    if done is not None:
        return _page(request, acting, order, done)
    tell(request, _("已办理：%s。") % said(order.flow.step(chosen).name))
    return redirect("diagnosis", pk)


def _take(request: HttpRequest, acting: Actor, order: DiagnosisOrder, chosen: str) -> str | None:
    """Take one step; a sentence when something has to be filled in first."""
    note = request.POST.get("note", "").strip()
    match chosen:
        case "choose":
            return _choose(request, acting, order)
        case "comment":
            if not note:
                return _("请写明哪里不符合实际，服务商才知道怎样改。")
            actions.comment(order, acting, note=note)
        case "accept":
            mark = request.POST.get("satisfaction", "")
            if mark not in {value for value, _label in MARKS}:
                return _("请先选一档满意度，再确认。")
            actions.accept(order, acting, satisfaction=int(mark), note=note)
        case "cancel":
            actions.cancel(order, acting, note=note)
        case _:
            raise Http404
    return None


def _choose(request: HttpRequest, acting: Actor, order: DiagnosisOrder) -> str | None:
    uscc = request.POST.get("provider", "")
    offered = {o.provider.uscc: o.provider for o in queries.offers(order, queries.today())}
    if uscc not in offered:
        return _("请先选一家机构，再下单。")
    actions.choose(
        order,
        acting,
        offered[uscc],
        reason=request.POST.get("reason", "").strip()[:500],
        shares_result=request.POST.get("share") == "yes",
    )
    return None
