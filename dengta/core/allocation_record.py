"""A published list as one JSON document: what it was made of, by which rules, and what came out.

Whoever holds the file can make the list again: `verify` ranks, gives places and computes amounts
and reasons anew, and says what differs. Scores are written as exact fractions (`251/3`), money is
integer 分. Schema: docs/reference/schemas/allocate.schema.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, get_args

from dengta.core.allocation import (
    Allocation,
    AllocationError,
    Candidate,
    Limits,
    allocate,
    ranked,
)
from dengta.core.records import as_text, sha256, shown
from dengta.core.selection import Floor, FloorBy, Quota, QuotaBy
from dengta.core.shapes import Text

__all__ = ["FORMAT", "read", "record", "verify"]

FORMAT = "dengta-allocation-1"
_FRACTION = re.compile(r"-?[0-9]{1,30}(/[1-9][0-9]{0,29})?")
_MOST_SHOWN = 5
_MOST = 10**18


def record(
    candidates: Sequence[Candidate],
    limits: Limits,
    made: Allocation | None = None,
    *,
    title: str = "",
    selection: str = "",
    policy_digest: str = "",
    kept: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """The record of a list; it is made here unless it is given. AllocationError as `allocate`."""
    if made is None:
        made = allocate(candidates, limits, kept)
    document: dict[str, object] = {
        "format": FORMAT,
        "title": title,
        "selection": selection,
        "policy_digest": policy_digest,
        "rules": _rules(limits),
        "candidates": [_candidate(one) for one in ranked(candidates)],
        "kept": sorted(kept),
        "result": _result(made),
    }
    return document | {"record_digest": sha256(as_text(document))}


def _rules(limits: Limits) -> dict[str, object]:
    return {
        "places": limits.places,
        "budget_fen": limits.budget_fen,
        "pool_fen": limits.pool_fen,
        "rate_bps": limits.rate_bps,
        "cap_fen": limits.cap_fen,
        "reserve": limits.reserve,
        "quotas": [
            {"by": each.by, "limit": each.limit, "table": dict(sorted(each.table.items()))}
            for each in limits.quotas
        ],
        "floors": [
            {
                "by": each.by,
                "least": each.least,
                "values": list(each.values),
                "together": each.together,
            }
            for each in limits.floors
        ],
        "names": {id: {"zh": n.zh, "en": n.en} for id, n in sorted(limits.names.items())},
    }


def _candidate(one: Candidate) -> dict[str, object]:
    return {
        "id": one.id,
        "score": str(one.score),
        "ties": [str(tie) for tie in one.ties],
        "lot": one.lot,
        "city": one.city,
        "industry": one.industry,
        "applicant": one.applicant,
        "base_fen": one.base_fen,
        "passed": one.passed,
    }


def _result(made: Allocation) -> dict[str, object]:
    return {
        "places": [
            {
                "rank": place.rank,
                "id": place.id,
                "outcome": place.outcome,
                "amount_fen": place.amount_fen,
                "reason": place.reason.zh,
                "reason_en": place.reason.en,
            }
            for place in made.places
        ],
        "floors": [
            {
                "by": floor.by,
                "values": list(floor.values),
                "asked": floor.asked,
                "least": floor.least,
                "got": floor.got,
            }
            for floor in made.floors
        ],
        "total_fen": made.total_fen,
    }


# ---------------------------------------------------------------- reading


def read(document: object) -> tuple[list[Candidate], Limits, frozenset[str]]:
    """What a record was made of. AllocationError, with the place, for what is no record."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise AllocationError(
            f'这不是名单记录。请用公布的、含 "format": "{FORMAT}" 的文件。',
            f'this is no record of a list. Use the file that was published, with "format": '
            f'"{FORMAT}".',
        )
    for key in ("title", "selection", "policy_digest"):
        _text(document, key, "")
    rules = _part(document, "rules", dict)
    limits = Limits(
        places=_limit(rules, "places"),
        budget_fen=_limit(rules, "budget_fen"),
        pool_fen=_limit(rules, "pool_fen"),
        rate_bps=_whole(rules, "rate_bps", "rules"),
        cap_fen=_limit(rules, "cap_fen"),
        reserve=_whole(rules, "reserve", "rules"),
        quotas=tuple(_quota(each) for each in _part(rules, "quotas", list)),
        floors=tuple(_floor(each) for each in _part(rules, "floors", list)),
        names={
            _named(id): Text(_text(name, "zh", id), _text(name, "en", id))
            for id, name in _part(rules, "names", dict).items()
        },
    )
    candidates = [_read_candidate(each) for each in _part(document, "candidates", list)]
    kept = frozenset(_named(id) for id in _part(document, "kept", list))
    return candidates, limits, kept


def _quota(each: object) -> Quota:
    table = _part(each, "table", dict)
    return Quota(
        _choice(each, "by", get_args(QuotaBy)),
        _whole(each, "limit", "quotas"),
        "award",
        {_named(value): _whole(table, value, "table") for value in table},
    )


def _floor(each: object) -> Floor:
    return Floor(
        _choice(each, "by", get_args(FloorBy)),
        _whole(each, "least", "floors"),
        tuple(_named(value) for value in _part(each, "values", list)),
        _flag(each, "together", "floors"),
    )


def _read_candidate(each: object) -> Candidate:
    id = _text(each, "id", "candidates")
    return Candidate(
        id,
        _fraction(_part(each, "score", str), id),
        _text(each, "city", id),
        _text(each, "industry", id),
        _text(each, "applicant", id),
        _whole(each, "base_fen", id),
        tuple(_fraction(tie, id) for tie in _part(each, "ties", list)),
        _text(each, "lot", id),
        _flag(each, "passed", id),
    )


