"""检索: by which texts and facets a published entry is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from dengta.catalogue.models import Entry, EntryFacet, PackageLine
from dengta.core.shapes import Text
from dengta.registry.queries import policy, region_name

MANY = 500
EXPIRES = "expires"
"""The facet that says until when an entry stands, which nobody chooses by."""


class Shown(NamedTuple):
    """`texts`: name, summary, what it says, what it belongs to. `facets`: pairs of name, value."""

    texts: tuple[str, str, str, str]
    facets: tuple[tuple[str, str], ...]


def shown_of(pks: Sequence[int]) -> dict[int, Shown]:
    """What the published among some entries are found by, in a constant number of queries for
    each five hundred of them."""
    found: dict[int, Shown] = {}
    for start in range(0, len(pks), MANY):
        some = Entry.objects.filter(pk__in=pks[start : start + MANY], state="published")
        rows = list(some.select_related("current", "organisation"))
        facets, lines = defaultdict(list), defaultdict(list)
        for facet in EntryFacet.objects.filter(entry__in=rows).order_by("facet", "value"):
            facets[facet.entry_id].append((facet.facet, facet.value))
        versions = [entry.current_id for entry in rows]
        for line in PackageLine.objects.filter(version__in=versions).order_by("ordinal"):
            lines[line.version_id].append(line.text)
        for entry in rows:
            found[entry.pk] = _shown(entry, facets[entry.pk], lines[entry.current_id or 0])
    return found


def _shown(entry: Entry, facets: list[tuple[str, str]], lines: list[str]) -> Shown:
    version = entry.current
    assert version is not None  # a constraint of the table
    said = [value for value in version.content.values() if isinstance(value, str)]
    facets = [("kind", entry.kind), *facets]
    names = [_name(facet, value) for facet, value in facets]
    names.append(region_name(entry.region_code))
    belongs = [part for name in dict.fromkeys(names) for part in name]
    belongs += [entry.selected_by, entry.selected_in]
    if entry.organisation is not None:
        belongs.append(entry.organisation.name)
    if entry.expires_date:
        facets.append((EXPIRES, entry.expires_date.isoformat()))
    texts = (entry.name, version.summary, "\n".join([*said, *lines]), "\n".join(belongs))
    return Shown(texts, tuple(facets))


def _name(facet: str, value: str) -> Text:
    """What a value of a facet is called."""
    match facet:
        case "kind":
            label = str(Entry.Kind(value).label)
            return Text(label, label)
        case "scenario":
            names = {one.id: one.text for one in policy().instruments["miit-2024"].scenarios}
            return names.get(value, Text(value, value))
        case "division":
            return region_name(value)
    return Text("", "")
