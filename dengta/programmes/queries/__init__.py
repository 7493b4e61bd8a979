"""Shared reads of selections: rounds, who may see what, what is known of an applicant."""

from __future__ import annotations

import datetime as dt

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.assessment import facts as assessment_facts
from dengta.core.flow import Step
from dengta.core.shapes import FactValue
from dengta.programmes.models import Application as Application
from dengta.programmes.models import QuotaCount
from dengta.programmes.models import Round as Round
from dengta.programmes.states import OPEN_STATES
from dengta.registry import facts as registry_facts
from dengta.registry.models import Organisation
from dengta.trail.actions import allowed_steps

PUBLISHED = ("open", "closed", "review", "listed", "publicity", "awarded", "terminated")


def facts_of(organisation: Organisation, day: dt.date) -> dict[str, FactValue]:
    """What is known of an organisation on this floor: the registry's facts, then assessment's."""
    return registry_facts.facts_of(organisation, day) | assessment_facts.facts_of(organisation, day)


def rounds() -> models.QuerySet[Round]:
    """Every round whose notice is published, newest first."""
    return Round.objects.filter(state__in=PUBLISHED).order_by("-id")


def rounds_of(actor: Actor) -> models.QuerySet[Round]:
    """The rounds an actor may see: an office sees its own drafts too."""
    if not actor.official:
        return rounds()
    own = models.Q(state="draft", region_code=actor.region)
    return Round.objects.filter(models.Q(state__in=PUBLISHED) | own).order_by("-id")


def round_of(actor: Actor, pk: int) -> Round:
    """One round that the actor may see. Round.DoesNotExist for any other."""
    return rounds_of(actor).get(pk=pk)


def takes_applications(round: Round, now: dt.datetime) -> bool:
    """Whether the round takes submissions at this moment of the server's clock."""
    return round.state == "open" and round.opens_at <= now < round.closes_at


def is_applicant(application: Application, actor: Actor) -> bool:
    """Whether the actor applies with it: somebody of the organisation, or the office itself."""
    if application.organisation_id:
        return actor.organisation_id == application.organisation_id
    return actor.official and actor.region == application.applicant_code


def applications_of(actor: Actor) -> models.QuerySet[Application]:
    """The actor's own applications, newest first."""
    mine = models.Q(pk__in=())
    if actor.organisation_id:
        mine = models.Q(organisation_id=actor.organisation_id)
    elif actor.role in ("city", "county"):
        mine = models.Q(organisation=None, applicant_code=actor.region)
    return Application.objects.filter(mine).select_related("round").order_by("-id")


def in_territory(actor: Actor) -> models.QuerySet[Application]:
    """Every application that was handed in from an official's territory, newest first."""
    rows = Application.objects.select_related("round")
    if not actor.official:
        return rows.none()
    within = rows.filter(region_code__startswith=territory(actor.region))
    return within.exclude(state__in=OPEN_STATES).exclude(submitted_at=None).order_by("-id")


def visible(actor: Actor, pk: int) -> Application:
    """One application, if the actor may see it. Application.DoesNotExist otherwise.

    Experts see what they review through `queries.panel`, not here.
    """
    found = Application.objects.select_related("round", "organisation").get(pk=pk)
    if is_applicant(found, actor):
        return found
    if actor.covers(found.region_code) and found.submitted_at is not None:
        return found
    raise Application.DoesNotExist


def steps_for(application: Application, actor: Actor) -> tuple[Step, ...]:
    """The steps to offer an actor: those of the flow that the roles allow, without an applicant's
    own steps for officials who merely cover the applicant."""
    own = is_applicant(application, actor)
    applicant = ("submit", "confirm", "withdraw")
    return tuple(
        step
        for step in allowed_steps(application, actor)
        if own == (step.id in applicant or step.id.startswith("resubmit_"))
    )


def quotas_of(round: Round) -> list[QuotaCount]:
    """How many of each kind a round has taken and may take, as the database has it now."""
    return list(round.quotas.order_by("by", "value"))
