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

__all__ = [
    "Entry",
    "EntryFacet",
    "EntryLink",
    "EntryVersion",
    "PackageLine",
    "PlatformMonth",
    "ScenarioUse",
]
