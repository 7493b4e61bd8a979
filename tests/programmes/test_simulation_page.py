"""The trial page: a plain GET that keeps nothing, for offices alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dengta.programmes.queries import simulation as trial
from dengta.registry.actions import state_facts
from tests.cast import MOMENT, Cast

PAGE = "/official/simulation/"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is MOMENT, and nothing is kept from another test."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)
    trial._kept.cache_clear()
    yield
    trial._kept.cache_clear()


@pytest.fixture
def client(cast: Cast) -> Client:
    made = Client()
    made.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    return made


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_who_fits_what_it_costs_and_who_is_one_fact_short(cast: Cast, client: Client) -> None:
    state_facts(cast.firm.actor, {"open_to_public": True, "purpose": "service"})
    state_facts(cast.rival.actor, {"open_to_public": True})
    page = text_of(client.get(PAGE, {"selection": "scenario"}))
    assert "符合的只有 1 家，不到名额 100 个；另有 1 家待补充。" in page
    assert "50万元" in page and "武汉市" in page and "只差一项" in page
    page = text_of(client.get(PAGE, {"selection": "scenario", "listing": "fact:purpose"}))
    assert cast.rival.organisation.uscc in page and cast.firm.organisation.uscc not in page


def test_a_moved_number_shows_and_a_wrong_one_is_named(cast: Cast, client: Client) -> None:
    state_facts(cast.firm.actor, {"open_to_public": True, "purpose": "service"})
    page = text_of(client.get(PAGE, {"selection": "scenario", "v-award_fen": "30.5"}))
    assert "30.5万元" in page and "原为 50" in page
    for typed in ("三十", "-1", "1" * 5000, "0.1234567"):
        response = client.get(PAGE, {"selection": "scenario", "v-award_fen": typed})
        page = text_of(response)
        assert response.status_code == 200 and "不是数" in page and f'value="{typed}"' in page


def test_the_address_says_only_what_was_moved(cast: Cast, client: Client) -> None:
    query = {"of": "scenario", "selection": "scenario", "places": "100", "v-award_fen": "30"}
    response = client.get(PAGE, query)
    assert response["Location"] == f"{PAGE}?selection=scenario&v-award_fen=30"
    live = client.get(PAGE, query, headers={"HX-Request": "true"})
    assert live["HX-Replace-Url"] == response["Location"]
    assert text_of(live).lstrip().startswith("<form")


def test_firms_have_no_business_here(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    assert client.get(PAGE).status_code == 403
