"""终止和撤销: a project that stops before acceptance, and an acceptance that is annulled after."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.projects.actions.cases import take_down
from dengta.projects.actions.changes import drop_open
from dengta.projects.actions.holding import hold, tell
from dengta.projects.models import Project
from dengta.projects.queries.acceptance import live
from dengta.trail.actions import StepRefused, advance, allowed_steps
from dengta.trail.models import Event

RUNNING = ("under_way", "finished", "in_acceptance")


def terminate(project: Project, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """End a project before it is accepted, with the reason: what is open ends with it, and its
    contract and quote are free.

    StepRefused when its acceptance is too far on for whoever asks.
    """
    now = at or timezone.now()
    with transaction.atomic():
        hold(project, RUNNING)
        event = advance(
            project, "terminate", by=actor, note=note, at=now,
            reasons={"quote": project.quote_id}, evidence={"quote": None},
        )  # fmt: skip
        _end_acceptance(project, actor, note, now)
        drop_open(project, actor, note, now)
        for milestone in project.milestones.filter(state__in=("planned", "reported")):
            advance(milestone, "cancel", by=SYSTEM, note=note, at=now)
        tell(project, event)
    return event


def _end_acceptance(project: Project, actor: Actor, note: str, now: dt.datetime) -> None:
    open_one = live(project)
    if open_one is None:
        return
    step = "withdraw" if actor.role == "enterprise" else "fail"
    if step not in {one.id for one in allowed_steps(open_one, actor)}:
        raise StepRefused(
            Text(
                f"验收 {open_one.number} 已到“{open_one.flow.state(open_one.state).name.zh}”，"
                "请由经信部门终止项目。",
                f"The acceptance {open_one.number} is at"
                f" “{open_one.flow.state(open_one.state).name.en}”; ask the office to end it.",
            )
        )
    advance(open_one, step, by=actor, note=note, at=now)


def annul(project: Project, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Take an acceptance back that should not have been given, with the reason. Money that was paid
    is asked back by the office of funding; its claim names this project."""
    with transaction.atomic():
        hold(project, ("accepted",))
        event = advance(project, "annul", by=actor, note=note, at=at)
        take_down(project, SYSTEM, "验收已撤销。", at=at)
        tell(project, event)
    return event
