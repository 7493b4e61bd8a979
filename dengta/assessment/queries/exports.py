"""What a person may see, as tables to take away: one row at a time, however many there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment, Rating, RecordedResult
from dengta.assessment.queries.seen import (
    Filters,
    assessments_seen,
    ratings_seen,
    recorded_seen,
)
from dengta.core.codes import SIZES
from dengta.core.outgoing import CsvTable, Table, Workbook
from dengta.core.shapes import Figure, Instrument, Question, Scenario, Text
from dengta.core.sheets import Cell
from dengta.registry.models import Organisation
from dengta.registry.queries import industry_name, policy, region_name

What = Literal["assessments", "answers", "ratings", "recorded"]
Form = Literal["xlsx", "csv"]

NAMES: Mapping[str, Text] = {
    "assessments": Text("测评结果", "assessments"),
    "answers": Text("逐题答案", "answers"),
    "ratings": Text("评定结果", "ratings"),
    "recorded": Text("历史结果", "earlier results"),
}
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """An export: which table, narrowed how, in which form and language. `answers` are those to one
    instrument, so that its items can be columns."""

    what: What
    form: Form = "xlsx"
    language: str = "zh"
    filters: Filters = field(default_factory=Filters)

    def as_json(self) -> dict[str, Any]:
        """To be kept with a job; `of_json` reads it back."""
        own = {"what": self.what, "form": self.form, "language": self.language}
        return own | {"filters": self.filters.as_json()}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Wanted:
        """What `as_json` gave."""
        filters = Filters.of_json(kept["filters"])
        return cls(kept["what"], kept["form"], kept["language"], filters)

    @property
    def file_name(self) -> str:
        """How the file is called, without the day."""
        return f"{NAMES[self.what].said(self.language)}.{self.form}"


def rows_of(actor: Actor, wanted: Wanted) -> models.QuerySet[Any, Any]:
    """The records that an export is about, of those that the person may see."""
    if wanted.what == "ratings":
        return ratings_seen(actor, wanted.filters)
    if wanted.what == "recorded":
        return recorded_seen(actor, wanted.filters)
    return assessments_seen(actor, wanted.filters)


def write_export(
    actor: Actor, wanted: Wanted, path: Path, said: Callable[[int], None] = lambda done: None
) -> int:
    """Write an export to a file; `said` hears every 1,000 rows how many are done. Returns how many
    rows it has."""
    headings, row_of = _shape(wanted)
    titles = [heading.said(wanted.language) for heading in headings]
    book: Workbook | None = None
    table: Table
    if wanted.form == "csv":
        table = CsvTable(path, titles)
    else:
        book = Workbook(path)
        table = book.sheet(NAMES[wanted.what].said(wanted.language), titles, (10, 22, 36))
    records = rows_of(actor, wanted)
    if wanted.what == "answers":
        records = records.prefetch_related("answers")
    done = 0
    for done, record in enumerate(records.iterator(chunk_size=_AT_ONCE), 1):
        table.row(list(row_of(record)))
        if done % _AT_ONCE == 0:
            said(done)
    (book or table).close()
    return done


def _shape(wanted: Wanted) -> tuple[list[Text], Callable[[Any], Iterator[Cell]]]:
    """Headings and how a record becomes a row."""
    language = wanted.language
    if wanted.what == "answers":
        instrument = policy().instruments[wanted.filters.instrument]
        return [*_FIRM, *_ASSESSED, *_item_headings(instrument)], lambda record: _answers(
            record, instrument, language
        )
    if wanted.what == "ratings":
        return [*_FIRM, *_RATED], lambda record: _rating(record, language)
    if wanted.what == "recorded":
        return [*_FIRM, *_RECORDED], lambda record: _recorded(record, language)
    return [*_FIRM, *_ASSESSED], lambda record: _assessment(record, language)


_FIRM = (
    Text("编号", "Number"),
    Text("统一社会信用代码", "Unified social credit code"),
    Text("企业名称", "Enterprise"),
    Text("地区代码", "Region code"),
    Text("地区", "Region"),
    Text("行业代码", "Industry code"),
    Text("行业", "Industry"),
    Text("企业规模", "Size class"),
)
_ASSESSED = (
    Text("评测指标", "Instrument"),
    Text("提交时间", "Submitted at"),
    Text("得分", "Score"),
    Text("等级", "Level"),
    Text("现场评定得分", "On-site score"),
    Text("现场评定等级", "On-site level"),
    Text("核验码", "Verification code"),
)
_RATED = (
    Text("评测指标", "Instrument"),
    Text("评定方式", "Kind of rating"),
    Text("评定人", "Assessor"),
    Text("现场日期", "Visited on"),
    Text("提交时间", "Submitted at"),
    Text("得分", "Score"),
    Text("等级", "Level"),
    Text("企业自评得分", "Own score"),
    Text("企业自评等级", "Own level"),
    Text("评定意见", "Remark"),
)
_RECORDED = (
    Text("评测指标", "Instrument"),
    Text("测评日期", "Assessed on"),
    Text("得分", "Score"),
    Text("等级", "Level"),
    Text("依据", "Basis"),
)


def _item_headings(instrument: Instrument) -> list[Text]:
    """A column for each item, and one for why a scenario does not apply."""
    items = [
        Text(f"{item.id} {item.text.zh}", f"{item.id} {item.text.en}")
        for item in _items(instrument)
    ]
    return [*items, Text("不适用的理由", "Why scenarios do not apply")]


def _items(instrument: Instrument) -> tuple[Question | Scenario | Figure, ...]:
    return (*instrument.questions, *instrument.scenarios, *instrument.figures)


def _firm(number: int, firm: Organisation, language: str) -> Iterator[Cell]:
    yield number
    yield firm.uscc
    yield firm.name
    yield firm.region_code
    yield region_name(firm.region_code).said(language)
    yield firm.industry_code
    yield industry_name(firm.industry_code).said(language)
    size = SIZES.get(firm.size_class)
    yield size.said(language) if size else ""


def _points(milli: int | None) -> Decimal | None:
    return None if milli is None else Decimal(milli) / 1000


def _moment(at: dt.datetime | None) -> dt.datetime | None:
    return None if at is None else timezone.localtime(at).replace(tzinfo=None)


def _assessment(one: Assessment, language: str) -> Iterator[Cell]:
    yield from _firm(one.pk, one.organisation, language)
    yield one.instrument
    yield _moment(one.submitted_at)
    yield _points(one.score_milli)
    yield one.level
    yield _points(one.on_site_score_milli)
    yield one.on_site_level
    yield one.verify_code or ""


def _answers(one: Assessment, instrument: Instrument, language: str) -> Iterator[Cell]:
    yield from _assessment(one, language)
    given = {answer.item: answer for answer in one.answers.all()}
    for item in _items(instrument):
        answer = given.get(item.id)
        yield answer.value if answer else ""
    reasons = (f"{item}：{answer.reason}" for item, answer in given.items() if answer.reason)
    yield "；".join(reasons)


def _rating(one: Rating, language: str) -> Iterator[Cell]:
    yield from _firm(one.pk, one.assessment.organisation, language)
    yield one.assessment.instrument
    yield _KINDS[one.kind].said(language)
    yield str(one.assessor)
    yield one.visit_date
    yield _moment(one.submitted_at)
    yield _points(one.score_milli)
    yield one.level
    yield _points(one.assessment.score_milli)
    yield one.assessment.level
    yield one.remark


_KINDS = {
    "expert": Text("专家评定", "by an expert"),
    "on_site": Text("现场评定", "on the spot"),
    "recheck": Text("抽查复核", "re-check"),
}


def _recorded(one: RecordedResult, language: str) -> Iterator[Cell]:
    yield from _firm(one.pk, one.organisation, language)
    yield one.instrument
    yield one.assessed_date
    yield _points(one.score_milli)
    yield one.level
    yield one.basis
