"""专家评审 of a round at the official's desk: draw, recusals, assignment with its certificate,
progress, gaps, discussion, the end of the review; each with what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.assignment import Shortage
from dengta.core.shapes import Text
from dengta.programmes.actions import assigning, panels, scoring, sheets
from dengta.programmes.queries import Round, experts
from dengta.programmes.queries import panels as queries
from dengta.programmes.queries.experts import RECUSALS, STATED, field_name
from dengta.registry.queries import division_of
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.trail.queries import Job
from dengta.web.cases import badge, crumbs
from dengta.web.expert.reviews import two_places
from dengta.web.frame import desk, said, tell
from dengta.web.official.round_tabs import round_tabs

ROWS = 20
"""Recusals and discussions of one page."""


def _find(acting: Actor, pk: int) -> Round:
    try:
        return queries.organised_by(acting, pk)
    except Round.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk("province")
def round_panel(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The panel of one round: where it stands and what is next."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    round: Round,
    *,
    error: Text | None = None,
    shortage: Shortage | None = None,
    posted: Mapping[str, str] | None = None,
) -> HttpResponse:
    standing, loads = queries.progress(round), queries.load_of(round)
    draws = [_draw(acting, one) for one in experts.draws_of(round)]
    context: dict[str, Any] = {
        "round": round,
        "panel": round.rule.panel,
        "badge": badge(round.flow.state(round.state), public=False),
        "tabs": round_tabs(round, "round_panel"),
        "error": said(error) if error else "",
        "shortage": _shortage(round, shortage) if shortage else None,
        "posted": posted or {},
        "progress": standing,
        "next": _next(round, standing, draws, loads),
        "tiles": _tiles(standing),
        "can": _can(round, standing, loads),
        "draws": draws,
        "can_commit": not any(one["open"] for one in draws) and round.state in panels.DRAWING,
        "loads": [_load(one) for one in loads],
        "key": get_random_string(20),
        "breadcrumbs": crumbs(
            (round.name, reverse("official_round", args=[round.pk])), (_("专家评审"), "")
        ),
    }
    if context["can_commit"]:
        context |= _pool(round, standing)
    context |= _recusals(request, round)
    context |= _assignment(round)
    found = Paginator(queries.discussions(round), ROWS).get_page(request.GET.get("discussion"))
    context |= {"discussions": [_discussed(one) for one in found], "discussion_page": found}
    status = 422 if error else 200
    return render(request, "official/round_panel.html", context, status=status)


def _next(
    round: Round, now: queries.Progress, draws: list[dict[str, Any]], loads: list[queries.Load]
) -> str:
    """The one thing to do now, in a sentence."""
    there = [one for one in loads if one.panelist.left_at is None]
    if any(one["open"] for one in draws):
        return _("种子承诺已公布，可以开抽。")
    if not there:
        return _("下一步：公布种子承诺，抽取评审专家。")
    if round.state != "review":
        return _("专家已抽取。各级审核结束、进入评审后，在这里分配。")
    if not now.papers:
        return _("没有等待评审的申报。评审结果见名单。")
    if not now.assigned:
        return _("下一步：核查回避，然后分配专家。")
    if now.empty:
        return _("有 %(n)s 个席位没有专家，请补齐缺位。") % {"n": now.empty}
    if now.open:
        return _("专家正在评审，还有 %(n)s 份没有锁定。") % {"n": now.open}
    if now.counted < now.papers:
        return _("评审表已全部锁定。下一步：汇总计分。")
    if now.waiting:
        return _("有 %(n)s 项分差较大，需要合议。") % {"n": now.waiting}
    return _("计分完成。下一步：结束评审。")


def _can(round: Round, now: queries.Progress, loads: list[queries.Load]) -> dict[str, bool]:
    """Which of the acts make sense now; the domain decides once more."""
    there = any(one.panelist.left_at is None for one in loads)
    reviewing = round.state == "review" and there and now.papers > 0
    counted = now.counted == now.papers
    return {
        "check": there and now.papers > 0,
        "assign": reviewing and not now.assigned,
        "repair": reviewing and now.assigned and now.empty > 0,
        "close": reviewing and now.all_in and not counted,
        "finish": reviewing and counted and not now.waiting,
    }


def _tiles(now: queries.Progress) -> list[dict[str, Any]]:
    return [
        {"label": _("参评申报"), "value": now.papers},
        {"label": _("已锁定评审表"), "value": now.locked, "unit": f"/ {now.seats:,}"},
        {"label": _("没有专家的席位"), "value": now.empty},
        {"label": _("待合议"), "value": now.waiting},
    ]


def _draw(acting: Actor, one: queries.PanelDraw) -> dict[str, Any]:
    state = one.flow.state(one.state)
    steps = {step.id: step for step in allowed_steps(one, acting)}
    return {
        "draw": one,
        "open": not state.final,
        "badge": badge(state, public=False),
        "can_hold": "draw" in steps,
        "can_cancel": "cancel" in steps,
        "public_source": one.announcement.get("public_source", ""),
        "pool": len(one.entries),
    }


def _pool(round: Round, now: queries.Progress) -> dict[str, Any]:
    pool, load = experts.pool_of(round), max(round.rule.panel.load, 1)
    there = round.panelists.filter(left_at=None).count()
    needed = max(max(-(-now.seats // load), round.rule.panel.size) - there, 0)
    return {
        "pool": pool,
        "pool_size": len(pool.entries),
        "needed": needed,
        "fields": [
            {"id": id, "name": field_name(id), "count": count}
            for id, count in sorted(pool.fields.items(), key=lambda each: (-each[1], each[0]))
            if id
        ],
    }


def _load(one: queries.Load) -> dict[str, Any]:
    return {
        "one": one,
        "fields": [field_name(field) for field in one.fields[:3]],
        "region": division_of(one.region_code) if one.region_code else "",
        "left": one.panelist.left_at,
    }


def _recusals(request: HttpRequest, round: Round) -> dict[str, Any]:
    page = Paginator(experts.recusals_of(round), ROWS).get_page(request.GET.get("page"))
    return {
        "page": page,
        "recusals": [
            {
                "one": one,
                "kind": RECUSALS.get(one.kind, Text(one.kind, one.kind)),
                "reason": Text(one.reason["zh"], one.reason["en"]),
                "can_lift": one.lifted_at is None and one.kind not in STATED,
            }
            for one in page
        ],
    }


def _assignment(round: Round) -> dict[str, Any]:
    """What the certificate says; nothing before the assignment."""
    found = experts.assignment_of(round)
    if found is None:
        return {"assignment": None}
    document = json.loads(found.text)
    return {
        "assignment": found,
        "cost": document["cost"],
        "repaired": document["before"] is not None,
        "load": document["rule"]["load"],
        "assignment_url": reverse("round_publication", args=[round.pk, found.digest]),
    }


def _shortage(round: Round, shortage: Shortage) -> dict[str, Any]:
    """The smallest changes that help, each with the way to make it."""
    changes = []
    for change in shortage.changes:
        changes.append(
            {
                "kind": change.kind,
                "said": change.said,
                "load": change.load,
                "count": sum(change.experts.values()),
                "fields": [(field_name(f), f, n) for f, n in sorted(change.experts.items())],
                "pairs": change.pairs[:ROWS],
            }
        )
    return {
        "seats": shortage.seats,
        "blocked": sorted(shortage.blocked.items(), key=lambda each: -each[1])[:10],
        "changes": changes,
    }


def _discussed(one: queries.Discussed) -> dict[str, Any]:
    return {
        "application": one.application,
        "score": two_places(one.score.score),
        "spread": two_places(one.score.spread),
        "open": one.application.discussed_at is None,
        "sheets": [
            {
                "name": str(sheet.review.user),
                "total": two_places(total),
                "opinion": sheet.review.opinion,
                "corrections": sheet.corrections,
            }
            for sheet, total in one.sheets
        ],
    }


# ---------------------------------------------------------------------------- acts


@require_POST
@desk("province")
def act(request: HttpRequest, acting: Actor, pk: int, step: str, item: int = 0) -> HttpResponse:
    """Do one thing about a round's panel; `item` is the draw, recusal, expert or application."""
    round = _find(acting, pk)
    doing = _ACTS.get(step)
    if doing is None:
        raise Http404
    try:
        line, job = doing(request, acting, round, item)
    except assigning.ShortOfExperts as short:
        return _page(request, acting, round, error=short.text, shortage=short.shortage)
    except StepRefused as no:
        return _page(request, acting, _find(acting, pk), error=no.text, posted=request.POST.dict())
    tell(request, line)
    return redirect("job", job.pk) if job else redirect("round_panel", pk)


