from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from dengta.assessment.actions.campaigns import close
from dengta.assessment.models import Campaign
from dengta.assessment.queries.campaigns import calls
from dengta.trail.actions import Moved, NotAllowed
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, Cast

LATER = MOMENT + ONE_DAY


def test_closing_keeps_the_moment_and_why(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    close(campaign, cast.province, note="提前完成", at=LATER)
    assert (campaign.state, campaign.closed_at) == ("closed", LATER)
    event = Event.objects.get(flow="campaign", step="close")
    assert (event.note, event.role) == ("提前完成", "province")


def test_closing_twice_is_refused_once(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    stale = Campaign.objects.get()
    close(campaign, cast.province, at=LATER)
    with pytest.raises(Moved):
        close(stale, cast.province, at=LATER + ONE_DAY)
    campaign.refresh_from_db()
    assert campaign.closed_at == LATER


def test_an_office_below_cannot_close_it(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    for acting in (cast.city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            close(campaign, acting, at=LATER)


def test_a_closed_campaign_asks_nobody_any_more(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    firm = cast.firm.organisation.pk
    assert [call.campaign for call in calls(firm, MOMENT.date())] == [campaign]
    close(campaign, cast.province, at=LATER)
    assert calls(firm, LATER.date()) == []


def test_a_closed_campaign_without_its_moment_cannot_be_written(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    with pytest.raises(IntegrityError, match="closed_campaign"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(state="closed")
