"""Forty real processes at one pool: `python -m tests.ledger.crowd SCENARIO`.

Prepared once, then forked, so that forty interpreters need not start. Prints what it saw as JSON.
The database is that of DENGTA_DATABASE_URL and must be empty; what was acknowledged is kept in the
file CROWD_ACKNOWLEDGED.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django

WORKERS = 40
DRAWS = 15
DRAW_FEN = 100
POOL_DRAWS = 400
KILLED = 20
LAST_STATEMENT = 25
PATIENCE_SECONDS = 60

fork = get_context("fork")


def prepare(pool_fen: int, guard: str = "credits") -> None:
    """Tables, accounts and the pool."""
    from django.core.management import call_command

    from dengta.ledger import actions

    call_command("migrate", "ledger", verbosity=0)
    actions.open_accounts({"treasury": "财政专户", "used": "已用额度"})
    actions.open_account("pool", "资金池", guard)  # type: ignore[arg-type]
    actions.open_accounts({f"firm/{n}": f"企业 {n}" for n in range(WORKERS)})
    actions.open_accounts({f"cap/{n}": f"额度 {n}" for n in range(WORKERS)}, "credits")
    actions.post(actions.Entry("fund", "treasury", "pool", pool_fen))
    for n in range(WORKERS):
        cap = DRAWS * DRAW_FEN - n % 2 * 5 * DRAW_FEN
        actions.post(actions.Entry(f"allow/{n}", "treasury", f"cap/{n}", cap))


def together(work: Callable[[int], None], *, killed: int = 0) -> int:
    """Run `work(n)` in WORKERS processes, the first `killed` of which die; how many failed."""
    from django.db import connections

    connections.close_all()  # a connection that crosses a fork belongs to nobody
    crowd = [fork.Process(target=_start, args=(work, n, n < killed)) for n in range(WORKERS)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    dead = [process.exitcode for process in crowd].count(-signal.SIGKILL)
    assert dead == killed, f"{dead} of {killed} were killed"
    return sum(process.exitcode not in (0, -signal.SIGKILL) for process in crowd)


def _start(work: Callable[[int], None], worker: int, doomed: bool) -> None:
    from django.db import connection

    signal.alarm(PATIENCE_SECONDS)  # a process that waits for ever is a failure, not a hang
    if not doomed:
        work(worker)
        return
    statements = itertools.count(worker)

    def die_in_the_middle(execute: Any, *arguments: Any) -> Any:
        """Kill -9 right after a statement, mostly with its transaction still open."""
        result = execute(*arguments)
        if next(statements) == LAST_STATEMENT:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(die_in_the_middle):
        work(worker)


def draw_all(worker: int) -> None:
    """Every draw of a firm and of its neighbour, so that each key is submitted by two processes."""
    from dengta.ledger import actions
    from dengta.ledger.actions import Entry, Refused

    for turn in range(DRAWS):
        for firm in (worker, (worker + 1) % WORKERS):
            key = f"{firm}/{turn}"
            pair = [
                Entry(f"draw/{key}", "pool", f"firm/{firm}", DRAW_FEN, about=key),
                Entry(f"cap/{key}", f"cap/{firm}", "used", DRAW_FEN, about=key),
            ]
            try:
                if turn % 3 == 0:
                    actions.post_many(pair)
                elif turn % 3 == 1:
                    actions.reserve_many(pair)
                    actions.settle_many([(entry.key, None) for entry in pair])
                else:
                    linked = [Entry(e.key, e.debit, e.credit, e.amount_fen, about=key, linked=key)
                              for e in pair]  # fmt: skip
                    if isinstance(actions.post_each(linked)[0], Refused):
                        continue
            except Refused:
                continue
            _acknowledge(f"draw/{key}")


def _acknowledge(key: str) -> None:
    """Keep, outside the database, that the ledger said yes; one write is never torn."""
    handle = os.open(os.environ["CROWD_ACKNOWLEDGED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{key}\n".encode())
    os.close(handle)


def _acknowledged() -> set[str]:
    kept = Path(os.environ["CROWD_ACKNOWLEDGED"])
    return set(kept.read_text().split()) if kept.exists() else set()


def rush() -> dict[str, object]:
    """More asked than there is, every key twice, half killed in the middle, then all once more."""
    prepare(POOL_DRAWS * DRAW_FEN)
    failures = together(draw_all, killed=KILLED)
    halfway = stock()
    failures += together(draw_all)
    return {"failures": failures, "halfway": halfway, "end": stock()}


def stock() -> dict[str, object]:
    """The books as they stand."""
    from dengta.ledger import queries
    from dengta.ledger.models import Account, Transfer

    said = _acknowledged()
    draws = list(
        Transfer.objects.filter(of=None, debit__code="pool").values_list("key", "amount_fen")
    )
    caps = Account.objects.filter(code__startswith="cap/")
    return {
        "left": queries.balance("pool").left_fen,  # type: ignore[union-attr]
        "drawn": sum(amount for _, amount in draws),
        "draws": len(draws),
        "keys": len({key for key, _ in draws}),
        "caps_drawn": sum(cap.debits_posted_fen + cap.debits_pending_fen for cap in caps),
        "pending": queries.proof().debits_pending_fen,
        "differences": [str(difference) for difference in queries.recompute()],
        "balanced": queries.proof().balanced,
        "acknowledged": len(said),
        "forgotten": sorted(said - {key for key, _ in draws}),
    }


def crash() -> dict[str, object]:
    """PostgreSQL itself dies while all are drawing: what it keeps in memory alone is lost."""
    prepare(10**9)
    from django.db import OperationalError, connection

    from dengta.ledger.actions import Entry, post

    def draw_until_the_end(worker: int) -> None:
        for turn in itertools.count():
            key = f"draw/{worker}/{turn}"
            try:
                post(Entry(key, "pool", f"firm/{worker}", DRAW_FEN))
            except OperationalError:
                return
            _acknowledge(key)

    def kill_a_backend(seen: int) -> None:
        with connection.cursor() as cursor:
            while len(_acknowledged()) < seen:
                time.sleep(0.01)
            cursor.execute("SELECT pg_backend_pid()")
            # One backend killed makes the server throw its memory away and recover from the disk.
            os.kill(cursor.fetchone()[0], signal.SIGKILL)

    works = [lambda n: kill_a_backend(500), *[draw_until_the_end] * (WORKERS - 1)]
    failures = together(lambda n: works[n](n))
    for _ in range(100):
        try:
            connection.ensure_connection()
            break
        except OperationalError:
            time.sleep(0.1)
    return {"failures": failures, **stock()}


def one_draw_each(guard: str) -> dict[str, object]:
    """All look into the pool, then draw. With `guard` "none" only what they saw holds them back."""
    prepare(10 * DRAW_FEN, guard)
    seen = fork.Barrier(WORKERS)

    def look_then_draw(worker: int) -> None:
        from dengta.ledger import actions, queries

        found = queries.balance("pool")
        assert found is not None
        enough = found.credits_posted_fen - found.debits_posted_fen >= DRAW_FEN
        seen.wait()
        if enough:
            entry = actions.Entry(f"draw/{worker}", "pool", f"firm/{worker}", DRAW_FEN)
            try:
                actions.post(entry)
            except actions.Overspent:
                return

    failures = together(look_then_draw)
    from dengta.ledger import queries

    found = queries.balance("pool")
    assert found is not None
    return {
        "failures": failures,
        "left": found.credits_posted_fen - found.debits_posted_fen,
        "differences": [str(difference) for difference in queries.recompute()],
    }


def main(scenario: str) -> None:
    """Run one scenario and print what it saw."""
    django.setup()
    scenarios = {
        "rush": rush,
        "crash": crash,
        "guarded": lambda: one_draw_each("credits"),
        "unguarded": lambda: one_draw_each("none"),
    }
    print(json.dumps(scenarios[scenario](), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1])
