"""Content that comes with the policy (`pool/*.toml`) is put into the pool: at once, in a few
statements, and once only. Changed files renew what they brought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.catalogue.actions import publishing, writing
from dengta.catalogue.actions.indexing import index_many
from dengta.catalogue.actions.writing import Line, Said, Use
from dengta.catalogue.models import (
    Entry,
    EntryFacet,
    EntryLink,
    EntryVersion,
    PackageLine,
    ScenarioUse,
)
from dengta.catalogue.queries.names import kind_of
from dengta.core import policy as policies
from dengta.core.pool_content import SeedEntry
from dengta.core.workdays import ONE_DAY, months_after
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import advance_many, begin, begin_many


class Seeded(NamedTuple):
    """How many entries came in, were renewed, and stood as the files say."""

    entered: int
    renewed: int
    unchanged: int


def seed(
    *, offered_by: Mapping[str, Organisation] | None = None, at: dt.datetime | None = None
) -> Seeded:
    """Put the entries of the policy's files into the pool; again changes nothing.

    `offered_by` names by an entry's id who offers it, for those that come in now. An entry whose
    file says something else now is renewed as its next version, unless somebody else has written
    a version or taken it down. PolicyFaults where a file is wrong: nothing is written then.
    """
    entries = policies.content(_directory())
    now, providers = at or timezone.now(), offered_by or {}
    with transaction.atomic():
        there = {
            entry.key: entry
            for entry in Entry.objects.filter(key__startswith="seed:").select_related("current")
        }
        fresh = [one for one in entries if _key(one.id) not in there]
        _enter(fresh, providers, now)
        renewed = sum(
            _renew(there[_key(one.id)], _said(one), now) for one in entries if _key(one.id) in there
        )
        _link(fresh)
    return Seeded(len(fresh), renewed, len(entries) - len(fresh) - renewed)


def _directory() -> Path:
    return Path(settings.POLICY_DIR) if settings.POLICY_DIR else policies.SHIPPED / policy().id


def _key(id: str) -> str:
    return f"seed:{id}"


def _said(one: SeedEntry) -> Said:
    """What a file says of an entry, links among it."""
    content = dict(one.content)
    if one.links:
        content[writing.LINKS] = [list(pair) for pair in one.links]
    return Said(
        one.name,
        one.summary,
        content,
        tuple(Use(use.sub_industry, use.scenario, use.level, use.nature) for use in one.uses),
        tuple(
            Line(
                line.text, line.cost, line.unit, line.quantity, line.price_fen, line.days,
                line.scenario, line.level,
            )
            for line in one.lines
        ),
    )  # fmt: skip


def _enter(
    fresh: Sequence[SeedEntry], providers: Mapping[str, Organisation], now: dt.datetime
) -> None:
    """New entries with their first versions, published and indexed."""
    entries, versions = [], []
    for one in fresh:
        provider = providers.get(one.id)
        entries.append(
            Entry(
                kind=one.kind, slug=one.id, name=one.name, organisation=provider,
                region_code=provider.region_code if provider else "", sample=one.sample,
                key=_key(one.id), created_at=now,
            )
        )  # fmt: skip
    begin_many(entries, by=SYSTEM, at=now)
    said = [_said(one) for one in fresh]
    for entry, words in zip(entries, said, strict=True):
        versions.append(
            EntryVersion(
                entry=entry, number=1, name=words.name, summary=words.summary,
                content=dict(words.content), digest=words.digest, created_at=now,
            )
        )  # fmt: skip
    begin_many(versions, by=SYSTEM, at=now)
    ScenarioUse.objects.bulk_create(
        ScenarioUse(version=version, **use._asdict())
        for version, words in zip(versions, said, strict=True)
        for use in words.uses
    )
    PackageLine.objects.bulk_create(
        PackageLine(version=version, ordinal=ordinal, **line._asdict())
        for version, words in zip(versions, said, strict=True)
        for ordinal, line in enumerate(words.lines, 1)
    )
    advance_many(versions, "publish", by=SYSTEM, at=now, evidence={"published_at": now})
    day = timezone.localdate(now)
    for entry, version in zip(entries, versions, strict=True):
        entry.current = version
        months = kind_of(entry.kind).valid_months
        entry.expires_date = None if months is None else months_after(day, months) - ONE_DAY
    Entry.objects.bulk_update(entries, ["current", "expires_date"], batch_size=200)
    advance_many(entries, "publish", by=SYSTEM, at=now)
    EntryFacet.objects.bulk_create(
        EntryFacet(entry=entry, facet=facet, value=value)
        for entry, words in zip(entries, said, strict=True)
        for facet, value in sorted(set(publishing.facets_of(entry, words.uses, words.content)))
    )
    index_many(entry.pk for entry in entries)


def _link(fresh: Sequence[SeedEntry]) -> None:
    """Links of new entries, once all of them are there."""
    ids = dict(Entry.objects.filter(key__startswith="seed:").values_list("key", "pk"))
    EntryLink.objects.bulk_create(
        (
            EntryLink(source_id=ids[_key(one.id)], target_id=ids[_key(to)], kind=kind)
            for one in fresh
            for kind, to in dict.fromkeys(one.links)
        ),
        ignore_conflicts=True,
    )


def _renew(entry: Entry, said: Said, now: dt.datetime) -> bool:
    """The next version of an entry whose file says something else; False where it stands."""
    shown = entry.current
    if shown is None or entry.state != "published" or shown.digest == said.digest:
        return False
    if entry.versions.exclude(user=None).exists():
        return False  # people look after it now
    version = EntryVersion(
        entry=entry, number=shown.number + 1, name=said.name, summary=said.summary,
        content=dict(said.content), digest=said.digest, created_at=now,
    )  # fmt: skip
    begin(version, by=SYSTEM, at=now)
    writing.write_rows(version, said.uses, said.lines)
    publishing.show(version, SYSTEM, at=now, expires=entry.expires_date)
    return True
