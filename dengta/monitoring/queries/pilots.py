"""试点: what a pilot promised and what it has reached, from facts alone; all divisions at a glance.

Counted are the firms that are on the list. Levels are those that count for pilot enterprises: found
on the spot (`assessment.queries.counted`). Money is what the books of the place's fund say.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from django.db import models

from dengta.assessment.queries.counted import counted
from dengta.assessment.queries.diagnosis import diagnosed
from dengta.core.shapes import Fund, Region
from dengta.funding.queries import fund_tree
from dengta.funding.queries.tranches import Figures, figures_at
from dengta.programmes.queries.awards import places_applying
from dengta.projects.models import PilotFirm, PilotMonth, PilotPlan, Project
from dengta.projects.queries.pilots import firms_of, fund_behind
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, divisions, policy

Coverage = Literal["covered", "applying", "none"]

STARTED = ("under_way", "finished", "in_acceptance", "accepted")
"""States of projects that were filed and not ended."""


@dataclass(frozen=True, slots=True)
class PilotFigures:
    """A pilot in figures. Money in 分, shares in basis points; None before anything was allotted.

    `listed` firms are on the list now; of these `diagnosed`, `filed` (a project under way or
    further), `accepted`, `level_2` (counted level 2 or above). `late` are projects past their
    agreed date. `average_fen` is what a firm was granted on average.
    """

    listed: int
    withdrawn: int
    replaced: int
    out_of_period: int
    diagnosed: int
    filed: int
    accepted: int
    late: int
    level_2: int
    allotted_fen: int
    committed_fen: int
    paid_fen: int
    left_fen: int
    share_bps: int | None
    spent_share_bps: int | None
    granted_firms: int
    average_fen: int | None

    def as_json(self) -> dict[str, int | None]:
        """As they are frozen in a monthly report."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def figures_of(plan: PilotPlan, day: dt.date) -> PilotFigures:
    """What a pilot has reached by a day. The same few queries for any number of firms."""
    states = Counter(firms_of(plan).values_list("state", flat=True))
    listed = list(firms_of(plan).filter(state="listed").values_list("organisation", flat=True))
    projects = Project.objects.filter(organisation__in=listed, programme__in=_paid_by(plan))
    rows = list(projects.filter(state__in=STARTED).values("organisation", "state", "due_date"))
    money, average = _money(plan)
    return PilotFigures(
        listed=states["listed"],
        withdrawn=states["withdrawn"],
        replaced=states["replaced"],
        out_of_period=states["out_of_period"],
        diagnosed=diagnosed(listed).count(),
        filed=len({row["organisation"] for row in rows}),
        accepted=len({row["organisation"] for row in rows if row["state"] == "accepted"}),
        late=sum(row["state"] == "under_way" and (row["due_date"] or day) < day for row in rows),
        level_2=counted(day, listed).filter(counted_level__gte=2).count(),
        allotted_fen=money.allotted_fen,
        committed_fen=money.committed_fen,
        paid_fen=money.paid_fen,
        left_fen=money.left_fen,
        share_bps=money.share_bps,
        spent_share_bps=money.spent_share_bps,
        granted_firms=money.firms,
        average_fen=average,
    )


ON_THE_LIST = ("listed", "withdrawn", "replaced", "out_of_period")
"""Figures that count the list itself, by the state of its firms."""
COUNTED = (*ON_THE_LIST, "diagnosed", "filed", "accepted", "level_2", "late")
"""The figures behind each of which there is a list."""


def counted_in(
    plan: PilotPlan, what: str, day: dt.date
) -> models.QuerySet[Organisation] | models.QuerySet[Project]:
    """Who was counted in a figure of `COUNTED`: firms by name, for `late` the projects, the longest
    late first. KeyError for another figure."""
    if what not in COUNTED:
        raise KeyError(what)
    rows, everybody = firms_of(plan).order_by(), Organisation.objects.order_by("name", "pk")
    if what in ON_THE_LIST:
        return everybody.filter(pk__in=rows.filter(state=what).values("organisation"))
    listed = rows.filter(state="listed").values_list("organisation", flat=True)
    if what == "diagnosed":
        return everybody.filter(pk__in=diagnosed(list(listed)))
    if what == "level_2":
        done = counted(day, list(listed)).filter(counted_level__gte=2)
        return everybody.filter(pk__in=done.values("organisation"))
    projects = Project.objects.filter(organisation__in=listed, programme__in=_paid_by(plan))
    if what == "late":
        late = projects.filter(state="under_way", due_date__lt=day)
        return late.select_related("organisation").order_by("due_date", "pk")
    states = STARTED if what == "filed" else ("accepted",)
    done_by = projects.filter(state__in=states).values("organisation")
    return everybody.filter(pk__in=done_by)


