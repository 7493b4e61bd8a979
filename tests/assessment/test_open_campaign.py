from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from dengta.assessment.actions.campaigns import Draft, close, open_campaign
from dengta.assessment.models import Campaign, Invitation
from dengta.core.codes import make_uscc
from dengta.registry.actions import Refused, award_title
from dengta.registry.models import EnterpriseYear, Organisation
from dengta.trail.actions import NotAllowed
from dengta.trail.models import Event, Job, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm, send


def draft(*firms: Firm, **different: Any) -> Draft:
    filled: dict[str, Any] = {
        "name": "年度测评",
        "instrument": "miit-2024",
        "due_date": DAY + 14 * ONE_DAY,
        "basis": "list",
        "codes": "\n".join(firm.organisation.uscc for firm in firms),
    }
    return Draft(**filled | different)


def names(campaign: Campaign) -> set[str]:
    return set(campaign.invitations.values_list("organisation__name", flat=True))


def jobs() -> list[Job]:
    return list(Job.objects.order_by("pk"))


def test_a_campaign_keeps_its_list_and_who_opened_it(cast: Cast) -> None:
    made, new = open_campaign(cast.province, draft(cast.firm, cast.rival), at=MOMENT)
    assert new
    assert (made.state, made.opened_at, made.region_code) == ("running", MOMENT, "420000")
    assert names(made) == {cast.firm.organisation.name, cast.rival.organisation.name}
    event = Event.objects.get(flow="campaign", thing_id=made.pk)
    assert (event.step, event.role, event.at) == ("begin", "province", MOMENT)


def test_a_double_click_opens_one(cast: Cast) -> None:
    first, _ = open_campaign(cast.province, draft(cast.firm), at=MOMENT)
    again, new = open_campaign(cast.province, draft(cast.firm), at=MOMENT + ONE_DAY)
    assert (again, new) == (first, False)
    assert (Campaign.objects.count(), Invitation.objects.count(), len(jobs())) == (1, 1, 1)


def test_one_that_was_closed_by_mistake_can_be_opened_again(cast: Cast) -> None:
    first, _ = open_campaign(cast.province, draft(cast.firm), at=MOMENT)
    close(first, cast.province, at=MOMENT)
    again, new = open_campaign(cast.province, draft(cast.firm), at=MOMENT)
    assert new and again.pk != first.pk
    assert open_campaign(cast.province, draft(cast.firm), at=MOMENT) == (again, False)


def test_another_list_or_deadline_is_another_campaign(cast: Cast) -> None:
    first, _ = open_campaign(cast.province, draft(cast.firm), at=MOMENT)
    for other in (draft(cast.firm, cast.rival), draft(cast.firm, due_date=DAY + 30 * ONE_DAY)):
        made, new = open_campaign(cast.province, other, at=MOMENT)
        assert new and made.pk != first.pk


def test_the_people_of_each_firm_get_one_notice(cast: Cast) -> None:
    wish = draft(cast.firm, cast.rival, note="请如实填写。")
    open_campaign(cast.province, wish, at=MOMENT)
    (job,) = jobs()
    assert send(job.pk) == 2
    assert send(job.pk) == 0, "a round that has gone out does not go out again"
    notices = Notice.objects.all()
    people = {cast.firm.actor.user_id, cast.rival.actor.user_id}
    assert {notice.user_id for notice in notices} == people and len(notices) == 2
    assert notices[0].subject["zh"] == "请在2026年3月30日前完成测评"
    assert notices[0].body["zh"].endswith("请如实填写。")
    assert "省经信厅" in notices[0].body["zh"]
    assert notices[0].link == "/enterprise/assessment/"
    job.refresh_from_db()
    assert (job.done, job.total, job.waiting, job.running) == (2, 2, False, False)


def test_the_round_waits_for_the_worker_once(cast: Cast) -> None:
    for _ in range(2):
        open_campaign(cast.province, draft(cast.firm), at=MOMENT)
    (waiting,) = DBTaskResult.objects.all()
    assert waiting.task_path.endswith("campaigns.send_notices")
    assert waiting.args_kwargs["args"] == [jobs()[0].pk]


def test_notices_cost_as_many_queries_for_two_firms_as_for_twelve(cast: Cast) -> None:
    counted = []
    for many in (2, 12):
        firms = [cast.enrol(f"many-{many}-{n}") for n in range(many)]
        open_campaign(cast.province, draft(*firms, name=f"{many}"), at=MOMENT)
        with CaptureQueriesContext(connection) as captured:
            assert send(jobs()[-1].pk) == many
        counted.append(len(captured))
    assert counted[0] == counted[1]


# ---------------------------------------------------------------- whom it asks


