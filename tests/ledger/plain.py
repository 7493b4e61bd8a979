"""A reader of Beancount text of our own: adds up what stands there, knowing nothing of our ledger.

It is strict where Beancount is: accounts are opened before they are used, a transaction sums to
zero, and an assertion holds to the 分 for an account with all below it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_NAME = r"(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+"
_OPEN = re.compile(rf"(\d{{4}}-\d\d-\d\d) open ({_NAME}) CNY")
_HEAD = re.compile(r'(\d{4}-\d\d-\d\d) \* "(?:[^"\\]|\\.)*"')
_META = re.compile(r'  ([a-z][a-z]+): "((?:[^"\\]|\\.)*)"')
_POSTING = re.compile(rf"  ({_NAME})  (-?\d+\.\d\d) CNY")
_BALANCE = re.compile(rf"(\d{{4}}-\d\d-\d\d) balance ({_NAME})  (-?\d+\.\d\d) ~ 0 CNY")
_REST = re.compile(r"$|;|option ")


@dataclass
class Plain:
    """What a text says: what each account comes to in 分 (debits less credits), what each calls
    itself, the transactions by key, and what is wrong."""

    balances: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    transactions: dict[str, dict[str, str]] = field(default_factory=dict)
    asserted: int = 0
    faults: list[str] = field(default_factory=list)


def fen(text: str) -> int:
    return int(text.replace(".", ""))


def read(text: str) -> Plain:
    """Everything in a text, in its order."""
    found, opened = Plain(), dict[str, str]()
    moves: list[tuple[str, str, int]] = []
    asserts: list[tuple[str, str, int]] = []
    day, meta, account = "", dict[str, str](), ""
    for line in text.splitlines():
        if new := _OPEN.fullmatch(line):
            account, meta = new[2], {}
            opened[account] = new[1]
        elif new := _HEAD.fullmatch(line):
            day, meta, account = new[1], {}, ""
        elif new := _META.fullmatch(line):
            meta[new[1]] = new[2]
            if new[1] == "code" and account:
                found.codes[account] = new[2]
            elif new[1] == "key":
                found.transactions[new[2]] = meta
        elif new := _POSTING.fullmatch(line):
            moves.append((day, new[1], fen(new[2])))
        elif new := _BALANCE.fullmatch(line):
            asserts.append((new[1], new[2], fen(new[3])))
        elif not _REST.match(line):
            found.faults.append(f"cannot be read: {line}")
    found.balances = dict.fromkeys(opened, 0)
    for on, name, moved in moves:
        if opened.get(name, "9999") > on:
            found.faults.append(f"{name} is used on {on} before it is opened")
        found.balances[name] = found.balances.get(name, 0) + moved
    pairs = zip(moves[::2], moves[1::2], strict=True)
    found.faults += [f"{one} and {two}" for one, two in pairs if one[2] + two[2]]
    with_below = {
        name: sum(fen for one, fen in found.balances.items() if f"{one}:".startswith(f"{name}:"))
        for _, name, _ in asserts
    }
    found.faults += [
        f"{name}: {stated} is asserted, {with_below[name]} is there"
        for on, name, stated in asserts
        if with_below[name] != stated or any(on <= moved for moved, _, _ in moves)
    ]
    found.asserted = len(asserts)
    return found


def bean_check() -> str | None:
    """The checker of Beancount itself, where it is installed."""
    beside = Path(sys.executable).with_name("bean-check")
    return str(beside) if beside.exists() else shutil.which("bean-check")


def checked(path: Path) -> str:
    """What bean-check says of a file; nothing when it is right."""
    program = bean_check()
    assert program is not None
    done = subprocess.run(
        [program, "--no-cache", str(path)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
