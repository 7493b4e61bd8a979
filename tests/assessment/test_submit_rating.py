from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction

from dengta.assessment.actions import Incomplete
from dengta.assessment.actions.rated_answers import Typed, keep_answers
from dengta.assessment.actions.ratings import Conflicted, assign, submit
from dengta.assessment.models import Assessment, Rating
from dengta.assessment.queries.ratings import result_of_rating
from dengta.registry.actions import declare_tie
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance
from dengta.trail.models import Event
from dengta.trail.queries import notices_of
from tests.cast import DAY, MOMENT, ONE_DAY, Cast


@pytest.fixture
def rating(cast: Cast) -> Rating:
    return cast.rating(cast.assessed(cast.firm, "D", 3))


def on_site(assessment: Assessment) -> tuple[int | None, int | None]:
    assessment.refresh_from_db()
    return assessment.on_site_level, assessment.on_site_score_milli


def test_a_visit_is_scored_and_becomes_the_on_site_result(cast: Cast, rating: Rating) -> None:
    own = rating.assessment
    cast.rate(rating, q2="A", q3="A", quality=0)
    result = result_of_rating(rating)
    assert (rating.state, rating.submitted_at, rating.visit_date) == ("submitted", MOMENT, DAY)
    assert rating.policy_digest == policy().digest
    assert rating.level == result.level
    assert rating.score_milli == result.score * 1000
    assert rating.result == json.loads(json.dumps(result.as_json("zh-hans")))
    assert on_site(own) == (rating.level, rating.score_milli)
    assert own.score_milli != rating.score_milli, "the firm's own result stays beside it"
    event = Event.objects.get(flow="rating", thing_id=rating.pk, step="submit")
    assert event.reasons == {"score": result.score_text, "level": result.level}


def test_a_rating_at_the_desk_is_advice(cast: Cast) -> None:
    own = cast.assessed(cast.firm)
    desk = cast.rate(cast.rating(own, "expert"), q2="A")
    assert desk.state == "submitted"
    assert on_site(own) == (None, None)


def test_the_office_that_asked_and_the_firm_are_told(cast: Cast, rating: Rating) -> None:
    cast.rate(rating)
    assert any("现场评定已完成" in n.subject["zh"] for n in notices_of(cast.city))
    assert any("现场评定已完成" in n.subject["zh"] for n in notices_of(cast.firm.actor))


def test_missing_items_are_named_in_the_order_of_the_instrument(cast: Cast, rating: Rating) -> None:
    said = {a.item: a.value for a in rating.assessment.answers.exclude(item__in=["q7", "quality"])}
    batch = [Typed(item, value, "", "", MOMENT) for item, value in said.items()]
    keep_answers(rating, cast.assessor, batch, at=MOMENT)
    with pytest.raises(Incomplete) as refused:
        submit(rating, cast.assessor, visit=DAY, at=MOMENT)
    assert refused.value.items == ("q7", "quality")
    assert on_site(rating.assessment) == (None, None)


def test_a_visit_needs_its_day(cast: Cast, rating: Rating) -> None:
    said = rating.assessment.answers.values_list("item", "value")
    keep_answers(rating, cast.assessor, [Typed(i, v, "", "", MOMENT) for i, v in said], at=MOMENT)
    with pytest.raises(StepRefused, match="请填写现场评定的日期"):
        submit(rating, cast.assessor, at=MOMENT)
    for day in (DAY - ONE_DAY, DAY + ONE_DAY):
        with pytest.raises(StepRefused, match="请核对"):
            submit(rating, cast.assessor, visit=day, at=MOMENT)
    with pytest.raises(StepRefused, match="2001 字"):
        submit(rating, cast.assessor, visit=DAY, remark="长" * 2001, at=MOMENT)
    assert submit(rating, cast.assessor, visit=DAY, remark="属实", at=MOMENT)


def test_a_tie_that_has_come_up_since_is_found(cast: Cast, rating: Rating) -> None:
    declare_tie(cast.assessor, kind="adviser", uscc=cast.firm.organisation.uscc)
    with pytest.raises(Conflicted, match="顾问"):
        cast.rate(rating)
    rating.refresh_from_db()
    assert rating.state == "assigned"


def test_nobody_else_submits_not_even_the_office(cast: Cast, rating: Rating) -> None:
    for acting in (cast.city, cast.county, cast.other_assessor, cast.firm.actor):
        with pytest.raises(Rating.DoesNotExist):
            submit(rating, acting, visit=DAY, at=MOMENT)
    with pytest.raises(NotAllowed):
        advance(rating, "submit", by=cast.other_assessor)


def test_submitting_twice_is_once(cast: Cast, rating: Rating) -> None:
    stale = Rating.objects.get(pk=rating.pk)
    cast.rate(rating)
    with pytest.raises(Moved):
        submit(stale, cast.assessor, visit=DAY, at=MOMENT + ONE_DAY)
    assert Event.objects.filter(flow="rating", step="submit").count() == 1
    assert stale.submitted_at is None


def test_a_later_visit_replaces_the_earlier(cast: Cast, rating: Rating) -> None:
    own = rating.assessment
    cast.rate(rating, q2="A")
    first = on_site(own)
    again = assign(own, cast.city, cast.other_assessor.user_id, "on_site", at=MOMENT + ONE_DAY)
    cast.rate(again, cast.other_assessor, at=MOMENT + ONE_DAY)
    assert on_site(own) != first
    assert on_site(own) == (again.level, again.score_milli)


def test_a_submitted_visit_without_its_day_or_result_cannot_be_written(
    cast: Cast, rating: Rating
) -> None:
    cast.rate(rating)
    rows = Rating.objects.filter(pk=rating.pk)
    for gone in ({"visit_date": None}, {"submitted_at": None}, {"policy_digest": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**gone)  # type: ignore[arg-type]
