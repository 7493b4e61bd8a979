"""Needs that are open to all listed providers, for programs: what is wanted, where, until when.

Who asks, and what the firm writes in its own words, is for providers that may quote; here nobody is
named."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from dengta.api.access import public
from dengta.api.lists import Page, Paging, moment, paged
from dengta.api.problems import PROBLEMS
from dengta.matching.queries import needs as queries
from dengta.matching.queries.needs import Need
from dengta.registry.queries import division_of

router = Router(tags=["matching"])


class WantedOut(Schema):
    """One scenario that is to rise to a level; `from_level` null where it is not known."""

    scenario: str
    from_level: int | None
    to_level: int


class NeedOut(Schema):
    """One open need. `quotes` are those that stand, `answer_by` the last day for one."""

    number: str
    sub_industry: str
    division: str
    items: list[WantedOut]
    finish_by: dt.date | None
    published_at: dt.datetime | None
    answer_by: dt.date | None
    quotes: int


class NeedsAsked(Paging):
    """How the list is narrowed; what is empty narrows nothing."""

    sub_industry: str = Field("", max_length=40)
    scenario: str = Field("", max_length=40)
    division: str = Field("", max_length=6, description="GB/T 2260 code of a division")


def _line(need: Need) -> dict[str, Any]:
    return {
        "number": need.number,
        "sub_industry": need.sub_industry,
        "division": division_of(need.organisation.region_code),
        "items": [
            {"scenario": one.scenario, "from_level": one.from_level, "to_level": one.to_level}
            for one in need.items.all()
        ],
        "finish_by": need.finish_by,
        "published_at": moment(need.published_at),
        "answer_by": need.answer_by,
        "quotes": queries.answers_of(need),
    }


@router.get("/needs/", response={200: Page[NeedOut], **PROBLEMS}, **public("公开征集的需求"))
def list_needs(request: HttpRequest, asked: Query[NeedsAsked]) -> dict[str, Any]:
    """The needs that are open to all listed providers today, the soonest to close first."""
    rows = queries.open_to_all(
        timezone.localdate(), asked.sub_industry, asked.scenario, asked.division
    )
    return paged(rows, asked, _line)
