"""What the calendar does to awards: days of defence and appeal pass, awards expire, holders are
reminded, changed names are followed. Every day may be done again; nothing happens twice."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.actions.effects import take_effect, tell_holder
from dengta.programmes.actions.proceedings import open_proceeding
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import LIVE, RUNNING
from dengta.registry.queries import officials_for, policy
from dengta.trail.actions import Moved, StepRefused, advance, notify
from dengta.trail.models import Event
from dengta.trail.queries import clock


class Passed(NamedTuple):
    """What a day brought: defences not stated, decisions in effect, awards expired, holders
    reminded, terms of rectification over, names followed."""

    undefended: int = 0
    in_effect: int = 0
    expired: int = 0
    reminded: int = 0
    overdue: int = 0
    renamed: int = 0


def due(day: dt.date) -> Passed:
    """Everything of awards that the calendar decides, as of `day`. Idempotent."""
    return Passed(
        undefended=_undefended(day),
        in_effect=_in_effect(day),
        expired=_expired(day),
        reminded=_reminded(day),
        overdue=_overdue(day),
        renamed=_renamed(day),
    )


def _moment(day: dt.date) -> dt.datetime:
    """Now, if it is that day; else the day's midnight."""
    now = timezone.now()
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return now if timezone.localdate(now) == day else midnight


def _late(state: str, day: dt.date) -> list[Proceeding]:
    """The proceedings whose working days in a state are over."""
    rows = Proceeding.objects.select_related("award__application__round").filter(state=state)
    found = []
    for proceeding in rows:
        running = clock(proceeding, _moment(day))
        if running is not None and running.due is not None and running.due < day:
            found.append(proceeding)
    return found


def _undefended(day: dt.date) -> int:
    done = 0
    for proceeding in _late("noticed", day):
        try:
            with transaction.atomic():
                event = advance(proceeding, "pass_defence", by=SYSTEM, at=_moment(day))
                notify(
                    event,
                    officials_for("province", proceeding.award.application.round.region_code),
                    subject=Text(
                        f"{proceeding.number} 逾期未申辩，待决定",
                        f"{proceeding.number}: no defence in time; to be decided",
                    ),
                    body=Text(proceeding.case_title, proceeding.case_title),
                    link=f"/official/proceedings/{proceeding.pk}/",
                )
        except Moved:
            continue
        done += 1
    return done


def _in_effect(day: dt.date) -> int:
    done = 0
    for proceeding in _late("decided", day):
        try:
            with transaction.atomic():
                event = advance(proceeding, "close", by=SYSTEM, at=_moment(day))
                took = take_effect(proceeding, _decider(proceeding), event.at)
                _tell_effect(proceeding, event, took)
        except Moved:
            continue
        done += 1
    return done


def _decider(proceeding: Proceeding) -> Actor:
    """Who decided: what takes effect later is still their act."""
    event = (
        Event.objects.filter(flow=proceeding.flow.id, thing_id=proceeding.pk, step="decide")
        .order_by("-id")
        .first()
    )
    assert event is not None, proceeding
    region = proceeding.award.application.round.region_code
    return Actor(event.user_id or 0, event.actor_name, event.role, region)


def _tell_effect(proceeding: Proceeding, event: Event, took: Event | None) -> None:
    award = Award.objects.select_related("application").get(pk=proceeding.award_id)
    state = award.flow.state(award.state).public
    if took is None:
        body = Text(
            f"决定已生效。认定现在是“{state.zh}”，不再另行执行。",
            f"The decision stands. The award is “{state.en}” already; nothing more follows.",
        )
    else:
        body = Text(
            f"复核期内没有申请复核，决定已生效。认定现在是“{state.zh}”。",
            f"Nobody appealed in time; the decision is in effect. The award is “{state.en}” now.",
        )
    tell_holder(
        award, event, Text(f"{award.number}：{state.zh}", f"{award.number}: {state.en}"), body
    )


