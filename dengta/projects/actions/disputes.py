"""验收异议: by real name, while an acceptance is in publicity; answered before it is accepted."""

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
from dengta.projects.models import Acceptance, Dispute
from dengta.projects.queries.acceptance import takes_disputes
from dengta.registry.queries import officials_for
from dengta.trail.actions import StepRefused, advance, begin, keep_document, notify
from dengta.trail.models import Event

LONGEST = 5000
_CONTACT = re.compile(r"\+?[0-9][0-9 ()-]{5,24}|[^@\s]+@[^@\s]+\.[^@\s]+")


def dispute(
    acceptance: Acceptance,
    *,
    name: str,
    contact: str,
    text: str,
    key: str,
    evidence: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Dispute:
    """Object to an acceptance while it is in publicity; the same `key` again is the same objection.

    StepRefused for a name that is none, no way to be reached, nothing said, or outside publicity.
    """
    now = at or timezone.now()
    key = f"dispute/{key}"[:80]
    if (same := Dispute.objects.filter(key=key).first()) is not None:
        return same
    _fits(name.strip(), contact.strip(), text.strip())
    by, most = Actor(0, name.strip(), "public"), limits()
    try:
        with transaction.atomic():
            _lock(acceptance)
            if not takes_disputes(acceptance, timezone.localdate(now)):
                raise StepRefused(
                    Text(
                        f"{acceptance.number} 不在公示期，不再受理异议。"
                        "可向所在地经信部门反映情况。",
                        f"{acceptance.number} is not in publicity; no objections are taken. You may"
                        " write to the local office.",
                    )
                )
            document = None
            if evidence is not None:
                document = keep_document(evidence, by=by, types=most.types, most_bytes=most.bytes)
            made = Dispute(
                acceptance=acceptance, name=name.strip(), contact=contact.strip(),
                text=text.strip(), evidence=document, code=new_verify_code(), key=key, filed_at=now,
            )  # fmt: skip
            event = begin(made, by=by, at=now)
            notify(
                event,
                officials_for("city", acceptance.case_region),
                subject=Text(
                    f"收到验收异议：{acceptance.number}", f"Objection to {acceptance.number}"
                ),
                body=Text("答复之前不能验收通过。", "It is not accepted before this is answered."),
                link=f"/official/projects/{acceptance.project_id}/",
            )
    except IntegrityError:
        return Dispute.objects.get(key=key)
    return made


def _lock(acceptance: Acceptance) -> None:
    Acceptance.objects.filter(pk=acceptance.pk).update(asked_at=models.F("asked_at"))
    acceptance.refresh_from_db()


def _fits(name: str, contact: str, text: str) -> None:
    wrong: Text | None = None
    if not 2 <= len(name) <= 60 or not name.isprintable() or any(s.isdigit() for s in name):
        wrong = Text(
            f"“{name[:20]}”不像真实姓名。异议须实名提出，姓名不会公开，也不会告知被异议单位",
            f"“{name[:20]}” does not look like a name; objections are made under one's real name,"
            " which is not published",
        )
    elif not _CONTACT.fullmatch(contact) or len(contact) > 80:
        wrong = Text(
            f"“{contact[:20]}”不是电话或邮箱，请填写能联系到您的号码，例如 027-87230000",
            f"“{contact[:20]}” is neither a telephone number nor an e-mail address",
        )
    elif not 10 <= len(text) <= LONGEST:
        wrong = Text(
            f"异议内容现有 {len(text)} 个字，请写 10 至 {LONGEST} 个字：哪一项不实、依据什么",
            f"write 10 to {LONGEST} signs: what is untrue, and how you know ({len(text)} now)",
        )
    if wrong is not None:
        raise StepRefused(Text(f"{wrong.zh}。", f"{wrong.en[0].upper()}{wrong.en[1:]}."))


def answer(
    made: Dispute, actor: Actor, upheld: bool, words: str, *, at: dt.datetime | None = None
) -> Event:
    """The city answers an objection after it was looked into; upheld, the acceptance can
    not pass any more. The answer is what whoever objected reads."""
    now, text = at or timezone.now(), words.strip()
    if not 10 <= len(text) <= LONGEST:
        raise StepRefused(
            Text(
                f"答复现有 {len(text)} 个字，请写 10 至 {LONGEST} 个字：核实了什么、结论是什么。",
                f"The answer has {len(text)} signs; write 10 to {LONGEST}.",
            )
        )
    with transaction.atomic():
        _lock(made.acceptance)
        return advance(
            made, "uphold" if upheld else "dismiss", by=actor, note=text, at=now,
            evidence={"answer": text, "answered_at": now},
        )  # fmt: skip
