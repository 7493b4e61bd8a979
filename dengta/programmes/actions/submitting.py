"""Writes of handing in: submitting, handing in again what was returned, confirming what needs no
application, withdrawing.

The server's clock decides, by the moment at which the request came in: whoever waits for the
database past the deadline was in time. Handing in twice is handing in once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.filling import json_entry
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.actions.filling import hold
from dengta.programmes.actions.moving import move, only_applicant, tell
from dengta.programmes.actions.quotas import give_back, take
from dengta.programmes.models import Application, Entry
from dengta.programmes.queries.checks import as_stored, findings, verdict_of
from dengta.programmes.queries.forms import Form, Missing, form_of, value_of
from dengta.programmes.queries.quotas import recommending_state
from dengta.programmes.states import LIVE_STATES, MENDING_STATES
from dengta.registry.actions import refuse_sanctioned, state_facts
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused
from dengta.trail.models import Event

UNDONE = ("withdrawn", "lapsed", "terminated")
ITEMS_NAMED = 30
ATTEMPTS = 3


class Incomplete(StepRefused):
    """Required items are empty; `missing` lists every one with its section."""

    def __init__(self, form: Form) -> None:
        self.missing: tuple[Missing, ...] = form.missing
        sections = form.selection.sections
        zh, en = [], []
        for item in self.missing[:ITEMS_NAMED]:
            place = sections.get(item.section, Text("附件", "Papers"))
            zh.append(f"{place.zh}—{item.text.zh}")
            en.append(f"{place.en}: {item.text.en}")
        rest = len(self.missing) - len(zh)
        more = Text(f"等，另有 {rest} 项", f", and {rest} more") if rest else Text("", "")
        super().__init__(
            Text(
                f"还有 {len(self.missing)} 项没有填：{'；'.join(zh)}{more.zh}。补齐后即可提交。",
                f"{len(self.missing)} items are missing: {'; '.join(en)}{more.en}. Fill them in"
                " and hand in.",
            )
        )


class Busy(StepRefused):
    """The database had no time for it; nothing was written."""


class TooLate(StepRefused):
    """The deadline is over by the server's clock."""


def submit(
    application: Application, actor: Actor, *, pledged_by: str, at: dt.datetime | None = None
) -> Event:
    """Hand a draft in: complete, pledged, in time; checked by the machine at once.

    Handed in already, it is the event of that time. TooLate past the deadline, Incomplete with
    every missing item, QuotaUsedUp when the applicant has handed in as many as it may, Moved when
    it is not a draft any more, Busy when the database could not be reached in three attempts.
    """
    now = at or timezone.now()
    return patiently(lambda: _hand_in(application, actor, "submit", pledged_by, now))


def confirm(
    application: Application, actor: Actor, *, pledged_by: str, at: dt.datetime | None = None
) -> Event:
    """Confirm what needs no application (免申即享); checked anew by the machine. As `submit`."""
    now = at or timezone.now()
    return patiently(lambda: _hand_in(application, actor, "confirm", pledged_by, now))


def patiently(act: Callable[[], Event]) -> Event:
    """Do a whole transaction, once more when the database was too busy to begin it or broke it off
    for another; Busy after the third time. Whoever is inside a transaction already cannot."""
    for _ in range(ATTEMPTS):
        try:
            return act()
        except OperationalError:
            if connection.in_atomic_block:
                raise
    raise Busy(
        Text(
            "现在提交的人很多，这次没有收下，填报内容都在。请马上再点一次“提交”。",
            "Very many are handing in at this moment and yours was not taken; all that is filled in"
            " is there. Press “submit” once more.",
        )
    )


