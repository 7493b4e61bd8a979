"""批量报告: many reports as one ZIP file with a list of what is in it, made behind the pages."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils import timezone
from typst import TypstError

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.models import Assessment
from dengta.core.answers import AnswerError
from dengta.core.shapes import Text
from dengta.registry.queries import industry_name, policy, region_name
from dengta.reports.actions.rendering import file_name, render
from dengta.reports.queries import Choice, Crowd, Report, chosen, report, written
from dengta.trail.actions import (
    StepRefused,
    advance_job,
    enqueue_job,
    finish_job,
    job_task,
    keep_document,
)
from dengta.trail.models import Job

SAID_EVERY = 20
"""After so many reports the job says how far it has come."""

PART = 200
"""So many assessments are read at once."""

LIST = Text("清单.csv", "list.csv")
HEAD = (
    Text("文件", "File"),
    Text("企业名称", "Enterprise"),
    Text("统一社会信用代码", "Unified social credit code"),
    Text("地区", "Region"),
    Text("行业", "Industry"),
    Text("得分", "Score"),
    Text("等级", "Level"),
    Text("测评日期", "Assessed on"),
    Text("核验码", "Verification code"),
)


def start_batch(
    actor: Actor, choice: Choice, language: str, site: str, *, key: str, day: dt.date
) -> Job:
    """Have the reports of a choice made; the same `key` twice is one job.

    `site` is the address that people reach the platform at. StepRefused when nobody is meant, or
    more than can be made at once.
    """
    count = chosen(actor, choice, day).count()
    most = policy().practised("reports_at_once_most", day)
    if not count:
        raise StepRefused(
            Text(
                "按这些条件没有企业。请放宽地区、行业或等级；未同意汇总统计的企业不列入。",
                "No enterprise meets this. Widen region, industry or level; those that have not"
                " consented to statistics are left out.",
            )
        )
    if count > most:
        raise StepRefused(
            Text(
                f"选中了 {count:,} 家，一次最多 {most:,} 家。请按地区、行业或等级分几次生成。",
                f"{count:,} enterprises are chosen, {most:,} can be made at once. Narrow it by"
                " region, industry or level.",
            )
        )
    name = Text(f"测评报告 {count:,} 份", f"{count:,} assessment reports")
    job, _ = enqueue_job(
        actor,
        make_batch,
        name,
        key=f"reports:{key}",
        arguments={
            **choice.as_json(),
            "role": actor.role,
            "territory": actor.region,
            "language": language,
            "site": site,
            "day": day.isoformat(),
        },
    )
    return job


@job_task
def make_batch(job: Job) -> None:
    """Make the reports of one job: a file each, and the list of them.

    A report that cannot be made is a fault of the job and stops no other.
    """
    asked = dict(job.arguments)
    day = dt.date.fromisoformat(asked.pop("day"))
    language, site = asked.pop("language"), asked.pop("site")
    actor = Actor(job.user_id or 0, SYSTEM.name, asked.pop("role"), asked.pop("territory"))
    assessments = chosen(actor, Choice(**asked), day)
    advance_job(job, 0, total=assessments.count())
    with tempfile.TemporaryFile() as file:
        made = _write(job, assessments, file, _Paper(language, site, day, asked["instrument"]))
        if not made:
            raise StepRefused(
                Text(
                    "没有一份报告生成成功，原因见问题清单。请把清单告诉技术支持。",
                    "Not one report could be made; the list says why. Show it to support.",
                )
            )
        size = file.tell()
        file.seek(0)
        name = f"{job.name['en' if language == 'en' else 'zh']}_{day.isoformat()}.zip"
        upload = UploadedFile(file, name, "application/zip", size)
        finish_job(job, result=keep_document(upload, by=actor, most_bytes=size))


class _Paper:
    """What all reports of a batch share; the groups of peers are read once."""

    def __init__(self, language: str, site: str, day: dt.date, instrument: str) -> None:
        self.language, self.site, self.day = language, site, day
        self.crowd = Crowd(instrument, day)

    def say(self, text: Text) -> str:
        return text.said(self.language)


def _write(
    job: Job, assessments: models.QuerySet[Assessment], file: IO[bytes], paper: _Paper
) -> int:
    """The ZIP file: PDFs as they are (they are packed already), then the list. How many."""
    rows: list[list[str]] = []
    faults: list[dict[str, str]] = []
    done = 0
    with zipfile.ZipFile(file, "w") as archive:
        for assessment in _in_parts(assessments):
            try:
                told = report(assessment, paper.day, paper.language, crowd=paper.crowd)
                _add(archive, file_name(told), render(told, paper.site), paper.day)
                rows.append(_row(told, assessment, paper))
            except (TypstError, KeyError, AnswerError) as failure:
                faults.append(_fault(assessment, failure))
            done += 1
            if done % SAID_EVERY == 0:
                advance_job(job, done, faults=faults)
                faults = []
        _add(archive, paper.say(LIST), _listed(rows, paper), paper.day)
    advance_job(job, done, faults=faults)
    return len(rows)


def _in_parts(assessments: models.QuerySet[Assessment]) -> Iterator[Assessment]:
    """The assessments in their order, some at a time: a cursor left open while the job writes how
    far it has come would see the database as it was, and SQLite would refuse the write."""
    ids = list(assessments.values_list("pk", flat=True))
    for at in range(0, len(ids), PART):
        yield from list(assessments.filter(pk__in=ids[at : at + PART]))


def _add(archive: zipfile.ZipFile, name: str, content: bytes, day: dt.date) -> None:
    """One file, dated by the day of the batch so that the same batch gives the same bytes."""
    entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _row(told: Report, assessment: Assessment, paper: _Paper) -> list[str]:
    milli, level = told.standing
    return [
        file_name(told),
        told.firm.name,
        told.firm.uscc,
        paper.say(region_name(assessment.organisation.region_code)),
        paper.say(industry_name(assessment.organisation.industry_code)),
        "" if milli is None else f"{milli // 1000}.{milli % 1000:03d}".rstrip("0").rstrip("."),
        "" if level is None else str(level),
        timezone.localdate(told.assessed_at).isoformat(),
        written(told.code),
    ]


def _listed(rows: list[list[str]], paper: _Paper) -> bytes:
    """The list as CSV that spreadsheets open in Chinese; a name that would be read as a formula is
    kept a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([paper.say(word) for word in HEAD])
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and cell else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _fault(assessment: Assessment, failure: Exception) -> dict[str, str]:
    firm = assessment.organisation.name
    return {
        "value": firm,
        "zh": f"{firm}的报告没有生成：{failure}。其余照常生成，请把这一条告诉技术支持。",
        "en": f"The report of {firm} was not made: {failure}. Tell support; the others were.",
    }
