"""Writes of checking: passing, recommending, returning single fields, refusing; site visits; what
the clock ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.actions.evidence import drop
from dengta.core.filling import json_entry
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.programmes.actions.filling import hold
from dengta.programmes.actions.moving import move, tell
from dengta.programmes.actions.quotas import give_back, take
from dengta.programmes.models import Application, Reopening
from dengta.programmes.queries.checks import exceptions
from dengta.programmes.queries.forms import HELD, Form, form_of
from dengta.programmes.queries.quotas import recommending_state
from dengta.programmes.states import CHECKS, MENDING_STATES
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused, keep_document
from dengta.trail.models import Document, Event
from dengta.trail.queries import days_given

OFFICES: Mapping[str, str] = {office: state for state, (office, _, _) in CHECKS.items()}
"""Office -> the state in which it checks."""
KINDS = ("pass", "return", "supplement", "refuse", "reject")
REASON = 500


def check(
    application: Application,
    actor: Actor,
    step: str,
    *,
    note: str = "",
    reopen: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """An office's step in its check: `pass_`, `return_`, `supplement_`, `refuse_` or `reject_` with
    the office's name. ValueError for any other.

    Returning opens single items (a field, `slot:<id>`), each with its reason, and leaves the rest
    closed. Passing what the machine marked needs a word why. The pass that recommends takes the
    quotas: QuotaUsedUp when none is left. NotAllowed, Moved as `advance`.
    """
    kind, _, office = step.partition("_")
    if kind not in KINDS or office not in OFFICES:
        raise ValueError(f"{step} is no step of a check")
    try:
        with transaction.atomic():
            if kind == "pass":
                event = _pass(application, actor, step, office, note, at)
            elif kind in ("return", "supplement"):
                event = _return(application, actor, step, office, note, reopen or {}, at)
            else:
                event = move(application, step, actor, note=note, at=at)
                give_back(application)
            tell(application, event)
    except StepRefused:
        application.refresh_from_db()
        raise
    return event


def _pass(
    application: Application,
    actor: Actor,
    step: str,
    office: str,
    note: str,
    at: dt.datetime | None,
) -> Event:
    seen = exceptions(application)
    if seen and not note.strip():
        zh = "；".join(finding.text.zh for finding in seen[:3])
        en = "; ".join(finding.text.en for finding in seen[:3])
        raise StepRefused(
            Text(
                f"{application.number} 有 {len(seen)} 项异常：{zh}。"
                "请打开核对；可以通过的，请写明核对情况。",
                f"{application.number} has {len(seen)} exceptions: {en}. Look into it; to pass it,"
                " say what you found.",
            )
        )
    recommends = recommending_state(application.round.rule) == OFFICES[office]
    now = at or timezone.now()
    event = move(
        application,
        step,
        actor,
        note=note,
        reasons={
            "exceptions": [finding.id for finding in seen],
            "recommended": recommends,
        },
        evidence={"recommended_at": now} if recommends else {},
        at=now,
    )
    if recommends:
        take(application)
    return event


def _return(
    application: Application,
    actor: Actor,
    step: str,
    office: str,
    note: str,
    reopen: Mapping[str, str],
    at: dt.datetime | None,
) -> Event:
    now = at or timezone.now()
    form = form_of(application, timezone.localdate(now))
    names = _names(form)
    reasons = {item: reason.strip() for item, reason in reopen.items()}
    _check_items(reasons, names)
    _not_held(form, reasons)
    said = note.strip() or "；".join(
        f"{names[item].zh}：{reason}" for item, reason in reasons.items()
    )
    event = move(application, step, actor, note=said, reasons={"reopened": reasons}, at=now)
    Reopening.objects.bulk_create(
        [
            Reopening(
                application=application,
                item=item,
                reason=reason,
                before=_before(form, item),
                office=office,
                user_id=actor.user_id or None,
                at=now,
            )
            for item, reason in reasons.items()
        ]
    )
    return event


def _names(form: Form) -> dict[str, Text]:
    """What can be returned, by id: fields that the applicant fills in, headings of papers."""
    fields = {field.rule.id: field.rule.text for field in form.fields}
    return fields | {f"slot:{slot.rule.id}": slot.rule.text for slot in form.slots}


def _check_items(reasons: Mapping[str, str], names: Mapping[str, Text]) -> None:
    if not reasons:
        raise StepRefused(
            Text(
                "请选择要退回的填报项或附件，并逐项写明理由；没有选中的项目不会打开。",
                "Choose the fields or papers to return, each with its reason; the others stay"
                " closed.",
            )
        )
    for item, reason in reasons.items():
        if item not in names:
            raise StepRefused(
                Text(
                    f"申报表没有“{item[:40]}”这一项，没有退回。请刷新页面后再选。",
                    f"The form has no “{item[:40]}”; nothing was returned. Reload the page.",
                )
            )
        if not reason or len(reason) > REASON:
            raise StepRefused(
                Text(
                    f"请写明退回“{names[item].zh}”的理由，最多 {REASON} 字，对方才知道怎样改。",
                    f"Say why “{names[item].en}” is returned, in {REASON} signs at most.",
                )
            )


def _not_held(form: Form, reasons: Mapping[str, str]) -> None:
    """StepRefused for what the applicant cannot change in the form."""
    for field in form.fields:
        if field.rule.id in reasons and field.rule.fact in HELD and field.value is not None:
            raise StepRefused(
                Text(
                    f"{field.rule.text.zh}取自登记信息，不在申报表里改，没有退回。"
                    "如有误，请申报单位先更正一企一档，或审核不通过并说明理由。",
                    f"{field.rule.text.en} is that of the register and cannot be returned. Have"
                    " the register mended, or do not pass it, saying why.",
                )
            )


def _before(form: Form, item: str) -> object:
    for slot in form.slots:
        if item == f"slot:{slot.rule.id}":
            return [paper.pk for paper in slot.papers]
    return json_entry(form.values[item])


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one application in a batch: its event, or why it was not dealt with."""

    application: Application
    event: Event | None
    refusal: Text | None = None


