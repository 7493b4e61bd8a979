"""The list of the pool as people narrow it: what was found, page by page, and what is left under
each facet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dengta.catalogue.models import Entry
from dengta.catalogue.queries.names import (
    FACETS,
    NATURES,
    facet_name,
    facet_value_name,
    kind_of,
    scenarios,
)
from dengta.catalogue.queries.search import PER_PAGE, search
from dengta.core.shapes import Text
from dengta.registry.queries import policy


class Option(NamedTuple):
    """One value of a facet with how many entries it leaves."""

    value: str
    name: Text
    entries: int
    chosen: bool


class Group(NamedTuple):
    """One facet with the values that leave something, and the one that is chosen."""

    facet: str
    name: Text
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `kinds` are all kinds with their counts, `groups` the other facets."""

    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int
    per_page: int
    kinds: tuple[Option, ...]
    groups: tuple[Group, ...]


def facets_of(kind: str) -> tuple[str, ...]:
    """The facets by which a list of a kind is narrowed: the common ones, and those of its fields
    once a kind is chosen."""
    common = [facet for facet in FACETS if facet != "kind"]
    own = [field.facet for field in kind_of(kind).fields if field.facet] if kind else []
    return (*common, *dict.fromkeys(own))


def listed(
    text: str = "",
    kind: str = "",
    chosen: Mapping[str, str] | None = None,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
    at: dt.date | None = None,
) -> Listing:
    """The published entries that fit, the best first, with what each entry shows; a kind or a facet
    that there is not narrows nothing. A constant number of queries."""
    kind = kind if kind in policy().entry_kinds else ""
    names = facets_of(kind)
    asked = {facet: value for facet, value in (chosen or {}).items() if value and facet in names}
    found = search(text, kind, asked, at, page, per_page)
    rows = Entry.objects.filter(pk__in=found.ids).select_related("current", "organisation")
    by_id = {entry.pk: entry for entry in rows.prefetch_related("current__uses")}
    return Listing(
        entries=tuple(by_id[pk] for pk in found.ids if pk in by_id),
        total=found.total,
        page=found.page,
        pages=found.pages,
        per_page=per_page,
        kinds=tuple(
            Option(id, rules.name, found.counts.get("kind", {}).get(id, 0), id == kind)
            for id, rules in policy().entry_kinds.items()
        ),
        groups=tuple(
            group
            for facet in names
            if (group := _group(facet, found.counts.get(facet, {}), asked.get(facet, ""))).options
        ),
    )


def _group(facet: str, counts: Mapping[str, int], chosen: str) -> Group:
    values = [value for value in _ordered(facet, counts) if counts.get(value)]
    if chosen and chosen not in values:
        values.append(chosen)
    options = (
        Option(value, facet_value_name(facet, value), counts.get(value, 0), value == chosen)
        for value in values
    )
    return Group(facet, facet_name(facet), tuple(options))


def _ordered(facet: str, counts: Mapping[str, int]) -> list[str]:
    """The values of a facet in the order of the policy; others by their codes behind them."""
    known: list[str] = []
    match facet:
        case "sub_industry":
            known = [*policy().sub_industries]
        case "scenario":
            known = [*scenarios()]
        case "nature":
            known = [*NATURES]
    return [*(value for value in known if value in counts),
            *sorted(value for value in counts if value not in known)]  # fmt: skip
