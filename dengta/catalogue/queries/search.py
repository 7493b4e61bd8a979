"""检索: published entries by words and facets, exact, with the total and the counts of every facet.

An entry is found when it contains every word of the query (`core.grams`). Order: all words in the
name, its beginning first; then in the summary, in what the entry says, in what it belongs to; the
newer entry before the older. Nothing else moves an entry up.

Facets are kept in the process, a row of bits for each value, and read again for a block that has
changed; so a search is two or three queries, and all counts are one pass over the bits, whatever
was found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.utils import timezone

from dengta.catalogue.models import SearchBlock, SearchFacet, SearchTerm
from dengta.catalogue.queries.found_by import EXPIRES
from dengta.core.grams import (
    BLOCK,
    ENTRY_BITS,
    FIELD_BITS,
    FIELDS,
    found_in,
    terms_of,
    words,
)

PER_PAGE = 20
LONGEST_QUERY = 200
"""Signs of a query that are read."""
NOWHERE = 255
WORD = 64
_Flags = np.ndarray[Any, np.dtype[np.bool_]]
_Ranks = np.ndarray[Any, np.dtype[np.uint8]]
_Numbers = np.ndarray[Any, np.dtype[np.int64]]
_Bits = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found: ids in order, how many in all, and for each facet how many
    there would be with each of its values (the facet's own choice set aside)."""

    ids: tuple[int, ...]
    total: int
    page: int
    pages: int
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class _Held(NamedTuple):
    """What a process keeps of one block: its stamp, and which of its entries carry which value."""

    stamp: str
    facets: tuple[tuple[str, str, _Numbers], ...]


@dataclass(frozen=True, slots=True)
class _Sets:
    """The facets of all entries: `values` in the order of the rows of `bits`, `rows` where each
    facet has its own; `until` is the ordinal of the last day of each entry, `present` who is in."""

    values: tuple[str, ...]
    rows: Mapping[str, slice]
    bits: _Bits
    until: _Numbers
    present: _Bits
    standing: dict[int, _Bits] = field(default_factory=dict)

    def row(self, facet: str, value: str) -> _Bits | None:
        """The bits of one value; None for one that no entry carries."""
        own = self.rows.get(facet, slice(0, 0))
        for at in range(own.start, own.stop):
            if self.values[at] == value:
                found: _Bits = self.bits[at]
                return found
        return None


_kept: dict[tuple[str, int], _Held] = {}
_joined: dict[str, tuple[tuple[tuple[int, str], ...], _Sets]] = {}
FOR_EVER = dt.date.max.toordinal()


