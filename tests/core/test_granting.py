"""What a scheme grants: sums are exact, more cost never gives less, no cap is ever crossed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.granting import (
    Cost,
    Granted,
    GrantingError,
    Split,
    count,
    grant,
    instalments,
    interest,
    shared,
    split,
    voucher_amount,
)
from dengta.core.schemes import CostClass, Instalment, Level, Scheme, SchemeKind, Table
from dengta.core.shapes import Period, Source, Text

WORD = Text("某", "Some")
FEN = st.integers(0, 10**12)
BPS = st.integers(0, 10_000)
DEPTH = Table(by="depth", rows={"shallow": 2_000, "deep": 3_000})


def scheme(
    *classes: tuple[int, int | None],
    kind: SchemeKind = "subsidy",
    rate: Table | None = None,
    fixed: Table | None = None,
    cap: Table | None = None,
    first: int | None = None,
    later: int | None = None,
    yearly: int | None = None,
    matched: bool = False,
    sharing: Mapping[Level, int] | None = None,
    parts: tuple[Instalment, ...] = (Instalment(10_000, "approved"),),
) -> Scheme:
    """A scheme whose kinds of cost are `c0`, `c1`, … with (counted_bps, most_bps)."""
    return Scheme(
        id="s", edition="s", programme="p", name=WORD, summary=WORD, kind=kind,
        source=Source("D"), in_force=Period(dt.date(2025, 1, 1)),
        rate=rate, fixed=fixed, cap=cap,
        first_cap_fen=first, later_cap_fen=later, yearly_cap_fen=yearly, matched=matched,
        sharing={"province": 10_000} if sharing is None else sharing, instalments=parts,
        costs=tuple(CostClass(f"c{at}", WORD, *each) for at, each in enumerate(classes)),
    )  # fmt: skip


# ---------------------------------------------------------------- costs

CLASSES = st.lists(st.tuples(BPS, st.none() | st.integers(1, 10_000)), min_size=1, max_size=4)


@st.composite
def claims(draw: st.DrawFn, most: int = 10**12) -> tuple[Scheme, list[Cost]]:
    """A scheme and a claim's lines, some of them cut."""
    chosen = scheme(*draw(CLASSES))
    costs = []
    for at in range(draw(st.integers(0, 6))):
        amount = draw(st.integers(0, most))
        allowed = draw(st.none() | st.integers(0, amount))
        costs.append(
            Cost(str(at), draw(st.sampled_from([c.id for c in chosen.costs])), amount, allowed)
        )
    return chosen, costs


@given(claims())
def test_lines_and_classes_make_the_sum_and_no_line_counts_more_than_is_left_of_it(
    claim: tuple[Scheme, list[Cost]],
) -> None:
    chosen, costs = claim
    counted = count(chosen, costs)
    assert counted.fen == sum(counted.by_class.values()) == sum(x.fen for x in counted.lines)
    assert [line.id for line in counted.lines] == [cost.id for cost in costs]
    for cost, line in zip(costs, counted.lines, strict=True):
        left = cost.amount_fen if cost.allowed_fen is None else cost.allowed_fen
        assert 0 <= line.fen <= left and type(line.fen) is int
        assert line.why.zh.endswith("。") and line.why.en.endswith(".")
    for each in chosen.costs:
        if each.most_bps is not None:
            assert counted.by_class[each.id] * 10_000 <= each.most_bps * counted.fen


