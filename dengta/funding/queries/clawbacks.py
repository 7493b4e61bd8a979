"""Reads of clawbacks: who sees which, what may be taken back, what is due, what has come in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.granting import interest
from dengta.core.money import largest_remainder
from dengta.core.shapes import Text
from dengta.core.workdays import add_workdays
from dengta.funding.models import Claim, Hit, Instalment, Payment
from dengta.funding.models import Clawback as Clawback
from dengta.funding.models import Repayment as Repayment
from dengta.funding.models.clawbacks import BEFORE_FINAL
from dengta.ledger import queries as books
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy
from dengta.trail.actions import allowed_steps
from dengta.trail.models import Document

TREASURY = "treasury/province"
FINAL_CLAWBACK = ("collecting", "closed")
TOLD = ("noticed", "heard", "decided", "appealed", "collecting", "closed", "overturned", "dropped")
"""States in which the party knows of the case (a dropped one only if it was served)."""


# ---------------------------------------------------------------- accounts


def receivable_code(uscc: str) -> str:
    """The ledger account of what one organisation has to pay back; guarded on debits, so that no
    more can come in than is due."""
    return f"receivable/{uscc}"


def returning_code(number: str, source: str) -> str:
    """The ledger account of what a clawback still has to bring back to one budget; guarded on
    credits, so that no budget gets more than its share."""
    return f"clawback/{number}/{source}"


def interest_code(number: str) -> str:
    """The ledger account of the interest of a clawback that is still to come in."""
    return f"clawback/{number}/interest"


def sources_of(claim: Claim) -> dict[str, int]:
    """The budgets that what was paid on a claim came from, code -> 分, in order.

    A voucher's own account is followed to the budgets that it was issued from: what comes back must
    not make a spent voucher good again. The treasury where the books name none.
    """
    drawn: dict[str, int] = {}
    for one in books.standings(claim.number):
        if one.key.startswith(f"grant/{claim.number}/") and one.state == "posted":
            drawn[one.debit] = drawn.get(one.debit, 0) + one.posted_fen
    if claim.voucher is not None:
        drawn = _behind(claim.voucher.number, drawn)
    return dict(sorted(drawn.items())) or {TREASURY: 1}


def _behind(number: str, drawn: dict[str, int]) -> dict[str, int]:
    given: dict[str, int] = {}
    for one in books.standings(number):
        if one.credit in drawn and one.state == "posted":
            given[one.debit] = given.get(one.debit, 0) + one.posted_fen
    if not given:
        return drawn
    parts = largest_remainder(sum(drawn.values()), [*given.values()])
    return {code: part for code, part in zip(given, parts, strict=True) if part}


# ---------------------------------------------------------------- what may be taken back


def paid_fen(claim: Claim) -> int:
    """What was really paid on a claim, in 分."""
    return _sum(Instalment.objects.filter(claim=claim, paid_at__isnull=False), "amount_fen")


def reclaimable_fen(claim: Claim) -> int:
    """What was paid on a claim and not yet taken back by a clawback that is over, in 分."""
    over = Clawback.objects.filter(claim=claim, state__in=FINAL_CLAWBACK)
    return paid_fen(claim) - _sum(over, "decided_fen")


def paid_day(claim: Claim) -> dt.date | None:
    """The day of the first payment on a claim."""
    first = Instalment.objects.filter(claim=claim, paid_at__isnull=False).order_by("paid_at")
    moment = first.values_list("paid_at", flat=True).first()
    return timezone.localdate(moment) if moment else None


def parties_of(claim: Claim) -> list[Organisation]:
    """Who can be asked to pay a claim's money back: whoever got it first, then who asked for it."""
    both = {one.pk: one for one in (claim.payee, claim.organisation)}
    return list(both.values())


def terms_of(claim: Claim) -> list[Text]:
    """The terms of sanction that were agreed to with the claim, in its own words."""
    return [
        Text(one.get("zh", ""), one.get("en", "")) if isinstance(one, dict) else Text(one, one)
        for one in claim.terms
    ]


def stopped_claims() -> models.QuerySet[Clawback, Any]:
    """Ids of the claims of which nothing more is paid while a clawback on them is not final, as a
    subquery. Once final, what is left is cancelled with a sanction and free to be paid without."""
    return Clawback.objects.filter(state__in=BEFORE_FINAL).values("claim")


