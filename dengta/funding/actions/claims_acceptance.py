"""What happens to a claim after it was approved and before all of it is paid: the proofs that an
advance still lacks, acceptance with the final amount, and taking the approval back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.claims import may
from dengta.funding.actions.claims_filling import (
    Flow,
    Line,
    hold,
    keep_paper,
    line_of,
    only_owner,
    write_flows,
    write_lines,
)
from dengta.funding.actions.claims_projects import refuse_unfinished
from dengta.funding.actions.claims_submitting import filed, let_go
from dengta.funding.actions.claims_telling import tell
from dengta.funding.actions.paid_claims import finish
from dengta.funding.actions.register import enter
from dengta.funding.actions.reserving import reduce, take_back
from dengta.funding.models import Claim, CostLine, Instalment
from dengta.funding.queries.claims import awaits_acceptance
from dengta.funding.queries.claims_amounts import calculate
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event


def supplement(
    claim: Claim,
    actor: Actor,
    *,
    lines: Sequence[Line],
    flows: Sequence[Flow],
    at: dt.datetime | None = None,
) -> None:
    """The firm hands in what an advance lacked: its invoices and payments as they really were.

    They are entered into the register anew, all or nothing; what an official cut of a line stays
    with it. AlreadyClaimed, StepRefused or Moved.
    """
    now = at or timezone.now()
    only_owner(claim, actor)
    with transaction.atomic():
        hold(claim, ("approved",))
        if not awaits_acceptance(claim):
            raise StepRefused(
                Text(
                    f"{claim.number} 已验收或不需要验收，不能再补充。",
                    f"{claim.number} was accepted, or needs no acceptance; nothing can be added.",
                )
            )
        cuts = {line_of(row): row for row in claim.lines.exclude(allowed_fen=None)}
        claim.lines.all().delete()
        rows = write_lines(claim, lines, 1)
        kept = [(row, cut) for row in rows if (cut := cuts.get(line_of(row)))]
        for row, cut in kept:
            row.allowed_fen, row.reason = cut.allowed_fen, cut.reason
        CostLine.objects.bulk_update([row for row, _ in kept], ["allowed_fen", "reason"])
        paid = write_flows(claim, flows)
        Claim.objects.filter(pk=claim.pk).update(paid_fen=paid)
        claim.refresh_from_db()
        papers = list(claim.papers.filter(removed_at=None).select_related("document"))
        enter(claim, filed(claim, rows, list(claim.flows.order_by("id")), papers), at=now)


def accept(
    claim: Claim,
    actor: Actor,
    *,
    accepted_date: dt.date,
    note: str = "",
    file: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Record the acceptance: the amount is worked out anew by the level reached and what was really
    paid, later instalments become smaller where it is less, and those that are left may be paid.

    The amount never rises above the one approved. What was paid beyond the final amount is kept in
    the calculation as `over_fen`, to be claimed back. StepRefused, NotAllowed or Moved.
    """
    now = at or timezone.now()
    _dated(claim, accepted_date, timezone.localdate(now))
    try:
        with transaction.atomic():
            hold(claim, ("approved",))
            may(claim, "accept", actor)
            refuse_unfinished(claim)
            claim.accepted_date = accepted_date
            rows = list(claim.lines.order_by("ordinal"))
            sum_ = calculate(claim, rows, None, timezone.localdate(now))
            if sum_.fault is not None or sum_.amount_fen is None:
                raise StepRefused(sum_.fault or _unknown())
            before = claim.approved_fen or 0
            final = min(sum_.amount_fen, before)
            kept, over = _apply(claim, final, now)
            event = advance(
                claim, "accept", by=actor, note=note, at=now,
                reasons={"before_fen": before, "final_fen": final, "over_fen": over},
                evidence={
                    "accepted_date": accepted_date, "counted_fen": sum_.counted_fen,
                    "computed_fen": max(kept, final), "approved_fen": kept,
                    "calculation": {
                        **claim.calculation, "now": sum_.as_json(),
                        "final": {"before_fen": before, "final_fen": final, "over_fen": over},
                    },
                },
            )  # fmt: skip
            if file is not None:
                keep_paper(claim, actor, "acceptance", file, now)
            tell(claim, event, body=_told(before, final, over))
            finish(claim, _OVER, at=now)
    except StepRefused:
        claim.refresh_from_db()
        raise
    return event


