"""Filings of all kinds without the matter around them: what stands on them is what a test says."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from dengta.core.claims import Claim, Described, Key, Photo
from dengta.funding.actions import register
from dengta.funding.models import Filing, Hit, Voucher
from dengta.trail.actions import begin
from tests.cast import MOMENT, WAN, Cast, Firm

SERVER = "采购虚拟化服务器及机柜一套，含安装调试与三年质保"
_serial = count(1)


def matter(firm: Firm, at: dt.datetime = MOMENT) -> Voucher:
    """Something that can be filed."""
    made = Voucher(organisation=firm.organisation, year=at.year, created_at=at)
    begin(made, by=firm.actor, at=at)
    return made


def invoice(number: str, amount_fen: int = 10 * WAN, line: str = "") -> Key:
    """An invoice, whole or by a line."""
    return Key("invoice", f"{number}#{line}" if line else number, amount_fen)


def file(thing: Voucher, *keys: Key, at: dt.datetime = MOMENT, **different: Any) -> Filing:
    """File a matter with these entries; a wording of its own unless one is given. `totals` are
    those of the invoices, 100,000 yuan unless said otherwise."""
    totals = {key.key.partition("#")[0]: 10 * WAN for key in keys if key.kind == "invoice"}
    totals |= different.pop("totals", {})
    words = different.pop("texts", ())
    pictures = different.pop("pictures", ())
    amount = sum(key.amount_fen for key in keys) or 10 * WAN
    claim = Claim(
        id=thing.number, claimant=thing.organisation.uscc, amount_fen=amount, keys=keys,
        suppliers=different.pop("suppliers", ()), contracts=different.pop("contracts", ()),
        texts=tuple(Described(text, amount) for text in words),
        pictures=tuple(Photo(picture, amount) for picture in pictures),
    )  # fmt: skip
    filed = register.Filed(
        thing.number, thing.organisation, "cloud_voucher", at.year, claim, totals
    )  # fmt: skip
    return register.enter(thing, filed, at=at)


def alike(cast: Cast, **different: Any) -> Hit:
    """A hit: two firms that describe the same server."""
    texts = different.pop("texts", (SERVER, SERVER))
    for firm, text in zip((cast.rival, cast.firm), texts, strict=True):
        file(matter(firm), texts=(text,), **different)
    return Hit.objects.get(kind="text")


def found() -> set[tuple[str, str, str, str]]:
    """Every hit as (later filing, earlier filing, kind, state)."""
    rows = Hit.objects.values_list("filing__number", "other__number", "kind", "state")
    return set(rows)
