"""The assessment of a firm by itself: overview, start, check and pledge; the steps are in
`wizard`, the result in `result`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment import actions, queries
from dengta.assessment.actions.editions import carry_over
from dengta.assessment.queries import Assessment, editions
from dengta.assessment.queries.evidence import evidence_of
from dengta.core.contradictions import Conflict
from dengta.core.scoring import Result
from dengta.core.shapes import Instrument, Text
from dengta.registry.queries import organisation_of
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.enterprise.calls import calls
from dengta.web.enterprise.items import Kept, all_asked, said_answer
from dengta.web.enterprise.wizard import find, top_of
from dengta.web.frame import desk, said, tell


@require_safe
@desk("enterprise")
def overview(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What there is: drafts to go on with, what can be begun, earlier results and what moved."""
    day = timezone.localdate()
    drafts = list(queries.drafts_of(acting.organisation_id))
    history = list(queries.history_of(acting.organisation_id))
    able = editions.offered(organisation_of(acting), day)
    usual = able[0] if able else None
    older = [old for old in history if usual and editions.reads(usual, old.instrument)]
    answers = queries.answers_of_all([*drafts, *older])
    begun = {draft.instrument for draft in drafts}
    drafts.sort(key=lambda draft: usual is None or draft.instrument != usual.id)
    called = calls(acting)
    asked_for = begun | {call["campaign"].instrument for call in called}
    context: dict[str, Any] = {
        "calls": called,
        "drafts": [_draft_row(draft, answers[draft.pk], day) for draft in drafts],
        "usual": usual,
        "steps": len(usual.questions) + len(usual.scenarios) if usual else 0,
        "others": [one for one in able[1:] if one.id not in begun],
        "can_start": usual is not None and usual.id not in asked_for,
        "history": _history(history, usual, answers),
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("测评"), "")),
    }
    return render(request, "enterprise/assessment.html", context)


def _draft_row(draft: Assessment, answers: Mapping[str, Any], day: Any) -> dict[str, Any]:
    missing = queries.scorer(draft.instrument).score(answers).missing
    total = len(queries.item_ids(draft))
    ended = editions.ended(draft, day)
    return {
        "draft": draft,
        "name": queries.instrument_of(draft).name,
        "answered": total - len(missing),
        "total": total,
        "next_item": missing[0] if missing else "",
        "ended": ended,
        "following": editions.following(draft.instrument, day) if ended else None,
    }


