"""Recording earlier results: firms are looked up, what is sound is written, faults are noted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import RecordedResult
from dengta.core.cells import text_of
from dengta.core.headings import Heading
from dengta.core.recorded import COLUMNS, Layout, Reader, Row
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.actions import Refused
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import NotAllowed
from dengta.trail.models import Job

Key = tuple[int, str, int]
"""What there is one result of: organisation, instrument, day as an ordinal."""


def only_offices(actor: Actor) -> None:
    """NotAllowed for anybody but an office."""
    if not actor.official:
        raise NotAllowed(
            Text(
                "只有经信部门可以记录历史结果。请把资料交给所在区县经信部门。",
                "Only the responsible offices record earlier results. Hand them to yours.",
            )
        )


def record_result(
    actor: Actor, values: Mapping[str, Any], *, correct: bool = False
) -> RecordedResult:
    """Record one earlier result, said in the words of the spreadsheet's columns: `uscc`, `name`,
    `instrument`, `day`, `score`, `level`, `basis`. Recorded twice it is one.

    Refused names the field; with `correct` what differs from a record replaces it.
    """
    only_offices(actor)
    reader = Reader(policy(), timezone.localdate())
    ids = [column.id for column in COLUMNS]
    titles = tuple(column.names[0] for column in COLUMNS)
    heading = Heading(1, {id: place for place, id in enumerate(ids)}, titles)
    layout = Layout("", heading, {})
    row = reader.read(layout, 1, [_given(values.get(id)) for id in ids])
    if row is None:
        raise Refused("name", Text("这是模板里的示例。", "This is the example of the template."))
    recorder = Recorder(reader, actor.region, correct=correct)
    recorder.record(layout, [row])
    if row.faults:
        fault = row.faults[0]
        raise Refused(fault["field"], Text(fault["zh"], fault["en"]))
    assert row.day is not None
    return RecordedResult.objects.select_related("organisation").get(
        organisation__uscc=row.uscc, instrument=row.instrument, assessed_date=row.day
    )


def _given(value: Any) -> Any:
    return "" if value is None else value


class Recorder:
    """Writes sound rows for the office of a region, and counts what came of them. With `correct`,
    a row that differs from a record replaces it."""

    def __init__(
        self, reader: Reader, region: str, *, correct: bool, job: Job | None = None
    ) -> None:
        self.reader, self.region, self.correct, self.job = reader, region, correct, job
        self.seen: dict[Key, tuple[int, str, Decimal | None, int | None]] = {}
        self.unknown: dict[str, tuple[str, list[str]]] = {}
        self.counts = dict.fromkeys(("new", "same", "corrected"), 0)

    def record(self, layout: Layout, rows: list[Row]) -> None:
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
        sound: dict[Key, Row] = {}
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

    def _first(self, layout: Layout, row: Row, key: Key) -> bool:
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

    def _write(self, layout: Layout, sound: dict[Key, Row]) -> None:
        there = _recorded(sound)
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
                ours = self.job is not None and old.job_id == self.job.pk
                counts["new" if ours else "same"] += 1
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


_NOT_REGISTERED = Text(
    "这个代码的企业还没有注册。名单已另存一份，请通知企业注册，或核对代码后重新导入。",
    "no firm of this code is registered. It is in the list of firms to register; have it register, "
    "or mend the code, and import again.",
)


def _recorded(sound: Mapping[Key, Row]) -> dict[Key, RecordedResult]:
    """What is recorded for the firms and within the days of some rows."""
    if not sound:
        return {}
    days = [row.day for row in sound.values() if row.day is not None]
    names = ("organisation_id", "instrument", "assessed_date", "pk", "score_milli", "level",
             "job_id", "at")  # fmt: skip
    found = RecordedResult.objects.filter(
        organisation_id__in={key[0] for key in sound}, assessed_date__range=(min(days), max(days))
    ).values_list(*names)
    wanted = {(row[0], row[1], row[2].toordinal()): row for row in found}
    return {
        key: RecordedResult(**dict(zip(names, row, strict=True)))
        for key, row in wanted.items()
        if key in sound
    }


def _key(row: Row, organisation: int) -> Key:
    assert row.day is not None
    return organisation, row.instrument, row.day.toordinal()


def _thousandths(score: Decimal | None) -> int | None:
    return None if score is None else int(score * 1000)


def _same_name(name: str) -> str:
    """A name without what differs between registers: brackets of either width, blanks."""
    return "".join(text_of(name).split()).replace("（", "(").replace("）", ")").lower()


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
        f"已有不同的记录（{said.zh}，{said_day(day).zh} 记入）。"
        "如表中的是对的，请勾选“更正已有记录”后重新导入。",
        f"another result is recorded ({said.en}, entered {said_day(day).en}). If the table"
        " is right, import it "
        "again with “correct what is recorded”.",
    )
