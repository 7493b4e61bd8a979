"""Reads of budgets: which account pays, and what the books say of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.money import wan as wan
from dengta.core.schemes import Level, Scheme
from dengta.core.shapes import Fund, Text
from dengta.funding.models import Budget
from dengta.funding.models import BudgetOrder as BudgetOrder
from dengta.ledger import queries as ledger
from dengta.registry.queries import division_of, policy, province_code, region_name
from dengta.trail.actions import StepRefused

TREASURY = "treasury/province"
CAPS = "caps/granted"
"""The account that allowances of a year are credited from."""


def fund_for(programme: str, year: int) -> Fund | None:
    """The pool that the policy has for a programme and year, if any."""
    found = (one for one in policy().funds if one.programme == programme and one.year == year)
    return next(found, None)


def budget_code(fund: str, region: str = "", part: str = Budget.Part.ALL) -> str:
    """The ledger account of a budget: the province's own pool, or a place's, or a part of it."""
    return "/".join(("pool", fund, *filter(None, (region, "" if part == "all" else part))))


def fund_named(id: str) -> Fund:
    """A fund of the policy by its id. KeyError if there is none."""
    for fund in policy().funds:
        if fund.id == id:
            return fund
    raise KeyError(id)


def place_name(budget: Budget) -> Text:
    """Whose money a budget is and for what, in words."""
    name = region_name(budget.region_code)
    use = {"enterprise": Text("直接补助企业", "for enterprises"),
           "public": Text("公共服务", "for public service")}.get(budget.part)  # fmt: skip
    return (
        Text(f"{name.zh}{use.zh}资金", f"{name.en} ({use.en})")
        if use
        else Text(f"{name.zh}资金", name.en)
    )


def share_code(fund: str, region: str) -> str:
    """The ledger account that keeps the share of enterprises in what a place was allotted: each
    enterprise 分 credits it, each public 分 debits it as many times as the rule asks."""
    return f"share/{fund}/{region}"


def payable_code(uscc: str) -> str:
    """The ledger account of what is owed to one organisation."""
    return f"payable/{uscc}"


def yearly_code(programme: str, year: int, uscc: str) -> str:
    """The ledger account of what one firm may still be given by a programme in one year."""
    return f"cap/{programme}/{year}/{uscc}"


def ceiling_code(programme: str, year: int, division: str = "") -> str:
    """The ledger account of what a programme may still give in one year, in all or in one
    division."""
    return "/".join(("ceiling", programme, str(year), *filter(None, (division,))))


def bounds_of(scheme: Scheme, year: int, uscc: str, region: str) -> dict[str, int]:
    """The allowances that bound what a scheme gives one firm in a year, and what the policy gives
    each of them, in 分: the firm's year, the programme's, and its division's."""
    division = division_of(region)
    most = {
        yearly_code(scheme.programme, year, uscc): scheme.yearly_cap_fen,
        ceiling_code(scheme.programme, year): scheme.ceiling_fen,
        ceiling_code(scheme.programme, year, division): scheme.city_ceilings_fen.get(division),
    }
    return {code: fen for code, fen in most.items() if fen is not None}


def voucher_code(number: str) -> str:
    """The ledger account of what is left of an issued voucher."""
    return f"voucher/{number}"


def paying_budget(scheme: Scheme, year: int, level: Level, region: str) -> Budget:
    """The budget that pays one level's share of a scheme to a firm in a region: the part meant for
    enterprises where the place has one. StepRefused when nothing was opened there."""
    fund = fund_for(scheme.purse or scheme.programme, year)
    place = {"province": province_code(), "city": division_of(region), "county": region}[level]
    budget = None
    if fund is not None:
        found = Budget.objects.filter(fund=fund.id, region_code=place, level=level)
        budget = found.exclude(part=Budget.Part.PUBLIC).order_by("-part").first()
    if budget is None:
        raise StepRefused(
            Text(
                f"{year} 年“{scheme.name.zh}”在 {place} 还没有下达资金，不能批准。"
                "请先在“预算资金”中下达后再办理。",
                f"No money of {year} for “{scheme.name.en}” has been allotted to {place} yet. Have"
                " it allotted first.",
            )
        )
    return budget


def scheme_of(edition: str) -> Scheme:
    """A scheme by its edition. KeyError if the policy has none of that name."""
    for scheme in policy().schemes:
        if scheme.edition == edition:
            return scheme
    raise KeyError(edition)


def scheme_name(edition: str) -> Text:
    """The name of a scheme; its edition where the policy has none of it any more."""
    try:
        return scheme_of(edition).name
    except KeyError:
        return Text(edition, edition)


def schemes_on(day: dt.date) -> list[Scheme]:
    """The schemes in force on a day, by name of edition."""
    return [scheme for scheme in policy().schemes if scheme.in_force.holds(day)]


# ---------------------------------------------------------------- orders and accounts in sight


KINDS = {
    "appropriate": Text("预算安排", "Appropriation"),
    "allocate": Text("下达", "Allotment"),
    "return": Text("收回", "Return"),
    "shift": Text("调整用途", "Change of use"),
}
"""What orders are for, in words."""


