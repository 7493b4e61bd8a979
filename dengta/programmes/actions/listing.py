"""Making the list of a round, putting it up for objections, and what changes on it afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django_tasks.base import Task

from dengta.accounts.queries import Actor
from dengta.core.allocation import AllocationError, Place, allocate
from dengta.core.allocation_record import record
from dengta.core.records import as_text
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.programmes.actions.moving import applicants_of, only_organiser
from dengta.programmes.models import Application, Publication, Round
from dengta.programmes.queries.drafting import (
    UNFINISHED,
    Draft,
    draft_of,
    list_record,
    next_in_line,
)
from dengta.registry.queries import actor_of, policy
from dengta.trail.actions import (
    Moved,
    StepRefused,
    advance,
    advance_job,
    enqueue_job,
    job_task,
    notify,
)
from dengta.trail.models import Event, Job

AT_ONCE = 200
"""How many applications are moved while somebody waits; more go behind the pages."""
EMPTY: Mapping[str, Any] = {"lot": "", "place": {}, "rank": None, "amount_fen": None}
"""What an application says before a list is made."""


def make_list(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Publication:
    """Rank what was reviewed, give places within quotas, floors and money, and keep the record
    that anybody can recompute. Nothing is public before `announce`.

    StepRefused while an application is not through, or when the rules make no list. Moved when
    somebody made it already.
    """
    only_organiser(round, actor)
    _all_through(round)
    draft = draft_of(round)
    text, places = _made(round, draft)
    with transaction.atomic():
        event = advance(
            round,
            "list",
            by=actor,
            at=at,
            reasons={
                "digest": digest_of(text),
                "applications": len(places),
                "awarded": sum(place.outcome == "award" for place in places),
                "reserve": sum(place.outcome == "reserve" for place in places),
                "barred": len(draft.barred),
            },
        )
        _store(round, draft, places)
        return _publish(round, text, event.at)


def _all_through(round: Round) -> None:
    """StepRefused while something that decides is still to come."""
    waiting = round.applications.filter(state__in=UNFINISHED).count()
    if waiting:
        raise StepRefused(
            Text(
                f"还有 {waiting} 件申报没有审完、评完或核查完，名单不能先定。请先办完这些申报。",
                f"{waiting} applications are still being checked, reviewed or visited. Finish these"
                " before the list is made.",
            )
        )
    ranked = round.applications.filter(state="ranked")
    if not ranked.exists():
        raise StepRefused(
            Text(
                "本批次没有评审结束的申报，没有可以列入名单的。可以终止本批次，并说明理由。",
                "No application of this round was reviewed to the end, so there is nobody to list."
                " You may end the round, with the reason.",
            )
        )
    unscored = ranked.filter(score="") if "panel" in round.rule.steps else ranked.none()
    first = unscored.order_by("id").first()
    if first is not None:
        raise StepRefused(
            Text(
                f"{first.number} {first.applicant_name}没有评审得分。请先完成评审计分。",
                f"{first.number} {first.applicant_name} has no score. Finish the scoring first.",
            )
        )


def _made(round: Round, draft: Draft) -> tuple[str, tuple[Place, ...]]:
    """The record as text, and the places in it."""
    try:
        made = allocate(draft.candidates, draft.limits)
        document = record(
            draft.candidates,
            draft.limits,
            made,
            title=f"{round.number} {round.name}",
            selection=round.selection,
            policy_digest=policy().digest,
        )
    except AllocationError as error:
        raise StepRefused(error.message) from error
    return as_text(document), made.places


def _store(round: Round, draft: Draft, places: Iterable[Place]) -> None:
    """Write to each application what the list says of it."""
    lots = {one.id: one.lot for one in draft.candidates}
    rows = []
    for place in places:
        row = draft.applications[place.id]
        row.lot, row.rank, row.amount_fen = lots[place.id], place.rank, place.amount_fen
        row.place = said(place)
        rows.append(row)
    Application.objects.bulk_update(rows, ["lot", "rank", "amount_fen", "place"], batch_size=500)
    barred = list(round.applications.filter(pk__in=draft.barred))
    for row in barred:
        why = draft.barred[row.pk]
        row.place = {"rank": None, "outcome": "barred", "zh": why.zh, "en": why.en}
    Application.objects.bulk_update(barred, ["place"], batch_size=500)


def said(place: Place) -> dict[str, object]:
    """What the list says of one application, as it is kept."""
    return {
        "rank": place.rank, "outcome": place.outcome, "zh": place.reason.zh, "en": place.reason.en,
    }  # fmt: skip


def digest_of(text: str) -> str:
    """The SHA-256 of a published text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _publish(round: Round, text: str, at: dt.datetime, *, public: bool = False) -> Publication:
    """Keep a record; the same content of a round is one publication, the latest again."""
    kept, _ = Publication.objects.update_or_create(
        round=round,
        kind=Publication.Kind.ALLOCATION,
        digest=digest_of(text),
        defaults={"text": text, "at": at, "public": public},
    )
    return kept


