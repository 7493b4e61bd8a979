"""Variants, what-if copies, answers carried between editions, and whom an instrument is for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.editions import (
    InstrumentFault,
    applicable,
    applies,
    carried,
    mapping,
    reweighted,
)
from dengta.core.policy import load, shipped
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import Coded, levels_of, score_table
from dengta.core.shapes import AppliesTo, Carry, Policy
from tests.core.scoring_oracle import SCENARIOS, cases
from tests.core.small_policy import write

NATIONAL = shipped().instruments["miit-2024"]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load(write(tmp_path_factory.mktemp("policy")))


def test_a_variant_is_an_instrument_of_its_own_with_other_weights(policy: Policy) -> None:
    base, even = policy.instruments["wide"], policy.instruments["wide-even"]
    assert (even.variant_of, even.name.zh) == ("wide", "宽表（均分）")
    assert [node.weight for node in even.nodes] == [50, 50]
    assert even.questions == base.questions and even.source == base.source
    assert even.in_force == base.in_force and even.applies_to == base.applies_to
    answers = {"rate": "C", "areas": "22", "skills": "BCD"}
    assert Scorer(base).score(answers).score == 60
    assert Scorer(even).score(answers).score == 50


def test_a_node_of_weight_nothing_leaves_its_variant_with_all_below(policy: Policy) -> None:
    work = policy.instruments["ladder-work"]
    assert [node.id for node in work.nodes] == ["work"]
    scorer = Scorer(work)
    assert scorer.items == ("work1", "work2")
    assert scorer.score({"work1": "11", "work2": "1"}).score_text == "2"


def test_weights_of_a_copy_move_the_score_and_nothing_else() -> None:
    copy = reweighted(NATIONAL, {"foundation": 40, "management": 40})
    tops = {node.id: node.weight for node in copy.nodes if not node.parent}
    assert tops == {"foundation": 40, "management": 40, "outcome": 20}
    assert replace(copy, nodes=NATIONAL.nodes) == NATIONAL
    assert Scorer(copy).items == Scorer(NATIONAL).items
    assert Scorer(copy).score({"q5": "E"}).score == 8
    assert Scorer(NATIONAL).score({"q5": "E"}).score == 10


@pytest.mark.parametrize(
    ("weights", "item", "said"),
    [
        ({"foundation": 40}, "", "（2024年版）”之下的权重合计 90，应为 100（数字化基础 40 + "),
        ({"systems": 41}, "foundation", "“数字化基础”之下的权重合计 101"),
        ({"fundation": 50}, "fundation", "是否应为 foundation"),
        ({"foundation": 101}, "foundation", "0 至 100 的整数"),
        ({"foundation": -1}, "foundation", "0 至 100 的整数"),
        ({"foundation": True}, "foundation", "0 至 100 的整数"),
        ({"foundation": 50.0}, "foundation", "0 至 100 的整数"),
        ({"q1": 50}, "network_building", "“网络建设”之下的权重合计 50"),
    ],
)
def test_weights_that_do_not_balance_are_refused_naming_the_group_and_its_sum(
    weights: dict[str, int], item: str, said: str
) -> None:
    with pytest.raises(InstrumentFault) as caught:
        reweighted(NATIONAL, weights)
    fault = caught.value
    assert fault.item == item and said in fault.said.zh and fault.said.en
    assert "请" in fault.said.zh or "是否" in fault.said.zh


def test_a_weight_where_siblings_count_alike_is_refused(policy: Policy) -> None:
    with pytest.raises(InstrumentFault, match="不按权重汇总"):
        reweighted(policy.instruments["wide"], {"rate": 50})


def test_gates_of_a_copy_take_other_numbers() -> None:
    copy = reweighted(NATIONAL, gates={2: {"score": 45, "scenarios": 7}})
    assert [(g.score, g.scenarios, g.binding) for g in copy.gates][1] == (45, 7, 3)
    assert copy.gates[0] == NATIONAL.gates[0]


def test_parts_of_wider_gates_can_be_changed_too(policy: Policy) -> None:
    wide = policy.instruments["wide"]
    copy = reweighted(wide, gates={1: {"nodes": {"means": 300}, "items": {"count": 1, "level": 2}}})
    assert copy.gates[0].nodes == {"means": 300} and copy.gates[0].items == (1, 2)
    bare = reweighted(wide, gates={1: {"nodes": {}, "items": None}})
    assert not bare.gates[0].nodes and bare.gates[0].items is None


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ({5: {"score": 90}}, "没有等级 5"),
        ({2: {"scores": 45}}, "是否应为 score"),
        ({2: {"score": 20}}, "不高于下一级的 20"),
        ({4: {"score": 101}}, "最多只有 100"),
        ({4: {"scenarios": 17}}, "最多只有 16"),
        ({2: {"score": "45"}}, "不小于 0 的整数"),
        ({2: {"score": -1}}, "不小于 0 的整数"),
        ({2: {"nodes": {"fundation": 1}}}, "是否应为 foundation"),
        ({2: {"nodes": 3}}, "写法不对"),
        ({2: {"items": {"count": 1}}}, "不小于 0 的整数"),
    ],
)
def test_gates_that_cannot_be_are_refused(gates: dict[int, dict[str, object]], said: str) -> None:
    with pytest.raises(InstrumentFault, match=said) as caught:
        reweighted(NATIONAL, gates=gates)
    assert caught.value.item.startswith("gate ")


@given(st.lists(cases(high=True), min_size=1, max_size=20), st.integers(0, 60), st.data())
@settings(deadline=None, max_examples=25)
def test_a_coded_table_scored_again_equals_every_case_under_the_copy(
    rows: list[dict[str, str | int | None]], foundation: int, data: st.DataObject
) -> None:
    weights = {"foundation": foundation, "management": 80 - foundation}
    copy = reweighted(NATIONAL, weights, {3: {"score": data.draw(st.integers(41, 79))}})
    scorer = Scorer(copy)
    names = sorted({item for row in rows for item in row}) or ["q1"]
    kinds = {name: pa.int64() if name in SCENARIOS else pa.string() for name in names}
    table = pa.Table.from_pylist(
        [{name: row.get(name) for name in names} for row in rows], schema=pa.schema(kinds)
    )
    coded = Coded(Scorer(NATIONAL), table)
    alone = [scorer.score(row).level for row in rows]
    assert score_table(scorer, coded).table["level"].to_pylist() == alone
    assert levels_of(scorer, coded) == {n: alone.count(n) for n in range(5)}


def test_answers_are_carried_where_items_map_and_nowhere_else(policy: Policy) -> None:
    wide, level = policy.instruments["wide"], policy.instruments["level"]
    assert mapping(wide, level) == {"income": "q2"}
    assert carried(wide, level, {"q1": "B", "q2": "b", "quality": 2}) == {"income": "B"}
    assert carried(wide, level, {"q1": "B"}) == {}
    assert carried(level, wide, {"income": "B"}) == {}


def test_what_the_new_edition_does_not_offer_is_left_unanswered(policy: Policy) -> None:
    wide, level = policy.instruments["wide"], policy.instruments["level"]
    assert carried(wide, level, {"q2": "Z"}) == {}


def test_the_same_items_can_be_carried_as_they_are(policy: Policy) -> None:
    wide = policy.instruments["wide"]
    new = replace(wide, id="wide-2", carries=(Carry("wide", same=True),))
    answers = {"rate": "37.5", "areas": "2-", "devices": "1,000", "stage": None}
    assert carried(new, wide, answers) == {"rate": "B", "areas": "2-", "devices": "1000"}
    assert carried(wide, wide, {"rate": "c"}) == {"rate": "C"}


def test_an_instrument_is_for_industries_and_purposes(policy: Policy) -> None:
    wide = policy.instruments["wide"]
    one = replace(wide, applies_to=AppliesTo(("13",), ("self", "survey")))
    assert applies(policy, one, "1310", "self") and applies(policy, one, "C1310", "")
    assert not applies(policy, one, "6620", "self")
    assert not applies(policy, one, "1310", "pilot_city")
    section = replace(wide, applies_to=AppliesTo(("C",)))
    assert applies(policy, section, "1310", "any") and applies(policy, section, "C", "")
    assert not applies(policy, section, "66", "")


def test_the_applicable_ones_are_those_in_force_on_the_day(policy: Policy) -> None:
    def names(day: dt.date, industry: str = "", purpose: str = "") -> list[str]:
        return [each.id for each in applicable(policy, day, industry, purpose)]

    always = ["bands", "ladder", "ladder-work"]
    assert names(dt.date(2023, 1, 1)) == [*always, "old"]
    assert names(dt.date(2024, 6, 1)) == [*always, "level", "old"]
    assert names(dt.date(2025, 6, 1), "66") == [*always, "level", "old"]
    assert "wide" in names(dt.date(2025, 6, 1), "1310", "self")
    assert "wide" not in names(dt.date(2025, 6, 1), "1310", "pilot_city")


def test_a_province_file_stays_as_it_was(tmp_path: Path) -> None:
    before = load(write(tmp_path)).instruments["wide"]
    reweighted(before, {"means": 50, "ends": 50})
    assert load(tmp_path / "shire").instruments["wide"] == before
