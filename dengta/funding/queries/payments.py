"""Reads of payments: what is ready and due when, what stops it, batches and what the bank said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.bank import Transfer
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays, workdays_between
from dengta.funding.models import (
    BankResult,
    Claim,
    Clawback,
    Hit,
    Instalment,
    Payment,
    PaymentBatch,
)
from dengta.funding.models.clawbacks import BEFORE_FINAL
from dengta.funding.queries.claims_projects import stopped_by_project
from dengta.funding.queries.clawbacks import set_off_dues
from dengta.funding.queries.hits import stopping_many, unscreened
from dengta.ledger.queries import posted_sum
from dengta.registry.queries import in_force, policy, province_code
from dengta.trail.models import Document, Event, Job

__all__ = ["BankResult", "Instalment", "Payment", "PaymentBatch"]

PAYING = ("approved", "paying")
"""States of a claim whose instalments may be paid."""
_MANY = 2_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which ready instalments: all that are empty mean any. `schemes` are editions, `fund` the id
    of a fund, `payee` an organisation's id. `by_vendor`: only what is paid to providers, and one
    payment for each of their accounts."""

    schemes: tuple[str, ...] = ()
    fund: str = ""
    year: int | None = None
    payee: int = 0
    instalments: tuple[int, ...] = ()
    by_vendor: bool = False


# ---------------------------------------------------------------- ready


def ready(region: str, choice: Choice | None = None) -> QuerySet[Instalment]:
    """The instalments that an office may pay now and that stand in no payment, the oldest first.

    An office pays what it decides: the province what schemes leave to the province, a division's
    office whatever else is claimed within it.
    """
    rows = _payable().filter(paid_by(region))
    chosen = choice or Choice()
    if chosen.schemes:
        rows = rows.filter(claim__scheme__in=chosen.schemes)
    if chosen.fund:
        rows = rows.filter(_of_fund(chosen.fund))
    if chosen.year is not None:
        rows = rows.filter(claim__year=chosen.year)
    if chosen.payee:
        rows = rows.filter(claim__payee_id=chosen.payee)
    if chosen.instalments:
        rows = rows.filter(pk__in=chosen.instalments)
    if chosen.by_vendor:
        rows = rows.exclude(claim__payee_id=F("claim__organisation_id"))
    return rows.order_by("ready_at", "pk")


def _payable() -> QuerySet[Instalment]:
    return Instalment.objects.filter(
        ready_at__isnull=False,
        payment=None,
        paid_at=None,
        cancelled_at=None,
        claim__state__in=PAYING,
    )


def paid_by(region: str, path: str = "claim__") -> Q:
    """Which claims an office pays; `path` leads to the claim."""
    provincial = Q(
        **{f"{path}scheme__in": [one.edition for one in policy().schemes if _provincial(one)]}
    )
    if region == province_code():
        return provincial
    inside = Q(**{f"{path}organisation__region_code__startswith": territory(region)})
    return ~provincial & inside


def _provincial(scheme: object) -> bool:
    return getattr(scheme, "deciding", "") == "province"


def _of_fund(id: str) -> Q:
    """Claims that a fund pays."""
    for fund in policy().funds:
        if fund.id == id:
            paid = [
                one.edition
                for one in policy().schemes
                if (one.purse or one.programme) == fund.programme
            ]
            return Q(claim__scheme__in=paid, claim__year=fund.year)
    return Q(pk__in=())


def due_date(instalment: Instalment) -> dt.date | None:
    """By when an instalment has to be paid: so many working days after it was ready; None before
    that."""
    if instalment.ready_at is None:
        return None
    day = timezone.localdate(instalment.ready_at)
    return add_workdays(day, policy().practised("payment_workdays", day))


def days_left(instalment: Instalment, today: dt.date) -> int | None:
    """Working days until an instalment is due; negative when late."""
    due = due_date(instalment)
    return None if due is None else workdays_between(today, due)


# ---------------------------------------------------------------- what stops a payment


def stopped(
    instalments: Sequence[Instalment], day: dt.date, *, though_bounced: bool = False
) -> dict[int, Text]:
    """What keeps the money of instalments from being paid, by id (see `held`)."""
    found = held(instalments, day, though_bounced=though_bounced)
    return {pk: hold.reason for pk, hold in found.items()}


@dataclass(frozen=True, slots=True)
class Hold:
    """What keeps an instalment from being paid. Under a sanction `set_off_fen` of it, in 分, can be
    set off against what its payee owes, since no money leaves by that; 0 where nothing can."""

    reason: Text
    sanction: bool = False
    set_off_fen: int = 0


