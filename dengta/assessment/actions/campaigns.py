"""Campaigns: open one for a list, remind who has not answered, close it.

Notices go out behind the pages, some hundred firms at a time. Each round of them is one Event and
one Job whose key is unique, so that a double click, a second tick or a second worker sends nothing
twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.models import Campaign, Invitation
from dengta.assessment.queries.audience import Basis, chosen
from dengta.assessment.queries.campaigns import (
    KIND,
    answerable,
    asker,
    deadline,
    least_gap,
    remindable,
)
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.actions import Refused
from dengta.registry.models import Membership
from dengta.registry.queries import policy
from dengta.trail.actions import (
    Moved,
    NotAllowed,
    StepRefused,
    advance,
    advance_job,
    begin,
    enqueue_job,
    job_task,
    notify,
)
from dengta.trail.models import Event, Job

LONGEST_NAME, LONGEST_NOTE = 120, 2000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What an official writes to open a campaign. `codes` is the pasted list where `basis` is one,
    `argument` the title or the industry where it is one of those."""

    name: str
    instrument: str
    due_date: dt.date
    basis: str
    argument: str = ""
    codes: str = ""
    note: str = ""


def open_campaign(
    actor: Actor, draft: Draft, *, at: dt.datetime | None = None
) -> tuple[Campaign, bool]:
    """Open a campaign for a list and let its firms know; whether it is new.

    The same list under the same name and deadline is the same campaign while it runs, so that a
    double click opens one. Refused names the field that cannot be.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    _check(actor, draft, day)
    firms = _firms(actor, draft, day)
    if not firms:
        raise Refused("basis", _nobody(draft))
    campaign = Campaign(
        name=draft.name.strip(),
        region_code=actor.region,
        instrument=draft.instrument,
        basis=draft.basis,
        argument=draft.argument,
        note=draft.note.strip(),
        due_date=draft.due_date,
        opened_at=now,
    )
    key = _key(campaign, firms)
    with transaction.atomic():
        name = Text(f"发布“{campaign.name}”", f"Open “{campaign.name}”")
        job, new = enqueue_job(actor, send_notices, name, key=key)
        if not new:
            return Campaign.objects.get(pk=job.arguments["campaign"]), False
        event = begin(campaign, by=actor, at=now)
        Invitation.objects.bulk_create(
            [Invitation(campaign=campaign, organisation_id=firm) for firm in firms],
            batch_size=_AT_ONCE,
        )
        job.arguments = {"campaign": campaign.pk, "event": event.pk, "firms": len(firms)}
        job.save(update_fields=["arguments"])
    return campaign, True


def _key(campaign: Campaign, firms: Sequence[int]) -> str:
    """What tells one campaign from another. Closed ones that were the same count up, so that one
    closed by mistake can be opened again."""
    alike = {
        field: getattr(campaign, field)
        for field in ("region_code", "name", "instrument", "basis", "argument", "due_date")
    }
    before = Campaign.objects.filter(**alike, state="closed").count()
    said = repr((sorted(map(str, alike.items())), sorted(firms), before))
    return f"campaign:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _check(actor: Actor, draft: Draft, day: dt.date) -> None:
    if not actor.official:
        raise NotAllowed(
            Text(
                "测评活动由经信部门发起。",
                "Campaigns are opened by the offices for economy and information.",
            )
        )
    name = draft.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(
            "name",
            Text(
                f"名称现有 {len(name)} 个字，请写 1 至 {LONGEST_NAME} 个字，企业会看到它。",
                f"The name has {len(name)} characters; write 1 to {LONGEST_NAME}. Firms see it.",
            ),
        )
    if len(draft.note.strip()) > LONGEST_NOTE:
        raise Refused(
            "note",
            Text(
                f"说明现有 {len(draft.note.strip())} 个字，请压缩到 {LONGEST_NOTE} 字以内。",
                f"The note has {len(draft.note.strip())} characters; keep to {LONGEST_NOTE}.",
            ),
        )
    if draft.instrument not in {one.id for one in answerable(day)}:
        raise Refused(
            "instrument",
            Text(
                "请从列表中选择评测指标：现行有效、企业可以填报的才能用。",
                "Choose the instrument from the list: in force, and with questions for firms.",
            ),
        )
    if draft.due_date <= day:
        raise Refused(
            "due_date",
            Text(
                f"截止日期 {said_day(draft.due_date).zh} 应晚于今天 {said_day(day).zh}，企业"
                "才来得及填。请改晚。",
                f"The deadline {said_day(draft.due_date).en} must be after today,"
                f" {said_day(day).en}. Choose a later day.",
            ),
        )


def _firms(actor: Actor, draft: Draft, day: dt.date) -> list[int]:
    try:
        found = chosen(actor, draft.basis, draft.argument, draft.codes, day)
    except ValueError as unknown:
        raise Refused(
            "argument",
            Text("请选择按什么确定名单。", "Choose what the list is made of."),
        ) from unknown
    return list(found.firms)


def _nobody(draft: Draft) -> Text:
    if draft.basis == Basis.LIST:
        return Text(
            "名单里没有一行可以邀请。请核对代码后再发布。",
            "Not one row of the list can be invited. Check the codes.",
        )
    return Text(
        "按这个条件，辖区内没有企业。请换一个条件，或粘贴名单。",
        "No firm of your territory fits. Choose another basis, or paste a list.",
    )


def remind(
    campaign: Campaign, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Job:
    """Remind the firms that have not answered and were not reminded lately (policy data).

    StepRefused when there is nobody to remind now.
    """
    now = at or timezone.now()
    with transaction.atomic():
        event = advance(campaign, "remind", by=actor, note=note, at=now)
        before = now - least_gap(now) * dt.timedelta(days=1)
        firms = _mark(remindable(campaign, before), now)
        if not firms:
            raise StepRefused(_nobody_to_remind(now))
        return _round(campaign, event, f"event-{event.pk}", actor, firms)


def _mark(due: models.QuerySet[Invitation], now: dt.datetime) -> int:
    """Note on the invitations that their firms are reminded now; how many they are."""
    return Invitation.objects.filter(pk__in=due.values("pk")).update(
        reminded_at=now, reminders=models.F("reminders") + 1
    )


def _round(campaign: Campaign, event: Event, which: str, actor: Actor, firms: int) -> Job:
    """One round of reminders, to be sent behind the pages."""
    job, _ = enqueue_job(
        actor,
        send_notices,
        Text(f"提醒“{campaign.name}”", f"Remind of “{campaign.name}”"),
        key=_round_key(campaign, which),
        arguments={"campaign": campaign.pk, "event": event.pk, "firms": firms},
    )
    return job


def _round_key(campaign: Campaign, which: str) -> str:
    return f"campaign:{campaign.pk}:{which}"


def _nobody_to_remind(now: dt.datetime) -> Text:
    gap = least_gap(now)
    return Text(
        f"现在没有要提醒的企业：未完成的企业在 {gap} 天内都已提醒过。请过几天再提醒。",
        f"Nobody to remind now: whoever has not answered was reminded within {gap} days."
        " Try again in some days.",
    )


def close(
    campaign: Campaign, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """End a campaign; no reminders go out after it. Answers that come later are late ones."""
    now = at or timezone.now()
    return advance(campaign, "close", by=actor, note=note, evidence={"closed_at": now}, at=now)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did: campaigns reminded of, campaigns closed, notices sent."""

    reminded: int
    closed: int
    notices: int