@given(claims(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing(
    claim: tuple[Scheme, list[Cost]], chance: object
) -> None:
    chosen, costs = claim
    mixed = list(costs)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = count(chosen, costs), count(chosen, mixed)
    assert one.by_class == other.by_class
    assert set(one.lines) == set(other.lines)


def test_an_odd_fen_goes_to_the_same_line_in_any_order() -> None:
    chosen, costs = scheme((5_000, None)), [Cost("a", "c0", 1), Cost("b", "c0", 1)]
    for order in (costs, costs[::-1]):
        assert {line.id: line.fen for line in count(chosen, order).lines} == {"a": 1, "b": 0}


@given(claims(), st.integers(0, 5), FEN)
def test_more_cost_never_counts_less(claim: tuple[Scheme, list[Cost]], at: int, more: int) -> None:
    chosen, costs = claim
    extra = Cost("more", chosen.costs[at % len(chosen.costs)].id, more)
    assert count(chosen, [*costs, extra]).fen >= count(chosen, costs).fen


@given(claims(), st.integers(0, 10_000))
def test_one_line_written_as_two_counts_the_same(
    claim: tuple[Scheme, list[Cost]], part: int
) -> None:
    chosen, costs = claim
    for cost in costs[:1]:
        left = cost.amount_fen if cost.allowed_fen is None else cost.allowed_fen
        one = left * part // 10_000
        parts = [Cost("x", cost.cost_class, one), Cost("y", cost.cost_class, left - one)]
        assert count(chosen, [*parts, *costs[1:]]).by_class == count(chosen, costs).by_class


@given(claims(most=60))
def test_the_bounds_leave_as_much_as_can_be(claim: tuple[Scheme, list[Cost]]) -> None:
    """Against trying every sum from above."""
    chosen, costs = claim
    free, bound = 0, []
    for each in chosen.costs:
        own = [c for c in costs if c.cost_class == each.id]
        left = sum(c.amount_fen if c.allowed_fen is None else c.allowed_fen for c in own)
        rated = int(Fraction(left * each.counted_bps, 10_000) + Fraction(1, 2))
        if each.most_bps is None:
            free += rated
        else:
            bound.append((rated, each.most_bps))
    total = free + sum(rated for rated, _ in bound)
    while free + sum(min(rated, total * bps // 10_000) for rated, bps in bound) < total:
        total -= 1
    assert count(chosen, costs).fen == total


def test_bounds_that_make_just_the_whole_end_quickly() -> None:
    chosen = scheme((10_000, 3_333), (10_000, 6_667))
    counted = count(chosen, [Cost("1", "c0", 10**15), Cost("2", "c1", 10**15 + 7)])
    assert counted.fen % 10_000 == 0 and counted.fen > 14 * 10**14


def test_a_line_says_why_it_counts_as_it_does() -> None:
    chosen = scheme((10_000, None), (5_000, None), (0, None), (10_000, 3_000))
    lines = count(
        chosen,
        [
            Cost("a", "c0", 700),
            Cost("b", "c0", 300, 200, "与另一张发票重复。"),
            Cost("c", "c1", 300),
            Cost("d", "c2", 300),
            Cost("e", "c3", 1_000),
        ],
    ).lines
    said = {line.id: (line.fen, line.why.zh) for line in lines}
    assert said["a"] == (700, "全额计入。")
    assert said["b"] == (200, "申报 3元，核定 2元：与另一张发票重复。")
    assert said["c"] == (150, "“某”按 50 % 计入。")
    assert said["d"] == (0, "“某”不计入补助范围。")
    assert said["e"] == (450, "“某”最多占核定费用的 30 %，超出部分按比例扣减。")


@pytest.mark.parametrize(
    ("cost", "field"),
    [
        (Cost("1", "c0", -1), "amount_fen"),
        (Cost("1", "c0", 5, -1), "allowed_fen"),
        (Cost("1", "c0", 5, 6), "allowed_fen"),
        (Cost("1", "c9", 5), "cost_class"),
        (Cost("0", "c0", 5), "id"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_its_field_named(cost: Cost, field: str) -> None:
    with pytest.raises(GrantingError) as refused:
        count(scheme((10_000, None)), [Cost("0", "c0", 1), cost])
    assert refused.value.field == field
    assert refused.value.message.zh and refused.value.message.en


# ---------------------------------------------------------------- the amount

LIMIT = st.none() | st.integers(0, 10**8)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Scheme, dict[str, int | None]]:
    """A scheme with some of the limits there are, and what a case comes with."""
    fixed = draw(st.none() | st.integers(0, 10**8))
    chosen = scheme(
        (10_000, None),
        rate=DEPTH if fixed is None else None,
        fixed=None if fixed is None else Table(fixed),
        cap=draw(st.none() | st.builds(Table, st.integers(0, 10**8))),
        first=draw(LIMIT), later=draw(LIMIT), yearly=draw(LIMIT), matched=draw(st.booleans()),
    )  # fmt: skip
    given = {
        "paid_fen": draw(st.none() | st.integers(0, 10**8)),
        "earlier": draw(st.integers(0, 2)),
        "year_left_fen": draw(LIMIT),
    }
    return chosen, given


def _granted(chosen: Scheme, fen: int, given: dict[str, int | None]) -> Granted:
    return grant(
        chosen, fen, {"depth": "deep"}, paid_fen=given["paid_fen"],
        earlier=given["earlier"] or 0, year_left_fen=given["year_left_fen"],
    )  # fmt: skip


@given(cases(), st.integers(0, 10**9))
def test_no_limit_is_ever_crossed_and_the_steps_lead_to_the_amount(
    case: tuple[Scheme, dict[str, int | None]], fen: int
) -> None:
    chosen, given = case
    granted = _granted(chosen, fen, given)
    amount = granted.amount_fen
    assert amount is not None and type(amount) is int and amount >= 0
    limits = [
        fen,
        chosen.cap.amount if chosen.cap else None,
        chosen.later_cap_fen if given["earlier"] else chosen.first_cap_fen,
        chosen.yearly_cap_fen,
        given["year_left_fen"],
        given["paid_fen"] if chosen.matched else None,
    ]
    wanted = (fen * 3_000 + 5_000) // 10_000 if chosen.fixed is None else chosen.fixed.amount
    assert wanted is not None
    assert amount == min(wanted, *(limit for limit in limits if limit is not None))
    assert granted.steps[0].before_fen == fen and granted.steps[-1].after_fen == amount
    for one, other in zip(granted.steps, granted.steps[1:], strict=False):
        assert one.after_fen == other.before_fen > other.after_fen
    assert all(step.text.zh and step.text.en for step in granted.steps)


@given(cases(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_that_counts_never_grants_less(
    case: tuple[Scheme, dict[str, int | None]], fen: int, more: int
) -> None:
    chosen, given = case
    less = _granted(chosen, fen, given).amount_fen
    after = _granted(chosen, fen + more, given).amount_fen
    assert less is not None and after is not None and less <= after


@given(cases())
def test_a_voucher_in_advance_is_within_the_same_limits(
    case: tuple[Scheme, dict[str, int | None]],
) -> None:
    chosen, given = case
    left = given["year_left_fen"]
    own = chosen.later_cap_fen if given["earlier"] else chosen.first_cap_fen
    limits = [
        *(table.amount for table in (chosen.fixed, chosen.cap) if table is not None),
        *(each for each in (own, chosen.yearly_cap_fen, left) if each is not None),
    ]
    if not limits:
        with pytest.raises(GrantingError, match="不能事先定面额"):
            voucher_amount(chosen, {}, given["earlier"] or 0, left)
        return
    granted = voucher_amount(chosen, {}, given["earlier"] or 0, left)
    assert granted.amount_fen == min(limit for limit in limits if limit is not None)


def test_a_missing_fact_leaves_the_amount_unknown_and_is_named() -> None:
    chosen = scheme((10_000, None), rate=DEPTH)
    granted = grant(chosen, 1_000, {}, paid_fen=1_000)
    assert (granted.amount_fen, granted.missing) == (None, ("depth",))
    assert granted.steps[0].text.zh == "缺少“depth”，补填后才能算出金额。"
    capped = scheme((10_000, None), rate=Table(100), cap=DEPTH)
    assert grant(capped, 1_000, {}, paid_fen=1_000).missing == ("depth",)


def test_a_value_without_a_row_gets_nothing_and_is_told_so() -> None:
    granted = grant(scheme((10_000, None), rate=DEPTH), 1_000, {"depth": "none"}, paid_fen=0)
    assert granted.amount_fen == 0 and "不在支持范围" in granted.steps[0].text.zh


def test_the_steps_are_said_as_an_official_would() -> None:
    chosen = scheme(
        (10_000, None), rate=Table(3_000), cap=Table(30_000_000), first=25_000_000,
        yearly=20_000_000, matched=True,
    )  # fmt: skip
    granted = grant(chosen, 200_000_000, {}, paid_fen=5_000_000, year_left_fen=10_000_000)
    assert [step.text.zh for step in granted.steps] == [
        "核定费用 200万元 × 30 %，为 60万元。",
        "每个项目最高 30万元，为 30万元。",
        "首次申领最高 25万元，为 25万元。",
        "每家每年最高 20万元，本年度还剩 10万元，为 10万元。",
        "财政补助不超过企业实际支付的 5万元，为 5万元。",
    ]


def test_public_money_is_not_one_fen_above_what_the_firm_paid() -> None:
    chosen = scheme((10_000, None), rate=Table(10_000), matched=True)
    paid = {fen: grant(chosen, 1_000, {}, paid_fen=fen).amount_fen for fen in (999, 1_000, 1_001)}
    assert paid == {999: 999, 1_000: 1_000, 1_001: 1_000}
    assert grant(chosen, 1_000, {}, paid_fen=None).amount_fen == 1_000  # an advance


def test_a_reward_is_what_the_award_says() -> None:
    granted = grant(scheme(kind="reward", cap=Table(70)), 100, {}, paid_fen=0)
    assert granted.amount_fen == 70 and granted.steps[0].text.zh == "按认定结果给予，为 1元。"


@pytest.mark.parametrize("field", ["counted_fen", "paid_fen", "earlier", "year_left_fen"])
def test_a_negative_number_is_refused_by_name(field: str) -> None:
    given = {"counted_fen": 0, "paid_fen": 0, "earlier": 0, "year_left_fen": 0, field: -1}
    with pytest.raises(GrantingError) as refused:
        grant(scheme((10_000, None), rate=DEPTH), facts={}, **given)
    assert refused.value.field == field


# ---------------------------------------------------------------- shares, instalments, interest


@given(FEN, FEN, FEN, FEN)
def test_the_three_parts_make_the_list_price_or_the_field_is_named(
    price: int, discount: int, public: int, paid: int
) -> None:
    try:
        parts = split(price, discount, public, paid)
    except GrantingError as refused:
        wrong = {
            "discount_fen": discount > price,
            "public_fen": public > price - discount or public > paid,
            "paid_fen": paid > price - discount,
        }
        assert wrong[refused.field]
        return
    assert parts.enterprise_fen + parts.provider_fen + parts.public_fen == price
    assert min(parts.enterprise_fen, parts.provider_fen) >= 0 and parts.public_fen <= paid


def test_each_gives_a_little() -> None:
    assert split(100_000, 10_000, 30_000, 90_000) == Split(60_000, 10_000, 30_000)
    assert split(100_000, 10_000, 30_000, 60_000) == Split(60_000, 10_000, 30_000)
    with pytest.raises(GrantingError, match=r"补助 300元 多于企业实付 299.99元"):
        split(100_000, 10_000, 30_000, 29_999)


@given(st.integers(0, 10**15), st.integers(1, 9_998), st.integers(1, 9_998))
def test_purses_and_instalments_divide_an_amount_exactly(amount: int, one: int, two: int) -> None:
    one, two = sorted((one, two))
    sharing: dict[Level, int] = {"city": two - one + 1, "province": one, "county": 9_999 - two}
    parts = tuple(Instalment(bps, "accepted") for bps in sharing.values())
    chosen = scheme((10_000, None), sharing=sharing, parts=parts)
    purses = shared(chosen, amount)
    assert list(purses) == ["province", "city", "county"] and sum(purses.values()) == amount
    for level, fen in purses.items():
        assert abs(fen - Fraction(amount * sharing[level], 10_000)) < 1
    assert sum(fen for _, fen in instalments(chosen, amount)) == amount


def test_only_the_purses_that_share_are_named_and_the_order_of_instalments_is_kept() -> None:
    parts = (Instalment(7_000, "approved"), Instalment(3_000, "accepted"))
    chosen = scheme((10_000, None), sharing={"city": 10_000}, parts=parts)
    assert shared(chosen, 101) == {"city": 101}
    assert instalments(chosen, 101) == (("approved", 71), ("accepted", 30))


@given(FEN, st.integers(0, 100_000), st.integers(0, 10_000))
def test_interest_is_the_exact_one_half_up(principal: int, bps: int, days: int) -> None:
    exact = Fraction(principal * bps * days, 10_000 * 365)
    assert interest(principal, bps, days) == int(exact + Fraction(1, 2))


def test_interest_of_a_year_and_of_half_a_fen() -> None:
    assert interest(1_000_000, 300, 365) == 30_000
    assert interest(1, 5_000, 365) == 1
    with pytest.raises(GrantingError) as refused:
        interest(1, 1, -1)
    assert refused.value.field == "days"
