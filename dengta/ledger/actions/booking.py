"""Chains of transfers: judged while their accounts are locked, and written whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from operator import add

from django.db import connection, transaction

from dengta.ledger.actions import at_once, tables
from dengta.ledger.actions.entries import (
    MARK,
    AlreadyResolved,
    KeyReused,
    Overspent,
    Receipt,
    Refused,
    UnknownAccount,
)
from dengta.ledger.actions.tables import Raced, Row, Tally

_TRIES = 5

Answer = list[Receipt] | Refused


def _judge(
    chain: Sequence[Row], tallies: Mapping[str, Tally], stored: dict[str, Receipt]
) -> Answer | None:
    """Receipts of a repeated chain, a refusal, or None: the chain may be written (and is counted).

    `stored` holds the receipts of known keys, and takes those of this chain.
    """
    for row in chain:
        if row.rival in stored:
            return AlreadyResolved(row.receipt.key.split(MARK)[0], stored[row.rival].step)
    known = [stored.get(row.receipt.key) for row in chain]
    if any(known):
        for row, before in zip(chain, known, strict=True):
            if before != row.receipt:
                return KeyReused(row.receipt.key.split(MARK)[0])
        return [before for before in known if before is not None]
    if len({row.receipt.key for row in chain}) < len(chain):
        return KeyReused(chain[0].receipt.key.split(MARK)[0])
    effects = _effects(chain)
    for code, effect in effects:
        if code not in tallies:
            return UnknownAccount(code)
        left = tallies[code].left(effect)
        if left is not None and left < 0:
            room = tallies[code].left() or 0
            return Overspent(code, tallies[code].name, room - left, room)
    for code, effect in effects:
        tallies[code].add(effect)
    for row in chain:
        stored[row.receipt.key] = row.receipt
    return None


def _effects(chain: Sequence[Row]) -> Iterable[tuple[str, Sequence[int]]]:
    """What a chain adds to the totals of each of its accounts."""
    if len(chain) == 1:
        receipt = chain[0].receipt
        pending = receipt.amount_fen if receipt.step == "reserve" else -chain[0].held_fen
        posted = 0 if receipt.step in ("reserve", "release") else receipt.amount_fen
        return (receipt.debit, (pending, posted, 0, 0)), (receipt.credit, (0, 0, pending, posted))
    effects: dict[str, list[int]] = {}
    for row in chain:
        for code, moved in _effects([row]):
            effect = effects.setdefault(code, [0, 0, 0, 0])
            effect[:] = map(add, effect, moved)
    return effects.items()


def book(chains: Sequence[Sequence[Row]], at: dt.datetime) -> list[Answer]:
    """Judge and write any number of chains in one transaction, in order."""
    why = None
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _book_once(chains, at)
        except Raced as raced:
            why = raced
    raise RuntimeError("the ledger's keys keep changing under a batch; try again later") from why


def _book_once(chains: Sequence[Sequence[Row]], at: dt.datetime) -> list[Answer]:
    """Lock the accounts in order of code, look the keys up, judge, write. Raced: one came late."""
    rows = [row for chain in chains for row in chain]
    tallies = tables.locked(
        {code for row in rows for code in (row.receipt.debit, row.receipt.credit)}
    )
    keys = [name for row in rows for name in (row.receipt.key, row.rival) if name]
    stored = {key: receipt for key, (_, receipt) in tables.stored(keys).items()}
    answers: list[Answer] = []
    written: list[Row] = []
    for chain in chains:
        answer = _judge(chain, tallies, stored)
        if answer is None:
            written += chain
            answer = [row.receipt for row in chain]
        answers.append(answer)
    if written:
        tables.write(written, tallies, at)
    return answers


def enter(chain: Sequence[Row], at: dt.datetime) -> Answer:
    """Post or reserve one chain; on PostgreSQL in one statement, so that locks are held briefly."""
    if connection.vendor != "postgresql" or len(chain) > at_once.LONGEST:
        return book([chain], at)[0]
    receipts = [row.receipt for row in chain]
    try:
        seen = at_once.write(receipts, at)
    except Raced:
        return book([chain], at)[0]
    if seen.written:
        return receipts
    stored = tables.stored(one.key for one in receipts) if seen.known else {}
    answer = _judge(chain, seen.tallies, {key: old for key, (_, old) in stored.items()})
    if isinstance(answer, list):
        at_once.keep()  # whoever wrote it may not have lived to do so
    return book([chain], at)[0] if answer is None else answer
