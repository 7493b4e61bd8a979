from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.policy import shipped
from dengta.core.scoring import AnswerError, Scorer
from dengta.core.shapes import Gate, Instrument, Node, Option, Question, Text
from tests.core.scoring_oracle import (
    BINDING,
    GUIDING,
    QUESTIONS,
    SCENARIOS,
    cases,
    level_of,
    score_of,
)

SCORER = Scorer(shipped().instruments["miit-2024"])

EXAMPLE: dict[str, str | int] = {
    "q1": "BC",
    "q2": "C",
    "q3": "B",
    "q4": "DGHLMN",
    "q5": "C",
    "q6": "BC",
    "q7": "BC",
    "q8": "D",
    "q9": "BC",
    "q10": "BD",
    "q11": "A",
    "q12": "B",
    "q13": "C",
    "q14": "C",
    "q15": "B",
    "product_design": 2,
    "process_design": 1,
    "marketing": 2,
    "after_sales": 1,
    "scheduling": 2,
    "production_control": 2,
    "quality": 1,
    "equipment": 1,
    "safety": 1,
    "energy": 1,
    "procurement": 1,
    "warehousing": 1,
    "finance": 3,
    "human_resources": 2,
    "office": 2,
    "decision_support": 0,
}
BEST = {
    **{
        q: "".join(weights)[1:] if kind == "multi" else max(weights)
        for q, (_, kind, weights) in QUESTIONS.items()
    },
    **dict.fromkeys(SCENARIOS, 4),
}


def message(answers: dict[str, object]) -> str:
    with pytest.raises(AnswerError) as caught:
        SCORER.score(answers)  # type: ignore[arg-type]
    assert caught.value.message.en
    return caught.value.message.zh


def test_the_worked_example_scores_48_95_and_reaches_level_two() -> None:
    result = SCORER.score(EXAMPLE)
    assert result.score_text == "48.95"
    assert result.level == 2
    assert result.level_name.zh == "规范级"
    assert [str(d.points.normalize()) for d in result.dimensions] == ["22.7", "11.25", "15"]
    assert result.counts[2] == (7, 4)
    assert result.complete and not result.missing


def test_the_same_firm_with_five_scenarios_at_level_two_falls_to_level_one() -> None:
    result = SCORER.score({**EXAMPLE, "scheduling": 1, "office": 1})
    assert (result.score_text, result.level, result.counts[2]) == ("48.95", 1, (5, 4))


def test_the_best_answers_give_one_hundred_and_level_four() -> None:
    result = SCORER.score(BEST)
    assert (result.score_text, result.level) == ("100", 4)
    assert not result.gaps
    assert all(gate.passed for gate in result.gates)


def test_all_first_options_give_zero_and_no_level() -> None:
    result = SCORER.score({**dict.fromkeys(QUESTIONS, "A"), **dict.fromkeys(SCENARIOS, 0)})
    assert (result.score_text, result.level, result.level_name.zh) == ("0", 0, "未达一级")
    assert result.complete


@given(cases())
def test_score_and_level_equal_an_independent_calculation(
    answers: dict[str, str | int | None],
) -> None:
    result = SCORER.score(answers)
    assert Fraction(result.score) == score_of(answers)
    assert Fraction(result.score_text) == score_of(answers)
    assert result.level == level_of(answers)
    assert sum(result.points[q] or 0 for q in QUESTIONS) == result.score
    assert sum(d.points for d in result.dimensions) == result.score


@given(cases(high=True), st.sampled_from([*QUESTIONS, *SCENARIOS]))
def test_a_better_answer_never_lowers_the_level(
    answers: dict[str, str | int | None], item: str
) -> None:
    assert SCORER.score({**answers, item: BEST[item]}).level >= SCORER.score(answers).level


@given(cases(high=True))
def test_shortfalls_say_exactly_what_a_gate_lacks(answers: dict[str, str | int | None]) -> None:
    result = SCORER.score(answers)
    for gate in result.gates:
        assert gate.score_short == max(Decimal(0), gate.score_needed - result.score)
        count = result.counts[gate.level]
        assert gate.scenarios_short == max(0, gate.scenarios_needed - count.scenarios)
        assert gate.binding_short == max(0, gate.binding_needed - count.binding)
        lacking = gate.score_short or gate.scenarios_short or gate.binding_short
        assert gate.passed == (not lacking)


