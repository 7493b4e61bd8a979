"""What a screen holds: who has a value, and who has one that is near it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from dengta.core.near_text import Near, Wordings
from dengta.core.pictures import Pictures
from dengta.core.shingles import Sets, signatures

__all__ = ["COUNTED", "Alike", "Holders", "Images", "Texts", "each_pair"]

_Array = np.ndarray[Any, Any]
COUNTED = 1_000
"""Up to here it is counted how many others there are; it takes too long to count further."""
_FEW = 8
_AT_ONCE = 1_000
_MANY_PAIRS = 4_000_000


class Holders:
    """Which claims have a value, by value."""

    def __init__(self) -> None:
        self._table: dict[int, tuple[str, ...] | set[str]] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(self._table)

    def of(self, value: int) -> Collection[str]:
        """Who has it."""
        return self._table.get(value, ())

    def add(self, value: int, claim: str) -> None:
        """One more has it; nothing changes for one that does already."""
        held = self._table.get(value, ())
        if isinstance(held, set):
            held.add(claim)
        elif claim not in held:
            more = (*held, claim)
            self._table[value] = more if len(more) <= _FEW else set(more)

    def remove(self, value: int, claim: str) -> None:
        """One no longer has it."""
        left = {one for one in (claim,) if one in self._table.get(value, ())}
        if left:
            held = set(self._table[value]) - left
            if held:
                self._table[value] = held if len(held) > _FEW else tuple(held)
            else:
                del self._table[value]

    def shared(self) -> Iterator[Collection[str]]:
        """Those who have the same, wherever they are two or more."""
        return (held for held in self._table.values() if len(held) > 1)


class _Engine(Protocol):
    def __len__(self) -> int: ...
    def append(self, one: Any) -> int: ...
    def extend(self, some: Any) -> None: ...
    def near(self, one: Any) -> Iterator[tuple[_Array, _Array]]: ...
    def pairs(self, spent: _Array | None = None) -> Iterator[Near]: ...
    def settle(self) -> None: ...


class Alike(ABC):
    """Values as rows of an engine that knows which are near, and the claims that have each."""

    def __init__(self, engine: _Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._rows: dict[int, int] = {}
        self._holders = Holders()
        self._widest = 0
        self._total = np.empty(0, np.int64)

    def _add(self, claims: Sequence[str], signs: Sequence[int], values: Any) -> None:
        """Who has which of some values; where it is the same sign it is the same value."""
        fresh: dict[int, int] = {}
        for place, sign in enumerate(signs):
            if sign not in self._rows:
                fresh.setdefault(sign, place)
        if len(fresh) > _AT_ONCE:
            self._rows.update(zip(fresh, range(len(self._engine), 1 << 62), strict=False))
            self._engine.extend(self._some(values, list(fresh.values())))
        else:
            for sign, place in fresh.items():
                self._rows[sign] = self._engine.append(self._one(values, place))
        own: dict[str, set[int]] = {}
        for claim, sign in zip(claims, signs, strict=True):
            self._holders.add(self._rows[sign], claim)
            own.setdefault(claim, set()).add(sign)
        self._widest = max([self._widest, *map(len, own.values())])

    @abstractmethod
    def _one(self, values: Any, place: int) -> Any:
        """One of some values, as the engine appends it."""

    @abstractmethod
    def _some(self, values: Any, places: Sequence[int]) -> Any:
        """Some of the values, as the engine extends by them."""

    def _remove(self, claim: str, signs: Iterable[int]) -> None:
        for sign in signs:
            if sign in self._rows:
                self._holders.remove(self._rows[sign], claim)

    def _near(self, claim: str, value: Any) -> tuple[int, set[str]]:
        """How many entries of other claims are near a value, and whose they are; nobody's once they
        are too many."""
        others: set[str] = set()
        count, enough = 0, max(COUNTED, self._most + 1)
        for rows, _ in self._engine.near(value):
            for row in rows.tolist():
                held = self._holders.of(row)
                count += len(held) - (claim in held)
                if count <= self._most:
                    others.update(held)
            if count >= enough:
                return enough, set()
        return count, others - {claim} if count <= self._most else set()

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Claims that have something near, unless it certainly tells nothing to either of them; a
        pair may come again. Counts how often each value has others near it, for `_surely`."""
        self._engine.settle()
        held = np.array([len(self._holders.of(row)) for row in range(len(self._engine))], np.int64)
        total, kept, waiting = held.copy(), [], 0
        # Of what is counted a claim may have some itself.
        most = self._most + self._widest
        spent = total > most
        for near in self._engine.pairs(spent):
            np.add.at(total, near.left, held[near.right])
            np.add.at(total, near.right, held[near.left])
            spent[near.left] = total[near.left] > most
            spent[near.right] = total[near.right] > most
            kept.append(near)
            waiting += len(near.left)
            if waiting > _MANY_PAIRS:
                kept, waiting = [_telling(one, total, most) for one in kept], 0
        self._total = total
        for row in np.flatnonzero((held > 1) & (total <= most)).tolist():
            yield from each_pair(self._holders.of(row), self._holders.of(row))
        for near in kept:
            left, right, _ = _telling(near, total, most)
            for one, other in zip(left.tolist(), right.tolist(), strict=True):
                yield from each_pair(self._holders.of(one), self._holders.of(other))

    def _surely(self, sign: int) -> bool | None:
        """After `pairs`: whether a value certainly tells nothing to a claim that has it, or
        certainly something; None where it must be counted for that claim."""
        total = int(self._total[self._rows[sign]])
        if total <= self._most:
            return False
        return True if total > self._most + self._widest else None


