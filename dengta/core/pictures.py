"""Same-looking pictures among a million, by 64 bits of how each looks (see `Document.picture`).

Two pictures look the same when their prints differ in at most so many bits. Cut into some parts
more than that, two such prints have some parts in common whole, so that sorting by each choice of
as many parts brings every such pair together; the fewer bits, the wider the parts and the fewer the
choices.

In a table one print is looked for by bands (`bands_of`), of which one differs in one bit at the
most: by each as it is and with each of its bits turned over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from dengta.core.bands import groups, pairs_within
from dengta.core.near_text import Near

__all__ = ["BITS", "Pictures", "bands_of", "bits_of", "looks_bps", "prints_of"]

_Array = np.ndarray[Any, Any]
BITS = 64
_STIR = np.uint64(0x9E3779B97F4A7C15)
_LARGE = 1_000
_SORTED = 2
"""To sort a print takes as long as to look at so many."""


def bands_of(most_bits: int) -> tuple[int, ...]:
    """Bands as masks, in one of which two prints differ in one bit at the most if they differ in so
    many. Of two parts that stand alone one band is made; of three parts that hang together three,
    each of two of them: to differ twice in every band takes two bits for the one and three for the
    other."""
    triangle = [(0, 1), (0, 2), (1, 2)] if most_bits % 2 == 0 and most_bits else []
    parts = len(triangle)
    pairs = [*triangle, *((at, at + 1) for at in range(parts, most_bits + 1, 2))]
    fields = _fields(most_bits + 1)
    return tuple(fields[one] | fields[min(other, most_bits)] for one, other in pairs)


def _fields(parts: int) -> list[int]:
    """All bits in so many parts, as masks."""
    edges = [BITS * n // parts for n in range(parts + 1)]
    return [(1 << high) - (1 << low) for low, high in pairwise(edges)]


def bits_of(picture: str) -> int:
    """The 64 bits of 16 hexadecimal digits. ValueError for anything else."""
    if len(picture) != BITS // 4:
        raise ValueError(f"“{picture}”: 16 hexadecimal digits")
    return int(picture, 16)


def prints_of(pictures: Sequence[str]) -> _Array:
    """`bits_of` many pictures."""
    for picture in pictures:
        if len(picture) != BITS // 4:
            bits_of(picture)
    return np.frombuffer(bytes.fromhex("".join(pictures)), ">u8").astype(np.uint64)


def looks_bps(differ: Any) -> Any:
    """How alike two pictures look that differ in so many bits, in basis points."""
    return (BITS - differ) * 10_000 // BITS


class Pictures:
    """Different prints as rows, and which of them look the same."""

    def __init__(self, prints: _Array, most_bits: int) -> None:
        if not 0 <= most_bits < 32:
            raise ValueError(f"{most_bits} bits: from 0 to 31")
        self.most_bits, self._prints = most_bits, prints
        self._masks = _masks(most_bits, len(prints))

    def __len__(self) -> int:
        return len(self._prints)

    def pairs(self, spent: _Array | None = None, passed: _Array | None = None) -> Iterator[Near]:
        """All rows that look the same, some pairs at a time, each pair once; but for those of two
        that whoever asks marks as `spent` meanwhile."""
        for at, mask in enumerate(self._masks):
            order, begins, ends = groups((self._prints & mask) * _STIR)
            if spent is not None and spent.any():
                dull = np.concatenate(([0], np.cumsum(spent[order])))
                open_ = dull[ends] - dull[begins] < ends - begins
                begins, ends = begins[open_], ends[open_]
            large = ends - begins > _LARGE
            for left, right in pairs_within(begins[~large], ends[~large]):
                yield self._met(at, order[left], order[right], spent)
            for begin, end in zip(begins[large], ends[large], strict=True):
                for left, right in pairs_within(np.array([begin]), np.array([end])):
                    yield self._met(at, order[left], order[right], spent)
                    if spent is not None and spent[order[begin:end]].all():
                        break

    def _met(self, at: int, one: _Array, other: _Array, spent: _Array | None) -> Near:
        """Of pairs those that look the same and were not met by an earlier mask."""
        differing = self._prints[one] ^ self._prints[other]
        bits = np.bitwise_count(differing)
        may = bits <= self.most_bits
        if spent is not None:
            may &= ~(spent[one] & spent[other])
        some = np.flatnonzero(may)
        for mask in self._masks[:at]:
            some = some[differing[some] & mask != 0]
        one, other = one[some], other[some]
        return Near(
            np.minimum(one, other), np.maximum(one, other), looks_bps(bits[some].astype(np.int64))
        )


def _masks(most_bits: int, count: int) -> list[np.uint64]:
    """Masks of which one at least leaves nothing of what two prints differ in, if that is so few
    bits. With so many prints the best is the one with least to sort, and to look at."""

    def work(spare: int) -> int:
        parts = most_bits + spare
        beside = count >> (BITS * spare // parts)  # with the same fields as one
        return math.comb(parts, spare) * (_SORTED + beside)

    spare = min(range(1, 5), key=work)
    parts = most_bits + spare
    return [np.uint64(sum(some)) for some in combinations(_fields(parts), spare)]
