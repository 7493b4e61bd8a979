"""参与单位: who takes part in a project beside the firm, its provider and its supervisor. Only who
was admitted in a role takes part in it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.projects.actions.filing import independent
from dengta.projects.actions.holding import hold
from dengta.projects.models import Party, Project
from dengta.projects.queries.admitted import unadmitted
from dengta.projects.queries.projects import PARTIES_CHANGE, party_roles
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import people_of
from dengta.trail.actions import NotAllowed, StepRefused, notify, write_down
from dengta.trail.models import Event

EVENTS = "project_party"
"""The name under which joining and leaving stand in the trail."""


def join(
    project: Project,
    actor: Actor,
    organisation: Organisation,
    role: str,
    *,
    share_fen: int = 0,
    at: dt.datetime | None = None,
) -> Party:
    """Somebody takes part in a role, for so much of the price; asked for twice it is one party with
    the share said last.

    NotAllowed for a desk that does not name parties; StepRefused for a role that is not that desk's
    or that the organisation was not admitted in, for a tie to the supervisor, for shares above the
    price; Sanctioned with the grounds; Moved once the work is finished.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    _may(project, actor, role)
    with transaction.atomic():
        hold(project, PARTIES_CHANGE)
        refuse_sanctioned(organisation, day)
        _admitted(project, organisation, role, day)
        party, made = Party.objects.update_or_create(
            project=project, organisation=organisation, role=role,
            defaults={"share_fen": share_fen},
        )  # fmt: skip
        independent(project)
        _within_the_price(project)
        if made:
            event = _write(project, actor, party, "join", now)
            _tell(project, party, event)
    return party


def leave(project: Project, actor: Actor, party: Party, *, at: dt.datetime | None = None) -> Event:
    """Somebody does not take part any more. NotAllowed and Moved as for joining."""
    now = at or timezone.now()
    _may(project, actor, party.role)
    with transaction.atomic():
        hold(project, PARTIES_CHANGE)
        event = _write(project, actor, party, "leave", now)
        Party.objects.filter(pk=party.pk, project=project).delete()
    return event


def _may(project: Project, actor: Actor, role: str) -> None:
    roles = party_roles(project, actor)
    if not roles:
        raise NotAllowed(
            Text(
                f"{project.number} 的参与单位由企业和服务商登记，您不能登记。",
                f"The parties of {project.number} are named by its firm and its provider.",
            )
        )
    if role not in roles:
        given = "、".join(str(Party.Role(one).label) for one in roles)
        raise StepRefused(
            Text(
                f"您可以登记的参与角色是：{given}。请从列表中选择。",
                "This role is not yours to name. Choose one of the list.",
            )
        )


def _admitted(project: Project, organisation: Organisation, role: str, day: dt.date) -> None:
    if organisation.pk in (project.organisation_id, project.provider_id, project.supervisor_id):
        raise StepRefused(
            Text(
                f"{organisation.name}已是这个项目的企业、服务商或监理，不用再登记。",
                f"{organisation.name} is the firm, the provider or the supervisor already.",
            )
        )
    if why := unadmitted(organisation, (role,), day):
        raise StepRefused(why)


def _within_the_price(project: Project) -> None:
    shares = project.parties.aggregate(whole=Sum("share_fen"))["whole"] or 0
    if shares > project.list_fen:
        raise StepRefused(
            Text(
                f"各参与单位承担金额合计 {yuan(shares)} 元，超过合同总价"
                f" {yuan(project.list_fen)} 元，请核对。",
                f"The parties' shares, {yuan(shares)} yuan, are above the price,"
                f" {yuan(project.list_fen)}. Check them.",
            )
        )


def _write(project: Project, actor: Actor, party: Party, step: str, now: dt.datetime) -> Event:
    note = f"{party.get_role_display()}：{party.organisation.name}"
    return write_down(
        EVENTS, project.pk, step, by=actor, note=note, at=now,
        reasons={"organisation": party.organisation_id, "role": party.role},
    )  # fmt: skip


def _tell(project: Project, party: Party, event: Event) -> None:
    """Whoever joins a project that is filed can see it and is told."""
    if project.filed_at is None:
        return
    role = Party.Role(party.role)
    notify(
        event,
        people_of(party.organisation_id),
        subject=Text(
            f"{project.number} 登记贵单位为{role.label}",
            f"{project.number} names you as a party ({role.value})",
        ),
        body=Text(
            f"{project.organisation.name}的改造项目。有误的请联系对方更正。",
            f"A project of {project.organisation.name}. Ask them to correct it if it is wrong.",
        ),
        link=f"/provider/projects/{project.pk}/",
    )
