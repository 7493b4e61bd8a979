"""What an assessor holds against each other: each is found, and gone when it is mended."""

from __future__ import annotations

import pytest

from dengta.core.contradictions import contradictions
from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from tests.core import instruments_oracle as oracle

POLICY = shipped()
Case = dict[str, str | int | None]
REVENUE = {"revenue_fen": 10**9, "revenue_prev_fen": 10**9, "revenue_prev2_fen": 10**9}

# What raises it, and the least that an honest firm would have answered differently.
FOUND: dict[str, tuple[Case, Case]] = {
    "connected_over_digital": ({"q2": "B", "q3": "C"}, {"q3": "B"}),
    "more_connected_than_digital": (
        {"machines_digital": "8", "machines_connected": "9"},
        {"machines_connected": "8"},
    ),
    "more_digital_than_all": (
        {"machines_total": "8", "machines_digital": "9"},
        {"machines_digital": "8"},
    ),
    "more_connected_than_all": (
        {"machines_total": "8", "machines_connected": "9"},
        {"machines_connected": "8"},
    ),
    "full_coverage_alone": ({"q1": "BCE"}, {"q1": "BCDE"}),
    "large_network_few_machines": ({"q1": "C", "q3": "A"}, {"q3": "B"}),
    "no_network_but_connected": ({"q1": "A", "q3": "B"}, {"q3": "A"}),
    "no_network_but_guarded": ({"q1": "A", "q6": "BE"}, {"q6": "B"}),
    "no_network_but_systems": ({"q1": "A", "q5": "C"}, {"q5": "B"}),
    "connected_but_no_data": ({"q3": "D", "q4": "A"}, {"q4": "G"}),
    "equipment_data_without_connection": (
        {"q4": "I", "machines_connected": "0"},
        {"machines_connected": "1"},
    ),
    "data_without_system": ({"q4": "G", "q5": "A"}, {"q5": "B"}),
    "collected_but_none_product_design": ({"q4": "B", "product_design": 0}, {"q4": "C"}),
    "collected_but_none_human_resources": ({"q4": "O", "human_resources": 0}, {"q4": "N"}),
    "level_without_system_production_control": (
        {"q5": "A", "production_control": 4},
        {"production_control": 1},
    ),
    "level_without_system_office": ({"q5": "A", "office": 2}, {"office": "NA"}),
    "accounts_without_system": ({"q5": "A", "finance": 1}, {"finance": 0}),
    "one_area_many_levels": ({"q5": "B", "finance": 2, "office": 2}, {"office": 1}),
    "all_areas_but_none_quality": ({"q5": "E", "quality": 0}, {"quality": 1}),
    "level_without_data_energy": ({"q4": "G", "energy": 3}, {"q4": "GK"}),
    "level_without_connection_equipment": ({"equipment": 3, "q3": "A"}, {"q3": "B"}),
    "product_design_without_process_design": (
        {"product_design": 3, "process_design": 0},
        {"process_design": "NA"},
    ),
    "procurement_without_warehousing": (
        {"procurement": 3, "warehousing": 1},
        {"warehousing": 2},
    ),
    "marketing_without_finance": ({"marketing": 3, "finance": 0}, {"finance": 1}),
    "no_action_but_spending": ({"q8": "A", "q11": "B"}, {"q11": "A"}),
    "results_without_system": ({"q8": "E", "q5": "A"}, {"q5": "C"}),
    "spending_above_turnover": (
        {"spend_avg": "100.01", "turnover_avg": "100"},
        {"spend_avg": "100"},
    ),
}
FIGURES: dict[str, tuple[Case, Case]] = {
    "turnover_against_yearly_data": ({"turnover_avg": "1100.01"}, {"turnover_avg": "1100"}),
    "fact:income_now": ({"income_now": "899.99"}, {"income_now": "900"}),
    "fact:income_before": ({"income_before": "1100.01"}, {"income_before": "1100"}),
}
OTHERS: dict[str, dict[str, tuple[Case, Case]]] = {
    "eu-dma": {
        "analytics_without_data": ({"q7": "A", "q9": "00055"}, {"q9": "00054"}),
        "information_systems_without_data": ({"q3": "K", "q7": "A"}, {"q7": "B"}),
        "ready_without_investment": ({"q2": "BCD", "q1": "0" * 10}, {"q1": "0000000001"}),
        "advanced_without_basics": ({"q4": "3333333", "q3": "A"}, {"q3": "C"}),
    },
    "siri": {
        "intelligence_without_connection_facility": (
            {"intelligence_facility": "3", "connectivity_facility": "0"},
            {"connectivity_facility": "1"},
        ),
        "strategy_without_leaders": (
            {"strategy_governance": "4", "leadership": "0"},
            {"leadership": "1"},
        ),
        "vertical_integration_without_connection": (
            {"vertical_integration": "3", "connectivity_shop_floor": "0"},
            {"connectivity_shop_floor": "1"},
        ),
    },
    "gbt-39116-discrete": {
        "shop_floor_without_equipment": (
            {"production_2": "111", "equipment_2": "00"},
            {"equipment_2": "05"},
        ),
        "integration_without_network": (
            {"integration_3": "111", "network_2": "0"},
            {"integration_3": "118"},
        ),
        "energy_upside_down": ({"energy_3": "111", "energy_2": "000"}, {"energy_2": "500"}),
        "remote_service_without_data": (
            {"product_service_4": "111", "data_4": "000"},
            {"data_4": "100"},
        ),
    },
}


