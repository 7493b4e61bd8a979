"""Writes of tranches: what a pilot city or county is given, portion by portion, each after what
comes before it was evaluated.

A tranche is planned from the fund's portions, asked for by the city with the figures of the books
as they are, evaluated by the province, and released by an order of the budget (`actions.budgets`),
which is linked to it.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import largest_remainder, rate, yuan
from dengta.core.shapes import Fund, Text
from dengta.funding.actions import budgets
from dengta.funding.models import BudgetOrder, Tranche
from dengta.funding.queries.budgets import fund_named
from dengta.funding.queries.tranches import (
    awards_behind,
    figures_of,
    funds_in_portions,
    without_contract,
)
from dengta.registry.queries import officials_for, policy, province_code, region_name
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin_many, notify
from dengta.trail.models import Document, Event

# ---------------------------------------------------------------- planning


def plan_due(*, at: dt.datetime | None = None) -> int:
    """Plan the tranches of every place that was awarded as pilot and has none yet. Idempotent.
    Returns how many were planned."""
    now, count = at or timezone.now(), 0
    by_round = {(fund.programme, fund.year): fund for fund in funds_in_portions()}
    there = set(Tranche.objects.values_list("fund", "region_code").distinct())
    for award in awards_behind(by_round.values()):
        fund = by_round[award.programme, award.award_date.year]
        region = award.application.applicant_code
        if (fund.id, region) not in there:
            given = min(award.amount_fen, fund.each_fen or 0) or None
            count += len(_plan(SYSTEM, fund, region, given, now))
            there.add((fund.id, region))
    return count


def plan(
    actor: Actor,
    fund_id: str,
    region: str,
    *,
    amount_fen: int | None = None,
    at: dt.datetime | None = None,
) -> list[Tranche]:
    """Plan the tranches of a place whose award is not on the platform; those that are planned
    already stay. By the province. `amount_fen` is what the place gets in all, at most what the fund
    gives to each, which is the default.

    NotAllowed for other offices; StepRefused for a fund without portions, a place that cannot get
    it, or an amount beyond the fund's.
    """
    if actor.role != "province":
        raise NotAllowed(Text("分批计划由省级编制。", "Tranches are planned by the province."))
    fund = next((one for one in funds_in_portions() if one.id == fund_id), None)
    if fund is None:
        raise StepRefused(
            Text(
                f"资金“{fund_id}”没有规定分批比例，不能编制分批计划。",
                f"The fund {fund_id} has no portions; nothing can be planned.",
            )
        )
    found = list(Tranche.objects.filter(fund=fund.id, region_code=region))
    return found or _plan(actor, fund, region, amount_fen, at or timezone.now())


def _plan(
    actor: Actor, fund: Fund, region: str, amount_fen: int | None, at: dt.datetime
) -> list[Tranche]:
    """The portions of a place's money, by the largest remainder."""
    each = fund.each_fen or 0
    amount = each if amount_fen is None else amount_fen
    if not 0 < amount <= each:
        raise StepRefused(
            Text(
                f"分批计划总额须在 0.01 元至 {yuan(each)} 元之间。",
                f"A place gets between 0.01 and {yuan(each)} yuan in all.",
            )
        )
    budgets.open_fund(fund, at=at)
    budgets.open_place(fund, region, at=at)
    parts = largest_remainder(amount, [portion.share_bps for portion in fund.portions])
    tranches = [
        Tranche(
            fund=fund.id, region_code=region, ordinal=ordinal, after=portion.after._asdict(),
            amount_fen=part, created_at=at,
        )
        for ordinal, (portion, part) in enumerate(zip(fund.portions, parts, strict=True), 1)
        if part
    ]  # fmt: skip
    try:
        begin_many(tranches, by=actor, at=at)
    except IntegrityError:  # planned by somebody else at the same moment
        return list(Tranche.objects.filter(fund=fund.id, region_code=region))
    return tranches


# ---------------------------------------------------------------- one after the other


