"""Writes of rounds: preparing, publishing, extending, closing by the clock, ending."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.selection import Quota
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.actions.moving import only_organiser, tell
from dengta.programmes.models import Application, QuotaCount, Round
from dengta.programmes.states import LIVE_STATES
from dengta.registry.queries import divisions, policy
from dengta.trail.actions import Moved, StepRefused, advance, begin
from dengta.trail.models import Event

WAITING = ("county_check", "city_recommend", "formal_check", "returned", "supplement")
"""States in which an application has not yet come through its checks."""
IN_FLIGHT = dt.timedelta(minutes=5)
"""So long after the deadline a draft may still be on its way in: what came to the server in time
and waits for the database is not to find its draft closed."""


def open_round(
    actor: Actor,
    *,
    selection: str,
    name: str,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    key: str,
    places: int | None = None,
    budget_fen: int | None = None,
    document_number: str = "",
    notice: str = "",
    at: dt.datetime | None = None,
) -> Round:
    """Prepare a round of a selection; the same `key` again is the same round.

    StepRefused for a selection that is not in force when the round opens, or days out of order.
    """
    now = at or timezone.now()
    round = Round(
        selection=selection,
        name=name.strip(),
        year=timezone.localdate(opens_at).year,
        region_code=actor.region,
        document_number=document_number.strip(),
        notice=notice.strip(),
        opens_at=opens_at,
        closes_at=closes_at,
        places=places,
        budget_fen=budget_fen,
        key=key,
        created_at=now,
    )
    only_organiser(round, actor)
    _fits(round)
    try:
        with transaction.atomic():
            begin(round, by=actor, at=now)
    except IntegrityError:
        same = Round.objects.filter(key=key).first()
        if same is None:
            raise
        return same
    return round


def _fits(round: Round) -> None:
    if not round.name or len(round.name) > 120 or not round.name.isprintable():
        raise StepRefused(
            Text(
                "请填写批次名称，一行，最多 120 字，例如“2026 年优秀应用场景遴选”。",
                "Name the round in one line of 120 characters at most.",
            )
        )
    if round.closes_at <= round.opens_at:
        raise StepRefused(
            Text(
                "申报截止时间要晚于开始时间，请核对两个时间。",
                "The deadline has to be after the opening. Check both times.",
            )
        )
    day = timezone.localdate(round.opens_at)
    if round.selection not in {each.id for each in policy().selections_on(day)}:
        raise StepRefused(
            Text(
                f"{said_day(day).zh} 没有编号为 {round.selection} 的有效遴选规则，请从列表中选择。",
                f"No selection {round.selection} is in force on {said_day(day).en}. Choose"
                " one of the list.",
            )
        )


def publish(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Publish the notice: the round takes applications from `opens_at`; quotas are set up."""
    only_organiser(round, actor)
    with transaction.atomic():
        event = advance(
            round, "publish", by=actor, evidence={"policy_digest": policy().digest}, at=at
        )
        counts = [
            QuotaCount(round=round, by=quota.by, value=value, limit=quota.of(value))
            for quota in round.rule.quotas
            if quota.at == "recommend"
            for value in _values(quota)
        ]
        QuotaCount.objects.bulk_create(counts, ignore_conflicts=True)
    return event


def _values(quota: Quota) -> list[str]:
    """What a quota is known to count; of industries and applicants, only what comes shows it."""
    if quota.by == "round":
        return [""]
    return [city.code for city in divisions()] if quota.by == "city" else sorted(quota.table)


def extend(
    round: Round,
    actor: Actor,
    *,
    closes_at: dt.datetime,
    note: str,
    at: dt.datetime | None = None,
) -> Event:
    """Move the deadline to a later moment, with the reason. StepRefused for an earlier one."""
    only_organiser(round, actor)
    if closes_at <= round.closes_at:
        raise StepRefused(
            Text(
                "只能把截止时间往后延，不能提前，已看到原时间的企业会因此受损。",
                "A deadline can only be moved to a later moment: firms rely on the one they saw.",
            )
        )
    return advance(round, "extend", by=actor, note=note, evidence={"closes_at": closes_at}, at=at)


def close_due(now: dt.datetime) -> int:
    """Close every round whose deadline has passed; what was never handed in lapses a little later
    (`IN_FLIGHT`). Idempotent. Returns how many rounds were closed."""
    closed = 0
    for round in Round.objects.filter(state="open", closes_at__lte=now):
        try:
            with transaction.atomic():
                advance(round, "close", by=SYSTEM, at=now)
        except Moved:
            continue
        closed += 1
    drafts = Application.objects.select_related("round").filter(
        state="draft", round__closes_at__lte=now - IN_FLIGHT
    )
    for application in drafts:
        try:
            with transaction.atomic():
                event = advance(application, "lapse", by=SYSTEM, at=now)
                tell(application, event, body=_TOO_LATE)
        except Moved:
            continue
    return closed


_TOO_LATE = Text(
    "申报截止时未提交，草稿已关闭，填报内容仍可查看，并可带入下一批次。",
    "It was not handed in by the deadline. The draft is closed; what it holds can be read and taken"
    " into the next round.",
)


def begin_review(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Go from checking to reviewing, when no application waits for a check any more."""
    only_organiser(round, actor)
    waiting = round.applications.filter(state__in=WAITING).count()
    if waiting:
        raise StepRefused(
            Text(
                f"还有 {waiting} 件申报没有审完，审完后才能进入评审。请先办理或催办。",
                f"{waiting} applications are still being checked. Finish these before the review.",
            )
        )
    return advance(round, "begin_review", by=actor, at=at)


def terminate(round: Round, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """End a round with the reason; every application that is still alive ends with it."""
    only_organiser(round, actor)
    with transaction.atomic():
        event = advance(round, "terminate", by=actor, note=note, at=at)
        for application in round.applications.select_related("round").filter(state__in=LIVE_STATES):
            ended = advance(application, "terminate", by=actor, note=note, at=event.at)
            tell(application, ended)
    return event
