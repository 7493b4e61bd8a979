"""Selections: rounds and what is published of them for anybody, own applications, awards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from dengta.api.access import acting, may, public
from dengta.api.lists import Page, Paging, moment, paged
from dengta.api.problems import PROBLEMS, Message, Refusal
from dengta.core.filling import json_entry
from dengta.core.shapes import Text
from dengta.programmes.actions import filling, submitting
from dengta.programmes.queries import (
    Application,
    Round,
    applications_of,
    rounds,
    takes_applications,
    visible,
)
from dengta.programmes.queries import awards as held
from dengta.programmes.queries.forms import Field as FormField
from dengta.programmes.queries.forms import form_of
from dengta.programmes.queries.lists import publicity_of, published
from dengta.programmes.queries.panels import publications_of
from dengta.trail.queries import clock

router = Router(tags=["selections"])
APPLICANTS = ("enterprise", "provider", "city", "county")
SEE = ("enterprise", "provider", "county", "city", "province")


class RoundOut(Schema):
    """One round: what is selected, when applications are taken, what its list was published for."""

    id: int
    number: str
    selection: str
    name: str
    summary: Message
    applicant: str
    state: str
    state_name: Message
    takes_applications: bool
    opens_at: dt.datetime
    closes_at: dt.datetime
    document_number: str
    publicity_from: dt.date | None
    publicity_until: dt.date | None
    award_document: str
    award_date: dt.date | None


class ApplicationOut(Schema):
    """One application as its applicant sees it; `due` is the day by which whoever has it acts."""

    id: int
    number: str
    round: int
    title: str
    applicant_code: str
    applicant_name: str
    state: str
    state_name: Message
    due: dt.date | None
    submitted_at: dt.datetime | None
    rank: int | None
    amount_fen: int | None


class ApplicationIn(Schema):
    """Which round to apply in. `key` is made up by the program: sent again it is the same one."""

    model_config = ConfigDict(extra="forbid")

    round: int
    key: str = Field(min_length=8, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")
    title: str = Field("", max_length=120)


class FieldOut(Schema):
    """One field of the form. `origin` says whose the value is: `own`, `registry`, or nobody's;
    `reason` why an office returned it."""

    field: str
    section: str
    name: Message
    type: str
    required: bool
    open: bool
    value: Any
    version: int
    origin: str
    reason: str


class PaperOut(Schema):
    """One paper under a heading of the form."""

    id: int
    slot: str
    name: str
    size: int
    fingerprint: str
    document: int


class FormOut(Schema):
    """The form as it stands; `missing` names what is required and empty."""

    fields: list[FieldOut]
    papers: list[PaperOut]
    missing: list[str]


class ValueIn(Schema):
    """A value, and the version that was on the screen (0 where nothing had been typed)."""

    model_config = ConfigDict(extra="forbid")

    value: Any = None
    seen: int = Field(0, ge=0)


class ValuesIn(Schema):
    """Some fields; the others stay as they are."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, ValueIn] = Field(min_length=1, max_length=400)


class ClashOut(Schema):
    """A field that somebody else wrote meanwhile; nothing of it was kept."""

    field: str
    theirs: Any
    version: int
    author: str
    at: dt.datetime


class KeptOut(Schema):
    """What was kept (the version each field has now), what clashed, what cannot be and why."""

    versions: dict[str, int]
    clashes: list[ClashOut]
    faults: dict[str, Message]


class PledgeIn(Schema):
    """Who answers for the truth of it."""

    model_config = ConfigDict(extra="forbid")

    pledged_by: str = Field(max_length=60)


class ListedOut(Schema):
    """One line of a published list."""

    application: int
    number: str
    rank: int | None
    applicant_name: str
    title: str
    region_code: str
    state: str
    amount_fen: int | None
    publicity_until: dt.date | None


class PublicityOut(Schema):
    """The publicity of a round: its days, whether objections are taken, and the list by rank."""

    since: dt.date
    until: dt.date
    working_days_left: int
    open: bool
    list: list[ListedOut]


class PublicationOut(Schema):
    """A document that anybody can recompute; `text` is exactly what was published."""

    kind: str
    digest: str
    at: dt.datetime
    text: str


class AwardOut(Schema):
    """One award: who holds what, by which document, until when."""

    number: str
    code: str
    programme: str
    name: Message
    holder_name: str
    awarded_name: str
    title: str
    document_number: str
    award_date: dt.date
    expires_date: dt.date | None
    amount_fen: int
    standing: str


class AwardsNarrowed(Schema):
    """How the list of awards is narrowed."""

    words: str = Field("", max_length=60)
    programme: str = Field("", max_length=60)
    division: str = Field("", max_length=6)
    year: int | None = Field(None, ge=2000, le=2100)
    document: str = Field("", max_length=80)
    standing: str = Field("", pattern="^(in_force|expired|revoked)?$")


# ---------------------------------------------------------------- rounds, for anybody


