"""Same-looking pictures among a million, by 64 bits of how each looks (see `Document.picture`).

Two pictures look the same when their prints differ in at most so many bits. Of one band more than
bits may differ, one is the same in both prints, so bands find every such pair. With up to three
bits a million takes seconds; with more, bands are narrow and all against all takes long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dengta.core.bands import Bands, pairs_within, wider
from dengta.core.near_text import Near

__all__ = ["BITS", "Pictures", "bits_of", "looks_bps"]

_Array = np.ndarray[Any, Any]
BITS = 64
_SHIFT = np.uint64(24)


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
        self._edges = [BITS * n // (most_bits + 1) for n in range(most_bits + 2)]
        self._bands = Bands(most_bits + 1)
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

    def near(self, one: int) -> Iterator[tuple[_Array, _Array]]:
        """The rows that look the same as a print, in order, and how alike each is; all at once."""
        mine = np.array([one], np.uint64)
        rows = self._bands.like(self._keys(mine)[:, 0])
        differ = np.bitwise_count(self._prints[rows] ^ mine[0])
        rows, at = np.unique(rows[differ <= self.most_bits], return_index=True)
        bits = differ[differ <= self.most_bits][at].astype(np.int64)
        yield rows, looks_bps(bits)

    def pairs(self, spent: _Array | None = None) -> Iterator[Near]:
        """All rows that look the same, some pairs at a time, each pair once; but for those of two
        that whoever asks marks as `spent` meanwhile."""
        for band in range(self._bands.bands):
            order, begins, ends = self._bands.groups(band)
            prints = self._prints[order]
            for left, right in pairs_within(begins, ends):
                differ = np.bitwise_count(prints[left] ^ prints[right])
                may = differ <= self.most_bits
                one, other = order[left[may]], order[right[may]]
                first = self._bands.is_first(band, one, other)
                if spent is not None:
                    first &= ~(spent[one] & spent[other])
                one, other = one[first], other[first]
                bits = differ[may][first].astype(np.int64)
                yield Near(np.minimum(one, other), np.maximum(one, other), looks_bps(bits))

    def _keys(self, prints: _Array) -> _Array:
        """The bits of each band, high up; all of them are too many and are stirred together."""
        if self.most_bits == 0:
            return np.asarray(prints * np.uint64(0xBF58476D1CE4E5B9))[None]
        keys = np.empty((self._bands.bands, len(prints)), np.uint64)
        for band, (low, high) in enumerate(zip(self._edges, self._edges[1:], strict=False)):
            mask = np.uint64((1 << (high - low)) - 1)
            keys[band] = (prints >> np.uint64(low) & mask) << _SHIFT
        return keys

    def _hold(self, prints: _Array) -> None:
        before, after = len(self), len(self) + len(prints)
        if after > len(self._prints):
            self._prints = wider(self._prints, after)
        self._prints[before:after] = prints
