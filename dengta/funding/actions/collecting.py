"""The money of a clawback: what becomes due, what comes in, what is put right again.

When a decision is final, `receivable/<uscc>` is debited with all that is due (guarded: more can
never come in), and `clawback/<number>/<budget>` is credited with each budget's share, by the shares
in which the budgets had paid, and `clawback/<number>/interest` with the interest (both guarded: no
budget gets back more than its share). Whatever comes in, by transfer (`bank/incoming`) or kept back
from a payment (`payable/<uscc>`), credits the receivable, and in the same linked call goes on:
principal first, to the budgets in proportion to what each still lacks; then interest, to the
treasury.

A budget has its money back in its own account, where it can be granted again. What belongs to a
year that is closed is returned from there by an order of the budget with its document, since that
is a decision of finance and not of whoever collects. The caps that the claim had used stay used: a
firm that has to pay back has no second claim to the money. What was booked for the claim itself is
not touched.

Whoever collects holds the row of the case first (the step does it), then makes one call of the
ledger, so that two who come at once are served one after the other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import largest_remainder, yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.telling import tell_party
from dengta.funding.models import Clawback, Payment, Repayment
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.clawbacks import (
    TREASURY,
    came_in,
    interest_code,
    kept_on_way,
    late_owed,
    may_set_off,
    pay_until,
    receivable_code,
    refund_due,
    returning_code,
    sources_of,
)
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.actions import lift_sanction
from dengta.registry.models import Sanction
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event

INCOMING = "bank/incoming"
OUTGOING = "bank/outgoing"
_SLIP = re.compile(r"[\w-]{1,60}")


def raise_due(clawback: Clawback, *, at: dt.datetime) -> None:
    """Book what a final decision makes due; what is due when has been written down before."""
    number, owner = clawback.number, clawback.organisation
    sources = sources_of(clawback.claim)
    parts = largest_remainder(clawback.decided_fen or 0, [*sources.values()])
    receivable = receivable_code(owner.uscc)
    ledger.open_account(receivable, f"应收 {owner.name}", guard="debits", at=at)
    names = {returning_code(number, code): f"{number} 待退回 {code}" for code in sources}
    names[interest_code(number)] = f"{number} 待收利息"
    ledger.open_accounts(names, guard="credits", at=at)
    ledger.open_accounts({TREASURY: "省级财政专户", INCOMING: "已收回资金"}, at=at)
    shares = {
        returning_code(number, code): part
        for code, part in zip(sources, parts, strict=True)
    } | {interest_code(number): clawback.interest_fen}  # fmt: skip
    ledger.post_many(
        [
            _entry(clawback, f"due/{number}/{code}", receivable, code, fen, "clawback")
            for code, fen in shares.items()
            if fen
        ],
        at=at,
    )


def _entry(
    clawback: Clawback, key: str, debit: str, credit: str, fen: int, kind: str, memo: str = ""
) -> ledger.Entry:
    return ledger.Entry(
        key=key, debit=debit, credit=credit, amount_fen=fen, kind=kind, memo=memo,
        about=clawback.number,
    )  # fmt: skip


@dataclass(slots=True)
class _Held:
    """A case whose row is held: its rows, what each budget and the interest still lack, and what
    came in when."""

    clawback: Clawback
    rows: list[Repayment]
    lacking: dict[str, int]
    came: list[tuple[dt.date, int]]
    entries: list[ledger.Entry] = field(default_factory=list)

    @property
    def left_fen(self) -> int:
        return sum(row.amount_fen - row.paid_fen for row in self.rows)


def _held(clawback: Clawback) -> _Held:
    """What stands of a case now. The caller holds its row."""
    lacking = {}
    for one in books.standings(clawback.number):
        fresh = one.kind in ("clawback", "front") and one.credit not in lacking
        if fresh and one.state == "posted":
            balance = books.balance(one.credit)
            lacking[one.credit] = (
                balance.credits_posted_fen - balance.debits_posted_fen if balance else 0
            )
    came = [(one.day, one.fen) for one in came_in(clawback)]
    return _Held(clawback, list(clawback.repayments.order_by("ordinal")), lacking, came)


@dataclass(frozen=True, slots=True)
class _Coming:
    """Money that comes in: the key of its entry, from which account, how much, when, how."""

    key: str
    debit: str
    fen: int
    day: dt.date
    how: str
    reference: str
    payment: Payment | None = None


def _take(held: _Held, coming: _Coming) -> None:
    """Put what comes in into the rows, and what the ledger is to be told into `held.entries`.
    StepRefused for more than is due; whoever pays the last of it owes the interest for whatever
    was late, and may pay that along."""
    clawback, left = held.clawback, held.left_fen
    if coming.fen >= left:
        late = late_owed(clawback, held.rows, [*held.came, (coming.day, left)])
        if late:
            _add_late(held, coming.day, late)
    if coming.fen > held.left_fen:
        raise StepRefused(
            Text(
                f"{clawback.number} 到 {said_day(coming.day).zh} 还应缴 {yuan(held.left_fen)} 元，"
                f"收不了 {yuan(coming.fen)} 元，没有入账。请核对凭证，多缴的请退回。",
                f"By {said_day(coming.day).en} {clawback.number} has {yuan(held.left_fen)} yuan"
                f" to be paid, not"
                f" {yuan(coming.fen)}. Nothing was booked. Check the slip, or return what is too"
                " much.",
            )
        )
    _fill(held.rows, coming)
    held.came.append((coming.day, coming.fen))
    memo = f"{coming.day.isoformat()} {coming.reference}"
    receivable = receivable_code(clawback.organisation.uscc)
    kind = "repay" if coming.how == Repayment.How.TRANSFER else "set_off"
    held.entries.append(
        _entry(clawback, coming.key, coming.debit, receivable, coming.fen, kind, memo)
    )
    for code, fen in _shared(held, coming.fen).items():
        target = TREASURY if code == interest_code(clawback.number) else code.split("/", 2)[2]
        key = f"{coming.key}/{code.split('/', 2)[2]}"
        held.entries.append(_entry(clawback, key, code, target, fen, "return"))


def _add_late(held: _Held, day: dt.date, fen: int) -> None:
    """Interest for being late becomes a row of its own, and due."""
    clawback = held.clawback
    ordinal = len(held.rows) + 1
    held.rows.append(
        Repayment.objects.create(
            clawback=clawback, ordinal=ordinal, due_date=pay_until(day), amount_fen=fen
        )
    )
    code = interest_code(clawback.number)
    receivable = receivable_code(clawback.organisation.uscc)
    key = f"late/{clawback.number}/{ordinal}"
    held.entries.append(_entry(clawback, key, receivable, code, fen, "clawback"))
    held.lacking[code] = held.lacking.get(code, 0) + fen


def _fill(rows: Sequence[Repayment], coming: _Coming) -> None:
    rest = coming.fen
    for row in rows:
        part = min(rest, row.amount_fen - row.paid_fen)
        if not part:
            continue
        rest -= part
        row.paid_fen += part
        if row.paid_fen == row.amount_fen or not row.how:
            row.how = coming.how
        row.reference, row.payment = coming.reference[:60], coming.payment or row.payment
        if row.paid_fen == row.amount_fen:
            row.paid_at = timezone.make_aware(dt.datetime.combine(coming.day, dt.time()))
        row.save()


def _shared(held: _Held, fen: int) -> dict[str, int]:
    """Where what comes in goes on to: principal first, then interest."""
    last = interest_code(held.clawback.number)
    budgets = {code: left for code, left in held.lacking.items() if code != last and left}
    principal = min(fen, sum(budgets.values()))
    parts = largest_remainder(principal, [*budgets.values()])
    found = dict(zip(budgets, parts, strict=True)) | {last: fen - principal}
    for code, part in found.items():
        held.lacking[code] = held.lacking.get(code, 0) - part
    return {code: part for code, part in found.items() if part}


def _book(held: Iterable[_Held], at: dt.datetime) -> None:
    """Tell the ledger of everything in one call; close the cases in which nothing is left."""
    held = list(held)
    try:
        ledger.post_many([entry for one in held for entry in one.entries], at=at)
    except ledger.KeyReused as reused:
        raise StepRefused(reused.text) from reused
    for one in held:
        if not one.left_fen:
            event = advance(one.clawback, "close", by=SYSTEM, at=at, evidence={"closed_at": at})
            tell_party(one.clawback, event)


# ---------------------------------------------------------------- by transfer


def repay(
    clawback: Clawback,
    actor: Actor,
    *,
    amount_fen: int,
    slip: str,
    day: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Record what was paid back, in full or in part, by the number of its slip and the day on which
    it came in. The same slip again moves nothing.

    StepRefused for more than is due, for a slip that was recorded otherwise, without a slip.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    came, slip = day or today, slip.strip()
    _sound(amount_fen, slip, came, today, clawback)
    with transaction.atomic():
        key = _slip_key(slip)
        same = books.standing(key)
        if same is not None:
            return _recorded(clawback, same, slip, amount_fen)
        event = advance(
            clawback, "repay", by=actor, at=now,
            note=f"{yuan(amount_fen)} 元，凭证 {slip}，{said_day(came).zh}",
            reasons={"key": key, "fen": amount_fen, "slip": slip, "day": came.isoformat()},
        )  # fmt: skip
        same = books.standing(key)  # somebody else's step may have come first
        if same is not None:
            raise StepRefused(_other_slip(slip, same))
        held = _held(clawback)
        _take(held, _Coming(key, INCOMING, amount_fen, came, Repayment.How.TRANSFER, slip))
        tell_party(clawback, event)
        _book([held], now)
    return event


def _sound(fen: int, slip: str, day: dt.date, today: dt.date, clawback: Clawback) -> None:
    if fen <= 0:
        raise StepRefused(
            Text(
                "缴款金额须大于 0。请按凭证填写。", "The amount has to be above 0, as on the slip."
            )
        )
    if not _SLIP.fullmatch(slip):
        raise StepRefused(
            Text(
                "请填写缴款凭证号：字母、数字和短横，最多 60 位，同一凭证只入账一次。",
                "Give the slip's number: letters, digits and dashes, 60 at most. A slip counts"
                " once.",
            )
        )
    decided = clawback.decided_at
    if day > today or (decided is not None and day < timezone.localdate(decided)):
        raise StepRefused(
            Text(
                f"到账日期 {said_day(day).zh} 要在决定作出之后，且不晚于今天"
                f" {said_day(today).zh}。请改正。",
                f"The day it came in, {said_day(day).en}, has to be after the decision and not"
                f" after today,"
                f" {said_day(today).en}.",
            )
        )


def _slip_key(slip: str) -> str:
    """The key of a slip: what was taken back under it may be recorded anew."""
    turn, key = 1, f"slip/{slip}"
    while (there := books.standing(key)) is not None and there.state == "reversed":
        turn += 1
        key = f"slip/{slip}/{turn}"
    return key


def _recorded(clawback: Clawback, same: books.Standing, slip: str, fen: int) -> Event:
    event = Event.objects.filter(
        flow=clawback.flow.id, thing_id=clawback.pk, step="repay", reasons__key=same.key
    ).last()
    if event is None or (same.about, same.amount_fen) != (clawback.number, fen):
        raise StepRefused(_other_slip(slip, same))
    return event


def _other_slip(slip: str, same: books.Standing) -> Text:
    return Text(
        f"凭证 {slip} 已经在 {same.about} 入账 {yuan(same.amount_fen)} 元，同一凭证只入账一次。"
        "请核对凭证号和金额。",
        f"Slip {slip} is on record for {same.about} with {yuan(same.amount_fen)} yuan; a slip"
        " counts once. Check its number and amount.",
    )


# ---------------------------------------------------------------- kept back from payments


def set_off(payment: Payment, *, at: dt.datetime) -> int:
    """`set_off_many` for one payment; how much was kept back, in 分."""
    return set_off_many([payment], at=at)


def set_off_many(payments: Sequence[Payment], *, at: dt.datetime) -> int:
    """Keep `Payment.set_off_fen` of each payment back against what its payee has to pay back, the
    oldest case first; how much in all, in 分. Called once for a whole batch as it is sent, in the
    same transaction and before anything else is told to the ledger.

    A payment that was done already is passed over. StepRefused when more is kept back than is due
    by now: ask `queries.clawbacks.set_off_due` anew.
    """
    day = timezone.localdate(at)
    wanted = [payment for payment in payments if payment.set_off_fen]
    done = 0
    with transaction.atomic():
        owners = {payment.organisation_id for payment in wanted}
        cases = Clawback.objects.filter(organisation__in=owners).exclude(decided_at=None)
        by_owner: dict[int, list[Clawback]] = {}
        for case in cases.select_for_update().order_by("pk"):
            by_owner.setdefault(case.organisation_id, []).append(case)
        held: dict[int, _Held] = {}
        for payment in wanted:
            mine = by_owner.get(payment.organisation_id, [])
            if any(books.standing(set_off_key(payment, case)) for case in mine):
                continue
            done += _keep_back(payment, mine, held, day, at)
        if held:
            _book(held.values(), at)
    return done


def set_off_key(payment: Payment, case: Clawback) -> str:
    """The ledger's key of what was kept from a payment for a case."""
    return f"setoff/{payment.number}/{case.number}"


