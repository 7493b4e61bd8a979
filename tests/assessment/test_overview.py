"""The list of a territory's assessments: narrowed, sorted and summed up as by hand."""

from __future__ import annotations

import random
import statistics
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.assessment.actions.evidence import attach
from dengta.assessment.models import Assessment, Evidence
from dengta.assessment.queries.evidence import evidence_of
from dengta.assessment.queries.overview import RATED, Sums, Wanted, listed, marks_of, sums
from dengta.assessment.queries.seen import Filters
from tests.cast import MOMENT, ONE_DAY, Cast, Firm
from tests.pictures import page, photo, uploaded


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT: consents run out, so the day matters."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


def done(cast: Cast, firm: Firm, letter: str = "C", level: int = 2, days: int = 0) -> Assessment:
    cast.shares(firm)
    return cast.assessed(firm, letter, level, at=MOMENT - days * ONE_DAY)


def ids(cast: Cast, **wanted: object) -> list[int]:
    rows = listed(cast.province, Wanted(**wanted))  # type: ignore[arg-type]
    return [row.pk for row in rows]


def test_the_latest_of_each_firm_unless_all_are_asked_for(cast: Cast) -> None:
    first = done(cast, cast.firm, days=2)
    second = done(cast, cast.firm, days=1)
    other = done(cast, cast.rival)
    assert ids(cast) == [other.pk, second.pk]
    assert ids(cast, filters=Filters(latest=False)) == [other.pk, second.pk, first.pk]


def test_words_are_part_of_a_name_or_of_a_code(cast: Cast) -> None:
    mine, other = done(cast, cast.firm), done(cast, cast.rival)
    assert mine.organisation.name != other.organisation.name
    assert ids(cast, words=f" {mine.organisation.name[2:]} ") == [mine.pk]
    assert ids(cast, words=mine.organisation.uscc[9:].lower()) == [mine.pk]
    spaced = f"{mine.organisation.uscc[:2]} {mine.organisation.uscc[2:]}"
    assert ids(cast, words=spaced) == [mine.pk]
    assert ids(cast, words="没有这家") == []


def test_by_how_it_was_rated(cast: Cast) -> None:
    on_site, asked, expert, none = (done(cast, cast.enrol(f"rated-{n}"), days=n) for n in range(4))
    cast.rate(cast.rating(on_site))
    cast.rating(asked)
    cast.rate(cast.rating(expert, "expert"))
    found = {rated: ids(cast, rated=rated) for rated in RATED}
    assert found == {
        "on_site": [on_site.pk],
        "expert": [expert.pk],
        "assigned": [asked.pk],
        "none": [none.pk],
    }


def test_those_with_contradictions(cast: Cast) -> None:
    sound, odd = done(cast, cast.firm), done(cast, cast.rival)
    Assessment.objects.filter(pk=sound.pk).update(result={"contradictions": []})
    Assessment.objects.filter(pk=odd.pk).update(
        result={"contradictions": [{"id": "a"}, {"id": "b"}]}
    )
    old = done(cast, cast.remote)
    Assessment.objects.filter(pk=old.pk).update(result={})
    assert ids(cast, conflicting=True) == [odd.pk]
    marks = marks_of(Assessment.objects.all())
    assert {pk: mark.conflicts for pk, mark in marks.items()} == {sound.pk: 0, odd.pk: 2, old.pk: 0}


def test_those_whose_evidence_another_firm_gave_too(cast: Cast) -> None:
    shared = {"file": (cast.firm, cast.rival), "photo": (cast.remote, cast.enrol("fourth"))}
    for firm in shared["file"]:
        attach(cast.draft(firm), firm.actor, "q6", uploaded(page(1), "制度.png", "PNG"))
    for firm in shared["photo"]:
        attach(cast.draft(firm), firm.actor, "q3", uploaded(photo(4)))
    alone = cast.enrol("alone")
    for n in range(2):  # twice the same, but its own
        attach(cast.draft(alone), alone.actor, f"q{n + 3}", uploaded(photo(9)))
    made = [done(cast, firm) for firm in (*shared["file"], *shared["photo"], alone)]
    assert sorted(ids(cast, repeated=True)) == [one.pk for one in made[:4]]
    marks = marks_of(made)
    assert [marks[one.pk].repeated for one in made] == [1, 1, 1, 1, 0]
    paper = evidence_of(made[0]).get()
    Evidence.objects.filter(pk=paper.pk).update(withdrawn_at=MOMENT)
    assert sorted(ids(cast, repeated=True)) == [made[2].pk, made[3].pk]


def test_by_score_and_name(cast: Cast) -> None:
    low = done(cast, cast.firm, "B", 1)
    high = done(cast, cast.rival, "E", 4)
    none = done(cast, cast.remote, "C", 2)
    Assessment.objects.filter(pk=none.pk).update(score_milli=None)
    assert ids(cast, sort="high") == [high.pk, low.pk, none.pk]
    assert ids(cast, sort="low") == [low.pk, high.pk, none.pk]
    by_name = sorted([low, high, none], key=lambda a: a.organisation.name)
    assert ids(cast, sort="name") == [a.pk for a in by_name]
    Assessment.objects.filter(pk=low.pk).update(on_site_score_milli=99_000, on_site_level=4)
    assert ids(cast, sort="high")[0] == low.pk, "what was found on the spot counts"
    assert low.pk in ids(cast, filters=Filters(level=4))


def test_sums_are_those_of_counting_by_hand(cast: Cast) -> None:
    rng = random.Random(5)
    scores, levels = [], []
    for n in range(9):
        one = done(cast, cast.enrol(f"summed-{n}"), rng.choice("BCDE"), rng.randrange(5))
        one.refresh_from_db()
        assert one.score_milli is not None
        scores.append(one.score_milli)
        levels.append(one.level)
        found = sums(listed(cast.province, Wanted()))
        assert found == Sums(n + 1, dict(Counter(levels)), int(statistics.median(scores)))
    assert sums(listed(cast.next_city, Wanted())) == Sums(0, {}, None)


def test_an_office_sees_its_territory_and_only_firms_that_share(cast: Cast) -> None:
    here, there = done(cast, cast.firm), done(cast, cast.remote)
    cast.assessed(cast.rival)
    seen = {
        cast.province: {here.pk, there.pk},
        cast.city: {here.pk},
        cast.next_county: set(),
        cast.remote_office: {there.pk},
    }
    for acting, expected in seen.items():
        assert {row.pk for row in listed(acting, Wanted())} == expected


def test_the_list_costs_as_many_queries_for_two_rows_as_for_eight(cast: Cast) -> None:
    acting, counted = cast.province, []
    for many in (2, 8):
        for n in range(many):
            done(cast, cast.enrol(f"row-{many}-{n}"))
        with CaptureQueriesContext(connection) as captured:
            rows = listed(acting, Wanted())
            sums(rows)
            marks_of(list(rows))
        counted.append(len(captured))
    assert counted[0] == counted[1]
