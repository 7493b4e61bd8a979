"""核销: a voucher that was issued is drawn on in parts, taken back, revoked, or expires.

Each redemption is a claim that reserves its amount on the voucher's account for whoever is paid.
`Voucher.redeemed_fen` is the running total. Whoever draws on it, gives back to it or ends it takes
the voucher's row first, so that a redemption and the expiry of the same night cannot both have the
money.
"""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions.claims import carry
from dengta.funding.actions.coming_back import take_in
from dengta.funding.actions.register import release
from dengta.funding.actions.reserving import take_back
from dengta.funding.actions.vouchers import check_terms, tell
from dengta.funding.actions.vouchers_drawing import TAKEN, check_day, check_part, take
from dengta.funding.actions.vouchers_money import give_back
from dengta.funding.models import ENDED_STATES, Claim, Voucher
from dengta.funding.queries.claims import CHECKING, mend_until
from dengta.funding.queries.vouchers import edition, terms_of
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import people_of, policy, suppliers
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Event

AT_ONCE = 200
"""So many vouchers expire in one transaction."""

# ---------------------------------------------------------------- redeeming


def redeem(
    voucher: Voucher,
    actor: Actor,
    *,
    amount_fen: int | None = None,
    turn: int | None = None,
    agreed_by: str = "",
    at: dt.datetime | None = None,
) -> Claim:
    """The firm redeems all that is left, or a part, of a voucher that is paid after spending; the
    claim that it becomes is approved at once, as the voucher was reviewed before.

    `turn` is how many redemptions there had been on the page; sent twice from one page it is one
    redemption. `agreed_by` names who agrees to the terms where nobody has yet. StepRefused after
    the last day, for more than is left, or for a voucher that is set off against the bill; Moved
    when it was drawn on elsewhere.
    """
    now = at or timezone.now()
    _may_redeem(voucher, actor, now, "reimburse")
    left = voucher.left_fen
    amount = left if amount_fen is None else amount_fen
    turn = voucher.claims.count() if turn is None else turn
    key = f"redeem/{voucher.number}/{turn + 1}"
    if (again := _sent_again(key, amount_fen, voucher)) is not None:
        return again
    check_part(amount, left)
    scheme = edition(voucher.scheme)
    agreed_by = agreed_by.strip() or voucher.agreed_by
    check_terms(scheme, voucher.terms or terms_of(scheme), agreed_by)
    try:
        with transaction.atomic():
            take(voucher, amount, actor, now, seen=voucher.redeemed_fen)
            claim = _claim(voucher, actor, amount, key, now)
            carry(
                claim,
                amount,
                agreed_by=agreed_by,
                evidence={"policy_digest": claim.policy_digest},
                note=f"按服务券 {voucher.number} 的审核结果核定。",
                at=now,
            )
    except Moved:
        if (again := _sent_again(key, amount_fen, voucher)) is not None:
            return again
        raise
    return claim


