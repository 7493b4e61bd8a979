"""The only place where money moves. Amounts are whole 分; every call may be repeated safely.

    open_account(code, name, guard="none", *, at=None)   guard: "none" | "credits" | "debits"
    Entry(key, debit, credit, amount_fen, kind="", memo="", about="", linked="")

    post(entry, *, at=None) -> Receipt                   move at once
    reserve(entry, *, at=None) -> Receipt                set aside
    settle(key, amount_fen=None, *, at=None) -> Receipt  all or part; the rest goes back
    release(key, *, at=None) -> Receipt                  none of it
    reverse(key, *, at=None) -> Receipt                  mirror of what was posted or settled, once

    post_many(entries, *, at=None) -> [Receipt]          linked: all are written or none, and the
    reserve_many(entries, *, at=None) -> [Receipt]         first refusal is raised
    post_each(entries, *, at=None)                       each on its own, thousands at once
    reserve_each(entries, *, at=None)                      -> [Receipt | Refused], in order; entries
                                                         with one `Entry.linked` stay together
    settle_many([(key, amount_fen | None), ...], *, at=None) -> [Receipt]     all or none
    release_many(keys, *, at=None), reverse_many(keys, *, at=None) -> [Receipt]    all or none
    hold(codes) -> {code: room in 分 | None}             lock accounts for the caller's transaction

Keys. The same key with the same content gives the same receipt and moves nothing; with different
content it is refused (`KeyReused`). Memo and moment are remarks, not content. `settle`, `release`
and `reverse` name the key of the entry they act on; that is their key too.

Guards. With guard "credits" an account's debits (pending and posted) never exceed its posted
credits: a pool, once credited, cannot be overdrawn. "debits" is the mirror. A single transfer can
thus stand under two ceilings: from a pool guarded on "credits" to an allowance guarded on "debits".
Linked entries are judged together, by where they would leave each account.

Transactions. Each call is a transaction of its own, or a part of the caller's. Rows are locked in
the order of account codes; whoever makes several calls in one transaction should make them one
`_many` call, so that two transactions cannot wait for each other, or `hold` all of the accounts
first. A refusal writes nothing and
leaves the caller's transaction usable.

Refusals are subclasses of `Refused` with `.text` (both languages): Overspent(account, asked_fen,
left_fen), KeyReused, AlreadyResolved, ExceedsReservation, NotPosted, UnknownAccount,
UnknownTransfer, AccountDiffers. A malformed entry (no key, amount below 1, debit equal to credit)
is a mistake of the program: ValueError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from dengta.ledger.actions import tables
from dengta.ledger.actions.booking import book, enter
from dengta.ledger.actions.entries import (
    MARK,
    AccountDiffers,
    AlreadyResolved,
    Entry,
    ExceedsReservation,
    Guard,
    KeyReused,
    NotPosted,
    Overspent,
    Receipt,
    Refused,
    UnknownAccount,
    UnknownTransfer,
)
from dengta.ledger.actions.tables import Row

__all__ = [
    "AccountDiffers", "AlreadyResolved", "Entry", "ExceedsReservation", "Guard", "KeyReused",
    "NotPosted", "Overspent", "Receipt", "Refused", "UnknownAccount", "UnknownTransfer",
    "hold", "open_account", "open_accounts", "post", "post_each", "post_many", "release",
    "release_many", "reserve", "reserve_each", "reserve_many", "reverse", "reverse_many", "settle",
    "settle_many",
]  # fmt: skip

# ---------------------------------------------------------------- accounts


def open_account(
    code: str, name: str, guard: Guard = "none", *, at: dt.datetime | None = None
) -> None:
    """Open an account; nothing happens if it is open. AccountDiffers if its guard is another."""
    open_accounts({code: name}, guard, at=at)


def open_accounts(
    names: Mapping[str, str], guard: Guard = "none", *, at: dt.datetime | None = None
) -> None:
    """Open many accounts, code -> name, of one guard. Idempotent; all or none."""
    if not names:
        return
    with transaction.atomic():
        other = tables.open_all(names, guard, at or timezone.now())
        if other is not None:
            raise AccountDiffers(other)


def hold(codes: Iterable[str]) -> dict[str, int | None]:
    """Lock accounts until the caller's transaction ends, and say what each has left under its
    guard (None without one); codes that are not open are left out.

    Whoever decides by what is left, and then posts, thus decides by what is true: nobody else
    draws on them in between. Name all accounts that will be posted to, but new ones of one's own.
    """
    return {code: tally.left() for code, tally in tables.locked(codes).items()}


# ---------------------------------------------------------------- entries


def post(entry: Entry, *, at: dt.datetime | None = None) -> Receipt:
    """Move the money at once."""
    return _enter("post", [entry], at)[0]


def reserve(entry: Entry, *, at: dt.datetime | None = None) -> Receipt:
    """Set the money aside until `settle` or `release`; it counts against guards from now on."""
    return _enter("reserve", [entry], at)[0]


def post_many(entries: Sequence[Entry], *, at: dt.datetime | None = None) -> list[Receipt]:
    """Post all or none; the first refusal is raised."""
    return _enter("post", entries, at)


def reserve_many(entries: Sequence[Entry], *, at: dt.datetime | None = None) -> list[Receipt]:
    """Reserve all or none; the first refusal is raised."""
    return _enter("reserve", entries, at)


def post_each(
    entries: Sequence[Entry], *, at: dt.datetime | None = None
) -> list[Receipt | Refused]:
    """Post thousands at once, each on its own; a refusal is a value in its place."""
    return _enter_each("post", entries, at)


def reserve_each(
    entries: Sequence[Entry], *, at: dt.datetime | None = None
) -> list[Receipt | Refused]:
    """Reserve thousands at once, each on its own; a refusal is a value in its place."""
    return _enter_each("reserve", entries, at)


def _enter(step: str, entries: Sequence[Entry], at: dt.datetime | None) -> list[Receipt]:
    if not entries:
        return []
    moment = at or timezone.now()
    linked = entries[0].key if len(entries) > 1 else ""
    answer = enter([Row(_receipt(step, entry, linked, moment)) for entry in entries], moment)
    if isinstance(answer, Refused):
        raise answer
    return answer


def _enter_each(
    step: str, entries: Sequence[Entry], at: dt.datetime | None
) -> list[Receipt | Refused]:
    moment = at or timezone.now()
    chains: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        chains.setdefault(entry.linked or f"{MARK}{place}", []).append(place)
    rows = [
        [Row(_receipt(step, entries[place], entries[place].linked, moment)) for place in places]
        for places in chains.values()
    ]
    answers: dict[int, Receipt | Refused] = {}
    for places, answer in zip(chains.values(), book(rows, moment), strict=True):
        for turn, place in enumerate(places):
            answers[place] = answer if isinstance(answer, Refused) else answer[turn]
    return [answers[place] for place in range(len(entries))]


def _receipt(step: str, entry: Entry, linked: str, at: dt.datetime) -> Receipt:
    return Receipt(
        entry.key, step, entry.debit, entry.credit, entry.amount_fen,
        entry.kind, entry.about, linked, entry.memo, at,
    )  # fmt: skip


# ---------------------------------------------------------------- what happens to them later


def settle(key: str, amount_fen: int | None = None, *, at: dt.datetime | None = None) -> Receipt:
    """Post a reservation, all of it or `amount_fen`; the rest goes back where it came from."""
    return settle_many([(key, amount_fen)], at=at)[0]


def release(key: str, *, at: dt.datetime | None = None) -> Receipt:
    """Give a whole reservation back."""
    return release_many([key], at=at)[0]


def reverse(key: str, *, at: dt.datetime | None = None) -> Receipt:
    """Write the mirror of what was posted or settled under the key. Guards hold for it too."""
    return reverse_many([key], at=at)[0]


def settle_many(
    settlements: Sequence[tuple[str, int | None]], *, at: dt.datetime | None = None
) -> list[Receipt]:
    """Settle reservations, all or none; (key, 分 or None for the whole)."""
    moment = at or timezone.now()
    stored = tables.stored(key for key, _ in settlements)
    rows = []
    for key, amount_fen in settlements:
        origin, held = _reservation(stored, key)
        amount = held.amount_fen if amount_fen is None else amount_fen
        if type(amount) is not int or amount < 1:
            raise ValueError(f"{key}: amount_fen {amount!r} is below 1; release it instead")
        if amount > held.amount_fen:
            raise ExceedsReservation(key, amount, held.amount_fen)
        rows.append(_resolution(origin, held, "settle", amount, moment))
    return _resolve(rows, moment)


def release_many(keys: Sequence[str], *, at: dt.datetime | None = None) -> list[Receipt]:
    """Give whole reservations back, all or none."""
    moment = at or timezone.now()
    stored = tables.stored(keys)
    rows = []
    for key in keys:
        origin, held = _reservation(stored, key)
        rows.append(_resolution(origin, held, "release", held.amount_fen, moment))
    return _resolve(rows, moment)


def reverse_many(keys: Sequence[str], *, at: dt.datetime | None = None) -> list[Receipt]:
    """Take back what was posted or settled, all or none."""
    moment = at or timezone.now()
    stored = tables.stored(name for key in keys for name in (key, f"{key}{MARK}settle"))
    rows = []
    for key in keys:
        if key not in stored or MARK in key:
            raise UnknownTransfer(key)
        step = stored[key][1].step
        name = key if step == "post" else f"{key}{MARK}settle"
        if name not in stored:
            raise NotPosted(key)
        origin, posted = stored[name]
        mirror = replace(
            posted, key=f"{key}{MARK}reverse", step="reverse", debit=posted.credit,
            credit=posted.debit, memo="", booked_at=moment,
        )  # fmt: skip
        rows.append(Row(mirror, of=origin))
    return _resolve(rows, moment)


def _reservation(stored: Mapping[str, tuple[int, Receipt]], key: str) -> tuple[int, Receipt]:
    if key not in stored or stored[key][1].step != "reserve":
        raise UnknownTransfer(key)
    return stored[key]


def _resolution(origin: int, held: Receipt, step: str, amount: int, at: dt.datetime) -> Row:
    rival = next(other for other in ("settle", "release") if other != step)
    receipt = replace(
        held, key=f"{held.key}{MARK}{step}", step=step, amount_fen=amount, memo="", booked_at=at
    )
    return Row(receipt, origin, held.amount_fen, f"{held.key}{MARK}{rival}")


def _resolve(rows: list[Row], at: dt.datetime) -> list[Receipt]:
    answer = book([rows], at)[0] if rows else []
    if isinstance(answer, Refused):
        raise answer
    return answer
