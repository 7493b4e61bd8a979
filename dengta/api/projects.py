"""Transformation projects for programs: those that everybody may see, in publicity or accepted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from dengta.api.access import public
from dengta.api.lists import Page, Paging, paged
from dengta.api.problems import PROBLEMS
from dengta.projects.queries import acceptance as queries
from dengta.projects.queries.acceptance import Acceptance

router = Router(tags=["projects"])


class ProjectOut(Schema):
    """One project as its publicity shows it; money in fen. `level` is that rated on the spot,
    `effects` what was found on the spot by the id of the effect, `state` publicity or accepted."""

    number: str
    acceptance: str
    state: str
    title: str
    enterprise_name: str
    provider_code: str
    provider_name: str
    region: str
    programme: str
    sub_industry: str
    level: int | None
    list_fen: int
    discount_fen: int
    public_fen: int
    eligible_fen: int | None
    effects: dict[str, int | None]
    finished_date: dt.date | None
    visit_date: dt.date | None
    publicity_from: dt.date | None
    publicity_until: dt.date | None
    accepted_date: dt.date | None


class ProjectsAsked(Paging):
    """How the list is narrowed; what is empty narrows nothing."""

    state: str = Field("", max_length=10, description="publicity or accepted")
    region: str = Field("", max_length=6, description="a GB/T 2260 code, or the front of one")
    sub_industry: str = Field("", max_length=40)
    provider: str = Field("", max_length=18, description="the provider's credit code")


def _line(acceptance: Acceptance) -> dict[str, Any]:
    project = acceptance.project
    return {
        "number": project.number,
        "acceptance": acceptance.number,
        "state": acceptance.state,
        "title": project.title,
        "enterprise_name": project.organisation.name,
        "provider_code": project.provider.uscc,
        "provider_name": project.provider.name,
        "region": project.region_code,
        "programme": project.programme,
        "sub_industry": project.sub_industry,
        "level": acceptance.level,
        "list_fen": project.list_fen,
        "discount_fen": project.discount_fen,
        "public_fen": project.public_fen,
        "eligible_fen": acceptance.eligible_fen,
        "effects": {id: value.get("found") for id, value in acceptance.effects.items()},
        "finished_date": acceptance.finished_date,
        "visit_date": acceptance.visit_date,
        "publicity_from": acceptance.publicity_from,
        "publicity_until": acceptance.publicity_until,
        "accepted_date": project.accepted_date,
    }


@router.get(
    "/projects/", response={200: Page[ProjectOut], **PROBLEMS}, **public("公示和验收的项目")
)
def list_projects(request: HttpRequest, asked: Query[ProjectsAsked]) -> dict[str, Any]:
    """The projects in publicity today and those accepted, the latest first."""
    rows = queries.everybodys(
        timezone.localdate(), asked.state, asked.region, asked.sub_industry, asked.provider
    )
    return paged(rows, asked, _line)
