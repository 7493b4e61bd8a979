from __future__ import annotations

import re

import pytest

from dengta.core.policy import run_cases, shipped
from dengta.core.scoring import Scorer
from dengta.core.shapes import Text
from tests.core.scoring_oracle import BINDING, GATES, QUESTIONS, SCENARIOS

POLICY = shipped()
INSTRUMENT = POLICY.instruments["miit-2024"]


def texts() -> list[Text]:
    options = [option.text for question in INSTRUMENT.questions for option in question.options]
    criteria = [text for scenario in INSTRUMENT.scenarios for text in scenario.criteria]
    return [
        INSTRUMENT.name,
        *(node.text for node in INSTRUMENT.nodes),
        *(question.text for question in INSTRUMENT.questions),
        *(question.help for question in INSTRUMENT.questions),
        *(question.evidence for question in INSTRUMENT.questions),
        *options,
        *INSTRUMENT.groups.values(),
        *(scenario.text for scenario in INSTRUMENT.scenarios),
        *criteria,
        *(gate.name for gate in INSTRUMENT.gates),
    ]


def test_fifteen_questions_have_the_published_options_and_weights() -> None:
    assert [question.id for question in INSTRUMENT.questions] == list(QUESTIONS)
    for question in INSTRUMENT.questions:
        _, kind, weights = QUESTIONS[question.id]
        assert (question.kind == "multi") == (kind == "multi")
        assert {option.id: option.weight for option in question.options} == weights


def test_shares_are_read_from_numbers_and_changes_from_two_periods() -> None:
    kinds = {question.id: question.kind for question in INSTRUMENT.questions}
    assert [id for id, kind in kinds.items() if kind == "number"] == ["q2", "q3", "q11"]
    assert [id for id, kind in kinds.items() if kind == "change"] == ["q12", "q13", "q14", "q15"]
    scorer = Scorer(INSTRUMENT)
    for typed, letter in (("10", "A"), ("10.01", "B"), ("40", "C"), ("60", "D"), ("60.5", "E")):
        assert scorer.read("q2", typed) == letter
    # Rising energy and cost are bad, a rising pass rate and more revenue for each head are good.
    assert [scorer.read(q, "2/1") for q in ("q12", "q13", "q14", "q15")] == ["A", "C", "C", "A"]
    assert [scorer.read(q, "1/2") for q in ("q12", "q13", "q14", "q15")] == ["C", "A", "A", "C"]
    assert {scorer.read(q, "2/2") for q in ("q12", "q13", "q14", "q15")} == {"B"}


def test_the_tree_gives_each_question_its_published_points_and_one_hundred_in_all() -> None:
    scorer = Scorer(INSTRUMENT)
    for name, (most, _, _) in QUESTIONS.items():
        assert scorer.weighed[name].most == most * scorer.scale
    assert sum(weighed.most for weighed in scorer.weighed.values()) == 100 * scorer.scale
    tops = {node.id: node.weight for node in INSTRUMENT.nodes if not node.parent}
    assert tops == {"foundation": 50, "management": 30, "outcome": 20}


def test_only_the_none_option_of_a_multiple_choice_stands_alone() -> None:
    for question in INSTRUMENT.questions:
        alone = [option.id for option in question.options if option.exclusive]
        assert alone == (["A"] if question.kind == "multi" else [])


def test_sixteen_scenarios_have_four_levels_and_ten_are_binding() -> None:
    assert {scenario.id for scenario in INSTRUMENT.scenarios} == set(SCENARIOS)
    assert {s.id for s in INSTRUMENT.scenarios if s.binding} == set(BINDING)
    assert all(len(scenario.criteria) == 4 for scenario in INSTRUMENT.scenarios)
    groups = [scenario.group for scenario in INSTRUMENT.scenarios]
    assert {group: groups.count(group) for group in INSTRUMENT.groups} == {
        "lifecycle": 4,
        "production": 6,
        "supply": 2,
        "decision": 4,
    }


def test_the_gates_are_the_published_ones() -> None:
    gates = {g.level: (g.score, g.scenarios, g.binding) for g in INSTRUMENT.gates}
    assert gates == GATES
    names = [gate.name.zh for gate in INSTRUMENT.gates]
    assert names == ["初始级", "规范级", "集成级", "协同级"]


def test_every_text_is_there_in_both_languages_and_in_its_own_script() -> None:
    for text in texts():
        assert text.zh.strip() and text.en.strip()
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text.en
        assert re.search(r"[\u4e00-\u9fff0-9]", text.zh), text.zh


def test_criteria_are_whole_sentences_and_differ_from_level_to_level() -> None:
    for scenario in INSTRUMENT.scenarios:
        assert len(set(scenario.criteria)) == 4
        assert all(text.zh.endswith("。") and text.en.endswith(".") for text in scenario.criteria)


def test_what_an_officer_must_still_confirm_is_noted_where_it_stands() -> None:
    assert INSTRUMENT.source.number == "工信厅企业〔2024〕56号"
    questions = {question.id: question.source for question in INSTRUMENT.questions}
    scenarios = {scenario.id: scenario.source for scenario in INSTRUMENT.scenarios}
    open_points = [
        *(questions["q4"], questions["q8"], scenarios["warehousing"]),
        *(gate.source for gate in INSTRUMENT.gates),
    ]
    for source in open_points:
        assert source is not None and "待对照正式附件确认" in source.note


def test_its_own_worked_examples_come_out_as_written() -> None:
    results = [result for result in run_cases(POLICY) if result.case.instrument == "miit-2024"]
    assert len(results) >= 6
    for result in results:
        assert result.passed, (result.case.name, result.differences)


@pytest.mark.parametrize("question", INSTRUMENT.questions, ids=lambda question: question.id)
def test_options_are_lettered_in_order_and_reach_the_whole_of_the_question(question) -> None:
    letters = [option.id for option in question.options]
    assert letters == [chr(ord("A") + place) for place in range(len(letters))]
    weights = [option.weight for option in question.options]
    assert (sum(weights) if question.kind == "multi" else max(weights)) == 100
