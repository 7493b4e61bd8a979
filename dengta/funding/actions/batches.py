"""拨付批次: ready instalments become payments, and payments go to the bank.

An instalment is taken by compare-and-swap on its `payment`, so that no two payments ever hold it.
Whoever made a batch does not send it (不相容岗位分离) where the office has somebody else; where
it has not, a note says why, and the record says that one person did both.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.bank import write_transfers
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.funding.actions import reserving
from dengta.funding.actions.collecting import set_off_many
from dengta.funding.actions.finality import cancel_barred
from dengta.funding.actions.results import pay_payments
from dengta.funding.actions.separation import refuse_maker
from dengta.funding.models import Claim, Instalment, Payment, PaymentBatch
from dengta.funding.queries.clawbacks import set_off_dues
from dengta.funding.queries.payments import (
    Choice,
    Hold,
    account_of,
    held,
    lines_of,
    ready,
    transfers_of,
)
from dengta.trail.actions import (
    Moved,
    NotAllowed,
    StepRefused,
    advance,
    advance_many,
    begin,
    begin_many,
)
from dengta.trail.actions.exporting import keep_made
from dengta.trail.models import Document, Event

__all__ = ["Choice", "LeftOut", "Made", "cancel", "drop", "make", "send"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An instalment that was not taken, and why."""

    instalment: Instalment
    reason: Text


@dataclass(frozen=True, slots=True)
class Made:
    """A batch, whether this call made it, and what it left out."""

    batch: PaymentBatch
    new: bool
    left_out: tuple[LeftOut, ...] = ()


# ---------------------------------------------------------------- made


def make(
    actor: Actor, choice: Choice, *, title: str, key: str, at: dt.datetime | None = None
) -> Made:
    """Put the ready instalments of an office that are chosen into a new batch.

    One payment per claim, or by vendor one per payee's account. What a duplicate hit, a sanction or
    a missing account stops is left out, but for what under a sanction can be set off; chosen by its
    id, an instalment is taken though its account bounced. The same `key` of the same person twice
    is one batch. StepRefused when nothing can be taken.
    """
    return opened(actor, choice, _filled, title=title, key=key, at=at or timezone.now())


