"""The whole ledger as a file, made behind the pages when it is long."""

from __future__ import annotations

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.ledger.queries.exporting import FORMS, NAME, Form, transfer_count, write_ledger
from dengta.trail.actions import advance_job, job_task
from dengta.trail.actions.exporting import finish_table, start_table
from dengta.trail.models import Job


def start_ledger_export(actor: Actor, form: Form, language: str, *, key: str) -> tuple[Job, bool]:
    """Have the ledger written, and whether that is new: the same `key` of the same person twice is
    one job."""
    asked = {"form": form, "language": language}
    title = Text("导出账本", "Export of the ledger")
    return start_table(actor, make_ledger_export, title, asked, key=key)


@job_task
def make_ledger_export(job: Job) -> None:
    """The work of `start_ledger_export`."""
    form: Form = job.arguments["form"]
    language = job.arguments["language"]
    advance_job(job, 0, total=transfer_count())
    finish_table(
        job,
        file_name(form, language),
        FORMS[form],
        Text("转账笔数", "transfers"),
        lambda path: write_ledger(form, path, language),
    )


def file_name(form: Form, language: str) -> str:
    """How the file is called, with the day."""
    return f"{NAME.said(language)}-{timezone.localdate()}.{form}"
