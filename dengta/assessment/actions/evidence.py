"""Writes of evidence: what an answer rests on, photos from the phone first of all."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import hold
from dengta.assessment.models import Assessment, Evidence, Rating
from dengta.assessment.queries import item_ids
from dengta.assessment.queries.evidence import limits
from dengta.core.shapes import Text
from dengta.trail.actions import FileRefused, StepRefused, keep_document
from dengta.trail.models import Document


class NoSuchItem(StepRefused):
    """The instrument has no item of that id."""

    def __init__(self, item: str) -> None:
        super().__init__(
            Text(
                f"这一版指标没有“{item[:40]}”这一项，材料没有上传。请从测评页面进入那一项再传。",
                f"This edition has no item “{item[:40]}”; nothing was uploaded. Open the item from"
                " the assessment.",
            )
        )


class NoSuchEvidence(StepRefused):
    """There is no such evidence in this assessment."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这份材料不在本次测评里，没有撤回。请刷新页面后再看。",
                "That file is not part of this assessment; nothing was taken back. Reload the"
                " page.",
            )
        )


def attach(
    assessment: Assessment,
    actor: Actor,
    item: str,
    file: UploadedFile[bytes],
    *,
    note: str = "",
    at: dt.datetime | None = None,
) -> Evidence:
    """Keep a file of the firm as evidence of one item of its draft.

    The same file given to the same item twice is kept once. FileRefused says what to do instead;
    Moved when the assessment is closed. Assessment.DoesNotExist for anybody else's.
    """
    if assessment.organisation_id != actor.organisation_id:
        raise Assessment.DoesNotExist
    if item not in item_ids(assessment):
        raise NoSuchItem(item)
    document = receive(file, actor)
    try:
        with transaction.atomic():
            hold(assessment)
            kept = lay_beside(assessment, actor, item, document, note=note, at=at)
    except StepRefused:
        drop(document)
        raise
    if kept.document_id != document.pk:
        drop(document)
    return kept


def receive(file: UploadedFile[bytes], actor: Actor) -> Document:
    """Keep a file within the limits of evidence; before any lock is taken, as it may be large."""
    most = limits()
    return keep_document(file, by=actor, types=most.types, most_bytes=most.bytes)


def lay_beside(
    assessment: Assessment,
    actor: Actor,
    item: str,
    document: Document,
    *,
    rating: Rating | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Evidence:
    """Lay a document beside the firm's answer, or that of a rating; the one there if it is the same
    file. The caller has checked who may, and holds the lock of the assessment or rating."""
    there = Evidence.objects.select_related("document").filter(
        assessment=assessment, rating=rating, item=item, withdrawn_at=None
    )
    for one in there:
        if one.document.fingerprint == document.fingerprint:
            return one
    most = limits().files
    if len(there) >= most:
        raise FileRefused(
            Text(
                f"这一项已有 {most} 份材料，不能再加。请先撤回用不着的，"
                "或把几页合成一个 PDF 再上传。",
                f"This item has {most} files already, which is the most. Take back what is not"
                " needed, or put several pages into one PDF.",
            )
        )
    return Evidence.objects.create(
        assessment=assessment,
        rating=rating,
        item=item,
        document=document,
        note=note.strip()[:500],
        user_id=actor.user_id or None,
        at=at or timezone.now(),
    )


def drop(document: Document) -> None:
    """Remove a document that nothing rests on."""
    document.content.delete(save=False)
    document.delete()


def take_back(
    assessment: Assessment, actor: Actor, evidence_id: int, *, at: dt.datetime | None = None
) -> None:
    """Take evidence of a draft back; it stays as a record. Twice is the same as once.

    NoSuchEvidence for what is not the firm's own, Moved when the assessment is closed.
    """
    if assessment.organisation_id != actor.organisation_id:
        raise Assessment.DoesNotExist
    own = Evidence.objects.filter(pk=evidence_id, assessment=assessment, rating=None)
    with transaction.atomic():
        hold(assessment)
        if not own.exists():
            raise NoSuchEvidence
        own.filter(withdrawn_at=None).update(withdrawn_at=at or timezone.now())
