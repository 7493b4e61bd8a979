"""Near-same texts among a million, all against all.

Texts with the same shingles are one row. Candidates are rows that agree in a band of MinHash keys
(`plan` says in how many bands of how many, so that of pairs that are just alike enough 97 in 100
are met; of others more). Where very many agree, `core.rarest` looks at fewer pairs than all.
Candidates whose bitmaps differ too much cannot be alike enough either. The rest is counted out:
what is found is alike exactly as much as it is said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dengta.core.bands import groups, ordered, pairs_within
from dengta.core.rarest import pairs_by_the_rarest
from dengta.core.shingles import Sets, bitmaps, sets_of, signatures, sketches

__all__ = ["CARRIED", "Near", "Wordings", "near_pairs", "plan"]

_Array = np.ndarray[Any, Any]
RECALL_BPS = 9_700
"""Of pairs that are just alike enough, the share that bands meet, in basis points."""
LEAST_BPS = 1_000
"""Texts less alike than this are not near-same, and so many orders would not meet them."""
MOST_ORDERS = 48
"""Orders of shingles that are worth their time."""
CARRIED = 400
"""How many claims may carry a band of a text before it leads nowhere: of a seeded million of cost
lines, such bands alone lead to one near text in a thousand, and to nine of ten that are none."""
_LARGE = 1_000
_AT_ONCE = 32_768


class Near(NamedTuple):
    """Rows that are alike, `left` before `right`, each pair once; how alike in basis points."""

    left: _Array
    right: _Array
    bps: _Array


@cache
def plan(least_bps: int) -> tuple[int, int]:
    """How many bands, of how many orders each, for texts that are at least so much alike: as many
    orders in a band as can be had."""
    if not LEAST_BPS <= least_bps <= 10_000:
        raise ValueError(f"{least_bps} basis points: from {LEAST_BPS:,} to 10,000")
    least, may_miss = Fraction(least_bps, 10_000), 1 - Fraction(RECALL_BPS, 10_000)
    best = (1, 1)
    for rows in range(1, 12):
        for bands in range(1, MOST_ORDERS // rows + 1):
            if (1 - least**rows) ** bands <= may_miss:
                best = (bands, rows)
                break
    return best


class Wordings:
    """Sets of shingles as rows, none of them empty, and which of them are alike."""

    def __init__(
        self, sets: Sets, least_bps: int, known: tuple[_Array, _Array, _Array] | None = None
    ) -> None:  # fmt: skip
        """What is `known`: which of the sets is each row, and of each row its keys by band (see
        `sketches`, by `plan`) and its bitmap. Otherwise each set is a row, and both are made."""
        self._sets, self.least_bps = sets, least_bps
        self._at: _Array
        self._keys: _Array
        self._maps: _Array
        self._at, self._keys, self._maps = known or (
            np.arange(len(sets)), sketches(sets, *plan(least_bps)), bitmaps(sets),
        )  # fmt: skip
        self._sizes = sets.sizes[self._at]

    def __len__(self) -> int:
        return len(self._at)

    def groups(self, band: int) -> tuple[_Array, _Array, _Array]:
        """Rows that agree in a band (see `bands.groups`)."""
        return groups(self._keys[band])

    @property
    def bands(self) -> int:
        """How many bands there are."""
        return len(self._keys)

    def pairs(self, spent: _Array | None = None, passed: _Array | None = None) -> Iterator[Near]:
        """All rows that are alike enough, some pairs at a time. Rows that whoever asks marks as
        `spent` meanwhile, because enough is known of them, are no longer paired with each other;
        nor are rows by bands that are `passed` over, by band and row."""
        sizes = self._sizes
        for band in range(self.bands):
            order, begins, ends = self.groups(band)
            if passed is not None:
                led = ~passed[band][order[begins]]
                begins, ends = begins[led], ends[led]
            large = ends - begins > _LARGE
            maps, ordered = [words[order] for words in self._maps], sizes[order]
            for left, right in pairs_within(begins[~large], ends[~large]):
                yield from self._met(band, order, left, right, ordered, maps, spent, passed)
            for begin, end in zip(begins[large], ends[large], strict=True):
                for left, right in self._within(order[begin:end], spent):
                    yield from self._met(
                        band, order, left + begin, right + begin, ordered, maps, spent, passed
                    )

    def _met(
        self, band: int, order: _Array, left: _Array, right: _Array, sizes: _Array,
        maps: list[_Array], spent: _Array | None, passed: _Array | None,
    ) -> Iterator[Near]:  # fmt: skip
        """Of pairs of places, those that are alike enough and were not met in an earlier band."""
        may = self._may(sizes[left], sizes[right], _differing(maps, left, right))
        one, other = order[left[may]], order[right[may]]
        if spent is not None:
            open_ = ~(spent[one] & spent[other])
            one, other = one[open_], other[open_]
        first = self._is_first(band, one, other, passed)
        one, other = one[first], other[first]
        one, other = np.minimum(one, other), np.maximum(one, other)
        for at in range(0, len(one), _AT_ONCE):
            some, others = one[at : at + _AT_ONCE], other[at : at + _AT_ONCE]
            bps = self._exactly(some, others)
            enough = bps >= 0
            if enough.any():
                yield Near(some[enough], others[enough], bps[enough])

    def _is_first(
        self, band: int, left: _Array, right: _Array, passed: _Array | None
    ) -> _Array:  # fmt: skip
        """Whether pairs that agree in a band agree in none before it, so that each is met once;
        bands that are `passed` over, by band and row, do not count."""
        first = np.ones(len(left), np.bool_)
        for earlier, keys in enumerate(self._keys[:band]):
            differ = keys[left] != keys[right]
            first &= differ if passed is None else differ | passed[earlier][left]
        return first

    def _exactly(self, left: _Array, right: _Array) -> _Array:
        """How alike pairs of rows are, -1 where not enough."""
        ours, theirs = (self._sets.chosen(self._at[rows]) for rows in (left, right))
        both = ordered(np.concatenate((_tagged(ours), _tagged(theirs))))
        pair = (both[1:][both[1:] == both[:-1]] >> np.uint64(32)).astype(np.int64)
        return self._bps(np.bincount(pair, minlength=len(left)), ours.sizes, theirs.sizes)

    def _bps(self, both: _Array, ours: Any, theirs: Any) -> _Array:
        either = ours + theirs - both
        enough = both * 10_000 >= self.least_bps * either
        return np.where(enough, both * 10_000 // np.maximum(either, 1), -1)

    def _may(self, ours: Any, theirs: Any, differ: _Array) -> _Array:
        """Whether sets of such sizes that differ in so many shingles or more may be alike enough.

        Alike by j means that of a + b shingles at most (a + b) (1 - j) / (1 + j) are in one only;
        and at least as many are as the sizes differ."""
        least = np.maximum(differ, np.abs(ours - theirs))
        return np.asarray(
            least * (10_000 + self.least_bps) <= (ours + theirs) * (10_000 - self.least_bps)
        )

    def _within(self, rows: _Array, spent: _Array | None) -> Iterator[tuple[_Array, _Array]]:
        """Pairs of places in a large group."""
        if spent is not None and spent[rows].all():
            return
        sizes = self._sizes[rows]
        maps = [words[rows] for words in self._maps]

        def may(one: _Array, other: _Array) -> _Array:
            return self._may(sizes[one], sizes[other], _differing(maps, one, other))

        pairs = pairs_by_the_rarest(self._sets.chosen(self._at[rows]), self.least_bps, may)
        if pairs is None:
            pairs = pairs_within(np.array([0]), np.array([len(rows)]))
        for pair in pairs:
            if spent is not None and spent[rows].all():
                return
            yield pair


def near_pairs(texts: Sequence[str], least_bps: int) -> tuple[_Array, Near]:
    """All against all: the row of each text (-1 without any shingle; texts of one row have the same
    wording, or one with the same shingles), and the rows that are alike."""
    sets = sets_of(texts)
    some = np.flatnonzero(sets.sizes)
    _, first, row = np.unique(signatures(sets)[some], return_index=True, return_inverse=True)
    rows = np.full(len(texts), -1)
    rows[some] = row
    wordings = Wordings(sets.chosen(some[first]), least_bps)
    found = list(wordings.pairs()) or [Near(*(np.empty(0, np.int64) for _ in range(3)))]
    return rows, Near(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _differing(maps: Sequence[_Array], one: _Array, other: _Array) -> _Array:
    """In how many bits bitmaps differ."""
    differ = np.bitwise_count(maps[0][one] ^ maps[0][other]).astype(np.int64)
    for words in maps[1:]:
        differ += np.bitwise_count(words[one] ^ words[other])
    return np.asarray(differ)


def _tagged(sets: Sets) -> _Array:
    owner = np.repeat(np.arange(len(sets), dtype=np.uint64), sets.sizes)
    return np.asarray(owner << np.uint64(32) | sets.flat)
