"""What every action on a project begins with: who may, whether it stands there, who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.projects.models import Project
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import Moved, NotAllowed, notify
from dengta.trail.models import Case, Event


def hold(project: Project, states: Sequence[str]) -> None:
    """Write to the row while it is in one of the states, which takes its lock; else Moved."""
    held = Project.objects.filter(pk=project.pk, state__in=states)
    if not held.update(created_at=models.F("created_at")):
        project.refresh_from_db()
        state = project.flow.state(project.state).public
        raise Moved(
            Text(
                f"{project.number} 现在的状态是“{state.zh}”，不能这样办理。请刷新页面查看。",
                f"{project.number} is now “{state.en}”; this cannot be done. Reload the page.",
            )
        )
    project.refresh_from_db()


def only_firm(project: Project, actor: Actor) -> None:
    """NotAllowed for anybody but the firm."""
    if actor.role != "enterprise" or actor.organisation_id != project.organisation_id:
        raise NotAllowed(
            Text(
                f"{project.number} 是{project.organisation.name}的项目，只有该企业可以办理。",
                f"{project.number} is {project.organisation.name}'s; only they can do this.",
            )
        )


def only_provider(project: Project, actor: Actor) -> None:
    """NotAllowed for anybody but the provider that delivers."""
    if actor.role != "provider" or actor.organisation_id != project.provider_id:
        raise NotAllowed(
            Text(
                f"{project.number} 由{project.provider.name}实施，只有该服务商可以办理。",
                f"{project.number} is delivered by {project.provider.name}; only they can do this.",
            )
        )


def refuse_barred(project: Project, at: dt.datetime) -> None:
    """Sanctioned when the firm or its provider is under sanction, with the grounds."""
    day = timezone.localdate(at)
    for party in (project.organisation, project.provider):
        refuse_sanctioned(party, day)


def tell(
    project: Project, event: Event, thing: Case | None = None, body: Text | None = None
) -> None:
    """Tell whoever takes part what happened, and the office or side that has the matter now."""
    case = thing or project
    state = case.flow.state(case.state)
    said = body or Text(event.note, event.note)
    subject = Text(
        f"{project.number} {case.flow.name.zh}：{state.public.zh}",
        f"{project.number} {case.flow.name.en}: {state.public.en}",
    )
    sides = [(project.organisation_id, "enterprise"), (project.provider_id, "provider")]
    if project.filed_at is None:
        sides = sides[:1]
    for organisation, desk in sides:
        link = f"/{desk}/projects/{project.pk}/"
        notify(event, people_of(organisation), subject=subject, body=said, link=link)
    if state.owner in ("county", "city", "province") and not state.final:
        people = officials_for(state.owner, project.region_code)
        link = f"/official/projects/{project.pk}/"
        notify(event, people, subject=subject, body=said, link=link)
