"""What a payee is going to be paid and when, and what it was paid. Amounts in 分."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.core.workdays import ONE_DAY, add_workdays
from dengta.funding.models import Instalment, Payment
from dengta.funding.queries.payments import (
    NO_ACCOUNT,
    PAYING,
    SAME_ACCOUNT,
    Part,
    days_left,
    due_date,
    held,
)
from dengta.registry.queries import policy
from dengta.trail.models import Event

Stage = Literal["waits", "ready", "listed", "sent", "paid"]
VIEWS = ("coming", "paid", "bounced")


@dataclass(frozen=True, slots=True)
class Coming:
    """One instalment as its payee sees it. `due` is the day by which it is paid at the latest, None
    before it may be paid; `left` working days until then, negative when late. `hold` says what
    keeps it, `bounced` is the payment that the bank sent back and that nobody has mended."""

    line: Instalment
    stage: Stage
    due: dt.date | None
    left: int | None
    hold: Text | None = None
    bounced: int = 0


def instalments_of(actor: Actor, view: str = "coming") -> QuerySet[Instalment]:
    """The instalments that an organisation is paid, or that its own claims are paid to others; the
    next due first, what was paid the latest first."""
    if not actor.organisation_id:
        return Instalment.objects.none()
    mine = Q(claim__payee_id=actor.organisation_id) | Q(
        claim__organisation_id=actor.organisation_id
    )
    rows = Instalment.objects.filter(mine, cancelled_at=None).select_related(
        "claim__organisation", "claim__payee", "claim__voucher", "payment__batch"
    )
    if view == "paid":
        return rows.filter(paid_at__isnull=False).order_by("-paid_at", "-pk")
    coming = rows.filter(paid_at=None, claim__state__in=PAYING)
    if view == "bounced":
        back = Event.objects.filter(flow="claim", step="bounce").values("thing_id")
        coming = coming.filter(payment=None, settled_at__isnull=False, claim_id__in=back)
    return coming.order_by(F("ready_at").asc(nulls_last=True), "pk")


def shown(lines: Sequence[Instalment], today: dt.date) -> list[Coming]:
    """Instalments as their payee sees them; the same few queries for any number."""
    waiting = [one for one in lines if one.payment_id is None and one.ready_at]
    holds = held(waiting, today)
    sent_back = open_bounces([one.claim_id for one in lines if one.payment_id is None])
    found = []
    for one in lines:
        kept = holds.get(one.pk)
        hold = kept.reason if kept else None
        if kept and not kept.sanction and hold not in (NO_ACCOUNT, SAME_ACCOUNT):
            hold = CHECKED
        found.append(
            Coming(
                one, _stage(one), due_date(one), days_left(one, today), hold,
                sent_back.get(one.claim_id, 0) if one.settled_at and not one.payment_id else 0,
            )
        )  # fmt: skip
    return found


CHECKED = Text(
    "正在核对，核对完成后拨付。",
    "It is being checked and paid once that is done.",
)


def _stage(line: Instalment) -> Stage:
    if line.paid_at is not None:
        return "paid"
    if line.payment is not None:
        return "sent" if line.payment.state == "sent" else "listed"
    return "waits" if line.ready_at is None else "ready"


def open_bounces(claims: Sequence[int]) -> dict[int, int]:
    """The payment of each claim's last bounce that the payee has not dealt with."""
    events = Event.objects.filter(flow="claim", step="bounce", thing_id__in=set(claims))
    last = {one.thing_id: one.reasons.get("payment", 0) for one in events.order_by("pk")}
    open_ones = set(
        Payment.objects.filter(pk__in=last.values(), state="bounced").values_list("pk", flat=True)
    )
    return {claim: payment for claim, payment in last.items() if payment in open_ones}


@dataclass(frozen=True, slots=True)
class Sums:
    """What is to come and what was paid this year."""

    coming: Part
    paid: Part


def sums_of(actor: Actor, year: int) -> Sums:
    """What an organisation is going to be paid, and was paid in a year; two queries."""
    mine = Q(claim__payee_id=actor.organisation_id)
    coming = instalments_of(actor, "coming").filter(mine)
    paid = instalments_of(actor, "paid").filter(mine, paid_at__year=year)
    return Sums(_part(coming), _part(paid))


def _part(rows: QuerySet[Instalment]) -> Part:
    found = rows.order_by().aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    return Part(found["n"], found["fen"] or 0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an office could pay now, and of that what is past its day."""

    ready: Part
    late: Part


def readiness(rows: QuerySet[Instalment], today: dt.date) -> Readiness:
    """The sums of ready instalments; two queries."""
    morning = timezone.make_aware(dt.datetime.combine(late_before(today), dt.time()))
    return Readiness(_part(rows), _part(rows.filter(ready_at__lt=morning)))


def late_before(today: dt.date) -> dt.date:
    """What was ready before this day is late today."""
    day = today
    while add_workdays(day, policy().practised("payment_workdays", day)) >= today:
        day -= ONE_DAY
    return day + ONE_DAY
