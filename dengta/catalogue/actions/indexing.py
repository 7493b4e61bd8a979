"""检索: entries come into the index and leave it. It is made of entries and can be made anew.

Whoever publishes, renews, removes or lets an entry expire writes its facets and calls `index` in
the same transaction.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
from django.db import IntegrityError, connection, transaction

from dengta.catalogue.models import Entry, IndexedText, SearchBlock, SearchFacet, SearchTerm
from dengta.catalogue.queries.found_by import Shown, shown_of
from dengta.core.grams import BLOCK, merged, occurrences, without

# An ORM object for each term would take ten times as long, and a pool has a million of them.
_UPSERT = """
INSERT INTO catalogue_searchterm (block_id, term, places) VALUES (%s, %s, %s)
ON CONFLICT (term, block_id) DO UPDATE SET places = excluded.places
"""
MANY = 500
"""Rows of one statement: SQLite takes no more than a thousand values."""


def index(entry: Entry) -> None:
    """Bring one entry up to date: found by what it says now if it is published, else not at all."""
    index_many([entry.pk])


def index_many(entries: Iterable[int]) -> int:
    """Bring many up to date, by id; how many of them can be found now.

    Blocks are locked in their order, so that two who index at once wait and lose nothing.
    """
    by_block: dict[int, list[int]] = defaultdict(list)
    for pk in sorted(set(entries)):
        by_block[pk // BLOCK].append(pk)
    kept = 0
    with transaction.atomic():
        for number in sorted(by_block):
            block = _locked(number)
            shown = shown_of(by_block[number])
            _write_terms(block, by_block[number], shown)
            _write_facets(block, by_block[number], shown)
            kept += len(shown)
    return kept


def rebuild() -> int:
    """Make the whole index anew; how many entries can be found."""
    with transaction.atomic():
        SearchTerm.objects.all().delete()
        SearchFacet.objects.all().delete()
        IndexedText.objects.all().delete()
        return index_many(Entry.objects.values_list("pk", flat=True))


def _locked(number: int) -> SearchBlock:
    """The block, locked until the transaction ends, with a new stamp."""
    stamp = secrets.token_hex(16)
    if not SearchBlock.objects.filter(number=number).update(stamp=stamp):
        try:
            with transaction.atomic():
                return SearchBlock.objects.create(number=number, stamp=stamp)
        except IntegrityError:  # another made it meanwhile
            SearchBlock.objects.filter(number=number).update(stamp=stamp)
    return SearchBlock.objects.get(number=number)


def _write_terms(block: SearchBlock, pks: Sequence[int], shown: Mapping[int, Shown]) -> None:
    """Lists of terms without what the entries said before, with what they say now."""
    old = dict(IndexedText.objects.filter(entry__in=pks).values_list("entry_id", "texts"))
    gone: set[str] = set()
    for pk, texts in old.items():
        gone.update(occurrences(pk % BLOCK, texts))
    new: dict[str, list[int]] = defaultdict(list)
    for pk in sorted(shown):  # so that lists come in their order
        for term, places in occurrences(pk % BLOCK, shown[pk].texts).items():
            new[term] += places
    numbers = [pk % BLOCK for pk in old]
    for terms in _batches(gone | new.keys()):
        rows = SearchTerm.objects.filter(block=block, term__in=terms)
        there = {
            term: np.frombuffer(held, "<u4") for term, held in rows.values_list("term", "places")
        }
        empty: list[str] = []
        written: list[tuple[int, str, bytes]] = []
        for term in terms:
            found = np.asarray(new.get(term, []), np.uint32)
            if term in there:
                held = without(there[term], numbers) if term in gone else there[term]
                found = merged([held, found])
            if len(found):
                written.append((block.pk, term, found.astype("<u4").tobytes()))
            elif term in there:
                empty.append(term)
        SearchTerm.objects.filter(block=block, term__in=empty).delete()
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT, written)
    IndexedText.objects.filter(entry__in=pks).delete()
    IndexedText.objects.bulk_create(
        [IndexedText(entry_id=pk, texts=list(one.texts)) for pk, one in shown.items()],
        batch_size=MANY,
    )


def _write_facets(block: SearchBlock, pks: Sequence[int], shown: Mapping[int, Shown]) -> None:
    """Sets of facet values without the entries, and with them where they are shown."""
    numbers = {pk % BLOCK for pk in pks}
    sets: dict[tuple[str, str], set[int]] = {}
    rows = SearchFacet.objects.filter(block=block)
    for facet, value, packed in rows.values_list("facet", "value", "members"):
        sets[facet, value] = set(np.frombuffer(packed, "<u2").tolist())
    before = {key: set(held) for key, held in sets.items()}
    for held in sets.values():
        held -= numbers
    for pk, one in shown.items():
        for key in one.facets:
            sets.setdefault(key, set()).add(pk % BLOCK)
    changed = [key for key, held in sets.items() if held != before.get(key)]
    for key in (key for key in changed if not sets[key]):
        SearchFacet.objects.filter(block=block, facet=key[0], value=key[1]).delete()
    SearchFacet.objects.bulk_create(
        [
            SearchFacet(
                block=block,
                facet=facet,
                value=value,
                members=np.sort(np.fromiter(sets[facet, value], "<u2")).tobytes(),
            )
            for facet, value in changed
            if sets[facet, value]
        ],
        batch_size=MANY,
        update_conflicts=True,
        unique_fields=["block", "facet", "value"],
        update_fields=["members"],
    )


def _batches(terms: Collection[str]) -> Iterable[list[str]]:
    rest = iter(sorted(terms))
    while some := list(islice(rest, MANY)):
        yield some
