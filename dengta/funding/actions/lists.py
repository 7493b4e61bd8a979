"""Long lists of money, made behind the pages."""

from __future__ import annotations

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.funding.queries.lists import NAMES, Wanted, rows_of, write_list
from dengta.trail.actions import advance_job, job_task
from dengta.trail.actions.exporting import asked_by, finish_table, start_table
from dengta.trail.models import Job


def start_list(actor: Actor, wanted: Wanted, *, key: str) -> tuple[Job, bool]:
    """Have a list made, and whether that is new: the same `key` of the same person twice is one
    job."""
    name = NAMES[wanted.what]
    title = Text(f"导出{name.zh}", f"Export of {name.en}")
    return start_table(actor, make_list, title, {"wanted": wanted.as_json()}, key=key)


@job_task
def make_list(job: Job) -> None:
    """The work of `start_list`."""
    actor, wanted = asked_by(job), Wanted(**job.arguments["wanted"])
    advance_job(job, 0, total=rows_of(actor, wanted).count())
    finish_table(
        job,
        wanted.file_name(timezone.localdate(job.created_at)),
        FORMS[wanted.form],
        Text("导出的行数", "rows exported"),
        lambda path: write_list(actor, wanted, path, lambda done: advance_job(job, done)),
    )