def _part(holder: object, key: str, kind: type) -> Any:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, kind):
        raise _misfit(key, value)
    return value


def _text(holder: object, key: str, where: object) -> str:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, str):
        raise _misfit(f"{where} {key}".strip(), value)
    return value


def _named(value: object) -> str:
    if not isinstance(value, str):
        raise _misfit("values", value)
    return value


def _flag(holder: object, key: str, where: str) -> bool:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, bool):
        raise _misfit(f"{where} {key}", value)
    return value


def _whole(holder: object, key: str, where: str) -> int:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise _misfit(f"{where} {key}", value)
    return value


def _limit(rules: Mapping[str, object], key: str) -> int | None:
    return None if rules.get(key, "") is None else _whole(rules, key, "rules")


def _choice(holder: object, key: str, known: tuple[Any, ...]) -> Any:
    value = _text(holder, key, "")
    if value not in known:
        raise _misfit(key, value)
    return value


def _fraction(value: object, id: str) -> Fraction:
    if not isinstance(value, str) or not _FRACTION.fullmatch(value):
        raise _misfit(f"{id} score", value)
    return Fraction(value)


def _misfit(key: str, value: object) -> AllocationError:
    return AllocationError(
        f"记录里的 {key} 不能是 {shown(value)}。请用原来公布的文件。",
        f"{key} cannot be {shown(value)} in a record. Use the file as it was published.",
    )


# ---------------------------------------------------------------- verifying


def verify(given: object) -> tuple[Text, ...]:
    """What does not hold in a record, nothing when all does. Anything may be given.

    A record is a JSON document, or its bytes, which then must be those that `as_text` writes. The
    ranking, every place, reason and amount, and the floors are computed again.
    """
    if not isinstance(given, bytes):
        return tuple(_faults(given))
    try:
        document = json.loads(given.decode("utf-8"))
    except (ValueError, RecursionError):
        return (Text("这不是 UTF-8 的 JSON", "this is no JSON in UTF-8"),)
    faults = _faults(document)
    if not faults and as_text(document).encode("utf-8") != given:
        faults.append(
            Text(
                "内容相符，但写法与原文件不是逐字节相同：空格、换行或次序变了",
                "all holds, but the file is not the same byte for byte: blanks, line ends or "
                "the order have changed",
            )
        )
    return tuple(faults)


def _faults(document: object) -> list[Text]:
    try:
        candidates, limits, kept = read(document)
        assert isinstance(document, Mapping)
        again = record(
            candidates,
            limits,
            title=document["title"],
            selection=document["selection"],
            policy_digest=document["policy_digest"],
            kept=kept,
        )
    except AllocationError as error:
        return [error.message]
    faults = _order(document["candidates"], again["candidates"])
    faults += _against(document.get("result"), again["result"])
    for key, value in again.items():
        if key in ("candidates", "result") or (key == "record_digest" and faults):
            continue
        if document.get(key) != value:
            faults.append(_differs(key, document.get(key), value))
    for key in document.keys() - again.keys():
        faults.append(
            Text(f"记录里多出 {key}", f"{key} is in the record and does not belong there")
        )
    if not faults and as_text(document) != as_text(again):
        faults.append(
            Text(
                "记录里各项的次序或写法与重算的不同",
                "the order or form of the record differs from what is computed again",
            )
        )
    return faults


def _order(given: Sequence[Mapping[str, object]], again: object) -> list[Text]:
    """The first rank where another application stands, or where it is written otherwise."""
    assert isinstance(again, list)
    for rank, (one, other) in enumerate(zip(given, again, strict=True), 1):
        if one["id"] != other["id"]:
            return [
                Text(
                    f"排名第 {rank} 的应是 {other['id']}，记录为 {one['id']}",
                    f"rank {rank} belongs to {other['id']}, and the record has {one['id']}",
                )
            ]
        if one != other:
            return [_differs(str(one["id"]), one, other)]
    return []


def _against(given: object, again: object) -> list[Text]:
    """The places that differ, the first few by name; then floors and total."""
    assert isinstance(again, dict)
    if not isinstance(given, Mapping) or not isinstance(given.get("places"), list):
        return [_misfit("result", given).message]
    mine = {str(each.get("id")): each for each in given["places"] if isinstance(each, Mapping)}
    wrong = [each for each in again["places"] if mine.get(each["id"]) != each]
    faults = []
    for each in wrong[:_MOST_SHOWN]:
        told = mine.get(each["id"], {})
        parts = [key for key in each if told.get(key) != each[key]]
        faults += [_differs(f"{each['id']} {key}", told.get(key), each[key]) for key in parts]
    if len(wrong) > _MOST_SHOWN:
        more = len(wrong) - _MOST_SHOWN
        faults.append(Text(f"另有 {more} 项不同", f"{more} more differ"))
    if not wrong and given["places"] != again["places"]:
        faults.append(
            Text(
                "结果里有多余的或次序不同的申报",
                "the result holds applications too many, or in another order",
            )
        )
    for key in ("floors", "total_fen"):
        if given.get(key) != again[key]:
            faults.append(_differs(key, given.get(key), again[key]))
    for key in given.keys() - again.keys():
        faults.append(Text(f"结果里多出 {key}", f"{key} does not belong in the result"))
    return faults


def _differs(key: str, given: object, again: object) -> Text:
    return Text(
        f"{key} 与重算的不同：记录为 {shown(given)}，重算为 {shown(again)}",
        f"{key} differs: {shown(given)} in the record, {shown(again)} when computed again",
    )
