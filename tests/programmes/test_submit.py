"""提交: complete, in time, checked by the machine at once; sent again it is the same."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection

from dengta.programmes.actions.filling import keep, start
from dengta.programmes.actions.quotas import QuotaUsedUp
from dengta.programmes.actions.rounds import IN_FLIGHT, close_due, extend
from dengta.programmes.actions.submitting import (
    Busy,
    Incomplete,
    TooLate,
    confirm,
    patiently,
    submit,
    withdraw,
)
from dengta.programmes.models import Application, QuotaCount
from dengta.programmes.queries import checks
from dengta.programmes.queries.forms import form_of
from dengta.registry.facts import stated
from dengta.registry.models import EnterpriseYear
from dengta.trail.actions import Moved, NotAllowed, StepRefused, begin
from dengta.trail.models import Event, Notice
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.programmes.conftest import Beside
from tests.programmes.stage import CLOSES, HOUR, begun, drafted, opened, submitted

SECOND = dt.timedelta(seconds=1)


def hand_in(application: Application, actor: Any, at: dt.datetime = MOMENT + HOUR) -> Event:
    return submit(application, actor, pledged_by="法人", at=at)


def test_what_is_handed_in_goes_to_the_county_with_all_checks_done(cast: Cast) -> None:
    assert cast.county
    application = submitted(opened(cast), cast.firm)
    assert application.state == "county_check"
    assert application.verdict["eligible"] == "yes"
    assert application.exceptions == 0, checks.exceptions(application)
    assert {finding.id for finding in checks.stored(application)} == {
        "clause:open", "standing", "size", "differs", "once", "papers", "related",
    }  # fmt: skip
    assert (application.sector, application.region_code) == ("36", "420102")
    again = checks.replayed(application)
    assert again is not None and again.as_json("zh-hans") == application.verdict
    told = Notice.objects.filter(event__step="submit")
    assert {notice.user_id for notice in told} == {cast.firm.actor.user_id, cast.county.user_id}


def test_sent_twice_it_is_one_submission_by_whoever_of_the_firm(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm)
    copy = Application.objects.get(pk=application.pk)
    again = hand_in(copy, cast.colleague(cast.firm), CLOSES + ONE_DAY)
    assert again == Event.objects.get(step="submit") and again.at == MOMENT + HOUR
    withdraw(application, cast.firm.actor)
    with pytest.raises(Moved, match="已撤回"):
        hand_in(copy, cast.firm.actor)


def test_every_missing_item_is_named_with_its_section(cast: Cast) -> None:
    application = begun(opened(cast), cast.firm)
    keep(application, cast.firm.actor, {"scene_name": ("质量追溯", 0), "employees": (None, 0)})
    with pytest.raises(Incomplete) as refused:
        hand_in(application, cast.firm.actor)
    missing = refused.value.missing
    assert missing == form_of(application).missing
    assert [item.item for item in missing][:2] == ["employees", "purpose"]
    assert missing[-1].item == "slot:pictures" and missing[-1].section == ""
    assert "单位情况—从业人员" in refused.value.text.zh
    assert "附件—场景照片或界面截图" in refused.value.text.zh
    assert application.state == "draft" and not Event.objects.filter(step="submit").exists()


def test_the_servers_clock_decides_by_the_second_and_an_extension_counts_at_once(
    cast: Cast,
) -> None:
    round = opened(cast)
    one, two = drafted(round, cast.firm), drafted(round, cast.rival)
    hand_in(one, cast.firm.actor, CLOSES - SECOND)
    with pytest.raises(TooLate, match=r"截止，收到您的提交时是 10:00:00"):
        hand_in(two, cast.rival.actor, CLOSES)
    extend(round, cast.province, closes_at=CLOSES + ONE_DAY, note="系统维护", at=CLOSES)
    hand_in(two, cast.rival.actor, CLOSES)
    assert two.state == "county_check"


def test_a_round_that_is_closed_while_a_request_waits_does_not_turn_it_away(cast: Cast) -> None:
    round = opened(cast)
    application, forgotten = drafted(round, cast.firm), begun(round, cast.rival)
    assert close_due(CLOSES) == 1
    hand_in(application, cast.firm.actor, CLOSES - SECOND)
    assert application.state == "county_check"
    assert close_due(CLOSES + IN_FLIGHT) == 0
    forgotten.refresh_from_db()
    assert forgotten.state == "lapsed"
    with pytest.raises(Moved, match="逾期失效"):
        hand_in(forgotten, cast.rival.actor, CLOSES - SECOND)


def test_only_the_applicant_hands_in_and_names_who_answers_for_it(cast: Cast) -> None:
    application = drafted(opened(cast), cast.firm)
    for actor in (cast.rival.actor, cast.county, cast.city, cast.province):
        with pytest.raises(NotAllowed):
            hand_in(application, actor)
    with pytest.raises(StepRefused, match="请填写承诺人姓名"):
        submit(application, cast.firm.actor, pledged_by="  ", at=MOMENT)


def test_the_form_stays_as_it_was_though_the_register_changes(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm)
    EnterpriseYear.objects.update(employees=999)
    said = form_of(application).values
    assert said["employees"] == 180
    assert next(f for f in form_of(application).fields if f.rule.id == "employees").origin == (
        "registry"
    )


def test_what_the_applicant_says_of_itself_is_written_back(cast: Cast) -> None:
    submitted(opened(cast), cast.firm, purpose="service", employees=170)
    assert stated(cast.firm.organisation) == {
        "purpose": "service", "open_to_public": True, "employees": 170,
    }  # fmt: skip


def test_an_applicant_hands_in_as_many_as_its_quota_and_withdrawing_frees_one(
    cast: Cast,
) -> None:
    round = opened(cast)
    first = submitted(round, cast.firm)
    second = Application(
        round=round, organisation=cast.firm.organisation, region_code="420102",
        applicant_code=cast.firm.organisation.uscc, applicant_name="x", key="x", created_at=MOMENT,
    )  # fmt: skip
    begin(second, by=cast.firm.actor)  # a draft from before the limit was lowered
    stage.fill(second, cast.firm)
    with pytest.raises(QuotaUsedUp, match="每家的申报名额 1 个已用完"):
        hand_in(second, cast.firm.actor)
    assert second.state == "draft" and not second.entries.filter(user=None).exists()
    withdraw(first, cast.firm.actor)
    withdraw(first, cast.firm.actor)
    hand_in(second, cast.firm.actor)
    assert QuotaCount.objects.get(by="applicant").used == 1


def test_without_checks_of_county_and_city_the_province_has_it_next(
    cast: Cast, beside: Beside
) -> None:
    beside("short", steps=("formal_check", "panel", "publicity"))
    application = submitted(opened(cast, "short"), cast.firm)
    assert application.state == "formal_check"
    beside("bare", steps=("publicity",))
    application = submitted(opened(cast, "bare"), cast.rival)
    assert application.state == "ranked" and application.recommended_at == MOMENT + HOUR
    assert QuotaCount.objects.get(round=application.round, by="city", value="420100").used == 1


def test_a_city_and_a_county_apply_for_themselves(cast: Cast, beside: Beside) -> None:
    for kind, actor in (("city", cast.city), ("county", cast.next_county)):
        beside(
            f"own_{kind}", applicant=kind, steps=("formal_check", "publicity"),
            fields=tuple(f for f in stage.rule_of("scenario").fields if not f.fact), slots=(),
        )  # fmt: skip
        round = opened(cast, f"own_{kind}")
        with pytest.raises(NotAllowed):
            start(round, cast.firm.actor, key=f"{kind}-firm", at=MOMENT)
        application = start(round, actor, key=kind, at=MOMENT)
        values = {f.id: (stage.sound(f), 0) for f in round.rule.fields}
        assert not keep(application, actor, values).faults
        with pytest.raises(NotAllowed):
            hand_in(application, cast.province)
        hand_in(application, actor)
        assert (application.applicant_code, application.state) == (actor.region, "formal_check")


def test_what_needs_no_application_is_only_confirmed(cast: Cast, beside: Beside) -> None:
    beside("instant", instant=True, steps=("formal_check", "publicity"), slots=())
    round = opened(cast, "instant")
    with pytest.raises(StepRefused, match="免申即享，不用填报"):
        begun(round, cast.firm)
    application = stage.invited(round, cast.firm)
    with pytest.raises(Moved):
        hand_in(application, cast.firm.actor)
    event = confirm(application, cast.firm.actor, pledged_by="法人", at=MOMENT + HOUR)
    assert application.state == "formal_check"
    assert confirm(application, cast.firm.actor, pledged_by="法人", at=MOMENT + HOUR) == event
    assert form_of(application).values["employees"] == 180


@pytest.mark.django_db
def test_a_busy_database_is_asked_again_and_then_it_is_said() -> None:
    asked: list[int] = []

    def locked() -> Event:
        asked.append(1)
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError):
        patiently(locked)  # a test is inside a transaction
    outside = mock.patch.object(connection, "in_atomic_block", False)
    with outside, pytest.raises(Busy, match="请马上再点一次"):
        patiently(locked)
    assert len(asked) == 4
