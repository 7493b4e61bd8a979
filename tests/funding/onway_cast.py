"""Money on its way, made without walking it: many vouchers and claims at once."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.funding.models import Claim, Instalment, Issuance, Voucher
from dengta.registry.models import Organisation
from dengta.trail.models import Event
from tests.cast import WAN

_keys = count(1)


def midday(day: dt.date) -> dt.datetime:
    """Noon of a day, here."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def issued(
    organisation: Organisation,
    day: dt.date,
    *,
    valid: int = 180,
    fen: int = 3 * WAN,
    redeemed: int = 0,
    state: str = "issued",
    **different: Any,
) -> Voucher:
    """A voucher of a list issued on a day, with what of it was redeemed."""
    at = midday(day)
    key = f"list/{next(_keys)}"
    batch = Issuance.objects.create(
        scheme="cloud-voucher", programme="cloud_voucher", year=2026, key=key, created_at=at,
        title="名单发放", reason="鄂经信〔2026〕9号",
    )  # fmt: skip
    voucher = Voucher.objects.create(
        organisation=organisation, issuance=batch, year=2026, amount_fen=fen, granted_fen=fen,
        redeemed_fen=redeemed, expires_date=day + dt.timedelta(days=valid), submitted_at=at,
        created_at=at, state=state, **different,
        state_since=midday(day + dt.timedelta(days=valid + 1)) if state == "expired" else at,
    )  # fmt: skip
    _event("voucher", voucher.pk, "grant", "draft", "issued", at)
    return voucher


def drawn(voucher: Voucher, day: dt.date, fen: int) -> Claim:
    """The claim of a redemption."""
    return claimed(
        voucher.organisation, "approved", day, fen=fen, voucher=voucher, scheme="cloud-voucher",
        programme="cloud_voucher",
    )  # fmt: skip


def claimed(
    organisation: Organisation,
    state: str,
    day: dt.date,
    *,
    fen: int = 50 * WAN,
    ready: dt.date | None = None,
    paid: dt.date | None = None,
    **different: Any,
) -> Claim:
    """A claim that came into a state on a day; approved with one instalment, ready since then or
    another day."""
    at = midday(day)
    granted = state in ("approved", "paying", "paid")
    filled: dict[str, Any] = {
        "scheme": "scenario-reward", "programme": "scenario", "year": 2026, "payee": organisation,
        "key": f"onway/{next(_keys)}", "created_at": at, "submitted_at": at, "agreed_at": at,
        "agreed_by": "王厂长", "computed_fen": fen, "policy_digest": "f" * 64,
        "account_name": organisation.name, "account_number": "6222", "bank_name": "汉口银行",
        "approved_at": at if granted else None, "approved_fen": fen if granted else None,
    }  # fmt: skip
    claim = Claim.objects.create(
        organisation=organisation, state=state, state_since=at, **(filled | different)
    )
    _event("claim", claim.pk, "submit", "draft", "county_check", at)
    if granted:
        Instalment.objects.create(
            claim=claim, ordinal=1, moment="approved", amount_fen=fen,
            ready_at=midday(ready or day),
        )  # fmt: skip
    return claim


def _event(flow: str, thing: int, step: str, before: str, after: str, at: dt.datetime) -> None:
    Event.objects.create(
        flow=flow, thing_id=thing, step=step, from_state=before, to_state=after, role=SYSTEM.role,
        actor_name=SYSTEM.name, at=at,
    )  # fmt: skip
