"""The register: what a claim rests on is entered once over all programmes and years.

An invoice line, contract, bank flow or serial number that stands under a live filing is refused to
any other by a unique constraint. Beside it each invoice has a ceiling, the total printed on it:
whoever claims a part of it, or all of it, draws on that, so that an invoice claimed as a whole
leaves nothing for its lines, and the other way round; a check constraint holds it. What a place
pays out of public money draws on the same ceiling, so that it cannot be claimed as well. A contract
has one too, by its number and supplier: each claim draws one on it, a place all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Value
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import invoice_of
from dengta.core.claims import KEYS, Claim
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.screening import lapse_of, screen_entered
from dengta.funding.actions.signs import unsign
from dengta.funding.models import Filing, InvoiceCeiling, PublicExpense, RegisterEntry
from dengta.funding.queries.register import (
    CEILING,
    content_of,
    contract_of,
    holder_of_entry,
    may_correct,
    public_with_contract,
)
from dengta.registry.models import Organisation
from dengta.trail.actions import Moved, NotAllowed, StepRefused, write_down
from dengta.trail.models import Case, Event


class AlreadyClaimed(StepRefused):
    """An entry that another live filing rests on; `first` is that filing."""

    def __init__(self, kind: str, key: str, first: Filing) -> None:
        self.first = first
        what = KEYS[kind]  # type: ignore[index]
        day = timezone.localdate(first.filed_at)
        if kind == "reward":
            super().__init__(_rewarded(first, day))
            return
        super().__init__(
            Text(
                f"{what.zh} {key} 已用于 {first.number}（{first.organisation.name}，"
                f"{said_day(day).zh} 提交），"
                "同一凭证只能申领一次。请更换未申领过的凭证；如认为有误，请联系所在区县经信部门。",
                f"The {what.en} {key} is already used by {first.number}"
                f" ({first.organisation.name}, {said_day(day).en}). It can be claimed once"
                f" only. Use another,"
                " or ask your county office.",
            )
        )


def _rewarded(first: Filing, day: dt.date) -> Text:
    return Text(
        f"这一奖补对象已由 {first.number}（{first.organisation.name}，{said_day(day).zh} 提交）"
        f"领取，同一对象"
        "只奖一次，不能再领。如认为有误，请联系组织单位。",
        f"{first.number} ({first.organisation.name}, {said_day(day).en}) has been rewarded for"
        f" this already; the"
        " same thing is rewarded once. If that is wrong, ask the organising office.",
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """What is filed of a matter: its number, claimant, programme, year, the claim itself, and of
    each invoice (by `core.claim_keys.invoice_key`) the total printed on it, in 分."""

    number: str
    organisation: Organisation
    programme: str
    year: int
    claim: Claim
    totals: Mapping[str, int]


def enter(thing: Case, filed: Filed, *, at: dt.datetime) -> Filing:
    """Enter a matter into the register, or enter it anew after it was mended; then screen it. All
    or nothing.

    AlreadyClaimed when another live filing holds an entry; StepRefused when more of an invoice is
    claimed than is left, or its total differs from the one on record; Moved when somebody is at the
    same entries at the same moment.
    """
    try:
        with transaction.atomic():
            filing, before = _filing(thing, filed, at)
            _take_entries(filing, filed.claim, at)
            _draw_invoices(before, _drawn(filing.content), filed.totals)
            screen_entered(filing, at=at)
    except OperationalError as crossed:
        if getattr(crossed.__cause__, "sqlstate", "") != _DEADLOCK:
            raise
        raise _crossed() from crossed
    return filing


_DEADLOCK = "40P01"


def _crossed() -> Moved:
    return Moved(
        Text(
            "另一份申领正在登记同一凭证，这一次没有提交。请过几秒再提交。",
            "Another claim is being entered with the same papers; nothing was submitted. Submit"
            " again in a few seconds.",
        )
    )


def release(thing: Case, *, at: dt.datetime) -> None:
    """Let go of whatever a matter holds, so that it can be claimed anew. Idempotent."""
    with transaction.atomic():
        held = Filing.objects.filter(flow=thing.flow.id, thing_id=thing.pk, released_at=None)
        filing = held.select_for_update(no_key=True).first()
        if filing is None or not held.update(released_at=at, changed_at=timezone.now()):
            return
        filing.entries.filter(released_at=None).update(released_at=at)
        _draw_invoices(_drawn(filing.content), {}, {})
        unsign(filing)
        lapse_of(filing, at=at)


def _filing(thing: Case, filed: Filed, at: dt.datetime) -> tuple[Filing, dict[str, int]]:
    """The matter's filing with the new content, and what it had drawn on invoices until now."""
    what = {
        "number": filed.number,
        "organisation": filed.organisation,
        "programme": filed.programme,
        "year": filed.year,
        "amount_fen": filed.claim.amount_fen,
        "content": content_of(filed.claim),
        "filed_at": at,
        "changed_at": timezone.now(),
    }
    mine = Filing.objects.select_for_update(no_key=True)
    filing, new = mine.get_or_create(flow=thing.flow.id, thing_id=thing.pk, defaults=what)
    if new:
        return filing, {}
    before = _drawn(filing.content) if filing.released_at is None else {}
    Filing.objects.filter(pk=filing.pk).update(**what, released_at=None, version=F("version") + 1)
    filing.refresh_from_db()
    return filing, before


