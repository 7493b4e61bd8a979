"""Row C: draws on one hot pool, durable, under two ceilings, each key once; PostgreSQL of our own.

The peer is Django's ORM as its documentation teaches it, on the very same tables: lock with
`select_for_update`, look, decide, save. Both draw for the same firms with the same keys, some keys
twice, and more than the pool holds; what they leave behind must be equal before anything is timed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from bench import Side, compare, rush
from tests.postgres import cluster

PROCESSES = 8
DRAWS = 1_600
BATCHED = 20_000
BATCH = 1_000
DRAW_FEN = 1_000
FIRMS = 400

fork = get_context("fork")


class Draw(NamedTuple):
    """One request: its key and the firm that asks."""

    key: str
    firm: int


def run() -> list[dict[str, Any]]:
    """Singly and as linked pairs from eight processes, from eight threads, and by the thousand."""
    with cluster(durable=True) as url:
        os.environ["DENGTA_DATABASE_URL"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "dengta.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", "ledger", verbosity=0)
        return [
            _measured("C. one draw, 8 processes", DRAWS, PROCESSES, ours_single, orm_single),
            _measured("C. one linked pair, 8 processes", DRAWS, PROCESSES, ours_pair, orm_pair),
            _measured(
                "C. one draw, 8 threads", DRAWS, 1, _threads(ours_single), _threads(orm_single)
            ),
            _measured("C. batches of 1000", BATCHED, 1, ours_batched, orm_batched),
            *rush.rows(url),
        ]


def _measured(
    row: str, size: int, processes: int, ours: Callable[..., None], orm: Callable[..., None]
) -> dict[str, Any]:
    with _crowd(processes, ours, size) as we, _crowd(processes, orm, size) as they:
        left: list[dict[str, int]] = []

        def fresh() -> None:
            left.append(_stock())
            _fresh(size)

        return compare(
            row,
            Side("ledger", we, fresh),
            Side("django select_for_update", they, fresh),
            lambda *_: _equal(left[-1], _stock()),
            size=size,
        )


# ---------------------------------------------------------------- the same work for both


def _draws(size: int, process: int, processes: int) -> list[Draw]:
    """A process's share: keys in an order of its own; every fiftieth key is asked for again."""
    mine = [Draw(f"draw/{n}", n * 7919 % FIRMS) for n in range(process, size, processes)]
    return [again for n, draw in enumerate(mine) for again in (draw,) * (2 if n % 50 == 0 else 1)]


