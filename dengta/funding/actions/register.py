"""The register: what a claim rests on is entered once over all programmes and years.

An invoice line, contract, bank flow or serial number that stands under a live filing is refused to
any other by a unique constraint. Beside it each invoice has a ceiling, the total printed on it:
whoever claims a part of it, or all of it, draws on that, so that an invoice claimed as a whole
leaves nothing for its lines, and the other way round; a check constraint holds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.utils import timezone

from dengta.core.claim_keys import invoice_of
from dengta.core.claims import KEYS, Claim
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.models import Filing, InvoiceCeiling, RegisterEntry
from dengta.funding.queries.register import content_of, holder_of_entry
from dengta.registry.models import Organisation
from dengta.trail.actions import StepRefused
from dengta.trail.models import Case


class AlreadyClaimed(StepRefused):
    """An entry that another live filing rests on; `first` is that filing."""

    def __init__(self, kind: str, key: str, first: Filing) -> None:
        self.first = first
        what = KEYS[kind]  # type: ignore[index]
        day = timezone.localdate(first.filed_at)
        super().__init__(
            Text(
                f"{what.zh} {key} 已用于 {first.number}（{first.organisation.name}，{day} 提交），"
                "同一凭证只能申领一次。请更换未申领过的凭证；如认为有误，请联系所在区县经信部门。",
                f"The {what.en} {key} is already used by {first.number}"
                f" ({first.organisation.name}, {day}). It can be claimed once only. Use another,"
                " or ask your county office.",
            )
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
    """Enter a matter into the register, or enter it anew after it was mended. All or nothing.

    AlreadyClaimed when another live filing holds an entry; StepRefused when more of an invoice is
    claimed than is left, or its total differs from the one on record.
    """
    with transaction.atomic():
        filing, held = _filing(thing, filed, at)
        _take_entries(filing, filed.claim, held, at)
        _draw_invoices(filing, filed.totals)
    return filing


def release(thing: Case, *, at: dt.datetime) -> None:
    """Let go of whatever a matter holds, so that it can be claimed anew. Idempotent."""
    with transaction.atomic():
        held = Filing.objects.filter(flow=thing.flow.id, thing_id=thing.pk, released_at=None)
        filing = held.first()
        if filing is None or not held.update(released_at=at):
            return
        filing.entries.filter(released_at=None).update(released_at=at)
        _give_back(filing)


def _filing(thing: Case, filed: Filed, at: dt.datetime) -> tuple[Filing, bool]:
    """The matter's filing with the new content, and whether it was live before."""
    what = {
        "number": filed.number,
        "organisation": filed.organisation,
        "programme": filed.programme,
        "year": filed.year,
        "amount_fen": filed.claim.amount_fen,
        "content": content_of(filed.claim),
        "filed_at": at,
    }
    filing, new = Filing.objects.get_or_create(flow=thing.flow.id, thing_id=thing.pk, defaults=what)
    if new:
        return filing, False
    live = filing.released_at is None
    if live:
        _give_back(filing)
    Filing.objects.filter(pk=filing.pk).update(**what, released_at=None, version=filing.version + 1)
    filing.refresh_from_db()
    return filing, live


def _take_entries(filing: Filing, claim: Claim, held_before: bool, at: dt.datetime) -> None:
    wanted: dict[tuple[str, str], int] = {}
    for entry in claim.keys:
        if entry.key:
            pair = (str(entry.kind), entry.key)
            wanted[pair] = wanted.get(pair, 0) + entry.amount_fen
    live = filing.entries.filter(released_at=None) if held_before else filing.entries.none()
    held = {(row.kind, row.key): row for row in live}
    given_up = [row.pk for pair, row in held.items() if pair not in wanted]
    filing.entries.filter(pk__in=given_up).update(released_at=at)
    # In one order, so that two filings that share entries cannot wait for each other.
    for kind, key in sorted(wanted.keys() - held.keys()):
        try:
            with transaction.atomic():
                RegisterEntry.objects.create(
                    filing=filing, kind=kind, key=key, amount_fen=wanted[kind, key]
                )
        except IntegrityError as taken:
            first = holder_of_entry(kind, key, besides=filing)
            if first is None:
                raise
            raise AlreadyClaimed(kind, key, first) from taken


def _drawn(filing: Filing) -> dict[str, int]:
    """What a filing claims of each invoice, by the invoice's key, in order."""
    drawn: dict[str, int] = {}
    for kind, key, amount in filing.content["keys"]:
        if kind == "invoice" and key:
            drawn[invoice_of(key)] = drawn.get(invoice_of(key), 0) + amount
    return dict(sorted(drawn.items()))


def _draw_invoices(filing: Filing, totals: Mapping[str, int]) -> None:
    """Draw what is claimed of each invoice on what is left of it."""
    for key, amount in _drawn(filing).items():
        total = totals[key]
        row, _ = InvoiceCeiling.objects.get_or_create(key=key, defaults={"total_fen": total})
        if row.total_fen != total:
            raise StepRefused(
                Text(
                    f"发票 {key} 此前登记的总额是 {yuan(row.total_fen)} 元，本次填写 {yuan(total)}"
                    " 元。请按发票上的价税合计填写；如此前登记有误，请联系所在区县经信部门。",
                    f"Invoice {key} is on record with {yuan(row.total_fen)} yuan in total, not"
                    f" {yuan(total)}. Give the total printed on it, or ask your county office if"
                    " the record is wrong.",
                )
            )
        room = InvoiceCeiling.objects.filter(
            key=key, claimed_fen__lte=F("total_fen") - Value(amount)
        )
        if not room.update(claimed_fen=F("claimed_fen") + amount):
            row.refresh_from_db()
            left = row.total_fen - row.claimed_fen
            raise StepRefused(
                Text(
                    f"发票 {key} 还可申领 {yuan(left)} 元，不够本次的 {yuan(amount)} 元：其余部分"
                    "已在其他申领中使用。请核对发票和金额。",
                    f"Of invoice {key} {yuan(left)} yuan are left to claim, not {yuan(amount)}: the"
                    " rest is used by other claims. Check it.",
                )
            )


def _give_back(filing: Filing) -> None:
    """Give back what the filing, as it stands, has drawn on its invoices."""
    for key, amount in _drawn(filing).items():
        InvoiceCeiling.objects.filter(key=key).update(claimed_fen=F("claimed_fen") - amount)
