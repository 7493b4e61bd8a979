"""Vouchers that nobody applied for: granted by the hundred to firms in an order, from a list or in
the queue of an opening. What is there is looked at while its accounts are held, so that each firm
is told the truth and nothing is begun that could not be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions.reserving import USED, allow_all
from dengta.funding.actions.vouchers import SANCTIONED, last_day
from dengta.funding.actions.vouchers_money import Purses, issue_entries
from dengta.funding.models import Issuance, Voucher
from dengta.funding.queries.budgets import voucher_code
from dengta.funding.queries.vouchers import sanctioned, terms_of
from dengta.ledger import actions as ledger
from dengta.registry.models import Organisation
from dengta.registry.queries import people_of_all, policy
from dengta.trail.actions import advance_many, begin_many, notify_many


@dataclass(frozen=True, slots=True)
class Want:
    """What a firm is to be granted: 分, the facts and the verdict that it rests on, who agreed to
    the terms (empty: nobody yet, it is asked for at the first redemption)."""

    organisation: Organisation
    amount_fen: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any]
    agreed_by: str = ""


def prepare(purses: Purses, wants: Iterable[Want], at: dt.datetime) -> None:
    """Open the allowances that some firms' vouchers draw on. Before the transaction that grants
    them: whoever holds accounts opens no allowance."""
    bounds: dict[str, int] = {}
    for want in wants:
        bounds |= purses.bounds(want.organisation.uscc, want.organisation.region_code)
    allow_all(bounds, at)


def grant_all(
    purses: Purses, issuance: Issuance, wants: Sequence[Want], actor: Actor, *, at: dt.datetime
) -> list[Voucher | Text]:
    """Grant vouchers to firms in this order, in the caller's transaction: each gets its voucher or
    is told why not. What does not reach for one may reach for the next who asks for less.

    The firms must be different, prepared, and have no voucher of this issuance.
    """
    day = timezone.localdate(at)
    barred = sanctioned((want.organisation.pk for want in wants), day)
    left = ledger.hold(_accounts(purses, wants))
    answers: list[Voucher | Text] = []
    granted: list[Voucher] = []
    for want in wants:
        short = SANCTIONED if want.organisation.pk in barred else _take(purses, want, left)
        if short is None:
            granted.append(_voucher(purses, issuance, want, at))
        answers.append(short or granted[-1])
    _write(purses, granted, actor, at)
    return answers


def _accounts(purses: Purses, wants: Sequence[Want]) -> set[str]:
    codes = {USED}
    for want in wants:
        firm = want.organisation
        codes |= {*purses.budgets(firm.region_code), *purses.bounds(firm.uscc, firm.region_code)}
    return codes


def _take(purses: Purses, want: Want, left: dict[str, int | None]) -> Text | None:
    """Take what a firm is to be granted off what is left; or say what does not reach."""
    firm = want.organisation
    drawn = dict(purses.shares(firm.region_code, want.amount_fen).values())
    bounds = purses.bounds(firm.uscc, firm.region_code)
    for code, fen in [*((code, want.amount_fen) for code in bounds), *drawn.items()]:
        room = left.get(code) or 0
        if room < fen:
            return _short(code, room, fen)
    for code, fen in [*((code, want.amount_fen) for code in bounds), *drawn.items()]:
        left[code] = (left[code] or 0) - fen
    return None


def _short(code: str, room: int, asked: int) -> Text:
    if code.startswith("cap/"):
        return Text(
            f"本企业本年度额度只剩 {yuan(room)} 元，不够 {yuan(asked)} 元。",
            f"Of this firm's year {yuan(room)} yuan are left, not {yuan(asked)}.",
        )
    return Text(
        f"资金已领完：轮到时只剩 {yuan(room)} 元，不够 {yuan(asked)} 元。",
        f"The money is gone: {yuan(room)} yuan were left, not {yuan(asked)}.",
    )


def _voucher(purses: Purses, issuance: Issuance, want: Want, at: dt.datetime) -> Voucher:
    scheme = purses.scheme
    return Voucher(
        organisation=want.organisation,
        scheme=scheme.edition,
        programme=scheme.programme,
        year=purses.year,
        issuance=issuance,
        depth=str(want.facts.get("cloud_depth") or "")[:12],
        amount_fen=want.amount_fen,
        granted_fen=want.amount_fen,
        expires_date=last_day(scheme, timezone.localdate(at)),
        verdict=dict(want.verdict),
        policy_digest=policy().digest,
        terms=terms_of(scheme) if want.agreed_by else [],
        agreed_by=want.agreed_by,
        submitted_at=at,
        created_at=at,
    )


def _write(purses: Purses, granted: list[Voucher], actor: Actor, at: dt.datetime) -> None:
    """Begin, pay and issue vouchers, all or none, and tell the firms."""
    with transaction.atomic():
        begin_many(granted, by=actor, at=at)
        ledger.open_accounts(
            {voucher_code(one.number): f"服务券 {one.number}" for one in granted}, "credits", at=at
        )
        entries = [
            entry for one in granted for entry in issue_entries(purses, one, one.granted_fen or 0)
        ]
        for answer in ledger.post_each(entries, at=at):
            if isinstance(answer, ledger.Refused):
                raise answer
        events = advance_many(granted, "grant", by=actor, at=at)
        people = people_of_all(one.organisation_id for one in granted)
        notify_many(
            (
                event,
                user,
                Text(
                    f"{one.number}：已发放 {yuan(one.granted_fen or 0)} 元，请在有效期内核销",
                    f"{one.number}: {yuan(one.granted_fen or 0)} yuan granted, to be redeemed in"
                    " time",
                ),
                Text("", ""),
                f"/enterprise/vouchers/{one.pk}/",
            )
            for one, event in zip(granted, events, strict=True)
            for user in people.get(one.organisation_id, ())
        )
