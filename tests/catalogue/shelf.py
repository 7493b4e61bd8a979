"""Published entries for tests, written straight into the tables and indexed as an action does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dengta.catalogue.actions.indexing import index
from dengta.catalogue.models import Entry, EntryFacet, EntryVersion, ScenarioUse
from dengta.registry.queries import division_of
from tests.cast import MOMENT


def shelve(
    name: str,
    summary: str = "",
    *,
    kind: str = "solution",
    content: Mapping[str, Any] | None = None,
    uses: Sequence[tuple[str, str, str, int]] = (),
    region: str = "",
    expires: dt.date | None = None,
    indexed: bool = True,
) -> Entry:
    """One published entry with one version; `uses` are sub-industry, nature, scenario, level."""
    key = f"shelf-{Entry.objects.count() + 1}"
    entry = Entry.objects.create(
        kind=kind, slug=key, name=name, region_code=region, expires_date=expires, key=key,
        created_at=MOMENT, state="unpublished", state_since=MOMENT,
    )  # fmt: skip
    version = EntryVersion.objects.create(
        entry=entry, number=1, name=name, summary=summary, content=dict(content or {}),
        digest="0" * 64, created_at=MOMENT, published_at=MOMENT, state="published",
        state_since=MOMENT,
    )  # fmt: skip
    ScenarioUse.objects.bulk_create(
        ScenarioUse(version=version, sub_industry=sub, kind=nature, scenario=scenario, level=level)
        for sub, nature, scenario, level in uses
    )
    facets = {("division", division_of(region))} if region else set()
    for sub, nature, scenario, level in uses:
        facets |= {("sub_industry", sub), ("nature", nature), ("scenario", scenario)}
        facets.add(("level", str(level)))
    EntryFacet.objects.bulk_create(EntryFacet(entry=entry, facet=f, value=v) for f, v in facets)
    Entry.objects.filter(pk=entry.pk).update(current=version, state="published")
    entry.refresh_from_db()
    if indexed:
        index(entry)
    return entry


def take_down(entry: Entry) -> None:
    """Remove an entry, as the province does."""
    Entry.objects.filter(pk=entry.pk).update(state="removed", removed_reason="停止服务")
    index(entry)
