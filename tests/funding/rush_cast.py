"""Openings of the coupon that goes to whoever comes first, and the firms that come."""

from __future__ import annotations

import datetime as dt

from dengta.funding.actions import openings
from dengta.funding.actions.vouchers_money import open_fund
from dengta.funding.models import Opening, Ticket
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.vouchers import terms_of
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from tests.cast import MOMENT, ONE_DAY, Cast, Firm

COUPON = "cloud-coupon"
POOL = "pool/cloud-coupon-2026"
FACE = 500_000
"""What a coupon for business depth is worth, in 分."""
NINE = MOMENT + ONE_DAY


def announced(cast: Cast, *, coupons: int | None = None) -> Opening:
    """An opening that begins tomorrow at ten; its pool holds so many coupons, if that is given."""
    open_fund(2026, "cloud_coupon", at=MOMENT)
    if coupons is not None:
        leave(coupons * FACE)
    wanted = openings.Plan(COUPON, "春季上云抵扣券", NINE, NINE + ONE_DAY)
    opening = openings.plan(cast.province, wanted, at=MOMENT)
    openings.announce(opening, cast.province, at=MOMENT)
    return opening


def leave(left_fen: int, pool: str = POOL) -> None:
    """Take money out of a pool, or put it in, until so much is left."""
    balance = books.balance(pool)
    assert balance is not None and balance.left_fen is not None
    ledger.open_account("elsewhere", "其他", at=MOMENT)
    more = left_fen - balance.left_fen
    way = ("elsewhere", pool) if more > 0 else (pool, "elsewhere")
    if more:
        key = f"leave/{pool}/{balance.credits_posted_fen}/{balance.debits_posted_fen}"
        ledger.post(ledger.Entry(key, *way, abs(more)), at=MOMENT)


def take(opening: Opening, firm: Firm, depth: str = "business", at: dt.datetime = NINE) -> Ticket:
    """A firm takes its ticket."""
    terms = terms_of(scheme_of(opening.scheme))
    return openings.take_ticket(
        opening, firm.actor, {"cloud_depth": depth}, terms=terms, agreed_by="张经理", at=at
    )
