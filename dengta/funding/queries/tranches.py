"""Reads of tranches: which there are, what they follow from, what the books say when one is asked
for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.shapes import Fund, Text
from dengta.funding.models import Tranche as Tranche
from dengta.funding.queries.budgets import fund_named
from dengta.funding.queries.fund_tree import Place, place_in, trees
from dengta.programmes.models import Award
from dengta.projects.queries.pilots import PilotPlan, plan_in_force
from dengta.registry.queries import policy, region_name
from dengta.trail.models import Document

RUNNING = ("in_force", "rectifying")
"""States of an award that money still follows from."""


def funds_in_portions() -> list[Fund]:
    """The funds that are given to places in portions."""
    return [fund for fund in policy().funds if fund.portions and fund.each_fen is not None]


def tranches_of(actor: Actor, fund: str = "", state: str = "") -> models.QuerySet[Tranche]:
    """The tranches in an office's territory; the latest fund first, then places by code."""
    rows = Tranche.objects.order_by("-fund", "region_code", "ordinal")
    if not actor.official:
        return rows.none()
    rows = rows.filter(region_code__startswith=territory(actor.region))
    rows = rows.filter(fund=fund) if fund else rows
    return rows.filter(state=state) if state else rows


def tranche_of(actor: Actor, pk: int) -> Tranche:
    """One tranche of an office's territory. Tranche.DoesNotExist for others."""
    return tranches_of(actor).select_related("report").get(pk=pk)


def waiting_for(actor: Actor) -> int:
    """How many tranches an office has to do something about."""
    roles = actor.roles_for(actor.region)
    states = [state.id for state in Tranche.flow.states if state.owner in roles]
    return tranches_of(actor).filter(state__in=states).count()


def award_of(tranche: Tranche) -> Award | None:
    """The award as pilot that a tranche follows from, if it was given here."""
    return awards_of([tranche]).get((tranche.fund, tranche.region_code))


def awards_of(tranches: Iterable[Tranche]) -> dict[tuple[str, str], Award]:
    """(fund, place) -> the award that its tranches follow from, in one query."""
    funds = {one.fund: fund_named(one.fund) for one in tranches}
    found = {}
    for award in awards_behind(funds.values()):
        for fund in funds.values():
            if (award.programme, award.award_date.year) == (fund.programme, fund.year):
                found[fund.id, award.application.applicant_code] = award
    return found


def awards_behind(funds: Iterable[Fund]) -> models.QuerySet[Award]:
    """The awards of places that money of some funds follows from, the earliest first."""
    wanted = models.Q(pk__in=())
    for fund in funds:
        wanted |= models.Q(programme=fund.programme, award_date__year=fund.year)
    rows = Award.objects.select_related("application__round").filter(wanted, organisation=None)
    return rows.filter(state__in=RUNNING).order_by("id")


def plan_behind(tranche: Tranche) -> PilotPlan | None:
    """The plan that a tranche's place promised: the one in force, its target contract, else its
    latest edition; None where it never wrote one."""
    programme = fund_named(tranche.fund).programme
    editions = PilotPlan.objects.filter(programme=programme, region_code=tranche.region_code)
    return plan_in_force(programme, tranche.region_code) or editions.order_by("-edition").first()


def without_contract(tranche: Tranche) -> Text | None:
    """Why a tranche has no target contract to be judged by, and what to do; None when it has."""
    plan, place = plan_behind(tranche), region_name(tranche.region_code)
    if plan is not None and plan.state == "in_force":
        return None
    state = Text("没有填报", "not written") if plan is None else plan.flow.state(plan.state).name
    return Text(
        f"{place.zh}的试点实施方案没有备案生效（现在：{state.zh}），没有目标合同可以对照，"
        "不能申请和下达资金。请先在“城市试点”填报方案，省级同意备案后再办理。",
        f"The plan of {place.en} is not in force (now: {state.en}); without a target contract no"
        " money is asked for or released. Write the plan under “Pilots” first, and go on once the"
        " province has filed it.",
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """What the books say of a place and fund, in 分, basis points and numbers of firms."""

    allotted_fen: int
    committed_fen: int
    paid_fen: int
    left_fen: int
    for_enterprises_fen: int
    share_bps: int | None
    spent_share_bps: int | None
    firms: int

    def as_json(self) -> dict[str, Any]:
        """As they are kept with a tranche."""
        return {name: getattr(self, name) for name in self.__slots__}


def figures_of(fund: Fund, region: str) -> Figures:
    """What the books say now; zeros where nothing was allotted yet."""
    place = place_of(fund, region)
    return Figures(0, 0, 0, 0, 0, None, None, 0) if place is None else figures_at(place)


def figures_at(place: Place) -> Figures:
    """The figures of one place of a tree."""
    whole = place.whole
    return Figures(
        place.net_fen, whole.committed, whole.paid, whole.left, place.for_enterprises_fen,
        place.share_bps, place.spent_share_bps, place.firms,
    )  # fmt: skip


def kept(figures: Mapping[str, Any]) -> Figures:
    """Figures as they were kept with a tranche."""
    names: dict[str, Any] = {name: figures.get(name) for name in Figures.__slots__}
    return Figures(**names)


def report_for(actor: Actor, pk: int) -> Document | None:
    """A report that was handed in with a tranche, for the offices that see it."""
    found = tranches_of(actor).filter(report=pk).select_related("report").first()
    return found.report if found else None


def place_of(fund: Fund, region: str) -> Place | None:
    """A place in the tree of a fund as it is now; None before anything was opened there."""
    tree = trees([fund]).get(fund.id)
    return place_in(tree, region) if tree else None


def beside(tranche: Tranche) -> models.QuerySet[Tranche]:
    """All tranches of the same place and fund, in their order."""
    rows = Tranche.objects.filter(fund=tranche.fund, region_code=tranche.region_code)
    return rows.order_by("ordinal")
