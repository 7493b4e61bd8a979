"""A panel's score is exact, fair to every order of sheets, and ties go by the listed criteria."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.panel import (
    MarksFault,
    PanelScore,
    Placed,
    decided_by,
    in_order,
    panel_score,
    sheet_total,
    thousandths,
)
from dengta.core.selection import Criterion, PanelRule
from dengta.core.shapes import Text

CRITERIA = (
    Criterion("use", Text("应用成效", "Use"), 50, (), tie=2),
    Criterion("new", Text("创新", "Novelty"), 30, (), tie=1),
    Criterion("copy", Text("可复制", "Copies"), 20, ()),
)
SHEET = st.fixed_dictionaries({one.id: st.integers(0, 100) for one in CRITERIA})
SHEETS = st.lists(SHEET, min_size=1, max_size=9)
RULES = st.builds(PanelRule, drop_extremes=st.booleans(), spread=st.integers(0, 60))


def total(sheet: dict[str, int]) -> Fraction:
    return Fraction(50 * sheet["use"] + 30 * sheet["new"] + 20 * sheet["copy"], 100)


@given(SHEETS, RULES)
def test_the_highest_and_the_lowest_sheet_do_not_count_from_three_on(
    sheets: list[dict[str, int]], rule: PanelRule
) -> None:
    made = panel_score(CRITERIA, rule, sheets)
    totals = sorted(map(total, sheets))
    counted = totals[1:-1] if rule.drop_extremes and len(totals) > 2 else totals
    assert made.score == sum(counted) / len(counted)
    assert (made.sheets, made.dropped) == (len(totals), len(totals) - len(counted))
    assert made.spread == totals[-1] - totals[0]
    assert made.to_discuss == (made.spread > rule.spread)
    assert made.passed == (made.score >= rule.passing)
    assert totals[0] <= made.score <= totals[-1]


ALIKE = st.fixed_dictionaries({one.id: st.sampled_from([0, 20, 30, 50]) for one in CRITERIA})


@given(SHEETS | st.lists(ALIKE, min_size=3, max_size=5), RULES, st.randoms(use_true_random=False))
def test_the_order_in_which_sheets_come_in_makes_no_difference(
    sheets: list[dict[str, int]], rule: PanelRule, chance: random.Random
) -> None:
    mixed = chance.sample(sheets, len(sheets))
    assert panel_score(CRITERIA, rule, sheets) == panel_score(CRITERIA, rule, mixed)


def test_of_sheets_with_equal_totals_the_same_one_is_dropped_whichever_came_first() -> None:
    sheets = [
        {"use": 30, "new": 0, "copy": 0},
        {"use": 0, "new": 50, "copy": 0},
        {"use": 90, "new": 90, "copy": 90},
    ]
    for mixed in itertools.permutations(sheets):
        made = panel_score(CRITERIA, PanelRule(), mixed)
        assert made.means == {"use": 30, "new": 0, "copy": 0}


@given(SHEETS, RULES)
def test_the_means_of_the_criteria_weigh_up_to_the_score(
    sheets: list[dict[str, int]], rule: PanelRule
) -> None:
    made = panel_score(CRITERIA, rule, sheets)
    assert sum(Fraction(c.weight, 100) * made.means[c.id] for c in CRITERIA) == made.score


@given(SHEETS, RULES, st.data())
def test_a_better_mark_never_lowers_the_score(
    sheets: list[dict[str, int]], rule: PanelRule, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sheets) - 1))
    one = data.draw(st.sampled_from(CRITERIA)).id
    better = [dict(sheet) for sheet in sheets]
    better[at][one] = data.draw(st.integers(sheets[at][one], 100))
    before, after = (panel_score(CRITERIA, rule, each).score for each in (sheets, better))
    assert before <= after


@pytest.mark.parametrize(
    ("points", "milli"),
    [
        (Fraction(1, 2000), 1),
        (Fraction(1, 2001), 0),
        (Fraction(251, 3), 83667),
        (Fraction(5), 5000),
    ],
)
def test_thousandths_are_rounded_half_up(points: Fraction, milli: int) -> None:
    assert thousandths(points) == milli


@pytest.mark.parametrize(
    ("change", "word"),
    [({"new": 101}, "“创新”的评分是 101"), ({"new": -1}, "-1"), ({"new": None}, "None"),
     ({"new": True}, "True"), ({"more": 3}, "没有 more 这一项")],
)  # fmt: skip
def test_marks_that_cannot_be_are_refused_by_name(change: dict[str, int], word: str) -> None:
    with pytest.raises(MarksFault, match=word):
        sheet_total(CRITERIA, {"use": 1, "new": 2, "copy": 3} | change)


def test_a_panel_without_sheets_has_no_score() -> None:
    with pytest.raises(ValueError, match="without sheets"):
        panel_score(CRITERIA, PanelRule(), [])


def placed(id: str, score: int, use: int, new: int, lot: str = "") -> Placed:
    means = {"use": Fraction(use), "new": Fraction(new), "copy": Fraction(0)}
    return Placed(id, PanelScore(Fraction(score), means, 5, 2, Fraction(0), False, True), lot)


def test_ties_go_by_the_listed_criteria_and_then_by_the_lot() -> None:
    a, b = placed("a", 80, 90, 50, "2"), placed("b", 80, 60, 70, "9")
    c, d = placed("c", 80, 90, 50, "1"), placed("d", 81, 0, 0)
    order = in_order(CRITERIA, [a, b, c, d])
    assert [one.id for one in order] == ["d", "b", "c", "a"]
    said = [decided_by(CRITERIA, *pair).zh for pair in itertools.pairwise(order)]
    assert said == ["评审得分更高", "得分相同，“创新”更高", "各项均相同，按公布的种子排定"]


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), max_size=8), st.randoms())
def test_the_order_is_one_whatever_the_list_was(
    given_: list[tuple[int, int, int]], chance: random.Random
) -> None:
    all_ = [placed(f"a{n}", *each, str(n % 2)) for n, each in enumerate(given_)]
    assert in_order(CRITERIA, all_) == in_order(CRITERIA, chance.sample(all_, len(all_)))
