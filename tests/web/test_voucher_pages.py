"""Pages of openings, batches, redemptions: wrong input, sent twice, what each desk sees."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.funding.actions import openings
from dengta.funding.actions.vouchers_money import open_fund
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.models import Claim, Opening, Ticket, Voucher
from dengta.funding.queries.vouchers import papers_for, redemption_code
from dengta.trail.models import Job
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.funding.rush_cast import COUPON, FACE, NINE, announced, take
from tests.working import work

AGREED = {"cloud_depth": "business", "agree": "1", "agreed_by": "张经理"}


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting))
    return client


def said(answer: Any) -> str:
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def test_the_public_list_leads_each_only_to_where_it_may_go(cast: Cast) -> None:
    opening = announced(cast)
    own, office = (f"/{where}/openings/{opening.pk}/" for where in ("enterprise", "official"))
    for acting, way in (
        (None, own), (cast.firm.actor, own), (cast.county, office), (cast.supplier.actor, ""),
        (cast.expert, ""),
    ):  # fmt: skip
        client = desk(cast, acting) if acting else Client()
        shown = client.get("/openings/").content.decode()
        assert [one for one in (own, office) if f'href="{one}"' in shown] == [way] * bool(way)
        assert ("由企业在企业工作台领取" in shown) is (way != own)
        assert not way or client.get(way).status_code == (200 if acting else 302)


def test_a_firm_sees_when_it_opens_takes_its_place_and_reads_the_answer(cast: Cast) -> None:
    opening = announced(cast)
    client, page = desk(cast, cast.firm.actor), f"/enterprise/openings/{opening.pk}/"
    with time_machine.travel(NINE - dt.timedelta(hours=1, minutes=5), tick=False):
        assert "春季上云抵扣券" in said(Client().get("/openings/"))
        before = client.get(page)
        assert "还有 1 小时 5 分钟" in said(before) and b'hx-trigger="every 30s"' in before.content
        early = client.post(page, AGREED)
        assert early.status_code == 422 and "2026年3月17日 10:00 开放" in said(early)
    with time_machine.travel(NINE, tick=False):
        wrong = client.post(page, {"cloud_depth": "半", "agreed_by": ""})
        assert wrong.status_code == 422
        assert "请阅读承诺条款" in said(wrong) and "填写法定代表人或经办人姓名" in said(wrong)
        for _ in range(2):
            assert client.post(page, AGREED).headers["Location"] == page
        after = client.get(page)
        assert "已领到 5,000.00 元" in said(after) and b"hx-trigger" not in after.content
        assert re.search(r"请在 20\d\d年\d+月\d+日 前使用", said(after))
        own = said(client.get(f"/enterprise/vouchers/{Voucher.objects.get().pk}/"))
        assert "抵扣码" in own and "申请内容" not in own, "nothing was handed in for it"
    assert (Ticket.objects.count(), Voucher.objects.count()) == (1, 1)
    assert desk(cast, cast.supplier.actor).get(page).status_code == 403


def test_whoever_waits_sees_how_many_are_before_on_a_page_that_asks_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = announced(cast)
    monkeypatch.setattr(openings, "serve", lambda opening, at=None: 0)
    take(opening, cast.firm)
    take(opening, cast.rival)
    client, page = desk(cast, cast.rival.actor), f"/enterprise/openings/{opening.pk}/"
    with time_machine.travel(NINE, tick=False):
        part = client.get(page, headers={"HX-Request": "true"})
        assert "前面还有 1 家" in said(part) and b"<html" not in part.content
        assert b'hx-trigger="every 2s"' in part.content
        watching = desk(cast, cast.province).get(f"/official/openings/{opening.pk}/")
        assert re.search(r"正在排队 2", said(watching))


def test_the_province_plans_announces_and_closes_and_others_only_look(cast: Cast) -> None:
    open_fund(2026, "cloud_coupon", at=MOMENT)
    form = {"scheme": COUPON, "title": "夏季券", "opens_at": "2026-03-17 09:00",
            "closes_at": "2026-03-17 08:00"}  # fmt: skip
    with time_machine.travel(MOMENT, tick=False):
        client = desk(cast, cast.province)
        wrong = client.post("/official/openings/", form)
        assert wrong.status_code == 422 and list(wrong.context["form"].errors) == ["closes_at"]
        past = client.post("/official/openings/", form | {"opens_at": "2026-03-01 09:00"})
        assert list(past.context["form"].errors) == ["opens_at"] and "已经过了" in said(past)
        assert "没有填写" in said(client.post("/official/openings/", {"scheme": COUPON}))
        form["closes_at"] = "2026-03-17 18:00"
        assert desk(cast, cast.city).post("/official/openings/", form).status_code == 422
        made = client.post("/official/openings/", form)
        opening = Opening.objects.get()
        page = f"/official/openings/{opening.pk}/"
        assert made.headers["Location"] == page
        own = desk(cast, cast.firm.actor)
        assert own.get(f"/enterprise/openings/{opening.pk}/").status_code == 404
        assert desk(cast, cast.city).post(f"{page}announce/").status_code == 422
        assert client.post(f"{page}announce/").headers["Location"] == page
        again = client.post(f"{page}announce/")
        assert again.status_code == 422 and "已由他人办理" in said(again)
        assert own.get(f"/enterprise/openings/{opening.pk}/").status_code == 200
        refused = client.post(f"{page}cancel/")
        assert refused.status_code == 422 and "需要写明理由" in said(refused)
        client.post(f"{page}close/")
        assert client.post(f"{page}nonsense/").status_code == 404
    opening.refresh_from_db()
    assert opening.state == "closed"


def test_a_list_sent_twice_from_one_page_is_one_batch(cast: Cast) -> None:
    open_fund(2026, "cloud_coupon", at=MOMENT)
    with time_machine.travel(MOMENT, tick=False):
        client = desk(cast, cast.province)
        key = re.search(
            r'name="key" value="(\w+)"', client.get("/official/issuances/").content.decode()
        )
        assert key is not None
        form = {"key": key[1], "scheme": COUPON, "title": "一批", "reason": "纪要", "whom": "list"}
        wrong = client.post("/official/issuances/", form)
        assert wrong.status_code == 422 and "还没有选择文件" in said(wrong)
        for _ in range(2):
            rows = f"统一社会信用代码,上云深度\n{cast.firm.organisation.uscc},业务上云\n"
            file = SimpleUploadedFile("名单.csv", rows.encode("utf-8-sig"))
            started = client.post("/official/issuances/", form | {"file": file})
            assert started.headers["Location"] == f"/jobs/{Job.objects.get().pk}/"
            work()
        assert "名单 1 家，已发 1 家" in said(client.get("/official/issuances/"))
        assert desk(cast, cast.city).get("/official/issuances/").status_code == 200
    assert Voucher.objects.get().granted_fen == FACE


def test_a_redemption_sent_twice_from_one_page_is_one_and_an_office_takes_it_back(
    cast: Cast,
) -> None:
    voucher = cast.voucher("issued")
    client, page = desk(cast, cast.firm.actor), f"/enterprise/vouchers/{voucher.pk}/"
    with time_machine.travel(MOMENT, tick=False):
        assert "还可核销 30,000.00 元" in said(client.get(page))
        for amount, words in (("两万", "请填写数字"), ("30000.01", "须在 0.01 元至 30,000.00 元")):
            wrong = client.post(f"{page}redeem/", {"amount": amount, "turn": "0"})
            assert wrong.status_code == 422 and words in said(wrong)
        for _ in range(2):
            assert (
                client.post(f"{page}redeem/", {"amount": "10000", "turn": "0"}).status_code == 302
            )
        claim = Claim.objects.get()
        assert claim.number in said(client.get(page)) and "还可核销 20,000.00 元" in said(
            client.get(page)
        )
        office = desk(cast, cast.province)
        reverse = f"/official/vouchers/{voucher.pk}/redemptions/{claim.pk}/reverse/"
        assert "核销冲回" not in said(
            desk(cast, cast.county).get(f"/official/vouchers/{voucher.pk}/")
        )
        assert "需要写明理由" in said(office.post(reverse))
        assert office.post(reverse, {"note": "退订"}).status_code == 302
        assert office.post(reverse, {"note": "退订"}).status_code == 422
        assert office.post(reverse.replace(f"/{claim.pk}/", "/999/")).status_code == 404
        taken = office.post(f"/official/vouchers/{voucher.pk}/revoke/", {"note": "迁出"})
        assert taken.status_code == 302
    assert "服务券已撤销" in said(client.get(page))


def test_the_claim_of_a_redeemed_voucher_shows_the_papers_of_the_voucher_to_who_may_see_them(
    cast: Cast,
) -> None:
    voucher = cast.voucher("issued")
    claim = redeem(voucher, cast.firm.actor, at=MOMENT)
    address = f"/documents/{voucher.invoice_file_id}/"
    for acting, page in (
        (cast.firm.actor, "/enterprise/claims/"),
        (cast.city, "/official/claims/"),
    ):
        client = desk(cast, acting)
        shown = client.get(f"{page}{claim.pk}/")
        assert "服务券：发票" in said(shown) and address in shown.content.decode()
        assert b"".join(client.get(address).streaming_content)  # type: ignore[attr-defined]
    assert desk(cast, cast.next_city).get(f"/official/claims/{claim.pk}/").status_code == 404
    assert papers_for(cast.rival.actor, voucher.pk) == []


def test_without_the_tick_an_application_is_not_handed_in(cast: Cast) -> None:
    voucher = cast.application(cast.firm, terms=[])
    line = voucher.invoices.get()
    form = {
        "do": "submit", "supplier": cast.supplier.organisation.pk, "depth": "business",
        "contract_number": "HT-1", "bank_flow": "LS0001", "paid_by_firm_fen": "100000",
        "bank_account": "6200000000000001", "bank_name": "建设银行", "agreed_by": "张经理",
        "invoices-TOTAL_FORMS": "1", "invoices-INITIAL_FORMS": "0",
        "invoices-0-number": line.number, "invoices-0-invoice_date": str(line.invoice_date),
        "invoices-0-service": line.service, "invoices-0-amount_fen": "100000",
    }  # fmt: skip
    client, page = desk(cast, cast.firm.actor), f"/enterprise/vouchers/{voucher.pk}/edit/"
    with time_machine.travel(MOMENT, tick=False):
        assert "同一笔费用没有、也不会再申领" in said(client.get(page))
        wrong = client.post(page, form)
        assert wrong.status_code == 422 and "请阅读承诺条款，同意后勾选再提交" in said(wrong)
        assert client.post(page, form | {"agree": "1"}).status_code == 302
    voucher.refresh_from_db()
    assert (voucher.state, voucher.agreed_by) == ("district_check", "张经理")
    assert len(voucher.terms) == 3


def test_a_supplier_begins_the_claim_on_a_coupon_by_its_code_once(cast: Cast) -> None:
    voucher = take(announced(cast), cast.firm).voucher
    assert voucher is not None
    with time_machine.travel(NINE + ONE_DAY, tick=False):
        client = desk(cast, cast.supplier.actor)
        code = f" {redemption_code(voucher).lower()} "
        form = {"key": "k1", "number": code, "amount_fen": "5000"}
        for guessed in ("YQ2026-999999", voucher.number):
            wrong = client.post("/provider/vouchers/", form | {"number": guessed})
            assert wrong.status_code == 422 and "没有这个抵扣码" in said(wrong)
        too_much = client.post("/provider/vouchers/", form | {"amount_fen": "5000.01"})
        assert too_much.status_code == 422 and "核销金额须在" in said(too_much)
        assert list(too_much.context["form"].errors) == ["amount_fen"]
        assert "还没有登记核销" in said(client.get("/provider/vouchers/"))
        for _ in range(2):
            assert client.post("/provider/vouchers/", form).status_code == 302
        claim = Claim.objects.get()
        again = client.get("/provider/vouchers/")  # what was begun is found again
        assert f'href="/enterprise/claims/{claim.pk}/"' in again.content.decode()
        assert "开始申领" not in said(client.get("/enterprise/claims/"))
    assert (claim.computed_fen, claim.payee) == (FACE, cast.supplier.organisation)


def test_lists_take_the_same_queries_however_long(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    announced(cast)
    client = Client()
    with CaptureQueriesContext(connection) as once:
        client.get("/openings/")
    for _ in range(3):
        announced(cast)
    with django_assert_num_queries(len(once)):
        client.get("/openings/")
