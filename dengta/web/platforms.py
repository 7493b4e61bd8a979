"""平台月度数据: what an industrial platform reports month by month, and who looks at it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import platforms as actions
from dengta.catalogue.queries import platforms as queries
from dengta.core.shapes import Text
from dengta.programmes.queries.awards import award_numbered
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, keep_document
from dengta.web.awards import proceedings
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import MonthField
from dengta.web.frame import desk, said, tell

FOR = ("enterprise", "provider")
OFFICES = ("city", "province")
PROOFS = ("pdf", "jpg", "jpeg", "png", "xlsx")
MOST = 10**15
MOST_PLATFORMS = 200
TREND = 5
"""Months that are shown side by side."""


class MonthForm(forms.Form):
    """One month's figures with their evidence."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"] = MonthField(label=_("月份"))
        for metric in policy().pool.metrics:
            self.fields[metric.id] = forms.IntegerField(
                label=f"{said(metric.text)}（{said(metric.unit)}）",
                min_value=0,
                max_value=MOST - 1,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages={
                    "required": _("还没有填写，没有的请填 0。"),
                    "invalid": _("请填整数，不带单位和逗号。"),
                    "min_value": _("不能小于 0，请核对。"),
                },
            )
        self.fields["evidence"] = forms.FileField(
            label=_("佐证材料"),
            help_text=_("平台后台的截图或报表：PDF、图片或 Excel。"),
            error_messages={"required": _("请附佐证材料。")},
        )
        self.fields["explanation"] = forms.CharField(
            label=_("情况说明"), max_length=1000, required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("数字变化大的，说明原因，可以少一次来回。"),
        )  # fmt: skip


@require_safe
@desk(*FOR)
def platforms(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The platforms that one's organisation runs."""
    context = {
        "platforms": [
            (one, badge(one.flow.state(one.state), public=True))
            for one in queries.platforms_of(acting)
        ],
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("平台月度数据"), "")),
    }
    return render(request, "platforms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*FOR)
def platform(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One platform's months; POST reports one."""
    entry = get_object_or_404(queries.platforms_of(acting), pk=pk)
    last = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
    form = MonthForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        initial={"month": f"{last:%Y-%m}"},
    )
    if form.is_bound and form.is_valid():
        try:
            row = _reported(form, entry, acting)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            if row.findings:
                tell(request, _("已上报。有几处数字变化较大，主管部门可能请您说明。"))
            else:
                tell(request, _("已上报，等待核定。"))
            return redirect("platform", pk)
    page = Paginator(queries.months_of(entry), 12).get_page(request.GET.get("page"))
    award = award_numbered(entry.award)
    context = {
        "entry": entry,
        "badge": badge(entry.flow.state(entry.state), public=True),
        "award": award,
        "cases": proceedings(award, acting) if award is not None else [],
        "page": page,
        "rows": [_row(one) for one in page],
        "form": form if entry.state == "published" else None,
        "breadcrumbs": crumbs((_("平台月度数据"), reverse("platforms")), (entry.name, "")),
    }
    wrong = form.is_bound and form.errors
    return render(request, "platform.html", context, status=422 if wrong else 200)


def _reported(form: MonthForm, entry: Any, acting: Actor) -> queries.PlatformMonth:
    typed = form.cleaned_data
    figures = {metric.id: typed[metric.id] for metric in policy().pool.metrics}
    file = keep_document(typed["evidence"], by=acting, types=PROOFS)
    return actions.report_month(
        entry, typed["month"], figures, file, acting, explanation=typed["explanation"]
    )


def _row(row: queries.PlatformMonth) -> dict[str, Any]:
    return {
        "row": row,
        "badge": badge(row.flow.state(row.state), public=False),
        "figures": [
            {"name": metric.text, "unit": metric.unit, "value": row.figures.get(metric.id)}
            for metric in policy().pool.metrics
        ],
        "findings": [Text(one["zh"], one["en"]) for one in row.findings],
    }


@require_safe
@desk(*OFFICES)
def official_platforms(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What platforms reported, what waits first."""
    page = Paginator(queries.reported(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(one) for one in page],
        "platforms": [
            (one, badge(one.flow.state(one.state), public=False))
            for one in queries.platforms_within(acting)[:MOST_PLATFORMS]
        ],
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("平台月度数据"), "")),
    }
    return render(request, "official/platforms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICES)
def official_platform(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One month of one platform beside those before; POST confirms it or asks."""
    row = queries.reported(acting).filter(pk=pk).first()
    if row is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            _decide(row, acting, request.POST.get("step", ""), request.POST.get("note", ""))
        except StepRefused as refused:
            error = said(refused.text)
        else:
            tell(request, _("已办理。"))
            return redirect("official_platform", pk)
    until = queries.months_of(row.entry).filter(month__lte=row.month)
    months = list(until[:TREND])[::-1]
    context = case_context(row, acting) | {
        "row": _row(row),
        "months": months,
        "trend": [
            (metric.text, [one.figures.get(metric.id) for one in months])
            for metric in policy().pool.metrics
        ],
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (_("平台月度数据"), reverse("official_platforms")),
            (f"{row.entry.name} {row.month:%Y-%m}", ""),
        ),
    }
    return render(request, "official/platform.html", context, status=422 if error else 200)


def _decide(row: queries.PlatformMonth, acting: Actor, step: str, note: str) -> None:
    match step:
        case "doubt":
            actions.doubt_month(row, acting, note=note)
        case "confirm":
            actions.confirm_month(row, acting)
        case _:
            raise Http404
