"""The most that several benefits pay together: held against every way to put costs to them."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.paying import Payers

Shares = list[tuple[int, ...]]


@st.composite
def bills(draw: st.DrawFn) -> tuple[Shares, tuple[int, ...]]:
    """Up to three benefits over up to seven costs; some cover nothing, some are nearly used up."""
    count = draw(st.integers(0, 3))
    part = st.one_of(st.just(0), st.integers(0, 30), st.sampled_from([3, 4, 6, 8]))
    shares = draw(st.lists(st.tuples(*[part] * count), max_size=7))
    return shares, draw(st.tuples(*[st.integers(0, 60)] * count))


def brute(shares: Shares, left: tuple[int, ...]) -> int:
    """The best of all ways to put each cost to one benefit or none."""
    best = 0
    for puts in itertools.product(range(-1, len(left)), repeat=len(shares)):
        sums = [0] * len(left)
        for parts, put in zip(shares, puts, strict=True):
            if put >= 0:
                sums[put] += parts[put]
        best = max(best, sum(map(min, sums, left)))
    return best


@settings(max_examples=300, deadline=None)
@given(bills())
def test_the_most_that_is_paid_is_what_trying_everything_finds(
    bill: tuple[Shares, tuple[int, ...]],
) -> None:
    shares, left = bill
    paid = Payers(shares, left).most(range(len(shares)))
    assert paid.fen == brute(shares, left)
    sums = [0] * len(left)
    for cost, benefit in paid.by.items():
        assert shares[cost][benefit] > 0
        sums[benefit] += shares[cost][benefit]
    assert sum(map(min, sums, left)) == paid.fen


def test_only_the_costs_that_are_named_are_paid_for() -> None:
    payers = Payers([(5, 0), (7, 9), (0, 4)], (100, 100))
    assert payers.most([0, 1]).fen == 14
    assert payers.most([]).fen == 0
    assert payers.most([2]).by == {2: 1}


def test_a_cost_goes_to_the_lower_share_when_that_fills_both_caps() -> None:
    # Each taken by its larger share, the second benefit would be used up and the first untouched.
    payers = Payers([(3, 4)] * 20, (30, 40))
    assert payers.most(range(20)).fen == 70


def test_many_costs_that_nearly_fill_a_cap_are_put_to_the_last_fen() -> None:
    # Both caps cannot be filled at once, and of 40 costs there are 2 to the 40 ways to try.
    shares = [(3 * n, 4 * n) for n in range(1, 41)]
    paid = Payers(shares, (1201, 1679)).most(range(40))
    assert paid.fen == 1200 + 1679