def pilot(firm: Firm, awarded: dt.date = DAY, expires: dt.date | None = None) -> None:
    award_title(
        firm.organisation, "pilot_firm", document="试点名单", awarded=awarded, expires=expires
    )


def test_pilot_firms_are_those_whose_title_holds_today(cast: Cast) -> None:
    pilot(cast.firm)
    pilot(cast.rival, awarded=DAY + ONE_DAY)
    pilot(cast.remote, awarded=DAY - 9 * ONE_DAY, expires=DAY - ONE_DAY)
    made, _ = open_campaign(cast.province, draft(basis="pilot"), at=MOMENT)
    assert names(made) == {cast.firm.organisation.name}


def test_an_office_asks_its_own_territory_only(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival, cast.remote):
        pilot(firm)
    made, _ = open_campaign(cast.city, draft(basis="pilot"), at=MOMENT)
    assert names(made) == {cast.firm.organisation.name, cast.rival.organisation.name}
    assert made.region_code == "420100"
    made, _ = open_campaign(
        cast.remote_office, draft(basis="title", argument="pilot_firm"), at=MOMENT
    )
    assert names(made) == {cast.remote.organisation.name}


@pytest.mark.parametrize(
    ("different", "asked"),
    [
        ({}, True),
        ({"revenue_fen": 2_000 * WAN}, True),
        ({"revenue_fen": 2_000 * WAN - 1}, False),
        ({"industry_code": "06"}, True),
        ({"industry_code": "44"}, True),
        ({"industry_code": "65"}, False),
        ({"industry_code": "51"}, False),
        ({"employees": 3_000, "revenue_fen": 500_000 * WAN}, False),
        ({"kind": "provider"}, False),
    ],
)
def test_above_scale_is_industry_at_the_line_and_not_large(
    cast: Cast, different: dict[str, Any], asked: bool
) -> None:
    firm = cast.enrol("tried", **different)
    anchor = cast.enrol("anchor", region_code="420104")
    made, _ = open_campaign(cast.province, draft(basis="above_scale"), at=MOMENT)
    assert names(made) - {anchor.organisation.name} == (
        {firm.organisation.name} if asked else set()
    )


def test_above_scale_goes_by_the_latest_year(cast: Cast) -> None:
    firm, anchor = cast.firm.organisation, cast.rival.organisation
    EnterpriseYear.objects.create(
        organisation=firm, year=2026, employees=9, revenue_fen=WAN, assets_fen=WAN
    )
    made, _ = open_campaign(cast.province, draft(basis="above_scale"), at=MOMENT)
    assert names(made) == {anchor.name}


def test_an_industry_is_a_section_or_a_division(cast: Cast) -> None:
    mill = cast.enrol("mill", industry_code="1711").organisation.name
    trade = cast.enrol("trade", industry_code="51").organisation.name
    both = {"C": {mill}, "17": {mill}, "51": {trade}, "F": {trade}}
    for argument, asked in both.items():
        made, _ = open_campaign(
            cast.province, draft(basis="industry", argument=argument), at=MOMENT
        )
        assert names(made) == asked


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("different", "field", "says"),
    [
        ({"name": "  "}, "name", "现有 0 个字"),
        ({"name": "长" * 121}, "name", "现有 121 个字"),
        ({"note": "长" * 2001}, "note", "2001 个字"),
        ({"instrument": "nonsense"}, "instrument", "列表"),
        ({"instrument": "miit-2022"}, "instrument", "可以填报的"),
        ({"due_date": DAY}, "due_date", "应晚于今天 2026年3月16日"),
        ({"basis": "nonsense"}, "argument", "名单"),
        ({"basis": "title", "argument": "nonsense"}, "argument", "名单"),
        ({"basis": "industry", "argument": "ZZ"}, "argument", "名单"),
        ({"basis": "pilot"}, "basis", "没有企业"),
        ({"basis": "list", "codes": "x"}, "basis", "没有一行"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    cast: Cast, different: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused) as refused:
        open_campaign(cast.province, draft(cast.firm, **different), at=MOMENT)
    assert refused.value.field == field and says in refused.value.text.zh
    assert (Campaign.objects.count(), len(jobs())) == (0, 0)


def test_only_an_office_opens_one(cast: Cast) -> None:
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert):
        with pytest.raises(NotAllowed):
            open_campaign(acting, draft(cast.firm), at=MOMENT)


def test_codes_that_nobody_has_leave_the_good_rows(cast: Cast) -> None:
    stranger = make_uscc("420102", 77_777)
    codes = f"{cast.firm.organisation.uscc}\n{stranger}\n错\n"
    made, _ = open_campaign(cast.province, draft(codes=codes), at=MOMENT)
    assert names(made) == {cast.firm.organisation.name}
    assert not Organisation.objects.filter(uscc=stranger).exists()
