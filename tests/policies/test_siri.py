from __future__ import annotations

from collections import Counter

import pytest

from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from tests.core import instruments_oracle as oracle

INSTRUMENT = shipped().instruments["siri"]
BLOCKS = {"process": 3, "technology": 9, "organisation": 4}


def test_sixteen_dimensions_stand_under_eight_pillars_and_three_blocks() -> None:
    roots = [node.id for node in INSTRUMENT.nodes if not node.parent]
    pillars = [node.id for node in INSTRUMENT.nodes if node.parent]
    assert (roots, len(pillars)) == (list(BLOCKS), 8)
    assert Counter(question.path[0] for question in INSTRUMENT.questions) == BLOCKS
    assert {question.path[-1] for question in INSTRUMENT.questions} == set(pillars)


def test_every_dimension_has_six_bands_with_texts_of_their_own() -> None:
    for question in oracle.file_of("siri")["question"]:
        assert [column["id"] for column in question["columns"]] == list("012345")
        assert len({column["text"] for column in question["columns"]}) == 6


@pytest.mark.parametrize(
    ("band", "name"),
    list(enumerate(("Undefined", "Defined", "Digital", "Integrated", "Automated", "Intelligent"))),
)
def test_the_bands_of_process_dimensions_have_their_published_names(band: int, name: str) -> None:
    for question in oracle.file_of("siri")["question"][:3]:
        assert question["columns"][band]["text_en"].startswith(f"{name}:")


def test_there_is_no_total_and_no_level() -> None:
    result = Scorer(INSTRUMENT).score({question.id: "4" for question in INSTRUMENT.questions})
    assert result.score is None and result.level is None
    assert set(result.bands.values()) == {4} and result.complete


def test_it_says_that_the_official_texts_are_licensed() -> None:
    assert "许可" in INSTRUMENT.source.note