def orders_of(actor: Actor, *, fund: str = "", state: str = "") -> models.QuerySet[BudgetOrder]:
    """The orders that move money from or to an office's territory, the latest first; of one fund
    and in one state where that is given."""
    rows = BudgetOrder.objects.select_related("source", "target", "tranche")
    if not actor.official:
        return rows.none()
    mine = territory(actor.region)
    seen = models.Q(target__region_code__startswith=mine)
    seen |= models.Q(source__region_code__startswith=mine)
    rows = rows.filter(seen).order_by("-id")
    rows = rows.filter(target__fund=fund) if fund else rows
    return rows.filter(state=state) if state else rows


def order_of(actor: Actor, pk: int) -> BudgetOrder:
    """One order in sight. BudgetOrder.DoesNotExist for others."""
    return orders_of(actor).get(pk=pk)


def orders_about(actor: Actor, abouts: Iterable[str]) -> dict[str, int]:
    """What the ledger says that transfers are `about` -> the id of its order, as far as the actor
    may see that; one query for any number."""
    found = (re.fullmatch(r"ZB\d{4}-(\d{5,})", about) for about in set(abouts))
    ids = [int(number[1]) for number in found if number]
    if not ids:
        return {}
    rows = orders_of(actor).filter(pk__in=ids).only("created_at")
    return {order.number: order.pk for order in rows.select_related(None)}


def budget_seen(account: str, actor: Actor) -> Budget | None:
    """The budget that an account of the ledger is, if an official covers its place."""
    found = Budget.objects.filter(code=account).first() if actor.official else None
    return found if found and actor.covers(found.region_code) else None


def budget_codes(programme: str) -> list[str]:
    """The accounts of every budget of a programme, the latest year first."""
    rows = Budget.objects.filter(programme=programme).order_by("-year", "code")
    return list(rows.values_list("code", flat=True))


def siblings(order: BudgetOrder) -> list[BudgetOrder]:
    """The orders of one draft, which are booked and refused together."""
    return orders_of_key(order.key.rpartition("/")[0])


def orders_of_key(key: str) -> list[BudgetOrder]:
    """The orders of the draft that was sent with a key."""
    keys = [f"{key}/{part}" for part in Budget.Part.values]
    rows = BudgetOrder.objects.filter(key__in=keys).select_related("source", "target")
    return list(rows.order_by("id"))


def orders_waiting(actor: Actor) -> int:
    """How many orders wait to be booked by an office."""
    return orders_of(actor).filter(state="proposed", region_code=actor.region).count()


@dataclass(frozen=True, slots=True)
class Room:
    """What an account has room for, in 分: what it holds, what of that is reserved, and what
    orders that wait to be booked would take from it."""

    budget: Budget
    held_fen: int
    reserved_fen: int
    waiting_fen: int = 0

    @property
    def left_fen(self) -> int:
        """What is free now."""
        return self.held_fen - self.reserved_fen


def rooms_in(budgets: Iterable[Budget]) -> list[Room]:
    """What each account has room for now; two queries for any number."""
    found = list(budgets)
    there = ledger.balances([budget.code for budget in found])
    waiting = BudgetOrder.objects.filter(source__in=found, state="proposed").values_list("source")
    asked = dict(waiting.order_by().annotate(fen=models.Sum("amount_fen")))
    rooms = []
    for budget in found:
        balance = there.get(budget.code)
        held = balance.credits_posted_fen - balance.debits_posted_fen if balance else 0
        reserved = balance.debits_pending_fen if balance else 0
        rooms.append(Room(budget, held, reserved, asked.get(budget.pk, 0)))
    return rooms


def room_in(budget: Budget) -> Room:
    """What one account has room for now."""
    return rooms_in([budget])[0]


def room_of(order: BudgetOrder) -> Room | None:
    """What the account that an order draws on has room for, the order itself among those that wait;
    None for the treasury."""
    return room_in(order.source) if order.source else None


def room_above(fund: Fund, region: str) -> Room | None:
    """What the account that a place's allotments come from has room for; None before anything was
    opened for the place."""
    rows = Budget.objects.filter(fund=fund.id, region_code=region).select_related("parent")
    found = rows.first()
    return room_in(found.parent) if found and found.parent else None


def rooms_of(actor: Actor, year: int) -> list[Room]:
    """What the accounts of an office's own place have room for, of the funds of a year."""
    funds = [fund.id for fund in policy().funds if fund.year == year]
    rows = Budget.objects.filter(region_code=actor.region, fund__in=funds)
    return rooms_in(rows.order_by("fund", "part"))


def fund_name(id: str) -> Text:
    """A fund's name; its id where the policy has it no longer."""
    return next((fund.name for fund in policy().funds if fund.id == id), Text(id, id))


def programme_name(id: str) -> Text:
    """A programme's latest name; its id where the policy has none."""
    names = [programme.name for programme in policy().programmes if programme.id == id]
    return names[-1] if names else Text(id, id)