def _hand_in(
    application: Application, actor: Actor, step: str, pledged_by: str, now: dt.datetime
) -> Event:
    only_applicant(application, actor)
    try:
        with transaction.atomic():
            try:
                hold(application, application.flow.step(step).sources)
            except Moved:
                return _done(application, step)
            _in_time(application, now)
            _in_good_standing(application, now)
            pledge = _pledge(pledged_by)
            form = form_of(application, timezone.localdate(now))
            if step == "submit" and form.missing:
                raise Incomplete(form)
            _freeze(application, form, now)
            evidence = _checked(form, now) | {"submitted_at": now, "pledged_by": pledge}
            event = _go(application, step, actor, form, evidence, now)
    except StepRefused:
        application.refresh_from_db()
        raise
    return event


def _done(application: Application, step: str) -> Event:
    """The event of the time when it was handed in; Moved when that does not stand any more."""
    event = _last(application, step)
    if event is None or application.state in UNDONE:
        state = application.flow.state(application.state).public
        raise Moved(
            Text(
                f"{application.number} 现在的状态是“{state.zh}”，不能提交。",
                f"{application.number} is now “{state.en}” and cannot be handed in.",
            )
        )
    return event


def _last(application: Application, *steps: str) -> Event | None:
    found = Event.objects.filter(flow="application", thing_id=application.pk, step__in=steps)
    return found.order_by("-id").first()


def _in_time(application: Application, now: dt.datetime) -> None:
    """TooLate or StepRefused unless the round took applications at that moment. A round that was
    closed while the request waited for the database does not turn it away."""
    round = application.round
    if round.state in ("open", "closed") and round.opens_at <= now < round.closes_at:
        return
    until, came = timezone.localtime(round.closes_at), timezone.localtime(now)
    if now >= round.closes_at:
        raise TooLate(
            Text(
                f"申报已于 {said_day(until.date()).zh} {until:%H:%M:%S} 截止，"
                f"收到您的提交时是 {came:%H:%M:%S}，以服务器时间为准，没有提交。"
                "填报内容保留，可带入下一批次。",
                f"The deadline was {said_day(until.date()).en}, {until:%H:%M:%S}; yours came in at"
                f" {said_day(came.date()).en}, {came:%H:%M:%S} by the server's clock and was not"
                " taken. What is filled in is kept and can go into the next round.",
            )
        )
    raise StepRefused(
        Text(
            f"“{round.name}”现在不接收申报，请查看批次页面的公告。",
            f"“{round.name}” takes no applications now. See the notice of the round.",
        )
    )


def _in_good_standing(application: Application, now: dt.datetime) -> None:
    """Sanctioned while the applicant is barred; offices never are."""
    if application.organisation is not None:
        refuse_sanctioned(application.organisation, timezone.localdate(now))