def ids(id: str, answers: Case, facts: dict[str, int] | None = None) -> set[str]:
    found = contradictions(POLICY, POLICY.instruments[id], answers, facts or {})
    assert all(each.text.zh and each.text.en and each.sides for each in found)
    return {each.id for each in found}


@pytest.mark.parametrize("name", FOUND)
def test_a_contradiction_of_2024_is_found_and_goes_when_it_is_mended(name: str) -> None:
    raised, mended = FOUND[name]
    assert name in ids("miit-2024", raised)
    assert name not in ids("miit-2024", {**raised, **mended})


@pytest.mark.parametrize("name", FIGURES)
def test_figures_may_differ_from_the_yearly_data_by_a_tenth_and_no_more(name: str) -> None:
    raised, mended = FIGURES[name]
    assert name in ids("miit-2024", raised, REVENUE)
    assert name not in ids("miit-2024", mended, REVENUE)
    assert name not in ids("miit-2024", raised)  # nothing is known to hold it against


@pytest.mark.parametrize(
    ("id", "name"), [(id, name) for id, cases in OTHERS.items() for name in cases]
)
def test_a_contradiction_of_the_others_is_found_and_goes(id: str, name: str) -> None:
    raised, mended = OTHERS[id][name]
    assert name in ids(id, raised)
    assert name not in ids(id, {**raised, **mended})


def test_process_manufacturing_has_none_on_what_it_does_not_ask() -> None:
    known = {each.id for each in POLICY.instruments["gbt-39116-process"].contradictions}
    assert "energy_upside_down" in known and "remote_service_without_data" not in known


@pytest.mark.parametrize("id", oracle.SCORED)
def test_the_best_and_the_worst_firm_contradict_themselves_nowhere(id: str) -> None:
    scorer, data = Scorer(POLICY.instruments[id]), oracle.file_of(id)
    best: Case = {scene["id"]: 4 for scene in data.get("scenario", [])}
    worst: Case = {scene["id"]: 0 for scene in data.get("scenario", [])}
    for question in data["question"]:
        if question["kind"] in ("matrix", "requirements"):
            signs = [column["id"] for column in question.get("columns", [])] or ["0", "1"]
            size = len(question["rows"])
            best[question["id"]], worst[question["id"]] = signs[-1] * size, signs[0] * size
            continue
        letters = [option["id"] for option in question["options"]]
        several = question["kind"] == "multi"
        best[question["id"]] = "".join(letters[1:]) if several else letters[-1]
        worst[question["id"]] = letters[0]
    assert scorer.score(best).complete and scorer.score(worst).complete
    assert ids(id, best) == set()
    assert ids(id, worst) == set()


def test_nothing_answered_contradicts_nothing() -> None:
    assert all(ids(id, {}) == set() for id in POLICY.instruments)
