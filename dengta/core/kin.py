"""Who belongs together among very many parties at once: `core.relations` as columns.

It says who is within so many hops of whom, not by which way; and of each party a number that stays
the same as long as everything does that a way to or from it can go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from dengta.core.bands import distinct, pairs_within
from dengta.core.claim_keys import link_value

__all__ = ["Kin", "mixed", "summed"]

_Array = np.ndarray[Any, Any]
_HALF = 32
_LOW = 0xFFFFFFFF


class Kin:
    """The parties who share something that links. `one` is within the hops of `other`, by their
    numbers; each such pair is there from both sides, in order."""

    def __init__(
        self, ties: Iterable[tuple[str, str, str]], strength: Mapping[str, int], most: int,
        furthest: int,
    ) -> None:  # fmt: skip
        held = _linking(ties, strength, most)
        self.parties = held["party"].unique().sort()
        self._party, self._link = self.numbers(held["party"]), held["link"].to_numpy()
        self._begins = np.flatnonzero(np.diff(self._link, prepend=-1))
        self._says = held["says"].to_numpy()[self._begins]
        self._near = self._reached(furthest)
        self.one, self.other = self._near >> _HALF, self._near & _LOW
        self.prints = self._printed(furthest)

    def __len__(self) -> int:
        return len(self.parties)

    def numbers(self, parties: pl.Series) -> _Array:
        """The number of each party; -1 for one who shares nothing."""
        if not len(self):
            return np.full(len(parties), -1)
        place = self.parties.search_sorted(parties).clip(upper_bound=len(self) - 1)
        there = (self.parties[place] == parties).to_numpy()
        return np.where(there, place.to_numpy().astype(np.int64), -1)

    def related(self, one: _Array, other: _Array) -> _Array:
        """Whether parties, by their numbers, belong together."""
        wanted = one << _HALF | other
        if not len(self._near):
            return np.zeros(len(wanted), np.bool_)
        place = np.minimum(np.searchsorted(self._near, wanted), len(self._near) - 1)
        return np.asarray((self._near[place] == wanted) & (one >= 0) & (other >= 0))

    def _reached(self, furthest: int) -> _Array:
        """Who is within so many hops of whom, both numbers in one."""
        ends = np.append(self._begins[1:], len(self._link))[: len(self._begins)]
        found = [np.empty(0, np.int64)]
        for left, right in pairs_within(self._begins, ends):
            one, other = self._party[left], self._party[right]
            found += (one << _HALF | other, other << _HALF | one)
        hops = edge = near = distinct(np.concatenate(found))
        degree = np.bincount(hops >> _HALF, minlength=len(self))
        begins = np.cumsum(degree) - degree
        for _ in range(1, furthest):
            start, end = edge >> _HALF, edge & _LOW
            many = degree[end]
            place = np.repeat(begins[end] - np.cumsum(many) + many, many) + np.arange(many.sum())
            start, further = np.repeat(start, many), hops[place] & _LOW
            edge = distinct((start << _HALF | further)[start != further])
            edge = np.setdiff1d(edge, near, assume_unique=True)
            near = np.union1d(near, edge)
        return near if furthest else near[:0]

    def _printed(self, furthest: int) -> _Array:
        """Of each party a number for all that is shared around it, so many hops wide."""
        own = mixed(self.parties.hash().to_numpy())
        group = np.cumsum(np.diff(self._link, prepend=-1) != 0) - 1
        for _ in range(furthest + 1):
            shared = mixed(self._says + summed(group, own[self._party], len(self._says)))
            own = mixed(own + summed(self._party, shared[group], len(self)))
        return own


def _linking(
    ties: Iterable[tuple[str, str, str]], strength: Mapping[str, int], most: int
) -> pl.DataFrame:
    """Who has what links, each once, what is the same one behind the other: party, the number of
    what it is, and a number for what it says."""
    rows = {(party, kind, link_value(kind, value)) for party, kind, value in ties
            if kind in strength}  # fmt: skip
    held = pl.DataFrame(
        [row for row in rows if row[2]],
        schema={"party": pl.String, "kind": pl.String, "value": pl.String}, orient="row",
    )  # fmt: skip
    strong = pl.col("kind").replace_strict(dict(strength), return_dtype=pl.Int64, default=0)
    several = held.with_columns(held=pl.len().over("kind", "value")).filter(
        pl.col("held").is_between(2, most)
    )
    return several.select(
        "party",
        link=pl.struct("kind", "value").rank("dense").cast(pl.Int64),
        says=pl.struct("kind", "value", strong.alias("bps")).hash(),
    ).sort("link", "party")


def mixed(numbers: _Array) -> _Array:
    """64 bits stirred, one to one."""
    found = numbers.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        found = (found ^ found >> np.uint64(shift)) * np.uint64(factor)
    return np.asarray(found ^ found >> np.uint64(31))


def summed(of: _Array, values: _Array, size: int) -> _Array:
    """The sum of all values of each number below `size`, modulo what they fit in."""
    total = np.zeros(size, values.dtype)
    np.add.at(total, of, values)
    return total
