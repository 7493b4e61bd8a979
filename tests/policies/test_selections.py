"""The shipped selections carry the numbers of the plan, and each can be run as it stands."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from dengta.core.policy import shipped
from dengta.core.rules import Rulebook
from dengta.core.selection import Quota, Selection
from dengta.core.shapes import Policy

NAMED = {
    *("solution", "product", "scenario", "lighthouse", "digital_factory"),
    *("typical_case", "chain_case", "ten_best_case"),
    *("platform_enterprise", "platform_industry", "platform_region", "platform_cross"),
    *("cross_platform", "provider", "strict_institution", "service_platform"),
    *("cloud_supplier", "benchmark_cloud", "pilot_city", "pilot_county"),
    *("special_fund", "training_base"),
}
DAY = dt.date(2026, 6, 1)
BY_ITSELF = {"titles"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Hubei's policy, with the national one it extends."""
    return shipped("hubei")


def _quota(selection: Selection, by: str, at: str = "award") -> Quota:
    (found,) = [each for each in selection.quotas if (each.by, each.at) == (by, at)]
    return found


def test_everything_the_plan_selects_has_a_selection_in_force(policy: Policy) -> None:
    assert {each.programme for each in policy.selections_on(DAY)} == NAMED


def test_scenarios_are_100_a_year_at_500_000_yuan_once(policy: Policy) -> None:
    scenario = policy.selection("scenario")
    assert len(scenario.steps) == 6
    assert _quota(scenario, "round").limit == 100
    assert scenario.once == "ever"
    amount = policy.programme("scenario", DAY).amount
    assert amount is not None and amount.expression == "50000000"
    assert 20 <= len(scenario.fields) <= 25 and len(scenario.sections) == 4


def test_the_ten_best_are_ten_in_each_of_five_fields(policy: Policy) -> None:
    best = policy.selection("ten_best_case")
    (sector,) = [each for each in best.fields if each.id == best.sector]
    fields = ["identifier", "industrial_software", "ai", "big_data", "blockchain"]
    assert list(sector.values) == fields
    limits = [_quota(best, "industry").of(field) for field in fields]
    assert limits == [10] * 5 and _quota(best, "round").limit == 50


def test_every_one_of_the_17_divisions_is_to_become_a_pilot_city_with_30_million(
    policy: Policy,
) -> None:
    pilot = policy.selection("pilot_city")
    cities = {code for code, region in policy.regions.items() if region.level == "city"}
    (floor,) = pilot.floors
    assert set(floor.values) == cities and floor.least == 1 and not floor.together
    assert _quota(pilot, "round").limit == 17 and _quota(pilot, "city").limit == 1
    assert (pilot.applicant, pilot.once) == ("city", "ever")
    amount = policy.programme("pilot_city", DAY).amount
    assert amount is not None and amount.expression == "3000000000"


def test_pilot_counties_get_up_to_8_million_from_2025(policy: Policy) -> None:
    pilot = policy.selection("pilot_county")
    assert pilot.applicant == "county" and pilot.in_force.start == dt.date(2025, 6, 27)
    amount = policy.programme("pilot_county", DAY).amount
    assert amount is not None and amount.expression == "800000000"
    (asked,) = [each for each in pilot.fields if each.id == "asked_fen"]
    assert asked.high == 800_000_000


def test_the_cross_platform_award_is_instant_and_for_a_first_time_only(policy: Policy) -> None:
    award = policy.selection("cross_platform")
    assert award.instant and {each.fact for each in award.fields} >= {"cross_first_time"}
    table = policy.programme("cross_platform", DAY).values[0].table
    assert table == {"national": 500_000_000, "provincial": 100_000_000}


def test_the_special_fund_has_the_longest_form(policy: Policy) -> None:
    longest = max(policy.selections, key=lambda each: len(each.fields))
    assert (longest.id, len(longest.slots)) == ("special_fund", 12)
    assert 55 <= len(longest.fields) <= 70
    assert {"technical_upgrade", "wuhan_pilot"} <= set(longest.excludes)


def test_written_work_is_reviewed_blind_and_hides_who_wrote_it(policy: Policy) -> None:
    blind = {each.id for each in policy.selections if each.panel.blind}
    assert blind == {"solution", "product", "typical_case", "chain_case", "ten_best_case"}
    for id in blind:
        masked = {each.id for each in policy.selection(id).fields if each.masked}
        assert {"uscc", "contact_name", "contact_phone"} <= masked


def test_every_rubric_makes_100_with_four_to_six_criteria_and_orders_its_ties(
    policy: Policy,
) -> None:
    for selection in policy.selections:
        if selection.instant:
            continue
        assert sum(each.weight for each in selection.criteria) == 100, selection.id
        assert 4 <= len(selection.criteria) <= 6, selection.id
        ties = sorted(each.tie for each in selection.criteria if each.tie)
        assert ties == [1, 2, 3], selection.id
        assert all(len(each.anchors) >= 3 for each in selection.criteria), selection.id
        assert selection.panel.size >= 5, selection.id


def test_what_the_plan_does_not_say_is_marked_as_ours_and_an_officer_is_asked(
    policy: Policy,
) -> None:
    for selection in policy.selections:
        assert selection.practice is not None, selection.id
        assert selection.practice.confidence == "default" and "确认" in selection.practice.note
        assert selection.source.note, selection.id
        for limit in (*selection.quotas, *selection.floors):
            assert limit.source is not None, selection.id
            assert limit.source.confidence == "found" or "确认" in limit.source.note


def test_a_form_asks_for_each_fact_that_decides_and_that_no_record_supplies(
    policy: Policy,
) -> None:
    book = Rulebook(policy, DAY)
    for selection in policy.selections:
        asked = {each.fact for each in selection.fields}
        decides = {fact.id for fact in book.rules[selection.programme].facts}
        assert decides - asked <= BY_ITSELF, selection.id


def test_every_selected_programme_has_situations_of_each_kind(policy: Policy) -> None:
    seen = Counter((case.programme, case.expect.get("eligible")) for case in policy.cases)
    for id in NAMED:
        assert all(seen[id, outcome] for outcome in ("yes", "no", "unknown")), id
        boundary = [case for case in policy.cases if case.programme == id and "正好" in case.name]
        numbers = [v for v in policy.programme(id, DAY).values if v.id.startswith(("min_", "max_"))]
        assert boundary or not numbers or id in KEPT_BOUNDARIES, id


KEPT_BOUNDARIES = {"lighthouse", "digital_factory", "benchmark_cloud", "solution"}
"""Their situations name the boundary itself: level two, level one, no user."""
