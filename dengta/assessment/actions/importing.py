"""Import of earlier results from spreadsheets: sound rows are recorded, the others go back."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.recording import Recorder, only_offices
from dengta.core.headings import HeadingError, normal
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.recorded import OURS, Layout, Reader, Row
from dengta.core.shapes import Text
from dengta.core.sheets import Sheet, blank_row
from dengta.registry.queries import policy
from dengta.trail.actions import (
    StepRefused,
    advance_job,
    finish_job,
    job_task,
)
from dengta.trail.actions.exporting import keep_made
from dengta.trail.actions.reading import enqueue_import, opened_sheets
from dengta.trail.models import Document, Job

ROWS_AT_ONCE = 2000
"""Rows that are looked up and written together."""


def import_results(
    actor: Actor, source: Document, *, instrument: str = "", correct: bool = False
) -> tuple[Job, bool]:
    """Have a spreadsheet of earlier results recorded, and whether that is new: the same file of the
    same office is one job, until rows of it went back or it failed.

    `instrument` is that of rows that name none; with `correct`, a row that differs from what is
    recorded replaces it. Only offices import, each for its territory.
    """
    only_offices(actor)
    if instrument and instrument not in policy().instruments:
        raise StepRefused(
            Text(
                f"没有编号为 {instrument} 的评测指标。请从列表中选择。",
                f"There is no instrument {instrument}. Choose one from the list.",
            )
        )
    arguments = {"instrument": instrument, "correct": correct, "region": actor.region}
    words = "/".join((source.fingerprint, actor.region, instrument, str(correct)))
    stem = f"record_results/{hashlib.sha256(words.encode()).hexdigest()[:40]}"
    name = Text(f"导入历史测评结果：{source.name}", f"Import of earlier results: {source.name}")
    return enqueue_import(actor, record_results, name, source, stem=stem, arguments=arguments)


@job_task
def record_results(job: Job) -> None:
    """The work of `import_results`."""
    assert job.source is not None
    with tempfile.TemporaryDirectory() as folder:
        intake = _Intake(job, Path(folder))
        with opened_sheets(Path(job.source.content.path), job.source.name) as found:
            intake.take(found)
        intake.finish()


class _Intake:
    """One run over one file."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder = job, folder
        self.today = timezone.localdate(job.created_at)
        self.reader = Reader(policy(), self.today, job.arguments["instrument"])
        self.most = policy().practised("import_rows_most", self.today)
        self.recorder = Recorder(
            self.reader, job.arguments["region"], correct=job.arguments["correct"], job=job
        )
        self.rejected = 0
        self.total = self.done = 0
        self.back: Workbook | None = None
        self.faulty: list[dict[str, Any]] = []

    def take(self, sheets: Iterable[Sheet]) -> None:
        """Every sheet that has the columns asked for; StepRefused when none has."""
        assert self.job.source is not None
        strange: list[tuple[str, HeadingError]] = []
        taken = 0
        for sheet in sheets:
            self.total += sheet.height
            self._refuse_too_many()
            advance_job(self.job, self.done, total=self.total)
            try:
                layout, first = self.reader.layout(sheet.name, sheet.rows)
            except HeadingError as error:
                strange.append((sheet.name, error))
                self.done += sheet.height
                continue
            taken += 1
            self._sheet(sheet, layout, first)
        if not taken:
            raise StepRefused(_no_sheet(self.job.source.name, strange))
        for name, mistake in strange:
            if mistake.known > 1:
                self.faulty.append(_sheet_fault(name, mistake.message))
        advance_job(self.job, self.done, faults=self.faulty)
        if not self.recorder.seen and not self.rejected:
            raise StepRefused(
                Text(
                    f"{self.job.source.name} 只有表头，没有数据行。请填好后重新上传。",
                    f"{self.job.source.name} has a heading and no rows. Fill it in and upload.",
                )
            )

    def _refuse_too_many(self) -> None:
        if self.total > self.most:
            raise StepRefused(
                Text(
                    f"表格有 {self.total:,} 行，一次最多导入 {self.most:,} 行。请分成几份上传。",
                    f"The file has {self.total:,} rows; {self.most:,} are imported at once. Split "
                    "it.",
                )
            )

    def _sheet(self, sheet: Sheet, layout: Layout, first: list[tuple[int, list[Any]]]) -> None:
        back: _Back | None = None
        below = chain(first, sheet.rows)
        start = self.done
        while chunk := list(islice(below, ROWS_AT_ONCE)):
            read = (self.reader.read(layout, *row) for row in chunk if not blank_row(row[1]))
            rows = [row for row in read if row is not None]
            self.recorder.record(layout, rows)
            rejected = [row for row in rows if not row.sound]
            if rejected:
                back = back or _Back(self._book(), layout)
                back.add(rejected)
            self.rejected += len(rejected)
            self.done = start + chunk[-1][0]
            faults = [fault for row in rejected for fault in row.faults]
            advance_job(self.job, self.done, total=max(self.total, self.done), faults=faults)
        self.done = start + sheet.height

    def _book(self) -> Workbook:
        self.back = self.back or Workbook(self.folder / "rejected.xlsx")
        return self.back

    def finish(self) -> None:
        """Close the job with the rows that go back, the firms to register, and the counts."""
        rejected = result = None
        stem = Path(self.job.source.name if self.job.source else "").stem[:60]
        if self.back is not None:
            self.back.close()
            rejected = self._keep("rejected.xlsx", f"{stem}-退回的行.xlsx")
        if self.recorder.unknown:
            book = Workbook(self.folder / "unknown.xlsx")
            table = book.sheet(
                "未注册企业", ("统一社会信用代码", "企业名称", "出现的行"), (24, 40, 40)
            )
            for uscc, (name, places) in self.recorder.unknown.items():
                table.row((uscc, name, "；".join(places)))
            book.close()
            result = self._keep("unknown.xlsx", f"{stem}-未注册企业.xlsx")
        finish_job(self.job, result=result, rejected=rejected, summary=self._summary())

    def _keep(self, made: str, name: str) -> Document:
        by = Actor(self.job.user_id or 0, "", "system")
        return keep_made(self.folder / made, name, FORMS["xlsx"], by=by)

    def _summary(self) -> list[dict[str, Any]]:
        said = {
            "new": Text("新记录", "recorded"),
            "same": Text("已有且一致", "already there"),
            "corrected": Text("更正", "corrected"),
            "rejected": Text("退回", "sent back"),
        }
        counts = self.recorder.counts | {"rejected": self.rejected}
        lines = [{**said[id]._asdict(), "count": n} for id, n in counts.items()]
        if self.recorder.unknown:
            lines.append(
                {"zh": "未注册企业", "en": "firms to register", "count": len(self.recorder.unknown)}
            )
        return lines


