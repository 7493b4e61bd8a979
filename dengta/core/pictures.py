"""Same-looking pictures among a million, by 64 bits of how each looks (see `Document.picture`).

Two pictures look the same when their prints differ in at most so many bits. Of bands more than half
as many as bits may differ, one differs in at most one bit in both prints, so that looking for each
band as it is and with each of its bits turned over finds every such pair. The fewer bits, the wider
the bands and the fewer prints to look at; up to six bits a million takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from dengta.core.bands import Bands, pairs_between, pairs_within, wider
from dengta.core.near_text import Near

__all__ = ["BITS", "Pictures", "bits_of", "fields", "looks_bps"]

_Array = np.ndarray[Any, Any]
BITS = 64


def fields(most_bits: int) -> tuple[tuple[int, int], ...]:
    """Where each band begins and ends, in bits from the lowest, for prints that may differ in so
    many: one of them differs in one bit at the most."""
    bands = most_bits // 2 + 1
    edges = [BITS * n // bands for n in range(bands + 1)]
    return tuple(pairwise(edges))


def bits_of(picture: str) -> int:
    """The 64 bits of 16 hexadecimal digits. ValueError for anything else."""
    if len(picture) != BITS // 4:
        raise ValueError(f"“{picture}”: 16 hexadecimal digits")
    return int(picture, 16)


def looks_bps(differ: Any) -> Any:
    """How alike two pictures look that differ in so many bits, in basis points."""
    return (BITS - differ) * 10_000 // BITS


class Pictures:
    """Different prints as rows that keep their number, and which of them look the same."""

    def __init__(self, most_bits: int) -> None:
        if not 0 <= most_bits < 32:
            raise ValueError(f"{most_bits} bits: from 0 to 31")
        self.most_bits = most_bits
        self._fields = fields(most_bits)
        self._bands = Bands(len(self._fields))
        self._prints = np.empty(0, np.uint64)

    def __len__(self) -> int:
        return self._bands.count

    def append(self, one: int) -> int:
        """One more row; gives its number."""
        prints = np.array([one], np.uint64)
        self._hold(prints)
        return self._bands.append(self._keys(prints)[:, 0])

    def extend(self, prints: _Array) -> None:
        """Many more rows."""
        self._hold(prints)
        self._bands.extend(self._keys(prints))

    def settle(self) -> None:
        """Sort in what came one by one; `pairs` sees nothing else."""
        self._bands.settle()

    def print_of(self, row: int) -> int:
        """The print of a row."""
        return int(self._prints[row])

    def near(self, one: int) -> Iterator[tuple[_Array, _Array]]:
        """The rows that look the same as a print, in order, and how alike each is; all at once."""
        mine = np.uint64(one)
        tried = np.array([mine, *(mine ^ np.uint64(1 << bit) for bit in range(BITS))], np.uint64)
        keys = self._keys(tried)
        met = []
        for bit in range(max(high - low for low, high in self._fields) + 1):
            place = [low + bit if bit and low + bit <= high else 0 for low, high in self._fields]
            met.append(self._bands.like(keys[np.arange(len(place)), place]))
        rows = np.unique(np.concatenate(met))
        differ = np.bitwise_count(self._prints[rows] ^ mine)
        some = differ <= self.most_bits
        yield rows[some], looks_bps(differ[some].astype(np.int64))

    def pairs(self, spent: _Array | None = None, passed: _Array | None = None) -> Iterator[Near]:
        """All rows that look the same, some pairs at a time, each pair once; but for those of two
        that whoever asks marks as `spent` meanwhile."""
        for band, (low, high) in enumerate(self._fields):
            keys = self._of_field(self._prints[: len(self)], low, high)
            order = np.argsort(keys, kind="stable")
            prints, groups = self._prints[order], _Groups(keys[order])
            for left, right in groups.pairs(high - low):
                differ = np.bitwise_count(prints[left] ^ prints[right])
                may = differ <= self.most_bits
                left, right, bits = left[may], right[may], differ[may].astype(np.int64)
                first = self._is_first(band, prints[left] ^ prints[right])
                one, other = order[left[first]], order[right[first]]
                if spent is not None:
                    open_ = ~(spent[one] & spent[other])
                    one, other, bits = one[open_], other[open_], bits[first][open_]
                else:
                    bits = bits[first]
                yield Near(np.minimum(one, other), np.maximum(one, other), looks_bps(bits))

    def _is_first(self, band: int, differing: _Array) -> _Array:
        """Whether pairs that differ in these bits are met in no band before this one."""
        first = np.ones(len(differing), np.bool_)
        for low, high in self._fields[:band]:
            first &= np.bitwise_count(self._of_field(differing, low, high)) > 1
        return first

    def _of_field(self, prints: _Array, low: int, high: int) -> _Array:
        return np.asarray(prints >> np.uint64(low) & np.uint64((1 << (high - low)) - 1))

    def _keys(self, prints: _Array) -> _Array:
        """The bits of each band, stirred, as (band, print)."""
        return np.stack([
            self._of_field(prints, low, high) * np.uint64(0x9E3779B97F4A7C15)
            for low, high in self._fields
        ])  # fmt: skip

    def _hold(self, prints: _Array) -> None:
        before, after = len(self), len(self) + len(prints)
        if after > len(self._prints):
            self._prints = wider(self._prints, after)
        self._prints[before:after] = prints


class _Groups:
    """Places in the order of a key, by groups of an equal key."""

    def __init__(self, keys: _Array) -> None:
        self._begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
        self._ends = np.append(self._begins[1:], len(keys))[: len(self._begins)]
        self._keys = keys[self._begins]

    def pairs(self, width: int) -> Iterator[tuple[_Array, _Array]]:
        """Pairs of places whose keys, so many bits wide, differ in one bit at the most."""
        yield from pairs_within(self._begins, self._ends)
        for bit in range(width):
            clear = np.flatnonzero(self._keys >> np.uint64(bit) & np.uint64(1) == 0)
            wanted = self._keys[clear] | np.uint64(1 << bit)
            place = np.minimum(np.searchsorted(self._keys, wanted), max(len(self._keys) - 1, 0))
            there = self._keys[place] == wanted
            one, other = clear[there], place[there]
            yield from pairs_between(
                self._begins[one], self._ends[one], self._begins[other], self._ends[other]
            )
