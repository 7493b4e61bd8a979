"""Assessments: lists, the firm's own from start to submission, and what follows from a result."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from dengta.accounts.queries import OFFICIAL_ROLES
from dengta.api.access import acting, may
from dengta.api.instruments import Language, plain
from dengta.api.lists import Narrowed, Page, Paging, moment, paged, points
from dengta.api.problems import PROBLEMS, Message, Refusal
from dengta.assessment import actions, queries
from dengta.assessment.actions.evidence import attach, take_back
from dengta.assessment.queries import Assessment
from dengta.assessment.queries.evidence import evidence_of
from dengta.assessment.queries.seen import assessment_seen, assessments_seen
from dengta.core.shapes import Text
from dengta.reports import actions as papers
from dengta.reports import queries as reports

router = Router(tags=["assessments"])
SEE = ("enterprise", *OFFICIAL_ROLES)


class Firm(Schema):
    """Whom a record is about."""

    uscc: str
    name: str
    region_code: str
    industry_code: str
    size_class: str


class AssessmentLine(Schema):
    """One assessment in short. `level` is the firm's own; what counts is the on-site one if any."""

    id: int
    organisation: Firm
    instrument: str
    state: str
    started_at: dt.datetime
    submitted_at: dt.datetime | None
    score: str | None
    level: int | None
    on_site_score: str | None
    on_site_level: int | None
    verify_code: str | None


class Start(Schema):
    """Which instrument to begin; the one that makes the firm's level when left out."""

    model_config = ConfigDict(extra="forbid")

    instrument: str | None = Field(None, max_length=40)


class GivenIn(Schema):
    """One answer with what belongs to it. `seen` is the version that was on the screen: a change
    that came in between is then refused with 409 instead of being lost."""

    model_config = ConfigDict(extra="forbid")

    value: str | int | None = None
    reason: str = ""
    remark: str | None = None
    seen: int | None = Field(None, ge=0)


class AnswersIn(Schema):
    """Some answers by item; the others stay. Null or "" takes an answer back."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[str, str | int | GivenIn | None] = Field(
        min_length=1, examples=[{"q1": "BC", "warehousing": {"value": "NA", "reason": "没有仓库"}}]
    )


class AnswerOut(Schema):
    """One answer as it stands."""

    item: str
    value: str
    reason: str
    remark: str
    version: int
    at: dt.datetime


class Versions(Schema):
    """The version that each item has now."""

    versions: dict[str, int]


class EvidenceOut(Schema):
    """One piece of evidence; `document` opens it on the pages."""

    id: int
    item: str
    name: str
    size: int
    fingerprint: str
    note: str
    at: dt.datetime
    document: int


class Check(Schema):
    """How far a draft has come: what is missing, what contradicts, what the level would be."""

    complete: bool
    missing: list[str]
    score: str | None
    level: int | None
    contradictions: list[dict[str, Any]]


class Submit(Schema):
    """The pledge that everything is true; without it nothing is submitted."""

    model_config = ConfigDict(extra="forbid")

    pledge: bool


class WayOut(Schema):
    """The cheapest way to a level; `steps` empty and `why` said when there is none."""

    level: int
    name: Message
    reachable: bool
    net_fen: int | None
    why: Message
    plan: dict[str, Any] | None


class Roadmap(Schema):
    """The way on: the cheapest to each level ahead, and the best within target and budget."""

    level: int | None
    ways: list[WayOut]
    best: WayOut | None


def line(one: Assessment) -> dict[str, Any]:
    """An assessment as lists show it."""
    firm = one.organisation
    return {
        "id": one.pk,
        "organisation": {
            "uscc": firm.uscc,
            "name": firm.name,
            "region_code": firm.region_code,
            "industry_code": firm.industry_code,
            "size_class": firm.size_class,
        },
        "instrument": one.instrument,
        "state": one.state,
        "started_at": moment(one.started_at),
        "submitted_at": moment(one.submitted_at),
        "score": points(one.score_milli),
        "level": one.level,
        "on_site_score": points(one.on_site_score_milli),
        "on_site_level": one.on_site_level,
        "verify_code": one.verify_code,
    }


def _seen(request: HttpRequest, pk: int, *, submitted: bool = False) -> Assessment:
    """One that the actor may see; Refusal where it has to be submitted and is not."""
    found = assessment_seen(acting(request), pk)
    if submitted and found.submitted_at is None:
        raise Refusal(
            409,
            Text(
                "这份测评还没有提交，提交后才有结果。",
                "This assessment is not submitted; it has a result once it is.",
            ),
        )
    return found


@router.get(
    "/assessments", response={200: Page[AssessmentLine], **PROBLEMS}, **may("测评列表", *SEE)
)
def list_assessments(request: HttpRequest, narrowed: Query[Narrowed], paging: Query[Paging]) -> Any:
    """Submitted assessments, newest first: a firm's own, or those of an office's territory whose
    firms agreed to be summed up."""
    return paged(assessments_seen(acting(request), narrowed.filters()), paging, line)


@router.get(
    "/drafts", response={200: list[AssessmentLine], **PROBLEMS}, **may("填报中的测评", "enterprise")
)
def list_drafts(request: HttpRequest) -> Any:
    """What the firm is filling in."""
    return [line(one) for one in queries.drafts_of(acting(request).organisation_id)]


@router.post(
    "/assessments", response={200: AssessmentLine, **PROBLEMS}, **may("开始测评", "enterprise")
)
def start_assessment(request: HttpRequest, body: Start) -> Any:
    """The firm's draft under an instrument: the one that is open, else a new one."""
    return line(actions.start(acting(request), instrument=body.instrument))


