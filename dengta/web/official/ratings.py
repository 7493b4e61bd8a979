"""One assessment as an official sees it: all answers side by side, who rates it, whom to ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.actions import ratings as actions
from dengta.assessment.queries import Assessment, contradictions_of, instrument_of
from dengta.assessment.queries import ratings as queries
from dengta.assessment.queries.conflicts import Candidate, candidates, why_nobody
from dengta.assessment.queries.counted import counted_of, needs_on_site
from dengta.assessment.queries.evidence import same_elsewhere
from dengta.assessment.queries.ratings import Board, Rating
from dengta.core.shapes import Text
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.trail.queries import Entry, timelines
from dengta.web.cases import badge, crumbs, events
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.rating_items import column_name, points_of, side_by_side

SHOWN = 8
"""How many of the pool are offered at once; the rest can be unfolded."""


def _find(acting: Actor, pk: int) -> Assessment:
    try:
        return queries.assessment_for(acting, pk)
    except Assessment.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def assessment(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The result that counts, ratings, whom to ask, and every item side by side."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: Assessment, error: Text | None = None
) -> HttpResponse:
    day = timezone.localdate()
    ratings = list(queries.ratings_of(found))
    seen = [r for r in ratings if r.submitted_at is not None]
    board, stories = queries.board(found, seen), timelines(ratings)
    hands = {acting.user_id: Text("派单人不能派给自己", "Nobody may be asked by themself")}
    pool = candidates(found, day, had_a_hand=hands)
    context = {
        "assessment": found,
        "firm": found.organisation,
        "instrument": instrument_of(found),
        "points": points_of(found.score_milli),
        "on_site_points": points_of(found.on_site_score_milli),
        "standing": _standing(found, day),
        "ratings": [_rating(acting, rating, stories[rating.pk]) for rating in ratings],
        "kinds": _kinds(ratings),
        "pool": [_candidate(one) for one in pool[:SHOWN]],
        "rest": [_candidate(one) for one in pool[SHOWN:]],
        "nobody": why_nobody(pool),
        "error": said(error) if error else "",
        "posted": request.POST,
        "contradictions": contradictions_of(found, timezone.localdate(found.submitted_at)),
        "self_name": column_name(None),
        "board": side_by_side(board, flags=_flags(board)),
        "today": day,
        "days": policy().practised(Rating.flow.start.days, day),
        "breadcrumbs": crumbs(
            (_("测评"), reverse("official_assessments")), (found.organisation.name, "")
        ),
    }
    return render(request, "official/assessment.html", context, status=422 if error else 200)


def _standing(found: Assessment, day: dt.date) -> dict[str, Any]:
    """Which result counts, and why."""
    counts = counted_of(found.organisation_id, day)
    here = counts is not None and counts.pk == found.pk
    on_site = needs_on_site(found.organisation_id, day)
    if here and counts is not None and counts.counted_on_site:
        why = Text("以现场评定结果为准。", "The on-site result counts.")
    elif here:
        why = Text("以企业自评结果为准。", "The firm's own result counts.")
    elif on_site:
        why = Text(
            "试点企业只认现场评定结果；现场评定之前，自评结果不计入等级。",
            "A pilot enterprise counts only with an on-site result; until then its own does not.",
        )
    else:
        why = Text("企业有更新的测评，这一次不再计入。", "A later assessment counts.")
    return {
        "counts": here,
        "why": why,
        "tone": "good" if here else "wait",
        "level": counts.counted_level if here and counts is not None else None,
    }


def _flags(board: Board) -> dict[int, list[Text]]:
    """Where else a piece of evidence was seen, by its id."""
    papers = [paper for row in board.rows for side in row.readings for paper in side.evidence]
    return {
        pk: [
            Text(
                f"{'同一文件' if other.whole else '相似的图片'}也出现在{other.organisation.name}",
                f"{'The same file' if other.whole else 'A picture like it'} was given by"
                f" {other.organisation.name}, too",
            )
            for other in others
        ]
        for pk, others in same_elsewhere(papers).items()
    }


def _rating(acting: Actor, rating: Rating, story: list[Entry]) -> dict[str, Any]:
    return {
        "rating": rating,
        "kind": column_name(rating),
        "badge": badge(rating.flow.state(rating.state), public=False),
        "due": queries.clock_of(rating, timezone.localdate()),
        "steps": [s for s in allowed_steps(rating, acting) if s.id == "cancel"],
        "score": rating.result.get("score"),
        "checks": rating.conflicts.get("checks", []),
        "events": events(rating, story),
        "cancel": reverse("official_rating_cancel", args=[rating.pk]),
    }


def _kinds(ratings: list[Rating]) -> list[tuple[str, str]]:
    """The kinds that can be asked for now: not one that somebody is at."""
    busy = {r.kind for r in ratings if not r.flow.state(r.state).final}
    offered = [("on_site", _("现场评定")), ("expert", _("专家评定"))]
    return [(id, name) for id, name in offered if id not in busy]


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "id": one.user_id,
        "name": one.name,
        "employer": one.employer,
        "region": region_name(one.region_code) if one.region_code else "",
        "open": one.open,
        "before": one.before,
        "same_field": one.same_field,
        "near": one.near,
        "conflicts": [conflict.text for conflict in one.conflicts],
    }


@require_POST
@desk(*OFFICIAL)
def assign(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Ask somebody of the pool. Two officials at once: the second is told who has it."""
    found = _find(acting, pk)
    chosen = request.POST.get("assessor", "")
    try:
        rating = actions.assign(
            found,
            acting,
            int(chosen) if chosen.isdecimal() and len(chosen) < 18 else 0,
            request.POST.get("kind", ""),
            due=_day(request.POST.get("due", "")),
            note=request.POST.get("note", ""),
        )
    except StepRefused as refused:
        return _page(request, acting, found, refused.text)
    firm = found.organisation.name
    tell(
        request,
        _("已请%(name)s评定“%(firm)s”，并已通知。") % {"name": rating.assessor, "firm": firm},
    )
    return redirect("official_assessment", pk)


def _day(typed: str) -> dt.date | None:
    typed = typed.strip()
    if not typed:
        return None
    try:
        return dt.date.fromisoformat(typed.replace("/", "-").replace(".", "-"))
    except ValueError as unreadable:
        shown = typed[:20]
        raise StepRefused(
            Text(
                f"完成期限“{shown}”不是日期，请按 2026-03-30 的样子填写。",
                f"The deadline “{shown}” is no date; write it like 2026-03-30.",
            )
        ) from unreadable


@require_POST
@desk(*OFFICIAL)
def cancel(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Withdraw a rating that is not done, with the reason."""
    try:
        found = queries.rating_for(acting, pk)
    except Rating.DoesNotExist as gone:
        raise Http404 from gone
    try:
        actions.cancel(found, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return _page(request, acting, found.assessment, refused.text)
    tell(request, _("已撤销派单，并已通知评定人。"))
    return redirect("official_assessment", found.assessment_id)
