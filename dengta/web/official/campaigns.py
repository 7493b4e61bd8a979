"""测评活动 at an office's desk: which run, where each stands, which firms are behind a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.actions import campaigns as actions
from dengta.assessment.queries import campaigns as queries
from dengta.assessment.queries.campaigns import Asked, Campaign, Narrowing, Tally
from dengta.core.codes import SIZES
from dengta.core.shapes import Text
from dengta.core.workdays import workdays_between
from dengta.registry.queries import industry_name, policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.areas import area_groups, industry_options, region_or, size_options
from dengta.web.taken_away import table_now
from dengta.web.templatetags.assessments import level, size_name

NONE = queries.NONE


def find(acting: Actor, pk: int) -> Campaign:
    """One campaign in sight of an office; Http404 for others."""
    try:
        return queries.visible(acting, pk)
    except Campaign.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def campaigns(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Those that run first, then those that are closed."""
    found = queries.in_sight(acting).order_by("closed_at", "due_date", "-pk")
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    counts = queries.totals(list(page))
    context = {
        "page": page,
        "rows": [_row(campaign, *counts[campaign.pk]) for campaign in page],
        "breadcrumbs": crumbs((_("测评活动"), "")),
    }
    return render(request, "official/campaigns.html", context)


def _row(campaign: Campaign, asked: int, done: int) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "asker": queries.asker(campaign),
        "badge": badge(campaign.flow.state(campaign.state), public=False),
        "clock": clock(campaign),
        "asked": asked,
        "done": done,
        "rate": done * 100 // asked * 100 if asked else 0,
        "parts": [{"amount": done, "tone": "good"}],
    }


def clock(campaign: Campaign) -> dict[str, Any] | None:
    """How long firms still have, as the chip component wants it; None once closed."""
    if campaign.closed_at is not None:
        return None
    left = workdays_between(timezone.localdate(), campaign.due_date)
    return {"holder": _("企业填报"), "left": left, "due": campaign.due_date}


