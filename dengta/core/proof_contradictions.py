"""What is proved of instruments with the language and the scorer at hand: that contradictions can
be read, and that tables can count exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dengta.core.aggregates import LARGEST, fits
from dengta.core.contradictions import scope_of, vocabulary
from dengta.core.drafts import Draft, Row
from dengta.core.language import parse_condition
from dengta.core.proof_instruments import spread
from dengta.core.refusals import ClauseError
from dengta.core.scoring import Scorer
from dengta.core.shapes import Fact, Instrument, Text

_NAMES = re.compile(r"[a-z][a-z0-9_]*")


def meanings(draft: Draft, facts: Mapping[str, Fact], shaky: set[str]) -> None:
    """Read every contradiction, compile every instrument.

    An instrument with a fault of its own is left out: one mistake, one message.
    """
    files = {row.table.sheet.name for row in draft.instruments if _unsound(row)}
    for row in draft.instruments:
        if row.table.sheet.name in files:
            continue
        scorer = Scorer(row.record)
        if not fits(scorer.tally):
            row.table.fault(
                "weights" if row.record.variant_of else "node",
                Text(
                    f"权重和平均层层相乘，最小单位细过 1/{LARGEST:,}，表格不能精确计算",
                    f"weights and means multiply to units finer than 1/{LARGEST:,}",
                ),
                Text("请减少层数，或用更整的权重", "use fewer layers or rounder weights"),
            )
        elif not row.record.variant_of:
            _contradictions(row, facts, shaky)


def _unsound(row: Row[Instrument]) -> bool:
    """Whether any table of the file has a fault."""
    return any(not table.sound for table in row.table.sheet.tables)


def _contradictions(row: Row[Instrument], facts: Mapping[str, Fact], shaky: set[str]) -> None:
    scope = scope_of(row.record, facts)
    own = vocabulary(row.record)
    figures = {figure.id for figure in row.record.figures}
    for table, each in spread(row.table, row.record):
        used = set(_NAMES.findall(each.when))
        if used & shaky or not table.sound:
            continue
        both = sorted(used & own.keys() & facts.keys())
        if both:
            kind = Text("数据项", "figure") if both[0] in figures else Text("题目", "item")
            table.fault(
                ("when", ""),
                Text(
                    f"{both[0]} 既是{kind.zh}又是事实", f"{both[0]} is both an {kind.en} and a fact"
                ),
                Text(f"请给{kind.zh}换一个编号", f"give the {kind.en} another id"),
            )
            continue
        try:
            parse_condition(each.when, scope)
        except ClauseError as trouble:
            text = table.raw("when")
            down = text.count("\n", 0, trouble.position or 0) if isinstance(text, str) else 0
            table.fault(("when", ""), trouble.message, trouble.mend, down)
