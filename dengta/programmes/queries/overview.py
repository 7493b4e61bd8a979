"""Rounds at a glance: which run, how far their applications have come, can a firm apply."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.rules import Verdict
from dengta.programmes.models import Application, QuotaCount, Round
from dengta.programmes.queries import facts_of, in_territory, queues, rounds
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook

STANDINGS: Mapping[str, tuple[str, ...]] = {
    "open": ("open",),
    "running": ("closed", "review", "listed", "publicity"),
    "ended": ("awarded", "terminated"),
}
"""How the public looks for rounds: those that take applications, are being decided, are over."""


def standing(which: str) -> models.QuerySet[Round]:
    """The published rounds of one standing; all of them for any other word, the open ones first,
    then the newest."""
    found = rounds()
    if which in STANDINGS:
        return found.filter(state__in=STANDINGS[which])
    first = models.Case(models.When(state__in=STANDINGS["open"], then=0), default=1)
    return found.order_by(first, "-id")


def counts_of(found: Sequence[Round], actor: Actor) -> dict[int, Counter[str]]:
    """By round, how many applications of the actor's territory stand in each state; one query.

    What is not handed in yet is the applicant's own affair and is not counted.
    """
    counts: dict[int, Counter[str]] = {round.pk: Counter() for round in found}
    rows = (
        Application.objects.filter(
            round__in=counts, region_code__startswith=territory(actor.region)
        )
        .exclude(submitted_at=None)
        .values_list("round", "state")
        .annotate(n=models.Count("id"))
        .order_by()
    )
    for round, state, n in rows:
        counts[round][state] += n
    return counts


def quotas_for(round: Round, actor: Actor) -> list[QuotaCount]:
    """The live quotas that an office can use: a city sees its own and those of the whole. What each
    applicant may hand in is the applicant's affair, and as many rows as there are applicants."""
    rows = round.quotas.exclude(by="applicant").order_by("by", "value")
    if actor.role == "province":
        return list(rows)
    division = territory(actor.region)[:4].ljust(6, "0")
    own = models.Q(by="city", value__in=(actor.region, division))
    return list(rows.filter(own | models.Q(by="round")))


def fit(round: Round, organisation: Organisation, day: dt.date) -> Verdict | None:
    """What the round's programme says of an organisation as it is known today; None when no edition
    of the programme is in force."""
    rules = rulebook(day.toordinal())
    programme = round.rule.programme
    if programme not in rules.rules:
        return None
    return rules.decide(facts_of(organisation, day), programme)[0]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list of a round's applications is narrowed to; an empty word narrows nothing. `mine`
    leaves what waits for this office, `odd` what the machine marked."""

    state: str = ""
    region: str = ""
    words: str = ""
    mine: str = ""
    odd: str = ""


def handed_in(round: Round, actor: Actor, asked: Narrowing) -> models.QuerySet[Application]:
    """The applications of a round that were handed in from the actor's territory, in the order in
    which they came."""
    rows = queues.queue(actor) if asked.mine else in_territory(actor)
    rows = rows.filter(round=round).order_by("submitted_at", "id")
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.region:
        rows = rows.filter(region_code__startswith=territory(asked.region))
    if asked.odd:
        rows = rows.filter(exceptions__gt=0)
    if asked.words:
        named = models.Q(applicant_name__contains=asked.words)
        coded = models.Q(applicant_code=asked.words) | models.Q(title__contains=asked.words)
        rows = rows.filter(named | coded)
    return rows


def carriable(application: Application) -> Application | None:
    """The applicant's latest application for the same programme in another round, whose entries a
    draft can take over; None when there is none, or the draft has entries of its own already."""
    if application.submitted_at is not None or application.entries.exists():
        return None
    programme = application.round.rule.programme
    alike = [each.id for each in policy().selections if each.programme == programme]
    earlier = Application.objects.filter(
        applicant_code=application.applicant_code, round__selection__in=alike
    )
    other = earlier.exclude(round=application.round_id).select_related("round")
    return other.filter(entries__isnull=False).order_by("-id").first()