def round_line(round: Round) -> dict[str, Any]:
    """A round as lists show it."""
    rule = round.rule
    return {
        "id": round.pk,
        "number": round.number,
        "selection": round.selection,
        "name": round.name,
        "summary": rule.summary._asdict(),
        "applicant": rule.applicant,
        "state": round.state,
        "state_name": round.flow.state(round.state).public._asdict(),
        "takes_applications": takes_applications(round, timezone.now()),
        "opens_at": moment(round.opens_at),
        "closes_at": moment(round.closes_at),
        "document_number": round.document_number,
        "publicity_from": round.publicity_from,
        "publicity_until": round.publicity_until,
        "award_document": round.award_document,
        "award_date": round.award_date,
    }


@router.get("/rounds", response=Page[RoundOut], **public("遴选批次"))
def list_rounds(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Every round whose notice is published, newest first."""
    return paged(rounds(), paging, round_line)


@router.get("/rounds/{int:pk}", response={200: RoundOut, **PROBLEMS}, **public("一个批次"))
def get_round(request: HttpRequest, pk: int) -> Any:
    """One round."""
    return round_line(rounds().get(pk=pk))


@router.get(
    "/rounds/{int:pk}/publicity", response={200: PublicityOut, **PROBLEMS}, **public("公示名单")
)
def get_publicity(request: HttpRequest, pk: int) -> Any:
    """The list as it is or was in publicity, line by line as on the page."""
    round = rounds().get(pk=pk)
    found = publicity_of(round, timezone.localdate())
    if found is None:
        raise Refusal(
            404,
            Text(
                "这个批次还没有公示名单。公示开始后可以在这里读取。",
                "No list of this round is public yet; it can be read here once it is.",
            ),
        )
    return {
        "since": found.since,
        "until": found.until,
        "working_days_left": found.left,
        "open": found.open,
        "list": [_listed(one) for one in published(round)],
    }


def _listed(one: Application) -> dict[str, Any]:
    given = one.amount_fen if one.state in ("proposed", "held", "awarded") else None
    return {
        "application": one.pk,
        "number": one.number,
        "rank": one.rank,
        "applicant_name": one.applicant_name,
        "title": one.title,
        "region_code": one.region_code,
        "state": one.state,
        "amount_fen": given,
        "publicity_until": one.publicity_until,
    }


@router.get(
    "/rounds/{int:pk}/publications",
    response={200: list[PublicationOut], **PROBLEMS},
    **public("公开文件"),
)
def list_publications(request: HttpRequest, pk: int) -> Any:
    """Draws, assignments and lists of a round, byte for byte; `dengta draw verify` and `dengta
    allocate` recompute them."""
    return [
        {"kind": one.kind, "digest": one.digest, "at": moment(one.at), "text": one.text}
        for one in publications_of(rounds().get(pk=pk))
    ]


# ---------------------------------------------------------------- own applications


def application_line(one: Application) -> dict[str, Any]:
    """An application in short; rank and amount only once the list is public."""
    shown = one.publicity_from is not None
    standing = clock(one, timezone.now())
    return {
        "id": one.pk,
        "number": one.number,
        "round": one.round_id,
        "title": one.title,
        "applicant_code": one.applicant_code,
        "applicant_name": one.applicant_name,
        "state": one.state,
        "state_name": one.flow.state(one.state).public._asdict(),
        "due": standing.due if standing else None,
        "submitted_at": moment(one.submitted_at),
        "rank": one.rank if shown else None,
        "amount_fen": one.amount_fen if shown else None,
    }


def _own(request: HttpRequest, pk: int) -> Application:
    """One of the actor's own. Application.DoesNotExist for any other."""
    return applications_of(acting(request)).get(pk=pk)


@router.get(
    "/applications",
    response={200: Page[ApplicationOut], **PROBLEMS},
    **may("本单位的申报", *APPLICANTS),
)
def list_applications(request: HttpRequest, paging: Query[Paging]) -> Any:
    """One's own applications, newest first."""
    return paged(applications_of(acting(request)), paging, application_line)


@router.post(
    "/applications", response={200: ApplicationOut, **PROBLEMS}, **may("开始申报", *APPLICANTS)
)
def start_application(request: HttpRequest, body: ApplicationIn) -> Any:
    """Begin a draft in a round that takes applications; the same key is the same draft."""
    actor = acting(request)
    key = f"api-{actor.organisation_id or actor.region}-{body.key}"[:80]
    round = rounds().get(pk=body.round)
    return application_line(filling.start(round, actor, key=key, title=body.title))


@router.get(
    "/applications/{int:pk}", response={200: ApplicationOut, **PROBLEMS}, **may("一份申报", *SEE)
)
def get_application(request: HttpRequest, pk: int) -> Any:
    """One application: one's own, or one handed in from an office's territory."""
    return application_line(visible(acting(request), pk))


@router.get(
    "/applications/{int:pk}/form", response={200: FormOut, **PROBLEMS}, **may("申报表", *SEE)
)
def get_form(request: HttpRequest, pk: int) -> Any:
    """Every field with value and version, the papers, and what is missing."""
    form = form_of(visible(acting(request), pk))
    return {
        "fields": [_field(field) for field in form.fields],
        "papers": [_paper(paper) for slot in form.slots for paper in slot.papers],
        "missing": [missing.item for missing in form.missing],
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "field": field.rule.id,
        "section": field.rule.section,
        "name": field.rule.text._asdict(),
        "type": field.rule.type,
        "required": field.rule.required,
        "open": field.open,
        "value": json_entry(field.value),
        "version": field.version,
        "origin": field.origin,
        "reason": field.reason,
    }


def _paper(paper: Any) -> dict[str, Any]:
    return {
        "id": paper.pk,
        "slot": paper.slot,
        "name": paper.document.name,
        "size": paper.document.size,
        "fingerprint": paper.document.fingerprint,
        "document": paper.document_id,
    }


@router.patch(
    "/applications/{int:pk}/form",
    response={200: KeptOut, **PROBLEMS},
    **may("保存填报内容", *APPLICANTS),
)
def patch_form(request: HttpRequest, pk: int, body: ValuesIn) -> Any:
    """Keep some fields, each for itself: those that clash or cannot be are told, the others are
    kept."""
    changes = {id: (given.value, given.seen) for id, given in body.values.items()}
    kept = filling.keep(_own(request, pk), acting(request), changes)
    return {
        "versions": dict(kept.versions),
        "clashes": [
            {
                "field": clash.field,
                "theirs": json_entry(clash.theirs),
                "version": clash.version,
                "author": clash.author,
                "at": moment(clash.at),
            }
            for clash in kept.clashes
        ],
        "faults": {id: text._asdict() for id, text in kept.faults.items()},
    }


@router.post(
    "/applications/{int:pk}/papers",
    response={200: PaperOut, **PROBLEMS},
    **may("上传申报材料", *APPLICANTS),
)
def add_paper(request: HttpRequest, pk: int, file: File[UploadedFile], slot: Form[str]) -> Any:
    """Put a paper under a heading of the form; the same file twice is one."""
    return _paper(filling.attach(_own(request, pk), acting(request), slot, file))


@router.delete(
    "/applications/{int:pk}/papers/{int:paper}",
    response={204: None, **PROBLEMS},
    **may("移除申报材料", *APPLICANTS),
)
def remove_paper(request: HttpRequest, pk: int, paper: int) -> Any:
    """Take a paper away; it stays as a record."""
    filling.detach(_own(request, pk), acting(request), paper)
    return HttpResponse(status=204)


@router.post(
    "/applications/{int:pk}/submit",
    response={200: ApplicationOut, **PROBLEMS},
    **may("承诺并提交申报", *APPLICANTS),
)
def submit_application(request: HttpRequest, pk: int, body: PledgeIn) -> Any:
    """Pledge and hand in; the server's clock decides, and sent again it is the same submission."""
    one = _own(request, pk)
    submitting.submit(one, acting(request), pledged_by=body.pledged_by)
    one.refresh_from_db()
    return application_line(one)


@router.post(
    "/applications/{int:pk}/resubmit",
    response={200: ApplicationOut, **PROBLEMS},
    **may("修改后重新提交", *APPLICANTS),
)
def resubmit_application(request: HttpRequest, pk: int) -> Any:
    """Hand in again what an office returned, once it is mended."""
    one = _own(request, pk)
    submitting.resubmit(one, acting(request))
    one.refresh_from_db()
    return application_line(one)


@router.post(
    "/applications/{int:pk}/withdraw",
    response={200: ApplicationOut, **PROBLEMS},
    **may("撤回申报", *APPLICANTS),
)
def withdraw_application(request: HttpRequest, pk: int) -> Any:
    """Take an application back; its quota is free again."""
    one = _own(request, pk)
    submitting.withdraw(one, acting(request))
    one.refresh_from_db()
    return application_line(one)


# ---------------------------------------------------------------- awards


def award_line(award: held.Award) -> dict[str, Any]:
    """An award as the public sees it."""
    return {
        "number": award.number,
        "code": award.code,
        "programme": award.programme,
        "name": held.called(award)._asdict(),
        "holder_name": award.holder_name,
        "awarded_name": award.awarded_name,
        "title": award.title,
        "document_number": award.document_number,
        "award_date": award.award_date,
        "expires_date": award.expires_date,
        "amount_fen": award.amount_fen,
        "standing": held.standing(award, timezone.localdate()).id,
    }


@router.get("/awards", response=Page[AwardOut], **public("认定名单"))
def list_awards(
    request: HttpRequest, narrowed: Query[AwardsNarrowed], paging: Query[Paging]
) -> Any:
    """Awards, the latest first: each a row of the document that it was given by."""
    wanted = held.Wanted(**narrowed.dict())
    return paged(held.awards(wanted, timezone.localdate()), paging, award_line)


@router.get(
    "/awards/own", response={200: list[AwardOut], **PROBLEMS}, **may("本单位的认定", *APPLICANTS)
)
def list_own_awards(request: HttpRequest) -> Any:
    """What one's own organisation or office holds."""
    return [award_line(award) for award in held.awards_of(acting(request))]
