from __future__ import annotations

from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.policy import shipped
from dengta.core.scoring import AnswerError, Scorer
from dengta.core.scoring_table import LISTED, RESULTS, TableError, score_table
from tests.core.scoring_oracle import QUESTIONS, SCENARIOS, cases

SCORER = Scorer(shipped().instruments["miit-2024"])
ITEMS = (*QUESTIONS, *SCENARIOS)


def one_by_one(answers: dict[str, object]) -> dict[str, object]:
    try:
        result = SCORER.score(answers)  # type: ignore[arg-type]
    except AnswerError:
        return dict.fromkeys(RESULTS)
    goal = next((gate for gate in result.gates if gate.level > result.level), None)
    return {
        "score": result.score,
        "level": result.level,
        "complete": result.complete,
        "score_short": goal.score_short if goal else Decimal(0),
        "scenarios_short": goal.scenarios_short if goal else 0,
        "binding_short": goal.binding_short if goal else 0,
        "gap": next((gap.item for gap in result.gaps if gap.helps), None),
    }


def results(table: pa.Table) -> list[dict[str, object]]:
    return score_table(SCORER, table).table.select(RESULTS).to_pylist()


@given(st.lists(cases() | cases(high=True), min_size=1, max_size=30))
@settings(max_examples=60)
def test_every_row_of_a_table_equals_its_case_alone(
    rows: list[dict[str, str | int | None]],
) -> None:
    full = [{item: row.get(item) for item in ITEMS} for row in rows]
    kinds = {
        **dict.fromkeys(QUESTIONS, pa.string()),
        **dict.fromkeys(SCENARIOS, pa.int64()),
    }
    table = pa.Table.from_pylist(full, schema=pa.schema(kinds))
    assert results(table) == [one_by_one(dict(row)) for row in full]


ODD_LEVELS = st.none() | st.sampled_from(["0", "2", "4", "5", "-1", "x", "", "３", "2.0", "1e0"])
ODD_LETTERS = st.none() | st.text("ABCDEF ,、bz", max_size=4)


@given(
    st.lists(
        st.fixed_dictionaries({"q1": ODD_LETTERS, "q2": ODD_LETTERS, "quality": ODD_LEVELS}),
        min_size=1,
        max_size=20,
    )
)
def test_bad_cells_are_told_by_row_and_column_and_the_other_rows_stay(
    rows: list[dict[str, object]],
) -> None:
    kinds = dict.fromkeys(("q1", "q2", "quality"), pa.string())
    result = score_table(SCORER, pa.Table.from_pylist(rows, schema=pa.schema(kinds)))
    assert result.table.select(RESULTS).to_pylist() == [one_by_one(row) for row in rows]
    expected = []
    for place, row in enumerate(rows, 1):
        for item in kinds:
            try:
                SCORER.read(item, row[item])
            except AnswerError as error:
                expected.append((place, item, row[item], error.message))
    assert [(f.row, f.column, f.value, f.message) for f in result.faults] == expected
    assert result.fault_count == len(expected)
    assert result.refused == len({row for row, *_ in expected})
    assert sum(result.levels.values()) == len(rows) - result.refused


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2, 4, None], pa.int8()),
        pa.array([2, 4, None], pa.uint64()),
        pa.array(["2", "4", ""], pa.large_string()),
        pa.array(["2", "4", None], pa.string_view()),
        pa.array(["2", "4", None]).dictionary_encode(),
        pa.array([2.0, 4.0, None], pa.float64()),
        pa.chunked_array([pa.array([2]), pa.array([4]), pa.array([None], pa.int64())]),
    ],
)
def test_levels_are_read_from_every_type_of_column(column: pa.Array) -> None:
    table = pa.table({"quality": column, "q1": ["B", "B", "B"]})
    found = score_table(SCORER, table)
    assert found.fault_count == 0
    assert [SCORER.read("quality", v) for v in column.to_pylist()] == [2, 4, None]
    assert found.table["score"].to_pylist() == [2, 2, 2]


