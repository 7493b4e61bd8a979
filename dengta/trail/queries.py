"""Shared reads of the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone

from dengta.accounts.models import Post
from dengta.accounts.queries import OFFICIAL_ROLES, Actor, territory
from dengta.core import policy as policies
from dengta.core.shapes import Policy, Text
from dengta.core.workdays import add_workdays, workdays_between
from dengta.trail.models import Case as Case
from dengta.trail.models import Document, Event, Notice
from dengta.trail.models import Job as Job


@dataclass(frozen=True, slots=True)
class Clock:
    """Who has a matter and until when. `left` working days; negative when late; None without a
    limit."""

    owner: str
    due: dt.date | None
    left: int | None

    @property
    def late(self) -> bool:
        """Whether the office is past its time."""
        return self.left is not None and self.left < 0


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The policy in force here: `DENGTA_POLICY` if set, else the shipped province. Read once per
    process. Here, since clocks go by it; other apps have it from the registry."""
    if settings.POLICY_DIR:
        return policies.load(Path(settings.POLICY_DIR))
    return policies.shipped()


def days_given(thing: Case) -> int | None:
    """The working days that whoever has a matter is given: its own, else those of practice on the
    day when it came into its state; None without a limit."""
    own = thing.case_days.get(thing.state)
    if own is not None:
        return own
    id = thing.flow.state(thing.state).days
    return policy().practised(id, timezone.localdate(thing.state_since)) if id else None


def clock(thing: Case, now: dt.datetime) -> Clock | None:
    """The clock of a thing; None when its state is final or nobody has it."""
    state = thing.flow.state(thing.state)
    if state.final or not state.owner:
        return None
    days = days_given(thing)
    if days is None:
        return Clock(thing.case_owner, None, None)
    due = add_workdays(timezone.localdate(thing.state_since), days)
    return Clock(thing.case_owner, due, workdays_between(timezone.localdate(now), due))


LATE = "_late"
"""What the flow of a matter ends in, in the events that say that an office above was told."""


def late_step(thing: Case) -> str:
    """By which step such an event names the state, and since when the matter has been in it."""
    return f"{thing.state}:{timezone.localdate(thing.state_since)}"


@dataclass(frozen=True, slots=True)
class Late:
    """A matter of an office below that a higher office was told of, and that still waits there."""

    thing: Case
    told_at: dt.datetime


def late_below(actor: Actor) -> list[Late]:
    """What an office was told of and is still where it was, the longest told first. One query, and
    one for each kind of matter."""
    if not actor.official:
        return []
    events = Event.objects.filter(
        flow__endswith=LATE, reasons__role=actor.role, reasons__region=actor.region
    ).order_by("id")
    told: dict[str, dict[tuple[int, str], dt.datetime]] = {}
    for flow, pk, step, at in events.values_list("flow", "thing_id", "step", "at"):
        told.setdefault(flow, {})[pk, step] = at
    found = []
    kinds: list[type[Case]] = [one for one in apps.get_models() if issubclass(one, Case)]
    for model in kinds:
        mine = told.get(f"{model.flow.id}{LATE}", {})
        if mine:
            rows = model._default_manager.filter(pk__in={pk for pk, _ in mine}).select_related()
            for thing in rows:
                told_at = mine.get((thing.pk, late_step(thing)))
                if told_at is not None:
                    found.append(Late(thing, told_at))
    return sorted(found, key=lambda one: one.told_at)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline."""

    event: Event
    step: Text
    state: Text


def timeline(thing: Case) -> list[Entry]:
    """Every event of a thing, newest first, with the names of its steps."""
    return timelines([thing])[thing.pk]


def timelines(things: Sequence[Case]) -> dict[int, list[Entry]]:
    """The timelines of things of one kind by their ids, each newest first; one query for all."""
    found: dict[int, list[Entry]] = {thing.pk: [] for thing in things}
    if not things:
        return found
    flow, begun = things[0].flow, Text("建立", "Begun")
    for event in Event.objects.filter(flow=flow.id, thing_id__in=found).order_by("-id"):
        step = begun if event.step == "begin" else flow.step(event.step).name
        found[event.thing_id].append(Entry(event, step, flow.state(event.to_state).name))
    return found


def notices_of(actor: Actor) -> models.QuerySet[Notice]:
    """A person's notices, newest first."""
    return Notice.objects.filter(user_id=actor.user_id).order_by("-id")


def unread_count(actor: Actor) -> int:
    """How many notices a person has not opened."""
    return Notice.objects.filter(user_id=actor.user_id, read_at=None).count()


def jobs_of(actor: Actor) -> models.QuerySet[Job]:
    """The jobs that a person may see, newest first: their own, and for an official those that the
    offices of the territory started."""
    if not actor.user_id:
        return Job.objects.none()
    seen = models.Q(user_id=actor.user_id)
    if actor.official:
        offices = Post.objects.filter(user=models.OuterRef("user"), role__in=OFFICIAL_ROLES)
        within = models.Q(region_code__startswith=territory(actor.region))
        seen |= within & models.Q(models.Exists(offices))
    shown = Job.objects.select_related("user", "source", "result", "rejected")
    return shown.filter(seen).order_by("-id")


def job_of(actor: Actor, pk: int) -> Job:
    """One job that a person may see. Job.DoesNotExist for any other."""
    return jobs_of(actor).get(pk=pk)


def job_document(actor: Actor, pk: int) -> Document | None:
    """A file that a job was given or has made, for those who may see the job."""
    jobs = jobs_of(actor)
    for place in ("source", "result", "rejected"):
        found = jobs.filter(**{place: pk}).first()
        if found is not None:
            file: Document | None = getattr(found, place)
            return file
    return None