def start_redemption(
    voucher: Voucher,
    actor: Actor,
    amount_fen: int,
    *,
    supplier: Organisation | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Claim:
    """The draft of a claim on a voucher that is set off against the bill, begun by the supplier
    that takes it, or by the firm that names the supplier. It goes with the bill through review; the
    voucher is drawn on when it is approved (`vouchers_drawing.draw`).

    StepRefused as `redeem` does; NotAllowed for anybody else, or a supplier not on the list.
    """
    now = at or timezone.now()
    taker = supplier or voucher.supplier
    if actor.role == "provider":
        taker = Organisation.objects.get(pk=actor.organisation_id)
    _may_redeem(voucher, actor, now, "set_off")
    if taker is None or not suppliers(timezone.localdate(now)).filter(pk=taker.pk).exists():
        raise NotAllowed(
            Text(
                "这家单位不在本年度云服务供应商名单内，不能用券抵扣。请从名单中选择供应商。",
                "This supplier is not on this year's list. Choose one that is.",
            )
        )
    check_part(amount_fen, voucher.left_fen)
    key = f"redeem/{voucher.number}/{key or uuid4().hex}"
    begun = Claim.objects.filter(key=key).first()
    if begun is not None:
        return begun
    try:
        with transaction.atomic():
            claim = _claim(voucher, actor, amount_fen, key, now, supplier=taker)
            _tell_holder(claim, actor, taker)
    except IntegrityError:  # a second click was there first
        return Claim.objects.get(key=key)
    return claim


def _tell_holder(claim: Claim, actor: Actor, taker: Organisation) -> None:
    """A firm whose voucher a supplier draws on is told at once, so that it can object."""
    if actor.role != "provider":
        return
    begun = Event.objects.filter(flow=claim.flow.id, thing_id=claim.pk).latest("id")
    notify(
        begun,
        people_of(claim.organisation_id),
        subject=Text(
            f"{taker.name}要用您的服务券抵扣 {yuan(claim.claimed_fen)} 元",
            f"{taker.name} is setting {yuan(claim.claimed_fen)} yuan off against your voucher",
        ),
        body=Text(
            "如未与其约定抵扣，请在申领页面撤回，并联系所在区县经信部门。",
            "If you have not agreed to this, withdraw the claim and tell your county office.",
        ),
        link=f"/enterprise/claims/{claim.pk}/",
    )


def _may_redeem(voucher: Voucher, actor: Actor, now: dt.datetime, settlement: str) -> None:
    """StepRefused for who may not, after the last day, or by the other way of settling."""
    own = actor.role == "enterprise" and actor.organisation_id == voucher.organisation_id
    if not own and not (settlement == "set_off" and actor.role == "provider"):
        raise NotAllowed(
            Text(
                "只有持券企业本单位的人员可以核销。",
                "Only people of the firm that holds the voucher can redeem it.",
            )
        )
    refuse_sanctioned(voucher.organisation, timezone.localdate(now))
    if edition(voucher.scheme).settlement != settlement:
        raise StepRefused(
            Text(
                "这张券在付款时向供应商抵扣，由供应商或企业连同账单一起申领。",
                "This voucher is set off against the supplier's bill and claimed with it.",
            )
            if settlement == "reimburse"
            else Text(
                "这张券先付后补，由企业自行核销，不能向供应商抵扣。",
                "This voucher is paid after spending; the firm redeems it, it is not set off.",
            )
        )
    check_day(voucher, timezone.localdate(now))


def _sent_again(key: str, amount_fen: int | None, voucher: Voucher) -> Claim | None:
    """The redemption of the same page, if it was sent before with the same amount; Moved if with
    another."""
    claim = Claim.objects.filter(key=key).first()
    if claim is None:
        return None
    voucher.refresh_from_db()
    same = voucher.left_fen == 0 if amount_fen is None else claim.computed_fen == amount_fen
    if not same:
        raise Moved(TAKEN)
    return claim


def _claim(
    voucher: Voucher,
    actor: Actor,
    amount: int,
    key: str,
    now: dt.datetime,
    *,
    supplier: Organisation | None = None,
) -> Claim:
    """The claim that a redemption is, in its first state."""
    scheme = edition(voucher.scheme)
    supplier = supplier or voucher.supplier
    payee = supplier if scheme.payee == "provider" and supplier else voucher.organisation
    claim = Claim(
        scheme=scheme.edition,
        programme=voucher.programme,
        year=voucher.year,
        organisation=voucher.organisation,
        payee=payee,
        supplier=supplier,
        voucher=voucher,
        title=f"核销服务券 {voucher.number}",
        contract_number=voucher.contract_number,
        facts={"cloud_depth": voucher.depth} if voucher.depth else {},
        account_name=payee.name,
        account_number=voucher.bank_account if payee == voucher.organisation else "",
        bank_name=voucher.bank_name if payee == voucher.organisation else "",
        claimed_fen=amount,
        counted_fen=amount,
        computed_fen=amount,
        verdict=voucher.verdict,
        policy_digest=voucher.policy_digest or policy().digest,
        terms=voucher.terms or terms_of(scheme),
        key=key,
        created_at=now,
    )
    begin(claim, by=actor, at=now)
    return claim


# ---------------------------------------------------------------- taking a redemption back


def reverse_redemption(
    claim: Claim, actor: Actor, *, note: str, slip: str = "", at: dt.datetime | None = None
) -> Event:
    """Take a redemption back: one that was not paid is no longer owed; of one that was paid the
    money has come back, and `slip` is the bank's number of it. The voucher can be redeemed anew,
    unless its time is over; then the money goes back to the purses.

    StepRefused while the bank is paying, without a reason, or without the slip of what was paid.
    """
    now = at or timezone.now()
    paid = claim.state == "paid"
    if claim.voucher_id is None:
        raise ValueError(f"{claim.number} redeems no voucher")
    if paid and not slip.strip():
        raise StepRefused(
            Text(
                "款项已拨付，冲回前须登记退回款项的银行流水号。",
                "This was paid: give the bank's number of the money that came back.",
            )
        )
    note = f"{note.strip()}（退款流水 {slip.strip()}）" if paid and note.strip() else note
    with transaction.atomic():
        voucher = _locked(claim.voucher_id)
        event = advance(claim, "reverse", by=actor, note=note, at=now)
        _not_reclaimed(claim)
        live = claim.instalments.filter(cancelled_at=None)
        fen = sum(live.values_list("amount_fen", flat=True))
        if paid:
            take_in(claim.payee.uscc, fen, slip=slip.strip(), about=claim.number, at=now)
            take_back(claim, claim.instalments.all(), at=now)
        else:
            _no_longer_owed(claim, now)
        release(claim, at=now)
        _give_to(voucher, fen, claim, note, now)
    return event


def _not_reclaimed(claim: Claim) -> None:
    """StepRefused when the money is asked back, or was got back, by a clawback."""
    case = claim.clawbacks.exclude(state="dropped").order_by("-pk").first()
    if case is not None:
        raise StepRefused(
            Text(
                f"{claim.number} 已有追回（{case.number}），资金由追回收回，不能再冲回。",
                f"The money of {claim.number} is taken back by the clawback {case.number}; it"
                " cannot be reversed as well.",
            )
        )


def _locked(pk: int) -> Voucher:
    """The voucher, its row taken until the transaction ends."""
    Voucher.objects.filter(pk=pk).update(redeemed_fen=F("redeemed_fen"))
    return Voucher.objects.select_related("organisation").get(pk=pk)


def _no_longer_owed(claim: Claim, at: dt.datetime) -> None:
    if claim.instalments.filter(paid_at__isnull=False).exists():
        raise StepRefused(
            Text(
                f"{claim.number} 已有一部分付出或抵扣，不能冲回。已付的由追回收回；"
                "全部付清后也可以凭退款流水冲回。",
                f"A part of {claim.number} was paid or set off and it cannot be reversed. Take it"
                " back by a clawback, or reverse it by the slip once all of it was paid.",
            )
        )
    if claim.instalments.exclude(payment=None).exists():
        raise StepRefused(
            Text(
                f"{claim.number} 已列入拨付批次。请先从批次中移出，再冲回。",
                f"{claim.number} stands in a payment batch. Take it out first.",
            )
        )
    found = list(claim.instalments.filter(cancelled_at=None))
    claim.instalments.filter(cancelled_at=None).update(cancelled_at=at)
    take_back(claim, found, at=at)


def give_to_voucher(claim: Claim, fen: int, note: str, *, at: dt.datetime) -> None:
    """A part of a redemption that is cancelled goes back to its voucher, or to the purses where the
    voucher has ended. Called in the transaction that cancels it; what the part had reserved is
    released before."""
    assert claim.voucher_id is not None
    _give_to(_locked(claim.voucher_id), fen, claim, note, at)


def _give_to(voucher: Voucher, fen: int, claim: Claim, note: str, at: dt.datetime) -> None:
    """The voucher has it again, or the purses where the voucher has ended."""
    less = F("redeemed_fen") - fen
    if voucher.state in ENDED_STATES:
        Voucher.objects.filter(pk=voucher.pk).update(redeemed_fen=less)
        give_back([(voucher, fen)], claim.number, at=at)
        if voucher.redeemed_fen == fen:  # nothing of it was spent in the end
            release(voucher, at=at)
        return
    event = advance(voucher, "refund", by=SYSTEM, note=note, evidence={"redeemed_fen": less}, at=at)
    tell(voucher, event)
    if voucher.expires_date and voucher.expires_date < timezone.localdate(at):
        _end([voucher], "expire", SYSTEM, "", at)


# ---------------------------------------------------------------- ending


def revoke(voucher: Voucher, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """The province takes a voucher back, with a reason: what is left goes back to the purses. What
    was redeemed stays; it is taken back by its claim."""
    now = at or timezone.now()
    with transaction.atomic():
        (event,) = _end([voucher], "revoke", actor, note, now)
    return event


def expire_due(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """Expire every issued voucher past its last day and give back what is left. Idempotent; returns
    how many. One on which a claim is being decided waits for that, and one of which a claim was
    sent back for the days that the return gives."""
    now = at or timezone.now()
    waiting = Claim.objects.filter(state__in=CHECKING, voucher__isnull=False).values("voucher")
    due = Voucher.objects.filter(state="issued", expires_date__lt=day).exclude(pk__in=waiting)
    back = Claim.objects.filter(state="returned", voucher__in=due)
    mended = {claim.voucher_id for claim in back if day <= mend_until(claim)}
    every = due.order_by("id").values_list("pk", flat=True)
    ids = [pk for pk in every if pk not in mended]
    count = 0
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            part = due.filter(pk__in=ids[start : start + AT_ONCE])
            part.update(redeemed_fen=F("redeemed_fen"))  # takes the rows
            mine = list(part.select_related("organisation").order_by("id"))
            count += len(_end(mine, "expire", SYSTEM, "", now))
    return count


def _end(vouchers: list[Voucher], step: str, by: Actor, note: str, at: dt.datetime) -> list[Event]:
    """End vouchers and give back what is left of each, as one."""
    events = []
    for voucher in vouchers:
        event = advance(voucher, step, by=by, note=note, at=at)
        if not voucher.redeemed_fen:
            release(voucher, at=at)
        tell(voucher, event)
        events.append(event)
    left = [(one, (one.granted_fen or 0) - one.redeemed_fen) for one in vouchers]
    give_back(left, step, at=at)
    return events
