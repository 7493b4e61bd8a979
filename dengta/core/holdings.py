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
_WHOLE = 1 << 20


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
    def pairs(
        self, spent: _Array | None = None, passed: _Array | None = None
    ) -> Iterator[Near]: ...
    def settle(self) -> None: ...


class Alike(ABC):
    """Values as rows of an engine that knows which are near, and the claims that have each."""

    def __init__(self, engine: _Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._rows: dict[int, int] = {}
        self._holders = Holders()
        self._common = np.empty(0, np.bool_)

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
        for claim, sign in zip(claims, signs, strict=True):
            self._holders.add(self._rows[sign], claim)

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

    def _near(self, claim: str, value: Any, own: int | None) -> tuple[int, set[str]]:
        """How many other claims have something near a value, and which; none of them once they
        are too many. `own` is the row of the value itself, if it has one."""
        enough = max(COUNTED, self._most + 1)
        near = self._met(claim, value)
        if near is None:
            return enough, set()
        others = set(self._holders.of(own)) if own is not None else set()
        for rows, _ in near:
            for row in rows.tolist():
                held = self._holders.of(row)
                if len(held) > enough:
                    return enough, set()
                others.update(held)
            if len(others) > enough:
                return enough, set()
        others.discard(claim)
        return len(others), others if len(others) <= self._most else set()

    def _met(self, claim: str, value: Any) -> Iterator[tuple[_Array, _Array]] | None:
        """The rows near a value; None where it is plain at once that too many other claims than
        this have them."""
        return self._engine.near(value)

    def _passed(self, held: _Array) -> _Array | None:
        """Bands that lead nowhere, by band and row; `held` says how many claims have each row."""
        return None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Claims that have something near, unless it tells nothing to either of them; a pair may
        come again. Settles for each value whether too many have others near it, for `_surely`."""
        self._engine.settle()
        held, share = self._weighed()
        total, least = held.copy(), share.copy()
        kept, waiting, much = [], 0, (self._most + 1) * _WHOLE
        self._common = least > much
        known, passed = np.zeros(len(held), np.bool_), self._passed(held)
        if passed is not None:
            self._common |= 2 * passed.sum(axis=0) > len(passed)
        for near in self._engine.pairs(self._common, passed):
            for one, other in ((near.left, near.right), (near.right, near.left)):
                np.add.at(total, one, held[other])
                np.add.at(least, one, share[other])
                self._common[one] |= least[one] > much
            kept.append(near)
            waiting += len(near.left)
            if waiting > _MANY_PAIRS:
                self._settle(total, known)
                kept, waiting = [_telling(one, self._common) for one in kept], 0
        self._settle(total, known)
        for row in np.flatnonzero((held > 1) & ~self._common).tolist():
            yield from each_pair(self._holders.of(row), self._holders.of(row))
        for near in kept:
            left, right, _ = _telling(near, self._common)
            for row, its in zip(left.tolist(), right.tolist(), strict=True):
                yield from each_pair(self._holders.of(row), self._holders.of(its))

    def _weighed(self) -> tuple[_Array, _Array]:
        """For each row how many claims have it; and the same with each claim shared out evenly
        among the rows that it has, so that what a claim has of any rows is at most one."""
        rows = range(len(self._engine))
        held = np.array([len(self._holders.of(row)) for row in rows], np.int64)
        number: dict[str, int] = {}
        owner = np.array(
            [number.setdefault(claim, len(number)) for row in rows for claim in
             self._holders.of(row)], np.int64,
        )  # fmt: skip
        each = _WHOLE // np.maximum(np.bincount(owner, minlength=len(number)), 1)
        row = np.repeat(np.arange(len(held)), held)
        share = np.zeros(len(held), np.int64)
        np.add.at(share, row, each[owner])
        return held, share

    def _settle(self, total: _Array, known: _Array) -> None:
        """Count out what has too many near it, where that is neither certain nor impossible."""
        for row in np.flatnonzero((total > self._most + 1) & ~self._common & ~known).tolist():
            self._common[row] = self._near("", self._value(row), row)[0] > self._most + 1
            known[row] = True

    @abstractmethod
    def _value(self, row: int) -> Any:
        """The value of a row, as the engine looks for what is near it."""

    def _surely(self, sign: int) -> bool:
        """After `pairs`: whether a value tells nothing to the claims that have it."""
        return bool(self._common[self._rows[sign]])


def _telling(near: Near, common: _Array) -> Near:
    some = ~(common[near.left] & common[near.right])
    return Near(near.left[some], near.right[some], near.bps[some])


def each_pair(ours: Iterable[str], theirs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Two different claims, one of each side, in order."""
    for one in ours:
        for other in theirs:
            if one != other:
                yield (one, other) if one < other else (other, one)


class Texts(Alike):
    """The texts of claims, by their wording."""

    def __init__(self, least_bps: int, most: int, carried: int) -> None:
        self._wordings, self._most_carried = Wordings(least_bps), carried
        super().__init__(self._wordings, most)

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
        """Of a single text: how many other claims have one near it, and which, if few enough."""
        if not len(one.flat):
            return 0, set()
        return self._near(claim, one.flat, self._rows.get(signatures(one).tolist()[0]))

    def _met(self, claim: str, value: _Array) -> Iterator[tuple[_Array, _Array]] | None:
        bands = self._wordings.by_band(value)
        leading = [rows for rows in bands if not self._carried(rows, claim)]
        if 2 * len(leading) < len(bands):
            return None
        return self._wordings.near(value, np.concatenate(leading))

    def _carried(self, rows: _Array, claim: str = "") -> bool:
        """Whether too many others than a claim carry a band, given the rows that agree in it; of
        all others than any of themselves, if no claim is said."""
        most = self._most_carried + (not claim)
        held: set[str] = set()
        for row in rows.tolist():
            held.update(self._holders.of(row))
            if len(held) > most + 1:
                return True
        held.discard(claim)
        return len(held) > most

    def _passed(self, held: _Array) -> _Array:
        passed = np.zeros((self._wordings.bands, len(held)), np.bool_)
        for band in range(len(passed)):
            order, begins, ends = self._wordings.groups(band)
            total = np.concatenate(([0], np.cumsum(held[order])))
            many = total[ends] - total[begins] > self._most_carried + 1
            for begin, end in zip(begins[many].tolist(), ends[many].tolist(), strict=True):
                if self._carried(order[begin:end]):
                    passed[band, order[begin:end]] = True
        return passed

    def surely(self, sign: int) -> bool:
        """Whether a text, by its signature, tells nothing (see `pairs`)."""
        return self._surely(sign)

    def _value(self, row: int) -> _Array:
        return self._wordings.sets.of(row)

    def _one(self, values: Sets, place: int) -> _Array:
        return values.of(place)

    def _some(self, values: Sets, places: Sequence[int]) -> Sets:
        return values.chosen(np.array(places))


class Images(Alike):
    """The pictures of claims, by how they look."""

    def __init__(self, most_bits: int, most: int) -> None:
        self._prints = Pictures(most_bits)
        super().__init__(self._prints, most)

    def add(self, claims: Sequence[str], prints: Sequence[int]) -> None:
        """Prints and whose they are."""
        self._add(claims, prints, prints)

    def remove(self, claim: str, prints: Iterable[int]) -> None:
        """Take the pictures of a claim away."""
        self._remove(claim, prints)

    def near(self, claim: str, one: int) -> tuple[int, set[str]]:
        """How many other claims have a picture that looks the same, and which, if few enough."""
        return self._near(claim, one, self._rows.get(one))

    def surely(self, one: int) -> bool:
        """Whether a picture tells nothing (see `pairs`)."""
        return self._surely(one)

    def _value(self, row: int) -> int:
        return self._prints.print_of(row)

    def _one(self, values: Sequence[int], place: int) -> int:
        return values[place]

    def _some(self, values: Sequence[int], places: Sequence[int]) -> _Array:
        return np.array([values[place] for place in places], np.uint64)