def ask(
    tranche: Tranche,
    actor: Actor,
    *,
    request: str,
    report: Document | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """The city asks for a tranche; what the books say at this moment is kept with it.

    StepRefused before all earlier ones are released, while the place has no plan in force, or
    without a word on how the condition is met.
    """
    now = at or timezone.now()
    if not request.strip():
        raise StepRefused(
            Text(
                f"请写明“{tranche.after.get('zh', '')}”的完成情况，省级据此评价。",
                "Say how the condition is met; the province evaluates by it.",
            )
        )
    _in_order(tranche)
    _promised(tranche)
    evidence = {
        "request": request.strip()[:5000],
        "asked_at": now,
        "figures": {"asked": _figures(tranche)},
    }
    if report is not None:
        evidence["report"] = report
    with transaction.atomic():
        event = advance(tranche, "ask", by=actor, at=now, evidence=evidence)
        _tell(tranche, event, officials_for("province", province_code()))
    return event


def _in_order(tranche: Tranche) -> None:
    earlier = Tranche.objects.filter(
        fund=tranche.fund, region_code=tranche.region_code, ordinal__lt=tranche.ordinal
    )
    behind = earlier.exclude(state="released").order_by("ordinal").first()
    if behind is not None:
        raise StepRefused(
            Text(
                f"第 {behind.ordinal} 批还没有下达，各批须依次办理。请先办理那一批。",
                f"Tranche {behind.ordinal} has not been released; they go one after the other.",
            )
        )


def _promised(tranche: Tranche) -> None:
    if (why := without_contract(tranche)) is not None:
        raise StepRefused(why)


def _figures(tranche: Tranche) -> dict[str, object]:
    return figures_of(fund_named(tranche.fund), tranche.region_code).as_json()


def evaluate(
    tranche: Tranche, actor: Actor, *, score: int, opinion: str, at: dt.datetime | None = None
) -> Event:
    """The province passes a tranche with points and an opinion.

    StepRefused for points below what passes (then it is returned or refused with a reason), points
    that are none, or an empty opinion.
    """
    now = at or timezone.now()
    least = policy().practised("evaluation_score_least", timezone.localdate(now))
    if not least <= score <= 100:
        raise StepRefused(
            Text(
                f"评价得分 {score} 不能通过：须在 {least} 分至 100 分之间。"
                f"不足 {least} 分的，请退回整改或不予下达，并写明理由。",
                f"{score} points do not pass; it takes {least} to 100. Return or refuse it with a"
                " reason instead.",
            )
        )
    if not opinion.strip():
        raise StepRefused(
            Text("请写明评价意见，市州和审计会看到。", "Give the opinion of the evaluation.")
        )
    evidence = {
        "score": score,
        "opinion": opinion.strip()[:5000],
        "evaluated_at": now,
        "figures": tranche.figures | {"evaluated": _figures(tranche)},
    }
    with transaction.atomic():
        event = advance(tranche, "evaluate", by=actor, at=now, evidence=evidence)
        _tell(tranche, event, officials_for("city", tranche.region_code))
    return event


def give_back(tranche: Tranche, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Back to the city, to be mended and asked for again; with a reason."""
    return _ended(tranche, "return", actor, note, at)


def refuse(tranche: Tranche, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Do not release a tranche, nor any after it; with a reason."""
    return _ended(tranche, "refuse", actor, note, at)


def _ended(tranche: Tranche, step: str, actor: Actor, note: str, at: dt.datetime | None) -> Event:
    with transaction.atomic():
        event = advance(tranche, step, by=actor, note=note, at=at)
        _tell(tranche, event, officials_for("city", tranche.region_code))
    return event


def release(
    tranche: Tranche,
    actor: Actor,
    *,
    document_number: str,
    public_fen: int | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> list[BudgetOrder]:
    """Allot the money of an evaluated tranche: state and orders together, once.

    `public_fen` is the part for public service, by default all that the rule leaves to it. Whoever
    evaluated it leaves this to a colleague, or gives a note (see `budgets.book`).
    StepRefused when the earlier ones are not released, when the place's plan is not in force, when
    less than the rule's share of what it has committed went to enterprises, or when the fund has
    less left.
    """
    now = at or timezone.now()
    fund = fund_named(tranche.fund)
    _in_order(tranche)
    _promised(tranche)
    _spent_as_ruled(fund, tranche)
    parts = {} if public_fen is None else {
        "enterprise": tranche.amount_fen - public_fen, "public": public_fen,
    }  # fmt: skip
    draft = budgets.Draft(
        BudgetOrder.Kind.ALLOCATE, fund.id, tranche.region_code, tranche.amount_fen,
        document_number, f"{fund.name.zh}第 {tranche.ordinal} 批（{tranche.number}）", parts,
        tranche,
    )  # fmt: skip
    with transaction.atomic():
        event = advance(
            tranche, "release", by=actor, note=note, at=now, evidence={"released_at": now}
        )
        key = f"tranche/{tranche.pk}"
        orders = budgets.order_now(actor, draft, key=key, note=note, at=now)
        _tell(tranche, event, officials_for("city", tranche.region_code))
    return orders


def _spent_as_ruled(fund: Fund, tranche: Tranche) -> None:
    spent = figures_of(fund, tranche.region_code).spent_share_bps
    if fund.enterprise_bps is not None and spent is not None and spent < fund.enterprise_bps:
        raise StepRefused(
            Text(
                f"已安排的资金中直接补助企业的占 {rate(spent)}，低于 {rate(fund.enterprise_bps)}，"
                "不能下达下一批。请市州先兑付企业补助，或退回整改。",
                f"Of what is committed {rate(spent)} is for enterprises, less than"
                f" {rate(fund.enterprise_bps)}; the next tranche has to wait.",
            )
        )


def _tell(tranche: Tranche, event: Event, users: list[int]) -> None:
    """A notice to whoever has the tranche now, or has to know what became of it."""
    state, name = tranche.flow.state(tranche.state), region_name(tranche.region_code)
    notify(
        event,
        users,
        subject=Text(
            f"{tranche.number} {name.zh}第 {tranche.ordinal} 批资金：{state.name.zh}",
            f"{tranche.number} {name.en}, tranche {tranche.ordinal}: {state.name.en}",
        ),
        body=Text(event.note, event.note),
        link=f"/official/tranches/{tranche.pk}/",
    )
