"""Awarding by document: only after publicity, one application after the other, each registered once
where it is given once only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import new_verify_code
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.actions.enrolling import enrol_award
from dengta.programmes.actions.listing import AT_ONCE, only_job, tell_applicant
from dengta.programmes.actions.moving import only_organiser
from dengta.programmes.actions.objections import hold_application
from dengta.programmes.models import Application, Award, Round
from dengta.programmes.queries.admission import ASKED_ROLE
from dengta.programmes.queries.drafting import already_given, once_key
from dengta.programmes.queries.forms import form_of
from dengta.programmes.queries.lists import OPEN_OBJECTIONS, due, standing
from dengta.registry.actions import award_title, refuse_sanctioned
from dengta.registry.queries import actor_of
from dengta.trail.actions import (
    Moved,
    StepRefused,
    advance,
    advance_job,
    begin,
    finish_job,
    job_task,
)
from dengta.trail.models import Job


@dataclass(slots=True)
class Awarded:
    """What came of awarding: how many now, and for whom not, each with the reason; `job` where it
    goes on behind the pages."""

    count: int = 0
    refused: list[tuple[Application, Text]] = field(default_factory=list)
    job: Job | None = None


def award(
    round: Round,
    actor: Actor,
    *,
    document: str,
    day: dt.date,
    at: dt.datetime | None = None,
) -> Awarded:
    """Award by a document of a day whatever is through its publicity; what is held, objected to or
    later in publicity stays behind and is awarded by the same action afterwards.

    StepRefused before publicity is over, for a document without number, or when nobody is due. Not
    one is awarded twice, whoever starts it again.
    """
    only_organiser(round, actor)
    now = at or timezone.now()
    today, document = timezone.localdate(now), document.strip()
    _publicity_over(round, today)
    _document_fits(round, document, day, today)
    count = due(round, today).count()
    if not count:
        if Award.objects.filter(application__round=round, document_number=document).exists():
            return Awarded()
        raise StepRefused(_nobody_due(round, today))
    with transaction.atomic():
        if round.state == "publicity":
            evidence = {"award_document": document, "award_date": day}
            advance(round, "award", by=actor, evidence=evidence, at=now)
        if count > AT_ONCE:
            name = Text(f"发文认定“{round.name}”", f"Award “{round.name}”")
            asked = {"round": round.pk, "document": document, "day": day.isoformat()}
            job = only_job(actor, award_listed, name, f"award:{round.pk}", asked)
            return Awarded(job=job)
    return _award_all(round, actor, document, day, now)


def _publicity_over(round: Round, today: dt.date) -> None:
    """StepRefused while the round's publicity lasts or has not begun."""
    until = round.publicity_until
    if round.state not in ("publicity", "awarded") or until is None:
        raise StepRefused(
            Text(
                "名单还没有公示，不能发文认定。请先发布公示，期满后再办理。",
                "The list has not been in publicity. Publish it first; award when its days are"
                " over.",
            )
        )
    if today <= until:
        raise StepRefused(
            Text(
                f"公示到 {said_day(until).zh} 止，期满次日起才能发文认定。",
                f"Publicity lasts until {said_day(until).en}; awards can be made from the"
                " day after.",
            )
        )
    waiting = round.applications.filter(state="ranked").count()
    if waiting:
        raise StepRefused(
            Text(
                f"名单还有 {waiting} 件正在发布，请等后台任务完成后再办理。",
                f"{waiting} lines of the list are still being published. Wait for the job to end.",
            )
        )


def _document_fits(round: Round, document: str, day: dt.date, today: dt.date) -> None:
    if not document or len(document) > 80 or not document.isprintable():
        raise StepRefused(
            Text(
                "请填写认定文件的文号，最多 80 字，例如“鄂经信〔2026〕12号”。",
                "Give the number of the document as it is printed, 80 characters at most.",
            )
        )
    assert round.publicity_until is not None
    if not round.publicity_until < day <= today:
        raise StepRefused(
            Text(
                f"文件日期 {said_day(day).zh} 应晚于公示截止日"
                f" {said_day(round.publicity_until).zh}，不晚于今天 {said_day(today).zh}。",
                f"The document's date, {said_day(day).en}, has to be after the end of publicity"
                f" ({said_day(round.publicity_until).en}) and not after today"
                f" ({said_day(today).en}).",
            )
        )