def test_wide_negative_and_huge_integers_are_bad_cells() -> None:
    table = pa.table({"quality": pa.array([2, -3, 2**62, None], pa.int64())})
    result = score_table(SCORER, table)
    assert [fault.row for fault in result.faults] == [2, 3]
    assert result.table["level"].to_pylist() == [0, None, None, 0]
    near = score_table(SCORER, pa.table({"quality": pa.array([127, -1, 3, None], pa.int8())}))
    assert [fault.row for fault in near.faults] == [1, 2]


def test_true_and_false_are_no_levels_in_a_table_either() -> None:
    result = score_table(SCORER, pa.table({"quality": [True, False, None]}))
    assert [fault.row for fault in result.faults] == [1, 2]


def test_other_columns_pass_through_unchanged_and_absent_ones_are_missing() -> None:
    table = pa.table({"uscc": ["007", "x"], "q1": ["BCDE", "A"], "备注": [None, "有"]})
    result = score_table(SCORER, table)
    assert result.table.column_names == ["uscc", "q1", "备注", *RESULTS]
    assert result.table.select(table.column_names).equals(table)
    assert result.table["score"].to_pylist() == [Decimal(8), Decimal(0)]
    assert result.table["complete"].to_pylist() == [False, False]


def test_a_polars_frame_is_taken_as_it_is() -> None:
    result = score_table(SCORER, pl.DataFrame({"q1": ["BC", "AB"], "quality": [1, 2]}))
    assert result.table["score"].to_pylist() == [Decimal(4), None]


def test_an_empty_table_has_empty_results() -> None:
    result = score_table(SCORER, pa.table({"q1": pa.array([], pa.string())}))
    assert result.table.num_rows == 0 and set(result.table.column_names) == {"q1", *RESULTS}
    assert score_table(SCORER, pa.table({"quality": pa.array([], pa.int8())})).refused == 0


def test_an_empty_column_without_a_type_is_missing() -> None:
    result = score_table(SCORER, pa.table({"q1": ["B", "B"], "q2": pa.nulls(2)}))
    assert result.fault_count == 0 and result.table["score"].to_pylist() == [2, 2]


def test_a_million_bad_cells_are_counted_and_the_first_listed() -> None:
    result = score_table(SCORER, pa.table({"q1": ["?"] * 5000, "q2": ["?"] * 5000}))
    assert result.fault_count == 10_000 and result.refused == 5000
    assert len(result.faults) == LISTED
    assert [(f.row, f.column) for f in result.faults[:3]] == [(1, "q1"), (1, "q2"), (2, "q1")]
    assert result.faults[-1].row == LISTED // 2


def test_blocks_join_without_a_seam() -> None:
    rows = 40_000
    letters = pa.array(["BCDE", "BC", "A", None]).take(pa.array([i % 4 for i in range(rows)]))
    levels = pa.array([i % 5 for i in range(rows)], pa.int8())
    result = score_table(SCORER, pa.table({"q1": letters, **dict.fromkeys(SCENARIOS, levels)}))
    scores = result.table["score"].to_pylist()
    assert scores == [Decimal((8, 4, 0, 0)[i % 4]) for i in range(rows)]
    assert result.levels == {0: rows, 1: 0, 2: 0, 3: 0, 4: 0}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": [1]}), "没有一列"),
        (pa.table({"q1": ["B"], "score": [1]}), "重名"),
        (pa.table([["B"], ["C"]], names=["q1", "q1"]), "不止一次"),
        (pa.table({"q1": [["B"]]}), "不能当作答案"),
        (pa.table({"quality": [{"level": 2}]}), "不能当作答案"),
    ],
)
def test_a_table_that_cannot_be_scored_is_refused_as_a_whole(table: pa.Table, said: str) -> None:
    with pytest.raises(TableError) as caught:
        score_table(SCORER, table)
    assert said in caught.value.message.zh and caught.value.message.en
