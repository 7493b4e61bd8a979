"""Reminders: who is late is told once for each stage, a firm once before its voucher expires."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dengta.funding.actions import reminders
from dengta.funding.actions.reminders import Reminded
from dengta.registry.queries import policy
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.funding.onway_cast import claimed, issued, midday
from tests.funding.test_onway import CHECK, REVIEW, ago
from tests.processes import bare_database, run_module


def told() -> list[tuple[str, int]]:
    return sorted(
        Notice.objects.filter(event__flow__endswith="_reminder").values_list("link", "user_id")
    )


def test_a_late_office_is_told_once_for_each_stage(cast: Cast) -> None:
    claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + 1))
    claimed(cast.firm.organisation, "county_check", ago(CHECK))
    assert cast.county and cast.city and cast.province and cast.next_county
    assert reminders.due(DAY, MOMENT) == Reminded(offices=1)
    assert told() == [(f"/official/claims/{claim.pk}/", cast.county.user_id)]
    assert reminders.due(DAY, MOMENT) == Reminded()
    claim.state, claim.state_since = "city_review", midday(ago(REVIEW + 1))
    claim.save()
    assert reminders.due(DAY, MOMENT) == Reminded(offices=1)
    assert told()[-1][1] in (cast.city.user_id, cast.county.user_id) and len(told()) == 2


def test_the_same_stage_come_to_again_is_told_of_again(cast: Cast) -> None:
    assert cast.county
    claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + 9))
    reminders.due(DAY, MOMENT)
    claim.state_since = midday(ago(CHECK + 1))
    claim.save()
    assert reminders.due(DAY, MOMENT) == Reminded(offices=1)


def test_a_firm_that_has_not_mended_its_claim_is_told(cast: Cast) -> None:
    claim = claimed(cast.firm.organisation, "returned", ago(11))
    assert reminders.due(DAY, MOMENT) == Reminded(firms=1)
    assert told() == [(f"/enterprise/claims/{claim.pk}/", cast.firm.actor.user_id)]


def test_a_firm_is_told_once_before_its_voucher_expires(cast: Cast) -> None:
    days = policy().practised("expiry_warning_days", DAY)
    voucher = issued(cast.firm.organisation, DAY, valid=days + 1)
    assert reminders.due(DAY, MOMENT) == Reminded()
    assert reminders.due(DAY + ONE_DAY, MOMENT) == Reminded(vouchers=1)
    assert reminders.due(DAY + 2 * ONE_DAY, MOMENT) == Reminded()
    assert told() == [(f"/enterprise/vouchers/{voucher.pk}/", cast.firm.actor.user_id)]
    voucher.expires_date = DAY + dt.timedelta(days=days)
    voucher.save()
    assert reminders.due(DAY + 2 * ONE_DAY, MOMENT) == Reminded(vouchers=1)


def test_what_was_dealt_with_since_it_was_looked_at_is_not_reminded_of(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + 1))
    seen = reminders.everywhere(DAY)
    claim.state = "city_review"
    claim.save()
    monkeypatch.setattr(reminders, "everywhere", lambda day: seen)
    assert reminders.due(DAY, MOMENT) == Reminded()
    assert not Event.objects.filter(flow="claim_reminder").exists()


@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def test_two_ticks_at_once_tell_once(engine: str, tmp_path: Path) -> None:
    with bare_database(engine, tmp_path) as url:
        ran = run_module("tests.funding.onway_crowd", url, tmp_path)
    assert ran["seen"] == {"outcomes": ["done", "done"], "events": 3, "notices": 3}
    assert ran["control"]["events"] == 6  # were nobody to wait, each tick would tell