def search(
    text: str = "",
    kind: str = "",
    facets: Mapping[str, str | Collection[str]] | None = None,
    at: dt.date | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Found:
    """The published entries that contain every word of `text` (all for none), of a `kind` and with
    one of the values chosen of each facet, that stand `at` a day (today). Page 1 is the first; a
    page beyond the last is the last."""
    asked = text[:LONGEST_QUERY].strip()
    blocks = _blocks()
    ranks = _ranks(asked, list(blocks))
    sets = _sets_of(blocks)
    day = (at or timezone.localdate()).toordinal()
    found = _packed(ranks != NOWHERE) & _standing(sets, day)
    wanted = _wanted(kind, facets or {}, sets)
    every = _within(found, wanted.values())
    counts = _counts(found, every, wanted, sets)
    return _page(every, ranks, list(blocks), counts, page, per_page)


def _standing(sets: _Sets, day: int) -> _Bits:
    """Who is in and stands on a day; kept for the day that was asked for last."""
    kept = sets.standing.get(day)
    if kept is None:
        sets.standing.clear()
        kept = sets.standing[day] = _packed(sets.until >= day) & sets.present
    return kept


def _packed(flags: _Flags) -> _Bits:
    """Flags as bits, 64 to a number."""
    return np.packbits(flags, bitorder="little").view(np.uint64)


def _within(found: _Bits, chosen: Iterable[_Bits]) -> _Bits:
    every = found
    for bits in chosen:
        every = every & bits
    return every


def _blocks() -> dict[int, _Held]:
    """The blocks there are, by number, from what is kept where that is still true."""
    alias = str(connection.settings_dict["NAME"])
    stamps = dict(SearchBlock.objects.order_by("number").values_list("number", "stamp"))
    old = [
        number
        for number, stamp in stamps.items()
        if (held := _kept.get((alias, number))) is None or held.stamp != stamp
    ]
    if old:
        fresh: dict[int, list[tuple[str, str, _Numbers]]] = {number: [] for number in old}
        rows = SearchFacet.objects.filter(block__number__in=old)
        said = dict.fromkeys(old, "")
        for number, stamp, facet, value, members in rows.values_list(
            "block__number", "block__stamp", "facet", "value", "members"
        ):
            numbers = np.frombuffer(members, "<u2").astype(np.int64)
            fresh[number].append((facet, value, numbers))
            said[number] = stamp
        for number, lists in fresh.items():
            _kept[alias, number] = _Held(said[number] or stamps[number], tuple(lists))
    return {number: _kept[alias, number] for number in stamps}


def _sets_of(blocks: Mapping[int, _Held]) -> _Sets:
    """`_sets`, kept until a block changes: joining a million numbers takes longer than a search."""
    stamps = tuple((number, held.stamp) for number, held in blocks.items())
    kept = _joined.get("last")
    if kept is None or kept[0] != stamps:
        kept = _joined["last"] = (stamps, _sets(blocks))
    return kept[1]


def _sets(blocks: Mapping[int, _Held]) -> _Sets:
    """The facets of all blocks, one block behind the other."""
    pairs = sorted({(facet, value) for held in blocks.values() for facet, value, _ in held.facets
                    if facet != EXPIRES})  # fmt: skip
    at_row = {pair: row for row, pair in enumerate(pairs)}
    rows: dict[str, slice] = {}
    for row, (facet, _value) in enumerate(pairs):
        first = rows[facet].start if facet in rows else row
        rows[facet] = slice(first, row + 1)
    bits = np.zeros((len(pairs), len(blocks) * BLOCK // WORD), np.uint64)
    until = np.full(len(blocks) * BLOCK, FOR_EVER, np.int64)
    for at, held in enumerate(blocks.values()):
        for facet, value, numbers in held.facets:
            if facet == EXPIRES:
                until[at * BLOCK + numbers] = dt.date.fromisoformat(value).toordinal()
                continue
            flags = np.zeros(BLOCK, np.bool_)
            flags[numbers] = True
            words_ = slice(at * BLOCK // WORD, (at + 1) * BLOCK // WORD)
            bits[at_row[facet, value], words_] = _packed(flags)
    present = np.bitwise_or.reduce(bits[rows.get("kind", slice(0, 0))], axis=0)
    return _Sets(tuple(value for _, value in pairs), rows, bits, until, present)


def _ranks(text: str, numbers: list[int]) -> _Ranks:
    """For every place of every block how well it fits, NOWHERE where it does not."""
    asked = words(text)
    ranks = np.zeros(len(numbers) * BLOCK, np.uint8)
    if not asked:
        if text:  # nothing in it that could be looked for
            ranks[:] = NOWHERE
        return ranks
    lists: dict[int, dict[str, Any]] = {number: {} for number in numbers}
    for number, term, places in _lists(terms_of(text)):
        lists.setdefault(number, {})[term] = np.frombuffer(places, "<u4")
    for word in asked:
        best = np.full(len(ranks), NOWHERE, np.uint8)
        for at, number in enumerate(numbers):
            # Sorted by entry, field and place: written from behind, the best of each entry stays.
            begins = found_in(word, lists[number])[::-1]
            place = begins & np.uint32((1 << ENTRY_BITS) - 1)
            fit = (place >> np.uint32(FIELD_BITS)).astype(np.uint8)
            fit += place > 0
            best[at * BLOCK + (begins >> np.uint32(ENTRY_BITS)).astype(np.int64)] = fit
        ranks = best if word is asked[0] else np.maximum(ranks, best, out=ranks)
    return ranks


def _lists(terms: Collection[str]) -> list[tuple[int, str, bytes | memoryview]]:
    """Block, term and places of every list of some terms.

    From PostgreSQL as bytes: as text, which is what Django asks for, each byte comes as two digits,
    and a common word has half a million of them.
    """
    rows = SearchTerm.objects.filter(term__in=sorted(terms))
    asked = rows.values_list("block__number", "term", "places")
    if connection.vendor != "postgresql":
        return list(asked)
    from psycopg import Cursor

    sql, given = asked.query.sql_with_params()
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        return cursor.execute(sql, given, binary=True).fetchall()


def _wanted(
    kind: str, facets: Mapping[str, str | Collection[str]], sets: _Sets
) -> dict[str, _Bits]:
    """For each facet that was chosen by, who has one of the values."""
    chosen: dict[str, Collection[str]] = {"kind": [kind]} if kind else {}
    for facet, values in facets.items():
        some = [values] if isinstance(values, str) else [each for each in values if each]
        if some and some != [""]:
            chosen[facet] = some
    wanted: dict[str, _Bits] = {}
    for facet, values in chosen.items():
        bits = wanted[facet] = np.zeros(sets.bits.shape[1], np.uint64)
        for value in values:
            if (row := sets.row(facet, value)) is not None:
                bits |= row
    return wanted


def _counts(
    found: _Bits, every: _Bits, wanted: Mapping[str, _Bits], sets: _Sets
) -> dict[str, dict[str, int]]:
    """How many of what was found carry each value, under what was chosen of the other facets."""
    numbers = np.bitwise_count(sets.bits & every).sum(axis=1, dtype=np.int64)
    for facet in wanted.keys() & sets.rows.keys():
        own = sets.rows[facet]
        others = _within(found, (bits for other, bits in wanted.items() if other != facet))
        numbers[own] = np.bitwise_count(sets.bits[own] & others).sum(axis=1, dtype=np.int64)
    counted = numbers.tolist()
    return {
        facet: {sets.values[at]: counted[at] for at in range(own.start, own.stop) if counted[at]}
        for facet, own in sets.rows.items()
    }


def _page(
    every: _Bits, ranks: _Ranks, numbers: list[int],
    counts: Mapping[str, Mapping[str, int]], page: int, per_page: int,
) -> Found:  # fmt: skip
    """The ids of one page, best rank first and the newest first within it."""
    here = np.unpackbits(every.view(np.uint8), bitorder="little").view(np.bool_)
    total = int(np.count_nonzero(here))
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    skip, chosen = (page - 1) * per_page, list[int]()
    for rank in range(FIELDS + 1):
        if len(chosen) == per_page:
            break
        some = here & (ranks == rank)
        chosen += _newest(some, skip, per_page - len(chosen))
        skip = max(0, skip - int(np.count_nonzero(some)))
    ids = tuple(numbers[at // BLOCK] * BLOCK + at % BLOCK for at in chosen)
    return Found(ids, total, page, pages, counts)


def _newest(flags: _Flags, skip: int, most: int) -> list[int]:
    """The last places with a flag, so many left out, at most so many: block by block from behind,
    as listing all of them takes longer than all the rest of a search."""
    found: list[int] = []
    for start in range(len(flags) - BLOCK, -1, -BLOCK):
        part = flags[start : start + BLOCK]
        many = int(np.count_nonzero(part))
        if skip < many:
            last = np.flatnonzero(part)[::-1][skip : skip + most - len(found)]
            found += (start + last).tolist()
            if len(found) == most:
                break
        skip = max(0, skip - many)
    return found
