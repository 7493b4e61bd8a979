"""The statements of the ledger, the same in meaning on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import IntegrityError, connection

from dengta.ledger.actions.entries import Guard, Receipt


@dataclass(slots=True)
class Row:
    """A receipt to be written; `of` is the id it acts on and `held_fen` what that had reserved."""

    receipt: Receipt
    of: int | None = None
    held_fen: int = 0
    rival: str = ""


class Raced(Exception):
    """Somebody wrote one of the keys in between: look again."""


@dataclass(slots=True)
class Tally:
    """A locked account: its four totals (debits pending and posted, credits pending and posted) as
    they would stand after this call, and in `moved` what this call adds to them.
    """

    id: int
    name: str
    guard: str
    totals: list[int]
    moved: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def left(self, more: Sequence[int] = (0, 0, 0, 0)) -> int | None:
        """Room in 分 after `more`; None without a guard."""
        if self.guard == "none":
            return None
        now = self.totals
        if self.guard == "credits":
            return now[3] + more[3] - now[1] - more[1] - now[0] - more[0]
        return now[1] + more[1] - now[3] - more[3] - now[2] - more[2]

    def add(self, more: Sequence[int]) -> None:
        """Count a judged effect."""
        for place, extra in enumerate(more):
            if extra:
                self.totals[place] += extra
                self.moved[place] += extra


_APART: Final = "\x1f"
_TYPES: Final = {
    "key": "text", "code": "text", "name": "text", "step": "text", "debit": "bigint",
    "credit": "bigint", "amount": "bigint", "origin": "bigint", "linked": "text", "kind": "text",
    "memo": "text", "about": "text", "id": "bigint", "dp": "bigint", "dd": "bigint",
    "cp": "bigint", "cc": "bigint",
}  # fmt: skip


def source(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A table of values as SQL and its parameters, whatever the number of rows."""
    if connection.vendor == "postgresql":
        return _arrays(dict(zip(columns, zip(*rows, strict=True), strict=True)))
    fields = ", ".join(
        f"json_extract(value, '$[{place}]') AS {_quoted(name)}"
        for place, name in enumerate(columns)
    )
    return f"(SELECT {fields} FROM json_each(%s))", [json.dumps(rows, ensure_ascii=False)]


def _arrays(columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[Any]]:
    """PostgreSQL: columns unnested; one of a single value goes once, one of integers as one text.

    The size of the statement is what a batch costs its client.
    """
    fixed: list[str] = []
    names: list[str] = []
    arrays: list[str] = []
    values: list[Any] = []
    more: list[Any] = []
    for name, column in columns.items():
        kind = _TYPES[name]
        if names and column[0] is not None and len(set(column)) == 1:
            fixed.append(f"%s::{kind} AS {_quoted(name)}")
            values.append(column[0])
        else:
            array, value = _array(kind, column)
            names.append(_quoted(name))
            arrays.append(array)
            more.append(value)
    chosen = ", ".join([*fixed, "u.*"])
    table = f"unnest({', '.join(arrays)}) AS u({', '.join(names)})"
    return f"(SELECT {chosen} FROM {table})", [*values, *more]


def _array(kind: str, column: Sequence[Any]) -> tuple[str, Any]:
    """An array as one text, which is quick to write and to read, where that is possible."""
    if len(column) > 1 and None not in column:
        joined = _APART.join(map(str, column))
        if joined.count(_APART) == len(column) - 1:
            return f"string_to_array(%s, '{_APART}')::{kind}[]", joined
    return f"%s::{kind}[]", list(column)


def _quoted(name: str) -> str:
    return f'"{name}"'


def among(values: Sequence[str]) -> tuple[str, list[Any]]:
    """The right side of `column …` for any number of values, and its parameter."""
    if connection.vendor == "postgresql":
        array, value = _array("text", values)
        return f"= ANY({array})", [value]
    return "IN (SELECT value FROM json_each(%s))", [json.dumps(values, ensure_ascii=False)]


ACCOUNT: Final = (
    "id, code, name, guard,"
    " debits_pending_fen, debits_posted_fen, credits_pending_fen, credits_posted_fen"
)


