"""Notices of a clawback: to the party that has to pay back, and to the office that has it now."""

from __future__ import annotations

from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.models import Clawback
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import notify
from dengta.trail.models import Event
from dengta.trail.queries import clock


def tell_party(clawback: Clawback, event: Event) -> None:
    """Tell the people of the party how their case stands, and until when they may answer; nobody
    before the notice was given."""
    if clawback.noticed_at is None:
        return
    state = clawback.flow.state(clawback.state)
    running = clock(clawback, event.at)
    due = running.due if running is not None and running.owner == "enterprise" else None
    by = (
        Text(f"请在 {said_day(due).zh} 前办理。", f" Answer by {said_day(due).en}.")
        if due
        else Text("", "")
    )
    notify(
        event,
        people_of(clawback.organisation_id),
        subject=Text(
            f"{clawback.number}：{state.public.zh}", f"{clawback.number}: {state.public.en}"
        ),
        body=Text(f"{event.note}{by.zh}", f"{event.note}{by.en}"),
        link=f"/enterprise/clawbacks/{clawback.pk}/",
    )


def tell_office(clawback: Clawback, event: Event) -> None:
    """Tell the officials who have the case now, or who collect."""
    state = clawback.flow.state(clawback.state)
    role = state.owner if state.owner in ("city", "province") else "city"
    notify(
        event,
        officials_for(role, clawback.case_region),
        subject=Text(
            f"{clawback.number} {clawback.organisation.name}：{state.name.zh}",
            f"{clawback.number} {clawback.organisation.name}: {state.name.en}",
        ),
        body=Text(event.note, event.note),
        link=f"/official/clawbacks/{clawback.pk}/",
    )
