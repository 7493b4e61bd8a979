"""Shared reads of transformation projects: who sees which, by which rule, what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.projects import ProjectRule
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.core.wording import said_day
from dengta.matching.models import Quote
from dengta.projects.models import (
    DEAD_PROJECT,
    Acceptance,
    Change,
    ContractLine,
    Party,
    Proof,
    SupervisionEntry,
)
from dengta.projects.models import Project as Project
from dengta.projects.queries.costs import LEVEL, Item, ThreeWay, three_way
from dengta.registry.facts import facts_of
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook
from dengta.trail.actions import StepRefused

WRITABLE = ("draft", "returned")
RUNNING = ("under_way", "finished", "in_acceptance", "accepted")


def rule_for(programme: str, day: dt.date) -> ProjectRule:
    """The rule of a programme's projects on a day. StepRefused where it has none."""
    try:
        return policy().project_rule(programme, day)
    except KeyError as gone:
        raise StepRefused(
            Text(
                f"“{programme[:60]}”在 {said_day(day).zh} 没有改造项目的办理规则，不能备案。"
                "请从列表中选择事项。",
                f"“{programme[:60]}” has no rule for projects on {said_day(day).en}. Choose"
                " one of the list.",
            )
        ) from gone


def rule_of(project: Project, day: dt.date | None = None) -> ProjectRule:
    """The rule that a project goes by: of the day it was filed, while a draft of the day asked."""
    filed = project.filed_at
    asked = timezone.localdate(filed) if filed else day or timezone.localdate()
    return rule_for(project.programme, asked)


def scheme_of(project: Project) -> Scheme | None:
    """The edition of the scheme that would pay; None where nothing pays."""
    for scheme in policy().schemes:
        if scheme.edition == project.scheme:
            return scheme
    return None


def scheme_by(edition: str) -> Scheme | None:
    """A scheme by its edition; None where there is none."""
    return next((one for one in policy().schemes if one.edition == edition), None)


def choosable(organisation: Organisation, day: dt.date) -> list[ProjectRule]:
    """The rules that a firm may file under on a day, those that fit and pay first."""
    facts = facts_of(organisation, day)
    book = rulebook(day.toordinal())
    names = {one.id for one in policy().in_force(day)}

    def rank(rule: ProjectRule) -> tuple[int, bool, str]:
        failed = 0
        if rule.programme in names:
            (verdict,) = book.decide(facts, rule.programme)
            failed = sum(clause.outcome == "no" for clause in verdict.clauses)
        return failed, not rule.scheme, rule.id

    return sorted((rule for rule in policy().projects if rule.in_force.holds(day)), key=rank)


# ---------------------------------------------------------------- who sees which


def seen(actor: Actor) -> models.QuerySet[Project]:
    """The projects that somebody may see: their firm's own; those they deliver, supervise or take
    part in once filed; those of an official's territory once filed."""
    rows = Project.objects.select_related("organisation", "provider", "supervisor")
    if actor.official:
        territorial = rows.filter(region_code__startswith=territory(actor.region))
        return territorial.exclude(filed_at=None)
    if not actor.organisation_id:
        return rows.none()
    if actor.role == "enterprise":
        return rows.filter(organisation=actor.organisation_id)
    if actor.role == "provider":
        mine = models.Q(provider=actor.organisation_id) | models.Q(supervisor=actor.organisation_id)
        part = models.Exists(
            Project.objects.filter(
                pk=models.OuterRef("pk"), parties__organisation=actor.organisation_id
            )
        )
        return rows.filter(mine | part).exclude(filed_at=None)
    return rows.none()


def of(actor: Actor) -> models.QuerySet[Project]:
    """The actor's projects, newest first."""
    return seen(actor).order_by("-id")


def visible(actor: Actor, pk: int) -> Project:
    """One project. Project.DoesNotExist for somebody who may not see it."""
    return seen(actor).select_related("contract", "quote").get(pk=pk)


def supervises(project: Project, actor: Actor) -> bool:
    """Whether the actor acts for the project's supervisor."""
    mine = actor.organisation_id
    return actor.role == "provider" and bool(mine) and project.supervisor_id == mine


PARTIES_CHANGE = ("draft", "returned", "under_way")
"""The states in which parties may join and leave."""
_DELIVER = ("subcontractor", "cloud_vendor", "platform")
_HELP = ("general_contractor", "consultant", "law_firm")


