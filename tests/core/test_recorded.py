from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.codes import make_uscc
from dengta.core.headings import HeadingError
from dengta.core.policy import shipped
from dengta.core.recorded import Layout, Reader, Row
from dengta.core.scoring import Scorer

HEADING = ["统一社会信用代码", "企业名称", "评测指标", "测评日期", "得分", "等级", "依据"]
CODE = make_uscc("420102", 1)
TODAY = dt.date(2026, 3, 16)
SOUND: dict[str, Any] = {
    "uscc": CODE, "name": "江岸精工", "instrument": "miit-2024", "day": "2025-06-30",
    "score": 48.95, "level": "二级", "basis": "",
}  # fmt: skip


def numbered(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, list[Any]]]:
    return ((number, list(row)) for number, row in enumerate(rows, 1))


def layout_of(
    rows: Sequence[Sequence[Any]], default: str = ""
) -> tuple[Reader, Layout, list[tuple[int, list[Any]]]]:
    reader = Reader(shipped(), TODAY, default)
    below = numbered(rows)
    layout, read = reader.layout("表", below)
    return reader, layout, [*read, *below]


def one(heading: Sequence[Any] = HEADING, **different: Any) -> Row:
    """A row that is sound but for what is said to be different."""
    cells = list((SOUND | different).values())
    reader, layout, rows = layout_of([heading, cells])
    row = reader.read(layout, *rows[0])
    assert row is not None
    return row


def faults(row: Row) -> list[tuple[str, str]]:
    return [(fault["field"], fault["zh"]) for fault in row.faults]


def test_a_sound_row_says_what_it_says() -> None:
    row = one()
    assert row.faults == []
    assert (row.uscc, row.instrument, row.day) == (CODE, "miit-2024", dt.date(2025, 6, 30))
    assert (row.score, row.level) == (Decimal("48.950"), 2)


@pytest.mark.parametrize(
    "name",
    ["miit-2024", "MIIT-2024", "中小企业数字化水平评测指标（2024年版）",
     "中小企业数字化水平评测指标(2024年版)", " ｍｉｉｔ-2024 "],
)  # fmt: skip
def test_an_instrument_goes_by_its_id_or_name(name: str) -> None:
    row = one(instrument=name)
    assert (row.faults, row.instrument) == ([], "miit-2024")