# ---------------------------------------------------------------- days


def defence_until(clawback: Clawback) -> dt.date | None:
    """The last day to answer the notice; None before it was given."""
    if clawback.noticed_at is None:
        return None
    day = timezone.localdate(clawback.noticed_at)
    return add_workdays(day, policy().practised("clawback_defence_workdays", day))


def appeal_until(decided: dt.date) -> dt.date:
    """The last day to appeal against a decision of a day."""
    return decided + dt.timedelta(days=policy().practised("clawback_appeal_days", decided))


def pay_until(day: dt.date) -> dt.date:
    """The day by which is to be paid what becomes due on a day."""
    return add_workdays(day, policy().practised("clawback_pay_workdays", day))


# ---------------------------------------------------------------- what is due


@dataclass(frozen=True, slots=True)
class Came:
    """Money that came in: on which day, how much (分), and the key of its entry."""

    key: str
    day: dt.date
    fen: int
    kind: str
    reference: str


def came_in(clawback: Clawback) -> list[Came]:
    """What has come in for a case and stands, in the order of booking, from the ledger."""
    receivable = receivable_code(clawback.organisation.uscc)
    return [
        Came(one.key, dt.date.fromisoformat(one.memo[:10]), one.amount_fen, one.kind, one.memo[11:])
        for one in books.standings(clawback.number)
        if one.credit == receivable and one.kind in ("repay", "set_off") and one.state == "posted"
    ]


def interest_on(clawback: Clawback, day: dt.date) -> int:
    """The interest that has accrued on what was decided until a day, in 分."""
    if clawback.interest_from is None or not clawback.interest_bps:
        return 0
    days = max((day - clawback.interest_from).days, 0)
    return interest(clawback.decided_fen or 0, clawback.interest_bps, days)


def late_interest(
    plan: Sequence[tuple[dt.date, int]],
    principal_fen: int,
    came: Iterable[tuple[dt.date, int]],
    rate_bps: int,
) -> int:
    """Interest in 分 on what came in after its day: `plan` says what is due when, in order, and
    `came` what came in when.

    Everything lies on one line: what comes in fills the plan from its beginning, and the first
    `principal_fen` of it is principal. Each piece of principal bears simple interest for the days
    it was late; interest bears none.
    """
    total, filled = 0, 0
    for day, fen in came:
        start, end = filled, min(filled + fen, principal_fen)
        filled += fen
        low = 0
        for due, amount in plan:
            high = low + amount
            piece = min(end, high) - max(start, low)
            if piece > 0 and day > due:
                total += interest(piece, rate_bps, (day - due).days)
            low = high
    return total


def planned(clawback: Clawback, rows: Sequence[Repayment]) -> list[Repayment]:
    """The rows that the decision planned; those behind them are interest for being late."""
    left = (clawback.decided_fen or 0) + clawback.interest_fen
    found = []
    for row in rows:
        if left <= 0:
            break
        found.append(row)
        left -= row.amount_fen
    return found


@dataclass(frozen=True, slots=True)
class Due:
    """How a final case stands on a day, in 分: what is due in all, what came in, what is left, what
    of that is overdue, and what being late has cost so far and is not among it yet."""

    total_fen: int
    paid_fen: int
    overdue_fen: int
    late_fen: int

    @property
    def left_fen(self) -> int:
        """What is still to come in."""
        return self.total_fen - self.paid_fen


def due_of(clawback: Clawback, day: dt.date) -> Due:
    """How a case stands: `left_fen + late_fen` is what would close it on that day."""
    rows = list(clawback.repayments.order_by("ordinal"))
    total, paid = sum(row.amount_fen for row in rows), sum(row.paid_fen for row in rows)
    overdue = sum(row.amount_fen - row.paid_fen for row in rows if row.due_date < day)
    if clawback.state != "collecting":
        return Due(total, paid, 0, 0)
    came = [*((one.day, one.fen) for one in came_in(clawback)), (day, total - paid)]
    return Due(total, paid, overdue, late_owed(clawback, rows, came))


