"""认定后处置: warning, rectification, revocation, evaluation, renewal and change of name, as cases
with notice, defence, decision and appeal. A charge takes effect when the days of appeal are over; a
request that is granted takes effect at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.actions.evidence import drop
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.programmes.actions.effects import (
    EFFECTS,
    only_issuer,
    take_effect,
    tell_holder,
)
from dengta.programmes.actions.moving import only_applicant
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import (
    REQUESTS,
    RESULTS,
    in_the_way,
    registered_name,
    renewal_until,
)
from dengta.registry.queries import officials_for, policy
from dengta.trail.actions import StepRefused, advance, begin, keep_document, notify
from dengta.trail.models import Document, Event
from dengta.trail.queries import clock

LONGEST = 5000
"""Characters of grounds, defence and decision."""


def open_proceeding(
    award: Award,
    actor: Actor,
    kind: str,
    *,
    grounds: str,
    key: str,
    name: str = "",
    file: UploadedFile[bytes] | None = None,
    terms: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> Proceeding:
    """Open a proceeding, with a file it rests on; the same `key` again is the same one.

    The administration charges (warning, rectification, revocation) and evaluates (with the `terms`
    of `evaluating`), the holder asks (renewal, renaming to `name`, unless the registry has the new
    one already). StepRefused where grounds or terms are missing, where the award stands otherwise,
    or while another one is open.
    """
    now = at or timezone.now()
    if kind not in EFFECTS or (kind == "evaluation") != bool(terms):
        raise StepRefused(Text("请选择处置类别。", "Choose what the proceeding is about."))
    if kind not in REQUESTS:
        only_issuer(award, actor)
    elif actor != SYSTEM:
        only_applicant(award.application, actor)
    same = Proceeding.objects.filter(key=key).first()
    if same is not None:
        return same
    award.refresh_from_db()
    proceeding = Proceeding(
        award=award,
        kind=kind,
        grounds=_words(grounds, Text("事由", "grounds")),
        terms=_asked(award, kind, name, timezone.localdate(now), proven=file is not None)
        | dict(terms or {}),
        opened_by_id=actor.user_id or None,
        opened_at=now,
        key=key,
    )
    proceeding.evidence = _kept(file, actor, timezone.localdate(now))
    try:
        with transaction.atomic():
            event = begin(proceeding, by=actor, note=proceeding.grounds, at=now)
            if kind in REQUESTS:
                _tell_office(proceeding, event)
    except IntegrityError:
        if proceeding.evidence is not None:
            drop(proceeding.evidence)
        other = Proceeding.objects.filter(key=key).first()
        if other is not None:
            return other
        raise _another(award, kind) from None
    return proceeding


def _words(text: str, what: Text) -> str:
    said = text.strip()
    if not said:
        raise StepRefused(
            Text(
                f"请写明{what.zh}，对方才知道为什么。",
                f"Give the {what.en}, so that the other side knows why.",
            )
        )
    if len(said) > LONGEST:
        raise StepRefused(
            Text(
                f"{what.zh}有 {len(said):,} 字，最多 {LONGEST:,} 字，细节请放进附件。",
                f"The {what.en} have {len(said):,} characters, {LONGEST:,} at most; put details"
                " into a file.",
            )
        )
    return said


def _kept(file: UploadedFile[bytes] | None, actor: Actor, day: dt.date) -> Document | None:
    """A file, kept; FileRefused for one of a kind or size that cannot be."""
    if file is None:
        return None
    return keep_document(
        file,
        by=actor,
        types=policy().practised_words("evidence_types", day),
        most_bytes=policy().practised("evidence_file_mb", day) * 2**20,
    )


def _asked(award: Award, kind: str, name: str, day: dt.date, *, proven: bool) -> dict[str, Any]:
    """The terms of a proceeding as it is opened. StepRefused for one that cannot be."""
    step, _ = EFFECTS[kind]
    if award.state not in award.flow.step(step).sources or (
        kind == "renewal" and award.state == "rectifying"
    ):
        state = award.flow.state(award.state).name
        raise StepRefused(
            Text(
                f"{award.number} 现在的状态是“{state.zh}”，不能办理{KINDS[kind].zh}。",
                f"{award.number} is “{state.en}”: no {KINDS[kind].en.lower()} now.",
            )
        )
    if kind == "renewal":
        return {"expires_date": renewal_until(award, day).isoformat()}
    return _new_name(award, name, proven=proven) if kind == "renaming" else {}


def _new_name(award: Award, name: str, *, proven: bool) -> dict[str, Any]:
    registered = registered_name(award)
    new = " ".join(name.split()) or registered
    if not new or new == award.holder_name:
        raise StepRefused(
            Text(
                f"请填写变更后的名称。现在登记的是“{award.holder_name}”。",
                f"Give the new name. The one on record is “{award.holder_name}”.",
            )
        )
    if len(new) > 120 or not new.isprintable():
        raise StepRefused(
            Text(
                "新名称请写成一行，最多 120 字，与营业执照一致。",
                "The new name is one line of 120 characters at most, as on the licence.",
            )
        )
    if new != registered and not proven:
        raise StepRefused(
            Text(
                "一企一档里还没有这个名称，请上传登记机关的变更通知书或新营业执照。",
                "The registry does not have this name yet. Upload the notice of change or the new"
                " licence.",
            )
        )
    return {"name": new, "former": award.holder_name}


def _another(award: Award, kind: str) -> StepRefused:
    other = in_the_way(award, kind)
    number = f"{KINDS[other.kind].zh} {other.number}" if other is not None else ""
    called = f"{KINDS[other.kind].en.lower()}, {other.number}" if other is not None else ""
    return StepRefused(
        Text(
            f"{award.number} 还有一件没有办结（{number}），办结后才能再发起{KINDS[kind].zh}。"
            "跟踪评价和名称变更可以与其他事项同时办理。",
            f"There is an open matter on {award.number} ({called}); a {KINDS[kind].en.lower()} has"
            " to wait until it is closed. Evaluations and changes of name run beside others.",
        )
    )


# ------------------------------------------------------------------ the administration


def serve(
    proceeding: Proceeding, actor: Actor, *, notice: str, at: dt.datetime | None = None
) -> Event:
    """Serve the notice of a charge: what is meant to be done, why, and by when to answer."""
    _of_kind(proceeding, request=False)
    return _move(proceeding, "serve", actor, note=notice, at=at)


def take_up(proceeding: Proceeding, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Take up what the holder asks for."""
    _of_kind(proceeding, request=True)
    return _move(proceeding, "take_up", actor, at=at)


