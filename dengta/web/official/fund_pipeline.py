"""基金项目库: projects that the fund looks at, up to the decision. No money moves here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions import finance_fund as actions
from dengta.funding.queries import finance as queries
from dengta.funding.queries.finance import FundProject
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.fields import WAN, NumberField
from dengta.web.frame import OFFICIAL, desk, said, tell

MOST_FEN = 10**13


class ProjectForm(forms.Form):
    """What is written when a project is registered."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        funds = [p for p in queries.products_on(timezone.localdate()) if p.kind == "fund"]
        wrong = {"required": _("还没有填写，补上后再提交。")}
        self.fields["product"] = forms.ChoiceField(
            label=_("基金"), choices=[(fund.id, said(fund.name)) for fund in funds]
        )
        for name, label, most in (
            ("uscc", _("企业统一社会信用代码"), 30),
            ("name", _("项目名称"), 120),
            ("unit", _("责任单位"), 80),
        ):
            self.fields[name] = forms.CharField(label=label, max_length=most, error_messages=wrong)
        self.fields["asked_fen"] = NumberField(WAN, 1, MOST_FEN, label=_("申请金额"))
        self.fields["summary"] = forms.CharField(
            label=_("项目简介"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages=wrong,
        )


def _find(acting: Actor, pk: int) -> FundProject:
    try:
        return queries.fund_project_for(acting, pk)
    except FundProject.DoesNotExist as gone:
        raise Http404 from gone


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def fund_pipeline(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The pipeline stage by stage, the projects, and the form to register one."""
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        project = actions.Project(data["name"], data["summary"], data["unit"], data["asked_fen"])
        try:
            made, new = actions.register_project(acting, data["product"], data["uscc"], project)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("项目已入库。") if new else _("这个项目已经在库里。"))
            return redirect("fund_project", made.pk)
    sums, flow = queries.pipeline(acting), FundProject.flow
    chosen = request.GET.get("state", "")
    found = queries.fund_projects(acting)
    if chosen in {state.id for state in flow.states}:
        found = found.filter(state=chosen)
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "stages": [
            {
                "label": state.name,
                "value": sums.get(state.id, (0, 0))[0],
                "fen": sums.get(state.id, (0, 0))[1],
                "id": state.id,
                "chosen": state.id == chosen,
            }
            for state in flow.states
        ],
        "page": page,
        "query": f"state={chosen}&" if chosen else "",
        "rows": [
            {
                "project": one,
                "badge": badge(flow.state(one.state), public=False),
                "clock": clock_chip(one),
            }
            for one in page
        ],
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("基金项目库"), "")),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "official/fund_pipeline.html", context, status=status)


@require_safe
@desk(*OFFICIAL)
def fund_project(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project with its steps and timeline."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: FundProject, error: Text | str = ""
) -> HttpResponse:
    context = case_context(found, acting, without=("decide",))
    context |= {
        "project": found,
        "product": queries.product_name(found.product),
        "error": said(error) if isinstance(error, Text) else error,
        "note": request.POST.get("note", ""),
        "typed": request.POST.get("decided", ""),
        "breadcrumbs": crumbs((_("基金项目库"), reverse("fund_pipeline")), (found.number, "")),
    }
    return render(request, "official/fund_project.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def project_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step; `decide` asks for the sum."""
    found = _find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        taken = _take(request, acting, found, chosen)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), refused.text)
    except forms.ValidationError as wrong:
        return _page(request, acting, found, " ".join(wrong.messages))
    name = said(found.flow.step(taken).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("fund_project", pk)


def _take(request: HttpRequest, acting: Actor, found: FundProject, chosen: str) -> str:
    note = request.POST.get("note", "")
    if chosen == "decide":
        sum_ = NumberField(WAN, 1, MOST_FEN, label=_("决定金额"))
        fen = sum_.clean(request.POST.get("decided", ""))
        return actions.decide_project(found, acting, decided_fen=fen or 0, note=note).step
    if chosen not in actions.WITHOUT_SUM:
        raise Http404
    return actions.move_project(found, chosen, acting, note=note).step
