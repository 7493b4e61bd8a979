"""One meaning, many engines: the one-case evaluator, the tree's plain reading, SQL itself, and Ibis
on three engines."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from typing import Any

import ibis
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.compiling import compile_programme
from dengta.core.language import Scope, parse_condition
from dengta.core.meaning import Meaning
from dengta.core.policy import shipped
from dengta.core.population import ColumnError, Population, _Columns, decode
from dengta.core.refusals import ClauseError
from dengta.core.rules import Rulebook
from dengta.core.tree import FactOf, Node
from tests.core.rows import FACTS, conditions, flat, random_rows, tables

# Ibis reads SQLite through pandas, with an option that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")

ROWS = random_rows(FACTS, 200, seed=20260401)
SCOPE = Scope.of(FACTS)
ENGINES = ("polars", "duckdb", "sqlite")
relaxed = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def held() -> dict[str, tuple[Any, Any]]:
    return tables(FACTS, ROWS)


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
    function = compile_programme([node], [], None)
    return [function(row.get)[1][0] for row in ROWS]


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


@relaxed
@given(texts=st.lists(conditions(), min_size=4, max_size=6))
def test_every_engine_agrees_with_the_one_case_evaluator_on_every_row(
    texts: list[str], held: dict[str, tuple[Any, Any]]
) -> None:
    nodes = [node for node in map(_readable, texts) if node is not None]
    if not nodes:
        return
    expected = [_compiled(node) for node in nodes]
    for name, (con, table) in held.items():
        engine = _Columns(dt.date(2026, 6, 1), table, nodes)
        columns = {f"c{at}": engine.value(node) for at, node in enumerate(nodes)}
        result = con.to_pyarrow(engine.table.select("row", **columns).order_by("row")).to_pydict()
        got = [result[f"c{at}"] for at in range(len(nodes))]
        assert got == expected, (name, texts)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-31", "2026-04-01", "2026-06-01"])
def test_the_shipped_policy_says_the_same_of_a_case_and_of_a_row(name: str, day: str) -> None:
    policy, as_of = shipped("hubei"), dt.date.fromisoformat(day)
    rows = random_rows(policy.facts, 40, seed=int(day.replace("-", "")))
    rows += [_favourable(row) for row in rows]
    population, book = Population(policy, as_of), Rulebook(policy, as_of)
    con, table = tables(policy.facts, rows)[name]
    decided = con.to_pyarrow(population.decide(table).order_by("row")).to_pylist()
    outcomes = set()
    for row, got in zip(rows, decided, strict=True):
        for verdict in book.decide(row):
            id = verdict.programme
            outcomes.add(verdict.outcome)
            assert got[f"{id}__verdict"] == verdict.outcome
            assert got.get(f"{id}__amount_fen") == verdict.amount_fen
            bits = decode(population.rules[id], got[f"{id}__failed"], got[f"{id}__unknown"])
            assert bits == {clause.id: clause.outcome for clause in verdict.clauses}
    assert outcomes == {"yes", "no", "unknown"}


def _favourable(row: dict[str, Any]) -> dict[str, Any]:
    """The same row with what many programmes ask for, so that every outcome occurs."""
    return row | {
        "region_code": "420111", "industry_code": "3670", "size_class": "small",
        "legal_entity": True, "abnormal_listed": False, "serious_violation": False,
        "major_incident_3y": False, "prohibited_product": False, "is_cloud_supplier": False,
        "cloud_depth": "business", "open_to_public": True, "purpose": "service",
    }  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
def test_totals_count_each_row_once_and_add_up_the_amounts(name: str) -> None:
    policy, as_of = shipped("hubei"), dt.date(2026, 6, 1)
    rows = [_favourable(row) for row in random_rows(policy.facts, 50, seed=7)]
    _, table = tables(policy.facts, rows)[name]
    counts = {each.programme: each for each in Population(policy, as_of).counts(table)}
    verdicts = [Rulebook(policy, as_of).decide(row, "cloud_voucher")[0] for row in rows]
    voucher = counts["cloud_voucher"]
    assert voucher.yes == sum(v.outcome == "yes" for v in verdicts) > 0
    assert voucher.no == sum(v.outcome == "no" for v in verdicts)
    assert voucher.yes + voucher.no + voucher.unknown == len(rows)
    assert voucher.amount_fen == sum(v.amount_fen or 0 for v in verdicts) > 0


def test_a_column_that_the_table_lacks_is_unknown_in_every_row() -> None:
    table = ibis.polars.connect({"t": pl.LazyFrame({"uscc": ["a", "b"]})}).table("t")
    rows = Population(shipped("hubei"), dt.date(2026, 6, 1)).decide(table).to_pyarrow().to_pylist()
    assert [row["uscc"] for row in rows] == ["a", "b"]
    assert {row["cloud_voucher__verdict"] for row in rows} == {"unknown"}
    assert {row["cloud_voucher__amount_fen"] for row in rows} == {None}


def test_narrow_integers_are_widened_before_they_are_multiplied() -> None:
    frame = pl.LazyFrame({"debt_fen": [90, 120], "assets_fen": [100, 127]}, schema_overrides={
        "debt_fen": pl.Int8, "assets_fen": pl.Int8})  # fmt: skip
    table = ibis.polars.connect({"t": frame}).table("t")
    population = Population(shipped("hubei"), dt.date(2026, 6, 1), ["srdi"])
    at = next(i for i, (c, _) in enumerate(population.rules["srdi"].clauses) if c.id == "debt")
    rows = population.decide(table).to_pyarrow().to_pylist()
    assert [row["srdi__failed"] >> at & 1 for row in rows] == [1, 1]


def test_a_code_stored_as_a_number_is_refused_by_its_column() -> None:
    table = ibis.polars.connect({"t": pl.LazyFrame({"industry_code": [610]})}).table("t")
    with pytest.raises(ColumnError) as refused:
        Population(shipped("hubei"), dt.date(2026, 6, 1)).decide(table)
    assert refused.value.column == "industry_code"


@pytest.mark.parametrize("name", ENGINES)
def test_years_are_counted_from_the_date_where_no_years_are_given(name: str) -> None:
    facts = {id: shipped("hubei").facts[id] for id in ("established_date", "years_established")}
    days = [dt.date(2020, 2, 29), dt.date(2021, 6, 1), dt.date(2021, 6, 2), dt.date(2030, 1, 1)]
    rows: list[Any] = [{"established_date": day} for day in days]
    rows += [{"established_date": days[0], "years_established": 3}, {}]
    con, table = tables(facts, rows)[name]
    node = FactOf(facts["years_established"])
    engine = _Columns(dt.date(2026, 6, 1), table, [node])
    got = con.to_pyarrow(
        engine.table.select("row", years=engine.value(node)).order_by("row")
    ).to_pydict()["years"]
    assert got == [6, 5, 4, None, 3, None]


def test_flat_rows_keep_an_unknown_set_unknown() -> None:
    assert flat(FACTS, {})["titles__srdi"] is None
    assert flat(FACTS, {"titles": frozenset()})["titles__srdi"] is False
