"""检索: by which texts and facets a published entry is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from dengta.catalogue.models import Entry, EntryFacet, PackageLine
from dengta.catalogue.queries.names import facet_value_name, kind_of
from dengta.core.shapes import Text
from dengta.registry.queries import region_name

MANY = 500
CODED = ("choice", "date", "bool")
"""Types of fields whose values are no words; a choice that is a facet is found by its name."""
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
    names: dict[tuple[str, str], Text] = {}
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
            own = (("kind", entry.kind), *facets[entry.pk])
            for pair in own:
                if pair not in names:
                    names[pair] = facet_value_name(*pair)
            called = [names[pair] for pair in own]
            found[entry.pk] = _shown(entry, own, called, lines[entry.current_id or 0])
    return found


def _shown(
    entry: Entry, facets: tuple[tuple[str, str], ...], called: list[Text], lines: list[str]
) -> Shown:
    version = entry.current
    assert version is not None  # a constraint of the table
    coded = {field.id for field in kind_of(entry.kind).fields if field.rule.type in CODED}
    said = [
        value for id, value in version.content.items() if isinstance(value, str) and id not in coded
    ]
    names = dict.fromkeys([*called, region_name(entry.region_code)])
    belongs = [part for name in names for part in name]
    belongs += [entry.selected_by, entry.selected_in]
    if entry.organisation is not None:
        belongs.append(entry.organisation.name)
    texts = (entry.name, version.summary, "\n".join([*said, *lines]), "\n".join(belongs))
    if entry.expires_date:
        facets = (*facets, (EXPIRES, entry.expires_date.isoformat()))
    return Shown(texts, facets)
