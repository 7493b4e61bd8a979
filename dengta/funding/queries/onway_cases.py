"""钱在路上, one case: who had it for how many working days, who has it now, and by when it is to be
paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from dengta.core.clocks import Held, Span, Workdays, days_by_holder, stretches
from dengta.core.shapes import Text
from dengta.core.workdays import add_workdays
from dengta.funding.models import Claim, Instalment, Voucher
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import CHECKING, DECIDES
from dengta.funding.queries.onway import OFFICES, Kind, allowed_days, holder
from dengta.funding.queries.payments import stopped
from dengta.trail.models import Event

FIRM = "enterprise"


@dataclass(frozen=True, slots=True)
class MoneyClock:
    """The way of one case. `role` has it now (empty at the end of its way), in the office of
    `office`, `since` a day; `left` working days of those given, None without a limit. `promised` is
    the last day on which the money is to be on the account, if everybody keeps their days; `paid`
    when all of it was. `stopped` says what keeps it from being paid.

    `held` are the stretches of its way since it was first submitted, `days` working days by role,
    of which offices had `office_days`.
    """

    role: str
    office: str
    since: dt.date | None
    due: dt.date | None
    left: int | None
    promised: dt.date | None
    paid: dt.date | None
    stopped: Text | None
    held: tuple[Held, ...]
    days: dict[str, int]

    @property
    def office_days(self) -> int:
        """Working days that offices had it."""
        return sum(days for role, days in self.days.items() if role in OFFICES)

    @property
    def all_days(self) -> int:
        """Working days in all."""
        return sum(self.days.values())

    @property
    def late(self) -> bool:
        """Whether whoever has it is past their days."""
        return self.left is not None and self.left < 0


def money_clock(thing: Claim | Voucher, now: dt.datetime) -> MoneyClock | None:
    """The clock of a claim or voucher; None before it was ever submitted. Two queries for a
    voucher, a few for a claim."""
    today = timezone.localdate(now)
    kind: Kind = "claim" if isinstance(thing, Claim) else "voucher"
    if thing.submitted_at is None:
        return None
    parts = list(thing.instalments.order_by("ordinal")) if isinstance(thing, Claim) else []
    parts = [one for one in parts if one.cancelled_at is None]
    for one in parts:
        one.claim = thing  # type: ignore[assignment]  # parts are a claim's
    spans = _spans(thing, kind, parts)
    first = spans[0].since if spans else today
    held = stretches(spans, today, Workdays(min(first, today), today))
    last = spans[-1] if spans else Span(today, "")
    office = holder(kind, thing.state, thing.case_region, thing.scheme)[1]
    allowed = None
    if last.holder and (last.holder != FIRM or thing.state == "returned"):
        allowed = allowed_days(kind, thing.state, last.since)
    due = None if allowed is None else add_workdays(last.since, allowed)
    waited = held[-1].days if held and last.holder else 0
    waiting = [one for one in parts if one.ready_at and not one.paid_at and not one.payment_id]
    return MoneyClock(
        role=last.holder,
        office=office,
        since=last.since if last.holder else None,
        due=due,
        left=None if allowed is None else allowed - waited,
        promised=_promised(thing, due, today),
        paid=_paid(thing, parts),
        stopped=next(iter(stopped(waiting, today).values()), None),
        held=tuple(held),
        days=days_by_holder(held),
    )


def _spans(thing: Claim | Voucher, kind: Kind, parts: Sequence[Instalment]) -> list[Span]:
    """Who had it since when, from the first submission on. What is approved is with the firm until
    something of it can be paid, and with the office that pays from then on."""
    events = Event.objects.filter(flow=thing.flow.id, thing_id=thing.pk).order_by("id")
    spans: list[Span] = []
    began = False
    for at, step, before, state in events.values_list("at", "step", "from_state", "to_state"):
        began = began or (step != "begin" and state != "draft")
        if not began or (before == state and spans):
            continue
        day = timezone.localdate(at)
        role = holder(kind, state, thing.case_region, thing.scheme)[0]
        if thing.flow.state(state).final:
            role = ""
        if kind == "claim" and state == "approved":
            spans += _approved(day, at, role, parts)
        else:
            spans.append(Span(day, role, state))
    return _in_order(spans)


def _approved(day: dt.date, at: dt.datetime, role: str, parts: Sequence[Instalment]) -> list[Span]:
    """The way of an approved claim: the firm's until the next instalment is ready."""
    unpaid = [one for one in parts if one.paid_at is None or one.paid_at > at]
    ready = [one.ready_at for one in unpaid if one.ready_at]
    if not ready:
        return [Span(day, FIRM, "approved")]
    from_day = timezone.localdate(min(ready))
    if from_day <= day:
        return [Span(day, role, "approved")]
    return [Span(day, FIRM, "approved"), Span(from_day, role, "approved")]


def _in_order(spans: Sequence[Span]) -> list[Span]:
    """Without what a later step overtook: an instalment that was ready only after the next step."""
    found: list[Span] = []
    for span in spans:
        while found and found[-1].since > span.since:
            found.pop()
        found.append(span)
    return found


def _promised(thing: Claim | Voucher, due: dt.date | None, today: dt.date) -> dt.date | None:
    """By when it is paid if everybody who still has to deal with it takes their days."""
    if not isinstance(thing, Claim) or due is None:
        return None
    day = max(due, today)
    if thing.state in ("approved", "paying"):
        return due
    if thing.state not in CHECKING:
        return None
    order = list(CHECKING)
    last = order.index(DECIDES[scheme_of(thing.scheme).deciding])
    for state in order[order.index(thing.state) + 1 : last + 1]:
        day = add_workdays(day, allowed_days("claim", state, day) or 0)
    return add_workdays(day, allowed_days("claim", "approved", day) or 0)


def _paid(thing: Claim | Voucher, parts: Sequence[Instalment]) -> dt.date | None:
    moments = [one.paid_at for one in parts if one.paid_at]
    if thing.state != "paid" or not moments:
        return None
    return timezone.localdate(max(moments))


__all__ = ["MoneyClock", "money_clock"]
