"""Pages of clawbacks: each desk sees its part, a form tells what is wrong, a click counts once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.funding.actions import clawbacks as actions
from dengta.funding.models import Clawback
from dengta.registry.actions import sanction
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.funding.clawback_cast import clawback, decision, finding, paid_claim

NEW = "/official/clawbacks/new/"


def at_desk(cast: Cast, acting: Actor) -> Client:
    made = Client()
    made.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return made


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_case_is_opened_from_a_claim_once_and_never_for_more_than_was_paid(cast: Cast) -> None:
    claim, client = paid_claim(cast), at_desk(cast, cast.city)
    page = text_of(client.get(f"{NEW}?claim={claim.number}&origin=hit"))
    assert "100000.00" in page and claim.number in page and "申领时同意的条款" in page
    form = {
        "claim": claim.number,
        "origin": "audit",
        "amount": "200000",
        "grounds": "重复",
        "key": "a",
    }
    refused = client.post(NEW, form)
    assert refused.status_code == 422 and "已付且尚未追回" in text_of(refused)
    form["amount"] = "100,000.00"
    first, second = client.post(NEW, form), client.post(NEW, form)
    case = Clawback.objects.get()
    assert first["Location"] == second["Location"] == f"/official/clawbacks/{case.pk}/"
    assert client.post(NEW, form | {"claim": "SL2026-999999"}).status_code == 422
    assert at_desk(cast, cast.county).get(NEW).status_code == 403
    assert at_desk(cast, cast.next_city).get(f"/official/clawbacks/{case.pk}/").status_code == 404


def test_the_whole_way_through_the_pages(cast: Cast) -> None:
    now = timezone.now()
    case = actions.open_clawback(paid_claim(cast, at=now - 100 * ONE_DAY), cast.city, finding(),
                                 key="k", at=now)  # fmt: skip
    city, firm = at_desk(cast, cast.city), at_desk(cast, cast.firm.actor)
    province = at_desk(cast, cast.province)
    official, own = f"/official/clawbacks/{case.pk}/", f"/enterprise/clawbacks/{case.pk}/"
    assert firm.get(own).status_code == 404  # nothing before the notice
    assert city.post(f"{official}take/", {"step": "notice"}).status_code == 302
    assert "同一发票" in text_of(firm.get(own)) and "陈述和申辩" in text_of(firm.get(own))
    assert firm.post(f"{own}defend/", {"text": ""}).status_code == 422
    assert firm.post(f"{own}defend/", {"text": "情况不是这样。"}).status_code == 302
    page = text_of(province.get(official))
    assert "情况不是这样。" in page and "决定文号" in page
    typed = {
        "text": "属实。",
        "number": "鄂经信追1号",
        "amount": "100000",
        "count": "2",
        "years": "1",
    }
    due = (now + 200 * ONE_DAY).date().isoformat()
    assert province.post(f"{official}decide/", typed | {"due": "2020-01-01"}).status_code == 422
    assert province.post(f"{official}decide/", typed | {"due": due}).status_code == 302
    case.refresh_from_db()
    assert case.state == "decided" and case.repayments.count() == 2
    assert "接受后决定立即生效" in text_of(firm.get(own))
    assert firm.post(f"{own}take/", {"step": "accept"}).status_code == 302
    assert cast.firm.organisation.name in text_of(Client().get("/sanctions/"))
    slip = {"amount": "40000", "slip": "P1", "day": timezone.localdate().isoformat()}
    assert city.post(f"{official}repay/", slip).status_code == 302
    assert "40,000.00" in text_of(city.get(official)) and "P1" in text_of(firm.get(own))
    assert (
        city.post(f"{official}repay/", slip | {"slip": "P2", "amount": "60001"}).status_code == 422
    )
    undone = {"entry": "slip/P1", "note": "录错了。"}
    assert city.post(f"{official}undo/", undone).status_code == 302
    assert city.post(f"{official}nonsense/").status_code == 404
    listed = text_of(city.get("/official/clawbacks/?state=collecting"))
    assert case.number in listed and "追回率" in listed


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_notice_and_decision_are_papers_for_both_sides_once_they_are_made(
    cast: Cast, language: str
) -> None:
    case = clawback(cast, "heard")
    own, official = at_desk(cast, cast.firm.actor), at_desk(cast, cast.city)
    for client in (own, official):
        client.cookies["django_language"] = language
    for client, desk in ((own, "enterprise"), (official, "official")):
        base = f"/{desk}/clawbacks/{case.pk}/letters/"
        made = client.get(f"{base}notice/")
        assert made["Content-Type"] == "application/pdf" and made.content.startswith(b"%PDF")
        assert client.get(f"{base}decision/").status_code == 404
        assert client.get(f"{base}nonsense/").status_code == 404
    actions.decide(case, cast.province, decision(sanction_years=2), at=MOMENT)
    assert own.get(f"/enterprise/clawbacks/{case.pk}/letters/decision/").status_code == 200
    stranger = at_desk(cast, cast.rival.actor)
    assert stranger.get(f"/enterprise/clawbacks/{case.pk}/letters/notice/").status_code == 404


def test_a_sanction_is_lifted_with_a_reason_by_its_office(cast: Cast) -> None:
    day = timezone.localdate()
    held = sanction(
        cast.firm.organisation, grounds="虚报", document_number="1号", from_date=day,
        until_date=day + 9 * ONE_DAY, source="clawback", source_id=1, by=cast.city,
    )  # fmt: skip
    url, city = f"/official/sanctions/{held.pk}/lift/", at_desk(cast, cast.city)
    assert at_desk(cast, cast.next_city).post(url, {"note": "整改"}).status_code == 404
    city.post(url, {"note": " "})
    held.refresh_from_db()
    assert held.lifted_at is None
    city.post(url, {"note": "已整改。"})
    held.refresh_from_db()
    assert held.lifted_reason == "已整改。"
    assert "名单里没有单位" in text_of(Client().get("/sanctions/"))


def test_the_lists_ask_as_often_for_many_as_for_few(cast: Cast) -> None:
    city = at_desk(cast, cast.city)
    city.get("/official/clawbacks/")
    counts = []
    for n in range(2):
        for _ in range(1 + 3 * n):
            clawback(cast, "noticed", paid_claim(cast))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert city.get("/official/clawbacks/").status_code == 200
        with CaptureQueriesContext(connection) as own:
            at_desk(cast, cast.firm.actor).get("/enterprise/clawbacks/")
        counts.append((len(seen), len(own)))
    assert counts[0] == counts[1]
