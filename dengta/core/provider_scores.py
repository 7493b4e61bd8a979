"""服务商评价: facts of a provider's projects -> parts -> points and stars. Pure and exact: integers
only, thousandths of a point, rounded down; the same record gives the same points for ever.

A fact that is not known yet leaves its part as it is; a part of which nothing is known takes no
part in the weighing. A better fact never lowers the points; the order of facts does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dengta.core.sources import Period, Source, Text

__all__ = [
    "FULL_MILLI",
    "PARTS",
    "PartScore",
    "ProjectFact",
    "ScoreFacts",
    "ScoreRule",
    "Scored",
    "as_record",
    "mean_bps",
    "replay",
    "score",
]

FULL_MILLI = 100_000
"""The best that there is, of a part and of the whole: 100 points."""
WHOLE = 10_000
PARTS: Mapping[str, Text] = {
    "delivery": Text("按期交付", "Delivered in time"),
    "first_try": Text("一次验收通过", "Accepted at first try"),
    "satisfaction": Text("企业满意度", "Satisfaction of firms"),
    "usage_6": Text("验收后六个月在用", "In use after six months"),
    "usage_12": Text("验收后十二个月在用", "In use after twelve months"),
    "complaints": Text("投诉", "Complaints"),
    "price": Text("价格与标准价", "Price against standard"),
}
"""What is scored, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """One edition of how providers are scored (`provider_scores.toml`).

    `weights` by part add up to 100. Facts of the last `window_months` count; with fewer than
    `least_projects` accepted there is no score. `stars_milli`: from how many thousandths of a point
    on there are 2, 3, 4 and 5 stars. Something partly in use counts `partly_bps`. A price up to
    `price_full_bps` of the standard counts in full and from `price_zero_bps` on nothing. Complaints
    upheld for `complaints_zero_bps` of the projects leave nothing of their part.
    """

    id: str
    source: Source
    in_force: Period
    window_months: int
    least_projects: int
    weights: Mapping[str, int]
    stars_milli: tuple[int, ...]
    partly_bps: int
    price_full_bps: int
    price_zero_bps: int
    complaints_zero_bps: int


@dataclass(frozen=True, slots=True)
class ProjectFact:
    """What one project says of its provider; None where it is not known (yet).

    `number` is the project's. `usage_6` and `usage_12` are `in_use`, `partly` or `unused`;
    `price_fen` what the lines with a standard price cost, `standard_fen` what they would at it."""

    number: str
    on_time: bool | None = None
    first_try: bool | None = None
    stars: int | None = None
    usage_6: str | None = None
    usage_12: str | None = None
    price_fen: int | None = None
    standard_fen: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """All that counts of one provider: its projects, and the numbers of complaints upheld."""

    projects: tuple[ProjectFact, ...]
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartScore:
    """One part: of `known` facts, worth `points_milli` (None where nothing is known). `good` says
    how many of them were as they should be (stars: their sum)."""

    id: str
    weight: int
    known: int
    good: int
    points_milli: int | None


@dataclass(frozen=True, slots=True)
class Scored:
    """Points (thousandths) and stars, both None while too little is known; the parts in order."""

    points_milli: int | None
    stars: int | None
    accepted: int
    parts: tuple[PartScore, ...] = field(default_factory=tuple)


def score(rule: ScoreRule, facts: ScoreFacts) -> Scored:
    """Score a provider by a rule."""
    parts = tuple(_part(rule, name, facts) for name in PARTS if rule.weights.get(name, 0))
    accepted = sum(one.first_try is not None for one in facts.projects)
    known = [(part.weight, part.points_milli) for part in parts if part.points_milli is not None]
    if accepted < rule.least_projects or not known:
        return Scored(None, None, accepted, parts)
    weights = sum(weight for weight, _ in known)
    points = sum(weight * milli for weight, milli in known) // weights
    stars = 1 + sum(points >= least for least in rule.stars_milli)
    return Scored(points, stars, accepted, parts)