def test_a_score_on_the_line_passes_and_one_step_below_does_not() -> None:
    # 100 less 10 (q5), 4 (half of q1) and 6 (q3).
    line = {**BEST, "q5": "A", "q1": "BD", "q3": "A"}
    assert SCORER.score(line).score == 80
    assert SCORER.score(line).level == 4
    result = SCORER.score({**line, "q4": "BCDEFGHIJKLMN"})
    assert (result.score, result.level) == (Decimal("79.1"), 3)
    assert result.gates[3].score_short == Decimal("0.9")


def deep_instrument() -> Instrument:
    """79 + 0.99 + 0.01 points, then 20: deep enough that a float would not tell 79.9999 from 80."""
    text, real = Text("题", "item"), shipped().instruments["miit-2024"]
    full = Option("A", text, 100)
    nodes = [
        *(Node("a", text, 79), Node("b", text, 1), Node("c", text, 20)),
        *(Node("b1", text, 99, "b"), Node("b2", text, 1, "b")),
    ]
    options = {"b2": (Option("B", text, 99), full)}
    questions = [
        Question(f"q_{path[-1]}", path, text, "single", 100, options.get(path[-1], (full,)))
        for path in (("a",), ("b", "b1"), ("b", "b2"), ("c",))
    ]
    gate = Gate(1, text, 80, 0, 0)
    return replace(
        real, nodes=tuple(nodes), questions=tuple(questions), scenarios=(), gates=(gate,)
    )


def test_a_ten_thousandth_below_the_line_does_not_pass() -> None:
    scorer = Scorer(deep_instrument())
    below = scorer.score({"q_a": "A", "q_b1": "A", "q_b2": "B"})
    assert (below.score_text, below.level) == ("79.9999", 0)
    assert below.gates[0].score_short == Decimal("0.0001")
    assert scorer.score({"q_a": "A", "q_b1": "A", "q_b2": "A"}).level == 1


def test_six_scenarios_with_two_binding_ones_are_one_binding_short() -> None:
    chosen = [*BINDING[:2], *GUIDING[:4]]
    answers = {**BEST, **dict.fromkeys(SCENARIOS, 0), **dict.fromkeys(chosen, 1)}
    result = SCORER.score(answers)
    assert result.level == 0
    first = result.gates[0]
    assert (first.score_short, first.scenarios_short, first.binding_short) == (0, 0, 1)
    assert result.gaps[0].item in BINDING and result.gaps[0].helps
    assert SCORER.score({**answers, BINDING[2]: 1}).level == 1


def test_a_scenario_at_a_higher_level_counts_for_the_lower_gates() -> None:
    answers = {**BEST, **dict.fromkeys(SCENARIOS, 0), **dict.fromkeys(BINDING[:6], 4)}
    assert SCORER.score(answers).level == 2


def test_gaps_put_first_what_blocks_the_next_level() -> None:
    result = SCORER.score(EXAMPLE)
    binding = [gap for gap in result.gaps if gap.binding]
    assert [gap.item for gap in result.gaps[: len(binding)]] == [gap.item for gap in binding]
    assert result.gaps[0].item == "product_design"
    assert (result.gaps[0].have, result.gaps[0].want, result.gaps[0].steps) == (2, 3, 1)
    assert "标准库" in result.gaps[0].asks.zh
    questions = [gap for gap in result.gaps if gap.kind == "question"]
    assert [gap.points for gap in questions] == sorted((g.points for g in questions), reverse=True)
    assert questions[0].item == "q11" and questions[0].points == Decimal("7.5")
    assert all(gap.helps for gap in result.gaps)


def test_only_the_score_missing_puts_questions_first() -> None:
    answers = {**BEST, "q11": "A", "q5": "A", "q8": "A", "product_design": 1}
    result = SCORER.score(answers)
    assert result.level == 3
    assert result.gaps[0].kind == "question" and result.gaps[0].item == "q5"
    last = result.gaps[-1]
    assert last.item == "product_design" and not last.helps
    assert "已经够了" in last.effect.zh


