"""同行: where a firm stands among firms of its industry, its size and its city.

A group is the latest result, under one instrument, of every firm that consents to statistics. It is
read as a table of how many firms have which score and level, in one query, so that quartiles are
exact. The firm itself does not count among its peers. Of too few peers (`peers_least` of the
policy's practice) nothing is shown, so that nobody can be told from the figures.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Literal, NamedTuple

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from dengta.accounts.queries import territory
from dengta.assessment.models import Assessment
from dengta.core.shapes import Text
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, industry_name, policy, region_name
from dengta.rights.queries import agreed

Kind = Literal["industry", "size", "city"]


class Standing(NamedTuple):
    """What one firm's result comes to; the score in thousandths of a point."""

    score_milli: int | None
    level: int | None


class Group(NamedTuple):
    """Whom a firm is compared with: `of` is a GB/T 4754 division, a size class or a region."""

    kind: Kind
    of: str


# What counts is the rating on the spot where there was one.
SCORE = Coalesce("on_site_score_milli", "score_milli")
LEVEL = Coalesce("on_site_level", "level")

Table = Mapping[Standing, int]
"""How many firms have each result."""


@dataclass(frozen=True, slots=True)
class Peers:
    """One group beside one firm. Everything but `name` is empty when the group is too small.

    `quartiles` are lower quartile, median and upper quartile of the score; `levels` counts the
    firms at each level from 0 up; `ahead_of` says how many peers scored less, `level_with` how many
    the same.
    """

    kind: Kind
    name: Text
    firms: int
    quartiles: tuple[Decimal, Decimal, Decimal] | None
    levels: tuple[int, ...]
    ahead_of: int
    level_with: int

    @property
    def hidden(self) -> bool:
        """Whether there are too few firms to be shown."""
        return not self.firms

    @property
    def share_ahead(self) -> int:
        """Of a hundred peers so many scored less, rounded down."""
        return self.ahead_of * 100 // self.firms if self.firms else 0


class Crowd:
    """The groups as they stand on a day under one instrument, each read when first asked for."""

    def __init__(self, instrument: str, day: dt.date) -> None:
        self.instrument, self.day = instrument, day
        self._tables: dict[Group, Table] = {}

    def table(self, group: Group) -> Table:
        """The results of a group: one query, once."""
        if group not in self._tables:
            firms = _firms(group)
            rows = self._results(firms).values_list(SCORE, LEVEL).annotate(n=models.Count("id"))
            self._tables[group] = {Standing(score, level): n for score, level, n in rows}
        return self._tables[group]

    def own(self, organisation: Organisation) -> Standing | None:
        """The firm's own part in its groups; None when it is in none."""
        firm = Organisation.objects.filter(pk=organisation.pk)
        found = self._results(firm).values_list(SCORE, LEVEL).first()
        return None if found is None else Standing(*found)

    def _results(self, firms: models.QuerySet[Organisation]) -> models.QuerySet[Assessment]:
        return latest_results(firms, self.instrument, self.day)


def latest_results(
    firms: models.QuerySet[Organisation], instrument: str, day: dt.date
) -> models.QuerySet[Assessment]:
    """The latest result under one instrument, by the end of a day, of each of those firms that
    consents to statistics."""
    done = Assessment.objects.filter(
        state="submitted",
        instrument=instrument,
        submitted_at__lt=_end_of(day),
        organisation__in=firms.filter(pk__in=agreed("statistics", day)).values("pk"),
    )
    last = done.values("organisation").annotate(last=models.Max("id")).values("last")
    return Assessment.objects.filter(pk__in=last).order_by()


def _end_of(day: dt.date) -> dt.datetime:
    """The first moment after a day; a bound that needs no conversion row by row."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
    return timezone.make_aware(midnight)


def _firms(group: Group) -> models.QuerySet[Organisation]:
    enterprises = Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE)
    if group.kind == "industry":
        return enterprises.filter(industry_code__startswith=group.of)
    if group.kind == "size":
        return enterprises.filter(size_class=group.of)
    return enterprises.filter(region_code__startswith=territory(group.of))


def groups_of(organisation: Organisation) -> list[tuple[Group, Text]]:
    """The groups that a firm belongs to, with their names."""
    division = division_of(organisation.region_code)
    groups = [
        (
            Group("industry", organisation.industry_code[:2]),
            industry_name(organisation.industry_code),
        ),
        (Group("city", division), region_name(division)),
    ]
    if organisation.size_class:
        name = policy().facts["size_class"].values[organisation.size_class]
        size = Text(f"{name.zh}企业", f"{name.en} enterprises")
        groups.insert(1, (Group("size", organisation.size_class), size))
    return groups


def peers_of(organisation: Organisation, mine: Standing, crowd: Crowd, top: int) -> list[Peers]:
    """A firm's result `mine` among its groups; `top` is the highest level."""
    own = crowd.own(organisation)
    least = policy().practised("peers_least", crowd.day)
    found = []
    for group, name in groups_of(organisation):
        others = _without(crowd.table(group), own)
        if sum(others.values()) < least:
            found.append(Peers(group.kind, name, 0, None, (), 0, 0))
        else:
            found.append(_beside(group, name, mine, others, top))
    return found


def _without(table: Table, own: Standing | None) -> dict[Standing, int]:
    others = dict(table)
    if own in others:
        others[own] -= 1
    return others


def _beside(group: Group, name: Text, mine: Standing, table: Table, top: int) -> Peers:
    firms = sum(table.values())
    levels = tuple(
        sum(n for standing, n in table.items() if standing.level == level)
        for level in range(top + 1)
    )
    scored = sorted(
        (standing.score_milli, n)
        for standing, n in table.items()
        if standing.score_milli is not None and n
    )
    if mine.score_milli is None or not scored:
        return Peers(group.kind, name, firms, None, levels, 0, 0)
    scores = [score for score, _ in scored]
    up_to = [0, *accumulate(n for _, n in scored)]
    below = up_to[bisect_left(scores, mine.score_milli)]
    same = up_to[bisect_right(scores, mine.score_milli)] - below
    quarters = tuple(_quantile(scores, up_to, quarter) for quarter in (1, 2, 3))
    return Peers(
        group.kind, name, firms, (quarters[0], quarters[1], quarters[2]), levels, below, same
    )


def _quantile(scores: list[int], up_to: list[int], quarter: int) -> Decimal:
    """The value below which `quarter` quarters lie: between the two ranks it falls on, exactly (the
    way of spreadsheets, inclusive)."""
    last = up_to[-1] - 1
    rank, rest = divmod(last * quarter, 4)
    low = scores[bisect_right(up_to, rank) - 1]
    high = scores[bisect_right(up_to, min(rank + 1, last)) - 1]
    return Decimal(low * 4 + (high - low) * rest) / 4000
