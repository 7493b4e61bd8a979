"""Samples of ratings: anybody can follow a draw and recompute it; offices commit, draw, compare."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from dengta.accounts.queries import OFFICIAL_ROLES
from dengta.api.access import acting, may, public
from dengta.api.lists import Page, Paging, moment, paged
from dengta.api.problems import PROBLEMS, Refusal
from dengta.assessment.actions import samples as actions
from dengta.assessment.queries import samples as queries
from dengta.core.shapes import Text

router = Router(tags=["samples"])


class SampleLine(Schema):
    """One sample: what was committed to before, and the seed published after."""

    id: int
    number: str
    name: str
    region_code: str
    instrument: str
    size: int
    start_date: dt.date
    end_date: dt.date
    state: str
    commitment: str
    seed: str | None
    committed_at: dt.datetime
    drawn_at: dt.datetime | None


class SampleIn(Schema):
    """Which ratings to draw from, and how many."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    start: dt.date
    end: dt.date
    size: int = Field(ge=1, le=100_000)
    instrument: str = Field("miit-2024", max_length=40)


class DrawnOut(Schema):
    """One rating that was drawn, and its re-check."""

    id: int
    rating: int
    assessment: int
    enterprise: str
    assessor: str
    level: int | None
    recheck: int | None
    checked_level: int | None


def line(sample: Any) -> dict[str, Any]:
    """A sample as lists show it; the seed only once it was drawn."""
    drawn = sample.drawn_at is not None
    return {
        "id": sample.pk,
        "number": sample.number,
        "name": sample.name,
        "region_code": sample.region_code,
        "instrument": sample.instrument,
        "size": sample.size,
        "start_date": sample.start_date,
        "end_date": sample.end_date,
        "state": sample.state,
        "commitment": sample.commitment,
        "seed": sample.seed if drawn else None,
        "committed_at": moment(sample.committed_at),
        "drawn_at": moment(sample.drawn_at),
    }


@router.get("/samples", response={200: Page[SampleLine], 422: PROBLEMS[422], 429: PROBLEMS[429]},
            **public("评定抽查"))  # fmt: skip
def list_samples(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Every sample, newest first; nothing in them names a firm."""
    return paged(queries.all_samples(), paging, line)


@router.get(
    "/samples/{int:pk}/record",
    response={200: None, 404: PROBLEMS[404], 429: PROBLEMS[429]},
    **public("抽取记录"),
)
def get_record(request: HttpRequest, pk: int) -> Any:
    """The record of a draw, the same bytes as on the day; `dengta draw verify` recomputes it."""
    record = queries.record_of(queries.all_samples().get(pk=pk))
    if not record:
        raise Refusal(
            404,
            Text("还没有抽取，抽取后公布记录。", "Not drawn yet; the record follows the draw."),
        )
    return HttpResponse(record, content_type="application/json")


@router.post("/samples", response={200: SampleLine, **PROBLEMS},
             **may("承诺一次抽查", *OFFICIAL_ROLES))  # fmt: skip
def commit_sample(request: HttpRequest, body: SampleIn) -> Any:
    """Commit to a seed that nobody knows; the commitment is public at once."""
    return line(
        actions.commit(
            acting(request),
            name=body.name,
            start=body.start,
            end=body.end,
            size=body.size,
            instrument=body.instrument,
        )
    )


@router.post("/samples/{int:pk}/draw", response={200: SampleLine, **PROBLEMS},
             **may("公布种子并抽取", *OFFICIAL_ROLES))  # fmt: skip
def draw_sample(request: HttpRequest, pk: int) -> Any:
    """Publish the seed and draw, once the period is over."""
    me = acting(request)
    actions.draw(queries.sample_for(me, pk), me)
    return line(queries.sample_for(me, pk))


@router.get("/samples/{int:pk}/drawn", response={200: list[DrawnOut], **PROBLEMS},
            **may("抽中的评定", *OFFICIAL_ROLES))  # fmt: skip
def list_drawn(request: HttpRequest, pk: int) -> Any:
    """What was drawn, of the firms of one's territory, with its re-checks."""
    me = acting(request)
    return [_drawn(row.sampled) for row in queries.drawn_of(queries.sample_for(me, pk), me.region)]


def _drawn(sampled: Any) -> dict[str, Any]:
    rating, check = sampled.rating, sampled.recheck
    return {
        "id": sampled.pk,
        "rating": rating.pk,
        "assessment": rating.assessment_id,
        "enterprise": rating.assessment.organisation.name,
        "assessor": str(rating.assessor),
        "level": rating.level,
        "recheck": check.pk if check else None,
        "checked_level": check.level if check else None,
    }


@router.post("/samples/drawn/{int:pk}/recheck", response={200: DrawnOut, **PROBLEMS},
             **may("领取复核", *OFFICIAL_ROLES))  # fmt: skip
def take_recheck(request: HttpRequest, pk: int) -> Any:
    """Take the re-check of a rating that was drawn; it is then among one's own ratings."""
    me = acting(request)
    actions.recheck(queries.sampled_for(me, pk), me)
    return _drawn(queries.sampled_for(me, pk))
