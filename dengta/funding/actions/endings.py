"""不再拨付: what the bank sent back and is not paid anew. By rule where a final clawback of the
claim bars its payee, as with what was not paid yet when that became final; else by an office's
decision. Under a sanction for another matter the money waits until that ends, unless an office
ends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions import claims_acceptance
from dengta.funding.actions.finality import cancel_barred, cancel_lines
from dengta.funding.actions.paid_claims import tell_payees
from dengta.funding.actions.vouchers_redeeming import reverse_redemption
from dengta.funding.models import Claim, Instalment, Payment
from dengta.funding.queries.payments import let_go
from dengta.trail.actions import StepRefused, advance, advance_many
from dengta.trail.models import Event

_ENDED = Text("银行退回的款项不再拨付", "What the bank sent back is not paid anew")
_BARRED = "追回决定已生效并限制拨付，银行退回的款项取消，不再拨付。"


def end_barred(
    payments: Sequence[Payment], freed: Mapping[int, Iterable[int]], *, at: dt.datetime
) -> frozenset[int]:
    """Cancel what payments that came back have let go of (their ids -> its ids), where a final
    clawback of the claim bars the payee; a payment of which nothing is left is over, and its payee
    is told so. The ids of those. Called in the transaction in which they came back."""
    ids = {pk for some in freed.values() for pk in some}
    rows = Instalment.objects.filter(pk__in=ids)
    cancel_barred(set(rows.values_list("claim_id", flat=True)), at=at)
    gone = set(rows.exclude(cancelled_at=None).values_list("pk", flat=True))
    over = [one for one in payments if (mine := set(freed.get(one.pk, ()))) and mine <= gone]
    events = advance_many(over, "end", by=SYSTEM, note=_BARRED, at=at) if over else []
    tell_payees(over, events, _ENDED, dict.fromkeys([one.pk for one in over], _BARRED))
    return frozenset(one.pk for one in over)


def end(payment: Payment, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Decide that what the bank sent back is not paid anew: its instalments are cancelled, and what
    they had taken goes back to purses and years. A claim of which nothing was or will be paid is
    reversed, one of which the rest was paid is over.

    StepRefused without a reason, or when nothing of it waits any more.
    """
    now = at or timezone.now()
    with transaction.atomic():
        event = advance(payment, "end", by=actor, note=note, at=now)
        lines = let_go(payment)
        if not lines:
            raise StepRefused(
                Text(
                    "这笔退回的款项已列入别的付款，或已经取消，没有可以停止的。请刷新页面查看。",
                    "What came back stands in another payment by now, or was cancelled. Reload the"
                    " page.",
                )
            )
        by_claim: dict[int, list[Instalment]] = {}
        for one in lines:
            by_claim.setdefault(one.claim_id, []).append(one)
        held = Claim.objects.filter(pk__in=by_claim).select_for_update(of=("self",)).order_by("pk")
        for claim in held.select_related("organisation", "payee", "voucher"):
            _end(claim, by_claim[claim.pk], actor, note, now)
        tell_payees([payment], [event], _ENDED, {payment.pk: note})
    return event


def _end(
    claim: Claim, lines: Sequence[Instalment], actor: Actor, note: str, now: dt.datetime
) -> None:
    mine = [one.pk for one in lines]
    if claim.instalments.filter(cancelled_at=None).exclude(pk__in=mine).exists():
        fen = sum(one.amount_fen for one in lines)
        why = Text(
            f"银行退回的 {yuan(fen)} 元不再拨付：{note}",
            f"The {yuan(fen)} yuan that the bank sent back are not paid anew: {note}",
        )
        cancel_lines(claim, lines, why, at=now)
    elif claim.voucher_id is not None:
        reverse_redemption(claim, actor, note=note, at=now)
    else:
        claims_acceptance.reverse(claim, actor, note=note, at=now)
