"""异议 for everybody: object to a line of a published list, and see what became of it."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dengta.assessment.queries.evidence import limits
from dengta.programmes.actions import objections as actions
from dengta.programmes.queries import Application, lists
from dengta.trail.actions import FileRefused, StepRefused
from dengta.web.cases import badge, crumbs
from dengta.web.frame import said, tell
from dengta.web.listed import told_of


class ObjectionForm(forms.Form):
    """Who objects, to what, on which evidence."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("您的姓名"),
        max_length=60,
        help_text=gettext_lazy("须填真实姓名。姓名和联系方式只有核实异议的人员能看到。"),
    )
    contact = forms.CharField(
        label=gettext_lazy("电话或邮箱"), max_length=80, help_text=gettext_lazy("核实时联系您用。")
    )
    unit = forms.CharField(label=gettext_lazy("您的单位"), max_length=120, required=False)
    text = forms.CharField(
        label=gettext_lazy("异议内容"),
        max_length=5000,
        help_text=gettext_lazy("哪一项不实、依据是什么。"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    evidence = forms.FileField(label=gettext_lazy("证据"))
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = limits()
        for field in self.fields.values():
            field.error_messages["required"] = _("还没有填写，请补上。")
        evidence = self.fields["evidence"]
        evidence.error_messages["required"] = _("还没有附证据。没有证据的异议无法核实。")
        evidence.help_text = _(
            "照片、扫描件或文件，一份，不超过 %(mb)s MB；几份请合成一个 PDF。"
        ) % {"mb": most.megabytes}
        evidence.widget.attrs |= {
            "accept": ",".join(f".{ending}" for ending in most.types),
            "data-max-mb": most.megabytes,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def objection_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Object to one line of a list; a retry after a lost reply is the same objection."""
    try:
        application = lists.in_public(pk)
    except Application.DoesNotExist as gone:
        raise Http404 from gone
    if request.method == "POST":
        form = ObjectionForm(request.POST, request.FILES)
        if request.FILES:  # said only where the page comes again
            form.fields["evidence"].help_text = _("刚才选的文件没有保留，请重新选择。")
        if form.is_valid():
            try:
                filed = actions.file(application, **form.cleaned_data)
            except StepRefused as refused:
                form.add_error(_field_of(refused), said(refused.text))
            else:
                tell(request, _("已收到您的异议。请记下查询码，凭它可以查看处理结果。"))
                return redirect("objection", filed.code)
    else:
        form = ObjectionForm(initial={"key": secrets.token_hex(16)})
    round = application.round
    context = {
        "form": form,
        "application": application,
        "round": round,
        "open": lists.takes_objections(application, timezone.localdate()),
        "breadcrumbs": crumbs(
            (round.name, reverse("round_publicity", args=[round.pk])), (_("提出异议"), "")
        ),
    }
    wrong = request.method == "POST"
    return render(request, "objection_new.html", context, status=422 if wrong else 200)


def _field_of(refused: StepRefused) -> str | None:
    """The field that a refusal is about; None where it is about all of it."""
    if isinstance(refused, actions.Misfit):
        return refused.field
    return "evidence" if isinstance(refused, FileRefused) else None


@require_safe
def objections(request: HttpRequest) -> HttpResponse:
    """Where the code of an objection is typed."""
    code = "".join(request.GET.get("code", "").upper().split()).replace("-", "")
    if code and lists.objection_by(code) is not None:
        return redirect("objection", code)
    context = {
        "code": code[:24],
        "unknown": bool(code),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("查询异议"), "")),
    }
    return _private(render(request, "objections.html", context, status=404 if code else 200))


@require_safe
def objection(request: HttpRequest, code: str) -> HttpResponse:
    """What became of an objection, for whoever has its code; it names nobody but the applicant."""
    found = lists.objection_by(code)
    if found is None:
        raise Http404
    told = [event | {"who": "", "why": ""} for event in told_of(found)]
    context = {
        "objection": found,
        "application": found.application,
        "round": found.application.round,
        "badge": badge(found.flow.state(found.state), public=True),
        "events": told,
        "breadcrumbs": crumbs((_("查询异议"), reverse("objections")), (found.number, "")),
    }
    return _private(render(request, "objection.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """Kept out of search engines and of what a browser passes on."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
