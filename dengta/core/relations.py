"""关联关系: who belongs together, by what they share, and the way from one to the other in words.

Parties (firms, persons) share a legal person, a phone, an address, an account or an employer. A
value that very many have, such as the phone of an agent who files for five hundred firms, says
nothing of any two of them: above `most` parties it does not link, and `common` says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from dengta.core.claim_keys import link_value
from dengta.core.shapes import Text

__all__ = ["KINDS", "Common", "Hop", "Link", "Path", "Relations", "components", "linked"]

_Array = np.ndarray[Any, Any]
_K = TypeVar("_K")
_V = TypeVar("_V")

KINDS: Mapping[str, Text] = {
    "legal_person": Text("法定代表人", "legal person"),
    "phone": Text("电话", "phone number"),
    "address": Text("地址", "address"),
    "bank_account": Text("银行账户", "bank account"),
    "employer": Text("任职单位", "employer"),
}
"""What can be shared, in words."""


class Link(NamedTuple):
    """Something that a party has and another may have too: a kind of KINDS, and its value."""

    kind: str
    value: str


class Hop(NamedTuple):
    """One step of a way: two parties, all that they share that links, and the strongest of it."""

    one: str
    other: str
    shared: tuple[Link, ...]
    bps: int


@dataclass(frozen=True, slots=True)
class Common:
    """What so many have that it tells nothing and was left out; `said` says it."""

    kind: str
    value: str
    count: int
    said: Text


@dataclass(frozen=True, slots=True)
class Path:
    """A shortest way from one party to another; the strongest of these, then the first by names."""

    hops: tuple[Hop, ...]

    @property
    def bps(self) -> int:
        """How strong it is: each hop takes its part of what is left."""
        left = 10_000
        for hop in self.hops:
            left = left * hop.bps // 10_000
        return left

    def said(self, name: Callable[[str], str] = str) -> tuple[Text, ...]:
        """What is shared at each hop; `name` gives the name of a party."""
        return tuple(_said(hop, name) for hop in self.hops)


def _discard(table: dict[_K, set[_V]], key: _K, member: _V) -> None:
    held = table.get(key, set())
    held.discard(member)
    if not held:
        table.pop(key, None)


def _said(hop: Hop, name: Callable[[str], str]) -> Text:
    zh = "、".join(f"{KINDS[kind].zh}相同（{value}）" for kind, value in hop.shared)
    en = " and ".join(f"the {KINDS[kind].en} {value}" for kind, value in hop.shared)
    one, other = name(hop.one), name(hop.other)
    return Text(f"{one} 与 {other} 的{zh}", f"{one} and {other} share {en}")


class Relations:
    """Parties and what they have. `strength` gives the kinds that link and how strong each is, in
    basis points; `most` is how many parties may have a value that still links."""

    def __init__(self, strength: Mapping[str, int], most: int) -> None:
        if unknown := sorted(strength.keys() - KINDS.keys()):
            raise ValueError(f"{', '.join(unknown)}: {', '.join(KINDS)}")
        if any(not 0 < bps <= 10_000 for bps in strength.values()) or most < 2:
            raise ValueError("a strength is from 1 to 10,000, and two parties are the least")
        self.strength, self.most = dict(strength), most
        self._of: dict[str, set[Link]] = {}
        self._with: dict[Link, set[str]] = {}

    def add(self, party: str, kind: str, value: str) -> None:
        """A party has something; an empty value and a kind without strength are passed over."""
        link = Link(kind, link_value(kind, value))
        if link.value and kind in self.strength:
            self._of.setdefault(party, set()).add(link)
            self._with.setdefault(link, set()).add(party)

    def remove(self, party: str, kind: str, value: str) -> None:
        """A party no longer has something."""
        link = Link(kind, link_value(kind, value))
        _discard(self._of, party, link)
        _discard(self._with, link, party)

    def common(self, party: str) -> tuple[Common, ...]:
        """What a party has in common with too many to count."""
        return tuple(
            Common(
                kind, value, len(held),
                Text(f"{KINDS[kind].zh} {value} 有 {len(held)} 家使用，超过 {self.most} 家，"
                     "不作为关联依据",
                     f"The {KINDS[kind].en} {value} is used by {len(held)} parties, more than"
                     f" {self.most}; it does not count as a link"),
            )
            for kind, value in sorted(self._of.get(party, ()))
            if len(held := self._with[Link(kind, value)]) > self.most
        )  # fmt: skip

    def neighbours(self, party: str) -> dict[str, Hop]:
        """All who share something that links with a party, by name."""
        shared: dict[str, list[Link]] = {}
        for link in sorted(self._of.get(party, ())):
            if len(held := self._with[link]) <= self.most:
                for other in held:
                    shared.setdefault(other, []).append(link)
        shared.pop(party, None)
        return {
            other: Hop(party, other, tuple(links), max(self.strength[kind] for kind, _ in links))
            for other, links in sorted(shared.items())
        }

    def within(self, party: str, furthest: int) -> dict[str, Path]:
        """Everybody within so many hops, each with the way there; nearest first, then by name."""
        reached: dict[str, tuple[Hop, ...]] = {party: ()}
        edge = [party]
        for _ in range(furthest):
            fresh: dict[str, tuple[Hop, ...]] = {}
            for one in edge:
                for other, hop in self.neighbours(one).items():
                    if other not in reached:
                        way = (*reached[one], hop)
                        if other not in fresh or _better(way, fresh[other]):
                            fresh[other] = way
            edge = sorted(fresh)
            reached.update((one, fresh[one]) for one in edge)
        del reached[party]
        return {one: Path(hops) for one, hops in reached.items()}

    def path(self, one: str, other: str, furthest: int) -> Path | None:
        """The way from one party to another within so many hops; None if there is none."""
        return self.within(one, furthest).get(other)

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All who belong together over any number of hops, two or more; the largest first."""
        parties = sorted(self._of)
        number = {party: n for n, party in enumerate(parties)}
        pairs = [
            (number[first], number[other])
            for held in self._with.values()
            if 1 < len(held) <= self.most
            for first, *others in (sorted(held),)
            for other in others
        ]
        ends = np.array(pairs, np.int64).reshape(-1, 2)
        found: dict[int, list[str]] = {}
        for party, label in zip(
            parties, components(len(parties), ends[:, 0], ends[:, 1]).tolist(), strict=True
        ):
            found.setdefault(label, []).append(party)
        several = [tuple(group) for group in found.values() if len(group) > 1]
        return tuple(sorted(several, key=lambda group: (-len(group), group)))


