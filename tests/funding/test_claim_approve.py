"""核定: the office that the scheme names decides, and the money is set aside with it."""

from __future__ import annotations

import datetime as dt

import pytest

from dengta.accounts.queries import SYSTEM
from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.claims import Cut
from dengta.funding.models import Claim, Filing, Hit
from dengta.ledger import queries as books
from dengta.registry.actions import sanction
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding.claims_cast import (
    approved_claim,
    approved_reward,
    budget,
    checked_claim,
    draft_claim,
    line,
    submitted_claim,
)

CITY = "pool/pilot-city-2026/420100/enterprise"


def left(code: str) -> int | None:
    """What an account may still give."""
    found = books.balance(code)
    return found.left_fen if found else None


def test_an_approved_subsidy_is_set_aside_on_the_citys_money(cast: Cast) -> None:
    claim = approved_claim(cast, cast.firm, 3 * WAN)
    assert (claim.state, claim.approved_fen, left(CITY)) == ("approved", 3 * WAN, 0)
    (only,) = claim.instalments.all()
    assert only.amount_fen == 3 * WAN and only.ready_at is not None
    assert [term["zh"][:4] for term in claim.terms] == ["所报材料", "查实虚报", "接受核查"]


def test_an_approved_reward_is_set_aside_on_the_provinces_money(cast: Cast) -> None:
    claim = approved_reward(cast)
    assert (claim.state, claim.approved_fen) == ("approved", 50 * WAN)
    assert left("pool/scenario-2026") == 0


def test_lines_are_cut_with_reasons_and_the_amount_is_worked_out_anew(cast: Cast) -> None:
    budget()
    claim = checked_claim(cast, None, line(10 * WAN), line(20 * WAN))
    with pytest.raises(StepRefused, match=r"第 2 行核减了 50,000.00 元，没有写理由"):
        claims.approve(claim, cast.city, cuts={2: Cut(15 * WAN)})
    claims.approve(claim, cast.city, cuts={2: Cut(15 * WAN, "与改造无关的模块")})
    assert (claim.counted_fen, claim.computed_fen, claim.approved_fen) == (
        25 * WAN, 750_0000, 750_0000,
    )  # fmt: skip
    assert claim.calculation["submitted"]["amount_fen"] == 9 * WAN
    assert claim.calculation["now"]["lines"][1]["zh"].endswith("与改造无关的模块。")
    assert left(CITY) == 3_000 * WAN - 750_0000


def test_a_lower_amount_needs_a_reason_and_a_higher_one_is_refused(cast: Cast) -> None:
    budget()
    claim = checked_claim(cast)
    with pytest.raises(StepRefused, match=r"需要写明理由"):
        claims.approve(claim, cast.city, amount_fen=WAN)
    with pytest.raises(StepRefused, match=r"30,000.00 元之间，现为 30,000.01"):
        claims.approve(claim, cast.city, amount_fen=3 * WAN + 1, note="多给")
    claims.approve(claim, cast.city, amount_fen=WAN, note="按预算先支持一部分。")
    assert claim.approved_fen == WAN


def test_only_the_office_that_decides_approves_and_only_once(cast: Cast) -> None:
    budget()
    claim = submitted_claim(cast)
    for actor in (cast.county, cast.city, cast.province, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            claims.approve(claim, actor)
    claims.take(claim, "pass", cast.county)
    for other in (cast.county, cast.province, cast.next_city):
        with pytest.raises(NotAllowed):
            claims.approve(claim, other)
    second = Claim.objects.get(pk=claim.pk)
    claims.approve(claim, cast.city)
    with pytest.raises(Moved):
        claims.approve(second, cast.city)
    assert left(CITY) == 3_000 * WAN - 3 * WAN


def test_an_empty_budget_refuses_and_says_what_is_left(cast: Cast) -> None:
    budget(fen=2 * WAN)
    claim = checked_claim(cast)
    with pytest.raises(StepRefused, match=r"只剩 20,000.00 元，不够本次的 30,000.00 元"):
        claims.approve(claim, cast.city)
    assert claim.state == "city_review" and not claim.instalments.exists()
    claims.approve(claim, cast.city, amount_fen=2 * WAN, note="本年度资金只够这些。")
    assert left(CITY) == 0


def test_a_hit_that_nobody_decided_holds_the_approval_back(cast: Cast) -> None:
    budget()
    earlier = checked_claim(cast)
    claim = checked_claim(cast, cast.rival)
    filings = {one.thing_id: one for one in Filing.objects.all()}
    hit = Hit(
        filing=filings[claim.pk], other=filings[earlier.pk], kind="text", path=[],
        score_bps=9_000, amount_fen=10 * WAN, found_at=MOMENT,
    )  # fmt: skip
    begin(hit, by=SYSTEM, at=MOMENT)
    with pytest.raises(StepRefused, match=earlier.number):
        claims.approve(claim, cast.city)
    advance(
        hit, "dismiss", by=cast.next_county, note="两家各自的系统。",
        evidence={"decided_at": MOMENT, "decision": "两家各自的系统。"},
    )  # fmt: skip
    claims.approve(claim, cast.city)
    assert claim.state == "approved"


def test_a_sanctioned_firm_is_refused_with_the_reason_wherever_it_asks(cast: Cast) -> None:
    budget()
    claim = checked_claim(cast)
    draft = draft_claim(cast)
    sanction(
        cast.firm.organisation, grounds="虚报投入", document_number="鄂财监〔2026〕3号",
        from_date=DAY, until_date=DAY + dt.timedelta(days=365), source="clawback", source_id=1,
        by=cast.province,
    )  # fmt: skip
    for act in (
        lambda: claims.approve(claim, cast.city, at=MOMENT),
        lambda: claims_submitting.submit(draft, cast.firm.actor, agreed_by="王厂长", at=MOMENT),
        lambda: claims_filling.begin_claim(cast.firm.actor, "wuhan-pilot", at=MOMENT),
    ):
        with pytest.raises(StepRefused, match="虚报投入"):
            act()
    assert left(CITY) == 3_000 * WAN
