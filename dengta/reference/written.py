"""How the pages of the reference write things: tables, both languages, periods, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dengta.core.shapes import Period, Source, Text

CONFIDENCE: Mapping[str, Text] = {
    "found": Text("见于公开文本", "seen in a public text"),
    "recalled-high": Text("据公开资料，可信度高", "recalled, high confidence"),
    "recalled-medium": Text("据公开资料，可信度中", "recalled, medium confidence"),
    "recalled-low": Text("据公开资料，可信度低", "recalled, low confidence"),
    "default": Text("平台默认值，待主管部门确认", "our default, for the office to confirm"),
}


def cell(text: object) -> str:
    """A value as it stands in one cell."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, and a blank one after it."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell(value) for value in row) + " |"
    yield ""


def both(text: Text) -> str:
    """Chinese and English beside each other."""
    return f"{text.zh} {text.en}".strip()


def period(when: Period) -> str:
    """From when until when."""
    if when.start is None and when.end is None:
        return "一直有效 always"
    return f"{when.start or '…'} — {when.end or '…'}"


def source(origin: Source) -> str:
    """Document, number, item, date and note, and how far that is confirmed."""
    parts = (origin.document, origin.number, origin.item, origin.date or "", origin.note)
    where = "，".join(str(part) for part in parts if part)
    return f"{where}（{both(CONFIDENCE[origin.confidence])}）"