@pytest.mark.parametrize(
    ("different", "field", "said"),
    [
        ({"uscc": ""}, "uscc", "没有填"),
        ({"uscc": CODE[:-1] + "0"}, "uscc", "第 18 位"),
        ({"uscc": 9.142e17}, "uscc", "设为文本格式"),
        ({"instrument": "国标"}, "instrument", "不是本平台的评测指标"),
        ({"instrument": ""}, "instrument", "没有填"),
        ({"day": ""}, "day", "没有填"),
        ({"day": "2026-03-17"}, "day", "还没有到"),
        ({"day": "2024-09-03"}, "day", "早于这版指标施行的日子 2024年9月4日"),
        ({"score": 100.5}, "score", "不在 0 至 100 之间"),
        ({"score": -1}, "score", "不在 0 至 100 之间"),
        ({"score": "", "level": ""}, "score", "得分和等级都没有填"),
        ({"score": 35, "level": "三级"}, "level", "与得分矛盾：35 分最高只够 1 级（初始级）"),
        ({"level": "五级"}, "level", "不是这套指标的等级"),
        ({"basis": "长" * 201}, "basis", "最多 200 个"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_cell(
    different: dict[str, Any], field: str, said: str
) -> None:
    row = one(**different)
    assert [where for where, _ in faults(row)] == [field]
    assert said in faults(row)[0][1]
    assert row.faults[0]["en"]


def test_all_faults_of_a_row_are_told() -> None:
    row = one(uscc="1", day="?", score="x")
    assert [where for where, _ in faults(row)] == ["uscc", "day", "score"]
    assert row.faults[2]["column"] == "E 得分"


@pytest.mark.parametrize(
    ("score", "level"), [(48.95, 1), (48.95, 0), (80, 4), ("", 4), (0, 0), (100, 4), (48.95, "")]
)
def test_a_level_that_the_score_allows_is_believed(score: Any, level: Any) -> None:
    assert one(score=score, level=level).faults == []


@pytest.mark.parametrize(("score", "level"), [(20, 1), (19.999, 0), (40, 2), (60, 3), (80, 4)])
def test_where_the_score_alone_decides_it_gives_the_level(score: float, level: int) -> None:
    row = one(instrument="miit-2022", score=score, level="", day="2023-06-30")
    assert (row.faults, row.level) == ([], level)
    other = one(instrument="miit-2022", score=score, level=(level + 1) % 5, day="2023-06-30")
    assert "与得分矛盾" in faults(other)[0][1]


def test_an_instrument_in_smaller_points_has_its_own_bounds() -> None:
    assert one(instrument="gbt-39116-discrete", score="2.79", level=2).faults == []
    assert "应为 2 级" in faults(one(instrument="gbt-39116-discrete", score="2.79", level=3))[0][1]
    assert (
        "不在 0 至 5 之间" in faults(one(instrument="gbt-39116-discrete", score=6, level=5))[0][1]
    )
    assert "没有可以记录的结果" in faults(one(instrument="siri", score=3, level=""))[0][1]


def test_the_example_of_the_template_is_passed_over() -> None:
    reader, layout, rows = layout_of([HEADING, [CODE, "（示例，导入前请删去这一行）"]])
    assert reader.read(layout, *rows[0]) is None


# ---------------------------------------------------------------- headings


def test_titles_above_the_heading_are_passed() -> None:
    _, layout, rows = layout_of([["2025年汇总表"], [], HEADING, [CODE]])
    assert (layout.heading.row, rows) == (3, [(4, [CODE])])


def test_a_heading_of_two_rows_is_read_as_one() -> None:
    first = ["统一社会信用代码", "企业名称", "评测指标", "测评日期", "结果", ""]
    _, layout, rows = layout_of([first, ["", "", "", "", "得分", "等级"], [CODE]])
    assert (layout.place("score"), layout.place("level")) == (4, 5)
    assert rows == [(3, [CODE])]


def test_columns_stand_in_any_order_and_go_by_other_names() -> None:
    heading = ["序号", "测评日期（必填）", "指标 ", "*信用代码", "总分"]
    _, layout, _ = layout_of([heading, []])
    assert layout.heading.places == {"day": 1, "instrument": 2, "uscc": 3, "score": 4}


def test_a_missing_column_is_named_beside_those_found() -> None:
    with pytest.raises(HeadingError) as error:
        layout_of([["统一社会信用代码", "企业名称", "评测指标", "得分"], [CODE]])
    said = error.value.message.zh
    assert said.startswith("缺少列 “测评日期”。读到的列：A“统一社会信用代码”、B“企业名称”")
    with pytest.raises(HeadingError, match="缺少列“得分”或“等级”"):
        layout_of([HEADING[:4], [CODE]])


def test_where_one_instrument_was_chosen_its_column_is_not_needed() -> None:
    reader, layout, rows = layout_of(
        [["统一社会信用代码", "测评日期", "得分"], [CODE, "2025-06-30", 50]], default="miit-2024"
    )
    row = reader.read(layout, *rows[0])
    assert row is not None and (row.faults, row.instrument) == ([], "miit-2024")


# ---------------------------------------------------------------- whole answer sets

INSTRUMENT = shipped().instruments["miit-2024"]
SCORER = Scorer(INSTRUMENT)


def answered(answers: dict[str, Any], **different: Any) -> Row:
    """A row of a table with a column for each item."""
    titles = {**{q.id: q.text.zh for q in INSTRUMENT.questions},
              **{s.id: s.text.zh for s in INSTRUMENT.scenarios}}  # fmt: skip
    heading = [*HEADING, *(f"{id} {text}" for id, text in titles.items())]
    given = SOUND | {"score": "", "level": ""} | different
    cells = [*given.values(), *(answers.get(id, "") for id in titles)]
    reader, layout, rows = layout_of([heading, cells])
    row = reader.read(layout, *rows[0])
    assert row is not None
    reader.score(layout, [row])
    return row


def all_answers(letter: str = "B", level: int = 2) -> dict[str, Any]:
    letters = {q.id: min(letter, q.options[-1].id) for q in INSTRUMENT.questions}
    return letters | {s.id: level for s in INSTRUMENT.scenarios}


@given(
    st.fixed_dictionaries(
        {q.id: st.sampled_from([o.id for o in q.options]) for q in INSTRUMENT.questions}
        | {s.id: st.integers(0, 4) for s in INSTRUMENT.scenarios}
    )
)
def test_answers_give_the_score_and_level_of_the_engine(answers: dict[str, Any]) -> None:
    row, result = answered(answers), SCORER.score(answers)
    assert row.faults == []
    assert (row.score, row.level) == (result.score, result.level)


def test_an_impossible_answer_is_told_at_its_cell() -> None:
    row = answered(all_answers() | {"q2": "Z", "quality": 7})
    assert [where for where, _ in faults(row)] == ["q2", "quality"]
    assert row.faults[0]["column"].startswith("I q2 ")
    assert (row.score, row.level) == (None, None)


def test_missing_answers_are_named() -> None:
    answers = all_answers()
    del answers["q3"], answers["finance"]
    assert faults(answered(answers))[0][1].startswith("答案不完整，缺 q3、finance。")


def test_a_total_that_the_answers_do_not_give_is_told() -> None:
    result = SCORER.score(all_answers())
    assert answered(all_answers(), score=float(result.score or 0)).faults == []
    row = answered(all_answers(), score=99, level=4)
    assert [where for where, _ in faults(row)] == ["score", "level"]
    assert f"按答案算出的是 {result.score_text}" in faults(row)[0][1]


def test_an_answer_to_another_instrument_is_told() -> None:
    row = answered(all_answers(), instrument="miit-2022", day="2025-06-30", score=50)
    assert "miit-2022 没有题目 q1" in faults(row)[0][1]


@given(st.lists(st.one_of(st.text(max_size=12), st.integers(), st.dates(), st.none()), max_size=9))
def test_whatever_a_row_holds_is_read_or_told(cells: list[Any]) -> None:
    reader, layout, _ = layout_of([HEADING, []])
    row = reader.read(layout, 2, ["" if cell is None else cell for cell in cells])
    assert row is not None
    assert row.sound == (not row.faults)
    for fault in row.faults:
        assert fault["zh"] and fault["en"] and fault["field"]
