"""提醒: whoever is past their days with a claim or voucher is told once for each stage it comes to,
and a firm once before each day on which a voucher of theirs expires. Any number of ticks, also at
once, tell it once: a chunk of cases is locked, what was told is looked up, and only then written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.models import Claim, Voucher
from dengta.funding.queries.onway import MODELS, Asked, Kind, Waiting, everywhere
from dengta.funding.queries.onway_forecast import expiring_vouchers
from dengta.registry.models import Membership
from dengta.registry.queries import officials_for
from dengta.trail.actions import notify, write_down
from dengta.trail.models import Event

_SOME = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a day brought: late cases of which offices, and firms, were told; vouchers about to
    expire of which firms were told."""

    offices: int = 0
    firms: int = 0
    vouchers: int = 0


def due(day: dt.date, at: dt.datetime | None = None) -> Reminded:
    """Everything that is to be reminded of on a day. Idempotent."""
    now = at or timezone.now()
    offices = firms = 0
    late = [row for row in everywhere(day) if row.late]
    for kind in MODELS:
        mine = sorted((row for row in late if row.kind == kind), key=lambda row: row.pk)
        for told in _in_parts(mine, partial(_late, kind, now)):
            offices += told.role != "enterprise"
            firms += told.role == "enterprise"
    ending = list(expiring_vouchers(Asked(), "", day).order_by("pk").values_list("pk", flat=True))
    vouchers = len(_in_parts(ending, partial(_expiring, day, now)))
    return Reminded(offices, firms, vouchers)


def _in_parts(things: Sequence[T], tell: Callable[[Sequence[T]], list[T]]) -> list[T]:
    """A few hundred at a time, each part in a transaction of its own."""
    told: list[T] = []
    for start in range(0, len(things), _SOME):
        with transaction.atomic():
            told += tell(things[start : start + _SOME])
    return told


# ---------------------------------------------------------------- late cases


def _late(kind: Kind, now: dt.datetime, rows: Sequence[Waiting]) -> list[Waiting]:
    things = _held(kind, [row.pk for row in rows])
    told = _told(kind, things)
    new = [
        row
        for row in rows
        if row.pk in things
        and things[row.pk].state == row.state
        and (row.pk, _stage(row)) not in told
    ]
    people = _people({things[row.pk].organisation_id for row in new if row.role == "enterprise"})
    offices: dict[tuple[str, str], list[int]] = {}
    for row in new:
        thing = things[row.pk]
        if row.role == "enterprise":
            users: Iterable[int] = people.get(thing.organisation_id, ())
        else:
            where = (row.role, row.office)
            if where not in offices:
                offices[where] = officials_for(*where)
            users = offices[where]
        said = _late_words(thing, row)
        event = write_down(
            _flow(kind), row.pk, _stage(row), by=SYSTEM, note=said[1].zh, at=now,
            reasons={"days": row.days, "allowed": row.allowed, "fen": row.fen},
        )  # fmt: skip
        notify(event, users, subject=said[0], body=said[1], link=_link(kind, row))
    return new


def _held(kind: Kind, ids: Sequence[int]) -> dict[int, Claim | Voucher]:
    """The cases as they stand, held until the end of the transaction."""
    rows = MODELS[kind]._default_manager.filter(pk__in=ids).select_related("organisation")
    return {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}


def _told(kind: Kind, things: Iterable[int]) -> set[tuple[int, str]]:
    """Which stages of which cases were told of before."""
    events = Event.objects.filter(flow=_flow(kind), thing_id__in=list(things))
    return set(events.values_list("thing_id", "step"))


def _flow(kind: Kind) -> str:
    return f"{kind}_reminder"


def _stage(row: Waiting) -> str:
    return f"{row.state}:{row.since}"


def _link(kind: Kind, row: Waiting) -> str:
    desk = "enterprise" if row.role == "enterprise" else "official"
    return f"/{desk}/{kind}s/{row.pk}/"


