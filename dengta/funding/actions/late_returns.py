"""付款后退回: money that the bank sends back after it had paid.

The transfer is undone as it was made: what came back is owed to the payee again, its instalments
are free for the next batch, what had been kept back from it is due again, and the payee is asked to
mend its account. Only what was kept back for a decision that was overturned and has been refunded
since stays paid: the payee has that already. The bank's number of the returned money proves it; one
slip proves one return.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions.collecting import undo_set_off
from dengta.funding.actions.coming_back import take_in
from dengta.funding.actions.endings import end_barred
from dengta.funding.actions.paid_claims import return_claims, tell_payees
from dengta.funding.actions.refunds import lessen
from dengta.funding.actions.reserving import split
from dengta.funding.models import Claim, Clawback, Instalment, Payment
from dengta.funding.queries.clawbacks import paid_fen
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import StepRefused, advance, notify
from dengta.trail.models import Event

_SLIP = re.compile(r"[\w-]{1,60}")
_OVER = ("dropped", "overturned")
"""States of a clawback that takes nothing back."""


def record_return(
    payment: Payment, actor: Actor, *, slip: str, reason: str, at: dt.datetime | None = None
) -> Event:
    """Record that the bank sent a payment back after it was paid, by the bank's number of the
    returned money and with its reason. The same slip again for the same payment changes nothing.

    StepRefused without slip or reason, for a slip that proves another return, for a payment of
    which no money left, or while a clawback asks for what came back; Moved when it does not stand
    as paid any more.
    """
    now, slip, reason = at or timezone.now(), slip.strip(), reason.strip()[:200]
    _sound(payment, slip, reason)
    try:
        with transaction.atomic():
            return _recorded(payment, actor, slip, reason, now)
    except StepRefused:
        payment.refresh_from_db()
        raise


def _recorded(payment: Payment, actor: Actor, slip: str, reason: str, now: dt.datetime) -> Event:
    same = Event.objects.filter(
        flow=payment.flow.id, thing_id=payment.pk, step="return", reasons__slip=slip
    ).first()
    if same is not None:
        return same
    Payment.objects.select_for_update().get(pk=payment.pk)
    claims = return_claims([payment], at=now)  # claims are locked before accounts
    kept = payment.set_off_fen - _due_again(payment, now)
    take_in(
        payment.organisation.uscc,
        payment.transfer_fen,
        slip=slip,
        about=payment.number,
        at=now,
    )
    freed = _freed(payment, kept, now)
    _not_asked_back(claims)
    note = f"{reason}（退回流水 {slip}）"
    if kept:
        note += f"；抵扣的 {yuan(kept)} 元已另行退还，不再重付"
    event = advance(
        payment, "return", by=actor, note=note, at=now, evidence={"bounce_reason": reason},
        reasons={
            "reason": reason, "slip": slip, "fen": payment.transfer_fen, "instalments": freed,
            **({"kept_fen": kept} if kept else {}),
        },
    )  # fmt: skip
    if not end_barred([payment], {payment.pk: freed}, at=now):
        _tell(payment, event, claims, actor)
    return event


def _freed(payment: Payment, kept_fen: int, at: dt.datetime) -> list[int]:
    """Let the instalments of a payment go, the first `kept_fen` of them excepted, which stay paid
    by what was kept back; one that is both is divided. The ids of those that are free."""
    mine = Instalment.objects.filter(payment=payment)
    lines = list(mine.select_related("claim__organisation", "claim__payee").order_by("pk"))
    whole, cut = [], None
    for line in lines:
        if kept_fen >= line.amount_fen:
            whole.append(line.pk)
        elif kept_fen:
            cut = (line, kept_fen)
        kept_fen -= min(kept_fen, line.amount_fen)
    free = [line for line in lines if line.pk not in whole]
    Instalment.objects.filter(pk__in=[one.pk for one in free]).update(payment=None, paid_at=None)
    if cut is None:
        return [one.pk for one in free]
    line, first_fen = cut
    rest = split(line, first_fen, at=at)
    Instalment.objects.filter(pk=line.pk).update(payment=payment, paid_at=payment.paid_at)
    return [rest.pk if one is line else one.pk for one in free]


def _sound(payment: Payment, slip: str, reason: str) -> None:
    if not _SLIP.fullmatch(slip):
        raise StepRefused(
            Text(
                "请填写退回款项的银行流水号：字母、数字和短横，最多 60 位，同一流水只登记一次。",
                "Give the bank's number of the returned money: letters, digits and dashes, 60 at"
                " most. A slip counts once.",
            )
        )
    if not reason:
        raise StepRefused(
            Text(
                "请填写银行退回的原因，收款单位才知道怎样更正账户。",
                "Say why the bank sent it back, so that the payee knows what to mend.",
            )
        )
    if not payment.transfer_fen:
        raise StepRefused(
            Text(
                f"{payment.number} 全额抵扣，没有转账，不会有银行退回。请核对付款编号。",
                f"{payment.number} was set off as a whole; no money left, so none can come back."
                " Check the number.",
            )
        )


def _not_asked_back(claims: Sequence[Claim]) -> None:
    """StepRefused when a clawback takes back, or took back, what did not stay with the payee."""
    for claim in claims:
        cases = Clawback.objects.filter(claim=claim).exclude(state__in=_OVER).order_by("pk")
        asked = [(one, one.amount_fen if one.decided_fen is None else one.decided_fen)
                 for one in cases]  # fmt: skip
        if asked and paid_fen(claim) < sum(fen for _, fen in asked):
            number = asked[-1][0].number
            raise StepRefused(
                Text(
                    f"{claim.number} 的这笔资金正由追回 {number} 收回，不能同时登记退回。"
                    "请先不予追回或撤销该追回决定，再登记。",
                    f"The clawback {number} takes this money of {claim.number} back. Drop it,"
                    " or have its decision overturned first, then record the return.",
                )
            )


def _due_again(payment: Payment, at: dt.datetime) -> int:
    """What was kept back from a payment is due again, or refunded no more: how much, in 分.
    StepRefused where its case cannot be opened again."""
    if not payment.set_off_fen:
        return 0
    try:
        return undo_set_off(payment, at=at) + lessen(payment, at=at)
    except IntegrityError as taken:
        raise StepRefused(
            Text(
                "这笔付款抵扣过的追回已结案，同一申领另有一件追回在办，不能重新打开。"
                "请先办结那一件，再登记退回。",
                "Something of this payment was kept for a clawback that is closed, and another on"
                " the same claim is open. Close that one first, then record the return.",
            )
        ) from taken


_RETURNED = Text(
    "银行付款后又退回，请更正收款账户后重新拨付",
    "The bank sent this payment back after it was paid: mend the account and it is paid anew",
)


def _tell(payment: Payment, event: Event, claims: Sequence[Claim], actor: Actor) -> None:
    """The payee, who claimed where that is another, and the office's colleagues."""
    reason = payment.bounce_reason
    tell_payees([payment], [event], _RETURNED, {payment.pk: reason})
    amount = yuan(payment.transfer_fen)
    for claim in claims:
        if claim.organisation_id != payment.organisation_id:
            notify(
                event,
                people_of(claim.organisation_id),
                subject=Text(
                    f"申领 {claim.number}：付款后又被银行退回，等待重新拨付",
                    f"Claim {claim.number}: sent back by the bank after it was paid",
                ),
                body=Text(f"收款单位更正账户后重新拨付。{reason}",
                          f"It is paid anew when the payee has mended its account. {reason}"),
                link=f"/enterprise/claims/{claim.pk}/",
            )  # fmt: skip
    office = "province" if payment.case_region.endswith("0000") else "city"
    notify(
        event,
        set(officials_for(office, payment.case_region)) - {actor.user_id},
        subject=Text(
            f"{payment.number} {payment.organisation.name}：付款后又被银行退回",
            f"{payment.number} {payment.organisation.name}: sent back after it was paid",
        ),
        body=Text(f"金额 {amount} 元。{reason}", f"{amount} yuan. {reason}"),
        link=f"/official/payments/{payment.pk}/",
    )
