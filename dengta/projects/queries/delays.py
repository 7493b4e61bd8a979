"""快慢: how a project stands against its contract; every light says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from dengta.core.shapes import Text
from dengta.projects.models import Milestone, Project
from dengta.projects.queries.projects import rule_of

Light = Literal["green", "yellow", "red", "grey"]
WORST: tuple[Light, ...] = ("red", "yellow", "green", "grey")
WORKING = ("county_check", "returned", "under_way")
OVER = ("accepted", "rejected", "terminated", "withdrawn")


@dataclass(frozen=True, slots=True)
class Delay:
    """One light with its reason."""

    light: Light
    text: Text


def light(due: dt.date, done: dt.date | None, day: dt.date, warn: int, late: int = 0) -> Delay:
    """The light of something due on a day. Done in time is green; caught up later it stays yellow;
    open it is yellow `warn` days before, and red more than `late` days after."""
    if done is not None:
        behind = (done - due).days
        if behind <= 0:
            return Delay("green", Text("按期完成", "Done in time"))
        return Delay("yellow", Text(f"晚 {behind} 天完成", f"Done {behind} days late"))
    left = (due - day).days
    if left < -late:
        return Delay("red", Text(f"已逾期 {-left} 天", f"{-left} days late"))
    if left <= warn:
        return Delay("yellow", Text(f"还剩 {max(left, 0)} 天", f"{max(left, 0)} days left"))
    return Delay("green", Text(f"还剩 {left} 天", f"{left} days left"))


def of_milestone(milestone: Milestone, project: Project, day: dt.date) -> Delay:
    """The light of one milestone; grey where it was cancelled."""
    if milestone.flow.state(milestone.state).final:
        return Delay("grey", Text("已取消", "Cancelled"))
    rule = rule_of(project)
    reported = milestone.reported_at if milestone.state != "planned" else None
    done = timezone.localdate(reported) if reported else None
    return light(milestone.due_date, done, day, rule.warn_days, rule.late_days)


def of_project(project: Project, milestones: Iterable[Milestone], day: dt.date) -> Delay:
    """The worst light of a project under way: of its milestones, or of the day it is due."""
    if project.due_date is None or project.state in OVER or project.filed_at is None:
        return Delay("grey", Text("不在实施期", "Not under way"))
    rule = rule_of(project)
    done = None if project.state in WORKING else project.finished_date
    own = light(project.due_date, done, day, rule.warn_days, rule.late_days)
    found = [own, *(of_milestone(one, project, day) for one in milestones)]
    return min(found, key=lambda one: WORST.index(one.light))
