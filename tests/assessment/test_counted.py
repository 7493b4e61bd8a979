from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.assessment.facts import facts_of
from dengta.assessment.models import Assessment
from dengta.assessment.queries.counted import counted, counted_of, needs_on_site
from dengta.monitoring.queries import indicators as monitoring
from dengta.registry.actions import award_title
from dengta.rights.actions import give_consent
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm


def pilot(firm: Firm, days: int = 365) -> None:
    award_title(
        firm.organisation, "pilot_firm", document="试点名单", awarded=DAY - ONE_DAY,
        expires=DAY + days * ONE_DAY,
    )  # fmt: skip


def level(firm: Firm, day: dt.date = DAY) -> int | None:
    counts = counted_of(firm.organisation.pk, day)
    return counts.counted_level if counts else None


def test_a_firms_own_level_counts_until_somebody_was_there(cast: Cast) -> None:
    own = cast.assessed(cast.firm, "E", 4)
    assert level(cast.firm) == own.level == 3
    cast.rate(cast.rating(own, "expert"), **dict.fromkeys(("q2", "q3", "q5"), "A"))
    assert level(cast.firm) == 3, "what an expert says at the desk is advice"
    visit = cast.rate(cast.rating(own), **dict.fromkeys(scenarios(own), 1))
    assert level(cast.firm) == visit.level == 1
    counts = counted_of(cast.firm.organisation.pk, DAY)
    assert counts is not None
    assert (counts.counted_on_site, counts.counted_score_milli) == (True, visit.score_milli)
    assert facts_of(cast.firm.organisation, DAY)["digital_level"] == 1


def scenarios(own: Assessment) -> list[str]:
    return [a.item for a in own.answers.all() if a.value.isdecimal()]


def test_a_pilot_enterprise_counts_only_with_an_on_site_result(cast: Cast) -> None:
    pilot(cast.firm)
    own = cast.assessed(cast.firm, "E", 4)
    assert needs_on_site(cast.firm.organisation.pk, DAY)
    assert level(cast.firm) is None
    assert facts_of(cast.firm.organisation, DAY) == {}, "unknown, not level 0"
    cast.rate(cast.rating(own, "expert"))
    assert level(cast.firm) is None
    cast.rate(cast.rating(own))
    assert level(cast.firm) == 3


def test_a_pilot_keeps_its_on_site_level_when_it_assesses_itself_anew(cast: Cast) -> None:
    pilot(cast.firm)
    visit = cast.rate(cast.rating(cast.assessed(cast.firm, "C", 2)))
    cast.assessed(cast.firm, "E", 4, at=MOMENT + ONE_DAY)
    assert level(cast.firm, DAY + ONE_DAY) == visit.level == 2


def test_another_firm_counts_by_its_latest_assessment(cast: Cast) -> None:
    cast.rate(cast.rating(cast.assessed(cast.firm, "C", 2)))
    cast.assessed(cast.firm, "E", 4, at=MOMENT + ONE_DAY)
    assert (level(cast.firm), level(cast.firm, DAY + ONE_DAY)) == (2, 3)


def test_the_title_counts_while_it_is_in_force(cast: Cast) -> None:
    cast.assessed(cast.firm, "E", 4, at=MOMENT - 30 * ONE_DAY)
    pilot(cast.firm, days=10)
    days = [DAY - 2 * ONE_DAY, DAY - ONE_DAY, DAY + 10 * ONE_DAY, DAY + 11 * ONE_DAY]
    assert [level(cast.firm, day) for day in days] == [3, None, None, 3]


def test_a_day_is_counted_as_it_was(cast: Cast) -> None:
    own = cast.assessed(cast.firm, "E", 4)
    later = MOMENT + 3 * ONE_DAY
    cast.rate(cast.rating(own, at=later), at=later, **dict.fromkeys(scenarios(own), 1))
    assert [level(cast.firm, DAY + n * ONE_DAY) for n in (-1, 0, 2, 3)] == [None, 3, 3, 1]


def test_the_end_of_a_day_is_midnight_here(cast: Cast) -> None:
    cast.assessed(cast.firm, at=MOMENT.replace(hour=23, minute=59))
    assert (level(cast.firm), level(cast.firm, DAY - ONE_DAY)) == (1, None)
    cast.assessed(cast.rival, at=MOMENT.replace(hour=0, minute=0))
    assert (level(cast.rival), level(cast.rival, DAY - ONE_DAY)) == (1, None)


def test_what_was_submitted_last_counts_whenever_it_was_begun(cast: Cast) -> None:
    first = cast.draft(cast.firm)
    Assessment.objects.filter(pk=first.pk).update(state="discarded")
    second = cast.assessed(cast.firm, "E", 4)
    Assessment.objects.filter(pk=first.pk).update(
        state="submitted", submitted_at=MOMENT + ONE_DAY, level=1, score_milli=20_000,
        verify_code="x", policy_digest="x",
    )  # fmt: skip
    assert first.pk < second.pk
    assert level(cast.firm, DAY + ONE_DAY) == 1


def test_levels_of_other_instruments_do_not_count(cast: Cast) -> None:
    own = cast.assessed(cast.firm, "E", 4)
    Assessment.objects.filter(pk=own.pk).update(instrument="gbt-39116-discrete")
    assert level(cast.firm) is None


@pytest.fixture
def populated(cast: Cast) -> Cast:
    for firm in (cast.firm, cast.rival, cast.remote, cast.giant):
        give_consent(firm.actor, "statistics", at=MOMENT)
    pilot(cast.rival)
    pilot(cast.giant)
    cast.assessed(cast.firm, "E", 4)
    cast.assessed(cast.rival, "E", 4)
    own = cast.assessed(cast.remote, "E", 4)
    from dengta.assessment.actions.ratings import assign

    rating = assign(own, cast.remote_office, cast.assessor.user_id, "on_site", at=MOMENT)
    cast.rate(rating, **dict.fromkeys(scenarios(own), 1))
    cast.rate(cast.rating(cast.assessed(cast.giant, "C", 2)))
    return cast


def test_the_indicators_count_by_the_same_rule(populated: Cast) -> None:
    assert monitoring.by_division("assessed", DAY) == {"420100": 2, "429004": 1}
    assert monitoring.by_division("level:1", DAY) == {"420100": 2, "429004": 1}
    assert monitoring.by_division("level:2", DAY) == {"420100": 2}
    assert monitoring.by_division("level:3", DAY) == {"420100": 1}
    assert monitoring.level_distribution(DAY) == {0: 0, 1: 1, 2: 1, 3: 1, 4: 0}
    listed = monitoring.listed("level:3", "420000", DAY)
    assert listed is not None and listed.get() == populated.firm.organisation


def test_the_number_beside_the_assessment_is_that_of_the_last_visit(populated: Cast) -> None:
    """`on_site_level` is there for lists; the count goes by the ratings themselves."""
    for assessment in counted(DAY):
        if assessment.counted_on_site:
            assert assessment.counted_level == assessment.on_site_level
            assert assessment.counted_score_milli == assessment.on_site_score_milli
        else:
            assert assessment.on_site_level is None


def test_every_count_is_one_query(populated: Cast) -> None:
    for count in (
        lambda: monitoring.total("level:2", DAY),
        lambda: monitoring.level_distribution(DAY),
        lambda: counted_of(populated.firm.organisation.pk, DAY),
    ):
        with CaptureQueriesContext(connection) as seen:
            count()
        assert len(seen) == 1
