"""Pages of awards: the public list and its files, the holder's page, the desk, the instant list."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.programmes.actions import proceedings as act
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries import simulation as trial
from dengta.registry.actions import state_facts
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.programmes.given import awarded

BACKEND = "django.contrib.auth.backends.ModelBackend"
TEXT = {"text": "场景持续开放，服务 132 家单位。", "key": "once"}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)
    trial._kept.cache_clear()


def client_of(cast: Cast, actor: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(actor), BACKEND)
    return client


def shown(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def test_the_public_list_shows_present_and_former_name_in_page_and_file(cast: Cast) -> None:
    award = awarded(cast, holder_name="江岸智造股份有限公司")
    page = shown(Client(), "/awards/")
    assert "江岸智造股份有限公司" in page and award.awarded_name in page
    for form in ("csv", "xlsx"):
        response = Client().get(f"/awards/list/zh/?form={form}&words=江岸智造")
        content = b"".join(response)  # type: ignore[arg-type]
        assert response.status_code == 200 and len(content) > 100
        if form == "csv":
            assert f"江岸智造股份有限公司,{award.awarded_name}" in content.decode("utf-8-sig")
    assert "没有符合条件" in shown(Client(), "/awards/?standing=revoked&year=x&division=nowhere")


def test_the_list_asks_as_much_of_the_database_for_one_as_for_many(cast: Cast) -> None:
    asked = []
    for length in (1, 5):
        while Award.objects.count() < length:
            awarded(cast)
        with CaptureQueriesContext(connection) as captured:
            shown(Client(), "/awards/")
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 6


def test_the_code_of_a_certificate_leads_from_verification_to_the_award(cast: Cast) -> None:
    award = awarded(cast)
    assert Client().get(f"/verify/{award.code}/").headers["Location"] == f"/awards/{award.code}/"
    assert "证书属实，认定有效" in shown(Client(), f"/awards/{award.code}/")
    Award.objects.filter(pk=award.pk).update(state="revoked", revoked_at=MOMENT)
    assert "证书不能再用" in shown(Client(), f"/awards/{award.code}/")
    shown(Client(), "/awards/ABCDEFGHJKLM/", 404)


def test_a_holder_takes_the_certificate_and_asks_for_a_renewal_once(cast: Cast) -> None:
    award = awarded(cast, expires_date=DAY + 30 * ONE_DAY)
    client, address = client_of(cast, cast.firm.actor), f"/applications/awards/{award.pk}/"
    assert "申请续期" in shown(client, address)
    paper = client.get(f"{address}certificate/zh/")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert client.post(f"{address}ask/renewal/", {"text": " "}).status_code == 422
    for _ in range(2):
        assert client.post(f"{address}ask/renewal/", TEXT).status_code == 302
    case = Proceeding.objects.get()
    page = shown(client, address)
    assert case.number in page and "提交续期申请" not in page
    assert client.post(f"/applications/proceedings/{case.pk}/withdraw/").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_nobody_else_sees_or_answers_for_the_holder(cast: Cast) -> None:
    award = awarded(cast)
    for actor in (cast.rival.actor, cast.city):
        client = client_of(cast, actor)
        shown(client, f"/applications/awards/{award.pk}/", 404)
        assert client.post(f"/applications/awards/{award.pk}/ask/renewal/", TEXT).status_code == 404
    assert Client().get(f"/applications/awards/{award.pk}/").status_code == 302
    shown(client_of(cast, cast.next_city), f"/official/awards/{award.pk}/", 404)


def test_a_charge_goes_through_the_pages_with_a_defence_and_its_file(cast: Cast) -> None:
    award = awarded(cast)
    desk, holder = client_of(cast, cast.province), client_of(cast, cast.firm.actor)
    address = f"/official/awards/{award.pk}/"
    assert desk.post(address, {"kind": "", "grounds": ""}).status_code == 422
    opened = desk.post(address, {"kind": "revocation", "grounds": "已停止开放。", "key": "a"})
    case = Proceeding.objects.get()
    assert opened.headers["Location"] == f"/official/proceedings/{case.pk}/"
    assert "已停止开放" not in shown(holder, f"/applications/awards/{award.pk}/")
    step = f"/official/proceedings/{case.pk}/take/"
    assert desk.post(step, {"step": "serve", "note": ""}).status_code == 422
    assert desk.post(step, {"step": "serve", "note": "拟撤销认定。"}).status_code == 302
    assert "拟撤销认定" in shown(holder, f"/applications/awards/{award.pk}/")
    defence = {"text": "下月恢复开放。", "file": SimpleUploadedFile("方案.pdf", b"%PDF-1")}
    answered = holder.post(f"/applications/proceedings/{case.pk}/defend/", defence)
    assert answered.status_code == 302
    case.refresh_from_db()
    assert case.state == "heard"
    file = f"/documents/{case.defence_file_id}/"
    assert b"".join(desk.get(file)) == b"%PDF-1"  # type: ignore[arg-type]
    assert client_of(cast, cast.rival.actor).get(file).status_code == 404
    assert desk.post(step, {"step": "decide", "decision": "撤销认定。"}).status_code == 302
    assert "申请复核" in shown(holder, f"/applications/awards/{award.pk}/")
    appealed = holder.post(f"/applications/proceedings/{case.pk}/appeal/", TEXT)
    assert appealed.status_code == 302
    assert desk.post(step, {"step": "nonsense"}).status_code == 404


def test_a_city_reads_the_proceedings_of_its_territory_and_takes_no_step(cast: Cast) -> None:
    award = awarded(cast)
    case = act.open_proceeding(
        award, cast.province, "revocation", grounds="已停止开放。", key="k", at=MOMENT
    )
    desk = client_of(cast, cast.city)
    assert case.number in shown(desk, "/official/awards/")
    assert "送达告知书" not in shown(desk, f"/official/proceedings/{case.pk}/")
    served = desk.post(f"/official/proceedings/{case.pk}/take/", {"step": "serve", "note": "拟。"})
    assert served.status_code == 422
    assert "查到问题" not in shown(desk, f"/official/awards/{award.pk}/")


def test_the_list_of_an_instant_round_is_made_and_signed_from_its_page(cast: Cast) -> None:
    state_facts(cast.firm.actor, {"cross_tier": "national", "cross_first_time": True})
    state_facts(cast.rival.actor, {"cross_tier": "provincial"})
    round = stage.opened(cast, "cross_platform", name="2026 年“双跨”平台奖补")
    desk, address = client_of(cast, cast.province), f"/official/rounds/{round.pk}/instant/"
    assert "名单还没有生成" in shown(desk, address)
    assert desk.post(f"{address}compute/").status_code == 302
    page = shown(desk, f"{address}?short=fact:cross_first_time")
    assert cast.firm.organisation.name in page and cast.rival.organisation.name in page
    assert desk.post(f"{address}sign/", {"signed_by": "周处长"}).status_code == 422
    shown(desk, f"/official/rounds/{stage.opened(cast).pk}/instant/", 404)
    shown(client_of(cast, cast.city), address, 403)
