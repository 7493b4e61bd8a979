"""城市试点: all divisions on one board; a pilot with its contract, figures, list and reports."""

from __future__ import annotations

import uuid
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
from dengta.core.shapes import Text
from dengta.monitoring.queries import pilots as measured
from dengta.projects.actions import pilots as actions
from dengta.projects.queries import pilots as queries
from dengta.projects.queries.pilots import PilotFirm, PilotPlan
from dengta.registry.queries import by_uscc, policy, region_name
from dengta.trail.actions import StepRefused, allowed_steps, keep_document
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import PERCENT, WAN, DayField, NumberField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.behind import figures_shown, month_shown

PAPERS = ("pdf", "doc", "docx", "ofd")
PROGRAMMES = ("pilot_city", "pilot_county")
CHANGES = 30
"""Entries of the log that are shown until all are asked for."""
LISTED = Text("列入", "Listed")
COVERAGE = {
    "covered": (Text("已覆盖", "Covered"), "good"),
    "applying": (Text("申报中", "Applying"), "wait"),
    "none": (Text("未覆盖", "Not yet"), "draft"),
}
TARGETS = {
    "firms": (Text("改造企业", "Firms transformed"), Text("家", "firms")),
    "level_2_firms": (Text("达到二级以上企业", "Firms at level 2 or above"), Text("家", "firms")),
    "level_2_share_bps": (
        Text("规上企业二级以上占比", "Above-scale firms at level 2"),
        Text("%", "%"),
    ),
    "cases": (Text("典型案例", "Typical cases"), Text("个", "cases")),
    "trained": (Text("培训人数", "People trained"), Text("人", "people")),
}


