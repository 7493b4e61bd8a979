"""What public money a firm may count on for an offer: an estimate by the benefits of the road,
exact to the 分, each cost put to at most one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dengta.assessment import facts as assessment_facts
from dengta.core.benefits import Benefit, standings
from dengta.core.paying import Payers
from dengta.core.shapes import FactValue, RoadStep, Text
from dengta.matching.queries.terms import instrument_id
from dengta.registry import facts as registry_facts
from dengta.registry.models import Organisation as Organisation
from dengta.registry.queries import policy, rulebook

Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Outside:
    """What only upper floors know: the firm's facts with the money it was given, how many similar
    firms accepted a provider's projects, and each provider's score in basis points."""

    facts: Facts | None = None
    accepted: Mapping[int, int] = field(default_factory=dict)
    scores: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """One item of an offer as public money sees it. In 分."""

    cost_class: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What one benefit is estimated to pay. In 分."""

    id: str
    name: Text
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Purse:
    """The benefits that one firm may count on, and those that a few more facts would decide."""

    benefits: tuple[Benefit, ...] = ()
    open: tuple[Text, ...] = ()
    cloud: tuple[str, ...] = ()
    unpaid: tuple[str, ...] = ()

    def pays(self, costs: Sequence[Cost], level: int, discount_fen: int = 0) -> tuple[Paid, ...]:
        """What each benefit pays of some costs for who reaches a level; the discount is taken off
        of every cost alike, since public money follows what is paid."""
        total = sum(cost.amount_fen for cost in costs)
        steps = [self._step(cost, total, discount_fen) for cost in costs]
        left = tuple(benefit.left_fen(level) for benefit in self.benefits)
        shares = [
            tuple(
                benefit.share_fen(step, level) if most else 0
                for benefit, most in zip(self.benefits, left, strict=True)
            )
            for step in steps
        ]
        sums = [0] * len(left)
        for cost, payer in Payers(shares, left).most(range(len(steps))).by.items():
            sums[payer] += shares[cost][payer]
        return tuple(
            Paid(benefit.id, benefit.name, min(amount, most))
            for benefit, amount, most in zip(self.benefits, sums, left, strict=True)
            if amount and most
        )

    def _step(self, cost: Cost, total: int, discount: int) -> RoadStep:
        price = cost.amount_fen - (cost.amount_fen * discount // total if total else 0)
        return RoadStep(
            "", 0, price, 0,
            cloud=cost.cost_class in self.cloud, eligible=cost.cost_class not in self.unpaid,
        )  # fmt: skip


def known_facts(organisation: Organisation, day: dt.date) -> dict[str, FactValue]:
    """What this floor knows of a firm."""
    return registry_facts.facts_of(organisation, day) | assessment_facts.facts_of(organisation, day)


def purse_of(organisation: Organisation, day: dt.date, facts: Facts | None = None) -> Purse:
    """The benefits that a firm may count on, by facts from above or those known here."""
    road = policy().roads.get(instrument_id(day))
    if road is None:
        return Purse()
    known = known_facts(organisation, day) if facts is None else facts
    held = standings(rulebook(day.toordinal()), road, known)
    return Purse(
        tuple(each.benefit for each in held if each.outcome == "yes"),
        tuple(each.benefit.name for each in held if each.outcome == "unknown"),
        policy().practised_words("match_cloud_costs", day),
        policy().practised_words("match_unpaid_costs", day),
    )
