from __future__ import annotations

import pytest

from dengta.assessment.actions import Changed, Given, NotKept, discard, save_answers
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


def row(draft: Assessment, item: str) -> Answer:
    return draft.answers.get(item=item)


def test_each_change_raises_the_version_and_the_same_again_changes_nothing(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    assert save_answers(draft, firm, {"q1": "B", "q2": ""}) == {"q1": 1}
    assert save_answers(draft, firm, {"q1": "BC"}) == {"q1": 2}
    written = row(draft, "q1").at
    assert save_answers(draft, firm, {"q1": "c b"}) == {"q1": 2}
    assert row(draft, "q1").at == written


def test_an_answer_that_was_taken_back_goes_on_counting_its_versions(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    save_answers(draft, firm, {"q1": "B"})
    assert save_answers(draft, firm, {"q1": None}) == {"q1": 2}
    assert answers_of(draft) == {}
    assert save_answers(draft, firm, {"q1": "B"}) == {"q1": 3}


def test_a_screen_that_a_colleague_has_overtaken_is_told_who_and_when(cast: Cast) -> None:
    draft, colleague = cast.draft(cast.firm), cast.colleague(cast.firm)
    save_answers(draft, cast.firm.actor, {"q1": "B", "q2": "C"})
    save_answers(draft, colleague, {"q1": Given("BD", seen=1, remark="车间已确认")})
    with pytest.raises(Changed, match="另一位同事改过") as overtaken:
        save_answers(draft, cast.firm.actor, {"q1": Given("BCE", seen=1), "q2": Given("D", seen=1)})
    (theirs,) = overtaken.value.theirs
    assert (theirs.item, theirs.value, theirs.remark) == ("q1", "BD", "车间已确认")
    assert theirs.user_id == colleague.user_id
    assert answers_of(draft) == {"q1": "BD", "q2": "C"}, "all or none"
    save_answers(draft, cast.firm.actor, {"q1": Given("BCE", seen=theirs.version)})
    assert answers_of(draft)["q1"] == "BCE", "having seen it, one may choose one's own"


def test_an_answer_where_the_screen_saw_none_is_overtaken_too(cast: Cast) -> None:
    draft, colleague = cast.draft(cast.firm), cast.colleague(cast.firm)
    save_answers(draft, colleague, {"q1": Given("B", seen=0)})
    with pytest.raises(Changed):
        save_answers(draft, cast.firm.actor, {"q1": Given("C", seen=0)})
    save_answers(draft, colleague, {"q1": Given(None, seen=1)})
    save_answers(draft, colleague, {"q1": Given("D", seen=2)})
    with pytest.raises(Changed):
        save_answers(draft, cast.firm.actor, {"q1": Given("C", seen=1)})


def test_two_who_say_the_same_do_not_disturb_each_other(cast: Cast) -> None:
    draft, colleague = cast.draft(cast.firm), cast.colleague(cast.firm)
    for acting in (cast.firm.actor, colleague):
        assert save_answers(draft, acting, {"q1": Given("BC", seen=0)}) == {"q1": 1}


def test_a_remark_stays_when_only_the_answer_changes(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    save_answers(draft, firm, {"q1": Given(None, remark=" 等设备科的数 ")})
    assert answers_of(draft) == {}, "a remark is no answer"
    save_answers(draft, firm, {"q1": "B"})
    assert (row(draft, "q1").value, row(draft, "q1").remark) == ("B", "等设备科的数")
    save_answers(draft, firm, {"q1": Given("B", remark="")})
    assert row(draft, "q1").remark == ""


@pytest.mark.parametrize(
    ("given", "part", "says"),
    [
        (Given("B", remark="长" * 5000), "remark", "写了 5000 字，最多 2000 字，请删去 3000 字"),
        (Given("NA"), "reason", "还需要写明理由"),
        (Given("NA", reason="  "), "reason", "还需要写明理由"),
        (Given("NA", reason="长" * 501), "reason", "请删去 1 字"),
    ],
)
def test_what_cannot_be_kept_says_where_and_how_to_mend_it(
    cast: Cast, given: Given, part: str, says: str
) -> None:
    draft = cast.draft(cast.firm)
    item = "quality" if given.value == "NA" else "q1"
    with pytest.raises(NotKept, match=says) as refused:
        save_answers(draft, cast.firm.actor, {item: given, "q2": "B"})
    assert (refused.value.item, refused.value.part) == (item, part)
    assert answers_of(draft) == {}


def test_a_scenario_that_does_not_apply_keeps_its_reason_until_it_does(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    save_answers(draft, firm, {"warehousing": Given("NA", reason="没有仓库，成品直接交货")})
    assert answers_of(draft) == {"warehousing": "NA"}
    assert row(draft, "warehousing").reason == "没有仓库，成品直接交货"
    assert "warehousing" not in result_of(draft).missing
    save_answers(draft, firm, {"warehousing": Given("2", reason="没有仓库，成品直接交货")})
    assert (answers_of(draft), row(draft, "warehousing").reason) == ({"warehousing": 2}, "")