def _pledge(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise StepRefused(
            Text(
                "请填写承诺人姓名（一行，最多 60 字），由其对申报内容的真实性负责。",
                "Name the person who answers for the truth of this, in one line of 60 signs.",
            )
        )
    return name


def _freeze(application: Application, form: Form, now: dt.datetime) -> None:
    """Keep what came from the register as it is now, so that the form does not change later."""
    Entry.objects.bulk_create(
        [
            Entry(
                application=application,
                field=field.rule.id,
                value=json_entry(field.value),
                user=None,
                at=now,
            )
            for field in form.fields
            if field.origin == "registry" and not field.version
        ],
        ignore_conflicts=True,
    )


def _checked(form: Form, now: dt.datetime) -> dict[str, Any]:
    """What the machine decided and saw, and what quotas go by, as evidence of the step."""
    application, day = form.application, timezone.localdate(now)
    verdict = verdict_of(form, day)
    values = form.values
    organisation = application.organisation
    if form.selection.sector:
        sector = str(values.get(form.selection.sector) or "")
    else:
        code = str(form.facts.get("industry_code") or "")
        sector = code.lstrip("ABCDEFGHIJKLMNOPQRST")[:2] or code[:1]
    return {
        "verdict": verdict.as_json("zh-hans") if verdict else {},
        "policy_digest": policy().digest,
        "sector": sector[:40],
        "region_code": organisation.region_code if organisation else application.region_code,
        "applicant_name": organisation.name if organisation else application.applicant_name,
        **as_stored(findings(application, day, form=form)),
    }


def _go(
    application: Application,
    step: str,
    actor: Actor,
    form: Form,
    evidence: Mapping[str, Any],
    now: dt.datetime,
    note: str = "",
) -> Event:
    """Move on, keep what was stated, count the quotas, tell. One transaction is around it."""
    first = application.submitted_at is None
    if not recommending_state(form.selection) and first:
        evidence = {**evidence, "recommended_at": now}
    event = move(
        application,
        step,
        actor,
        note=note,
        reasons={
            "eligible": evidence["verdict"].get("eligible", "unknown"),
            "exceptions": evidence["exceptions"],
            "policy_digest": evidence["policy_digest"],
        },
        evidence=evidence,
        at=now,
    )
    _state(actor, form)
    if first:
        take(application, at="submit")
        if application.recommended_at:
            take(application)
    tell(application, event)
    return event


def _state(actor: Actor, form: Form) -> None:
    """Write back into 一企一档 what the applicant says of itself and the register did not."""
    if form.application.organisation is None:
        return
    news = {
        field.rule.fact: json_entry(field.value)
        for field in form.fields
        if field.rule.fact
        and field.origin == "own"
        and field.value is not None
        and form.known.get(field.rule.fact) != field.value
    }
    if news:
        state_facts(actor, news)


def resubmit(
    application: Application, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Hand in again what an office returned: back to that office and no other; all checks anew.

    Every reopened item is changed, or `note` says why not. Handed in already, it is the event of
    that time. Incomplete, StepRefused (nothing changed and no word why) or Moved.
    """
    now = at or timezone.now()
    only_applicant(application, actor)
    steps = [step.id for step in application.flow.steps if step.id.startswith("resubmit_")]
    try:
        with transaction.atomic():
            try:
                hold(application, MENDING_STATES)
            except Moved:
                event = _last(application, *steps)
                if event is None or application.state in UNDONE:
                    raise
                return event
            _in_good_standing(application, now)
            form = form_of(application, timezone.localdate(now))
            if form.missing:
                raise Incomplete(form)
            office = _answer(application, form, note, now)
            event = _go(
                application, f"resubmit_{office}", actor, form, _checked(form, now), now, note
            )
    except StepRefused:
        application.refresh_from_db()
        raise
    return event


def _answer(application: Application, form: Form, note: str, now: dt.datetime) -> str:
    """Close what was reopened; the office that waits for it. StepRefused for items that are as
    they were, with no word why."""
    reopened = list(application.reopenings.filter(answered_at=None).order_by("id"))
    fields = {field.rule.id: field for field in form.fields}
    papers = {f"slot:{slot.rule.id}": slot for slot in form.slots}
    same: list[Text] = []
    for each in reopened:
        if each.item in fields:
            field = fields[each.item]
            if field.value == value_of(field.rule, each.before):
                same.append(field.rule.text)
        elif each.item in papers:
            slot = papers[each.item]
            if [paper.pk for paper in slot.papers] == (each.before or []):
                same.append(slot.rule.text)
    if same and not note.strip():
        zh, en = "、".join(text.zh for text in same), ", ".join(text.en for text in same)
        raise StepRefused(
            Text(
                f"退回的项目还没有改：{zh}。请修改后提交；确实不用改的，请写明理由。",
                f"Returned and not changed yet: {en}. Mend them, or say why they stay.",
            )
        )
    application.reopenings.filter(answered_at=None).update(answered_at=now)
    return reopened[-1].office


def withdraw(
    application: Application, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Take an application back; its quotas are free again. Withdrawn already, it is the event of
    that time."""
    only_applicant(application, actor)
    with transaction.atomic():
        try:
            hold(application, LIVE_STATES)
        except Moved:
            event = _last(application, "withdraw")
            if event is None:
                raise
            return event
        event = move(application, "withdraw", actor, note=note, at=at)
        give_back(application)
        tell(application, event)
    return event
