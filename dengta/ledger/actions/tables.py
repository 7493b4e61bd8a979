"""The statements of the ledger, the same in meaning on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from dengta.ledger.actions.entries import Guard, Receipt


@dataclass(frozen=True, slots=True)
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
    """A locked account and, in `moved`, what this call adds to its four totals."""

    id: int
    name: str
    guard: str
    totals: list[int]
    moved: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def left(self, more: Sequence[int] = (0, 0, 0, 0)) -> int | None:
        """Room in 分 after `more`; None without a guard."""
        debits_pending, debits, credits_pending, credits = (
            total + moved + extra
            for total, moved, extra in zip(self.totals, self.moved, more, strict=True)
        )
        if self.guard == "none":
            return None
        if self.guard == "credits":
            return credits - debits - debits_pending
        return debits - credits - credits_pending


_TYPES: Final = {
    "key": "text", "code": "text", "name": "text", "step": "text", "debit": "bigint",
    "credit": "bigint", "amount": "bigint", "origin": "bigint", "linked": "text", "kind": "text",
    "memo": "text", "about": "text", "id": "bigint", "dp": "bigint", "dd": "bigint",
    "cp": "bigint", "cc": "bigint",
}  # fmt: skip


def source(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A table of values as SQL and its parameters, whatever the number of rows."""
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{_TYPES[name]}[]" for name in columns)
        sql = f"(SELECT * FROM unnest({arrays}) AS u({', '.join(map(_quoted, columns))}))"
        return sql, [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    fields = ", ".join(
        f"json_extract(value, '$[{place}]') AS {_quoted(name)}"
        for place, name in enumerate(columns)
    )
    return f"(SELECT {fields} FROM json_each(%s))", [json.dumps(rows, ensure_ascii=False)]


def _quoted(name: str) -> str:
    return f'"{name}"'


def among(values: Sequence[str]) -> tuple[str, list[Any]]:
    """The right side of `column …` for any number of values, and its parameter."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [list(values)]
    return "IN (SELECT value FROM json_each(%s))", [json.dumps(values, ensure_ascii=False)]


_ACCOUNT: Final = (
    "id, code, name, guard,"
    " debits_pending_fen, debits_posted_fen, credits_pending_fen, credits_posted_fen"
)


def locked(codes: Iterable[str]) -> dict[str, Tally]:
    """The accounts, locked until the transaction ends; SQLite's immediate transaction locks all."""
    these, values = among(sorted(codes))
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ACCOUNT} FROM ledger_account WHERE code {these} ORDER BY id{lock}", values
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
        cursor.execute(
            "INSERT INTO ledger_transfer (key, step, debit_id, credit_id, amount_fen, of_id,"
            " linked, kind, memo, about, booked_at)"
            " SELECT d.key, d.step, d.debit, d.credit, d.amount, d.origin, d.linked, d.kind,"
            f" d.memo, d.about, %s FROM {table} d WHERE true ON CONFLICT DO NOTHING",
            [connection.ops.adapt_datetimefield_value(at), *values],
        )
        if cursor.rowcount < len(rows):
            raise Raced
        cursor.execute(
            "UPDATE ledger_account SET debits_pending_fen = debits_pending_fen + d.dp,"
            " debits_posted_fen = debits_posted_fen + d.dd,"
            " credits_pending_fen = credits_pending_fen + d.cp,"
            " credits_posted_fen = credits_posted_fen + d.cc"
            f" FROM {totals} d WHERE d.id = ledger_account.id",
            more,
        )


# One chain, one round trip: lock in order of id, weigh, insert, add. Keys that are already there
# lock nothing. What is locked is read as it stands after the wait, not as the snapshot has it.
_AT_ONCE: Final = """
WITH entry AS (
  SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[],
    %s::text[]) WITH ORDINALITY AS e(key, debit, credit, amount, kind, memo, about, n)
), locked AS MATERIALIZED (
  SELECT {account} FROM ledger_account WHERE code = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE key = ANY(%s))
  ORDER BY id FOR NO KEY UPDATE
), wanted AS (
  SELECT l.id, l.guard,
    l.credits_posted_fen - l.debits_posted_fen - l.debits_pending_fen AS credit_room,
    l.debits_posted_fen - l.credits_posted_fen - l.credits_pending_fen AS debit_room,
    coalesce(sum(e.amount) FILTER (WHERE e.debit = l.code), 0)::bigint AS debits,
    coalesce(sum(e.amount) FILTER (WHERE e.credit = l.code), 0)::bigint AS credits
  FROM locked l JOIN entry e ON l.code IN (e.debit, e.credit) GROUP BY 1, 2, 3, 4
), verdict AS (
  SELECT count(*) = %s AND bool_and(CASE guard WHEN 'credits' THEN credit_room >= {debit_need}
    WHEN 'debits' THEN debit_room >= {credit_need} ELSE true END) AS fits FROM wanted
), written AS (
  INSERT INTO ledger_transfer (key, step, debit_id, credit_id, amount_fen, linked, kind, memo,
    about, booked_at)
  SELECT e.key, '{step}', d.id, c.id, e.amount, %s, e.kind, e.memo, e.about, %s
  FROM entry e JOIN locked d ON d.code = e.debit JOIN locked c ON c.code = e.credit
  JOIN verdict v ON v.fits ORDER BY e.n ON CONFLICT DO NOTHING RETURNING 1
), moved AS (
  UPDATE ledger_account a SET debits_{total}_fen = a.debits_{total}_fen + w.debits,
    credits_{total}_fen = a.credits_{total}_fen + w.credits
  FROM wanted w JOIN (SELECT count(*) AS n FROM written) k ON k.n = %s WHERE a.id = w.id
)
SELECT l.*, (SELECT count(*) FROM written) FROM locked l
"""
_STATEMENTS: Final = {
    "post": _AT_ONCE.format(
        step="post", total="posted", account=_ACCOUNT,
        debit_need="debits - credits", credit_need="credits - debits",
    ),
    "reserve": _AT_ONCE.format(
        step="reserve", total="pending", account=_ACCOUNT,
        debit_need="debits", credit_need="credits",
    ),
}  # fmt: skip


def write_at_once(receipts: Sequence[Receipt], at: dt.datetime) -> tuple[dict[str, Tally], int]:
    """PostgreSQL: one chain in one statement; the locked accounts and how many rows it wrote.

    All or none of the chain, save that a key written in between leaves its row out: Raced.
    """
    keys = [receipt.key for receipt in receipts]
    codes = sorted({code for one in receipts for code in (one.debit, one.credit)})
    values: list[Any] = [
        keys, [one.debit for one in receipts], [one.credit for one in receipts],
        [one.amount_fen for one in receipts], [one.kind for one in receipts],
        [one.memo for one in receipts], [one.about for one in receipts],
        codes, keys, len(codes), receipts[0].linked, at, len(receipts),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[receipts[0].step], values)
        found = cursor.fetchall()
    written = found[0][-1] if found else 0
    if 0 < written < len(receipts):
        raise Raced
    return tallies_of(found), written


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
