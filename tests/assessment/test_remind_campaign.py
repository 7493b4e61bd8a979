from __future__ import annotations

import pytest

from dengta.assessment.actions.campaigns import close, remind
from dengta.assessment.models import Campaign, Invitation
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Job, Notice
from tests.cast import MOMENT, ONE_DAY, Cast, Firm, send

LATER = MOMENT + 5 * ONE_DAY


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    """The province asks two firms; the opening has been told."""
    made = cast.campaign(cast.firm, cast.rival)
    send(Job.objects.get().pk)
    return made


def told(firm: Firm) -> int:
    return Notice.objects.filter(user=firm.actor.user_id, event__flow="campaign").count()


def test_only_who_has_not_answered_is_reminded(cast: Cast, campaign: Campaign) -> None:
    cast.assessed(cast.firm, at=MOMENT + ONE_DAY)
    job = remind(campaign, cast.province, note="还差几家。", at=LATER)
    assert send(job.pk) == 1
    assert (told(cast.firm), told(cast.rival)) == (1, 2)
    notice = Notice.objects.filter(event__step="remind").get()
    assert notice.subject["zh"] == "提醒：请在2026年3月30日前完成测评"
    assert "还差几家。" in notice.body["zh"]
    reminded = Invitation.objects.get(organisation=cast.rival.organisation)
    assert (reminded.reminders, reminded.reminded_at) == (1, LATER)


def test_an_answer_from_before_the_campaign_is_none(cast: Cast, campaign: Campaign) -> None:
    cast.assessed(cast.firm, at=MOMENT - ONE_DAY)
    assert send(remind(campaign, cast.province, at=LATER).pk) == 2


def test_a_second_click_reminds_nobody(cast: Cast, campaign: Campaign) -> None:
    job = remind(campaign, cast.province, at=LATER)
    with pytest.raises(StepRefused, match="3 天内都已提醒过"):
        remind(campaign, cast.province, at=LATER)
    send(job.pk)
    send(job.pk)
    assert (told(cast.firm), told(cast.rival)) == (2, 2)
    assert Event.objects.filter(flow="campaign", step="remind").count() == 1
    assert Job.objects.count() == 2


def test_the_gap_is_policy_data_and_to_the_moment(cast: Cast, campaign: Campaign) -> None:
    remind(campaign, cast.province, at=LATER)
    almost = LATER + 3 * ONE_DAY - ONE_DAY / 86_400
    with pytest.raises(StepRefused):
        remind(campaign, cast.province, at=almost)
    assert send(remind(campaign, cast.province, at=LATER + 3 * ONE_DAY).pk) == 2


def test_nobody_is_reminded_when_all_have_answered(cast: Cast, campaign: Campaign) -> None:
    for firm in (cast.firm, cast.rival):
        cast.assessed(firm, at=MOMENT + ONE_DAY)
    with pytest.raises(StepRefused):
        remind(campaign, cast.province, at=LATER)
    assert not Event.objects.filter(flow="campaign", step="remind").exists()


def test_a_closed_campaign_reminds_nobody(cast: Cast, campaign: Campaign) -> None:
    close(campaign, cast.province, at=LATER)
    with pytest.raises(Moved):
        remind(campaign, cast.province, at=LATER + ONE_DAY)


def test_only_the_office_that_opened_it_or_one_above_reminds(
    cast: Cast, campaign: Campaign
) -> None:
    for acting in (cast.city, cast.county, cast.next_city, cast.firm.actor, cast.expert):
        with pytest.raises(NotAllowed):
            remind(campaign, acting, at=LATER)
    local = cast.campaign(cast.firm, by=cast.county, name="区里的测评")
    with pytest.raises(NotAllowed):
        remind(local, cast.next_county, at=LATER)
    assert send(remind(local, cast.city, at=LATER).pk) == 1


def test_a_firm_that_answered_after_the_click_is_still_told_once(
    cast: Cast, campaign: Campaign
) -> None:
    job = remind(campaign, cast.province, at=LATER)
    cast.assessed(cast.firm, at=LATER)
    assert send(job.pk) == 2, "the round is the list of the moment at which it was ordered"