def _fresh(size: int) -> None:
    """Empty books, a pool for nine tenths of what will be asked, and a ceiling for each firm."""
    from django.db import connection

    from dengta.ledger import actions
    from dengta.ledger.actions import Entry

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_transfer, ledger_account")
        actions.open_accounts({"treasury": "财政专户", "used": "已用额度"})
        actions.open_account("pool", "资金池", "credits")
        actions.open_accounts({f"room/{n}": f"企业 {n}" for n in range(FIRMS)}, "debits")
        actions.open_accounts({f"cap/{n}": f"额度 {n}" for n in range(FIRMS)}, "credits")
        actions.open_accounts({f"firm/{n}": f"企业 {n}" for n in range(FIRMS)})
        most = size // FIRMS * DRAW_FEN
        actions.post_each(
            [Entry("fund", "treasury", "pool", size * 9 // 10 * DRAW_FEN)]
            + [Entry(f"room/{n}", f"room/{n}", "treasury", most) for n in range(FIRMS)]
            + [Entry(f"cap/{n}", "treasury", f"cap/{n}", most) for n in range(FIRMS)]
        )
        cursor.execute("VACUUM ANALYZE ledger_account, ledger_transfer")
        cursor.execute("CHECKPOINT")


def _stock() -> dict[str, int]:
    """What a run leaves behind: drawn in all, draws, different keys, left, wrong totals."""
    from dengta.ledger import queries
    from dengta.ledger.models import Transfer

    drawn = list(Transfer.objects.filter(debit__code="pool").values_list("key", "amount_fen"))
    pool = queries.balance("pool")
    return {
        "drawn_fen": sum(amount for _, amount in drawn),
        "draws": len(drawn),
        "keys": len({key for key, _ in drawn}),
        "left_fen": -1 if pool is None or pool.left_fen is None else pool.left_fen,
        "differences": len(queries.recompute()),
    }


def _equal(ours: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    if ours != theirs or ours["draws"] != ours["keys"] or ours["left_fen"] or ours["differences"]:
        raise AssertionError(f"not equal, or not sound: {ours} {theirs}")
    return ours


@contextmanager
def _crowd(processes: int, draw: Callable[..., None], size: int) -> Iterator[Callable[[], None]]:
    """Processes with their connections open, who all draw when the returned function is called."""
    from django.db import connections

    connections.close_all()  # a connection that crosses a fork belongs to nobody
    ends: list[Connection] = []
    crowd = []
    for process in range(processes):
        end, other = fork.Pipe()
        crowd.append(
            fork.Process(target=_serve, args=(other, draw, _draws(size, process, processes)))
        )
        crowd[-1].start()
        ends.append(end)

    def all_draw() -> None:
        for end in ends:
            end.send(True)
        for end in ends:
            end.recv()

    try:
        yield all_draw
    finally:
        for end in ends:
            end.send(False)
        for worker in crowd:
            worker.join()


def _serve(end: Connection, draw: Callable[..., None], draws: list[Draw]) -> None:
    from django.db import connection

    connection.ensure_connection()
    while end.recv():
        draw(draws)
        end.send(True)


def _threads(draw: Callable[..., None]) -> Callable[..., None]:
    """The same from eight threads of one process, as a web worker has them."""
    pool: list[ThreadPoolExecutor] = []  # started after the fork, its connections stay open

    def all_threads(draws: list[Draw]) -> None:
        if not pool:
            pool.append(ThreadPoolExecutor(PROCESSES))
        list(pool[0].map(draw, [draws[n::PROCESSES] for n in range(PROCESSES)]))

    return all_threads


def _batches(draws: Sequence[Draw]) -> Iterator[list[Draw]]:
    turn = iter(draws)
    while batch := list(islice(turn, BATCH)):
        yield batch


# ---------------------------------------------------------------- ours


def ours_single(draws: Iterable[Draw]) -> None:
    """One transfer, guarded on both sides."""
    from dengta.ledger.actions import Entry, Overspent, post

    for key, firm in draws:
        try:
            post(Entry(key, "pool", f"room/{firm}", DRAW_FEN))
        except Overspent:
            continue


def ours_pair(draws: Iterable[Draw]) -> None:
    """Two transfers, all or none: the pool's money and the firm's yearly allowance."""
    from dengta.ledger.actions import Entry, Overspent, post_many

    for key, firm in draws:
        money = Entry(key, "pool", f"firm/{firm}", DRAW_FEN)
        try:
            post_many([money, Entry(f"cap/{key}", f"cap/{firm}", "used", DRAW_FEN)])
        except Overspent:
            continue


def ours_batched(draws: Sequence[Draw]) -> None:
    """A thousand at once, each accepted or refused on its own."""
    from dengta.ledger.actions import Entry, post_each

    for batch in _batches(draws):
        post_each([Entry(key, "pool", f"room/{firm}", DRAW_FEN) for key, firm in batch])


# ---------------------------------------------------------------- the peer


def orm_single(draws: Iterable[Draw]) -> None:
    """Lock both rows, look for the key, look at both ceilings, create, save, save."""
    for key, firm in draws:
        _orm_draw([(key, "pool", f"room/{firm}")])


def orm_pair(draws: Iterable[Draw]) -> None:
    """The same for four rows and two transfers."""
    for key, firm in draws:
        _orm_draw([(key, "pool", f"firm/{firm}"), (f"cap/{key}", f"cap/{firm}", "used")])


def _orm_draw(moves: Sequence[tuple[str, str, str]]) -> None:
    from django.db import transaction
    from django.utils import timezone

    from dengta.ledger.models import Account, Transfer

    codes = [code for _, debit, credit in moves for code in (debit, credit)]
    with transaction.atomic():
        locked = Account.objects.select_for_update().filter(code__in=codes).order_by("id")
        accounts = {account.code: account for account in locked}
        if Transfer.objects.filter(key=moves[0][0]).exists():
            return
        if any(_orm_left(account) < DRAW_FEN for account in accounts.values()):
            return
        for key, debit, credit in moves:
            Transfer.objects.create(
                key=key, step="post", debit=accounts[debit], credit=accounts[credit],
                amount_fen=DRAW_FEN, booked_at=timezone.now(),
            )  # fmt: skip
            accounts[debit].debits_posted_fen += DRAW_FEN
            accounts[debit].save(update_fields=["debits_posted_fen"])
            accounts[credit].credits_posted_fen += DRAW_FEN
            accounts[credit].save(update_fields=["credits_posted_fen"])


def _orm_left(account: Any) -> int:
    if account.guard == "credits":
        return int(account.credits_posted_fen - account.debits_posted_fen)
    if account.guard == "debits":
        return int(account.debits_posted_fen - account.credits_posted_fen)
    return DRAW_FEN


def orm_batched(draws: Sequence[Draw]) -> None:
    """The batch as the ORM offers it: lock all, decide in memory, bulk_create, bulk_update."""
    from django.db import transaction
    from django.utils import timezone

    from dengta.ledger.models import Account, Transfer

    for batch in _batches(draws):
        codes = {"pool", *(f"room/{draw.firm}" for draw in batch)}
        with transaction.atomic():
            locked = Account.objects.select_for_update().filter(code__in=codes).order_by("id")
            accounts = {account.code: account for account in locked}
            keys = [draw.key for draw in batch]
            known = set(Transfer.objects.filter(key__in=keys).values_list("key", flat=True))
            created = []
            for key, firm in batch:
                pool, room = accounts["pool"], accounts[f"room/{firm}"]
                if key in known or min(_orm_left(pool), _orm_left(room)) < DRAW_FEN:
                    continue
                known.add(key)
                created.append(
                    Transfer(
                        key=key, step="post", debit=pool, credit=room, amount_fen=DRAW_FEN,
                        booked_at=timezone.now(),
                    )
                )  # fmt: skip
                pool.debits_posted_fen += DRAW_FEN
                room.credits_posted_fen += DRAW_FEN
            Transfer.objects.bulk_create(created)
            totals = ["debits_posted_fen", "credits_posted_fen"]
            Account.objects.bulk_update(accounts.values(), totals)
