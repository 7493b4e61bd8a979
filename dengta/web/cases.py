"""How a Case (anything with a Flow) is shown: badge, clock, timeline, steps; the same on every
desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.flow import State
from dengta.core.shapes import Text
from dengta.registry.queries import division_of, region_name
from dengta.trail.actions import allowed_steps
from dengta.trail.queries import Case, Entry, clock, timeline
from dengta.web.frame import said


def role_name(role: str) -> str:
    """A role in words."""
    return {
        "enterprise": _("企业"),
        "applicant": _("申报单位"),
        "public": _("公众"),
        "provider": _("服务商"),
        "expert": _("专家"),
        "county": _("区县经信局"),
        "city": _("市州经信局"),
        "province": _("省经信厅"),
        "system": _("系统"),
    }[role]


def office(role: str, region: str) -> str:
    """Who has a matter, by name: the county's, the division's or the province's office, else the
    role."""
    if role == "county":
        return _("%(region)s经信局") % {"region": said(region_name(region))}
    if role == "city":
        return _("%(region)s经信局") % {"region": said(region_name(division_of(region)))}
    return role_name(role)


def badge(state: State, *, public: bool) -> dict[str, Any]:
    """A state as the badge component wants it."""
    return {"name": said(state.public if public else state.name), "tone": state.tone}


def clock_chip(thing: Case) -> dict[str, Any] | None:
    """The clock of a thing as the chip component wants it; None when there is none."""
    running = clock(thing, timezone.now())
    if running is None:
        return None
    holder = office(running.owner, thing.case_region)
    return {"holder": holder, "left": running.left, "due": running.due}


def events(thing: Case, entries: Sequence[Entry] | None = None) -> list[dict[str, Any]]:
    """The timeline as the component wants it; `entries` where they are known already."""
    shown = []
    for entry in timeline(thing) if entries is None else entries:
        state = thing.flow.state(entry.event.to_state)
        alone = entry.event.role == SYSTEM.role and entry.event.actor_name == SYSTEM.name
        shown.append(
            {
                "what": entry.step,
                "who": "" if alone else entry.event.actor_name,  # its desk says who it is
                "desk": role_name(entry.event.role),
                "at": entry.event.at,
                "why": entry.event.note,
                "tone": state.tone,
            }
        )
    return shown


def case_context(thing: Case, acting: Actor, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Badge, clock, timeline and steps together, so that they are always refreshed together.

    `without` leaves out steps that have a form of their own on the page.
    """
    allowed = allowed_steps(thing, acting)
    state = thing.flow.state(thing.state)
    return {
        "thing": thing,
        "badge": badge(state, public=not acting.official),
        "clock": clock_chip(thing),
        "events": events(thing),
        "steps": [step for step in allowed if step.id not in without],
        "allowed": {step.id: step for step in allowed},
    }


def crumbs(*pairs: tuple[str | Text, str]) -> list[dict[str, str]]:
    """A breadcrumb trail; the last entry is the page itself."""
    return [
        {"label": said(label) if isinstance(label, Text) else label, "url": url}
        for label, url in pairs
    ]
