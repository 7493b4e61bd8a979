from __future__ import annotations

import pytest

from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from tests.core import instruments_oracle as oracle

INSTRUMENT = shipped().instruments["eu-dma"]
SCORER = Scorer(INSTRUMENT)
QUESTIONS = {question["id"]: question for question in oracle.file_of("eu-dma")["question"]}
# Dimension, kind, how many items, how many steps of a scale.
SHAPE = {
    "q1": ("strategy", "matrix", 10, 3),
    "q2": ("strategy", "multi", 10, 0),
    "q3": ("readiness", "multi", 10, 0),
    "q4": ("readiness", "matrix", 7, 6),
    "q5": ("people", "multi", 7, 0),
    "q6": ("people", "multi", 8, 0),
    "q7": ("data", "multi", 7, 0),
    "q8": ("data", "multi", 6, 0),
    "q9": ("automation", "matrix", 5, 6),
    "q10": ("green", "multi", 10, 0),
    "q11": ("green", "matrix", 5, 3),
}


def test_eleven_questions_stand_in_six_dimensions_with_their_items() -> None:
    for id, (dimension, kind, items, steps) in SHAPE.items():
        question = QUESTIONS[id]
        boxes = [o for o in question.get("options", []) if not o.get("exclusive")]
        found = len(boxes) or len(question["rows"])
        assert (question["node"], question["kind"], found) == (dimension, kind, items)
        assert len(question.get("columns", [])) == steps
    assert list(QUESTIONS) == list(SHAPE)
    assert [node.id for node in INSTRUMENT.nodes] == [
        *("strategy", "readiness", "people", "data", "automation", "green"),
    ]


def test_a_plan_to_invest_counts_half_and_a_scale_counts_by_fifths() -> None:
    assert SCORER.score({"q1": "1" * 10}).nodes["strategy"] == 25
    assert SCORER.score({"q1": "2" * 10}).nodes["strategy"] == 50
    assert SCORER.score({"q9": "12345"}).nodes["automation"] == 60
    assert SCORER.score({"q11": "00112"}).nodes["green"] == 20


def test_data_that_is_not_digital_excludes_every_other_answer_on_data() -> None:
    with pytest.raises(ValueError, match="互相矛盾"):
        SCORER.score({"q7": "AB"})
    assert SCORER.score({"q7": "BCDEFGH"}).nodes["data"] == 50


def test_the_total_is_rounded_half_up_before_its_band_is_looked_up() -> None:
    base = {"q1": "1" * 10, "q3": "BCDEF", "q6": "BCDE", "q8": "BCD", "q10": "BCDEF"}
    below, above = SCORER.score({**base, "q9": "21111"}), SCORER.score({**base, "q9": "22111"})
    assert (below.score_text, below.level_name.en) == ("25", "Basic")
    assert (above.score_text, above.level_name.en) == ("26", "Average")  # 153 / 6 = 25.5


def test_the_bands_are_those_of_the_tool() -> None:
    gates = {gate.name.en: gate.score for gate in INSTRUMENT.gates}
    assert gates == {"Basic": 0, "Average": 26, "Moderately advanced": 51, "Advanced": 76}