def opened(
    actor: Actor,
    choice: Choice,
    then: Callable[[PaymentBatch, Actor, Choice, dt.datetime], tuple[LeftOut, ...]],
    *,
    title: str,
    key: str,
    at: dt.datetime,
) -> Made:
    """A new batch and what `then` makes of it, together; the same `key` of the same person twice is
    one batch. `then` gives what it left out."""
    own = f"{actor.user_id}/{key}"[:120]
    _only_payers(actor)
    made = PaymentBatch.objects.filter(key=own).first()
    if made is not None:
        return Made(made, new=False)
    batch = PaymentBatch(
        title=title.strip()[:120] or _untitled(at), region_code=actor.region,
        by_vendor=choice.by_vendor, user_id=actor.user_id or None, key=own, created_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            begin(batch, by=actor, at=at)
            return Made(batch, new=True, left_out=then(batch, actor, choice, at))
    except IntegrityError:
        made = PaymentBatch.objects.filter(key=own).first()
        if made is None:
            raise
        return Made(made, new=False)


def _only_payers(actor: Actor) -> None:
    if actor.role not in ("city", "province"):
        raise NotAllowed(
            Text(
                "拨付由市州或省级经信部门办理，您的岗位不能编制拨付批次。",
                "Payments are made by the city or the province; your post cannot make a batch.",
            )
        )


def _untitled(now: dt.datetime) -> str:
    day = timezone.localdate(now)
    return f"{day.year} 年 {day.month} 月 {day.day} 日拨付"


def _filled(
    batch: PaymentBatch, actor: Actor, choice: Choice, now: dt.datetime
) -> tuple[LeftOut, ...]:
    count, left = put_in(batch, actor, choice, now)
    if not count:
        raise nothing(left)
    return left


def put_in(
    batch: PaymentBatch,
    actor: Actor,
    choice: Choice,
    now: dt.datetime,
    only: Sequence[Instalment] | None = None,
) -> tuple[int, tuple[LeftOut, ...]]:
    """Put what is chosen (`only` these of it) and can be paid into a batch that is open: how many
    instalments, and what was left out. Called in the transaction that opened or holds the batch;
    Moved when one was taken meanwhile."""
    wanted = choice
    if only is not None:
        wanted = replace(choice, instalments=tuple(one.pk for one in only))
    groups, left = sorted_out(free_instalments(actor.region, wanted), choice, now)
    payments = [_payment(batch, lines, now) for lines in groups]
    begin_many(payments, by=actor, at=now)
    taken: list[Instalment] = []
    for payment, lines in zip(payments, groups, strict=True):
        for one in lines:
            one.payment = payment
        taken += lines
    if taken:
        take(taken)
    return len(taken), left


def sorted_out(
    free: Sequence[Instalment], choice: Choice, now: dt.datetime
) -> tuple[list[list[Instalment]], tuple[LeftOut, ...]]:
    """Free instalments by the payments that they make, and those that cannot be paid."""
    holds = held(free, timezone.localdate(now), though_bounced=bool(choice.instalments))
    out = {pk: hold.reason for pk, hold in holds.items() if not hold.set_off_fen}
    left = tuple(LeftOut(one, out[one.pk]) for one in free if one.pk in out)
    groups: dict[tuple[object, ...], list[Instalment]] = {}
    for one in free:
        if one.pk not in out:
            claim, barred = one.claim, one.pk in holds  # what a sanction holds is set off alone
            group = (claim.payee_id, *account_of(claim)) if choice.by_vendor else (claim.pk,)
            groups.setdefault((barred, *group), []).append(one)
    return list(groups.values()), left


def free_instalments(region: str, choice: Choice) -> list[Instalment]:
    """What is chosen and free, locked until the end of the transaction where the engine can."""
    rows = ready(region, choice).select_for_update(of=("self",))
    return list(rows.select_related("claim__organisation", "claim__payee"))


def take(lines: Sequence[Instalment]) -> None:
    """Put instalments into the payments that they name, all that are free or none. Moved when one
    was taken meanwhile."""
    free = Instalment.objects.filter(payment=None, paid_at=None, cancelled_at=None)
    if free.bulk_update(lines, ["payment"], batch_size=300) < len(lines):
        raise Moved(
            Text(
                "所选分期中有的刚被别的批次列入，没有编成批次。请刷新后重新选择。",
                "Some of these instalments have just been put into another batch. Reload and choose"
                " again; nothing was done.",
            )
        )


def _payment(batch: PaymentBatch, lines: Sequence[Instalment], now: dt.datetime) -> Payment:
    claim = lines[0].claim
    name, number, bank = account_of(claim)
    return Payment(
        batch=batch, organisation=claim.payee, account_name=name, account_number=number,
        bank_name=bank, amount_fen=sum(one.amount_fen for one in lines), created_at=now,
    )  # fmt: skip


def nothing(left: Sequence[LeftOut]) -> StepRefused:
    """Why there is nothing to put into a batch, where `left` was left out."""
    if left:
        first = left[0]
        return StepRefused(
            Text(
                f"所选的 {len(left)} 笔现在都不能付款。例如 {first.instalment.claim.number}："
                f"{first.reason.zh}",
                f"None of the {len(left)} chosen can be paid now. {first.instalment.claim.number}:"
                f" {first.reason.en}",
            )
        )
    return StepRefused(
        Text(
            "没有符合条件的待付款项，可能已列入别的批次。请刷新后重新选择。",
            "There is nothing to pay here; it may stand in another batch by now. Reload and choose"
            " again.",
        )
    )


# ---------------------------------------------------------------- unmade


def drop(payment: Payment, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Take a payment out of its batch before that is sent; its instalments are free again, or
    cancelled where a sanction has come meanwhile that cancels what was not paid."""
    now = at or timezone.now()
    with transaction.atomic():
        lines = lines_of(payment)
        held = {"instalments": [one.pk for one in lines]}
        event = advance(payment, "drop", by=actor, note=note, reasons=held, at=now)
        Instalment.objects.filter(payment=payment, paid_at=None).update(payment=None)
        cancel_barred({one.claim_id for one in lines}, at=now)
    return event


def cancel(batch: PaymentBatch, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Give a batch up before it is sent; its instalments are free again, or cancelled as by
    `drop`."""
    now = at or timezone.now()
    with transaction.atomic():
        event = advance(batch, "cancel", by=actor, note=note, at=now)
        listed = list(batch.payments.filter(state="listed").select_related("batch"))
        lines: dict[int, list[int]] = {}
        held = Instalment.objects.filter(payment__batch=batch)
        for pk, payment in held.values_list("pk", "payment_id"):
            lines.setdefault(payment, []).append(pk)
        reasons = {one.pk: {"instalments": lines.get(one.pk, [])} for one in listed}
        advance_many(listed, "drop", by=actor, note=note, reasons=reasons, at=now)
        claims = set(held.values_list("claim_id", flat=True))
        held.filter(paid_at=None).update(payment=None)
        cancel_barred(claims, at=now)
    return event


# ---------------------------------------------------------------- sent


def send(
    batch: PaymentBatch, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Send a batch: its file is frozen, what was reserved is owed now, its claims are being paid.

    All or nothing. Of what a sanction holds the part that is set off goes; the rest is free again.
    StepRefused when a payment in it was stopped meanwhile, when the one who made it sends it though
    somebody else could, or is alone and gives no note.
    """
    now = at or timezone.now()
    with transaction.atomic():
        _hold_open(batch)
        payments = list(
            batch.payments.filter(state="listed")
            .select_for_update(of=("self",))
            .select_related("organisation", "batch")
            .order_by("pk")
        )
        alone = refuse_same_hand(batch, actor, note)
        found, barred = _lines_to_send(batch, now)
        if not payments:
            raise StepRefused(_EMPTY)
        _keep_back(payments, now)
        lines, cuts, waiting = _without_rest(payments, found, barred)
        _order(lines, now)  # claims are locked before accounts, as whoever decides them does
        set_off_many([one for one in payments if one.set_off_fen], at=now)
        for line, first in cuts:
            reserving.split(line, first, at=now)
        file = _frozen(batch, payments, actor, now)
        event = advance(
            batch, "send", by=actor, note=note, at=now,
            evidence={"sent_at": now, "file": file, "file_sha256": file.fingerprint},
            reasons={
                "payments": len(payments),
                "transfer_fen": sum(one.transfer_fen for one in payments),
                "same_person": alone,
                **({"waiting_fen": waiting} if waiting else {}),
            },
        )  # fmt: skip
        reserving.settle_all(lines, at=now)
        own = Instalment.objects.filter(payment__batch=batch)
        own.filter(settled_at=None).update(settled_at=now)
        advance_many(payments, "send", by=actor, at=now)
        kept = [one for one in payments if not one.transfer_fen]
        pay_payments(batch, {one.pk: (one, "抵扣") for one in kept}, by=actor, at=now)
    return event


def refuse_same_hand(batch: PaymentBatch, actor: Actor, note: str) -> bool:
    """Whether one person makes and sends a batch; StepRefused where that need not or may not be."""
    return refuse_maker(
        batch.user_id, actor, batch.region_code, note,
        colleague=Text(
            "编制和送交付款属于不相容岗位，应由两人分别办理。请由本单位另一位经办人送交。",
            "Making and sending payments are posts that one person may not hold together. Have"
            " a colleague of your office send it.",
        ),
        alone=Text(
            "本单位只有您一位经办人，编制和送交由同一人办理须在说明中写明复核人和理由。",
            "You are the only official of your office: give a note that says who checked the"
            " batch and why one person makes and sends it.",
        ),
    )  # fmt: skip


def _hold_open(batch: PaymentBatch) -> None:
    """Lock a batch, so that nothing is put in while it is sent. Moved when it was sent or given up
    meanwhile."""
    state = PaymentBatch.objects.select_for_update().get(pk=batch.pk).state
    if state == "cancelled":
        raise Moved(
            Text(
                "这一批刚刚已作废，没有送交。款项回到了待拨付。",
                "This batch has just been given up and was not sent; its payments wait to be made.",
            )
        )
    if state != "open":
        raise Moved(
            Text(
                "这一批刚刚已由他人送交银行，没有重复送交。请刷新页面查看。",
                "Somebody has just sent this batch; nothing was sent twice. Reload the page.",
            )
        )


_EMPTY = Text(
    "批次里没有付款，不能送交。请作废这个批次，重新编制。",
    "There is no payment in this batch. Cancel it and make another.",
)


def _lines_to_send(
    batch: PaymentBatch, now: dt.datetime
) -> tuple[list[Instalment], frozenset[int]]:
    """The instalments of a batch, and the payments of which a sanction lets nothing go but what is
    set off; StepRefused when one of them must not be paid any more."""
    lines = listed_lines(batch)
    return lines, refuse_stopped(lines, now)


def listed_lines(batch: PaymentBatch) -> list[Instalment]:
    """The instalments of a batch that are to be sent, in the order of its payments."""
    rows = Instalment.objects.filter(payment__batch=batch, payment__state="listed")
    found = rows.select_related("claim__organisation", "claim__payee", "payment")
    return list(found.order_by("payment_id", "pk"))


def refuse_stopped(lines: Sequence[Instalment], now: dt.datetime) -> frozenset[int]:
    """StepRefused when one of these instalments must not be paid any more; else the payments of
    which a sanction lets nothing go but what is set off."""
    holds = held(lines, timezone.localdate(now), though_bounced=True)
    barred = _set_off_alone(lines, holds)
    found = {
        one.pk: holds[one.pk].reason
        for one in lines
        if one.pk in holds and one.payment_id not in barred
    }
    gone = [one for one in lines if one.pk not in found and one.claim.state not in SENDABLE]
    stops = [(one, found[one.pk]) for one in lines if one.pk in found]
    stops += [(one, _GONE) for one in gone]
    if stops:
        zh = "；".join(f"{one.payment}（{one.claim.number}）{why.zh}" for one, why in stops[:5])
        en = "; ".join(f"{one.payment} ({one.claim.number}): {why.en}" for one, why in stops[:5])
        raise StepRefused(
            Text(
                f"有 {len(stops)} 笔不能送交，请先移出批次：{zh}",
                f"{len(stops)} cannot be sent; drop them from the batch first: {en}",
            )
        )
    return barred


def _set_off_alone(lines: Sequence[Instalment], holds: Mapping[int, Hold]) -> frozenset[int]:
    """The payments of which each instalment is held by a sanction and by nothing else, and of which
    something can be set off."""
    found = {one.payment_id or 0 for one in lines if one.pk in holds and holds[one.pk].set_off_fen}
    for one in lines:
        if one.pk not in holds or not holds[one.pk].sanction:
            found.discard(one.payment_id or 0)
    return frozenset(found)


def _without_rest(
    payments: Sequence[Payment], lines: Sequence[Instalment], barred: frozenset[int]
) -> tuple[list[Instalment], list[tuple[Instalment, int]], int]:
    """What of a batch goes: payments that a sanction holds shrink to what is set off, and let go of
    the rest. Returns the instalments that go, those of them to be cut with what they keep, and what
    waits for the end of the sanction, in 分."""
    mine: dict[int, list[Instalment]] = {}
    for line in lines:
        mine.setdefault(line.payment_id or 0, []).append(line)
    freed, cuts, waiting = set[int](), list[tuple[Instalment, int]](), 0
    for payment in payments:
        if payment.pk not in barred or not payment.transfer_fen:
            continue
        left = payment.set_off_fen
        for line in mine[payment.pk]:
            if not left:
                freed.add(line.pk)
            elif left < line.amount_fen:
                cuts.append((line, left))
            left -= min(left, line.amount_fen)
        waiting += payment.transfer_fen
        payment.amount_fen = payment.set_off_fen
        payment.save(update_fields=["amount_fen"])
    Instalment.objects.filter(pk__in=freed).update(payment=None)
    return [one for one in lines if one.pk not in freed], cuts, waiting


SENDABLE = ("approved", "paying")
_GONE = Text("申领已冲回，不能付款。", "The claim was reversed and cannot be paid.")


def _keep_back(payments: Sequence[Payment], now: dt.datetime) -> None:
    """How much is kept from each payment of what its payee has to pay back: of many payments to one
    payee the first give first. Nothing is booked by it yet."""
    left = set_off_dues({one.organisation_id for one in payments}, timezone.localdate(now))
    for one in payments:
        one.set_off_fen = min(one.amount_fen, left.get(one.organisation_id, 0))
        if one.set_off_fen:
            left[one.organisation_id] -= one.set_off_fen
    changed = [one for one in payments if one.set_off_fen]
    Payment.objects.bulk_update(changed, ["set_off_fen"], batch_size=300)


def _frozen(
    batch: PaymentBatch, payments: Sequence[Payment], actor: Actor, now: dt.datetime
) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.xlsx"
        write_transfers("xlsx", path, transfers_of(batch, payments), now)
        return keep_made(path, f"{batch.number}-付款文件.xlsx", FORMS["xlsx"], by=actor)


def _order(lines: Sequence[Instalment], now: dt.datetime) -> None:
    """The claims of a batch are being paid; those of which another part is on its way already
    are."""
    claims = {one.claim_id: one.claim for one in lines}
    numbers = {one.claim_id: one.payment.number for one in lines if one.payment}
    waiting = Claim.objects.filter(pk__in=[*claims]).filter(~Q(state="paying"))
    live = list(waiting.select_for_update(of=("self",)).select_related("organisation"))
    reasons = {claim.pk: {"payment": numbers[claim.pk]} for claim in live}
    advance_many(live, "order", by=SYSTEM, reasons=reasons, at=now)