def held(
    instalments: Sequence[Instalment], day: dt.date, *, though_bounced: bool = False
) -> dict[int, Hold]:
    """What keeps instalments from being paid, by id: an undecided or upheld duplicate, a clawback
    that is not final, a project that is not accepted, a sanction, no account, or an account that
    the bank has sent back and nobody mended (`though_bounced`: this one is let pass). Of what a
    payee owes the first give first. The same few queries for any number; claims must be selected
    with them."""
    found: dict[int, Hold] = {}
    owed: dict[int, int] = {}
    for start in range(0, len(instalments), _MANY):
        some = instalments[start : start + _MANY]
        hit, sanctioned = _hit(some), _sanctioned(some, day)
        reclaimed, unaccepted = _reclaimed(some), stopped_by_project(some)
        sent_back = {} if though_bounced else _sent_back(some)
        if sanctioned:
            payees = {one.claim.payee_id for one in some}
            new = set_off_dues(payees - owed.keys(), day)
            owed |= {payee: new.get(payee, 0) for payee in payees - owed.keys()}
        for one in some:
            claim, payee = one.claim, one.claim.payee_id
            why = hit.get(claim.pk) or reclaimed.get(claim.pk) or unaccepted.get(claim.pk)
            barred = sanctioned.get(payee) or sanctioned.get(claim.organisation_id)
            if why is None and barred is None:
                why = _no_account(claim, sent_back)
            if why is not None:
                found[one.pk] = Hold(why)
                continue
            part = min(owed.get(payee, 0), one.amount_fen)
            if part:
                owed[payee] -= part
            if barred is not None:
                found[one.pk] = Hold(barred, sanction=True, set_off_fen=part)
    return found


def _no_account(claim: Claim, sent_back: Mapping[int, tuple[str, ...]]) -> Text | None:
    if not all(account_of(claim)):
        return NO_ACCOUNT
    return SAME_ACCOUNT if sent_back.get(claim.pk) == account_of(claim) else None


NO_ACCOUNT = Text(
    "收款账户不全，请收款单位补齐账户名称、账号和开户银行。",
    "The account is incomplete: name, number and bank are needed.",
)
SAME_ACCOUNT = Text(
    "上次付款被银行退回，收款账户还没有更正。",
    "The bank sent the last payment back and the account has not been mended.",
)


def account_of(claim: Claim) -> tuple[str, str, str]:
    """Name, number and bank of the account that a claim is paid to."""
    return claim.account_name, claim.account_number, claim.bank_name


def _hit(some: Sequence[Instalment]) -> dict[int, Text]:
    vouchers: dict[int, list[int]] = {}
    for one in some:
        if one.claim.voucher_id:
            vouchers.setdefault(one.claim.voucher_id, []).append(one.claim_id)
    claims = list({one.claim_id for one in some})
    found: dict[int, Text] = {}
    for flow, ids in (("claim", claims), ("voucher", list(vouchers))):
        for thing, hits in stopping_many(flow, ids).items():
            for claim in [thing] if flow == "claim" else vouchers[thing]:
                found.setdefault(claim, _hit_said(hits[0], thing))
        for thing in unscreened(flow, ids):
            for claim in [thing] if flow == "claim" else vouchers[thing]:
                found.setdefault(claim, UNSCREENED)
    return found


UNSCREENED = Text(
    "还没有与其他申领核对是否重复，核对后才能付款。",
    "It has not been held against the other claims yet.",
)


def _hit_said(hit: Hit, thing: int) -> Text:
    other = hit.filing.number if hit.other.thing_id == thing else hit.other.number
    if hit.state == "open":
        return Text(
            f"有未处理的重复线索（与 {other}），判定后才能付款。",
            f"An undecided duplicate hit (with {other}) stops it until it is decided.",
        )
    return Text(
        f"已判定与 {other} 重复，不能付款。",
        f"It was found to be a duplicate of {other} and cannot be paid.",
    )


def _reclaimed(some: Sequence[Instalment]) -> dict[int, Text]:
    cases = Clawback.objects.filter(
        claim__in={one.claim_id for one in some}, state__in=BEFORE_FINAL
    )
    return {
        one.claim_id: Text(
            f"正在办理资金追回（{one.number}），决定生效前不能付款。",
            f"A clawback of it is open ({one.number}); nothing is paid before that is final.",
        )
        for one in cases
    }


def _sanctioned(some: Sequence[Instalment], day: dt.date) -> dict[int, Text]:
    parties = {one.claim.payee_id for one in some} | {one.claim.organisation_id for one in some}
    live = in_force(day).filter(organisation_id__in=parties)
    return {
        one.organisation_id: Text(
            f"{one.organisation.name}在惩戒期内（{one.document_number}，至"
            f" {said_day(one.until_date).zh}），"
            "不能付款。",
            f"{one.organisation.name} is under sanction until {said_day(one.until_date).en}"
            f" ({one.document_number}) and cannot be paid.",
        )
        for one in live.select_related("organisation").order_by("until_date")
    }


