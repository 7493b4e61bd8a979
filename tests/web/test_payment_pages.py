"""The pages of payments, at every desk that has them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from dengta.accounts.queries import Actor
from dengta.funding.actions import results
from dengta.funding.models import Instalment, Payment, PaymentBatch
from dengta.funding.queries import money_coming
from dengta.funding.queries.payments import due_date
from dengta.web.templatetags.dengta import date_zh
from tests.cast import MOMENT, WAN, Cast
from tests.funding import claims_cast
from tests.funding.payments_cast import (
    answer,
    approved,
    bad,
    batch,
    colleague,
    good,
    payments_of,
    sent,
)
from tests.working import work


def at_desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_an_office_makes_a_batch_a_colleague_sends_it_and_the_answer_is_recorded(
    cast: Cast,
) -> None:
    approved(cast, cast.firm), approved(cast, cast.rival)
    maker = at_desk(cast, cast.province)
    asked = {"which": "all", "key": "k", "title": "三月奖补"}
    made = maker.post("/official/payments/make/", asked)
    again = maker.post("/official/payments/make/", asked)
    found = PaymentBatch.objects.get()
    assert made.headers["Location"] == again.headers["Location"]
    address = f"/official/payments/batches/{found.pk}/"
    assert "三月奖补" in page(maker, address)
    refused = maker.post(f"{address}step/send/", {"step": "send"})
    assert refused.status_code == 422  # the maker is alone and gave no note
    sender = at_desk(cast, colleague(cast, cast.province))
    for _ in range(2):
        sender.post(f"{address}step/send/", {"step": "send"})
    first, second = payments_of(found)
    file = answer(good(first), bad(second), by=cast.province)
    with file.content.open("rb") as content:
        body = content.read()
    for _ in range(2):
        told = sender.post(f"{address}results/", {"file": SimpleUploadedFile("r.csv", body)})
        assert told.status_code == 302
    work()
    found.refresh_from_db()
    shown = page(sender, address)
    assert found.state == "closed" and "与付款成功合计一致" in shown
    assert page(sender, "/official/payments/batches/?state=closed").count("三月奖补") == 1
    assert second.number in page(sender, "/official/payments/bounced/")


def test_the_file_is_the_frozen_one_and_a_csv_of_it_has_the_same_rows(cast: Cast) -> None:
    approved(cast, cast.firm)
    found = sent(cast)
    client = at_desk(cast, cast.province)
    files = {}
    for form in ("xlsx", "csv"):
        response: Any = client.get(f"/official/payments/batches/{found.pk}/file/{form}/")
        files[form] = b"".join(response.streaming_content)
    assert hashlib.sha256(files["xlsx"]).hexdigest() == found.file_sha256
    text = files["csv"].decode("utf-8-sig")
    (payment,) = payments_of(found)
    assert payment.number in text and "500000.00" in text and "共 1 笔" in text
    assert client.get(f"/official/payments/batches/{found.pk}/file/pdf/").status_code == 404


def test_a_payment_leads_back_to_claim_award_application_verdict_evidence_and_ledger(
    cast: Cast,
) -> None:
    reward = claims_cast.approved_reward(cast)
    made = sent(cast)
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(good(payment), by=cast.province), at=MOMENT)
    assert reward.award is not None
    official = page(at_desk(cast, cast.province), f"/official/payments/{payment.pk}/")
    assert reward.number in official and f"pay/{payment.number}" not in official
    for address in (
        f"/official/awards/{reward.award_id}/",
        f"/official/applications/{reward.award.application_id}/",
        f"/official/payments/batches/{made.pk}/",
        f"/official/books/account/payable/{cast.firm.organisation.uscc}/",
        "/official/books/account/bank/outgoing/",
    ):
        assert f'href="{address}"' in official, address
    own = page(at_desk(cast, cast.firm.actor), f"/enterprise/payments/{payment.pk}/")
    assert f'href="/applications/{reward.award.application_id}/"' in own
    statement = page(
        at_desk(cast, cast.firm.actor),
        "/enterprise/statement/?since=2026-01-01&until=2026-12-31",
    )
    assert f'href="/enterprise/payments/{payment.pk}/"' in statement


def test_a_claim_for_costs_leads_to_its_papers_and_verdict(cast: Cast) -> None:
    claim = claims_cast.approved_claim(cast)
    (payment,) = payments_of(sent(cast, cast.city))
    shown = page(at_desk(cast, cast.city), f"/official/payments/{payment.pk}/")
    papers = claim.papers.filter(removed_at=None)
    assert papers.count() == 6 and "资格判定" in shown
    for paper in papers:
        assert f'href="/documents/{paper.document_id}/"' in shown


def test_the_payee_sees_what_comes_by_when_and_mends_what_came_back(cast: Cast) -> None:
    claim = approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    client = at_desk(cast, cast.firm.actor)
    shown = page(client, "/enterprise/payments/")
    due = due_date(claim.instalments.get(ordinal=1))
    assert due is not None and date_zh(due) in shown
    assert "验收后拨付" in shown
    made = sent(cast, cast.city)
    (payment,) = payments_of(made)
    results.record(made, cast.city, answer(bad(payment), by=cast.city), at=MOMENT)
    assert f"/enterprise/payments/{payment.pk}/" in page(client, "/enterprise/payments/")
    mended = {
        "account_name": cast.firm.organisation.name, "account_number": "6228480000001234",
        "bank_name": "农业银行",
    }  # fmt: skip
    address = f"/enterprise/payments/{payment.pk}/"
    wrong = client.post(f"{address}mend/", mended | {"account_name": "别人"})
    assert wrong.status_code == 422 and "不一致" in wrong.content.decode()
    assert client.post(f"{address}mend/", mended).status_code == 302
    assert client.post(f"{address}mend/", mended).status_code == 422
    assert "更正收款账户</h2>" not in page(client, address)


def test_a_provider_sees_what_it_is_paid_and_a_firm_only_its_own_share(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival):
        approved(cast, firm, "cloud-coupon", amount_fen=WAN // 5, payee=cast.supplier)
    (payment,) = payments_of(batch(cast, cast.city, by_vendor=True))
    provider = page(at_desk(cast, cast.supplier.actor), f"/provider/payments/{payment.pk}/")
    assert cast.firm.organisation.name in provider and cast.rival.organisation.name in provider
    firm = page(at_desk(cast, cast.firm.actor), f"/enterprise/payments/{payment.pk}/")
    assert cast.rival.organisation.name not in firm and payment.account_number not in firm
    assert payment.number in page(at_desk(cast, cast.supplier.actor), "/provider/payments/")
    giant = at_desk(cast, cast.giant.actor)
    assert giant.get(f"/enterprise/payments/{payment.pk}/").status_code == 404


def test_another_office_sees_neither_batch_nor_payment(cast: Cast) -> None:
    approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = batch(cast, cast.city)
    (payment,) = payments_of(made)
    stranger = at_desk(cast, cast.next_city)
    assert stranger.get(f"/official/payments/batches/{made.pk}/").status_code == 404
    assert stranger.get(f"/official/payments/{payment.pk}/").status_code == 404
    county = at_desk(cast, cast.county)
    assert payment.number in page(county, f"/official/payments/{payment.pk}/")
    refused = county.post("/official/payments/make/", {"which": "all", "key": "1"})
    assert refused.status_code == 422


def test_what_is_dropped_needs_a_reason_and_is_ready_again(cast: Cast) -> None:
    approved(cast, cast.firm)
    (payment,) = payments_of(batch(cast))
    client = at_desk(cast, cast.province)
    address = f"/official/payments/{payment.pk}/"
    assert client.post(f"{address}drop/", {"step": "drop", "note": ""}).status_code == 422
    assert client.post(f"{address}drop/", {"step": "drop", "note": "金额有误"}).status_code == 302
    assert "移出批次" in page(client, address)
    assert Instalment.objects.get().payment is None
    ticked = {"which": "chosen", "chosen": str(Instalment.objects.get().pk), "key": "2"}
    assert client.post("/official/payments/make/", ticked).status_code == 302
    assert client.post("/official/payments/make/", ticked | {"chosen": ""}).status_code == 422
    assert Payment.objects.filter(state="listed").count() == 1


def test_what_is_late_is_counted_and_comes_first(cast: Cast) -> None:
    approved(cast, cast.firm), approved(cast, cast.rival)
    first = Instalment.objects.order_by("pk").last()
    assert first is not None
    Instalment.objects.filter(pk=first.pk).update(ready_at=MOMENT - dt.timedelta(days=150))
    rows = Instalment.objects.filter(ready_at__isnull=False)
    sums = money_coming.readiness(rows, MOMENT.date())
    assert (sums.ready.count, sums.late.count) == (2, 1)
    day = due_date(Instalment.objects.get(pk=first.pk))
    assert day is not None and day < MOMENT.date()
    edge = money_coming.late_before(MOMENT.date())
    assert edge > (MOMENT - dt.timedelta(days=150)).date()


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("province", "/official/payments/"),
        ("province", "/official/payments/batches/"),
        ("province", "/official/payments/batches/{batch}/"),
        ("province", "/official/payments/bounced/"),
        ("province", "/official/payments/unmatched/"),
        ("firm", "/enterprise/payments/"),
        ("firm", "/enterprise/payments/?view=paid"),
    ],
)
def test_a_list_takes_as_many_queries_whatever_its_length(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, who: str, address: str
) -> None:
    def more(count: int) -> PaymentBatch:
        for _ in range(count):
            approved(cast, cast.firm, amount_fen=WAN)
        made = sent(cast)
        some = payments_of(made)
        rows = [good(some[0]), good(some[0]), bad(some[1]), good(some[2])]
        results.record(made, cast.province, answer(*rows, by=cast.province), at=MOMENT)
        approved(cast, cast.firm, amount_fen=WAN)
        return made

    first = more(4)
    actor = cast.province if who == "province" else cast.firm.actor
    client = at_desk(cast, actor)
    where = address.format(batch=first.pk)
    page(client, where)
    with CaptureQueriesContext(connection) as seen:
        page(client, where)
    second = more(7)
    where = address.format(batch=second.pk)
    with django_assert_num_queries(len(seen)):
        page(client, where)
