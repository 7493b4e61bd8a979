"""大批次: what a page asks for is done at once while it is small; a batch of more payments than
`payments_at_once` is made and sent by a job, and its page shows how far that is.

It is filled in parts, each whole or not at all: whoever begins again after a worker died goes on
with what stands in no payment yet. It is sent as a whole or not at all: its payments are looked at
in parts first, so that what stops one is found before anything is locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions import batches
from dengta.funding.actions.batches import Choice, LeftOut, Made
from dengta.funding.models import Instalment, PaymentBatch
from dengta.funding.queries.payments import batch_job, ready
from dengta.registry.queries import policy
from dengta.trail.actions import (
    Moved,
    NotAllowed,
    StepRefused,
    advance_job,
    allowed_steps,
    enqueue_job,
    finish_job,
    job_task,
)
from dengta.trail.models import Event, Job

AT_ONCE = 500
"""Instalments that are put into a batch, or looked at, together."""


def _many(count: int) -> bool:
    return count > policy().practised("payments_at_once", timezone.localdate())


# ---------------------------------------------------------------- made


def make(
    actor: Actor, choice: Choice, *, title: str, key: str, at: dt.datetime | None = None
) -> Made:
    """`batches.make`; of more than `payments_at_once` only the batch is made now, and a job of the
    worker puts them in."""
    if not _many(ready(actor.region, choice).count()):
        return batches.make(actor, choice, title=title, key=key, at=at)
    now = at or timezone.now()
    return batches.opened(actor, choice, _queued, title=title, key=key, at=now)


def _queued(
    batch: PaymentBatch, actor: Actor, choice: Choice, now: dt.datetime
) -> tuple[LeftOut, ...]:
    enqueue_job(
        actor,
        fill_batch,
        Text(f"编制拨付批次 {batch.number}", f"Making the payment batch {batch.number}"),
        key=f"fill_batch/{batch.pk}",
        arguments=_said_by(batch, actor) | {"choice": asdict(choice)},
    )
    return ()


def _said_by(batch: PaymentBatch, actor: Actor) -> dict[str, object]:
    return {"batch": batch.pk, "role": actor.role, "region": actor.region, "name": actor.name}


def _actor(job: Job) -> Actor:
    kept = job.arguments
    return Actor(job.user_id or 0, kept["name"], kept["role"], kept["region"])


@job_task
def fill_batch(job: Job) -> None:
    """The work of `make`. A batch for which nothing is left is given up, with the reason."""
    batch, actor = PaymentBatch.objects.get(pk=job.arguments["batch"]), _actor(job)
    asked = job.arguments["choice"]
    lists = {name: tuple(asked[name]) for name in ("schemes", "instalments")}
    choice = Choice(**(asked | lists))
    rows = ready(actor.region, choice).select_related("claim__organisation", "claim__payee")
    groups, left = batches.sorted_out(list(rows), choice, timezone.now())
    before = Instalment.objects.filter(payment__batch=batch).count()
    total = before + sum(len(group) for group in groups)
    try:
        if not total:
            raise batches.nothing(left)
        done = before
        for part in _parts(groups):
            advance_job(job, done, total=total)
            count, late = _fill(batch, actor, choice, part)
            done, left = done + count, (*left, *late)
    except StepRefused as refused:
        _give_up(batch, actor, refused.text)
        raise
    finish_job(job, summary=[_IN | {"count": done}, *_left_out(job, left, done)])


def _parts(groups: Sequence[Sequence[Instalment]]) -> Iterator[list[Instalment]]:
    """Whole groups, so many that they come to `AT_ONCE` instalments or somewhat more."""
    part: list[Instalment] = []
    for group in groups:
        part += group
        if len(part) >= AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _fill(
    batch: PaymentBatch, actor: Actor, choice: Choice, part: Sequence[Instalment]
) -> tuple[int, tuple[LeftOut, ...]]:
    """Put one part in: how many, and what could not be paid any more. Moved when the batch is not
    being made any more."""
    with transaction.atomic():
        locked = PaymentBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.state != "open":
            raise Moved(
                Text(
                    f"{batch.number} 已经送交或作废，其余款项没有编入，仍在待拨付里。",
                    f"{batch.number} was sent or given up; the rest was not put in and still waits"
                    " to be paid.",
                )
            )
        return batches.put_in(locked, actor, choice, timezone.now(), part)


def _give_up(batch: PaymentBatch, actor: Actor, why: Text) -> None:
    """Cancel a batch into which nothing could be put."""
    batch.refresh_from_db()
    if batch.state == "open" and not batch.payments.exists():
        batches.cancel(batch, actor, note=why.zh)


_IN = {"zh": "编入批次的款项", "en": "Put into the batch"}
_OUT = {"zh": "现在不能付，留在待拨付里的款项", "en": "Not payable now, left where they were"}


def _left_out(job: Job, left: Sequence[LeftOut], done: int) -> list[dict[str, object]]:
    """What was left out, each with its reason."""
    faults = [
        {
            "sheet": "", "row": 0, "column": one.instalment.claim.number,
            "value": one.instalment.claim.payee.name, **one.reason._asdict(),
        }
        for one in left
    ]  # fmt: skip
    advance_job(job, done, faults=faults)
    return [_OUT | {"count": len(left)}] if left else []


# ---------------------------------------------------------------- sent


def send(batch: PaymentBatch, actor: Actor, *, note: str = "") -> Event | Job:
    """`batches.send`; of more than `payments_at_once` a job of the worker sends them, unless who
    may send refuses it at once. While a job works on the batch that one is given."""
    going = batch_job(batch)
    if going is not None and not going.finished:
        if going.kind == "send_batch":
            return going
        raise StepRefused(
            Text(
                f"{batch.number} 还在编制，编完才能送交。请等这一页上的进度走完。",
                f"{batch.number} is still being made. Wait until it is whole, then send it.",
            )
        )
    if batch.state != "open" or not _many(listed_count(batch)):
        return batches.send(batch, actor, note=note)
    if not any(step.id == "send" for step in allowed_steps(batch, actor)):
        raise NotAllowed(
            Text(
                "付款由编制批次的单位送交银行，不在您的岗位权限内。",
                "The office that made the batch sends it; this is not within your post.",
            )
        )
    batches.refuse_same_hand(batch, actor, note)
    number = Job.objects.filter(kind="send_batch", arguments__batch=batch.pk).count() + 1
    job, _ = enqueue_job(
        actor,
        send_batch,
        Text(f"送交拨付批次 {batch.number}", f"Sending the payment batch {batch.number}"),
        key=f"send_batch/{batch.pk}/{number}",
        arguments=_said_by(batch, actor) | {"note": note},
    )
    return job


def listed_count(batch: PaymentBatch) -> int:
    """How many payments of a batch are to be sent."""
    return batch.payments.filter(state="listed").count()


@job_task
def send_batch(job: Job) -> None:
    """The work of `send`. What was sent by whoever died after it stays sent."""
    batch, actor = PaymentBatch.objects.get(pk=job.arguments["batch"]), _actor(job)
    if batch.sent_at is None:
        lines, done = batches.listed_lines(batch), 0
        total, by_payment = len(lines), groupby(lines, lambda one: one.payment_id)
        for part in _parts([list(group) for _, group in by_payment]):
            batches.refuse_stopped(part, timezone.now())
            done += len(part)
            advance_job(job, done, total=total)
        batches.send(batch, actor, note=job.arguments["note"])
    sent = batch.payments.exclude(state__in=("listed", "dropped")).count()
    finish_job(job, summary=[{"zh": "送交的付款", "en": "Payments sent", "count": sent}])