def late_owed(
    clawback: Clawback, rows: Sequence[Repayment], came: Iterable[tuple[dt.date, int]]
) -> int:
    """Interest for being late of what came in (days and 分, in order), beyond what was raised
    before, in 分."""
    plan = planned(clawback, rows)
    raised = sum(row.amount_fen for row in rows[len(plan) :])
    owed = late_interest(
        [(row.due_date, row.amount_fen) for row in plan],
        clawback.decided_fen or 0,
        came,
        clawback.interest_bps,
    )
    return max(owed - raised, 0)


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two ways in which money comes back, in 分: what came in by it, and what of the
    rest is to come by it. `how` is set_off (kept from what the party is paid) or transfer; of what
    is to be transferred `overdue_fen` may be kept from payments too."""

    how: str
    came_fen: int
    left_fen: int
    overdue_fen: int = 0


def ways_of(rows: Iterable[Repayment], came: Iterable[Came], day: dt.date) -> list[Way]:
    """How a case comes back on a day, by set-off and by transfer."""
    came_by = {"set_off": 0, "repay": 0}
    for one in came:
        came_by[one.kind] += one.fen
    kept, sent, overdue = 0, 0, 0
    for row in rows:
        left = row.amount_fen - row.paid_fen
        if row.how == Repayment.How.SET_OFF:
            kept += left
        else:
            sent += left
            overdue += left if may_set_off(row, day) else 0
    return [
        Way(Repayment.How.SET_OFF, came_by["set_off"], kept),
        Way(Repayment.How.TRANSFER, came_by["repay"], sent, overdue),
    ]


def may_set_off(row: Repayment, day: dt.date) -> bool:
    """Whether a row is kept back from what the party is paid: overdue, or so decided."""
    return row.due_date < day or row.how == Repayment.How.SET_OFF


def set_off_due(organisation: Organisation, day: dt.date) -> int:
    """What is to be kept back from the next payment to an organisation, in 分: what is overdue of
    its clawbacks, and what was decided to be set off."""
    return set_off_dues([organisation.pk], day).get(organisation.pk, 0)


def set_off_dues(organisations: Iterable[int], day: dt.date) -> dict[int, int]:
    """The same for many organisations by their ids, those that owe nothing left out; one query."""
    rows = Repayment.objects.filter(
        clawback__organisation__in=[*organisations],
        clawback__state="collecting",
        paid_fen__lt=F("amount_fen"),
    ).select_related("clawback")
    due: dict[int, int] = {}
    for row in rows:
        if may_set_off(row, day):
            owner = row.clawback.organisation_id
            due[owner] = due.get(owner, 0) + row.amount_fen - row.paid_fen
    return due


def kept_on_way(clawback: Clawback) -> bool:
    """Whether something of a case was kept from a payment that the bank has not answered."""
    kept = [one.reference for one in came_in(clawback) if one.kind == "set_off"]
    ids = [int(number.rpartition("-")[2]) for number in kept]
    return Payment.objects.filter(pk__in=ids, state="sent").exists()


def refunds_owed(clawback: Clawback) -> list[books.Standing]:
    """The entries by which what had come in for a case is owed to the party since its decision was
    overturned; what was paid back is still among them."""
    rows = books.standings(clawback.number)
    return [one for one in rows if one.kind == "overturn" and one.state == "posted"]


def refund_due(clawback: Clawback) -> int:
    """What a case that was overturned after money had come in still owes the party, in 分."""
    if books.standing(f"refunded/{clawback.number}") is not None:
        return 0
    return sum(one.amount_fen for one in refunds_owed(clawback))


# ---------------------------------------------------------------- who sees what


def _rows() -> models.QuerySet[Clawback]:
    return Clawback.objects.select_related(
        "claim__organisation", "claim__payee", "organisation", "evidence", "defence_file", "hit"
    )


def within_reach(actor: Actor) -> models.QuerySet[Clawback]:
    """The clawbacks that somebody may see: an office those of its territory, a party its own once
    it was told."""
    if actor.official:
        return _rows().filter(claim__organisation__region_code__startswith=territory(actor.region))
    if not actor.organisation_id:
        return Clawback.objects.none()
    mine = _rows().filter(organisation=actor.organisation_id, state__in=TOLD)
    return mine.exclude(noticed_at=None)


def of_claim(actor: Actor, claim: Claim) -> models.QuerySet[Clawback]:
    """The clawbacks on a claim that somebody may see, newest first."""
    return within_reach(actor).filter(claim=claim).order_by("-pk")


def visible(actor: Actor, pk: int) -> Clawback:
    """One clawback that somebody may see. Clawback.DoesNotExist for any other."""
    return within_reach(actor).get(pk=pk)


def document_for(actor: Actor, pk: int) -> Document | None:
    """A document of a clawback that the actor may see; else None."""
    held = within_reach(actor).filter(Q(evidence=pk) | Q(defence_file=pk))
    return Document.objects.filter(pk=pk).first() if held.exists() else None


def cases(actor: Actor, *, state: str = "") -> models.QuerySet[Clawback]:
    """The clawbacks of a list, the longest in their state first; of one state where one is given
    that some are in."""
    rows = within_reach(actor).order_by("state_since", "id")
    return rows.filter(state=state) if state in by_state(actor) else rows


def by_state(actor: Actor) -> dict[str, int]:
    """How many clawbacks of the territory stand in each state."""
    counted = within_reach(actor).order_by().values_list("state").annotate(n=models.Count("id"))
    return dict(counted)


def may_open(actor: Actor, claim: Claim) -> bool:
    """Whether somebody is of an office that opens clawbacks on a claim."""
    return bool(actor.roles_for(claim.case_region).intersection(("city", "province")))


def steps_for(clawback: Clawback, actor: Actor) -> dict[str, Any]:
    """The steps that somebody may take now, by id; nothing to undo where nothing came in."""
    steps = {step.id: step for step in allowed_steps(clawback, actor)}
    if "undo" in steps and not any(one.kind == "repay" for one in came_in(clawback)):
        del steps["undo"]
    return steps


def claim_for(actor: Actor, number: str) -> Claim | None:
    """A claim of the territory by the number that people quote; None if there is none."""
    row = number.rpartition("-")[2]
    if not actor.official or not row.isascii() or not row.isdecimal():
        return None
    seen = Claim.objects.select_related("organisation", "payee", "voucher").filter(
        organisation__region_code__startswith=territory(actor.region)
    )
    found = seen.filter(pk=int(row)).first()
    return found if found is not None and found.number == number.strip().upper() else None


def hit_for(claim: Claim, id: str) -> Hit | None:
    """The upheld duplicate of a claim that a case rests on, by its id as typed; None for none."""
    if not id.isascii() or not id.isdecimal():
        return None
    mine = Q(filing__flow="claim", filing__thing_id=claim.pk)
    mine |= Q(other__flow="claim", other__thing_id=claim.pk)
    return Hit.objects.filter(mine, pk=int(id[:18]), state="upheld").first()


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was decided against what came in, for one place or programme, in 分. Interest counts on
    both sides."""

    key: str
    cases: int
    decided_fen: int
    collected_fen: int

    @property
    def share_bps(self) -> int:
        """What came in of what was decided, in basis points."""
        return self.collected_fen * 10_000 // self.decided_fen if self.decided_fen else 0


