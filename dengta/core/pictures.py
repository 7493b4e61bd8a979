"""Same-looking pictures among a million, by 64 bits of how each looks (see `Document.picture`).

Two pictures look the same when their prints differ in at most so many bits. Cut into some parts
more than that, two such prints have some parts in common whole, so that sorting by each choice of
as many parts brings every such pair together; the fewer bits, the wider the parts and the fewer the
choices.

In a table one print is looked for by `fields`: of bands more than half as many as bits may differ,
one differs in one bit at the most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from dengta.core.bands import groups, pairs_within
from dengta.core.near_text import Near

__all__ = ["BITS", "Pictures", "bits_of", "fields", "looks_bps", "prints_of"]

_Array = np.ndarray[Any, Any]
BITS = 64
_STIR = np.uint64(0x9E3779B97F4A7C15)
_LARGE = 1_000
_SORTED = 2
"""To sort a print takes as long as to look at so many."""


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

    def work(spare: int) -> float:
        parts = most_bits + spare
        each: float = _SORTED + count / 2.0 ** (BITS * spare / parts)
        return math.comb(parts, spare) * each

    spare = min(range(1, 5), key=work)
    parts = most_bits + spare
    edges = [BITS * n // parts for n in range(parts + 1)]
    fields = [(1 << high) - (1 << low) for low, high in pairwise(edges)]
    return [np.uint64(sum(some)) for some in combinations(fields, spare)]
