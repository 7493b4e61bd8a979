"""Shared reads of pilots: plans, lists of firms, the list as its log gives it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.shapes import Fund, Text
from dengta.programmes.models import Award
from dengta.programmes.queries.awards import RUNNING
from dengta.projects.models import PilotChange
from dengta.projects.models import PilotFirm as PilotFirm
from dengta.projects.models import PilotMonth as PilotMonth
from dengta.projects.models import PilotPlan as PilotPlan
from dengta.registry.models import Organisation, Sanction
from dengta.registry.queries import barred, in_force, policy, region_name
from dengta.trail.models import Document

TITLE = "pilot_firm"
"""The title that a listed firm holds in the registry."""

_AFTER = {
    "add": "listed",
    "relist": "listed",
    "withdraw": "withdrawn",
    "replace": "replaced",
    "lapse": "out_of_period",
}


def plan_in_force(programme: str, region: str) -> PilotPlan | None:
    """The target contract of a place, if one is filed."""
    return PilotPlan.objects.filter(
        programme=programme, region_code=region, state="in_force"
    ).first()


def fund_behind(programme: str, first: dt.date, last: dt.date) -> Fund | None:
    """The fund that the money of a pilot comes from: of the year in which its plan begins, or the
    next one that the policy has."""
    years = {fund.year: fund for fund in policy().funds if fund.programme == programme}
    return next((years[n] for n in range(first.year, last.year + 1) if n in years), None)


def award_behind(programme: str, region: str) -> Award | None:
    """The award of the selection that makes a place a pilot, while it holds."""
    rows = Award.objects.filter(programme=programme, organisation=None, state__in=RUNNING)
    return rows.filter(application__applicant_code=region).order_by("-id").first()


def award_of(plan: PilotPlan) -> Award | None:
    """The award that a plan follows from, if it was given here."""
    return Award.objects.filter(pk=plan.award_id).first() if plan.award_id else None


def waiting(actor: Actor) -> int:
    """How many plans and monthly reports wait for an office: at the province plans to be reviewed,
    at a place its own to be written or mended, and reports to be sent. Two queries."""
    if actor.role == "province":
        return PilotPlan.objects.filter(state="review").count()
    if actor.role not in ("city", "county"):
        return 0
    mine = PilotPlan.objects.filter(region_code=actor.region)
    months = PilotMonth.objects.filter(plan__region_code=actor.region, sent_at=None)
    return mine.filter(state__in=("draft", "returned")).count() + months.count()


def plans_of(actor: Actor) -> models.QuerySet[PilotPlan]:
    """The plans in an official's territory, by place, newest edition first."""
    mine = PilotPlan.objects.filter(region_code__startswith=territory(actor.region))
    return mine.order_by("region_code", "-edition")


def firms_of(plan: PilotPlan) -> models.QuerySet[PilotFirm]:
    """Everybody who is or was on the list of a plan's place."""
    rows = PilotFirm.objects.filter(programme=plan.programme, region_code=plan.region_code)
    return rows.select_related("organisation").order_by("pk")


def changes_of(plan: PilotPlan) -> models.QuerySet[PilotChange]:
    """The log of the list, newest first."""
    rows = PilotChange.objects.filter(
        firm__programme=plan.programme, firm__region_code=plan.region_code
    )
    return rows.select_related("firm__organisation", "by_firm__organisation", "user").order_by(
        "-pk"
    )


def replayed(changes: Iterable[PilotChange]) -> dict[int, str]:
    """The list as its log gives it: the state of each firm (by its row) after all changes, which
    are played in the order in which they were written."""
    found: dict[int, str] = {}
    for change in sorted(changes, key=lambda each: each.pk):
        found[change.firm_id] = _AFTER[change.kind]
    return found


def standing_of(
    plan: PilotPlan, organisations: Sequence[Organisation], day: dt.date
) -> dict[int, Text | None]:
    """Of some firms those that cannot be put on a pilot's list, by id: why, with the mend; None for
    those that are on it. Two queries."""
    ids = [one.pk for one in organisations]
    held = in_force(day).filter(organisation__in=ids).order_by("until_date", "id")
    bars = {one.organisation_id: one for one in held}
    rows = PilotFirm.objects.filter(programme=plan.programme, organisation__in=ids)
    there = {one.organisation_id: one for one in rows}
    found: dict[int, Text | None] = {}
    for one in organisations:
        if one.pk in there:
            found[one.pk] = _left(one, there[one.pk], plan)
        elif (why := _unfit(one, bars.get(one.pk), plan)) is not None:
            found[one.pk] = why
    return found


def _unfit(one: Organisation, bar: Sanction | None, plan: PilotPlan) -> Text | None:
    """Why a firm that was never on the list cannot be on it."""
    if one.kind != Organisation.Kind.ENTERPRISE:
        return Text(
            f"{one.name}登记为服务商，试点名单只列企业。请核对代码。",
            f"{one.name} is a provider; a pilot lists enterprises. Check the code.",
        )
    if not one.region_code.startswith(territory(plan.region_code)):
        place = region_name(one.region_code)
        return Text(
            f"{one.name}在{place.zh}，不属于本试点地区。请由当地列入，或核对代码。",
            f"{one.name} lies in {place.en}, which is not of this pilot. Leave it to the office"
            " there, or check the code.",
        )
    return barred(one, bar) if bar is not None else None


def _left(one: Organisation, firm: PilotFirm, plan: PilotPlan) -> Text | None:
    """Why a firm that has a place on a list cannot be put on this one; None when it is on it."""
    if firm.region_code != plan.region_code:
        place = region_name(firm.region_code)
        return Text(
            f"{one.name}已在{place.zh}的试点名单内，一家企业只列一处。",
            f"{one.name} is on the list of {place.en}; a firm is listed once.",
        )
    if firm.state != "listed":
        state = firm.flow.state(firm.state).name
        return Text(
            f"{one.name}曾在名单内，现为“{state.zh}”。请在名单中用“重新列入”并写明理由。",
            f"{one.name} was on the list and is “{state.en}” now. List it again from the list, with"
            " the reason.",
        )
    return None


def without_month(month: dt.date) -> models.QuerySet[PilotPlan]:
    """The plans that were in force at the end of a month and have no report of it yet, nor had an
    earlier edition."""
    there = PilotMonth.objects.filter(
        month=month, plan__programme=models.OuterRef("programme"),
        plan__region_code=models.OuterRef("region_code"),
    )  # fmt: skip
    begun = PilotPlan.objects.filter(state="in_force", from_date__lt=_next(month))
    return begun.exclude(models.Exists(there)).order_by("pk")


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def months_of(plan: PilotPlan) -> models.QuerySet[PilotMonth]:
    """The monthly reports of a pilot under whatever edition of its plan, newest first."""
    rows = PilotMonth.objects.filter(
        plan__programme=plan.programme, plan__region_code=plan.region_code
    )
    return rows.select_related("user", "plan").order_by("-month")


def plan_for(actor: Actor, pk: int) -> PilotPlan:
    """A plan in the official's territory. PilotPlan.DoesNotExist for another's."""
    return plans_of(actor).select_related("document").get(pk=pk)


def pilot_document(actor: Actor, pk: int) -> Document | None:
    """The text of a plan, for the offices of its territory."""
    if not actor.official:
        return None
    found = plans_of(actor).filter(document=pk).select_related("document").first()
    return found.document if found else None
