"""Diagnosis as an office sees it: every order of the territory, one to be ordered, its quality."""

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
from dengta.assessment.queries.diagnosis import DiagnosisOrder
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.enterprise.diagnosis import OrderForm, find, row
from dengta.web.frame import OFFICIAL, desk, said, tell

QUALITY = (
    ("5", gettext_lazy("5 分：优")),
    ("4", gettext_lazy("4 分：良")),
    ("3", gettext_lazy("3 分：合格")),
    ("2", gettext_lazy("2 分：需改进")),
    ("1", gettext_lazy("1 分：不合格")),
)


class OfficeOrderForm(OrderForm):
    """An order for a firm, named by its code."""

    field_order = ("uscc", "scope", "wish")

    uscc = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        max_length=40,
        widget=forms.TextInput(attrs={"data-uscc": "", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填写企业的统一社会信用代码，18 位。")},
    )

    def __init__(self, acting: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting = acting

    def clean_uscc(self) -> Any:
        """The enterprise of the territory that has the code."""
        code = normal_uscc(self.cleaned_data["uscc"])
        fault = uscc_fault(code)
        if fault is not None:
            raise forms.ValidationError(said(fault))
        firm = queries.wanted_firm(self.acting, code)
        if firm is None:
            raise forms.ValidationError(
                _("辖区内没有注册 %(code)s 这家企业，请核对代码，或请企业先注册。") % {"code": code}
            )
        return firm


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def diagnoses(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every order of the territory by state, and the form to order one for a firm."""
    form = OfficeOrderForm(acting, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        order = actions.order_diagnosis(
            acting, typed["uscc"], scope=typed["scope"], wish=typed["wish"]
        )
        tell(request, _("已为企业发起诊断，由企业自己选择机构，已通知企业。"))
        return redirect("official_diagnosis", order.pk)
    rows, chosen = queries.orders_in(acting), request.GET.get("state", "")
    sample = queries.quality_sample(acting, queries.today())
    if chosen in {state.id for state in DiagnosisOrder.flow.states}:
        rows = rows.filter(state=chosen)
    elif chosen == "sampled":
        rows = rows.filter(pk__in=sample.orders)
    elif chosen == "unchecked":
        rows = rows.filter(accepted_at__isnull=False, quality=None)
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(organisation__name__contains=words)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    states = [(s.id, said(s.name), s.id == chosen) for s in DiagnosisOrder.flow.states]
    context = {
        "form": form,
        "page": page,
        "rows": [row(order, "official_diagnosis", public=False) for order in page],
        "states": [
            *states,
            ("sampled", _("上月抽中做质量评价"), chosen == "sampled"),
            ("unchecked", _("已验收、未做质量评价"), chosen == "unchecked"),
        ],
        "sample": sample,
        "q": words,
        "query": f"state={chosen}&q={words}&" if chosen or words else "",
        "breadcrumbs": crumbs((_("诊断"), "")),
    }
    return render(request, "official/diagnoses.html", context, status=422 if form.errors else 200)


@require_safe
@desk(*OFFICIAL)
def diagnosis(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One order with what was shown, the report, and the form for its quality."""
    return _page(request, acting, find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, order: DiagnosisOrder, error: str = ""
) -> HttpResponse:
    context = case_context(order, acting) | {
        "order": order,
        "error": error,
        "typed": request.POST,
        "note": request.POST.get("note", ""),
        "quality_choices": QUALITY,
        "gaps": order.gaps.all(),
        "names": queries.item_names(order),
        "breadcrumbs": crumbs((_("诊断"), reverse("official_diagnoses")), (order.number, "")),
    }
    return render(request, "official/diagnosis.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Cancel an order, or mark the quality of an accepted one."""
    order, note = find(acting, pk), request.POST.get("note", "")
    chosen = request.POST.get("step") or step
    try:
        if chosen == "quality":
            mark = request.POST.get("quality", "")
            if mark not in {value for value, _label in QUALITY}:
                return _page(request, acting, order, _("请先选一档质量评分。"))
            actions.check_quality(order, acting, quality=int(mark), note=note)
            tell(request, _("质量评价已保存。"))
        elif chosen == "cancel":
            actions.cancel(order, acting, note=note)
            tell(request, _("诊断已取消，已通知企业和服务商。"))
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    return redirect("official_diagnosis", pk)
