"""Writes of the assignment: who stands aside, who reviews what, and what changes when somebody
withdraws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.core import assignment as core
from dengta.core.assignment import Assignment, Shortage, Task
from dengta.core.assignment_record import record
from dengta.core.records import as_text
from dengta.core.shapes import Text
from dengta.programmes.actions.moving import only_organiser
from dengta.programmes.actions.panels import hold, publish_text
from dengta.programmes.models import Application, Publication, Recusal, Review, Round
from dengta.programmes.queries.experts import (
    LOCKED,
    STATED,
    expert_number,
    found_recusals,
    papers_of,
    task_of,
    user_of,
)
from dengta.registry.queries import actor_of
from dengta.trail.actions import (
    Moved,
    NotAllowed,
    StepRefused,
    advance,
    begin_many,
    enqueue_job,
    job_task,
    notify,
)
from dengta.trail.models import Event, Job

AT_ONCE = 1_000
"""Seats that are assigned while the page waits; more are a job."""
LIVE = ("assigned", "locked")


class ShortOfExperts(StepRefused):
    """There is no assignment; `shortage` says how many seats stay empty and which smallest changes
    would each help."""

    def __init__(self, shortage: Shortage) -> None:
        super().__init__(shortage.said)
        self.shortage = shortage


# ---------------------------------------------------------------------------- recusals


def find_recusals(round: Round, *, at: dt.datetime | None = None) -> int:
    """Look for every conflict between the experts and the applications before the panel and keep
    it; what was found before, lifted or not, stays as it is. Returns how many are new."""
    now = at or timezone.now()
    rows = found_recusals(round, timezone.localdate(now))
    for row in rows:
        row.at = now
    with transaction.atomic():
        before = Recusal.objects.filter(application__round=round).count()
        Recusal.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
        return Recusal.objects.filter(application__round=round).count() - before


def lift_recusal(
    recusal: Recusal, actor: Actor, reason: str, *, at: dt.datetime | None = None
) -> None:
    """Let an expert review after all, with the reason on record. Only for what the system found:
    what an expert stated stays. Moved when it was lifted already."""
    only_organiser(recusal.application.round, actor)
    if recusal.kind in STATED:
        raise StepRefused(
            Text(
                "这是专家本人申报的回避，不能由单位解除。情况有变的，请专家先修改本人的申报。",
                "The expert stated this, and an office cannot lift it. If things have changed, the"
                " expert has to change the statement.",
            )
        )
    said = reason.strip()
    if not said or len(said) > 500:
        raise StepRefused(
            Text(
                "解除回避要写明理由，最多 500 字，例如“同名，经核实不是同一人”。",
                "Say why the recusal is lifted, in 500 characters at most, such as “same name,"
                " another person”.",
            )
        )
    rows = Recusal.objects.filter(pk=recusal.pk, lifted_at=None)
    if not rows.update(
        lifted_at=at or timezone.now(), lifted_reason=f"{said}（{actor.name}）"[:500]
    ):
        raise Moved(Text("这条回避已经解除。", "This recusal has been lifted already."))
    recusal.refresh_from_db()


# ---------------------------------------------------------------------------- assignment


def assign(
    round: Round, actor: Actor, *, load: int | None = None, at: dt.datetime | None = None
) -> Publication:
    """Give every application before the panel its experts, at least cost and proved so.

    `load` stands in for the rule's number of sheets per expert, for this assignment; it is on
    record in the publication. ShortOfExperts when there is none, Moved when it was done already or
    something has changed meanwhile.
    """
    now = at or timezone.now()
    _may_assign(round, actor)
    find_recusals(round, at=now)
    task = task_of(round, load)
    if not task.papers:
        raise StepRefused(
            Text(
                "没有处于专家评审环节的申报，不用分配。",
                "No application is before the panel; there is nothing to assign.",
            )
        )
    made = _proved(task, core.assign(task), None)
    with transaction.atomic():
        hold(round)
        if _live(round).exists():
            raise Moved(
                Text(
                    "本批次已经分配过专家。有人退出或有新的申报时，请用“补齐缺位”。",
                    "Experts are assigned already. If somebody left or applications came in, fill"
                    " the gaps.",
                )
            )
        if task_of(round, load) != task:
            raise _changed()
        document = record(task, made, title=f"{round.number} {round.name}")
        published = publish_text(
            round, Publication.Kind.ASSIGNMENT, as_text(document), public=False, at=now
        )
        _give_out(round, actor, made.panels, now)
    return published


def _may_assign(round: Round, actor: Actor) -> None:
    only_organiser(round, actor)
    if round.state != "review":
        raise StepRefused(
            Text(
                "批次进入专家评审后才能分配专家。",
                "Experts are assigned once the review has begun.",
            )
        )


def _proved(
    task: Task, made: Assignment | Shortage, before: Mapping[str, Sequence[str]] | None
) -> Assignment:
    """The assignment, once it is verified. ShortOfExperts for a shortage."""
    if isinstance(made, Shortage):
        raise ShortOfExperts(made)
    faults = core.verify(task, made, before)
    if faults:  # never seen; better no assignment than an unproved one
        raise StepRefused(faults[0])
    return made


def _changed() -> Moved:
    return Moved(
        Text(
            "计算期间专家、回避或申报有变化，没有分配。请再点一次，按最新情况重新计算。",
            "Experts, recusals or applications changed meanwhile, so nothing was assigned. Start"
            " again with things as they are now.",
        )
    )


def _live(round: Round) -> Any:
    return Review.objects.filter(
        application__round=round, application__state="panel", state__in=LIVE
    )


def _give_out(
    round: Round, actor: Actor, panels: Mapping[str, Iterable[str]], now: dt.datetime
) -> int:
    """Make the sheets of new seats and tell each expert once. Returns how many."""
    by_number = {application.number: application for application in papers_of(round)}
    sheets = [
        Review(application=by_number[paper], user_id=user_of(expert), assigned_at=now)
        for paper, panel in panels.items()
        for expert in panel
    ]
    events = begin_many(sheets, by=actor, at=now)
    first: dict[int, Event] = {}
    count: dict[int, int] = {}
    for sheet, event in zip(sheets, events, strict=True):
        first.setdefault(sheet.user_id, event)
        count[sheet.user_id] = count.get(sheet.user_id, 0) + 1
    for user, event in first.items():
        notify(
            event,
            [user],
            subject=Text(
                f"“{round.name}”：{count[user]} 份评审表等您填写",
                f"“{round.name}”: {count[user]} review sheets for you",
            ),
            body=Text(
                "请独立评审，逐项评分后签名锁定。与申报单位有利害关系的，请退出该份并说明。",
                "Review on your own, mark every criterion, sign and lock. Stand aside where you"
                " have a tie to the applicant.",
            ),
            link="/expert/reviews/",
        )
    return len(sheets)


# ---------------------------------------------------------------------------- repair


def repair_task(round: Round, load: int | None = None) -> tuple[Task, dict[str, list[str]]]:
    """The assignment that fills the gaps, and who has each seat now.

    A locked sheet stays: it stands under an id of its own that may have only what is locked, and
    for which nothing else is to be had. What the expert has left of his load is for the others.
    """
    task = task_of(round, load)
    number = {application.pk: application.number for application in papers_of(round)}
    before: dict[str, list[str]] = {one.id: [] for one in task.papers}
    locked: dict[str, set[str]] = {}
    for pk, user, state in _live(round).order_by("id").values_list("application", "user", "state"):
        expert = expert_number(user)
        if state == "locked":
            locked.setdefault(expert, set()).add(number[pk])
            expert += LOCKED
        before[number[pk]].append(expert)
    known = {one.id: one for one in task.experts}
    experts = []
    for one in task.experts:
        done = len(locked.get(one.id, ()))
        experts.append(replace(one, load=max(task.load(one) - done, 0)) if done else one)
    for id, papers in sorted(locked.items()):
        same = known.get(id) or core.Expert(id, frozenset())
        experts.append(replace(same, id=id + LOCKED, load=len(papers), only=frozenset(papers)))
    has_locked = {(paper, id) for id, papers in locked.items() for paper in papers}
    stays = {(paper, id + LOCKED) for paper, id in has_locked}
    return (
        replace(
            task,
            experts=tuple(experts),
            conflicts=task.conflicts - stays,
            fixed=task.fixed | has_locked,
        ),
        before,
    )


def repair(
    round: Round, actor: Actor, *, load: int | None = None, at: dt.datetime | None = None
) -> Publication:
    """Fill the seats that withdrawals left empty, changing as few others as can be; locked sheets
    stay. Sheets that change hands are cancelled with the reason.

    ShortOfExperts when it cannot be done, StepRefused when nothing is lacking, Moved when something
    changed meanwhile.
    """
    now = at or timezone.now()
    _may_assign(round, actor)
    find_recusals(round, at=now)
    task, before = repair_task(round, load)
    made = _proved(task, core.repair(task, before), before)
    if all(set(made.panels[paper]) == set(before[paper]) for paper in before):
        _clear_away(round, actor, now)
        raise StepRefused(
            Text(
                "没有空缺的评审席位，分配保持不变。",
                "No seat is empty; the assignment stays as it is.",
            )
        )
    with transaction.atomic():
        hold(round)
        if repair_task(round, load) != (task, before):
            raise _changed()
        document = record(task, made, before, title=f"{round.number} {round.name}")
        published = publish_text(
            round, Publication.Kind.ASSIGNMENT, as_text(document), public=False, at=now
        )
        _take_back(round, actor, made.panels, before, now)
        fresh = {
            paper: [one for one in panel if one not in before[paper]]
            for paper, panel in made.panels.items()
        }
        _give_out(round, actor, fresh, now)
        _clear_away(round, actor, now)
    return published


def _take_back(
    round: Round,
    actor: Actor,
    panels: Mapping[str, Iterable[str]],
    before: Mapping[str, Iterable[str]],
    now: dt.datetime,
) -> None:
    """Cancel the sheets of seats that go to somebody else."""
    lost = {
        (paper, user_of(expert))
        for paper, panel in before.items()
        for expert in set(panel) - set(panels[paper])
    }
    for review in _live(round).filter(state="assigned").select_related("application__round"):
        if (review.application.number, review.user_id) in lost:
            note = "补齐缺位时改派给其他专家。"
            advance(review, "cancel", by=actor, note=note, at=now)


def _clear_away(round: Round, actor: Actor, now: dt.datetime) -> None:
    """Cancel the open sheets of applications that are no longer before the panel."""
    left = Review.objects.filter(application__round=round, state="assigned")
    for review in left.exclude(application__state="panel").select_related("application__round"):
        advance(review, "cancel", by=actor, note="该申报已不在评审环节。", at=now)


# ---------------------------------------------------------------------------- as a job


@job_task
def assign_as_job(job: Job) -> None:
    """Assign or repair a large round behind the pages."""
    round = Round.objects.get(pk=job.arguments["round"])
    acting = actor_of(User.objects.get(pk=job.user_id or 0))
    if acting is None:
        raise NotAllowed(Text("发起人已没有岗位。", "Whoever started this holds no post now."))
    act = repair if job.arguments["repair"] else assign
    act(round, acting, load=job.arguments["load"])


def start_assigning(
    round: Round, actor: Actor, *, key: str, load: int | None = None
) -> Publication | Job:
    """Assign, or fill the gaps where that is done already: at once, or as a job for a large round.
    Raises as `assign` and `repair`; the same `key` is one job."""
    _may_assign(round, actor)
    done = _live(round).exists()
    if papers_of(round).count() * round.rule.panel.size <= AT_ONCE:
        return (repair if done else assign)(round, actor, load=load)
    job, _ = enqueue_job(
        actor,
        assign_as_job,
        Text(f"分配评审专家：{round.name}", f"Assign experts: {round.name}"),
        key=f"assign-{round.pk}-{key}"[:80],
        arguments={"round": round.pk, "repair": done, "load": load},
    )
    return job


def live_application(review: Review) -> Application:
    """The application of a sheet, while it is before the panel. StepRefused when no more."""
    application = Application.objects.select_related("round").get(pk=review.application_id)
    if application.state != "panel":
        raise StepRefused(
            Text(
                "这项申报已不在评审环节，不用再评。感谢您的工作。",
                "This application is no longer before the panel; nothing more is asked of you.",
            )
        )
    return application
