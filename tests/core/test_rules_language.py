"""The language of clauses: what it reads, and what it refuses with the mend."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.language import Scope, parse, parse_amount, parse_condition, value_of
from dengta.core.refusals import ClauseError
from dengta.core.shapes import Fact, Source, Text, Value
from dengta.core.tree import Bounds
from tests.core.rows import FACTS

SCOPE = Scope.of(FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "legal AND NOT listed OR employees < 1000",
        "depth IN ('resource', 'business')",
        "depth NOT IN ('resource')",
        "industry_code = '0610'",
        "rd_fen * 10000 >= revenue_fen * 300",
        "titles HAS 'srdi' AND HAS(titles, 'hightech')",
        "founded >= DATE '2026-04-01'",
        "employees NOT BETWEEN 1 AND 5",
        "employees IS NOT NULL",
        "STARTS_WITH(industry_code, '06')",
        "CASE depth WHEN 'resource' THEN 1 ELSE 2 END = 1",
        "CASE WHEN legal THEN employees END > 3",
        "-balance > -5",
        "legal = TRUE",
        "legal <> listed",
        "(legal = listed) IS NULL",
        "founded IN (DATE '2026-04-01', DATE '2026-04-02')",
        "employees < 1000 and not (legal or listed)",
    ],
)
def test_the_forms_of_the_language_are_read(text: str) -> None:
    assert parse_condition(text, SCOPE).kind == "bool"


# What is refused, and a word that the mend must contain.
REFUSED = {
    "": "condition",
    "   -- nothing": "condition",
    "employees = 1.5": "fen",
    "employees > 1e3": "fen",
    "employees % 2 = 0": "CASE",
    "employees / 2 > 1": "product",
    "legal = 1": "never = 1",
    "employees > '9'": "quotes",
    "founded > '2024-2-3'": "DATE '2026-04-01'",
    "founded > DATE '2026-02-30'": "DATE '2026-04-01'",
    "founded > DATE '2026-2-3'": "DATE '2026-04-01'",
    "industry_code LIKE '13%'": "STARTS_WITH",
    "industry_code > '13'": "STARTS_WITH",
    "industry_code = 610": "codes are text",
    "rd_fen > employees": "one unit",
    "emploees > 3": "did you mean employees",
    "titles = 'srdi'": "HAS",
    "titles IS NULL": "HAS",
    "titles HAS 'iso9'": "srdi, hightech",
    "depth = 'deep'": "resource, business",
    'depth = "resource"': "single quotes",
    "employees HAS 'x'": "= or IN",
    "revenue_fen * revenue_fen > 1": "narrow",
    "SHARE(revenue_fen, 3000) > 1": "LEAST",
    "SHARE(balance, 3000) > 1": "SHARE(cloud_spend_fen, 3000)",
    "SHARE(spend_fen - 1, 3000) > 1": "GREATEST(0",
    "FLOORDIV(spend_fen, 0) > 1": "FLOORDIV(x, 12)",
    "FLOORDIV(spend_fen, employees) > 1": "FLOORDIV(x, 12)",
    "FLOORDIV(balance, 3) > 1": "GREATEST(0",
    "employees = NULL": "IS NULL",
    "employees IN (1, NULL)": "IS NULL",
    "employees IN ()": "1 to 200",
    "employees IN (SELECT 1)": "single expression",
    "employees IN (balance)": "OR",
    "legal IS TRUE": "by its name",
    "legal = employees IS NULL": "brackets",
    "legal IS NULL = listed": "brackets",
    "employees BETWEEN SYMMETRIC 1 AND 3": "reference",
    "CAST(employees AS text) = '1'": "facts.toml",
    "employees::text = '1'": "facts.toml",
    "IF(legal, 1, 2) = 1": "CASE WHEN",
    "IFNULL(employees, 1) = 1": "COALESCE(x, 0)",
    "MAX(employees, 2) = 1": "GREATEST(a, b)",
    "LENGTH(depth) > 1": "STARTS_WITH",
    "ROUND(employees) > 1": "SHARE",
    "CURRENT_DATE > founded": "years_established",
    "YEAR(founded) > 2000": "years_established",
    "founded + 1 > founded": "integers, money and rates",
    "LEAST(founded, founded) = founded": "integers, money and rates",
    "employees > 5 --3": "brackets",
    "employees > 1 /* why */": "text",
    "employees + 1 > legal": "never = 1",
    "1 < employees < 3": "brackets",
    "employees BETWEEN 1 AND 2 = legal": "brackets",
    "legal = NOT listed": "brackets",
    "legal OR depth": "comparison",
    "NOT employees": "comparison",
    "a.b > 1": "comparisons",
    "employees employees": "reference",
    "employees > 0x10": "reference",
    "employees > 99999999999999999999": "whole number",
    "(employees > 1": "brackets",
    "employees > 1 AND": "both sides",
    "employees; DROP TABLE x": "single expression",
    "FROBNICATE(employees) > 1": "LEAST",
    "COALESCE(employees) > 1": "COALESCE(x, 0)",
    "STARTS_WITH(industry_code, '')": "STARTS_WITH(industry_code, '13')",
    "STARTS_WITH(industry_code, depth)": "STARTS_WITH(industry_code, '13')",
    "CASE WHEN legal THEN 1 ELSE 'a' END = 1": "quotes",
    "employees + spend_fen > 1": "one unit",
    "人数 > 1": "facts.toml",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_engines_could_read_differently_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ClauseError) as refused:
        parse_condition(text, SCOPE)
    fault = refused.value
    assert REFUSED[text] in fault.mend.en
    assert fault.message.zh and fault.message.en and fault.mend.zh
    assert fault.position is None or 0 <= fault.position <= len(text)


def test_the_place_of_a_fault_is_where_the_name_stands() -> None:
    with pytest.raises(ClauseError) as refused:
        parse("legal AND\n  emploees > 3", SCOPE)
    assert refused.value.position == 12


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "legal" + ")" * 3000,
        "(" * 300 + "legal" + ")" * 300,
        "NOT " * 900 + "legal",
        "- " * 900 + "balance > 1",
        "balance" + " + 1" * 390 + " > 1",
        "CASE WHEN legal THEN " * 120 + "1" + " END" * 120 + " = 1",
        "COALESCE(" * 150 + "1" + ", 1)" * 150 + " = 1",
        "x" * 5000,
    ],
)
def test_absurd_depth_is_refused_not_a_crash(text: str) -> None:
    with pytest.raises(ClauseError) as refused:
        parse(text, SCOPE)
    assert "derive" in refused.value.mend.en or "split" in refused.value.mend.en


def test_long_chains_of_and_are_not_deep() -> None:
    assert parse_condition(" AND ".join(["employees > 1"] * 190), SCOPE).kind == "bool"


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, SCOPE)
    except ClauseError as fault:
        assert fault.mend.zh


PIECES = (
    "legal employees spend_fen titles depth ( ) , + - * = < >= AND OR NOT IN BETWEEN IS NULL "
    "CASE WHEN THEN ELSE END COALESCE LEAST SHARE FLOORDIV HAS STARTS_WITH DATE '2026-04-01' "
    "'srdi' 1 0 300 [ ] { } ; : :: . / % || ~ ! @ # $ ^ & | ? \" ` \\ SELECT INTERVAL LIKE CAST "
    "AS x'4' 1.5"
)
_pieces = st.sampled_from(PIECES.split())


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(_pieces, max_size=14))
def test_any_row_of_words_is_read_or_refused(pieces: list[str]) -> None:
    try:
        parse(" ".join(pieces), SCOPE)
    except ClauseError as fault:
        assert fault.mend.en


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("employees + 1", 1, 1_000_001),
        ("-balance", -1000, 1000),
        ("balance * balance", -(10**6), 10**6),
        ("LEAST(spend_fen, 20000000)", 0, 20_000_000),
        ("GREATEST(0, balance)", 0, 1000),
        ("SHARE(spend_fen, rate_bps)", 0, 9 * 10**11),
        ("FLOORDIV(employees, 12)", 0, 83_333),
        ("CASE depth WHEN 'resource' THEN 5 WHEN 'business' THEN 9 END", 5, 9),
        ("COALESCE(balance, 5000)", -1000, 5000),
    ],
)
def test_the_range_of_a_result_follows_from_the_ranges_of_facts(
    text: str, low: int, high: int
) -> None:
    assert parse(text, SCOPE).bounds == Bounds(low, high)


def test_a_fact_without_a_range_is_named_when_a_sum_could_overflow() -> None:
    open_ended = Fact("orders", Text("订单", "orders"), "integer", "registry")
    with pytest.raises(ClauseError) as refused:
        parse("orders + 1 > 2", Scope.of({"orders": open_ended}))
    assert "orders" in refused.value.mend.zh and "low" in refused.value.mend.zh


def test_an_amount_must_be_money_and_cannot_be_negative() -> None:
    assert parse_amount("GREATEST(0, spend_fen - 5)", SCOPE).kind == "fen"
    assert parse_amount("employees * 50000", SCOPE).kind == "number"
    for text, word in {"spend_fen - 5": "GREATEST", "legal": "fen", "employees": "fen"}.items():
        with pytest.raises(ClauseError) as refused:
            parse_amount(text, SCOPE)
        assert word in refused.value.mend.en


def test_a_condition_must_be_a_question() -> None:
    with pytest.raises(ClauseError) as refused:
        parse_condition("employees", SCOPE)
    assert "employees < 1000" in refused.value.mend.zh


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"type": "fen", "amount": "20"}, "amount"),
        ({"type": "fen", "amount": True}, "amount"),
        ({"type": "bool", "amount": 1}, "amount"),
        ({"type": "fen", "by": "employees", "table": {"a": 1}}, "text fact"),
        ({"type": "bps", "by": "depth", "table": {"deep": 1}}, "resource"),
        ({"type": "bps", "by": "depth", "table": {}}, "table"),
        ({"type": "integer", "amount": 2**63}, "narrow"),
    ],
)
def test_a_policy_value_must_be_what_its_type_says(more: dict[str, object], word: str) -> None:
    value = Value("v", Text("值", "value"), source=Source("D"), **more)  # type: ignore[arg-type]
    with pytest.raises(ClauseError) as refused:
        value_of(value, SCOPE)
    assert word in refused.value.mend.en


def test_a_name_is_given_once() -> None:
    value = Value("employees", Text("值", "value"), "integer", Source("D"), amount=1)
    with pytest.raises(ClauseError) as refused:
        SCOPE.plus(value_of(value, SCOPE))
    assert "another id" in refused.value.mend.en
