"""The shipped schemes: what is published comes out to the fen, and programme and scheme agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import product

import pytest

from dengta.core.granting import Cost, count, grant, instalments, voucher_amount
from dengta.core.policy import shipped
from dengta.core.rules import Rulebook
from dengta.core.shapes import FactValue

DAY = dt.date(2026, 6, 1)
POLICY = shipped()
BOOK = Rulebook(POLICY, DAY)
SAMPLES = {"cloud-coupon", "cloud-service", "pilot-advance"}
WAN = 1_000_000


def granted(id: str, fen: int, facts: Mapping[str, FactValue], **given: int) -> int | None:
    given = {"paid_fen": 10**12, **given}
    return grant(POLICY.scheme(id, DAY), fen, facts, **given).amount_fen


def test_there_are_the_schemes_that_are_published_and_samples_of_other_places() -> None:
    own = {each.id for each in POLICY.schemes if not each.sample}
    assert own == {"cloud-voucher", "wuhan-pilot", "scenario-reward", "platform-first"}
    assert {each.id for each in POLICY.schemes if each.sample} == SAMPLES


def test_no_sample_is_told_to_a_firm_as_something_it_may_have() -> None:
    samples = {each.programme for each in POLICY.schemes if each.sample}
    assert samples == {each.id for each in POLICY.programmes if each.sample}
    assert not samples & {verdict.programme for verdict in BOOK.decide({})}
    assert not samples & {each.id for each in POLICY.in_force(DAY)}
    for programme in POLICY.programmes:
        if programme.sample:
            assert "样例" in programme.name.zh and "不是现行政策" in programme.summary.zh
            assert "sample" in programme.name.en and "not a policy in force" in programme.summary.en


@pytest.mark.parametrize(
    ("id", "fen", "facts", "given", "amount"),
    [
        # Hubei 2025: 20, 30, 40, 50 % by depth, 200,000 yuan a firm and year.
        ("cloud-voucher", 10 * WAN, {"cloud_depth": "resource"}, {}, 2 * WAN),
        ("cloud-voucher", 10 * WAN, {"cloud_depth": "ecosystem"}, {}, 5 * WAN),
        ("cloud-voucher", 60 * WAN, {"cloud_depth": "capability"}, {}, 20 * WAN),
        ("cloud-voucher", 60 * WAN, {"cloud_depth": "business"}, {"year_left_fen": 7}, 7),
        # Wuhan: 30 % and 300,000 at level 2, 40 % and 400,000 from level 3.
        ("wuhan-pilot", 50 * WAN, {"digital_level": 2}, {}, 15 * WAN),
        ("wuhan-pilot", 200 * WAN, {"digital_level": 2}, {}, 30 * WAN),
        ("wuhan-pilot", 200 * WAN, {"digital_level": 4}, {}, 40 * WAN),
        ("wuhan-pilot", 200 * WAN, {"digital_level": 1}, {}, 0),
        ("wuhan-pilot", 50 * WAN, {"digital_level": 2}, {"paid_fen": 9 * WAN}, 9 * WAN),
        # Awards: once, whatever was paid.
        ("scenario-reward", 0, {}, {"paid_fen": 0}, 50 * WAN),
        ("platform-first", 0, {"cross_tier": "national"}, {"paid_fen": 0}, 500 * WAN),
        ("platform-first", 0, {"cross_tier": "provincial"}, {"paid_fen": 0}, 100 * WAN),
        # Guizhou: 40 or 60 % by kind, 50,000 first and 30,000 later.
        ("cloud-service", 5 * WAN, {"cloud_service_kind": "iaas"}, {}, 2 * WAN),
        ("cloud-service", 50 * WAN, {"cloud_service_kind": "saas"}, {}, 5 * WAN),
        ("cloud-service", 50 * WAN, {"cloud_service_kind": "saas"}, {"earlier": 1}, 3 * WAN),
        ("wuhan-pilot", 50 * WAN, {}, {}, None),
    ],
)
def test_what_is_published_comes_out_to_the_fen(
    id: str, fen: int, facts: Mapping[str, FactValue], given: dict[str, int], amount: int | None
) -> None:
    assert granted(id, fen, facts, **given) == amount


def test_tianmens_coupon_is_worth_3000_5000_or_10000_yuan_and_one_is_enough_for_a_year() -> None:
    coupon = POLICY.scheme("cloud-coupon", DAY)
    values = {
        depth: voucher_amount(coupon, {"cloud_depth": depth}).amount_fen
        for depth in ("resource", "business", "capability", "ecosystem")
    }
    assert list(values.values()) == [300_000, 500_000, 1_000_000, 1_000_000]
    assert voucher_amount(coupon, {"cloud_depth": "business"}, 1, 0).amount_fen == 0
    assert voucher_amount(coupon, {}).missing == ("cloud_depth",)


def test_guangans_advance_pays_seven_tenths_at_once_and_the_rest_when_accepted() -> None:
    advance = POLICY.scheme("pilot-advance", DAY)
    amount = grant(advance, 50 * WAN, {}, paid_fen=None).amount_fen
    assert amount == 15 * WAN
    assert instalments(advance, amount) == (("approved", 10_500_000), ("accepted", 4_500_000))


def test_ordinary_machines_sensors_and_line_rental_do_not_count() -> None:
    wuhan, cloud = POLICY.scheme("wuhan-pilot", DAY), POLICY.scheme("cloud-voucher", DAY)
    costs = [Cost(id, id, WAN) for id in ("software", "control", "machine", "data_gear")]
    assert [line.fen for line in count(wuhan, costs).lines] == [WAN, 0, 0, WAN]
    assert count(cloud, [Cost("1", "other", WAN)]).fen == 0


def test_a_programme_and_its_scheme_give_the_same_amount() -> None:
    """The calculator speaks of the programme, the case is paid by the scheme."""
    spends = (1, 33, 10 * WAN, 66 * WAN + 7, 300 * WAN)
    firm: dict[str, FactValue] = {
        "size_class": "small",
        "industry_code": "3311",
        "vouchers_this_year_fen": 3 * WAN,
    }
    for depth, fen in product(("resource", "business", "capability", "ecosystem"), spends):
        facts: dict[str, FactValue] = {**firm, "cloud_depth": depth, "cloud_spend_fen": fen}
        (verdict,) = BOOK.decide(facts, "cloud_voucher")
        left = {"year_left_fen": 17 * WAN}
        assert verdict.amount_fen == granted("cloud-voucher", fen, facts, **left)
    pilot: dict[str, FactValue] = {
        "size_class": "small", "region_code": "420111", "abnormal_listed": False,
        "serious_violation": False, "titles": frozenset({"pilot_firm"}), "diagnosis_done": True,
        "onsite_rated": True, "project_accepted": True,
    }  # fmt: skip
    for level, fen in product((2, 3, 4), spends):
        facts = {**pilot, "digital_level": level, "pilot_spend_fen": fen}
        (verdict,) = BOOK.decide(facts, "wuhan_pilot")
        assert verdict.amount_fen == granted("wuhan-pilot", fen, facts)
    for tier in ("national", "provincial"):
        facts = {"region_code": "420111", "cross_tier": tier, "cross_first_time": True}
        (verdict,) = BOOK.decide(facts, "cross_platform")
        assert verdict.amount_fen == granted("platform-first", 0, facts)
    coupon = {"size_class": "small", "region_code": "429006", "cloud_depth": "business"}
    (verdict,) = BOOK.decide(coupon, "cloud_coupon")
    assert verdict.amount_fen == granted("cloud-coupon", 10 * WAN, coupon)


def test_every_scheme_has_a_fund_in_both_years_and_cities_pass_four_fifths_on() -> None:
    years = {(fund.programme, fund.year) for fund in POLICY.funds}
    payers = {each.purse or each.programme for each in POLICY.schemes}
    assert years >= {(payer, year) for payer in payers for year in (2025, 2026)}
    for fund in POLICY.funds:
        if fund.programme in ("pilot_city", "pilot_county"):
            assert fund.enterprise_bps == 8_000
            assert [each.share_bps for each in fund.portions] == [4_000, 3_000, 3_000]
    cities = next(fund for fund in POLICY.funds if fund.id == "pilot-city-2026")
    assert (cities.each_fen, cities.pool_fen) == (3_000_000_000, 17 * 3_000_000_000)


def test_the_numbers_of_checking_and_clawback_are_there_and_marked_as_ours() -> None:
    for id, number in {
        "screen_alike_bps": 8_500, "screen_picture_bits": 6, "screen_furthest": 2,
        "screen_most": 50, "link_legal_person_bps": 9_000, "link_phone_bps": 8_000,
        "link_address_bps": 6_000, "link_bank_account_bps": 9_500, "link_employer_bps": 5_000,
        "link_most": 20,
    }.items():  # fmt: skip
        assert POLICY.practised(id, DAY) == number
    words = ("screen_", "link_", "clawback_", "claim_", "sanction_", "payment_", "expiry_", "evalu")
    ours = [value for value in POLICY.practice if value.id.startswith(words)]
    assert ours and all(each.source.confidence == "default" and each.source.note for each in ours)
