"""`pool/<file>.toml`: entries of the resource pool that come with a policy, and what must hold of
them. A file may name the sub-industry and the source that all its entries have."""

from __future__ import annotations

import re
from dataclasses import replace

from dengta.core.drafts import Draft, Row, optional_word, source
from dengta.core.entries import EntryField, EntryKind
from dengta.core.entry_values import read_field
from dengta.core.filling import EntryError
from dengta.core.pool_content import SeedEntry, SeedLine, SeedUse
from dengta.core.proof import known, unique
from dengta.core.reading import FloatText, Sheet, Table, shown
from dengta.core.shapes import Text

ADDRESS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,9}")
NATURES = ("common", "specific")
LONGEST_NAME, LONGEST_SUMMARY, LONGEST_LINE = 120, 300, 200
MOST_DAYS, MOST_PIECES = 720, 99_999


def read_pool(sheet: Sheet, draft: Draft) -> None:
    """One file of entries."""
    root = sheet.root
    origin, sample = source(root), root.flag("sample")
    whose = optional_word(root, "sub_industry")
    for table in root.rows("entry"):
        entry = SeedEntry(
            id=table.word("id", pattern=ADDRESS),
            kind=table.word("kind"),
            name=_short(table, "name", LONGEST_NAME),
            summary=_short(table, "summary", LONGEST_SUMMARY),
            source=source(table, origin),
            sample=table.flag("sample", sample),
            uses=tuple(_use(row, whose) for row in table.rows("uses")),
            lines=tuple(_line(row) for row in table.rows("lines")),
            links=tuple((row.word("kind"), row.word("to")) for row in table.rows("links")),
        )
        draft.pool_entries.append(Row(table, entry))
        if (content := table.table("content")) is not None:
            content.names()


def _short(table: Table, key: str, most: int) -> str:
    text = table.word(key)
    if len(text) > most:
        table.fault(
            key,
            Text(f"{key} 有 {len(text)} 字", f"{key} has {len(text)} signs"),
            Text(f"最多 {most} 字，请缩短", f"{most} at most; shorten it"),
        )
    return text


def _use(table: Table, whose: str) -> SeedUse:
    given = "sub_industry" in table or not whose
    return SeedUse(
        sub_industry=table.word("sub_industry") if given else whose,
        scenario=table.word("scenario"),
        level=table.integer("level", 1, 4),
        nature=table.choice("nature", NATURES),
    )


def _line(table: Table) -> SeedLine:
    return SeedLine(
        text=_short(table, "text", LONGEST_LINE),
        cost=table.word("cost"),
        unit=table.word("unit"),
        quantity=table.integer("quantity", 1, MOST_PIECES, default=1),
        price_fen=table.integer("price_fen", 0, 10**13),
        days=table.integer("days", 0, MOST_DAYS),
        scenario=optional_word(table, "scenario"),
        level=table.maybe("level", 1, 4),
    )


def _complete(row: Row[SeedEntry], fields: list[EntryField]) -> Row[SeedEntry]:
    """The entry with its content read as the fields of its kind ask. A value that does not fit is a
    fault at its line, and so is a field that must be filled in and is not."""
    asked = {one.id: one for one in fields if row.record.kind in one.kinds}
    return Row(row.table, replace(row.record, content=_content(row.table, row.record, asked)))


def _content(table: Table, entry: SeedEntry, asked: dict[str, EntryField]) -> dict[str, object]:
    """The values of an entry by field. Where its lines say the price and the time, they need not be
    written twice."""
    given = table.table("content")
    values: dict[str, object] = {}
    if entry.lines and "price_from_fen" in asked:
        values["price_from_fen"] = entry.price_fen
    for key in [] if given is None else given.names():
        assert given is not None
        if not known(given, key, key, asked, Text("条目字段", "field of an entry")):
            continue
        value = given.data[key]
        if isinstance(value, FloatText):
            given.wrong(key, Text("整数或文字", "an integer or a text"), value, f"{key} = 1")
            continue
        try:
            values[key] = read_field(asked[key], value)
        except EntryError as error:
            given.fault(
                key,
                Text(f"{key} 不能是 {shown(value)}：{error.text.zh}",
                     f"{key} cannot be {shown(value)}: {error.text.en}"),
                Text("请按上面的要求改写", "write it as is asked above"),
            )  # fmt: skip
    for one in asked.values():
        if one.rule.required and values.get(one.id) in (None, "", []) and table.sound:
            where = given if given is not None else table
            where.fault(
                (),
                Text(f"缺少 {one.id}（{one.text.zh}）", f"{one.id} ({one.text.en}) is missing"),
                Text(f"请在 content 里补 {one.id} = …", f"add {one.id} = … to content"),
            )
    return {key: value for key, value in values.items() if value is not None}


