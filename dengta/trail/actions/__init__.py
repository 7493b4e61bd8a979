"""Writes of the trail: `advance` (the only way a state moves), documents, notices, jobs."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult
from PIL import Image, ImageOps

from dengta.accounts.queries import Actor
from dengta.core.flow import Step
from dengta.core.shapes import Text
from dengta.trail.models import Case, Document, Event, Job, Notice

log = logging.getLogger("dengta.jobs")

LISTED_FAULTS = 1000
"""How many faults a job lists one by one; it counts all."""
JOB_ATTEMPTS = 3
"""How often a job is begun before its interruptions are taken for its own fault."""

PICTURES: Mapping[str, str] = {
    "jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP",
}  # fmt: skip
"""The endings of pictures, and what Pillow calls their format."""

_UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class StepRefused(Exception):
    """A step that cannot be taken; `text` says why and what to do, `field` what of what was typed
    has to be mended, "" where it is no single one."""

    def __init__(self, text: Text, field: str = "") -> None:
        super().__init__(text.zh)
        self.text, self.field = text, field


class NotAllowed(StepRefused):
    """The actor does not hold a role that may take the step here."""


class Moved(StepRefused):
    """Somebody else took a step in between; nothing was written."""


def allowed_steps(thing: Case, actor: Actor) -> tuple[Step, ...]:
    """The steps that the actor may take on the thing as it stands."""
    return thing.flow.available(thing.state, roles_in(thing, actor))


def roles_in(thing: Case, actor: Actor) -> frozenset[str]:
    """The roles that the actor plays in this matter: none for another organisation's people."""
    if actor.role in ("enterprise", "provider"):
        provider = actor.role == "provider"
        owner = thing.case_provider_id if provider else thing.case_organisation_id
        mine = bool(owner) and actor.organisation_id == owner
        return frozenset({actor.role}) if mine else frozenset()
    if actor.role == "expert":
        mine = bool(actor.user_id) and actor.user_id == thing.case_user_id
        return frozenset({actor.role}) if mine else frozenset()
    return actor.roles_for(thing.case_region)


def begin(thing: Case, *, by: Actor, note: str = "", at: dt.datetime | None = None) -> Event:
    """Save a new thing in its flow's first state and write the first Event, together."""
    now = at or timezone.now()
    with transaction.atomic():
        thing.state, thing.state_since = thing.flow.start.id, now
        thing.save(force_insert=True)
        return _write(thing, "begin", "", by, note, {}, now)


def begin_many(
    things: Sequence[Case], *, by: Actor, note: str = "", at: dt.datetime | None = None
) -> list[Event]:
    """`begin` for many new things of one kind, together, in a few statements; their Events in the
    same order."""
    now = at or timezone.now()
    if not things:
        return []
    for thing in things:
        thing.state, thing.state_since = thing.flow.start.id, now
    with transaction.atomic():
        type(things[0])._default_manager.bulk_create(things, batch_size=500)
        events = [_event(thing, "begin", "", by, note, {}, now) for thing in things]
        return Event.objects.bulk_create(events, batch_size=500)


