"""The table of everybody's latest answers, held against reading them one by one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.assessment.actions import save_answers
from dengta.assessment.models import Answer, Assessment
from dengta.assessment.queries import answer_sets as sets
from dengta.assessment.queries import answers_of
from dengta.rights.actions import revoke_consent
from tests.cast import MOMENT, ONE_DAY, Cast


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT: consents run out, so the day matters."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


def rows(found: sets.AnswerSets) -> dict[int, dict[str, str]]:
    """Per organisation its answers, without what is not answered."""
    return {
        firm: {item: value for item, value in row.items() if value is not None}
        for firm, row in zip(
            found.firms["organisation"].to_pylist(), found.answers.to_pylist(), strict=True
        )
    }


def one_by_one(*assessments: Assessment) -> dict[int, dict[str, str]]:
    return {
        each.organisation_id: {item: str(value) for item, value in answers_of(each).items()}
        for each in assessments
    }


def read() -> sets.AnswerSets:
    return sets.read_answer_sets("miit-2024")


@pytest.fixture(autouse=True)
def everybody_shares(cast: Cast) -> None:
    cast.shares(cast.firm, cast.rival, cast.remote)


def test_every_firms_latest_answers_and_where_it_is(cast: Cast) -> None:
    cast.assessed(cast.firm, "B", 1, at=MOMENT - ONE_DAY)
    latest = cast.assessed(cast.firm, "D", 3)
    other = cast.assessed(cast.remote, "C", 2)
    cast.draft(cast.rival)
    found = read()
    assert rows(found) == one_by_one(latest, other)
    assert found.firms["assessment"].to_pylist() == [latest.pk, other.pk]
    assert found.firms["region"].to_pylist() == ["420102", "429004"]
    assert found.inside("4201").tolist() == [True, False]


def test_what_a_firm_did_not_answer_or_took_back_is_null(cast: Cast) -> None:
    full = cast.assessed(cast.firm, "C", 2)
    part = cast.assessed(cast.rival, "C", 2)
    Answer.objects.filter(assessment=part, item="q2").delete()
    Answer.objects.filter(assessment=part, item="quality").update(value="")
    found = read()
    assert rows(found) == one_by_one(full, part)
    assert found.answers["q2"].to_pylist() == ["C", None]


def test_nobody_gives_an_empty_table(cast: Cast) -> None:
    found = read()
    assert found.firms.num_rows == 0 and found.answers.num_columns == 0


def test_a_draft_begun_after_a_result_changes_nothing(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 2)
    draft = cast.draft(cast.firm, at=MOMENT + ONE_DAY)
    save_answers(draft, cast.firm.actor, {"q1": "E"})
    assert rows(read()) == one_by_one(done)


def test_it_is_read_once_until_something_new_is_there(cast: Cast) -> None:
    cast.assessed(cast.firm, "C", 2)
    first = sets.answer_sets("miit-2024")
    with CaptureQueriesContext(connection) as captured:
        assert sets.answer_sets("miit-2024") is first
    assert len(captured) == 3
    cast.assessed(cast.rival, "C", 2, at=MOMENT + ONE_DAY)
    assert sets.answer_sets("miit-2024").firms.num_rows == 2


def test_reading_costs_three_queries_however_many_firms(cast: Cast) -> None:
    counted: list[int] = []
    for many in (1, 6):
        for n in range(many):
            firm = cast.enrol(f"firm-{many}-{n}")
            cast.shares(firm)
            cast.assessed(firm, "C", 2)
        with CaptureQueriesContext(connection) as captured:
            read()
        counted.append(len(captured))
    assert counted == [3, 3]


def test_the_assessors_answers_stand_where_a_firm_was_rated_on_the_spot(cast: Cast) -> None:
    own = cast.assessed(cast.firm, "C", 2)
    other = cast.assessed(cast.rival, "C", 2)
    rating = cast.rate(cast.rating(own), q1="B", quality=1)
    found = rows(read())
    assert found[other.organisation_id] == one_by_one(other)[other.organisation_id]
    given = dict(rating.answers.exclude(value="").values_list("item", "value"))
    assert found[own.organisation_id] == given
    assert given["q1"] == "B" and given["quality"] == "1"


def test_a_firm_that_takes_its_consent_back_is_gone_at_once(cast: Cast) -> None:
    cast.assessed(cast.firm, "C", 2)
    cast.assessed(cast.rival, "C", 2)
    assert sets.answer_sets("miit-2024").firms.num_rows == 2
    revoke_consent(cast.rival.actor, "statistics")
    assert list(rows(sets.answer_sets("miit-2024"))) == [cast.firm.organisation.pk]
    cast.shares(cast.rival)
    assert sets.answer_sets("miit-2024").firms.num_rows == 2


def test_a_consent_that_has_run_out_is_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.assessed(cast.firm, "C", 2)
    assert sets.answer_sets("miit-2024").firms.num_rows == 1
    monkeypatch.setattr(timezone, "now", lambda: MOMENT + 366 * ONE_DAY)
    assert sets.answer_sets("miit-2024").firms.num_rows == 0
