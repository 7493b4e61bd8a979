"""Objections to what is in publicity: filed by anybody under their real name, looked into by the
organiser, answered before the document goes out. One that is held does not hold the others."""

from __future__ import annotations

import datetime as dt
import re

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import new_verify_code
from dengta.assessment.queries.evidence import limits
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.actions.listing import tell_applicant
from dengta.programmes.actions.moving import only_organiser
from dengta.programmes.models import Application, Objection
from dengta.registry.queries import officials_for
from dengta.trail.actions import StepRefused, advance, begin, keep_document, notify
from dengta.trail.models import Event

LONGEST = 5000
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,24}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Misfit(StepRefused):
    """Something in the objection as written; `field` names which part."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text)
        self.field = field


def file(
    application: Application,
    *,
    name: str,
    contact: str,
    text: str,
    evidence: UploadedFile[bytes] | None,
    key: str,
    unit: str = "",
    at: dt.datetime | None = None,
) -> Objection:
    """Object to a proposal while it is in publicity; the same `key` again is the same objection.

    Misfit names the part that cannot be; StepRefused outside publicity, FileRefused for evidence
    that cannot be kept.
    """
    now = at or timezone.now()
    same = Objection.objects.filter(key=key).first()
    if same is not None:
        return same
    name, contact, unit, text = name.strip(), contact.strip(), unit.strip(), text.strip()
    _fits(name, contact, unit, text)
    if evidence is None:
        raise Misfit("evidence", _NO_EVIDENCE)
    by, most = Actor(0, name, "public"), limits()
    try:
        with transaction.atomic():
            hold_application(application)
            application.refresh_from_db()
            _in_publicity(application, timezone.localdate(now))
            objection = Objection(
                application=application,
                name=name,
                contact=contact,
                unit=unit,
                text=text,
                evidence=keep_document(evidence, by=by, types=most.types, most_bytes=most.bytes),
                code=new_verify_code(),
                key=key,
                filed_at=now,
            )
            event = begin(objection, by=by, at=now)
            _tell_organiser(objection, event)
    except IntegrityError:
        same = Objection.objects.filter(key=key).first()
        if same is None:
            raise
        return same
    return objection


_NO_EVIDENCE = Text(
    "请附上证据：照片、扫描件或其他能核对的文件。没有证据的异议无法核实。",
    "Attach your evidence: a photo, a scan or another file that can be checked. Without it nothing"
    " can be looked into.",
)


def _fits(name: str, contact: str, unit: str, text: str) -> None:
    """Misfit for the first part that cannot be."""
    if not 2 <= len(name) <= 60 or not name.isprintable() or any(s.isdigit() for s in name):
        raise Misfit(
            "name",
            Text(
                f"“{name[:20]}”不像真实姓名。异议须实名提出，请填写本人姓名（2 至 60 个字）。"
                "姓名不会公开，也不会告知被异议单位。",
                f"“{name[:20]}” does not look like a name. Objections are made under one's real"
                " name (2 to 60 characters); it is not published nor passed on.",
            ),
        )
    if not (_PHONE.fullmatch(contact) or _MAIL.fullmatch(contact)) or len(contact) > 80:
        raise Misfit(
            "contact",
            Text(
                f"“{contact[:20]}”不是电话或邮箱。请填写能联系到您的手机、座机或邮箱，"
                "例如 027-87230000。",
                f"“{contact[:20]}” is neither a telephone number nor an e-mail address. Give one"
                " at which you can be reached, such as 027-87230000.",
            ),
        )
    if len(unit) > 120:
        raise Misfit(
            "unit",
            Text(
                f"单位名称有 {len(unit)} 个字，请缩短到 120 字以内。",
                f"The organisation's name has {len(unit)} characters; 120 at most.",
            ),
        )
    if not 10 <= len(text) <= LONGEST:
        raise Misfit(
            "text",
            Text(
                f"异议内容现有 {len(text)} 个字，请写 10 至 {LONGEST} 个字：哪一项不实、依据什么。",
                f"The objection has {len(text)} characters; write 10 to {LONGEST}: what is untrue,"
                " and how you know.",
            ),
        )


def hold_application(application: Application) -> None:
    """Take the application's row lock by writing to it, so that objecting, answering and awarding
    go one after the other."""
    Application.objects.filter(pk=application.pk).update(exceptions=models.F("exceptions"))


def _in_publicity(application: Application, day: dt.date) -> None:
    """StepRefused unless objections are taken on this day."""
    until, since = application.publicity_until, application.publicity_from
    if application.state not in ("proposed", "held") or until is None or since is None:
        raise StepRefused(
            Text(
                f"{application.applicant_name}的申报不在公示期，不能提出异议。"
                "可向组织单位反映情况。",
                f"The application of {application.applicant_name} is not in publicity. You may"
                " write to the organising office.",
            )
        )
    if not since <= day <= until:
        raise StepRefused(
            Text(
                f"公示期为 {said_day(since).zh} 至 {said_day(until).zh}，已经结束，不再受理"
                "异议。可向组织单位反映情况。",
                f"Publicity was from {said_day(since).en} to {said_day(until).en} and is"
                " over; no objections are taken. You"
                " may write to the organising office.",
            )
        )


def _tell_organiser(objection: Objection, event: Event) -> None:
    application = objection.application
    notify(
        event,
        officials_for("province", application.round.region_code),
        subject=Text(
            f"收到异议 {objection.number}：{application.applicant_name}",
            f"Objection {objection.number}: {application.applicant_name}",
        ),
        body=Text(
            "请在 3 个工作日内决定是否受理；答复之前，该申报不会发文认定。",
            "Please decide within 3 working days whether to take it up; the application is not"
            " awarded before it is answered.",
        ),
        link=f"/official/objections/{objection.pk}/",
    )


def accept(
    objection: Objection, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Take an objection up: its application is held until it is answered, the others go on."""
    application = objection.application
    only_organiser(application.round, actor)
    with transaction.atomic():
        hold_application(application)
        application.refresh_from_db()
        event = advance(objection, "accept", by=actor, note=note, at=at)
        if application.state == "proposed":
            why = Text(
                f"收到实名异议（{objection.number}），正在核实。核实期间暂缓认定，结果会通知您。",
                f"An objection ({objection.number}) is being looked into. The award waits for the"
                " outcome; you will be told.",
            )
            held = advance(application, "hold", by=actor, note=why.zh, at=event.at)
            tell_applicant(application, held, why)
    return event