def _dated(claim: Claim, day: dt.date, today: dt.date) -> None:
    finished = claim.finished_date
    if finished is not None and day < finished:
        raise StepRefused(
            Text(
                f"验收日期 {said_day(day).zh} 早于完工日期 {said_day(finished).zh}，"
                "请填写实际验收的日期。",
                f"The date of acceptance, {said_day(day).en}, is before the work was finished,"
                f" {said_day(finished).en}. Give the day it took place.",
            )
        )
    if day > today:
        raise StepRefused(
            Text(
                f"验收日期 {said_day(day).zh} 还没有到，请填写实际验收的日期。",
                f"The date of acceptance, {said_day(day).en}, lies ahead. Give the day it took"
                f" place.",
            )
        )


def _apply(claim: Claim, final: int, at: dt.datetime) -> tuple[int, int]:
    """Make the instalments that have not gone to the bank come to what is left, the last one first;
    the new sum of all, and what was paid too much, in 分."""
    live = list(claim.instalments.filter(cancelled_at=None).order_by("ordinal"))
    free = [one for one in live if one.payment_id is None and one.settled_at is None]
    gone = sum(one.amount_fen for one in live if one not in free)
    left = max(final - gone, 0)
    if gone + left == 0:
        raise StepRefused(
            Text(
                "按验收结果没有可补的金额。请用“退款冲回”撤销核定并写明理由。",
                "By what was accepted there is nothing to be paid. Reverse the approval with a"
                " reason instead.",
            )
        )
    surplus = sum(one.amount_fen for one in free) - left
    for one in reversed(free):
        off = min(max(surplus, 0), one.amount_fen)
        if off:
            reduce(one, one.amount_fen - off, at=at)
        surplus -= off
    waiting = Instalment.objects.filter(claim=claim, cancelled_at=None, ready_at=None)
    waiting.update(ready_at=at)
    return gone + left, max(gone - final, 0)


_OVER = Text(
    "按验收结果没有后续期次，已付的就是全部，申领办结。",
    "By what was accepted nothing more is to be paid: what was paid is all, and the claim is over.",
)


def _unknown() -> Text:
    return Text(
        "资料不全，算不出最终金额，没有登记验收。请先完成现场评定并补齐资料。",
        "Something is missing for the final amount; nothing was recorded. Have the level rated on"
        " the spot and the papers completed first.",
    )


def _told(before: int, final: int, over: int) -> Text:
    if over:
        return Text(
            f"已登记验收。按验收结果应补 {yuan(final)} 元，已付超出 {yuan(over)} 元，后续期次取消，"
            "超出部分另行办理退回。",
            f"Accepted. By what was reached {yuan(final)} yuan are due; {yuan(over)} were paid too"
            " much and will be asked back; later instalments are cancelled.",
        )
    if final < before:
        return Text(
            f"已登记验收。最终金额由 {yuan(before)} 元调整为 {yuan(final)} 元，从最后一期扣减。",
            f"Accepted. The amount goes from {yuan(before)} to {yuan(final)} yuan; the last"
            " instalment becomes less.",
        )
    return Text("已登记验收，后续期次可以拨付。", "Accepted; later instalments can be paid.")


def reverse(claim: Claim, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Take an approval back of which nothing is at the bank or was paid: everything that was set
    aside, or owed since the bank had sent it back, returns, and what the claim rests on may be
    claimed anew."""
    now = at or timezone.now()
    try:
        with transaction.atomic():
            hold(claim, ("approved",))
            may(claim, "reverse", actor)
            event = advance(claim, "reverse", by=actor, note=note, at=now)
            live = claim.instalments.filter(cancelled_at=None)
            found = list(live)
            live.update(cancelled_at=now)
            take_back(claim, found, at=now)
            let_go(claim, now)
            tell(claim, event)
    except StepRefused:
        claim.refresh_from_db()
        raise
    return event
