"""What officials do with hits: decide them with a reason. Until then the matter is stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import OFFICIAL_ROLES, Actor
from dengta.core.shapes import Text
from dengta.funding.models import Filing, Hit
from dengta.funding.queries.hits import KINDS, matter_of, stopping, unscreened
from dengta.registry.queries import officials_for
from dengta.trail.actions import Moved, StepRefused, advance, notify
from dengta.trail.models import Case, Event

_NAMED = 3


class Stopped(StepRefused):
    """A matter that may not be approved or paid yet; `hits` are why, empty while it waits to be
    screened."""

    def __init__(self, text: Text, hits: Sequence[Hit] = ()) -> None:
        self.hits = tuple(hits)
        super().__init__(text)


def stop_if_open(thing: Case) -> None:
    """Stopped when a hit on a matter is open or was upheld, or the matter is yet to be screened;
    nothing otherwise. To be called in the transaction that approves, issues or pays."""
    if unscreened(thing.flow.id, [thing.pk]):
        raise Stopped(
            Text(
                "这一件的查重还没有完成，通常几分钟内完成。请稍后再办。",
                "This matter is still being screened for duplicates, which takes minutes at most."
                " Come back shortly.",
            )
        )
    hits = stopping(thing)
    if hits:
        raise Stopped(stopped_by(hits), hits)


def stopped_by(hits: Sequence[Hit]) -> Text:
    """Why a matter is stopped, and where that is decided."""
    upheld = [hit for hit in hits if hit.decided_at]
    named = [_named(hit) for hit in hits[:_NAMED]]
    zh, en = "；".join(one.zh for one in named), "; ".join(one.en for one in named)
    more = len(hits) - len(named)
    if more:
        zh, en = f"{zh}；另有 {more} 条", f"{en}; and {more} more"
    if len(upheld) == len(hits):
        return Text(
            f"已判定重复，不能批准或付款：{zh}。请退回或不予支持；如判定有误，"
            "可在“重复线索”里重新判定。",
            f"Found to be a duplicate, so nothing is approved or paid: {en}. Return or reject it;"
            " a wrong decision can be taken anew under “Duplicate hits”.",
        )
    return Text(
        f"有重复线索还没有判定，暂停批准和付款：{zh}。请先在“重复线索”里判定。",
        f"Hits are still open, so nothing is approved or paid: {en}. Decide them first under"
        " “Duplicate hits”.",
    )


def _named(hit: Hit) -> Text:
    kind = KINDS[hit.kind]
    if hit.filing_id == hit.other_id:
        return Text(f"{hit.number}（{kind.zh}）", f"{hit.number} ({kind.en})")
    return Text(
        f"{hit.number}（{hit.filing.number} 与 {hit.other.number}，{kind.zh}）",
        f"{hit.number} ({hit.filing.number} and {hit.other.number}, {kind.en})",
    )


def dismiss(
    hit: Hit, actor: Actor, *, reason: str, seen: str = "", at: dt.datetime | None = None
) -> Event:
    """It is no duplicate; the matter goes on. See `uphold`."""
    return _decide(hit, "dismiss", actor, reason, seen, at)


def uphold(
    hit: Hit, actor: Actor, *, reason: str, seen: str = "", at: dt.datetime | None = None
) -> Event:
    """It is a duplicate: the matter stays stopped, and whoever has it is told.

    `seen` is the ground as it was shown (`ground_of`). StepRefused without a reason; NotAllowed for
    an office that does not cover the claimant; Moved when somebody has decided it or its ground has
    changed meanwhile.
    """
    return _decide(hit, "uphold", actor, reason, seen, at)


def ground_of(hit: Hit) -> str:
    """A mark of what a hit rests on and of the decision on it, so that nobody decides on what has
    changed under them, nor undoes a decision that they have not read."""
    decided = f"{hit.decided_at:%Y%m%d%H%M%S%f}" if hit.decided_at else ""
    ground = f"{hit.found_at:%Y%m%d%H%M%S%f}.{hit.score_bps}.{hit.amount_fen}.{len(hit.path)}"
    return f"{ground}.{decided}"


def _decide(
    hit: Hit, step: str, actor: Actor, reason: str, seen: str, at: dt.datetime | None
) -> Event:
    now = at or timezone.now()
    with transaction.atomic():
        there = Hit.objects.select_for_update().get(pk=hit.pk)
        event = advance(
            hit, step, by=actor, note=reason, at=now,
            reasons={"path": there.path, "amount_fen": there.amount_fen},
            evidence={"decision": reason.strip()[:2000], "decided_at": now},
        )  # fmt: skip
        if seen and ground_of(there) != seen:
            raise Moved(
                Text(
                    "您打开之后，这条线索已有新的判定或依据，这一次没有改动。请看过现在的内容，"
                    "需要时再判定。",
                    "Since you opened it this hit was decided, or what it rests on has changed;"
                    " nothing was done now. Read it as it is, then decide if need be.",
                )
            )
        if step == "uphold":
            _tell_holders(hit, event)
    return event


def _tell_holders(hit: Hit, event: Event) -> None:
    """Tell the office that has each matter, or the county's where it is with nobody of them."""
    people: set[int] = set()
    for filing in {hit.filing, hit.other}:
        people.update(_holders(filing))
    notify(
        event, people - {event.user_id or 0},
        subject=Text("线索判定为重复", "A duplicate was confirmed"),
        body=Text(
            f"{hit.number}：{hit.filing.number} 与 {hit.other.number} 判定为重复，已暂停付款。"
            f"理由：{event.note} 请退回或不予支持。",
            f"{hit.number}: {hit.filing.number} and {hit.other.number} were found to be duplicates."
            f" Reason: {event.note} Return or reject the claim; payment is stopped.",
        ),
        link=f"/official/hits/{hit.pk}/",
    )  # fmt: skip


def _holders(filing: Filing) -> list[int]:
    matter = matter_of(filing)
    region = filing.organisation.region_code
    owner = matter.flow.state(matter.state).owner if matter is not None else ""
    return officials_for(owner if owner in OFFICIAL_ROLES else "county", region)
