"""免申即享: the list is computed from what is known, each firm confirms, and the office signs the
batch. Publicity follows as for every other round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_moment
from dengta.programmes.actions.checking import check
from dengta.programmes.actions.moving import only_organiser, tell
from dengta.programmes.models import Application, Round
from dengta.programmes.queries import facts_of, takes_applications
from dengta.programmes.queries.checks import as_stored, exceptions, findings
from dengta.programmes.queries.instant import entitled, to_sign
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook
from dengta.trail.actions import (
    StepRefused,
    advance,
    advance_job,
    begin,
    enqueue_job,
    finish_job,
    job_task,
)
from dengta.trail.models import Job

AT_ONCE = 100
"""So many are listed or signed within the page; more are a job."""
PART = 50


@dataclass(slots=True)
class Computed:
    """What came of computing a list: how many have a right to it, how many of them are new on the
    list; `job` where the rest goes on behind the pages."""

    entitled: int
    fresh: int = 0
    job: Job | None = None


@dataclass(slots=True)
class Signed:
    """What came of signing: how many, and who stays behind with the reason."""

    count: int = 0
    left: list[tuple[Application, Text]] = field(default_factory=list)
    job: Job | None = None


def compute_list(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Computed:
    """Put everybody on the list whose facts say yes, and ask each to confirm. Computed again it
    adds who has come to fit, and asks nobody twice.

    StepRefused for a selection that has to be applied for, and while the round takes nothing.
    """
    only_organiser(round, actor)
    now = at or timezone.now()
    _instant(round)
    if not takes_applications(round, now):
        raise StepRefused(
            Text(
                f"“{round.name}”现在不在确认期内，名单在开放期间生成，企业才能确认。",
                f"“{round.name}” is not open. The list is made while firms can confirm.",
            )
        )
    known = set(round.applications.values_list("organisation", flat=True))
    right = entitled(round, timezone.localdate(now))
    fresh = [pk for pk in right if pk not in known]
    if len(fresh) > AT_ONCE:
        job, _ = enqueue_job(
            actor,
            list_instant,
            Text(f"生成免申即享名单“{round.name}”", f"List for “{round.name}”"),
            key=f"instant:{round.pk}:{len(known)}:{len(fresh)}",
            arguments={"round": round.pk, "at": now.isoformat()},
        )
        return Computed(len(right), job=job)
    return Computed(len(right), _invite_all(round, fresh, now))


def _instant(round: Round) -> None:
    if not round.rule.instant:
        raise StepRefused(
            Text(
                f"“{round.rule.name.zh}”需要申报，不是免申即享事项。",
                f"“{round.rule.name.en}” has to be applied for.",
            )
        )


@job_task
def list_instant(job: Job) -> None:
    """The work of `compute_list` where many are new. Begun again it goes on with those left."""
    round = Round.objects.get(pk=job.arguments["round"])
    at = dt.datetime.fromisoformat(job.arguments["at"])
    known = set(round.applications.values_list("organisation", flat=True))
    fresh = [pk for pk in entitled(round, timezone.localdate(at)) if pk not in known]
    count = _invite_all(round, fresh, at, job)
    finish_job(job, summary=[{"zh": "列入名单", "en": "Listed", "count": count}])


def _invite_all(
    round: Round, organisations: Sequence[int], at: dt.datetime, job: Job | None = None
) -> int:
    count = 0
    for start in range(0, len(organisations), PART):
        part = Organisation.objects.in_bulk(organisations[start : start + PART])
        count += sum(_invite(round, each, at) for _, each in sorted(part.items()))
        if job is not None:
            advance_job(job, start + len(part), total=len(organisations))
    return count


def _invite(round: Round, organisation: Organisation, at: dt.datetime) -> bool:
    """List one; whether it is new. Decided once more by the one-case engine, whose reasons stay
    with the application."""
    day = timezone.localdate(at)
    facts = facts_of(organisation, day)
    (verdict,) = rulebook(day.toordinal()).decide(facts, round.rule.programme)
    if verdict.outcome != "yes":
        return False
    application = Application(
        round=round,
        organisation=organisation,
        applicant_code=organisation.uscc,
        applicant_name=organisation.name,
        region_code=organisation.region_code,
        key=f"instant:{round.pk}:{organisation.pk}",
        created_at=at,
        verdict=verdict.as_json("zh-hans"),
        policy_digest=policy().digest,
    )
    try:
        with transaction.atomic():
            begin(application, by=SYSTEM, at=at)
            event = advance(
                application, "invite", by=SYSTEM, reasons={"policy_digest": policy().digest}, at=at
            )
            until = timezone.localtime(round.closes_at)
            tell(
                application,
                event,
                body=Text(
                    f"按已有资料，贵单位符合“{round.name}”的条件，不用申报。"
                    f"请核对后在 {said_moment(until).zh} 前确认，逾期视为放弃。",
                    f"By what is known you are entitled to “{round.name}” without an application."
                    f" Check and confirm by {said_moment(until).en}; after that it lapses.",
                ),
            )
    except IntegrityError:
        if not Application.objects.filter(key=application.key).exists():
            raise
        return False  # somebody else has just listed it
    return True


def sign(round: Round, actor: Actor, *, signed_by: str, at: dt.datetime | None = None) -> Signed:
    """Sign the batch: everything confirmed passes the province's check, looked at by the machine
    once more today; what is not as expected stays behind with the reason, to be dealt with alone.

    StepRefused without the name of who signs, or when nothing waits.
    """
    only_organiser(round, actor)
    _instant(round)
    name = signed_by.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise StepRefused(
            Text(
                "请填写签发人姓名，签发人对这一批名单负责。",
                "Give the name of who signs and answers for this batch.",
            )
        )
    waiting = list(to_sign(round))
    if not waiting:
        raise StepRefused(
            Text(
                "现在没有等待签发的。企业确认后会出现在这里。",
                "Nothing waits for a signature. What firms confirm appears here.",
            )
        )
    now = at or timezone.now()
    if len(waiting) > AT_ONCE:
        job, _ = enqueue_job(
            actor,
            sign_instant,
            Text(f"签发“{round.name}”", f"Sign “{round.name}”"),
            key=f"sign:{round.pk}:{waiting[0].pk}:{waiting[-1].pk}:{len(waiting)}",
            arguments={
                "round": round.pk,
                "signed_by": name,
                "role": actor.role,
                "region": actor.region,
                "at": now.isoformat(),
            },
        )
        return Signed(job=job)
    return _sign_all(waiting, actor, name, now)


@job_task
def sign_instant(job: Job) -> None:
    """The work of `sign` where many wait. Begun again it goes on with those left."""
    kept = job.arguments
    actor = Actor(job.user_id or 0, kept["signed_by"], kept["role"], kept["region"])
    waiting = list(to_sign(Round.objects.get(pk=kept["round"])))
    done = _sign_all(waiting, actor, kept["signed_by"], dt.datetime.fromisoformat(kept["at"]), job)
    finish_job(
        job,
        summary=[
            {"zh": "已签发", "en": "Signed", "count": done.count},
            {"zh": "留下逐件办理", "en": "To be dealt with alone", "count": len(done.left)},
        ],
    )


def _sign_all(
    waiting: list[Application],
    actor: Actor,
    name: str,
    at: dt.datetime,
    job: Job | None = None,
) -> Signed:
    done = Signed()
    for number, application in enumerate(waiting, 1):
        why = _sign_one(application, actor, name, at)
        if why is None:
            done.count += 1
        else:
            done.left.append((application, why))
        if job is not None:
            faults = [] if why is None else [{"value": application.case_title, **why._asdict()}]
            advance_job(job, number, total=len(waiting), faults=faults)
    return done


def _sign_one(application: Application, actor: Actor, name: str, at: dt.datetime) -> Text | None:
    """Sign one as it stands today; the reason where it is not signed."""
    seen = findings(application, timezone.localdate(at))
    new = as_stored(seen)
    if new["findings"] != application.findings:
        Application.objects.filter(pk=application.pk, state=application.state).update(**new)
        application.refresh_from_db()
    odd = exceptions(application)
    if odd:
        zh, en = "；".join(each.text.zh for each in odd), "; ".join(each.text.en for each in odd)
        return Text(f"需要逐件核对：{zh}", f"To be looked into: {en}")
    note = f"批量签发，签发人 {name}。"
    try:
        check(application, actor, "pass_province", note=note, at=at)
    except StepRefused as refused:
        return refused.text
    return None


__all__ = ["Computed", "Signed", "compute_list", "list_instant", "sign", "sign_instant"]
