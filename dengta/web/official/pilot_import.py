"""试点企业名单导入: hand in a file, see what it would do, then have it done behind the pages."""

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
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.core.sheets import KINDS
from dengta.projects.actions.pilot_imports import import_list
from dengta.projects.queries import pilot_sheets
from dengta.projects.queries.pilots import PilotPlan
from dengta.trail.actions import StepRefused, keep_document
from dengta.trail.queries import jobs_of
from dengta.web.cases import crumbs
from dengta.web.frame import desk, said, tell
from dengta.web.jobs import badge
from dengta.web.official.pilots import find_plan

TYPES = tuple(kind.removeprefix(".") for kind in KINDS)
ROWS = 50


class FileForm(forms.Form):
    """The filled-in file."""

    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        help_text=gettext_lazy("xlsx、xls、ods 或 csv。上传后先看结果，确认后才列入名单。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
        error_messages={"required": gettext_lazy("还没有选择文件。请选择填好的表格后再上传。")},
    )


class ReasonForm(forms.Form):
    """Why the rows are listed that give no reason of their own."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("列入理由"),
        max_length=500,
        help_text=gettext_lazy("表中没有单独写理由的企业用这一条，记入变更记录。"),
        error_messages={"required": gettext_lazy("请写明列入理由，变更记录要对外说明。")},
    )
    document_number = forms.CharField(label=gettext_lazy("文号"), max_length=80, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("city", "county")
def pilot_import(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Hand in a list of firms; POST leads to what it would do."""
    plan = find_plan(acting, pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                kept = keep_document(form.cleaned_data["file"], by=acting, types=TYPES)
            except StepRefused as refused:
                form.add_error("file", said(refused.text))
            else:
                return redirect("pilot_import_seen", pk, kept.pk)
    return _upload(request, acting, plan, form)


def _upload(
    request: HttpRequest, acting: Actor, plan: PilotPlan, form: FileForm, error: str = ""
) -> HttpResponse:
    context = {
        "plan": plan,
        "form": form,
        "error": error,
        "open": plan.state == "in_force",
        "jobs": [
            {"job": job, "badge": badge(job)}
            for job in jobs_of(acting).filter(kind="list_rows", arguments__plan=plan.pk)[:5]
        ],
        "breadcrumbs": _crumbs(plan, _("导入企业名单")),
    }
    wrong = error or (form.is_bound and form.errors)
    return render(request, "official/pilot_import.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("city", "county")
def pilot_import_seen(request: HttpRequest, acting: Actor, pk: int, file: int) -> HttpResponse:
    """What a file would do; POST has it done, once."""
    plan = find_plan(acting, pk)
    try:
        source = pilot_sheets.source_of(acting, file)
    except pilot_sheets.Document.DoesNotExist:
        raise Http404 from None
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            job, new = import_list(plan, acting, source, **form.cleaned_data)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            if not new:
                tell(request, _("这份文件已经导入过，下面是它的办理情况，没有重复列入。"))
            return redirect("job", job.pk)
    try:
        seen = pilot_sheets.preview(plan, source, timezone.localdate())
    except StepRefused as refused:
        return _upload(request, acting, plan, FileForm(), error=said(refused.text))
    return render(
        request,
        "official/pilot_import_seen.html",
        _seen(request, plan, source, seen) | {"form": form},
        status=422 if form.is_bound else 200,
    )


def _seen(
    request: HttpRequest, plan: PilotPlan, source: pilot_sheets.Document, seen: pilot_sheets.Preview
) -> dict[str, Any]:
    return {
        "plan": plan,
        "source": source,
        "seen": seen,
        "page": Paginator(seen.new, ROWS).get_page(request.GET.get("page")),
        "faults": seen.faults[:ROWS],
        "more_faults": max(0, len(seen.faults) - ROWS),
        "breadcrumbs": _crumbs(plan, _("核对名单")),
    }


def _crumbs(plan: PilotPlan, here: str) -> Any:
    return crumbs(
        (_("城市试点"), reverse("pilots")),
        (plan.title, reverse("pilot", args=[plan.pk])),
        (here, ""),
    )


@require_safe
@desk("city", "county")
def pilot_import_template(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The workbook to fill in."""
    content = pilot_sheets.list_template(find_plan(acting, pk))
    response = HttpResponse(content, content_type=FORMS["xlsx"])
    response.headers["Content-Disposition"] = 'attachment; filename="pilot-firms.xlsx"'
    return response
