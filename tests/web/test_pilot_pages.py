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
from dengta.projects.models import PilotFirm, PilotMonth, PilotPlan
from dengta.registry.queries import policy
from tests.cast import MOMENT, Cast

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
    assert len(asked) == 2
    public = Client().get("/pilots/").content.decode()
    assert "已覆盖 1" in public


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
