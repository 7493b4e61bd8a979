"""What an entry of the resource pool says: values read as their fields ask, said in words, checked
for what is missing, and compared between versions. Pure; values are JSON (days as ISO text).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dengta.core.entries import EntryField, EntryKind
from dengta.core.filling import EntryError, entry_text, json_entry, read_entry
from dengta.core.shapes import Text

__all__ = [
    "Change",
    "Compared",
    "changes",
    "compare",
    "empty_fields",
    "fingerprint",
    "read_field",
    "value_text",
]

NOTHING = Text("", "")


class Change(NamedTuple):
    """One field that says something else than before; an empty text for nothing."""

    text: Text
    before: Text
    after: Text


def read_field(field: EntryField, value: object) -> object:
    """A value as JSON, as its field keeps it; None for an empty one. EntryError names the field,
    the value and the mend."""
    if not field.several:
        return json_entry(read_entry(field.rule, None, value))
    if value in (None, "", [], ()):
        return None
    if not isinstance(value, (list, tuple, set, frozenset)):
        value = [value]
    chosen = {read_entry(field.rule, None, each) for each in value}
    return [id for id in field.rule.values if id in chosen]


def value_text(field: EntryField, value: object) -> Text:
    """A value in words with its unit; empty texts for None and for what no longer fits."""
    if value is None:
        return NOTHING
    if isinstance(value, list):
        words = [field.rule.values.get(each, Text(each, each)) for each in value]
        return Text("、".join(each.zh for each in words), ", ".join(each.en for each in words))
    try:
        said = entry_text(field.rule, None, read_entry(field.rule, None, value))
    except EntryError:
        return Text(str(value), str(value))
    if isinstance(value, bool) or not isinstance(value, int) or not field.unit.zh:
        return said
    return Text(f"{said.zh} {field.unit.zh}", f"{said.en} {field.unit.en}")


def empty_fields(kind: EntryKind, content: Mapping[str, object]) -> list[EntryField]:
    """The required fields that say nothing, in the order of the form."""
    return [
        field
        for field in kind.fields
        if field.rule.required and content.get(field.id) in (None, "", [])
    ]


def changes(
    kind: EntryKind, before: Mapping[str, object], after: Mapping[str, object]
) -> list[Change]:
    """The fields whose values differ, in the order of the form."""
    return [
        Change(
            field.text,
            value_text(field, before.get(field.id)),
            value_text(field, after.get(field.id)),
        )
        for field in kind.fields
        if before.get(field.id) != after.get(field.id)
    ]


def fingerprint(
    name: str,
    summary: str,
    content: Mapping[str, object],
    uses: Iterable[Sequence[object]],
    lines: Iterable[Sequence[object]],
) -> str:
    """SHA-256 of what a version says, as 64 hexadecimal digits, whatever the order of its uses."""
    said = {
        "name": name,
        "summary": summary,
        "content": dict(content),
        "uses": sorted([list(each) for each in uses], key=str),
        "lines": [list(each) for each in lines],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Compared(NamedTuple):
    """One row of a comparison: a field, what each says of it (empty for nothing), and which of them
    (by place) are the best where one way is better and they differ."""

    field: EntryField
    cells: tuple[Text, ...]
    best: frozenset[int]

    @property
    def differs(self) -> bool:
        """Whether they say different things."""
        return len(set(self.cells)) > 1


def compare(kinds: Sequence[EntryKind], contents: Sequence[Mapping[str, object]]) -> list[Compared]:
    """The fields that at least one of several entries answers, in the order of their forms; those
    that measure a quality first. Fields of the same id stand in one row."""
    fields: dict[str, EntryField] = {}
    for kind in kinds:
        for field in kind.fields:
            fields.setdefault(field.id, field)
    ordered = sorted(fields.values(), key=lambda field: not field.quality)
    rows = []
    for field in ordered:
        values = [content.get(field.id) for content in contents]
        if any(value is not None for value in values):
            cells = tuple(value_text(field, value) for value in values)
            rows.append(Compared(field, cells, _best(field, values)))
    return rows


def _best(field: EntryField, values: Sequence[object]) -> frozenset[int]:
    """The places of the best values; none where nothing is better or all are alike."""
    numbers = {
        place: value
        for place, value in enumerate(values)
        if isinstance(value, int) and not isinstance(value, bool)
    }
    if not field.better or len(set(numbers.values())) < 2:
        return frozenset()
    best = min(numbers.values()) if field.better == "low" else max(numbers.values())
    return frozenset(place for place, value in numbers.items() if value == best)
