"""Rows that agree in a whole band: where a search for what is nearly the same begins.

Each row has one key for each band. Two rows are candidates when they agree in at least one of them;
who asks decides what a band is (the smallest shingles of a text, some bits of a picture) and then
looks at the candidates themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

__all__ = ["MOST_ROWS", "distinct", "groups", "ordered", "pairs_between", "pairs_within"]

_Array = np.ndarray[Any, Any]
_ROW_BITS = 24
MOST_ROWS = 1 << _ROW_BITS
"""More rows than this do not fit."""
_ROW = np.uint64(MOST_ROWS - 1)
_KEY = ~_ROW
_AT_ONCE = 1 << 20
_MANY = 10_000


def ordered(numbers: _Array) -> _Array:
    """Numbers in order. (Polars sorts very many three times as fast as NumPy does.)"""
    if len(numbers) < _MANY:
        return np.sort(numbers)
    return np.asarray(pl.Series(numbers).sort(multithreaded=False).to_numpy())


def distinct(numbers: _Array) -> _Array:
    """Numbers in order, each once."""
    sorted_ = ordered(numbers)
    return sorted_[np.concatenate(([True], sorted_[1:] != sorted_[:-1]))[: len(sorted_)]]


def groups(keys: _Array) -> tuple[_Array, _Array, _Array]:
    """Rows in the order of their keys, of which the upper 40 bits count, and where each group of at
    least two that agree begins and ends there."""
    if len(keys) > MOST_ROWS:
        raise OverflowError(f"{len(keys)} rows; {MOST_ROWS} fit")
    packed = ordered(keys & _KEY | np.arange(len(keys), dtype=np.uint64))
    same = (packed[1:] ^ packed[:-1]) <= _ROW
    edges = np.diff(same, prepend=False, append=False)
    begins, ends = np.flatnonzero(edges).reshape(-1, 2).T
    return (packed & _ROW).view(np.int64), begins, ends + 1


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
