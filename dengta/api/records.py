"""Earlier results, exports, long work and its files, verification of a report's code."""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from dengta.accounts.queries import OFFICIAL_ROLES
from dengta.api.access import EVERYBODY, acting, may, public
from dengta.api.assessments import SEE
from dengta.api.instruments import Language
from dengta.api.lists import Narrowed, Page, Paging, moment, paged, points
from dengta.api.problems import PROBLEMS, Message, Refusal
from dengta.assessment import actions
from dengta.assessment.queries import evidence
from dengta.assessment.queries.diagnosis import diagnosis_document
from dengta.assessment.queries.exports import Form as FileForm
from dengta.assessment.queries.exports import Wanted, What
from dengta.assessment.queries.seen import recorded_seen
from dengta.core.shapes import Text
from dengta.core.sheets import KINDS
from dengta.funding.queries import vouchers as funding
from dengta.funding.queries.claims_desk import document_for as claim_document
from dengta.funding.queries.clawbacks import document_for as clawback_document
from dengta.funding.queries.payments import document_for as payment_document
from dengta.funding.queries.tranches import report_for
from dengta.reports.queries import own_data, verify
from dengta.trail.actions import keep_document
from dengta.trail.queries import Job, job_document, job_of, jobs_of

router = Router(tags=["records"])


class RecordedOut(Schema):
    """One earlier result."""

    id: int
    uscc: str
    name: str
    instrument: str
    assessed_date: dt.date
    score: str | None
    level: int | None
    basis: str


class RecordedIn(Schema):
    """One earlier result, as a row of the spreadsheet would say it."""

    model_config = ConfigDict(extra="forbid")

    uscc: str = Field(max_length=40)
    name: str = Field("", max_length=120)
    instrument: str = Field(max_length=120)
    day: dt.date
    score: Decimal | None = None
    level: int | str | None = None
    basis: str = ""
    correct: bool = Field(False, description="replace a record that differs")


class FaultOut(Schema):
    """What could not be done: where, what stood there, and what to do."""

    sheet: str
    row: int | None
    column: str
    value: str
    message: Message


class FileOut(Schema):
    """A file of a job; `kind` is its name in the address that hands it out."""

    kind: str
    name: str
    size: int


class JobLine(Schema):
    """Long work and how far it has come."""

    id: int
    kind: str
    name: Message
    state: str = Field(description="waiting, running, done or failed")
    done: int
    total: int
    fault_count: int
    created_at: dt.datetime
    finished_at: dt.datetime | None


class JobOut(JobLine):
    """One job with its faults (the first 1,000) and files."""

    failure: Message | None
    summary: list[dict[str, Any]]
    faults: list[FaultOut]
    files: list[FileOut]


class ExportIn(Schema):
    """What to export, in which form and language, narrowed how. Sent twice with the same `key` it
    is one export."""

    model_config = ConfigDict(extra="forbid")

    what: What
    form: FileForm = "xlsx"
    lang: Language = "zh"
    filters: Narrowed = Field(default_factory=lambda: Narrowed.model_validate({}))
    key: str = Field("", max_length=64)


class VerifiedOut(Schema):
    """What anybody may see of a genuine result: no answers, no score."""

    code: str
    firm: str
    region: Message
    instrument: Message
    level: int | None
    title: Message | None
    day: dt.date
    on_site: bool
    latest: bool


def _recorded(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "uscc": one.organisation.uscc,
        "name": one.organisation.name,
        "instrument": one.instrument,
        "assessed_date": one.assessed_date,
        "score": points(one.score_milli),
        "level": one.level,
        "basis": one.basis,
    }


@router.get(
    "/recorded-results", response={200: Page[RecordedOut], **PROBLEMS}, **may("历史结果", *SEE)
)
def list_recorded(request: HttpRequest, narrowed: Query[Narrowed], paging: Query[Paging]) -> Any:
    """Results of assessments made elsewhere, newest first."""
    return paged(recorded_seen(acting(request), narrowed.filters()), paging, _recorded)


@router.post(
    "/recorded-results",
    response={200: RecordedOut, **PROBLEMS},
    **may("记录一条历史结果", *OFFICIAL_ROLES),
)
def record_one(request: HttpRequest, body: RecordedIn) -> Any:
    """Record one earlier result of a firm in the territory; recorded twice it is one."""
    values = body.dict()
    correct = values.pop("correct")
    return _recorded(actions.record_result(acting(request), values, correct=correct))


@router.post(
    "/recorded-results/import",
    response={202: JobOut, **PROBLEMS},
    **may("导入历史结果", *OFFICIAL_ROLES),
)
def import_recorded(
    request: HttpRequest,
    file: File[UploadedFile],
    instrument: Form[str] = "",
    correct: Form[bool] = False,
) -> Any:
    """Hand in a spreadsheet (xlsx, xls, ods, csv) of earlier results; the job tells its faults by
    sheet, row and column. The same file twice is one job."""
    me = acting(request)
    kinds = tuple(kind.lstrip(".") for kind in KINDS)
    source = keep_document(file, by=me, types=kinds)
    job, _new = actions.import_results(me, source, instrument=instrument, correct=correct)
    return Status(202, _job(job))