def redo(round: Round, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Take a list that is not public yet back, with the reason. Its record stays on file."""
    only_organiser(round, actor)
    with transaction.atomic():
        event = advance(round, "redo", by=actor, note=note, at=at)
        round.applications.filter(state="ranked").update(**EMPTY)
    return event


def announce(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Job | None:
    """Put the list up for objections: so many working days, the day of publishing not counted.

    Every listed application goes to publicity, to the reserve, or out; more than 200 behind the
    pages, the job is returned then. StepRefused when somebody listed has withdrawn meanwhile.
    """
    only_organiser(round, actor)
    now = at or timezone.now()
    day = timezone.localdate(now)
    until = add_workdays(day, round.rule.publicity_workdays)
    ranked = round.applications.filter(state="ranked")
    if round.state == "publicity" and ranked.exists():
        return _publish_behind(round, actor)  # a job that broke off is taken up again
    with transaction.atomic():
        advance(
            round,
            "announce",
            by=actor,
            at=now,
            evidence={"publicity_from": day, "publicity_until": until},
        )
        _nobody_left(round)
        kept = list_record(round)
        assert kept is not None  # a round is listed only with its record
        Publication.objects.filter(pk=kept.pk).update(public=True)
        if ranked.count() > AT_ONCE:
            return _publish_behind(round, actor)
        for application in ranked.order_by("id"):
            _settle(application, round, actor, now)
    return None


def _publish_behind(round: Round, actor: Actor) -> Job:
    name = Text(f"公示“{round.name}”", f"Publish “{round.name}”")
    arguments = {"round": round.pk}
    return only_job(actor, settle_list, name, f"announce:{round.pk}", arguments)


def only_job(
    actor: Actor, work: Task[[int], None], name: Text, about: str, arguments: Mapping[str, Any]
) -> Job:
    """The job about a matter that is still running, else a new one: a second click starts no
    second, and one that failed can be started again."""
    jobs = Job.objects.filter(key__startswith=f"{about}:")
    ended = jobs.exclude(finished_at=None).count()
    job, _ = enqueue_job(actor, work, name, key=f"{about}:{ended}", arguments=arguments)
    return job


def _nobody_left(round: Round) -> None:
    """StepRefused when somebody on the list is out of the round by now."""
    listed = round.applications.filter(place__outcome="award")
    gone = listed.exclude(state="ranked").order_by("rank").first()
    if gone is not None:
        raise StepRefused(
            Text(
                f"名单拟定后，第 {gone.rank} 名 {gone.applicant_name}的申报有了变化"
                f"（{gone.flow.state(gone.state).name.zh}）。请退回重拟，再发布公示。",
                f"Since the list was made, rank {gone.rank}, {gone.applicant_name}, has moved"
                f" ({gone.flow.state(gone.state).name.en}). Make the list anew, then publish it.",
            )
        )


@job_task
def settle_list(job: Job) -> None:
    """Take every application of a published list to where the list says. Begun again it goes on
    with those that are left."""
    round = Round.objects.get(pk=job.arguments["round"])
    assert job.user is not None  # an official started it
    actor = actor_of(job.user)
    assert actor is not None
    rows = round.applications.filter(state="ranked").order_by("id")
    total = rows.count()
    for done, application in enumerate(rows, 1):
        try:
            with transaction.atomic():
                _settle(application, round, actor, timezone.now())
        except Moved:
            continue
        if done % 50 == 0 or done == total:
            advance_job(job, done, total=total)


def _settle(application: Application, round: Round, actor: Actor, at: dt.datetime) -> None:
    """One application goes where its place says, and its applicant is told why."""
    outcome = str(application.place.get("outcome", "none"))
    why = Text(str(application.place.get("zh", "")), str(application.place.get("en", "")))
    if outcome == "award":
        event = advance(
            application,
            "propose",
            by=actor,
            note=why.zh,
            at=at,
            evidence={
                "publicity_from": round.publicity_from,
                "publicity_until": round.publicity_until,
            },
        )
        until = round.publicity_until
        why = Text(
            f"{why.zh}。公示到 {said_day(until).zh} 止，公示期内如有异议会先核实。",
            f"{why.en}. In publicity until {said_day(until).en}; objections are looked into first.",
        )
    else:
        step = "put_on_reserve" if outcome == "reserve" else "not_select"
        event = advance(application, step, by=actor, note=why.zh, at=at)
    tell_applicant(application, event, why)


def tell_applicant(application: Application, event: Event, body: Text) -> None:
    """A notice to those who act for the applicant, and to nobody else: whoever published the list
    needs no notice of each line."""
    public = application.flow.state(application.state).public
    notify(
        event,
        applicants_of(application),
        subject=Text(f"{application.number}：{public.zh}", f"{application.number}: {public.en}"),
        body=body,
        link=f"/applications/{application.pk}/",
    )


def hold_round(round: Round) -> None:
    """Take the round's row lock by writing to it, so that two who count places do so in turn."""
    Round.objects.filter(pk=round.pk).update(year=models.F("year"))


def promote(
    application: Application, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Move one up from the reserve to a place that has become free, with publicity of its own.

    The rules say who is next; StepRefused names them where it is somebody else, or says that no
    place is free.
    """
    round = application.round
    only_organiser(round, actor)
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        hold_round(round)
        try:
            due, text = next_in_line(round)
        except AllocationError as error:
            raise StepRefused(error.message) from error
        if due is None:
            raise StepRefused(
                Text(
                    "现在没有空出的名额，不能递补。有入选的被取消资格或撤回后，名额才会空出。",
                    "No place is free. One becomes free when somebody on the list is dropped or"
                    " withdraws.",
                )
            )
        if due.id != application.number:
            raise StepRefused(
                Text(
                    f"按名次和名额规则，应由 {due.id} 递补。如其放弃，请先请其撤回申报。",
                    f"By rank and quotas {due.id} is next. If they decline, have them withdraw"
                    " first.",
                )
            )
        event = advance(
            application,
            "promote",
            by=actor,
            note=note,
            at=now,
            evidence={
                "publicity_from": day,
                "publicity_until": add_workdays(day, round.rule.publicity_workdays),
                "amount_fen": due.amount_fen,
                "place": said(due) | {"rank": application.rank},
            },
        )
        _publish(round, text, now, public=True)
        until = application.publicity_until
        tell_applicant(
            application,
            event,
            Text(
                f"由备选递补入选，公示到 {said_day(until).zh} 止。",
                f"Moved up from the reserve; in publicity until {said_day(until).en}.",
            ),
        )
    return event


def drop(
    application: Application, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Take one off the list with the reason; its place is free for the reserve."""
    only_organiser(application.round, actor)
    with transaction.atomic():
        event = advance(application, "drop", by=actor, note=note, at=at)
        tell_applicant(application, event, Text(event.note, event.note))
    return event


def close_reserve(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> int:
    """End the reserve list of a round whose document is out; how many were on it. Idempotent."""
    only_organiser(round, actor)
    if round.state != "awarded":
        raise StepRefused(
            Text(
                "发文认定之后才能结束备选，在此之前名额还可能空出。",
                "The reserve ends only after the document is out; until then places may become"
                " free.",
            )
        )
    ended = 0
    why = Text("备选期结束，未递补", "The reserve list has ended")
    for application in round.applications.filter(state="reserve").order_by("rank"):
        with transaction.atomic():
            event = advance(application, "not_select", by=actor, note=why.zh, at=at)
            tell_applicant(application, event, why)
        ended += 1
    return ended