def check_many(
    applications: Iterable[Application],
    actor: Actor,
    step: str,
    *,
    note: str = "",
    at: dt.datetime | None = None,
) -> list[Checked]:
    """Pass several, each for itself: one that is refused stops no other and says why. ValueError
    for a step that is no pass, since every return and refusal has a reason of its own."""
    if not step.startswith("pass_"):
        raise ValueError(f"{step} is dealt with one by one")
    done = []
    for application in applications:
        try:
            event = check(application, actor, step, note=note, at=at)
            done.append(Checked(application, event))
        except StepRefused as refused:
            done.append(Checked(application, None, refused.text))
    return done


def visit(
    application: Application,
    actor: Actor,
    *,
    visit_date: dt.date,
    note: str,
    passed: bool,
    report: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Enter what a site visit found. StepRefused without a finding, or for a day that is not
    between handing in and today; FileRefused for the report."""
    now = at or timezone.now()
    _check_visit(application, visit_date, note, timezone.localdate(now))
    document = _report(report, actor, timezone.localdate(now))
    evidence = {"visit_date": visit_date, "visit_note": note.strip(), "visit_report": document}
    try:
        with transaction.atomic():
            step = "pass_visit" if passed else "fail_visit"
            event = move(application, step, actor, note=note, evidence=evidence, at=now)
            if not passed:
                give_back(application)
            tell(application, event)
    except StepRefused:
        if document is not None:
            drop(document)
        application.refresh_from_db()
        raise
    return event


def _check_visit(application: Application, visit_date: dt.date, note: str, today: dt.date) -> None:
    if not note.strip() or len(note) > 5000:
        raise StepRefused(
            Text(
                "请写明现场核查情况，最多 5000 字。",
                "Say what the site visit found, in 5,000 signs at most.",
            )
        )
    since = timezone.localdate(application.submitted_at) if application.submitted_at else today
    if not since <= visit_date <= today:
        raise StepRefused(
            Text(
                f"现场日期 {said_day(visit_date).zh} 不对：应在提交日 {said_day(since).zh} "
                f"至今天 {said_day(today).zh} 之间。",
                f"The day of the visit, {said_day(visit_date).en}, should lie between"
                f" {said_day(since).en} (handed in) and"
                f" today, {said_day(today).en}.",
            )
        )


def _report(report: UploadedFile[bytes] | None, actor: Actor, day: dt.date) -> Document | None:
    if report is None:
        return None
    return keep_document(
        report,
        by=actor,
        types=policy().practised_words("evidence_types", day),
        most_bytes=policy().practised("evidence_file_mb", day) * 2**20,
    )


def due(day: dt.date) -> int:
    """End what has waited too long for its applicant: returned past its days, not confirmed by the
    end of the round. Idempotent. Returns how many lapsed."""
    lapsed = 0
    waiting = Application.objects.select_related("round").filter(
        models.Q(state__in=MENDING_STATES) | models.Q(state="invited")
    )
    for application in waiting.order_by("id"):
        said = _overdue(application, day)
        if said is None:
            continue
        try:
            with transaction.atomic():
                hold(application, (application.state,))
                event = move(application, "lapse", SYSTEM, note=said.zh)
                give_back(application)
                tell(application, event, body=said)
        except Moved:
            continue
        lapsed += 1
    return lapsed


def _overdue(application: Application, day: dt.date) -> Text | None:
    if application.state == "invited":
        until = timezone.localdate(application.round.closes_at)
        if day <= until:
            return None
        return Text(
            f"截至 {said_day(until).zh} 没有确认，已失效。",
            f"Not confirmed by {said_day(until).en}; lapsed.",
        )
    days = days_given(application)
    if days is None:
        return None
    until = add_workdays(timezone.localdate(application.state_since), days)
    if day <= until:
        return None
    return Text(
        f"截至 {said_day(until).zh}（{days} 个工作日）没有修改后重新提交，已失效。",
        f"Not handed in again by {said_day(until).en} ({days} working days); lapsed.",
    )
