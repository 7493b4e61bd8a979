"""审核: passing, recommending within quotas, returning single fields, site visits, the clock."""

from __future__ import annotations

from typing import Any

import pytest

from dengta.core.selection import Quota
from dengta.core.workdays import add_workdays
from dengta.programmes.actions.checking import check, check_many, due, visit
from dengta.programmes.actions.filling import attach, detach, keep
from dengta.programmes.actions.quotas import QuotaUsedUp
from dengta.programmes.actions.submitting import resubmit, withdraw
from dengta.programmes.models import Application, QuotaCount, Reopening, Round
from dengta.programmes.queries.forms import Field, form_of
from dengta.programmes.queries.quotas import quotas_for
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance
from dengta.trail.models import Event
from dengta.trail.queries import clock
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.programmes.conftest import Beside
from tests.programmes.stage import HOUR, opened, paper, passed, submitted

LATER = MOMENT + 2 * HOUR


def field(application: Application, id: str) -> Field:
    return next(each for each in form_of(application).fields if each.rule.id == id)


def used(round: Round, value: str = "420100") -> int:
    return QuotaCount.objects.get(round=round, by="city", value=value).used


def returned(cast: Cast, application: Application, **reopen: str) -> Event:
    items = {item.replace("__", ":"): reason for item, reason in reopen.items()}
    return check(application, cast.county, "return_county", reopen=items, at=LATER)


def test_each_office_passes_its_own_check_and_the_citys_pass_recommends(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm)
    for actor in (cast.next_county, cast.city, cast.province, cast.firm.actor):
        with pytest.raises(NotAllowed):
            check(application, actor, "pass_county")
    check(application, cast.county, "pass_county", at=LATER)
    assert application.state == "city_recommend" and application.recommended_at is None
    with pytest.raises(Moved):
        check(application, cast.county, "pass_county")
    check(application, cast.city, "pass_city", at=LATER)
    assert (application.state, application.recommended_at) == ("formal_check", LATER)
    assert used(application.round) == 1
    check(application, cast.province, "pass_province", at=LATER)
    assert application.state == "panel" and used(application.round) == 1
    with pytest.raises(ValueError, match="no step of a check"):
        check(application, cast.province, "finish_panel")


def test_what_was_marked_is_passed_only_with_a_word_why(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm, employees=20)
    assert application.exceptions == 1
    with pytest.raises(StepRefused, match="有 1 项异常：从业人员填报为 20 人，一企一档为 180 人"):
        check(application, cast.county, "pass_county", at=LATER)
    (one,) = check_many([application], cast.county, "pass_county", at=LATER)
    assert one.event is None and one.refusal is not None and one.application == application
    event = check(application, cast.county, "pass_county", note="查社保，20 人", at=LATER)
    assert event.reasons["exceptions"] == ["differs:employees"]


def test_a_city_cannot_recommend_more_than_its_places_and_gets_them_back(
    cast: Cast, several: Any
) -> None:
    round = opened(cast, "several")
    firms = [cast.enrol(f"firm-{n}") for n in range(3)]
    applications = [passed(cast, submitted(round, firm), "city_recommend") for firm in firms]
    done = check_many(applications, cast.city, "pass_city", at=LATER)
    assert [one.event is not None for one in done] == [True, True, False]
    refusal = done[2].refusal
    assert refusal is not None and "武汉市的推荐名额 2 个已用完" in refusal.zh
    assert applications[2].state == "city_recommend" and applications[2].recommended_at is None
    assert [(count.used, count.limit) for count in quotas_for(applications[2])] == [(2, 2)]
    check(applications[0], cast.province, "reject_province", note="不在范围", at=LATER)
    assert used(round) == 1
    check(applications[2], cast.city, "pass_city", at=LATER)
    withdraw(applications[1], firms[1].actor)
    assert used(round) == 1
    with pytest.raises(ValueError, match="one by one"):
        check_many(applications, cast.city, "reject_city")


def test_an_industry_has_its_places_too_counted_from_the_first_that_comes(
    cast: Cast, beside: Beside
) -> None:
    beside("trades", quotas=(Quota("industry", 1, "recommend", {"13": 2}),))
    round = opened(cast, "trades")
    codes = {"a": "36", "b": "36", "c": "13", "d": "13"}
    for name, code in codes.items():
        firm = cast.enrol(name, industry_code=code)
        application = passed(cast, submitted(round, firm), "city_recommend")
        if name == "b":
            with pytest.raises(QuotaUsedUp, match="“汽车制造业”的推荐名额 1 个已用完"):
                check(application, cast.city, "pass_city", at=LATER)
        else:
            check(application, cast.city, "pass_city", at=LATER)
    counts = QuotaCount.objects.filter(round=round, by="industry")
    assert set(counts.values_list("value", "used", "limit")) == {("36", 1, 1), ("13", 2, 2)}


def test_where_no_city_recommends_the_last_check_takes_the_place(
    cast: Cast, beside: Beside
) -> None:
    beside("short", steps=("county_check", "formal_check", "panel", "publicity"))
    application = submitted(opened(cast, "short"), cast.firm)
    check(application, cast.county, "pass_county", at=LATER)
    assert application.state == "formal_check" and used(application.round) == 0
    check(application, cast.province, "pass_province", at=LATER)
    assert (application.recommended_at, used(application.round)) == (LATER, 1)


