"""资源池."""

from dengta.catalogue.models.entries import (
    Entry,
    EntryFacet,
    EntryLink,
    EntryVersion,
    PackageLine,
    ScenarioUse,
)
from dengta.catalogue.models.platforms import PlatformMonth
from dengta.catalogue.models.searching import (
    IndexedText,
    SearchBlock,
    SearchFacet,
    SearchTerm,
)

__all__ = [
    "Entry",
    "EntryFacet",
    "EntryLink",
    "EntryVersion",
    "IndexedText",
    "PackageLine",
    "PlatformMonth",
    "ScenarioUse",
    "SearchBlock",
    "SearchFacet",
    "SearchTerm",
]
