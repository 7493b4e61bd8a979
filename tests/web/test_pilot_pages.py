"""Pilots on their pages: from the plan to the monthly report, wrong input said with its mend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.monitoring.actions import pilot_months
from dengta.monitoring.queries.pilots import board
from dengta.programmes.models import Application, Award
from dengta.projects.models import PilotFirm, PilotMonth, PilotPlan
from dengta.projects.queries.pilots import waiting
from dengta.registry.queries import policy
from dengta.trail.actions import begin
from dengta.trail.models import Notice
from tests.cast import MOMENT, Cast
from tests.programmes.given import awarded, round_of

FORM = {
    "title": "武汉市试点实施方案", "from_date": "2026-01-01", "until_date": "2027-12-31",
    "firms": "200", "level_2_firms": "150", "money_fen": "3000",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def filed(cast: Cast, city: Client, province: Client) -> PilotPlan:
    """A plan written, sent and filed through the pages."""
    industry = next(iter(policy().sub_industries))
    paper = SimpleUploadedFile("方案.pdf", b"%PDF-1.4 plan", content_type="application/pdf")
    sent = FORM | {"key": "one", "industries": [industry], "file": paper}
    assert city.post("/official/pilots/new/", sent).status_code == 302
    plan = PilotPlan.objects.get()
    for client, step in ((city, "submit"), (province, "file")):
        answer = client.post(f"/official/pilots/{plan.pk}/step/", {"step": step})
        assert answer.status_code == 302, answer.content.decode()
    plan.refresh_from_db()
    return plan


def test_a_plan_is_written_sent_and_filed_and_firms_are_listed(cast: Cast) -> None:
    city, province = desk(cast, cast.city), desk(cast, cast.province)
    wrong = city.post("/official/pilots/new/", FORM | {"until_date": "2025-01-01"})
    assert wrong.status_code == 422
    assert "武汉市试点实施方案" in wrong.content.decode()
    plan = filed(cast, city, province)
    assert (plan.state, plan.money_fen, plan.targets["firms"]) == ("in_force", 3_000_000_000, 200)
    page = f"/official/pilots/{plan.pk}/"
    unknown = city.post(f"{page}list/", {"uscc": "9142", "reason": "首批"})
    assert (unknown.status_code, "9142" in unknown.content.decode()) == (422, True)
    uscc = cast.firm.organisation.uscc
    silent = city.post(f"{page}list/", {"uscc": uscc, "reason": ""})
    assert (silent.status_code, "理由" in silent.content.decode()) == (422, True)
    for _ in range(2):
        assert city.post(f"{page}list/", {"uscc": uscc, "reason": "首批"}).status_code == 302
    firm = PilotFirm.objects.get()
    answer = city.post(f"{page}firms/{firm.pk}/", {"step": "withdraw", "reason": "停产"})
    assert answer.status_code == 302
    shown = province.get(page).content.decode()
    assert "停产" in shown
    assert cast.firm.organisation.name in shown
    assert province.post(f"{page}list/", {"uscc": uscc, "reason": "x"}).status_code == 403


def test_the_board_counts_divisions_and_reads_them_at_once(cast: Cast) -> None:
    filed(cast, desk(cast, cast.city), desk(cast, cast.province))
    assert {row.region.code: row.coverage for row in board("pilot_city")}["420100"] == "covered"
    with CaptureQueriesContext(connection) as asked:
        assert len(board("pilot_city")) == 17
    assert len(asked) == 4
    public = Client().get("/pilots/").content.decode()
    assert "已覆盖 1" in public


def test_a_division_applies_from_its_application_on_and_is_covered_by_a_county(
    cast: Cast,
) -> None:
    def coverage(programme: str, division: str) -> str:
        return {row.region.code: row.coverage for row in board(programme)}[division]

    round = round_of(cast, "pilot_city")
    applied = Application(
        round=round, applicant_code="420500", applicant_name="宜昌市", title="宜昌市试点",
        region_code="420500", key="pilot", created_at=MOMENT,
    )  # fmt: skip
    begin(applied, by=cast.official("yichang", "city", "420500"))
    assert coverage("pilot_city", "420500") == "none"  # a draft is nobody's business
    Application.objects.filter(pk=applied.pk).update(
        state="formal_check", submitted_at=MOMENT, policy_digest="0" * 64
    )
    assert coverage("pilot_city", "420500") == "applying"
    assert "正在申报，还没有实施方案" in Client().get("/pilots/").content.decode()

    plan = filed(cast, desk(cast, cast.county), desk(cast, cast.province))
    assert (plan.programme, plan.region_code) == ("pilot_county", "420102")
    assert coverage("pilot_county", "420100") == "covered"


def test_a_plan_keeps_the_award_it_follows_from_and_the_share_its_fund_asks_for(
    cast: Cast,
) -> None:
    award = awarded(
        cast, round=round_of(cast, "pilot_city"), programme="pilot_city", number="HB-SD-2026-01"
    )
    Application.objects.filter(pk=award.application_id).update(applicant_code="420100")
    Award.objects.filter(pk=award.pk).update(organisation=None)
    city = desk(cast, cast.city)
    plan = filed(cast, city, desk(cast, cast.province))
    (fund,) = [one for one in policy().funds if one.id == "pilot-city-2026"]
    assert (plan.award_id, plan.firms_bps) == (award.pk, fund.enterprise_bps)
    assert "HB-SD-2026-01" in city.get(f"/official/pilots/{plan.pk}/").content.decode()


def test_a_step_that_came_too_late_says_so_though_nothing_is_left_to_do(cast: Cast) -> None:
    city = desk(cast, cast.city)
    plan = filed(cast, city, desk(cast, cast.province))
    again = city.post(f"/official/pilots/{plan.pk}/step/", {"step": "submit"})
    assert (again.status_code, "刚刚已由他人办理" in again.content.decode()) == (422, True)


def test_what_waits_for_an_office_stands_in_its_queue(cast: Cast) -> None:
    city, province = desk(cast, cast.city), desk(cast, cast.province)
    plan = filed(cast, city, province)
    assert [waiting(one) for one in (cast.city, cast.province)] == [0, 0]
    PilotPlan.objects.filter(pk=plan.pk).update(state="review")
    assert waiting(cast.province) == 1
    assert "/official/pilots/" in province.get("/official/").content.decode()
    PilotPlan.objects.filter(pk=plan.pk).update(state="in_force")
    pilot_months(dt.date(2026, 4, 1))
    assert [waiting(one) for one in (cast.city, cast.province)] == [1, 0]


def test_the_months_stay_with_the_pilot_when_its_plan_is_renewed(cast: Cast) -> None:
    city, province = desk(cast, cast.city), desk(cast, cast.province)
    filed(cast, city, province)
    april = dt.date(2026, 4, 2)
    assert pilot_months(april) == 1
    sent = FORM | {"key": "two", "industries": ["auto_parts"], "title": "修订版"}
    second = city.post("/official/pilots/new/", sent)["Location"]
    for client, step in ((city, "submit"), (province, "file")):
        assert client.post(f"{second}step/", {"step": step}).status_code == 302
    assert pilot_months(april) == 0  # the month was reported under the edition before
    month = PilotMonth.objects.get()
    assert f"months/{month.pk}/" in city.get(second).content.decode()


def test_a_month_is_frozen_once_and_sent_once(cast: Cast) -> None:
    city = desk(cast, cast.city)
    plan = filed(cast, city, desk(cast, cast.province))
    next_month = (MOMENT.date().replace(day=1) + dt.timedelta(days=40)).replace(day=1)
    assert pilot_months(next_month) == 1
    assert pilot_months(next_month) == 0
    month = PilotMonth.objects.get()
    page = f"/official/pilots/{plan.pk}/months/{month.pk}/"
    assert city.get(page).status_code == 200
    assert city.post(page, {"note": "三季度提速"}).status_code == 302
    assert city.post(page, {"note": "再改"}).status_code == 422
    month.refresh_from_db()
    assert (month.note, month.figures["listed"]) == ("三季度提速", 0)
    told = Notice.objects.filter(event__flow="pilot_month").order_by("id")
    assert list(told.values_list("user", "event__step")) == [
        (cast.city.user_id, "frozen"), (cast.province.user_id, "sent"),
    ]  # fmt: skip