def kept_in(
    month: PilotMonth, what: str
) -> models.QuerySet[Organisation] | models.QuerySet[Project]:
    """Who was counted in a figure of a monthly report when it was frozen, whatever became of them
    since; ordered as `counted_in`. KeyError for a figure without a list."""
    ids = month.lists[what]
    if what == "late":
        rows = Project.objects.filter(pk__in=ids).select_related("organisation")
        return rows.order_by("due_date", "pk")
    return Organisation.objects.filter(pk__in=ids).order_by("name", "pk")


def fund_of(plan: PilotPlan) -> Fund | None:
    """The fund that a pilot's money comes from."""
    return fund_behind(plan.programme, plan.from_date, plan.until_date)


def _paid_by(plan: PilotPlan) -> list[str]:
    """The programmes whose projects count for a pilot: those that its purse pays for, and those
    filed under the pilot itself."""
    rows = policy().schemes
    return sorted({plan.programme, *(one.programme for one in rows if one.purse == plan.programme)})


def _money(plan: PilotPlan) -> tuple[Figures, int | None]:
    fund = fund_of(plan)
    tree = fund_tree.trees([fund]).get(fund.id) if fund else None
    place = fund_tree.place_in(tree, plan.region_code) if tree else None
    if place is None:
        return Figures(0, 0, 0, 0, 0, None, None, 0), None
    return figures_at(place), place.average_fen


# ---------------------------------------------------------------- all divisions


@dataclass(frozen=True, slots=True)
class Covered:
    """One division on the board: the plans of its places that are in force or being made, and how
    many firms are listed against how many were promised."""

    region: Region
    coverage: Coverage
    plans: tuple[PilotPlan, ...]
    listed: int
    promised: int | None


def board(programme: str) -> list[Covered]:
    """Every division of the province: covered (a plan of a place in it is in force), applying (a
    place has applied, was awarded, or has a plan on its way), or not yet. Four queries."""
    plans: dict[str, PilotPlan] = {}
    live = PilotPlan.objects.filter(programme=programme).exclude(state__in=("superseded", "closed"))
    for plan in live.order_by("edition"):
        if plan.region_code not in plans or plan.state == "in_force":
            plans[plan.region_code] = plan
    listed = Counter(
        PilotFirm.objects.filter(programme=programme, state="listed").values_list(
            "region_code", flat=True
        )
    )
    applied = {division_of(code) for code in places_applying(programme)}
    within: dict[str, list[PilotPlan]] = {}
    for code, plan in sorted(plans.items()):
        within.setdefault(division_of(code), []).append(plan)
    return [
        _covered(region, within.get(region.code, []), listed, region.code in applied)
        for region in divisions()
    ]


def _covered(
    region: Region, plans: list[PilotPlan], listed: Counter[str], applied: bool
) -> Covered:
    if not plans:
        return Covered(region, "applying" if applied else "none", (), 0, None)
    there = any(plan.state == "in_force" for plan in plans)
    promised = [plan.targets["firms"] for plan in plans if plan.targets.get("firms")]
    return Covered(
        region, "covered" if there else "applying", tuple(plans),
        sum(listed[plan.region_code] for plan in plans), sum(promised) if promised else None,
    )  # fmt: skip


def against(figures: PilotFigures, targets: dict[str, Any]) -> Sequence[tuple[str, int, int]]:
    """What was promised beside what is there: (target, reached, promised), where promised."""
    reached = {"firms": figures.accepted, "level_2_firms": figures.level_2}
    return [
        (name, reached[name], targets[name])
        for name in ("firms", "level_2_firms")
        if targets.get(name)
    ]
