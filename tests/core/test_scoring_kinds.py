"""Instruments of every kind against plain fractions, and the table engine against the one case."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.policy import shipped
from dengta.core.results import PLACES, decimal_of, said
from dengta.core.scoring import AnswerError, Scorer
from dengta.core.scoring_table import RESULTS, Coded, levels_of, score_table
from dengta.core.shapes import Instrument, Question
from tests.core import small_instruments as small

SHIPPED = {name: Scorer(each) for name, each in sorted(shipped().instruments.items())}
slow = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def cases(draw: st.DrawFn, most: int = 1) -> tuple[Instrument, list[dict[str, Any]]]:
    instrument = draw(small.instruments())
    return instrument, draw(st.lists(small.answers(instrument), min_size=1, max_size=most))


@given(cases())
@slow
def test_totals_nodes_levels_and_bands_equal_plain_fractions(
    case: tuple[Instrument, list[dict[str, Any]]],
) -> None:
    instrument, (given_,) = case
    result = Scorer(instrument).score(given_)
    exact = None if instrument.aggregate == "none" else small.seen(instrument, given_)
    assert result.exact == exact
    assert result.level == small.level_of(instrument, given_)
    assert result.exact_nodes == {
        node.id: small.node_value(instrument, node.id, given_) for node in instrument.nodes
    }
    assert result.bands == {
        q.id: None if given_.get(q.id) is None else int(given_[q.id])
        for q in instrument.questions
        if q.kind == "scale"
    }


@given(cases())
@slow
def test_a_decimal_is_exact_or_half_up_and_what_is_lacking_never_rounds_to_nothing(
    case: tuple[Instrument, list[dict[str, Any]]],
) -> None:
    instrument, (given_,) = case
    result = Scorer(instrument).score(given_)
    if result.score is not None and result.exact is not None:
        assert abs(Fraction(result.score) - result.exact) <= Fraction(1, 2 * 10**PLACES)
    for gate in result.gates:
        assert (gate.score_short > 0) == (gate.short > 0)
        assert Fraction(gate.score_short) >= gate.short
        assert set(gate.nodes_short) == set(gate.lacking)
        assert all(Fraction(gate.nodes_short[n]) >= v > 0 for n, v in gate.lacking.items())
        for node, needed in gate.nodes_needed.items():
            short = Fraction(needed) - result.exact_nodes[node]
            assert gate.lacking.get(node, Fraction(0)) == max(short, 0)


@given(cases())
@slow
def test_a_gap_says_exactly_what_the_total_gains(
    case: tuple[Instrument, list[dict[str, Any]]],
) -> None:
    instrument, (given_,) = case
    result = Scorer(instrument).score(given_)
    for gap in result.gaps:
        assert gap.item not in result.missing
        if gap.kind == "scenario":
            continue
        better = {**given_, gap.item: gap.want}
        gain = small.total(instrument, better) - small.total(instrument, given_)
        assert gap.gain == (0 if instrument.aggregate == "none" else gain)
        assert gap.asks.zh and gap.effect.zh and gap.effect.en


@given(cases(), st.data())
@slow
def test_a_better_answer_never_lowers_anything(
    case: tuple[Instrument, list[dict[str, Any]]], data: st.DataObject
) -> None:
    instrument, (given_,) = case
    scorer = Scorer(instrument)
    item = data.draw(st.sampled_from(list(scorer.weighed)))
    before = scorer.score(given_)
    after = scorer.score({**given_, item: scorer.weighed[item].best})
    assert after.reached >= before.reached
    assert after.exact is None or before.exact is None or after.exact >= before.exact


@given(cases())
@slow
def test_what_is_open_is_missing_and_what_does_not_apply_is_neither(
    case: tuple[Instrument, list[dict[str, Any]]],
) -> None:
    instrument, (given_,) = case
    result = Scorer(instrument).score(given_)
    items = [*(q.id for q in instrument.questions), *(s.id for s in instrument.scenarios)]
    assert result.missing == tuple(
        item for item in items if given_.get(item) is None or "-" in str(given_[item])
    )
    away = [s.id for s in instrument.scenarios if given_.get(s.id) == "NA"]
    assert list(result.not_applicable) == away
    zeros = {**given_, **dict.fromkeys(away, 0)}
    assert Scorer(instrument).score(zeros).counts == result.counts
    assert not {gap.item for gap in result.gaps} & {*result.missing, *away}


def one_by_one(scorer: Scorer, given_: dict[str, Any]) -> dict[str, object]:
    try:
        result = scorer.score(given_)
    except AnswerError:
        return dict.fromkeys(RESULTS)
    goal = next((gate for gate in result.gates if gate.level > result.reached), None)
    first = next((gap.item for gap in result.gaps if gap.helps), None)
    return {
        "score": result.score,
        "level": result.level,
        "complete": result.complete,
        "score_short": goal.score_short if goal else Decimal(0),
        "scenarios_short": goal.scenarios_short if goal else 0,
        "binding_short": goal.binding_short if goal else 0,
        "gap": first if scorer.plain else None,
    }


def as_table(scorer: Scorer, rows: list[dict[str, Any]]) -> pa.Table:
    """Everything as text, as a CSV has it; columns that nobody fills are left out."""
    names = [item for item in (*scorer.items, *scorer.figures) if any(item in r for r in rows)]
    if not set(names) & set(scorer.items):
        names.append(scorer.items[0])  # figures alone are no answers
    text = [{n: None if row.get(n) is None else str(row[n]) for n in names} for row in rows]
    return pa.Table.from_pylist(text, schema=pa.schema(dict.fromkeys(names, pa.string())))


@given(cases(most=12))
@slow
def test_every_row_of_a_table_equals_its_case_alone(
    case: tuple[Instrument, list[dict[str, Any]]],
) -> None:
    instrument, rows = case
    scorer = Scorer(instrument)
    found = score_table(scorer, as_table(scorer, rows))
    expected = [one_by_one(scorer, row) for row in rows]
    assert found.table.select(RESULTS).to_pylist() == expected
    assert found.fault_count == 0
    levels = [row["level"] for row in expected]
    wanted = {level: levels.count(level) for level in (0, *(g.level for g in instrument.gates))}
    assert found.levels == (wanted if instrument.gates else {})
    assert levels_of(scorer, as_table(scorer, rows)) == found.levels


def _real(scorer: Scorer) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to a shipped instrument, here and there one that cannot be."""
    each: dict[str, st.SearchStrategy[Any]] = {}
    odd = st.sampled_from(["?", "AB", "9", "12.5", "1,2", "", "118/120.5", "-1", "n/a"])
    for asked in scorer.instrument.questions:
        likely = small._answer(asked)
        each[asked.id] = st.one_of(*[likely] * 12, st.none(), odd)
    for scenario in scorer.instrument.scenarios:
        each[scenario.id] = st.sampled_from([None, "NA", *([0, 1, 2, 3, 4] * 5), 7])
    for figure in scorer.figures:
        number = st.integers(0, 500).map(str)
        each[figure] = st.one_of(*[st.none() | number] * 6, st.just("x"))
    if scorer.recorded:
        each["total"] = st.decimals(0, 100, places=3).map(str) | odd
    return st.fixed_dictionaries({}, optional=each)