class _Back:
    """The sheet of rows that go back: as they were, with their number and what is wrong."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        titles = layout.heading.titles
        ours = {normal(title) for title in OURS}
        self.kept = [place for place, title in enumerate(titles) if normal(title) not in ours]
        headings = [titles[place] for place in self.kept]
        self.table = book.sheet(layout.sheet, (*headings, *OURS), (24, 32))

    def add(self, rows: Iterable[Row]) -> None:
        """Some rows more."""
        for row in rows:
            cells = [row.cells[place] if place < len(row.cells) else "" for place in self.kept]
            self.table.row((*cells, row.number, _why(row)))


def _why(row: Row) -> str:
    return "\n".join(f"{fault['column']}：{fault['zh']}" for fault in row.faults)


def _sheet_fault(sheet: str, message: Text) -> dict[str, Any]:
    return {"sheet": sheet, "row": None, "column": "", "value": "", **message._asdict()}


def _no_sheet(name: str, strange: list[tuple[str, HeadingError]]) -> Text:
    """Why no sheet could be used, told of the one that comes nearest."""
    if all(error.bare for _, error in strange):
        return Text(
            f"{name} 里没有数据。请按模板填好后重新上传。",
            f"{name} holds no data. Fill in the template and upload it.",
        )
    sheet, error = max(strange, key=lambda pair: pair[1].known)
    return Text(f"工作表“{sheet}”{error.message.zh}", f"Sheet “{sheet}”: {error.message.en}")
