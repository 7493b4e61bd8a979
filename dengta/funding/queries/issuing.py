"""Reads of issuing in batches: which firms a scheme fits, what a list says row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import polars as pl
from django.db import models

from dengta.core.cells import CellError, code_of, number_of, quoted, text_of
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.core.columns import needed_columns
from dengta.core.headings import Column, Heading, find_heading
from dengta.core.population import Population, decode
from dengta.core.rules import Rule
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Policy, Text
from dengta.core.sheets import Cell, Sheet, column_name
from dengta.funding.models import ENDED_STATES, GRANTED_STATES, Voucher
from dengta.funding.models import Issuance as Issuance
from dengta.programmes.queries.simulation import everybody
from dengta.registry.queries import holders, policy


def fitting(scheme: Scheme, day: dt.date, stated: Mapping[str, FactValue]) -> list[str]:
    """Codes of the enterprises that a scheme's programme fits on a day, in order, decided by the
    set engine; `stated` are facts said of all of them. Seconds over the whole registry."""
    _, decided = _decided(scheme, day, stated)
    fits = decided.filter(pl.col(f"{scheme.programme}__verdict") == "yes")
    return sorted(fits["uscc"].cast(pl.String).to_list())


def misfits(scheme: Scheme, day: dt.date, stated: Mapping[str, FactValue]) -> dict[str, Text]:
    """By code, the enterprises that a scheme's programme does not fit whatever is still unknown of
    them, and the conditions that do not hold."""
    rule, decided = _decided(scheme, day, stated)
    no = decided.filter(pl.col(f"{scheme.programme}__verdict") == "no")
    texts = {clause.id: clause.text for clause, _ in rule.clauses}
    said: dict[tuple[int, int], Text] = {}
    found = {}
    for uscc, failed, unknown in no.select(
        pl.col("uscc").cast(pl.String),
        f"{scheme.programme}__failed",
        f"{scheme.programme}__unknown",
    ).iter_rows():
        if (failed, unknown) not in said:
            outcomes = decode(rule, failed, unknown)
            wrong = [texts[id] for id, outcome in outcomes.items() if outcome == "no"]
            said[failed, unknown] = Text(
                "不符合条件：" + "；".join(text.zh for text in wrong),
                "does not fit: " + "; ".join(text.en for text in wrong),
            )
        found[uscc] = said[failed, unknown]
    return found


def facts_seen(scheme: Scheme, day: dt.date, stated: Mapping[str, FactValue]) -> pl.DataFrame:
    """What the verdict on each enterprise rests on: its code in `uscc`, and the facts that the
    scheme's programme asks."""
    population, rows = _known(scheme, day, stated)
    asked = population.rules[scheme.programme].facts
    names = [fact.id for fact in asked if fact.id in rows.columns]
    return rows.select(pl.col("uscc").cast(pl.String), pl.col(names))


def facts_of_codes(seen: pl.DataFrame, codes: Iterable[str]) -> dict[str, dict[str, FactValue]]:
    """Of those facts what is known of some enterprises, by code."""
    rows = seen.filter(pl.col("uscc").is_in(list(codes))).iter_rows(named=True)
    return {
        row["uscc"]: {
            name: value for name, value in row.items() if name != "uscc" and value is not None
        }
        for row in rows
    }


def _decided(
    scheme: Scheme, day: dt.date, stated: Mapping[str, FactValue]
) -> tuple[Rule, pl.DataFrame]:
    """The programme's rule, and its verdict on every enterprise of the registry."""
    population, rows = _known(scheme, day, stated)
    return population.rules[scheme.programme], population.decide(rows).collect()


def _known(
    scheme: Scheme, day: dt.date, stated: Mapping[str, FactValue]
) -> tuple[Population, pl.DataFrame]:
    """The programme by itself, and what is known of every enterprise of the registry."""
    population = Population(policy(), day, [scheme.programme])
    needed = needed_columns(population.rules[scheme.programme].nodes)
    rows = everybody(day).frame({**needed, "uscc": "text"})
    rows = rows.filter(pl.col("kind") == "enterprise")
    known: dict[str, FactValue] = {"vouchers_this_year_fen": 0, **stated}
    rows = rows.with_columns(
        pl.lit(value).alias(name) for name, value in known.items() if name in needed
    )
    if "is_cloud_supplier" in needed:
        sells = [row["organisation"] for row in holders(["cloud_supplier"], day)]
        rows = rows.with_columns(pl.col("organisation").is_in(sells).alias("is_cloud_supplier"))
    return population, rows


