"""Writes of assessments."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Answer, Assessment
from dengta.assessment.queries import NATIONAL, draft_of, result_of, scorer
from dengta.core.scoring import Result
from dengta.core.shapes import Text
from dengta.registry.queries import policy
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


def start(actor: Actor, *, instrument: str = NATIONAL, at: dt.datetime | None = None) -> Assessment:
    """The organisation's draft: the one that is open, else a new one. Needs consent to
    `assessment`."""
    now = at or timezone.now()
    if not allowed(actor.organisation_id, "assessment", timezone.localdate(now)):
        raise StepRefused(
            Text(
                "开始测评前需要先授权使用数据。请到“数据授权”页面同意后再开始。",
                "An assessment needs your consent to use the data first. Give it on the consent"
                " page.",
            )
        )
    draft = draft_of(actor.organisation_id)
    if draft is not None:
        return draft
    draft = Assessment(organisation_id=actor.organisation_id, instrument=instrument, started_at=now)
    try:
        with transaction.atomic():
            begin(draft, by=actor, at=now)
    except IntegrityError:  # a second device began at the same moment: its draft is ours too
        existing = draft_of(actor.organisation_id)
        assert existing is not None
        return existing
    return draft


def save_answers(
    assessment: Assessment, actor: Actor, answers: Mapping[str, str | int | None]
) -> None:
    """Keep answers in their normal form; an empty one takes the answer back. AnswerError if
    impossible."""
    if assessment.organisation_id != actor.organisation_id:
        raise Assessment.DoesNotExist
    read = scorer(assessment.instrument).read
    answered = {item: read(item, value) for item, value in answers.items()}
    given = {item: value for item, value in answered.items() if value is not None}
    now = timezone.now()
    with transaction.atomic():
        _hold(assessment)
        Answer.objects.filter(
            assessment=assessment, item__in=[item for item in answers if item not in given]
        ).delete()
        Answer.objects.bulk_create(
            [
                Answer(
                    assessment=assessment,
                    item=item,
                    value=str(value),
                    user_id=actor.user_id or None,
                    at=now,
                )
                for item, value in given.items()
            ],
            update_conflicts=True,
            unique_fields=["assessment", "item"],
            update_fields=["value", "user", "at"],
        )


def submit(assessment: Assessment, actor: Actor, *, at: dt.datetime | None = None) -> Result:
    """Score the whole and close it. Incomplete names what is missing; Moved if it was closed
    already."""
    now = at or timezone.now()
    with transaction.atomic():
        _hold(assessment)
        result = result_of(assessment)
        if result.missing:
            raise Incomplete(result.missing)
        advance(
            assessment,
            "submit",
            by=actor,
            at=now,
            reasons={"score": result.score_text, "level": result.level},
            evidence={
                "submitted_at": now,
                "score_milli": int(result.score * 1000),
                "verify_code": new_verify_code(),
                "level": result.level,
                "result": result.as_json("zh-hans"),
                "policy_digest": policy().digest,
            },
        )
    return result


_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_verify_code() -> str:
    """Twelve signs that cannot be mistaken for each other, about 59 bits of chance."""
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(12))


def _hold(assessment: Assessment) -> None:
    """Take the draft's row lock by writing to it, so that answers and submission cannot cross."""
    held = Assessment.objects.filter(pk=assessment.pk, state="draft")
    if not held.update(started_at=models.F("started_at")):
        raise Moved(
            Text(
                "这份测评已经提交，不能再改。需要更新时请开始新的一次测评。",
                "This assessment has been submitted and is closed. Begin a new one to update it.",
            )
        )


def discard(assessment: Assessment, actor: Actor) -> None:
    """Give a draft up."""
    advance(assessment, "discard", by=actor)