def _nobody_due(round: Round, today: dt.date) -> Text:
    """Why nobody can be awarded now."""
    now = standing(round, today)
    return Text(
        f"现在没有可以认定的：公示未满 {now.later} 件，有异议未答复 {now.objected} 件，"
        f"暂缓 {now.held} 件。请先答复异议。",
        f"Nobody can be awarded now: {now.later} still in publicity, {now.objected} with an"
        f" objection not answered, {now.held} held. Answer the objections first.",
    )


@job_task
def award_listed(job: Job) -> None:
    """Award a long list. Begun again it goes on with those that are left."""
    round = Round.objects.get(pk=job.arguments["round"])
    assert job.user is not None  # an official started it
    actor = actor_of(job.user)
    assert actor is not None
    day = dt.date.fromisoformat(job.arguments["day"])
    done = _award_all(round, actor, job.arguments["document"], day, timezone.now(), job)
    finish_job(
        job,
        summary=[
            {"zh": "认定", "en": "Awarded", "count": done.count},
            {"zh": "未能认定", "en": "Not awarded", "count": len(done.refused)},
        ],
    )


def _award_all(
    round: Round,
    actor: Actor,
    document: str,
    day: dt.date,
    at: dt.datetime,
    job: Job | None = None,
) -> Awarded:
    """Award whoever is due, each in a transaction of its own."""
    rows = list(due(round, timezone.localdate(at)).select_related("organisation"))
    made = Awarded()
    for number, application in enumerate(rows, 1):
        refused = None
        try:
            made.count += _award_one(round, application, actor, document, day, at)
        except Moved:
            continue
        except StepRefused as given:
            refused = given.text
            made.refused.append((application, refused))
        if job is not None and (refused or number % 50 == 0 or number == len(rows)):
            fault = {"row": number, "value": application.number, **(refused or _FINE)._asdict()}
            advance_job(job, number, total=len(rows), faults=[fault] if refused else ())
    return made


_FINE = Text("", "")


def _award_one(
    round: Round,
    application: Application,
    actor: Actor,
    document: str,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Award one application; False when an objection came in between. StepRefused when it was given
    already and is given once only, or when the applicant is under sanction."""
    key = once_key(round, application.applicant_code)
    try:
        with transaction.atomic():
            hold_application(application)
            if application.objections.filter(state__in=OPEN_OBJECTIONS).exists():
                return False
            if application.organisation is not None:
                refuse_sanctioned(application.organisation, timezone.localdate(at))
            event = advance(application, "award", by=actor, note=document, at=at)
            given = _register(round, application, actor, document, day, at, key)
            enrol_award(given, at=at)
            tell_applicant(
                application,
                event,
                Text(
                    f"已由{document}认定，证书编号 {given.number}。",
                    f"Awarded by {document}; certificate {given.number}.",
                ),
            )
    except IntegrityError:
        first = Award.objects.filter(once_key=key).first() if key else None
        if first is None or first.application_id == application.pk:
            raise
        raise StepRefused(already_given(first)) from None
    return True


def _register(
    round: Round,
    application: Application,
    actor: Actor,
    document: str,
    day: dt.date,
    at: dt.datetime,
    key: str | None,
) -> Award:
    """The award itself, and the title in the registry where the selection gives one."""
    rule = round.rule
    expires = _expiry(day, rule.validity_years)
    given = Award(
        application=application,
        organisation=application.organisation,
        programme=rule.programme,
        awarded_name=application.applicant_name,
        holder_name=application.applicant_name,
        title=application.title,
        document_number=document,
        award_date=day,
        expires_date=expires,
        amount_fen=application.amount_fen or 0,
        number=f"RD{day.year}-{application.pk:06d}",
        code=new_verify_code(),
        once_key=key,
    )
    begin(given, by=actor, note=document, at=at)
    if rule.title and application.organisation is not None:
        award_title(
            application.organisation, rule.title, document=document, awarded=day, expires=expires,
            role=_asked_role(application, day),
        )  # fmt: skip
    return given


def _asked_role(application: Application, day: dt.date) -> str:
    """The role of a provider that the form asks to be admitted in; empty where it asks none."""
    if not any(field.fact == ASKED_ROLE for field in application.round.rule.fields):
        return ""
    return str(form_of(application, day).facts.get(ASKED_ROLE) or "")


def _expiry(day: dt.date, years: int | None) -> dt.date | None:
    """The last day of an award that is valid for so many years."""
    if years is None:
        return None
    if (day.month, day.day) == (2, 29):
        return dt.date(day.year + years, 2, 28)
    return day.replace(year=day.year + years) - dt.timedelta(days=1)
