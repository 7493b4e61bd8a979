from __future__ import annotations

import pytest

from dengta.assessment.actions import discard, save_answers
from dengta.assessment.models import Answer, Assessment
from dengta.assessment.queries import answers_of, result_of
from dengta.core.scoring import AnswerError
from dengta.trail.actions import Moved
from tests.cast import Cast


def test_answers_are_kept_as_they_are_given(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, {"q1": "BC", "quality": 2})
    save_answers(draft, cast.firm.actor, {"q2": "D"})
    assert answers_of(draft) == {"q1": "BC", "quality": 2, "q2": "D"}
    assert set(draft.answers.values_list("user_id", flat=True)) == {cast.firm.actor.user_id}


def test_the_latest_answer_stands(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    for letters in ("B", "C", "BCD"):
        save_answers(draft, cast.firm.actor, {"q1": letters})
    assert answers_of(draft) == {"q1": "BCD"}


@pytest.mark.parametrize("empty", ["", None, "  "])
def test_an_empty_answer_takes_the_answer_back(cast: Cast, empty: str | None) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, {"q1": "B", "quality": 3})
    save_answers(draft, cast.firm.actor, {"q1": empty, "quality": empty})
    assert answers_of(draft) == {}


def test_level_nought_is_an_answer(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, {"quality": 0})
    assert answers_of(draft) == {"quality": 0}
    assert "quality" not in result_of(draft).missing


def test_letters_are_kept_in_one_form_however_they_were_typed(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, {"q1": " c, b ", "q4": "O,N,M,L,K,J,I,H,G,F,E,D,C,B"})
    assert answers_of(draft) == {"q1": "BC", "q4": "BCDEFGHIJKLMNO"}


@pytest.mark.parametrize(
    "impossible",
    [
        {"q1": "Z"},
        {"q1": "AB"},
        {"q2": "AB"},
        {"quality": 5},
        {"quality": -1},
        {"quality": "high"},
        {"q99": "A"},
    ],
)
def test_an_impossible_answer_is_refused_by_name_and_nothing_is_lost(
    cast: Cast, impossible: dict[str, str | int | None]
) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, {"q1": "BC", "q2": "D", "quality": 2})
    with pytest.raises(AnswerError) as refused:
        save_answers(draft, cast.firm.actor, {"q3": "B", **impossible})
    assert refused.value.item in impossible
    assert answers_of(draft) == {"q1": "BC", "q2": "D", "quality": 2}


def test_another_firm_cannot_answer(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    with pytest.raises(Assessment.DoesNotExist):
        save_answers(draft, cast.rival.actor, {"q1": "B"})
    assert not Answer.objects.exists()


def test_a_submitted_assessment_takes_no_more_answers(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    kept = answers_of(done)
    with pytest.raises(Moved, match="不能再改"):
        save_answers(done, cast.firm.actor, {"q1": "E"})
    assert answers_of(done) == kept


def test_a_draft_that_was_given_up_takes_no_more_answers(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    discard(draft, cast.firm.actor)
    with pytest.raises(Moved):
        save_answers(draft, cast.firm.actor, {"q1": "B"})
    assert answers_of(draft) == {}