def _keep_back(
    payment: Payment,
    cases: Sequence[Clawback],
    held: dict[int, _Held],
    day: dt.date,
    at: dt.datetime,
) -> int:
    rest = payment.set_off_fen
    for case in cases:
        if case.pk not in held and case.state == "collecting":
            held[case.pk] = _held(case)
        if not rest or case.pk not in held:
            continue
        one = held[case.pk]
        due = sum(row.amount_fen - row.paid_fen for row in one.rows if may_set_off(row, day))
        part = min(rest, due)
        if not part:
            continue
        rest -= part
        key, debit = set_off_key(payment, case), payable_code(payment.organisation.uscc)
        event = advance(
            case, "set_off", by=SYSTEM, at=at,
            note=f"从付款 {payment.number} 抵扣 {yuan(part)} 元",
            reasons={"key": key, "fen": part, "payment": payment.number},
        )  # fmt: skip
        how = Repayment.How.SET_OFF
        _take(one, _Coming(key, debit, part, day, how, payment.number, payment))
        tell_party(case, event)
    if rest:
        raise StepRefused(
            Text(
                f"付款 {payment.number} 拟抵扣 {yuan(payment.set_off_fen)} 元，现在应抵扣的少"
                f" {yuan(rest)} 元，没有送出。请刷新后重新送交，金额会重新计算。",
                f"{payment.number} was to keep back {yuan(payment.set_off_fen)} yuan, which is"
                f" {yuan(rest)} more than is due by now. Send the batch again; the amounts are"
                " worked out anew.",
            )
        )
    return payment.set_off_fen


