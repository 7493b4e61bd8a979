"""Large exports, made behind the pages."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.queries.exports import NAMES, Wanted, rows_of, write_export
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, advance_job, job_task
from dengta.trail.actions.exporting import asked_by, finish_table, start_table
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
    name = NAMES[wanted.what]
    title = Text(f"导出{name.zh}", f"Export of {name.en}")
    return start_table(actor, make_export, title, {"wanted": wanted.as_json()}, key=key)


@job_task
def make_export(job: Job) -> None:
    """The work of `start_export`."""
    actor, wanted = asked_by(job), Wanted.of_json(job.arguments["wanted"])
    advance_job(job, 0, total=rows_of(actor, wanted).count())
    day = timezone.localdate(job.created_at)
    finish_table(
        job,
        f"{Path(wanted.file_name).stem}-{day}.{wanted.form}",
        FORMS[wanted.form],
        Text("导出的行数", "rows exported"),
        lambda path: write_export(actor, wanted, path, lambda done: advance_job(job, done)),
    )
