"""Caps at all levels at once: each of them as the one that refuses, and then nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dengta.core.shapes import Policy
from dengta.funding.actions import claims, claims_acceptance, reserving
from dengta.funding.models import Claim
from dengta.funding.queries import budgets
from dengta.funding.queries.budgets import ceiling_code, yearly_code
from dengta.ledger import queries as books
from dengta.ledger.actions import Overspent
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from tests.cast import WAN, Cast
from tests.funding.claims_cast import budget, checked_claim

ASKED = 3 * WAN
SHARES = {"province": 1_500_000, "city": 900_000, "county": 600_000}
PLENTY = 100 * WAN
BOUNDS = ("province", "city", "county", "firm", "programme", "division")
By = Callable[[str], Claim]


def bounded(tight: str) -> Policy:
    """Wuhan's scheme paid by three purses and bounded at every level; one of them a 分 short."""
    caps = {name: ASKED - 1 if name == tight else PLENTY for name in BOUNDS}
    schemes = tuple(
        replace(
            one, sharing={"province": 5_000, "city": 3_000, "county": 2_000},
            yearly_cap_fen=caps["firm"], ceiling_fen=caps["programme"],
            city_ceilings_fen={"420100": caps["division"]},
        )
        if one.edition == "wuhan-pilot" else one
        for one in policy().schemes
    )  # fmt: skip
    return replace(policy(), schemes=schemes)


@pytest.fixture
def waiting(cast: Cast, monkeypatch: Any) -> By:
    """A claim of 30,000 yuan that the city is to decide, with one bound too tight."""

    def make(tight: str) -> Claim:
        known = bounded(tight)
        monkeypatch.setattr(budgets, "policy", lambda: known)
        for level, region in (("province", ""), ("city", "420100"), ("county", "420102")):
            short = SHARES[level] - 1 if level == tight else PLENTY
            budget(level=level, region=region, fen=short, part="enterprise")
        return checked_claim(cast)

    return make


def code_of(claim: Claim, bound: str) -> str:
    """The account that holds a bound."""
    return {
        "province": "pool/pilot-city-2026",
        "city": "pool/pilot-city-2026/420100/enterprise",
        "county": "pool/pilot-city-2026/420102/enterprise",
        "firm": yearly_code("wuhan_pilot", 2026, claim.organisation.uscc),
        "programme": ceiling_code("wuhan_pilot", 2026),
        "division": ceiling_code("wuhan_pilot", 2026, "420100"),
    }[bound]


def drawn(claim: Claim) -> dict[str, int]:
    """What is reserved on each bound."""
    found = {bound: books.balance(code_of(claim, bound)) for bound in BOUNDS}
    return {bound: each.debits_pending_fen if each else 0 for bound, each in found.items()}


@pytest.mark.parametrize("tight", [bound for bound in BOUNDS if bound != "firm"])
def test_each_bound_refuses_by_name_and_then_nothing_is_drawn_anywhere(
    cast: Cast, waiting: By, tight: str
) -> None:
    claim = waiting(tight)
    with pytest.raises(StepRefused) as refused:
        claims.approve(claim, cast.city)
    short = refused.value.__cause__
    assert isinstance(short, Overspent) and short.account == code_of(claim, tight)
    assert "只剩" in refused.value.text.zh
    assert drawn(claim) == dict.fromkeys(BOUNDS, 0)
    assert claim.state == "city_review" and books.standings(claim.number) == []
    claims.approve(claim, cast.city, amount_fen=ASKED - 10, note="额度只够这些。")
    assert drawn(claim)["programme"] == drawn(claim)["firm"] == ASKED - 10


def test_a_firms_year_lowers_the_amount_and_says_so(cast: Cast, waiting: By) -> None:
    first = waiting("firm")
    claims.approve(first, cast.city)
    assert first.approved_fen == ASKED - 1
    assert "每家每年最高 29,999.99元" in first.calculation["now"]["steps"][-1]["zh"]


def test_two_claims_cannot_share_a_firms_year(cast: Cast, waiting: By, monkeypatch: Any) -> None:
    claim = waiting("nothing")
    second = checked_claim(cast)
    known = bounded("firm")
    monkeypatch.setattr(budgets, "policy", lambda: known)
    claims.approve(claim, cast.city)
    with pytest.raises(StepRefused, match="没有可补的金额"):
        claims.approve(second, cast.city)
    assert drawn(claim)["firm"] == ASKED - 1


def test_what_is_approved_draws_on_all_at_once_and_reversal_gives_all_back(
    cast: Cast, waiting: By
) -> None:
    claim = waiting("nothing")
    claims.approve(claim, cast.city)
    assert drawn(claim) == SHARES | dict.fromkeys(("firm", "programme", "division"), ASKED)
    claims_acceptance.reverse(claim, cast.city, note="企业放弃。")
    assert drawn(claim) == dict.fromkeys(BOUNDS, 0)


def test_settling_posts_purses_and_bounds_once_however_often_it_is_done(
    cast: Cast, waiting: By
) -> None:
    claim = waiting("nothing")
    claims.approve(claim, cast.city)
    (only,) = claim.instalments.all()
    assert claim.approved_at is not None
    for _ in range(2):
        reserving.settle(only, at=claim.approved_at)
    assert {one.state for one in books.standings(claim.number)} == {"posted"}
    reserving.release_rest(claim, at=claim.approved_at)
    firm = books.balance(code_of(claim, "firm"))
    assert firm is not None and firm.debits_posted_fen == ASKED
