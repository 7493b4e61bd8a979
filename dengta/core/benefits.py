"""Who pays a part of the way: the benefits that a road names, with the policy's numbers of a day,
and which of them one firm may count on.

A benefit may depend on the level that is reached in the end; rates and caps then never fall as the
level rises (`formats_roads` holds the files to that).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dengta.core.money import share
from dengta.core.shapes import (
    FactValue,
    Policy,
    Programme,
    Road,
    RoadBenefit,
    RoadStep,
    RoadTerms,
    Text,
    Value,
)

if TYPE_CHECKING:
    from dengta.core.rules import Rulebook

__all__ = ["Benefit", "Standing", "Terms", "benefits_of", "standings", "terms_of"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is paid from a level on: a share in basis points, together at most `cap_fen`."""

    level: int
    rate_bps: int
    cap_fen: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit as of a day. `used_fen` of its cap is spent already.

    `terms` go up by level, and neither rate nor cap falls. ValueError otherwise.
    """

    id: str
    name: Text
    covers: Literal["cloud", "eligible"]
    terms: tuple[Terms, ...]
    matched: bool = False
    used_fen: int = 0

    def __post_init__(self) -> None:
        for one, other in zip(self.terms, self.terms[1:], strict=False):
            if not rises(one, other):
                raise ValueError(f"{self.id}: level {other.level} pays less than {one.level}")

    def at(self, level: int) -> Terms:
        """The terms for who reaches a level; nothing is paid below the first."""
        held = [terms for terms in self.terms if terms.level <= level]
        return held[-1] if held else Terms(level, 0, 0)

    def left_fen(self, level: int) -> int:
        """What is left of the cap for who reaches a level."""
        return max(0, self.at(level).cap_fen - self.used_fen)

    def share_fen(self, step: RoadStep, level: int) -> int:
        """What it pays of one step when nothing else is paid, cap aside."""
        if not (step.cloud if self.covers == "cloud" else step.eligible):
            return 0
        most = step.price_fen // 2 if self.matched else step.price_fen
        return min(share(step.price_fen, self.at(level).rate_bps), most)


def rises(one: Terms, other: Terms) -> bool:
    """Whether terms are of a higher level than others and pay no less."""
    return (
        one.level < other.level and one.rate_bps <= other.rate_bps and one.cap_fen <= other.cap_fen
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a firm may count on a benefit: `yes`, `no`, or `unknown` until `missing` is known.

    `failed` are the clauses, in words, that do not hold.
    """

    benefit: Benefit
    outcome: Literal["yes", "no", "unknown"]
    failed: tuple[Text, ...]
    missing: tuple[str, ...]


def benefits_of(policy: Policy, road: Road, day: dt.date) -> tuple[Benefit, ...]:
    """Every benefit that a road names, on a day; without those that have no edition or no number
    then."""
    return tuple(benefit for _, benefit in _on(policy, road, day))


def _on(policy: Policy, road: Road, day: dt.date) -> list[tuple[RoadBenefit, Benefit]]:
    found = []
    for named in road.benefits:
        try:
            programme = policy.programme(named.programme, day)
        except KeyError:
            continue
        terms = [terms_of(programme, each, day) for each in named.terms]
        held = tuple(each for each in terms if each is not None)
        if held and len(held) == len(terms):
            benefit = Benefit(named.programme, programme.name, named.covers, held, named.matched)
            found.append((named, benefit))
    return found


def terms_of(programme: Programme, named: RoadTerms, day: dt.date) -> Terms | None:
    """The numbers behind the terms that a road names, on a day; None where one is not in force."""
    values = {value.id: value for value in programme.values if value.in_force.holds(day)}
    rate, cap = _number(values.get(named.rate), named.row), _number(values.get(named.cap), "")
    return None if rate is None or cap is None else Terms(named.level, rate, cap)


def _number(value: Value | None, row: str) -> int | None:
    if value is None:
        return None
    number = value.table.get(row) if value.by else value.amount
    return number if isinstance(number, int) else None


def standings(book: Rulebook, road: Road, facts: Mapping[str, FactValue]) -> tuple[Standing, ...]:
    """For each benefit of a road whether a firm may count on it, and what is left of it.

    Asked are only the clauses that say who the firm is; what it will have done, reached and spent
    is what the road is about. A `used` fact that is not known counts as nothing used.
    """
    from dengta.core.meaning import Meaning  # slow to import, and the planner needs none of it

    found = []
    for named, benefit in _on(book.policy, road, book.as_of):
        (verdict,) = book.decide(facts, named.programme)
        asked = [clause for clause in verdict.clauses if clause.id in named.who]
        nodes = {clause.id: node for clause, node in book.rules[named.programme].clauses}
        meaning = Meaning(verdict.facts)
        failed = tuple(clause.text for clause in asked if clause.outcome == "no")
        unknown = [nodes[clause.id] for clause in asked if clause.outcome == "unknown"]
        missing = dict.fromkeys(fact for node in unknown for fact in meaning.missing(node))
        used = facts.get(named.used)
        found.append(
            Standing(
                replace(benefit, used_fen=used if isinstance(used, int) else 0),
                "no" if failed else "unknown" if unknown else "yes",
                failed,
                () if failed else tuple(missing),
            )
        )
    return tuple(found)
