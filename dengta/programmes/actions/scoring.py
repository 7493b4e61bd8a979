"""Writes of scoring: sheets closed and counted, discussions recorded, the review finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.programmes.actions.moving import move, only_organiser, tell
from dengta.programmes.actions.panels import hold
from dengta.programmes.models import Application, Publication, Round
from dengta.programmes.queries.experts import papers_of
from dengta.programmes.queries.scores import counted, outstanding, sheets_of
from dengta.registry.queries import actor_of, policy
from dengta.trail.actions import (
    Moved,
    NotAllowed,
    StepRefused,
    advance_job,
    enqueue_job,
    job_task,
)
from dengta.trail.models import Job

AT_ONCE = 200
"""Applications whose review is finished while the page waits; more are a job."""


def close_sheets(round: Round, actor: Actor) -> int:
    """Count every application's sheets, when all are in; from then on those with a large spread can
    be discussed. Done again it comes to the same. Returns how many are to be discussed.

    StepRefused while a sheet is open or a seat empty, saying how many.
    """
    only_organiser(round, actor)
    with transaction.atomic():
        hold(round)
        open_, empty = outstanding(round)
        if open_ or empty:
            raise StepRefused(_not_all_in(open_, empty))
        applications = list(papers_of(round))
        if not applications:
            raise StepRefused(
                Text("没有处于专家评审环节的申报。", "No application is before the panel.")
            )
        _count(round, applications)
    return sum(one.to_discuss for one in applications)


def _not_all_in(open_: int, empty: int) -> Text:
    zh = [f"{open_} 份评审表没有锁定，请催办"] * bool(open_)
    zh += [f"{empty} 个席位没有专家，请先补齐缺位"] * bool(empty)
    en = [f"{open_} sheets are not locked; remind their experts"] * bool(open_)
    en += [f"{empty} seats have no expert; fill them first"] * bool(empty)
    return Text(f"还有{'；'.join(zh)}。", f"{'; '.join(en).capitalize()}.")


def _count(round: Round, applications: Sequence[Application]) -> None:
    """Score applications by their sheets and keep it. Once it was to be discussed it stays so.
    Call it in a transaction."""
    sheets = sheets_of(applications)
    for application in applications:
        found = counted(round.rule, sheets[application.pk])
        application.score = str(found.score)
        application.score_milli = found.milli
        application.marks = {id: str(mean) for id, mean in found.means.items()}
        application.to_discuss = application.to_discuss or found.to_discuss
        # One by one: thousands of rows in one statement take four times as long.
        Application.objects.filter(pk=application.pk).update(
            score=application.score,
            score_milli=application.score_milli,
            marks=application.marks,
            to_discuss=application.to_discuss,
        )


def recount(application: Application) -> None:
    """Count one application anew after a correction, if its sheets were closed. Call it in a
    transaction that holds the application."""
    if application.score:
        _count(application.round, [application])


def discuss(
    application: Application,
    actor: Actor,
    minutes: str,
    *,
    at: dt.datetime | None = None,
) -> None:
    """Record the discussion of an application with a large spread; the score counts the experts'
    corrections up to now, and none are taken afterwards. Moved when it was recorded already."""
    only_organiser(application.round, actor)
    said = minutes.strip()
    if not said or len(said) > 5_000:
        raise StepRefused(
            Text(
                "请填写合议纪要：分歧在哪里、怎样统一，最多 5000 字。",
                "Write the minutes: where the experts differed and what they agreed on, in 5,000"
                " characters at most.",
            )
        )
    with transaction.atomic():
        rows = Application.objects.filter(
            pk=application.pk, state="panel", to_discuss=True, discussed_at=None
        )
        if not rows.update(minutes=said, discussed_at=at or timezone.now()):
            raise Moved(
                Text(
                    "这项申报不用合议，或者合议已经记录。",
                    "This application needs no discussion, or it has been recorded already.",
                )
            )
        application.refresh_from_db()
        recount(application)


# ---------------------------------------------------------------------------- finishing


def _may_finish(round: Round, actor: Actor) -> None:
    only_organiser(round, actor)
    waiting = papers_of(round)
    uncounted = waiting.filter(score="").count()
    if uncounted:
        raise StepRefused(
            Text(
                f"还有 {uncounted} 项申报没有计分。请先汇总评审表。",
                f"{uncounted} applications have no score yet. Close the sheets first.",
            )
        )
    undiscussed = waiting.filter(to_discuss=True, discussed_at=None).count()
    if undiscussed:
        raise StepRefused(
            Text(
                f"还有 {undiscussed} 项申报分差过大，需要合议。合议记录后才能结束评审。",
                f"{undiscussed} applications are to be discussed, as their experts differ widely."
                " Record these discussions first.",
            )
        )


def finish(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> int:
    """End the review of every application that is before the panel, with the sheets as reasons, and
    make the assignment public. Returns how many; none the second time.

    StepRefused while one has no score or is to be discussed.
    """
    return _finish(round, actor, at or timezone.now(), None)


def _finish(round: Round, actor: Actor, now: dt.datetime, job: Job | None) -> int:
    _may_finish(round, actor)
    waiting = list(papers_of(round))
    done = 0
    for at in range(0, len(waiting), AT_ONCE):
        for application in waiting[at : at + AT_ONCE]:
            done += _finish_one(application, actor, now)
        if job is not None:
            advance_job(job, min(at + AT_ONCE, len(waiting)), total=len(waiting))
    round.publications.filter(kind=Publication.Kind.ASSIGNMENT).update(public=True)
    return done


def _finish_one(application: Application, actor: Actor, now: dt.datetime) -> int:
    """One step; 0 when the applicant withdrew or somebody else did it in between."""
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(created_at=models.F("created_at"))
        application.refresh_from_db()
        if application.state != "panel" or _must_be_discussed(application):
            return 0
        fresh = sheets_of([application])[application.pk]
        found = counted(application.round.rule, fresh)
        reasons = {
            "score": str(found.score),
            "sheets": [sheet.as_json() for sheet in fresh],
            "dropped": found.dropped,
            "spread": str(found.spread),
            "policy_digest": policy().digest,
        }
        try:
            event = move(application, "finish_panel", actor, reasons=reasons, at=now)
        except Moved:
            return 0
        tell(application, event)
    return 1


def _must_be_discussed(application: Application) -> bool:
    return application.to_discuss and application.discussed_at is None


@job_task
def finish_as_job(job: Job) -> None:
    """Finish the review of a large round behind the pages."""
    acting = actor_of(User.objects.get(pk=job.user_id or 0))
    if acting is None:
        raise NotAllowed(Text("发起人已没有岗位。", "Whoever started this holds no post now."))
    _finish(Round.objects.get(pk=job.arguments["round"]), acting, timezone.now(), job)


def start_finishing(round: Round, actor: Actor, *, key: str) -> int | Job:
    """Finish at once, or as a job for a large round. Raises as `finish`; the same `key` is one
    job."""
    _may_finish(round, actor)
    if papers_of(round).count() <= AT_ONCE:
        return finish(round, actor)
    job, _ = enqueue_job(
        actor,
        finish_as_job,
        Text(f"结束专家评审：{round.name}", f"Finish the review: {round.name}"),
        key=f"finish-{round.pk}-{key}"[:80],
        arguments={"round": round.pk},
    )
    return job