def advance(
    thing: Case,
    step: str,
    *,
    by: Actor,
    note: str = "",
    reasons: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Take one step: check the role, swap the state if it is still the one seen, write the Event.

    `evidence` are fields of the thing that the new state needs; they are set in the same UPDATE,
    so that a
    CheckConstraint can tie state and evidence. Raises NotAllowed, StepRefused (reason missing)
    or Moved.
    """
    now = at or timezone.now()
    way = thing.flow.step(step)
    _may(thing, way, by, note)
    old = thing.state
    with transaction.atomic():
        changed = 0
        if old in way.sources:
            changed = (
                type(thing)
                ._default_manager.filter(pk=thing.pk, state=old)
                .update(state=way.target, state_since=now, **dict(evidence or {}))
            )
        if not changed:
            raise Moved(_MOVED)
        thing.refresh_from_db()
        return _write(thing, step, old, by, note, dict(reasons or {}), now)


def advance_many(
    things: Sequence[Case], step: str, *, by: Actor, note: str = "", at: dt.datetime,
    reasons: Mapping[int, dict[str, Any]] | None = None, evidence: Mapping[str, Any] | None = None,
) -> list[Event]:  # fmt: skip
    """`advance` for many things of one kind that were seen in one state: all or none, in a few
    statements. `reasons` are by the thing's id. Of the copies only state and time are made new."""
    events, found = [], reasons or {}
    with transaction.atomic():
        for start in range(0, len(things), 500):
            some = things[start : start + 500]
            way, old = some[0].flow.step(step), some[0].state
            for thing in some:
                _may(thing, way, by, note)
            rows = type(some[0])._default_manager.filter(pk__in=[one.pk for one in some], state=old)
            values = dict(evidence or {}, state=way.target, state_since=at)
            if old not in way.sources or rows.update(**values) < len(some):
                raise Moved(_MOVED)
            for thing in some:
                thing.state, thing.state_since = way.target, at
                why = dict(found.get(thing.pk, {}))
                events.append(_event(thing, step, old, by, note, why, at))
        return Event.objects.bulk_create(events, batch_size=500)


def _may(thing: Case, way: Step, by: Actor, note: str) -> None:
    """NotAllowed for a role that may not take the step here, StepRefused without its reason."""
    if not roles_in(thing, by).intersection(way.roles):
        raise NotAllowed(
            Text(
                f"“{way.name.zh}”不在您的岗位权限内，请由有权限的单位办理。",
                f"“{way.name.en}” is not within your post; the responsible office has to do it.",
            )
        )
    if way.reason and not note.strip():
        raise StepRefused(
            Text(
                f"“{way.name.zh}”需要写明理由，对方才知道怎样改。请补充理由后再提交。",
                f"“{way.name.en}” needs a reason, so that the other side knows what to mend.",
            )
        )


_MOVED = Text(
    "这一事项刚刚已由他人办理，状态已变化。请刷新页面查看最新状态。",
    "Somebody has just dealt with this matter. Reload the page to see where it stands.",
)


def _write(
    thing: Case, step: str, old: str, by: Actor, note: str, reasons: dict[str, Any],
    now: dt.datetime,
) -> Event:  # fmt: skip
    event = _event(thing, step, old, by, note, reasons, now)
    event.save(force_insert=True)
    return event


def _event(
    thing: Case, step: str, old: str, by: Actor, note: str, reasons: dict[str, Any],
    now: dt.datetime,
) -> Event:  # fmt: skip
    return Event(
        flow=thing.flow.id, thing_id=thing.pk, step=step, from_state=old, to_state=thing.state,
        user_id=by.user_id or None, role=by.role, actor_name=by.name, note=note.strip(),
        reasons=reasons, at=now,
    )  # fmt: skip


def write_down(
    flow: str, thing_id: int, step: str, *, by: Actor, note: str,
    reasons: Mapping[str, Any] | None = None, at: dt.datetime | None = None,
) -> Event:  # fmt: skip
    """An Event about something that has no states of its own, such as a figure put right."""
    return Event.objects.create(
        flow=flow, thing_id=thing_id, step=step, user_id=by.user_id or None, role=by.role,
        actor_name=by.name, note=note.strip(), reasons=dict(reasons or {}), at=at or timezone.now(),
    )  # fmt: skip


def notify(event: Event, users: Iterable[int], *, subject: Text, body: Text, link: str) -> int:
    """Put a notice for each user into the outbox; the same event reaches a user once."""
    return notify_many((event, user, subject, body, link) for user in set(users))


def notify_many(notices: Iterable[tuple[Event, int, Text, Text, str]]) -> int:
    """Notices of any number of events: (event, user, subject, body, link)."""
    rows = [
        Notice(
            user_id=user, event=event, subject=subject._asdict(), body=body._asdict(),
            link=link, at=event.at,
        )
        for event, user, subject, body, link in notices
    ]  # fmt: skip
    return len(Notice.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True))


