"""Writes of budgets: opening them, and the orders that move money between them.

Money comes from the treasury into the province's budget of a fund, goes down to cities and counties
and comes back; each booked order is one transfer with the order's number as its key. What is drawn
beyond what is there is refused when the order is handed in, and again by the guard of the account
when it is booked, whoever presses at the same moment (see `order_limits`, also for the share of
enterprises).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import wan, yuan
from dengta.core.shapes import Fund, Text
from dengta.funding.actions.order_limits import (
    refuse_beyond,
    share_entries,
    short_at_booking,
)
from dengta.funding.actions.separation import refuse_maker
from dengta.funding.models import Budget, BudgetOrder, Tranche
from dengta.funding.queries.budgets import (
    TREASURY,
    budget_code,
    fund_named,
    orders_of_key,
    place_name,
    siblings,
)
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import division_of, policy, province_code, region_name
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin_many
from dengta.trail.models import Event

BANK = "bank/outgoing"
MOST_FEN = 10**11
"""The most that one order moves: the ledger takes it with every weight of a share."""
Part = Budget.Part
Kind = BudgetOrder.Kind

# ---------------------------------------------------------------- opening


def open_fund(fund: Fund, *, at: dt.datetime | None = None) -> Budget:
    """The province's budget of a fund with the money that the policy gives it; more when the policy
    gives more, nothing is taken back when it gives less. Idempotent.

    What the policy gave is posted about the fund, what an official appropriated beyond that about
    the order; so a rise posts the difference to what the policy gave before. The key names what
    that was, so whoever comes at the same moment posts the same; whoever has an older or newer
    policy than they looks again.
    """
    now = at or timezone.now()
    budget = _budget(fund, province_code(), Part.ALL, None, now)
    ledger.open_accounts({TREASURY: "省级财政专户", BANK: "已付出资金"}, at=now)
    for last in (False, False, True):
        there = books.posted(TREASURY, [budget.code], about=fund.id).get(budget.code, 0)
        if fund.pool_fen <= there:
            break
        entry = ledger.Entry(
            key=f"policy/{budget.code}/{there}", debit=TREASURY, credit=budget.code,
            amount_fen=fund.pool_fen - there, kind="appropriate", about=fund.id,
        )  # fmt: skip
        try:
            ledger.post(entry, at=now)
            break
        except ledger.KeyReused:
            if last:
                raise
    return budget


def open_funds(year: int, *, at: dt.datetime | None = None) -> list[Budget]:
    """Every fund that the policy has for a year. Idempotent."""
    return [open_fund(fund, at=at) for fund in policy().funds if fund.year == year]


def open_place(fund: Fund, region: str, *, at: dt.datetime | None = None) -> dict[str, Budget]:
    """A city's or county's budgets of a fund, by part; opened if they are not. Idempotent.

    One of all money, or one for enterprises and one for public service where the fund has a share.
    StepRefused when the province's is not open or the region is none.
    """
    now = at or timezone.now()
    known = policy().regions.get(region)
    if not region:
        raise StepRefused(
            Text(
                "请选择地区：资金下达给谁，或从哪里收回。", "Choose the place that gets or gives."
            ),
            "region",
        )
    if known is None or known.level == "province":
        raise StepRefused(
            Text(
                f"“{region}”不是本省的市州或区县，不能下达。请重新选择地区。",
                f"{region} is no city or county of the province. Choose another place.",
            ),
            "region",
        )
    above = _above(fund, region)
    parts = (Part.ALL,) if fund.enterprise_bps is None else (Part.ENTERPRISE, Part.PUBLIC)
    found = {b.part: b for b in Budget.objects.filter(fund=fund.id, region_code=region)}
    if all(part in found for part in parts):
        return found
    if above == province_code():
        parent = _top(fund)
        parents = dict.fromkeys(parts, parent)
    else:
        given = open_place(fund, above, at=now)
        parents = {part: given[part] for part in parts}
    return {part: _budget(fund, region, part, parents[part], now) for part in parts}


def _above(fund: Fund, region: str) -> str:
    """Whose money a place is given: the province's, or of a county its city's, unless the fund is
    one of counties."""
    division = division_of(region)
    if division == region or _to_counties(fund):
        return province_code()
    return division


def _to_counties(fund: Fund) -> bool:
    return any(p.id == fund.programme and p.applicant == "county" for p in policy().programmes)


def _top(fund: Fund) -> Budget:
    found = Budget.objects.filter(fund=fund.id, region_code=province_code()).first()
    if found is None:
        raise StepRefused(
            Text(
                f"“{fund.name.zh}”还没有开设，不能下达。请先由省级开设资金账户。",
                f"“{fund.name.en}” has not been opened; the province has to open it first.",
            )
        )
    return found


def _budget(fund: Fund, region: str, part: str, parent: Budget | None, at: dt.datetime) -> Budget:
    code = budget_code(fund.id, "" if parent is None else region, part)
    level = policy().regions[region].level if parent else Budget.Level.PROVINCE
    with transaction.atomic():
        budget, _new = Budget.objects.get_or_create(
            code=code,
            defaults={
                "fund": fund.id, "programme": fund.programme, "plan": fund.plan, "year": fund.year,
                "level": level, "region_code": region, "part": part, "parent": parent,
                "opened_at": at,
            },
        )  # fmt: skip
        name = fund.name.zh if parent is None else f"{fund.name.zh} {place_name(budget).zh}"
        ledger.open_account(code, name, guard="credits", at=at)
    return budget


# ---------------------------------------------------------------- orders


@dataclass(frozen=True, slots=True)
class Draft:
    """What an office wants moved, in 分.

    `parts` says how much of it for what: {"all": …}, or {"enterprise": …, "public": …} where the
    fund has a share; empty for an allotment is divided by the rule, the enterprises' part rounded
    up. `region` is the place that gets the money, gives it back or shifts it (public → enterprise).
    """

    kind: str
    fund: str
    region: str
    amount_fen: int
    document_number: str = ""
    reason: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)
    tranche: Tranche | None = None


def propose(
    actor: Actor, draft: Draft, *, key: str, at: dt.datetime | None = None
) -> list[BudgetOrder]:
    """Orders for a draft, one per part, waiting to be booked. The same `key` twice is one draft.

    NotAllowed for another office's money; StepRefused for an amount, a part or a place that cannot
    be, and for more than the account or the share of enterprises has room for at this moment.
    """
    now = at or timezone.now()
    fund = _fund(draft.fund)
    made = orders_of_key(key)
    if not made:
        legs = list(_legs(actor, fund, draft, now))
        orders = [
            BudgetOrder(
                kind=draft.kind, source=source, target=target, tranche=draft.tranche,
                amount_fen=amount, document_number=draft.document_number.strip()[:80],
                reason=draft.reason.strip()[:500], region_code=actor.region,
                user_id=actor.user_id or None, key=f"{key}/{part}", created_at=now,
            )
            for part, source, target, amount in legs
        ]  # fmt: skip
        refuse_beyond(orders)
        try:
            begin_many(orders, by=actor, at=now)
            return orders
        except IntegrityError:  # the same form sent twice at the same moment
            made = orders_of_key(key)
    if sum(one.amount_fen for one in made) != draft.amount_fen or made[0].kind != draft.kind:
        raise StepRefused(
            Text(
                f"这张单已经提交过，内容是 {made[0].number}。请刷新页面后重新填写。",
                f"This form was already sent, as {made[0].number}. Reload the page and start anew.",
            )
        )
    return made


def _fund(id: str) -> Fund:
    try:
        return fund_named(id)
    except KeyError as unknown:
        raise StepRefused(
            Text(f"政策中没有资金“{id}”，请重新选择。", f"The policy has no fund {id}.")
        ) from unknown


Leg = tuple[str, Budget | None, Budget, int]


def _legs(actor: Actor, fund: Fund, draft: Draft, at: dt.datetime) -> Iterator[Leg]:
    """What moves, part by part."""
    if not 0 < draft.amount_fen <= MOST_FEN:
        raise StepRefused(
            Text("金额须大于零。请填写要办理的金额。", "The amount must be above zero."),
            "amount_fen",
        )
    if not draft.reason.strip():
        raise StepRefused(
            Text(
                "请写明事由，今后查账时才知道为什么。", "Give the reason, for those who audit it."
            ),
            "reason",
        )
    if draft.kind == Kind.APPROPRIATE:
        _must(actor, province_code())
        yield Part.ALL, None, open_fund(fund, at=at), draft.amount_fen
        return
    places = open_place(fund, draft.region, at=at)
    giver = _above(fund, draft.region)
    if draft.kind == Kind.SHIFT:
        _must(actor, draft.region, giver)
        yield Part.ENTERPRISE, *_shifted(fund, places), draft.amount_fen
        return
    _must(actor, *((giver,) if draft.kind == Kind.ALLOCATE else (draft.region, giver)))
    for part, amount in _divided(fund, draft).items():
        budget = places[part]
        assert budget.parent is not None
        if draft.kind == Kind.ALLOCATE:
            yield part, budget.parent, budget, amount
        else:
            yield part, budget, budget.parent, amount


def _shifted(fund: Fund, places: Mapping[str, Budget]) -> tuple[Budget, Budget]:
    if fund.enterprise_bps is None:
        raise StepRefused(
            Text(
                f"“{fund.name.zh}”不分用途，没有可以调整的。",
                f"“{fund.name.en}” is not divided by use; there is nothing to shift.",
            )
        )
    return places[Part.PUBLIC], places[Part.ENTERPRISE]


def _divided(fund: Fund, draft: Draft) -> dict[str, int]:
    """The amount by part; StepRefused when the parts given do not add up or are not the fund's."""
    bps = fund.enterprise_bps
    if not draft.parts:
        if bps is None:
            return {Part.ALL.value: draft.amount_fen}
        enterprise = -(-draft.amount_fen * bps // 10_000)
        rest = draft.amount_fen - enterprise
        halves = {Part.ENTERPRISE.value: enterprise, Part.PUBLIC.value: rest}
        return {part: amount for part, amount in halves.items() if amount}
    allowed = {Part.ALL} if bps is None else {Part.ENTERPRISE, Part.PUBLIC}
    parts = {str(part): amount for part, amount in draft.parts.items() if amount}
    public = parts.get(Part.PUBLIC, 0)
    if bps is None and not parts.keys() <= allowed:
        raise StepRefused(
            Text(
                f"“{fund.name.zh}”不分用途。“其中用于公共服务”请留空。",
                f"“{fund.name.en}” is not divided by use. Leave the public part empty.",
            ),
            "public_fen",
        )
    if not parts.keys() <= allowed or public < 0:
        raise StepRefused(
            Text("资金用途与这项资金不符，请重新填写。", "These parts do not belong to the fund.")
        )
    if public > draft.amount_fen:
        raise StepRefused(
            Text(
                f"用于公共服务的 {wan(public).zh}多于总额 {wan(draft.amount_fen).zh}。请改小，"
                "或改正总额。",
                f"{wan(public).en} for public service is more than the"
                f" {wan(draft.amount_fen).en} in all. Make it less, or mend the amount.",
            ),
            "public_fen",
        )
    if sum(parts.values()) != draft.amount_fen:
        raise StepRefused(
            Text(
                f"各用途合计 {yuan(sum(parts.values()))} 元，与总额 {yuan(draft.amount_fen)} 元"
                "不一致。请核对后重新填写。",
                f"The parts come to {yuan(sum(parts.values()))} yuan, not to"
                f" {yuan(draft.amount_fen)}.",
            )
        )
    return parts


def _must(actor: Actor, *regions: str) -> None:
    """NotAllowed unless the actor's office is that of one of the regions."""
    if not _at_desk(actor, regions):
        names = [region_name(region) for region in dict.fromkeys(regions)]
        raise NotAllowed(
            Text(
                f"这笔资金由{'或'.join(n.zh for n in names)}办理，不在您的岗位权限内。",
                f"This money is in the hands of {' or '.join(n.en for n in names)}.",
            )
        )


def _at_desk(actor: Actor, regions: Collection[str]) -> bool:
    return actor.role in ("province", "city") and actor.region in regions


def book(
    order: BudgetOrder,
    actor: Actor,
    *,
    document_number: str = "",
    note: str = "",
    at: dt.datetime | None = None,
) -> list[BudgetOrder]:
    """Book an order together with the other parts of its draft: all of them or none.

    Whoever proposed it (of a tranche: evaluated it) leaves the booking to a colleague; somebody
    alone in the office gives a note that says who checked it. NotAllowed, Moved when somebody else
    was first, StepRefused with what is left when the money or the share of enterprises does not
    reach, or when the document number is missing.
    """
    now = at or timezone.now()
    orders = siblings(order)
    _must_own(actor, order)
    with transaction.atomic():
        reasons = {"same_person": _refuse_maker(order, actor, note)}
        for one in orders:
            number = document_number.strip()[:80] or one.document_number
            if not number:
                raise StepRefused(
                    Text(
                        "请填写文号后再下达，市州和审计凭文号核对。",
                        "Give the document number first; places and auditors go by it.",
                    )
                )
            evidence = {"booked_at": now, "document_number": number}
            advance(one, "book", by=actor, note=note, reasons=reasons, evidence=evidence, at=now)
        _post(orders, now)
    order.refresh_from_db()
    return orders


def _refuse_maker(order: BudgetOrder, actor: Actor, note: str) -> bool:
    """Whether one person makes and books; StepRefused where that need not or may not be."""
    made = order.user_id
    if order.tranche_id is not None:
        steps = Event.objects.filter(flow=Tranche.flow.id, thing_id=order.tranche_id)
        evaluated = steps.filter(step="evaluate").order_by("-id")
        made = evaluated.values_list("user", flat=True).first()
    return refuse_maker(
        made, actor, actor.region, note,
        colleague=Text(
            "提出（评价）和下达资金属于不相容岗位，应由两人分别办理。请由本单位另一位经办人下达。",
            "Proposing (or evaluating) and booking money are posts that one person may not hold"
            " together. Have a colleague of your office book it.",
        ),
        alone=Text(
            "本单位只有您一位经办人，提出和下达由同一人办理须在说明中写明复核人和理由。",
            "You are the only official of your office: give a note that says who checked it and"
            " why one person proposes and books it.",
        ),
    )  # fmt: skip


def may_decide(actor: Actor, order: BudgetOrder) -> bool:
    """Whether an office books or refuses an order: the one that ordered it, or for what comes back
    the one that gets it."""
    return _at_desk(actor, _deciding(order))


def _deciding(order: BudgetOrder) -> tuple[str, ...]:
    above = (order.target.region_code,) if order.kind == Kind.RETURN else ()
    return (order.region_code, *above)


def _must_own(actor: Actor, order: BudgetOrder) -> None:
    _must(actor, *_deciding(order))


def _post(orders: Sequence[BudgetOrder], at: dt.datetime) -> None:
    """One transfer for each order, and beside them what they mean for the share."""
    entries: list[ledger.Entry] = []
    shares: list[ledger.Entry] = []
    for order in orders:
        source = TREASURY if order.source is None else order.source.code
        entries.append(
            ledger.Entry(
                key=order.number, debit=source, credit=order.target.code,
                amount_fen=order.amount_fen, kind=order.kind, memo=order.reason[:200],
                about=order.number,
            )
        )  # fmt: skip
        shares += share_entries(order, at)
    try:
        ledger.post_many([*entries, *shares], at=at)
    except ledger.Overspent as short:
        raise short_at_booking(orders, short.account) from short


def refuse(order: BudgetOrder, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Do not book an order, nor the other parts of its draft; the reason is kept."""
    _must_own(actor, order)
    with transaction.atomic():
        events = [advance(one, "refuse", by=actor, note=note, at=at) for one in siblings(order)]
    order.refresh_from_db()
    return events[0]


# ---------------------------------------------------------------- at one go


def order_now(
    actor: Actor, draft: Draft, *, key: str, note: str = "", at: dt.datetime | None = None
) -> list[BudgetOrder]:
    """Propose and book at one go, all or nothing; the same key twice books once. Only for whoever
    may do both (see `book`): alone in the office, with a note."""
    with transaction.atomic():
        orders = propose(actor, draft, key=key, at=at)
        if all(one.state == "booked" for one in orders):
            return orders
        return book(orders[0], actor, note=note, at=at)


def appropriate(
    actor: Actor,
    fund: str,
    amount_fen: int,
    *,
    document_number: str,
    reason: str,
    key: str,
    note: str = "",
    at: dt.datetime | None = None,
) -> list[BudgetOrder]:
    """More money from the treasury into the province's budget of a fund, beyond the policy's."""
    draft = Draft(Kind.APPROPRIATE, fund, province_code(), amount_fen, document_number, reason)
    return order_now(actor, draft, key=key, note=note, at=at)


def allocate(
    actor: Actor,
    fund: str,
    region: str,
    amount_fen: int,
    *,
    document_number: str,
    reason: str,
    key: str,
    note: str = "",
    parts: Mapping[str, int] | None = None,
    at: dt.datetime | None = None,
) -> list[BudgetOrder]:
    """Money down to a city (by the province) or to a county (by its city)."""
    draft = Draft(Kind.ALLOCATE, fund, region, amount_fen, document_number, reason, parts or {})
    return order_now(actor, draft, key=key, note=note, at=at)
