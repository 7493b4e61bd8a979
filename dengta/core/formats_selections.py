"""`selections/<edition>.toml`: one edition of a selection, its form, rubric, panel and quotas.

A field that names a fact need say no more: words, type, range, values and help are then the
fact's. `complete` fills them in when the whole vocabulary has been read; until then they are blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, source, stem_of
from dengta.core.reading import NAME, STEM, Sheet, Table
from dengta.core.selection import (
    APPLICANTS,
    STEPS,
    Anchor,
    Applicant,
    Criterion,
    FieldType,
    Floor,
    FloorBy,
    FormField,
    Once,
    PanelRule,
    PoolRule,
    Quota,
    QuotaBy,
    Selection,
    Slot,
    StepName,
)
from dengta.core.shapes import Fact, FactType, Source, Text

FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
QUOTA_BY: tuple[QuotaBy, ...] = get_args(QuotaBy)
FLOOR_BY: tuple[FloorBy, ...] = get_args(FloorBy)
ONCE: tuple[Once, ...] = ("round", "year", "ever")
FILE_TYPES = ("pdf", "ofd", "jpg", "jpeg", "png", "doc", "docx", "xls", "xlsx")
"""Endings that people of an office open without asking, and that can be shown or kept as proof."""
At = Literal["recommend", "award"]
MOST_LETTERS = 20_000
PUBLICITY_LEAST = "publicity_workdays_least"
"""The number of practice.toml below which no selection may shorten its publicity."""
FITTING: Mapping[FactType, FieldType] = {
    "bool": "bool",
    "integer": "integer",
    "fen": "fen",
    "bps": "bps",
    "date": "date",
    "text": "text",
}
"""The field that asks for a fact of a type; a text with values becomes a choice."""


def read_selection(sheet: Sheet, draft: Draft) -> None:
    """One file; its name is the id."""
    root, stem = sheet.root, stem_of(sheet)
    origin = source(root)
    inner = root.table("practice")
    practice = None if inner is None else source(inner)
    steps = root.words("steps")
    for at, step in enumerate(steps):
        _one_of(root, ("steps", at), step, STEPS)
    selection = Selection(
        id=stem,
        programme=root.word("programme", stem, STEM),
        name=root.text("name"),
        source=origin,
        in_force=in_force(root),
        applicant=cast(Applicant, root.choice("applicant", APPLICANTS) or "enterprise"),
        steps=cast("tuple[StepName, ...]", tuple(step for step in steps if step in STEPS)),
        sections={t.word("id", pattern=NAME): t.text("text") for t in root.rows("section")},
        fields=tuple(form_field(table) for table in root.rows("field")),
        slots=tuple(_slot(table) for table in root.rows("slot")),
        criteria=tuple(_criterion(table, practice) for table in root.rows("criterion")),
        panel=_panel(root),
        days=_days(root),
        publicity_workdays=root.integer("publicity_workdays", 1, 99, default=5),
        quotas=tuple(_quota(table) for table in root.rows("quota")),
        floors=tuple(_floor(table) for table in root.rows("floor")),
        once=cast(Once, root.choice("once", ONCE, "")),
        excludes=root.words("excludes") if "excludes" in root else (),
        title=optional_word(root, "title"),
        validity_years=root.maybe("validity_years", 1, 99),
        reserve_bps=root.integer("reserve_bps", 0, 10_000, default=0),
        instant=root.flag("instant"),
        sector=optional_word(root, "sector"),
        summary=root.text("summary"),
        pledge=root.texts("pledge"),
        measure=root.maybe("measure", 1, 999),
        pool=_pool(root),
        practice=practice,
    )
    draft.selections.append(Row(root, selection))


def _one_of(
    table: Table, place: str | tuple[str | int, ...], word: str, allowed: tuple[str, ...]
) -> None:
    """Fault a word that is not of a closed list."""
    if word and word not in allowed:
        table.fault(
            place,
            Text(f"不能是 {word}", f"{word} is not allowed here"),
            Text(f"请从中选：{'、'.join(allowed)}", f"choose from: {', '.join(allowed)}"),
        )


def _days(root: Table) -> dict[str, int]:
    """`[days]`: working days of the administration by step."""
    table = root.table("days")
    return {} if table is None else {key: table.integer(key, 1, 999) for key in table.names()}


def _panel(root: Table) -> PanelRule:
    """`[panel]`; whatever it does not say is as usual."""
    table, usual = root.table("panel"), PanelRule()
    if table is None:
        return usual
    return PanelRule(
        size=table.integer("size", 1, 99, default=usual.size),
        load=table.integer("load", 1, 9999, default=usual.load),
        blind=table.flag("blind", default=usual.blind),
        drop_extremes=table.flag("drop_extremes", default=usual.drop_extremes),
        spread=table.integer("spread", 1, 100, default=usual.spread),
        passing=table.integer("passing", 0, 100, default=usual.passing),
    )


def _pool(root: Table) -> PoolRule | None:
    """`[pool]`: what an award brings into the resource pool."""
    table = root.table("pool")
    if table is None:
        return None
    content, values = table.table("content", required=True), table.table("values")
    return PoolRule(
        kind=table.word("kind", pattern=NAME),
        name=table.word("name", pattern=NAME),
        summary=table.word("summary", pattern=NAME),
        content={} if content is None else {id: content.word(id) for id in content.names()},
        values={} if values is None else {id: values.word(id) for id in values.names()},
    )


def form_field(table: Table) -> FormField:
    """One field of a form. Of a fact's, what is not said stays blank until `complete`."""
    fact = optional_word(table, "fact")
    kind = table.choice("type", FIELD_TYPES, "" if fact else None)
    values: dict[str, Text] = {}
    if "values" in table or "values_en" in table:
        values = _values(table)
    else:
        table.raw("values"), table.raw("values_en")
    return FormField(
        id=table.word("id", fact or None, NAME),
        section=table.word("section"),
        text=table.text("text", required=not fact),
        type=cast(FieldType, kind or "text"),
        fact=fact,
        required=table.flag("required", default=True),
        masked=table.flag("masked"),
        low=table.maybe("low", -(2**62), 2**62),
        high=table.maybe("high", -(2**62), 2**62),
        most=table.maybe("most", 1, MOST_LETTERS),
        values=values,
        help=table.text("help", required=False),
    )