def _history(
    history: list[Assessment], usual: Instrument | None, answers: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Results, newest first: what moved since the last of the same instrument, and what an older
    edition says under the one in force."""
    rows: list[dict[str, Any]] = []
    last: dict[str, Assessment] = {}
    for old in reversed(history):
        under = None
        if usual and old.pk in answers and usual.id != old.instrument:
            under = editions.rescored(old, usual, answers[old.pk])
        rows.append(
            {
                "assessment": old,
                "name": queries.instrument_of(old).name,
                "moved": _moved(last.get(old.instrument), old),
                "under": under,
                "under_name": usual.name if usual else None,
            }
        )
        last[old.instrument] = old
    for place, row in enumerate(rows):
        row["place"] = f"T{place}"
    return rows[::-1]


def _moved(before: Assessment | None, now: Assessment) -> Text | None:
    """What moved since the last time, in one line; None the first time."""
    if before is None:
        return None
    zh, en = [], []
    if before.level is not None and now.level is not None:
        if before.level == now.level:
            zh, en = ["等级不变"], ["same level"]
        else:
            up = now.level > before.level
            zh = [f"{'升到' if up else '降到'} {now.level} 级"]
            en = [f"{'up' if up else 'down'} to level {now.level}"]
    if before.score_milli is not None and now.score_milli is not None:
        more = now.score_milli - before.score_milli
        if more:
            points = f"{abs(more) / 1000:g}"
            zh.append(f"得分{'多' if more > 0 else '少'} {points} 分")
            en.append(f"{points} points {'more' if more > 0 else 'less'}")
    was, are = (one.result.get("scenario_levels", {}) for one in (before, now))
    risen = sum((are[s] or 0) > (was[s] or 0) for s in are if s in was)
    fallen = sum((are[s] or 0) < (was[s] or 0) for s in are if s in was)
    if risen:
        zh.append(f"{risen} 个场景提升")
        en.append(f"{risen} scenarios up")
    if fallen:
        zh.append(f"{fallen} 个场景下降")
        en.append(f"{fallen} scenarios down")
    return Text("，".join(zh) or "没有变化", ", ".join(en) or "no change")


@require_POST
@desk("enterprise")
def start(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Begin, or go on with the one that is open, at the first item without an answer."""
    try:
        draft = actions.start(acting, instrument=request.POST.get("instrument") or None)
    except actions.NotOffered as refused:
        tell(request, refused.text, good=False)
        return redirect("assessment")
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("consent")
    return _go_on(draft)


def _go_on(draft: Assessment) -> HttpResponse:
    """To the first item that is open, else to the check."""
    missing = queries.result_of(draft).missing
    if not missing:
        return redirect("assessment_check", draft.pk)
    return redirect("assessment_item", draft.pk, missing[0])


@require_POST
@desk("enterprise")
def carry(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take a draft of an ended edition into the one in force."""
    draft = find(acting, pk)
    try:
        carried = carry_over(draft, acting)
    except StepRefused as refused:
        tell(request, refused.text, good=False)
        return redirect("assessment")
    name = said(queries.instrument_of(carried.draft).name)
    words = {"name": name, "came": carried.came, "open": carried.open}
    if carried.open:
        text = _("已换到%(name)s：带来 %(came)s 项，还有 %(open)s 项要补。") % words
    else:
        text = _("已换到%(name)s：%(came)s 项都带来了，检查后即可提交。") % words
    tell(request, text)
    return _go_on(carried.draft)


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def check(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Everything at a glance, what is missing, what contradicts, and the pledge; POST submits."""
    draft = find(acting, pk)
    if draft.flow.state(draft.state).final:
        return redirect("assessment_result", pk) if draft.submitted_at else redirect("assessment")
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
    day, instrument = timezone.localdate(), queries.instrument_of(draft)
    rows = {row.item: row for row in draft.answers.all()}
    answers = queries.as_read(draft.instrument, [(row.item, row.value) for row in rows.values()])
    result = queries.scorer(draft.instrument).score(answers)
    ended = editions.ended(draft, day)
    titles = {asked.id: asked.text for asked in all_asked(instrument)}
    context = {
        "draft": draft,
        "instrument": instrument,
        "result": result,
        "error": error,
        "missing": [(item, titles[item]) for item in result.missing],
        "groups": _groups(draft, instrument, rows, result),
        "conflicts": [
            _conflict(instrument, draft, conflict)
            for conflict in queries.contradictions_of(draft, day, answers)
        ],
        "strip": strip_of(instrument, result, pk) if instrument.scenarios else None,
        "ended": ended,
        "following": editions.following(draft.instrument, day) if ended else None,
        "breadcrumbs": crumbs((_("测评"), reverse("assessment")), (_("检查并提交"), "")),
    }
    return render(request, "enterprise/check.html", context, status=422 if error else 200)


def _groups(
    draft: Assessment, instrument: Instrument, rows: Mapping[str, Any], result: Result
) -> list[dict[str, Any]]:
    """Every item with its answer in words, remark and number of files, by section."""
    files: dict[str, int] = {}
    for one in evidence_of(draft):
        files[one.item] = files.get(one.item, 0) + 1
    groups: list[dict[str, Any]] = []
    for asked in all_asked(instrument):
        name = top_of(instrument, asked)
        row = rows.get(asked.id)
        kept = Kept(row.value, row.reason, row.remark) if row else Kept()
        line = {
            "text": asked.text,
            "said": said_answer(asked, kept),
            "open": asked.id in result.missing,
            "remark": kept.remark,
            "files": files.get(asked.id, 0),
            "url": reverse("assessment_item", args=[draft.pk, asked.id]),
        }
        if not groups or groups[-1]["name"] != name:
            groups.append({"name": name, "lines": []})
        groups[-1]["lines"].append(line)
    return groups


def _conflict(instrument: Instrument, draft: Assessment, found: Conflict) -> dict[str, Any]:
    """A contradiction with its two sides, each with the way to mend it."""
    home = {figure: q.id for q in reversed(instrument.questions) for figure in q.figures}
    steps = {asked.id for asked in all_asked(instrument)}
    sides = []
    for side in found.sides:
        item = side.item if side.item in steps else home.get(side.item)
        url = reverse("assessment_item", args=[draft.pk, item]) if item else reverse("record")
        sides.append({"label": side.label, "shown": side.shown, "url": url})
    return {"text": found.text, "sides": sides}


@require_POST
@desk("enterprise")
def discard(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        actions.discard(find(acting, pk), acting)
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
                "not_applicable": s.id in scored.not_applicable,
                "url": reverse("assessment_item", args=[pk, s.id]) if pk else "",
            }
            for s in instrument.scenarios
            if s.group == group
        ]
        groups.append({"name": text, "cells": cells})
    return {"groups": groups, "top": 4, "compare": False}
