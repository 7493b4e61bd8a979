"""指标: how each indicator is measured, by division, and the list that makes up each number.

An indicator is `title:<title>` (organisations holding it), `assessed`, `level:<n>` (assessed at n
or better), `at:<n>` (assessed at n, neither better nor worse), `cloud_enterprises` (the title and
every enterprise for whose voucher money was paid, each once), or else a reported figure
(Observation). Assessments count where the firm consents to statistics, by the level that counts
(on-site where there is one, see `assessment.queries.counted`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import models

from dengta.assessment.queries.counted import Counted, counted
from dengta.core.indicators import Light, Progress, expected, light, progress
from dengta.core.money import largest_remainder
from dengta.core.shapes import Target, Text
from dengta.funding.models import DEAD_CLAIM, Instalment
from dengta.monitoring.models import Observation
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, divisions, holders, policy, within
from dengta.rights.queries import agreed


def members(indicator: str, day: dt.date) -> models.QuerySet[Organisation] | None:
    """The organisations that make up an indicator on a day; None when it is a reported figure."""
    kind, _, argument = indicator.partition(":")
    everybody = Organisation.objects.all()
    if kind == "title":
        return everybody.filter(pk__in=holders([argument], day))
    if kind == "cloud_enterprises":
        parts = Instalment.objects.filter(paid_at__date__lte=day, claim__voucher__isnull=False)
        paid = parts.exclude(claim__state__in=DEAD_CLAIM).values("claim__organisation")
        return everybody.filter(
            models.Q(pk__in=holders(["cloud_enterprise"], day)) | models.Q(pk__in=paid)
        )
    if kind in ("level", "at", "assessed"):
        done = _assessments(day)
        if kind == "level":
            done = done.filter(counted_level__gte=int(argument))
        if kind == "at":
            done = done.filter(counted_level=int(argument))
        return everybody.filter(pk__in=done.values("organisation"))
    return None


def _assessments(day: dt.date) -> models.QuerySet[Counted]:
    """The assessment that counts of each firm that consents to statistics."""
    return counted(day).filter(organisation__in=agreed("statistics", day))


def by_division(indicator: str, day: dt.date) -> dict[str, int]:
    """Each division's count; for a reported figure its latest observations by division."""
    counted = members(indicator, day)
    if counted is None:
        return {code: o.amount for code, o in _observed(indicator, day).items()}
    return dict(Counter(division_of(c) for c in counted.values_list("region_code", flat=True)))


def _observed(indicator: str, day: dt.date) -> dict[str, Observation]:
    rows = Observation.objects.filter(indicator=indicator, observed_date__lte=day)
    return {row.region_code: row for row in rows.order_by("observed_date")}


def total(indicator: str, day: dt.date) -> int | None:
    """The province's figure; None when nothing has been reported."""
    counted = members(indicator, day)
    if counted is not None:
        return counted.count()
    observed = _observed(indicator, day)
    reported = observed.pop(whole(), None)
    if reported is not None:
        return reported.amount
    return sum(o.amount for o in observed.values()) if observed else None


def whole() -> str:
    """The code of the province."""
    return next(r.code for r in policy().regions.values() if r.level == "province")


def board(day: dt.date) -> list[Progress]:
    """Every target of every plan in force or due, set against what is there."""
    return [standing(target, total(target.indicator, day), day) for target in policy().targets]


def standing(target: Target, actual: int | None, day: dt.date) -> Progress:
    """A target set against a figure, with the light of practice."""
    return progress(target, actual, day, policy().practised("indicator_yellow_bps", day))


def target(id: str) -> Target:
    """One target. KeyError if no plan has it."""
    return {t.id: t for t in policy().targets}[id]


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One division's part of an indicator; `expected` is its part of what the province should
    have by now.

    A plan sets no targets by division, so the province's is shared out by registered enterprises
    (largest remainder); `expected` is None and the light grey where there is no target.
    """

    code: str
    name: Text
    tile: tuple[int, int] | None
    count: int
    expected: int | None
    light: Light


def division_rows(
    indicator: str, day: dt.date, promised: Target | None = None
) -> list[DivisionRow]:
    """All divisions with their counts, set against their part of a target if one is given."""
    counts = by_division(indicator, day)
    parts: dict[str, int] = {}
    if promised is not None and members(indicator, day) is not None:
        firms = Counter(
            division_of(code)
            for code in Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE).values_list(
                "region_code", flat=True
            )
        )
        codes = [r.code for r in divisions()]
        weights = [firms[code] for code in codes]
        if sum(weights):
            shares = largest_remainder(expected(promised, day), weights)
            parts = dict(zip(codes, shares, strict=True))
    yellow = policy().practised("indicator_yellow_bps", day)
    return [
        DivisionRow(
            r.code,
            r.name,
            r.tile,
            counts.get(r.code, 0),
            parts.get(r.code),
            light(counts.get(r.code, 0), parts[r.code], yellow) if r.code in parts else "grey",
        )
        for r in divisions()
    ]


def listed(indicator: str, region: str, day: dt.date) -> models.QuerySet[Organisation] | None:
    """The list behind one number, in the order of names; None for a reported figure."""
    counted = members(indicator, day)
    if counted is None:
        return None
    return within(counted, region).order_by("name")


def observations(indicator: str) -> models.QuerySet[Observation]:
    """What was reported for an indicator, newest first."""
    return Observation.objects.filter(indicator=indicator).order_by("-observed_date")


def level_distribution(day: dt.date) -> dict[int, int]:
    """How many organisations stand at each level 0 to 4 by the assessment that counts."""
    rows = _assessments(day).values("counted_level").annotate(n=models.Count("id"))
    found = {row["counted_level"]: row["n"] for row in rows}
    return {level: found.get(level, 0) for level in range(5)}
