"""The whole ledger as a file, made behind the pages when it is long."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.ledger.queries.exporting import FORMS, NAME, Form, transfer_count, write_ledger
from dengta.trail.actions import advance_job, enqueue_job, finish_job, job_task, keep_document
from dengta.trail.models import Job


def start_ledger_export(actor: Actor, form: Form, language: str, *, key: str) -> tuple[Job, bool]:
    """Have the ledger written, and whether that is new: the same `key` of the same person twice is
    one job."""
    words = f"{actor.user_id}/{key}/{form}/{language}"
    return enqueue_job(
        actor,
        make_ledger_export,
        Text("导出账本", "Export of the ledger"),
        key=f"make_ledger_export/{hashlib.sha256(words.encode()).hexdigest()[:40]}",
        arguments={
            "role": actor.role,
            "region": actor.region,
            "form": form,
            "language": language,
        },
    )


@job_task
def make_ledger_export(job: Job) -> None:
    """The work of `start_ledger_export`."""
    kept = job.arguments
    actor = Actor(job.user_id or 0, "", kept["role"], kept["region"])
    form: Form = kept["form"]
    advance_job(job, 0, total=transfer_count())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        rows = write_ledger(form, path, kept["language"])
        name = file_name(form, kept["language"])
        with path.open("rb") as file:
            upload = UploadedFile(file, name, FORMS[form], path.stat().st_size)
            made = keep_document(upload, by=actor, most_bytes=upload.size)
    advance_job(job, rows, total=rows)
    line = {"zh": "转账笔数", "en": "transfers", "count": rows}
    finish_job(job, result=made, summary=[line])


def file_name(form: Form, language: str) -> str:
    """How the file is called, with the day."""
    return f"{NAME.said(language)}-{timezone.localdate()}.{form}"
