"""What an order may move at most: what its account has free, and what the share of enterprises
leaves to public service.

Both are looked at when an order is handed in, so that nobody waits for a booking that cannot come;
nothing is held yet then. The guards of the ledger decide when it is booked, whoever presses at the
same moment.

The share of enterprises (`Fund.enterprise_bps`) is a guard too. A place's account `share/…` is
credited with a weight for each 分 for enterprises that it gets and debited with a weight for each
public one, linked to the order's own transfer; with 80 % one public 分 asks for four of the others.
An order that would leave the account below zero is not written, and so the share of everything that
was ever allotted there never falls below the rule, to the 分.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from math import gcd

from dengta.core.money import rate, yuan
from dengta.core.shapes import Text
from dengta.funding.actions.reserving import CAPS, USED
from dengta.funding.models import Budget, BudgetOrder
from dengta.funding.queries.budgets import fund_named, place_name, room_in, share_code
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import region_name
from dengta.trail.actions import StepRefused

Kind = BudgetOrder.Kind
SAVED, BOOKED = Text("没有保存", "nothing was saved"), Text("没有记账", "nothing was booked")


def refuse_beyond(orders: Sequence[BudgetOrder]) -> None:
    """StepRefused, with the figures, when the orders of one draft ask an account for more than it
    has free now, or leave less to enterprises than the fund's share."""
    asked: Counter[Budget] = Counter()
    weights: Counter[str] = Counter()
    for order in orders:
        if order.source is not None:
            asked[order.source] += order.amount_fen
        if share := _share(order):
            weights[share[0]] += share[1]
    there = books.balances([*(budget.code for budget in asked), *weights])
    guarded = {code: balance.left_fen for code, balance in there.items()}
    for budget, amount in asked.items():
        left = guarded.get(budget.code, 0)
        if left is not None and amount > left:
            raise short_of(budget, amount, SAVED)
    for code, weight in weights.items():
        left = guarded.get(code, 0)
        if left is not None and left + weight < 0:
            raise _below_share(orders, SAVED)


def short_at_booking(orders: Sequence[BudgetOrder], account: str) -> StepRefused:
    """What is said when the guard of an account stopped the booking of a draft's orders."""
    if account.startswith("share/"):
        return _below_share(orders, BOOKED)
    mine = [one for one in orders if one.source and one.source.code == account]
    assert mine[0].source is not None
    return short_of(mine[0].source, sum(one.amount_fen for one in mine), BOOKED)


def short_of(budget: Budget, asked_fen: int, done: Text) -> StepRefused:
    """What is said when an account has too little free, with the figures; `done` says what was not
    done for that."""
    name, room = place_name(budget), room_in(budget)
    held, reserved, left = map(yuan, (room.held_fen, room.reserved_fen, room.left_fen))
    return StepRefused(
        Text(
            f"{name.zh}账上 {held} 元，其中已预留 {reserved} 元，可用 {left} 元，不够本次的"
            f" {yuan(asked_fen)} 元，{done.zh}。已预留和已支出的资金不能再动，请把金额改到可用"
            "以内，或先补充这个账户再办理。",
            f"{name.en} holds {held} yuan, of which {reserved} are reserved: {left} are free, not"
            f" the {yuan(asked_fen)} asked for; {done.en}. What is reserved or spent stays: ask for"
            " no more than is free, or have the account replenished first.",
        ),
        "amount_fen",
    )


def _below_share(orders: Sequence[BudgetOrder], done: Text) -> StepRefused:
    bps = fund_named(orders[0].target.fund).enterprise_bps or 0
    return StepRefused(
        Text(
            f"这样办理后，直接补助企业的资金将低于 {rate(bps)}，{done.zh}。"
            "请减少公共服务部分，或先收回、调整公共服务资金。",
            f"After this less than {rate(bps)} would be for enterprises; {done.en}."
            " Lower the public part, or take back or shift public money first.",
        ),
        "public_fen",
    )


# ---------------------------------------------------------------- the share of enterprises


def _share(order: BudgetOrder) -> tuple[str, int, str] | None:
    """What an order adds to a place's share account: its code, the weight of enterprise less public
    money (分 times the rule's weights), the region. None where there is no rule or no change."""
    fund = fund_named(order.target.fund)
    if fund.enterprise_bps is None or order.kind == Kind.APPROPRIATE:
        return None
    most = gcd(fund.enterprise_bps, 10_000)
    for_enterprise = (10_000 - fund.enterprise_bps) // most
    for_public = fund.enterprise_bps // most
    place = order.target if order.kind != Kind.RETURN else order.source
    assert place is not None and place.parent is not None
    at_the_top = place.parent.level == Budget.Level.PROVINCE
    region = place.region_code
    if order.kind == Kind.SHIFT:
        weight = for_enterprise + for_public
        region = region if at_the_top else place.parent.region_code
    elif not at_the_top:
        return None  # between a city and its counties the use stays what it was
    else:
        weight = for_enterprise if place.part == Budget.Part.ENTERPRISE else -for_public
        weight = -weight if order.kind == Kind.RETURN else weight
    return (share_code(fund.id, region), weight * order.amount_fen, region) if weight else None


def share_entries(order: BudgetOrder, at: dt.datetime) -> Iterator[ledger.Entry]:
    """The entry beside an order's own that keeps the share of enterprises, if there is a rule."""
    share = _share(order)
    if share is None:
        return
    code, weight, region = share
    name = f"{fund_named(order.target.fund).name.zh} {region_name(region).zh} 企业占比"
    ledger.open_accounts({CAPS: "年度额度来源", USED: "年度额度使用"}, at=at)
    ledger.open_account(code, name, guard="credits", at=at)
    debit, credit = (CAPS, code) if weight > 0 else (code, USED)
    yield ledger.Entry(
        key=f"share/{order.number}", debit=debit, credit=credit,
        amount_fen=abs(weight), kind="share", about=order.number,
    )  # fmt: skip