def _part(rule: ScoreRule, name: str, facts: ScoreFacts) -> PartScore:
    weight, projects = rule.weights[name], facts.projects
    if name == "complaints":
        return _complaints(rule, weight, facts)
    worth = [
        milli for one in projects if (milli := _worth(rule, name, one)) is not None
    ]  # fmt: skip
    if not worth:
        return PartScore(name, weight, 0, 0, None)
    if name == "satisfaction":
        good = sum(one.stars or 0 for one in projects)
    else:
        good = sum(milli == FULL_MILLI for milli in worth)
    return PartScore(name, weight, len(worth), good, sum(worth) // len(worth))


def _worth(rule: ScoreRule, name: str, one: ProjectFact) -> int | None:
    """What a project is worth in a part, in thousandths; None where it is not known."""
    if name == "delivery":
        return None if one.on_time is None else FULL_MILLI * one.on_time
    if name == "first_try":
        return None if one.first_try is None else FULL_MILLI * one.first_try
    if name == "satisfaction":
        return None if one.stars is None else (one.stars - 1) * FULL_MILLI // 4
    if name == "price":
        return _price(rule, one)
    found = one.usage_6 if name == "usage_6" else one.usage_12
    if found is None:
        return None
    shares = {"in_use": WHOLE, "partly": rule.partly_bps, "unused": 0}
    return FULL_MILLI * shares[found] // WHOLE


def _price(rule: ScoreRule, one: ProjectFact) -> int | None:
    if one.price_fen is None or not one.standard_fen:
        return None
    full, zero = rule.price_full_bps, rule.price_zero_bps
    share = -(-one.price_fen * WHOLE // one.standard_fen)  # rounded up: never too good
    return max(min(FULL_MILLI * (zero - share) // (zero - full), FULL_MILLI), 0)


def _complaints(rule: ScoreRule, weight: int, facts: ScoreFacts) -> PartScore:
    known, upheld = len(facts.projects), len(facts.complaints)
    if not known:
        return PartScore("complaints", weight, 0, 0, None)
    lost = -(-upheld * WHOLE * FULL_MILLI // (known * rule.complaints_zero_bps))
    return PartScore("complaints", weight, known, upheld, max(FULL_MILLI - lost, 0))


def mean_bps(facts: Iterable[ProjectFact]) -> int | None:
    """What all lines with a standard price cost of it, in 1/10,000; None without one."""
    known = [(one.price_fen, one.standard_fen) for one in facts
             if one.price_fen is not None and one.standard_fen]  # fmt: skip
    standard = sum(standard for _, standard in known)
    return sum(price for price, _ in known) * WHOLE // standard if standard else None


# ---------------------------------------------------------------- the record

_RULE = (
    "id", "window_months", "least_projects", "partly_bps", "price_full_bps", "price_zero_bps",
    "complaints_zero_bps",
)  # fmt: skip
_FACT = (
    "number", "on_time", "first_try", "stars", "usage_6", "usage_12", "price_fen", "standard_fen",
)  # fmt: skip


def as_record(rule: ScoreRule, facts: ScoreFacts, scored: Scored) -> dict[str, Any]:
    """Rule, facts and parts as JSON: everything that it takes to compute the points again."""
    return {
        "rule": {name: getattr(rule, name) for name in _RULE}
        | {"weights": dict(rule.weights), "stars_milli": list(rule.stars_milli)},
        "facts": [
            {name: getattr(one, name) for name in _FACT}
            for one in sorted(facts.projects, key=lambda each: each.number)
        ],
        "complaints": sorted(facts.complaints),
        "accepted": scored.accepted,
        "parts": [
            {
                "id": part.id, "weight": part.weight, "known": part.known, "good": part.good,
                "points_milli": part.points_milli,
            }
            for part in scored.parts
        ],
    }  # fmt: skip


def replay(record: Mapping[str, Any]) -> Scored:
    """Compute the score of a record again, from its rule and facts alone. KeyError for a record
    that is none."""
    kept = record["rule"]
    rule = ScoreRule(
        source=Source(""), in_force=Period(), weights=dict(kept["weights"]),
        stars_milli=tuple(kept["stars_milli"]), **{name: kept[name] for name in _RULE},
    )  # fmt: skip
    projects = tuple(ProjectFact(**{name: one[name] for name in _FACT}) for one in record["facts"])
    return score(rule, ScoreFacts(projects, tuple(record["complaints"])))
