"""集中发放: at nine o'clock everybody comes at once. Whoever comes gets a place in the queue by
one INSERT; the queue is served in order, by the thousand, by whoever has time: the one who came,
the clock, a worker. Each gets an answer, and nobody gets two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.granting import voucher_amount
from dengta.core.money import yuan
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.core.wording import said_day, said_moment
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.vouchers import check_terms
from dengta.funding.actions.vouchers_granting import Want, grant_all, prepare
from dengta.funding.actions.vouchers_money import Purses
from dengta.funding.models import Budget, Issuance, Opening, Ticket, Voucher
from dengta.funding.queries.budgets import place_name, room_in, scheme_of
from dengta.funding.queries.openings import due, waiting
from dengta.funding.queries.vouchers import earlier, granted_left, terms_of, verdict_for
from dengta.registry.models import Organisation
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance,
    begin,
    enqueue_job,
    job_task,
)
from dengta.trail.models import Event, Job

BATCH = 1_000
PATIENCE = dt.timedelta(seconds=3)
"""Whoever has waited so long at the head of the queue was left alone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an opening is to be: the edition of its scheme, title, from when to when."""

    scheme: str
    title: str
    opens_at: dt.datetime
    closes_at: dt.datetime


# ---------------------------------------------------------------- the office


def plan(actor: Actor, wanted: Plan, *, at: dt.datetime | None = None) -> Opening:
    """Plan an opening of a scheme that goes to whoever comes first. StepRefused for another scheme
    or for times that cannot be; NotAllowed for anybody but the province."""
    now = at or timezone.now()
    if actor.role != "province":
        raise NotAllowed(
            Text("发券场次由省级筹备。", "Openings are planned by the province's office.")
        )
    scheme = scheme_of(wanted.scheme)
    if scheme.kind != "voucher" or scheme.granting != "first_come":
        raise StepRefused(
            Text(
                f"“{scheme.name.zh}”需要审核发放，不能先到先得。请选择先到先得的办法。",
                f"“{scheme.name.en}” is reviewed, not first come. Choose a first-come scheme.",
            )
        )
    if wanted.opens_at <= now:
        raise StepRefused(
            Text(
                "开放时间已经过了。请填今后的时间，并留出公告的时间。",
                "That time has gone by. Give one to come, with time left to announce it.",
            ),
            "opens_at",
        )
    if wanted.closes_at <= wanted.opens_at:
        raise StepRefused(
            Text(
                "结束时间须在开放时间之后。请改正结束时间。",
                "It must end after it opens. Mend the end.",
            ),
            "closes_at",
        )
    opening = Opening(
        scheme=scheme.edition,
        programme=scheme.programme,
        year=timezone.localdate(wanted.opens_at).year,
        title=wanted.title.strip(),
        region_code=actor.region,
        opens_at=wanted.opens_at,
        closes_at=wanted.closes_at,
        created_at=now,
    )
    begin(opening, by=actor, at=now)
    return opening


def announce(opening: Opening, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Make an opening public. StepRefused while the money that pays has not been opened, or where
    nothing of it is left to give."""
    now = at or timezone.now()
    _refuse_empty(Purses(scheme_of(opening.scheme), opening.year).budgets(opening.region_code))
    with transaction.atomic():
        event = advance(opening, "announce", by=actor, at=now)
        Issuance.objects.get_or_create(
            key=_key(opening),
            defaults={
                "scheme": opening.scheme, "programme": opening.programme, "year": opening.year,
                "title": opening.title, "reason": "集中发放", "user_id": actor.user_id or None,
                "created_at": now,
            },
        )  # fmt: skip
    return event


def _refuse_empty(codes: list[str]) -> None:
    """StepRefused, with the figures, where a purse that pays has nothing free."""
    for budget in Budget.objects.filter(code__in=codes).order_by("code"):
        room = room_in(budget)
        if room.left_fen <= 0:
            held, reserved, name = yuan(room.held_fen), yuan(room.reserved_fen), place_name(budget)
            raise StepRefused(
                Text(
                    f"{name.zh}账上 {held} 元，其中已预留 {reserved} 元，可用 0.00 元，"
                    "公告后没有企业领得到。请先补充资金，再公告这一场。",
                    f"{name.en} holds {held} yuan, of which {reserved} are reserved: nothing is"
                    " free, and nobody would get any. Have it replenished before you announce.",
                )
            )