def undo_set_off(payment: Payment, *, at: dt.datetime) -> int:
    """The bank sent a payment back: what was kept back from it is due again, since its instalments
    are paid anew. Returns how much, in 分. Idempotent.

    The budgets may have granted the money again by now, and a bank's answer cannot wait for them:
    they keep it, and the treasury stands in until it comes in once more, which then goes to the
    treasury. A case whose decision was overturned asks for nothing (see `actions.refunds`).
    """
    done = 0
    with transaction.atomic():
        cases = Clawback.objects.filter(organisation=payment.organisation_id)
        cases = cases.exclude(decided_at=None).select_for_update().order_by("pk")
        for case in [one for one in cases if one.state not in ("overturned", "dropped")]:
            there = books.standing(set_off_key(payment, case))
            if there is not None and there.state == "posted":
                _front(case, payment, there, at)
                done += there.amount_fen
    return done


def _front(case: Clawback, payment: Payment, there: books.Standing, at: dt.datetime) -> None:
    event = advance(
        case, "undo", by=SYSTEM, at=at, evidence={"closed_at": None},
        note=f"付款 {payment.number} 被银行退回，抵扣的 {yuan(there.amount_fen)} 元没有生效。",
        reasons={"key": there.key},
    )  # fmt: skip
    ledger.reverse(there.key, at=at)
    code, key = interest_code(case.number), f"bounced/{payment.number}/{case.number}"
    ledger.post(_entry(case, key, TREASURY, code, there.amount_fen, "front"), at=at)
    _empty(case, there.amount_fen)
    tell_party(case, event)


