"""The registry's facts of every organisation at once, as columns: what `facts_of` says of one.

A column is read when it is first asked for and then kept, so that trying again costs no reading.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from django.db import connection, models
from django.db.models.functions import Cast

from dengta.core.codes import size_class
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
        return self.base["organisation"].to_numpy()

    @cached_property
    def years(self) -> pl.DataFrame:
        """The latest year's figures of each, in the order of the ids; null without any."""
        rows = EnterpriseYear.objects.order_by("year").values_list("organisation", *FIGURES)
        kinds = {"organisation": pl.Int64, **dict.fromkeys(FIGURES, pl.Int64)}
        latest = fetched(rows, kinds).unique("organisation", keep="last")
        return self._placed(latest)

    def column(self, name: str) -> pl.Series:
        """One column; a fact that nobody stated is null throughout."""
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

    def _stated(self, fact: str, element: str = "") -> pl.Series:
        """The latest statement of each; one that the vocabulary no longer allows is passed over.
        Of a set, whether it holds an element."""
        kind = pl.Boolean if element else KINDS.get(policy().facts[fact].type, pl.Int64)
        rows = StatedFact.objects.filter(fact=fact).order_by("id")
        text = Cast("value", models.TextField())
        said = fetched(
            rows.values_list("organisation", text), {"organisation": pl.Int64, "value": pl.String}
        ).unique("organisation", keep="last")
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
        """Each one's size class: figures that reach the same bounds are judged once."""
        bounds = {
            figure: sorted({b for row in policy().size_rows for b in row.bounds.get(figure, ())})
            for figure in FIGURES
        }
        bands = pl.DataFrame(
            [
                self._column("industry_code"),
                *(_reached(self._column(figure), bounds[figure]) for figure in FIGURES),
            ]
        )
        kinds = bands.unique()
        judged = []
        for industry, *places in kinds.iter_rows():
            facts: dict[str, FactValue] = {"industry_code": industry}
            for figure, place in zip(FIGURES, places, strict=True):
                if place is not None:
                    facts[figure] = bounds[figure][place - 1] if place else 0
            judged.append(size_class(policy(), facts).size_class)
        sizes = kinds.with_columns(pl.Series("size_class", judged, pl.String))
        on = ["industry_code", *FIGURES]
        joined = bands.join(sizes, on=on, how="left", nulls_equal=True, maintain_order="left")
        return joined["size_class"]


def _reached(figure: pl.Series, bounds: list[int]) -> pl.Series:
    """How many of the bounds each figure reaches; null where it is unknown."""
    places = np.searchsorted(bounds, figure.fill_null(0).to_numpy(), "right").astype(np.int16)
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
