"""A small vocabulary, rows full of gaps and boundary values, and three engines that hold them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

import ibis
import polars as pl
from hypothesis import strategies as st

from dengta.core.shapes import Fact, FactType, FactValue, Text

DATES = [dt.date(2026, 3, 31), dt.date(2026, 4, 1), dt.date(2024, 2, 29), dt.date(1999, 12, 31)]
CODES = ["06", "0610", "3670", "C3670", "65", "6513", "4", "中文"]
ELEMENTS = ["srdi", "hightech"]


def _fact(id: str, type: FactType, **more: Any) -> Fact:
    return Fact(id, Text(f"事实{id}", f"Fact {id}"), type, "registry", **more)


FACTS: Mapping[str, Fact] = {
    fact.id: fact
    for fact in (
        _fact("employees", "integer", low=0, high=1_000_000, unit=Text("人", "people")),
        _fact("balance", "integer", low=-1000, high=1000),
        _fact("revenue_fen", "fen", low=0, high=10**14),
        _fact("rd_fen", "fen", low=0, high=10**14),
        _fact("spend_fen", "fen", low=0, high=9 * 10**11),
        _fact("rate_bps", "bps", low=0, high=10_000),
        _fact("legal", "bool"),
        _fact("listed", "bool"),
        _fact("founded", "date"),
        _fact("depth", "text", values={d: Text(d, d) for d in ("resource", "business")}),
        _fact("industry_code", "text"),
        _fact("titles", "set", values={e: Text(e, e) for e in ELEMENTS}),
    )
}


def random_value(fact: Fact, chance: random.Random, gaps: bool = True) -> FactValue:
    """A value of a fact's type: a gap one time in five, its boundaries often."""
    if gaps and chance.random() < 0.2:
        return None
    match fact.type:
        case "bool":
            return chance.random() < 0.5
        case "date":
            return chance.choice(DATES)
        case "text":
            return chance.choice(list(fact.values) or CODES)
        case "set":
            return frozenset(e for e in fact.values if chance.random() < 0.5)
    low = 0 if fact.low is None else fact.low
    high = 10**6 if fact.high is None else fact.high
    near = [low, high, min(high, 1000), min(high, 60), min(high, 3), chance.randint(low, high)]
    return max(low, chance.choice(near))


def random_rows(
    facts: Mapping[str, Fact], count: int, seed: int, gaps: bool = True
) -> list[dict[str, FactValue]]:
    """Rows of values for all facts."""
    chance = random.Random(seed)
    return [
        {id: random_value(fact, chance, gaps) for id, fact in facts.items()} for _ in range(count)
    ]


_POLARS: Mapping[str, Any] = {"bool": pl.Boolean, "date": pl.Date, "text": pl.String}


def columns_of(facts: Mapping[str, Fact]) -> dict[str, str]:
    """The columns of a table of facts and their types; a set fact has one for each element."""
    out = {}
    for fact in facts.values():
        if fact.type == "set":
            out |= {f"{fact.id}__{element}": "bool" for element in fact.values}
        else:
            out[fact.id] = fact.type
    return out


def flat(facts: Mapping[str, Fact], row: Mapping[str, FactValue]) -> dict[str, Any]:
    """A row as those columns hold it."""
    out: dict[str, Any] = {}
    for fact in facts.values():
        value = row.get(fact.id)
        if fact.type == "set":
            for element in fact.values:
                column = f"{fact.id}__{element}"
                out[column] = element in value if isinstance(value, frozenset) else None
        else:
            out[fact.id] = value
    return out


def frame_of(facts: Mapping[str, Fact], rows: list[dict[str, FactValue]]) -> pl.DataFrame:
    """The rows as a frame, numbered."""
    flats = [{"row": at, **flat(facts, row)} for at, row in enumerate(rows)]
    kinds = columns_of(facts)
    schema = {"row": pl.Int64, **{c: _POLARS.get(k, pl.Int64) for c, k in kinds.items()}}
    return pl.DataFrame(flats, schema=schema, orient="row")


ENGINES = ("frame", "encoded", "polars", "duckdb", "sqlite")
"""A Polars frame as such and with its choices encoded, and three engines through Ibis."""


def table_in(engine: str, facts: Mapping[str, Fact], rows: list[dict[str, FactValue]]) -> Any:
    """The rows as `Population.decide` takes them, in one of ENGINES."""
    frame = frame_of(facts, rows)
    if engine == "frame":
        return frame
    if engine == "encoded":
        texts = [fact.id for fact in facts.values() if fact.type == "text"]
        return frame.with_columns(pl.col(texts).cast(pl.Categorical)) if texts else frame
    if engine == "polars":
        return ibis.polars.connect({"rows": frame.lazy()}).table("rows")
    if engine == "duckdb":
        duck = ibis.duckdb.connect()
        duck.con.register("arrow_rows", frame.to_arrow())
        duck.raw_sql("CREATE TABLE rows AS SELECT * FROM arrow_rows")
        return duck.table("rows")
    lite = ibis.sqlite.connect()
    dtypes = {"bool": "boolean", "date": "date", "text": "string"}
    kinds = columns_of(facts)
    typed = ibis.schema({"row": "int64", **{c: dtypes.get(k, "int64") for c, k in kinds.items()}})
    lite.create_table("rows", schema=typed)
    marks = ", ".join("?" for _ in typed)
    values = [
        [v.isoformat() if isinstance(v, dt.date) else v for v in each] for each in frame.rows()
    ]
    lite.con.executemany(f"INSERT INTO rows VALUES ({marks})", values)
    lite.con.commit()
    return lite.table("rows")


