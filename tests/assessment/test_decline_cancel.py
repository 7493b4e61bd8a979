from __future__ import annotations

import pytest

from dengta.assessment.actions.ratings import assign, cancel, decline
from dengta.assessment.models import Rating
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.queries import notices_of
from tests.cast import MOMENT, Cast


@pytest.fixture
def rating(cast: Cast) -> Rating:
    return cast.rating(cast.assessed(cast.firm))


def test_the_assessor_gives_it_back_with_the_reason(cast: Cast, rating: Rating) -> None:
    with pytest.raises(StepRefused, match="理由"):
        decline(rating, cast.assessor, note=" ")
    decline(rating, cast.assessor, note="出差，赶不及", at=MOMENT)
    assert rating.state == "declined"
    told = notices_of(cast.city).get()
    assert "出差，赶不及" in told.body["zh"]
    assert told.link == f"/official/assessments/{rating.assessment_id}/"
    assert assign(rating.assessment, cast.city, cast.other_assessor.user_id, "on_site", at=MOMENT)


def test_nobody_gives_back_for_another(cast: Cast, rating: Rating) -> None:
    for acting in (cast.other_assessor, cast.city):
        with pytest.raises(Rating.DoesNotExist):
            decline(rating, acting, note="不想做")


def test_an_office_of_the_territory_withdraws_it_with_the_reason(
    cast: Cast, rating: Rating
) -> None:
    with pytest.raises(NotAllowed):
        cancel(rating, cast.next_county, note="不归我管")
    with pytest.raises(NotAllowed):
        cancel(rating, cast.assessor, note="我来撤")
    with pytest.raises(StepRefused, match="理由"):
        cancel(rating, cast.county, note="")
    cancel(rating, cast.county, note="改派他人", at=MOMENT)
    assert rating.state == "cancelled"
    assert any("已撤销" in n.subject["zh"] for n in notices_of(cast.assessor))


def test_what_is_closed_stays_closed(cast: Cast, rating: Rating) -> None:
    cast.rate(rating)
    with pytest.raises(Moved):
        cancel(rating, cast.city, note="晚了")
    with pytest.raises(Moved):
        decline(rating, cast.assessor, note="晚了")
