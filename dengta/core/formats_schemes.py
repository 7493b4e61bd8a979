"""`schemes/<edition>.toml`: one edition of a 补助办法, what it pays and how.

A number is written `{ bps = 3_000 }`, `{ fen = 50_000 }`, or by a fact, `{ by = "cloud_depth",
rows = { resource = 2_000 } }`. `complete` adds the fact's own words once the vocabulary is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, own_source, source, stem_of
from dengta.core.reading import NAME, STEM, Sheet
from dengta.core.reading import Table as Written
from dengta.core.schemes import (
    CostClass,
    Granting,
    Instalment,
    Level,
    Moment,
    Need,
    Payee,
    Scheme,
    SchemeKind,
    Settlement,
    Table,
)
from dengta.core.shapes import Fact, Text

KINDS: tuple[SchemeKind, ...] = get_args(SchemeKind)
SETTLEMENTS: tuple[Settlement, ...] = get_args(Settlement)
PAYEES: tuple[Payee, ...] = get_args(Payee)
GRANTINGS: tuple[Granting, ...] = get_args(Granting)
LEVELS: tuple[Level, ...] = get_args(Level)
MOMENTS: tuple[Moment, ...] = get_args(Moment)
WHOLE = 10_000
FEW = 20
"""So many values of an integer fact are all given words, not only those with a row."""


def read_scheme(sheet: Sheet, draft: Draft) -> None:
    """One file; its name is the edition."""
    root, stem = sheet.root, stem_of(sheet)
    inner = root.table("practice")
    scheme = Scheme(
        id=root.word("scheme", stem, STEM),
        edition=stem,
        programme=root.word("programme", pattern=STEM),
        name=root.text("name"),
        summary=root.text("summary"),
        kind=cast(SchemeKind, root.choice("kind", KINDS) or "subsidy"),
        source=source(root),
        in_force=in_force(root),
        settlement=cast(
            Settlement, root.choice("settlement", SETTLEMENTS, "reimburse") or "reimburse"
        ),
        payee=cast(Payee, root.choice("payee", PAYEES, "enterprise") or "enterprise"),
        granting=cast(Granting, root.choice("granting", GRANTINGS, "reviewed") or "reviewed"),
        deciding=cast(Level, root.choice("deciding", LEVELS, "province") or "province"),
        rate=_number(root, "rate", "bps"),
        fixed=_number(root, "fixed", "fen"),
        cap=_number(root, "cap", "fen"),
        first_cap_fen=root.maybe("first_cap_fen", 1),
        later_cap_fen=root.maybe("later_cap_fen", 0),
        yearly_cap_fen=root.maybe("yearly_cap_fen", 1),
        ceiling_fen=root.maybe("ceiling_fen", 1),
        city_ceilings_fen=_by_name(root, "city_ceilings_fen"),
        matched=root.flag("matched", default=True),
        sharing=_sharing(root),
        costs=tuple(_cost(table) for table in root.rows("cost")),
        instalments=_instalments(root),
        needs=tuple(_need(table) for table in root.rows("need")),
        valid_days=root.maybe("valid_days", 1, 3660),
        accept_months=root.maybe("accept_months", 1, 120),
        sanction=root.texts("sanction"),
        measure=root.maybe("measure", 1, 999),
        practice=None if inner is None else source(inner),
        sample=root.flag("sample"),
        purse=optional_word(root, "purse"),
    )
    draft.schemes.append(Row(root, scheme))


def _number(root: Written, key: str, unit: str) -> Table | None:
    """`{ bps = … }` or `{ fen = … }`, or `{ by = "…", rows = { … } }`. A rate is at most the
    whole."""
    table = root.table(key)
    if table is None:
        return None
    most = {"high": WHOLE} if unit == "bps" else {}
    by, rows = optional_word(table, "by"), table.table("rows")
    amount = table.maybe(unit, 0, **most)
    if (amount is None) != (bool(by) and rows is not None) or (amount is not None and (by or rows)):
        table.fault(
            (),
            Text(f"{key} 的写法不全", f"{key} is written incompletely"),
            Text(
                f"请写 {{ {unit} = … }}，或 {{ by = 事实, rows = {{ 值 = … }} }}",
                f"write {{ {unit} = … }}, or {{ by = a fact, rows = {{ value = … }} }}",
            ),
        )
    entries = {}
    if rows is not None:
        entries = {name: rows.integer(name, 0, **most) for name in rows.names()}
    return Table(amount, by, entries, own_source(table))


def _by_name(root: Written, key: str) -> dict[str, int]:
    """A table whose keys are names and whose values are money."""
    table = root.table(key)
    return {} if table is None else {name: table.integer(name) for name in table.names()}


def _sharing(root: Written) -> dict[Level, int]:
    """`sharing = { province = …, city = …, county = … }` in basis points, in that order; all of it
    from the province when it is not said."""
    table = root.table("sharing")
    if table is None:
        return {"province": WHOLE}
    return {
        level: table.integer(level, 1, WHOLE) for level in LEVELS if table.raw(level) is not None
    }


def _cost(table: Written) -> CostClass:
    return CostClass(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        counted_bps=table.integer("counted_bps", 0, WHOLE, default=WHOLE),
        most_bps=table.maybe("most_bps", 1, WHOLE),
        help=table.text("help", required=False),
        source=own_source(table),
    )


def _instalments(root: Written) -> tuple[Instalment, ...]:
    """`[[instalment]]`; everything once approved when there is none."""
    found = tuple(
        Instalment(
            share_bps=table.integer("share_bps", 1, WHOLE),
            when=cast(Moment, table.choice("when", MOMENTS) or "approved"),
        )
        for table in root.rows("instalment")
    )
    return found or (Instalment(WHOLE, "approved"),)


def _need(table: Written) -> Need:
    return Need(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        required=table.flag("required", default=True),
        help=table.text("help", required=False),
    )


def complete(draft: Draft) -> None:
    """Give each number by a fact that fact's words. Unknown facts are left for the proofs."""
    facts = {row.record.id: row.record for row in draft.facts}
    for at, row in enumerate(draft.schemes):
        scheme = row.record
        draft.schemes[at] = Row(
            row.table,
            replace(
                scheme,
                rate=_worded(scheme.rate, facts),
                fixed=_worded(scheme.fixed, facts),
                cap=_worded(scheme.cap, facts),
            ),
        )


def _worded(table: Table | None, facts: dict[str, Fact]) -> Table | None:
    """A number by a fact, with what the fact and its values are called."""
    fact = None if table is None else facts.get(table.by)
    if table is None or fact is None:
        return table
    words = dict(fact.values)
    if fact.type == "integer":
        unit, every = fact.unit, set(table.rows)
        if fact.low is not None and fact.high is not None and fact.high - fact.low <= FEW:
            every |= {str(number) for number in range(fact.low, fact.high + 1)}
        words = {name: Text(f"{name}{unit.zh}", name) for name in every}
    return replace(table, term=fact.term, words=words)