def close(opening: Opening, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """End an opening; whoever still waits is served first."""
    serve(opening, at=at)
    return advance(opening, "close", by=actor, at=at)


def cancel(opening: Opening, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Call an opening off, with a reason, which is what those who still wait are told."""
    now = at or timezone.now()
    with transaction.atomic():
        event = advance(opening, "cancel", by=actor, note=note, at=now)
        waiting(opening).update(
            answered_at=now,
            outcome=Ticket.Outcome.REFUSED,
            note={
                "zh": f"本场次已取消：{event.note}",
                "en": f"This opening was called off: {event.note}",
            },
        )
    return event


def _key(opening: Opening) -> str:
    return f"opening/{opening.pk}"


# ---------------------------------------------------------------- the queue


def take_ticket(
    opening: Opening,
    actor: Actor,
    facts: Mapping[str, FactValue],
    *,
    terms: object,
    agreed_by: str,
    at: dt.datetime | None = None,
) -> Ticket:
    """A firm takes its place in the queue, and is answered at once where that is possible. Taken
    twice it is the same place.

    `facts` are those that the value goes by, `terms` what was agreed to (see `terms_of`).
    StepRefused before it opens, with the time, and when it is over; NotEligible with every clause.
    """
    now = at or timezone.now()
    if actor.role != "enterprise":
        raise NotAllowed(
            Text(
                "服务券由企业领取，请用企业的账号登录。",
                "Vouchers are drawn by enterprises; sign in as one.",
            )
        )
    mine = opening.tickets.filter(organisation=actor.organisation_id).first()
    if mine is None:
        _is_open(opening, now)
        mine = _place(opening, actor, facts, terms, agreed_by, now)
    if mine.answered_at is None:
        _serve_if_possible(opening, mine, at)
        mine.refresh_from_db()
    return mine


def _place(
    opening: Opening,
    actor: Actor,
    facts: Mapping[str, FactValue],
    terms: object,
    agreed_by: str,
    now: dt.datetime,
) -> Ticket:
    """Decide whether the firm may, and put it into the queue."""
    scheme, day = scheme_of(opening.scheme), timezone.localdate(now)
    check_terms(scheme, terms, agreed_by)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    verdict = verdict_for(organisation, day, facts, scheme.programme)
    if verdict.outcome != "yes":
        raise NotEligible(verdict)
    amount = _value(scheme, organisation, opening.year, facts)
    try:
        with transaction.atomic():
            return Ticket.objects.create(
                opening=opening,
                organisation=organisation,
                facts=dict(facts),
                asked_fen=amount,
                verdict=verdict.as_json("zh-hans"),
                agreed_by=agreed_by.strip()[:60],
                at=now,
            )
    except IntegrityError:  # a second click was there first
        return opening.tickets.get(organisation=organisation)


def _value(
    scheme: Scheme, organisation: Organisation, year: int, facts: Mapping[str, FactValue]
) -> int:
    """What the firm's voucher would be worth, in 分. StepRefused when that is nothing."""
    before = earlier([organisation.pk], scheme).get(organisation.pk, 0)
    given = voucher_amount(scheme, facts, before, granted_left(organisation, scheme, year))
    if not given.amount_fen:
        said = given.steps[-1].text if given.steps else Text("", "")
        raise StepRefused(
            Text(
                f"按办法算下来没有可领的金额：{said.zh}",
                f"By the scheme there is nothing to draw: {said.en}",
            )
        )
    return given.amount_fen


def _is_open(opening: Opening, now: dt.datetime) -> None:
    """StepRefused before the time, with it, and after."""
    starts = timezone.localtime(opening.opens_at)
    if opening.state == opening.flow.start.id or now < opening.opens_at:
        raise StepRefused(
            Text(
                f"还没有到领取时间。本场次 {said_moment(starts).zh} 开放，请届时再领。",
                f"It is not open yet. It opens at {said_moment(starts).en}; come back then.",
            )
        )
    if opening.flow.state(opening.state).final or now >= opening.closes_at:
        raise StepRefused(
            Text(
                "本场次已经结束，不能再领取。下一场次的时间会在“发券场次”中公布。",
                "This opening is over. The next one will be announced on the list of openings.",
            )
        )


# ---------------------------------------------------------------- serving


def _serve_if_possible(opening: Opening, ticket: Ticket, at: dt.datetime | None) -> None:
    """Serve now, if nobody is before the ticket: else whoever is serves it too. Lest that one has
    died, or while the database is too busy, a worker is asked to look once a minute."""
    now = timezone.now()
    first = waiting(opening).first()
    if first is None:
        return
    try:
        if first == ticket or now - first.at > PATIENCE:
            serve(opening, at=at)
            return
    except OperationalError:
        pass
    enqueue_job(
        SYSTEM,
        serve_queue,
        Text(f"办理排队：{opening.title}", f"Serving the queue: {opening.title}"),
        key=f"serve/{opening.pk}/{now:%Y%m%d%H%M}",
        arguments={"opening": opening.pk},
    )


@job_task
def serve_queue(job: Job) -> None:
    """A worker serves whoever waits."""
    serve(Opening.objects.get(pk=job.arguments["opening"]))


def serve(opening: Opening, *, at: dt.datetime | None = None) -> int:
    """Answer whoever waits, in order, until nobody does; returns how many were answered here.

    Any number may serve at once. Whoever finds another serving leaves it to that one, who looks
    again after it has let go, so that nobody who came meanwhile is forgotten.
    """
    served = 0
    while ids := list(waiting(opening).values_list("pk", flat=True)[:BATCH]):
        answered = _serve_batch(opening, ids, at or timezone.now())
        if answered is None:
            break
        served += answered
    return served


def _serve_batch(opening: Opening, ids: list[int], at: dt.datetime) -> int | None:
    """Answer some tickets as one; None when another is serving."""
    scheme = scheme_of(opening.scheme)
    purses = Purses(scheme, opening.year)
    issuance = Issuance.objects.get(key=_key(opening))
    tickets = Ticket.objects.select_related("organisation").filter(pk__in=ids, answered_at=None)
    prepare(purses, map(_want, tickets), at)
    with transaction.atomic():
        # Without no_key, a ticket that is just being taken would look like somebody serving.
        mine = Opening.objects.select_for_update(skip_locked=_can_skip(), no_key=True)
        if mine.filter(pk=opening.pk).first() is None:
            return None
        batch = list(tickets.order_by("id"))
        _claim(batch, at)
        answers = grant_all(purses, issuance, [_want(one) for one in batch], SYSTEM, at=at)
        for ticket, answer in zip(batch, answers, strict=True):
            _answer(ticket, answer, at)
        Ticket.objects.bulk_update(
            batch, ["answered_at", "outcome", "note", "voucher"], batch_size=200
        )
        granted = [one for one in answers if isinstance(one, Voucher)]
        Issuance.objects.filter(pk=issuance.pk).update(
            asked=F("asked") + len(batch),
            issued=F("issued") + len(granted),
            issued_fen=F("issued_fen") + sum(one.granted_fen or 0 for one in granted),
        )
    return len(batch)


def _can_skip() -> bool:
    return bool(connection.features.has_select_for_update_skip_locked)


def _want(ticket: Ticket) -> Want:
    return Want(
        ticket.organisation, ticket.asked_fen, ticket.facts, ticket.verdict, ticket.agreed_by
    )


def _claim(batch: list[Ticket], at: dt.datetime) -> None:
    """Take tickets that nobody has answered, by compare-and-swap; all or none."""
    ids = [ticket.pk for ticket in batch]
    mine = Ticket.objects.filter(pk__in=ids, answered_at=None)
    if mine.update(answered_at=at, outcome=Ticket.Outcome.EMPTY) < len(ids):
        raise OperationalError("somebody else is serving this queue")


def _answer(ticket: Ticket, answer: Voucher | Text, at: dt.datetime) -> None:
    """Put the answer on a ticket."""
    ticket.answered_at = at
    if isinstance(answer, Voucher):
        ticket.outcome, ticket.voucher = Ticket.Outcome.GRANTED, answer
        fen = yuan(answer.granted_fen or 0)
        ticket.note = {
            "zh": f"已领到 {fen} 元，请在 {said_day(answer.expires_date).zh} 前使用。",
            "en": f"{fen} yuan granted, to be used by {said_day(answer.expires_date).en}.",
        }
        return
    gone = answer.zh.startswith("资金已领完")
    ticket.outcome = Ticket.Outcome.EMPTY if gone else Ticket.Outcome.REFUSED
    ticket.note = answer._asdict()


def tick(now: dt.datetime) -> tuple[int, int]:
    """Serve every queue, and close what is over; how many were answered, and closed. Idempotent."""
    served = closed = 0
    for opening in Opening.objects.filter(state="announced", opens_at__lte=now):
        served += serve(opening)
    for opening in due(now):
        closed += not waiting(opening).exists() and bool(advance(opening, "close", by=SYSTEM))
    return served, closed


__all__ = ["BATCH", "Plan", "announce", "cancel", "close", "plan", "serve", "serve_queue",
           "take_ticket", "terms_of", "tick"]  # fmt: skip
