"""Twenty programmes and a seeded population, for rows A and A1: four kinds with five sets of terms
each.

Every kind is written three times: as our policy text, as exact integers in numpy (the referee), and
as a peer's user would write it. No fact is missing, because the peers do not know unknown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from dengta.core.policy import shipped
from dengta.core.shapes import (
    Amount,
    Clause,
    Fact,
    FactType,
    Period,
    Policy,
    Programme,
    Source,
    Text,
    Value,
)

SIZES = ("large", "medium", "small", "micro")
DEPTHS = ("resource", "business", "capability", "ecosystem")
RATES = (2000, 3000, 4000, 5000)
SOURCE = Source("bench")


class Terms(NamedTuple):
    """The numbers of one programme: a head count, two amounts in 分, rates in basis points, a
    level."""

    people: int
    floor_fen: int
    cap_fen: int
    ratio_bps: int
    share_bps: int
    level: int


TERMS = tuple(
    Terms(
        300 + 200 * n,
        5_000_000 * (n + 1),
        20_000_000 * (n + 1),
        300 + 50 * n,
        1000 + 250 * n,
        n % 3,
    )
    for n in range(5)
)

_FACTS: Mapping[str, tuple[FactType, int | None, int | None]] = {
    "employees": ("integer", 0, 1_000_000), "years": ("integer", 0, 200),
    "level": ("integer", 0, 4), "division": ("text", None, None),
    "revenue_fen": ("fen", 0, 10**14), "previous_fen": ("fen", 0, 10**14),
    "assets_fen": ("fen", 0, 10**14), "debt_fen": ("fen", 0, 10**14),
    "rd_fen": ("fen", 0, 9 * 10**11), "spend_fen": ("fen", 0, 9 * 10**11),
    "used_fen": ("fen", 0, 9 * 10**11), "legal": ("bool", None, None),
    "violation": ("bool", None, None), "supplier": ("bool", None, None),
    "srdi": ("bool", None, None), "size": ("text", None, None), "depth": ("text", None, None),
}  # fmt: skip


def enterprises(rows: int, seed: int = 2026) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of seeded enterprises: integers in 分, choices as their place in SIZES and DEPTHS."""
    chance = np.random.default_rng(seed)

    def fen(yuan: int) -> np.ndarray[Any, Any]:
        return chance.lognormal(np.log(yuan), 1.0, rows).astype(np.int64) * 100 + chance.integers(
            0, 100, rows
        )

    revenue = fen(20_000_000)
    return {
        "employees": chance.lognormal(4, 1.2, rows).astype(np.int64),
        "years": chance.integers(0, 40, rows),
        "level": chance.integers(0, 5, rows),
        "division": chance.choice([6, 13, 26, 35, 38, 39, 40, 46, 52, 65], rows),
        "revenue_fen": revenue,
        "previous_fen": revenue * 10_000 // chance.integers(8_000, 14_000, rows),
        "assets_fen": fen(25_000_000),
        "debt_fen": fen(12_000_000),
        "rd_fen": revenue * chance.integers(0, 90_000, rows) // 1_000_000,
        "spend_fen": fen(300_000),
        "used_fen": chance.integers(0, 2, rows) * fen(80_000),
        "legal": chance.random(rows) < 0.95,
        "violation": chance.random(rows) < 0.03,
        "supplier": chance.random(rows) < 0.05,
        "srdi": chance.random(rows) < 0.1,
        "size": chance.choice(4, rows, p=[0.03, 0.17, 0.45, 0.35]),
        "depth": chance.integers(0, 4, rows),
    }


def policy() -> Policy:
    """The twenty programmes as policy text."""
    facts = {
        id: Fact(id, Text(id, id), type, "registry", low=low, high=high)
        for id, (type, low, high) in _FACTS.items()
    }
    programmes = []
    for kind, write in enumerate((_voucher, _research, _upgrade, _award)):
        for n, terms in enumerate(TERMS):
            clauses, values, amount = write(terms)
            programmes.append(_programme(f"p{kind}{n}", clauses, values, amount))
    return dataclasses.replace(
        shipped("hubei"), facts=facts, programmes=tuple(programmes), cases=()
    )


def _programme(
    id: str, clauses: Mapping[str, str], values: tuple[Value, ...], amount: str
) -> Programme:
    text = Text(id, id)
    return Programme(
        id, id, text, text, "subsidy", SOURCE, Period(),
        tuple(Clause(name, Text(name, name), when) for name, when in clauses.items()),
        values=values, amount=Amount(text, amount),
    )  # fmt: skip


Written = tuple[Mapping[str, str], tuple[Value, ...], str]


def _voucher(t: Terms) -> Written:
    rates = Value(
        "rate",
        Text("rate", "rate"),
        "bps",
        SOURCE,
        by="depth",
        table=dict(zip(DEPTHS, RATES, strict=True)),
    )
    return (
        {
            "size": "size IN ('medium', 'small', 'micro')",
            "industry": "STARTS_WITH(division, '1') OR STARTS_WITH(division, '3') "
            "OR division = '65'",
            "supplier": "NOT supplier",
            "spend": f"spend_fen >= {t.floor_fen // 10}",
            "left": f"used_fen < {t.cap_fen}",
        },
        (rates,),
        f"GREATEST(0, LEAST(SHARE(spend_fen, rate), {t.cap_fen} - used_fen))",
    )


