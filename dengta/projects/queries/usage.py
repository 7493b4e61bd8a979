"""Shared reads of the checks of use: which are to be asked for, which wait, which are late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import models

from dengta.accounts.queries import Actor
from dengta.core.workdays import months_after
from dengta.projects.models import Project
from dengta.projects.models import UsageCheck as UsageCheck
from dengta.projects.queries.projects import rule_of, seen
from dengta.registry.queries import policy

OPEN = ("reported", "due")


def unasked(day: dt.date) -> Iterator[tuple[Project, int]]:
    """Accepted projects with each term of their rule that is over by a day and was not asked for
    yet, oldest first."""
    for months in sorted({m for rule in policy().projects for m in rule.usage_months}):
        asked = UsageCheck.objects.filter(project=models.OuterRef("pk"), months=months)
        rows = Project.objects.filter(state="accepted", accepted_date__lte=day)
        rows = rows.filter(~models.Exists(asked)).select_related("organisation")
        for project in rows.order_by("accepted_date", "id"):
            accepted = project.accepted_date
            if accepted is None or months_after(accepted, months) > day:
                break  # those behind were accepted later
            if months in rule_of(project).usage_months:
                yield project, months


def report_until(check: UsageCheck) -> dt.date:
    """The last day on which the firm reports in time."""
    given = policy().practised("usage_report_days", check.due_date)
    return check.due_date + dt.timedelta(days=given)


def since(check: UsageCheck) -> dt.date:
    """The first day that a check is about: of acceptance, or of the check before it."""
    accepted = check.project.accepted_date
    if accepted is None:  # asked of accepted projects only
        return check.due_date
    before = [one for one in rule_of(check.project).usage_months if one < check.months]
    return months_after(accepted, max(before)) if before else accepted


def late(check: UsageCheck, day: dt.date) -> bool:
    """Whether the firm should have reported before a day and has not."""
    return check.state == "due" and day > report_until(check)


def within(actor: Actor) -> models.QuerySet[UsageCheck]:
    """The checks of the projects that somebody may see."""
    rows = UsageCheck.objects.select_related("project__organisation", "project__provider")
    return rows.filter(project__in=seen(actor).values("pk"))


def waiting(actor: Actor, day: dt.date) -> models.QuerySet[UsageCheck]:
    """What waits for the office that finds: what firms have reported, and what they should have
    reported before a day and have not. None for those above it."""
    given = dt.timedelta(days=policy().practised("usage_report_days", day))
    late_ones = models.Q(state="due", due_date__lt=day - given)
    rows = within(actor).filter(models.Q(state="reported") | late_ones)
    if actor.role == "county":
        return rows
    return rows.filter(project__region_code=actor.region) if actor.role == "city" else rows.none()


def listed(actor: Actor, state: str = "") -> models.QuerySet[UsageCheck]:
    """The checks of a territory: reported ones first, since they wait for the office, then those
    that firms still have to report, the longest due first; or those of one state, newest first."""
    rows = within(actor)
    if state:
        return rows.filter(state=state).order_by("-state_since", "-id")
    first = models.Case(
        models.When(state="reported", then=0), default=1, output_field=models.IntegerField()
    )
    return rows.filter(state__in=OPEN).order_by(first, "due_date", "id")


def of_project(project: Project) -> list[UsageCheck]:
    """The checks of a project, in the order of their terms."""
    rows = UsageCheck.objects.filter(project=project).select_related("evidence", "project")
    return list(rows.order_by("months"))
