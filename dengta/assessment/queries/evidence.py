"""Shared reads of evidence: what lies beside an answer, who may open it, where else it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment, Evidence, Rating
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.models import Document


class Limits(NamedTuple):
    """What may be given as evidence: endings of names, size of a file, files of an item."""

    types: tuple[str, ...]
    bytes: int
    files: int

    @property
    def megabytes(self) -> int:
        """The size of a file, in MB."""
        return self.bytes // 2**20


def limits() -> Limits:
    """The limits of today, from the policy's practice."""
    day, practice = timezone.localdate(), policy()
    megabytes = practice.practised("evidence_file_mb", day)
    files = practice.practised("evidence_files_per_item", day)
    return Limits(practice.practised_words("evidence_types", day), megabytes * 2**20, files)


def evidence_of(
    assessment: Assessment, item: str | None = None, *, rating: Rating | None = None
) -> models.QuerySet[Evidence]:
    """What lies beside the firm's answers (or a rating's), of one item or of all, oldest first."""
    found = Evidence.objects.filter(assessment=assessment, rating=rating, withdrawn_at=None)
    if item is not None:
        found = found.filter(item=item)
    return found.select_related("document", "assessment").order_by("id")


def document_for(actor: Actor, pk: int) -> Document | None:
    """A document, if it is evidence that the actor may see; else None.

    The firm sees its own, withdrawn or not, and what a rater of its assessment gave. Raters see
    that of the assessments given to them; officials that of submitted ones in their territory.
    """
    beside = Evidence.objects.filter(document=pk)
    if actor.role == "enterprise":
        beside = beside.filter(assessment__organisation=actor.organisation_id)
    elif actor.role == "expert":
        given = Rating.objects.filter(assessor=actor.user_id, state__in=("assigned", "submitted"))
        beside = beside.filter(assessment__in=given.values("assessment"))
    elif actor.official:
        beside = beside.filter(assessment__state="submitted").select_related(
            "assessment__organisation"
        )
    else:
        return None
    for one in beside.select_related("document", "assessment__organisation"):
        if not actor.official or actor.covers(one.assessment.case_region):
            return one.document
    return None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One piece of evidence that another firm gave, too: `whole` the same file, else a photo that
    looks the same."""

    evidence: Evidence
    other: Evidence
    whole: bool

    @property
    def organisation(self) -> Organisation:
        """The other firm."""
        return self.other.assessment.organisation


def same_elsewhere(evidence: Iterable[Evidence]) -> Mapping[int, tuple[Elsewhere, ...]]:
    """Where else the same files and photos were seen, by id of the evidence; other firms only.

    One query however many are asked. Photos count as the same up to one bit of their 64, which is
    what saving them anew or sending them on leaves. Not an accusation: firms of one group share
    systems, and the official asks.
    """
    asked = [one for one in evidence if one.withdrawn_at is None]
    if not asked:
        return {}
    by_file: dict[str, list[Evidence]] = {}
    by_look: dict[str, list[Evidence]] = {}
    for one in asked:
        by_file.setdefault(one.document.fingerprint, []).append(one)
        for look in neighbours(one.document.picture):
            by_look.setdefault(look, []).append(one)
    others = Evidence.objects.filter(
        models.Q(document__fingerprint__in=by_file) | models.Q(document__picture__in=by_look),
        withdrawn_at=None,
    ).select_related("document", "assessment__organisation")
    own = {one.assessment.organisation_id for one in asked}
    if len(own) == 1:
        others = others.exclude(assessment__organisation__in=own)
    found: dict[int, list[Elsewhere]] = {}
    for other in others.order_by("id"):
        same = by_file.get(other.document.fingerprint, [])
        alike = by_look.get(other.document.picture, []) if other.document.picture else []
        for one in {one.pk: one for one in (*same, *alike)}.values():
            if one.assessment.organisation_id != other.assessment.organisation_id:
                found.setdefault(one.pk, []).append(Elsewhere(one, other, one in same))
    return {pk: tuple(same) for pk, same in found.items()}


def neighbours(picture: str) -> Iterator[str]:
    """A picture's print, and the 64 that differ from it in one bit; none where there is none."""
    if picture:
        bits = int(picture, 16)
        yield picture
        yield from (f"{bits ^ 1 << place:016x}" for place in range(64))
