"""Writes of editions: a draft of an ended one goes on under the one in force."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import hold, start
from dengta.assessment.models import Answer, Assessment, Evidence
from dengta.assessment.queries import answers_of, instrument_of, scorer
from dengta.assessment.queries.editions import following
from dengta.core.answers import NOT_APPLICABLE
from dengta.core.editions import carried, mapping
from dengta.core.shapes import Instrument, Text
from dengta.trail.actions import Moved, StepRefused, advance


class NothingFollows(StepRefused):
    """There is no edition that takes up the answers of this one."""

    def __init__(self, old: Instrument) -> None:
        super().__init__(
            Text(
                f"没有可以接着填的新版：{old.name.zh}仍有效，或现行指标不读取它的答案。"
                "请在测评页面选择要填的指标。",
                f"There is nothing to change to: {old.name.en} is still in force, or the present"
                " instruments do not read its answers. Choose one on the assessment page.",
            )
        )


class CarriedOver(NamedTuple):
    """The draft that goes on, how many items came along, and how many are still open."""

    draft: Assessment
    came: int
    open: int


def carry_over(
    assessment: Assessment, actor: Actor, *, at: dt.datetime | None = None
) -> CarriedOver:
    """Take a draft of an ended edition into the one in force: answers, reasons, remarks, evidence.

    What was answered under the new edition already stays as it is. The old draft is given up and
    stays as a record, with the items that the new edition does not ask. Done twice it changes
    nothing the second time: the draft that goes on is given again.
    """
    if assessment.organisation_id != actor.organisation_id:
        raise Assessment.DoesNotExist
    now = at or timezone.now()
    old = instrument_of(assessment)
    new = following(old.id, timezone.localdate(now))
    if new is None or new.id == old.id:
        raise NothingFollows(old)
    with transaction.atomic():
        draft = start(actor, instrument=new.id, at=now)
        if _take(assessment):
            hold(draft)
            came = _carry_answers(assessment, draft, old, new)
            _carry_evidence(assessment, draft, old, new)
            note = Text(f"已换到{new.name.zh}", f"Went on under {new.name.en}")
            advance(
                assessment,
                "discard",
                by=actor,
                note=note.zh,
                reasons={"to": draft.pk, "items": came},
                at=now,
            )
    result = scorer(new.id).score(answers_of(draft))
    return CarriedOver(draft, len(scorer(new.id).items) - len(result.missing), len(result.missing))


def _take(assessment: Assessment) -> bool:
    """Hold the old draft; False where it went along already. Moved if it was submitted."""
    try:
        hold(assessment)
    except Moved:
        assessment.refresh_from_db()
        if assessment.submitted_at is not None:
            raise
        return False
    return True


def _carry_answers(
    assessment: Assessment, draft: Assessment, old: Instrument, new: Instrument
) -> int:
    """Copy the rows that the new edition reads and that the draft does not have; how many."""
    values = carried(new, old, answers_of(assessment), scorer(new.id))
    there = set(draft.answers.values_list("item", flat=True))
    rows = {row.item: row for row in assessment.answers.all()}
    made = []
    for item, was in mapping(new, old).items():
        row, value = rows.get(was), values.get(item)
        if row is None or item in there or (value is None and not row.remark):
            continue
        made.append(
            Answer(
                assessment=draft,
                item=item,
                value="" if value is None else str(value),
                reason=row.reason if value == NOT_APPLICABLE else "",
                remark=row.remark,
                user_id=row.user_id,
                at=row.at,
            )
        )
    return len(Answer.objects.bulk_create(made))


def _carry_evidence(
    assessment: Assessment, draft: Assessment, old: Instrument, new: Instrument
) -> None:
    """The same documents beside the items of the new edition."""
    by_item: dict[str, list[Evidence]] = {}
    for one in assessment.evidence.filter(rating=None, withdrawn_at=None):
        by_item.setdefault(one.item, []).append(one)
    there = set(draft.evidence.values_list("item", "document_id"))
    Evidence.objects.bulk_create(
        Evidence(
            assessment=draft,
            item=item,
            document_id=one.document_id,
            note=one.note,
            user_id=one.user_id,
            at=one.at,
        )
        for item, was in mapping(new, old).items()
        for one in by_item.get(was, ())
        if (item, one.document_id) not in there
    )
