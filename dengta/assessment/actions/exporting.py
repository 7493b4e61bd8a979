"""Large exports, made behind the pages."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.queries.exports import NAMES, Wanted, rows_of, write_export
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.trail.actions import (
    StepRefused,
    advance_job,
    enqueue_job,
    finish_job,
    job_task,
    keep_document,
)
from dengta.trail.models import Job


def check_export(wanted: Wanted) -> None:
    """StepRefused for an export that cannot be: answers go by one instrument, which must be
    there."""
    instrument = wanted.filters.instrument
    known = policy().instruments
    if wanted.what == "answers" and not instrument:
        raise StepRefused(
            Text(
                "逐题答案要按一套评测指标导出。请先选定评测指标。",
                "Answers are exported for one instrument. Choose it first.",
            )
        )
    if instrument and instrument not in known:
        raise StepRefused(
            Text(
                f"没有编号为 {instrument[:40]} 的评测指标。有：{'、'.join(known)}。",
                f"There is no instrument {instrument[:40]}. There are: {', '.join(known)}.",
            )
        )


def start_export(actor: Actor, wanted: Wanted, *, key: str) -> tuple[Job, bool]:
    """Have an export made, and whether that is new: the same `key` of the same person twice is one
    job. StepRefused when it cannot be."""
    check_export(wanted)
    words = f"{actor.user_id}/{key}/{wanted.as_json()}"
    name = NAMES[wanted.what]
    return enqueue_job(
        actor,
        make_export,
        Text(f"导出{name.zh}", f"Export of {name.en}"),
        key=f"make_export/{hashlib.sha256(words.encode()).hexdigest()[:40]}",
        arguments={
            "role": actor.role,
            "region": actor.region,
            "organisation": actor.organisation_id,
            "wanted": wanted.as_json(),
        },
    )


@job_task
def make_export(job: Job) -> None:
    """The work of `start_export`."""
    kept = job.arguments
    actor = Actor(job.user_id or 0, "", kept["role"], kept["region"], kept["organisation"])
    wanted = Wanted.of_json(kept["wanted"])
    total = rows_of(actor, wanted).count()
    advance_job(job, 0, total=total)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        rows = write_export(actor, wanted, path, lambda done: advance_job(job, done))
        day = timezone.localdate(job.created_at)
        with path.open("rb") as file:
            name = f"{Path(wanted.file_name).stem}-{day}.{wanted.form}"
            upload = UploadedFile(file, name, FORMS[wanted.form], path.stat().st_size)
            made = keep_document(upload, by=actor, most_bytes=upload.size)
    advance_job(job, rows, total=rows)
    line = {"zh": "导出的行数", "en": "rows exported", "count": rows}
    finish_job(job, result=made, summary=[line])
