"""The registry's facts of every organisation at once, as columns: what `facts_of` says of one.

A column is read when it is first asked for and then kept, so that trying again costs no reading.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from django.db import connection, models
from django.db.models.functions import Cast

from dengta.core.codes import size_bounds, size_class
from dengta.core.facts import FactError, read_fact
from dengta.core.shapes import FactValue
from dengta.registry.models import EnterpriseYear, Organisation, StatedFact
from dengta.registry.queries import holding, policy

AT_ONCE = 100_000
"""Rows that travel from the database together."""

SELF = {
    "uscc": pl.String,
    "region_code": pl.String,
    "industry_code": pl.String,
    "established_date": pl.Date,
    "kind": pl.String,
}
"""What stands in the table of organisations itself, and its type."""
FIGURES = ("employees", "revenue_fen", "assets_fen")
"""What a year's figures say."""
HELD = ("uscc", "region_code", "industry_code", "titles")
"""Facts that the registry holds itself, whatever was stated."""
Bounds = tuple[tuple[str, tuple[int, ...]], ...]
KINDS = {"bool": pl.Boolean, "date": pl.Date, "text": pl.String}


class RegistryColumns:
    """Facts of every organisation, in the order of their ids, as they are on a day.

    Each column holds what `registry.facts.facts_of` gives for each, null for unknown; a set is one
    column of booleans for each element, `titles__srdi`.
    """

    def __init__(self, day: dt.date) -> None:
        self.day = day
        self._reading = threading.Lock()
        self._read: dict[str, pl.Series] = {}
        self._said: dict[str, pl.DataFrame] = {}

    @cached_property
    def base(self) -> pl.DataFrame:
        """`organisation` (id) and the columns of SELF."""
        rows = Organisation.objects.order_by("pk").values_list("pk", *SELF)
        frame = fetched(rows, {"organisation": pl.Int64, **SELF})
        codes = ("region_code", "industry_code", "kind")
        return frame.with_columns(pl.col(codes).cast(pl.Categorical))

    @cached_property
    def ids(self) -> npt.NDArray[np.int64]:
        """The ids, rising."""
        ids: npt.NDArray[np.int64] = self.base["organisation"].to_numpy()
        return ids

    @cached_property
    def years(self) -> pl.DataFrame:
        """The latest year's figures of each, in the order of the ids; null without any."""
        rows = EnterpriseYear.objects.order_by("year").values_list("organisation", *FIGURES)
        kinds = {"organisation": pl.Int64, **dict.fromkeys(FIGURES, pl.Int64)}
        latest = fetched(rows, kinds).unique("organisation", keep="last")
        return self._placed(latest)

    def column(self, name: str) -> pl.Series:
        """One column; a fact that nobody stated is null throughout."""
        self.read([name, *(FIGURES if name == "size_class" else ())])
        with self._reading:
            return self._column(name)

    def _column(self, name: str) -> pl.Series:
        if name not in self._read:
            self._read[name] = self._made(name).alias(name)
        return self._read[name]

    def _made(self, name: str) -> pl.Series:
        fact, _, element = name.partition("__")
        if fact == "titles" and element:
            held = holding([element], self.day).values_list("organisation", flat=True)
            return pl.Series(np.isin(self.ids, np.array(held, np.int64)))
        if element:
            return self._stated(fact, element)
        if fact in ("uscc", "region_code", "industry_code"):
            return self.base[fact]
        if fact == "size_class":
            return _first(self._sizes(), self._stated(fact))
        if fact == "established_date":
            return _first(self.base[fact], self._stated(fact))
        if fact == "years_established":  # follows from the date, where the registry has it
            known = self.base["established_date"].is_not_null()
            stated = self._stated(fact)
            return stated.to_frame(fact).select(pl.when(~known).then(pl.col(fact))).to_series()
        if fact in FIGURES:
            return _first(self.years[fact], self._stated(fact))
        return self._stated(fact)

    def read(self, names: Iterable[str]) -> None:
        """Read what was stated of many facts in one go, which one by one takes as many passes."""
        with self._reading:
            facts = {name.partition("__")[0] for name in names}
            new = sorted(facts.intersection(policy().facts).difference(self._said, HELD))
            if not new:
                return
            rows = StatedFact.objects.filter(fact__in=new).order_by("id")
            text = Cast("value", models.TextField())
            kinds = {"organisation": pl.Int64, "fact": pl.Categorical, "value": pl.String}
            said = fetched(rows.values_list("organisation", "fact", text), kinds)
            latest = said.unique(["organisation", "fact"], keep="last")
            for fact in new:
                self._said[fact] = latest.filter(pl.col("fact") == fact).drop("fact")

    def _stated(self, fact: str, element: str = "") -> pl.Series:
        """The latest statement of each; one that the vocabulary no longer allows is passed over.
        Of a set, whether it holds an element."""
        kind = pl.Boolean if element else KINDS.get(policy().facts[fact].type, pl.Int64)
        said = self._said[fact]
        told = said["value"].unique()
        values = [_readable(fact, each) for each in told]
        if element:
            values = [None if value is None else element in value for value in values]
        read = pl.DataFrame({"value": told, fact: pl.Series(values, dtype=kind)})
        each = said.join(read, on="value", how="left").select("organisation", fact)
        return self._placed(each)[fact]

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of some organisations, one for each of all in the order of their ids."""
        every = self.base.select("organisation")
        return every.join(rows, on="organisation", how="left", maintain_order="left")

    def _sizes(self) -> pl.Series:
        """A size class each; firms of one industry between the same bounds are judged once."""
        industry = self._column("industry_code").cast(pl.String)
        figures = pl.DataFrame([industry, *map(self._column, FIGURES)])
        alike: dict[Bounds, list[str]] = {}
        for code in industry.unique():
            alike.setdefault(size_bounds(policy(), code), []).append(code)
        parts = [pl.DataFrame(schema={"at": pl.UInt32, "size_class": pl.String})]
        for bounds, codes in alike.items():
            rows = figures.with_row_index("at").filter(pl.col("industry_code").is_in(codes))
            parts.append(_sized(rows, dict(bounds)))
        return pl.concat(parts).sort("at")["size_class"]


def _sized(rows: pl.DataFrame, bounds: dict[str, tuple[int, ...]]) -> pl.DataFrame:
    """`at` and `size_class` of rows whose figures are held against the same bounds."""
    reached = [_reached(rows[figure], bounds.get(figure, ())) for figure in FIGURES]
    bands = rows.with_columns(reached)
    kinds = bands.drop("at").unique()
    judged = []
    for industry, *places in kinds.iter_rows():
        facts: dict[str, FactValue] = {"industry_code": industry}
        for figure, place in zip(FIGURES, places, strict=True):
            if place is not None:
                facts[figure] = bounds[figure][place - 1] if place else 0
        judged.append(size_class(policy(), facts).size_class)
    sizes = kinds.with_columns(pl.Series("size_class", judged, pl.String))
    on = ["industry_code", *FIGURES]
    return bands.join(sizes, on=on, how="left", nulls_equal=True).select("at", "size_class")


def _reached(figure: pl.Series, bounds: Sequence[int]) -> pl.Series:
    """How many of the bounds each figure reaches; null where it is unknown."""
    places = np.searchsorted(list(bounds), figure.fill_null(0).to_numpy(), "right").astype(np.int16)
    return pl.Series(figure.name, places).set(figure.is_null(), None)


def _first(own: pl.Series, stated: pl.Series) -> pl.Series:
    """What the registry holds, else what was stated."""
    both = pl.DataFrame([own.alias("own"), stated.alias("stated")])
    return both.select(pl.coalesce("own", "stated")).to_series()


def _readable(fact: str, text: str) -> Any:
    try:
        return read_fact(policy(), fact, json.loads(text))
    except (FactError, ValueError):
        return None


def fetched(rows: models.QuerySet[Any, Any], kinds: dict[str, Any]) -> pl.DataFrame:
    """The rows of a query as columns, without a model or a long list of tuples in between."""
    parts = [pl.DataFrame(part, schema=kinds, orient="row") for part in _parts(rows)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=kinds)


def _parts(rows: models.QuerySet[Any, Any]) -> Iterator[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        while part := cursor.fetchmany(AT_ONCE):
            yield part


def newest() -> tuple[Any, ...]:
    """What changes when something new is in the registry: how many rows there are, and the last."""
    tables: Iterable[type[models.Model]] = (Organisation, EnterpriseYear)
    counted = [table._default_manager.count() for table in tables]
    return (*counted, StatedFact.objects.aggregate(last=models.Max("pk"))["last"])
