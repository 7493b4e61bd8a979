from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from dengta.core.editions import carried
from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from tests.core import instruments_oracle as oracle

INSTRUMENTS = shipped().instruments
DISCRETE = INSTRUMENTS["gbt-39116-discrete"]
PROCESS = INSTRUMENTS["gbt-39116-process"]
ELEMENTS = ("people", "technology", "resources", "manufacturing")
DOMAINS = ("design", "operations", "logistics", "sales", "service")


def weights(id: str, parent: str) -> dict[str, int]:
    instrument = INSTRUMENTS[id]
    return {node.id: node.weight for node in instrument.nodes if node.parent == parent}


def all_of(id: str, sign: str, *levels: int) -> dict[str, str | int | None]:
    """The same mark for every requirement of some levels."""
    return {
        question["id"]: sign * len(question["rows"])
        for question in oracle.file_of(id)["question"]
        if question["level"] in levels
    }


def test_four_elements_twelve_domains_and_twenty_sub_domains() -> None:
    elements = [node.id for node in DISCRETE.nodes if not node.parent]
    domains = [node.id for node in DISCRETE.nodes if node.parent in elements]
    leaves = {question.path[-1] for question in DISCRETE.questions}
    assert (tuple(elements), len(domains), len(leaves)) == (ELEMENTS, 12, 20)


def test_every_sub_domain_has_requirements_at_each_of_five_levels() -> None:
    cells = Counter(question.path[-1] for question in DISCRETE.questions)
    assert set(cells.values()) == {5} and len(DISCRETE.questions) == 100
    assert {q["level"] for q in oracle.file_of(DISCRETE.id)["question"]} == {1, 2, 3, 4, 5}
    assert all(1 <= len(q["rows"]) <= 3 for q in oracle.file_of(DISCRETE.id)["question"])


def test_the_weights_are_those_of_the_two_kinds_of_manufacturing() -> None:
    discrete = dict(zip(ELEMENTS, (6, 11, 6, 77), strict=True))
    process = dict(zip(ELEMENTS, (6, 11, 15, 68), strict=True))
    assert (weights(DISCRETE.id, ""), weights(PROCESS.id, "")) == (discrete, process)
    made, flowing = (13, 48, 13, 13, 13), (4, 63, 15, 15, 3)
    assert weights(DISCRETE.id, "manufacturing") == dict(zip(DOMAINS, made, strict=True))
    assert weights(PROCESS.id, "manufacturing") == dict(zip(DOMAINS, flowing, strict=True))
    assert weights(DISCRETE.id, "technology") == {
        "data": 46,
        "integration": 27,
        "information_security": 27,
    }
    assert tuple(weights(DISCRETE.id, "operations").values()) == (14, 16, 16, 14, 14, 14, 12)


def test_process_manufacturing_has_process_design_and_customer_service_alone() -> None:
    assert weights(PROCESS.id, "design") == {"process_design": 100}
    assert weights(PROCESS.id, "service") == {"customer_service": 100}
    assert len(PROCESS.questions) == 90
    assert not any(
        q.id.startswith(("product_design", "product_service")) for q in PROCESS.questions
    )


def test_all_requirements_met_give_five_points_and_the_leading_level() -> None:
    for id in (DISCRETE.id, PROCESS.id):
        result = Scorer(INSTRUMENTS[id]).score(all_of(id, "1", 1, 2, 3, 4, 5))
        assert (result.score_text, result.level, result.level_name.zh) == ("5", 5, "引领级")


def test_a_level_mostly_met_counts_as_a_whole_one_and_a_hair_less_does_not() -> None:
    scorer = Scorer(DISCRETE)
    mostly = all_of(DISCRETE.id, "8", 1)
    assert (scorer.score(mostly).score_text, scorer.score(mostly).level) == ("1", 1)
    less = {**mostly, "skills_1": "85"}  # 0.06 x 0.5 x 0.15 below 0.8
    assert (scorer.score(less).score_text, scorer.score(less).level) == ("0.7955", 0)


def test_levels_that_are_not_met_add_what_they_have() -> None:
    result = Scorer(DISCRETE).score({**all_of(DISCRETE.id, "1", 1), **all_of(DISCRETE.id, "5", 2)})
    assert (result.score_text, result.level) == ("1.5", 1)
    assert oracle.levels_of(DISCRETE.id, all_of(DISCRETE.id, "5", 2))[1] == Fraction(1, 2)


@pytest.mark.parametrize("id", [DISCRETE.id, PROCESS.id])
def test_the_gates_are_the_published_intervals(id: str) -> None:
    gates = {gate.level: gate.score for gate in INSTRUMENTS[id].gates}
    assert gates == {1: 80, 2: 180, 3: 280, 4: 380, 5: 480}
    names = [gate.name.zh for gate in INSTRUMENTS[id].gates]
    assert names == ["规划级", "规范级", "集成级", "优化级", "引领级"]


def test_the_texts_say_that_they_are_a_restatement_to_be_held_against_the_standard() -> None:
    assert DISCRETE.source.confidence == "recalled-medium"
    assert "不是原文" in DISCRETE.source.note and "核对" in DISCRETE.source.note


def test_one_set_of_answers_is_read_under_either_kind_of_manufacturing() -> None:
    answers = all_of(DISCRETE.id, "1", 1, 2)
    there = carried(PROCESS, DISCRETE, answers)
    assert there == all_of(PROCESS.id, "1", 1, 2)
    back = carried(DISCRETE, PROCESS, there)
    assert set(answers) - set(back) == {
        f"{name}_{level}" for name in ("product_design", "product_service") for level in (1, 2)
    }
    assert carried(DISCRETE, INSTRUMENTS["miit-2024"], {"q1": "B"}) == {}
