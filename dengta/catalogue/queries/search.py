"""检索: published entries by words and facets, exact, with the total and the counts of every facet.

An entry is found when it contains every word of the query (`core.grams`). Order: all words in the
name, its beginning first; then in the summary, in what the entry says, in what it belongs to; the
newer entry before the older. Nothing else moves an entry up. The sets of facets are kept in the
process and read again for a block that has changed, so that a search is two or three queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.utils import timezone

from dengta.catalogue.models import SearchBlock, SearchFacet, SearchTerm
from dengta.catalogue.queries.found_by import EXPIRES
from dengta.core.grams import BLOCK, ENTRY_BITS, FIELD_BITS, found_in, terms_of, words

PER_PAGE = 20
LONGEST_QUERY = 200
"""Signs of a query that are read."""
NOWHERE = 255
_Flags = np.ndarray[Any, np.dtype[np.bool_]]
_Ranks = np.ndarray[Any, np.dtype[np.uint8]]
_Numbers = np.ndarray[Any, np.dtype[np.int64]]


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
    """What a process keeps of one block: its stamp and its facets, as numbers in the block."""

    stamp: str
    facets: tuple[tuple[str, str, _Numbers], ...]


_kept: dict[tuple[str, int], _Held] = {}
_joined: dict[str, tuple[tuple[tuple[int, str], ...], dict[str, dict[str, _Numbers]]]] = {}


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
    day = (at or timezone.localdate()).isoformat()
    sets = _sets_of(blocks)
    open_, present = np.ones(len(ranks), np.bool_), np.zeros(len(ranks), np.bool_)
    for value, members in sets.get(EXPIRES, {}).items():
        if value < day:
            open_[members] = False
    for members in sets.get("kind", {}).values():
        present[members] = True
    found = present & open_ & (ranks != NOWHERE)
    wanted = _wanted(kind, facets or {}, sets, len(ranks))
    counts = _counts(found, wanted, sets)
    for chosen in wanted.values():
        found &= chosen
    return _page(found, ranks, list(blocks), counts, page, per_page)


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


def _sets_of(blocks: Mapping[int, _Held]) -> Mapping[str, Mapping[str, _Numbers]]:
    """`_sets`, kept until a block changes: joining a million numbers takes longer than a search."""
    stamps = tuple((number, held.stamp) for number, held in blocks.items())
    kept = _joined.get("last")
    if kept is None or kept[0] != stamps:
        kept = _joined["last"] = (stamps, _sets(blocks))
    return kept[1]


def _sets(blocks: Mapping[int, _Held]) -> dict[str, dict[str, _Numbers]]:
    """The members of each value of each facet, as places in the array of all entries."""
    parts: dict[str, dict[str, list[_Numbers]]] = {}
    for at, held in enumerate(blocks.values()):
        for facet, value, numbers in held.facets:
            whole = numbers + at * BLOCK if at else numbers
            parts.setdefault(facet, {}).setdefault(value, []).append(whole)
    return {
        facet: {
            value: np.concatenate(lists) if len(lists) > 1 else lists[0]
            for value, lists in values.items()
        }
        for facet, values in parts.items()
    }


def _ranks(text: str, numbers: list[int]) -> _Ranks:
    """For every place of every block how well it fits, NOWHERE where it does not."""
    ranks = np.zeros(len(numbers) * BLOCK, np.uint8)
    asked = words(text)
    if not asked:
        if text:  # nothing in it that could be looked for
            ranks[:] = NOWHERE
        return ranks
    lists: dict[int, dict[str, Any]] = {number: {} for number in numbers}
    rows = SearchTerm.objects.filter(term__in=terms_of(text))
    for number, term, places in rows.values_list("block__number", "term", "places"):
        lists.setdefault(number, {})[term] = np.frombuffer(places, "<u4")
    for word in asked:
        best = np.full(len(ranks), NOWHERE, np.uint8)
        for at, number in enumerate(numbers):
            begins = found_in(word, lists[number])
            entries = begins >> np.uint32(ENTRY_BITS)
            first = np.empty(len(begins), np.bool_)
            first[:1], first[1:] = True, entries[1:] != entries[:-1]
            place = begins[first] & np.uint32((1 << ENTRY_BITS) - 1)
            fit = (place >> np.uint32(FIELD_BITS)) + (place > 0)
            best[at * BLOCK + entries[first].astype(np.int64)] = fit
        np.maximum(ranks, best, out=ranks)
    return ranks


def _wanted(
    kind: str,
    facets: Mapping[str, str | Collection[str]],
    sets: Mapping[str, Mapping[str, _Numbers]],
    size: int,
) -> dict[str, _Flags]:
    """For each facet that was chosen by, the places that have one of the values."""
    chosen: dict[str, Collection[str]] = {"kind": [kind]} if kind else {}
    for facet, values in facets.items():
        some = [values] if isinstance(values, str) else [each for each in values if each]
        if some and some != [""]:
            chosen[facet] = some
    wanted: dict[str, _Flags] = {}
    for facet, values in chosen.items():
        flags = wanted[facet] = np.zeros(size, np.bool_)
        for value in values:
            if (members := sets.get(facet, {}).get(value)) is not None:
                flags[members] = True
    return wanted


def _counts(
    found: _Flags, wanted: Mapping[str, _Flags], sets: Mapping[str, Mapping[str, _Numbers]]
) -> dict[str, dict[str, int]]:
    """How many of what was found carry each value, under what was chosen of the other facets."""
    counts: dict[str, dict[str, int]] = {}
    every = found.copy()
    for flags in wanted.values():
        every &= flags
    for facet, values in sorted(sets.items()):
        if facet == EXPIRES:
            continue
        flags = every
        if facet in wanted:
            flags = found.copy()
            for other, chosen in wanted.items():
                if other != facet:
                    flags &= chosen
        some = {value: int(np.count_nonzero(flags[at])) for value, at in sorted(values.items())}
        counts[facet] = {value: count for value, count in some.items() if count}
    return counts


def _page(
    found: _Flags, ranks: _Ranks, numbers: list[int], counts: Mapping[str, Mapping[str, int]],
    page: int, per_page: int,
) -> Found:  # fmt: skip
    """The ids of one page, best rank first and the newest first within it."""
    total = int(np.count_nonzero(found))
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    skip, ids = (page - 1) * per_page, []
    left = per_page
    for rank in range(NOWHERE):
        if not left or rank > 8:
            break
        places = np.flatnonzero(found & (ranks == rank))[::-1]
        some = places[skip : skip + left]
        ids += [numbers[at // BLOCK] * BLOCK + at % BLOCK for at in some.tolist()]
        skip, left = max(0, skip - len(places)), left - len(some)
    return Found(tuple(ids), total, page, pages, counts)
