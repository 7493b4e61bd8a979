"""What a list is made of: who may stand on it, in which order, and what it has to keep.

Everything here is read; `actions.listing` stores what comes of it. Names of applicants stay out of
the record that is published: an application goes by its number, its applicant by the number of
their first application.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.db import models
from django.utils import timezone

from dengta.core.allocation import Candidate, Limits, Place, allocate, limits_of
from dengta.core.allocation_record import read, record
from dengta.core.draws import ticket_of
from dengta.core.records import as_text
from dengta.core.rules import read_facts
from dengta.core.selection import Quota, Selection
from dengta.core.shapes import FactValue, Text
from dengta.programmes.models import Application, Award, Publication, Round
from dengta.programmes.states import PUBLIC_STATES
from dengta.registry.queries import division_of, industry_name, policy, region_name, rulebook

UNFINISHED = (
    "county_check", "city_recommend", "formal_check", "returned", "supplement", "panel",
    "site_visit",
)  # fmt: skip
"""States in which an application still has something before it that decides about it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A list before it is made. `barred` says of whom nothing more can be given, and why."""

    candidates: tuple[Candidate, ...]
    limits: Limits
    barred: Mapping[int, Text]
    applications: Mapping[str, Application]
    """Who stands for it, by number."""


def draft_of(round: Round) -> Draft:
    """The list of a round as it would be made now. A constant number of queries."""
    rows = round.applications.filter(state="ranked").order_by("id")
    barred = barred_from(round, rows)
    standing = [row for row in rows if row.pk not in barred]
    alias: dict[str, str] = {}
    for row in standing:
        alias.setdefault(row.applicant_code, row.number)
    rule, lots = round.rule, _Lots(round)
    candidates = tuple(
        candidate(rule, row, lot=lots.of(row), applicant=alias[row.applicant_code])
        for row in standing
    )
    limits = limits_of(rule, places_left(round), round.budget_fen, _names(rule, candidates))
    quotas = tuple(_hidden(quota, alias) for quota in limits.quotas)
    if rule.once and not any(q.by == "applicant" and q.limit <= 1 for q in quotas):
        quotas = (*quotas, Quota("applicant", 1, "award"))
    return Draft(
        candidates, replace(limits, quotas=quotas), barred, {row.number: row for row in standing}
    )


def _hidden(quota: Quota, alias: Mapping[str, str]) -> Quota:
    """A quota with applicants called as the record calls them."""
    if quota.by != "applicant":
        return quota
    return replace(
        quota, table={alias[code]: most for code, most in quota.table.items() if code in alias}
    )


def candidate(rule: Selection, row: Application, *, lot: str, applicant: str) -> Candidate:
    """One application as the core ranks it; without a panel the lot alone decides."""
    panel = "panel" in rule.steps
    score = Fraction(row.score) if panel and row.score else Fraction(0)
    ties = sorted((one for one in rule.criteria if one.tie), key=lambda one: one.tie)
    return Candidate(
        id=row.number,
        score=score,
        city=division_of(row.region_code),
        industry=row.sector,
        applicant=applicant,
        base_fen=reward_of(row, rule),
        ties=tuple(Fraction(str(row.marks.get(one.id, 0))) for one in ties) if panel else (),
        lot=lot,
        passed=not panel or score >= rule.panel.passing,
    )


def reward_of(application: Application, rule: Selection) -> int:
    """What the programme gives an application, in 分: as decided when it was handed in; where that
    is not kept, decided again from the facts kept."""
    kept = application.verdict.get("amount_fen")
    if isinstance(kept, int):
        return kept
    day = timezone.localdate(application.submitted_at or application.created_at)
    book = rulebook(day.toordinal())
    if rule.programme not in book.rules:
        return 0
    facts: Mapping[str, FactValue] = read_facts(policy(), application.verdict.get("facts", {}))
    (verdict,) = book.decide(facts, rule.programme)
    return verdict.amount_fen or 0


class _Lots:
    """What decides between equals: tickets from the seed of the round's draw of experts, published
    before anybody was scored. A round without a panel goes by the fingerprint of the policy at its
    publication, which was fixed before anybody applied."""

    def __init__(self, round: Round) -> None:
        drawn = round.draws.filter(state="drawn").order_by("-id").first()
        if drawn is not None:
            self.seed = drawn.seed
            self.digest = str(drawn.announcement.get("population_digest", ""))
            self.public = str(drawn.record.get("public", ""))
        else:
            self.seed, self.public = round.policy_digest, ""
            self.digest = hashlib.sha256(round.number.encode()).hexdigest()

    def of(self, application: Application) -> str:
        """The ticket of one application; the lowest comes first."""
        return ticket_of(self.seed, self.digest, application.number, self.public)


def _names(rule: Selection, candidates: Sequence[Candidate]) -> dict[str, Text]:
    """What cities and industries are called in reasons."""
    cities = {one.city for one in candidates}
    sectors = {one.industry for one in candidates}
    for floor in rule.floors:
        (cities if floor.by == "city" else sectors).update(floor.values)
    chosen = next((each.values for each in rule.fields if each.id == rule.sector), None)
    named = {code: region_name(code) for code in cities if code}
    for sector in filter(None, sectors):
        if chosen is not None:
            named[sector] = chosen.get(sector, Text(sector, sector))
        else:
            named[sector] = industry_name(sector)
    return named


def places_left(round: Round) -> int | None:
    """How many a round may still give: its own places, and what the year's quota of the programme
    leaves beside other rounds. None without a limit."""
    rule = round.rule
    day = timezone.localdate(round.opens_at)
    programme = next((p for p in policy().in_force(day) if p.id == rule.programme), None)
    yearly = programme.quota_per_year if programme else None
    if yearly is None:
        return round.places
    same = [each.id for each in policy().selections if each.programme == rule.programme]
    taken = Application.objects.filter(
        round__selection__in=same, round__year=round.year, state__in=PUBLIC_STATES
    ).exclude(round=round)
    left = max(yearly - taken.count(), 0)
    return left if round.places is None else min(left, round.places)


def once_key(round: Round, applicant_code: str) -> str | None:
    """Under what an award is registered so that it is given once; None where nothing forbids a
    second."""
    rule = round.rule
    ends = {"ever": "", "year": f"/{round.year}", "round": f"/{round.number}"}
    return f"{rule.programme}/{applicant_code}{ends[rule.once]}" if rule.once else None


def barred_from(round: Round, rows: models.QuerySet[Application]) -> dict[int, Text]:
    """Who of a round's applications cannot be given anything any more: it was given already and is
    given once only, or they hold an award that excludes it. Two queries beside the rows."""
    rule, found = round.rule, dict[int, Text]()
    if not (rule.once or rule.excludes):
        return found
    codes = rows.order_by().values("applicant_code")
    theirs = Award.objects.filter(application__applicant_code__in=codes).select_related(
        "application"
    )
    had = {one.once_key: one for one in theirs.filter(programme=rule.programme)}
    others = theirs.filter(programme__in=rule.excludes).exclude(state="revoked")
    held = {one.application.applicant_code: one for one in others}
    for row in rows:
        once = had.get(once_key(round, row.applicant_code)) if rule.once else None
        if once is not None:
            found[row.pk] = already_given(once)
        elif row.applicant_code in held:
            other = held[row.applicant_code]
            found[row.pk] = Text(
                f"已按{other.document_number}获得同类支持（{other.number}），两者不能同时享受",
                f"already supported under {other.document_number} ({other.number}), which excludes"
                " this",
            )
    return found


def already_given(award: Award) -> Text:
    """Why nothing is given a second time."""
    return Text(
        f"已由{award.document_number}认定（{award.number}），按规定只给一次",
        f"given already by {award.document_number} ({award.number}); it is given once only",
    )


def list_record(round: Round) -> Publication | None:
    """The record that the round's list stands on; None before it is made."""
    kept = round.publications.filter(kind=Publication.Kind.ALLOCATION)
    return kept.order_by("-at", "-id").first()


IN_PLAY = (*PUBLIC_STATES, "reserve")
"""Who has a place, or waits for one."""


def next_in_line(round: Round) -> tuple[Place | None, str]:
    """Who moves up from the reserve, by the round's own rules, and the record that shows it; None
    while no place is free. AllocationError where those who stay break a limit."""
    kept = list_record(round)
    if kept is None:
        return None, ""
    document = json.loads(kept.text)
    candidates, limits, _ = read(document)
    rows = {row.number: row for row in round.applications.filter(state__in=IN_PLAY)}
    barred = barred_from(round, round.applications.filter(state="reserve"))
    holding = frozenset(number for number, row in rows.items() if row.state != "reserve")
    standing = [one for one in candidates if one.id in rows and rows[one.id].pk not in barred]
    made = allocate(standing, limits, holding)
    texts = {key: str(document[key]) for key in ("title", "selection", "policy_digest")}
    text = as_text(record(standing, limits, made, kept=holding, **texts))
    new = [place for place in made.places if place.outcome == "award" and place.id not in holding]
    return (new[0] if new else None), text
