"""The money of a claim: set aside when it is approved, owed when it goes to the bank, given back
when it does not.

Whatever a claim draws on is reserved in one linked call: for each instalment the share of each
purse (province, city, county), and beside it the firm's year, the programme's year and the
division's year where the scheme bounds them. Either all of them hold, or nothing is written. A
redemption draws on its voucher alone: the voucher drew on all of these when it was issued.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from dengta.core.money import largest_remainder, yuan
from dengta.core.schemes import Level, Scheme
from dengta.core.shapes import Text
from dengta.funding.models import Claim, Instalment
from dengta.funding.queries.budgets import (
    ceiling_code,
    payable_code,
    paying_budget,
    scheme_of,
    voucher_code,
    yearly_code,
)
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import division_of
from dengta.trail.actions import StepRefused

CAPS = "caps/granted"
USED = "caps/used"


def reserve_for(claim: Claim, *, at: dt.datetime) -> None:
    """Reserve an approved claim's instalments with everything that bounds them, all or none.

    StepRefused with what is left where something does not reach.
    """
    scheme = scheme_of(claim.scheme)
    owner = claim.payee
    ledger.open_account(payable_code(owner.uscc), f"应付 {owner.name}", at=at)
    entries = list(_drawn(claim, scheme))
    if claim.voucher_id is None:
        entries += _bounds(claim, scheme, at)
    try:
        ledger.reserve_many(entries, at=at)
    except ledger.Overspent as short:
        raise short_of(claim.approved_fen or 0, short) from short


def _drawn(claim: Claim, scheme: Scheme) -> Iterator[ledger.Entry]:
    levels: list[Level] = sorted(scheme.sharing)
    for instalment in claim.instalments.all():
        if claim.voucher is not None:
            shares = [(voucher_code(claim.voucher.number), instalment.amount_fen, "voucher")]
        else:
            parts = largest_remainder(
                instalment.amount_fen, [scheme.sharing[level] for level in levels]
            )
            shares = [
                (paying_budget(scheme, claim.year, level, claim.case_region).code, part, level)
                for level, part in zip(levels, parts, strict=True)
                if part
            ]
        for source, amount, purse in shares:
            yield ledger.Entry(
                key=_key(instalment, purse),
                debit=source,
                credit=payable_code(claim.payee.uscc),
                amount_fen=amount,
                kind=scheme.kind,
                about=claim.number,
            )


def _bounds(claim: Claim, scheme: Scheme, at: dt.datetime) -> list[ledger.Entry]:
    """What the claim draws on the firm's year, the programme's and the division's."""
    division = division_of(claim.case_region)
    bounds = {
        yearly_code(scheme.programme, claim.year, claim.organisation.uscc): scheme.yearly_cap_fen,
        ceiling_code(scheme.programme, claim.year): scheme.ceiling_fen,
        ceiling_code(scheme.programme, claim.year, division): scheme.city_ceilings_fen.get(
            division
        ),
    }
    ledger.open_accounts({CAPS: "年度额度来源", USED: "年度额度使用"}, at=at)
    entries = []
    for code, most in bounds.items():
        if most is not None:
            allow(code, most, at)
            entries.append(
                ledger.Entry(
                    key=f"bound/{claim.number}/{code}", debit=code, credit=USED,
                    amount_fen=claim.approved_fen or 0, kind="cap", about=claim.number,
                )
            )  # fmt: skip
    return entries


def allow(code: str, most_fen: int, at: dt.datetime) -> None:
    """Open an allowance and credit it up to what the policy gives; nothing when it has that much.

    The key names the total that was there, so whoever comes at the same moment posts the same. A
    policy that gives less than before takes nothing back by itself.
    """
    ledger.open_account(code, f"额度 {code}", guard="credits", at=at)
    there = books.posted(CAPS, [code]).get(code, 0)  # what vouchers gave back is no new allowance
    if most_fen > there:
        ledger.post(
            ledger.Entry(
                key=f"allow/{code}/{there}", debit=CAPS, credit=code,
                amount_fen=most_fen - there, kind="allow",
            ),
            at=at,
        )  # fmt: skip


def settle(instalment: Instalment, *, at: dt.datetime) -> None:
    """An instalment goes to the bank: what was reserved for it is owed now. Idempotent."""
    claim = instalment.claim
    keys = [standing.key for standing in _standing(claim) if _of(standing.key, instalment)]
    if instalment.ordinal == 1:
        keys += [one.key for one in _standing(claim) if one.key.startswith("bound/")]
    ledger.settle_many([(key, None) for key in keys], at=at)


def release_rest(claim: Claim, *, at: dt.datetime) -> None:
    """Give back whatever of a claim is still reserved. Idempotent."""
    keys = [one.key for one in _standing(claim) if one.state == "pending"]
    if keys:
        ledger.release_many(keys, at=at)


def _standing(claim: Claim) -> list[books.Standing]:
    own = (f"grant/{claim.number}/", f"bound/{claim.number}/")
    return [one for one in books.standings(claim.number) if one.key.startswith(own)]


def _key(instalment: Instalment, purse: str) -> str:
    return f"grant/{instalment.claim.number}/{instalment.ordinal}/{purse}"


def _of(key: str, instalment: Instalment) -> bool:
    return key.startswith(f"grant/{instalment.claim.number}/{instalment.ordinal}/")


def short_of(asked_fen: int, short: ledger.Overspent) -> StepRefused:
    """In words what does not reach, and what may be done."""
    what = {
        "pool": Text("资金池", "The pool"),
        "cap": Text("企业本年度额度", "The firm's yearly cap"),
        "ceiling": Text("本年度总额度", "The year's ceiling"),
        "voucher": Text("服务券余额", "The voucher"),
    }[short.account.partition("/")[0]]
    return StepRefused(
        Text(
            f"{what.zh}（{short.account}）只剩 {yuan(short.left_fen)} 元，不够本次的"
            f" {yuan(asked_fen)} 元，没有办理。可以说明理由后按剩余额度部分批准。",
            f"{what.en} ({short.account}) has {yuan(short.left_fen)} yuan left, not"
            f" {yuan(asked_fen)}. Nothing was done; you may approve a part with a reason.",
        )
    )
