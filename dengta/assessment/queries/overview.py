"""What an office sees of its territory's assessments: a list narrowed and sorted, and its sums.

Which assessments those are is decided in `seen`; here come what only lists of officials ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.db.models.functions import Coalesce

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment, Evidence, Rating
from dengta.assessment.queries.evidence import same_elsewhere
from dengta.assessment.queries.seen import STANDS, Filters, assessments_seen
from dengta.core.shapes import Text

RATED: Mapping[str, Text] = {
    "on_site": Text("已现场评定", "Rated on the spot"),
    "expert": Text("已专家评定", "Rated at the desk"),
    "assigned": Text("评定中", "Being rated"),
    "none": Text("未评定", "Not rated"),
}
SORTS: Mapping[str, Text] = {
    "new": Text("最近提交", "Latest first"),
    "high": Text("得分从高到低", "Highest score first"),
    "low": Text("得分从低到高", "Lowest score first"),
    "name": Text("企业名称", "By name"),
}
POINTS = Coalesce("on_site_score_milli", "score_milli")
"""The score that is shown: that of the last on-site rating where there is one."""

_ORDERS: Mapping[str, tuple[models.OrderBy | str, ...]] = {
    "new": ("-submitted_at", "-id"),
    "high": (POINTS.desc(nulls_last=True), "-id"),
    "low": (POINTS.asc(nulls_last=True), "-id"),
    "name": ("organisation__name", "-id"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the list is narrowed and sorted. `words` are part of a name or of a code, `rated` one of
    RATED, `sort` one of SORTS."""

    filters: Filters = field(default_factory=Filters)
    words: str = ""
    rated: str = ""
    conflicting: bool = False
    repeated: bool = False
    sort: str = "new"


def listed(actor: Actor, wanted: Wanted) -> models.QuerySet[Assessment]:
    """The assessments of the list, without their stored results, which are large."""
    rows = assessments_seen(actor, wanted.filters)
    if words := wanted.words.strip():
        code = "".join(words.split()).upper()
        rows = rows.filter(
            models.Q(organisation__name__contains=words)
            | models.Q(organisation__uscc__contains=code)
        )
    if wanted.rated:
        rows = _rated(rows, wanted.rated)
    if wanted.conflicting:
        rows = rows.filter(_CONFLICTING)
    if wanted.repeated:
        rows = rows.filter(models.Exists(_repeated()))
    order = _ORDERS.get(wanted.sort, _ORDERS["new"])
    return rows.defer("result").order_by(*order)


_CONFLICTING = models.Q(result__contradictions__0__isnull=False)


def _rated(rows: models.QuerySet[Assessment], rated: str) -> models.QuerySet[Assessment]:
    own = Rating.objects.filter(assessment=models.OuterRef("pk"))
    if rated == "none":
        return rows.filter(~models.Exists(own.filter(state__in=("submitted", "assigned"))))
    if rated == "assigned":
        return rows.filter(models.Exists(own.filter(state="assigned")))
    return rows.filter(models.Exists(own.filter(state="submitted", kind=rated)))


def _repeated() -> models.QuerySet[Evidence]:
    """Evidence of an assessment that another firm gave, too: the same file, or a photo whose print
    is the same. (A page of one assessment also finds prints that differ in one bit.)"""
    file, look = models.OuterRef("document__fingerprint"), models.OuterRef("document__picture")
    firm = models.OuterRef("assessment__organisation")
    others = Evidence.objects.filter(withdrawn_at=None).exclude(assessment__organisation=firm)
    alike = models.Q(document__fingerprint=file) | (
        models.Q(document__picture=look) & ~models.Q(document__picture="")
    )
    return Evidence.objects.filter(
        models.Exists(others.filter(alike)), assessment=models.OuterRef("pk"), withdrawn_at=None
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """What a list comes to: how many by level (None without one), and the median score in
    thousandths of a point (None when no row has a score)."""

    count: int
    levels: Mapping[int | None, int]
    median_milli: int | None


def sums(rows: models.QuerySet[Assessment]) -> Sums:
    """Two queries, however long the list."""
    plain = rows.order_by().annotate(points=POINTS)
    groups = list(
        plain.annotate(stands=STANDS)
        .values("stands")
        .annotate(count=models.Count("pk"), scored=models.Count("points"))
        .values_list("stands", "count", "scored")
    )
    many = sum(scored for _stands, _count, scored in groups)
    scores = plain.filter(points__isnull=False).order_by("points").values_list("points", flat=True)
    middle = list(scores[(many - 1) // 2 : many // 2 + 1]) if many else []
    return Sums(
        sum(count for _stands, count, _scored in groups),
        {stands: count for stands, count, _scored in groups},
        sum(middle) // len(middle) if middle else None,
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands beside a row: contradictions found, evidence seen at other firms, ratings."""

    conflicts: int
    repeated: int
    rated: frozenset[str]


def marks_of(rows: Iterable[Assessment]) -> dict[int, Marks]:
    """The marks of the rows of one page, by id; four queries, however many rows."""
    ids = [row.pk for row in rows]
    found = Assessment.objects.filter(_CONFLICTING, pk__in=ids)
    conflicts = {pk: len(kept) for pk, kept in found.values_list("pk", "result__contradictions")}
    papers = Evidence.objects.filter(assessment__in=ids, withdrawn_at=None)
    kept = {paper.pk: paper for paper in papers.select_related("document", "assessment")}
    repeated: dict[int, int] = {}
    for pk in same_elsewhere(kept.values()):
        repeated[kept[pk].assessment_id] = repeated.get(kept[pk].assessment_id, 0) + 1
    rated: dict[int, set[str]] = {}
    ratings = Rating.objects.filter(assessment__in=ids, state__in=("assigned", "submitted"))
    for pk, kind, state in ratings.values_list("assessment_id", "kind", "state"):
        rated.setdefault(pk, set()).add(kind if state == "submitted" else state)
    return {
        pk: Marks(conflicts.get(pk, 0), repeated.get(pk, 0), frozenset(rated.get(pk, ())))
        for pk in ids
    }