def years_granted(organisations: Iterable[int], scheme: Scheme, year: int) -> dict[int, int]:
    """What firms were granted in a year by a scheme's programme, in 分: of what has ended only what
    was redeemed; one query."""
    counted = models.Case(
        models.When(state__in=ENDED_STATES, then="redeemed_fen"), default="granted_fen"
    )
    rows = Voucher.objects.filter(
        organisation__in=list(organisations),
        programme=scheme.programme,
        year=year,
        state__in=GRANTED_STATES,
    )
    return dict(rows.order_by().values_list("organisation").annotate(fen=models.Sum(counted)))


def issuances() -> models.QuerySet[Issuance]:
    """Batches that were issued from lists or by rule, the latest first."""
    return Issuance.objects.filter(key__startswith="issue/").select_related("user")


# ---------------------------------------------------------------- lists


@dataclass(slots=True)
class Listed:
    """A row of a list: the firm, its amount in 分 (None: as the scheme says), the facts its value
    goes by, and what is wrong with it, each {sheet, row, column, value, zh, en}."""

    row: int
    sheet: str
    uscc: str = ""
    amount_fen: int | None = None
    facts: dict[str, FactValue] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)

    def fault(self, column: str, value: str, text: Text) -> None:
        """Note what is wrong with one cell."""
        self.faults.append(
            {
                "sheet": self.sheet, "row": self.row or None,
                "column": self.columns.get(column, ""), "value": value, **text._asdict(),
            }
        )  # fmt: skip


class ListReader:
    """Reads the rows of a list for one scheme: code, amount in yuan, the fact the value goes by."""

    def __init__(self, scheme: Scheme, policy: Policy) -> None:
        table = scheme.fixed or scheme.cap
        self.by = table.by if table is not None else ""
        self.fact = policy.facts.get(self.by)
        self.columns = [
            Column("uscc", ("统一社会信用代码", "uscc", "code"), required=True),
            Column("amount", ("金额（元）", "金额", "发放金额", "amount", "amount in yuan")),
        ]
        if self.fact is not None:
            self.columns.append(Column("facts", (self.fact.term.zh, self.fact.term.en, self.by)))
        self.heading = Heading(0, {}, ())

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
        """The rows below the heading. HeadingError when the code's column is missing."""
        self.heading, first = find_heading(sheet.rows, self.columns)
        return chain(first, sheet.rows)

    def read(self, sheet: str, number: int, cells: list[Cell]) -> Listed:
        """One row, with its faults."""
        places = self.heading.places
        names = {
            id: f"{column_name(place)} {self.heading.titles[place]}" for id, place in places.items()
        }
        row = Listed(number, sheet, columns=names)
        for id, read in (("uscc", self._code), ("amount", self._amount), ("facts", self._fact)):
            place = places.get(id)
            if place is None:
                continue
            cell = cells[place] if place < len(cells) else ""
            try:
                read(row, cell)
            except CellError as wrong:
                row.fault(id, quoted(cell), wrong.message)
        return row

    def _code(self, row: Listed, cell: Cell) -> None:
        row.uscc = normal_uscc(code_of(cell))
        fault = uscc_fault(row.uscc)
        if fault is not None:
            raise CellError(fault.zh, fault.en)

    def _amount(self, row: Listed, cell: Cell) -> None:
        number = number_of(cell, 4)
        if number is None:
            return
        fen = number * 100
        if fen != int(fen) or not 0 < fen < 10**13:
            raise CellError(
                "须是大于 0 的金额，单位元，最多两位小数。请改正。",
                "must be an amount in yuan above 0, with two decimals at most. Mend it.",
            )
        row.amount_fen = int(fen)

    def _fact(self, row: Listed, cell: Cell) -> None:
        text = text_of(cell)
        if not text or self.fact is None:
            return
        known = {name: id for id, words in self.fact.values.items() for name in (id, *words)}
        if text not in known:
            options = "、".join(words.zh for words in self.fact.values.values())
            raise CellError(
                f"不是“{self.fact.term.zh}”的选项。请填：{options}。",
                f"is no value of “{self.fact.term.en}”. Write one of: "
                + ", ".join(words.en for words in self.fact.values.values()),
            )
        row.facts[self.by] = known[text]