def _sent_back(some: Sequence[Instalment]) -> dict[int, tuple[str, str, str]]:
    """The account of each claim's last bounce, unless the payee has dealt with that."""
    bounces = Event.objects.filter(
        flow="claim", step="bounce", thing_id__in={one.claim_id for one in some}
    )
    last = {event.thing_id: event.reasons for event in bounces.order_by("pk")}
    payments = {reasons.get("payment") for reasons in last.values()}
    mended = set(
        Payment.objects.filter(pk__in=payments, state="mended").values_list("pk", flat=True)
    )
    return {
        claim: tuple(reasons["account"])
        for claim, reasons in last.items()
        if reasons.get("payment") not in mended and reasons.get("account")
    }


def only_set_off(payments: Sequence[Payment], day: dt.date) -> dict[int, int]:
    """Of payments that were not sent yet those that go by set-off alone, since a sanction holds
    their money: id -> what of it can be set off as things stand, in 分."""
    lines = Instalment.objects.filter(
        payment__in=[one.pk for one in payments if one.state == "listed"]
    ).select_related("claim__organisation", "claim__payee")
    rows = list(lines.order_by("payment_id", "pk"))
    found: dict[int, int] = {}
    holds = held(rows, day, though_bounced=True)
    for line in rows:
        if line.pk in holds:
            payment = line.payment_id or 0
            found[payment] = found.get(payment, 0) + holds[line.pk].set_off_fen
    return {payment: fen for payment, fen in found.items() if fen}


def batch_job(batch: PaymentBatch) -> Job | None:
    """The latest job that makes or sends a batch; None where neither was one."""
    mine = Job.objects.filter(kind__in=("fill_batch", "send_batch"), arguments__batch=batch.pk)
    return mine.order_by("-pk").first()


def waiting_fen(batch: PaymentBatch) -> int:
    """What of a batch that was sent went back to wait for the end of a sanction, in 分."""
    sent = Event.objects.filter(flow=batch.flow.id, thing_id=batch.pk, step="send").last()
    return sent.reasons.get("waiting_fen", 0) if sent else 0


# ---------------------------------------------------------------- batches and payments


def batches(actor: Actor) -> QuerySet[PaymentBatch]:
    """The batches of the offices in an official's territory, newest first."""
    if not actor.official:
        return PaymentBatch.objects.none()
    mine = PaymentBatch.objects.filter(region_code__startswith=territory(actor.region))
    return mine.select_related("user", "file").order_by("-pk")


def payments(actor: Actor) -> QuerySet[Payment]:
    """The payments that somebody may see: officials those made by an office of their territory or
    to a claim within it; a firm or provider those made to it, or for its claims."""
    mine = Instalment.objects.filter(payment=OuterRef("pk"))
    if actor.official:
        area = territory(actor.region)
        seen = Q(batch__region_code__startswith=area)
        seen |= Q(organisation__region_code__startswith=area)
        mine = mine.filter(claim__organisation__region_code__startswith=area)
    else:
        if not actor.organisation_id:
            return Payment.objects.none()
        seen = Q(organisation_id=actor.organisation_id)
        mine = mine.filter(claim__organisation_id=actor.organisation_id)
    rows = Payment.objects.select_related("batch", "organisation").filter(seen | Q(Exists(mine)))
    return rows.order_by("-pk")


@dataclass(frozen=True, slots=True)
class Part:
    """So many payments, and what they come to in 分."""

    count: int = 0
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """对账: what was sent against what the bank answered. `due` is what was owed, of which
    `set_off` was kept back; `sent` is what the bank was asked to transfer, which is the sum of
    `paid`, `bounced` and `waiting`. `unmatched` counts rows that do not match, by cause."""

    due: Part
    set_off: Part
    sent: Part
    paid: Part
    bounced: Part
    waiting: Part
    unmatched: tuple[tuple[str, Part], ...]

    @property
    def unmatched_count(self) -> int:
        """All rows that do not match."""
        return sum(part.count for _, part in self.unmatched)