@router.get(
    "/assessments/{int:pk}", response={200: AssessmentLine, **PROBLEMS}, **may("一份测评", *SEE)
)
def get_assessment(request: HttpRequest, pk: int) -> Any:
    """One assessment; a firm sees its drafts too."""
    return line(_seen(request, pk))


@router.get(
    "/assessments/{int:pk}/answers",
    response={200: list[AnswerOut], **PROBLEMS},
    **may("企业的答案", *SEE),
)
def get_answers(request: HttpRequest, pk: int) -> Any:
    """The firm's own answers, item by item."""
    rows = _seen(request, pk).answers.exclude(value="", remark="").order_by("id")
    return [
        {
            "item": row.item,
            "value": row.value,
            "reason": row.reason,
            "remark": row.remark,
            "version": row.version,
            "at": moment(row.at),
        }
        for row in rows
    ]


@router.patch(
    "/assessments/{int:pk}/answers",
    response={200: Versions, **PROBLEMS},
    **may("保存答案", "enterprise"),
)
def patch_answers(request: HttpRequest, pk: int, body: AnswersIn) -> Any:
    """Keep some answers, all of them or none; the others stay as they are."""
    given = {
        item: actions.Given(value.value, value.reason, value.remark, value.seen)
        if isinstance(value, GivenIn)
        else value
        for item, value in body.answers.items()
    }
    return {"versions": actions.save_answers(_seen(request, pk), acting(request), given)}


@router.get(
    "/assessments/{int:pk}/evidence",
    response={200: list[EvidenceOut], **PROBLEMS},
    **may("佐证材料", *SEE),
)
def list_evidence(request: HttpRequest, pk: int) -> Any:
    """What the firm's answers rest on, as far as it was not taken back."""
    found = evidence_of(_seen(request, pk))
    return [_evidence(piece) for piece in found]


def _evidence(piece: Any) -> dict[str, Any]:
    return {
        "id": piece.pk,
        "item": piece.item,
        "name": piece.document.name,
        "size": piece.document.size,
        "fingerprint": piece.document.fingerprint,
        "note": piece.note,
        "at": moment(piece.at),
        "document": piece.document_id,
    }


@router.post(
    "/assessments/{int:pk}/evidence",
    response={200: EvidenceOut, **PROBLEMS},
    **may("上传佐证材料", "enterprise"),
)
def add_evidence(
    request: HttpRequest,
    pk: int,
    file: File[UploadedFile],
    item: Form[str],
    note: Form[str] = "",
) -> Any:
    """Lay a photo or file beside one item of the draft; the same file twice is one."""
    assessment = _seen(request, pk)
    return _evidence(attach(assessment, acting(request), item, file, note=note))


@router.delete(
    "/assessments/{int:pk}/evidence/{int:evidence}",
    response={204: None, **PROBLEMS},
    **may("撤回佐证材料", "enterprise"),
)
def remove_evidence(request: HttpRequest, pk: int, evidence: int) -> Any:
    """Take a piece of evidence back; it stays on record."""
    take_back(_seen(request, pk), acting(request), evidence)
    return HttpResponse(status=204)


