"""Every firm's latest answers under an instrument as one Arrow table, read without objects.

The rows come by one COPY (PostgreSQL) or one cursor, long and narrow, and are turned into a column
per item by integer index. Where an assessment was rated on the spot the assessor's answers stand
in the place of the firm's own.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection, models

from dengta.assessment.models import Answer, Assessment, RatedAnswer, Rating

FIRM = ("assessment", "organisation", "region", "industry", "size")
"""What stands beside the answers of each firm."""

_AT_ONCE = 50_000
_reading = threading.Lock()


@dataclass(frozen=True, slots=True)
class AnswerSets:
    """One row per firm in the order of the assessments' ids.

    `firms` has the columns FIRM, `answers` a text column per item that anybody answered (null where
    a firm did not).
    """

    firms: pa.Table
    answers: pa.Table

    def inside(self, prefix: str) -> npt.NDArray[np.bool_]:
        """Which rows are firms of regions that begin so."""
        return np.asarray(pc.starts_with(self.firms["region"], prefix), np.bool_)


def latest(instrument: str) -> models.QuerySet[Assessment, Any]:
    """Ids of each firm's latest submitted assessment under an instrument, as a subquery."""
    done = Assessment.objects.filter(state="submitted", instrument=instrument)
    return done.values("organisation").annotate(last=models.Max("pk")).values("last")


def answer_sets(instrument: str) -> AnswerSets:
    """Read once and kept until something is submitted or rated under the instrument."""
    with _reading:  # two that ask at once read once
        return _kept(instrument, *_newest(instrument))


def _newest(instrument: str) -> tuple[Any, ...]:
    """What changes when there is something new: how many there are, and the last moments."""
    done = Assessment.objects.filter(state="submitted", instrument=instrument)
    rated = _on_site().filter(assessment__instrument=instrument)
    ends = {"count": models.Count("pk"), "last": models.Max("submitted_at")}
    return tuple(value for rows in (done, rated) for value in rows.aggregate(**ends).values())


@lru_cache(maxsize=8)
def _kept(instrument: str, *_newest: Any) -> AnswerSets:
    return read_answer_sets(instrument)


def _on_site() -> models.QuerySet[Rating]:
    return Rating.objects.filter(kind="on_site", state="submitted")


def read_answer_sets(instrument: str) -> AnswerSets:
    """The table as it is now. Three statements, however many firms."""
    firms = _rows(
        Assessment.objects.filter(pk__in=latest(instrument))
        .order_by("pk")
        .values_list(
            "pk",
            "organisation",
            "organisation__region_code",
            "organisation__industry_code",
            "organisation__size_class",
        ),
        FIRM,
        (pa.int64(), pa.int64(), pa.string(), pa.string(), pa.string()),
    )
    newer = _on_site().filter(
        assessment=models.OuterRef("assessment"), pk__gt=models.OuterRef("pk")
    )
    decisive = _on_site().filter(~models.Exists(newer), assessment__in=latest(instrument))
    own = Answer.objects.filter(assessment__in=latest(instrument)).exclude(value="")
    own = own.exclude(assessment__in=decisive.values("assessment"))
    rated = RatedAnswer.objects.filter(rating__in=decisive.values("pk")).exclude(value="")
    names, kinds = ("set", "item", "value"), (pa.int64(), pa.string(), pa.string())
    long = pa.concat_tables(
        [
            _rows(own.order_by().values_list("assessment", "item", "value"), names, kinds),
            _rows(
                rated.order_by().values_list("rating__assessment", "item", "value"), names, kinds
            ),
        ]
    )
    return AnswerSets(firms, _wide(firms["assessment"].to_numpy(), long))


def _rows(
    rows: models.QuerySet[Any, Any], names: tuple[str, ...], kinds: tuple[pa.DataType, ...]
) -> pa.Table:
    """The rows of a query as an Arrow table."""
    sql, values = rows.query.sql_with_params()
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _copied(cursor, sql, values, schema)
        cursor.execute(sql, values)
        columns = [list(zip(*some, strict=True)) for some in _some(cursor)]
        batches = [
            pa.table([pa.array(c, k) for c, k in zip(some, kinds, strict=True)], schema=schema)
            for some in columns
        ]
    return pa.concat_tables(batches) if batches else schema.empty_table()


def _some(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield rows


def _copied(cursor: Any, sql: str, values: Any, schema: pa.Schema) -> pa.Table:
    """The same through COPY, which sends text that Arrow reads without a Python object per cell."""
    text = io.BytesIO()
    with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", values) as copy:
        for some in copy:
            text.write(some)
    if not text.tell():
        return schema.empty_table()
    return pa.csv.read_csv(
        pa.BufferReader(text.getbuffer()),
        read_options=pa.csv.ReadOptions(column_names=schema.names),
        convert_options=pa.csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    )


def _wide(sets: npt.NDArray[np.int64], long: pa.Table) -> pa.Table:
    """A column per item, a row per set, from rows of (set, item, value)."""
    place = np.searchsorted(sets, long["set"].to_numpy())
    items = long["item"].combine_chunks().dictionary_encode()
    values = long["value"].combine_chunks().dictionary_encode()
    codes = items.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(items.dictionary) + 1))
    value_codes = values.indices.to_numpy(zero_copy_only=False)
    columns = {}
    for at, item in enumerate(items.dictionary.to_pylist()):
        rows = order[ends[at] : ends[at + 1]]
        column = np.full(sets.size, -1, np.int32)
        column[place[rows]] = value_codes[rows]
        taken = pa.array(column, mask=column < 0)
        columns[item] = values.dictionary.take(taken)
    return pa.table(columns)
