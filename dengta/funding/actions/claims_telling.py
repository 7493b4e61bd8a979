"""Notices about a claim: to the firm, and to the office that has it now."""

from __future__ import annotations

from dengta.core.shapes import Text
from dengta.funding.models import Claim
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import notify
from dengta.trail.models import Event


def tell(claim: Claim, event: Event, *, body: Text | None = None) -> None:
    """Tell the firm where its claim stands, and the office that has to deal with it."""
    state = claim.flow.state(claim.state)
    said = body or Text(event.note, event.note)
    notify(
        event,
        people_of(claim.organisation_id),
        subject=Text(
            f"申领 {claim.number}：{state.public.zh}", f"Claim {claim.number}: {state.public.en}"
        ),
        body=said,
        link=f"/enterprise/claims/{claim.pk}/",
    )
    if state.owner in ("county", "city", "province") and claim.state != "approved":
        notify(
            event,
            officials_for(state.owner, claim.case_region),
            subject=Text(
                f"申领 {claim.number} {claim.organisation.name}：{state.name.zh}",
                f"Claim {claim.number} {claim.organisation.name}: {state.name.en}",
            ),
            body=said,
            link=f"/official/claims/{claim.pk}/",
        )