Done = tuple[str, Job | None]


def _whole(request: HttpRequest, name: str, what: Text) -> int:
    text = request.POST.get(name, "").strip()
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    raise StepRefused(
        Text(
            f"{what.zh}“{text[:20]}”不是整数，请填人数，例如 15。",
            f"{what.en} “{text[:20]}” is no whole number; write one, such as 15.",
        )
    )


def _commit(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    count = _whole(request, "count", Text("抽取人数", "The number to draw"))
    floors = {
        name.removeprefix("floor-"): _whole(
            request, name, Text("领域人数", "The number of a field")
        )
        for name, text in request.POST.items()
        if name.startswith("floor-") and str(text).strip()
    }
    source = request.POST.get("public_source", "")
    panels.commit_draw(round, acting, count, floors=floors, public_source=source)
    return _("已冻结名单并公布种子承诺。现在任何人都看得到承诺，没有人能改动结果。"), None


def _hold(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    panels.hold_draw(_draw_of(round, item), acting, public=request.POST.get("public", ""))
    return _("已公布种子并抽取，专家已收到通知，任何人都可以复算。"), None


def _cancel(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    panels.cancel_draw(_draw_of(round, item), acting, note=request.POST.get("note", ""))
    return _("这次抽取已作废，理由已公开。"), None


def _draw_of(round: Round, pk: int) -> queries.PanelDraw:
    for draw in experts.draws_of(round):
        if draw.pk == pk:
            return draw
    raise Http404


def _check(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    found = assigning.find_recusals(round)
    if found:
        return _("核查完成，新发现 %(n)s 处需要回避。") % {"n": found}, None
    return _("核查完成，没有新的回避。"), None


def _lift(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    try:
        recusal = queries.recusal_in(round, item)
    except queries.Recusal.DoesNotExist as gone:
        raise Http404 from gone
    assigning.lift_recusal(recusal, acting, request.POST.get("note", ""))
    return _("已解除这一处回避，理由已存档。"), None


def _assign(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    load = None
    if request.POST.get("load"):
        load = _whole(request, "load", Text("每人上限", "The load"))
    key = request.POST.get("key", "")[:40]
    done = assigning.start_assigning(round, acting, key=key, load=load)
    if isinstance(done, Job):
        return _("申报较多，正在后台分配。"), done
    return _("已分配，并已证明没有更好的分法。专家已收到通知。"), None


def _leave(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    try:
        panelist = queries.panelist_of(acting, item)
    except queries.Panelist.DoesNotExist as gone:
        raise Http404 from gone
    if panelist.round_id != round.pk:
        raise Http404
    ended = sheets.leave(panelist, acting, request.POST.get("note", ""))
    name = str(panelist.user)
    return _("%(name)s已退出，%(n)s 份评审表待补齐。") % {"name": name, "n": ended}, None


def _close(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    found = scoring.close_sheets(round, acting)
    if found:
        return _("已计分，其中 %(n)s 项分差较大，需要合议。") % {"n": found}, None
    return _("已计分，没有需要合议的申报。"), None


def _discuss(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    for found in queries.discussions(round):
        if found.application.pk == item:
            scoring.discuss(found.application, acting, request.POST.get("minutes", ""))
            return _("合议已记录，得分按更正后的评审表计算。"), None
    raise Http404


def _finish(request: HttpRequest, acting: Actor, round: Round, item: int) -> Done:
    done = scoring.start_finishing(round, acting, key=request.POST.get("key", "")[:40])
    if isinstance(done, Job):
        return _("申报较多，正在后台结束评审。"), done
    return _("评审已结束，%(n)s 项申报进入下一环节，分配记录已公开。") % {"n": done}, None


_ACTS: Mapping[str, Callable[[HttpRequest, Actor, Round, int], Done]] = {
    "commit": _commit,
    "draw": _hold,
    "cancel": _cancel,
    "check": _check,
    "lift": _lift,
    "assign": _assign,
    "leave": _leave,
    "close": _close,
    "discuss": _discuss,
    "finish": _finish,
}