def _values(table: Table) -> dict[str, Text]:
    """`values` and `values_en`, keyed alike."""
    chinese, english = table.table("values", required=True), table.table("values_en", required=True)
    if chinese is None or english is None:
        return {}
    for one, other in ((chinese, english), (english, chinese)):
        for word in one.names():
            if word not in other:
                other.missing(word, f'{word} = "…"')
                table.sound = False
    return {word: Text(chinese.word(word), english.word(word)) for word in chinese.names()}


def _slot(table: Table) -> Slot:
    types = table.words("types")
    for at, ending in enumerate(types):
        _one_of(table, ("types", at), ending, FILE_TYPES)
    return Slot(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        required=table.flag("required", default=True),
        types=types,
        most=table.integer("most", 1, 99, default=1),
    )


def _criterion(table: Table, practice: Source | None) -> Criterion:
    return Criterion(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        weight=table.integer("weight", 1, 100),
        anchors=tuple(
            Anchor(row.integer("score", 0, 100), row.text("text")) for row in table.rows("anchors")
        ),
        tie=table.integer("tie", 0, 99, default=0),
        source=source(table) if "source" in table else practice,
    )


def _quota(table: Table) -> Quota:
    inner = table.table("table")
    return Quota(
        by=cast(QuotaBy, table.choice("by", QUOTA_BY) or "round"),
        limit=table.integer("limit", 0, 1_000_000),
        at=cast(At, table.choice("at", get_args(At), "award") or "award"),
        table={} if inner is None else {key: inner.integer(key) for key in inner.names()},
        source=source(table) if "source" in table else None,
    )


def _floor(table: Table) -> Floor:
    return Floor(
        by=cast(FloorBy, table.choice("by", FLOOR_BY) or "city"),
        least=table.integer("least", 1, 1_000_000),
        values=table.words("values"),
        together=table.flag("together"),
        source=source(table) if "source" in table else None,
    )


def complete(draft: Draft) -> None:
    """Fill in what fields leave to their facts. Unknown facts are left for the proofs."""
    facts = {row.record.id: row.record for row in draft.facts}
    for at, row in enumerate(draft.selections):
        fields = tuple(
            _drawn(each, facts[each.fact], table) if each.fact in facts else each
            for each, table in zip(row.record.fields, row.table.rows("field"), strict=True)
        )
        draft.selections[at] = Row(row.table, replace(row.record, fields=fields))


def _drawn(field: FormField, fact: Fact, table: Table) -> FormField:
    """A field as its fact has it, except for what the file itself says."""
    kind: FieldType = "choice" if fact.values else FITTING.get(fact.type, "text")
    return replace(
        field,
        text=field.text if field.text.zh else fact.term,
        type=field.type if "type" in table else kind,
        low=fact.low if field.low is None else field.low,
        high=fact.high if field.high is None else field.high,
        values=field.values or fact.values,
        help=field.help if field.help.zh else fact.help,
    )
