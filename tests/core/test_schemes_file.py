"""A scheme's file becomes a frozen record; its numbers by a fact speak the fact's own words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dengta.core.policy import check, load
from dengta.core.rules import Rulebook
from dengta.core.schemes import CostClass, Instalment, Need, Scheme
from dengta.core.shapes import Policy, Portion, Source, Text
from tests.core.small_policy import spoil, write

DAY = dt.date(2025, 6, 1)
COUPON = Path("shire/schemes/coupon-2025.toml")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return load(write(tmp_path))


@pytest.fixture
def subsidy(policy: Policy) -> Scheme:
    return policy.scheme("subsidy", DAY)


def test_a_scheme_is_found_by_its_id_and_day_by_its_edition_and_by_its_programme(
    policy: Policy,
) -> None:
    assert [each.edition for each in policy.schemes] == ["award", "coupon-2025", "subsidy-2025"]
    assert policy.scheme("coupon", DAY).edition == "coupon-2025"
    assert [each.id for each in policy.schemes_of("voucher", DAY)] == ["coupon", "subsidy"]
    later = dt.date(2026, 1, 1)
    assert [each.id for each in policy.schemes_of("voucher", later)] == ["subsidy"]
    with pytest.raises(KeyError):
        policy.scheme("coupon", later)
    assert policy.scheme_edition("coupon-2025").id == "coupon"
    with pytest.raises(KeyError):
        policy.scheme_edition("coupon")


def test_everything_a_scheme_says_is_in_the_record(subsidy: Scheme) -> None:
    assert (subsidy.kind, subsidy.deciding, subsidy.measure) == ("subsidy", "city", 10)
    assert (subsidy.settlement, subsidy.payee, subsidy.granting) == (
        *("reimburse", "enterprise", "reviewed"),
    )
    assert (subsidy.first_cap_fen, subsidy.later_cap_fen) == (40_000, 30_000)
    assert (subsidy.yearly_cap_fen, subsidy.ceiling_fen) == (60_000, 900_000)
    assert subsidy.city_ceilings_fen == {"420100": 500_000}
    assert subsidy.sharing == {"province": 5_000, "city": 3_000, "county": 2_000}
    assert subsidy.instalments == (Instalment(7_000, "approved"), Instalment(3_000, "accepted"))
    assert subsidy.costs[1] == CostClass(
        "service", Text("服务", "Service"), 5_000, 3_000, Text("部署。", "Deployment."),
        Source("另一份", confidence="default"),
    )  # fmt: skip
    assert subsidy.needs[1] == Need("photo", Text("照片", "Picture"), required=False)
    assert subsidy.sanction == (Text("真实", "True"), Text("退回", "Paid back"))
    assert subsidy.practice == Source("惯例", confidence="default")
    assert (subsidy.matched, subsidy.sample, subsidy.accept_months) == (True, False, 3)


def test_what_is_not_said_is_as_usual(policy: Policy) -> None:
    award = policy.scheme("award", DAY)
    assert award.sharing == {"province": 10_000}
    assert award.instalments == (Instalment(10_000, "approved"),)
    assert (award.rate, award.fixed, award.costs, award.needs) == (None, None, (), ())


def test_a_number_by_a_fact_knows_what_the_fact_and_its_values_are_called(
    policy: Policy, subsidy: Scheme
) -> None:
    assert subsidy.rate is not None and subsidy.rate.rows == {"shallow": 2_000, "deep": 3_000}
    assert subsidy.rate.term == Text("深度", "Depth")
    assert subsidy.rate.words["deep"] == Text("深", "Deep")
    fixed = policy.scheme("coupon", DAY).fixed
    assert fixed is not None and fixed.words["20"] == Text("20人", "20")


def test_a_fund_says_what_each_division_gets_and_when(policy: Policy) -> None:
    fund = next(each for each in policy.funds if each.id == "voucher-2026")
    assert (fund.plan, fund.each_fen, fund.enterprise_bps) == ("2023", 900_000, 8_000)
    assert fund.portions[1] == Portion(6_000, Text("验收", "Accepted"))


def test_a_sample_is_decided_only_when_it_is_named(tmp_path: Path) -> None:
    province = write(tmp_path)
    for file in (
        "programmes/voucher.toml",
        "schemes/subsidy-2025.toml",
        "schemes/coupon-2025.toml",
    ):
        spoil(province / file, "in_force", "sample = true\nin_force")
    assert check(province) == []
    policy = load(province)
    assert [each.id for each in policy.in_force(DAY)] == ["scene"]
    assert policy.programme("voucher", DAY).sample
    book = Rulebook(policy, DAY)
    assert [verdict.programme for verdict in book.decide({})] == ["scene"]
    assert [verdict.programme for verdict in book.decide({}, "voucher")] == ["voucher"]
    with pytest.raises(KeyError):
        book.decide({}, "nothing")


def test_editions_of_a_scheme_may_follow_each_other(tmp_path: Path) -> None:
    province = write(tmp_path)
    earlier = tmp_path / COUPON
    later = earlier.with_name("coupon-2026.toml")
    text = earlier.read_text("utf-8")
    period = "{ from = 2025-01-01, until = 2025-12-31 }"
    later.write_text(text.replace(period, "{ from = 2025-12-31 }"), "utf-8")
    (fault,) = check(province)
    assert (fault.file, "有效期重叠" in str(fault)) == (str(later), True)
    later.write_text(text.replace(period, "{ from = 2026-01-01 }"), "utf-8")
    assert check(province) == []
    assert load(province).scheme("coupon", dt.date(2026, 1, 1)).edition == "coupon-2026"


@pytest.mark.parametrize("lost", ["regions.toml", "facts.toml", "funding/voucher-2026.toml"])
def test_what_cannot_be_read_is_one_message_and_none_about_the_schemes(
    tmp_path: Path, lost: str
) -> None:
    province = write(tmp_path)
    (province / lost).write_text("[", "utf-8")
    assert {Path(fault.file).name for fault in check(province)} == {Path(lost).name}
