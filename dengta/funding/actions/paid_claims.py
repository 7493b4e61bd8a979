"""What a claim makes of its payments: paid in full or in part, or sent back; and who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from dengta.accounts.queries import SYSTEM
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions.claims_telling import tell
from dengta.funding.models import Claim, Instalment, Payment
from dengta.registry.models import Membership
from dengta.trail.actions import advance, advance_many, notify
from dengta.trail.models import Event


def pay_claims(payments: Sequence[Payment], *, at: dt.datetime) -> None:
    """After payments were paid: claims of which all is paid are paid; of which something is still
    to come, are waiting for it; of which something is at the bank, stay as they are."""
    _move(payments, {}, at)


def bounce_claims(payments: Sequence[Payment], *, at: dt.datetime) -> None:
    """Before payments that came back let go of their instalments: the claims wait again, unless
    another part is still at the bank."""
    why = {
        one.pk: {"account": [one.account_name, one.account_number, one.bank_name]}
        for one in payments
    }
    _move(payments, why, at)


def finish(claim: Claim, why: Text, *, at: dt.datetime) -> Event | None:
    """An approved claim of which something was paid and nothing is to come, since the rest was
    cancelled, is over, and whoever claimed is told `why`. None where it is not so."""
    live = claim.instalments.filter(cancelled_at=None)
    if claim.state != "approved" or not live.exists() or live.filter(paid_at=None).exists():
        return None
    event = advance(claim, "finish", by=SYSTEM, note=why.zh, at=at)
    tell(claim, event, body=why)
    return event


def return_claims(payments: Sequence[Payment], *, at: dt.datetime) -> list[Claim]:
    """The same after the bank had paid: also claims that were paid, in full or in part, wait
    again. Returns all claims that were paid by these payments, locked."""
    why = {
        one.pk: {"account": [one.account_name, one.account_number, one.bank_name]}
        for one in payments
    }
    return _move(payments, why, at, ("paying", "approved", "paid"))


def _move(
    payments: Sequence[Payment],
    bounced: Mapping[int, dict[str, list[str]]],
    at: dt.datetime,
    sources: Sequence[str] = ("paying",),
) -> list[Claim]:
    ids = {one.pk for one in payments}
    numbers = {one.pk: one.number for one in payments}
    mine = dict(Instalment.objects.filter(payment__in=ids).values_list("claim_id", "payment_id"))
    waiting = Claim.objects.filter(pk__in=mine, state__in=sources).select_related(
        "organisation", "payee"
    )
    claims = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    lines: dict[int, list[Instalment]] = {claim.pk: [] for claim in claims}
    rows = Instalment.objects.filter(claim__in=lines, cancelled_at=None).select_related("payment")
    for row in rows:
        lines[row.claim_id].append(row)
    steps: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        step = _step(lines[claim.pk], ids if bounced else set())
        if step:
            steps.setdefault((step, claim.state), []).append(claim)
    for (step, _), some in steps.items():
        reasons = {}
        for claim in some:
            payment = mine[claim.pk] or 0
            reasons[claim.pk] = {
                "payment": payment, "number": numbers[payment], **bounced.get(payment, {}),
            }  # fmt: skip
        advance_many(some, step, by=SYSTEM, reasons=reasons, at=at)
    return claims


def _step(lines: Sequence[Instalment], sent_back: set[int]) -> str:
    """The step of a claim by its instalments; "" when another payment of it is at the bank."""
    open_lines = [one for one in lines if one.paid_at is None]
    at_bank = [
        one
        for one in open_lines
        if one.payment is not None
        and one.payment.state == "sent"
        and one.payment_id not in sent_back
    ]
    if at_bank:
        return ""
    if sent_back:
        return "bounce"
    return "part" if open_lines else "pay"


def tell_payees(
    payments: Sequence[Payment],
    events: Sequence[Event],
    said: Text,
    reasons: Mapping[int, str] | None = None,
) -> None:
    """A notice to everybody who acts for a payee, with the way to the payment."""
    people: dict[int, list[int]] = {}
    payees = {one.organisation_id for one in payments}
    acting = Membership.objects.filter(organisation__in=payees)
    for organisation, user in acting.values_list("organisation_id", "user_id"):
        people.setdefault(organisation, []).append(user)
    for payment, event in zip(payments, events, strict=True):
        to = people.get(payment.organisation_id)
        if not to:
            continue
        amount, why = yuan(payment.transfer_fen), (reasons or {}).get(payment.pk, "")
        desk = "provider" if payment.organisation.kind == "provider" else "enterprise"
        notify(
            event,
            to,
            subject=Text(f"{payment.number}：{said.zh}", f"{payment.number}: {said.en}"),
            body=Text(
                f"金额 {amount} 元，收款账户 {payment.account_number}。{why}",
                f"{amount} yuan, account {payment.account_number}. {why}".strip(),
            ),
            link=f"/{desk}/payments/{payment.pk}/",
        )
