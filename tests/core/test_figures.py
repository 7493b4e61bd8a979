"""Figures as people write them, the bands and changes they lead to, and recorded totals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.figures import allowed, decimal_text, implied, number_of
from dengta.core.scoring import AnswerError, Scorer, band_of
from dengta.core.shapes import Figure, Gate, Instrument, Option, Period, Question, Source, Text

T = Text("题", "item")
BANDS = (
    Option("A", T, 0),
    Option("B", T, 25, above=10),
    Option("C", T, 50, above=20),
    Option("D", T, 100, above=40),
)
WAYS = (
    Option("A", T, 0, when="down"),
    Option("B", T, 50, when="flat"),
    Option("C", T, 100, when="up"),
)
FIGURES = (
    Figure("all", Text("总台数", "All"), 0, 10_000, Text("台", "machines")),
    Figure("some", Text("联网台数", "Connected"), 0, 10_000, Text("台", "machines")),
    Figure("income", Text("营收", "Income"), 0, 1_000_000, Text("万元", "10,000 yuan"), 2),
    Figure("income_before", Text("上期", "Before"), 0, 1_000_000, decimals=2),
    Figure("staff", Text("人数", "Staff"), 0, 5_000),
    Figure("staff_before", Text("上期人数", "Staff before"), 0, 5_000),
    Figure("growth", Text("增长", "Growth"), -100, 1_000, Text("%", "%"), 1),
)


def question(id: str, options: tuple[Option, ...], figures: tuple[str, ...]) -> Question:
    kind = "change" if options[0].when else "number"
    return Question(id, (), T, kind, 0, options, figures=figures)  # type: ignore[arg-type]


RATIO = question("ratio", BANDS, ("some", "all"))
VALUE = question("value", BANDS, ("growth",))
CHANGE = question("change", WAYS, ("income", "income_before"))
EACH = question("each", WAYS, ("income", "income_before", "staff", "staff_before"))
INSTRUMENT = Instrument(
    "figures",
    T,
    Source("D"),
    Period(),
    (),
    (RATIO, VALUE, CHANGE, EACH),
    {},
    (),
    (),
    aggregate="mean",
    figures=FIGURES,
)
SCORER = Scorer(INSTRUMENT)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("１２３４．５", "1234.5"),
        ("１，２３４．５", "1234.5"),
        (" 007 ", "7"),
        ("1234.00", "1234"),
        (12, "12"),
        (12.25, "12.25"),
        (0.1, "0.1"),
        (Decimal("12.250"), "12.25"),
        ("0", "0"),
        ("1,000,000", "1000000"),
    ],
)
def test_a_figure_has_one_normal_text(written: object, meant: str) -> None:
    assert SCORER.read("income", written) == meant


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ("income", "12万", "不是数"),
        ("income", "1,23", "不是数"),
        ("income", "1.234,5", "不是数"),
        ("income", "1e3", "不是数"),
        ("income", "约100", "不是数"),
        ("income", "10-20", "不是数"),
        ("income", True, "不是数"),
        ("income", float("nan"), "不是数"),
        ("income", float("inf"), "不是数"),
        ("income", [1], "不是数"),
        ("income", "9" * 60, "不是数"),
        ("income", "1000000.01", "0 至 1000000 的数（万元）"),
        ("income", "-1", "超出范围"),
        ("income", 10**400, "超出范围"),
        ("income", "1.234", "最多 2 位小数"),
        ("staff", "12.5", "整数"),
        ("growth", "−101", "-100 至 1000 的数（%）"),
    ],
)
def test_what_cannot_be_a_figure_is_refused_naming_it_its_value_and_the_mend(
    item: str, value: object, said: str
) -> None:
    with pytest.raises(AnswerError) as caught:
        SCORER.read(item, value)
    message = caught.value.message
    assert message.zh.startswith(f"{item}：") and said in message.zh and "请" in message.zh
    assert message.en.startswith(f"{item}: ") and len(message.zh) < 200


@given(st.fractions(min_value=-(10**6), max_value=10**6), st.integers(0, 6))
def test_the_text_of_a_number_reads_back_as_the_number(number: Fraction, places: int) -> None:
    finite = Fraction(round(number * 10**places), 10**places)
    assert number_of(decimal_text(finite)) == finite


def test_figures_are_never_missing_and_never_scored() -> None:
    with_figures = SCORER.score({"ratio": "C", "some": "3", "all": "10"})
    assert with_figures == SCORER.score({"ratio": "C"})
    assert not set(with_figures.missing) & {figure.id for figure in FIGURES}
    assert set(SCORER.figures).isdisjoint(SCORER.items)


@pytest.mark.parametrize(
    ("item", "written", "letter"),
    [
        ("ratio", "10", "A"),
        ("ratio", "10.01", "B"),
        ("ratio", "20%", "B"),
        ("ratio", "37.5 %", "C"),
        ("ratio", "４０．０１％", "D"),
        ("ratio", 41, "D"),
        ("ratio", 0.5, "A"),
        ("ratio", " b ", "B"),
        ("value", "-3", "A"),
        ("value", "20.1", "C"),
        ("change", "118/120.5", "A"),
        ("change", "120.50/120.5", "B"),
        ("change", "１２１／１２０", "C"),
        ("change", "1,200 / 999", "C"),
        ("change", "c", "C"),
    ],
)
def test_a_number_typed_as_an_answer_is_read_into_its_letter(
    item: str, written: object, letter: str
) -> None:
    assert SCORER.read(item, written) == letter


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ("ratio", "-1", "小于零"),
        ("ratio", "1,5", "不是数"),
        ("ratio", "BC", "只能选一项"),
        ("ratio", "E", "没有的选项"),
        ("value", "1000.1", "超出范围"),
        ("value", "1.23", "小数位数"),
        ("change", "118", "本期和上期"),
        ("change", "1/2/3", "本期和上期"),
        ("change", "118/", "不是数"),
        ("change", 118, "本期和上期"),
    ],
)
def test_a_typed_number_that_says_nothing_is_refused(item: str, value: object, said: str) -> None:
    with pytest.raises(AnswerError) as caught:
        SCORER.read(item, value)
    assert caught.value.message.zh.startswith(f"{item}：") and said in caught.value.message.zh


@pytest.mark.parametrize(
    ("asked", "figures", "letter"),
    [
        (RATIO, {"some": "1", "all": "10"}, "A"),
        (RATIO, {"some": "1001", "all": "10000"}, "B"),
        (RATIO, {"some": "2", "all": "3"}, "D"),
        (RATIO, {"some": "2"}, None),
        (RATIO, {"some": "0", "all": "0"}, None),
        (RATIO, {"some": "2", "all": None}, None),
        (VALUE, {"growth": "40"}, "C"),
        (CHANGE, {"income": "5", "income_before": "5.00"}, "B"),
        (CHANGE, {"income": "5"}, None),
        (
            EACH,
            {"income": "200", "income_before": "100", "staff": "3", "staff_before": "1"},
            "A",
        ),
        (EACH, {"income": "1", "income_before": "3", "staff": "1", "staff_before": "3"}, "B"),
        (EACH, {"income": "1", "income_before": "3", "staff": "0", "staff_before": "3"}, None),
    ],
)
def test_figures_lead_to_a_letter_or_to_nothing(
    asked: Question, figures: dict[str, str | None], letter: str | None
) -> None:
    assert implied(asked, figures) == letter


def test_a_small_change_may_be_called_flat_but_is_read_literally() -> None:
    asked = Question(
        *("c", (), T, "change", 100, WAYS), figures=("income", "income_before"), flat_bps=100
    )
    near, far = {"income": "101", "income_before": "100"}, {"income": "102", "income_before": "100"}
    assert implied(asked, near) == "C" and allowed(asked, near) == {"B", "C"}
    assert allowed(asked, far) == {"C"} and allowed(asked, {}) == frozenset()
    assert Scorer(INSTRUMENT).read("change", "101/100") == "C"


RECORDED = Instrument(
    *("recorded", T, Source("D"), Period(), (), (), {}, ()),
    tuple(Gate(level, T, level * 20, 0, 0) for level in range(1, 5)),
    recorded_only=True,
)


def test_a_recorded_total_is_banded_and_is_the_only_item() -> None:
    scorer = Scorer(RECORDED)
    assert scorer.items == ("total",)
    result = scorer.score({"total": "59.999"})
    assert (result.score_text, result.level, result.complete) == ("59.999", 2, True)
    assert result.gates[2].score_short == Decimal("0.001")
    assert scorer.score({"total": 60}).level == 3
    assert scorer.score({}).missing == ("total",) and scorer.score({}).level == 0
    for value in ("100.001", "-1", "12.3456", "六十"):
        with pytest.raises(AnswerError):
            scorer.score({"total": value})


def test_band_of_a_total_alone() -> None:
    assert [band_of(RECORDED, Decimal(n)) for n in ("0", "19.999", "20", "100")] == [0, 0, 1, 4]
    assert band_of(INSTRUMENT, Fraction(1)) is None
    with pytest.raises(ValueError, match="between 0 and 100"):
        band_of(RECORDED, Fraction(101))


def test_matrix_and_scale_answers_have_one_form_and_are_refused_by_row() -> None:
    from dengta.core.shapes import Column, Line

    columns = tuple(Column(sign, T, weight) for sign, weight in (("0", 0), ("P", 50), ("Y", 100)))
    rows = tuple(Line(f"r{n}", T) for n in range(3))
    grid = Question("grid", (), T, "matrix", 0, (), rows=rows, columns=columns)
    bands = tuple(Column(str(n), T) for n in range(6))
    scale = Question("scale", (), T, "scale", 0, (), columns=bands)
    scorer = Scorer(
        Instrument("g", T, Source("D"), Period(), (), (grid, scale), {}, (), (), aggregate="mean")
    )
    for written, meant in (("0py", "0PY"), ("０，Ｐ、Ｙ", "0PY"), ("0 - y", "0-Y"), ("---", None)):
        assert scorer.read("grid", written) == meant
    for value, said in (("0P", "3 行"), ("0PYY", "3 行"), ("0PX", "没有的 X"), (11, "引号")):
        with pytest.raises(AnswerError, match=said):
            scorer.read("grid", value)
    for written in (3, 3.0, "3", "３"):
        assert scorer.read("scale", written) == "3"
    for value in (6, "6", "33", 2.5, True, -1, "B"):
        with pytest.raises(AnswerError):
            scorer.read("scale", value)
    assert scorer.score({"grid": "Y--", "scale": "3"}).missing == ("grid",)