def references(draft: Draft) -> None:
    """All checks of entries."""
    rows = draft.pool_entries
    unique(((row.table, row.record.id) for row in rows), Text("条目", "entry"))
    kinds = {row.record.id: row.record for row in draft.entry_kinds}
    entries = {row.record.id: row.record.kind for row in rows}
    sub = None
    if "sub_industries.toml" not in draft.lost:
        sub = [row.record.id for row in draft.sub_industries]
    scenarios = None
    if "instruments" not in draft.lost:
        scenarios = [one.id for row in draft.instruments for one in row.record.scenarios]
    costs = [row.record[0] for row in draft.entry_costs]
    fields = [row.record for row in draft.entry_fields]
    for at, row in enumerate(rows):
        if not known(row.table, "kind", row.record.kind, kinds, Text("条目类别", "kind of entry")):
            continue
        kind = kinds[row.record.kind]
        _rows_of_kind(row, kind)
        _uses(row, sub, scenarios)
        _lines(row, costs)
        _links(row, kind, entries)
        rows[at] = _complete(row, fields)


def _rows_of_kind(row: Row[SeedEntry], kind: EntryKind) -> None:
    """Uses and lines where the kind has them, and only there."""
    table, entry = row.table, row.record
    if kind.uses_required and not entry.uses:
        table.missing("uses", "uses = [{ … }]")
    if kind.lines_required and not entry.lines:
        table.missing("lines", "lines = [{ … }]")
    for key, has, there in (("uses", kind.uses, entry.uses), ("lines", kind.lines, entry.lines)):
        if there and not has:
            table.fault(
                key,
                Text(f"{kind.name.zh}没有 {key}", f"{kind.name.en} has no {key}"),
                Text("请删去，或改 kind", "remove them, or change the kind"),
            )


def _uses(row: Row[SeedEntry], sub: list[str] | None, scenarios: list[str] | None) -> None:
    seen = set()
    for table, use in zip(row.table.rows("uses"), row.record.uses, strict=True):
        if sub is not None:
            said_in = table if "sub_industry" in table else table.sheet.root
            word = Text("细分行业", "sub-industry")
            known(said_in, "sub_industry", use.sub_industry, sub, word)
        if scenarios is not None:
            known(table, "scenario", use.scenario, scenarios, Text("应用场景", "scenario"))
        key = (use.sub_industry, use.scenario, use.level)
        if key in seen:
            table.fault(
                "scenario",
                Text(f"{use.scenario} {use.level} 级写了两次", f"{use.scenario} {use.level} twice"),
                Text("请删去其中一行", "remove one of them"),
            )
        seen.add(key)


def _lines(row: Row[SeedEntry], costs: list[str]) -> None:
    """Lines have a class of cost, and lift what the entry says it lifts."""
    lifts = {(use.scenario, use.level) for use in row.record.uses}
    for table, line in zip(row.table.rows("lines"), row.record.lines, strict=True):
        known(table, "cost", line.cost, costs, Text("费用类别", "class of cost"))
        if bool(line.scenario) != (line.level is not None):
            table.fault(
                "scenario" if line.scenario else "level",
                Text("scenario 和 level 要一起写", "scenario and level belong together"),
                Text("请补上另一个，或都删去", "add the other, or remove both"),
            )
        elif line.scenario and (line.scenario, line.level) not in lifts:
            table.fault(
                "scenario",
                Text(
                    f"uses 里没有 {line.scenario} {line.level} 级",
                    f"uses have no {line.scenario} level {line.level}",
                ),
                Text("请与 uses 对齐", "make it agree with uses"),
            )


def _links(row: Row[SeedEntry], kind: EntryKind, entries: dict[str, str]) -> None:
    """Links lead to entries of these files, of a kind that fits."""
    for table, (link, to) in zip(row.table.rows("links"), row.record.links, strict=True):
        if not known(table, "kind", link, kind.links, Text("关联性质", "kind of link")):
            continue
        if not known(table, "to", to, entries, Text("条目", "entry")):
            continue
        if to == row.record.id or entries[to] not in kind.links[link]:
            fits = "、".join(kind.links[link])
            table.fault(
                "to",
                Text(
                    f"{kind.name.zh}不能这样指向 {shown(to)}", f"{link} cannot lead to {shown(to)}"
                ),
                Text(f"可以指向：{fits}", f"it may lead to: {', '.join(kind.links[link])}"),
            )