def _better(way: Sequence[Hop], than: Sequence[Hop]) -> bool:
    def rank(hops: Sequence[Hop]) -> tuple[int, tuple[str, ...]]:
        return -math.prod(hop.bps for hop in hops), tuple(hop.other for hop in hops)

    return rank(way) < rank(than)


# ---------------------------------------------------------------- whole tables at once


def linked(owners: Iterable[int], values: Iterable[str], most: int) -> tuple[_Array, _Array]:
    """Links of a whole table, each row an owner and a value that he has: for each value that two
    owners or more have, and `most` at the most, its first owner with each of the others. Values
    that differ only by kind must be told apart by whoever writes them. Empty ones link nobody."""
    held = pl.Series("value", values, dtype=pl.String)
    if held.is_empty():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    some = _perhaps_shared(held)
    rows = pl.DataFrame({"owner": pl.Series(owners, dtype=pl.Int64)[some], "value": held[some]})
    shared = (
        rows.filter(pl.col("value") != "")
        .unique()
        .with_columns(first=pl.col("owner").min().over("value"), held=pl.len().over("value"))
        .filter((pl.col("held") <= most) & (pl.col("owner") != pl.col("first")))
        .select("first", "owner")
        .unique()
        .sort("first", "owner")
    )
    return shared["first"].to_numpy(), shared["owner"].to_numpy()


def _perhaps_shared(values: pl.Series) -> _Array:
    """Rows whose value another row may have, by their hashes: nearly all others are out."""
    bits = np.uint64(len(values).bit_length())
    packed = values.hash().to_numpy() << bits | np.arange(len(values), dtype=np.uint64)
    packed.sort()
    same = packed[1:] >> bits == packed[:-1] >> bits
    some = np.concatenate((same, [False])) | np.concatenate(([False], same))
    return np.asarray(packed[some] & ((np.uint64(1) << bits) - np.uint64(1)), np.int64)


def components(count: int, one: _Array, other: _Array) -> _Array:
    """For each of so many things the least that it is connected with, itself perhaps."""
    label = np.arange(count)
    while len(one):
        low = np.minimum(label[one], label[other])
        high = np.maximum(label[one], label[other])
        open_ = low != high
        one, other = one[open_], other[open_]
        np.minimum.at(label, high[open_], low[open_])
        while not np.array_equal(further := label[label], label):
            label = further
    return label