def mark_read(actor: Actor, notice_id: int) -> None:
    """The recipient has seen a notice."""
    mine: models.QuerySet[Notice] = Notice.objects.filter(
        pk=notice_id, user_id=actor.user_id, read_at=None
    )
    mine.update(read_at=timezone.now())


class FileRefused(StepRefused):
    """A file that cannot be kept; `text` names it and says what to do instead."""


class Looked(NamedTuple):
    """What a file is: its type, and for a photo how it looks (see `Document.picture`)."""

    media_type: str
    picture: str = ""


def look(
    file: UploadedFile[bytes], *, types: Container[str] = (), most_bytes: int | None = None
) -> Looked:
    """What an uploaded file is. `types` are the endings that are welcome (any if empty).

    FileRefused for one that is empty, too large, of another kind, or a picture by name only.
    """
    name, size = file.name or "file", file.size or 0
    most = settings.DOCUMENT_MAX_BYTES if most_bytes is None else most_bytes
    ending = name.rpartition(".")[2].lower()
    name = name if len(name) <= 40 else f"…{name[-39:]}"
    if types and ending not in types:
        raise FileRefused(_wrong_type(name, ending))
    if size > most:
        raise FileRefused(_too_large(name, size, most, photo=ending in PICTURES))
    if not size:
        raise FileRefused(
            Text(
                f"“{name}”是空文件，没有内容。请检查后重新选择。",
                f"“{name}” is empty. Check it and choose it again.",
            )
        )
    if ending in PICTURES:
        return _look_at_picture(file, name)
    return Looked((file.content_type or "application/octet-stream")[:80])


def _wrong_type(name: str, ending: str) -> Text:
    if ending in ("heic", "heif"):
        return Text(
            f"“{name}”是手机的 HEIC 格式，别的电脑打不开。请用页面上的“拍照”重新拍，"
            "或先另存为 JPG 再上传。",
            f"“{name}” is in the HEIC format, which other computers cannot open. Take it anew with"
            " the camera button, or save it as JPG first.",
        )
    return Text(
        f"“{name}”的格式不能作为材料。请上传照片（JPG、PNG）、PDF、Word、Excel 或 OFD；"
        "其他文件请先另存为 PDF，或截图后上传。",
        f"“{name}” is of a kind that cannot be kept. Upload a photo (JPG, PNG), PDF, Word, Excel or"
        " OFD; save anything else as PDF, or upload a screenshot of it.",
    )


