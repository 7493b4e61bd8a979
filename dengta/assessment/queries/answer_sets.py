"""Every firm's latest answers under an instrument as one Arrow table, read without objects.

The database strings the answers of each set together, so that one row a firm travels instead of
thirty; here the strings are cut apart and become a column per item, each distinct answer being
looked at once. Where an assessment was rated on the spot the assessor's answers stand in the place
of the firm's own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models
from django.utils import timezone

from dengta.assessment.models import Answer, Assessment, RatedAnswer, Rating
from dengta.assessment.queries import scorer
from dengta.core.coded import Coded
from dengta.core.scoring_table import level_rows
from dengta.rights.queries import agreed

FIRM = {
    "assessment": pa.int64(),
    "organisation": pa.int64(),
    "region": pa.string(),
    "industry": pa.string(),
    "size": pa.string(),
}
"""What stands beside the answers of each firm, and its type."""

BETWEEN, IS = "\x1f", "="
"""What parts the answers of a set, and an item from its answer; neither occurs in a code."""

_reading = threading.Lock()


class Beside(models.Func):
    """Texts one after the other, none of them null (Concat would ask that of every row)."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = models.TextField()


class Strung(models.Aggregate):
    """Texts one after the other, in any order."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s)"
    output_field = models.TextField()

    def __init__(self, text: models.expressions.Combinable) -> None:
        super().__init__(text, models.Value(BETWEEN))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite calls it by another name."""
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class Keys(NamedTuple):
    """A column of few distinct texts: the texts, and per row the place of its own."""

    names: list[str]
    places: npt.NDArray[np.int32]


def _keys(column: pa.ChunkedArray) -> Keys:
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return Keys(coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False))


@dataclass(frozen=True)
class AnswerSets:
    """One row per firm in the order of the assessments' ids.

    `firms` has the columns FIRM, `answers` a text column per item that anybody answered (null where
    a firm did not). `coded` is made once, so that scoring again costs the scoring only.
    """

    instrument: str
    firms: pa.Table
    answers: pa.Table

    @cached_property
    def regions(self) -> Keys:
        """Where each firm is."""
        return _keys(self.firms["region"])

    @cached_property
    def sizes(self) -> Keys:
        """Each firm's size class."""
        return _keys(self.firms["size"])

    @cached_property
    def coded(self) -> Coded:
        """The answers read. core.coded.TableError when nobody has answered anything."""
        return Coded(scorer(self.instrument), self.answers)

    @cached_property
    def levels(self) -> npt.NDArray[np.int8]:
        """Each firm's level under the instrument as it stands."""
        return level_rows(scorer(self.instrument), self.coded)

    def inside(self, prefix: str) -> npt.NDArray[np.bool_]:
        """Which rows are firms of regions that begin so."""
        names = [name.startswith(prefix) for name in self.regions.names]
        return np.array(names, np.bool_)[self.regions.places]


def answer_sets(instrument: str) -> AnswerSets:
    """Read once and kept until something is submitted or rated under the instrument."""
    with _reading:  # two that ask at once read once
        return _kept(instrument, *_newest(instrument))


@lru_cache(maxsize=8)
def _kept(instrument: str, *_newest: Any) -> AnswerSets:
    return read_answer_sets(instrument)


def _newest(instrument: str) -> tuple[Any, ...]:
    """What changes when there is something new: how many results, ratings and consents there are,
    and the last moments; and the day, with which consents run out."""
    day = timezone.localdate()
    done = Assessment.objects.filter(state="submitted", instrument=instrument)
    rated = _on_site().filter(assessment__instrument=instrument)
    ends = {"count": models.Count("pk"), "last": models.Max("submitted_at")}
    seen = [value for rows in (done, rated) for value in rows.aggregate(**ends).values()]
    given = agreed("statistics", day).aggregate(count=models.Count("pk"), last=models.Max("pk"))
    return (*seen, *given.values(), day)


