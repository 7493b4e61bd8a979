"""账本 and 对账单: who may see which, where each line leads, what is taken away."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from dengta.accounts.queries import Actor
from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.vouchers_redeeming import redeem, reverse_redemption
from dengta.funding.models import Voucher
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.vouchers import money_of
from dengta.ledger import actions as ledger
from dengta.ledger import queries as accounts
from dengta.ledger.actions.reconciling import reconcile
from dengta.ledger.models import Account, Reconciliation
from dengta.registry.queries import policy
from dengta.trail.models import Job
from dengta.web.books import account_name
from tests.cast import MOMENT, WAN, Cast
from tests.ledger import plain
from tests.working import work

BOOKS = "/official/books/"
POOL = f"{BOOKS}account/pool/cloud-voucher-2026/"
OWN = "/enterprise/statement/"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT + dt.timedelta(days=30), tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def content(answer: Any) -> bytes:
    """A file to its end, which closes it."""
    return b"".join(answer)


def status(client: Client, page: str) -> int:
    answer = client.get(page)
    content(answer)
    return answer.status_code


def firm_page(cast: Cast) -> str:
    return f"{BOOKS}firm/{cast.firm.organisation.uscc}/"


# ---------------------------------------------------------------- the proof


def test_an_office_sees_when_the_books_were_proved_and_that_nothing_differs(cast: Cast) -> None:
    cast.paid_voucher()
    client = desk(cast, cast.county)
    assert "还没有核对过" in text(client.get(BOOKS))
    reconcile()
    said = text(client.get(BOOKS))
    assert "与各账户余额没有差异" in said and "2026年4月15日" in said
    assert "核对转账 7 笔" in said and "差异 0 处" in said
    assert "没有差异" in text(client.get("/official/pool/"))


def test_each_difference_is_shown_with_its_account_to_the_province(cast: Cast) -> None:
    cast.voucher("redeemed")
    code = payable_code(cast.firm.organisation.uscc)
    Account.objects.filter(code=code).update(debits_posted_fen=1_00)
    reconcile()
    said = text(desk(cast, cast.province).get(BOOKS))
    assert "有 1 处与转账合计不符" in said
    assert f"{code} 借方入账 1.00 0.00" in said
    assert code not in text(desk(cast, cast.next_city).get(BOOKS))
    assert "请立即停止拨付并核查" in text(desk(cast, cast.province).get("/official/pool/"))


def test_only_the_province_has_the_books_proved_anew(cast: Cast) -> None:
    assert desk(cast, cast.city).post(f"{BOOKS}prove/").status_code == 403
    answer = desk(cast, cast.province).post(f"{BOOKS}prove/", follow=True)
    assert "已重新核对全部转账" in text(answer)
    assert Reconciliation.objects.count() == 1


# ---------------------------------------------------------------- statements


def test_a_payment_leads_to_its_verdict_and_evidence_in_two_clicks(cast: Cast) -> None:
    cast.paid_voucher()
    client = desk(cast, cast.province)
    page = client.get(firm_page(cast)).content.decode()
    payment = re.search(r'href="(/official/payments/\d+/)"', page[page.index("拨付到企业账户") :])
    assert payment is not None
    matter = client.get(payment[1])
    assert "资格判定" in text(matter)
    evidence = re.search(r'href="(/documents/\d+/)"', matter.content.decode())
    assert evidence is not None and content(client.get(evidence[1]))


def test_a_statement_closes_where_the_account_stands(cast: Cast) -> None:
    cast.paid_voucher()
    code = "pool/cloud-voucher-2026"
    page = desk(cast, cast.province).get(f"{BOOKS}account/{code}/").context["shown"]
    standing = accounts.balance(code)
    assert standing is not None
    assert page.statement.closing_fen == standing.left_fen == 4_997 * WAN


def test_a_firm_is_found_by_its_code_or_a_part_of_its_name(cast: Cast) -> None:
    uscc, name = cast.firm.organisation.uscc, cast.firm.organisation.name
    client = desk(cast, cast.county)
    for words in (f" {uscc.lower()} ", name[:6]):
        assert client.get(BOOKS, {"q": words}).headers["Location"] == firm_page(cast)
    assert "没有找到“不存在”" in text(client.get(BOOKS, {"q": "不存在"}))
    elsewhere = desk(cast, cast.next_county).get(BOOKS, {"q": uscc})
    assert elsewhere.status_code == 200 and name not in text(elsewhere)


def test_offices_see_the_accounts_of_their_own_firms_and_the_province_all(cast: Cast) -> None:
    cast.voucher("redeemed")
    uscc = cast.firm.organisation.uscc
    own = [firm_page(cast), f"{BOOKS}account/payable/{uscc}/"]
    whole = [POOL, f"{BOOKS}programme/cloud_voucher/", f"{BOOKS}account/bank/outgoing/"]
    export = [f"{BOOKS}export/beancount/"]
    seen = {
        acting.name: [status(desk(cast, acting), page) for page in own + whole + export]
        for acting in (cast.county, cast.city, cast.next_city, cast.province)
    }
    assert seen == {
        "county": [200, 200, 404, 404, 404, 403],
        "city": [200, 200, 404, 404, 404, 403],
        "next_city": [404, 404, 404, 404, 404, 403],
        "province": [200] * 6,
    }
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert):
        pages = [BOOKS, *own, *whole, *export]
        assert {desk(cast, acting).get(page).status_code for page in pages} == {403}
    assert Client().get(BOOKS).status_code == 302


def test_accounts_that_are_not_there_are_not_found(cast: Cast) -> None:
    client = desk(cast, cast.province)
    pages = ("account/pool/none/", "firm/nonsense/", "programme/none/", "export/pdf/")
    assert {client.get(BOOKS + page).status_code for page in pages} == {404}


def test_a_firm_sees_its_own_money_and_nobody_elses(cast: Cast) -> None:
    mine, other = cast.paid_voucher(), cast.voucher("issued", cast.rival)
    answer = desk(cast, cast.firm.actor).get(OWN)
    page, said = answer.content.decode(), text(answer)
    assert re.search(r"核销服务券，待结算.*核销结算.*拨付到企业账户", said)
    assert f'href="/enterprise/claims/{mine.claims.get().pk}/"' in page and other.number not in said
    assert "已拨付 3万元" in said and "等待拨付 0元" in said and "2026 年还可申领 17万元" in said
    for acting in (cast.county, cast.province, cast.supplier.actor):
        assert desk(cast, acting).get(OWN).status_code == 403


def test_what_waits_for_payment_is_the_same_above_and_in_the_lines(cast: Cast) -> None:
    redeem(cast.voucher("issued"), cast.firm.actor, at=MOMENT)
    answer = desk(cast, cast.firm.actor).get(OWN)
    said = text(answer)
    assert "等待拨付 3万元" in said
    assert re.search(r"到 \d{4}年\d+月\d+日，等待拨付 30,000.00 元，其中 30,000.00 元 已核定", said)
    assert [row["waiting"] for row in answer.context["shown"].rows] == [3 * WAN]


def test_a_firm_without_money_reads_what_will_stand_there(cast: Cast) -> None:
    assert "这段时间没有资金往来" in text(desk(cast, cast.firm.actor).get(OWN))


def test_money_that_was_taken_back_is_neither_redeemed_nor_paid(cast: Cast) -> None:
    voucher, uscc = cast.paid_voucher(), cast.firm.organisation.uscc
    money = money_of(uscc, 2026)
    assert (money.open_fen, money.redeemed_fen, money.paid_fen) == (0, 3 * WAN, 3 * WAN)
    claim = voucher.claims.get()
    reverse_redemption(claim, cast.province, note="退款", slip="TK-1", at=MOMENT)
    money = money_of(uscc, 2026)
    assert (money.open_fen, money.redeemed_fen, money.paid_fen) == (3 * WAN, 0, 0)


def test_days_that_are_none_or_turned_round_are_put_right(cast: Cast) -> None:
    cast.paid_voucher()
    client = desk(cast, cast.firm.actor)
    turned = client.get(OWN, {"since": "2026-03-16", "until": "2026-03-01"}).context["period"]
    assert (turned.since.isoformat(), turned.until.isoformat()) == ("2026-03-01", "2026-03-16")
    broken = client.get(OWN, {"since": "gestern", "until": "2026-02-31", "page": "x"})
    assert broken.context["period"].since == dt.date(2026, 1, 1)
    none = client.get(OWN, {"since": "2026-03-17", "until": "2026-04-01"})
    assert "这段时间没有资金往来" in text(none)


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_pages_take_the_same_queries_however_much_there_is(cast: Cast) -> None:
    cast.paid_voucher()
    reconcile()
    province, firm = desk(cast, cast.province), desk(cast, cast.firm.actor)
    pages = [(province, BOOKS), (province, POOL), (province, firm_page(cast)), (firm, OWN)]
    once = [queries_of(*page) for page in pages]
    for acting in (cast.firm, cast.rival, cast.firm):
        cast.paid_voucher(acting)
    reconcile()
    assert [queries_of(*page) for page in pages] == once


# ---------------------------------------------------------------- to take away


def test_the_ledger_is_taken_away_as_text_that_adds_up(cast: Cast) -> None:
    cast.paid_voucher()
    answer = desk(cast, cast.province).get(f"{BOOKS}export/beancount/")
    found = plain.read(content(answer).decode())
    assert found.faults == [] and found.asserted == Account.objects.count()
    assert found.balances["Assets:Bank:Outgoing"] == -3 * WAN
    assert "2026-04-15.beancount" in answer.headers["Content-Disposition"]


def test_a_long_ledger_is_written_behind_the_pages(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.paid_voucher()
    monkeypatch.setattr(type(policy()), "practised", lambda *asked: 1)
    client = desk(cast, cast.province)
    assert client.get(f"{BOOKS}export/beancount/").headers["Location"] == BOOKS
    page = client.get(BOOKS).content.decode()
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None and f'action="{BOOKS}export/beancount/job/"' in page
    for _ in range(2):
        made = client.post(f"{BOOKS}export/beancount/job/", {"key": key[1]})
    job = Job.objects.get()
    assert made.headers["Location"] == f"/jobs/{job.pk}/"
    work()
    job.refresh_from_db()
    assert job.result is not None and job.done == job.total == 7
    file = client.get(f"/documents/{job.result.pk}/")
    assert plain.read(content(file).decode()).faults == []
    assert desk(cast, cast.city).get(f"/documents/{job.result.pk}/").status_code == 404
    assert desk(cast, cast.city).post(f"{BOOKS}export/xlsx/job/").status_code == 403
    assert "请缩短起止日期" in text(client.get(POOL))


def test_a_statement_is_taken_away_as_a_workbook(cast: Cast) -> None:
    cast.paid_voucher()
    answer = desk(cast, cast.firm.actor).get(OWN, {"take": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(BytesIO(content(answer))).get_sheet_by_name("对账单")
    rows = sheet.to_python()
    assert [row[2] for row in rows] == ["转账类型", "预留", "结算", "入账"]
    assert [row[8] for row in rows[1:]] == [0, 30_000, 0]


def test_a_voucher_that_was_never_submitted_is_no_matter_of_an_office(cast: Cast) -> None:
    drafted = cast.application(cast.firm)
    actions.open_fund(2026, at=MOMENT)
    ledger.open_account("payable/x", "别处")
    ledger.post(
        ledger.Entry("odd", "pool/cloud-voucher-2026", "payable/x", 1, about=drafted.number)
    )
    page = desk(cast, cast.province).get(POOL).content.decode()
    assert drafted.number in page and f"/official/vouchers/{drafted.pk}/" not in page
    assert Voucher.objects.get(pk=drafted.pk).submitted_at is None


@pytest.mark.parametrize(
    ("code", "name", "zh", "en"),
    [
        ("pool/pilot-city-2026/420100/enterprise", "武汉市直接补助企业资金",
         "武汉市直接补助企业资金", "Wuhan, for firms"),
        ("share/pilot-city-2026/420100", "武汉市 企业占比", "武汉市 企业占比", "share of firms"),
        ("cap/cloud_voucher/2026/91", "额度 cap/cloud_voucher/2026/91", "2026 年企业额度",
         "the firm's allowance of 2026"),
        ("payable/91", "应付 甲公司", "应付 甲公司", "Owed to 甲公司"),
        ("clawback/ZH2026-00001/pool/cloud-voucher-2026", "ZH2026-00001 待退回 pool/x",
         "待退回 2026年上云服务券资金", "ZH2026-00001: to go back to"),
        ("something/else", "别的账户", "别的账户", "别的账户"),
    ],
)  # fmt: skip
def test_accounts_are_named_as_people_call_them(code: str, name: str, zh: str, en: str) -> None:
    said = account_name(code, name)
    assert zh in said.zh and en in said.en
    assert "/" not in said.zh + said.en
