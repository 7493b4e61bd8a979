"""What waits for an office, how long it has waited, who opens which paper."""

from __future__ import annotations

from typing import Any

from dengta.programmes.queries.queues import ageing, document_for, queue
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes.stage import HOUR, opened, passed, submitted


def test_each_office_sees_what_waits_for_it_oldest_first(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    round = opened(cast)
    old = submitted(round, cast.firm)
    new = submitted(round, cast.enrol("second"), at=MOMENT + 2 * HOUR)
    remote = submitted(round, cast.remote)
    assert list(queue(cast.county)) == [old, new]
    assert list(queue(cast.remote_office)) == [remote]
    assert not queue(cast.city) and not queue(cast.province) and not queue(cast.firm.actor)
    passed(cast, old, "city_recommend")
    passed(cast, new, "formal_check")
    assert (list(queue(cast.county)), list(queue(cast.city))) == ([], [old])
    assert list(queue(cast.province)) == [new]
    with django_assert_num_queries(1):
        assert [(row.round.name, row.exceptions) for row in queue(cast.city)]


def test_ageing_names_office_state_and_who_is_late(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    round = opened(cast)
    for n in range(3):
        submitted(round, cast.enrol(f"f{n}"), at=MOMENT + n * ONE_DAY)
    with django_assert_num_queries(1):
        (one,) = ageing(cast.province, DAY + 16 * ONE_DAY)
    assert (one.office, one.region_code, one.state) == ("county", "420102", "county_check")
    assert (one.count, one.oldest, one.late, one.median_days) == (3, DAY, 2, 11)
    assert ageing(cast.next_city, DAY) == [] == ageing(cast.firm.actor, DAY)


def test_papers_are_opened_by_the_applicant_and_by_offices_once_it_is_handed_in(
    cast: Cast,
) -> None:
    application = submitted(opened(cast), cast.firm)
    paper = application.attachments.first()
    assert paper is not None
    for actor in (cast.firm.actor, cast.county, cast.city, cast.province):
        assert document_for(actor, paper.document_id) == paper.document
    for actor in (cast.rival.actor, cast.next_county, cast.next_city, cast.expert):
        assert document_for(actor, paper.document_id) is None