def reconciliation(batch: PaymentBatch) -> Reconciliation:
    """The reconciliation of one batch; two queries."""
    rows = batch.payments.exclude(state="dropped").order_by()
    totals: dict[str, Part] = {}
    due = kept = n_due = n_kept = 0
    for state, count, fen, off in rows.values_list("state").annotate(
        n=Count("pk"), fen=Sum("amount_fen"), off=Sum("set_off_fen")
    ):
        totals[state] = Part(count, fen - off)
        due, n_due, kept = due + fen, n_due + count, kept + off
    n_kept = rows.filter(set_off_fen__gt=0).count() if kept else 0
    bounced = _plus(_plus(totals.get("bounced"), totals.get("mended")), totals.get("ended"))
    waiting = _plus(totals.get("sent"), totals.get("listed"))
    causes = {
        cause: Part(count, fen)
        for cause, count, fen in batch.results.exclude(cause="")
        .order_by()
        .values_list("cause")
        .annotate(n=Count("pk"), fen=Sum("amount_fen"))
    }
    return Reconciliation(
        Part(n_due, due),
        Part(n_kept, kept),
        Part(n_due, due - kept),
        totals.get("paid", Part()),
        bounced,
        waiting,
        tuple((cause, causes[cause]) for cause in BankResult.Cause.values if cause in causes),
    )


def _plus(one: Part | None, other: Part | None) -> Part:
    one, other = one or Part(), other or Part()
    return Part(one.count + other.count, one.fen + other.fen)


def totals_of(rows: Sequence[PaymentBatch]) -> dict[int, Part]:
    """How many payments each of some batches has and what the bank transfers; one query."""
    found = (
        Payment.objects.filter(batch__in=[one.pk for one in rows])
        .exclude(state="dropped")
        .order_by()
        .values_list("batch_id")
        .annotate(n=Count("pk"), fen=Sum(F("amount_fen") - F("set_off_fen")))
    )
    return {batch: Part(count, fen) for batch, count, fen in found}


def unmatched(actor: Actor) -> QuerySet[BankResult]:
    """Rows of result files that did not match, of the batches that an official sees; newest
    first."""
    rows = BankResult.objects.exclude(cause="").filter(batch__in=batches(actor).order_by())
    return rows.select_related("batch", "document", "payment__batch").order_by("-pk")


def lines_of(payment: Payment) -> list[Instalment]:
    """What a payment is, or before the bank sent it back was, made for."""
    rows = Instalment.objects.select_related(
        "claim__organisation", "claim__payee", "claim__award__application", "claim__voucher"
    ).order_by("claim_id", "ordinal")
    left = Event.objects.filter(
        flow="payment", thing_id=payment.pk, step__in=("bounce", "return", "drop")
    )
    event = left.order_by("-pk").first()
    freed = event.reasons.get("instalments", ()) if event else ()
    return list(rows.filter(Q(payment=payment) | Q(pk__in=freed)))


def let_go(payment: Payment) -> list[Instalment]:
    """What a payment that came back has let go of and that still waits in no payment."""
    return [
        one
        for one in lines_of(payment)
        if one.payment_id is None and one.paid_at is None and one.cancelled_at is None
    ]


def waits_for(payment: Payment, day: dt.date) -> Text | None:
    """The sanction that keeps what a payment that came back was made for from being paid anew."""
    holds = held(let_go(payment), day, though_bounced=True)
    return next((one.reason for one in holds.values() if one.sanction), None)


def document_for(actor: Actor, pk: int) -> Document | None:
    """A payment or result file, for those who see its batch."""
    mine = batches(actor).order_by()
    batch = mine.filter(file=pk).first()
    if batch is not None:
        return batch.file
    result = BankResult.objects.filter(document=pk, batch__in=mine).select_related("document")
    row = result.first()
    return row.document if row else None


def numbered(number: str) -> int | None:
    """The id in a payment's number; None if it is none."""
    head, _, tail = number.partition("-")
    fits = head[:2] == "ZF" and head[2:].isdecimal() and tail.isdecimal() and len(tail) < 16
    return int(tail) if fits else None


def sent_payments(batch: PaymentBatch) -> list[Payment]:
    """The payments of a batch that the bank was asked to make, in the order of its file."""
    rows = batch.payments.exclude(state__in=("listed", "dropped"))
    return list(rows.select_related("batch").order_by("pk"))


def transfers_of(batch: PaymentBatch, payments: Sequence[Payment]) -> list[Transfer]:
    """What the bank is asked to transfer, in the order of the payments' numbers."""
    return [
        Transfer(
            one.number, one.account_name, one.account_number, one.bank_name, one.transfer_fen,
            f"{batch.title} {one.number}",
        )
        for one in payments
        if one.transfer_fen
    ]  # fmt: skip


def paid_in_ledger(batch: PaymentBatch) -> Part:
    """What the ledger says that the bank has paid of a batch."""
    rows = batch.payments.filter(state="paid").only("created_at")
    return Part(*posted_sum(one.number for one in rows))
