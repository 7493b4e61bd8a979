"""Many claims in one go: each is answered on its own, and none with an exception goes along."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions.claims import approve, take
from dengta.funding.models import Claim
from dengta.funding.queries.claims import seen
from dengta.trail.actions import StepRefused

MOST = 500
SECONDS = 20
"""So long one answer may take; what was not reached by then stays as it was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one claim: `refused` says why not, None when it went through."""

    claim: Claim
    refused: Text | None = None


def pass_many(
    actor: Actor,
    ids: Sequence[int],
    step: str,
    *,
    note: str = "",
    until: int | None = None,
    at: dt.datetime | None = None,
) -> list[Answer]:
    """Take one step (pass, forward or approve) for each of many claims, in the order given; each in
    a transaction of its own. After `until` (of `time.monotonic_ns`) no other is begun, but for the
    first; those have no answer.

    A claim with exceptions of the machine is refused here and looked at alone. StepRefused for too
    many at once; ValueError for another step.
    """
    if step not in ("pass", "forward", "approve"):
        raise ValueError(f"{step} is decided one by one")
    if len(ids) > MOST:
        raise StepRefused(
            Text(
                f"一次最多办理 {MOST} 件，现选了 {len(ids)} 件。请分几次办理。",
                f"{MOST} at once at most; {len(ids)} are chosen. Do it in parts.",
            )
        )
    rows = {claim.pk: claim for claim in seen(actor).filter(pk__in=ids)}
    answers: list[Answer] = []
    for pk in dict.fromkeys(ids):
        if answers and until is not None and time.monotonic_ns() > until:
            break
        if pk in rows:
            answers.append(_one(rows[pk], actor, step, note, at))
    return answers


def _one(claim: Claim, actor: Actor, step: str, note: str, at: dt.datetime | None) -> Answer:
    if claim.exceptions:
        return Answer(
            claim,
            Text(
                f"有 {claim.exceptions} 项异常，请打开单件办理。",
                f"{claim.exceptions} exceptions: open it and decide it alone.",
            ),
        )
    try:
        if step == "approve":
            approve(claim, actor, note=note, at=at)
        else:
            take(claim, step, actor, note=note, at=at)
    except StepRefused as refused:
        return Answer(claim, refused.text)
    return Answer(claim)
