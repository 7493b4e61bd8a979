"""Writes of assessments."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.exporting import check_export as check_export
from dengta.assessment.actions.exporting import start_export as start_export
from dengta.assessment.actions.importing import import_results as import_results
from dengta.assessment.actions.recording import record_result as record_result
from dengta.assessment.models import Answer, Assessment
from dengta.assessment.queries import (
    NATIONAL,
    contradictions_of,
    draft_of,
    instrument_of,
    result_of,
    scorer,
)
from dengta.assessment.queries.editions import ended, following, offered
from dengta.core.scoring import Answer as AnswerValue
from dengta.core.scoring import Result
from dengta.core.shapes import Instrument, Text
from dengta.core.wording import said_day
from dengta.registry.queries import organisation_of, policy
from dengta.rights.queries import allowed
from dengta.trail.actions import Moved, StepRefused, advance, begin


class Incomplete(StepRefused):
    """Items are still missing; `items` lists them in the order of the instrument."""

    def __init__(self, items: tuple[str, ...]) -> None:
        super().__init__(
            Text(
                f"还有 {len(items)} 项没有作答，答完即可提交。",
                f"{len(items)} items are still open; answer them and submit.",
            )
        )
        self.items = items


class NotOffered(StepRefused):
    """An instrument that this firm cannot fill in today; `text` says which it can."""


class EditionEnded(StepRefused):
    """The edition of a draft is not in force any more; `following` is the one that takes up its
    answers, if there is one."""

    def __init__(self, old: Instrument, following: Instrument | None) -> None:
        self.following = following
        until = old.in_force.end
        since = (
            Text(f"已于 {said_day(until).zh} 停用", f"ended on {said_day(until).en}")
            if until
            else Text("已停用", "ended")
        )
        way = (
            Text(
                f"请点“换到新版”：已填内容会带到{following.name.zh}，补完没有对应的几项即可提交。",
                f"Change to the new one: what is filled in goes along to {following.name.en}; fill"
                " in what it does not cover and submit.",
            )
            if following
            else Text(
                "已填内容会保留。请开始一次新的测评，或咨询所在区县经信部门。",
                "What is filled in is kept. Begin a new assessment, or ask your county office.",
            )
        )
        super().__init__(
            Text(f"{old.name.zh}{since.zh}，不能再提交。{way.zh}",
                 f"{old.name.en} {since.en} and cannot be submitted. {way.en}")
        )  # fmt: skip


def start(
    actor: Actor, *, instrument: str | None = None, at: dt.datetime | None = None
) -> Assessment:
    """The organisation's draft under an instrument: the one that is open, else a new one.

    Without an instrument it is the one that makes the firm's level, in the edition of the day.
    Needs consent to `assessment`. NotOffered names what the firm can fill in instead.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    if not allowed(actor.organisation_id, "assessment", day):
        raise StepRefused(
            Text(
                "开始测评前需要先授权使用数据。请到“数据授权”页面同意后再开始。",
                "An assessment needs your consent to use the data first. Give it on the consent"
                " page.",
            )
        )
    chosen = instrument or usual(actor, day)
    draft = draft_of(actor.organisation_id, chosen)
    if draft is not None:
        return draft
    _refuse_if_not_offered(actor, chosen, day)
    draft = Assessment(organisation_id=actor.organisation_id, instrument=chosen, started_at=now)
    try:
        with transaction.atomic():
            begin(draft, by=actor, at=now)
    except IntegrityError:  # a second device began at the same moment: its draft is ours too
        existing = draft_of(actor.organisation_id, chosen)
        assert existing is not None
        return existing
    return draft


def usual(actor: Actor, day: dt.date) -> str:
    """The instrument that a firm fills in unless it asks for another."""
    able = offered(organisation_of(actor), day)
    return able[0].id if able else NATIONAL