def recovered(actor: Actor) -> tuple[Recovered, list[Recovered], list[Recovered]]:
    """Final cases of the territory: in all, by division and by programme, the largest first."""
    rows = (
        within_reach(actor)
        .filter(state__in=FINAL_CLAWBACK)
        .order_by()
        .annotate(due=Sum("repayments__amount_fen"), came=Sum("repayments__paid_fen"))
        .values_list(
            "claim__organisation__region_code", "claim__programme", "due", "came"
        )
    )  # fmt: skip
    every: list[tuple[str, str, int, int]] = [
        (division_of(region), programme, due or 0, came or 0)
        for region, programme, due, came in rows
    ]
    whole = Recovered("", len(every), sum(r[2] for r in every), sum(r[3] for r in every))
    return whole, _grouped(every, 0), _grouped(every, 1)


def _grouped(rows: Sequence[tuple[str, str, int, int]], place: int) -> list[Recovered]:
    keys = {str(row[place]) for row in rows}
    found = []
    for key in keys:
        these = [row for row in rows if row[place] == key]
        found.append(Recovered(key, len(these), sum(r[2] for r in these), sum(r[3] for r in these)))
    return sorted(found, key=lambda one: (-one.decided_fen, one.key))


def _sum(rows: models.QuerySet[Any], field: str) -> int:
    return rows.aggregate(total=Sum(field))["total"] or 0
