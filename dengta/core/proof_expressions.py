"""Every expression of a policy, read as `rules` reads it, with the line of what is refused."""

from __future__ import annotations

import re

from dengta.core.drafts import Draft, Row
from dengta.core.proof_contradictions import meanings
from dengta.core.reading import Table
from dengta.core.rules import ClauseError, RuleFault, Scope, programme_faults
from dengta.core.shapes import Fact, Programme
from dengta.core.tree import Literal, Named

# Where a part that `programme_faults` names stands in its file: the array of tables and the key.
_PARTS = {"value": ("value", "amount"), "derive": ("derive", "expr"), "clause": ("clause", "when")}


def expressions(draft: Draft) -> None:
    """Read, type and bound every expression, on each day on which a value changes."""
    if "facts.toml" in draft.lost:
        return
    shaky = {row.record.id for row in draft.facts if not row.table.sound}
    facts = {row.record.id: row.record for row in draft.facts}
    for fact in draft.facts:
        _speakable(fact)
    for programme in draft.programmes:
        _programme(programme, facts, shaky)
    meanings(draft, facts, shaky)


def _speakable(row: Row[Fact]) -> None:
    """A fact's id is no word of the language itself."""
    try:
        Scope({}).plus(
            Named(row.record.id, "derived", "", "", Literal("bool", True), "bool", None, 0)
        )
    except ClauseError as trouble:
        if row.table.sound:
            row.table.fault((), trouble.message, trouble.mend)


def _programme(row: Row[Programme], facts: dict[str, Fact], shaky: set[str]) -> None:
    """Place each fault, and leave out those that only follow from another one."""
    weak = set(shaky)
    for heading in ("value", "derive"):
        for each in row.table.rows(heading):
            own = each.data.get("id")
            if not each.sound and isinstance(own, str):
                weak.add(own)
    for fault in programme_faults(row.record, facts):
        kind, _, name = fault.part.partition(" ")
        if kind == "value" and name in weak:
            continue
        table, key = _where(row, fault, kind, name)
        if table is None or not table.sound:
            continue
        text = table.raw(key)
        down = 0
        if isinstance(text, str):
            down = text.count("\n", 0, fault.error.position or 0)
            if weak.intersection(re.findall(r"[a-z][a-z0-9_]*", text)):
                continue
        if kind in ("value", "derive"):
            weak.add(name)
        table.fault((key, ""), fault.error.message, fault.error.mend, down)


def _where(row: Row[Programme], fault: RuleFault, kind: str, name: str) -> tuple[Table | None, str]:
    """The table and the key of a part; of a dated value, the entry in force when it went wrong.

    None for what has its fault already: an id that could not be read, too many clauses.
    """
    if kind == "amount":
        amount = row.table.table("amount")
        return (amount, "expr") if amount is not None else (row.table, "award_fen")
    heading, key = _PARTS.get(kind, ("", ""))
    tables = [table for table in row.table.rows(heading) if table.data.get("id") == name]
    if kind == "value":
        values = zip(row.table.rows("value"), row.record.values, strict=True)
        tables = [t for t, v in values if v.id == name and v.in_force.holds(fault.as_of)]
        key = "table" if tables and "by" in tables[0] else key
    return (tables[0] if tables else None), key
