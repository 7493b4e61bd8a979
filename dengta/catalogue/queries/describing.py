"""What an entry says, put in order for whoever looks at it: qualities, sections, uses, itemised
prices, what it has to do with others, what changed between its versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dengta.catalogue.models import Entry, EntryLink, EntryVersion, PackageLine
from dengta.catalogue.queries.names import (
    NATURES,
    kind_of,
    level_name,
    scenario_name,
    sub_industry_name,
)
from dengta.core.entries import EntryField, EntryKind, Quality
from dengta.core.entry_values import Change, Compared, changes, compare, value_text
from dengta.core.money import wan
from dengta.core.shapes import Text
from dengta.registry.queries import policy

MOST_COMPARED = 4
FREE = ("text", "long_text")
"""Types of fields in which people write words of their own."""


class Stated(NamedTuple):
    """One field with what is said of it; `own_words` where somebody wrote them."""

    field: EntryField
    value: Text
    own_words: bool


class Measured(NamedTuple):
    """One of the four qualities with what it is measured by."""

    quality: Quality
    stated: tuple[Stated, ...]


class Section(NamedTuple):
    """One section with its short facts and its longer texts."""

    name: Text
    facts: tuple[Stated, ...]
    texts: tuple[Stated, ...]


class Lifted(NamedTuple):
    """One sub-industry and nature with the scenarios that are lifted there, each to a level."""

    sub_industry: Text
    nature: Text
    scenarios: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Described:
    """All that one version says. `days` of its lines are those of all of them together."""

    version: EntryVersion
    kind: EntryKind
    qualities: tuple[Measured, ...]
    sections: tuple[Section, ...]
    uses: tuple[Lifted, ...]
    lines: tuple[PackageLine, ...]

    @property
    def total_fen(self) -> int:
        """What all lines cost together at their standard prices."""
        return sum(line.quantity * line.price_fen for line in self.lines)

    @property
    def days(self) -> int:
        """The working days of all lines, one after the other."""
        return sum(line.days for line in self.lines)


def describe(version: EntryVersion) -> Described:
    """What a version says, in the order of its kind."""
    kind = kind_of(version.entry.kind)
    stated = [
        Stated(field, value_text(field, version.content[field.id]), field.rule.type in FREE)
        for field in kind.fields
        if field.id in version.content
    ]
    return Described(
        version=version,
        kind=kind,
        qualities=_measured(kind, stated),
        sections=_sections(stated),
        uses=_lifted(version),
        lines=tuple(version.lines.all()),
    )  # fmt: skip


def _sections(stated: Sequence[Stated]) -> tuple[Section, ...]:
    """What is said beside the qualities, by sections in the order of the policy."""
    found = []
    for id, name in policy().pool.sections.items():
        rows = [each for each in stated if each.field.rule.section == id and not each.field.quality]
        texts = tuple(each for each in rows if each.field.rule.type == "long_text")
        facts = tuple(each for each in rows if each.field.rule.type != "long_text")
        if rows:
            found.append(Section(name, facts, texts))
    return tuple(found)


def _measured(kind: EntryKind, stated: Sequence[Stated]) -> tuple[Measured, ...]:
    """The qualities of a kind that has any; each with what is said of it, maybe nothing."""
    if not any(field.quality for field in kind.fields):
        return ()
    return tuple(
        Measured(quality, tuple(each for each in stated if each.field.quality == quality.id))
        for quality in policy().pool.qualities.values()
    )


def _lifted(version: EntryVersion) -> tuple[Lifted, ...]:
    """Uses by sub-industry and nature in the order of the policy, of each scenario the highest
    level."""
    highest: dict[tuple[str, str], dict[str, int]] = {}
    for use in version.uses.all():
        levels = highest.setdefault((use.sub_industry, use.kind), {})
        levels[use.scenario] = max(use.level, levels.get(use.scenario, 0))
    order = [*policy().sub_industries]
    natures = [*NATURES]

    def place(key: tuple[str, str]) -> tuple[int, int, str]:
        known = order.index(key[0]) if key[0] in order else len(order)
        return known, natures.index(key[1]), key[0]

    return tuple(
        Lifted(
            sub_industry_name(industry),
            NATURES[nature],
            tuple((scenario_name(id), level_name(level)) for id, level in sorted(levels.items())),
        )
        for (industry, nature), levels in sorted(highest.items(), key=lambda row: place(row[0]))
    )


def use_in_words(sub_industry: str, scenario: str, level: int, nature: str) -> tuple[Text, ...]:
    """One use in words: sub-industry, nature, scenario, level."""
    return (
        sub_industry_name(sub_industry),
        NATURES.get(nature, Text(nature, nature)),
        scenario_name(scenario),
        level_name(level),
    )


class Glance(NamedTuple):
    """The first measure of a quality: what the quality is called, what is measured, how much."""

    quality: Text
    what: Text
    value: Text


def at_a_glance(entry: Entry) -> list[Glance]:
    """What is said of an entry's qualities in one line: the first measure of each."""
    version = entry.current
    if version is None:
        return []
    qualities, said = policy().pool.qualities, dict[str, Glance]()
    for field in kind_of(entry.kind).fields:
        if field.quality and field.quality not in said and field.id in version.content:
            value = value_text(field, version.content[field.id])
            said[field.quality] = Glance(qualities[field.quality].text, field.text, value)
    return list(said.values())


