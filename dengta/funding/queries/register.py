"""Reads of the register: what was filed, and who holds an entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from django.db.models import F, Q, QuerySet, Sum

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import contract_key, invoice_of, register_key
from dengta.core.claims import Claim, Described, Key, Photo
from dengta.core.screening import COLUMNS
from dengta.funding.models import Filing as Filing
from dengta.funding.models import InvoiceCeiling as InvoiceCeiling
from dengta.funding.models import PublicExpense
from dengta.funding.models import RegisterEntry as RegisterEntry
from dengta.registry.models import Organisation as Organisation
from dengta.registry.queries import by_uscc
from dengta.trail.models import Event

CEILING = "invoice"
"""By which the corrections of an invoice's total are found among the events."""


def content_of(claim: Claim) -> dict[str, Any]:
    """A claim as a filing keeps it; `claim_of` reads it back."""
    return {
        "claimant": claim.claimant,
        "amount_fen": claim.amount_fen,
        "suppliers": list(claim.suppliers),
        "keys": [list(key) for key in claim.keys],
        "texts": [list(line) for line in claim.texts],
        "pictures": [list(photo) for photo in claim.pictures],
        **({"contracts": list(claim.contracts)} if claim.contracts else {}),
    }


def claim_of(filing: Filing) -> Claim:
    """What was filed, as the screen and the judge read it; known by the filing's number."""
    return claim_from(filing.number, filing.content)


def claim_from(number: str, content: Mapping[str, Any]) -> Claim:
    """A claim from what a filing keeps of it."""
    return Claim(
        id=number,
        claimant=content["claimant"],
        amount_fen=content["amount_fen"],
        suppliers=tuple(content["suppliers"]),
        keys=tuple(Key(*key) for key in content["keys"]),
        texts=tuple(Described(*line) for line in content["texts"]),
        pictures=tuple(Photo(*photo) for photo in content["pictures"]),
        contracts=tuple(content.get("contracts", ())),
    )


def columns_from(contents: pl.Series) -> pl.DataFrame:
    """Many claims as `core.screening` reads them, from what filings keep of them as JSON."""
    return contents.str.json_decode(COLUMNS).struct.unnest()


def holder_of_entry(kind: str, key: str, besides: Filing | None = None) -> Filing | None:
    """The live filing that holds an entry of the register, if any."""
    held = RegisterEntry.objects.filter(kind=kind, key=key, released_at=None)
    if besides is not None:
        held = held.exclude(filing=besides)
    entry = held.select_related("filing__organisation").first()
    return entry.filing if entry else None


# ---------------------------------------------------------------- what officials look up


def entries_found(words: str) -> QuerySet[RegisterEntry]:
    """The entries that a number leads to, held or released: of an invoice with all its lines (with
    or without its code), a contract, a bank flow, a serial number (with or without the model)."""
    rows = RegisterEntry.objects.select_related("filing__organisation").order_by(
        F("released_at").asc(nulls_first=True), "key", "id"
    )
    parts = "-".join(filter(None, (register_key(part) for part in re.split(r"[\s\-－]+", words))))
    like = Q(key=words.strip())
    for key in filter(None, {register_key(words), parts}):
        like |= Q(key=key) | Q(key__endswith=f"-{key}") | Q(key__contains=f"-{key}#")
        like |= Q(key__startswith=f"{key}#") | Q(key__startswith=f"{key}@")
    return rows.filter(like) if register_key(words) else rows.none()


def public_found(words: str) -> list[PublicExpense]:
    """The public expenditure that a number leads to: of an invoice (with or without its code) or a
    contract; the latest first. Two queries."""
    parts = "-".join(filter(None, (register_key(part) for part in re.split(r"[\s\-－]+", words))))
    keys = {*filter(None, (register_key(words), parts))}
    if not keys:
        return []
    like = Q(invoice__in=keys)
    for key in keys:
        like |= Q(invoice__endswith=f"-{key}")
    named = PublicExpense.objects.exclude(contract_number="").values_list("pk", "contract_number")
    like |= Q(pk__in=[pk for pk, number in named if register_key(number) in keys])
    return list(PublicExpense.objects.filter(like).select_related("budget"))


def public_with_contract(key: str) -> list[PublicExpense]:
    """The public expenditure that holds a contract (see `core.claim_keys.contract_key`): recorded
    or booked, not refused."""
    live = PublicExpense.objects.exclude(state="refused").exclude(contract_number="")
    payee = key.rpartition("@")[2]
    some = live.filter(payee_uscc=payee) if "~" not in key else live
    return [one for one in some if contract_of(one) == key]


def contract_of(expense: PublicExpense) -> str:
    """The contract of a public expenditure as the register knows it; empty without a number."""
    return contract_key(expense.contract_number, [expense.payee_uscc])


def entries_held(organisation: Organisation) -> QuerySet[RegisterEntry]:
    """All that an organisation's filings hold or held, the latest first."""
    mine = RegisterEntry.objects.filter(filing__organisation=organisation)
    return mine.select_related("filing").order_by("-filing__filed_at", "-filing", "kind", "key")


def held_fen(organisation: Organisation) -> int:
    """What the live filings of an organisation come to, in 分."""
    live = Filing.objects.filter(organisation=organisation, released_at=None)
    return live.aggregate(total=Sum("amount_fen"))["total"] or 0


def firm_for(actor: Actor, uscc: str) -> Organisation:
    """A firm of the official's territory by its code. Organisation.DoesNotExist for any other."""
    found = by_uscc(uscc)
    if found is None or not actor.covers(found.region_code):
        raise Organisation.DoesNotExist
    return found


def ceilings_of(entries: Iterable[RegisterEntry]) -> list[InvoiceCeiling]:
    """The totals of the invoices among some entries, in the order of their keys."""
    keys = {invoice_of(one.key) for one in entries if one.kind == "invoice"}
    return list(InvoiceCeiling.objects.filter(key__in=keys).order_by("key"))


def ceiling(pk: int) -> InvoiceCeiling:
    """The total of one invoice. InvoiceCeiling.DoesNotExist if there is none."""
    return InvoiceCeiling.objects.get(pk=pk)


def claimants_of(found: InvoiceCeiling) -> QuerySet[RegisterEntry]:
    """Who draws on an invoice, whole or by lines."""
    rows = RegisterEntry.objects.filter(kind="invoice", released_at=None)
    mine = rows.filter(Q(key=found.key) | Q(key__startswith=f"{found.key}#"))
    return mine.select_related("filing__organisation").order_by("key")


def may_correct(found: InvoiceCeiling, actor: Actor) -> bool:
    """Whether the total is this official's to put right: some claimant is of the territory."""
    codes = claimants_of(found).values_list("filing__organisation__region_code", flat=True)
    return any(actor.covers(code) for code in codes)


def corrections(found: InvoiceCeiling) -> QuerySet[Event]:
    """How the total of an invoice was put right, the latest first."""
    return Event.objects.filter(flow=CEILING, thing_id=found.pk).order_by("-id")