# ---------------------------------------------------------------- put right


def undo(
    clawback: Clawback, actor: Actor, *, key: str, note: str, at: dt.datetime | None = None
) -> Event:
    """Take a slip back that was recorded by mistake, with everything that went on from it. A closed
    case is open again by it. What came in later stays where it went;
    what comes next fills what is lacking, principal first. Interest for being late that was raised
    stays, since it is not known yet when the money will really come.

    StepRefused when there is no such entry, or when a budget has granted the money again.
    """
    now = at or timezone.now()
    with transaction.atomic():
        try:
            with transaction.atomic():
                event = advance(
                    clawback, "undo", by=actor, note=note, at=now,
                    evidence={"closed_at": None}, reasons={"key": key},
                )  # fmt: skip
        except IntegrityError as taken:
            raise StepRefused(
                Text(
                    f"{clawback.claim.number} 已经另有一件追回在办，这件不能重新打开。"
                    "请先办结那一件。",
                    f"Another clawback of {clawback.claim.number} is open. Close that one first.",
                )
            ) from taken
        slips = (one for one in came_in(clawback) if one.kind == "repay")
        entry = next((one for one in slips if one.key == key), None)
        if entry is None:
            raise StepRefused(
                Text(
                    "没有这笔入账，或者已经撤销。请刷新页面。",
                    "There is no such entry, or it was undone. Reload the page.",
                )
            )
        keys = [
            one.key
            for one in books.standings(clawback.number)
            if (one.key == key or one.key.startswith(f"{key}/"))
            and one.kind != "clawback"
            and one.state == "posted"
        ]
        _reverse(keys, now)
        _empty(clawback, entry.fen)
        tell_party(clawback, event)
    return event


