from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from dengta.assessment.actions.rated_answers import Typed, as_the_firm_said, keep_answers
from dengta.assessment.actions.ratings import cancel, decline
from dengta.assessment.models import RatedAnswer, Rating
from dengta.trail.actions import Moved, StepRefused
from tests.cast import MOMENT, ONE_DAY, Cast

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def rating(cast: Cast) -> Rating:
    return cast.rating(cast.assessed(cast.firm))


def typed(item: str, value: str, seconds: int = 0, **different: Any) -> Typed:
    texts = {"reason": "", "remark": ""} | different
    return Typed(item, value, typed_at=MOMENT + seconds * SECOND, **texts)


def standing(rating: Rating) -> dict[str, str]:
    return dict(rating.answers.values_list("item", "value"))


LATER = MOMENT + ONE_DAY


def test_answers_are_kept_in_their_normal_form_with_the_moment_they_were_typed(
    cast: Cast, rating: Rating
) -> None:
    batch = [typed("q1", "c b"), typed("q2", "ｃ"), typed("quality", "3", remark=" 看过系统 ")]
    kept = keep_answers(rating, cast.assessor, batch, at=LATER)
    assert sorted(kept.kept) == ["q1", "q2", "quality"]
    assert standing(rating) == {"q1": "BC", "q2": "C", "quality": "3"}
    row = rating.answers.get(item="quality")
    assert (row.remark, row.typed_at, row.at) == ("看过系统", MOMENT, LATER)


def test_a_batch_sent_twice_is_kept_once(cast: Cast, rating: Rating) -> None:
    batch = [typed("q1", "B", remark="有合同"), typed("q2", "C", 1)]
    for at in (LATER, LATER + SECOND):
        kept = keep_answers(rating, cast.assessor, batch, at=at)
        assert (sorted(kept.kept), kept.newer, kept.refused) == (["q1", "q2"], {}, {})
    assert set(rating.answers.values_list("at", flat=True)) == {LATER}


def test_what_was_typed_last_stands_whichever_arrives_first(cast: Cast, rating: Rating) -> None:
    keep_answers(rating, cast.assessor, [typed("q2", "D", 60)], at=LATER)
    late = keep_answers(rating, cast.assessor, [typed("q2", "B", 30)], at=LATER + SECOND)
    assert late.kept == ()
    assert late.newer["q2"].value == "D", "the device is told what stands"
    assert standing(rating) == {"q2": "D"}


def test_any_order_of_batches_ends_the_same(cast: Cast, rating: Rating) -> None:
    """Thirty random evenings on two tablets: what stands is the last typed of each item."""
    chance = random.Random(20260316)
    end: dict[str, str] = {}
    for evening in range(30):
        moments = chance.sample(range(evening * 1000, evening * 1000 + 900), 12)
        entries = [
            typed(chance.choice(["q2", "q3", "q5"]), chance.choice("ABCDE"), moment)
            for moment in moments
        ]
        for entry in sorted(entries, key=lambda one: one.typed_at):
            end[entry.item] = entry.value
        batches = [entries[start : start + 4] for start in (0, 4, 8)] * 2
        chance.shuffle(batches)
        for batch in batches:
            chance.shuffle(batch)
            keep_answers(rating, cast.assessor, batch, at=LATER)
        assert standing(rating) == end


def test_an_item_that_is_cleared_is_not_answered(cast: Cast, rating: Rating) -> None:
    keep_answers(rating, cast.assessor, [typed("q2", "D", remark="存疑")], at=LATER)
    keep_answers(rating, cast.assessor, [typed("q2", "", 5, remark="存疑")], at=LATER)
    assert standing(rating) == {"q2": ""}
    assert rating.answers.get().remark == "存疑"


def test_what_cannot_be_is_refused_by_name_and_the_rest_is_kept(cast: Cast, rating: Rating) -> None:
    batch = [
        typed("q2", "Z"), typed("q99", "A"), typed("quality", "7"), typed("q1", "AB"),
        typed("q3", "B", remark="长" * 2001), typed("q5", "C"),
    ]  # fmt: skip
    kept = keep_answers(rating, cast.assessor, batch, at=LATER)
    assert kept.kept == ("q5",)
    assert sorted(kept.refused) == ["q1", "q2", "q3", "q99", "quality"]
    assert "2001 字，最多 2000 字" in kept.refused["q3"].zh
    assert all("。" in text.zh and text.en for text in kept.refused.values())
    assert standing(rating) == {"q5": "C"}


def test_a_clock_that_is_fast_does_not_bar_what_comes_after(cast: Cast, rating: Rating) -> None:
    keep_answers(rating, cast.assessor, [typed("q2", "B", 7200)], at=MOMENT)
    assert rating.answers.get().typed_at == MOMENT
    keep_answers(rating, cast.assessor, [typed("q2", "C", 10)], at=MOMENT + 20 * SECOND)
    assert standing(rating) == {"q2": "C"}


def test_only_the_assessor_answers(cast: Cast, rating: Rating) -> None:
    for acting in (cast.other_assessor, cast.city, cast.firm.actor, cast.county):
        with pytest.raises(Rating.DoesNotExist):
            keep_answers(rating, acting, [typed("q2", "B")], at=LATER)
    assert not RatedAnswer.objects.exists()


@pytest.mark.parametrize("how", ["submitted", "declined", "cancelled"])
def test_a_closed_rating_takes_nothing_more_and_says_so(
    cast: Cast, rating: Rating, how: str
) -> None:
    stale = Rating.objects.get(pk=rating.pk)
    if how == "submitted":
        cast.rate(rating)
    elif how == "declined":
        decline(rating, cast.assessor, note="须回避")
    else:
        cancel(rating, cast.city, note="派错了")
    before = standing(rating)
    for copy in (rating, stale):
        with pytest.raises(Moved, match="还留在这台设备上"):
            keep_answers(copy, cast.assessor, [typed("q2", "A", 90_000)], at=LATER)
    assert standing(rating) == before


def test_agreeing_with_the_firm_is_an_act_of_its_own(cast: Cast, rating: Rating) -> None:
    assert standing(rating) == {}, "nothing is filled in unasked"
    keep_answers(rating, cast.assessor, [typed("q2", "A", remark="设备台账第 3 页")], at=LATER)
    as_the_firm_said(rating, cast.assessor, "q2", at=LATER + SECOND)
    row = rating.answers.get()
    assert (row.value, row.remark) == ("B", "设备台账第 3 页")


def test_there_must_be_something_to_agree_with(cast: Cast, rating: Rating) -> None:
    with pytest.raises(StepRefused, match="没有答这一项"):
        as_the_firm_said(rating, cast.assessor, "nonsense")