@require_safe
@desk(*OFFICIAL)
def campaign(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Where a campaign stands: by area, industry and size, and against the results before."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Campaign, error: str = "") -> HttpResponse:
    area = region_or(request.GET.get("area", ""), _own_area(acting, found))
    rows = [row for row in queries.roll(found) if Narrowing(region=area).holds(row)]
    whole = queries.total(rows)
    links = _Links(found, area)
    context = case_context(found, acting, without=("remind",))
    context |= {
        "campaign": found,
        "asker": queries.asker(found),
        "instrument": policy().instruments.get(found.instrument),
        "clock": clock(found),
        "error": error,
        "note": request.POST.get("note", ""),
        "whole": whole,
        "area": region_name(area),
        "region": area,
        "narrowed": area != found.region_code,
        "tiles": _tiles(whole, links),
        "tables": _tables(rows, area, links),
        "compared": _compared(rows, found, links),
        "rounds": queries.jobs_of(found),
        "breadcrumbs": crumbs((_("测评活动"), reverse("campaigns")), (found.name, "")),
    }
    return render(request, "official/campaign.html", context, status=422 if error else 200)


def _own_area(acting: Actor, found: Campaign) -> str:
    """An office below the one that asks begins with its own part."""
    return found.region_code if acting.covers(found.region_code) else acting.region


class _Links:
    """Addresses of the lists behind the numbers of one area."""

    def __init__(self, found: Campaign, area: str) -> None:
        self.base, self.area = reverse("campaign_firms", args=[found.pk]), area

    def to(self, **narrower: str) -> str:
        """The list narrowed; an empty value narrows nothing."""
        kept = {"region": self.area} | narrower
        return f"{self.base}?{urlencode({k: v for k, v in kept.items() if v})}"


def _tiles(whole: Tally, links: _Links) -> list[dict[str, Any]]:
    late = {"note": _("截止日期之后提交")} if whole.late else {}
    begun = _("其中 %(n)s 家正在填报") % {"n": whole.drafting}
    return [
        {"label": _("邀请企业"), "value": whole.asked, "url": links.to()},
        {"label": _("按期完成"), "value": whole.answered, "url": links.to(standing="answered")},
        {"label": _("逾期完成"), "value": whole.late, "url": links.to(standing="late")} | late,
        {"label": _("未完成"), "value": whole.waiting, "url": links.to(standing="waiting"),
         "note": begun},
    ]  # fmt: skip


def _tables(rows: Sequence[Asked], area: str, links: _Links) -> list[dict[str, Any]]:
    """Coverage by area, industry and size, ready for the component."""
    province = policy().regions[area].level == "province"
    by = "division" if province else "county"
    heads = {
        by: _("各市州") if province else _("各区县"),
        "industry": _("各行业"),
        "size": _("各规模"),
    }
    return [
        {
            "id": each,
            "head": head,
            "lines": [
                _line(each, key, tally, links)
                for key, tally in queries.coverage(rows, each).items()
            ],
        }
        for each, head in heads.items()
    ]


def _line(by: str, key: str, tally: Tally, links: _Links) -> dict[str, Any]:
    if by == "size":
        name, narrow = SIZES.get(key, Text("—", "—")), {"size": key}
    elif by == "industry":
        name, narrow = industry_name(key), {"industry": key}
    else:
        name, narrow = region_name(key), {"region": key}
    return {
        "name": name,
        "url": f"?area={key}" if by == "division" else links.to(**narrow),
        "tally": tally,
        "waiting_url": links.to(**narrow, standing="waiting") if tally.waiting else "",
        "done_url": links.to(**narrow, standing="done") if tally.done else "",
        "parts": [
            {"amount": tally.answered, "tone": "good"},
            {"amount": tally.late, "tone": "wait"},
        ],
    }


def _compared(rows: Sequence[Asked], found: Campaign, links: _Links) -> dict[str, Any]:
    """Level then by level now, and how many went up, stayed, went down."""
    counts = queries.moves(rows)
    levels = levels_of(found.instrument)
    known = [each for pair in counts for each in pair if each is not None]
    shown = sorted({*levels, *known})
    steps: list[int | None] = [None, *shown]
    moved = {move: sum(row.move == move for row in rows) for move in queries.MOVES}
    return {
        "moves": [
            {"label": text, "value": moved[move], "url": links.to(move=move) if moved[move] else ""}
            for move, text in queries.MOVES.items()
        ],
        "both": sum(moved.values()),
        "heads": [_("未完成"), *(level(step) for step in shown)],
        "lines": [
            {
                "name": _("没有结果") if then is None else level(then),
                "cells": [
                    {
                        "count": counts[then, now],
                        "url": links.to(then=code_of(then), now=code_of(now)),
                        "tone": _tone(then, now),
                    }
                    for now in steps
                ],
            }
            for then in steps
        ],
    }


def _tone(then: int | None, now: int | None) -> str:
    if then is None or now is None or then == now:
        return ""
    return "good" if now > then else "bad"


def levels_of(instrument: str) -> list[int]:
    """The levels of an instrument from 0, below the first, up; empty where it has none."""
    found = policy().instruments.get(instrument)
    gates = sorted(gate.level for gate in found.gates) if found else []
    return [0, *gates] if gates else []


def code_of(step: int | None) -> str:
    """A level in an address."""
    return NONE if step is None else str(step)


@require_safe
@desk(*OFFICIAL)
def firms(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The firms behind a number of a campaign."""
    found = find(acting, pk)
    asked = narrowing(request, acting, found)
    rows = [row for row in queries.roll(found) if asked.holds(row)]
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    query = urlencode({k: v for k, v in request.GET.items() if v and k != "page"})
    context = {
        "campaign": found,
        "page": page,
        "rows": [(row, queries.phone_for(acting, row)) for row in page],
        "asked": asked,
        "standings": [(id, name, asked.standing == id) for id, name in _standings().items()],
        "areas": area_groups(found.region_code, asked.region),
        "industries": industry_options(asked.industry),
        "sizes": size_options(asked.size),
        "moves": [(id, name, asked.move == id) for id, name in queries.MOVES.items()],
        "levels": _between(asked),
        "query": f"{query}&" if query else "",
        "export": f"{reverse('campaign_export', args=[pk])}?{query}",
        "breadcrumbs": crumbs(
            (_("测评活动"), reverse("campaigns")),
            (found.name, reverse("campaign", args=[pk])),
            (_("企业名单"), ""),
        ),
    }
    return render(request, "official/campaign_firms.html", context)


@require_safe
@desk(*OFFICIAL)
def export(request: HttpRequest, acting: Actor, pk: int) -> HttpResponseBase:
    """The same firms as a workbook; phone numbers as the page shows them."""
    found = find(acting, pk)
    asked = narrowing(request, acting, found)
    heads = (
        _("统一社会信用代码"), _("企业名称"), _("地区"), _("行业"), _("企业规模"),
        _("完成情况"), _("提交日期"), _("上一次等级"), _("上一次日期"), _("这一次等级"),
        _("提醒次数"), _("电话"),
    )  # fmt: skip
    rows = (
        _cells(row, queries.phone_for(acting, row))
        for row in queries.roll(found) if asked.holds(row)
    )  # fmt: skip
    name = f"{found.name}-{timezone.localdate()}.xlsx"
    return table_now(name, "xlsx", found.name, heads, rows, (22, 36, 12, 24))


def _cells(row: Asked, phone: str) -> list[object]:
    answered = row.answered_at
    return [
        row.uscc,
        row.name,
        said(region_name(row.region)),
        said(industry_name(row.industry)),
        size_name(row.size),
        said(queries.STANDINGS[row.standing]),
        timezone.localdate(answered) if answered else None,
        level(row.level_then) if row.level_then is not None else "",
        row.then_date,
        level(row.level_now) if row.level_now is not None else "",
        row.reminders,
        phone,
    ]


def narrowing(request: HttpRequest, acting: Actor, found: Campaign) -> Narrowing:
    """What the address narrows a list to; an office below begins with its own area."""
    typed = {name: request.GET.get(name, "").strip() for name in Narrowing.__slots__}
    if "region" not in request.GET:
        typed["region"] = _own_area(acting, found)
    typed["region"] = region_or(typed["region"], found.region_code)
    return Narrowing(**typed)


def _standings() -> dict[str, Text]:
    both = {
        "waiting": Text("未完成（含填报中）", "Not answered, begun or not"),
        "done": Text("已完成（含逾期）", "Answered, in time or late"),
    }
    return both | dict(queries.STANDINGS)


def _between(asked: Narrowing) -> str:
    """The cell of the table that a list stands behind, in words."""
    if not asked.then and not asked.now:
        return ""
    names = {str(step): level(step) for step in range(10)}
    then = (names | {NONE: _("没有结果")}).get(asked.then, "…")
    now = (names | {NONE: _("未完成")}).get(asked.now, "…")
    return _("上一次%(then)s，这一次%(now)s") % {"then": then, "now": now}


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Remind who has not answered, or close."""
    found = find(acting, pk)
    chosen, note = request.POST.get("step") or step, request.POST.get("note", "")
    try:
        if chosen == "remind":
            job = actions.remind(found, acting, note=note)
            count = {"count": job.arguments["firms"]}
            tell(request, _("正在提醒 %(count)s 家还没有完成的企业。") % count)
        elif chosen == "close":
            actions.close(found, acting, note=note)
            tell(request, _("活动已结束，不再提醒。之后提交的测评记为逾期完成。"))
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    return redirect("campaign", pk)
