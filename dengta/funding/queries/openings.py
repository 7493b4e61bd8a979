"""Reads of openings: which there are, who waits, how far the queue has come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models

from dengta.funding.models import Issuance as Issuance
from dengta.funding.models import Opening as Opening
from dengta.funding.models import Ticket as Ticket
from dengta.funding.queries.budgets import paying_budget, scheme_of
from dengta.ledger import queries as ledger
from dengta.trail.actions import StepRefused


def waiting(opening: Opening) -> models.QuerySet[Ticket]:
    """The tickets that have no answer yet, in the order in which they are served."""
    return opening.tickets.filter(answered_at=None).order_by("id")


def due(now: dt.datetime) -> list[Opening]:
    """Announced openings whose time is over."""
    return list(Opening.objects.filter(state="announced", closes_at__lte=now))


def public() -> models.QuerySet[Opening]:
    """Every opening that was announced, the latest first."""
    return Opening.objects.exclude(state="planned").order_by("-opens_at", "-id")


def everything() -> models.QuerySet[Opening]:
    """Every opening, the latest first."""
    return Opening.objects.order_by("-opens_at", "-id")


def ticket_of(opening: Opening, organisation_id: int) -> Ticket | None:
    """A firm's ticket of an opening."""
    found = opening.tickets.select_related("voucher").filter(organisation=organisation_id)
    return found.first()


def position(ticket: Ticket) -> int:
    """How many wait before it; 0 when it is next, or answered."""
    if ticket.answered_at is not None:
        return 0
    return Ticket.objects.filter(
        opening=ticket.opening_id, answered_at=None, pk__lt=ticket.pk
    ).count()


@dataclass(frozen=True, slots=True)
class Watch:
    """How an opening stands: who waits, who was answered how, what was granted and what is left of
    the purses that pay (None while they are not open), in 分."""

    waiting: int
    granted: int
    empty: int
    refused: int
    granted_fen: int
    left_fen: int | None

    @property
    def taken(self) -> int:
        """How many came."""
        return self.waiting + self.granted + self.empty + self.refused


def watch(opening: Opening) -> Watch:
    """How an opening stands now; three queries."""
    counted = dict(opening.tickets.order_by().values_list("outcome").annotate(n=models.Count("id")))
    issuance = Issuance.objects.filter(key=f"opening/{opening.pk}").first()
    return Watch(
        counted.get("", 0),
        counted.get(Ticket.Outcome.GRANTED.value, 0),
        counted.get(Ticket.Outcome.EMPTY.value, 0),
        counted.get(Ticket.Outcome.REFUSED.value, 0),
        issuance.issued_fen if issuance else 0,
        _left(opening),
    )


def _left(opening: Opening) -> int | None:
    scheme = scheme_of(opening.scheme)
    try:
        code = paying_budget(scheme, opening.year, "province", opening.region_code).code
    except StepRefused:
        return None
    balance = ledger.balance(code)
    return balance.left_fen if balance else None
