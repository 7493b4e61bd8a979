"""Money in integer 分: read, written, shared and divided without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.money import MoneyError, fen_from_yuan, largest_remainder, rate, share, wan, yuan

amounts = st.integers(-(10**17), 10**17)


@given(fen=amounts)
def test_what_is_written_in_yuan_reads_back_exactly(fen: int) -> None:
    assert fen_from_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        (" 0.01 ", 1),
        ("-3", -300),
        ("0", 0),
        ("7.05", 705),
    ],
)
def test_yuan_is_read_as_people_write_it(text: str, fen: int) -> None:
    assert fen_from_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "1,23", "1e3", "１２", "abc", "1.", ".5", "--1"])
def test_what_is_no_amount_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(MoneyError) as refused:
        fen_from_yuan(text)
    assert text in refused.value.message.zh and "1234.50" in refused.value.message.en


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (20_000_000, "20万元", "CNY 200,000"),
        (2_050_000, "2.05万元", "CNY 20,500"),
        (5_000_000_000_000, "500亿元", "CNY 50,000,000,000"),
        (1_000_100, "10,001元", "CNY 10,001"),
        (1234, "12.34元", "CNY 12.34"),
        (-5_000_000, "-5万元", "CNY -50,000"),
        (0, "0元", "CNY 0"),
    ],
)
def test_the_short_form_is_exact_in_both_languages(fen: int, zh: str, en: str) -> None:
    assert wan(fen) == (zh, en)


def test_rates_read_as_per_cent() -> None:
    assert [rate(bps) for bps in (3000, 1250, 5, 0, -300)] == [
        "30 %",
        "12.5 %",
        "0.05 %",
        "0 %",
        "-3 %",
    ]


def test_half_a_fen_goes_up() -> None:
    assert [share(amount, 2000) for amount in (2, 3, 7, 8)] == [0, 1, 1, 2]
    assert share(25, 2) == 0 and share(1, 5000) == 1


@given(amount=st.integers(0, 10**12), bps=st.integers(0, 10_000))
def test_a_share_is_within_half_a_fen_of_the_true_one(amount: int, bps: int) -> None:
    assert abs(2 * (share(amount, bps) * 10_000 - amount * bps)) <= 10_000


def test_a_share_of_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        share(-1, 100)


@given(
    total=st.integers(0, 10**15), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9)
)
def test_what_is_divided_adds_up_and_nobody_is_off_by_more_than_one(
    total: int, weights: list[int]
) -> None:
    whole = sum(weights)
    if whole == 0:
        return
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert total * weight // whole <= part <= total * weight // whole + 1


def test_ties_go_to_the_earlier_one() -> None:
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (-1, [1]), (1, [2, -1])])
def test_what_cannot_be_divided_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"nothing to divide|must not be negative"):
        largest_remainder(total, weights)
