"""The life of a claim after it was handed in: checks, cuts, the decision with its money, and
acceptance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.granting import instalments
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.funding.actions.claims_filling import hold
from dengta.funding.actions.claims_projects import refuse_unaccepted
from dengta.funding.actions.claims_submitting import let_go
from dengta.funding.actions.claims_telling import tell
from dengta.funding.actions.hits import stop_if_open
from dengta.funding.actions.reserving import prepare, reserve_for
from dengta.funding.actions.vouchers_drawing import draw
from dengta.funding.models import Claim, CostLine, Instalment
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import steps_for
from dengta.funding.queries.claims_amounts import Calculated, calculate
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import policy
from dengta.trail.actions import NotAllowed, StepRefused, advance
from dengta.trail.models import Event

MOVING = ("pass", "forward", "return", "reject")
"""Steps of an office that move no money."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What an official leaves of a cost line, in 分, and why."""

    allowed_fen: int
    reason: str = ""


def take(
    claim: Claim,
    step: str,
    actor: Actor,
    *,
    note: str = "",
    cuts: Mapping[int, Cut] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """A step of an office that moves no money (MOVING), with what it cut of lines by ordinal.

    Rejecting lets go of what the claim rests on; returning keeps everything. NotAllowed, Moved or
    StepRefused; ValueError for a step that has an action of its own.
    """
    if step not in MOVING:
        raise ValueError(f"{step} has an action of its own")
    try:
        with transaction.atomic():
            hold(claim, claim.flow.step(step).sources)
            may(claim, step, actor)
            sum_ = _cut(claim, cuts or {}, at)
            event = advance(
                claim, step, by=actor, note=note, at=at, reasons=_said(cuts or {}),
                evidence=_recalculated(claim, sum_) if sum_ else {},
            )  # fmt: skip
            if claim.flow.state(claim.state).final:
                let_go(claim, event.at)
            tell(claim, event)
    except StepRefused:
        claim.refresh_from_db()
        raise
    return event


def approve(
    claim: Claim,
    actor: Actor,
    *,
    amount_fen: int | None = None,
    note: str = "",
    cuts: Mapping[int, Cut] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Approve what the rule gives after the cuts, or with a reason less; the money is set aside
    with it, all or nothing.

    StepRefused when another office decides, an open hit stands, a budget or bound does not reach,
    or a part is given without a reason; Moved when somebody else was first.
    """
    now = at or timezone.now()
    prepare(claim, at=now)
    try:
        with transaction.atomic():
            hold(claim, claim.flow.step("approve").sources)
            may(claim, "approve", actor)
            for party in {claim.organisation, claim.payee}:
                refuse_sanctioned(party, timezone.localdate(now))
            refuse_unaccepted(claim)
            stop_if_open(claim)
            if claim.voucher is not None:
                stop_if_open(claim.voucher)
            sum_ = _cut(claim, cuts or {}, now) or calculate(
                claim, list(claim.lines.order_by("ordinal")), None, timezone.localdate(now)
            )
            computed = _computed(claim, sum_)
            granted = computed if amount_fen is None else amount_fen
            _fits(granted, computed, note)
            event = advance(
                claim, "approve", by=actor, note=note, at=now,
                reasons=_said(cuts or {}) | {"computed_fen": computed, "approved_fen": granted},
                evidence=_recalculated(claim, sum_)
                | {"computed_fen": computed, "approved_fen": granted, "approved_at": now},
            )  # fmt: skip
            lay_out(claim, at=now)
            if claim.voucher_id is not None:
                draw(claim, at=now)
            reserve_for(claim, at=now)
            tell(claim, event, body=_approved(claim, note))
    except StepRefused:
        claim.refresh_from_db()
        raise
    return event


def carry(
    claim: Claim,
    granted_fen: int,
    *,
    agreed_by: str,
    evidence: Mapping[str, Any] | None = None,
    note: str = "",
    at: dt.datetime,
) -> Event:
    """A redemption that was checked as a voucher goes straight to payment: approved, laid out in
    instalments and reserved on its voucher. Called in the redemption's transaction."""
    with transaction.atomic():
        event = advance(
            claim, "carry", by=SYSTEM, note=note, at=at,
            evidence={
                "submitted_at": at, "approved_at": at, "agreed_at": at, "agreed_by": agreed_by,
                "computed_fen": granted_fen, "approved_fen": granted_fen,
                "policy_digest": policy().digest, **dict(evidence or {}),
            },
        )  # fmt: skip
        lay_out(claim, at=at)
        reserve_for(claim, at=at)
    return event


def lay_out(claim: Claim, *, at: dt.datetime) -> list[Instalment]:
    """The instalments of an approved claim, ready where nothing more has to happen first."""
    scheme = scheme_of(claim.scheme)
    at_once = claim.accepted_date is not None or claim.voucher_id is not None
    parts = instalments(scheme, claim.approved_fen or 0)
    return Instalment.objects.bulk_create(
        Instalment(
            claim=claim,
            ordinal=ordinal,
            moment=moment,
            amount_fen=part,
            ready_at=at if moment == "approved" or at_once else None,
        )
        for ordinal, (moment, part) in enumerate(parts, start=1)
        if part
    )


def may(claim: Claim, step: str, actor: Actor) -> None:
    """NotAllowed unless the step is the actor's, now, by the flow and by the scheme."""
    if step in {one.id for one in steps_for(claim, actor)}:
        return
    scheme, way = scheme_of(claim.scheme), claim.flow.step(step)
    office = {
        "county": Text("区县", "the county"),
        "city": Text("市州", "the city"),
        "province": Text("省级", "the province"),
    }[scheme.deciding]
    raise NotAllowed(
        Text(
            f"“{way.name.zh}”不由您的岗位在这一环节办理：{claim.number} 现在是"
            f"“{claim.flow.state(claim.state).name.zh}”，本办法由{office.zh}审定。",
            f"“{way.name.en}” is not yours to do here: {claim.number} is at"
            f" “{claim.flow.state(claim.state).name.en}”, and {office.en} decides.",
        )
    )


def _cut(claim: Claim, cuts: Mapping[int, Cut], at: dt.datetime | None) -> Calculated | None:
    """Write what is left of lines and calculate anew; None when nothing was cut."""
    if not cuts:
        return None
    rows = {row.ordinal: row for row in claim.lines.order_by("ordinal")}
    for ordinal, cut in sorted(cuts.items()):
        row = rows.get(ordinal)
        if row is None:
            raise StepRefused(
                Text(
                    f"没有第 {ordinal} 行费用，没有核减。请刷新页面后再办理。",
                    f"There is no line {ordinal}; nothing was cut. Reload the page.",
                )
            )
        _fits_line(row, cut)
        row.allowed_fen, row.reason = cut.allowed_fen, cut.reason.strip()
    CostLine.objects.bulk_update([rows[n] for n in cuts], ["allowed_fen", "reason"])
    return calculate(claim, list(rows.values()), None, timezone.localdate(at))


def _fits_line(row: CostLine, cut: Cut) -> None:
    if not 0 <= cut.allowed_fen <= row.amount_fen:
        raise StepRefused(
            Text(
                f"第 {row.ordinal} 行的认可金额 {yuan(cut.allowed_fen)} 元须在 0 至申报的"
                f" {yuan(row.amount_fen)} 元之间。请改正后再办理。",
                f"Line {row.ordinal}: {yuan(cut.allowed_fen)} yuan has to lie between 0 and the"
                f" {yuan(row.amount_fen)} claimed.",
            )
        )
    if cut.allowed_fen < row.amount_fen and not cut.reason.strip():
        raise StepRefused(
            Text(
                f"第 {row.ordinal} 行核减了 {yuan(row.amount_fen - cut.allowed_fen)} 元，没有写"
                "理由。请写明理由，企业才知道为什么。",
                f"Line {row.ordinal} is cut by {yuan(row.amount_fen - cut.allowed_fen)} yuan"
                " without a reason. Say why.",
            )
        )


def _said(cuts: Mapping[int, Cut]) -> dict[str, Any]:
    if not cuts:
        return {}
    return {"cuts": [[n, cut.allowed_fen, cut.reason.strip()] for n, cut in sorted(cuts.items())]}


def _recalculated(claim: Claim, sum_: Calculated) -> dict[str, Any]:
    """What changes on a claim when its amount was worked out anew."""
    if claim.award_id is not None:
        return {}
    return {
        "counted_fen": sum_.counted_fen,
        "computed_fen": _computed(claim, sum_),
        "calculation": {**claim.calculation, "now": sum_.as_json()},
    }


def _computed(claim: Claim, sum_: Calculated) -> int:
    """The amount after a new calculation, never more than at submission; StepRefused if nothing."""
    if claim.award_id is not None:
        return claim.computed_fen
    if sum_.fault is not None:
        raise StepRefused(sum_.fault)
    if not sum_.amount_fen:
        raise StepRefused(
            Text(
                "核减后没有可补的金额，不能这样办理。全部不予认可的，请用“不予支持”并写明理由。",
                "Nothing is left to be paid after these cuts. Reject the claim with a reason"
                " instead.",
            )
        )
    before: int = claim.calculation["submitted"]["amount_fen"]
    return min(sum_.amount_fen, before)


def _fits(granted: int, computed: int, note: str) -> None:
    if not 0 < granted <= computed:
        raise StepRefused(
            Text(
                f"批准金额须在 0.01 元至核定的 {yuan(computed)} 元之间，现为 {yuan(granted)} 元。",
                f"The amount must lie between 0.01 and {yuan(computed)} yuan, not {yuan(granted)}.",
            )
        )
    if granted < computed and not note.strip():
        raise StepRefused(
            Text(
                "批准金额少于核定金额，需要写明理由，企业才知道核减了什么。",
                "Approving less than the rule gives needs a reason.",
            )
        )


def _approved(claim: Claim, note: str) -> Text:
    granted = yuan(claim.approved_fen or 0)
    more = f" {note.strip()}" if note.strip() else ""
    return Text(f"核定 {granted} 元，等待拨付。{more}", f"{granted} yuan approved.{more}")