@router.post("/exports", response={202: JobOut, **PROBLEMS}, **may("导出", *SEE))
def start_export(request: HttpRequest, body: ExportIn) -> Any:
    """Have what one may see written to a file; the job hands it out when it is done."""
    wanted = Wanted(body.what, body.form, body.lang, body.filters.filters())
    key = body.key or secrets.token_hex(16)
    job, _new = actions.start_export(acting(request), wanted, key=key)
    return Status(202, _job(job))


@router.get(
    "/own-data", response={200: dict[str, Any], **PROBLEMS}, **may("本企业全部数据", "enterprise")
)
def get_own_data(request: HttpRequest) -> Any:
    """Everything that the platform holds of the firm."""
    return own_data(acting(request))


# ---------------------------------------------------------------- long work


def _state(job: Job) -> str:
    if job.failed:
        return "failed"
    if job.finished:
        return "done"
    return "waiting" if job.waiting else "running"


def _line(job: Job) -> dict[str, Any]:
    return {
        "id": job.pk,
        "kind": job.kind,
        "name": job.name,
        "state": _state(job),
        "done": job.done,
        "total": job.total,
        "fault_count": job.fault_count,
        "created_at": moment(job.created_at),
        "finished_at": moment(job.finished_at),
    }


def _job(job: Job) -> dict[str, Any]:
    files = {kind: getattr(job, kind) for kind in FILES}
    return _line(job) | {
        "failure": job.failure or None,
        "summary": job.summary,
        "faults": [
            {
                "sheet": fault.get("sheet", ""),
                "row": fault.get("row"),
                "column": fault.get("column", ""),
                "value": fault.get("value", ""),
                "message": {"zh": fault.get("zh", ""), "en": fault.get("en", "")},
            }
            for fault in job.faults
        ],
        "files": [
            {"kind": kind, "name": file.name, "size": file.size}
            for kind, file in files.items()
            if file is not None
        ],
    }


FILES = ("result", "rejected", "source")


@router.get("/jobs", response={200: Page[JobLine], **PROBLEMS}, **may("后台任务", *EVERYBODY))
def list_jobs(request: HttpRequest, paging: Query[Paging]) -> Any:
    """One's own jobs, and for an office those of its territory's offices; newest first."""
    return paged(jobs_of(acting(request)), paging, _line)


@router.get("/jobs/{int:pk}", response={200: JobOut, **PROBLEMS}, **may("一项后台任务", *EVERYBODY))
def get_job(request: HttpRequest, pk: int) -> Any:
    """One job: how far it has come, what could not be done, its files."""
    return _job(job_of(acting(request), pk))


@router.get(
    "/jobs/{int:pk}/files/{kind}",
    response={200: None, **PROBLEMS},
    **may("任务的文件", *EVERYBODY, gives="application/octet-stream"),
)
def get_file(request: HttpRequest, pk: int, kind: str) -> Any:
    """A file of a job: result, rejected (rows to mend and hand in again) or source."""
    job = job_of(acting(request), pk)
    file = getattr(job, kind) if kind in FILES else None
    if file is None:
        raise Refusal(
            404,
            Text(
                "这项任务没有这个文件。有哪些见任务的 files。",
                "The job has no such file. Its `files` say which it has.",
            ),
            field="kind",
            value=kind,
        )
    return FileResponse(file.content.open("rb"), as_attachment=True, filename=file.name)


@router.get(
    "/documents/{int:pk}",
    response={200: None, **PROBLEMS},
    **may("一份材料", *EVERYBODY, gives="application/octet-stream"),
)
def get_document(request: HttpRequest, pk: int) -> Any:
    """An uploaded file (evidence, papers of a voucher, claim or clawback, a report), to those who
    may see the matter it belongs to."""
    me = acting(request)
    file = (
        funding.document_for(me, pk)
        or claim_document(me, pk)
        or clawback_document(me, pk)
        or payment_document(me, pk)
        or report_for(me, pk)
        or evidence.document_for(me, pk)
        or diagnosis_document(me, pk)
        or job_document(me, pk)
    )
    if file is None:
        raise Http404
    return FileResponse(file.content.open("rb"), as_attachment=True, filename=file.name)


@router.get(
    "/verify/{code}",
    response={200: VerifiedOut, 404: PROBLEMS[404], 429: PROBLEMS[429]},
    **public("核验报告"),
)
def verify_code(request: HttpRequest, code: str) -> Any:
    """Whether a report is genuine, by the code printed on it; shows neither answers nor score."""
    found = verify(code)
    if found is None:
        raise Refusal(
            404,
            Text(
                "没有这个核验码的结果。请对照报告核对 12 位字符。",
                "No result has this code. Compare its 12 characters with the report.",
            ),
            field="code",
            value=code[:40],
        )
    return {
        "code": found.code,
        "firm": found.firm,
        "region": found.region._asdict(),
        "instrument": found.edition._asdict(),
        "level": found.level,
        "title": found.title._asdict() if found.title else None,
        "day": found.day,
        "on_site": found.on_site,
        "latest": found.latest,
    }
