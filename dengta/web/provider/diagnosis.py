"""Diagnosis as the provider sees it: orders to take, the visit, the report with its gaps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
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
from dengta.trail.actions import StepRefused, allowed_steps, keep_document
from dengta.web.cases import case_context, crumbs
from dengta.web.enterprise.diagnosis import find, row
from dengta.web.fields import WAN, DayField, NumberField
from dengta.web.frame import desk, said, tell

WITH_FORM = ("visit", "send")
REPORT_TYPES = (".pdf", ".doc", ".docx")
LONGEST_DAYS = 2000
SEVERITIES = (
    (3, gettext_lazy("亟需改进")),
    (2, gettext_lazy("需要改进")),
    (1, gettext_lazy("可以改进")),
)


class ReportForm(forms.Form):
    """Findings and the report as a file. A draft may have gaps."""

    use_required_attribute = False

    findings = forms.CharField(
        label=gettext_lazy("诊断结论"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("现状、主要问题、总体建议，最多 5000 字，企业负责人能看懂。"),
        error_messages={
            "max_length": gettext_lazy("诊断结论最多 5000 字，现在有 %(show_value)d 字，请精简。")
        },
    )
    report = forms.FileField(label=gettext_lazy("诊断报告"), required=False)

    def clean_report(self) -> Any:
        """Refuse a file of another type or too large, by name."""
        file = self.cleaned_data["report"]
        if file is None:
            return None
        if not str(file.name).lower().endswith(REPORT_TYPES):
            raise forms.ValidationError(
                _("“%(name)s”不是报告文件，请上传 PDF 或 Word 文件。") % {"name": file.name}
            )
        if file.size > settings.DOCUMENT_MAX_BYTES:
            limit = settings.DOCUMENT_MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(
                _("“%(name)s”超过 %(limit)s MB，请压缩后再上传。")
                % {"name": file.name, "limit": limit}
            )
        return file


class GapForm(forms.Form):
    """One gap; an empty row is passed over."""

    use_required_attribute = False

    title = forms.CharField(label=gettext_lazy("短板"), max_length=120, required=False)
    item = forms.ChoiceField(label=gettext_lazy("对应评测项"), required=False)
    severity = forms.TypedChoiceField(
        label=gettext_lazy("严重程度"), choices=SEVERITIES, coerce=int, initial=2
    )
    advice = forms.CharField(
        label=gettext_lazy("改进建议"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cost_fen = NumberField(WAN, 0, 10**13, label=gettext_lazy("预计费用"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("预计工期"),
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = items  # type: ignore[attr-defined]
        self.fields["days"].widget.attrs["data-unit"] = _("个工作日")
        self.fields["cost_fen"].widget.attrs["data-unit"] = said(WAN.unit)

    def clean(self) -> dict[str, Any]:
        """A gap has a title and advice, or nothing."""
        typed = super().clean() or {}
        if typed.get("title") and not typed.get("advice"):
            self.add_error("advice", _("请写改进建议，或把这一行的短板清空。"))
        if typed.get("advice") and not typed.get("title"):
            self.add_error("title", _("请写明短板是什么。"))
        return typed


GapSet = forms.formset_factory(GapForm, extra=1, max_num=actions.MOST_GAPS, validate_max=True)


@require_safe
@desk("provider")
def diagnoses(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The provider's orders, newest first, with state and clock."""
    page = Paginator(queries.orders_for(acting.organisation_id), 20).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [row(order, "provider_diagnosis", public=False) for order in page],
        "breadcrumbs": crumbs((_("工作台"), reverse("provider_home")), (_("诊断"), "")),
    }
    return render(request, "provider/diagnoses.html", context)


class VisitForm(forms.Form):
    """The day of the visit."""

    use_required_attribute = False
    visit_date = DayField(label=gettext_lazy("现场日期"), required=True)


