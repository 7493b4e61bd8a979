from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.cells import CellError, code_of, day_of, level_of, number_of, text_of
from dengta.core.sheets import Broken

DAY = dt.date(2023, 6, 30)


@pytest.mark.parametrize(
    "written",
    [
        "2023-06-30", "2023-6-30", "2023/6/30", "2023.06.30", "2023年6月30日", "2023年06月30",
        "20230630", " 2023-06-30 ", "２０２３年６月３０日", "2023-06-30 00:00:00",
        "2023-06-30T08:15:00", "2023 - 6 - 30",
        DAY, dt.datetime(2023, 6, 30, 23, 59, tzinfo=dt.UTC), 20230630, 20230630.0,
    ],
)  # fmt: skip
def test_a_day_can_be_written_in_many_ways(written: Any) -> None:
    assert day_of(written) == DAY


@pytest.mark.parametrize("empty", ["", "  ", "　"])
def test_an_empty_cell_is_no_day(empty: str) -> None:
    assert day_of(empty) is None


@pytest.mark.parametrize(
    "written",
    [
        "30/06/2023", "06-30", "2023年6月", "2023", "去年夏天", "23-06-30", "2023-6-30-1", "明天",
        True, 12.5,
    ],
)  # fmt: skip
def test_what_could_be_another_day_is_not_guessed(written: Any) -> None:
    with pytest.raises(CellError, match="看不出是哪年哪月哪日"):
        day_of(written)


@pytest.mark.parametrize(
    "written", ["2023-02-29", "2023-13-01", "2023-00-10", "1023-06-30", "2100-01-01"]
)
def test_a_day_that_never_was_is_refused(written: str) -> None:
    with pytest.raises(CellError, match="没有这一天"):
        day_of(written)


def test_the_number_that_a_spreadsheet_keeps_for_a_day_is_named_and_not_taken() -> None:
    with pytest.raises(CellError, match="可能是 2023-06-30") as refused:
        day_of(45107.0)
    assert "perhaps 2023-06-30" in refused.value.message.en


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("48.95", "48.950"), ("４８．９５", "48.950"), (48.95, "48.950"), (49, "49.000"),
        ("48.95分", "48.950"), ("4 8", "48.000"), ("1e1", "10.000"), (66.66666666666667, "66.667"),
        ("0", "0.000"), ("-3", "-3.000"), (0.1 + 0.2, "0.300"), ("48.9545", "48.955"),
    ],
)  # fmt: skip
def test_a_number_keeps_three_decimals(written: Any, number: str) -> None:
    assert number_of(written, 3) == Decimal(number)


@pytest.mark.parametrize(
    "written",
    [
        "四十八",
        "48,95",
        "48%",
        "约48",
        True,
        "NaN",
        "inf",
        "1e99",
        float("nan"),
        float("inf"),
        "--",
    ],
)
def test_what_is_no_number_is_refused(written: Any) -> None:
    with pytest.raises(CellError, match="不是数字"):
        number_of(written, 3)


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("2", 2), ("2级", 2), ("二级", 2), ("二", 2), ("Level 2", 2), ("２级", 2), (2, 2), (2.0, 2),
        ("0", 0), ("无等级", 0), ("未达一级", 0), ("无", 0), ("规范级", None), ("十级", None),
        ("", None), (True, None), ("-1", None),
    ],
)  # fmt: skip
def test_a_level_by_number_or_numeral(written: Any, level: int | None) -> None:
    assert level_of(written) == level


@pytest.mark.parametrize(
    "read", [text_of, day_of, code_of, level_of, lambda cell: number_of(cell, 3)]
)
@pytest.mark.parametrize("shown", ["#REF!", "#N/A", "#DIV/0!", "="])
def test_an_error_in_a_cell_is_never_an_empty_one(read: Any, shown: str) -> None:
    with pytest.raises(CellError, match="公式"):
        read(Broken(shown))


def test_a_code_that_became_a_number_has_lost_digits() -> None:
    with pytest.raises(CellError, match="设为文本格式"):
        code_of(9.14201e17)
    assert code_of("９１４２０１００ＭＡ") == "91420100MA"


def test_the_mark_against_formulas_is_no_part_of_a_text() -> None:
    assert text_of("'=1+1") == "=1+1"
    assert text_of("'平'") == "'平'"


@given(st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2099, 12, 31)))
def test_every_day_is_read_back_however_it_is_written(day: dt.date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"):
        assert day_of(day.strftime(form)) == day
    assert day_of(f"{day.year}年{day.month}月{day.day}日") == day


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.dates()))
def test_whatever_stands_in_a_cell_is_read_or_refused_with_a_mend(cell: Any) -> None:
    for read in (text_of, code_of, day_of, level_of, lambda each: number_of(each, 3)):
        try:
            read(cell)
        except CellError as refused:
            assert refused.message.zh.endswith("。") and refused.message.en
