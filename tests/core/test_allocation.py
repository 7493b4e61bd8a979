"""A list keeps its limits, fills its floors, and is the best of all that do: held against every
list there is."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.allocation import (
    Allocation,
    AllocationError,
    Candidate,
    Limits,
    allocate,
    limits_of,
    ranked,
)
from dengta.core.selection import Floor, FloorBy, Quota, QuotaBy, Selection
from dengta.core.shapes import Period, Source, Text

CITIES = ("武汉", "宜昌", "恩施")
INDUSTRIES = ("36", "38", "39")
WHERE: dict[FloorBy, tuple[str, ...]] = {"city": CITIES, "industry": INDUSTRIES}


def candidates(chance: random.Random, most: int) -> list[Candidate]:
    """Some applications; an applicant lies in one city."""
    homes = [chance.choice(CITIES) for _ in range(4)]
    dear = chance.random() < 0.5
    found = []
    for at in range(chance.randint(0, most)):
        firm = chance.randrange(4)
        found.append(
            Candidate(
                f"a{at}", Fraction(chance.randint(0, 6), chance.choice([1, 3])), homes[firm],
                chance.choice(INDUSTRIES), f"f{firm}",
                chance.choice([0, 1, 2, 3, 5, 8]) if dear else 3,
                (Fraction(chance.randint(0, 1)),), str(chance.randint(0, 9)),
                chance.random() < 0.9,
            )
        )  # fmt: skip
    return found


def limits(chance: random.Random) -> Limits:
    """Some limits and floors; groups lie in one another or apart."""

    def maybe(low: int, high: int) -> int | None:
        return chance.randint(low, high) if chance.random() < 0.6 else None

    every: dict[QuotaBy, tuple[str, ...]] = {**WHERE, "applicant": ("f0", "f1")}
    quotas = [
        Quota(by, chance.randint(0, 4), "award", {chance.choice(values): chance.randint(0, 3)})
        for by, values in every.items()
        if chance.random() < 0.5
    ]
    floors = []
    for by, values in WHERE.items():
        if chance.random() < 0.6:
            some = tuple(chance.sample(values, chance.randint(1, 2)))
            floors.append(Floor(by, chance.randint(0, 3), some, chance.random() < 0.5))
        if chance.random() < 0.4:
            floors.append(Floor(by, chance.randint(0, 2), (chance.choice(values),)))
    chance.shuffle(floors)
    return Limits(
        maybe(0, 6), maybe(0, 20), maybe(0, 20), chance.choice([10_000, 5_000]), maybe(1, 4),
        chance.randint(0, 2), tuple(quotas), tuple(floors),
    )  # fmt: skip


def keeps(chosen: list[Candidate], rule: Limits) -> bool:
    """Whether a list keeps every limit."""
    if rule.places is not None and len(chosen) > rule.places:
        return False
    money = sum(rule.amount(one) for one in chosen)
    if rule.budget_fen is not None and money > rule.budget_fen:
        return False
    return all(
        sum(getattr(one, quota.by) == value for one in chosen) <= quota.of(value)
        for quota in rule.quotas
        for value in {getattr(one, quota.by) for one in chosen}
    )


def best(found: list[Candidate], rule: Limits) -> tuple[list[str], list[int]]:
    """By trying every list: floors one after the other as high as can be, then rank."""
    order = [one for one in ranked(found) if one.passed]
    lists = [
        chosen
        for yes in itertools.product((True, False), repeat=len(order))
        if keeps(chosen := [one for one, y in zip(order, yes, strict=True) if y], rule)
    ]
    least = []
    for floor in rule.floors:
        groups = [floor.values] if floor.together else [(value,) for value in floor.values]
        for group in groups:
            counts = [sum(getattr(one, floor.by) in group for one in each) for each in lists]
            least.append(min(floor.least, max(counts)))
            lists = [e for e, n in zip(lists, counts, strict=True) if n >= least[-1]]
    return [one.id for one in lists[0]], least


def hold(found: list[Candidate], rule: Limits) -> Allocation:
    made = allocate(found, rule)
    assert (list(made.awarded), [floor.least for floor in made.floors]) == best(found, rule)
    return made


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_list_is_the_first_of_all_that_keep_the_rules(chance: random.Random) -> None:
    made = hold(candidates(chance, 8), limits(chance))
    assert [place.rank for place in made.places] == list(range(1, len(made.places) + 1))
    for place in made.places:
        assert place.reason.zh and place.reason.en
        assert "：；" not in place.reason.zh and not place.reason.zh.endswith("：")


def test_it_holds_on_thousands_of_small_cases() -> None:
    lowered = 0
    for seed in range(1500):
        chance = random.Random(seed)
        lowered += bool(hold(candidates(chance, 7), limits(chance)).lowered)
    assert lowered > 500


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_applications_come_in_makes_no_difference(
    chance: random.Random,
) -> None:
    found, rule = candidates(chance, 12), limits(chance)
    mixed = chance.sample(found, len(found))
    assert allocate(found, rule) == allocate(mixed, rule)


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_after_a_withdrawal_all_others_keep_their_places(chance: random.Random) -> None:
    found, rule = candidates(chance, 10), limits(chance)
    before = allocate(found, rule).awarded
    if not before:
        return
    gone = chance.choice(before)
    rest = [one for one in found if one.id != gone]
    after = allocate(rest, rule, frozenset(before) - {gone})
    assert set(before) - {gone} <= set(after.awarded)
    assert keeps([one for one in rest if one.id in after.awarded], rule)


def one(id: str, score: int, city: str = "武汉", **more: Any) -> Candidate:
    return Candidate(id, Fraction(score), city, **more)


def test_floors_come_first_where_giving_by_rank_alone_would_leave_them_empty() -> None:
    found = [one("a", 90), one("b", 80), one("c", 70, "恩施"), one("d", 60, "恩施")]
    rule = Limits(places=2, reserve=1, floors=(Floor("city", 1, ("恩施",)),))
    made = allocate(found, rule)
    assert made.awarded == ("a", "c")
    assert [place.outcome for place in made.places] == ["award", "reserve", "award", "none"]
    assert made.places[1].reason.zh == (
        "候补第 1 名：余下 1 个名额须留给：恩施至少 1 个，尚缺 1 个"
    )
    assert made.places[2].reason.zh == "第 3 名；恩施至少 1 个，尚缺 1 个，由此入选"
    assert made.places[3].reason.en == "all 2 places are taken"


def test_a_floor_that_nobody_could_fill_is_named_and_lowered() -> None:
    rule = Limits(floors=(Floor("city", 3, ("恩施", "武汉"), True), Floor("city", 2, ("神农架",))))
    made = allocate([one("a", 90), one("b", 80, "恩施")], rule)
    assert made.awarded == ("a", "b")
    assert [(floor.values, floor.asked, floor.least, floor.got) for floor in made.lowered] == [
        (("恩施", "武汉"), 3, 2, 2),
        (("神农架",), 2, 0, 0),
    ]


def test_a_cheap_one_keeps_a_floor_where_money_is_short() -> None:
    found = [
        one("a", 90, base_fen=60),
        one("b", 80, "恩施", base_fen=50),
        one("c", 70, "恩施", base_fen=40),
    ]
    made = allocate(found, Limits(budget_fen=100, floors=(Floor("city", 1, ("恩施",)),)))
    assert made.awarded == ("a", "c")
    assert "预算余 0.40 元，不足 0.50 元" in made.places[1].reason.zh


def test_a_pool_that_does_not_reach_is_divided_without_loss() -> None:
    found = [one(f"a{n}", 90 - n, base_fen=100 + n) for n in range(7)]
    made = allocate(found, Limits(pool_fen=100, rate_bps=5_000, cap_fen=52))
    assert made.total_fen == 100
    assert all(place.amount_fen in (13, 14, 15) for place in made.places)
    assert allocate(found, Limits(pool_fen=1_000)).total_fen == sum(100 + n for n in range(7))


def test_groups_that_cross_and_doubles_are_refused_in_words() -> None:
    crossing = (Floor("city", 1, ("甲", "乙"), True), Floor("city", 1, ("乙", "丙"), True))
    with pytest.raises(AllocationError, match="有交叉"):
        allocate([one("a", 90)], Limits(floors=crossing))
    with pytest.raises(AllocationError, match="不止一次"):
        allocate([one("a", 90), one("a", 80)], Limits())
    two = [one("a", 90, applicant="f"), one("b", 80, "宜昌", applicant="f")]
    with pytest.raises(AllocationError, match="两地"):
        allocate(two, Limits(quotas=(Quota("applicant", 1, "award"),)))


def test_who_holds_a_place_that_the_rules_do_not_allow_is_named() -> None:
    with pytest.raises(AllocationError, match="“b”已有名额"):
        allocate([one("a", 90), one("b", 80)], Limits(places=1), frozenset("ab"))


def test_the_limits_of_a_selection_are_those_that_count_when_the_list_is_made() -> None:
    text = Text("", "")
    chosen = Selection(
        "s", "p", text, Source(""), Period(), "enterprise", ("panel", "publicity"), {}, (), (), (),
        quotas=(
            Quota("round", 100, "award"), Quota("city", 12, "award"), Quota("city", 20, "recommend")
        ),
        floors=(Floor("city", 1, ("420500",)),), reserve_bps=1_000,
    )  # fmt: skip
    rule = limits_of(chosen, places=80, budget=5)
    assert (rule.places, rule.reserve, rule.budget_fen) == (80, 8, 5)
    assert rule.quotas == (Quota("city", 12, "award"),)
    assert limits_of(chosen).places == 100


@pytest.mark.parametrize("spread", [0, 1, 1_000_000])
def test_three_thousand_keep_every_limit_and_floor(spread: int) -> None:
    chance = random.Random(1)
    cities = [f"42{n:02d}00" for n in range(1, 18)]
    industries = [str(n) for n in range(13, 44)]
    found = []
    for at in range(3_000):
        firm = chance.randrange(1_500)
        more = chance.randint(0, 4) * 10_000_000 * bool(spread) + chance.randrange(spread or 1)
        found.append(
            Candidate(
                f"a{at}", Fraction(chance.randint(60_000, 99_000), 1_000) - firm % 17,
                cities[firm % 17], chance.choice(industries), f"f{firm}", 10_000_000 + more,
            )
        )  # fmt: skip
    rule = Limits(
        places=300, budget_fen=7_000_000_000, reserve=30,
        quotas=(
            Quota("city", 30, "award"), Quota("industry", 25, "award"),
            Quota("applicant", 1, "award"),
        ),
        floors=(Floor("city", 8, tuple(cities)), Floor("industry", 3, tuple(industries))),
    )  # fmt: skip
    made = allocate(found, rule)
    assert len(made.awarded) > 200
    assert not made.lowered
    assert all(floor.got >= floor.least for floor in made.floors)
    assert keeps([one for one in found if one.id in set(made.awarded)], rule)
