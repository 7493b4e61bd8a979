"""Writes of the fund's pipeline: projects are registered, screened, examined, decided. No money
moves here: what the fund pays, it pays itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.codes import normal_uscc
from dengta.core.shapes import Text
from dengta.funding.models import FundProject
from dengta.funding.queries.finance import open_product
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import by_uscc, people_of
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Event

WITHOUT_SUM = ("screen", "examine", "invest", "decline", "withdraw")


@dataclass(frozen=True, slots=True)
class Project:
    """What is written when a project is registered; 分."""

    name: str
    summary: str
    unit: str
    asked_fen: int


def register_project(
    actor: Actor, product: str, uscc: str, project: Project, *, at: dt.datetime | None = None
) -> tuple[FundProject, bool]:
    """Take a firm's project into the pipeline of a fund, and whether that is new: the same name of
    the same firm, while it is alive, is one project.

    NotAllowed beyond the office's territory; StepRefused for an unknown firm or fund.
    """
    now = at or timezone.now()
    try:
        open_product(product, timezone.localdate(now), "fund")
    except KeyError as unknown:
        raise StepRefused(
            Text(
                f"没有在办的基金 {product}。请从列表中选择。",
                f"There is no fund {product}. Choose one from the list.",
            )
        ) from unknown
    code = normal_uscc(uscc)
    firm = by_uscc(code)
    if firm is None:
        raise StepRefused(
            Text(
                f"平台上没有统一社会信用代码为 {code} 的企业。请核对代码，或请企业先注册。",
                f"No firm with the code {code} is registered. Check it, or ask the firm to"
                " register.",
            )
        )
    if not actor.covers(firm.region_code):
        raise NotAllowed(
            Text(
                f"{firm.name}不在您的辖区内，请由所在地区的经信部门登记。",
                f"{firm.name} is outside your territory; its own office has to register it.",
            )
        )
    refuse_sanctioned(firm, timezone.localdate(now))
    made = FundProject(
        organisation=firm,
        product=product,
        name=project.name,
        summary=project.summary,
        unit=project.unit,
        asked_fen=project.asked_fen,
        created_at=now,
    )
    try:
        with transaction.atomic():
            event = begin(made, by=actor, at=now)
            _tell(made, event)
    except IntegrityError:
        live = [state.id for state in FundProject.flow.states if not state.final]
        same = FundProject.objects.filter(
            organisation=firm, product=product, name=project.name, state__in=live
        ).first()
        if same is None:
            raise
        return same, False
    return made, True


def move_project(
    project: FundProject, step: str, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """A step without a sum (WITHOUT_SUM); ValueError for any other."""
    if step not in WITHOUT_SUM:
        raise ValueError(f"{step} has an action of its own")
    with transaction.atomic():
        event = advance(project, step, by=actor, note=note, at=at)
        _tell(project, event)
    return event


def decide_project(
    project: FundProject,
    actor: Actor,
    *,
    decided_fen: int,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The fund has decided to invest so much. StepRefused for nothing; more than was asked needs a
    reason."""
    if decided_fen <= 0:
        raise StepRefused(
            Text("决定金额须大于 0。请核对金额。", "The sum has to be above 0. Check it.")
        )
    if decided_fen > project.asked_fen and not note.strip():
        raise StepRefused(
            Text(
                "决定金额高于申请金额，需要在“说明”里写明理由。",
                "More than was asked needs a reason in the note.",
            )
        )
    with transaction.atomic():
        event = advance(
            project, "decide", by=actor, note=note, at=at, evidence={"decided_fen": decided_fen}
        )
        _tell(project, event)
    return event


def _tell(project: FundProject, event: Event) -> None:
    """The firm hears how its project stands."""
    state = project.flow.state(project.state)
    notify(
        event,
        people_of(project.organisation_id),
        subject=Text(
            f"{project.number} {project.name}：{state.public.zh}",
            f"{project.number} {project.name}: {state.public.en}",
        ),
        body=Text(event.note, event.note),
        link="/enterprise/loans/",
    )
