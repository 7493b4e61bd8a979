from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from dengta.assessment.actions.campaigns import Ticked, remind, tick
from dengta.assessment.models import Campaign, Invitation
from dengta.platform import run
from dengta.trail.models import Event, Job, Notice
from tests.cast import MOMENT, ONE_DAY, WUHAN, Cast, send

DUE = 40


def begun(cast: Cast, **different: Any) -> Campaign:
    """Forty days for two firms; the opening has been told."""
    made = cast.campaign(cast.firm, cast.rival, due_date=(MOMENT + DUE * ONE_DAY).date(),
                         **different)  # fmt: skip
    send(Job.objects.latest("pk").pk)
    return made


def before(days: int) -> dt.datetime:
    """Ten in the morning, some days before the deadline."""
    return MOMENT + (DUE - days) * ONE_DAY


def reminders() -> list[tuple[int, str]]:
    events = Event.objects.filter(flow="campaign", step="remind").order_by("pk")
    return [(event.reasons["days_before"], event.role) for event in events]


def test_each_named_day_reminds_once_however_often_the_tick_runs(cast: Cast) -> None:
    begun(cast)
    for days in range(DUE, -1, -1):
        for _ in range(2):
            tick(before(days))
    assert reminders() == [(days, "system") for days in (14, 7, 3, 1)]
    assert Notice.objects.filter(event__step="remind").count() == 4 * 2
    assert set(Invitation.objects.values_list("reminders", flat=True)) == {4}


def test_a_missed_day_is_caught_up_with_and_only_the_last_of_several(cast: Cast) -> None:
    begun(cast)
    assert tick(before(12)).reminded == 1
    assert tick(before(2)).reminded == 1
    assert [days for days, _ in reminders()] == [14, 3]


def test_a_tick_says_what_it_did_and_then_finds_nothing(cast: Cast) -> None:
    begun(cast)
    cast.assessed(cast.firm, at=MOMENT)
    assert tick(before(7)) == Ticked(reminded=1, closed=0, notices=1)
    assert tick(before(7)) == Ticked(0, 0, 0)
    assert tick(before(-1)) == Ticked(0, 1, 0)
    assert tick(before(-1)) == Ticked(0, 0, 0)


def test_days_that_had_passed_at_the_opening_remind_nobody(cast: Cast) -> None:
    cast.campaign(cast.firm, due_date=(MOMENT + 7 * ONE_DAY).date())
    assert tick(MOMENT).reminded == 0
    assert tick(MOMENT + 4 * ONE_DAY).reminded == 1
    assert [days for days, _ in reminders()] == [3]


def test_who_was_reminded_by_hand_today_is_left_alone(cast: Cast) -> None:
    campaign = begun(cast)
    remind(campaign, cast.province, at=before(7))
    assert tick(before(7) + ONE_DAY / 24).reminded == 0
    assert Event.objects.filter(flow="campaign", step="remind").count() == 1


def test_it_is_closed_only_when_its_last_day_is_over(cast: Cast) -> None:
    campaign = begun(cast)
    midnight = dt.datetime.combine(campaign.due_date + ONE_DAY, dt.time(), tzinfo=WUHAN)
    tick(midnight - ONE_DAY / 86_400)
    campaign.refresh_from_db()
    assert campaign.state == "running"
    tick(midnight)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.closed_at) == ("closed", midnight)
    assert Event.objects.get(flow="campaign", step="close").role == "system"


def test_notices_that_nobody_sent_go_out_with_the_next_tick(cast: Cast) -> None:
    cast.campaign(cast.firm)
    assert tick(MOMENT).notices == 1
    assert tick(MOMENT).notices == 0
    assert Notice.objects.count() == 1


def test_the_command_says_it(
    cast: Cast, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(cast)
    monkeypatch.setattr(timezone, "now", lambda: before(7))
    assert run("tick", []) == 0
    said = capsys.readouterr().out
    assert "campaigns: reminded of, notices, closed: 1 / 2 / " in said
    monkeypatch.setattr(timezone, "now", lambda: before(-2))
    assert run("tick", []) == 0
    said = capsys.readouterr().out
    assert re.search(r"campaigns: reminded of, notices, closed: \d+ / \d+ / 1\n", said)
