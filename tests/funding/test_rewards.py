"""奖补: ready by itself, confirmed with one answer, paid once."""

from __future__ import annotations

import pytest

from dengta.funding.actions import claims, rewards
from dengta.funding.actions.register import AlreadyClaimed
from dengta.funding.models import Claim, RegisterEntry
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import MOMENT, WAN, Cast
from tests.funding.claims_cast import approved_reward, award, budget, reward

ACCOUNT = {"account_number": "6222021234567890", "bank_name": "湖北银行", "agreed_by": "王厂长"}


def test_each_award_makes_one_reward_however_often_it_is_looked_for(cast: Cast) -> None:
    given = award(cast)
    assert [one.award for one in rewards.due(at=MOMENT)] == [given]
    assert rewards.due(at=MOMENT) == []
    claim = Claim.objects.get()
    assert (claim.state, claim.computed_fen) == ("draft", 50 * WAN)
    told = Notice.objects.filter(user_id=cast.firm.actor.user_id, link__contains="claims")
    assert "可以领取" in told.get().body["zh"]


def test_an_award_without_money_makes_none(cast: Cast) -> None:
    award(cast, amount_fen=0)
    assert rewards.due(at=MOMENT) == []


def test_a_platform_is_rewarded_once_for_a_tier_over_all_years(cast: Cast) -> None:
    facts = {"cross_tier": "provincial", "cross_first_time": True}
    first = award(cast, programme="cross_platform", facts=facts, amount_fen=100 * WAN)
    (claim,) = rewards.due(at=MOMENT)
    assert (claim.award, claim.computed_fen) == (first, 100 * WAN)
    award(cast, programme="cross_platform", facts=facts, amount_fen=100 * WAN)
    assert rewards.due(at=MOMENT) == []
    higher = award(
        cast, programme="cross_platform", facts=facts | {"cross_tier": "national"},
        amount_fen=500 * WAN,
    )  # fmt: skip
    assert [one.award for one in rewards.due(at=MOMENT)] == [higher]


def test_a_scenario_is_rewarded_once_over_all_years_whatever_it_is_awarded_again(
    cast: Cast,
) -> None:
    award(cast, title="质量追溯场景")
    rewards.due(at=MOMENT)
    award(cast, title="质量追溯场景 ")
    other = award(cast, title="智能排产场景")
    assert [one.award for one in rewards.due(at=MOMENT)] == [other]


def test_what_was_rewarded_stands_in_the_register_until_it_is_refused(cast: Cast) -> None:
    claim = reward(cast)
    claim.key = "reward/as-it-was-once"  # the key of the claim alone does not see a second one
    claim.save()
    assert claim.award is not None
    award(cast, title=claim.award.title)
    (second,) = rewards.due(at=MOMENT)
    rewards.confirm(claim, cast.firm.actor, **ACCOUNT, at=MOMENT)
    with pytest.raises(AlreadyClaimed, match=f"已由 {claim.number}.*只奖一次"):
        rewards.confirm(second, cast.firm.actor, **ACCOUNT, at=MOMENT)
    assert second.state == "draft"
    claims.take(claim, "reject", cast.province, note="认定有误。", at=MOMENT)
    rewards.confirm(second, cast.firm.actor, **ACCOUNT, at=MOMENT)
    entry = RegisterEntry.objects.get(kind="reward", released_at=None)
    assert (entry.filing.number, entry.amount_fen) == (second.number, 50 * WAN)


def test_it_goes_to_the_province_with_the_account_and_the_terms(cast: Cast) -> None:
    claim = reward(cast)
    with pytest.raises(StepRefused, match="没有填对"):
        rewards.confirm(claim, cast.firm.actor, **(ACCOUNT | {"account_number": "12"}), at=MOMENT)
    event = rewards.confirm(claim, cast.firm.actor, **ACCOUNT, at=MOMENT)
    again = rewards.confirm(Claim.objects.get(), cast.firm.actor, **ACCOUNT, at=MOMENT)
    assert event == again and claim.state == "province_review" and len(claim.terms) == 3


def test_somebody_elses_reward_cannot_be_confirmed(cast: Cast) -> None:
    claim = reward(cast)
    with pytest.raises(NotAllowed):
        rewards.confirm(claim, cast.rival.actor, **ACCOUNT, at=MOMENT)


def test_a_revoked_award_is_not_rewarded(cast: Cast) -> None:
    claim = reward(cast)
    assert claim.award is not None
    claim.award.state, claim.award.revoked_at = "revoked", MOMENT
    claim.award.save()
    with pytest.raises(StepRefused, match="奖补不能领取"):
        rewards.confirm(claim, cast.firm.actor, **ACCOUNT, at=MOMENT)


def test_the_province_decides_and_may_give_less_with_a_reason(cast: Cast) -> None:
    budget("scenario", level="province", fen=50 * WAN)
    claim = reward(cast)
    rewards.confirm(claim, cast.firm.actor, **ACCOUNT, at=MOMENT)
    claims.approve(claim, cast.province, amount_fen=40 * WAN, note="按年度安排。", at=MOMENT)
    assert (claim.state, claim.approved_fen) == ("approved", 40 * WAN)


def test_a_reward_is_approved_once(cast: Cast) -> None:
    claim = approved_reward(cast)
    with pytest.raises(Moved):
        claims.approve(claim, cast.province, at=MOMENT)