@given(cases(high=True))
def test_following_the_helpful_gaps_of_a_complete_case_reaches_the_next_level(
    answers: dict[str, str | int | None],
) -> None:
    whole = {
        **dict.fromkeys(QUESTIONS, "A"),
        **dict.fromkeys(SCENARIOS, 0),
        **{item: answer for item, answer in answers.items() if answer is not None},
    }
    before = SCORER.score(whole)
    helpful = {gap.item: gap.want for gap in before.gaps if gap.helps}
    assert bool(helpful) == (before.level < 4)
    assert SCORER.score({**whole, **helpful}).level > before.level or before.level == 4


def test_a_partial_assessment_scores_what_it_has_and_says_what_is_missing() -> None:
    result = SCORER.score({"q1": "BCDE", "q2": None, "q3": " ", "quality": 2, "safety": ""})
    assert result.score_text == "8"
    assert not result.complete
    assert result.points["q2"] is None and result.points["q1"] == 8
    assert {"q2", "q3", "safety", "q15"} <= set(result.missing)
    assert "q1" not in result.missing and len(result.missing) == 29
    assert not {gap.item for gap in result.gaps} & set(result.missing)


def test_no_answers_at_all_are_zero_points_and_everything_missing() -> None:
    result = SCORER.score({})
    assert (result.score_text, result.level, len(result.missing)) == ("0", 0, 31)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("CB", "BC"), ("bc", "BC"), ("Ｂ Ｃ", "BC"), (" B, C ", "BC"), ("B、C", "BC")],
)
def test_letters_that_have_one_meaning_are_accepted(written: str, meant: str) -> None:
    assert SCORER.read("q1", written) == meant


@pytest.mark.parametrize(
    ("value", "meant"), [("2", 2), (" ２ ", 2), ("2.0", 2), (2.0, 2), (0, 0), (4, 4)]
)
def test_levels_that_have_one_meaning_are_accepted(value: object, meant: int) -> None:
    assert SCORER.read("quality", value) == meant


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ("q1", "AB", "互相矛盾"),
        ("q1", "BB", "两次"),
        ("q1", "F", "没有的选项 F"),
        ("q1", "B?", "没有的选项 ?"),
        ("q1", "、", "没有选项字母"),
        ("q1", 3, "不是选项字母"),
        ("q1", ["B"], "不是选项字母"),
        ("q2", "BC", "只能选一项"),
        ("q2", "G", "没有的选项 G"),
        ("quality", 5, "0 到 4"),
        ("quality", -1, "0 到 4"),
        ("quality", "-1", "0 到 4"),
        ("quality", True, "0 到 4"),
        ("quality", False, "0 到 4"),
        ("quality", "2.5", "0 到 4"),
        ("quality", 2.5, "0 到 4"),
        ("quality", float("nan"), "0 到 4"),
        ("quality", "二", "0 到 4"),
        ("quality", {"level": 2}, "0 到 4"),
    ],
)
def test_an_impossible_answer_is_refused_naming_item_and_mend(
    item: str, value: object, said: str
) -> None:
    text = message({item: value})
    assert text.startswith(f"{item}：") and said in text and "请" in text


def test_an_unknown_item_is_refused_with_the_nearest_one() -> None:
    assert "是否想写 quality" in message({"qualty": 2})
    assert "是否想写 q1" in message({"Q1": "B"})
    assert message({"zzzzzzzz": None}).startswith("zzzzzzzz：")


def test_a_long_answer_is_quoted_short() -> None:
    assert "0 到 4" in message({"quality": 10**5000})
    assert len(message({"q1": "X" * 100_000})) < 200


def test_points_are_scaled_by_an_exact_power_of_ten() -> None:
    assert SCORER.scale == 1000
    assert SCORER.decimal(48_950) == Decimal("48.95")
    for weighed in SCORER.weighed.values():
        assert all(isinstance(points, int) for points in weighed.points.values())


def test_the_json_document_holds_text_for_every_number_with_a_point() -> None:
    document = SCORER.score(EXAMPLE).as_json("en")
    assert document["score"] == "48.95" and document["level"] == 2
    assert document["points"]["q4"] == "4.2"  # type: ignore[index]
    assert document["level_name"] == "Standardised"