def refuse(
    objection: Objection, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Do not take an objection up, with the reason, which whoever filed it can read."""
    only_organiser(objection.application.round, actor)
    now = at or timezone.now()
    return advance(
        objection,
        "refuse",
        by=actor,
        note=note,
        at=now,
        evidence={"answer": note.strip()[:LONGEST], "answered_at": now},
    )


def answer(
    objection: Objection,
    actor: Actor,
    upheld: bool,
    answer: str,
    *,
    at: dt.datetime | None = None,
) -> Event:
    """Answer an objection that was looked into. Upheld, its application leaves the list; dismissed,
    it goes on where it was, unless another objection to it is still being looked into."""
    application, now = objection.application, at or timezone.now()
    only_organiser(application.round, actor)
    words = answer.strip()
    if not 10 <= len(words) <= LONGEST:
        raise Misfit(
            "answer",
            Text(
                f"答复现有 {len(words)} 个字，请写 10 至 {LONGEST} 个字：核实了什么、结论是什么。",
                f"The answer has {len(words)} characters; write 10 to {LONGEST}: what was looked"
                " into, and what was found.",
            ),
        )
    with transaction.atomic():
        hold_application(application)
        application.refresh_from_db()
        event = advance(
            objection,
            "uphold" if upheld else "dismiss",
            by=actor,
            note=words,
            at=now,
            evidence={"answer": words, "answered_at": now},
        )
        _carry_out(objection, application, actor, upheld, now)
    return event


def _carry_out(
    objection: Objection, application: Application, actor: Actor, upheld: bool, at: dt.datetime
) -> None:
    """What an answer does to the application."""
    if upheld and application.state in ("proposed", "held"):
        why = Text(
            f"异议 {objection.number} 经核实成立，取消入选资格",
            f"Objection {objection.number} was upheld; dropped from the list",
        )
        event = advance(application, "drop", by=actor, note=why.zh, at=at)
    elif not upheld and application.state == "held":
        if application.objections.filter(state="inquiry").exists():
            return
        why = Text(
            f"异议 {objection.number} 经核实不成立，恢复认定程序",
            f"Objection {objection.number} was dismissed; the award goes on",
        )
        event = advance(application, "resume", by=actor, note=why.zh, at=at)
    else:
        return
    tell_applicant(application, event, why)
