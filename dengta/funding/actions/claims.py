"""The life of a claim."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import largest_remainder, yuan
from dengta.core.shapes import Text
from dengta.funding.actions.reserving import reserve_for
from dengta.funding.actions.vouchers_redeeming import draw
from dengta.funding.models import Claim, Instalment
from dengta.funding.queries.budgets import scheme_of
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event


def approve(
    claim: Claim,
    actor: Actor,
    *,
    amount_fen: int | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Approve all or, with a reason, a part of what the rule gives; the money is set aside with it.

    StepRefused when the deciding office is another, when a budget or bound does not reach, or when
    a part is given without a reason.
    """
    now = at or timezone.now()
    scheme = scheme_of(claim.scheme)
    granted = claim.computed_fen if amount_fen is None else amount_fen
    if not 0 < granted <= claim.computed_fen:
        raise StepRefused(
            Text(
                f"批准金额须在 0.01 元至核定的 {yuan(claim.computed_fen)} 元之间。",
                f"The amount must lie between 0.01 and {yuan(claim.computed_fen)} yuan.",
            )
        )
    if granted < claim.computed_fen and not note.strip():
        raise StepRefused(
            Text(
                "批准金额少于核定金额，需要写明理由，企业才知道核减了什么。",
                "Approving less than the rule gives needs a reason.",
            )
        )
    with transaction.atomic():
        event = advance(
            claim, "approve", by=actor, note=note, at=now,
            evidence={"approved_fen": granted, "approved_at": now},
        )  # fmt: skip
        parts = largest_remainder(granted, [one.share_bps for one in scheme.instalments])
        Instalment.objects.bulk_create(
            Instalment(
                claim=claim,
                ordinal=ordinal,
                moment=one.when,
                amount_fen=part,
                ready_at=now if one.when == "approved" or claim.accepted_date else None,
            )
            for ordinal, (one, part) in enumerate(
                zip(scheme.instalments, parts, strict=True), start=1
            )
            if part
        )
        if claim.voucher_id is not None:
            draw(claim, at=now)
        reserve_for(claim, at=now)
    return event
