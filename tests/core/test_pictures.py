"""Pictures that look the same are all found, and no others."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.pictures import BITS, Pictures, bands_of, bits_of, looks_bps
from tests.core.screening_oracle import looks_the_same


def copies(chance: random.Random, count: int) -> list[int]:
    """Different prints, most of them a few bits from another."""
    prints = [chance.getrandbits(64)]
    while len(prints) < count:
        fresh = chance.choice(prints)
        for _ in range(chance.randrange(9)):
            fresh ^= 1 << chance.randrange(64)
        fresh = fresh if chance.random() < 0.8 else chance.getrandbits(64)
        if fresh not in prints:
            prints.append(fresh)
    return prints


@settings(suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(0, 9), st.integers(1, 40))
def test_all_that_differ_in_few_enough_bits_are_found_once(
    chance: random.Random, most_bits: int, count: int
) -> None:
    prints = copies(chance, count)
    true = {pair: looks_bps(bits) for pair, bits in looks_the_same(prints, most_bits).items()}
    pairs: list[tuple[int, int, int]] = []
    for found in Pictures(np.array(prints, np.uint64), most_bits).pairs():
        pairs += zip(*(part.tolist() for part in found), strict=True)
    assert len(pairs) == len(true)
    assert {(left, right): bps for left, right, bps in pairs} == true


@pytest.mark.parametrize("most_bits", range(9))
def test_prints_that_differ_in_so_many_bits_differ_once_at_the_most_in_some_band(
    most_bits: int,
) -> None:
    bands = bands_of(most_bits)
    # Bits that lie in the same bands are alike.
    kinds = {tuple(mask >> bit & 1 for mask in bands) for bit in range(BITS)}
    assert all(any(kind) for kind in kinds)
    for differing in combinations_with_replacement(kinds, most_bits):
        assert min(map(sum, zip(*differing, strict=True)), default=0) <= 1


def test_a_print_is_sixteen_hexadecimal_digits() -> None:
    assert bits_of("00000000000000ff") == 255
    for wrong in ("", "ff", "zz00000000000000"):
        with pytest.raises(ValueError, match=r"hexadecimal|invalid literal"):
            bits_of(wrong)
    with pytest.raises(ValueError, match="bits"):
        Pictures(np.empty(0, np.uint64), 40)


def test_a_catalogue_of_what_looks_the_same_is_left_once_enough_is_known_of_it() -> None:
    prints = np.arange(3_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) & np.uint64(63)
    prints = np.unique(prints | np.arange(3_000, dtype=np.uint64) << np.uint64(50))
    spent, met = np.zeros(len(prints), np.bool_), 0
    for found in Pictures(prints, 20).pairs(spent):
        assert not (spent[found.left] & spent[found.right]).any()
        met += len(found.left)
        spent[found.left] = spent[found.right] = True
    assert 0 < met < len(prints) ** 2 / 4
