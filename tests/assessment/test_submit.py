from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dengta.assessment.actions import Incomplete, save_answers, submit
from dengta.assessment.facts import facts_of
from dengta.assessment.models import Assessment
from dengta.assessment.queries import (
    contradictions_of,
    history_of,
    instrument_of,
    item_ids,
    latest_of,
    mine,
    result_of,
)
from dengta.core.scoring import Scorer
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, Cast


def submissions(assessment: Assessment) -> list[Event]:
    return list(Event.objects.filter(flow="assessment", thing_id=assessment.pk, step="submit"))


def test_an_incomplete_assessment_names_what_is_missing_in_the_order_of_the_wizard(
    cast: Cast,
) -> None:
    draft = cast.draft(cast.firm)
    answers = cast.answers()
    for item in ("quality", "q7", "q2"):
        del answers[item]
    save_answers(draft, cast.firm.actor, answers)
    with pytest.raises(Incomplete, match="还有 3 项没有作答") as refused:
        submit(draft, cast.firm.actor, at=MOMENT)
    assert refused.value.items == ("q2", "q7", "quality")
    draft.refresh_from_db()
    assert (draft.state, draft.level, submissions(draft)) == ("draft", None, [])


def test_an_empty_assessment_misses_every_item(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    with pytest.raises(Incomplete) as refused:
        submit(draft, cast.firm.actor, at=MOMENT)
    assert list(refused.value.items) == item_ids(draft)
    assert len(refused.value.items) == 31


def test_a_submission_keeps_score_level_result_and_the_policy_it_rests_on(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    done.refresh_from_db()
    result = Scorer(instrument_of(done)).score(cast.answers("C", 3))
    assert (done.state, done.submitted_at, done.level) == ("submitted", MOMENT, result.level)
    assert done.score_milli is not None
    assert done.score_milli == result.score * 1000
    assert done.policy_digest == policy().digest
    assert submissions(done)[0].reasons == {"score": result.score_text, "level": result.level}


def test_the_stored_result_is_what_a_replay_gives(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "D", 1)
    done.refresh_from_db()
    replayed = json.loads(json.dumps(result_of(done).as_json("zh-hans")))
    found = [one.as_json("zh-hans") for one in contradictions_of(done, MOMENT.date())]
    assert done.result == replayed | {"contradictions": found}


def test_submitting_twice_is_refused_once(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    stale = Assessment.objects.get(pk=done.pk)
    stale.state = "draft"
    for copy in (done, stale):
        with pytest.raises(Moved):
            submit(copy, cast.firm.actor, at=MOMENT + ONE_DAY)
    done.refresh_from_db()
    assert done.submitted_at == MOMENT
    assert len(submissions(done)) == 1


def test_only_the_firm_itself_submits(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, cast.answers())
    for acting in (cast.rival.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            submit(draft, acting, at=MOMENT)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize(
    "gone", [{"submitted_at": None}, {"verify_code": None}, {"policy_digest": ""}]
)
def test_a_submitted_assessment_without_its_result_cannot_be_written(
    cast: Cast, gone: dict[str, Any]
) -> None:
    done = cast.assessed(cast.firm)
    rows = Assessment.objects.filter(pk=done.pk)
    with pytest.raises(IntegrityError, match="submitted_assessment"), transaction.atomic():
        rows.update(**gone)


def test_a_draft_cannot_be_turned_into_a_submitted_one_past_the_flow(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=draft.pk).update(state="submitted")


def test_level_and_score_become_facts_of_the_firm(cast: Cast) -> None:
    assert facts_of(cast.firm.organisation) == {}
    cast.draft(cast.firm)
    assert facts_of(cast.firm.organisation) == {}, "a draft says nothing yet"
    done = cast.assessed(cast.firm, "C", 3)
    facts = facts_of(cast.firm.organisation)
    assert facts["digital_level"] == done.level
    assert facts_of(cast.rival.organisation) == {}


def test_the_latest_submission_counts_and_the_earlier_ones_stay(cast: Cast) -> None:
    first = cast.assessed(cast.firm, "B", 1)
    second = cast.assessed(cast.firm, "D", 4, at=MOMENT + ONE_DAY)
    firm = cast.firm.organisation.pk
    assert latest_of(firm) == second
    assert list(history_of(firm)) == [second, first]
    assert facts_of(cast.firm.organisation)["digital_level"] == second.level


def test_an_assessment_is_found_by_its_own_firm_only(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    assert mine(cast.firm.organisation.pk, done.pk) == done
    with pytest.raises(Assessment.DoesNotExist):
        mine(cast.rival.organisation.pk, done.pk)