def _research(t: Terms) -> Written:
    return (
        {
            "legal": "legal AND NOT violation",
            "people": f"employees BETWEEN 20 AND {t.people}",
            "intensity": f"rd_fen * 10000 >= revenue_fen * {t.ratio_bps}",
            "amount": f"rd_fen >= {t.floor_fen}",
        },
        (),
        f"LEAST(SHARE(rd_fen, {t.share_bps}), {t.cap_fen})",
    )


def _upgrade(t: Terms) -> Written:
    return (
        {
            "legal": "legal AND NOT violation",
            "years": "years >= 3",
            "level": f"level >= {t.level}",
            "debt": f"debt_fen * 10000 <= assets_fen * {6000 + t.ratio_bps}",
            "spend": f"spend_fen >= {t.floor_fen} OR (srdi AND spend_fen >= {t.floor_fen // 2})",
        },
        (),
        f"CASE WHEN srdi THEN LEAST(SHARE(spend_fen, {t.share_bps + 500}), {t.cap_fen * 2}) "
        f"ELSE LEAST(SHARE(spend_fen, {t.share_bps}), {t.cap_fen}) END",
    )


def _award(t: Terms) -> Written:
    return (
        {
            "size": "size IN ('medium', 'small', 'micro')",
            "standing": "NOT violation AND NOT supplier",
            "growth": f"revenue_fen * 10000 >= previous_fen * {10_000 + t.ratio_bps}",
            "level": f"level >= {t.level} AND employees >= {t.people // 10}",
        },
        (),
        f"CASE level WHEN 4 THEN {t.cap_fen} WHEN 3 THEN {t.cap_fen // 2} ELSE {t.floor_fen} END",
    )


Columns = Mapping[str, Any]
Result = tuple[Any, Any]
"""Who is eligible, and for how much."""


def small(size: Any) -> Any:
    """Medium, small or micro."""
    return size != 0


def industry(division: Any) -> Any:
    """Divisions that begin with 1 or 3, or 65."""
    return (
        ((division >= 10) & (division < 20))
        | ((division >= 30) & (division < 40))
        | (division == 65)
    )


def _share(fen: Any, bps: Any) -> Any:
    return (fen * bps + 5000) // 10000


def _exact_voucher(d: Columns, t: Terms) -> Result:
    who = small(d["size"]) & industry(d["division"]) & ~d["supplier"]
    who &= (d["spend_fen"] >= t.floor_fen // 10) & (d["used_fen"] < t.cap_fen)
    part = _share(d["spend_fen"], np.asarray(RATES)[d["depth"]])
    return who, np.maximum(0, np.minimum(part, t.cap_fen - d["used_fen"]))


def _exact_research(d: Columns, t: Terms) -> Result:
    who = d["legal"] & ~d["violation"] & (d["employees"] >= 20) & (d["employees"] <= t.people)
    who &= d["rd_fen"] * 10_000 >= d["revenue_fen"] * t.ratio_bps
    return who & (d["rd_fen"] >= t.floor_fen), np.minimum(
        _share(d["rd_fen"], t.share_bps), t.cap_fen
    )


def _exact_upgrade(d: Columns, t: Terms) -> Result:
    who = d["legal"] & ~d["violation"] & (d["years"] >= 3) & (d["level"] >= t.level)
    who &= d["debt_fen"] * 10_000 <= d["assets_fen"] * (6000 + t.ratio_bps)
    spend = d["spend_fen"]
    who &= (spend >= t.floor_fen) | (d["srdi"] & (spend >= t.floor_fen // 2))
    more = np.minimum(_share(spend, t.share_bps + 500), t.cap_fen * 2)
    return who, np.where(d["srdi"], more, np.minimum(_share(spend, t.share_bps), t.cap_fen))


def _exact_award(d: Columns, t: Terms) -> Result:
    who = small(d["size"]) & ~d["violation"] & ~d["supplier"]
    who &= d["revenue_fen"] * 10_000 >= d["previous_fen"] * (10_000 + t.ratio_bps)
    who &= (d["level"] >= t.level) & (d["employees"] >= t.people // 10)
    top, next_ = d["level"] == 4, d["level"] == 3
    return who, np.where(top, t.cap_fen, np.where(next_, t.cap_fen // 2, t.floor_fen))


_KINDS: tuple[Callable[[Columns, Terms], Result], ...] = (
    _exact_voucher, _exact_research, _exact_upgrade, _exact_award,
)  # fmt: skip


def referee(d: Columns) -> dict[str, Result]:
    """Every programme in exact integers by numpy: who is eligible, and 分 (0 for who is not)."""
    out = {}
    for kind, work in enumerate(_KINDS):
        for n, terms in enumerate(TERMS):
            who, fen = work(d, terms)
            out[f"p{kind}{n}"] = (who, np.where(who, fen, 0))
    return out