@router.get(
    "/assessments/{int:pk}/check", response={200: Check, **PROBLEMS}, **may("检查是否填完", *SEE)
)
def check_assessment(request: HttpRequest, pk: int, lang: Language = "zh") -> Any:
    """What is missing and what contradicts, with the score and level as far as answered."""
    found = _seen(request, pk)
    result = queries.result_of(found)
    conflicts = queries.contradictions_of(found, timezone.localdate())
    return {
        "complete": result.complete,
        "missing": list(result.missing),
        "score": result.as_json(lang)["score"],
        "level": result.level,
        "contradictions": [conflict.as_json(lang) for conflict in conflicts],
    }


@router.get(
    "/assessments/{int:pk}/contradictions",
    response={200: list[dict[str, Any]], **PROBLEMS},
    **may("互相矛盾的答案", *SEE),
)
def get_contradictions(request: HttpRequest, pk: int, lang: Language = "zh") -> Any:
    """Answers that cannot both be true, with the two sides; they block nothing."""
    found = _seen(request, pk)
    return [
        conflict.as_json(lang)
        for conflict in queries.contradictions_of(found, timezone.localdate())
    ]


@router.post(
    "/assessments/{int:pk}/submit",
    response={200: AssessmentLine, **PROBLEMS},
    **may("承诺并提交", "enterprise"),
)
def submit_assessment(request: HttpRequest, pk: int, body: Submit) -> Any:
    """Pledge and submit; score and level are fixed with the policy they rest on."""
    if not body.pledge:
        raise Refusal(
            422,
            Text(
                "提交前需要承诺所填内容属实：请写 pledge: true。",
                "Submitting needs the pledge that all is true: send pledge: true.",
            ),
            field="pledge",
            value="false",
        )
    found = _seen(request, pk)
    actions.submit(found, acting(request))
    found.refresh_from_db()
    return line(found)


@router.post(
    "/assessments/{int:pk}/discard",
    response={200: AssessmentLine, **PROBLEMS},
    **may("放弃测评", "enterprise"),
)
def discard_assessment(request: HttpRequest, pk: int) -> Any:
    """Give a draft up."""
    found = _seen(request, pk)
    actions.discard(found, acting(request))
    return line(found)


@router.get(
    "/assessments/{int:pk}/result",
    response={200: dict[str, Any], **PROBLEMS},
    **may("测评结果", *SEE),
)
def get_result(request: HttpRequest, pk: int, lang: Language = "zh") -> Any:
    """The whole scoring: dimensions, gates, gaps in the order that helps most."""
    return queries.result_of(_seen(request, pk, submitted=True)).as_json(lang)


@router.get(
    "/assessments/{int:pk}/roadmap", response={200: Roadmap, **PROBLEMS}, **may("转型路线", *SEE)
)
def get_roadmap(
    request: HttpRequest,
    pk: int,
    target: int | None = None,
    budget_fen: int | None = None,
) -> Any:
    """The cheapest way to each level ahead; with a target and the firm's own money in fen, the best
    within them."""
    outlook = reports.outlook(_seen(request, pk, submitted=True), timezone.localdate())
    if outlook is None:
        raise Refusal(
            404,
            Text(
                "这套指标还没有转型步骤的参考价格，算不出路线。",
                "No steps are priced for this instrument, so there is no roadmap.",
            ),
        )
    best = None
    if outlook.ahead:
        top = outlook.ahead[-1].level
        goal = top if target is None else max(0, min(target, top))
        money = None if budget_fen is None else max(0, budget_fen)
        best = outlook.within(goal, money)
    return {
        "level": outlook.level,
        "ways": [_way(way) for way in outlook.ahead],
        "best": _way(best) if best else None,
    }


def _way(way: reports.Way) -> dict[str, Any]:
    return {
        "level": way.level,
        "name": way.name._asdict(),
        "reachable": way.plan is not None,
        "net_fen": way.plan.net_fen if way.plan else None,
        "why": way.why._asdict(),
        "plan": plain(way.plan) if way.plan else None,
    }


@router.get(
    "/assessments/{int:pk}/report",
    response={200: None, **PROBLEMS},
    **may("测评报告（PDF）", *SEE, gives="application/pdf"),
)
def get_report(request: HttpRequest, pk: int, lang: Language = "zh") -> Any:
    """The report as PDF, in Chinese or English."""
    found = _seen(request, pk, submitted=True)
    language = "en" if lang == "en" else "zh-hans"
    report = reports.report(found, timezone.localdate(), language)
    made = papers.render(report, request.build_absolute_uri("/"))
    answer = HttpResponse(made, content_type="application/pdf")
    name = content_disposition_header(True, papers.file_name(report))
    answer.headers["Content-Disposition"] = name or "attachment"
    return answer
