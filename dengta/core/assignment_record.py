"""A published assignment as one JSON document: who could review what, by which rule, who does, and
the prices that prove that nothing is cheaper.

Whoever holds the file can check it: `verify` computes the cost and the floor that the prices prove
anew and says what does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dengta.core.assignment import Assignment, AssignmentRule, Expert, Paper, Task
from dengta.core.assignment import verify as proved
from dengta.core.records import as_text, sha256
from dengta.core.shapes import Text

__all__ = ["FORMAT", "RecordError", "read", "record", "verify"]

FORMAT = "dengta-assignment-1"
_MOST = 10**15
_RULE = ("size", "load", "near", "far", "home", "mix", "balance")
Before = Mapping[str, Sequence[str]]


class RecordError(ValueError):
    """What is no record. `message` names the place and says how to mend it."""

    def __init__(self, key: str) -> None:
        self.message = Text(
            f"分配记录里的 {key} 不成立。请用原来公布的文件。",
            f"{key} cannot be so in a record. Use the file as it was published.",
        )
        super().__init__(self.message.zh)


def record(
    task: Task, made: Assignment, before: Before | None = None, *, title: str = ""
) -> dict[str, object]:
    """The record of an assignment; `before` for one that `repair` made."""
    rule = task.rule
    document: dict[str, object] = {
        "format": FORMAT,
        "title": title,
        "rule": {key: getattr(rule, key) for key in _RULE} | {"strict": rule.strict},
        "papers": [
            {"id": one.id, "fields": list(one.fields), "region": one.region} for one in task.papers
        ],
        "experts": [
            {
                "id": one.id,
                "fields": sorted(one.fields),
                "region": one.region,
                "load": one.load,
                "only": None if one.only is None else sorted(one.only),
            }
            for one in task.experts
        ],
        "conflicts": [list(pair) for pair in sorted(task.conflicts)],
        "fixed": [list(pair) for pair in sorted(task.fixed)],
        "before": None if before is None else {id: list(before[id]) for id in sorted(before)},
        "panels": {one.id: list(made.panels[one.id]) for one in task.papers},
        "cost": made.cost,
        "prices": {one.id: made.prices[one.id] for one in task.experts},
    }
    return document | {"record_digest": sha256(as_text(document))}


def read(document: object) -> tuple[Task, Assignment, Before | None]:
    """The task, the assignment and what was before it. RecordError for what is no record."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise RecordError("format")
    rule = _part(document, "rule", dict)
    strict = _part(rule, "strict", bool)
    whole = {key: _whole(rule, key) for key in _RULE}
    task = Task(
        tuple(_paper(one) for one in _part(document, "papers", list)),
        tuple(_expert(one) for one in _part(document, "experts", list)),
        _pairs(document, "conflicts"),
        AssignmentRule(**whole, strict=strict),
        _pairs(document, "fixed"),
    )
    prices = _part(document, "prices", dict)
    made = Assignment(
        _panels(document, "panels"),
        _whole(document, "cost"),
        {id: _whole(prices, id) for id in prices},
    )
    before = None if document.get("before", 0) is None else _panels(document, "before")
    return task, made, before


def _paper(one: object) -> Paper:
    return Paper(_part(one, "id", str), _texts(one, "fields"), _part(one, "region", str))


def _expert(one: object) -> Expert:
    if not isinstance(one, Mapping):
        raise RecordError("experts")
    return Expert(
        _part(one, "id", str),
        frozenset(_texts(one, "fields")),
        _part(one, "region", str),
        None if one.get("load", 0) is None else _whole(one, "load"),
        None if one.get("only", 0) is None else frozenset(_texts(one, "only")),
    )


def _part(holder: object, key: str, kind: type) -> Any:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, kind):
        raise RecordError(key)
    return value


def _texts(holder: object, key: str) -> tuple[str, ...]:
    found = _part(holder, key, list)
    if not all(isinstance(one, str) for one in found):
        raise RecordError(key)
    return tuple(found)


def _whole(holder: Mapping[str, object], key: str) -> int:
    value = holder.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST:
        raise RecordError(key)
    return value


def _pairs(document: Mapping[str, object], key: str) -> frozenset[tuple[str, str]]:
    found = _part(document, key, list)
    for pair in found:
        sound = isinstance(pair, list) and len(pair) == 2
        if not sound or not all(isinstance(id, str) for id in pair):
            raise RecordError(key)
    return frozenset((paper, expert) for paper, expert in found)


def _panels(document: Mapping[str, object], key: str) -> dict[str, tuple[str, ...]]:
    found = _part(document, key, dict)
    return {id: _texts(found, id) for id in found}


def verify(given: object) -> tuple[Text, ...]:
    """What does not hold in a record, nothing when all does and no assignment is cheaper. Anything
    may be given: a JSON document, or its bytes, which then must be those that `as_text` writes."""
    document = given
    if isinstance(given, bytes):
        try:
            document = json.loads(given.decode("utf-8"))
        except (ValueError, RecursionError):
            return (Text("这不是 UTF-8 的 JSON", "this is no JSON in UTF-8"),)
    try:
        task, made, before = read(document)
        assert isinstance(document, Mapping)
        title = _part(document, "title", str)
    except RecordError as error:
        return (error.message,)
    faults = proved(task, made, before)
    if not faults:
        again = record(task, made, before, title=title)
        raw = given if isinstance(given, bytes) else as_text(document).encode("utf-8")
        if as_text(again).encode("utf-8") != raw:
            faults = (
                Text(
                    "内容相符，但写法或摘要与原文件不同",
                    "all holds, but form or digest are not those of the file as published",
                ),
            )
    return faults
