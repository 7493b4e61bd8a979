"""Writes of the trail: `advance` (the only way a state moves), documents, notices, jobs."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.flow import Step
from dengta.core.shapes import Text
from dengta.trail.models import Case, Document, Event, Job, Notice

LISTED_FAULTS = 1000
"""How many faults a job lists one by one; it counts all."""


class StepRefused(Exception):
    """A step that cannot be taken; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


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
            raise Moved(
                Text(
                    "这一事项刚刚已由他人办理，状态已变化。请刷新页面查看最新状态。",
                    "Somebody has just dealt with this matter. Reload the page to see where it"
                    " stands.",
                )
            )
        thing.refresh_from_db()
        return _write(thing, step, old, by, note, dict(reasons or {}), now)


def _write(
    thing: Case,
    step: str,
    old: str,
    by: Actor,
    note: str,
    reasons: dict[str, Any],
    now: dt.datetime,
) -> Event:
    return Event.objects.create(
        flow=thing.flow.id,
        thing_id=thing.pk,
        step=step,
        from_state=old,
        to_state=thing.state,
        user_id=by.user_id or None,
        role=by.role,
        actor_name=by.name,
        note=note.strip(),
        reasons=reasons,
        at=now,
    )


def notify(event: Event, users: Iterable[int], *, subject: Text, body: Text, link: str) -> int:
    """Put a notice for each user into the outbox; the same event reaches a user once."""
    notices = [
        Notice(
            user_id=user,
            event=event,
            subject=subject._asdict(),
            body=body._asdict(),
            link=link,
            at=event.at,
        )
        for user in set(users)
    ]
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))


def mark_read(actor: Actor, notice_id: int) -> None:
    """The recipient has seen a notice."""
    mine: models.QuerySet[Notice] = Notice.objects.filter(
        pk=notice_id, user_id=actor.user_id, read_at=None
    )
    mine.update(read_at=timezone.now())


def keep_document(file: UploadedFile[bytes], *, by: Actor) -> Document:
    """Keep an uploaded file with its SHA-256; the name is shortened to 200 characters."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return Document.objects.create(
        fingerprint=digest.hexdigest(),
        name=(file.name or "file")[-200:],
        media_type=(file.content_type or "application/octet-stream")[:80],
        size=file.size or 0,
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


def start_job(job_id: int, total: int = 0) -> Job | None:
    """Take a waiting job; None when somebody has it already or it is done."""
    taken = Job.objects.filter(pk=job_id, started_at=None).update(
        started_at=timezone.now(), total=total
    )
    return Job.objects.get(pk=job_id) if taken else None


def advance_job(
    job: Job, done: int, *, total: int | None = None, faults: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Say how far a job has come; the first 1,000 faults are kept, all are counted."""
    new = list(faults)
    job.done, job.total = done, job.total if total is None else total
    job.fault_count += len(new)
    job.faults = [*job.faults, *new][:LISTED_FAULTS]
    job.save(update_fields=["done", "total", "faults", "fault_count"])


def finish_job(job: Job, *, result: Document | None = None, failure: Text | None = None) -> None:
    """Close a job with the file it made, or with the reason why it could not be done."""
    job.finished_at, job.result = timezone.now(), result
    job.failure = failure._asdict() if failure else {}
    job.save(update_fields=["finished_at", "result", "failure"])
