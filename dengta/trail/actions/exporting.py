"""Tables that take a while: made behind the pages for whoever asked, and kept with the job."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django_tasks.base import Task

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.trail.actions import advance_job, enqueue_job, finish_job, keep_document
from dengta.trail.models import Document, Job


def start_table(
    actor: Actor, work: Task[[int], None], name: Text, asked: Mapping[str, Any], *, key: str
) -> tuple[Job, bool]:
    """Have a table made by `work`, and whether that is new: the same `key` of the same person for
    the same thing twice is one job. `asked` is kept with the job, beside who asked."""
    words = f"{actor.user_id}/{key}/{name.zh}/{sorted(asked.items())}"
    who = {"role": actor.role, "region": actor.region, "organisation": actor.organisation_id}
    return enqueue_job(
        actor,
        work,
        name,
        key=f"{work.name}/{hashlib.sha256(words.encode()).hexdigest()[:40]}",
        arguments={**who, **asked},
    )


def asked_by(job: Job) -> Actor:
    """Who had a table made: it holds what that person may see."""
    kept = job.arguments
    return Actor(job.user_id or 0, "", kept["role"], kept["region"], kept["organisation"])


def finish_table(
    job: Job, name: str, media_type: str, rows: Text, write: Callable[[Path], int]
) -> None:
    """Write a table to a file, keep it under a name and close its job. `write` returns how many
    rows it has; `rows` is how they are called."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        count = write(path)
        made = keep_made(path, name, media_type, by=asked_by(job))
    advance_job(job, count, total=count)
    finish_job(job, result=made, summary=[rows._asdict() | {"count": count}])


def keep_made(path: Path, name: str, media_type: str, *, by: Actor) -> Document:
    """Keep a file that was made here, of whatever size."""
    with path.open("rb") as file:
        upload = UploadedFile(file, name, media_type, path.stat().st_size)
        return keep_document(upload, by=by, most_bytes=upload.size)
