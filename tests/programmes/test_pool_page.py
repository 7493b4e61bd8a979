from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dengta.programmes.queries.experts import roster
from dengta.registry.actions import keep_profile
from tests.cast import DAY, Cast

YEAR_AGO = DAY - dt.timedelta(days=365)


def test_the_pool_says_who_knows_what_and_who_has_not_said(cast: Cast) -> None:
    keep_profile(
        cast.expert, employer="武汉大学", professional_title=" 教授 ", region_code="420106",
        fields=["36"],
    )  # fmt: skip
    pooled = cast.pooled("silent", employer="宜昌研究院", fields=["13"])
    rows = {one.user.pk: one for one in roster("420000", YEAR_AGO)}
    told = rows[cast.expert.user_id].profile
    assert told is not None
    assert told.professional_title == "教授"
    assert (rows[pooled.user_id].in_hand, rows[pooled.user_id].rounds) == (0, 0)
    assert [one.user.pk for one in roster("420000", YEAR_AGO, field="36")] == [cast.expert.user_id]


def test_the_page_narrows_by_trade_and_is_for_offices(cast: Cast, client: Client) -> None:
    cast.pooled("one", employer="宜昌研究院", fields=["13"])
    client.force_login(cast.user(cast.province))
    page = client.get("/official/experts/?field=13").content.decode()
    assert "宜昌研究院" in page
    assert "宜昌研究院" not in client.get("/official/experts/?field=36").content.decode()
    client.force_login(cast.user(cast.firm.actor))
    assert client.get("/official/experts/").status_code == 403


@pytest.mark.parametrize("many", [1, 6])
def test_a_longer_pool_asks_no_more(
    cast: Cast, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(many):
        cast.pooled(f"pooled{n}", employer="宜昌研究院", fields=["13"])
    with django_assert_num_queries(7):
        roster("420000", YEAR_AGO)