def test_an_office_returns_single_fields_and_all_others_stay_closed(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm)
    event = returned(cast, application, scene_users="与证明不符", slot__users_proof="缺盖章")
    assert application.state == "returned"
    assert event.note == "使用过场景的单位数：与证明不符；使用单位证明（合同、使用记录）：缺盖章"
    asked = field(application, "scene_users")
    assert asked.open and asked.returned and asked.reason == "与证明不符"
    assert asked.before.zh == "12" and not field(application, "scene_name").open
    kept = keep(
        application, cast.firm.actor, {"scene_users": (9, 1), "scene_name": ("改名", 1)}, at=LATER
    )
    assert kept.versions == {"scene_users": 2} and "没有退回" in kept.faults["scene_name"].zh
    with pytest.raises(StepRefused, match="没有退回"):
        attach(application, cast.firm.actor, "pictures", paper("png"))
    with pytest.raises(StepRefused, match="还没有改：使用单位证明"):
        resubmit(application, cast.firm.actor, at=LATER)
    old = application.attachments.get(slot="users_proof")
    detach(application, cast.firm.actor, old.pk)
    attach(application, cast.firm.actor, "users_proof", paper("pdf"))
    event = resubmit(application, cast.firm.actor, at=LATER + HOUR)
    assert application.state == "county_check" and event.step == "resubmit_county"
    assert resubmit(application, cast.firm.actor, at=LATER + HOUR) == event
    assert not Reopening.objects.filter(answered_at=None).exists()
    assert not field(application, "scene_users").open


def test_it_comes_back_to_the_office_that_returned_it_with_its_place_kept(cast: Cast) -> None:
    application = passed(cast, submitted(opened(cast), cast.firm), "formal_check")
    check(
        application, cast.province, "supplement_province",
        reopen={"scene_way": "太笼统"}, at=LATER,
    )  # fmt: skip
    assert application.state == "supplement" and used(application.round) == 1
    with pytest.raises(StepRefused, match="还没有改：做法和主要技术"):
        resubmit(application, cast.firm.actor, at=LATER)
    resubmit(application, cast.firm.actor, note="原文即为全部做法", at=LATER)
    assert application.state == "formal_check" and used(application.round) == 1
    keeps = Event.objects.filter(thing_id=application.pk, step="resubmit_province").get()
    assert keeps.note == "原文即为全部做法"


def test_a_return_names_items_of_the_form_each_with_a_reason(cast: Cast) -> None:
    application = submitted(opened(cast), cast.firm)
    for reopen, said in (
        ({}, "请选择要退回的填报项或附件"),
        ({"scene_name": "  "}, "请写明退回“场景名称”的理由"),
        ({"none_such": "x"}, "没有“none_such”这一项"),
        ({"uscc": "写错了"}, "取自登记信息"),
    ):
        with pytest.raises(StepRefused, match=said):
            check(application, cast.county, "return_county", note="x", reopen=reopen)
    for step in ("refuse_county", "reject_county"):
        with pytest.raises(StepRefused, match="需要写明理由"):
            check(application, cast.county, step)
    assert application.state == "county_check" and not Reopening.objects.exists()


def test_what_is_not_handed_in_again_in_time_lapses_and_frees_its_places(cast: Cast) -> None:
    application = passed(cast, submitted(opened(cast), cast.firm), "formal_check")
    check(application, cast.province, "return_province", reopen={"scene_way": "x"}, at=LATER)
    now = clock(application, LATER)
    assert now is not None and now.due == add_workdays(DAY, 10)
    assert due(now.due) == 0
    assert due(now.due + ONE_DAY) == 1 == due(now.due + ONE_DAY) + 1
    application.refresh_from_db()
    assert application.state == "lapsed" and used(application.round) == 0
    assert QuotaCount.objects.get(by="applicant").used == 0
    with pytest.raises(Moved):
        resubmit(application, cast.firm.actor)


def test_who_does_not_confirm_by_the_end_of_the_round_is_off_the_list(
    cast: Cast, beside: Beside
) -> None:
    beside("instant", instant=True, steps=("formal_check", "publicity"), slots=())
    stage.invited(opened(cast, "instant"), cast.firm)
    assert due(stage.CLOSES.date()) == 0
    assert due(stage.CLOSES.date() + ONE_DAY) == 1


def test_a_site_visit_is_entered_with_its_day_finding_and_report(cast: Cast) -> None:
    round = opened(cast)
    visited = passed(cast, submitted(round, cast.firm), "panel")
    failed = passed(cast, submitted(round, cast.enrol("second")), "panel")
    for application in (visited, failed):
        advance(application, "finish_panel", by=cast.province, at=LATER)
    with pytest.raises(StepRefused, match="应在提交日"):
        visit(visited, cast.province, visit_date=DAY + ONE_DAY, note="x", passed=True, at=LATER)
    with pytest.raises(StepRefused, match="请写明现场核查情况"):
        visit(visited, cast.province, visit_date=DAY, note=" ", passed=True, at=LATER)
    with pytest.raises(NotAllowed):
        visit(visited, cast.city, visit_date=DAY, note="属实", passed=True, at=LATER)
    visit(
        visited, cast.province, visit_date=DAY, note="属实", passed=True, report=paper("pdf"),
        at=LATER,
    )  # fmt: skip
    assert visited.state == "ranked" and visited.visit_report is not None
    visit(failed, cast.province, visit_date=DAY, note="没有投用", passed=False, at=LATER)
    assert failed.state == "rejected" and used(round) == 1
