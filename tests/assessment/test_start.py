from __future__ import annotations

import pytest

from dengta.assessment.actions import discard, start
from dengta.assessment.models import Assessment
from dengta.assessment.queries import draft_of
from dengta.rights.actions import give_consent, revoke_consent
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT, ONE_DAY, Cast


def test_without_consent_nothing_is_begun(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="先授权使用数据"):
        start(cast.firm.actor, at=MOMENT)
    assert not Assessment.objects.exists()


def test_consent_that_was_revoked_does_not_count(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    revoke_consent(cast.firm.actor, "assessment")
    with pytest.raises(StepRefused):
        start(cast.firm.actor, at=MOMENT)


def test_consent_that_ran_out_does_not_count(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    with pytest.raises(StepRefused):
        start(cast.firm.actor, at=MOMENT + 366 * ONE_DAY)


def test_a_second_device_resumes_the_same_draft(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    again = start(cast.firm.actor, at=MOMENT + ONE_DAY)
    assert again.pk == draft.pk
    assert again.started_at == MOMENT
    assert Assessment.objects.count() == 1


def test_two_firms_have_a_draft_each(cast: Cast) -> None:
    assert cast.draft(cast.firm).pk != cast.draft(cast.rival).pk


def test_after_submission_a_new_assessment_is_a_new_row(cast: Cast) -> None:
    first = cast.assessed(cast.firm)
    second = start(cast.firm.actor, at=MOMENT + ONE_DAY)
    assert second.pk != first.pk
    assert second.state == "draft"
    assert not second.answers.exists()


def test_a_draft_that_was_given_up_is_not_resumed(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    discard(draft, cast.firm.actor)
    assert draft_of(cast.firm.organisation.pk) is None
    assert start(cast.firm.actor, at=MOMENT).pk != draft.pk