def _reverse(keys: Sequence[str], at: dt.datetime) -> None:
    try:
        ledger.reverse_many(keys, at=at)
    except ledger.Overspent as short:
        raise StepRefused(
            Text(
                f"退回的资金已经在 {short.account} 重新安排，只剩 {yuan(short.left_fen)} 元，"
                f"不够 {yuan(short.asked_fen)} 元，没有办理。请先在“预算资金”中补足。",
                f"What came back was granted again from {short.account}, which has"
                f" {yuan(short.left_fen)} yuan left, not {yuan(short.asked_fen)}. Nothing was done."
                " Have the budget filled up first.",
            )
        ) from short


def _empty(clawback: Clawback, fen: int) -> None:
    """Take so much out of the rows again, from the end."""
    for row in clawback.repayments.order_by("-ordinal"):
        part = min(fen, row.paid_fen)
        if part:
            fen -= part
            row.paid_fen, row.paid_at = row.paid_fen - part, None
            row.save()


def overturn(
    clawback: Clawback, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """A decision that was final is taken back (reconsideration, a court): what had come in leaves
    the budgets again and is owed to the party, to be paid with `refund`; what was still due is due
    no longer; the sanction is lifted. Instalments that were cancelled stay so: the claim is settled
    by whoever overturns, and can be made anew.

    StepRefused for whoever had decided, and when a budget has granted the money again.
    """
    now = at or timezone.now()
    if actor.user_id and actor.user_id == clawback.decided_by_id:
        raise StepRefused(SAME_HAND)
    with transaction.atomic():
        event = advance(clawback, "overturn", by=actor, note=note, at=now)
        if kept_on_way(clawback):
            raise StepRefused(
                Text(
                    "从一笔付款中抵扣的钱，银行结果还没有登记。请等登记后再撤销决定。",
                    "The bank has not answered for a payment from which something was kept. Wait"
                    " for that before you overturn the decision.",
                )
            )
        number, uscc = clawback.number, clawback.organisation.uscc
        came = sum(one.fen for one in came_in(clawback))
        if came:
            ledger.open_account(payable_code(uscc), f"应付 {clawback.organisation.name}", at=now)
            entry = _entry(
                clawback, f"overturned/{number}", receivable_code(uscc), payable_code(uscc), came,
                "overturn",
            )  # fmt: skip
            ledger.post(entry, at=now)
        keys = [
            one.key
            for one in books.standings(number)
            if one.kind in ("return", "clawback", "front") and one.state == "posted"
        ]
        _reverse(keys, now)
        clawback.repayments.update(paid_fen=0, paid_at=None)
        for held in Sanction.objects.filter(source=clawback.flow.id, source_id=clawback.pk):
            lift_sanction(held, SYSTEM, note, at=now)
        tell_party(clawback, event)
        if not came:
            advance(clawback, "clear", by=SYSTEM, at=now)
    return event


SAME_HAND = Text(
    "这件追回由您决定，对决定的审查要由其他人办理。请转交同事。",
    "You decided this case; somebody else has to review the decision. Hand it to a colleague.",
)


def refund(clawback: Clawback, actor: Actor, *, slip: str, at: dt.datetime | None = None) -> Event:
    """Record that what an overturned case had brought in was paid back to the party, by the number
    of the bank's slip; the case is over by it."""
    now, slip = at or timezone.now(), slip.strip()
    if not _SLIP.fullmatch(slip):
        raise StepRefused(
            Text(
                "请填写退款凭证号：字母、数字和短横，最多 60 位。",
                "Give the number of the slip: letters, digits and dashes, 60 at most.",
            )
        )
    with transaction.atomic():
        event = advance(clawback, "refund", by=actor, note=f"退款凭证 {slip}", at=now)
        owed = refund_due(clawback)
        uscc = clawback.organisation.uscc
        ledger.open_account(OUTGOING, "已付出资金", at=now)
        entry = _entry(
            clawback, f"refunded/{clawback.number}", payable_code(uscc), OUTGOING, owed, "refund",
            slip,
        )  # fmt: skip
        ledger.post(entry, at=now)
        tell_party(clawback, event)
    return event
