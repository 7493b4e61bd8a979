"""Instruments as data, and scoring without keeping anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal

from django.http import HttpRequest, JsonResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from dengta.api.access import EVERYBODY, may, public
from dengta.api.problems import PROBLEMS, Fault, Message, Refusal
from dengta.assessment.queries import scorer
from dengta.core.answers import AnswerError, shown
from dengta.core.shapes import Instrument, Text
from dengta.registry.queries import policy

router = Router(tags=["instruments"])
Language = Literal["zh", "en"]
MOST_CASES = 1000


class InstrumentLine(Schema):
    """One edition of an instrument, in short."""

    id: str
    name: Message
    document: str
    in_force_from: dt.date | None
    in_force_until: dt.date | None
    items: int = Field(description="How many items a whole answer set has")


class InstrumentOut(InstrumentLine):
    """One edition of an instrument, whole: every text in both languages, weights in per cent."""

    definition: dict[str, Any]


class AnswerSet(Schema):
    """Answers by item: option letters ("BC"), scenario levels (2) or text; null for none yet."""

    model_config = ConfigDict(extra="forbid")

    instrument: str = Field(max_length=40, examples=["miit-2024"])
    answers: dict[str, str | int | None] = Field(examples=[{"q1": "BC", "quality": 2}])


class ScoreOut(Schema):
    """The scoring of one answer set; numbers that decide are exact decimal text. The rest is as
    docs/reference/schemas/score.schema.json says."""

    instrument: str
    name: str
    score: str | None
    level: int | None
    level_name: str | None
    complete: bool
    missing: list[str]
    dimensions: dict[str, Any]
    gates: list[dict[str, Any]]
    gaps: list[dict[str, Any]]


class Case(Schema):
    """One answer set among many; `id` comes back with its result."""

    id: str = Field("", max_length=80)
    answers: dict[str, str | int | None]


class Cases(Schema):
    """Many answer sets to one instrument."""

    model_config = ConfigDict(extra="forbid")

    instrument: str = Field(max_length=40)
    cases: list[Case] = Field(min_length=1, max_length=MOST_CASES)


class CaseOut(Schema):
    """The result of one of many; `error` instead of figures where an answer cannot be."""

    id: str
    score: str | None = None
    level: int | None = None
    complete: bool = False
    error: Fault | None = None


class CasesOut(Schema):
    """The results, in the order of the cases."""

    instrument: str
    results: list[CaseOut]


def plain(value: Any) -> Any:
    """A record of the policy as JSON: texts as {zh, en}, days as ISO."""
    if isinstance(value, Text):
        return value._asdict()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _line(instrument: Instrument) -> dict[str, Any]:
    return {
        "id": instrument.id,
        "name": instrument.name._asdict(),
        "document": instrument.source.number or instrument.source.document,
        "in_force_from": instrument.in_force.start,
        "in_force_until": instrument.in_force.end,
        "items": len(instrument.questions) + len(instrument.scenarios),
    }


def instrument_or_refuse(id: str) -> Instrument:
    """One instrument. Refusal names those there are."""
    found = policy().instruments.get(id)
    if found is None:
        known = "、".join(policy().instruments)
        raise Refusal(
            422,
            Text(
                f"没有编号为 {shown(id)} 的评测指标。有：{known}。",
                f"There is no instrument {shown(id)}. There are: {known}.",
            ),
            field="instrument",
            value=id,
        )
    return found


@router.get(
    "/instruments",
    response={200: list[InstrumentLine], 429: PROBLEMS[429]},
    **public("全部评测指标"),
)
def instruments(request: HttpRequest) -> Any:
    """Every edition of every instrument that the policy holds."""
    return [_line(instrument) for instrument in policy().instruments.values()]


@router.get(
    "/instruments/{instrument}",
    response={200: InstrumentOut, 404: PROBLEMS[404], 429: PROBLEMS[429]},
    **public("一套评测指标"),
)
def one_instrument(request: HttpRequest, instrument: str) -> Any:
    """One edition whole: tree, questions, scenarios, gates, sources."""
    found = policy().instruments.get(instrument)
    if found is None:
        raise Refusal(404, _no_such(instrument), field="instrument", value=instrument)
    return {**_line(found), "definition": plain(found)}


def _no_such(id: str) -> Text:
    return Text(f"没有编号为 {shown(id)} 的评测指标。", f"There is no instrument {shown(id)}.")


@router.post(
    "/score",
    response={200: ScoreOut, 422: PROBLEMS[422], 429: PROBLEMS[429]},
    **public("试算一份答案"),
)
def score(request: HttpRequest, body: AnswerSet, lang: Language = "zh") -> Any:
    """Score one answer set. Nothing is kept; items left out count as not answered yet."""
    instrument_or_refuse(body.instrument)
    return JsonResponse(
        scorer(body.instrument).score(body.answers).as_json(lang),
        json_dumps_params={"ensure_ascii": False},
    )


@router.post("/score/many", response={200: CasesOut, **PROBLEMS}, **may("批量试算", *EVERYBODY))
def score_many(request: HttpRequest, body: Cases) -> Any:
    """Score up to 1,000 answer sets to one instrument; a bad one does not spoil the others."""
    instrument_or_refuse(body.instrument)
    scoring = scorer(body.instrument)
    results: list[dict[str, Any]] = []
    for case in body.cases:
        try:
            result = scoring.score(case.answers).as_json("zh")
        except AnswerError as impossible:
            fault = {
                "field": impossible.item,
                "value": shown(impossible.value),
                "message": impossible.message._asdict(),
            }
            results.append({"id": case.id, "error": fault})
            continue
        kept = ("score", "level", "complete")
        results.append({"id": case.id, **{name: result[name] for name in kept}})
    return {"instrument": body.instrument, "results": results}
