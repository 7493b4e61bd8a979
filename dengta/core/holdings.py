"""What a screen holds: who has something that is near what others have, all of it as columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from dengta.core.bands import distinct, pairs_between, pairs_within
from dengta.core.gist import Worded
from dengta.core.kin import mixed, summed
from dengta.core.near_text import Near, Wordings, plan
from dengta.core.pictures import Pictures
from dengta.core.shingles import WORDS, Sets

__all__ = ["Alike", "Images", "Texts", "packed", "pairs_of_groups"]

_Array = np.ndarray[Any, Any]
_MANY_PAIRS = 4_000_000
_WHOLE = 1 << 20


def packed(one: _Array, other: _Array) -> _Array:
    """Two rows in one number, the later in its upper half."""
    return np.asarray(np.maximum(one, other) << 32 | np.minimum(one, other))


def pairs_of_groups(rows: _Array, keys: _Array) -> Iterator[_Array]:
    """Every two places with the same key, by their rows, which may be the same; in the order of the
    keys."""
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
    ends = np.append(begins[1:], len(keys))[: len(begins)]
    some = ends - begins > 1
    for left, right in pairs_within(begins[some], ends[some]):
        yield packed(rows[left], rows[right])


class _Engine(Protocol):
    def pairs(
        self, spent: _Array | None = None, passed: _Array | None = None
    ) -> Iterator[Near]: ...


class Alike(ABC):
    """Values as rows of an engine that knows which are near, and the claims that have each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._owners: list[_Array] = []
        self._signs: list[_Array] = []
        self._known = np.empty(0, np.uint64)
        self._row, self._holder = np.empty(0, np.int64), np.empty(0, np.int64)
        self._starts = np.zeros(1, np.int64)
        self._common = np.empty(0, np.bool_)

    def _take(self, owners: _Array, signs: _Array) -> None:
        """Claims that have something; where it is the same sign it is the same value."""
        self._owners.append(owners)
        self._signs.append(signs)

    @abstractmethod
    def _engine(self, signs: _Array, first: _Array) -> _Engine:
        """The values of some signs, in their order, and which of them are near; `first` says where
        among all that were taken each came first."""

    def _settle(self) -> _Engine:
        """Each value becomes one row, in the order of signs."""
        signs = np.concatenate([np.empty(0, np.uint64), *self._signs])
        owners = np.concatenate([np.empty(0, np.int64), *self._owners])
        self._owners, self._signs = [], []
        self._known, first, row = np.unique(signs, return_index=True, return_inverse=True)
        both = distinct(row << 32 | owners)
        self._row, self._holder = both >> 32, both & 0xFFFFFFFF
        self._starts = np.searchsorted(self._row, np.arange(len(self._known) + 1))
        return self._engine(self._known, first)

    def pairs(self) -> Iterator[_Array]:
        """Claims that have something near, unless it tells nothing to either of them, as `packed`;
        a pair may come again. All claims must be there."""
        engine = self._settle()
        held = np.diff(self._starts)
        total, share, much = held.copy(), self._shared_out(), (self._most + 1) * _WHOLE
        least, kept, waiting = share.copy(), [], 0
        self._common = least > much
        passed = self._passed(held)
        if passed is not None:
            self._common |= 2 * passed.sum(axis=0) > len(passed)
        for near in engine.pairs(self._common, passed):
            for one, other in ((near.left, near.right), (near.right, near.left)):
                np.add.at(total, one, held[other])
                np.add.at(least, one, share[other])
                self._common[one] |= least[one] > much
            kept.append(near)
            waiting += len(near.left)
            if waiting > _MANY_PAIRS:
                self._count_out(total, kept)
                kept, waiting = [_telling(one, self._common) for one in kept], 0
        self._count_out(total, kept)
        some = np.flatnonzero((held > 1) & ~self._common)
        for left, right in pairs_within(self._starts[some], self._starts[some + 1]):
            yield packed(self._holder[left], self._holder[right])
        for near in kept:
            one, other, _ = _telling(near, self._common)
            for left, right in pairs_between(
                self._starts[one], self._starts[one + 1],
                self._starts[other], self._starts[other + 1],
            ):  # fmt: skip
                ours, theirs = self._holder[left], self._holder[right]
                yield packed(ours, theirs)[ours != theirs]

    def _shared_out(self) -> _Array:
        """For each row how many claims have it, with each claim shared out evenly among the rows
        that it has, so that what a claim has of any rows is at most one."""
        each = _WHOLE // np.maximum(np.bincount(self._holder), 1)
        return summed(self._row, each[self._holder], len(self._known))

    def _passed(self, held: _Array) -> _Array | None:
        """Bands that lead nowhere, by band and row; `held` says how many claims have each row."""
        return None

    def _count_out(self, total: _Array, kept: list[Near]) -> None:
        """Count who has something near a row, where claims with several such make it unsure whether
        they are too many."""
        unsure = (total > self._most + 1) & ~self._common
        if not unsure.any():
            return
        some = np.flatnonzero(unsure)
        rows, others = [some], [some]
        for near in kept:
            for one, other in ((near.left, near.right), (near.right, near.left)):
                rows.append(one[unsure[one]])
                others.append(other[unsure[one]])
        row, other = np.concatenate(rows), np.concatenate(others)
        begins, many = self._starts[other], self._starts[other + 1] - self._starts[other]
        place = np.repeat(begins - np.cumsum(many) + many, many) + np.arange(many.sum())
        claims = distinct(np.repeat(row, many) << 32 | self._holder[place])
        counted = np.bincount(claims >> 32, minlength=len(total))
        self._common |= unsure & (counted > self._most + 1)

    def surely(self, signs: _Array) -> list[bool]:
        """After `pairs`: whether values, by their signs, tell nothing to the claims that have
        them."""
        if not len(self._known):
            return [False] * len(signs)
        place = np.minimum(np.searchsorted(self._known, signs), len(self._known) - 1)
        return list(((self._known[place] == signs) & self._common[place]).tolist())

    def told(self, count: int) -> _Array:
        """After `pairs`: for each of so many claims a number for what it has that tells nothing."""
        some = np.flatnonzero(self._common[self._row])
        return summed(self._holder[some], mixed(self._known[self._row[some]]), count)


