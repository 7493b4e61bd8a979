"""What waits for an office, how old it is, and who may open a paper."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from statistics import median_low

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.shapes import Text
from dengta.core.workdays import workdays_between
from dengta.programmes.models import Application, Attachment
from dengta.programmes.queries import visible
from dengta.programmes.states import APPLICATION, CHECKS
from dengta.registry.queries import division_of, region_name
from dengta.trail.models import Document
from dengta.trail.queries import days_given

ONE_BY_ONE = (*CHECKS, "site_visit")
"""The states in which an office deals with applications one by one."""


def queue(actor: Actor) -> models.QuerySet[Application]:
    """What waits for this office, oldest first. `exceptions` says how many things the machine
    marked; a list of any length asks once."""
    rows = Application.objects.select_related("round", "organisation")
    if not actor.official:
        return rows.none()
    rows = rows.filter(region_code__startswith=territory(actor.region))
    own = [s for s in ONE_BY_ONE if APPLICATION.state(s).owner == actor.role]
    wanted = models.Q(state__in=own)
    if actor.role == "city":  # a division without counties does the county's work itself
        wanted |= models.Q(state="county_check", region_code=actor.region)
    return rows.filter(wanted).order_by("state_since", "id")


@dataclass(frozen=True, slots=True)
class Ageing:
    """One office in one state: how many applications wait there, since when the oldest does, how
    many are past their days, and the median of working days waited."""

    office: str
    region_code: str
    region: Text
    state: str
    name: Text
    count: int
    oldest: dt.date
    late: int
    median_days: int


def ageing(actor: Actor, day: dt.date) -> list[Ageing]:
    """How long applications have waited at the offices of an official's territory: most late first.
    One query, however many wait."""
    if not actor.official:
        return []
    owned = [s.id for s in APPLICATION.states if s.owner in ("county", "city", "province")]
    rows = Application.objects.filter(
        state__in=owned, region_code__startswith=territory(actor.region)
    ).select_related("round")
    waits: dict[tuple[str, str, str], list[tuple[dt.date, int, bool]]] = defaultdict(list)
    for row in rows.only("state", "state_since", "region_code", "round__selection"):
        state = APPLICATION.state(row.state)
        since = timezone.localdate(row.state_since)
        waited = workdays_between(since, day)
        days = days_given(row)
        late = days is not None and waited > days
        waits[(state.owner, _place(state.owner, row.region_code), state.id)].append(
            (since, waited, late)
        )
    found = [
        Ageing(
            office=office,
            region_code=place,
            region=region_name(place),
            state=state,
            name=APPLICATION.state(state).name,
            count=len(each),
            oldest=min(since for since, _, _ in each),
            late=sum(late for _, _, late in each),
            median_days=median_low(waited for _, waited, _ in each),
        )
        for (office, place, state), each in waits.items()
    ]
    return sorted(found, key=lambda one: (-one.late, one.oldest, one.region_code, one.state))


def _place(office: str, region: str) -> str:
    """The region of the office that has it."""
    if office == "county":
        return region
    return division_of(region) if office == "city" else f"{region[:2]}0000"


def document_for(actor: Actor, pk: int) -> Document | None:
    """A document, if it belongs to an application that the actor may see (its papers, taken away
    or not; the report of its site visit, for officials); else None."""
    holding = list(
        Attachment.objects.filter(document=pk).values_list("application", flat=True).distinct()
    )
    if actor.official:
        reported = Application.objects.filter(visit_report=pk)
        holding += reported.values_list("pk", flat=True)
    for application in holding:
        try:
            visible(actor, application)
        except Application.DoesNotExist:
            continue
        return Document.objects.get(pk=pk)
    return None
