"""One meaning, many engines: the one-case evaluator, the tree's plain reading, SQL itself, and Ibis
on three engines."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import ibis
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.compiling import Trees, compile_programmes
from dengta.core.language import Scope, parse_amount, parse_condition
from dengta.core.meaning import Meaning
from dengta.core.policy import shipped
from dengta.core.population import ColumnError, Population, decode, waiting
from dengta.core.refusals import ClauseError
from dengta.core.rules import Rulebook
from dengta.core.shapes import (
    Amount,
    Clause,
    Fact,
    FactValue,
    Period,
    Policy,
    Programme,
    Source,
    Text,
)
from dengta.core.tree import Node
from tests.core.rows import (
    ENGINES,
    FACTS,
    amounts,
    collected,
    conditions,
    flat,
    random_rows,
    table_in,
)

# Ibis reads SQLite through pandas, with an option that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")

ROWS = random_rows(FACTS, 200, seed=20260401)
FULL = random_rows(FACTS, 50, seed=20260402, gaps=False)
SCOPE = Scope.of(FACTS)
AS_OF = dt.date(2026, 6, 1)
relaxed = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _policy(
    clauses: list[str], amount: str | None = None, facts: Mapping[str, Fact] = FACTS
) -> Policy:
    """One programme with these clauses."""
    text = Text("文", "text")
    programme = Programme(
        "p", "p", text, text, "award", Source("D"), Period(),
        tuple(Clause(f"c{at}", text, when) for at, when in enumerate(clauses)),
        amount=None if amount is None else Amount(text, amount),
    )  # fmt: skip
    return dataclasses.replace(shipped("hubei"), facts=facts, programmes=(programme,), cases=())


@pytest.fixture(scope="module")
def held() -> dict[str, tuple[Any, list[dict[str, FactValue]]]]:
    tables = {engine: (table_in(engine, FACTS, ROWS), ROWS) for engine in ENGINES}
    return {**tables, "frame without gaps": (table_in("frame", FACTS, FULL), FULL)}


@pytest.fixture(scope="module")
def plain_sql() -> sqlite3.Connection:
    """The rows in SQLite as such; our own functions are written out, dates are ISO text, sets
    `|a|b|`."""
    con = sqlite3.connect(":memory:")
    con.execute(f"CREATE TABLE rows (row, {', '.join(FACTS)})")
    for at, row in enumerate(ROWS):
        values = []
        for value in row.values():
            if isinstance(value, frozenset):
                values.append("|" + "|".join(sorted(value)) + "|")
            else:
                values.append(value.isoformat() if isinstance(value, dt.date) else value)
        con.execute(f"INSERT INTO rows VALUES (?, {', '.join('?' * len(values))})", (at, *values))

    def strict(function: Any) -> Any:
        return lambda *parts: None if None in parts else function(*parts)

    own = {
        "LEAST": (-1, min), "GREATEST": (-1, max),
        "SHARE": (2, lambda x, bps: (x * bps + 5000) // 10000),
        "FLOORDIV": (2, lambda x, n: x // n),
        "STARTS_WITH": (2, lambda x, prefix: x.startswith(prefix)),
        "HAS": (2, lambda x, element: f"|{element}|" in x),
    }  # fmt: skip
    for name, (count, function) in own.items():
        con.create_function(name, count, strict(function), deterministic=True)
    return con


def _readable(text: str) -> Node | None:
    try:
        return parse_condition(text, SCOPE)
    except ClauseError:
        return None


def _compiled(node: Node) -> list[bool | None]:
    function = compile_programmes([Trees([node])])
    return [function(row.get)[0][1][0] for row in ROWS]


@relaxed
@given(text=conditions())
def test_three_values_are_those_of_sql_itself(text: str, plain_sql: sqlite3.Connection) -> None:
    node = _readable(text)
    if node is None:
        return
    sql = re.sub(r"DATE ('[0-9-]+')", r"\1", text)
    answers = plain_sql.execute(f"SELECT ({sql}) FROM rows ORDER BY row").fetchall()
    expected = [None if value is None else bool(value) for (value,) in answers]
    assert _compiled(node) == expected, text


@settings(relaxed, max_examples=60)
@given(text=conditions())
def test_the_compiled_function_agrees_with_the_plain_reading(text: str) -> None:
    node = _readable(text)
    if node is not None:
        assert _compiled(node) == [Meaning(row).value(node) for row in ROWS], text


def _sound(text: str) -> bool:
    try:
        parse_amount(text, SCOPE)
    except ClauseError:
        return False
    return True


@settings(relaxed, max_examples=12)
@given(
    texts=st.lists(conditions(), min_size=4, max_size=6),
    amount=st.none() | amounts().filter(_sound),
)
def test_every_engine_agrees_with_the_one_case_evaluator_on_every_row(
    texts: list[str], amount: str | None, held: dict[str, tuple[Any, list[dict[str, FactValue]]]]
) -> None:
    clauses = [text for text in texts if _readable(text) is not None]
    if not clauses:
        return
    policy = _policy(clauses, amount)
    book, population = Rulebook(policy, AS_OF), Population(policy, AS_OF)
    for name, (table, rows) in held.items():
        decided = collected(population.decide(table, missing=True)).to_dicts()
        brief = collected(population.decide(table, reasons=False)).to_dicts()
        for row, got, short in zip(rows, decided, brief, strict=True):
            (verdict,) = book.decide(row)
            bits = decode(population.rules["p"], got["p__failed"], got["p__unknown"])
            outcomes = {clause.id: clause.outcome for clause in verdict.clauses}
            assert bits == outcomes, (name, clauses)
            assert got["p__verdict"] == verdict.outcome, (name, clauses)
            assert got.get("p__amount_fen") == verdict.amount_fen, (name, clauses, amount)
            lacks = waiting(population.rules["p"], got["p__missing"])
            assert set(lacks) == set(verdict.missing), (name, clauses)
            eligible = {"yes": True, "no": False, "unknown": None}[verdict.outcome]
            assert short["p__eligible"] is eligible, (name, clauses)
            assert short.get("p__amount_fen") == verdict.amount_fen, (name, clauses, amount)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-31", "2026-04-01", "2026-06-01"])
def test_the_shipped_policy_says_the_same_of_a_case_and_of_a_row(name: str, day: str) -> None:
    policy, as_of = shipped("hubei"), dt.date.fromisoformat(day)
    rows = random_rows(policy.facts, 40, seed=int(day.replace("-", "")))
    rows += [_favourable(row) for row in rows]
    population, book = Population(policy, as_of), Rulebook(policy, as_of)
    table = table_in(name, policy.facts, rows)
    decided = collected(population.decide(table, missing=True)).to_dicts()
    outcomes = set()
    for row, got in zip(rows, decided, strict=True):
        for verdict in book.decide(row):
            id = verdict.programme
            outcomes.add(verdict.outcome)
            assert got[f"{id}__verdict"] == verdict.outcome
            assert got.get(f"{id}__amount_fen") == verdict.amount_fen
            bits = decode(population.rules[id], got[f"{id}__failed"], got[f"{id}__unknown"])
            assert bits == {clause.id: clause.outcome for clause in verdict.clauses}
            lacks = waiting(population.rules[id], got[f"{id}__missing"])
            assert set(lacks) == set(verdict.missing)
    assert outcomes == {"yes", "no", "unknown"}


def _favourable(row: dict[str, Any]) -> dict[str, Any]:
    """The same row with what many programmes ask for, so that every outcome occurs."""
    return row | {
        "region_code": "420111", "industry_code": "3670", "size_class": "small",
        "legal_entity": True, "abnormal_listed": False, "serious_violation": False,
        "major_incident_3y": False, "prohibited_product": False, "is_cloud_supplier": False,
        "cloud_depth": "business", "open_to_public": True, "purpose": "service",
    }  # fmt: skip


def test_totals_count_each_row_once_and_add_up_the_amounts() -> None:
    policy, as_of = shipped("hubei"), dt.date(2026, 6, 1)
    rows = [_favourable(row) for row in random_rows(policy.facts, 50, seed=7)]
    population = Population(policy, as_of)
    decided = collected(population.decide(table_in("frame", policy.facts, rows)))
    counts = {each.programme: each for each in population.counts(decided)}
    verdicts = [Rulebook(policy, as_of).decide(row, "cloud_voucher")[0] for row in rows]
    voucher = counts["cloud_voucher"]
    assert voucher.yes == sum(v.outcome == "yes" for v in verdicts) > 0
    assert voucher.no == sum(v.outcome == "no" for v in verdicts)
    assert voucher.yes + voucher.no + voucher.unknown == len(rows)
    assert voucher.amount_fen == sum(v.amount_fen or 0 for v in verdicts) > 0


def _frame(engine: str, columns: dict[str, Any], **types: Any) -> Any:
    frame = pl.DataFrame(columns, schema_overrides=types)
    if engine == "frame":
        return frame
    return ibis.polars.connect({"t": frame.lazy()}).table("t")


@pytest.mark.parametrize("engine", ["frame", "polars"])
def test_a_column_that_the_table_lacks_is_unknown_in_every_row(engine: str) -> None:
    table = _frame(engine, {"row": [1, 2], "uscc": ["a", "b"], "cloud_depth": [None, None]})
    rows = collected(Population(shipped("hubei"), AS_OF).decide(table))
    assert rows["uscc"].to_list() == ["a", "b"]
    assert set(rows["cloud_voucher__verdict"]) == {"unknown"}
    assert rows["cloud_voucher__amount_fen"].to_list() == [None, None]


@pytest.mark.parametrize("engine", ["frame", "polars"])
def test_narrow_integers_are_widened_before_they_are_multiplied(engine: str) -> None:
    columns = {"row": [1, 2], "rd_fen": [90, 120], "revenue_fen": [100, 127]}
    table = _frame(engine, columns, rd_fen=pl.Int8, revenue_fen=pl.Int8)
    population = Population(_policy(["rd_fen * 10000 <= revenue_fen * 9100"]), AS_OF)
    assert collected(population.decide(table))["p__failed"].to_list() == [0, 1]


@pytest.mark.parametrize("engine", ["frame", "polars"])
def test_a_code_stored_as_a_number_is_refused_by_its_column(engine: str) -> None:
    table = _frame(engine, {"industry_code": [610]})
    with pytest.raises(ColumnError) as refused:
        Population(shipped("hubei"), AS_OF).decide(table)
    assert refused.value.column == "industry_code" and "string" in refused.value.message.en


@pytest.mark.parametrize("engine", ENGINES)
def test_years_are_counted_from_the_date_where_no_years_are_given(engine: str) -> None:
    facts = {id: shipped("hubei").facts[id] for id in ("established_date", "years_established")}
    days = [dt.date(2020, 2, 29), dt.date(2021, 6, 1), dt.date(2021, 6, 2), dt.date(2030, 1, 1)]
    rows: list[Any] = [{"established_date": day} for day in days]
    rows += [{"established_date": days[0], "years_established": 3}, {}]
    policy = _policy([f"years_established = {n}" for n in (6, 5, 4, 3)], facts=facts)
    decided = collected(Population(policy, AS_OF).decide(table_in(engine, facts, rows)))
    assert decided["p__failed"].to_list() == [0b1110, 0b1101, 0b1011, 0, 0b0111, 0]
    assert decided["p__unknown"].to_list() == [0, 0, 0, 0b1111, 0, 0b1111]
    for row, got in zip(rows, decided["p__verdict"], strict=True):
        assert Rulebook(policy, AS_OF).decide(row)[0].outcome == got


def test_flat_rows_keep_an_unknown_set_unknown() -> None:
    assert flat(FACTS, {})["titles__srdi"] is None
    assert flat(FACTS, {"titles": frozenset()})["titles__srdi"] is False