def _late_words(thing: Claim | Voucher, row: Waiting) -> tuple[Text, Text]:
    state, over = thing.flow.state(row.state), row.days - (row.allowed or 0)
    name, flow = thing.organisation.name, thing.flow.name
    if row.role == "enterprise":
        return (
            Text(
                f"{thing.number} 已超过补正期限 {over} 个工作日",
                f"{thing.number}: {over} working days past its date",
            ),
            Text(
                f"{flow.zh} {thing.number} 在 {said_day(row.since).zh} 退回，请于"
                f" {said_day(row.due).zh} 前补正，现在还没有"
                "重新提交。请打开修改后提交，资料都还在。",
                f"{flow.en} {thing.number} was returned on {said_day(row.since).en} and was"
                " to be mended by"
                f" {said_day(row.due).en}. Open it, mend what is named and submit it again;"
                " nothing is lost.",
            ),
        )
    return (
        Text(
            f"逾期 {over} 个工作日：{thing.number} {name}",
            f"{over} working days late: {thing.number} {name}",
        ),
        Text(
            f"{flow.zh} {thing.number}（{name}，{yuan(row.fen)} 元）自"
            f" {said_day(row.since).zh} 起在“"
            f"{state.name.zh}”，应于 {said_day(row.due).zh} 前办结，已过 {row.days} 个工作"
            "日。请尽快办理。",
            f"{flow.en} {thing.number} ({name}, {yuan(row.fen)} yuan) has been at “{state.name.en}”"
            f" since {said_day(row.since).en} and was due on {said_day(row.due).en};"
            f" {row.days} working days have passed."
            " Please deal with it.",
        ),
    )


def _people(organisations: Iterable[int]) -> dict[int, list[int]]:
    """Who acts for some organisations, by organisation; one query."""
    found: dict[int, list[int]] = {}
    rows = Membership.objects.filter(organisation__in=list(organisations))
    for organisation, user in rows.values_list("organisation", "user"):
        found.setdefault(organisation, []).append(user)
    return found


# ---------------------------------------------------------------- vouchers about to expire


def _expiring(day: dt.date, now: dt.datetime, ids: Sequence[int]) -> list[int]:
    things = _held("voucher", ids)
    told = _told("voucher", things)
    people = _people({thing.organisation_id for thing in things.values()})
    new = []
    for voucher in expiring_vouchers(Asked(), "", day).filter(pk__in=list(things)):
        step = f"expiring:{voucher.expires_date}"
        if (voucher.pk, step) in told or voucher.expires_date is None:
            continue
        left = voucher.left_fen
        body = _expiring_words(voucher, left, (voucher.expires_date - day).days)
        event = write_down(
            _flow("voucher"), voucher.pk, step, by=SYSTEM, note=body.zh, at=now,
            reasons={"fen": left},
        )  # fmt: skip
        subject = Text(
            f"服务券 {voucher.number} 将于 {said_day(voucher.expires_date).zh} 到期",
            f"Voucher {voucher.number} expires on {said_day(voucher.expires_date).en}",
        )
        link = f"/enterprise/vouchers/{voucher.pk}/"
        people_here = people.get(voucher.organisation_id, ())
        notify(event, people_here, subject=subject, body=body, link=link)
        new.append(voucher.pk)
    return new


def _expiring_words(voucher: Voucher, left: int, days: int) -> Text:
    return Text(
        f"还有 {yuan(left)} 元没有核销，{said_day(voucher.expires_date).zh}（{days} 天后）"
        f"到期后退回资金池，不能"
        "再用。请在到期前核销；不再使用的不必办理。",
        f"{yuan(left)} yuan have not been redeemed. After {said_day(voucher.expires_date).en}"
        f" (in {days} days)"
        " they go back to the pool. Redeem them before; if you no longer need them, do nothing.",
    )


__all__ = ["Reminded", "due"]