def _refuse_if_not_offered(actor: Actor, instrument: str, day: dt.date) -> None:
    able = offered(organisation_of(actor), day)
    if instrument in {one.id for one in able}:
        return
    known = policy().instruments.get(instrument)
    name = known.name if known else Text(f"“{instrument[:40]}”", f"“{instrument[:40]}”")
    names_zh = "、".join(one.name.zh for one in able) or "暂无"
    names_en = ", ".join(one.name.en for one in able) or "none"
    raise NotOffered(
        Text(
            f"{name.zh}现在不能填报：可能已停用、只登记历史结果，或不适用于本企业的行业。"
            f"可以选：{names_zh}。",
            f"{name.en} cannot be filled in now: it has ended, only records earlier results, or is"
            f" not meant for your industry. You can choose: {names_en}.",
        )
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What a screen gives for one item. `reason` says why a scenario does not apply (value NA).

    `remark` None leaves the remark as it is. `seen` is the version that the screen was opened with
    (0: there was no answer yet); None says that whatever has been written since may be overwritten.
    """

    value: str | int | None
    reason: str = ""
    remark: str | None = None
    seen: int | None = None


class NotKept(StepRefused):
    """An answer that cannot be kept as it is: `item` and `part` (answer, reason, remark) say
    where, `text` how to mend it."""

    def __init__(self, item: str, part: str, text: Text) -> None:
        super().__init__(text)
        self.item, self.part = item, part


class Changed(StepRefused):
    """Somebody changed these answers after the screen was opened; nothing was written.

    `theirs` are the answers as they stand now, with who and when.
    """

    def __init__(self, theirs: tuple[Answer, ...]) -> None:
        super().__init__(
            Text(
                "这一项刚刚由本企业的另一位同事改过。两份答案都在下面，请选用哪一份。",
                "A colleague has just changed this item. Both answers are below: choose one.",
            )
        )
        self.theirs = theirs


def save_answers(
    assessment: Assessment, actor: Actor, answers: Mapping[str, str | int | Given | None]
) -> dict[str, int]:
    """Keep answers in their normal form, all or none; an empty one takes the answer back.

    Returns the version that each item has now. AnswerError or NotKept if one cannot be; Changed if
    a `Given` was made on a screen that somebody has overtaken since, unless both say the same.
    """
    if assessment.organisation_id != actor.organisation_id:
        raise Assessment.DoesNotExist
    read = scorer(assessment.instrument).read
    given = {
        item: _normal(item, value if isinstance(value, Given) else Given(value), read)
        for item, value in answers.items()
    }
    with transaction.atomic():
        hold(assessment)
        rows = assessment.answers.select_related("user").filter(item__in=given)
        there = {row.item: row for row in rows}
        theirs = [row for item, row in there.items() if _overtaken(row, given[item])]
        if theirs:
            raise Changed(tuple(theirs))
        made = [
            made
            for item, new in given.items()
            if (made := _made(assessment, actor, item, new, there.get(item)))
        ]
        if made:
            Answer.objects.bulk_create(
                made,
                update_conflicts=True,
                unique_fields=["assessment", "item"],
                update_fields=["value", "reason", "remark", "version", "user", "at"],
            )
    now = {item: row.version for item, row in there.items()}
    return now | {row.item: row.version for row in made}


def _normal(item: str, given: Given, read: Callable[[str, object], AnswerValue]) -> Given:
    """The answer in its normal form. AnswerError, or NotKept for texts that are missing or long."""
    value = read(item, given.value)
    reason = _lines(given.reason) if value == "NA" else ""
    remark = None if given.remark is None else _lines(given.remark)
    if value == "NA" and not reason:
        raise NotKept(
            item,
            "reason",
            Text(
                "选了“场景不适用”，还需要写明理由，例如“本企业没有仓库，成品直接交货”。",
                "“Does not apply” needs a reason, such as “We have no warehouse; goods are"
                " delivered straight away”.",
            ),
        )
    for part, text, most in (("reason", reason, 500), ("remark", remark or "", 2000)):
        if len(text) > most:
            raise NotKept(item, part, _too_long(len(text), most))
    return Given(value, reason, remark, given.seen)


def _lines(text: str) -> str:
    """Text with plain ends of lines, which browsers send as two signs, and nothing around it."""
    return text.replace("\r\n", "\n").strip()


def _too_long(length: int, most: int) -> Text:
    return Text(
        f"写了 {length} 字，最多 {most} 字，请删去 {length - most} 字再保存；"
        "更长的内容可以写成文件，作为材料上传。",
        f"{length} characters, at most {most}: take out {length - most}, or upload the longer text"
        " as a file.",
    )


def _said(row: Answer | None) -> tuple[str, str, str]:
    return (row.value, row.reason, row.remark) if row else ("", "", "")


def _after(given: Given, row: Answer | None) -> tuple[str, str, str]:
    """Value, reason and remark as they would stand once this is kept."""
    value = "" if given.value is None else str(given.value)
    remark = _said(row)[2] if given.remark is None else given.remark
    return value, given.reason, remark


def _overtaken(row: Answer, given: Given) -> bool:
    return given.seen not in (None, row.version) and _after(given, row) != _said(row)


def _made(
    assessment: Assessment, actor: Actor, item: str, given: Given, row: Answer | None
) -> Answer | None:
    """The row to write; None where nothing changes. What is taken back leaves an empty row, so that
    versions go on rising."""
    after = _after(given, row)
    if after == _said(row):
        return None
    value, reason, remark = after
    return Answer(
        assessment=assessment,
        item=item,
        value=value,
        reason=reason,
        remark=remark,
        version=row.version + 1 if row else 1,
        user_id=actor.user_id or None,
        at=timezone.now(),
    )


def submit(assessment: Assessment, actor: Actor, *, at: dt.datetime | None = None) -> Result:
    """Score the whole and close it, with the contradictions that were shown.

    Incomplete names what is missing; EditionEnded the way out where the edition of the day is
    another one; Moved if it was closed already.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    if ended(assessment, day):
        raise EditionEnded(instrument_of(assessment), following(assessment.instrument, day))
    with transaction.atomic():
        hold(assessment)
        result = result_of(assessment)
        if result.missing:
            raise Incomplete(result.missing)
        conflicts = contradictions_of(assessment, day)
        assessment.answers.filter(value="", remark="").delete()  # only kept their versions
        advance(
            assessment,
            "submit",
            by=actor,
            at=now,
            reasons={"score": result.score_text, "level": result.level},
            evidence={
                "submitted_at": now,
                "score_milli": milli(result.score),
                "verify_code": new_verify_code(),
                "level": result.level,
                "result": result.as_json("zh-hans")
                | {"contradictions": [conflict.as_json("zh-hans") for conflict in conflicts]},
                "policy_digest": policy().digest,
            },
        )
    return result


def milli(score: Decimal | None) -> int | None:
    """A score in thousandths of a point, half-up; None where there is no total."""
    return None if score is None else int((score * 1000).quantize(Decimal(1), ROUND_HALF_UP))


_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_verify_code() -> str:
    """Twelve signs that cannot be mistaken for each other, about 59 bits of chance."""
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(12))


def hold(assessment: Assessment) -> None:
    """Take the draft's row lock by writing to it, so that answers and submission cannot cross."""
    held = Assessment.objects.filter(pk=assessment.pk, state="draft")
    if not held.update(started_at=models.F("started_at")):
        raise Moved(
            Text(
                "这份测评已经提交或放弃，不能再改。需要更新时请开始新的一次测评。",
                "This assessment has been submitted or given up. Begin a new one to update it.",
            )
        )


def discard(assessment: Assessment, actor: Actor) -> None:
    """Give a draft up."""
    advance(assessment, "discard", by=actor)
