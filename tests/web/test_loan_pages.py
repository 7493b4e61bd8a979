"""融资: the pages of a firm, of offices and of the public, wrong input included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.funding.actions.finance import Asked, revoke_authorisation
from dengta.funding.models import FundProject, LoanRequest, WhiteList
from dengta.rights.actions import give_consent
from dengta.rights.models import AccessLog, Grant
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.financing import (
    BANK,
    HEADING,
    OTHER_BANK,
    PRODUCT,
    built,
    fitting,
    pushed,
    recommended,
    requested,
)
from tests.tables import xlsx
from tests.working import work

OWN, OFFICE, PIPELINE = "/enterprise/loans/", "/official/loans/", "/official/fund-pipeline/"
ASK = {
    "bank": BANK, "asked_fen": "300", "use": "购买系统", "contract_number": "HT-1",
    "scope": ["revenue_fen", "employees"], "months": "6", "agree": "on",
}  # fmt: skip
PROJECT = {
    "product": "digital_economy_fund", "name": "柔性产线", "unit": "武汉市经信局",
    "asked_fen": "5000", "summary": "改造三条产线。",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT + ONE_DAY, tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def downloaded(client: Client, address: str) -> bool:
    """Whether a file comes, read to its end."""
    answer: Any = client.get(address)
    return answer.status_code == 200 and b"".join(answer).startswith(b"PK")


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# ---------------------------------------------------------------- the public


def test_the_catalogue_needs_no_sign_in(db: None) -> None:
    client = Client()
    said = text(client.get("/loans/"))
    assert "商业价值信用贷" in said and "总规模 100 亿元" in said.replace(
        "1,000,000 万元", "100 亿元"
    )
    said = text(client.get(f"/loans/{PRODUCT}/"))
    assert "鄂经信企业〔2025〕46号" in said and "湖北银行" in said and "最高 1,000万元" in said
    assert client.get("/loans/nothing/").status_code == 404


def test_the_way_to_ask_is_shown_to_whom_it_serves_and_others_read_who_asks(cast: Cast) -> None:
    page, way = f"/loans/{PRODUCT}/", f'href="{OWN}{PRODUCT}/"'
    public = Client().get(page).content.decode()
    assert way in public and "企业登录" in public
    assert way in desk(cast, cast.firm.actor).get(page).content.decode()
    for acting in (cast.province, cast.supplier.actor, cast.expert):
        shown = desk(cast, acting).get(page).content.decode()
        assert way not in shown and "由企业在企业工作台核对条件" in shown


# ---------------------------------------------------------------- the firm


def test_a_firm_sees_what_fits_and_why(cast: Cast) -> None:
    client = desk(cast, fitting(cast.firm).actor)
    assert "同意用企业档案比对" in text(client.get(OWN))
    give_consent(cast.firm.actor, "policy_matching")
    said = text(client.get(OWN))
    assert "授权并申请" in said and "逐条看依据" in said


def test_a_firm_authorises_and_asks_in_one_go_and_twice_is_once(cast: Cast) -> None:
    client = desk(cast, fitting(cast.firm).actor)
    page = client.get(f"{OWN}{PRODUCT}/")
    assert "营业收入：6,000万元" in text(page)
    for _ in range(2):
        answer = client.post(f"{OWN}{PRODUCT}/", ASK)
        request = LoanRequest.objects.get()
        assert answer.headers["Location"] == f"{OWN}requests/{request.pk}/"
    grant = Grant.objects.get()
    assert grant.scope == ["uscc", "employees", "revenue_fen"]
    assert "区县正在审核" in text(client.get(answer.headers["Location"]))


@pytest.mark.parametrize(("wrong", "says"), [
    ({"agree": ""}, "没有授权"), ({"bank": ""}, "还没有选择"), ({"bank": "nobody"}, "nobody"),
    ({"asked_fen": "5000"}, "请填"), ({"asked_fen": "很多"}, "不是数字"), ({"use": ""}, "用途"),
    ({"asked_fen": ""}, "申请金额 ：还没有填写，请补上。"),
    ({"months": "99"}, "99"), ({"scope": ["secrets"]}, "secrets"),
])  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_released(
    cast: Cast, wrong: dict[str, Any], says: str
) -> None:
    answer = desk(cast, fitting(cast.firm).actor).post(f"{OWN}{PRODUCT}/", ASK | wrong)
    assert answer.status_code == 422 and says in text(answer)
    assert not Grant.objects.exists() and not LoanRequest.objects.exists()


def test_a_firm_that_does_not_fit_sees_why_and_no_form(cast: Cast) -> None:
    client = desk(cast, cast.firm.actor)
    said = text(client.get(f"{OWN}{PRODUCT}/"))
    assert "还差" in said and "授权并提交申请" not in said
    assert client.post(f"{OWN}{PRODUCT}/", ASK).status_code == 422
    for other in ("digital_economy_fund", "nothing"):
        assert client.get(f"{OWN}{other}/").status_code == 404


def test_a_firm_revokes_and_reads_what_was_handed_out(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, at=MOMENT)
    client = desk(cast, cast.firm.actor)
    said = text(client.get("/enterprise/grants/"))
    assert listed.number in said and listed.rows.get().sha256 in said and "有效" in said
    grant = Grant.objects.get()
    revoke = f"/enterprise/grants/{grant.pk}/revoke/"
    assert desk(cast, cast.rival.actor).post(revoke).status_code == 404
    assert client.get(revoke).status_code == 405
    assert "即时生效" in text(client.post(revoke, follow=True))
    assert "已撤回" in text(client.post(revoke, follow=True))
    assert "授权与取用记录" in text(client.get("/enterprise/consent/"))


def test_a_returned_request_is_mended_or_withdrawn(cast: Cast) -> None:
    from dengta.funding.actions.finance import review

    request = requested(cast.firm)
    review(request, "return", cast.county, note="请写明用途。")
    client, page = desk(cast, cast.firm.actor), f"{OWN}requests/{request.pk}/"
    assert "请写明用途" in text(client.get(page)) and "请修改后重新提交" in text(client.get(page))
    wrong = client.post(f"{page}resubmit/", {"asked_fen": "x", "use": "设备"})
    assert wrong.status_code == 422 and "不是数字" in text(wrong)
    client.post(f"{page}resubmit/", {"asked_fen": "200", "use": "设备"})
    request.refresh_from_db()
    assert (request.state, request.asked_fen) == ("county_review", 200 * WAN)
    client.post(f"{page}take/", {"step": "withdraw"})
    assert client.post(f"{page}take/", {"step": "withdraw"}).status_code == 422
    assert client.post(f"{page}nonsense/").status_code == 404
    assert desk(cast, cast.rival.actor).get(page).status_code == 404


# ---------------------------------------------------------------- offices


def test_an_office_reviews_what_waits_for_it(cast: Cast) -> None:
    request = requested(cast.firm)
    requested(cast.firm, bank=OTHER_BANK, asked=Asked(WAN, "再贷", "HT-2026-01"))
    client, page = desk(cast, cast.county), f"{OFFICE}requests/{request.pk}/"
    said = text(client.get(OFFICE))
    assert request.number in said and "同一合同也用于" in said
    assert "请先核对" in text(client.get(page))
    assert client.post(f"{page}take/", {"step": "return"}).status_code == 422
    assert client.post(f"{page}take/", {"step": "list"}).status_code == 404
    client.post(f"{page}take/", {"step": "pass"})
    assert client.post(f"{page}take/", {"step": "pass"}).status_code == 422
    assert f"requests/{request.pk}/" not in client.get(OFFICE).content.decode()
    assert f"requests/{request.pk}/" in client.get(f"{OFFICE}?show=all").content.decode()
    assert desk(cast, cast.next_county).get(page).status_code == 404


def test_the_province_makes_pushes_and_hands_out_a_list(cast: Cast) -> None:
    recommended(cast, cast.firm, at=MOMENT)
    recommended(cast, cast.rival, at=MOMENT)
    client = desk(cast, cast.province)
    assert "可以列入" not in text(desk(cast, cast.city).get(OFFICE))
    assert "数据定格" in text(client.get(OFFICE))
    client.post(f"{OFFICE}build/", {"product": PRODUCT, "bank": BANK})
    listed = WhiteList.objects.get()
    page = f"{OFFICE}lists/{listed.pk}/"
    assert client.get(f"{page}file/").status_code == 404
    client.post(f"{page}step/take/", {"step": "push"})
    said = text(client.get(page))
    listed.refresh_from_db()
    assert listed.file is not None and listed.file.fingerprint in said and listed.sha256 in said
    assert downloaded(client, f"{page}file/")
    assert client.post(f"{page}step/take/", {"step": "push"}).status_code == 422
    assert client.post(f"{page}step/nonsense/").status_code == 404
    for wrong in ({"product": PRODUCT, "bank": "nobody"}, {}, {"product": PRODUCT, "bank": BANK}):
        assert client.post(f"{OFFICE}build/", wrong).status_code == 422
    for who in (cast.city, cast.county):
        assert desk(cast, who).get(page).status_code == 404


def test_a_file_with_somebody_who_revoked_is_not_handed_out(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, cast.rival, at=MOMENT)
    grant = Grant.objects.get(organisation=cast.firm.organisation)
    revoke_authorisation(cast.firm.actor, grant.pk)
    client, page = desk(cast, cast.province), f"{OFFICE}lists/{listed.pk}/"
    answer = client.get(f"{page}file/")
    assert answer.status_code == 422 and "重新生成文件" in text(answer)
    assert "企业已撤回授权" in text(client.get(page))
    with time_machine.travel(MOMENT + ONE_DAY * 1.001, tick=False):
        client.post(f"{page}step/reissue/")
        assert downloaded(client, f"{page}file/")
    assert AccessLog.objects.filter(grant=grant).count() == 1


def test_the_banks_file_is_imported_at_its_list(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, at=MOMENT)
    client, page = desk(cast, cast.province), f"{OFFICE}lists/{listed.pk}/"
    row = [listed.rows.get().request.number, "", "已放款", 200, 3.5, "", ""]
    for wrong in ({}, {"file": SimpleUploadedFile("a.pdf", b"%PDF")},
                  {"file": SimpleUploadedFile("a.xlsx", b"")}):  # fmt: skip
        answer = client.post(f"{page}answers/", wrong)
        assert answer.status_code == 422
        assert "需要修改" in text(answer)
    content = xlsx(答复=[HEADING, row])
    answer = client.post(f"{page}answers/", {"file": SimpleUploadedFile("a.xlsx", content)})
    work()
    assert "登记答复" in text(client.get(answer.headers["Location"]))
    again = client.post(f"{page}answers/", {"file": SimpleUploadedFile("a.xlsx", content)})
    assert again.headers["Location"] == answer.headers["Location"]
    assert "3.5 %" in text(client.get(page)) and "200.00" in text(client.get(page))
    own = desk(cast, cast.firm.actor)
    assert "已放款" in text(own.get(f"{OWN}requests/{LoanRequest.objects.get().pk}/"))


def test_closing_a_list_needs_a_reason_while_answers_are_open(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, at=MOMENT)
    client, page = desk(cast, cast.province), f"{OFFICE}lists/{listed.pk}/"
    assert client.post(f"{page}step/answer/").status_code == 422
    assert client.post(f"{page}step/answer/", {"note": "银行停办。"}).status_code == 302


# ---------------------------------------------------------------- the fund


def test_a_project_is_registered_and_decided(cast: Cast) -> None:
    uscc, client = cast.firm.organisation.uscc, desk(cast, cast.city)
    for wrong in ({"uscc": "x"}, {"asked_fen": "0"}, {"name": ""}, {"product": "none"}):
        assert client.post(PIPELINE, PROJECT | {"uscc": uscc} | wrong).status_code == 422
    for _ in range(2):
        client.post(PIPELINE, PROJECT | {"uscc": uscc})
    project = FundProject.objects.get()
    page, office = f"{PIPELINE}{project.pk}/", desk(cast, cast.province)
    for step in ("screen", "examine"):
        office.post(f"{page}take/", {"step": step})
    for wrong in ("", "很多", "0", "6000"):
        assert office.post(f"{page}decide/", {"decided": wrong}).status_code == 422
    assert client.post(f"{page}decide/", {"decided": "1"}).status_code == 422
    office.post(f"{page}decide/", {"decided": "4000"})
    assert "已决定投资" in text(office.get(f"{PIPELINE}?state=decided"))
    assert office.post(f"{page}nonsense/").status_code == 404
    assert "柔性产线" in text(desk(cast, cast.firm.actor).get(OWN))
    assert desk(cast, cast.next_city).get(page).status_code == 404


# ---------------------------------------------------------------- who, and how many queries


def test_each_desk_has_its_own_pages(cast: Cast) -> None:
    for page in (OWN, f"{OWN}{PRODUCT}/", "/enterprise/grants/"):
        for who in (cast.county, cast.supplier.actor, cast.expert):
            assert desk(cast, who).get(page).status_code == 403
        assert Client().get(page).status_code == 302
    for page in (OFFICE, PIPELINE):
        assert desk(cast, cast.firm.actor).get(page).status_code == 403


def test_lists_cost_the_same_however_long(cast: Cast) -> None:
    def costs() -> list[int]:
        listed = WhiteList.objects.get()
        own, office = desk(cast, cast.firm.actor), desk(cast, cast.province)
        return [
            queries(own, OWN), queries(own, "/enterprise/grants/"),
            queries(office, OFFICE), queries(office, f"{OFFICE}?show=all"),
            queries(office, f"{OFFICE}lists/{listed.pk}/"), queries(office, PIPELINE),
        ]  # fmt: skip

    from dengta.funding.actions.finance_fund import Project, register_project

    def grow(firms: list[Any], name: str, bank: str) -> None:
        for firm in firms:
            recommended(cast, firm, at=MOMENT)
            uscc = firm.organisation.uscc
            register_project(
                cast.city, "digital_economy_fund", uscc, Project(name, "x", "市", WAN), at=MOMENT
            )
        built(cast, MOMENT)
        requested(cast.firm, bank=bank)

    give_consent(cast.firm.actor, "policy_matching")
    grow([cast.firm], "一", OTHER_BANK)
    before = costs()
    grow([cast.enrol(f"more-{n}") for n in range(3)], "二", "ccb-hubei")
    assert costs() == before
