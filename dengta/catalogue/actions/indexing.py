"""The search index of the pool is written with every entry that is published, changed or gone."""

from __future__ import annotations

from dengta.catalogue.models import Entry


def index(entry: Entry) -> None:
    """Write what an entry is found by anew, or take it out when it is no longer shown."""
