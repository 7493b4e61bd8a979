"""The redemption forecast, on histories made up so that the answer is known."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.forecasting import (
    LEAST,
    Case,
    Life,
    Open,
    combined,
    forecast,
    life_table,
    redeemed_until,
)

DAY = dt.date(2026, 3, 16)
FEN = 1_000_000


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def ahead(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def lived(weeks: int, redeemed: int | None, fen: int = FEN) -> Life:
    """A voucher that expired after some weeks, wholly redeemed in one of them or never."""
    issued = ago(700)
    end = issued + dt.timedelta(days=7 * weeks - 1)
    came = () if redeemed is None else ((issued + dt.timedelta(days=7 * redeemed), fen),)
    return Life(issued, end, fen, came)


def test_without_a_history_nothing_is_foretold() -> None:
    found = forecast(DAY, [Open(ago(3), ahead(90), FEN)], life_table([]))
    assert found.middle == Case(0, 0, FEN)
    assert found.low == found.high == found.middle
    assert not found.enough
    assert found.weeks == ()


def test_a_history_of_too_few_vouchers_is_none() -> None:
    few = life_table([lived(10, 2)] * (LEAST - 1))
    assert forecast(DAY, [Open(DAY, ahead(70), FEN)], few).middle.unknown_fen == FEN
    enough = life_table([lived(10, 2)] * LEAST)
    assert forecast(DAY, [Open(DAY, ahead(14), FEN)], enough).middle.unknown_fen == 0


def test_one_giant_among_small_vouchers_is_no_crowd() -> None:
    history = life_table([lived(10, None)] * 100 + [lived(10, None, 1_000 * FEN)])
    assert history[0].cases == 1
    assert not forecast(DAY, [Open(DAY, ahead(70), FEN)], history).enough


def test_a_third_redeemed_half_way_is_foretold_as_a_third_half_way() -> None:
    history = life_table([lived(10, 4)] * 100 + [lived(10, None)] * 200)
    found = forecast(DAY, [Open(DAY, ahead(70), 3 * FEN)], history)
    assert found.enough
    assert abs(found.middle.redeemed_fen - FEN) <= 1
    assert found.middle.redeemed_fen + found.middle.lapsed_fen == 3 * FEN
    assert [week for week, fen in enumerate(found.weeks) if fen] == [4]
    assert found.low.redeemed_fen < FEN < found.high.redeemed_fen
    assert redeemed_until(found, ahead(28)) == 0
    assert redeemed_until(found, ahead(70)) == found.middle.redeemed_fen


def test_what_is_older_than_the_week_of_redemptions_will_lapse() -> None:
    history = life_table([lived(10, 4)] * 100 + [lived(10, None)] * 200)
    found = forecast(DAY, [Open(ago(35), ahead(35), 3 * FEN)], history)
    assert found.middle == Case(0, 3 * FEN, 0)


def test_the_band_is_narrower_the_more_was_watched() -> None:
    open_now = [Open(DAY, ahead(70), FEN)]
    bands = []
    for many in (1, 10, 100):
        history = life_table(([lived(10, 4)] * 10 + [lived(10, None)] * 30) * many)
        found = forecast(DAY, open_now, history)
        bands.append(found.high.redeemed_fen - found.low.redeemed_fen)
    assert bands[0] > bands[1] > bands[2] > 0


def test_vouchers_longer_than_any_before_are_foretold_as_far_as_the_history_reaches() -> None:
    history = life_table([lived(10, 4)] * 100 + [lived(10, None)] * 200)
    found = forecast(DAY, [Open(DAY, ahead(210), 3 * FEN)], history)
    assert abs(found.middle.redeemed_fen - FEN) <= 1
    assert found.middle.lapsed_fen == 0
    assert found.middle.unknown_fen == 3 * FEN - found.middle.redeemed_fen


def test_a_redemption_beyond_the_voucher_is_no_history() -> None:
    with pytest.raises(ValueError, match="redeemed"):
        life_table([Life(ago(70), DAY, 5, ((ago(60), 6),))])


lives = st.builds(
    lambda age, seen, fen, parts: Life(
        ago(age),
        ago(max(age - seen, 0)),
        fen,
        tuple((ago(max(age - days, 0)), fen * share // 400) for days, share in parts),
    ),
    st.integers(0, 400),
    st.integers(0, 400),
    st.integers(1, 10 * FEN),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 100)), max_size=4),
)
opens = st.builds(
    lambda age, left, fen: Open(ago(age), ahead(left), fen),
    st.integers(0, 400), st.integers(-10, 400), st.integers(0, 10 * FEN),
)  # fmt: skip


@given(st.lists(lives, max_size=40).map(lambda some: some * 20), st.lists(opens, max_size=12))
def test_every_fen_is_in_one_place_and_the_cases_are_in_order(
    history: list[Life], open_now: list[Open]
) -> None:
    table = life_table(history)
    found = forecast(DAY, open_now, table)
    assert found == forecast(DAY, list(reversed(open_now)), life_table(reversed(history)))
    for case in (found.low, found.middle, found.high):
        assert min(case.redeemed_fen, case.lapsed_fen, case.unknown_fen) >= 0
        assert case.redeemed_fen + case.lapsed_fen + case.unknown_fen == found.open_fen
    assert found.low.redeemed_fen <= found.middle.redeemed_fen <= found.high.redeemed_fen
    assert sum(found.weeks) == found.middle.redeemed_fen
    twice = combined([found, found])
    assert twice.middle.redeemed_fen == sum(twice.weeks) == 2 * found.middle.redeemed_fen
    assert all(week >= 0 for week in found.weeks)
    assert all(0 <= week.redeemed_fen <= week.at_risk_fen for week in table)