class PlanForm(forms.Form):
    """A pilot's plan: for how long, which industries, what it promises, for how much money."""

    use_required_attribute = False

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=gettext_lazy("方案名称"),
        max_length=120,
        error_messages={"required": gettext_lazy("请填写方案名称。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"required": _("请填写。")}
        self.fields["from_date"] = DayField(label=_("开始日期"), error_messages=missing)
        self.fields["until_date"] = DayField(label=_("截止日期"), error_messages=missing)
        self.fields["industries"] = forms.MultipleChoiceField(
            label=_("试点行业"),
            choices=[(one.id, said(one.name)) for one in policy().sub_industries.values()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请至少选择一个行业。")},
        )
        for name, (label, unit) in TARGETS.items():
            self.fields[name] = (
                NumberField(PERCENT, 0, 10_000, label=said(label), required=False)
                if name.endswith("_bps")
                else forms.IntegerField(
                    label=f"{said(label)}（{said(unit)}）", min_value=0, max_value=1_000_000,
                    required=name == "firms",
                    error_messages={
                        "required": _("请填写改造企业数。"),
                        "invalid": _("请填整数，不带单位和逗号。"),
                        "min_value": _("不能小于 0，请核对。"),
                    },
                )
            )  # fmt: skip
        self.fields["money_fen"] = NumberField(
            WAN, 0, 10**12, label=_("试点资金"), error_messages=missing
        )
        self.fields["file"] = forms.FileField(
            label=_("方案文本"), required=False, help_text=_("PDF、OFD 或 Word，报备案前必须有。")
        )

    def values(self) -> dict[str, Any]:
        """What the plan keeps, the file apart."""
        typed = self.cleaned_data
        kept = {name: typed[name] for name in ("title", "from_date", "until_date", "money_fen")}
        targets = {name: typed[name] for name in TARGETS if typed.get(name) is not None}
        return kept | {"industries": typed["industries"], "targets": targets}


@require_safe
@desk(*OFFICIAL)
def pilots(request: HttpRequest, acting: Actor) -> HttpResponse:
    """All divisions: who is covered, who applies, who is not there yet."""
    return render(request, "official/pilots.html", board_context(request, acting))


def board_context(request: HttpRequest, acting: Actor | None = None) -> dict[str, Any]:
    """The board as the officials' and the public page show it."""
    asked = request.GET.get("programme", "")
    programme = asked if asked in PROGRAMMES else PROGRAMMES[0]
    rows = measured.board(programme)
    count = {kind: sum(row.coverage == kind for row in rows) for kind in COVERAGE}
    title = Text(
        f"{len(rows)} 个市州：已覆盖 {count['covered']}，申报中 {count['applying']}，"
        f"未覆盖 {count['none']}",
        f"{len(rows)} divisions: {count['covered']} covered, {count['applying']} applying,"
        f" {count['none']} not yet",
    )
    lights = {"covered": "green", "applying": "yellow", "none": "grey"}
    return {
        "rows": [_board_row(row, acting) for row in rows],
        "map": {
            "title": title,
            "unit": Text("家", "firms"),
            "measure": Text("名单内企业", "Firms on the list"),
            "column": Text("状态", "State"),
            "with_target": True,
            "tiles": [
                {
                    "name": row.region.name,
                    "col": row.region.tile[0] if row.region.tile else 0,
                    "row": row.region.tile[1] if row.region.tile else 0,
                    "value": row.listed,
                    "target": row.promised,
                    "light": lights[row.coverage],
                    "word": COVERAGE[row.coverage][0],
                    "url": _plan_url(row.plans[0], acting) if row.plans else "",
                }
                for row in rows
            ],
        },
        "may_begin": acting is not None and acting.role in ("city", "county"),
        "breadcrumbs": crumbs(
            (_("工作台"), reverse("desk")) if acting else (_("首页"), reverse("home")),
            (_("城市试点"), ""),
        ),
    }


def _board_row(row: measured.Covered, acting: Actor | None) -> dict[str, Any]:
    name, tone = COVERAGE[row.coverage]
    return {
        "region": row.region,
        "plans": [
            (plan, region_name(plan.region_code), _plan_url(plan, acting)) for plan in row.plans
        ],
        "applying": row.coverage == "applying",
        "listed": row.listed,
        "promised": row.promised,
        "badge": {"name": said(name), "tone": tone},
    }


def _plan_url(plan: PilotPlan, acting: Actor | None) -> str:
    """Where a plan is opened, for the offices that may."""
    may = acting is not None and acting.covers(plan.region_code)
    return reverse("pilot", args=[plan.pk]) if may else ""


@require_http_methods(["GET", "HEAD", "POST"])
@desk("city", "county")
def pilot_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Begin the plan of one's own place, or its next edition."""
    last = queries.plans_of(acting).filter(region_code=acting.region).first()
    initial = {"key": uuid.uuid4().hex} | (_typed(last) if last else {})
    form = PlanForm(
        request.POST if request.method == "POST" else None, request.FILES or None, initial=initial
    )
    if form.is_bound and form.is_valid():
        programme = "pilot_city" if acting.role == "city" else "pilot_county"
        try:
            plan = actions.draft_plan(
                acting,
                programme,
                acting.region,
                key=f"plan/{form.cleaned_data['key'] or uuid.uuid4().hex}",
                **form.values(),
                **_paper(form, acting, last),
            )
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("方案已保存，核对后报省级备案。"))
            return redirect("pilot", plan.pk)
    return _form_page(request, form, _("编制实施方案"))


@require_http_methods(["GET", "HEAD", "POST"])
@desk("city", "county")
def pilot_edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Mend a plan that is not with the province."""
    plan = find_plan(acting, pk)
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        initial=_typed(plan),
    )
    if form.is_bound and form.is_valid():
        try:
            actions.keep_plan(plan, acting, **form.values(), **_paper(form, acting, plan))
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("方案已保存。"))
            return redirect("pilot", pk)
    return _form_page(request, form, _("修改实施方案"))


def _form_page(request: HttpRequest, form: PlanForm, title: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "breadcrumbs": crumbs((_("城市试点"), reverse("pilots")), (title, "")),
    }
    wrong = form.is_bound and form.errors
    return render(request, "official/pilot_edit.html", context, status=422 if wrong else 200)


def _typed(plan: PilotPlan) -> dict[str, Any]:
    kept = {name: getattr(plan, name) for name in ("title", "industries", "money_fen")}
    days = {name: getattr(plan, name).isoformat() for name in ("from_date", "until_date")}
    return kept | days | dict(plan.targets)


def _paper(form: PlanForm, acting: Actor, before: PilotPlan | None) -> dict[str, Any]:
    file = form.cleaned_data.get("file")
    if file:
        return {"document": keep_document(file, by=acting, types=PAPERS)}
    return {"document": before.document} if before and before.document_id else {}


def find_plan(acting: Actor, pk: int) -> PilotPlan:
    """A plan of the official's territory; 404 for another's."""
    try:
        return queries.plan_for(acting, pk)
    except PilotPlan.DoesNotExist:
        raise Http404 from None


@require_safe
@desk(*OFFICIAL)
def pilot(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One pilot: target contract against facts, money, list with its log, monthly reports."""
    return _pilot(request, acting, find_plan(acting, pk))


def _pilot(
    request: HttpRequest, acting: Actor, plan: PilotPlan, error: str = "", wrong: str = ""
) -> HttpResponse:
    figures = measured.figures_of(plan, timezone.localdate())
    firms = Paginator(queries.firms_of(plan), 50).get_page(request.GET.get("page"))
    fund, changes = measured.fund_of(plan), queries.changes_of(plan)
    context = case_context(plan, acting) | {
        "plan": plan,
        "place": region_name(plan.region_code),
        "industries": [
            policy().sub_industries[id].name
            for id in plan.industries
            if id in policy().sub_industries
        ],
        "targets": [
            {"name": name, "unit": unit, "value": plan.targets[id], "bps": id.endswith("_bps")}
            for id, (name, unit) in TARGETS.items()
            if plan.targets.get(id) is not None
        ],
        "against": [
            {"name": TARGETS[id][0], "reached": reached, "promised": promised}
            for id, reached, promised in measured.against(figures, plan.targets)
        ],
        "figures": figures,
        "counted": figures_shown(plan, figures),
        "fund": fund,
        "page": firms,
        "firms": [
            {
                "firm": one,
                "badge": badge(one.flow.state(one.state), public=False),
                "steps": [step for step in allowed_steps(one, acting) if step.id != "lapse"],
            }
            for one in firms
        ],
        "changes": [
            (one, LISTED if one.kind == "add" else one.firm.flow.step(one.kind).name)
            for one in (changes if request.GET.get("log") == "all" else changes[:CHANGES])
        ],
        "more_changes": changes.count() > CHANGES and request.GET.get("log") != "all",
        "award": queries.award_of(plan),
        "short": figures.spent_share_bps is not None and figures.spent_share_bps < plan.firms_bps,
        "months": queries.months_of(plan)[:12],
        "may_list": acting.role in ("city", "county") and plan.state == "in_force",
        "may_edit": acting.role in ("city", "county") and plan.state in ("draft", "returned"),
        "error": error,
        "wrong": wrong,
        "typed": request.POST,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((_("城市试点"), reverse("pilots")), (plan.title, "")),
    }
    bad = error or wrong
    return render(request, "official/pilot.html", context, status=422 if bad else 200)


@require_POST
@desk(*OFFICIAL)
def pilot_step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Submit, return, file or close a plan."""
    plan, step = find_plan(acting, pk), request.POST.get("step", "")
    note = request.POST.get("note", "")
    try:
        match step:
            case "submit":
                actions.submit_plan(plan, acting)
            case "return":
                actions.return_plan(plan, acting, note=note)
            case "file":
                actions.file_plan(plan, acting, note=note)
            case "close":
                actions.close_plan(plan, acting, note=note)
            case _:
                raise Http404
    except StepRefused as refused:
        return _pilot(request, acting, find_plan(acting, pk), error=said(refused.text))
    tell(request, _("已办理“%(step)s”。") % {"step": said(plan.flow.step(step).name)})
    return redirect("pilot", pk)


@require_POST
@desk("city", "county")
def pilot_list(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Put a firm on the list, by its credit code."""
    plan, typed = find_plan(acting, pk), request.POST
    firm = by_uscc(typed.get("uscc", ""))
    if firm is None:
        text = _("平台上没有代码为 %(code)s 的企业。请核对，或请企业先注册。") % {
            "code": typed.get("uscc", "")[:40] or _("（空）")
        }
        return _pilot(request, acting, plan, wrong=text)
    try:
        actions.list_firm(
            plan, firm, acting, reason=typed.get("reason", ""),
            document_number=typed.get("document_number", "")[:80],
        )  # fmt: skip
    except StepRefused as refused:
        return _pilot(request, acting, find_plan(acting, pk), wrong=said(refused.text))
    tell(request, _("%(name)s已列入名单。") % {"name": firm.name})
    return redirect("pilot", pk)


@require_POST
@desk("city", "county")
def pilot_firm_step(request: HttpRequest, acting: Actor, pk: int, firm: int) -> HttpResponse:
    """Withdraw, replace or list again one firm of the list, with the reason."""
    plan = find_plan(acting, pk)
    found = queries.firms_of(plan).filter(pk=firm).first()
    if found is None:
        raise Http404
    try:
        said_ = _changed(plan, found, acting, request)
    except StepRefused as refused:
        return _pilot(request, acting, plan, wrong=said(refused.text))
    tell(request, said_)
    return redirect("pilot", pk)


def _changed(plan: PilotPlan, firm: PilotFirm, acting: Actor, request: HttpRequest) -> str:
    reason, step = request.POST.get("reason", ""), request.POST.get("step", "")
    document = request.POST.get("document_number", "")[:80]
    match step:
        case "withdraw":
            actions.withdraw_firm(firm, acting, reason=reason, document_number=document)
        case "relist":
            actions.relist_firm(firm, acting, reason=reason, document_number=document)
        case "replace":
            other = by_uscc(request.POST.get("uscc", ""))
            if other is None:
                raise StepRefused(
                    Text(
                        "没有找到替换企业，请填写它的统一社会信用代码。",
                        "The firm that takes the place was not found; give its credit code.",
                    )
                )
            actions.replace_firm(firm, plan, other, acting, reason=reason, document_number=document)
        case _:
            raise Http404
    return _("%(name)s：已办理“%(step)s”。") % {
        "name": firm.organisation.name,
        "step": said(firm.flow.step(step).name),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def pilot_month(request: HttpRequest, acting: Actor, pk: int, month: int) -> HttpResponse:
    """One monthly report: figures frozen from facts; the place adds its words and sends it."""
    plan = find_plan(acting, pk)
    found = queries.months_of(plan).filter(pk=month).first()
    if found is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            actions.send_month(found, acting, note=request.POST.get("note", ""))
        except StepRefused as refused:
            error = said(refused.text)
        else:
            tell(request, _("月报已上报省级。"))
            return redirect("pilot_month", pk, month)
    context = {
        "plan": plan,
        "month": found,
        "figures": found.figures,
        "counted": month_shown(plan, found),
        "error": error,
        "may_send": acting.role in ("city", "county") and found.sent_at is None,
        "breadcrumbs": crumbs(
            (_("城市试点"), reverse("pilots")),
            (plan.title, reverse("pilot", args=[plan.pk])),
            (f"{found.month:%Y-%m}", ""),
        ),
    }
    return render(request, "official/pilot_month.html", context, status=422 if error else 200)
