"""转型路线 of one firm: what is open to it, what each level costs, who pays a part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of, scorer
from dengta.core.benefits import Standing, standings
from dengta.core.roadmap import Planner, Way
from dengta.core.shapes import FactValue, Road
from dengta.funding.queries import facts_of
from dengta.registry.queries import policy, rulebook


@dataclass(frozen=True, slots=True)
class Outlook:
    """The cheapest way to each level from where a firm stands, and what it rests on."""

    level: int
    ways: tuple[Way, ...]
    road: Road
    standings: tuple[Standing, ...]
    planner: Planner

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


def outlook(
    assessment: Assessment, day: dt.date, facts: Mapping[str, FactValue] | None = None
) -> Outlook | None:
    """A firm's roadmap on a day; None where the policy prices no steps for the instrument.

    `facts` are what is known of the firm, looked up when not given.
    """
    road = policy().roads.get(assessment.instrument)
    if road is None:
        return None
    known = facts_of(assessment.organisation, day) if facts is None else facts
    held = standings(rulebook(day.toordinal()), road, known)
    planner = Planner(scorer(assessment.instrument), road)
    answers = answers_of(assessment)
    ways = planner.ways(answers, [each.benefit for each in held if each.outcome == "yes"])
    return Outlook(planner.scorer.score(answers).reached, ways, road, held, planner)
