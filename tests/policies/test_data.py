"""The shipped policy against the published plan and standards: counts, totals and sources."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterator

import pytest

from dengta.core.policy import SHIPPED, check, run_cases, shipped
from dengta.core.shapes import Policy

CONFIDENCES = {"found", "recalled-high", "recalled-medium", "recalled-low", "default"}
DIRECTLY_GOVERNED = {"429004", "429005", "429006", "429021"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Hubei's policy, with the national one it extends."""
    return shipped("hubei")


def _sources(node: object) -> Iterator[dict[str, object]]:
    """Every `source` table of a parsed TOML file, at any depth."""
    if isinstance(node, dict):
        for key, below in node.items():
            if key == "source":
                yield below
            else:
                yield from _sources(below)
    elif isinstance(node, list):
        for below in node:
            yield from _sources(below)


@pytest.mark.parametrize("name", ["national", "hubei"])
def test_the_shipped_policies_have_no_fault(name: str) -> None:
    assert [str(fault) for fault in check(SHIPPED / name)] == []


def test_every_situation_comes_out_as_its_authors_expect(policy: Policy) -> None:
    wrong = {r.case.name: r.differences for r in run_cases(policy) if not r.passed}
    assert wrong == {}


def test_every_programme_has_situations_that_fit_that_do_not_and_that_are_unknown(
    policy: Policy,
) -> None:
    seen = Counter((case.programme, case.expect.get("eligible")) for case in policy.cases)
    for id in {programme.id for programme in policy.programmes}:
        for outcome in ("yes", "no", "unknown"):
            assert seen[id, outcome] > 0, f"{id} has no case that is {outcome}"


def test_hubei_has_17_divisions_and_103_county_units(policy: Policy) -> None:
    levels = Counter(region.level for region in policy.regions.values())
    assert levels == {"province": 1, "city": 17, "county": 99}
    assert levels["county"] + len(DIRECTLY_GOVERNED) == 103
    parents = {region.parent for region in policy.regions.values() if region.level == "county"}
    cities = {code for code, region in policy.regions.items() if region.level == "city"}
    assert cities - parents == DIRECTLY_GOVERNED


def test_a_county_code_begins_with_its_parents_code(policy: Policy) -> None:
    for region in policy.regions.values():
        if region.level == "county":
            assert region.code[:4] == region.parent[:4]


def test_the_17_tiles_differ_and_lie_as_on_the_map(policy: Policy) -> None:
    tiles = {r.code: r.tile for r in policy.regions.values() if r.tile is not None}
    assert len(tiles) == 17 == len(set(tiles.values()))
    column = {code: tile[0] for code, tile in tiles.items()}
    row = {code: tile[1] for code, tile in tiles.items()}
    wuhan, enshi, shiyan, huanggang, xianning, jingzhou = (
        *("420100", "422800", "420300", "421100", "421200", "421000"),
    )
    assert column[enshi] < column[shiyan] < column[wuhan] < column[huanggang]
    assert row[shiyan] < row[wuhan] < row[xianning]
    assert row[jingzhou] == row[xianning] and column[jingzhou] < column[xianning]


def test_the_industry_classification_has_20_sections_and_97_divisions(policy: Policy) -> None:
    assert "".join(sorted(policy.sections)) == "ABCDEFGHIJKLMNOPQRST"
    assert sorted(policy.industries) == [f"{number:02}" for number in range(1, 98)]
    industrial = [i.code for i in policy.industries.values() if i.section in "BCD"]
    assert sorted(industrial) == [f"{number:02}" for number in range(6, 47)]
    assert policy.industries["65"].name.zh == "软件和信息技术服务业"


def test_the_size_table_has_16_rows_in_people_and_fen(policy: Policy) -> None:
    rows = {row.id: row for row in policy.size_rows}
    assert len(rows) == 16
    assert rows["industry"].bounds == {
        "employees": (1000, 300, 20),
        "revenue_fen": (40_000_000_000, 2_000_000_000, 300_000_000),
    }
    assert rows["software"].bounds["revenue_fen"] == (10_000_000_000, 1_000_000_000, 50_000_000)
    assert rows["leasing"].bounds["assets_fen"] == (120_000_000_000, 8_000_000_000, 100_000_000)
    assert rows["real_estate"].bounds["revenue_fen"][0] == 200_000_000_000
    assert rows["other"].bounds == {"employees": (300, 100, 10)}


def test_each_division_is_in_one_size_row_or_outside_the_table(policy: Policy) -> None:
    table = tomllib.loads((SHIPPED / "national" / "size_classes.toml").read_text("utf-8"))
    prefixes = [p for row in policy.size_rows for p in row.prefixes] + table["outside"]
    assert len(prefixes) == len(set(prefixes))
    assert {prefix[:2] for prefix in prefixes} == set(policy.industries)
    assert [row.id for row in policy.size_rows if "591" in row.prefixes] == ["transport"]
    assert [row.id for row in policy.size_rows if "59" in row.prefixes] == ["storage"]


def test_the_2023_plan_has_15_measures_each_with_responsible_units(policy: Policy) -> None:
    plan = next(plan for plan in policy.plans if plan.id == "2023")
    assert [measure.number for measure in plan.measures] == list(range(1, 16))
    units = {measure.number: measure.units for measure in plan.measures}
    assert units[1] == ("省经信厅", "省委组织部", "省政府国资委")
    assert units[15] == ("省委网信办", "省发改委", "省经信厅")
    assert "省通信管理局" in units[9] and len(units[9]) == 6
    assert len(units[13]) == 7


