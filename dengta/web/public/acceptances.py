"""验收公示 for everybody: what is to be accepted, one acceptance, objecting, what became of it."""

from __future__ import annotations

import secrets
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

from dengta.projects.actions import disputes
from dengta.projects.queries import acceptance as queries
from dengta.projects.queries import projects
from dengta.projects.queries.acceptance import Acceptance
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, crumbs
from dengta.web.frame import said, tell
from dengta.web.projects_shown import bar


@require_safe
def acceptances(request: HttpRequest) -> HttpResponse:
    """What is in publicity today, newest first; the code of an objection leads to its answer."""
    code = "".join(request.GET.get("code", "").upper().split()).replace("-", "")[:24]
    if code and queries.dispute_by(code) is not None:
        return redirect("dispute", code)
    rows = queries.published(timezone.localdate())
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "code": code,
        "unknown": bool(code),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("项目验收公示"), "")),
    }
    return render(request, "acceptances.html", context, status=404 if code else 200)


class DisputeForm(forms.Form):
    """Who objects, and to what."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("您的姓名"), max_length=60,
        help_text=gettext_lazy("须填真实姓名。姓名和联系方式只有核实异议的人员能看到。"),
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("电话或邮箱"), max_length=80, help_text=gettext_lazy("核实时联系您用。")
    )
    text = forms.CharField(
        label=gettext_lazy("异议内容"), max_length=5000,
        help_text=gettext_lazy("哪一项不实、依据是什么。"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    evidence = forms.FileField(label=gettext_lazy("证据"), required=False)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("还没有填写，请补上。")


@require_http_methods(["GET", "HEAD", "POST"])
def acceptance(request: HttpRequest, pk: int) -> HttpResponse:
    """One acceptance and, in its publicity, the form to object; a retry is the same objection."""
    try:
        found = queries.in_public(pk)
    except Acceptance.DoesNotExist as gone:
        raise Http404 from gone
    form = DisputeForm(initial={"key": secrets.token_hex(16)})
    if request.method == "POST":
        form = DisputeForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                made = disputes.dispute(found, **form.cleaned_data)
            except StepRefused as refused:
                form.add_error(None, said(refused.text))
            else:
                tell(request, _("已收到您的异议。请记下查询码，凭它可以查看处理结果。"))
                return redirect("dispute", made.code)
    project = found.project
    names = {one.id: one for one in projects.rule_of(project).effects}
    context = {
        "form": form,
        "acceptance": found,
        "project": project,
        "split": bar(project.list_fen, project.public_fen, project.discount_fen),
        "effects": [
            {"name": names[id].text, "unit": names[id].unit, **value}
            for id, value in found.effects.items()
            if id in names
        ],
        "open": queries.takes_disputes(found),
        "badge": badge(found.flow.state(found.state), public=True),
        "breadcrumbs": crumbs((_("项目验收公示"), reverse("acceptances")), (found.number, "")),
    }
    wrong = request.method == "POST"
    return render(request, "acceptance.html", context, status=422 if wrong else 200)


@require_safe
def dispute(request: HttpRequest, code: str) -> HttpResponse:
    """What became of an objection, for whoever has its code; it names nobody who objected."""
    found = queries.dispute_by(code)
    if found is None:
        raise Http404
    context = {
        "dispute": found,
        "acceptance": found.acceptance,
        "badge": badge(found.flow.state(found.state), public=True),
        "breadcrumbs": crumbs((_("项目验收公示"), reverse("acceptances")), (found.code, "")),
    }
    response = render(request, "dispute.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response
