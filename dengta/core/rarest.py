"""Pairs within a large group of sets that have much in common: a house style of writing, with
another name in it each time.

What nearly all of the group have says nothing. Two sets that are alike enough either share one of
their rarer shingles, and then one of their rarest; or all that they share is common, and then one
of the two consists of common shingles nearly throughout. Both kinds are few where not very many
sets are alike, and together they are all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dengta.core.bands import pairs_within
from dengta.core.shingles import Sets

__all__ = ["May", "pairs_by_the_rarest"]

_Array = np.ndarray[Any, Any]
May = Callable[[_Array, _Array], _Array]
"""Whether pairs of sets, by their places, may be alike enough."""
_HALF = np.uint64(32)
_AT_ONCE = 1 << 20


def pairs_by_the_rarest(
    sets: Sets, least_bps: int, may: May
) -> Iterator[tuple[_Array, _Array]] | None:
    """Places of all sets that are alike enough, with others, each pair once and in order; None
    where looking at all pairs is no more work."""
    size = len(sets)
    _, code, count = np.unique(sets.flat, return_inverse=True, return_counts=True)
    place = np.repeat(np.arange(size), sets.sizes)
    often = count[code]
    least = size * (size - 1) // 2
    best = None
    for limit in 2 ** np.arange(1, size.bit_length()):
        rare = count[count <= limit]
        shared = np.bincount(place[often > limit], minlength=size)
        # What two share is at most what either has, and at least j / (1 + j) of both together.
        poor = shared * (10_000 + least_bps) >= 2 * least_bps * sets.sizes
        work = int((rare * (rare - 1) // 2).sum()) + int(poor.sum()) * size
        if work < least:
            least, best = work, (limit, shared, poor)
    if best is None:
        return None
    limit, shared, poor = best
    rank = np.empty(len(count), np.uint64)
    rank[np.argsort(count, kind="stable")] = np.arange(len(count), dtype=np.uint64)
    ordered = place.astype(np.uint64) << _HALF | rank[code]
    ordered.sort()
    some = _rarest(sets, least_bps) & (np.sort(count)[ordered & np.uint64(0xFFFFFFFF)] <= limit)
    return _each_once(
        [*_sharing(ordered[some], may), *_of_the_poor(sets, least_bps, shared, poor, may)]
    )


def _rarest(sets: Sets, least_bps: int) -> _Array:
    """Whether a shingle, rarest first, is one of the n - n j + 1 rarest of its set: of n shingles
    a partner has at least n j."""
    most = sets.sizes + (-sets.sizes * least_bps // 10_000) + 1
    nth = np.arange(len(sets.flat)) - np.repeat(sets.starts[:-1], sets.sizes)
    return np.asarray(nth < np.repeat(most, sets.sizes))


def _sharing(ordered: _Array, may: May) -> Iterator[_Array]:
    """Pairs that share a shingle of those given as (place, shingle)."""
    turned = ordered << _HALF | ordered >> _HALF
    turned.sort()
    token = turned >> _HALF
    member = (turned & np.uint64(0xFFFFFFFF)).astype(np.int64)
    begins = np.flatnonzero(np.concatenate(([True], token[1:] != token[:-1]))[: len(token)])
    for left, right in pairs_within(begins, np.append(begins[1:], len(token))[: len(begins)]):
        yield _packed(member[left], member[right], may)


def _of_the_poor(
    sets: Sets, least_bps: int, shared: _Array, poor: _Array, may: May
) -> Iterator[_Array]:
    """Pairs of one that is nearly all common with any other that has enough of it."""
    those, everyone = np.flatnonzero(poor), np.arange(len(sets))
    step = max(_AT_ONCE // len(sets), 1)
    for at in range(0, len(those), step):
        one = np.repeat(those[at : at + step], len(sets))
        other = np.tile(everyone, len(one) // len(sets))
        both = np.minimum(shared[one], shared[other]) * (10_000 + least_bps)
        some = (both >= least_bps * (sets.sizes[one] + sets.sizes[other])) & (one != other)
        yield _packed(np.minimum(one, other)[some], np.maximum(one, other)[some], may)


def _packed(one: _Array, other: _Array, may: May) -> _Array:
    some = may(one, other)
    return np.unique(one[some] << 32 | other[some])


def _each_once(found: list[_Array]) -> Iterator[tuple[_Array, _Array]]:
    once = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    for at in range(0, len(once), _AT_ONCE):
        yield once[at : at + _AT_ONCE] >> 32, once[at : at + _AT_ONCE] & 0xFFFFFFFF
