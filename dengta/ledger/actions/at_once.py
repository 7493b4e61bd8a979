"""PostgreSQL: a chain of entries in one statement, so that a hot account is locked for an instant.

Three things make it quick. The statement weighs, locks, adds and inserts by itself: one round trip.
It goes to the server in its own form, `$1` and all, and is prepared once per connection (not where
DISABLE_SERVER_SIDE_CURSORS says that a pooler stands between). And outside the caller's transaction
it gives its locks back before the disk is written: it commits with `synchronous_commit` off, and
`keep` then writes what was committed to disk before anybody is told. Whoever waits for the disk
therefore keeps no one else from drawing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import DEFAULT_DB_ALIAS, DataError, IntegrityError, connections, transaction

from dengta.ledger.actions.entries import Receipt
from dengta.ledger.actions.tables import ACCOUNT, Raced, Tally, tallies_of

LONGEST: Final = 16
"""Chains of more entries are many rows rather than one statement; `booking.book` is for those."""

# What is seen not to fit, or to be there already, locks nothing. What is seen to fit is added, one
# account after the other in the order of their codes, to what stands there once it is locked: a
# guard that no longer holds then, a key that came in between (both are constraints of the tables),
# an account that is gone (a division by zero) undo everything.
_TEXT: Final = """
WITH account AS MATERIALIZED (
  SELECT {account} FROM ledger_account WHERE code IN ({codes})
), known AS MATERIALIZED (
  SELECT EXISTS (SELECT 1 FROM ledger_transfer WHERE key IN ({keys})) AS yes
), fits AS (
  SELECT 1 FROM account WHERE NOT (SELECT yes FROM known)
  HAVING count(*) = {accounts} AND bool_and(CASE guard
    WHEN 'credits' THEN credits_posted_fen - debits_posted_fen - debits_pending_fen
      >= CASE code {debits} END - {posted} * CASE code {credits} END
    WHEN 'debits' THEN debits_posted_fen - credits_posted_fen - credits_pending_fen
      >= CASE code {credits} END - {posted} * CASE code {debits} END ELSE true END)
){moved}, written AS (
  INSERT INTO ledger_transfer (key, step, debit_id, credit_id, amount_fen, linked, kind, memo,
    about, booked_at)
  SELECT e.key, '{step}', e.debit, e.credit, e.amount, $2::text, e.kind, e.memo, e.about,
    $1::timestamptz
  FROM {last} m CROSS JOIN LATERAL (VALUES {entries}) e(n, key, debit, credit, amount, kind, memo,
    about) ORDER BY e.n RETURNING 1
), counted AS (
  SELECT n / CASE WHEN n = {size} * (SELECT count(*) FROM moved0) THEN 1 ELSE 0 END AS n
  FROM (SELECT count(*) AS n FROM written) w
){early}
SELECT account.*, (SELECT n FROM counted), (SELECT yes FROM known){also} FROM account
"""
_MOVED: Final = """, moved{n} AS (
  UPDATE ledger_account a SET debits_{total}_fen = a.debits_{total}_fen + {debit}::bigint,
    credits_{total}_fen = a.credits_{total}_fen + {credit}::bigint
  FROM {before} m WHERE a.code = {code}::text RETURNING {ids}a.id AS id{n}
)"""
_EARLY: Final = ", early AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_KEEP: Final = "SELECT pg_logical_emit_message(true, 'ledger', '')"

_ALONE: Final = contextlib.nullcontext()

Pairs = tuple[tuple[int, int], ...]


class Seen(NamedTuple):
    """What the statement saw at one moment, and whether it wrote the chain (all or none)."""

    written: bool
    known: bool
    """Whether one of the keys was there already; so it is where no account was found."""
    tallies: dict[str, Tally]


def write(receipts: Sequence[Receipt], at: dt.datetime) -> Seen:
    """Post or reserve one chain. Raced if what was seen did not last until it was written."""
    from psycopg.types.numeric import Int8

    effects: dict[str, list[int]] = {
        code: [0, 0] for code in sorted({c for one in receipts for c in (one.debit, one.credit)})
    }
    places = {code: place for place, code in enumerate(effects)}
    values: list[Any] = []
    for one in receipts:
        effects[one.debit][0] += one.amount_fen
        effects[one.credit][1] += one.amount_fen
        values += (one.key, Int8(one.amount_fen), one.kind, one.memo, one.about)
    moves = [x for code, (debits, credits) in effects.items()
             for x in (code, Int8(debits), Int8(credits))]  # fmt: skip
    pairs = tuple((places[one.debit], places[one.credit]) for one in receipts)
    db = connections[DEFAULT_DB_ALIAS]
    own = db.get_autocommit()  # no transaction of the caller's around
    cursor = _cursor(db)
    try:
        with _ALONE if own else transaction.atomic():
            text = _text(receipts[0].step, pairs, own)
            cursor.execute(text, (at, receipts[0].linked, *moves, *values))
            found = cursor.fetchall()
            written = bool(found and found[0][8])
            if own and written:
                cursor.execute(_KEEP, ())
    except (DataError, IntegrityError) as changed:
        raise Raced from changed
    if written:
        return Seen(True, False, {})
    return Seen(False, not found or found[0][9], tallies_of(found))


def keep() -> None:
    """Have on disk whatever this connection has seen committed, once it commits itself."""
    _cursor(connections[DEFAULT_DB_ALIAS]).execute(_KEEP, ())


def _cursor(db: Any) -> Any:
    """A cursor that gives the server statement and values apart, the statement prepared.

    Django's own writes the values into the statement, to be read by the server each time.
    """
    from psycopg import RawCursor

    db.ensure_connection()
    pooled = db.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    db.connection.prepare_threshold = None if pooled else 0  # Django's own cursors never prepare
    return db.make_cursor(RawCursor(db.connection))


@lru_cache(maxsize=64)
def _text(step: str, pairs: Pairs, early: bool) -> str:
    """The statement for entries between such accounts, by their places in the order of codes."""
    size, accounts = len(pairs), len({place for pair in pairs for place in pair})
    total = "posted" if step == "post" else "pending"
    of_account = [(f"${3 + 3 * n}", f"${4 + 3 * n}", f"${5 + 3 * n}") for n in range(accounts)]
    first = 3 + 3 * accounts
    of_entry = [[f"${first + 5 * n + m}" for m in range(5)] for n in range(size)]
    moved = [
        _MOVED.format(
            n=n, total=total, code=code, debit=debit, credit=credit,
            before=f"moved{n - 1}" if n else "fits", ids="".join(f"m.id{m}, " for m in range(n)),
        )
        for n, (code, debit, credit) in enumerate(of_account)
    ]  # fmt: skip
    entries = [
        f"({n}, {key}::text, m.id{debit}, m.id{credit}, {amount}::bigint, {kind}::text,"
        f" {memo}::text, {about}::text)"
        for n, ((debit, credit), (key, amount, kind, memo, about)) in enumerate(
            zip(pairs, of_entry, strict=True)
        )
    ]
    return _TEXT.format(
        account=ACCOUNT, accounts=accounts, size=size, step=step, posted=int(step == "post"),
        codes=", ".join(f"{code}::text" for code, _, _ in of_account),
        keys=", ".join(f"{key}::text" for key, *_ in of_entry),
        debits=" ".join(f"WHEN {code}::text THEN {n}::bigint" for code, n, _ in of_account),
        credits=" ".join(f"WHEN {code}::text THEN {n}::bigint" for code, _, n in of_account),
        moved="".join(moved), last=f"moved{accounts - 1}", entries=", ".join(entries),
        early=_EARLY if early else "", also=", (SELECT count(*) FROM early)" if early else "",
    )  # fmt: skip