def decide(
    proceeding: Proceeding,
    actor: Actor,
    *,
    decision: str,
    until: dt.date | None = None,
    result: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Decide, with the reasons; a request is granted by it (`dismiss` refuses one).

    A rectification needs the day `until` when it has to be done, after the days of appeal; of a
    renewal an earlier end may be set, of an evaluation another `result` than was served. What was
    asked for takes effect at once, a charge later.
    """
    only_issuer(proceeding.award, actor)
    now = at or timezone.now()
    evidence = {
        "decision": _words(decision, Text("决定和理由", "decision and its reasons")),
        "decided_at": now,
        "terms": proceeding.terms
        | _decided(proceeding, until, timezone.localdate(now))
        | _judged(proceeding, result),
    }
    try:
        with transaction.atomic():
            event = _move(proceeding, "decide", actor, note=decision, evidence=evidence, at=now)
            if proceeding.kind in REQUESTS:
                advance(proceeding, "close", by=SYSTEM, at=now)
                if take_effect(proceeding, actor, now) is None:
                    raise _stands_otherwise(proceeding)
    except StepRefused:
        proceeding.refresh_from_db()
        raise
    return event


def _stands_otherwise(proceeding: Proceeding) -> StepRefused:
    award, kind = Award.objects.get(pk=proceeding.award_id), KINDS[proceeding.kind]
    state = award.flow.state(award.state).name
    return StepRefused(
        Text(
            f"{award.number} 现在的状态是“{state.zh}”，不能准予{kind.zh}。"
            "恢复有效后再办，或不予办理并写明理由。",
            f"{award.number} is “{state.en}”: no {kind.en.lower()} can be granted now. Wait until"
            " it is in force again, or refuse it with the reasons.",
        )
    )


def _decided(proceeding: Proceeding, until: dt.date | None, day: dt.date) -> dict[str, Any]:
    if proceeding.kind == "rectification":
        appeal_days = policy().practised(proceeding.flow.state("decided").days, day)
        last = add_workdays(day, appeal_days)
        if until is None or until <= last:
            raise StepRefused(
                Text(
                    f"请填写整改期限，要晚于复核期满日 {said_day(last).zh}。",
                    f"Set the day by which it is to be rectified, after {said_day(last).en},"
                    " the last day of"
                    " appeal.",
                )
            )
        return {"until": until.isoformat()}
    if proceeding.kind == "renewal" and until is not None:
        most = dt.date.fromisoformat(proceeding.terms["expires_date"])
        if not day < until <= most:
            raise StepRefused(
                Text(
                    f"续期后的有效期要在 {said_day(day).zh} 之后，最晚到 {said_day(most).zh}。",
                    f"The renewed award has to end after {said_day(day).en}, and on"
                    f" {said_day(most).en} at the latest.",
                )
            )
        return {"expires_date": until.isoformat()}
    return {}


def _judged(proceeding: Proceeding, result: str) -> dict[str, Any]:
    """The result of an evaluation: the one served unless another is given."""
    if proceeding.kind != "evaluation" or not result:
        return {}
    if result not in RESULTS:
        raise StepRefused(
            Text("请选择评价结果。", "Choose the result of the evaluation."),
        )
    return {"result": result}


def dismiss(
    proceeding: Proceeding, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Drop a charge, or refuse a request, with the reasons."""
    return _move(proceeding, "dismiss", actor, note=note, at=at)


def confirm(
    proceeding: Proceeding, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """On appeal: the decision stands, and takes effect now."""
    with transaction.atomic():
        event = _move(proceeding, "confirm", actor, note=note, at=at)
        take_effect(proceeding, actor, event.at)
    return event


def overturn(
    proceeding: Proceeding, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """On appeal: the decision is taken back, and never takes effect."""
    return _move(proceeding, "overturn", actor, note=note, at=at)


# ------------------------------------------------------------------ the holder


def defend(
    proceeding: Proceeding,
    actor: Actor,
    *,
    text: str,
    file: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """The holder states the case, until it is taken up for decision."""
    only_applicant(proceeding.award.application, actor)
    now = at or timezone.now()
    said = _words(text, Text("陈述申辩的内容", "statement"))
    kept = _kept(file, actor, timezone.localdate(now))
    evidence: dict[str, Any] = {"defence": said, "defence_file": kept}
    try:
        return _move(proceeding, "defend", actor, note=said, evidence=evidence, at=now)
    except StepRefused:
        if kept is not None:
            drop(kept)
        raise


def appeal(
    proceeding: Proceeding, actor: Actor, *, text: str, at: dt.datetime | None = None
) -> Event:
    """The holder appeals against the decision within its days."""
    only_applicant(proceeding.award.application, actor)
    now = at or timezone.now()
    running = clock(proceeding, now) if proceeding.state == "decided" else None
    if running is not None and running.late:
        raise StepRefused(
            Text(
                f"申请复核的期限到 {said_day(running.due).zh} 为止，已经过了。"
                "对决定不服，可以依法申请行政复议。",
                f"The days of appeal ended on {said_day(running.due).en}. You may apply for"
                " administrative"
                " reconsideration by law.",
            )
        )
    said = _words(text, Text("复核理由", "reasons"))
    return _move(proceeding, "appeal", actor, note=said, at=now)


def withdraw(proceeding: Proceeding, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """The holder takes a request back before it is taken up."""
    only_applicant(proceeding.award.application, actor)
    _of_kind(proceeding, request=True)
    return _move(proceeding, "withdraw", actor, at=at)


# ------------------------------------------------------------------ shared


def _of_kind(proceeding: Proceeding, *, request: bool) -> None:
    if (proceeding.kind in REQUESTS) != request:
        raise StepRefused(
            Text(
                "这一步不适用于这类处置：依职权的要先送达告知书，依申请的要先受理。",
                "This step is not of this kind: a charge is served first, a request is taken up.",
            )
        )


def _move(
    proceeding: Proceeding,
    step: str,
    actor: Actor,
    *,
    note: str = "",
    evidence: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """One step with the notices that it gives rise to. Raises as `advance`."""
    with transaction.atomic():
        event = advance(proceeding, step, by=actor, note=note, evidence=evidence, at=at)
        if event.role in ("province", "system"):
            _tell_holder(proceeding, event)
        else:
            _tell_office(proceeding, event)
    return event


def _tell_holder(proceeding: Proceeding, event: Event) -> None:
    state = proceeding.flow.state(proceeding.state).public
    kind = KINDS[proceeding.kind]
    running = clock(proceeding, event.at)
    by = running.due if running is not None and running.owner == "applicant" else None
    until = Text(f"请在 {by} 前办理。", f" Answer by {by}.") if by else Text("", "")
    tell_holder(
        proceeding.award,
        event,
        Text(
            f"{proceeding.award.number} {kind.zh}：{state.zh}",
            f"{proceeding.award.number} {kind.en}: {state.en}",
        ),
        Text(f"{event.note}{until.zh}", f"{event.note}{until.en}"),
    )


def _tell_office(proceeding: Proceeding, event: Event) -> None:
    state = proceeding.flow.state(proceeding.state).name
    kind = KINDS[proceeding.kind]
    notify(
        event,
        officials_for("province", proceeding.award.application.round.region_code),
        subject=Text(
            f"{proceeding.number} {proceeding.award.holder_name}：{kind.zh}，{state.zh}",
            f"{proceeding.number} {proceeding.award.holder_name}: {kind.en}, {state.en}",
        ),
        body=Text(event.note, event.note),
        link=f"/official/proceedings/{proceeding.pk}/",
    )


KINDS: Mapping[str, Text] = {
    "warning": Text("警告", "Warning"),
    "revocation": Text("撤销认定", "Revocation"),
    "rectification": Text("限期整改", "Rectification"),
    "renewal": Text("续期", "Renewal"),
    "renaming": Text("名称变更", "Change of name"),
    "evaluation": Text("跟踪评价", "Evaluation"),
}
"""What each kind is called."""

__all__ = [
    "KINDS",
    "appeal",
    "confirm",
    "decide",
    "defend",
    "dismiss",
    "open_proceeding",
    "overturn",
    "serve",
    "take_up",
    "withdraw",
]