def _take_entries(filing: Filing, claim: Claim, at: dt.datetime) -> None:
    wanted: dict[tuple[str, str], int] = {}
    for entry in claim.keys:
        if entry.key:
            pair = (str(entry.kind), entry.key)
            wanted[pair] = wanted.get(pair, 0) + entry.amount_fen
    held = {(row.kind, row.key): row for row in filing.entries.filter(released_at=None)}
    given_up = [row.pk for pair, row in held.items() if pair not in wanted]
    filing.entries.filter(pk__in=given_up).update(released_at=at)
    for pair, row in held.items():
        if pair in wanted and row.amount_fen != wanted[pair]:
            filing.entries.filter(pk=row.pk).update(amount_fen=wanted[pair])
    # In one order, so that two filings that share entries cannot wait for each other.
    for kind, key in sorted(wanted.keys() - held.keys()):
        _take(filing, kind, key, wanted[kind, key])


def _take(filing: Filing, kind: str, key: str, amount_fen: int) -> None:
    """Take one entry. AlreadyClaimed when another has it; Moved when that cannot be told, since
    it is let go and taken by others all the time."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                RegisterEntry.objects.create(
                    filing=filing, kind=kind, key=key, amount_fen=amount_fen
                )
        except IntegrityError as taken:
            first = holder_of_entry(kind, key, besides=filing)
            if first is not None:
                raise AlreadyClaimed(kind, key, first) from taken
        else:
            return
    raise _crossed()


_TRIES = 3


def _drawn(content: Mapping[str, Any]) -> dict[str, int]:
    """What a filing with such content claims of each invoice, by the invoice's key, and one of each
    contract."""
    drawn: dict[str, int] = {}
    for kind, key, amount in content["keys"]:
        if kind == "invoice" and key:
            drawn[invoice_of(key)] = drawn.get(invoice_of(key), 0) + amount
    return drawn | dict.fromkeys(content.get("contracts", ()), 1)


def _draw_invoices(
    before: Mapping[str, int], after: Mapping[str, int], totals: Mapping[str, int]
) -> None:
    """Bring what a filing draws on invoices from what it was to what it is, in one order."""
    for key in sorted(before.keys() | after.keys()):
        if key in after:
            _draw(key, before.get(key, 0), after[key], _WHOLE if "@" in key else totals[key])
        else:
            InvoiceCeiling.objects.filter(key=key).update(
                claimed_fen=F("claimed_fen") - before[key]
            )


def draw_contracts(contracts: Iterable[str]) -> None:
    """Draw one on each of some contracts, for a claim that has not yet. StepRefused when a place
    has paid by one of them. Called in the transaction that holds the claim's filing."""
    _draw_invoices({}, dict.fromkeys(contracts, 1), {})


_WHOLE = 10**9
"""What a contract can be drawn on, more often than it ever is claimed."""


def _draw(key: str, before: int, amount: int, total: int) -> None:
    """Draw on one invoice. Its total is that of whoever draws on it; where nobody else does, what
    is said now counts, so that a wrong total of somebody who is gone blocks nobody."""
    row, _ = InvoiceCeiling.objects.get_or_create(key=key, defaults={"total_fen": total})
    if row.total_fen != total:
        alone = InvoiceCeiling.objects.filter(key=key, claimed_fen=before)
        if amount <= total and alone.update(total_fen=total, claimed_fen=amount):
            return
        row.refresh_from_db()
        if row.total_fen != total:
            _refuse_public(key)
            raise StepRefused(_other_total(key, row.total_fen, total))
    room = InvoiceCeiling.objects.filter(
        key=key, claimed_fen__lte=F("total_fen") - Value(amount - before)
    )
    if not room.update(claimed_fen=F("claimed_fen") + (amount - before)):
        _refuse_public(key)
        row.refresh_from_db()
        left = row.total_fen - row.claimed_fen + before
        raise StepRefused(
            Text(
                f"发票 {key} 还可申领 {yuan(left)} 元，不够本次的 {yuan(amount)} 元：其余部分"
                "已在其他申领中使用。请核对发票和金额。",
                f"Of invoice {key} {yuan(left)} yuan are left to claim, not {yuan(amount)}: the"
                " rest is used by other claims. Check it.",
            )
        )


def hold_public(invoice: str, amount_fen: int, contract: str) -> None:
    """Hold an invoice as a whole, and the contract where there is one, for what is no claim (public
    expenditure of a place), so that no part of them can be claimed. One contract is held for any
    number of such expenditures. StepRefused when something of them is claimed already, or the
    invoice held. Called in the transaction that needs it; `free_public` lets go."""
    for key in sorted(filter(None, (invoice, contract))):
        whole = _WHOLE if key == contract else amount_fen
        InvoiceCeiling.objects.get_or_create(key=key, defaults={"total_fen": whole})
        row = InvoiceCeiling.objects.select_for_update().get(key=key)
        if row.claimed_fen and (key == invoice or row.claimed_fen < whole):
            raise StepRefused(_claimed(key, key == contract))
        InvoiceCeiling.objects.filter(pk=row.pk).update(total_fen=whole, claimed_fen=whole)


