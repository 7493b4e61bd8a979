"""Claims as the desks need them: what may be claimed, what is still asked, what waits, and what a
claim leads back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.rules import Verdict
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue
from dengta.funding.models import Claim, ClaimPaper, CostLine, Filing, Hit
from dengta.funding.queries.budgets import scheme_of, schemes_on
from dengta.funding.queries.claims import CHECKING, DECIDES, seen
from dengta.funding.queries.claims_amounts import (
    LEVEL,
    ON_SITE,
    SPEND,
    Calculated,
    calculate,
    facts_for,
    known_facts,
    verdict_for,
)
from dengta.registry.queries import policy
from dengta.trail.models import Document

DERIVED = (*SPEND, LEVEL, ON_SITE, "project_accepted")
"""Facts that a claim answers by itself, or that nobody may state."""


def today() -> dt.date:
    """The day it is here."""
    return timezone.localdate()


def claimable_schemes(day: dt.date) -> list[Scheme]:
    """The schemes that a firm may begin a claim for."""
    return [one for one in schemes_on(day) if one.kind == "subsidy" and not one.sample]


def own(actor: Actor) -> models.QuerySet[Claim]:
    """The claims of the actor's firm and those that are paid to it, newest first."""
    return seen(actor).order_by("-id")


def taken(actor: Actor) -> models.QuerySet[Claim]:
    """The claims on vouchers that a supplier took for its bills, newest first."""
    return own(actor).exclude(voucher=None)


def ready_rewards(actor: Actor) -> list[Claim]:
    """Rewards of the actor's firm that only wait for its account."""
    rows = own(actor).filter(state__in=("draft", "returned")).exclude(award=None)
    return list(rows.select_related("award"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a draft would come to today, what its rule says, and which facts the firm may state."""

    sum: Calculated
    verdict: Verdict
    asked: tuple[str, ...]
    facts: Mapping[str, FactValue]


def estimate(claim: Claim, lines: list[CostLine], day: dt.date) -> Estimate:
    """The live estimate of a draft; writes nothing."""
    scheme = scheme_of(claim.scheme)
    first = calculate(claim, lines, {}, day)
    facts = facts_for(claim, day, first.counted_fen)
    verdict = verdict_for(claim, day, facts)
    known = known_facts(claim.organisation, scheme, day)
    names = dict.fromkeys(name for clause in verdict.clauses for name in clause.seen)
    for table in (scheme.rate, scheme.cap, scheme.fixed):
        if table is not None and table.by:
            names.setdefault(table.by)
    asked = tuple(
        name
        for name in names
        if name in policy().facts and name not in DERIVED and known.get(name) is None
    )
    return Estimate(calculate(claim, lines, facts, day), verdict, asked, facts)


def waiting(actor: Actor) -> models.QuerySet[Claim]:
    """What waits for this office, the oldest first."""
    rows = seen(actor).order_by("submitted_at", "id")
    if actor.role == "county":
        return rows.filter(state="county_check")
    if actor.role == "province":
        return rows.filter(state="province_review")
    own_too = models.Q(state="county_check", organisation__region_code=actor.region)
    return rows.filter(models.Q(state="city_review") | own_too)


def listed(actor: Actor, *, state: str = "", words: str = "") -> models.QuerySet[Claim]:
    """Every submitted claim of the territory, newest first, by state and name."""
    rows = seen(actor).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(
            models.Q(organisation__name__contains=words) | models.Q(title__contains=words)
        )
    return rows


def step_at_once(actor: Actor, claim: Claim) -> str:
    """The step that sends a claim on without more ado; empty where there is none."""
    scheme = scheme_of(claim.scheme)
    if claim.state not in CHECKING:
        return ""
    if claim.state == DECIDES[scheme.deciding]:
        return "approve"
    return "pass" if claim.state == "county_check" else "forward"


def without_exceptions(actor: Actor, most: int) -> list[tuple[int, str]]:
    """Ids of what waits for this office and shows no exception, each with its step."""
    rows = waiting(actor).filter(exceptions=0)[:most]
    return [(claim.pk, step_at_once(actor, claim)) for claim in rows]


def hits_of(claim: Claim) -> list[Hit]:
    """Every hit on a claim, the open ones first."""
    filings = Filing.objects.filter(flow=Claim.flow.id, thing_id=claim.pk)
    rows = Hit.objects.filter(models.Q(filing__in=filings) | models.Q(other__in=filings))
    whole = rows.exclude(state="gone").select_related("filing__organisation", "other__organisation")
    return sorted(whole, key=lambda hit: (hit.state != "open", -hit.amount_fen))


def document_for(actor: Actor, pk: int) -> Document | None:
    """A paper of a claim that somebody may see."""
    papers = ClaimPaper.objects.filter(claim__in=seen(actor).values("pk"), document=pk)
    found = papers.select_related("document").first()
    return found.document if found else None
