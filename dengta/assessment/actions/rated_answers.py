"""Writes of an assessor's answers: typed on a tablet that may be offline, sent when it can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import NoSuchItem, drop, lay_beside, receive
from dengta.assessment.models import Assessment, Evidence, RatedAnswer, Rating
from dengta.assessment.queries import scorer
from dengta.core.scoring import AnswerError
from dengta.core.shapes import Text
from dengta.trail.actions import Moved, StepRefused

REMARK_SIGNS, REASON_SIGNS = 2000, 500


@dataclass(frozen=True, slots=True)
class Typed:
    """What an assessor typed for one item, and when by the clock of the platform."""

    item: str
    value: str
    reason: str
    remark: str
    typed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a batch: items kept, items of which something typed later stands, and items
    refused with the sentence to show."""

    kept: tuple[str, ...]
    newer: Mapping[str, RatedAnswer]
    refused: Mapping[str, Text]


def keep_answers(
    rating: Rating, actor: Actor, batch: Iterable[Typed], *, at: dt.datetime | None = None
) -> Kept:
    """Keep what was typed, each item by the moment it was typed: later beats earlier in whatever
    order batches arrive, and a batch that is sent twice is kept once.

    Rating.DoesNotExist for anybody but the assessor; Moved when the rating is closed (nothing is
    kept then). A moment in the future counts as now.
    """
    now = at or timezone.now()
    only_the_assessor(rating, actor)
    wanted, refused = _read_batch(rating.assessment, batch, now)
    with transaction.atomic():
        hold(rating)
        standing = {
            row.item: row for row in RatedAnswer.objects.filter(rating=rating, item__in=wanted)
        }
        newer = {
            item: standing[item]
            for item, typed in wanted.items()
            if item in standing and standing[item].typed_at >= typed.typed_at
        }
        RatedAnswer.objects.bulk_create(
            [
                RatedAnswer(
                    rating=rating,
                    item=item,
                    value=typed.value,
                    reason=typed.reason,
                    remark=typed.remark,
                    typed_at=typed.typed_at,
                    at=now,
                )
                for item, typed in wanted.items()
                if item not in newer
            ],
            update_conflicts=True,
            unique_fields=["rating", "item"],
            update_fields=["value", "reason", "remark", "typed_at", "at"],
        )
    again = {item for item, row in newer.items() if _same(row, wanted[item])}
    return Kept(
        kept=tuple(item for item in wanted if item not in newer or item in again),
        newer={item: row for item, row in newer.items() if item not in again},
        refused=refused,
    )


def _same(row: RatedAnswer, typed: Typed) -> bool:
    return (row.value, row.reason, row.remark) == (typed.value, typed.reason, typed.remark)


def _read_batch(
    assessment: Assessment, batch: Iterable[Typed], now: dt.datetime
) -> tuple[dict[str, Typed], dict[str, Text]]:
    """The last of each item in its normal form, and what cannot be kept."""
    read = scorer(assessment.instrument).read
    wanted: dict[str, Typed] = {}
    refused: dict[str, Text] = {}
    for typed in sorted(batch, key=lambda one: one.typed_at):
        wanted.pop(typed.item, None)
        refused.pop(typed.item, None)
        try:
            value = read(typed.item, typed.value)
        except AnswerError as impossible:
            refused[typed.item] = impossible.message
            continue
        fault = _too_long(typed)
        if fault is not None:
            refused[typed.item] = fault
            continue
        wanted[typed.item] = Typed(
            typed.item,
            "" if value is None else str(value),
            typed.reason.strip(),
            typed.remark.strip(),
            min(typed.typed_at, now),
        )
    return wanted, refused


def _too_long(typed: Typed) -> Text | None:
    for text, most, zh, en in (
        (typed.remark, REMARK_SIGNS, "备注", "The remark"),
        (typed.reason, REASON_SIGNS, "不适用的理由", "The reason"),
    ):
        if len(text.strip()) > most:
            return Text(
                f"{zh}有 {len(text.strip())} 字，最多 {most} 字；请精简后再保存，"
                "较长的说明可以作为附件上传。",
                f"{en} has {len(text.strip())} characters, {most} at most; shorten it, or upload"
                " the long text as a file.",
            )
    return None


def as_the_firm_said(
    rating: Rating, actor: Actor, item: str, *, at: dt.datetime | None = None
) -> Kept:
    """The assessor agrees with the firm's own answer to one item, having been asked to say so."""
    own = rating.assessment.answers.filter(item=item).first()
    standing = rating.answers.filter(item=item).first()
    if own is None or not own.value:
        raise StepRefused(
            Text("企业自己没有答这一项。", "The enterprise has not answered this item itself.")
        )
    remark = standing.remark if standing else ""
    typed = Typed(item, own.value, own.reason, remark, at or timezone.now())
    return keep_answers(rating, actor, [typed], at=at)


def attach(
    rating: Rating,
    actor: Actor,
    item: str,
    file: UploadedFile[bytes],
    *,
    note: str = "",
    at: dt.datetime | None = None,
) -> Evidence:
    """Keep a photo or file of the assessor's own beside their answer; the same file to the same
    item twice is kept once.

    FileRefused says what to do instead, Moved when the rating is closed.
    """
    only_the_assessor(rating, actor)
    if item not in scorer(rating.assessment.instrument).items:
        raise NoSuchItem(item)
    document = receive(file, actor)
    try:
        with transaction.atomic():
            hold(rating)
            kept = lay_beside(
                rating.assessment, actor, item, document, rating=rating, note=note, at=at
            )
    except StepRefused:
        drop(document)
        raise
    if kept.document_id != document.pk:
        drop(document)
    return kept


def take_back(
    rating: Rating, actor: Actor, evidence_id: int, *, at: dt.datetime | None = None
) -> None:
    """Take a piece of one's own evidence back while the rating is open; it stays as a record.

    Evidence.DoesNotExist for what is not of this rating.
    """
    only_the_assessor(rating, actor)
    own = Evidence.objects.filter(pk=evidence_id, rating=rating)
    with transaction.atomic():
        hold(rating)
        if not own.exists():
            raise Evidence.DoesNotExist
        own.filter(withdrawn_at=None).update(withdrawn_at=at or timezone.now())


def only_the_assessor(rating: Rating, actor: Actor) -> None:
    """Rating.DoesNotExist for anybody but the person who was asked."""
    if not actor.user_id or rating.assessor_id != actor.user_id:
        raise Rating.DoesNotExist


def hold(rating: Rating) -> None:
    """Take the open rating's row lock by writing to it, so that a late batch and the submission
    cannot cross."""
    held = Rating.objects.filter(pk=rating.pk, state="assigned")
    if not held.update(assigned_at=models.F("assigned_at")):
        raise Moved(
            Text(
                "这次评定已经提交或退回，不再接收新的内容；您刚才填写的内容没有丢，"
                "还留在这台设备上。需要更正请联系派单的主管部门。",
                "This rating is closed and takes nothing more; what you typed is still on this"
                " device. To correct something, ask the office that gave it out.",
            )
        )
