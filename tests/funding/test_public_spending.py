"""What a pilot place spends on public service: recorded by one, booked by another, never beyond the
public part."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import contract_key
from dengta.core.codes import make_uscc
from dengta.funding.actions import public_spending as actions
from dengta.funding.actions.contracts_held import HELD_SINCE, Held, hold_earlier
from dengta.funding.actions.register import release
from dengta.funding.models import Filing, InvoiceCeiling, PublicExpense
from dengta.funding.queries.budgets import fund_named
from dengta.funding.queries.fund_tree import place_in, trees
from dengta.funding.queries.register import claim_of
from dengta.ledger import queries as books
from dengta.trail.actions import Moved, NotAllowed, StepRefused, keep_document
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.budgets_cast import CHECKED, JIANGAN, PILOT, WUHAN, allotted, left
from tests.funding.claims_cast import submitted_claim
from tests.funding.payments_cast import colleague
from tests.funding.register_cast import file, invoice, matter

_numbers = itertools.count(26_420_000_000_000_500_000)
NEW = f"/official/budgets/fund/{PILOT}/public/new/"


def proof(cast: Cast) -> Any:
    file = SimpleUploadedFile("合同和发票.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    return keep_document(file, by=cast.city)


def spent(cast: Cast, amount_fen: int = 50 * WAN, **different: Any) -> actions.Spent:
    filled: dict[str, Any] = {
        "purpose": "公共服务平台运营", "payee_name": "江城数服有限公司",
        "payee_uscc": make_uscc("420102", 77), "invoice_number": str(next(_numbers)),
        "spent_date": DAY, "amount_fen": amount_fen, "evidence": proof(cast),
    }  # fmt: skip
    return actions.Spent(**(filled | different))


def recorded(cast: Cast, amount_fen: int = 50 * WAN, **different: Any) -> PublicExpense:
    given = spent(cast, amount_fen, **different)
    key = f"k{next(_numbers)}"
    return actions.record(cast.city, PILOT, given, key=key, at=MOMENT)


def test_one_records_another_books_and_the_money_leaves_the_public_part(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    expense = recorded(cast)
    assert (expense.state, left(WUHAN, "public")) == ("recorded", 200 * WAN)
    other = colleague(cast, cast.city)
    with pytest.raises(StepRefused, match="不相容岗位"):
        actions.book(expense, cast.city, note=CHECKED, at=MOMENT)
    event = actions.book(expense, other, at=MOMENT)
    assert (event.reasons, expense.state) == ({"same_person": False}, "booked")
    assert (left(WUHAN, "public"), left(WUHAN, "enterprise")) == (150 * WAN, 800 * WAN)
    entry = books.standing(f"public/{expense.number}")
    assert entry is not None and (entry.debit, entry.credit) == (
        f"pool/{PILOT}/{WUHAN}/public", "bank/outgoing",
    )  # fmt: skip
    place = place_in(trees([fund_named(PILOT)])[PILOT], WUHAN)
    assert place is not None and (place.own.paid, place.own.owed) == (50 * WAN, 0)
    assert books.recompute() == []


def test_no_more_is_booked_than_the_public_part_has_and_it_stays_to_be_booked(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    first, second = recorded(cast, 150 * WAN), recorded(cast, 51 * WAN)
    actions.book(first, cast.city, note=CHECKED, at=MOMENT)
    with pytest.raises(StepRefused, match=r"可用 500,000\.00 元，不够本次的 510,000\.00 元"):
        actions.book(second, cast.city, note=CHECKED, at=MOMENT)
    assert (second.state, left(WUHAN, "public")) == ("recorded", 50 * WAN)
    with pytest.raises(StepRefused, match=r"可用 500,000\.00 元，不够本次的 .*没有登记"):
        recorded(cast, 51 * WAN)


def test_it_is_booked_once_however_often_it_is_pressed(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    expense = recorded(cast)
    other = PublicExpense.objects.get(pk=expense.pk)
    actions.book(expense, cast.city, note=CHECKED, at=MOMENT)
    with pytest.raises(Moved):
        actions.book(other, cast.city, note=CHECKED, at=MOMENT)
    assert left(WUHAN, "public") == 150 * WAN


def test_an_invoice_is_recorded_once_until_it_is_refused(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    first = recorded(cast, invoice_number="26420000000000000001")
    with pytest.raises(StepRefused, match="已登记过"):
        recorded(cast, invoice_number="26420000000000000001")
    second = PublicExpense.objects.get(pk=first.pk)
    second.pk, second.key = None, "another"
    with pytest.raises(IntegrityError, match="invoice"), transaction.atomic():
        second.save()


def test_what_a_place_has_paid_no_firm_claims_and_the_other_way_round(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    first = recorded(cast, 50 * WAN, invoice_number="26420000000000000001")
    for key in (invoice(first.invoice, WAN), invoice(first.invoice, WAN, "1")):
        for total in (50 * WAN, 60 * WAN):
            with pytest.raises(StepRefused, match=f"作为公共服务支出（{first.number}）"):
                file(matter(cast.firm), key, totals={first.invoice: total})
    actions.refuse(first, cast.city, note="发票抬头不是本单位。", at=MOMENT)
    file(matter(cast.firm), invoice(first.invoice, WAN, "1"))
    with pytest.raises(StepRefused, match="已由企业申领补助"):
        recorded(cast, 50 * WAN, invoice_number="26420000000000000001")
    assert PublicExpense.objects.count() == 1


def test_a_contract_that_a_place_has_paid_by_no_firm_claims_and_the_other_way_round(
    cast: Cast,
) -> None:
    allotted(cast.province, 1_000 * WAN)
    payee = make_uscc("420102", 77)
    shared = contract_key("ht-2026 1", [payee])
    first, second = (recorded(cast, contract_number=number) for number in ("HT-2026-1", "HT20261"))
    for expense in (first, second):  # one contract, paid in parts
        with pytest.raises(StepRefused, match="合同 HT20261 已由试点地区作为公共服务支出"):
            file(matter(cast.firm), contracts=(shared,))
        actions.refuse(expense, cast.city, note="不属于公共服务。", at=MOMENT)
    claims = [matter(cast.firm), matter(cast.rival)]
    for claim in claims:  # the houses number their own contracts
        file(claim, contracts=(shared,))
    for claim in claims:
        with pytest.raises(StepRefused, match="合同 HT20261 已由企业申领补助"):
            recorded(cast, contract_number="HT-2026-1")
        release(claim, at=MOMENT)
    recorded(cast, contract_number="HT-2026-1", payee_uscc=make_uscc("420102", 78))
    held = recorded(cast, contract_number="HT-2026-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceCeiling.objects.filter(key=shared).update(claimed_fen=F("claimed_fen") + 1)
    assert held.state == "recorded"


def test_a_firms_claim_names_its_contract_by_number_and_supplier(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    claim = submitted_claim(cast, contract_number="HT-2026-8")
    filing = Filing.objects.get(flow="claim", thing_id=claim.pk)
    assert claim.supplier is not None
    assert filing.content["contracts"] == [contract_key("HT-2026-8", [claim.supplier.uscc])]
    assert claim_of(filing).contracts == tuple(filing.content["contracts"])
    with pytest.raises(StepRefused, match="已由企业申领补助"):
        recorded(cast, contract_number="HT2026-8", payee_uscc=claim.supplier.uscc)


def test_the_register_finds_it_by_invoice_and_by_contract(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    expense = recorded(cast, invoice_number="26420000000000000001", contract_number="HT-2026-1")
    client = Client()
    for acting, link in ((cast.city, True), (cast.next_city, False)):
        client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
        for words in ("26420000000000000001", "ht2026 1"):
            found = client.get("/official/register/", {"q": words}).content.decode()
            assert expense.number in found and "没有人占用" not in found
            assert (f'href="/official/budgets/public/{expense.pk}/"' in found) is link
    assert expense.number not in client.get("/official/register/?q=HT").content.decode()


def test_a_refused_one_keeps_its_reason_and_its_invoice_may_come_again(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    first = recorded(cast, invoice_number="26420000000000000001")
    with pytest.raises(StepRefused, match="理由"):
        actions.refuse(first, cast.city, note=" ", at=MOMENT)
    actions.refuse(first, cast.city, note="发票抬头不是本单位。", at=MOMENT)
    assert recorded(cast, invoice_number="26420000000000000001").state == "recorded"


def test_only_the_office_of_a_place_with_a_public_part_records_and_books(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    expense = recorded(cast)
    for actor in (cast.province, cast.next_city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            actions.record(actor, PILOT, spent(cast), key="k", at=MOMENT)
        with pytest.raises(NotAllowed):
            actions.book(expense, actor, note=CHECKED, at=MOMENT)
    allotted(cast.city, 100 * WAN, JIANGAN)
    made = actions.record(cast.county, PILOT, spent(cast, WAN), key="k", at=MOMENT)
    actions.book(made, cast.county, note=CHECKED, at=MOMENT)
    assert left(JIANGAN, "public") == 19 * WAN


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount_fen": 0}, "大于零"),
        ({"purpose": " "}, "支出用途"),
        ({"payee_uscc": "123"}, "代码"),
        ({"invoice_number": " "}, "发票号码"),
        ({"spent_date": DAY.replace(year=2027)}, "今天之后"),
    ],
)
def test_what_cannot_be_says_what_to_mend(cast: Cast, changed: dict[str, Any], words: str) -> None:
    allotted(cast.province, 1_000 * WAN)
    with pytest.raises(StepRefused, match=words):
        recorded(cast, **changed)


def test_the_pages_record_show_and_book(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)

    def desk(acting: Actor) -> Client:
        client = Client()
        client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
        return client

    city, typed = desk(cast.city), {
        "key": "form-1", "purpose": "平台运营", "payee_name": "江城数服有限公司",
        "payee_uscc": make_uscc("420102", 77), "invoice_number": "26420000000000000009",
        "spent_date": "2026-03-10", "amount_fen": "500000",
    }  # fmt: skip
    assert NEW in city.get(f"/official/budgets/fund/{PILOT}/").content.decode()
    assert "请上传合同和发票" in city.post(NEW, typed).content.decode()
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    page = str(city.post(NEW, typed | {"evidence": file})["Location"])
    assert "只有您一位" in city.post(f"{page}step/", {"step": "book"}).content.decode()
    other = desk(colleague(cast, cast.city))
    assert other.post(f"{page}step/", {"step": "book"}).status_code == 302
    shown = re.sub(r"<[^>]+>", " ", desk(cast.province).get(page).content.decode())
    assert "已入账" in shown and "500,000.00" in shown
    assert desk(cast.next_city).get(page).status_code == 404
    assert desk(cast.province).get(NEW).status_code == 404
    account = f"/official/books/account/pool/{PILOT}/{WUHAN}/public/"
    assert "公共服务支出" in city.get(f"{account}?since=2026-01-01").content.decode()


def _filed_earlier(cast: Cast) -> tuple[Filing, str]:
    """A claim from before contracts were held against public expenditure, and its contract."""
    claim = submitted_claim(cast, cast.firm)
    filing = Filing.objects.get(flow="claim", thing_id=claim.pk)
    (contract,) = filing.content.pop("contracts")
    InvoiceCeiling.objects.filter(key=contract).delete()
    earlier = HELD_SINCE - ONE_DAY
    Filing.objects.filter(pk=filing.pk).update(content=filing.content, changed_at=earlier)
    return filing, contract


def test_contracts_of_earlier_claims_are_held_once_and_then_no_place_pays_by_them(
    cast: Cast,
) -> None:
    allotted(cast.province, 1_000 * WAN)
    filing, contract = _filed_earlier(cast)
    with time_machine.travel(HELD_SINCE + ONE_DAY, tick=False):
        assert [hold_earlier() for _ in range(2)] == [Held(1, ()), Held(0, ())]
    assert InvoiceCeiling.objects.get(key=contract).claimed_fen == 1
    filing.refresh_from_db()
    assert filing.content["contracts"] == [contract]
    number, _, payee = contract.partition("@")
    with pytest.raises(StepRefused, match="已由企业申领补助"):
        recorded(cast, contract_number=number, payee_uscc=payee)


def test_a_claim_by_whose_contract_a_place_has_paid_meanwhile_is_named_until_it_is_settled(
    cast: Cast,
) -> None:
    allotted(cast.province, 1_000 * WAN)
    filing, contract = _filed_earlier(cast)
    number, _, payee = contract.partition("@")
    expense = recorded(cast, contract_number=number, payee_uscc=payee)
    with time_machine.travel(HELD_SINCE + ONE_DAY, tick=False):
        assert [hold_earlier() for _ in range(2)] == [Held(0, (filing.number,))] * 2
        actions.refuse(expense, cast.city, note="企业已申领。", at=MOMENT)
        assert hold_earlier() == Held(1, ())