def industries_of(entry: Entry) -> list[Text]:
    """The sub-industries that an entry serves, by name, each once."""
    if entry.current is None:
        return []
    ids = dict.fromkeys(use.sub_industry for use in entry.current.uses.all())
    return [sub_industry_name(id) for id in ids]


class Neighbour(NamedTuple):
    """An entry that another has to do with, and how."""

    how: Text
    entry: Entry


_HOW = {
    "contains": (Text("包含", "Contains"), Text("包含在", "Part of")),
    "shows": (Text("案例用到", "Shows"), Text("案例", "Case")),
    "runs_on": (Text("运行于", "Runs on"), Text("承载", "Carries")),
    "explains": (Text("说明", "Explains"), Text("政策依据", "Policy")),
}


def neighbours(entry: Entry) -> list[Neighbour]:
    """The published entries that an entry points to and that point to it, in two queries."""
    out = EntryLink.objects.filter(source=entry, target__state="published")
    out = out.select_related("target").order_by("kind", "target__name")
    back = EntryLink.objects.filter(target=entry, source__state="published")
    back = back.select_related("source").order_by("kind", "source__name")
    found = [Neighbour(_HOW[link.kind][0], link.target) for link in out]
    found += [Neighbour(_HOW[link.kind][1], link.source) for link in back]
    return found


class Edition(NamedTuple):
    """A version that was shown, with what it changed against the one before."""

    version: EntryVersion
    changes: tuple[Change, ...]


def editions(entry: Entry, most: int = 10) -> list[Edition]:
    """The versions of an entry that are or were shown, the newest first, at most so many; each with
    its changes, in three queries."""
    shown = entry.versions.filter(state__in=("published", "superseded")).order_by("-number")
    rows = list(shown.prefetch_related("uses", "lines")[: most + 1])
    kind = kind_of(entry.kind)
    found = []
    for place, version in enumerate(rows[:most]):
        before = rows[place + 1] if place + 1 < len(rows) else None
        found.append(Edition(version, tuple(between(kind, before, version)) if before else ()))
    return found


def between(kind: EntryKind, before: EntryVersion, after: EntryVersion) -> list[Change]:
    """Everything in which two versions differ: name, summary, fields, uses and lines."""
    found = []
    for label, one, other in (
        (Text("名称", "Name"), before.name, after.name),
        (Text("简介", "Introduction"), before.summary, after.summary),
    ):
        if one != other:
            found.append(Change(label, Text(one, one), Text(other, other)))
    found += changes(kind, before.content, after.content)
    uses = _uses_text(before), _uses_text(after)
    if uses[0] != uses[1]:
        found.append(Change(Text("适用场景", "Scenarios"), *uses))
    lines = _lines_text(before.lines.all()), _lines_text(after.lines.all())
    if lines[0] != lines[1]:
        found.append(Change(Text("标准价明细", "Itemised prices"), *lines))
    return found


def _uses_text(version: EntryVersion) -> Text:
    parts = [
        Text(
            f"{row.sub_industry.zh}：" + "、".join(f"{s.zh} {n.zh}" for s, n in row.scenarios),
            f"{row.sub_industry.en}: " + ", ".join(f"{s.en} {n.en}" for s, n in row.scenarios),
        )
        for row in _lifted(version)
    ]
    return Text("；".join(each.zh for each in parts), "; ".join(each.en for each in parts))


def _lines_text(lines: Iterable[PackageLine]) -> Text:
    rows = list(lines)
    words = [
        f"{line.text} {line.quantity}{line.unit} × {wan(line.price_fen).zh}（{line.days} 天）"
        for line in rows
    ]
    text = "；".join(words)
    return Text(text, text)


class Comparison(NamedTuple):
    """Up to four entries side by side: rows of their fields, and for each what its lines cost."""

    entries: tuple[Entry, ...]
    rows: tuple[Compared, ...]
    described: tuple[Described, ...]


def comparison(slugs: Sequence[str]) -> Comparison:
    """The published entries of these addresses in this order, each once, at most four; others are
    left out. Four queries, however many."""
    wanted = list(dict.fromkeys(slugs))
    known = Entry.objects.filter(slug__in=wanted, state="published")
    known = known.select_related("current", "organisation")
    by_slug = {
        each.slug: each for each in known.prefetch_related("current__uses", "current__lines")
    }
    found = [by_slug[slug] for slug in wanted if slug in by_slug][:MOST_COMPARED]
    described = []
    for entry in found:
        assert entry.current is not None  # a constraint of the table
        entry.current.entry = entry
        described.append(describe(entry.current))
    kinds = [each.kind for each in described]
    rows = compare(kinds, [each.version.content for each in described])
    return Comparison(tuple(found), tuple(rows), tuple(described))
