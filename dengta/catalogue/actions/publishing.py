"""A version becomes what is shown: the earlier one steps back, facets, links and index are written
anew, all in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from django.db import transaction

from dengta.accounts.queries import Actor
from dengta.catalogue.actions.indexing import index
from dengta.catalogue.actions.writing import Use, said_by, write_links
from dengta.catalogue.models import Entry, EntryFacet, EntryVersion, ScenarioUse
from dengta.catalogue.queries.desk import missing_of
from dengta.catalogue.queries.names import kind_of
from dengta.core.shapes import Text
from dengta.registry.queries import division_of
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event


def show(
    version: EntryVersion,
    actor: Actor,
    *,
    at: dt.datetime,
    expires: dt.date | None,
    note: str = "",
    **more: object,
) -> Event:
    """Publish a version and put its entry into the pool. `more` are fields of the entry that are
    set with it. Moved when somebody else was faster."""
    with transaction.atomic():
        entry = Entry.objects.select_for_update().get(pk=version.entry_id)
        shown = EntryVersion.objects.filter(entry=entry, state="published")
        former = shown.exclude(pk=version.pk).first()
        if former is not None:
            advance(former, "supersede", by=actor, at=at)
        digest = said_by(version).digest
        event = advance(
            version, "publish", by=actor, note=note, at=at,
            evidence={"published_at": at, "digest": digest},
        )  # fmt: skip
        evidence = {
            "current": version,
            "name": version.name,
            "expires_date": expires,
            "removed_reason": "",
            **more,
        }
        step = "renew" if entry.state == "published" else "publish"
        advance(entry, step, by=actor, note=note, at=at, evidence=evidence)
        write_facets(entry, version)
        write_links(entry, version.content)
        index(entry)
    version.entry = entry
    return event


def refresh(entry: Entry) -> None:
    """Facets and index of an entry as it now stands."""
    if entry.current is not None:
        write_facets(entry, entry.current)
    index(entry)


def write_facets(entry: Entry, version: EntryVersion) -> None:
    """The values by which an entry is found, anew."""
    entry.facets.all().delete()
    found = facets_of(entry, version.uses.all(), version.content)
    rows = [EntryFacet(entry=entry, facet=facet, value=value)
            for facet, value in sorted(set(found))]  # fmt: skip
    EntryFacet.objects.bulk_create(rows)


def facets_of(
    entry: Entry, uses: Iterable[Use | ScenarioUse], content: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """The facets of an entry and their values, some more than once."""
    for use in uses:
        yield "sub_industry", use.sub_industry
        yield "scenario", use.scenario
        yield "level", str(use.level)
        yield "nature", use.kind
    if entry.region_code:
        yield "division", division_of(entry.region_code)
    if entry.selected_by:
        yield "selected", "yes"
    for field in kind_of(entry.kind).fields:
        value = content.get(field.id)
        if field.facet and value not in (None, ""):
            values = value if isinstance(value, list) else [value]
            yield from ((field.facet, str(each)[:40]) for each in values)


def refuse_unfinished(version: EntryVersion) -> None:
    """StepRefused listing everything that a version still has to say before it can be shown."""
    missing = missing_of(version)
    if missing:
        zh, en = "、".join(each.zh for each in missing), ", ".join(each.en for each in missing)
        raise StepRefused(
            Text(
                f"还差 {len(missing)} 项：{zh}。请补充后再提交。",
                f"{len(missing)} still missing: {en}. Fill them in, then submit.",
            )
        )