def _too_large(name: str, size: int, most: int, *, photo: bool) -> Text:
    mb, limit = -(-size // 2**20), most // 2**20
    if photo:
        return Text(
            f"“{name}”有 {mb} MB，超过 {limit} MB。请把手机相机的像素调低一档重新拍，"
            "或对这张照片截图后上传。",
            f"“{name}” has {mb} MB, more than {limit} MB. Take it anew with fewer pixels, or upload"
            " a screenshot of it.",
        )
    return Text(
        f"“{name}”有 {mb} MB，超过 {limit} MB。请压缩，或拆分成几份再上传。",
        f"“{name}” has {mb} MB, more than {limit} MB. Compress it, or split it into parts.",
    )


def _look_at_picture(file: UploadedFile[bytes], name: str) -> Looked:
    """Decode a picture, small, which shows that it is one. FileRefused if it is not."""
    try:
        file.seek(0)
        with Image.open(file, formats=tuple(set(PICTURES.values()))) as opened:
            if opened.width * opened.height > (Image.MAX_IMAGE_PIXELS or 0):
                raise ValueError("too many pixels")
            media_type = Image.MIME[opened.format or ""]
            opened.draft("L", (600, 500))  # of a photo decode no more than that
            small = ImageOps.exif_transpose(opened).convert("L")
            cells = small.resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    except _UNREADABLE as unreadable:
        raise FileRefused(
            Text(
                f"“{name}”打不开：名称是图片，内容不是，或者已经损坏。请重新拍照或截图后上传。",
                f"“{name}” cannot be opened: it is no picture, or it is damaged. Take the photo or"
                " the screenshot anew.",
            )
        ) from unreadable
    finally:
        file.seek(0)
    return Looked(media_type, _picture_print(cells))


def _picture_print(cells: bytes) -> str:
    """64 bits of which side is brighter, from 8 rows of 9 grey cells: the difference hash.

    Empty where that would tell nothing: pages and screenshots are white nearly all over, and one
    looks like the next.
    """
    if sum(cells) > 190 * len(cells) or max(cells) - min(cells) < 32:
        return ""
    bits = 0
    for row in range(0, 72, 9):
        for left, right in zip(cells[row : row + 8], cells[row + 1 : row + 9], strict=True):
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def keep_document(
    file: UploadedFile[bytes],
    *,
    by: Actor,
    types: Container[str] = (),
    most_bytes: int | None = None,
) -> Document:
    """Keep an uploaded file with its SHA-256, a photo also with how it looks; see `look`.

    The name is shortened to its last 200 characters. FileRefused if it cannot be kept.
    """
    looked = look(file, types=types, most_bytes=most_bytes)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return Document.objects.create(
        fingerprint=digest.hexdigest(),
        name=(file.name or "file")[-200:],
        media_type=looked.media_type,
        size=file.size or 0,
        picture=looked.picture,
        content=file,
        user_id=by.user_id or None,
        at=timezone.now(),
    )


def open_job(
    actor: Actor,
    kind: str,
    name: Text,
    *,
    key: str,
    arguments: Mapping[str, Any] | None = None,
    source: Document | None = None,
    at: dt.datetime | None = None,
) -> tuple[Job, bool]:
    """A job to be done behind the pages, and whether it is new: the same `key` twice is one job.

    The caller enqueues its task when the job is new (after commit), giving it the job's id.
    """
    return Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "name": name._asdict(),
            "arguments": dict(arguments or {}),
            "source": source,
            "user_id": actor.user_id or None,
            "region_code": actor.region,
            "created_at": at or timezone.now(),
        },
    )


def enqueue_job(
    actor: Actor,
    task: Task[[int], None],
    name: Text,
    *,
    key: str,
    arguments: Mapping[str, Any] | None = None,
    source: Document | None = None,
) -> tuple[Job, bool]:
    """A job and its place in the queue, written together; its kind is the name of the task."""
    with transaction.atomic():
        job, new = open_job(actor, task.name, name, key=key, arguments=arguments, source=source)
        if new:
            task.enqueue(job.pk)
    return job, new


def start_job(job_id: int, total: int = 0) -> Job | None:
    """Take a waiting job; None when somebody has it already or it is done. What an earlier attempt
    had counted is counted anew."""
    now = timezone.now()
    taken = Job.objects.filter(pk=job_id, started_at=None).update(
        started_at=now,
        beat_at=now,
        attempt=models.F("attempt") + 1,
        total=total,
        done=0,
        faults=[],
        fault_count=0,
    )
    return Job.objects.get(pk=job_id) if taken else None


class JobLost(Exception):
    """Somebody else has taken the job over: whoever worked on it has to stop and leave it."""


