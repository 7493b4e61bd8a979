"""Entries as their owners and the province see them: their own, what waits for review, one with
all its versions."""

from __future__ import annotations

from django.db import models

from dengta.accounts.queries import Actor
from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries.names import kind_of
from dengta.core.entries import EntryKind
from dengta.core.entry_values import empty_fields
from dengta.core.shapes import Text
from dengta.registry.queries import policy

OPEN_STATES = ("draft", "review", "returned")


def kinds_for(role: str) -> list[EntryKind]:
    """The kinds of entries that a role drafts."""
    return [kind for kind in policy().entry_kinds.values() if role in kind.authors]


def own_entries(actor: Actor) -> models.QuerySet[Entry]:
    """The entries of the actor's organisation, or of the province itself, the latest begun first,
    with their versions read along."""
    owned = Entry.objects.filter(organisation=None, sample=False)
    if actor.role != "province":
        mine = actor.organisation_id
        owned = Entry.objects.filter(organisation=mine) if mine else Entry.objects.none()
    rows = owned.select_related("current", "organisation").order_by("-id")
    return rows.prefetch_related("versions")


def own_entry(actor: Actor, pk: int) -> Entry:
    """One of them. Entry.DoesNotExist for any other."""
    if actor.role == "province":
        return Entry.objects.select_related("current", "organisation").get(pk=pk, organisation=None)
    return own_entries(actor).get(pk=pk)


def open_version(entry: Entry) -> EntryVersion | None:
    """The version that is being written, reviewed or mended; None if there is none."""
    for version in entry.versions.all():
        if version.state in OPEN_STATES:
            version.entry = entry
            return version
    return None


def version_of(entry: Entry, pk: int) -> EntryVersion:
    """One version of an entry. EntryVersion.DoesNotExist for any other."""
    return entry.versions.select_related("entry").get(pk=pk)


def to_review() -> models.QuerySet[EntryVersion]:
    """Versions that wait for the province's review, the longest first."""
    rows = EntryVersion.objects.filter(state="review").order_by("state_since", "id")
    return rows.select_related("entry__organisation", "entry__current")


def all_entries(kind: str = "", state: str = "", words: str = "") -> models.QuerySet[Entry]:
    """Every entry that was ever shown or stands to review, narrowed, the latest changed first."""
    rows = Entry.objects.select_related("current", "organisation").order_by("-state_since", "-id")
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    if words:
        named = models.Q(name__icontains=words) | models.Q(organisation__name__icontains=words)
        rows = rows.filter(named | models.Q(slug=words) | models.Q(award=words))
    return rows


def entry_for_office(pk: int) -> Entry:
    """One entry with its owner. Entry.DoesNotExist if there is none."""
    return Entry.objects.select_related("current", "organisation").get(pk=pk)


def missing_of(version: EntryVersion) -> list[Text]:
    """What a version still has to say, in the order of its form."""
    kind = kind_of(version.entry.kind)
    missing = [] if version.summary else [Text("简介", "Introduction")]
    missing += [field.text for field in empty_fields(kind, version.content)]
    if kind.uses_required and not version.uses.exists():
        missing.append(Text("适用的细分行业和场景", "Sub-industry and scenario"))
    if kind.lines_required and not version.lines.exists():
        missing.append(Text("标准价明细", "Itemised standard prices"))
    return missing
