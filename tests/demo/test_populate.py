"""The demo province: the same every time, on either engine, and on every day of the year."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from django.utils import timezone

from dengta import demo
from dengta.accounts.models import User
from dengta.funding.models import Claim, Voucher
from dengta.funding.queries.vouchers import fund_of
from dengta.funding.states import VOUCHER
from dengta.ledger import queries as books
from dengta.registry.models import Organisation
from dengta.registry.queries import actor_of, division_of, divisions
from tests import templates
from tests.cast import WUHAN
from tests.demo.digest import FIRMS
from tests.journeys.province import small
from tests.processes import bare_database, run_module


@pytest.fixture(scope="module")
def province() -> dict[str, Any]:
    """A province on SQLite, made under one order of Python's sets: the one that journeys walk
    through, once for both rounds."""
    made: dict[str, Any] = json.loads((small() / "made.json").read_text("utf-8"))
    return made


followed = pytest.mark.skipif(
    templates.SECOND in os.environ, reason="the second round does so on PostgreSQL"
)


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("sqlite", marks=followed),
        pytest.param("postgresql", marks=pytest.mark.database),
    ],
)
def test_populated_again_elsewhere_it_is_the_same_province(
    province: dict[str, Any], tmp_path: Path, engine: str
) -> None:
    with bare_database(engine, tmp_path) as url:
        again = run_module("tests.demo.digest", url, tmp_path, PYTHONHASHSEED="2")
    assert again.keys() == province.keys()
    for part, rows in province.items():
        assert again[part] == rows, part


def test_a_province_that_is_there_is_left_alone(province: dict[str, Any]) -> None:
    assert (province["first"], province["second"]) == (True, False)


def test_every_division_has_enterprises_and_every_step_of_the_voucher_an_example(
    province: dict[str, Any],
) -> None:
    enterprises = [o for o in province["organisations"] if o[2] == "enterprise"]
    assert len(enterprises) == FIRMS
    assert {division_of(o[3]) for o in enterprises} == {r.code for r in divisions()}
    states = {voucher[3] for voucher in province["vouchers"]}
    assert states >= {"draft", "district_check", "returned", "joint_review", "issued", "redeemed"}
    assert {score[3] for score in province["scores"]} >= {"0", "1", "2"}


def test_selections_stand_at_every_stage(province: dict[str, Any]) -> None:
    rounds = {state for _, state, _ in province["rounds"]}
    assert rounds == {"open", "review", "publicity", "awarded"}
    states = {application[2] for application in province["applications"]}
    assert states >= {
        "draft", "county_check", "city_recommend", "formal_check", "returned", "panel", "proposed",
        "held", "awarded",
    }  # fmt: skip
    assert len(province["awards"]) in (4, 5), "a provider too where there are firms enough"


def test_its_books_are_right(province: dict[str, Any]) -> None:
    assert (province["balanced"], province["differences"]) == (True, [])


def test_read_day_by_day_no_account_is_ever_below_its_guard(province: dict[str, Any]) -> None:
    assert province["below"] == []


def test_only_the_printed_names_sign_in(province: dict[str, Any]) -> None:
    assert {name for name, usable in province["users"] if usable} == {
        sign_in.username for sign_in in demo.SIGN_INS
    }


# What follows is about names, days and money, not about the engine: that has been seen above.
once = pytest.mark.once


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """A province of a few enterprises."""
    for name, count in (("ENTERPRISES", 20), ("PROVIDERS", 4), ("EXPERTS", 1)):
        monkeypatch.setattr(demo, name, count)


@once
def test_each_printed_name_leads_to_its_own_desk(few: None) -> None:
    demo.populate()
    roles = {"firm": "enterprise", "provider": "provider", "expert": "expert", "county": "county",
             "city": "city", "province": "province", "province-pay": "province"}  # fmt: skip
    for sign_in in demo.SIGN_INS:
        request = RequestFactory().post("/")
        user = authenticate(request, username=sign_in.username, password=demo.PASSWORD)
        assert isinstance(user, User)
        acting = actor_of(user)
        assert acting is not None and acting.role == roles[sign_in.username]
    codes = demo.sign_ins()
    assert all(o.uscc not in codes for o in Organisation.objects.all()), "printed codes are free"


@once
@pytest.mark.parametrize("day", ["2026-01-01", "2026-02-28", "2027-01-05", "2030-06-01"])
def test_it_can_be_populated_on_any_day(
    few: None, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    now = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(9, 30), WUHAN)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert demo.populate()
    assert books.recompute() == []
    states = set(Voucher.objects.values_list("state", flat=True))
    assert states <= {state.id for state in VOUCHER.states}
    assert Voucher.objects.get(organisation__members__user__username="firm")
    assert Claim.objects.filter(voucher__isnull=False, approved_fen__gt=0).exists()
    assert all(fund_of(voucher.year) for voucher in Voucher.objects.all())


@once
def test_a_policy_without_voucher_money_gives_a_province_without_vouchers(
    few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "fund_of", lambda year: None)
    assert demo.populate()
    assert Organisation.objects.count() == 24
    assert not Voucher.objects.exists()
