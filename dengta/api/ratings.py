"""Ratings: an assessor's own tasks, answers sent in any order, and what an office sees."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from dengta.accounts.queries import OFFICIAL_ROLES
from dengta.api.access import acting, may
from dengta.api.lists import Narrowed, Page, Paging, moment, paged, points
from dengta.api.problems import PROBLEMS, Fault, Message
from dengta.assessment.actions import rated_answers
from dengta.assessment.actions import ratings as rating_actions
from dengta.assessment.actions.rated_answers import Typed
from dengta.assessment.queries import ratings as rating_queries
from dengta.assessment.queries.seen import ratings_seen

router = Router(tags=["ratings"])
ASSESSORS = ("expert", *OFFICIAL_ROLES)


class RatingLine(Schema):
    """One rating in short."""

    id: int
    assessment: int
    enterprise: str
    instrument: str
    kind: str
    state: str
    assigned_at: dt.datetime
    due_date: dt.date | None
    visit_date: dt.date | None
    submitted_at: dt.datetime | None
    score: str | None
    level: int | None


class RatedOut(Schema):
    """One answer of an assessor."""

    item: str
    value: str
    reason: str
    remark: str
    typed_at: dt.datetime


class RatingOut(RatingLine):
    """One rating with its answers."""

    remark: str
    answers: list[RatedOut]


class TypedIn(Schema):
    """What was typed for one item, and when: of two, the one typed later stands."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field(max_length=40)
    value: str = Field("", max_length=200)
    reason: str = ""
    remark: str = ""
    typed_at: dt.datetime | None = Field(None, description="now, when left out")


class Batch(Schema):
    """What was typed since the last time, in any order; sent twice it is kept once."""

    model_config = ConfigDict(extra="forbid")

    answers: list[TypedIn] = Field(min_length=1, max_length=500)


class KeptOut(Schema):
    """What became of a batch: kept, overtaken by something typed later, or refused."""

    kept: list[str]
    newer: list[RatedOut]
    refused: list[Fault]


class SubmitRating(Schema):
    """The day of the visit (of an on-site rating) and the assessor's opinion."""

    model_config = ConfigDict(extra="forbid")

    visit_date: dt.date | None = None
    remark: str = ""


class Reason(Schema):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=2000)


def line(rating: Any) -> dict[str, Any]:
    """A rating as lists show it."""
    return {
        "id": rating.pk,
        "assessment": rating.assessment_id,
        "enterprise": rating.assessment.organisation.name,
        "instrument": rating.assessment.instrument,
        "kind": rating.kind,
        "state": rating.state,
        "assigned_at": moment(rating.assigned_at),
        "due_date": rating.due_date,
        "visit_date": rating.visit_date,
        "submitted_at": moment(rating.submitted_at),
        "score": points(rating.score_milli),
        "level": rating.level,
    }


def _answer(row: Any) -> dict[str, Any]:
    return {
        "item": row.item,
        "value": row.value,
        "reason": row.reason,
        "remark": row.remark,
        "typed_at": moment(row.typed_at),
    }


def _whole(rating: Any) -> dict[str, Any]:
    answers = [_answer(row) for row in rating.answers.order_by("id")]
    return line(rating) | {"remark": rating.remark, "answers": answers}


@router.get(
    "/ratings", response={200: list[RatingLine], **PROBLEMS}, **may("我的评定任务", *ASSESSORS)
)
def list_tasks(request: HttpRequest) -> Any:
    """The ratings that were given to oneself: those to be done, then those done."""
    me = acting(request)
    tasks, done = rating_queries.tasks_of(me), rating_queries.done_by(me)
    return [line(rating) for rating in (*tasks, *done)]


@router.get(
    "/territory/ratings",
    response={200: Page[RatingLine], **PROBLEMS},
    **may("辖区内的评定", *OFFICIAL_ROLES),
)
def list_territory(request: HttpRequest, narrowed: Query[Narrowed], paging: Query[Paging]) -> Any:
    """Submitted ratings of the assessments that an office may see, newest first."""
    return paged(ratings_seen(acting(request), narrowed.filters()), paging, line)


@router.get(
    "/ratings/{int:pk}", response={200: RatingOut, **PROBLEMS}, **may("一份评定", *ASSESSORS)
)
def get_rating(request: HttpRequest, pk: int) -> Any:
    """One rating that was given to oneself, with its answers."""
    return _whole(rating_queries.rating_of(acting(request), pk))


@router.patch(
    "/ratings/{int:pk}/answers",
    response={200: KeptOut, **PROBLEMS},
    **may("保存评定答案", *ASSESSORS),
)
def patch_rating(request: HttpRequest, pk: int, body: Batch) -> Any:
    """Keep what was typed, each item by the moment it was typed."""
    now = timezone.now()
    me = acting(request)
    batch = [
        Typed(one.item, one.value, one.reason, one.remark, _aware(one.typed_at) or now)
        for one in body.answers
    ]
    kept = rated_answers.keep_answers(rating_queries.rating_of(me, pk), me, batch)
    return {
        "kept": list(kept.kept),
        "newer": [_answer(row) for row in kept.newer.values()],
        "refused": [
            {"field": item, "value": "", "message": Message(**text._asdict())}
            for item, text in kept.refused.items()
        ],
    }


def _aware(at: dt.datetime | None) -> dt.datetime | None:
    """A moment without a zone is meant in the time of the province."""
    return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at


@router.post(
    "/ratings/{int:pk}/submit", response={200: RatingOut, **PROBLEMS}, **may("提交评定", *ASSESSORS)
)
def submit_rating(request: HttpRequest, pk: int, body: SubmitRating) -> Any:
    """Sign and submit; the result of an on-site rating becomes the assessment's."""
    me = acting(request)
    rating = rating_queries.rating_of(me, pk)
    rating_actions.submit(rating, me, visit=body.visit_date, remark=body.remark)
    return _whole(rating_queries.rating_of(me, pk))


@router.post(
    "/ratings/{int:pk}/decline",
    response={200: RatingOut, **PROBLEMS},
    **may("回避或退回派单", "expert"),
)
def decline_rating(request: HttpRequest, pk: int, body: Reason) -> Any:
    """Stand aside or give the task back, with the reason."""
    me = acting(request)
    rating = rating_queries.rating_of(me, pk)
    rating_actions.decline(rating, me, note=body.note)
    return _whole(rating_queries.rating_of(me, pk))
