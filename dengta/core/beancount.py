"""The ledger as Beancount text, so that anybody can check the books without us and our programmes.

Source of the format: Beancount language syntax, version 3 (the tool itself is never imported).

- The debit side is written as a positive amount and the credit side as a negative one, as is usual
  there; our balances (credits less debits) are therefore the negated ones of the text.
- What moved money (`post`, `settle`, `reverse`) is a transaction. What only sets money aside or
  gives it back (`reserve`, `release`) is a comment: nothing has been paid.
- Each account ends with a `balance` assertion of the total that *we* keep (with those of the
  accounts below it, since that is what Beancount asserts), with no tolerance, so that a checker
  that adds the transactions up proves our totals to the 分.

The text is made piece by piece: `head`, `entries`, `tail`, each an iterator.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

CURRENCY: Final = "CNY"
MOVES: Final = frozenset({"post", "settle", "reverse"})
"""Steps of a transfer that move money; the others set it aside or give it back."""

ROOTS: Final[Mapping[str, str]] = {
    "treasury": "Assets", "bank": "Assets", "payable": "Liabilities",
}  # fmt: skip
"""Which of Beancount's five kinds an account is, by the first part of its code. Money that is there
and money that has left the bank are assets, what is owed to somebody is a liability; pools and
allowances say what money is for, and are equity like everything else."""


class Account(NamedTuple):
    """An account and the posted totals that we keep of it, in 分."""

    code: str
    name: str
    guard: str
    opened: dt.date
    debits_fen: int
    credits_fen: int


class Transfer(NamedTuple):
    """A transfer by the codes of its accounts, in 分; `of` is the key of what it resolves or takes
    back, `booked_at` is aware and of the place where the books are kept."""

    key: str
    step: str
    debit: str
    credit: str
    amount_fen: int
    of: str
    linked: str
    kind: str
    memo: str
    about: str
    booked_at: dt.datetime


# ---------------------------------------------------------------- names of accounts

_ESCAPED = re.compile(r"-x([0-9a-f]+)-|--|.", re.DOTALL)
_FIRST = re.compile(r"0x([0-9a-f]*)-(.*)", re.DOTALL)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@lru_cache(maxsize=65_536)
def account_name(code: str) -> str:
    """The name in the text of an account of ours; no two codes share one, `code_of` is its inverse.

    `pool/cloud-voucher-2026` is `Equity:Pool:Cloud-voucher-2026`. The first letter of a part is
    made large, `_` becomes `--`, any other sign `-x` with its number in hexadecimal and `-`.
    """
    parts = code.split("/")
    return ":".join([ROOTS.get(parts[0], "Equity"), *map(_part, parts)])


def _part(text: str) -> str:
    first, rest = text[:1], text[1:]
    if first.isascii() and first.islower():
        return first.upper() + _signs(rest)
    # A part that reads like the escape of a first sign is escaped itself.
    if first.isascii() and first.isdigit() and not _FIRST.match(first + _signs(rest)):
        return first + _signs(rest)
    return f"0x{ord(first):x}-{_signs(rest)}" if first else "0x-"


def _signs(text: str) -> str:
    said = []
    for at, sign in enumerate(text):
        after = text[at + 1 : at + 2]
        if sign in _PLAIN or (sign == "-" and after in _PLAIN - {"x"}):
            said.append(sign)
        else:
            said.append("--" if sign == "_" else f"-x{ord(sign):x}-")
    return "".join(said)


def code_of(name: str) -> str:
    """The code of the account that has this name in the text."""
    return "/".join(map(_part_of, name.split(":")[1:]))


def _part_of(text: str) -> str:
    if found := _FIRST.fullmatch(text):
        sign, rest = found.groups()
        return (chr(int(sign, 16)) if sign else "") + _signs_of(rest)
    return text[:1].lower() + _signs_of(text[1:])


def _signs_of(text: str) -> str:
    def sign(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return "_" if found[0] == "--" else found[0]

    return _ESCAPED.sub(sign, text)


# ---------------------------------------------------------------- the text


def amount(fen: int) -> str:
    """Yuan with two decimals and without separators: `-123456` is `-1234.56`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def quoted(text: str) -> str:
    """A text as a string of Beancount, in one line."""
    plain = " ".join(text.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _metadata(**values: str) -> str:
    return "".join(f"  {name}: {quoted(value)}\n" for name, value in values.items() if value)


def head(title: str, accounts: Iterable[Account], first: dt.date) -> Iterator[str]:
    """Options and the opening of each account, no later than `first`, the day of the earliest
    transfer: a transfer may be dated before the account it was booked on was opened with us."""
    yield ";; -*- mode: beancount; coding: utf-8 -*-\n"
    yield "; 借方为正，贷方为负；预留和退回预留没有付款，写成注释。\n"
    yield "; Debits are positive, credits negative; what is only set aside is a comment.\n"
    yield f"; 核对 check: bean-check FILE\n\noption {quoted('title')} {quoted(title)}\n"
    yield f"option {quoted('operating_currency')} {quoted(CURRENCY)}\n\n"
    for account in accounts:
        day = min(first, account.opened)
        yield f"{day} open {account_name(account.code)} {CURRENCY}\n"
        opened = account.opened.isoformat() if account.opened > first else ""
        yield _metadata(code=account.code, title=account.name, guard=account.guard, opened=opened)
    yield "\n"


def entries(transfers: Iterable[Transfer]) -> Iterator[str]:
    """Each transfer in turn: a transaction, or a comment for what only sets money aside."""
    return map(_entry, transfers)


def _entry(one: Transfer) -> str:
    day, money = one.booked_at.date(), amount(one.amount_fen)
    debit, credit = account_name(one.debit), account_name(one.credit)
    if one.step not in MOVES:
        return (
            f"; {day} {one.step} {quoted(one.key)} {debit} {credit} {money} {CURRENCY}"
            f"{' ' + quoted(one.about) if one.about else ''}\n\n"
        )
    said = _metadata(
        key=one.key, step=one.step, kind=one.kind, about=one.about, of=one.of,
        linked=one.linked, booked=one.booked_at.isoformat(timespec="seconds"),
    )  # fmt: skip
    return (
        f"{day} * {quoted(one.memo or one.kind or one.step)}\n{said}"
        f"  {debit}  {money} {CURRENCY}\n  {credit}  -{money} {CURRENCY}\n\n"
    )


def sums_below(accounts: Iterable[Account]) -> dict[str, int]:
    """For each code that others begin with, what those come to together, debits less credits in
    分. It holds one number per such beginning, not one per account."""
    sums: dict[str, int] = {}
    for account in accounts:
        parts = account.code.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            sums[above] = sums.get(above, 0) + account.debits_fen - account.credits_fen
    return sums


def tail(accounts: Iterable[Account], last: dt.date, below: Mapping[str, int]) -> Iterator[str]:
    """What each account must stand at when `last`, the day of the latest transfer, is over.

    An assertion of Beancount is about an account with all accounts below it (`pool/fund` with
    `pool/fund/420100`), so that `below` (see `sums_below`) is added to what is on it itself.
    """
    day = last + dt.timedelta(days=1)  # an assertion holds at the beginning of its day
    for account in accounts:
        own = account.debits_fen - account.credits_fen
        standing = amount(own + below.get(account.code, 0))
        if account.code in below:
            yield f"; 本级 own {amount(own)} {CURRENCY}，连同下级 with those below:\n"
        yield f"{day} balance {account_name(account.code)}  {standing} ~ 0 {CURRENCY}\n"


def text(
    title: str,
    accounts: Callable[[], Iterable[Account]],
    transfers: Callable[[], Iterable[Transfer]],
    first: dt.date,
    last: dt.date,
) -> Iterator[str]:
    """The whole ledger; `accounts` is read three times, `transfers` once, and held neither."""
    yield from head(title, accounts(), first)
    yield from entries(transfers())
    yield from tail(accounts(), last, sums_below(accounts()))