def test_the_money_figures_of_the_2023_plan_are_in_fen(policy: Policy) -> None:
    plan = next(plan for plan in policy.plans if plan.id == "2023")
    money = {m.id: m.amount_fen for measure in plan.measures for m in measure.money}
    assert money == {
        "per_city": 3_000_000_000,
        "per_scenario": 50_000_000,
        "cross_national": 500_000_000,
        "cross_provincial": 100_000_000,
        "vouchers": 5_000_000_000,
        "industry_fund": 1_000_000_000_000,
    }


def test_the_2023_plan_promises_seven_numbers_by_the_end_of_2025(policy: Policy) -> None:
    targets = [target for target in policy.targets if target.plan == "2023"]
    assert {target.id: target.amount for target in targets} == {
        "solutions": 100,
        "scenarios": 100,
        "lighthouses": 100,
        "digital_factories": 1_000,
        "adopters": 10_000,
        "cloud_enterprises": 100_000,
        "base_stations": 150_000,
    }
    assert {target.due for target in targets} == {dt.date(2025, 12, 31)}


def test_the_2025_plan_runs_to_2027_beside_the_first(policy: Policy) -> None:
    amounts = {t.id: t.amount for t in policy.targets if t.plan == "2025"}
    assert amounts["transforming_enterprises"] == 10_000
    assert amounts["excellence_factories"] == amounts["providers"] == 50
    assert (amounts["products"], amounts["workstations"]) == (100, 200)
    assert (amounts["service_centres"], amounts["cloud_coverage"]) == (10, 50)
    assert amounts["cnc_rate"] == 75
    assert all(plan.in_force.holds(dt.date(2026, 6, 1)) for plan in policy.plans)


def test_the_voucher_pool_is_50_million_yuan_a_year(policy: Policy) -> None:
    pools = {f.year: f.pool_fen for f in policy.funds if f.programme == "cloud_voucher"}
    assert pools == {2025: 5_000_000_000, 2026: 5_000_000_000}


def test_the_voucher_ladder_and_its_cap_are_those_of_the_rule(policy: Policy) -> None:
    voucher = policy.programme("cloud_voucher", dt.date(2026, 6, 1))
    values = {value.id: value for value in voucher.values}
    assert dict(values["rate_bps"].table) == {
        "resource": 2_000,
        "business": 3_000,
        "capability": 4_000,
        "ecosystem": 5_000,
    }
    assert values["annual_cap_fen"].amount == 20_000_000
    assert voucher.measure == 10


def test_the_specialised_standard_changes_on_the_first_of_april_2026(policy: Policy) -> None:
    last, first = dt.date(2026, 3, 31), dt.date(2026, 4, 1)
    assert policy.programme("srdi", last).edition == "srdi-2022"
    assert policy.programme("srdi", first).edition == "srdi-2026"
    assert policy.programme("little_giant", last).edition == "little-giant-2022"
    assert policy.programme("little_giant", first).edition == "little-giant-2026"
    assert policy.programme("innovative", last) == policy.programme("innovative", first)


def test_the_scenario_programme_takes_100_a_year_at_500_000_yuan(policy: Policy) -> None:
    scenario = policy.programme("scenario", dt.date(2026, 6, 1))
    assert scenario.quota_per_year == 100
    assert scenario.amount is not None and scenario.amount.expression == "50000000"


def test_criteria_of_our_own_are_marked_as_ours(policy: Policy) -> None:
    ours = {p.id for p in policy.programmes if p.source.confidence == "default" and not p.sample}
    assert ours == {
        *("lighthouse", "digital_factory", "adopter", "cloud_enterprise"),
        *("benchmark_cloud", "solution", "product", "typical_case", "chain_case", "provider"),
        *("platform_enterprise", "platform_industry", "platform_region", "platform_cross"),
        *("strict_institution", "service_platform", "cloud_supplier", "special_fund"),
        *("training_base", "innovation_loan", "knowledge_credit"),
    }
    assert all(p.source.note for p in policy.programmes if p.id in ours)


def test_every_source_says_how_far_it_is_confirmed() -> None:
    count = 0
    for path in sorted(SHIPPED.rglob("*.toml")):
        if path.name == "glossary.toml":  # its keys are ids of terms, `source` among them
            continue
        for source in _sources(tomllib.loads(path.read_text("utf-8"))):
            assert source["document"], path
            assert source["confidence"] in CONFIDENCES, path
            count += 1
    assert count > 100


def test_every_policy_number_names_its_own_source() -> None:
    for folder in ("programmes", "funding"):
        for path in sorted(SHIPPED.rglob(f"{folder}/*.toml")):
            data = tomllib.loads(path.read_text("utf-8"))
            assert "source" in data, path
            assert all("source" in value for value in data.get("value", [])), path


def test_every_fact_tells_the_person_where_to_find_it(policy: Policy) -> None:
    for fact in policy.facts.values():
        assert fact.help.zh and fact.help.en, fact.id
    terms = Counter(fact.term.zh for fact in policy.facts.values())
    assert [term for term, times in terms.items() if times > 1] == []


def test_every_fact_but_the_register_entries_serves_a_programme(policy: Policy) -> None:
    register = {"uscc", "established_date", "years_established", "digital_score_bps"}
    words = " ".join(
        " ".join(
            (
                *(clause.when for clause in programme.clauses),
                *(derived.expression for derived in programme.derived),
                *(value.by for value in programme.values),
                programme.amount.expression if programme.amount else "",
            )
        )
        for programme in policy.programmes
    )
    unused = {id for id in policy.facts if id not in words}
    assert unused == register


def test_the_glossary_keeps_the_official_words(policy: Policy) -> None:
    words = {term.id: term.zh for term in policy.glossary.values()}
    assert words["organisation"] == "主体" and words["uscc"] == "统一社会信用代码"
    assert words["voucher"] == "上云服务券" and words["payment_proof"] == "付款凭证"
    assert words["debit"] == "借方" and words["credit"] == "贷方"
