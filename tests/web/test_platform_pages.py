"""A platform reports its month; what is odd is marked, asked about, explained and confirmed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries
from dengta.catalogue.models import Entry, PlatformMonth
from dengta.registry.queries import policy
from tests.cast import MOMENT, Cast


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def platform(cast: Cast) -> Entry:
    return entries.enrol(
        "platform", cast.firm.organisation, "楚天工业互联网平台", award="PT2026-1",
        selected_by="省经信厅", selected_in="2026 年第一批", expires=None, key="platform/1",
        at=MOMENT,
    )  # fmt: skip


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def month(of: str, **figures: str) -> dict[str, object]:
    """What is sent for a month; each figure 100 unless said."""
    paper = SimpleUploadedFile("后台.pdf", b"%PDF-1.4 figures", content_type="application/pdf")
    told = {metric.id: "100" for metric in policy().pool.metrics}
    return {"month": of, "evidence": paper, **told, **figures}


def test_an_odd_month_is_asked_about_explained_and_confirmed(cast: Cast, platform: Entry) -> None:
    firm, province = desk(cast, cast.firm.actor), desk(cast, cast.province)
    page = f"/desk/platforms/{platform.pk}/"
    assert firm.post(page, month("2026-01")).status_code == 302
    assert firm.post(page, month("2026-02", firms="40")).status_code == 302
    odd = PlatformMonth.objects.get(month="2026-02-01")
    assert {one["id"] for one in odd.findings} == {"fell", "bound"}
    desk_page = f"/official/platforms/{odd.pk}/"
    assert "降为 40" in province.get(desk_page).content.decode()
    silent = province.post(desk_page, {"step": "doubt", "note": ""})
    assert silent.status_code == 422
    assert province.post(desk_page, {"step": "doubt", "note": "请说明"}).status_code == 302
    mended = month("2026-02", firms="120", smes="90", explanation="上月漏填")
    assert firm.post(page, mended).status_code == 302
    assert province.post(desk_page, {"step": "confirm"}).status_code == 302
    odd.refresh_from_db()
    assert (odd.state, odd.figures["firms"], odd.explanation) == ("confirmed", 120, "上月漏填")
    shown = Client().get(f"/catalogue/{platform.slug}/")
    assert [f"{one.month:%Y-%m}" for one in shown.context["months"]] == ["2026-02"]
    assert ">120<" in shown.content.decode()  # January waits for its confirmation


def test_a_month_is_reported_once_and_not_before_it_is_over(cast: Cast, platform: Entry) -> None:
    firm = desk(cast, cast.firm.actor)
    page = f"/desk/platforms/{platform.pk}/"
    early = firm.post(page, month(f"{MOMENT:%Y-%m}"))
    assert (early.status_code, "还没有结束" in early.content.decode()) == (422, True)
    assert firm.post(page, month("2026-01")).status_code == 302
    again = firm.post(page, month("2026-01", firms="999"))
    assert (again.status_code, "2026年1月 已经上报" in again.content.decode()) == (422, True)
    wrong = firm.post(page, month("2026-02", firms="十"))
    assert (wrong.status_code, "十" in wrong.content.decode()) == (422, True)
    assert PlatformMonth.objects.get().figures["firms"] == 100


def test_only_its_own_people_report_for_a_platform(cast: Cast, platform: Entry) -> None:
    rival = desk(cast, cast.rival.actor)
    assert rival.get(f"/desk/platforms/{platform.pk}/").status_code == 404
    assert rival.post(f"/desk/platforms/{platform.pk}/", month("2026-01")).status_code == 404
    assert not PlatformMonth.objects.exists()
