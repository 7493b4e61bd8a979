"""免申即享: who has a right to a round without asking for it, who is one fact short of it, and how
far those who were listed have come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import polars as pl
from django.db import models

from dengta.accounts.queries import territory
from dengta.core.columns import needed_columns
from dengta.core.population import Population
from dengta.programmes.models import Application, Award, Round
from dengta.programmes.queries.simulation import Firm, Short, everybody, simulate
from dengta.programmes.states import CHECKS
from dengta.registry.queries import policy

WAITING = tuple(CHECKS)
"""States in which what was confirmed waits for an office."""


@dataclass(frozen=True, slots=True)
class Instant:
    """How an instant round stands: `entitled` by the facts of the day, of whom `fresh` are not
    listed yet; what came of those listed; who lacks one thing only, by what it is.

    `ready` wait for the signature with nothing to look into, `exceptions` with something.
    """

    entitled: int
    fresh: int
    amount_fen: int | None
    listed: int
    invited: int
    ready: int
    exceptions: int
    passed: int
    ended: int
    short: tuple[Short, ...]
    chosen: str = ""
    firms: tuple[Firm, ...] = ()


def entitled(round: Round, day: dt.date) -> list[int]:
    """Ids of the organisations whose facts say yes on a day, by the set engine; without those that
    have had what is given only once. Seconds over the whole registry."""
    rule = round.rule
    population = Population(policy(), day, [rule.programme])
    rows = everybody(day).frame(needed_columns(population.rules[rule.programme].nodes))
    inside = pl.col("region_code").cast(pl.String).str.starts_with(territory(round.region_code))
    rows = rows.filter(inside & (pl.col("kind") == rule.applicant))
    decided = population.decide(rows.drop("uscc", strict=False), reasons=False).collect()
    fits = decided[f"{rule.programme}__eligible"].fill_null(value=False)
    had = set(_had(round).values_list("organisation", flat=True))
    return [pk for pk in rows.filter(fits)["organisation"].to_list() if pk not in had]


def _had(round: Round) -> models.QuerySet[Award]:
    """The awards that stand against another one, as the selection says how often it is given."""
    had = Award.objects.filter(programme=round.rule.programme).exclude(organisation=None)
    once = round.rule.once
    if once == "ever":
        return had
    if once == "year":
        return had.filter(application__round__year=round.year)
    return had.filter(application__round=round)


def listed(round: Round) -> models.QuerySet[Application]:
    """Everybody on the list of an instant round, what waits for the signature first."""
    order = models.Case(
        models.When(state__in=WAITING, then=0), models.When(state="invited", then=1), default=2
    )
    rows = round.applications.select_related("round", "organisation")
    return rows.order_by(order, "-exceptions", "id")


def to_sign(round: Round) -> models.QuerySet[Application]:
    """What was confirmed and waits for the province's signature."""
    return listed(round).filter(state="formal_check")


def instant_of(round: Round, day: dt.date, chosen: str = "") -> Instant:
    """How an instant round stands on a day; `chosen` names the first of those that lack one thing
    (`fact:<id>` or `clause:<id>`). Reads everybody's facts, which are kept."""
    trial = simulate(round.rule, day, round.region_code, listing=chosen)
    right = entitled(round, day)
    known = set(round.applications.values_list("organisation", flat=True))
    states = Counter(dict(round.applications.values_list("state").annotate(n=models.Count("id"))))
    waiting = round.applications.filter(state__in=WAITING)
    ready = waiting.filter(state="formal_check", exceptions=0).count()
    unsure = waiting.filter(exceptions__gt=0).count()
    ended = sum(states[state.id] for state in Application.flow.states if state.final)
    total = sum(states.values())
    awarded = states["awarded"]
    on_the_way = total - states["draft"] - states["invited"] - waiting.count() - ended
    return Instant(
        entitled=len(right),
        fresh=len(set(right) - known),
        amount_fen=trial.amount_fen,
        listed=total,
        invited=states["invited"],
        ready=ready,
        exceptions=unsure,
        passed=on_the_way + awarded,
        ended=ended - awarded,
        short=trial.short,
        chosen=trial.listing,
        firms=trial.listed,
    )


__all__ = ["Instant", "entitled", "instant_of", "listed", "to_sign"]