def party_roles(project: Project, actor: Actor) -> tuple[str, ...]:
    """The roles in which somebody names parties of a project: the provider those that deliver with
    it, the firm those and whoever helps it; the supervisor is named at filing. Empty for others."""
    mine = actor.organisation_id
    if actor.role == "enterprise" and mine == project.organisation_id:
        return (*_DELIVER, *_HELP)
    return _DELIVER if actor.role == "provider" and mine == project.provider_id else ()


def party_name(role: str) -> str:
    """A role of a party, in words."""
    return str(Party.Role(role).label)


def log_kinds() -> list[tuple[str, str]]:
    """The stages of supervision, with their names."""
    return [(value, str(label)) for value, label in SupervisionEntry.Kind.choices]


def takes_log(project: Project) -> bool:
    """Whether the supervisor may write entries now."""
    return project.state in ("under_way", "finished")


def waiting(actor: Actor) -> models.QuerySet[Project]:
    """What waits for this office, the oldest first: filings, changes agreed to, acceptances."""
    county = models.Q(state="county_check")
    changed = models.Exists(Change.objects.filter(project=models.OuterRef("pk"), state="agreed"))
    live = Acceptance.objects.filter(project=models.OuterRef("pk"))
    at_county = models.Exists(live.filter(state__in=("county_check", "on_site")))
    at_city = models.Exists(live.filter(state__in=("visited", "publicity")))
    rows = seen(actor).order_by("state_since", "id")
    if actor.role == "county":
        return rows.filter(county | models.Q(changed) | models.Q(at_county))
    if actor.role == "city":
        own = models.Q(region_code=actor.region)
        return rows.filter(
            models.Q(at_city) | (own & (county | models.Q(changed) | models.Q(at_county)))
        )
    return rows.none()


def payable(day: dt.date, region: str = "") -> models.QuerySet[Project]:
    """Projects accepted by a day whose scheme pays; funding leaves out those that were claimed."""
    rows = Project.objects.filter(state="accepted", accepted_date__lte=day).exclude(scheme="")
    rows = rows.filter(region_code__startswith=territory(region)) if region else rows
    return rows.select_related("organisation", "provider").order_by("accepted_date", "id")


def unfiled_quotes(actor: Actor) -> models.QuerySet[Quote]:
    """Quotes that the actor's firm chose and has not made into a project yet."""
    taken = Project.objects.exclude(state__in=DEAD_PROJECT).exclude(quote=None).values("quote")
    rows = Quote.objects.filter(need__organisation=actor.organisation_id, state="chosen")
    return rows.exclude(pk__in=taken).select_related("provider", "need").order_by("-id")


# ---------------------------------------------------------------- money


def items_of(lines: list[ContractLine]) -> list[Item]:
    """Lines as the calculation reads them."""
    return [Item(line.cost_class, line.amount_fen) for line in lines]


def share_facts(
    organisation: Organisation, goal_level: int | None, day: dt.date
) -> Mapping[str, FactValue]:
    """The facts that an estimate goes by: the registry's, with the level that is aimed at."""
    return facts_of(organisation, day) | {LEVEL: goal_level}


def shared_price(project: Project, lines: list[ContractLine], day: dt.date) -> ThreeWay:
    """The three-way split of a project as it stands."""
    facts = share_facts(project.organisation, project.goal_level, day)
    return three_way(scheme_of(project), items_of(lines), project.discount_fen, facts)


def proofs_of(project: Project) -> models.QuerySet[Proof]:
    """What lies beside a project and was not taken away, oldest first."""
    return project.proofs.filter(removed_at=None).select_related("document").order_by("id")


def listed(actor: Actor, *, state: str = "", words: str = "") -> models.QuerySet[Project]:
    """Every project that somebody sees, newest first, by state and by name, title or number."""
    rows = of(actor)
    if state:
        rows = rows.filter(state=state)
    if words:
        found = models.Q(organisation__name__contains=words) | models.Q(title__contains=words)
        found |= models.Q(provider__name__contains=words)
        found |= models.Q(contract_number__contains=words.upper())
        rows = rows.filter(found)
    return rows


def with_steps(rows: models.QuerySet[Project]) -> models.QuerySet[Project]:
    """Projects with their milestones and acceptances read along: the same few queries for any
    number."""
    return rows.prefetch_related("milestones", "acceptances")