def locked(codes: Iterable[str]) -> dict[str, Tally]:
    """The accounts, locked until the transaction ends; SQLite's immediate transaction locks all."""
    these, values = among(sorted(codes))
    lock = ' COLLATE "C" FOR NO KEY UPDATE' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ACCOUNT} FROM ledger_account WHERE code {these} ORDER BY code{lock}", values
        )
        return tallies_of(cursor.fetchall())


def tallies_of(rows: Iterable[Sequence[Any]]) -> dict[str, Tally]:
    """Account rows by code."""
    return {row[1]: Tally(row[0], row[2], row[3], list(row[4:8])) for row in rows}


def stored(keys: Iterable[str]) -> dict[str, tuple[int, Receipt]]:
    """What was written under these keys: key -> (id, receipt)."""
    these, values = among([*keys])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.booked_at, t.key, t.step, d.code, c.code, t.amount_fen, t.kind,"
            " t.about, t.linked, t.memo FROM ledger_transfer t"
            " JOIN ledger_account d ON d.id = t.debit_id"
            f" JOIN ledger_account c ON c.id = t.credit_id WHERE t.key {these}",
            values,
        )
        found = cursor.fetchall()
    return {row[2]: (row[0], Receipt(*[*row[2:], _moment(row[1])])) for row in found}


def _moment(value: dt.datetime | str) -> dt.datetime:
    """A moment as the database gave it; SQLite keeps text in UTC."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def write(rows: Sequence[Row], tallies: Mapping[str, Tally], at: dt.datetime) -> None:
    """Insert the transfers and add to the totals; the tables' constraints have the last word."""
    table, values = source(
        ("key", "step", "debit", "credit", "amount", "origin", "linked", "kind", "memo", "about"),
        [
            (
                row.receipt.key, row.receipt.step, tallies[row.receipt.debit].id,
                tallies[row.receipt.credit].id, row.receipt.amount_fen, row.of,
                row.receipt.linked, row.receipt.kind, row.receipt.memo, row.receipt.about,
            )
            for row in rows
        ],
    )  # fmt: skip
    moved = [[tally.id, *tally.moved] for tally in tallies.values() if any(tally.moved)]
    totals, more = source(("id", "dp", "dd", "cp", "cc"), moved)
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO ledger_transfer (key, step, debit_id, credit_id, amount_fen, of_id,"
                " linked, kind, memo, about, booked_at)"
                " SELECT d.key, d.step, d.debit, d.credit, d.amount, d.origin, d.linked, d.kind,"
                f" d.memo, d.about, %s FROM {table} d",
                [connection.ops.adapt_datetimefield_value(at), *values],
            )
        except IntegrityError as taken:
            raise Raced from taken
        cursor.execute(
            "UPDATE ledger_account SET debits_pending_fen = debits_pending_fen + d.dp,"
            " debits_posted_fen = debits_posted_fen + d.dd,"
            " credits_pending_fen = credits_pending_fen + d.cp,"
            " credits_posted_fen = credits_posted_fen + d.cc"
            f" FROM {totals} d WHERE d.id = ledger_account.id",
            more,
        )


def open_all(names: Mapping[str, str], guard: Guard, at: dt.datetime) -> str | None:
    """Open accounts that are not open, code -> name; the code of one that has another guard."""
    table, values = source(("code", "name"), sorted(names.items()))
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_account (code, name, guard, debits_pending_fen, debits_posted_fen,"
            " credits_pending_fen, credits_posted_fen, opened_at)"
            f" SELECT d.code, d.name, %s, 0, 0, 0, 0, %s FROM {table} d WHERE true"
            " ORDER BY d.code ON CONFLICT DO NOTHING",
            [guard, moment, *values],
        )
        if cursor.rowcount == len(names):
            return None
        these, more = among([*names])
        cursor.execute(
            f"SELECT code FROM ledger_account WHERE guard <> %s AND code {these} ORDER BY code",
            [guard, *more],
        )
        other = cursor.fetchone()
        return str(other[0]) if other else None
