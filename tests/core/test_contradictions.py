"""Contradictions: the policy's, those of figures; what is not known contradicts nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.contradictions import Checker, Conflict, contradictions
from dengta.core.policy import load
from dengta.core.scoring import AnswerError
from dengta.core.shapes import FactValue, Policy
from tests.core import small_instruments as small
from tests.core.small_policy import spoil, write


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load(write(tmp_path_factory.mktemp("policy")))


def found(
    policy: Policy, answers: dict[str, object], facts: dict[str, FactValue] | None = None
) -> dict[str, Conflict]:
    instrument = policy.instruments["wide"]
    conflicts = contradictions(policy, instrument, answers, facts or {})  # type: ignore[arg-type]
    return {each.id: each for each in conflicts}


def test_two_figures_that_cannot_both_be_true_stand_side_by_side(policy: Policy) -> None:
    (conflict,) = found(policy, {"online": "12", "devices": "10"}).values()
    assert (conflict.id, conflict.text.zh) == ("more_online", "联网的比总数多")
    assert [(s.item, s.label.zh, s.shown.zh) for s in conflict.sides] == [
        ("online", "联网设备", "12"),
        ("devices", "设备", "10"),
    ]


def test_each_is_one_contradiction_for_each_item(policy: Policy) -> None:
    answers = {"stage": "2", "income": "B", "skills": "A"}
    both = found(policy, answers)
    assert list(both) == ["alone_stage", "alone_income"]
    assert [side.shown.zh for side in both["alone_stage"].sides] == ["2 成熟", "A 无"]
    assert [side.shown.en for side in both["alone_income"].sides] == ["B Flat", "A None"]
    assert list(found(policy, {**answers, "income": "A"})) == ["alone_stage"]
    assert not found(policy, {**answers, "skills": "BC"})


def test_what_is_not_answered_contradicts_nothing(policy: Policy) -> None:
    assert not found(policy, {})
    assert not found(policy, {"stage": "2", "income": "C"})
    assert not found(policy, {"online": "12"})
    assert not found(policy, {"rate": "A", "online": "5"})
    assert not found(policy, {"income_now": "5"}, {"revenue_fen": None})


def test_figures_that_lead_to_another_option_are_found_without_a_rule(policy: Policy) -> None:
    answers = {"rate": "C", "online": "2", "devices": "10"}
    (conflict,) = found(policy, answers).values()
    assert conflict.id == "band:rate"
    assert conflict.sides[0].shown.zh == "C 四成以上"
    assert conflict.sides[1].label.zh == "联网设备、设备"
    assert conflict.sides[1].shown.zh == "2，10，应选 B（一成以上）"
    assert not found(policy, {**answers, "rate": "B"})
    assert not found(policy, {**answers, "devices": "0", "online": "0"})


def test_a_change_within_its_tolerance_may_be_called_flat(policy: Policy) -> None:
    near = {"income_now": "100.99", "income_before": "100"}
    assert not found(policy, {**near, "income": "B"}) and not found(policy, {**near, "income": "C"})
    assert list(found(policy, {**near, "income": "A"})) == ["band:income"]
    far = {"income_now": "101.01", "income_before": "100"}
    assert list(found(policy, {**far, "income": "B"})) == ["band:income"]


def test_a_figure_may_differ_from_the_firms_fact_by_its_tolerance(policy: Policy) -> None:
    fact: dict[str, FactValue] = {"revenue_fen": 100_000_000}
    assert not found(policy, {"income_now": "110"}, fact)
    (conflict,) = found(policy, {"income_now": "110.01"}, fact).values()
    assert conflict.id == "fact:income_now"
    assert [side.item for side in conflict.sides] == ["income_now", "revenue_fen"]
    assert conflict.sides[0].shown.zh == "110.01 万元"
    assert "元" in conflict.sides[1].shown.zh


def test_without_a_tolerance_only_what_rounding_explains_is_let_pass(policy: Policy) -> None:
    instrument = policy.instruments["wide"]
    strict = replace(
        instrument,
        figures=tuple(replace(figure, tolerance_bps=0) for figure in instrument.figures),
    )
    checker = Checker(policy, strict)
    # 100.00 in units of 10,000 yuan stands for anything less than 0.01 away.
    assert not checker.check({"income_now": "100"}, {"revenue_fen": 100_009_999})
    assert checker.check({"income_now": "100"}, {"revenue_fen": 100_010_000})


def test_a_scenario_that_does_not_apply_contradicts_nothing(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(
        tmp_path / "land" / "instruments" / "level.toml",
        "[[gate]]",
        '[[contradiction]]\nid = "none"\ntext = "甲"\ntext_en = "A"\nitems = ["quality"]\n'
        'when = "quality = 0 AND q1_share >= 60 AND employees > 5"\n[[gate]]',
    )
    policy = load(province)
    instrument, facts = policy.instruments["level"], {"employees": 6}
    checker = Checker(policy, instrument)
    (conflict,) = checker.check({"quality": 0, "q1": "C"}, facts)
    assert [side.shown.zh for side in conflict.sides] == ["0 级"]
    assert not checker.check({"quality": "NA", "q1": "C"}, facts)
    assert not checker.check({"quality": 0, "q1": "B"}, facts)
    assert not checker.check({"quality": 0, "q1": "C"}, {})


def test_an_answer_that_cannot_be_is_refused_not_passed_over(policy: Policy) -> None:
    with pytest.raises(AnswerError):
        found(policy, {"online": "many"})


def test_the_json_of_a_contradiction_names_both_sides(policy: Policy) -> None:
    (conflict,) = found(policy, {"online": "12", "devices": "10"}).values()
    assert conflict.as_json("en") == {
        "id": "more_online",
        "text": "More are online than there are",
        "sides": [
            {"item": "online", "label": "Devices online", "shown": "12"},
            {"item": "devices", "label": "Devices", "shown": "10"},
        ],
    }


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_set_of_answers_makes_a_contradiction_fail(data: st.DataObject) -> None:
    instrument = data.draw(small.instruments())
    empty = Policy(
        *("p", small.T, "", {}, (), {}, (), (), (), {}, {}, {}, (), {}, ()),
    )
    assert contradictions(empty, instrument, data.draw(small.answers(instrument)), {}) == ()
