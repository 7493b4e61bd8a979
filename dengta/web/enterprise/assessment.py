"""The assessment on a phone: overview, one item per screen, check and pledge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment import actions, queries
from dengta.assessment.queries import Assessment
from dengta.core.scoring import AnswerError, Result
from dengta.core.shapes import Instrument, Question, Scenario, Text
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.enterprise.calls import calls
from dengta.web.frame import desk, said, tell


def _find(acting: Actor, pk: int) -> Assessment:
    try:
        return queries.mine(acting.organisation_id, pk)
    except Assessment.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk("enterprise")
def overview(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What there is: a draft to go on with, the latest result, earlier ones."""
    draft = queries.draft_of(acting.organisation_id)
    context: dict[str, Any] = {
        "draft": draft,
        "calls": calls(acting),
        "history": queries.history_of(acting.organisation_id),
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("测评"), "")),
    }
    if draft is not None:
        missing = queries.result_of(draft).missing
        total = len(queries.item_ids(draft))
        context |= {
            "answered": total - len(missing),
            "total": total,
            "next_item": missing[0] if missing else "",
        }
    return render(request, "enterprise/assessment.html", context)


@require_POST
@desk("enterprise")
def start(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Begin, or go on with the one that is open, at the first item without an answer."""
    try:
        draft = actions.start(acting)
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("consent")
    missing = queries.result_of(draft).missing
    if not missing:
        return redirect("assessment_check", draft.pk)
    return redirect("assessment_item", draft.pk, missing[0])


class _Ticks(forms.CheckboxSelectMultiple):
    """Tick boxes of which some exclude the others; the script reads it off them."""

    def __init__(self, exclusive: frozenset[str]) -> None:
        super().__init__()
        self.exclusive = exclusive

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Mark the exclusive ones."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        if option["value"] in self.exclusive:
            option["attrs"]["data-exclusive"] = ""
        return option


class ItemForm(forms.Form):
    """One item's answer: radio buttons or tick boxes from the instrument itself."""

    answer: forms.Field

    def __init__(self, item: Question | Scenario, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(item, Scenario):
            none = _("还没有，或达不到 1 级的要求")
            choices = [("0", _("0 级：%(text)s") % {"text": none})] + [
                (str(n), _("%(n)s 级：%(text)s") % {"n": n, "text": said(text)})
                for n, text in enumerate(item.criteria, start=1)
            ]
            multi, alone = False, frozenset[str]()
        else:
            choices = [(o.id, f"{o.id}. {said(o.text)}") for o in item.options]
            multi = item.kind == "multi"
            alone = frozenset(o.id for o in item.options if o.exclusive)
        label = _("可多选") if multi else _("选一项")
        if multi:
            self.fields["answer"] = forms.MultipleChoiceField(
                label=label, choices=choices, widget=_Ticks(alone), required=False
            )
        else:
            self.fields["answer"] = forms.ChoiceField(
                label=label, choices=choices, widget=forms.RadioSelect, required=False
            )

        self.fields["answer"].open = True  # type: ignore[attr-defined]  # missing, not optional

    def value(self) -> str:
        """Letters in the instrument's order, or a level, as text; empty when nothing is chosen."""
        answer = self.cleaned_data.get("answer") or ""
        return answer if isinstance(answer, str) else "".join(sorted(answer))


def _item(instrument: Instrument, item: str) -> Question | Scenario:
    everything: list[Question | Scenario] = [*instrument.questions, *instrument.scenarios]
    for found in everything:
        if found.id == item:
            return found
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def item(request: HttpRequest, acting: Actor, pk: int, item: str) -> HttpResponse:
    """One screen of the wizard; answers are kept as they are given."""
    draft = _find(acting, pk)
    if draft.submitted_at is not None:
        return redirect("assessment_result", pk)
    instrument = queries.instrument_of(draft)
    asked = _item(instrument, item)
    order = queries.item_ids(draft)
    place = order.index(item)
    following = order[place + 1] if place + 1 < len(order) else None
    if request.method == "POST":
        form = ItemForm(asked, request.POST)
        if form.is_valid() and _save(draft, acting, asked, form):
            if request.headers.get("X-Autosave"):
                return HttpResponse(status=204)
            if following is None:
                return redirect("assessment_check", pk)
            return redirect("assessment_item", pk, following)
        status = 422
    else:
        given = queries.answers_of(draft).get(item)
        value: Any = "" if given is None else str(given)
        if isinstance(asked, Question) and asked.kind == "multi":
            value = list(value)
        form, status = ItemForm(asked, initial={"answer": value}), 200
    saved = draft.answers.filter(item=item).values_list("at", flat=True).first()
    address = reverse("assessment_item", args=[pk, item])
    step = {
        "index": place + 1,
        "total": len(order),
        "section": _section(instrument, asked),
        "title": asked.text,
        "help": _help(asked),
        "action": address,
        "autosave": address,
        "back_url": reverse("assessment_item", args=[pk, order[place - 1]]) if place else "",
        "exit_url": reverse("assessment"),
        "saved_at": saved,
        "submit": "",
        "last": False,
    }
    context = {"form": form, "step": step, "asked": asked, "draft": draft}
    return render(request, "enterprise/item.html", context, status=status)


def _save(draft: Assessment, acting: Actor, asked: Question | Scenario, form: ItemForm) -> bool:
    value: str | int | None = form.value() or None
    if value is not None and isinstance(asked, Scenario):
        value = int(value)
    try:
        actions.save_answers(draft, acting, {asked.id: value})
    except AnswerError as impossible:
        form.add_error("answer", said(impossible.message))
        return False
    except StepRefused as refused:
        form.add_error(None, said(refused.text))
        return False
    return True


def _section(instrument: Instrument, asked: Question | Scenario) -> Text:
    if isinstance(asked, Scenario):
        return instrument.groups[asked.group]
    nodes = {node.id: node.text for node in instrument.nodes}
    return nodes[asked.path[0]]


def _help(asked: Question | Scenario) -> Text:
    if isinstance(asked, Question):
        return asked.help
    if asked.binding:
        return Text(
            "约束性场景★，计入等级的第二道门槛。选择完全做到的最高一级。",
            "A binding scenario ★ that counts in the second gate. Choose the highest level"
            " fully met.",
        )
    return Text("选择完全做到的最高一级。", "Choose the highest level that is fully met.")


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def check(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Everything at a glance, what is missing, and the pledge; POST submits."""
    draft = _find(acting, pk)
    if draft.submitted_at is not None:
        return redirect("assessment_result", pk)
    error = ""
    if request.method == "POST":
        if request.POST.get("pledge") != "yes":
            error = _("请先勾选真实性承诺，再提交。")
        else:
            try:
                actions.submit(draft, acting)
                return redirect("assessment_result", pk)
            except StepRefused as refused:
                error = said(refused.text)
    result = queries.result_of(draft)
    instrument = queries.instrument_of(draft)
    titles: dict[str, Text] = {q.id: q.text for q in instrument.questions}
    titles |= {s.id: s.text for s in instrument.scenarios}
    context = {
        "draft": draft,
        "result": result,
        "error": error,
        "missing": [(item, titles[item]) for item in result.missing],
        "strip": strip_of(instrument, result, pk),
        "breadcrumbs": crumbs((_("测评"), reverse("assessment")), (_("检查并提交"), "")),
    }
    return render(request, "enterprise/check.html", context, status=422 if error else 200)


@require_POST
@desk("enterprise")
def discard(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        actions.discard(_find(acting, pk), acting)
        tell(request, _("已放弃这次测评，可以随时重新开始。"))
    except StepRefused as refused:
        tell(request, refused.text, good=False)
    return redirect("assessment")


def strip_of(instrument: Instrument, scored: Result, pk: int | None) -> dict[str, Any]:
    """The scenario strip; cells link to their step while the assessment is open."""
    groups = []
    for group, text in instrument.groups.items():
        cells = [
            {
                "name": s.text,
                "level": scored.scenario_levels.get(s.id),
                "before": None,
                "binding": s.binding,
                "url": reverse("assessment_item", args=[pk, s.id]) if pk else "",
            }
            for s in instrument.scenarios
            if s.group == group
        ]
        groups.append({"name": text, "cells": cells})
    return {"groups": groups, "top": 4, "compare": False}
