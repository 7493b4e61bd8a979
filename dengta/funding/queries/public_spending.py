"""Reads of what places spend on public service out of pilot money."""

from __future__ import annotations

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.funding.models import Budget
from dengta.funding.models import PublicExpense as PublicExpense
from dengta.trail.models import Document

SHOWN = 50
"""How many of the latest the page of a fund shows."""


def expenses_of(actor: Actor, fund: str = "") -> models.QuerySet[PublicExpense]:
    """The public expenditure of an office's territory, the latest first."""
    rows = PublicExpense.objects.select_related("budget", "evidence").order_by("-id")
    if not actor.official:
        return rows.none()
    rows = rows.filter(region_code__startswith=territory(actor.region))
    return rows.filter(budget__fund=fund) if fund else rows


def expense_of(actor: Actor, pk: int) -> PublicExpense:
    """One expenditure in sight. PublicExpense.DoesNotExist for others."""
    return expenses_of(actor).get(pk=pk)


def evidence_for(actor: Actor, pk: int) -> Document | None:
    """What proves an expenditure, for the offices that see it."""
    found = expenses_of(actor).filter(evidence=pk).first()
    return found.evidence if found else None


def public_budget(actor: Actor, fund: str) -> Budget | None:
    """The public part of a fund at an official's own place; None where there is none."""
    if actor.role not in ("city", "county"):
        return None
    part = Budget.Part.PUBLIC
    return Budget.objects.filter(fund=fund, region_code=actor.region, part=part).first()


def waiting(actor: Actor) -> int:
    """How many an office has to check and book."""
    return expenses_of(actor).filter(state="recorded", region_code=actor.region).count()