@require_safe
@desk("provider")
def diagnosis(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One order: the firm, its wish, its result where it agreed, and the next step."""
    return _page(request, acting, find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    order: DiagnosisOrder,
    error: str = "",
    visit: VisitForm | None = None,
) -> HttpResponse:
    context = case_context(order, acting, without=WITH_FORM)
    shown = queries.assessment_shown(order, acting)
    failed = bool(error or (visit is not None and visit.errors))
    context |= {
        "order": order,
        "error": error,
        "note": request.POST.get("note", ""),
        "visit_form": visit or VisitForm(),
        "assessment": shown,
        "gaps": order.gaps.all(),
        "names": queries.item_names(order),
        "breadcrumbs": crumbs((_("诊断"), reverse("provider_diagnoses")), (order.number, "")),
    }
    return render(request, "provider/diagnosis.html", context, status=422 if failed else 200)


@require_POST
@desk("provider")
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take, decline or record the visit."""
    order = find(acting, pk)
    chosen = request.POST.get("step") or step
    note = request.POST.get("note", "")
    try:
        match chosen:
            case "take":
                actions.take(order, acting)
            case "decline":
                actions.decline(order, acting, note=note)
            case "visit":
                visit = VisitForm(request.POST)
                if not visit.is_valid():
                    return _page(request, acting, order, visit=visit)
                actions.record_visit(order, acting, visit.cleaned_data["visit_date"])
            case _:
                raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    tell(request, _("已办理：%s。") % said(order.flow.step(chosen).name))
    if chosen == "decline":  # it is no longer this provider's order
        return redirect("provider_diagnoses")
    return redirect("provider_diagnosis", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("provider")
def report(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Write the report: saved as a draft, or sent to the firm."""
    order = find(acting, pk)
    if "send" not in {step.id for step in allowed_steps(order, acting)}:
        return redirect("provider_diagnosis", pk)
    names = queries.item_names(order)
    items = [("", _("不对应具体评测项"))] + [(id, said(text)) for id, text in names.items()]
    sent = request.method == "POST"
    form = ReportForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        initial={"findings": order.findings},
    )
    rows = GapSet(
        request.POST if sent else None,
        prefix="gap",
        form_kwargs={"items": items},
        initial=[
            {name: getattr(gap, name) for name in GapForm.base_fields} for gap in order.gaps.all()
        ],
    )
    error, status = "", 200
    if request.method == "POST":
        # What is right is kept even where something else is wrong.
        sound = form.is_valid() & rows.is_valid()
        status = 422
        try:
            if sound:
                _keep(order, acting, form, rows)
                if request.POST.get("do") == "send":
                    actions.send_report(order, acting)
                    tell(request, _("报告已交给企业核对。企业确认或提出意见后，会通知您。"))
                    return redirect("provider_diagnosis", pk)
                tell(request, _("已保存，可以接着写。"))
                return redirect("provider_report", pk)
        except StepRefused as refused:
            error = said(refused.text)
    context = {
        "order": order,
        "form": form,
        "rows": rows,
        "error": error,
        "comment": order.comment,
        "breadcrumbs": crumbs(
            (_("诊断"), reverse("provider_diagnoses")),
            (order.number, reverse("provider_diagnosis", args=[pk])),
            (_("诊断报告"), ""),
        ),
    }
    return render(request, "provider/report.html", context, status=status)


def _keep(order: DiagnosisOrder, acting: Actor, form: ReportForm, rows: Any) -> None:
    gaps = [
        actions.Gap(
            title=typed["title"],
            advice=typed["advice"],
            item=typed["item"],
            severity=typed["severity"],
            cost_fen=typed["cost_fen"],
            days=typed["days"],
        )
        for typed in rows.cleaned_data
        if typed.get("title")
    ]
    file = form.cleaned_data["report"]
    actions.save_report(
        order,
        acting,
        findings=form.cleaned_data["findings"],
        gaps=gaps,
        report=keep_document(file, by=acting) if file else None,
    )