def _telling(near: Near, common: _Array) -> Near:
    some = ~(common[near.left] & common[near.right])
    return Near(near.left[some], near.right[some], near.bps[some])


class Texts(Alike):
    """The texts of claims, by their wording."""

    def __init__(self, least_bps: int, most: int, carried: int) -> None:
        self._least_bps, self._most_carried = least_bps, carried
        self._parts: list[Worded] = []
        super().__init__(most)

    def add(self, texts: Worded) -> None:
        """Texts and whose they are."""
        self._parts.append(texts)
        self._take(texts.owners, texts.signs)

    def _engine(self, signs: _Array, first: _Array) -> Wordings:
        sets = [Sets(np.empty(0, np.uint32), np.zeros(1, np.int64)), *(p.sets for p in self._parts)]
        flat, sizes = (np.concatenate([getattr(one, what) for one in sets])
                       for what in ("flat", "sizes"))  # fmt: skip
        sets.clear()
        bands, _ = plan(self._least_bps)
        keys, maps = (
            np.ascontiguousarray(
                np.concatenate([np.empty((0, places), np.uint64), *parts])[first].T
            )
            for places, parts in (
                (bands, [one.keys for one in self._parts if len(one.signs)]),
                (WORDS, [one.maps for one in self._parts if len(one.signs)]),
            )
        )
        self._parts = []
        whole = Sets(flat, np.concatenate(([0], np.cumsum(sizes))))
        self._wordings = Wordings(whole, self._least_bps, (first, keys, maps))
        return self._wordings

    def _passed(self, held: _Array) -> _Array:
        passed = np.zeros((self._wordings.bands, len(held)), np.bool_)
        for band in range(len(passed)):
            order, begins, ends = self._wordings.groups(band)
            total = np.concatenate(([0], np.cumsum(held[order])))
            many = total[ends] - total[begins] > self._most_carried + 1
            for begin, end in zip(begins[many].tolist(), ends[many].tolist(), strict=True):
                rows = order[begin:end]
                passed[band, rows] = self._carried(rows)
        return passed

    def _carried(self, rows: _Array) -> bool:
        """Whether too many other claims than any of these carry a band, given the rows that agree
        in it."""
        begins, many = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        place = np.repeat(begins - np.cumsum(many) + many, many) + np.arange(many.sum())
        return len(np.unique(self._holder[place])) > self._most_carried + 1


class Images(Alike):
    """The pictures of claims, by how they look."""

    def __init__(self, most_bits: int, most: int) -> None:
        self._most_bits = most_bits
        super().__init__(most)

    def add(self, owners: _Array, prints: _Array) -> None:
        """Prints and whose they are."""
        self._take(owners, prints)

    def _engine(self, signs: _Array, first: _Array) -> Pictures:
        return Pictures(signs, self._most_bits)
