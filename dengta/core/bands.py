"""Rows that agree in a whole band: where a search for what is nearly the same begins.

Each row has one key for each band. Two rows are candidates when they agree in at least one of them;
who asks decides what a band is (the smallest shingles of a text, some bits of a picture) and then
looks at the candidates themselves.

Rows that were there at the last `settle` lie sorted, one array for each band; rows that came later
lie in dictionaries, so that to come and to go takes microseconds. A row keeps its number for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["MOST_ROWS", "Bands", "pairs_between", "pairs_within", "wider"]

_Array = np.ndarray[Any, Any]
_ROW_BITS = 24
MOST_ROWS = 1 << _ROW_BITS
"""More rows than this do not fit."""
_ROW = np.uint64(MOST_ROWS - 1)
_KEY = ~_ROW
_AT_ONCE = 1 << 20


class Bands:
    """Keys by band and row; of each key the upper 40 bits count."""

    def __init__(self, bands: int) -> None:
        self.bands = bands
        self.count = 0
        self._keys = np.empty((bands, 0), np.uint64)
        self._sorted = [np.empty(0, np.uint64)] * bands
        self._late: list[dict[int, list[int]]] = [{} for _ in range(bands)]

    def append(self, keys: _Array) -> int:
        """One more row, keys by band; gives its number."""
        row = self.count
        self._make_room(row + 1)
        cut = keys & _KEY
        self._keys[:, row] = cut
        for late, key in zip(self._late, cut.tolist(), strict=True):
            late.setdefault(key, []).append(row)
        self.count += 1
        return row

    def extend(self, keys: _Array) -> None:
        """Many rows, keys as (band, row), and everything sorted."""
        more = keys.shape[1]
        self._make_room(self.count + more)
        self._keys[:, self.count : self.count + more] = keys & _KEY
        self.count += more
        self.settle()

    def settle(self) -> None:
        """Sort in what came since the last time."""
        rows = np.arange(self.count, dtype=np.uint64)
        self._sorted = [np.sort(keys[: self.count] | rows) for keys in self._keys]
        self._late = [{} for _ in range(self.bands)]

    def like(self, keys: _Array) -> _Array:
        """The rows that agree with some keys in a band; one that agrees in several comes again."""
        return np.concatenate(list(self.each_like(keys)))

    def each_like(self, keys: _Array) -> Iterator[_Array]:
        """Band by band the rows that agree with its key."""
        for packed, late, key in zip(self._sorted, self._late, keys & _KEY, strict=True):
            first, behind = np.searchsorted(packed, np.array([key, key | _ROW]))
            if behind < len(packed) and packed[behind] == key | _ROW:
                behind += 1
            rows = (packed[first:behind] & _ROW).astype(np.int64)
            if late and (fresh := late.get(int(key))):
                rows = np.concatenate((rows, np.array(fresh, np.int64)))
            yield rows

    def groups(self, band: int) -> tuple[_Array, _Array, _Array]:
        """Settled rows in the order of a band's keys, and where each group of at least two that
        agree begins and ends there."""
        packed = self._sorted[band]
        keys = packed & _KEY
        begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
        ends = np.append(begins[1:], len(keys))
        several = ends - begins > 1
        return (packed & _ROW).astype(np.int64), begins[several], ends[several]

    def is_first(
        self, band: int, left: _Array, right: _Array, passed: _Array | None = None
    ) -> _Array:
        """Whether pairs that agree in a band agree in none before it, so that each is met once;
        bands that are `passed` over, by band and row, do not count."""
        first = np.ones(len(left), np.bool_)
        for earlier, keys in enumerate(self._keys[:band]):
            differ = keys[left] != keys[right]
            first &= differ if passed is None else differ | passed[earlier][left]
        return first

    def _make_room(self, rows: int) -> None:
        if rows > MOST_ROWS:
            raise OverflowError(f"{rows} rows; {MOST_ROWS} fit")
        if rows > self._keys.shape[1]:
            self._keys = wider(self._keys, rows)


def wider(table: _Array, least: int) -> _Array:
    """The same table with room for at least so many along its last axis, and for a quarter more."""
    grown = np.zeros((*table.shape[:-1], max(least + least // 4, 16)), table.dtype)
    grown[..., : table.shape[-1]] = table
    return grown


def pairs_within(begins: _Array, ends: _Array) -> Iterator[tuple[_Array, _Array]]:
    """Every pair of places within each of some groups, about a million pairs at a time."""
    sizes = ends - begins
    place = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    partners = np.repeat(ends, sizes) - place - 1
    some = partners > 0
    place, partners = place[some], partners[some]
    total = np.cumsum(partners)
    start = 0
    while start < len(place):
        before = total[start - 1] if start else 0
        stop = max(int(np.searchsorted(total, before + _AT_ONCE, "right")), start + 1)
        many = partners[start:stop]
        left = np.repeat(place[start:stop], many)
        offset = np.arange(len(left)) - np.repeat(total[start:stop] - many - before, many)
        yield left, left + 1 + offset
        start = stop


def pairs_between(
    begins: _Array, ends: _Array, others: _Array, other_ends: _Array
) -> Iterator[tuple[_Array, _Array]]:
    """Every place of a group with every place of its partner, about a million pairs at a time."""
    sizes, partners = ends - begins, other_ends - others
    place = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    partner, many = np.repeat(others, sizes), np.repeat(partners, sizes)
    total = np.cumsum(many)
    start = 0
    while start < len(place):
        before = total[start - 1] if start else 0
        stop = max(int(np.searchsorted(total, before + _AT_ONCE, "right")), start + 1)
        some = many[start:stop]
        left = np.repeat(place[start:stop], some)
        offset = np.arange(len(left)) - np.repeat(total[start:stop] - some - before, some)
        yield left, np.repeat(partner[start:stop], some) + offset
        start = stop
