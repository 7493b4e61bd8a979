"""Shared reads of pilots: plans, lists of firms, the list as its log gives it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.projects.models import PilotChange, PilotMonth
from dengta.projects.models import PilotFirm as PilotFirm
from dengta.projects.models import PilotPlan as PilotPlan

TITLE = "pilot_firm"
"""The title that a listed firm holds in the registry."""

_AFTER = {
    "add": "listed",
    "relist": "listed",
    "withdraw": "withdrawn",
    "replace": "replaced",
    "lapse": "out_of_period",
}


def plan_in_force(programme: str, region: str) -> PilotPlan | None:
    """The target contract of a place, if one is filed."""
    return PilotPlan.objects.filter(
        programme=programme, region_code=region, state="in_force"
    ).first()


def plans_of(actor: Actor) -> models.QuerySet[PilotPlan]:
    """The plans in an official's territory, by place, newest edition first."""
    mine = PilotPlan.objects.filter(region_code__startswith=territory(actor.region))
    return mine.order_by("region_code", "-edition")


def firms_of(plan: PilotPlan) -> models.QuerySet[PilotFirm]:
    """Everybody who is or was on the list of a plan's place."""
    rows = PilotFirm.objects.filter(programme=plan.programme, region_code=plan.region_code)
    return rows.select_related("organisation").order_by("pk")


def changes_of(plan: PilotPlan) -> models.QuerySet[PilotChange]:
    """The log of the list, newest first."""
    rows = PilotChange.objects.filter(
        firm__programme=plan.programme, firm__region_code=plan.region_code
    )
    return rows.select_related("firm__organisation", "by_firm__organisation", "user").order_by(
        "-pk"
    )


def replayed(changes: Iterable[PilotChange]) -> dict[int, str]:
    """The list as its log gives it: the state of each firm (by its row) after all changes, which
    are played in the order in which they were written."""
    found: dict[int, str] = {}
    for change in sorted(changes, key=lambda each: each.pk):
        found[change.firm_id] = _AFTER[change.kind]
    return found


def without_month(month: dt.date) -> models.QuerySet[PilotPlan]:
    """The plans that were in force at the end of a month and have no report of it yet."""
    there = PilotMonth.objects.filter(month=month).values("plan")
    begun = PilotPlan.objects.filter(state="in_force", from_date__lt=_next(month))
    return begun.exclude(pk__in=there).order_by("pk")


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def months_of(plan: PilotPlan) -> models.QuerySet[PilotMonth]:
    """The monthly reports of a plan, newest first."""
    return PilotMonth.objects.filter(plan=plan).select_related("user").order_by("-month")


def plan_for(actor: Actor, pk: int) -> PilotPlan:
    """A plan in the official's territory. PilotPlan.DoesNotExist for another's."""
    return plans_of(actor).select_related("document").get(pk=pk)