def tick(at: dt.datetime | None = None) -> Ticked:
    """Close what is past its deadline, remind on the days that policy names, send what waits.

    A day that was missed is caught up with until the next one; a second tick finds nothing to do.
    """
    now = at or timezone.now()
    reminded = closed = 0
    for campaign in Campaign.objects.filter(state="running").order_by("pk"):
        with suppress(Moved):  # another tick, or an official, was there first
            if now >= deadline(campaign):
                close(campaign, SYSTEM, at=now)
                closed += 1
            elif (days := _days_due(campaign, now)) is not None:
                reminded += _remind_on_day(campaign, days, now)
    waiting = list(Job.objects.filter(kind=KIND, started_at=None).values_list("pk", flat=True))
    for job_id in waiting:
        send_notices.call(job_id)
    sent = Job.objects.filter(pk__in=waiting).aggregate(firms=models.Sum("done"))["firms"]
    return Ticked(reminded, closed, sent or 0)


def _days_due(campaign: Campaign, now: dt.datetime) -> int | None:
    """The reminder day (days before the deadline) that has come last and was not yet done.

    A day that had passed when the campaign was opened is none: the opening itself told the firms.
    """
    day = timezone.localdate(now)
    left = (campaign.due_date - day).days
    long = (campaign.due_date - timezone.localdate(campaign.opened_at)).days
    named = map(int, policy().practised_words("reminder_days_before", day))
    came = [days for days in named if left <= days < long]
    if not came or Job.objects.filter(key=_round_key(campaign, f"{min(came)}-days")).exists():
        return None
    return min(came)


def _remind_on_day(campaign: Campaign, days: int, now: dt.datetime) -> bool:
    """The reminder of a named day, to all who have not answered and were not reminded today;
    whether there was anybody. The gap between reminders by hand does not hold here."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        event = advance(campaign, "remind", by=SYSTEM, reasons={"days_before": days}, at=now)
        if firms := _mark(remindable(campaign, midnight), now):
            _round(campaign, event, f"{days}-days", SYSTEM, firms)
            return True
        transaction.set_rollback(True)
    return False


@job_task
def send_notices(job: Job) -> None:
    """One round of notices: to all that were asked, or to those who were reminded with its event.

    Begun again after a worker died it tells nobody twice.
    """
    campaign = Campaign.objects.get(pk=job.arguments["campaign"])
    event = Event.objects.get(pk=job.arguments["event"])
    firms = campaign.invitations.all()
    if event.step == "remind":
        firms = firms.filter(reminded_at=event.at)
    told, total = 0, firms.count()
    subject, body = _words(campaign, event)
    for some in _some(firms):
        people = Membership.objects.filter(organisation__in=some).values_list("user", flat=True)
        notify(event, people, subject=subject, body=body, link="/enterprise/assessment/")
        told += len(some)
        advance_job(job, told, total=total)


def _some(firms: models.QuerySet[Invitation]) -> Iterator[list[int]]:
    """Organisations by the hundred, in the order of the list."""
    last = 0
    while rows := list(
        firms.filter(pk__gt=last).order_by("pk").values_list("pk", "organisation")[:_AT_ONCE]
    ):
        last = rows[-1][0]
        yield [organisation for _, organisation in rows]


def _words(campaign: Campaign, event: Event) -> tuple[Text, Text]:
    """Subject and text of a notice."""
    who, day = asker(campaign), campaign.due_date
    chinese, english = said_day(day)
    again = event.step == "remind"
    note = f"\n{event.note or campaign.note}".rstrip()
    return (
        Text(
            f"{'提醒：' if again else ''}请在{chinese}前完成测评",
            f"{'Reminder: ' if again else ''}Please complete the assessment by {english}",
        ),
        Text(
            f"{who.zh}发起“{campaign.name}”，请贵企业在{chinese}前完成数字化水平测评。{note}",
            f"{who.en} asks you in “{campaign.name}” to complete the assessment of your digital"
            f" level by {english}.{note}",
        ),
    )