def advance_job(
    job: Job, done: int, *, total: int | None = None, faults: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Say how far a job has come; the first 1,000 faults are kept, all are counted. JobLost if it
    is somebody else's by now."""
    new = list(faults)
    job.done, job.total = done, job.total if total is None else total
    job.fault_count += len(new)
    job.faults = [*job.faults, *new[: LISTED_FAULTS - len(job.faults)]]
    _write_job(job, done=job.done, total=job.total, faults=job.faults, fault_count=job.fault_count)


def finish_job(
    job: Job,
    *,
    result: Document | None = None,
    rejected: Document | None = None,
    summary: Iterable[Mapping[str, Any]] = (),
    failure: Text | None = None,
) -> None:
    """Close a job with the files it made, or with the reason why it could not be done."""
    job.finished_at, job.result, job.rejected = timezone.now(), result, rejected
    job.summary = list(summary)
    job.failure = failure._asdict() if failure else {}
    _write_job(
        job,
        finished_at=job.finished_at,
        result=result,
        rejected=rejected,
        summary=job.summary,
        failure=job.failure,
    )


def beat_job(job: Job) -> None:
    """A sign of life between two steps of a long job."""
    _write_job(job)


def _write_job(job: Job, **values: Any) -> None:
    job.beat_at = timezone.now()
    held = Job.objects.filter(pk=job.pk, attempt=job.attempt, finished_at=None)
    if not held.exclude(started_at=None).update(beat_at=job.beat_at, **values):
        raise JobLost(str(job))


def job_task(work: Callable[[Job], None]) -> Task[[int], None]:
    """Make a task of a function that works on one job: taken once, with signs of life while it
    lasts, and closed with the reason if it fails. Enqueue it with `enqueue_job`.

    The work may be begun again from the start after its worker died, so that it must do nothing
    twice. It may call `finish_job` itself, to leave its files; else that is done for it.
    """

    @task
    @wraps(work)
    def run(job_id: int) -> None:
        job = start_job(job_id)
        if job is None:
            return
        try:
            with _beating(job):
                work(job)
            if not job.finished:
                finish_job(job)
        except JobLost:
            return
        except StepRefused as refused:
            finish_job(job, failure=refused.text)
        except Exception:
            log.exception("job %s (%s)", job.pk, job.kind)
            finish_job(job, failure=_BROKEN)
            raise

    return run


_BROKEN = Text(
    "程序在办理时出错，已记录，没有写入的内容不受影响。请稍后重新发起；再次出错请联系技术支持。",
    "The programme failed while working; it has been noted. Start the job again later; if it fails"
    " again, call support.",
)
_ABANDONED = Text(
    "办理这项任务的程序多次中断，已停止重试。请把文件分成几份重新发起；再次中断请联系技术支持。",
    "The programme working on this broke off several times and is not started again. Split the file"
    " and start anew; if it breaks off again, call support.",
)


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Signs of life from a thread of its own, so that one long step is not taken for a death."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(settings.JOB_SILENCE / 6):
            with suppress(DatabaseError, JobLost):
                beat_job(job)
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def recover_jobs(now: dt.datetime | None = None) -> list[Job]:
    """Jobs whose worker has fallen silent wait again, with their place in the queue; after three
    attempts they have failed. Returns those that were dealt with."""
    limit = (now or timezone.now()) - dt.timedelta(seconds=settings.JOB_SILENCE)
    open_jobs = Job.objects.filter(finished_at=None)
    silent = open_jobs.filter(beat_at__lt=limit, started_at__isnull=False)
    unheard = open_jobs.filter(started_at=None, created_at__lt=limit)
    return [job for job in (*silent, *unheard) if _recover(job, limit)]


def _recover(job: Job, limit: dt.datetime) -> bool:
    """Put one job back, or close it; False if it only waits its turn or has moved meanwhile."""
    places = DBTaskResult.objects.filter(args_kwargs={"args": [job.pk], "kwargs": {}})
    place = places.order_by("-enqueued_at").first()
    waits = place is not None and place.status == TaskResultStatus.READY
    fresh = place is not None and place.started_at is not None and place.started_at >= limit
    if job.waiting and (waits or fresh):
        return False
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, beat_at=job.beat_at)
        if place is None or job.attempt >= JOB_ATTEMPTS:
            now = timezone.now()
            failure = _ABANDONED._asdict()
            began = job.started_at or now
            if not mine.update(started_at=began, finished_at=now, failure=failure):
                return False
            places.filter(status=TaskResultStatus.RUNNING).update(status=TaskResultStatus.FAILED)
            return True
        if not mine.update(started_at=None, beat_at=None):
            return False
        places.filter(pk=place.pk).update(
            status=TaskResultStatus.READY, started_at=None, finished_at=None
        )
    return True
