"""What must hold of a selection's form: sections, fields drawn from facts, fields of its own."""

from __future__ import annotations

from collections.abc import Iterable

from dengta.core.drafts import Row
from dengta.core.formats_selections import FITTING
from dengta.core.proof import known, unique
from dengta.core.proof_programmes import FACT, Known
from dengta.core.reading import Table
from dengta.core.selection import FormField, Selection
from dengta.core.shapes import Fact, Text

NUMBERS = ("integer", "fen", "bps")
WORDS = ("text", "long_text")


def ids(row: Row[Selection], key: str, records: Iterable[object]) -> list[tuple[Table, str]]:
    """The tables of an array and the ids of their records."""
    tables = row.table.rows(key)
    return [
        (table, str(getattr(record, "id", "")))
        for table, record in zip(tables, records, strict=True)
    ]


def references(row: Row[Selection], facts: Known | None) -> None:
    """Sections, ids, types, ranges and values; `facts` is None when the vocabulary is lost."""
    table, selection = row.table, row.record
    tables = table.rows("field")
    sections = table.rows("section")
    names = [str(each.data.get("id", "")) for each in sections]
    unique(zip(sections, names, strict=True), Text("部分", "section"))
    unique(ids(row, "field", selection.fields), Text("字段", "field"))
    used = {each.section for each in selection.fields}
    for each, name in zip(sections, names, strict=True):
        if name and name not in used and all(one.sound for one in tables):
            each.fault(
                "id",
                Text(f"{name} 部分没有字段", f"section {name} has no field"),
                Text("请补字段，或删去这一部分", "give it a field, or remove it"),
            )
    if not selection.instant and not selection.fields and table.sound:
        table.missing("[[field]]", "[[field]]")
    for each, form_field in zip(tables, selection.fields, strict=True):
        known(each, "section", form_field.section, names, Text("部分", "section"))
        if not form_field.fact:
            _own(each, form_field, facts or {})
            _ranges(each, form_field)
        elif facts is not None and known(each, "fact", form_field.fact, facts, FACT):
            fact = facts[form_field.fact]
            if fact is not None:
                _fits(each, form_field, fact)
                _ranges(each, form_field)
    if selection.sector and facts is not None:
        choices = [each.id for each in selection.fields if each.type == "choice" and each.required]
        known(table, "sector", selection.sector, choices, Text("必填单选字段", "required choice"))


def _fits(table: Table, form_field: FormField, fact: Fact) -> None:
    """A field drawn from a fact asks for what the fact can be."""
    if fact.type == "set":
        table.fault(
            "fact",
            Text(f"{fact.id} 有多个取值，不能作字段", f"{fact.id} is a set and cannot be a field"),
            Text("请写进遴选事项的条件", "put it into a clause of the programme"),
        )
        return
    kind = FITTING[fact.type]
    fitting = ("choice",) if fact.values else WORDS if kind == "text" else (kind,)
    if form_field.type not in fitting:
        table.fault(
            "type",
            Text(
                f"{fact.id} 的类型是 {fact.type}，不能用 {form_field.type} 填",
                f"{fact.id} is of type {fact.type} and is not filled in as {form_field.type}",
            ),
            Text(f"请删去 type，或写 {fitting[0]}", f"remove type, or write {fitting[0]}"),
        )
    for word in form_field.values if "values" in table else ():
        known(table, ("values", word), word, fact.values, Text("取值", "value"))
    for key, wider in (("low", fact.low), ("high", fact.high)):
        value = getattr(form_field, key)
        if key in table and wider is not None and table.sound:
            beyond = value < wider if key == "low" else value > wider
            if beyond:
                table.fault(
                    key,
                    Text(
                        f"{value} 超出 {fact.id} 的范围（{wider}）",
                        f"{value} is beyond what {fact.id} can be ({wider})",
                    ),
                    Text(f"请删去 {key}，或写在范围内", f"remove {key}, or stay within"),
                )


def _own(table: Table, form_field: FormField, facts: Known) -> None:
    """A field of the selection's own says all by itself, under a name of its own."""
    if form_field.id in facts:
        table.fault(
            "id",
            Text(f"{form_field.id} 是词汇表里的事实", f"{form_field.id} is a fact already"),
            Text(
                f'请写 fact = "{form_field.id}"，或换一个编号',
                f'write fact = "{form_field.id}", or choose another id',
            ),
        )
    if not table.sound:
        return
    if form_field.type == "choice" and not form_field.values:
        table.missing("values", 'values = { yes = "…" } 和 and values_en')
    if form_field.type in NUMBERS:
        for key in ("low", "high"):
            if key not in table:
                table.missing(key, f"{key} = 0")


def _ranges(table: Table, form_field: FormField) -> None:
    """What goes with a type, and no range upside down."""
    kind = form_field.type
    for key, fitting in (
        ("values", ("choice",)),
        ("low", NUMBERS),
        ("high", NUMBERS),
        ("most", WORDS),
    ):
        if key in table and kind not in fitting and table.sound:
            table.fault(
                key,
                Text(f"{kind} 字段没有 {key}", f"a field of type {kind} takes no {key}"),
                Text(f"请删去 {key}", f"remove {key}"),
            )
    low, high = form_field.low, form_field.high
    if low is not None and high is not None and low > high:
        table.fault(
            "high" if "high" in table else "low",
            Text(f"上限 {high} 小于下限 {low}", f"high {high} is below low {low}"),
            Text("请核对 low 和 high", "check low and high"),
        )
