"""The same clauses over a whole table, in whatever engine holds it.

A row means what the one-case evaluator says of it, on every engine; a test holds all of them to
that. Tables are Ibis tables of any connection (DuckDB, PostgreSQL, Spark …) or Polars frames in
memory, the embedded default. A column that the table lacks is unknown in every row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from dengta.core.columns import ColumnError
from dengta.core.engines import in_ibis, in_polars
from dengta.core.rules import Rule, read_programme
from dengta.core.shapes import Policy


class Count(NamedTuple):
    """How many rows a programme fits, and what that costs in 分 (None without money)."""

    programme: str
    yes: int
    no: int
    unknown: int
    amount_fen: int | None


class Population:
    """The programmes of a policy in force on a date, to be asked of tables.

    ClauseError when a programme cannot be read, which a checked policy rules out; KeyError for a
    programme that is not in force.
    """

    def __init__(
        self, policy: Policy, as_of: dt.date, programmes: Sequence[str] | None = None
    ) -> None:
        self.policy = policy
        self.as_of = as_of
        if programmes is None:
            chosen = {each.id: each for each in policy.in_force(as_of)}
        else:
            chosen = {id: policy.programme(id, as_of) for id in programmes}
        self.rules = {id: read_programme(each, policy.facts, as_of) for id, each in chosen.items()}

    def decide(self, table: Any, *, reasons: bool = True, missing: bool = False) -> Any:
        """Verdicts for each row of an Ibis table (of any connection) or a Polars frame.

        Gives an Ibis table to be executed, or a Polars LazyFrame. Keeps `row` and `uscc`. Per
        programme: `<id>__verdict` (yes, no, unknown), `<id>__failed` and `<id>__unknown` (the sum
        of 2^n over the clauses, counted from 0), `<id>__amount_fen` where money is involved (0 for
        no, NULL for unknown). Without reasons: `<id>__eligible` (NULL for unknown) and the amount
        alone. With `missing` also `<id>__missing`: the sum of 2^n over `Rule.asked` that an
        undecided row waits for. ColumnError for a column of another type than its fact.
        """
        decide = in_polars if type(table).__module__.startswith("polars") else in_ibis
        return decide(self.rules, self.as_of, table, reasons, missing)

    def counts(self, verdicts: Any) -> list[Count]:
        """Totals per programme of decided rows: the collected frame of `decide` with reasons."""
        out = []
        for id, rule in self.rules.items():
            said = verdicts[f"{id}__verdict"]
            yes, no = int((said == "yes").sum()), int((said == "no").sum())
            money = None if rule.amount is None else int(verdicts[f"{id}__amount_fen"].sum() or 0)
            out.append(Count(id, yes, no, len(said) - yes - no, money))
        return out


def decode(rule: Rule, failed: int, unknown: int) -> dict[str, str]:
    """The outcome of each clause, from the two integers of a verdict table."""
    return {
        clause.id: "no" if failed >> at & 1 else "unknown" if unknown >> at & 1 else "yes"
        for at, (clause, _) in enumerate(rule.clauses)
    }


def waiting(rule: Rule, missing: int) -> tuple[str, ...]:
    """The facts that a row waits for, from the integer of a verdict table."""
    return tuple(fact.id for at, fact in enumerate(rule.asked) if missing >> at & 1)


__all__ = ["ColumnError", "Count", "Population", "decode", "waiting"]
