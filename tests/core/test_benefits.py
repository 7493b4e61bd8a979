from __future__ import annotations

import datetime as dt
from typing import Literal

import pytest

from dengta.core.benefits import Benefit, Terms, benefits_of, standings
from dengta.core.policy import shipped
from dengta.core.rules import Rulebook
from dengta.core.shapes import RoadStep, Text

DAY = dt.date(2026, 4, 1)
PILOT = {
    "region_code": "420111",
    "size_class": "small",
    "abnormal_listed": False,
    "serious_violation": False,
    "titles": frozenset({"pilot_firm"}),
}


def benefit(
    covers: Literal["cloud", "eligible"] = "eligible",
    terms: tuple[Terms, ...] = (Terms(2, 3000, 100), Terms(3, 4000, 150)),
    matched: bool = False,
    used_fen: int = 0,
) -> Benefit:
    return Benefit("b", Text("补", "b"), covers, terms, matched, used_fen)


def step(price: int, **given: bool) -> RoadStep:
    return RoadStep("x", 1, price, 1, **given)


def test_rate_and_cap_are_those_of_the_level_reached_and_nothing_is_paid_below_the_first() -> None:
    one = benefit(used_fen=120)
    assert [one.share_fen(step(50), level) for level in (0, 1, 2, 3, 4)] == [0, 0, 15, 20, 20]
    assert [one.left_fen(level) for level in (1, 2, 3)] == [0, 0, 30]


def test_only_covered_steps_are_paid_for() -> None:
    assert benefit().share_fen(step(50, eligible=False), 2) == 0
    assert benefit(covers="cloud").share_fen(step(50), 2) == 0
    assert benefit(covers="cloud").share_fen(step(50, cloud=True, eligible=False), 2) == 15


def test_where_the_programme_says_so_no_more_is_paid_than_the_firm_pays_itself() -> None:
    terms = (Terms(0, 8000, 1000),)
    assert benefit(terms=terms).share_fen(step(51), 1) == 41
    assert benefit(terms=terms, matched=True).share_fen(step(51), 1) == 25


def test_a_higher_level_that_is_paid_less_is_refused() -> None:
    with pytest.raises(ValueError, match="level 3 pays less than 2"):
        benefit(terms=(Terms(2, 3000, 100), Terms(3, 4000, 99)))


def test_the_numbers_are_those_of_the_programmes_on_the_day() -> None:
    policy = shipped()
    road = policy.roads["miit-2024"]
    found = {each.id: each for each in benefits_of(policy, road, DAY)}
    pilot = policy.programme("wuhan_pilot", DAY)
    amounts = {value.id: value.amount for value in pilot.values}
    assert [(t.level, t.rate_bps, t.cap_fen) for t in found["wuhan_pilot"].terms] == [
        (2, amounts["rate_2_bps"], amounts["cap_2_fen"]),
        (3, amounts["rate_3_bps"], amounts["cap_3_fen"]),
    ]
    assert found["cloud_voucher"].at(0).rate_bps > 0
    before = benefits_of(policy, road, dt.date(2024, 6, 1))
    assert [each.id for each in before] == ["wuhan_pilot"]


def test_who_a_firm_is_decides_and_not_what_it_will_have_done() -> None:
    policy = shipped()
    book, road = Rulebook(policy, DAY), policy.roads["miit-2024"]

    def of(**facts: object) -> dict[str, tuple[str, int, tuple[str, ...]]]:
        found = standings(book, road, facts)  # type: ignore[arg-type]
        return {s.benefit.id: (s.outcome, s.benefit.used_fen, s.missing) for s in found}

    # Not yet diagnosed, nothing accepted, nothing spent: that is what the road is for.
    assert of(**PILOT)["wuhan_pilot"] == ("yes", 0, ())
    assert of(**PILOT | {"titles": frozenset()})["wuhan_pilot"] == ("no", 0, ())
    asked = {key: value for key, value in PILOT.items() if key != "titles"}
    assert of(**asked)["wuhan_pilot"] == ("unknown", 0, ("titles",))
    voucher = of(**PILOT, industry_code="3670", vouchers_this_year_fen=500)["cloud_voucher"]
    assert voucher == ("yes", 500, ())
