"""How an application moves on: what its selection does not have is passed over, and those who have
it next are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.selection import StepName
from dengta.core.shapes import Text
from dengta.programmes.models import Application, Round
from dengta.programmes.queries import is_applicant
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import NotAllowed, advance, notify
from dengta.trail.models import Event

PASSING: Mapping[str, tuple[StepName, str]] = {
    "county_check": ("county_check", "pass_over_county"),
    "city_recommend": ("city_recommend", "pass_over_city"),
    "formal_check": ("formal_check", "pass_over_province"),
    "panel": ("panel", "pass_over_panel"),
    "site_visit": ("site_visit", "pass_over_visit"),
}
"""State -> the selection's step that it is, and the step that passes over it."""


def move(
    application: Application,
    step: str,
    actor: Actor,
    *,
    note: str = "",
    reasons: Mapping[str, object] | None = None,
    evidence: Mapping[str, object] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Take one step, then pass over whatever the selection does not have. Call it in a
    transaction; raises as `trail.advance`."""
    event = advance(
        application, step, by=actor, note=note, reasons=reasons, evidence=evidence, at=at
    )
    pass_over(application, at=event.at)
    return event


def pass_over(application: Application, *, at: dt.datetime) -> None:
    """Leave the states whose step the application's selection does not have."""
    steps = application.round.rule.steps
    while application.state in PASSING:
        name, over = PASSING[application.state]
        if name in steps:
            return
        advance(application, over, by=SYSTEM, at=at)


def only_applicant(application: Application, actor: Actor) -> None:
    """NotAllowed for anybody but the applicant."""
    if not is_applicant(application, actor):
        raise NotAllowed(
            Text(
                f"{application.number} 由{application.applicant_name}申报，只有申报单位可以办理。",
                f"{application.number} is {application.applicant_name}'s; only they can do this.",
            )
        )


def only_organiser(round: Round, actor: Actor) -> None:
    """NotAllowed for anybody but the office that runs the round."""
    if not (actor.role == "province" and actor.covers(round.region_code)):
        raise NotAllowed(
            Text(
                f"“{round.name}”由组织单位办理，您的岗位没有这项权限。",
                f"“{round.name}” is run by its organising office; your post cannot do this.",
            )
        )


def applicants_of(application: Application) -> list[int]:
    """Ids of the users who act for the applicant."""
    if application.organisation_id:
        return people_of(application.organisation_id)
    role = "city" if application.applicant_code.endswith("00") else "county"
    return officials_for(role, application.applicant_code)


def tell(application: Application, event: Event, *, body: Text | None = None) -> None:
    """Notices to the applicant and to the office that has the application now."""
    state = application.flow.state(application.state)
    said = body or Text(event.note, event.note)
    notify(
        event,
        applicants_of(application),
        subject=Text(
            f"{application.number}：{state.public.zh}", f"{application.number}: {state.public.en}"
        ),
        body=said,
        link=f"/applications/{application.pk}/",
    )
    if state.owner in ("county", "city", "province"):
        notify(
            event,
            officials_for(state.owner, application.region_code),
            subject=Text(
                f"{application.number} {application.applicant_name}：{state.name.zh}",
                f"{application.number} {application.applicant_name}: {state.name.en}",
            ),
            body=said,
            link=f"/official/applications/{application.pk}/",
        )
