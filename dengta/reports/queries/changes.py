"""变化: what a firm's results were before, from the first to this one, and what moved since the
last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils import timezone

from dengta.assessment.models import Assessment, RecordedResult
from dengta.assessment.queries import history_of, instrument_of
from dengta.assessment.queries.editions import reads, rescored
from dengta.core.scoring import Result, level_text, plain
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.reports.queries.reading import headword
from dengta.reports.queries.standing import on_site_of, standing_answers

Basis = Literal["self", "on_site", "recorded"]


@dataclass(frozen=True, slots=True)
class Point:
    """One result in time: T0 is the first. `comparable` when it is of the same instrument."""

    label: str
    day: dt.date
    edition: Text
    basis: Basis
    score: Decimal | None
    level: int | None
    level_name: Text | None
    comparable: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One scenario or dimension that differs from the last time; points or levels as text."""

    item: str
    text: Text
    kind: Literal["scenario", "dimension"]
    before: str
    now: str
    better: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """All results up to this one, the oldest first; and what moved since the last comparable one
    on the day `since`, whose whole result is `before` (None when there is none). `recast`: that one
    was of another edition, and is scored anew under this one."""

    points: tuple[Point, ...]
    moves: tuple[Move, ...]
    before: Result | None
    since: dt.date | None
    recast: bool


def changes_of(assessment: Assessment, result: Result) -> Changes:
    """What became of a firm up to one submitted assessment, whose scoring is `result`."""
    assert assessment.submitted_at is not None
    earlier = [
        other
        for other in history_of(assessment.organisation_id)
        if other.submitted_at
        and (other.submitted_at, other.pk) < (assessment.submitted_at, assessment.pk)
    ]
    recorded = RecordedResult.objects.filter(
        organisation=assessment.organisation_id,
        assessed_date__lte=timezone.localdate(assessment.submitted_at),
    )
    rows = [_recorded(each) for each in recorded]
    rows += [_assessed(each) for each in (*reversed(earlier), assessment)]
    rows.sort(key=lambda row: row.day)
    points = tuple(
        Point(
            f"T{place}",
            row.day,
            _edition(row.instrument),
            row.basis,
            None if row.score_milli is None else Decimal(row.score_milli) / 1000,
            row.level,
            _level_name(row.instrument, row.level),
            row.instrument == assessment.instrument,
        )
        for place, row in enumerate(rows)
    )
    last = _last(assessment, earlier)
    if last is None or last.submitted_at is None:
        return Changes(points, (), None, None, False)
    before = rescored(last, instrument_of(assessment), standing_answers(last))
    moves = tuple(_moves(assessment.instrument, before, result)) if before else ()
    since = timezone.localdate(last.submitted_at)
    return Changes(points, moves, before, since, last.instrument != assessment.instrument)


def _last(assessment: Assessment, earlier: list[Assessment]) -> Assessment | None:
    """The last earlier assessment of the same edition; else of another one whose answers this
    edition reads."""
    instrument = instrument_of(assessment)
    same = [other for other in earlier if other.instrument == assessment.instrument]
    read = [other for other in earlier if reads(instrument, other.instrument)]
    return next(iter((*same, *read)), None)


@dataclass(frozen=True, slots=True)
class _Row:
    day: dt.date
    instrument: str
    basis: Basis
    score_milli: int | None
    level: int | None


def _assessed(assessment: Assessment) -> _Row:
    assert assessment.submitted_at is not None
    on_site = on_site_of(assessment)
    return _Row(
        timezone.localdate(assessment.submitted_at),
        assessment.instrument,
        "on_site" if on_site else "self",
        assessment.on_site_score_milli if on_site else assessment.score_milli,
        assessment.on_site_level if on_site else assessment.level,
    )


def _recorded(recorded: RecordedResult) -> _Row:
    return _Row(
        recorded.assessed_date,
        recorded.instrument,
        "recorded",
        recorded.score_milli,
        recorded.level,
    )


def _edition(instrument: str) -> Text:
    """An instrument's name; its id where the policy has it no longer."""
    known = policy().instruments.get(instrument)
    return known.name if known else Text(instrument, instrument)


def _level_name(instrument: str, level: int | None) -> Text | None:
    if level is None:
        return None
    known = policy().instruments.get(instrument)
    names = {gate.level: gate.name for gate in known.gates} if known else {}
    if level in names:
        return names[level]
    return level_text(level) if level else Text("未达一级", "Below level 1")


def _moves(instrument: str, before: Result, now: Result) -> list[Move]:
    moves = []
    earlier = {dimension.id: dimension for dimension in before.dimensions}
    for dimension in now.dimensions:
        then = earlier[dimension.id].points
        if then != dimension.points:
            moves.append(
                Move(
                    dimension.id,
                    dimension.text,
                    "dimension",
                    _shown(then),
                    _shown(dimension.points),
                    dimension.points > then,
                )
            )
    known = policy().instruments[instrument]
    scenarios = {s.id: s.text for s in known.scenarios}
    scales = {q.id: headword(q.text) for q in known.questions if q.id in now.bands}
    return [
        *moves,
        *_risen(scenarios, before.scenario_levels, now.scenario_levels),
        *_risen(scales, before.bands, now.bands),
    ]


def _shown(points: Decimal) -> str:
    """Points of a dimension to two places, half up."""
    return plain(Decimal(int(points * 100 + Decimal("0.5"))) / 100)


def _risen(
    names: Mapping[str, Text],
    before: Mapping[str, int | None],
    now: Mapping[str, int | None],
) -> list[Move]:
    """Scenarios, or questions of a scale, that stand at another level than before."""
    return [
        Move(item, text, "scenario", str(then), str(level), level > then)
        for item, text in names.items()
        if (then := before.get(item)) is not None
        and (level := now.get(item)) is not None
        and level != then
    ]