def _expired(day: dt.date) -> int:
    done = 0
    rows = Award.objects.select_related("application__round")
    for award in rows.filter(state__in=RUNNING, expires_date__lt=day):
        try:
            with transaction.atomic():
                event = advance(award, "expire", by=SYSTEM, at=_moment(day))
                tell_holder(
                    award,
                    event,
                    Text(f"{award.number} 已到期", f"{award.number} has expired"),
                    Text(
                        f"有效期至 {said_day(award.expires_date).zh}。需要继续保留的，请在认"
                        "定页面申请续期。",
                        f"It held until {said_day(award.expires_date).en}. To keep it, ask"
                        " for its renewal on"
                        " its page.",
                    ),
                )
        except Moved:
            continue
        done += 1
    return done


def _latest_event(award: Award) -> Event | None:
    events = Event.objects.filter(flow=award.flow.id, thing_id=award.pk)
    return events.order_by("-id").first()


def _reminded(day: dt.date) -> int:
    """Holders whose award ends soon, once for each term of it."""
    before = dt.timedelta(days=policy().practised("award_renewal_days_before", day))
    rows = Award.objects.select_related("application__round", "organisation").filter(
        state="in_force", expires_date__gte=day, expires_date__lte=day + before
    )
    reminded = 0
    asked = Proceeding.objects.filter(kind="renewal", state__in=LIVE)
    for award in rows.exclude(pk__in=asked.values("award")):
        event = _latest_event(award)
        renewable = award.application.round.rule.validity_years
        if event is None or not renewable or event.notices.exists():
            continue
        tell_holder(
            award,
            event,
            Text(
                f"{award.number} 有效期至 {said_day(award.expires_date).zh}，可以申请续期",
                f"{award.number} holds until {said_day(award.expires_date).en}; ask for its"
                " renewal",
            ),
            Text(
                "请在认定页面申请续期。到期没有续期的，称号停止使用。",
                "Ask for the renewal on its page. Without one the title ends on that day.",
            ),
        )
        reminded += 1
    return reminded


def _overdue(day: dt.date) -> int:
    """Terms of rectification that are over: the office is told, once each, to look at it."""
    told = 0
    rows = Award.objects.select_related("application__round")
    for award in rows.filter(state="rectifying", rectify_until__lt=day):
        event = _latest_event(award)
        if event is None:
            continue
        office = officials_for("province", award.application.round.region_code)
        if event.notices.filter(user__in=office).exists():
            continue
        notify(
            event,
            office,
            subject=Text(
                f"{award.number} {award.holder_name}：整改期限已到",
                f"{award.number} {award.holder_name}: the term of rectification is over",
            ),
            body=Text(
                f"期限到 {said_day(award.rectify_until).zh}。请核查：合格的恢复有效，不合格"
                "的发起撤销。",
                f"It ended on {said_day(award.rectify_until).en}. Check: restore it, or"
                " begin to revoke it.",
            ),
            link=f"/official/awards/{award.pk}/",
        )
        told += 1
    return told


def _renamed(day: dt.date) -> int:
    """A case for every award whose holder has another name in the registry by now."""
    rows = Award.objects.select_related("application__round", "organisation").filter(
        state="in_force", organisation__isnull=False
    )
    changed = rows.exclude(holder_name=models.F("organisation__name"))
    opened = 0
    open_ = Proceeding.objects.filter(kind="renaming", state__in=LIVE)
    for award in changed.exclude(pk__in=open_.values("award")):
        assert award.organisation is not None
        name = award.organisation.name
        change = f"{award.holder_name}/{name}/{award.state_since.isoformat()}"
        key = f"renaming/{award.pk}/{hashlib.sha256(change.encode()).hexdigest()[:32]}"
        if Proceeding.objects.filter(key=key).exists():
            continue  # it was looked at, and refused
        try:
            open_proceeding(
                award,
                SYSTEM,
                "renaming",
                grounds=f"一企一档名称已由“{award.holder_name}”变更为“{name}”。",
                key=key,
                at=_moment(day),
            )
        except StepRefused:
            continue
        opened += 1
    return opened