def collected(verdicts: Any) -> pl.DataFrame:
    """What `Population.decide` gave, computed, in the order of the rows."""
    if isinstance(verdicts, pl.LazyFrame):
        return verdicts.collect().sort("row")
    arrow = verdicts.to_pyarrow()
    return pl.DataFrame(pl.from_arrow(arrow)).sort("row")


# --- random expressions, as the text an officer would write ---

_ints = st.sampled_from(["0", "1", "3", "60", "999", "1000", "-5"])
_codes = st.sampled_from(["'06'", "'3'", "'36'", "'65'", "'中'", "'3670'"])
_dates = st.sampled_from([f"DATE '{d}'" for d in DATES])
_compare = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def _join(*parts: Any) -> st.SearchStrategy[str]:
    made = [st.just(p) if isinstance(p, str) else p for p in parts]
    return st.tuples(*made).map("".join)


def _numbers(name: str, truth: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Numeric expressions over one fact's unit."""
    start = st.one_of(st.just(name), st.just(name), _ints)

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            _join("(", inner, st.sampled_from([" + ", " - ", " * "]), inner, ")"),
            _join(st.sampled_from(["LEAST(", "GREATEST(", "COALESCE("]), inner, ", ", inner, ")"),
            _join("GREATEST(", inner, ", ", inner, ", ", inner, ")"),
            _join("FLOORDIV(GREATEST(0, ", inner, "), ", st.sampled_from(["1", "3", "12"]), ")"),
            _join("CASE WHEN ", truth, " THEN ", inner, " END"),
            _join("CASE WHEN ", truth, " THEN ", inner, " ELSE ", inner, " END"),
            _join(
                "CASE depth WHEN 'resource' THEN ", inner, " WHEN 'business' THEN ", inner, " END"
            ),
        )

    return st.recursive(start, more, max_leaves=4)


def _simple() -> st.SearchStrategy[str]:
    texts = st.sampled_from(["industry_code", "COALESCE(industry_code, '06')"])
    return st.one_of(
        st.sampled_from(["legal", "listed", "NOT listed", "TRUE"]),
        st.sampled_from([f"HAS(titles, '{e}')" for e in ELEMENTS]),
        _join(st.sampled_from(list(FACTS)).filter(lambda f: f != "titles"), " IS NULL"),
        _join(st.sampled_from(list(FACTS)).filter(lambda f: f != "titles"), " IS NOT NULL"),
        _join("STARTS_WITH(", texts, ", ", _codes, ")"),
        _join(texts, st.sampled_from([" = ", " <> "]), _codes),
        _join(texts, st.sampled_from([" IN (", " NOT IN ("]), _codes, ", ", _codes, ")"),
        st.sampled_from(["depth IN ('resource')", "depth NOT IN ('business', 'resource')"]),
        _join("founded ", _compare, " ", _dates),
        _join("founded BETWEEN ", _dates, " AND ", _dates),
        _join("founded IN (", _dates, ", ", _dates, ")"),
    )


def conditions() -> st.SearchStrategy[str]:
    """Conditions over FACTS; a few may be refused for their bounds."""
    simple = _simple()

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        by_unit = [_numbers(n, inner) for n in ("employees", "balance", "revenue_fen", "spend_fen")]
        compared = [_join(number, " ", _compare, " ", number) for number in by_unit]
        ranges = [_join(number, " BETWEEN ", number, " AND ", number) for number in by_unit]
        listed = [_join(number, " NOT IN (0, 3, 1000)") for number in by_unit]
        share = _join("SHARE(GREATEST(0, ", by_unit[3], "), rate_bps) ", _compare, " spend_fen")
        return st.one_of(
            *compared, *ranges, *listed, share,
            st.just("rd_fen * 10000 >= revenue_fen * 300"),
            _join(inner, st.sampled_from([" AND ", " OR "]), inner),
            _join("(", inner, st.sampled_from([" AND ", " OR "]), inner, ")"),
            _join("((", inner, st.sampled_from([") = (", ") <> ("]), inner, "))"),
            _join("NOT ", inner), _join("NOT (", inner, ")"),
            _join("(", inner, ") IS NULL"), _join("(NOT ", inner, ") IS NOT NULL"),
            _join("CASE WHEN ", inner, " THEN ", inner, " ELSE ", inner, " END"),
            _join("COALESCE((", inner, "), ", inner, ")"),
        )  # fmt: skip

    return st.recursive(simple, more, max_leaves=8)


def amounts() -> st.SearchStrategy[str]:
    """Amounts in 分 over FACTS; a few may be refused for their bounds."""
    money = _numbers("spend_fen", _simple())
    capped = _join("GREATEST(0, LEAST(", money, ", 20000000))")
    by_depth = "CASE depth WHEN 'resource' THEN 2000 WHEN 'business' THEN 3000 END"
    shares = [
        _join("SHARE(", inner, ", ", rate, ")")
        for inner in (st.just("spend_fen"), capped)
        for rate in (st.just("rate_bps"), st.just(by_depth), st.just("1250"))
    ]
    return st.one_of(capped, *shares, *(_join("LEAST(", s, ", spend_fen)") for s in shares))
