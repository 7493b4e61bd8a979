"""Pages of money on its way: each office sees its own, every figure leads to its list."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import load_workbook

from dengta.accounts.queries import Actor
from dengta.funding.actions import results
from dengta.web.onway import clock_of
from tests.cast import WAN, Cast
from tests.funding import payments_cast
from tests.funding.onway_cast import claimed, issued

TODAY = timezone.localdate
LONG_AGO = dt.timedelta(days=200)


def at_desk(cast: Cast, acting: Actor) -> Client:
    made = Client()
    made.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return made


def text_of(response: Any) -> str:
    content = b"".join(response) if response.streaming else response.content
    return str(content.decode())


@pytest.fixture
def cases(cast: Cast) -> None:
    claimed(cast.firm.organisation, "county_check", TODAY() - LONG_AGO, fen=7 * WAN)
    claimed(cast.remote.organisation, "city_review", TODAY(), fen=5 * WAN)
    issued(cast.firm.organisation, TODAY(), valid=3)


def test_the_overview_has_every_part_and_each_figure_its_list(cast: Cast, cases: None) -> None:
    client = at_desk(cast, cast.province)
    page = text_of(client.get("/official/money/"))
    for words in (
        "各单位手上",
        "等了多久",
        "从符合条件到拿到钱",
        "核销预测",
        "历史太短",
        "江岸区经信局",
    ):
        assert words in page
    assert "role=county&amp;office=420102" in page
    listed = text_of(client.get("/official/money/cases/?role=county&office=420102"))
    assert cast.firm.organisation.name in listed and "已逾期" in listed
    assert cast.remote.organisation.name not in listed
    late = text_of(client.get("/official/money/cases/?late=1&band=5&stage=claim:county_check"))
    assert cast.firm.organisation.name in late
    assert cast.firm.organisation.name in text_of(client.get("/official/money/expiring/"))


def test_an_office_sees_its_own_whatever_it_types(cast: Cast, cases: None) -> None:
    client = at_desk(cast, cast.remote_office)
    for address in ("", "cases/", "expiring/"):
        page = text_of(client.get(f"/official/money/{address}?region=420100&year=x&programme=x"))
        assert cast.firm.organisation.name not in page
    own = text_of(client.get("/official/money/cases/"))
    assert cast.remote.organisation.name in own
    assert at_desk(cast, cast.firm.actor).get("/official/money/").status_code == 403


def test_what_is_on_its_way_can_be_taken_away(cast: Cast, cases: None) -> None:
    response = at_desk(cast, cast.province).get("/official/money/export.xlsx?role=county")
    book = load_workbook(BytesIO(b"".join(response)))  # type: ignore[arg-type]
    cases_, offices, expiring = (book.get_sheet_by_index(n).to_python() for n in range(3))
    assert len(cases_) == len(offices) == len(expiring) == 2
    assert cases_[1][2] == cast.firm.organisation.name and cases_[1][-1] == "70,000.00"


def test_a_long_list_asks_no_more_than_a_short_one(
    cast: Cast, cases: None, django_assert_max_num_queries: Any
) -> None:
    client = at_desk(cast, cast.province)
    assert cast.rival  # somebody new in the registry is read once
    for address in ("/official/money/", "/official/money/cases/"):
        client.get(address)
        with django_assert_max_num_queries(100) as few:
            client.get(address)
        for n in range(6):
            claimed(cast.rival.organisation, "county_check", TODAY() - n * LONG_AGO)
            issued(cast.rival.organisation, TODAY(), valid=n)
        with django_assert_max_num_queries(len(few.captured_queries)):
            client.get(address)


def test_everybody_can_see_how_long_payments_took(cast: Cast) -> None:
    assert "还没有到账" in text_of(Client().get("/payment-times/"))
    now = timezone.now()
    payments_cast.approved(cast, cast.firm, at=now)
    made = payments_cast.sent(cast)
    (payment,) = payments_cast.payments_of(made)
    answer = payments_cast.answer(payments_cast.good(payment), by=cast.province)
    results.record(made, cast.province, answer, at=now)
    page = text_of(Client().get("/payment-times/"))
    assert "武汉市" in page and "全省到账 1 笔" in page


def test_the_clock_of_a_case_names_the_office_and_the_day(cast: Cast) -> None:
    claim = claimed(cast.firm.organisation, "county_check", TODAY())
    found = clock_of(claim, public=True)
    assert found is not None and found["chip"]["holder"] == "江岸区经信局"
    assert found["promised"] > TODAY() and found["held"][0]["stage"] == "区县正在初审"
