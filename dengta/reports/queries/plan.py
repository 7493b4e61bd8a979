"""转型路线 of one firm: what is open to it, what each level costs, who pays a part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dengta.assessment.models import Assessment
from dengta.assessment.queries import scorer
from dengta.core.answers import Answer
from dengta.core.benefits import Benefit, Standing, standings
from dengta.core.roadmap import Plan, Planner, Point, Way
from dengta.core.shapes import FactValue, Road, Text
from dengta.funding.queries.vouchers import facts_of
from dengta.registry.queries import policy, rulebook
from dengta.reports.queries.standing import standing_answers

Answers = tuple[tuple[str, Answer], ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """What one benefit pays of a plan, in 分."""

    id: str
    name: Text
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The cheapest way to each level from where a firm stands, and what it rests on."""

    level: int
    ways: tuple[Way, ...]
    road: Road
    standings: tuple[Standing, ...]
    planner: Planner
    answers: Answers
    benefits: tuple[Benefit, ...]

    @property
    def ahead(self) -> tuple[Way, ...]:
        """The ways to levels that the firm has not reached."""
        return tuple(way for way in self.ways if way.level > self.level)

    @property
    def next(self) -> Way | None:
        """The way to the next level; None at the top."""
        return self.ahead[0] if self.ahead else None

    def within(self, target: int, budget_fen: int | None) -> Way | None:
        """The best way to at most `target` for at most `budget_fen` of the firm's own money."""
        return self.planner.within(self.ways, target, budget_fen)

    def frontier(self) -> tuple[Point, ...]:
        """What more and more of the firm's own money reaches, at its best."""
        return _frontier(policy().digest, self.road.instrument, self.answers, self.benefits)

    def payers(self, plan: Plan) -> tuple[Payer, ...]:
        """Who else pays a plan, in the order of the policy."""
        names = {standing.benefit.id: standing.benefit.name for standing in self.standings}
        return tuple(
            Payer(id, name, plan.paid[id]) for id, name in names.items() if id in plan.paid
        )


@lru_cache(maxsize=64)
def _planner(digest: str, instrument: str) -> Planner:
    return Planner(scorer(instrument), policy().roads[instrument])


# Answers that are submitted stay as they are, so what was found for them stays true; a slider that
# is moved asks the same again and again.
@lru_cache(maxsize=256)
def _ways(
    digest: str, instrument: str, answers: Answers, benefits: tuple[Benefit, ...]
) -> tuple[Way, ...]:
    return _planner(digest, instrument).ways(dict(answers), benefits)


@lru_cache(maxsize=256)
def _frontier(
    digest: str, instrument: str, answers: Answers, benefits: tuple[Benefit, ...]
) -> tuple[Point, ...]:
    return _planner(digest, instrument).frontier(dict(answers), benefits)


def outlook(
    assessment: Assessment,
    day: dt.date,
    facts: Mapping[str, FactValue] | None = None,
    answers: Mapping[str, Answer] | None = None,
) -> Outlook | None:
    """A firm's roadmap on a day; None where the policy prices no steps for the instrument.

    `facts` are what is known of the firm, `answers` those that count; looked up when not given.
    """
    road = policy().roads.get(assessment.instrument)
    if road is None:
        return None
    known = facts_of(assessment.organisation, day) if facts is None else facts
    held = standings(rulebook(day.toordinal()), road, known)
    given = tuple(sorted((standing_answers(assessment) if answers is None else answers).items()))
    benefits = tuple(each.benefit for each in held if each.outcome == "yes")
    digest = policy().digest
    planner = _planner(digest, road.instrument)
    ways = _ways(digest, road.instrument, given, benefits)
    level = planner.scorer.score(dict(given)).reached
    return Outlook(level, ways, road, held, planner, given, benefits)
