"""督办: whoever keeps a matter longer than practice bears is told on to the next higher office,
once for each state it comes to: a county to its city, a city to the province.

For every kind of matter alike: whoever owns its state, and how many days that is given, say its
flow and practice. Any number of ticks, also at once, tell once: matters are locked a few hundred at
a time, what was told is looked up, and only then written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import OFFICIAL_ROLES, SYSTEM, Office, office_above
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.trail.actions import notify, write_down
from dengta.trail.models import Case, Event
from dengta.trail.queries import LATE, Clock, clock, late_step, policy

_SOME = 200


def due(*, at: dt.datetime | None = None) -> int:
    """Tell of every matter that is late by more than `escalation_workdays`. Idempotent. Returns of
    how many somebody was told."""
    now = at or timezone.now()
    most = policy().practised("escalation_workdays", timezone.localdate(now))
    above: dict[tuple[str, str], Office | None] = {}
    told = 0
    for model in _kinds():
        for some in _in_parts(model, now - dt.timedelta(days=most)):
            with transaction.atomic():
                told += _told_of(model, some, most, above, now)
    return told


def _kinds() -> list[type[Case]]:
    return [one for one in apps.get_models() if issubclass(one, Case) and one.desk_path]


def _in_parts(model: type[Case], before: dt.datetime) -> Iterator[Sequence[int]]:
    """The ids of what offices have had for some time, a few hundred at a time."""
    held = [
        state.id for state in model.flow.states if state.owner in OFFICIAL_ROLES and not state.final
    ]
    rows = model._default_manager.filter(state__in=held, state_since__lt=before)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _SOME):
        yield ids[start : start + _SOME]


def _told_of(
    model: type[Case],
    ids: Sequence[int],
    most: int,
    above: dict[tuple[str, str], Office | None],
    now: dt.datetime,
) -> int:
    rows = model._default_manager.filter(pk__in=ids).select_related()
    things = list(rows.order_by("pk").select_for_update(of=("self",)))
    flow, told = f"{model.flow.id}{LATE}", 0
    events = Event.objects.filter(flow=flow, thing_id__in=ids)
    known = set(events.values_list("thing_id", "step"))
    for thing in things:
        running = clock(thing, now)
        if running is None or running.left is None or -running.left <= most:
            continue
        step, where = late_step(thing), (running.owner, thing.case_region)
        if (thing.pk, step) in known or running.owner not in OFFICIAL_ROLES:
            continue
        if where not in above:
            above[where] = office_above(*where)
        office = above[where]
        if office is not None:
            _tell(thing, flow, step, running, office, now)
            told += 1
    return told


def _tell(
    thing: Case, flow: str, step: str, running: Clock, office: Office, now: dt.datetime
) -> None:
    state, over = thing.flow.state(thing.state), -(running.left or 0)
    since, name = timezone.localdate(thing.state_since), thing.flow.name
    body = Text(
        f"{name.zh} {thing.case_title} 自 {said_day(since).zh} 起在“{state.name.zh}”，应于"
        f" {said_day(running.due).zh} 前"
        f"办结，下级单位已逾期 {over} 个工作日。请了解原因，督促办理。",
        f"{name.en} {thing.case_title} has been at “{state.name.en}” since"
        f" {said_day(since).en} and was due on"
        f" {said_day(running.due).en}; the office below is {over} working days late. Ask"
        " why, and see to it.",
    )
    event = write_down(
        flow, thing.pk, step, by=SYSTEM, note=body.zh, at=now,
        reasons={"over": over, "role": office.role, "region": office.region},
    )  # fmt: skip
    subject = Text(
        f"下级逾期 {over} 个工作日：{thing.case_title}",
        f"{over} working days late below: {thing.case_title}",
    )
    notify(event, office.users, subject=subject, body=body, link=f"{thing.desk_path}{thing.pk}/")


__all__ = ["due"]