def _telling(near: Near, total: _Array, most: int) -> Near:
    some = (total[near.left] <= most) | (total[near.right] <= most)
    return Near(near.left[some], near.right[some], near.bps[some])


def each_pair(ours: Iterable[str], theirs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Two different claims, one of each side, in order."""
    for one in ours:
        for other in theirs:
            if one != other:
                yield (one, other) if one < other else (other, one)


class Texts(Alike):
    """The texts of claims, by their wording."""

    def __init__(self, least_bps: int, most: int) -> None:
        super().__init__(Wordings(least_bps), most)

    def add(self, claims: Sequence[str], sets: Sets) -> None:
        """Texts and whose they are; those without shingles are passed over."""
        signs = signatures(sets).tolist()
        some = np.flatnonzero(sets.sizes)
        self._add(
            [claims[at] for at in some.tolist()],
            [signs[at] for at in some.tolist()],
            sets.chosen(some),
        )

    def remove(self, claim: str, sets: Sets) -> None:
        """Take the texts of a claim away."""
        self._remove(claim, signatures(sets).tolist())

    def near(self, claim: str, one: Sets) -> tuple[int, set[str]]:
        """Of a single text: how many texts of other claims are near, and whose, if few enough."""
        return self._near(claim, one.flat)

    def surely(self, one: Sets) -> bool | None:
        """Whether a text certainly tells nothing, or something (see `pairs`)."""
        return bool(len(one.flat)) and self._surely(signatures(one).tolist()[0])

    def _one(self, values: Sets, place: int) -> _Array:
        return values.of(place)

    def _some(self, values: Sets, places: Sequence[int]) -> Sets:
        return values.chosen(np.array(places))


class Images(Alike):
    """The pictures of claims, by how they look."""

    def __init__(self, most_bits: int, most: int) -> None:
        super().__init__(Pictures(most_bits), most)

    def add(self, claims: Sequence[str], prints: Sequence[int]) -> None:
        """Prints and whose they are."""
        self._add(claims, prints, prints)

    def remove(self, claim: str, prints: Iterable[int]) -> None:
        """Take the pictures of a claim away."""
        self._remove(claim, prints)

    def near(self, claim: str, one: int) -> tuple[int, set[str]]:
        """How many pictures of other claims look the same, and whose, if few enough."""
        return self._near(claim, one)

    def surely(self, one: int) -> bool | None:
        """Whether a picture certainly tells nothing, or something (see `pairs`)."""
        return self._surely(one)

    def _one(self, values: Sequence[int], place: int) -> int:
        return values[place]

    def _some(self, values: Sequence[int], places: Sequence[int]) -> _Array:
        return np.array([values[place] for place in places], np.uint64)
