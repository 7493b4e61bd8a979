"""PostgreSQL: a chain of entries in one statement, so that a hot account is locked for an instant.

Three things make it quick. The statement locks, weighs, inserts and adds by itself: one round trip.
It is prepared once per connection (not where DISABLE_SERVER_SIDE_CURSORS says that a pooler stands
between). And outside the caller's transaction it gives its locks back before the disk is written:
it commits with `synchronous_commit` off, and `keep` then writes what was committed to disk before
anybody is told. Whoever waits for the disk therefore keeps no one else from drawing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DataError, connection, transaction

from dengta.ledger.actions.entries import Receipt
from dengta.ledger.actions.tables import ACCOUNT, Raced, Tally, tallies_of

# Keys that are there already lock nothing. What is locked is read as it stands after the wait, not
# as the snapshot has it. A chain of which only a part could be inserted divides by zero: undone.
_TEXT: Final = """
WITH entry(n, key, debit, credit, amount, kind, memo, about) AS (VALUES {entries}
), locked AS MATERIALIZED (
  SELECT {account} FROM ledger_account WHERE code IN ({codes})
    AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE key IN ({keys}))
  ORDER BY id FOR NO KEY UPDATE
), wanted AS (
  SELECT l.id, l.guard,
    l.credits_posted_fen - l.debits_posted_fen - l.debits_pending_fen AS credit_room,
    l.debits_posted_fen - l.credits_posted_fen - l.credits_pending_fen AS debit_room,
    coalesce(sum(e.amount) FILTER (WHERE e.debit = l.code), 0)::bigint AS debits,
    coalesce(sum(e.amount) FILTER (WHERE e.credit = l.code), 0)::bigint AS credits
  FROM locked l JOIN entry e ON l.code IN (e.debit, e.credit) GROUP BY 1, 2, 3, 4
), verdict AS (
  SELECT count(*) = {accounts} AND bool_and(
    CASE guard WHEN 'credits' THEN credit_room >= debits - {posted} * credits
    WHEN 'debits' THEN debit_room >= credits - {posted} * debits ELSE true END) AS fits FROM wanted
), written AS (
  INSERT INTO ledger_transfer (key, step, debit_id, credit_id, amount_fen, linked, kind, memo,
    about, booked_at)
  SELECT e.key, '{step}', d.id, c.id, e.amount, {linked}, e.kind, e.memo, e.about, {at}
  FROM entry e JOIN locked d ON d.code = e.debit JOIN locked c ON c.code = e.credit
  JOIN verdict v ON v.fits ORDER BY e.n ON CONFLICT DO NOTHING RETURNING 1
), counted AS (
  SELECT count(*) / CASE WHEN count(*) IN (0, {size}) THEN 1 ELSE 0 END AS n FROM written
), moved AS (
  UPDATE ledger_account a SET debits_{total}_fen = a.debits_{total}_fen + w.debits,
    credits_{total}_fen = a.credits_{total}_fen + w.credits
  FROM wanted w JOIN counted k ON k.n = {size} WHERE a.id = w.id
){early}
SELECT l.*, (SELECT n FROM counted){also} FROM locked l
"""
_EARLY: Final = ", early AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_KEEP: Final = "SELECT pg_logical_emit_message(true, 'ledger', '')"
_COLUMNS: Final = ("text", "text", "text", "bigint", "text", "text", "text")

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def write(receipts: Sequence[Receipt], at: dt.datetime) -> tuple[dict[str, Tally], bool]:
    """Post or reserve one chain: its locked accounts, and whether it was written (all or none).

    Raced if somebody wrote some of its keys in between.
    """
    accounts = len({code for one in receipts for code in (one.debit, one.credit)})
    values: list[Any] = [at, receipts[0].linked]
    for one in receipts:
        values += (one.key, one.debit, one.credit, one.amount_fen, one.kind, one.memo, one.about)
    own = connection.get_autocommit()  # no transaction of the caller's around
    within = contextlib.nullcontext() if own else transaction.atomic(savepoint=len(receipts) > 1)
    try:
        with within:
            found = _fetch(receipts[0].step, len(receipts), accounts, own, values)
    except DataError as partial:
        raise Raced from partial
    return tallies_of(found), bool(found and found[0][8])


def keep() -> None:
    """Have on disk whatever this connection has seen committed, once it commits itself."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP)


def _fetch(
    step: str, size: int, accounts: int, early: bool, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        found = _execute(cursor, step, size, accounts, early, values)
        if early and found and found[0][8]:
            cursor.execute(_KEEP)
        return found


def _execute(
    cursor: Any, step: str, size: int, accounts: int, early: bool, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        text = _text(step, size, accounts, early, lambda n, kind: f"%(v{n})s::{kind}")
        cursor.execute(text, {f"v{n}": value for n, value in enumerate(values, 1)})
        return list(cursor.fetchall())
    name = f"ledger_{step}_{size}_{accounts}_{'early' if early else 'within'}"
    names = _prepared.setdefault(connection.connection, set())
    if name not in names:
        kinds = ", ".join(_kinds(size))
        text = _text(step, size, accounts, early, lambda n, kind: f"${n}")
        cursor.execute(f"PREPARE {name} ({kinds}) AS {text}")
        names.add(name)
    cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", values)
    return list(cursor.fetchall())


def _kinds(size: int) -> list[str]:
    return ["timestamptz", "text", *_COLUMNS * size]


def _text(
    step: str, size: int, accounts: int, early: bool, place: Callable[[int, str], str]
) -> str:
    """The statement for so many entries over so many accounts; `place` writes the n-th value."""
    places = [place(n, kind) for n, kind in enumerate(_kinds(size), 1)]
    width = len(_COLUMNS)
    rows = [places[2 + width * n : 2 + width * (n + 1)] for n in range(size)]
    return _TEXT.format(
        entries=", ".join(f"({n}, {', '.join(row)})" for n, row in enumerate(rows)),
        keys=", ".join(row[0] for row in rows),
        codes=", ".join(code for row in rows for code in row[1:3]),
        at=places[0], linked=places[1], account=ACCOUNT, accounts=accounts, size=size, step=step,
        total="posted" if step == "post" else "pending", posted=1 if step == "post" else 0,
        early=_EARLY if early else "", also=", (SELECT count(*) FROM early)" if early else "",
    )  # fmt: skip
