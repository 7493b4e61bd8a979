"""Campaigns: what an office has asked for, and who has answered."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from dengta.accounts.queries import OFFICIAL_ROLES
from dengta.api.access import acting, may
from dengta.api.lists import Page, Paging, moment, paged
from dengta.api.problems import PROBLEMS
from dengta.assessment.queries import campaigns as queries

router = Router(tags=["campaigns"])


class CampaignLine(Schema):
    """One campaign in short."""

    id: int
    name: str
    region_code: str
    instrument: str
    basis: str
    state: str
    due_date: dt.date
    opened_at: dt.datetime
    closed_at: dt.datetime | None


class TallyOut(Schema):
    """How many were asked and where they stand; `rate_bps` is rounded down."""

    asked: int
    answered: int
    late: int
    drafting: int
    open: int
    rate_bps: int


class Coverage(Schema):
    """Where the firms of a campaign stand, in all and by group."""

    total: TallyOut
    groups: dict[str, TallyOut]


class AskedOut(Schema):
    """One firm that was asked."""

    uscc: str
    name: str
    region_code: str
    industry_code: str
    standing: str
    answered_at: dt.datetime | None
    level_now: int | None
    level_then: int | None
    reminders: int


def line(campaign: Any) -> dict[str, Any]:
    """A campaign as lists show it."""
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "region_code": campaign.region_code,
        "instrument": campaign.instrument,
        "basis": campaign.basis,
        "state": campaign.state,
        "due_date": campaign.due_date,
        "opened_at": moment(campaign.opened_at),
        "closed_at": moment(campaign.closed_at),
    }


def _tally(tally: queries.Tally) -> dict[str, int]:
    names = ("asked", "answered", "late", "drafting", "open", "rate_bps")
    return {name: getattr(tally, name) for name in names}


@router.get(
    "/campaigns", response={200: Page[CampaignLine], **PROBLEMS}, **may("测评活动", *OFFICIAL_ROLES)
)
def list_campaigns(request: HttpRequest, paging: Query[Paging]) -> Any:
    """The campaigns of the territory and of the offices above, newest first."""
    return paged(queries.in_sight(acting(request)), paging, line)


@router.get(
    "/campaigns/{int:pk}",
    response={200: CampaignLine, **PROBLEMS},
    **may("一次测评活动", *OFFICIAL_ROLES),
)
def get_campaign(request: HttpRequest, pk: int) -> Any:
    """One campaign."""
    return line(queries.visible(acting(request), pk))


@router.get(
    "/campaigns/{int:pk}/coverage",
    response={200: Coverage, **PROBLEMS},
    **may("活动的完成情况", *OFFICIAL_ROLES),
)
def get_coverage(
    request: HttpRequest,
    pk: int,
    by: Literal["division", "county", "industry", "size"] = "division",
) -> Any:
    """Who has answered, of the firms of one's territory."""
    me = acting(request)
    rows = [row for row in queries.roll(queries.visible(me, pk)) if me.covers(row.region)]
    groups = queries.coverage(rows, by)
    return {
        "total": _tally(queries.total(rows)),
        "groups": {code: _tally(tally) for code, tally in groups.items()},
    }


@router.get(
    "/campaigns/{int:pk}/firms",
    response={200: Page[AskedOut], **PROBLEMS},
    **may("活动名单", *OFFICIAL_ROLES),
)
def list_asked(request: HttpRequest, pk: int, paging: Query[Paging], standing: str = "") -> Any:
    """The firms of one's territory that were asked; `standing`: waiting, done, or one of answered,
    late, drafting, open."""
    me = acting(request)
    narrowing = queries.Narrowing(standing=standing)
    rows = [
        row
        for row in queries.roll(queries.visible(me, pk))
        if me.covers(row.region) and narrowing.holds(row)
    ]
    return paged(rows, paging, _asked)


def _asked(row: queries.Asked) -> dict[str, Any]:
    return {
        "uscc": row.uscc,
        "name": row.name,
        "region_code": row.region,
        "industry_code": row.industry,
        "standing": row.standing,
        "answered_at": moment(row.answered_at),
        "level_now": row.level_now,
        "level_then": row.level_then,
        "reminders": row.reminders,
    }
