"""Filling in a project on any screen: one form, kept as it is typed; the price is shared three ways
while it is typed, and without scripts whenever it is saved."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dengta.accounts.queries import Actor
from dengta.core.schemes import Scheme
from dengta.projects.actions import filing, papers
from dengta.projects.actions.filing import Line, Planned
from dengta.projects.queries import projects as queries
from dengta.projects.queries.admitted import cannot_supervise
from dengta.projects.queries.costs import Item, ThreeWay, three_way
from dengta.projects.queries.filing import missing, out_of_order, out_of_term
from dengta.projects.queries.projects import Project
from dengta.registry.queries import provider_by_code
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import case_context, crumbs
from dengta.web.enterprise.projects import find
from dengta.web.fields import YUAN, DayField, NumberField, RowForm
from dengta.web.frame import desk, list_name, said, tell
from dengta.web.projects_shown import bar_of
from dengta.web.projects_shown import papers as papers_of

MOST_FEN = 10**12
MOST_ROWS = 60


def _iso(day: dt.date | None) -> str:
    """A day as a date input takes it."""
    return "" if day is None else day.isoformat()


class ProjectForm(forms.Form):
    """The project but for its lines, milestones, parties and papers; all may stay open in a
    draft."""

    use_required_attribute = False

    title = forms.CharField(label=gettext_lazy("项目名称"), max_length=120, required=False)
    programme = forms.ChoiceField(label=gettext_lazy("所属事项"), required=False)
    goal_level = forms.TypedChoiceField(
        label=gettext_lazy("目标等级"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("合同约定达到的数字化水平等级，补助按它估算。"),
    )  # fmt: skip
    provider = forms.CharField(
        label=gettext_lazy("数字化服务商的统一社会信用代码"), max_length=18, required=False
    )
    supervisor = forms.CharField(
        label=gettext_lazy("监理单位的统一社会信用代码"), max_length=18, required=False,
        help_text=gettext_lazy("须以监理单位入库，与企业和服务商都没有关联；不聘监理的留空。"),
    )  # fmt: skip
    contract_number = forms.CharField(label=gettext_lazy("合同编号"), max_length=60, required=False)

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        programme, goal = self.fields["programme"], self.fields["goal_level"]
        assert isinstance(programme, forms.ChoiceField) and isinstance(goal, forms.ChoiceField)
        programme.choices = choices
        levels = [(str(n), _("%(n)s 级") % {"n": n}) for n in range(1, 5)]
        goal.choices = [("", _("请选择")), *levels]
        self.fields["contract_date"] = DayField(
            label=_("签订日期"), required=False, open=True, latest=today
        )
        self.fields["start_date"] = DayField(label=_("开工日期"), required=False)
        self.fields["due_date"] = DayField(label=_("约定完工日期"), required=False, open=True)
        self.fields["discount_fen"] = NumberField(
            YUAN, 0, MOST_FEN, label=_("服务商让利"), required=False, open=True
        )
        for name in ("title", "programme", "goal_level", "provider", "contract_number"):
            self.fields[name].open = True  # type: ignore[attr-defined]

    def clean_provider(self) -> Any:
        """The provider by its code; open while nothing is typed."""
        return self._party("provider")

    def clean_supervisor(self) -> Any:
        """The supervisor by its code; none while nothing is typed."""
        found = self._party("supervisor")
        why = cannot_supervise(found, timezone.localdate()) if found else None
        if why is not None:
            raise forms.ValidationError(said(why))
        return found

    def clean(self) -> dict[str, Any]:
        """The days of the contract come one after the other."""
        days = (self.cleaned_data.get(n) for n in ("contract_date", "start_date", "due_date"))
        for name, why in out_of_order(*days).items():
            self.add_error(name, said(why))
        return self.cleaned_data

    def _party(self, name: str) -> Any:
        code = self.cleaned_data.get(name, "").strip()
        if not code:
            return None
        found = provider_by_code(code)
        if found is None:
            raise forms.ValidationError(
                _("没有统一社会信用代码为“%(code)s”的服务商。请核对，或请对方先在平台注册。")
                % {"code": code[:40]}
            )
        return found

    def sound(self) -> dict[str, Any]:
        """What can be kept: the fields without a fault; a provider is never taken away."""
        self.is_valid()
        kept = {name: value for name, value in self.cleaned_data.items() if name in self.fields}
        if kept.get("provider") is None:
            kept.pop("provider", None)
        if not kept.get("programme"):
            kept.pop("programme", None)
        kept["discount_fen"] = kept.get("discount_fen") or 0
        return kept


class LineForm(RowForm):
    """One line of the contract; empty lines are passed over."""

    needed, weighs = ("text",), ("text", "price_fen")

    text = forms.CharField(label=gettext_lazy("服务内容"), max_length=200, required=False)
    cost_class = forms.ChoiceField(label=gettext_lazy("费用类别"), required=False)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=20, required=False)
    quantity = forms.IntegerField(
        label=gettext_lazy("数量"), min_value=1, max_value=10**6, required=False
    )

    def __init__(self, scheme: Scheme | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["cost_class"]
        assert isinstance(chosen, forms.ChoiceField)
        classes = [(one.id, said(one.text)) for one in scheme.costs] if scheme else []
        known = self.data.get(self.add_prefix("cost_class")) or self.initial.get("cost_class")
        if known and known not in dict(classes):
            classes.append((known, known))
        chosen.choices = [("", _("请选择")), *classes]
        self.fields["price_fen"] = NumberField(
            YUAN, 0, MOST_FEN, label=_("单价"), required=False, open=True
        )
        for name in ("text", "cost_class", "unit", "quantity"):
            self.fields[name].open = True  # type: ignore[attr-defined]

    def line(self, known: Line | None) -> Line:
        """The line as typed, with what a quote says of it; only of a valid form."""
        data = self.cleaned_data
        return Line(
            data["text"], data.get("cost_class") or "", data.get("price_fen") or 0,
            data.get("quantity") or 1, data.get("unit") or "项",
            known.standard_fen if known else None, known.scenario if known else "",
            known.level if known else None,
        )  # fmt: skip


class StepForm(RowForm):
    """One milestone; empty ones are passed over."""

    needed = ("title", "due_date")
    lacking = gettext_lazy("这个里程碑还差这一项。")

    title = forms.CharField(label=gettext_lazy("里程碑名称"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_date"] = DayField(label=_("约定日期"), required=False, open=True)
        self.fields["title"].open = True  # type: ignore[attr-defined]


class _Desk:
    """One request to the form: what is kept of it, what is wrong."""

    def __init__(self, request: HttpRequest, acting: Actor, project: Project) -> None:
        self.request, self.acting, self.project = request, acting, project
        self.day = timezone.localdate()
        self.rule = queries.rule_of(project, self.day)
        self.scheme = queries.scheme_of(project)
        self.error = ""
        rules = queries.choosable(project.organisation, self.day)
        choices = [(one.programme, said(one.name)) for one in rules]
        rows = list(project.lines.order_by("ordinal"))
        steps = list(project.milestones.order_by("ordinal"))
        self.known = {row.ordinal: _known(row) for row in rows}
        if request.method == "POST":
            data = request.POST
            self.form = ProjectForm(choices, data)
            count = min(_count(data, "lines", len(rows)), MOST_ROWS)
            self.lines = [
                LineForm(self.scheme, data, prefix=f"line-{n}") for n in range(1, count + 1)
            ]
            more = min(_count(data, "steps", len(steps)), MOST_ROWS)
            self.steps = [StepForm(data, prefix=f"step-{n}") for n in range(1, more + 1)]
            return
        self.form = ProjectForm(choices, initial=_initial(project))
        self.lines = [
            LineForm(self.scheme, initial=_line(row), prefix=f"line-{n}")
            for n, row in enumerate([*rows, None], start=1)
        ]
        self.steps = [
            StepForm(initial=_step(row), prefix=f"step-{n}")
            for n, row in enumerate([*steps, None], start=1)
        ]

    def typed_lines(self) -> list[Line]:
        """The lines that can be kept."""
        return [
            form.line(self.known.get(n))
            for n, form in enumerate(self.lines, start=1)
            if form.typed and form.is_valid()
        ]

    def keep(self) -> bool:
        """Keep what is sound; whether all of it was."""
        kept = self.form.sound()
        self._in_term(kept)
        lines = self.typed_lines()
        steps = [
            Planned(form.cleaned_data["title"], form.cleaned_data["due_date"])
            for form in self.steps
            if form.typed and form.is_valid()
        ]
        rows: list[LineForm | StepForm] = [*self.lines, *self.steps]
        whole = not self.form.errors and all(one.is_valid() for one in rows if one.typed)
        price = sum(line.quantity * line.price_fen for line in lines)
        if kept["discount_fen"] > price:
            self.form.add_error(
                "discount_fen", _("服务商让利多于合同总价，请先填好合同明细，再核对让利。")
            )
            kept["discount_fen"], whole = 0, False
        try:
            filing.save(self.project, self.acting, kept, lines=lines, milestones=steps)
            self._papers()
        except StepRefused as refused:
            self.error = said(refused.text)
            return False
        return whole

    def _in_term(self, kept: dict[str, Any]) -> None:
        """Milestones lie between the contract and the day that all of it is due."""
        for form in self.steps:
            day = form.cleaned_data.get("due_date") if form.typed and form.is_valid() else None
            why = day and out_of_term(day, kept.get("contract_date"), kept.get("due_date"))
            if why:
                form.add_error("due_date", said(why))

    def _papers(self) -> None:
        """What was chosen of papers, and what is to be taken away."""
        for paper in self.rule.papers_at("filing"):
            for file in self.request.FILES.getlist(f"paper_{paper.id}"):
                papers.attach(self.project, self.acting, paper.id, file)
        todo = self.request.POST.get("do", "")
        if todo.startswith("drop_paper:") and todo[11:].isdecimal():
            papers.detach(self.project, self.acting, int(todo[11:]))

    def shares(self) -> ThreeWay:
        """How the price is shared by what is typed now; nothing is kept."""
        self.form.is_valid()
        data = self.form.cleaned_data
        items = [Item(one.cost_class, one.quantity * one.price_fen) for one in self.typed_lines()]
        rule = queries.rule_for(data.get("programme") or self.project.programme, self.day)
        facts = queries.share_facts(self.project.organisation, data.get("goal_level"), self.day)
        scheme = queries.scheme_by(rule.scheme)
        return three_way(scheme, items, data.get("discount_fen") or 0, facts)

    def page(self) -> HttpResponse:
        """The form as it stands."""
        project = self.project
        typed = [row for row in (*self.lines, *self.steps) if row.is_bound and row.typed]
        wrong = self.error or any(one.errors for one in (self.form, *typed))
        proofs = [one for one in queries.proofs_of(project) if one.milestone_id is None]
        names = {paper.id: paper.text for paper in self.rule.papers}
        files = papers_of(proofs, names)
        rows = list(project.lines.order_by("ordinal"))
        parts = queries.shared_price(project, rows, self.day)
        context = {
            "project": project,
            "rule": self.rule,
            "form": self.form,
            "lines": self.lines,
            "milestones": self.steps,
            "error": self.error,
            "papers": [
                {"paper": one, "files": [file for file in files if file["row"].need == one.id]}
                for one in self.rule.papers_at("filing")
            ],
            "parts": parts,
            "split": bar_of(parts),
            "missing": missing(project, self.day),
            "agreed_by": self.request.POST.get("agreed_by", ""),
            "events": case_context(project, self.acting)["events"],
            "returned": project.filed_at is not None,
            "breadcrumbs": crumbs(
                (list_name("projects"), reverse("projects")), (project.number, "")
            ),
        }
        return render(
            self.request, "enterprise/project_edit.html", context, status=422 if wrong else 200
        )


def _count(data: Any, name: str, least: int) -> int:
    text = data.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 4 else least + 1


def _known(row: Any) -> Line:
    return Line(
        row.text, row.cost_class, row.price_fen, row.quantity, row.unit, row.standard_fen,
        row.scenario, row.level,
    )  # fmt: skip


def _initial(project: Project) -> dict[str, Any]:
    return {
        "title": project.title,
        "programme": project.programme,
        "goal_level": project.goal_level,
        "provider": project.provider.uscc,
        "supervisor": project.supervisor.uscc if project.supervisor else "",
        "contract_number": project.contract_number,
        "contract_date": _iso(project.contract_date),
        "start_date": _iso(project.start_date),
        "due_date": _iso(project.due_date),
        "discount_fen": project.discount_fen or None,
    }


def _line(row: Any) -> dict[str, Any]:
    if row is None:
        return {"unit": "项", "quantity": 1}
    return {
        "text": row.text,
        "cost_class": row.cost_class,
        "unit": row.unit,
        "quantity": row.quantity,
        "price_fen": row.price_fen,
    }


def _step(row: Any) -> dict[str, Any]:
    return {} if row is None else {"title": row.title, "due_date": _iso(row.due_date)}


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def project_edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The form: whatever is sent is kept, then `submit` files the project."""
    found = find(acting, pk)
    if "file" not in {step.id for step in allowed_steps(found, acting)}:
        return redirect("project", pk)
    desk_ = _Desk(request, acting, found)
    if request.method != "POST":
        return desk_.page()
    sound = desk_.keep()
    if "X-Autosave" in request.headers:
        return HttpResponse(status=204)
    if not sound:
        return desk_.page()
    if request.POST.get("do") == "submit":
        try:
            filing.file(found, acting, agreed_by=request.POST.get("agreed_by", ""))
        except StepRefused as refused:
            desk_.error = said(refused.text)
            return desk_.page()
        tell(request, _("已提交备案，接下来由区县审核。进展会通知您。"))
        return redirect("project", pk)
    tell(request, _("草稿已保存，可以随时回来接着填。"))
    return redirect("project_edit", pk)


@require_POST
@desk("enterprise")
def project_split(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """How the price is shared by what is typed now; nothing is kept."""
    found = find(acting, pk)
    try:
        parts = _Desk(request, acting, found).shares()
    except StepRefused as refused:
        parts = ThreeWay(0, 0, 0, fault=refused.text)
    context = {"parts": parts, "split": bar_of(parts), "project": found}
    return render(request, "enterprise/project_split.html", context)
