"""Many claims that an office passes with one click."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.funding.actions import claims_batch
from dengta.funding.models import Claim
from tests.cast import WAN, Cast
from tests.funding import claims_cast

PIECE = {"county": 16, "city": 46}
"""Statements that one claim more costs: checked, and approved with its money."""


def waiting(cast: Cast, count: int) -> list[int]:
    """Claims of so many firms that wait for the county, without exceptions; their ids."""
    claims_cast.budget(fen=1_000 * WAN)
    made = [
        claims_cast.submitted_claim(cast, cast.enrol(f"firm-{n}")).pk for n in range(count)
    ]  # fmt: skip
    Claim.objects.update(exceptions=0)
    return made


def passed(cast: Cast, acting: Actor, ids: list[int]) -> tuple[str, int]:
    """The answer to the click, and how many statements it took."""
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    with CaptureQueriesContext(connection) as seen:
        answer = client.post("/official/claims/pass/", {"chosen": ids})
    assert answer.status_code == 200
    return answer.content.decode(), len(seen)


def test_one_claim_more_costs_the_same_few_statements(cast: Cast) -> None:
    ids = waiting(cast, 4)
    for acting, state in ((cast.county, "city_review"), (cast.city, "approved")):
        _, one = passed(cast, acting, ids[:1])
        _, three = passed(cast, acting, ids[1:])
        assert {*Claim.objects.values_list("state", flat=True)} == {state}
        assert three - one <= 2 * PIECE[acting.role]


def test_what_is_not_reached_in_time_is_counted_and_goes_with_the_next_click(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = waiting(cast, 3)
    monkeypatch.setattr(claims_batch, "SECONDS", -1)
    said, _ = passed(cast, cast.county, ids)
    assert "还有 2 件没有轮到" in said
    assert sorted(Claim.objects.values_list("state", flat=True)) == [
        "city_review", "county_check", "county_check",
    ]  # fmt: skip
    monkeypatch.setattr(claims_batch, "SECONDS", 60)
    said, _ = passed(cast, cast.county, ids)
    assert "没有轮到" not in said
    assert {*Claim.objects.values_list("state", flat=True)} == {"city_review"}
