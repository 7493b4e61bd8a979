"""What a final clawback brings, and what the calendar decides of clawbacks: days of defence and
appeal pass, parties are reminded. Every day may be done again; nothing happens twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.collecting import raise_due
from dengta.funding.actions.paid_claims import finish
from dengta.funding.actions.reserving import take_back
from dengta.funding.actions.telling import tell_office, tell_party
from dengta.funding.actions.vouchers_redeeming import give_to_voucher
from dengta.funding.models import Claim, Clawback, Instalment, Repayment
from dengta.funding.queries.clawbacks import appeal_until, interest_on
from dengta.registry.actions import sanction
from dengta.registry.queries import in_force
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event
from dengta.trail.queries import clock


def become_final(
    clawback: Clawback,
    step: str,
    actor: Actor,
    at: dt.datetime,
    *,
    note: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Event:
    """What a final decision brings, together: the amount with its interest is due and booked, the
    party is barred, and with a sanction what of the claim is not paid yet is cancelled."""
    day = timezone.localdate(at)
    with transaction.atomic():
        event = advance(clawback, step, by=actor, note=note, evidence=evidence, at=at)
        clawback.interest_fen = interest_on(clawback, day)
        clawback.save(update_fields=["interest_fen"])
        _lay_out(clawback)
        raise_due(clawback, at=at)
        if clawback.sanction_until is not None and clawback.sanction_until >= day:
            sanction(
                clawback.organisation,
                grounds=clawback.grounds,
                document_number=clawback.decision_number,
                from_date=day,
                until_date=clawback.sanction_until,
                source=clawback.flow.id,
                source_id=clawback.pk,
                by=actor,
                at=at,
            )
            _cancel_rest(clawback, at)
        tell_party(clawback, event)
        tell_office(clawback, event)
    return event


def _lay_out(clawback: Clawback) -> None:
    """The rows as they are final: cut from the end where an appeal took something off, and the
    interest behind them, due with the last."""
    left = clawback.decided_fen or 0
    rows = list(clawback.repayments.order_by("ordinal"))
    for row in rows:
        part = min(left, row.amount_fen)
        left -= part
        if not part:
            row.delete()
        elif part < row.amount_fen:
            row.amount_fen = part
            row.save(update_fields=["amount_fen"])
    if clawback.interest_fen and clawback.due_date is not None:
        Repayment.objects.create(
            clawback=clawback,
            ordinal=len(rows) + 1,
            due_date=clawback.due_date,
            amount_fen=clawback.interest_fen,
            how=rows[0].how,
        )


def _cancel_rest(clawback: Clawback, at: dt.datetime) -> None:
    """Cancel the instalments that stand in no payment."""
    claim = Claim.objects.select_related("organisation", "payee", "voucher").get(
        pk=clawback.claim_id
    )
    rows = Instalment.objects.filter(claim=claim, paid_at=None, payment=None, cancelled_at=None)
    found = list(rows)
    if not found:
        return
    fen = sum(one.amount_fen for one in found)
    number, until = clawback.decision_number, clawback.sanction_until
    why = Text(
        f"追回决定 {number} 生效，{said_day(until).zh} 前不再拨付，未付的 {yuan(fen)} 元取消。",
        f"By the decision {number} nothing is paid until {said_day(until).en}; the {yuan(fen)}"
        f" yuan that were"
        " not paid are cancelled.",
    )
    cancel_lines(claim, found, why, at=at)


def cancel_lines(claim: Claim, lines: Sequence[Instalment], why: Text, *, at: dt.datetime) -> None:
    """Cancel instalments of a claim that stand in no payment; what they had taken goes back, to
    purses, years and voucher. A claim of which nothing is to come any more is over. Called in the
    transaction that holds the claim."""
    Instalment.objects.filter(pk__in=[one.pk for one in lines]).update(cancelled_at=at)
    take_back(claim, lines, at=at)
    if claim.voucher_id is not None:
        fen = sum(one.amount_fen for one in lines)
        give_to_voucher(claim, fen, why.zh, at=at)
    finish(claim, why, at=at)


def cancel_barred(claims: Iterable[int], *, at: dt.datetime) -> None:
    """Cancel what a payment has let go of, of claims whose clawback became final with a sanction
    while it stood in that payment. Nothing happens to other claims, or once the sanction is over.
    """
    live = in_force(timezone.localdate(at)).filter(source=CLAWBACK)
    for clawback in Clawback.objects.filter(
        claim__in=set(claims), pk__in=live.values("source_id")
    ).order_by("pk"):
        _cancel_rest(clawback, at)


CLAWBACK = Clawback.flow.id


# ------------------------------------------------------------------ the calendar


@dataclass(frozen=True, slots=True)
class Passed:
    """What a day brought: defences not stated, decisions final, parties reminded."""

    undefended: int = 0
    final: int = 0
    reminded: int = 0


def due(day: dt.date) -> Passed:
    """Everything of clawbacks that the calendar decides, as of `day`. Idempotent."""
    return Passed(_undefended(day), _final(day), _reminded(day))


def _moment(day: dt.date) -> dt.datetime:
    """Now, if it is that day; else the day's midnight."""
    now = timezone.now()
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return now if timezone.localdate(now) == day else midnight


def _rows(state: str) -> list[Clawback]:
    rows = Clawback.objects.filter(state=state).select_related("claim__organisation")
    return list(rows.select_related("claim__organisation", "organisation").order_by("pk"))


def _undefended(day: dt.date) -> int:
    done, moment = 0, _moment(day)
    for clawback in _rows("noticed"):
        running = clock(clawback, moment)
        if running is not None and running.late:
            done += _done(clawback, "lapse", moment)
    return done


def _done(clawback: Clawback, step: str, at: dt.datetime) -> int:
    """Take a step of the system's; 0 when somebody was there first."""
    try:
        if step == "lapse":
            _told(clawback, step, at)
        else:
            become_final(clawback, step, SYSTEM, at)
    except StepRefused:
        return 0
    return 1


def _told(
    clawback: Clawback,
    step: str,
    at: dt.datetime,
    note: str = "",
    reasons: Mapping[str, Any] | None = None,
) -> None:
    with transaction.atomic():
        event = advance(clawback, step, by=SYSTEM, note=note, reasons=reasons, at=at)
        tell_party(clawback, event)
        tell_office(clawback, event)


def _final(day: dt.date) -> int:
    done, moment = 0, _moment(day)
    for clawback in _rows("decided"):
        decided = clawback.decided_at
        if decided is not None and appeal_until(timezone.localdate(decided)) < day:
            done += _done(clawback, "become_final", moment)
    return done


def _reminded(day: dt.date) -> int:
    """Remind each party once of each row that is overdue."""
    done, moment = 0, _moment(day)
    for clawback in _rows("collecting"):
        told = Event.objects.filter(flow=clawback.flow.id, thing_id=clawback.pk, step="remind")
        before = {ordinal for event in told for ordinal in event.reasons.get("ordinals", ())}
        late = [
            row
            for row in clawback.repayments.order_by("ordinal")
            if row.due_date < day and row.paid_fen < row.amount_fen and row.ordinal not in before
        ]
        if not late:
            continue
        fen = sum(row.amount_fen - row.paid_fen for row in late)
        note = f"{said_day(late[0].due_date).zh} 到期的 {yuan(fen)} 元还没有缴清，逾期按日计息，"
        "并从应付款中抵扣。"
        try:
            ordinals = {"ordinals": [row.ordinal for row in late]}
            _told(clawback, "remind", moment, note=note, reasons=ordinals)
        except StepRefused:
            continue
        done += 1
    return done
