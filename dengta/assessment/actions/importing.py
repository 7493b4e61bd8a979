"""Import of earlier results from spreadsheets: sound rows are recorded, the others go back."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import RecordedResult
from dengta.core.cells import text_of
from dengta.core.headings import HeadingError, normal
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.recorded import OURS, Layout, Reader, Row
from dengta.core.shapes import Text
from dengta.core.sheets import Sheet, SheetError, blank_row, sheets
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance_job,
    enqueue_job,
    finish_job,
    job_task,
    keep_document,
)
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
    if not actor.official:
        raise NotAllowed(
            Text(
                "只有经信部门可以导入历史结果。请把表格交给所在区县经信部门。",
                "Only the responsible offices import earlier results. Hand the file to yours.",
            )
        )
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
    earlier = Job.objects.filter(key__startswith=f"{stem}/").order_by("-id").first()
    if earlier is not None and not (earlier.finished and (earlier.failed or earlier.fault_count)):
        return earlier, False
    number = 1 if earlier is None else int(earlier.key.rsplit("/", 1)[1]) + 1
    return enqueue_job(
        actor,
        record_results,
        Text(f"导入历史测评结果：{source.name}", f"Import of earlier results: {source.name}"),
        key=f"{stem}/{number}",
        arguments=arguments,
        source=source,
    )


@job_task
def record_results(job: Job) -> None:
    """The work of `import_results`."""
    assert job.source is not None
    with tempfile.TemporaryDirectory() as folder:
        intake = _Intake(job, Path(folder))
        try:
            intake.take(Path(job.source.content.path))
        except SheetError as unreadable:
            raise StepRefused(unreadable.message) from unreadable
        intake.finish()


class _Intake:
    """One run over one file."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder = job, folder
        self.today = timezone.localdate(job.created_at)
        self.region: str = job.arguments["region"]
        self.correct: bool = job.arguments["correct"]
        self.reader = Reader(policy(), self.today, job.arguments["instrument"])
        self.most = policy().practised("import_rows_most", self.today)
        self.seen: dict[tuple[int, str, int], tuple[int, str, Decimal | None, int | None]] = {}
        self.unknown: dict[str, tuple[str, list[str]]] = {}
        self.counts = dict.fromkeys(("new", "same", "corrected", "rejected"), 0)
        self.total = self.done = 0
        self.back: Workbook | None = None
        self.faulty: list[dict[str, Any]] = []

    def take(self, path: Path) -> None:
        """Every sheet that has the columns asked for; StepRefused when none has."""
        assert self.job.source is not None
        strange: list[tuple[str, HeadingError]] = []
        taken = 0
        for sheet in sheets(path, self.job.source.name):
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
        if not self.seen and not self.counts["rejected"]:
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
            self._record(layout, rows)
            rejected = [row for row in rows if not row.sound]
            if rejected:
                back = back or _Back(self._book(), layout)
                back.add(rejected)
            self.counts["rejected"] += len(rejected)
            self.done = start + chunk[-1][0]
            faults = [fault for row in rejected for fault in row.faults]
            advance_job(self.job, self.done, total=max(self.total, self.done), faults=faults)
        self.done = start + sheet.height

    def _book(self) -> Workbook:
        self.back = self.back or Workbook(self.folder / "rejected.xlsx")
        return self.back

    def _record(self, layout: Layout, rows: list[Row]) -> None:
        """Look the firms of some rows up, score what is to be scored, and write what is sound."""
        wanted = {row.uscc for row in rows if row.uscc}
        firms = {
            uscc: (pk, name, region)
            for uscc, pk, name, region in Organisation.objects.filter(uscc__in=wanted).values_list(
                "uscc", "pk", "name", "region_code"
            )
        }
        for row in rows:
            self._match(layout, row, firms.get(row.uscc))
        self.reader.score(layout, rows)
        sound: dict[tuple[int, str, int], Row] = {}
        for row in rows:
            if row.sound:
                key = _key(row, firms[row.uscc][0])
                if self._first(layout, row, key):
                    sound[key] = row
        for _ in range(3):
            try:
                with transaction.atomic():
                    self._write(layout, sound)
                return
            except IntegrityError:  # another import wrote one of them meanwhile: look again
                continue
        raise IntegrityError("rows keep being written by another import")

    def _match(self, layout: Layout, row: Row, firm: tuple[int, str, str] | None) -> None:
        """Whether the firm of a row is registered, in this territory, and called as it says."""
        if not row.uscc:
            return
        if firm is None:
            name, places = self.unknown.setdefault(row.uscc, (row.name, []))
            if len(places) < 20:
                places.append(f"{row.sheet} {row.number}")
            layout.fault(row, "uscc", _NOT_REGISTERED)
            return
        _, name, region = firm
        if not region.startswith(territory(self.region)):
            there, here = region_name(region), region_name(self.region)
            layout.fault(
                row,
                "uscc",
                Text(
                    f"{name}在{there.zh}，不在{here.zh}辖区内。请由当地经信部门导入。",
                    f"{name} is in {there.en}, outside {here.en}. The office there imports it.",
                ),
            )
        elif row.name and _same_name(row.name) != _same_name(name):
            layout.fault(
                row,
                "name",
                Text(
                    f"与登记的名称“{name}”不一致。请核对代码是否属于这家企业，再改正名称或代码。",
                    f"differs from the registered name “{name}”. Check whose code it is, then mend "
                    "name or code.",
                ),
            )

    def _first(self, layout: Layout, row: Row, key: tuple[int, str, int]) -> bool:
        """Whether a row is the first of its firm, instrument and day; a second one that says
        something else is a fault."""
        earlier = self.seen.get(key)
        if earlier is None:
            self.seen[key] = (row.number, row.sheet, row.score, row.level)
            return True
        number, sheet, score, level = earlier
        if (score, level) == (row.score, row.level):
            self.counts["same"] += 1
            return False
        layout.fault(
            row,
            "day",
            Text(
                f"同一企业、指标和日期在“{sheet}”第 {number} 行已有不同的结果"
                f"（{_said(score, level).zh}）。请只留一行。",
                f"“{sheet}” row {number} has another result for this firm, instrument and day "
                f"({_said(score, level).en}). Keep one row.",
            ),
        )
        return False

    def _write(self, layout: Layout, sound: dict[tuple[int, str, int], Row]) -> None:
        there = {
            (r.organisation_id, r.instrument, r.assessed_date.toordinal()): r
            for r in RecordedResult.objects.filter(organisation_id__in={key[0] for key in sound})
        }
        now = timezone.now()
        fresh: list[RecordedResult] = []
        mended: list[RecordedResult] = []
        counts = dict.fromkeys(("new", "same", "corrected"), 0)
        refused: list[tuple[Row, RecordedResult]] = []
        for key, row in sound.items():
            old = there.get(key)
            if old is None:
                fresh.append(self._result(key[0], row, now))
            elif (old.score_milli, old.level) == (_thousandths(row.score), row.level):
                counts["new" if old.job_id == self.job.pk else "same"] += 1
            elif self.correct:
                old.score_milli, old.level = _thousandths(row.score), row.level
                old.basis, old.job, old.at = row.basis, self.job, now
                mended.append(old)
            else:
                refused.append((row, old))
        RecordedResult.objects.bulk_create(fresh)
        RecordedResult.objects.bulk_update(mended, ["score_milli", "level", "basis", "job", "at"])
        for row, old in refused:
            layout.fault(row, "day", _otherwise(old))
        self.counts["new"] += counts["new"] + len(fresh)
        self.counts["same"] += counts["same"]
        self.counts["corrected"] += len(mended)

    def _result(self, organisation: int, row: Row, now: dt.datetime) -> RecordedResult:
        assert row.day is not None
        return RecordedResult(
            organisation_id=organisation,
            instrument=row.instrument,
            assessed_date=row.day,
            score_milli=_thousandths(row.score),
            level=row.level,
            basis=row.basis,
            job=self.job,
            at=now,
        )

    def finish(self) -> None:
        """Close the job with the rows that go back, the firms to register, and the counts."""
        rejected = result = None
        stem = Path(self.job.source.name if self.job.source else "").stem[:60]
        if self.back is not None:
            self.back.close()
            rejected = self._keep("rejected.xlsx", f"{stem}-退回的行.xlsx")
        if self.unknown:
            book = Workbook(self.folder / "unknown.xlsx")
            table = book.sheet(
                "未注册企业", ("统一社会信用代码", "企业名称", "出现的行"), (24, 40, 40)
            )
            for uscc, (name, places) in self.unknown.items():
                table.row((uscc, name, "；".join(places)))
            book.close()
            result = self._keep("unknown.xlsx", f"{stem}-未注册企业.xlsx")
        finish_job(self.job, result=result, rejected=rejected, summary=self._summary())

    def _keep(self, made: str, name: str) -> Document:
        path = self.folder / made
        with path.open("rb") as file:
            upload = UploadedFile(file, name, FORMS["xlsx"], path.stat().st_size)
            by = Actor(self.job.user_id or 0, "", "system")
            return keep_document(upload, by=by, most_bytes=upload.size)

    def _summary(self) -> list[dict[str, Any]]:
        said = {
            "new": Text("新记录", "recorded"),
            "same": Text("已有且一致", "already there"),
            "corrected": Text("更正", "corrected"),
            "rejected": Text("退回", "sent back"),
        }
        lines = [{**said[id]._asdict(), "count": n} for id, n in self.counts.items()]
        if self.unknown:
            lines.append(
                {"zh": "未注册企业", "en": "firms to register", "count": len(self.unknown)}
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


_NOT_REGISTERED = Text(
    "这个代码的企业还没有注册。名单已另存一份，请通知企业注册，或核对代码后重新导入。",
    "no firm of this code is registered. It is in the list of firms to register; have it register, "
    "or mend the code, and import again.",
)


def _key(row: Row, organisation: int) -> tuple[int, str, int]:
    assert row.day is not None
    return organisation, row.instrument, row.day.toordinal()


def _thousandths(score: Decimal | None) -> int | None:
    return None if score is None else int(score * 1000)


def _same_name(name: str) -> str:
    """A name without what differs between registers: brackets of either width, blanks."""
    return "".join(text_of(name).split()).replace("（", "(").replace("）", ")").lower()


def _why(row: Row) -> str:
    return "\n".join(f"{fault['column']}：{fault['zh']}" for fault in row.faults)


def _said(score: Decimal | None, level: int | None) -> Text:
    points = "" if score is None else f"{score.normalize():f}"
    zh = "、".join([f"{points} 分"] * bool(points) + [f"{level} 级"] * (level is not None))
    en = ", ".join([points] * bool(points) + [f"level {level}"] * (level is not None))
    return Text(zh, en)


def _otherwise(old: RecordedResult) -> Text:
    score = None if old.score_milli is None else Decimal(old.score_milli) / 1000
    said = _said(score, old.level)
    day = timezone.localdate(old.at)
    return Text(
        f"已有不同的记录（{said.zh}，{day} 记入）。"
        "如表中的是对的，请勾选“更正已有记录”后重新导入。",
        f"another result is recorded ({said.en}, entered {day}). If the table is right, import it "
        "again with “correct what is recorded”.",
    )


def _sheet_fault(sheet: str, message: Text) -> dict[str, Any]:
    return {"sheet": sheet, "row": None, "column": "", "value": "", **message._asdict()}


def _no_sheet(name: str, strange: list[tuple[str, HeadingError]]) -> Text:
    """Why no sheet could be used, told of the one that comes nearest."""
    if not strange:
        return Text(
            f"{name} 里没有数据。请按模板填好后重新上传。",
            f"{name} holds no data. Fill in the template and upload it.",
        )
    sheet, error = max(strange, key=lambda pair: pair[1].known)
    return Text(f"工作表“{sheet}”{error.message.zh}", f"Sheet “{sheet}”: {error.message.en}")
