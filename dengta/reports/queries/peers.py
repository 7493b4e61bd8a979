"""同行: where a firm stands among firms of its industry, its size and its city.

A group is the latest result, under one instrument, of every firm that consents to statistics. It is
read as a table of how many firms have which score and level, in one query, so that quartiles are
exact. The firm itself does not count among its peers. Of too few peers (`peers_least` of the
policy's practice) nothing is shown, so that nobody can be told from the figures.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
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


class Table:
    """How many firms of a group have which result, from rows (score, level, how many).

    Scores are kept in their order with how many stand below each, so that one firm is placed, and
    taken out of the group, without walking through it.
    """

    def __init__(self, rows: Iterable[tuple[int | None, int | None, int]]) -> None:
        self.firms = 0
        self.levels: Counter[int | None] = Counter()
        scored: Counter[int] = Counter()
        for score, level, n in rows:
            self.firms += n
            self.levels[level] += n
            if score is not None:
                scored[score] += n
        self.scores = sorted(scored)
        self.below = [0, *accumulate(scored[score] for score in self.scores)]

    @property
    def scored(self) -> int:
        """How many firms have a score."""
        return self.below[-1]

    def less(self, score: int) -> int:
        """How many scored less."""
        return self.below[bisect_left(self.scores, score)]

    def equal(self, score: int) -> int:
        """How many scored the same."""
        return self.below[bisect_right(self.scores, score)] - self.less(score)

    def at(self, rank: int) -> int:
        """The score at a rank from 0 up."""
        return self.scores[bisect_right(self.below, rank) - 1]


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
            self._tables[group] = Table(rows)
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
        state="submitted", instrument=instrument, submitted_at__lt=_end_of(day)
    )
    later = done.filter(organisation=models.OuterRef("organisation"), pk__gt=models.OuterRef("pk"))
    consent = agreed("statistics", day).filter(organisation=models.OuterRef("organisation"))
    return done.filter(
        models.Exists(consent), ~models.Exists(later), organisation__in=firms.values("pk")
    ).order_by()


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
        table = crowd.table(group)
        if table.firms - (own is not None) < least:
            found.append(Peers(group.kind, name, 0, None, (), 0, 0))
        else:
            found.append(_beside(group, name, mine, table, own, top))
    return found


def _beside(
    group: Group, name: Text, mine: Standing, table: Table, own: Standing | None, top: int
) -> Peers:
    """A result beside a group, of which the firm's own part is taken out."""
    firms = table.firms - (own is not None)
    levels = tuple(
        table.levels[level] - (own is not None and own.level == level) for level in range(top + 1)
    )
    score = mine.score_milli
    gone = None if own is None else own.score_milli
    if score is None or table.scored == (gone is not None):
        return Peers(group.kind, name, firms, None, levels, 0, 0)
    low, middle, high = (_quantile(table, gone, quarter) for quarter in (1, 2, 3))
    ahead = table.less(score) - (gone is not None and gone < score)
    same = table.equal(score) - (gone == score)
    return Peers(group.kind, name, firms, (low, middle, high), levels, ahead, same)


def _quantile(table: Table, gone: int | None, quarter: int) -> Decimal:
    """The value below which `quarter` quarters lie, one score taken out: between the two ranks it
    falls on, exactly (the way of spreadsheets, inclusive)."""

    def at(rank: int) -> int:
        return table.at(rank if gone is None or rank < table.less(gone) else rank + 1)

    last = table.scored - (gone is not None) - 1
    rank, rest = divmod(last * quarter, 4)
    low, high = at(rank), at(min(rank + 1, last))
    return Decimal(low * 4 + (high - low) * rest) / 4000
