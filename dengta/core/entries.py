"""资源池条目的规则: which kinds of entries there are, what each says of itself, and how the four
qualities (小快轻准) are measured. Pure data, read from `entries.toml`; what is filled in is read,
compared and said in words by `entry_values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dengta.core.selection import FormField
from dengta.core.sources import Source, Text
from dengta.core.trends import Metric

__all__ = ["AUTHORS", "Author", "EntryField", "EntryKind", "PoolRules", "Quality"]

Author = Literal["provider", "enterprise", "province"]
AUTHORS: tuple[Author, ...] = get_args(Author)


@dataclass(frozen=True, slots=True)
class Quality:
    """One of the four qualities of what is small, fast, light and precise (小快轻准)."""

    id: str
    text: Text
    help: Text
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class EntryField:
    """One thing that an entry says of itself. `rule` is how it is filled in, `several` whether more
    than one of its choices may hold, `unit` what a whole number counts.

    `quality` names the quality that it measures, `better` which way is better there ("" for
    neither); `facet` is the name under which entries are found by its values.
    """

    rule: FormField
    kinds: tuple[str, ...]
    several: bool = False
    unit: Text = Text("", "")
    quality: str = ""
    better: Literal["", "low", "high"] = ""
    facet: str = ""

    @property
    def id(self) -> str:
        """Its id, which is its key in the content of an entry."""
        return self.rule.id

    @property
    def text(self) -> Text:
        """What it is called."""
        return self.rule.text


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One kind of entry. `authors` are the roles that draft it; with `uses` it says in which
    sub-industry it lifts which scenario to which level (at least one with `uses_required`), with
    `lines` it has itemised standard prices (at least one with `lines_required`). `links` are, by
    kind of link, the kinds of entries that it may point to. `valid_months`: how long it is shown
    once it is published, None for good.
    """

    id: str
    name: Text
    summary: Text
    authors: tuple[Author, ...]
    fields: tuple[EntryField, ...] = ()
    uses: bool = False
    uses_required: bool = False
    lines: bool = False
    lines_required: bool = False
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    valid_months: int | None = None
    source: Source | None = None

    def asks(self, id: str) -> EntryField:
        """One of its fields. KeyError if it has none of that id."""
        return {each.id: each for each in self.fields}[id]


@dataclass(frozen=True, slots=True)
class PoolRules:
    """All of `entries.toml`: kinds, sections of their forms, qualities, classes of cost, monthly
    figures of platforms."""

    kinds: Mapping[str, EntryKind] = field(default_factory=dict)
    sections: Mapping[str, Text] = field(default_factory=dict)
    qualities: Mapping[str, Quality] = field(default_factory=dict)
    costs: Mapping[str, Text] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
