"""Writes of the draw of experts: a seed is committed to in public, then drawn with in the open."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core import draws
from dengta.core.records import as_text
from dengta.core.shapes import Text
from dengta.programmes.actions.moving import only_organiser
from dengta.programmes.models import PanelDraw, Panelist, Publication, Round
from dengta.programmes.queries.experts import pool_of, user_of
from dengta.trail.actions import Moved, StepRefused, advance, begin, notify
from dengta.trail.models import Event

DRAWING = ("open", "closed", "review")
"""States of a round in which its experts are drawn."""


def hold(round: Round) -> None:
    """Take the round's row lock, so that two officials act one after the other, and see it as it
    is now. Call it in a transaction."""
    Round.objects.filter(pk=round.pk).update(created_at=models.F("created_at"))
    round.refresh_from_db()


def publish_text(
    round: Round, kind: str, text: str, *, public: bool, at: dt.datetime
) -> Publication:
    """Keep a document of a round byte for byte; the same content is one publication."""
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    found, _ = Publication.objects.get_or_create(
        round=round, kind=kind, digest=digest, defaults={"text": text, "public": public, "at": at}
    )
    return found


def commit_draw(
    round: Round,
    actor: Actor,
    count: int,
    *,
    floors: Mapping[str, int] | None = None,
    public_source: str = "",
    at: dt.datetime | None = None,
) -> PanelDraw:
    """Freeze the pool and publish a commitment to a seed that nobody knows.

    `floors` say how many of a main field are drawn at the least; `public_source` names a public
    value of a later day that enters the draw, too. Asked again while a draw is open, Moved says so;
    the same again is the same draw.
    """
    now = at or timezone.now()
    only_organiser(round, actor)
    if "panel" not in round.rule.steps:
        raise StepRefused(
            Text("本遴选没有专家评审环节，不用抽取专家。", "This selection has no panel.")
        )
    if round.state not in DRAWING:
        raise StepRefused(
            Text(
                "批次发布后、拟定名单前才能抽取专家。",
                "Experts are drawn after the notice is published and before the list is made.",
            )
        )
    least = {field: number for field, number in (floors or {}).items() if number}
    pool, seed = pool_of(round), secrets.token_hex(32)
    try:
        announced = draws.announce(
            pool.entries,
            draws.commitment_of(seed),
            count,
            least,
            f"{round.number} {round.name}",
            public_source.strip(),
        )
    except draws.DrawError as wrong:
        raise StepRefused(wrong.message) from wrong
    drawn = PanelDraw(
        round=round,
        count=count,
        commitment=announced.commitment,
        seed=seed,
        entries=[list(entry) for entry in pool.entries],
        announcement=announced.as_json(),
        committed_at=now,
    )
    try:
        with transaction.atomic():
            hold(round)
            begin(drawn, by=actor, at=now)
            text = as_text(announced.as_json())
            publish_text(round, Publication.Kind.ANNOUNCEMENT, text, public=True, at=now)
    except IntegrityError:
        return _standing(round, count, least)
    return drawn


def _standing(round: Round, count: int, floors: Mapping[str, int]) -> PanelDraw:
    """The open draw, if it is the same; else Moved."""
    standing = round.draws.get(state="committed")
    if standing.count == count and standing.announcement["floors"] == floors:
        return standing
    raise Moved(
        Text(
            f"已经公布了一次抽取（{standing.count} 人），还没有开抽。请先完成或作废那一次。",
            f"A draw of {standing.count} has been announced and not held. Hold or cancel it first.",
        )
    )


def hold_draw(
    drawn: PanelDraw, actor: Actor, *, public: str = "", at: dt.datetime | None = None
) -> Event:
    """Publish the seed, draw, and make those drawn the experts of the round; they are told.

    Anybody can recompute the record (`dengta draw verify`). Moved when it was drawn or cancelled
    already; StepRefused where a public value was announced and is not given.
    """
    now, round = at or timezone.now(), drawn.round
    only_organiser(round, actor)
    announced = draws.read_announcement(drawn.announcement)
    entries = [draws.Entry(*entry) for entry in drawn.entries]
    try:
        held = draws.draw(entries, announced, drawn.seed, public.strip())
    except draws.DrawError as wrong:
        raise StepRefused(wrong.message) from wrong
    record = held.as_json()
    with transaction.atomic():
        hold(round)
        event = advance(
            drawn,
            "draw",
            by=actor,
            at=now,
            reasons={"pool": len(entries), "drawn": len(held.sample)},
            evidence={"drawn_at": now, "record": record},
        )
        text = as_text(record)
        publish_text(round, Publication.Kind.DRAW, text, public=True, at=now)
        users = [user_of(number) for number in held.sample]
        Panelist.objects.bulk_create(
            [Panelist(round=round, user_id=user, draw=drawn) for user in users],
            ignore_conflicts=True,
        )
        notify(
            event,
            users,
            subject=Text(f"您被抽为“{round.name}”的评审专家", f"You are drawn for “{round.name}”"),
            body=Text(
                "分配后会再通知您。请核对工作单位和回避关系；不能参加的，请及早说明原因退出。",
                "You will be told when applications are assigned. Check your employer and ties; if"
                " you cannot take part, step back early and say why.",
            ),
            link="/expert/reviews/",
        )
    return event


def cancel_draw(
    drawn: PanelDraw, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Give up a draw before it is held, with the reason, which is public."""
    only_organiser(drawn.round, actor)
    return advance(drawn, "cancel", by=actor, note=note, at=at)