def _latest(instrument: str) -> models.QuerySet[Assessment, Any]:
    """Ids of the latest submitted assessment under an instrument of each firm that lets results be
    summed up, as a subquery."""
    done = Assessment.objects.filter(state="submitted", instrument=instrument)
    done = done.filter(organisation__in=agreed("statistics", timezone.localdate()))
    return done.values("organisation").annotate(last=models.Max("pk")).values("last")


def _on_site() -> models.QuerySet[Rating]:
    return Rating.objects.filter(kind="on_site", state="submitted")


def read_answer_sets(instrument: str) -> AnswerSets:
    """The table as it is now. Three statements, however many firms."""
    latest = _latest(instrument)
    rows = Assessment.objects.filter(pk__in=latest).order_by("pk").values_list(
        "pk",
        "organisation",
        "organisation__region_code",
        "organisation__industry_code",
        "organisation__size_class",
    )  # fmt: skip
    columns = list(zip(*_fetched(rows), strict=True)) or [()] * len(FIRM)
    firms = pa.table({name: pa.array(c, FIRM[name]) for name, c in zip(FIRM, columns, strict=True)})
    same, later = models.OuterRef("assessment"), models.OuterRef("pk")
    newer = _on_site().filter(assessment=same, pk__gt=later)
    decisive = _on_site().filter(~models.Exists(newer), assessment__in=latest)
    own = Answer.objects.filter(assessment__in=latest)
    own = own.exclude(assessment__in=decisive.values("assessment"))
    rated = RatedAnswer.objects.filter(rating__in=decisive.values("pk"))
    sets = _fetched(_strung(own, "assessment")) + _fetched(_strung(rated, "rating__assessment"))
    return AnswerSets(instrument, firms, _wide(firms["assessment"].to_numpy(), sets))


def _fetched(rows: models.QuerySet[Any, Any]) -> list[Any]:
    """The rows of a query as the database gives them, without a model in between."""
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        found: list[Any] = cursor.fetchall()
    return found


def _strung(
    answers: models.QuerySet[Answer] | models.QuerySet[RatedAnswer], by: str
) -> models.QuerySet[Any, tuple[int, str]]:
    """Per set its id and all its answers in one text."""
    each = Beside("item", models.Value(IS), "value")
    strung = answers.exclude(value="").order_by().values(by).annotate(all=Strung(each))
    found: models.QuerySet[Any, tuple[int, str]] = strung.values_list(by, "all")
    return found


def _wide(ids: npt.NDArray[np.int64], sets: list[tuple[int, str]]) -> pa.Table:
    """A column per item, a row per id, from the strung answers of each."""
    own = np.fromiter((pk for pk, _ in sets), np.int64, len(sets))
    parts = pc.split_pattern(pa.array((text for _, text in sets), pa.string()), BETWEEN)
    lengths = np.diff(parts.offsets.to_numpy())
    rows = np.repeat(np.searchsorted(ids, own), lengths)
    coded = parts.flatten().dictionary_encode()
    pairs = [pair.split(IS, 1) for pair in coded.dictionary.to_pylist()]
    items = {item: at for at, item in enumerate(dict.fromkeys(item for item, _ in pairs))}
    kind = np.uint8 if len(items) < 256 else np.uint16
    item_of = np.fromiter((items[item] for item, _ in pairs), kind, len(pairs))
    answers = pa.array((answer for _, answer in pairs), pa.string())
    codes = coded.indices.to_numpy(zero_copy_only=False)
    which = item_of[codes]
    order = np.argsort(which, kind="stable")
    ends = np.searchsorted(which[order], np.arange(len(items) + 1))
    columns = {}
    for item, at in items.items():
        mine = order[ends[at] : ends[at + 1]]
        column = np.full(ids.size, -1, np.int32)
        column[rows[mine]] = codes[mine]
        columns[item] = answers.take(pa.array(column, mask=column < 0))
    return pa.table(columns)
