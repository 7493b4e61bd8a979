"""核销记录: the claims that draw on a voucher, as both desks show them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from dengta.accounts.queries import Actor
from dengta.funding.queries.vouchers import Voucher, redemptions
from dengta.trail.actions import allowed_steps
from dengta.web.cases import badge


def redemption_rows(
    voucher: Voucher, *, public: bool, acting: Actor | None = None
) -> list[dict[str, Any]]:
    """Each redemption with its state; `reverse` is the step that takes it back, where the actor may
    take it, and `was_paid` whether money has to have come back for that."""
    rows = []
    for claim in redemptions(voucher):
        steps = {step.id: step for step in allowed_steps(claim, acting)} if acting else {}
        rows.append(
            {
                "claim": claim,
                "url": reverse("claim" if public else "official_claim", args=[claim.pk]),
                "badge": badge(claim.flow.state(claim.state), public=public),
                "reverse": steps.get("reverse"),
                "was_paid": any(one.paid_at for one in claim.instalments.all()),
            }
        )
    return rows