def _claimed(key: str, contract: bool) -> Text:
    if contract:
        number = key.partition("@")[0]
        return Text(
            f"合同 {number} 已由企业申领补助，不能再作为公共服务支出。请核对合同编号。",
            f"A firm has claimed the contract {number}; it is no public expenditure. Check it.",
        )
    return Text(
        f"发票 {key} 已由企业申领补助，不能再作为公共服务支出。请核对发票。",
        f"A firm has claimed the invoice {key}; it is no public expenditure. Check it.",
    )


def free_public(expense: PublicExpense) -> None:
    """Let go of what `hold_public` held for an expenditure that was refused; a contract that others
    rest on stays held."""
    contract = contract_of(expense)
    for key in sorted(filter(None, (expense.invoice, contract))):
        row = InvoiceCeiling.objects.select_for_update().get(key=key)
        if key == expense.invoice or not public_with_contract(key):
            InvoiceCeiling.objects.filter(pk=row.pk).update(claimed_fen=0)


def _refuse_public(key: str) -> None:
    """StepRefused when a place has paid an invoice, or by a contract, out of the public part of its
    money."""
    if "@" in key:
        found = public_with_contract(key)
        number = key.partition("@")[0]
        if not found:
            raise _crossed()  # it was let go a moment ago
        raise StepRefused(
            Text(
                f"合同 {number} 已由试点地区作为公共服务支出（{found[0].number}），不能再申领"
                "补助。请核对合同编号；如认为有误，请联系所在区县经信部门。",
                f"A pilot place has paid by the contract {number} out of public money"
                f" ({found[0].number}); it cannot be claimed. Check its number, or ask your county"
                " office if that is wrong.",
            )
        )
    held = PublicExpense.objects.filter(invoice=key).exclude(state="refused").first()
    if held is not None:
        raise StepRefused(
            Text(
                f"发票 {key} 已由试点地区作为公共服务支出（{held.number}），不能再申领补助。"
                "请更换发票；如认为有误，请联系所在区县经信部门。",
                f"A pilot place has paid the invoice {key} out of public money ({held.number}); it"
                " cannot be claimed. Use another, or ask your county office if that is wrong.",
            )
        )


def _other_total(key: str, there: int, total: int) -> Text:
    return Text(
        f"发票 {key} 此前登记的总额是 {yuan(there)} 元，本次填写 {yuan(total)}"
        " 元。请按发票上的价税合计填写；如此前登记有误，请联系所在区县经信部门更正。",
        f"Invoice {key} is on record with {yuan(there)} yuan in total, not"
        f" {yuan(total)}. Give the total printed on it; if the record is wrong, ask your county"
        " office to put it right.",
    )


def correct_total(
    ceiling: InvoiceCeiling,
    actor: Actor,
    total_fen: int,
    *,
    seen_fen: int,
    reason: str,
    at: dt.datetime | None = None,
) -> Event:
    """Put the total of an invoice right, by what is printed on it, with a reason that is kept.

    By an office that covers a claimant who draws on it (see `queries.register.may_correct`).
    StepRefused without a reason, for a total below what is claimed, or by another office; Moved
    when the total is no longer the one that was seen.
    """
    if not may_correct(ceiling, actor):
        raise NotAllowed(
            Text(
                "这张发票的申领企业不在您的辖区，请由其所在地的经信部门更正。",
                "No claimant of this invoice is in your territory; their office has to correct it.",
            )
        )
    if not reason.strip():
        raise StepRefused(
            Text(
                "更正发票总额需要写明依据，如“已核对发票原件”。请补充后再提交。",
                "Say what the correction rests on, such as the original that you have seen.",
            )
        )
    with transaction.atomic():
        row = InvoiceCeiling.objects.select_for_update().get(pk=ceiling.pk)
        if row.total_fen != seen_fen:
            raise Moved(
                Text(
                    f"发票总额刚刚已被改为 {yuan(row.total_fen)} 元，没有再改。请核对后再提交。",
                    f"The total was just changed to {yuan(row.total_fen)} yuan. Check it first.",
                )
            )
        if not max(row.claimed_fen, 1) <= total_fen:
            raise StepRefused(
                Text(
                    f"这张发票已申领 {yuan(row.claimed_fen)} 元，总额不能少于这个数。如申领多了，"
                    "请先退回或不予支持相应的申领。",
                    f"{yuan(row.claimed_fen)} yuan of this invoice are claimed; the total cannot be"
                    " less. Return or reject a claim first.",
                )
            )
        InvoiceCeiling.objects.filter(pk=row.pk).update(total_fen=total_fen)
        figures = {"before_fen": row.total_fen, "after_fen": total_fen, "key": row.key}
        return write_down(
            CEILING, row.pk, "correct", by=actor, note=reason, reasons=figures, at=at
        )  # fmt: skip
