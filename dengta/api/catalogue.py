"""The resource pool for programs: its list with facets, one entry with all that it says."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from dengta.api.access import public
from dengta.api.lists import MOST, moment
from dengta.api.problems import PROBLEMS, Message
from dengta.catalogue.queries import describing, listing, pool
from dengta.catalogue.queries.describing import Described
from dengta.catalogue.queries.names import kind_of
from dengta.catalogue.queries.pool import Entry

router = Router(tags=["catalogue"])


class EntryOut(Schema):
    """One entry in the list: what it is, who offers it, who selected it, until when it is shown."""

    slug: str
    kind: str
    kind_name: Message
    name: str
    summary: str
    state: str
    provider_code: str
    provider_name: str
    region: str
    selected_by: str
    selected_in: str
    award: str
    expires_date: dt.date | None
    sample: bool


class OptionOut(Schema):
    """One value of a facet with how many entries it leaves."""

    value: str
    name: Message
    count: int


class FacetOut(Schema):
    """One facet with its values."""

    facet: str
    name: Message
    options: list[OptionOut]


class CatalogueOut(Schema):
    """One page of the pool; `count` is the length of the whole."""

    count: int
    page: int
    size: int
    items: list[EntryOut]
    facets: list[FacetOut]


class UseOut(Schema):
    """In which sub-industry a scenario is lifted to which level, as `common` (N) or `specific`."""

    sub_industry: str
    scenario: str
    level: int
    nature: str


class LineOut(Schema):
    """One item at its standard price, money in fen, time in working days."""

    text: str
    cost_class: str
    unit: str
    quantity: int
    price_fen: int
    days: int
    scenario: str
    level: int | None


class MeasureOut(Schema):
    """One measure of a quality (small, fast, light, precise) as a number and in words."""

    quality: str
    field: str
    name: Message
    value: int
    words: Message


class WholeEntryOut(EntryOut):
    """All that an entry says. `content` is by field as `entries.toml` has them. Of one that was
    taken down only what it was and why."""

    removed_reason: str
    version: int
    published_at: dt.datetime | None
    digest: str
    content: dict[str, Any]
    measures: list[MeasureOut]
    uses: list[UseOut]
    lines: list[LineOut]


class CatalogueAsked(Schema):
    """How the list is narrowed; a facet that is empty narrows nothing."""

    q: str = Field("", max_length=200, description="words, of one character or more")
    kind: str = Field("", max_length=16)
    sub_industry: str = Field("", max_length=40)
    scenario: str = Field("", max_length=40)
    level: str = Field("", max_length=1)
    nature: str = Field("", max_length=8)
    division: str = Field("", max_length=6)
    selected: str = Field("", max_length=3)
    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(50, ge=1, le=MOST)


def _line(entry: Entry) -> dict[str, Any]:
    version, owner = entry.current, entry.organisation
    return {
        "slug": entry.slug,
        "kind": entry.kind,
        "kind_name": kind_of(entry.kind).name._asdict(),
        "name": entry.name,
        "summary": version.summary if version is not None and not entry.taken_down else "",
        "state": entry.state,
        "provider_code": owner.uscc if owner is not None else "",
        "provider_name": owner.name if owner is not None else "",
        "region": entry.region_code,
        "selected_by": entry.selected_by,
        "selected_in": entry.selected_in,
        "award": entry.award,
        "expires_date": entry.expires_date,
        "sample": entry.sample,
    }


@router.get("/catalogue/", response=PROBLEMS | {200: CatalogueOut}, **public("资源池列表"))
def list_catalogue(request: HttpRequest, asked: Query[CatalogueAsked]) -> dict[str, Any]:
    """The published entries, the best fitting first, with the facets and their counts."""
    chosen = asked.dict()
    page, size = chosen.pop("page"), chosen.pop("size")
    words, kind = chosen.pop("q"), chosen.pop("kind")
    found = listing.listed(words, kind, chosen, page=page, per_page=size)
    return {
        "count": found.total,
        "page": page,
        "size": size,
        "items": [_line(entry) for entry in found.entries] if page <= found.pages else [],
        "facets": [
            {
                "facet": group.facet,
                "name": group.name._asdict(),
                "options": [
                    {"value": each.value, "name": each.name._asdict(), "count": each.count}
                    for each in group.options
                ],
            }
            for group in found.groups
        ],
    }


@router.get("/catalogue/{slug}/", response=PROBLEMS | {200: WholeEntryOut}, **public("资源池条目"))
def get_catalogue_entry(request: HttpRequest, slug: str) -> dict[str, Any]:
    """One entry by its permanent address, also after it was taken down, then with the reason."""
    entry = pool.by_slug(slug)
    assert entry.current is not None  # `by_slug` knows only what was shown
    entry.current.entry = entry
    return _line(entry) | _said(entry, describing.describe(entry.current))


def _said(entry: Entry, described: Described) -> dict[str, Any]:
    """What an entry says; nothing of one that was taken down."""
    version, gone = described.version, entry.taken_down
    return {
        "removed_reason": entry.removed_reason,
        "version": version.number,
        "published_at": moment(version.published_at),
        "digest": version.digest,
        "content": {} if gone else version.content,
        "measures": []
        if gone
        else [
            {
                "quality": measured.quality.id,
                "field": stated.field.id,
                "name": stated.field.text._asdict(),
                "value": version.content[stated.field.id],
                "words": stated.value._asdict(),
            }
            for measured in described.qualities
            for stated in measured.stated
        ],
        "uses": []
        if gone
        else [
            {
                "sub_industry": use.sub_industry,
                "scenario": use.scenario,
                "level": use.level,
                "nature": use.kind,
            }
            for use in version.uses.all()
        ],
        "lines": []
        if gone
        else [
            {name: getattr(line, name) for name in LineOut.model_fields} for line in described.lines
        ],
    }
