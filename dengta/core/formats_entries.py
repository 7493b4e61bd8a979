"""`entries.toml` (kinds of entries of the pool and their fields) and `sub_industries.toml`: the
records they become, and what must hold of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, cast

from dengta.core.drafts import Draft, Row, optional_word, own_source, source
from dengta.core.entries import AUTHORS, Author, EntryField, EntryKind, PoolRules, Quality
from dengta.core.formats_selections import form_field
from dengta.core.proof import known, unique
from dengta.core.reading import NAME, Sheet, Table
from dengta.core.selection import Selection
from dengta.core.shapes import Text
from dengta.core.sources import Source
from dengta.core.sub_industries import SubIndustry
from dengta.core.trends import Metric

LINKS = ("contains", "shows", "runs_on", "explains")
CODE = re.compile(r"[0-9]{2,4}")
Better = Literal["", "low", "high"]


def read_sub_industries(sheet: Sheet, draft: Draft) -> None:
    """`sub_industries.toml`: narrow industries by prefixes of GB/T 4754."""
    origin = source(sheet.root)
    for table in sheet.root.rows("sub_industry"):
        codes = table.words("codes")
        for at, code in enumerate(codes):
            if not CODE.fullmatch(code):
                table.fault(
                    ("codes", at),
                    Text(f"行业代码 {code} 的写法不对", f"code {code} is badly formed"),
                    Text("请写 2 至 4 位数字", "write 2 to 4 digits"),
                )
        record = SubIndustry(
            id=table.word("id", pattern=NAME),
            name=table.text("name"),
            codes=codes,
            chain=table.text("chain"),
            source=source(table, origin),
            sample=table.flag("sample"),
        )
        draft.sub_industries.append(Row(table, record))


def read_entries(sheet: Sheet, draft: Draft) -> None:
    """`entries.toml`: qualities, classes of cost, sections, kinds and fields."""
    root, origin = sheet.root, source(sheet.root)
    for table in root.rows("quality"):
        quality = Quality(
            table.word("id", pattern=NAME),
            table.text("text"),
            table.text("help"),
            source(table, origin),
        )
        draft.qualities.append(Row(table, quality))
    for table in root.rows("cost"):
        draft.entry_costs.append(Row(table, (table.word("id", pattern=NAME), table.text("text"))))
    for table in root.rows("section"):
        name = (table.word("id", pattern=NAME), table.text("text"))
        draft.entry_sections.append(Row(table, name))
    for table in root.rows("metric"):
        draft.entry_metrics.append(Row(table, _metric(table, source(table, origin))))
    for table in root.rows("kind"):
        draft.entry_kinds.append(Row(table, _kind(table)))
    for table in root.rows("field"):
        draft.entry_fields.append(Row(table, _field(table)))


def _kind(table: Table) -> EntryKind:
    authors = table.words("authors")
    for at, author in enumerate(authors):
        known(table, ("authors", at), author, AUTHORS, Text("角色", "role"))
    links = table.table("links")
    return EntryKind(
        id=table.word("id", pattern=NAME),
        name=table.text("name"),
        summary=table.text("summary"),
        authors=cast("tuple[Author, ...]", tuple(each for each in authors if each in AUTHORS)),
        uses=table.flag("uses"),
        uses_required=table.flag("uses_required"),
        lines=table.flag("lines"),
        lines_required=table.flag("lines_required"),
        links={} if links is None else {kind: links.words(kind) for kind in links.names()},
        valid_months=table.maybe("valid_months", 1, 120),
        source=own_source(table),
    )


def _metric(table: Table, origin: Source) -> Metric:
    return Metric(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        unit=table.text("unit"),
        total=table.flag("total"),
        most_rise_bps=table.maybe("most_rise_bps", 1, 1_000_000),
        at_most=optional_word(table, "at_most"),
        source=origin,
    )


def _field(table: Table) -> EntryField:
    return EntryField(
        rule=form_field(table),
        kinds=table.words("kinds"),
        several=table.flag("several"),
        unit=table.text("unit", required=False),
        quality=optional_word(table, "quality"),
        better=cast(Better, table.choice("better", ("", "low", "high"), "")),
        facet=optional_word(table, "facet"),
    )


def rules(draft: Draft) -> PoolRules:
    """The kinds with their fields, of a draft without faults."""
    fields = [row.record for row in draft.entry_fields]
    kinds = (row.record for row in draft.entry_kinds)
    return PoolRules(
        kinds={
            kind.id: replace(kind, fields=tuple(each for each in fields if kind.id in each.kinds))
            for kind in kinds
        },
        sections=dict(row.record for row in draft.entry_sections),
        qualities={row.record.id: row.record for row in draft.qualities},
        costs=dict(row.record for row in draft.entry_costs),
        metrics=tuple(row.record for row in draft.entry_metrics),
    )


def references(draft: Draft) -> None:
    """All checks of both files."""
    sub = draft.sub_industries
    unique(((row.table, row.record.id) for row in sub), Text("细分行业", "sub-industry"))
    codes = [(row.table, code) for row in sub for code in row.record.codes]
    unique(codes, Text("行业代码", "code"), "codes")
    divisions = {row.record.code for row in draft.divisions}
    if divisions and "industries.toml" not in draft.lost:
        for row in sub:
            for at, code in enumerate(row.record.codes):
                word = Text("行业大类", "division")
                known(row.table, ("codes", at), code[:2], divisions, word)
    metrics = [row.record.id for row in draft.entry_metrics]
    unique(((row.table, row.record.id) for row in draft.entry_metrics), Text("指标", "metric"))
    for each in draft.entry_metrics:
        known(each.table, "at_most", each.record.at_most, metrics, Text("指标", "metric"))
    unique(((row.table, row.record.id) for row in draft.entry_kinds), Text("条目类别", "kind"))
    unique(((row.table, row.record.id) for row in draft.qualities), Text("特性", "quality"))
    for rows, what in (
        (draft.entry_sections, Text("分组", "section")),
        (draft.entry_costs, Text("费用类别", "class of cost")),
    ):
        unique(((row.table, row.record[0]) for row in rows), what)
    kinds = [row.record.id for row in draft.entry_kinds]
    for kind in draft.entry_kinds:
        _links(kind, kinds)
    _fields(draft, kinds)
    for selection in draft.selections:
        _enrolment(selection, draft)


def _enrolment(row: Row[Selection], draft: Draft) -> None:
    """What an award brings into the pool: a kind that there is, its fields, fields of the form."""
    rule, table = row.record.pool, row.table.table("pool")
    if rule is None or table is None or "entries.toml" in draft.lost:
        return
    kinds = [each.record.id for each in draft.entry_kinds]
    known(table, "kind", rule.kind, kinds, Text("条目类别", "kind of entry"))
    asked = [each.id for each in row.record.fields]
    fields = [each.record.id for each in draft.entry_fields if rule.kind in each.record.kinds]
    for key in ("name", "summary"):
        known(table, key, getattr(rule, key), asked, Text("表单项", "field of the form"))
    for key, mapping in (("content", rule.content), ("values", rule.values)):
        for id, source_field in mapping.items():
            known(table, (key, id), id, fields, Text("条目字段", "field of the entry"))
            if key == "content":
                known(table, (key, id), source_field, asked, Text("表单项", "field of the form"))


def _links(row: Row[EntryKind], kinds: list[str]) -> None:
    """Links and the kinds they lead to exist."""
    table = row.table.table("links")
    if table is None:
        return
    for link, targets in row.record.links.items():
        known(table, link, link, LINKS, Text("关联性质", "kind of link"))
        for at, target in enumerate(targets):
            known(table, (link, at), target, kinds, Text("条目类别", "kind of entry"))


def _fields(draft: Draft, kinds: list[str]) -> None:
    """Each field stands in a section, belongs to kinds, measures a quality that there is, and is
    once in a kind."""
    sections = [row.record[0] for row in draft.entry_sections]
    qualities = [row.record.id for row in draft.qualities]
    seen: set[tuple[str, str]] = set()
    for row in draft.entry_fields:
        table, field = row.table, row.record
        known(table, "section", field.rule.section, sections, Text("分组", "section"))
        known(table, "quality", field.quality, qualities, Text("特性", "quality"))
        for at, kind in enumerate(field.kinds):
            known(table, ("kinds", at), kind, kinds, Text("条目类别", "kind of entry"))
            if (kind, field.id) in seen:
                table.fault(
                    "id",
                    Text(f"{kind} 已有 {field.id}", f"{kind} has {field.id} already"),
                    Text("请改名或合并", "rename it or make them one"),
                )
            seen.add((kind, field.id))
        if (field.several or field.rule.type == "choice") and not field.rule.values:
            table.missing("values", 'values = { one = "…" }')
        if field.several and field.rule.type != "choice":
            table.fault(
                "several",
                Text("只有选项才能多选", "only choices can be several"),
                Text('请写 type = "choice"', 'write type = "choice"'),
            )