@pytest.mark.parametrize("name", SHIPPED)
@given(data=st.data())
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_every_row_of_a_shipped_instrument_equals_its_case_alone(
    name: str, data: st.DataObject
) -> None:
    scorer = SHIPPED[name]
    rows = data.draw(st.lists(_real(scorer), min_size=1, max_size=8))
    table = as_table(scorer, rows)
    told = [{n: row.get(n) for n in table.column_names} for row in rows]
    found = score_table(scorer, table)
    assert found.table.select(RESULTS).to_pylist() == [one_by_one(scorer, row) for row in told]
    assert levels_of(scorer, Coded(scorer, table)) == found.levels


def test_the_least_of_two_that_are_as_low_says_that_they_rise_together() -> None:
    text = small.T
    options = (small.Option("A", text, 0), small.Option("B", text, 100))
    both = [Question(f"q{n}", (), text, "single", 0, options) for n in (1, 2)]
    gate = small.Gate(1, text, 50, 0, 0)
    instrument = Instrument(
        *("least", text, small.Source("D"), small.Period(), (), tuple(both), {}, (), (gate,)),
        aggregate="min",
    )
    first, second = Scorer(instrument).score({"q1": "A", "q2": "A"}).gaps
    assert first.helps and second.helps and not first.gain
    assert "同样最低" in first.effect.zh
    (left,) = Scorer(instrument).score({"q1": "A", "q2": "B"}).gaps
    assert left.helps and left.gain == 100


def test_a_level_at_exactly_its_share_counts_one_and_just_below_as_it_is() -> None:
    text = small.T
    columns = tuple(small.Column(sign, text, int(met * 100)) for sign, met in small.MET.items())
    rows = tuple(small.Line(f"r{n}", text) for n in range(5))
    lists = [
        Question(f"k{n}", (), text, "requirements", 100, (), rows=rows, columns=columns, level=n)
        for n in (1, 2)
    ]
    instrument = Instrument(
        *("levels", text, small.Source("D"), small.Period(), (), tuple(lists), {}, (), ()),
        aggregate="sum_of_levels",
        full=2,
        decimals=2,
    )
    scorer = Scorer(instrument)
    assert scorer.score({"k1": "88888", "k2": "88885"}).exact == 1 + Fraction(37, 50)
    assert scorer.score({"k1": "88888"}).score_text == "1"
    table = pa.table({"k1": ["88888", "88885"], "k2": ["88885", "11111"]})
    assert score_table(scorer, table).table["score"].to_pylist() == [
        *(Decimal("1.74"), Decimal("1.74")),
    ]


def test_a_third_is_written_as_one_case_and_as_a_row_alike() -> None:
    text = small.T
    options = tuple(small.Option("ABCD"[n], text, 33, exclusive=n == 0) for n in range(4))
    asked = Question("q", (), text, "multi", 100, options, equal=True)
    gate = small.Gate(1, text, 50, 0, 0)
    instrument = Instrument(
        "thirds", text, small.Source("D"), small.Period(), (), (asked,), {}, (), (gate,)
    )
    scorer = Scorer(instrument)
    result = scorer.score({"q": "B"})
    assert result.exact == Fraction(100, 3) and result.score == Decimal("33.333333")
    assert (result.score_text, result.score_milli) == ("33.33", 33333)
    assert result.gates[0].score_short == Decimal("16.666667")
    assert result.gates[0].short_text == "16.67"
    twice = scorer.score({"q": "BC"})
    assert (twice.score, twice.score_text, twice.score_milli) == (
        *(Decimal("66.666667"), "66.67", 66667),
    )
    row = score_table(scorer, pa.table({"q": ["B", "BC", "BCD"]})).table.to_pylist()
    assert [each["score"] for each in row] == [result.score, twice.score, Decimal(100)]


def test_said_rounds_half_up_and_what_is_lacking_up() -> None:
    assert said(Fraction(1, 3)) == "0.33" and said(Fraction(2, 3)) == "0.67"
    assert said(Fraction(1, 300), up=True) == "0.01" and said(Fraction(1, 300)) == "0"
    assert said(Fraction(79_9999, 10_000)) == "79.9999"
    assert decimal_of(Fraction(1, 10**40)) == Decimal("1E-40")
