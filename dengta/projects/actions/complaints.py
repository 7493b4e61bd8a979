"""投诉: a firm complains about a provider, the provider answers, the city decides with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.projects.models import Complaint, Project
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, officials_for, people_of
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Document, Event

SHORTEST = 10
"""Characters that it takes to say what happened."""


def file_complaint(
    actor: Actor, provider: Organisation, *, text: str, key: str, project: Project | None = None,
    evidence: Document | None = None, at: dt.datetime | None = None,
) -> Complaint:  # fmt: skip
    """A firm complains. The same `key` files once, and so does what is already being looked into,
    word for word: a form sent again after going back. StepRefused without saying what happened;
    NotAllowed for others than a firm, or about a project that is not its own."""
    now = at or timezone.now()
    if actor.role != "enterprise" or (
        project is not None and project.organisation_id != actor.organisation_id
    ):
        raise NotAllowed(
            Text("只有企业可以投诉为其服务的服务商。", "A firm complains about its own provider.")
        )
    said = text.strip()
    if len(said) < SHORTEST:
        raise StepRefused(
            Text(
                f"请写明事情经过，至少 {SHORTEST} 个字，服务商和经信部门据此核查。",
                f"Say what happened in {SHORTEST} characters or more; it will be looked into.",
            )
        )
    again = Q(
        organisation_id=actor.organisation_id, provider=provider, project=project,
        text=said[:5000], state__in=("filed", "answered"),
    )  # fmt: skip
    found = Complaint.objects.filter(Q(key=key) | again).first()
    if found is not None:
        return found
    made = Complaint(
        organisation_id=actor.organisation_id, provider=provider, project=project,
        text=said[:5000], evidence=evidence, key=key, filed_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            event = begin(made, by=actor, at=now)
            _tell(made, event, people_of(provider.pk))
    except IntegrityError:  # a second click was there first
        return Complaint.objects.get(key=key)
    return made


def answer_complaint(
    complaint: Complaint, actor: Actor, *, text: str, at: dt.datetime | None = None
) -> Event:
    """The provider answers, once. StepRefused without an answer."""
    now = at or timezone.now()
    if not text.strip():
        raise StepRefused(
            Text("请写明答复，经信部门据此核定。", "Write your answer; the office decides by it.")
        )
    with transaction.atomic():
        event = advance(
            complaint, "answer", by=actor, at=now,
            evidence={"answer": text.strip()[:5000], "answered_at": now},
        )  # fmt: skip
        office = officials_for("city", division_of(complaint.case_region))
        _tell(complaint, event, office)
    return event


def decide_complaint(
    complaint: Complaint, actor: Actor, *, upheld: bool, note: str, at: dt.datetime | None = None
) -> Event:
    """The office decides with a reason: upheld it counts in the provider's score."""
    now = at or timezone.now()
    with transaction.atomic():
        event = advance(
            complaint, "uphold" if upheld else "dismiss", by=actor, note=note, at=now,
            evidence={"decision": note.strip()[:5000], "decided_at": now},
        )  # fmt: skip
        both = [*people_of(complaint.organisation_id), *people_of(complaint.provider_id)]
        _tell(complaint, event, both)
    return event


def withdraw_complaint(
    complaint: Complaint, actor: Actor, *, at: dt.datetime | None = None
) -> Event:
    """The firm takes it back while it is not decided."""
    return advance(complaint, "withdraw", by=actor, at=at)


def _tell(complaint: Complaint, event: Event, users: Sequence[int]) -> None:
    state = complaint.flow.state(complaint.state)
    notify(
        event,
        list(users),
        subject=Text(
            f"投诉 {complaint.number}：{state.public.zh}",
            f"Complaint {complaint.number}: {state.public.en}",
        ),
        body=Text(event.note or complaint.text[:200], event.note or complaint.text[:200]),
        link=f"/desk/complaints/{complaint.pk}/",
    )
