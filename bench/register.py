"""Row G from the tables: filings in PostgreSQL (and in SQLite) to hits.

So many filings, each with an invoice line, a bank flow, a cost line and a photo, of firms of which
some share a phone or a legal person: how long it takes a process to hold them and how much memory,
what one new claim takes (finding its hits, and everything that entering it does), and the pass over
all of them at night, the first with all hits to be written and the next with none.

DENGTA_BENCH_FILINGS says how many.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import resource
import tempfile
import time
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any

from bench.duplicates import _spread, lines

SIZE = int(os.environ.get("DENGTA_BENCH_FILINGS", "1000000"))
FRESH = 300


def run() -> list[dict[str, Any]]:
    """One row for each database, each in a process of its own."""
    found = []
    for database in ("postgresql", "sqlite"):
        with get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(measure, (database,)))
    return found


def measure(database: str) -> dict[str, Any]:
    """One row."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dengta-bench-"))
        url = f"sqlite:///{folder}/bench.sqlite3"
        if database == "postgresql":
            from tests.postgres import cluster

            url = stack.enter_context(cluster(durable=True))
        os.environ |= {
            "DENGTA_DATABASE_URL": url,
            "DENGTA_DATA": folder,
            "DENGTA_SECRET_KEY": "only-for-the-benchmark",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        try:
            figures = _figures()
        finally:
            connections.close_all()
    return {"row": "G. from the tables", "size": SIZE, "database": database} | figures


def _figures() -> dict[str, Any]:
    from django.utils import timezone

    from dengta.funding.actions.screening import nightly
    from dengta.funding.queries import screening as boards

    chance = random.Random(2028)
    texts = lines(SIZE)
    _fill(texts, chance)
    before, start = _memory(), time.perf_counter()
    now = timezone.now()
    with boards.turn:
        held = boards.board(timezone.localdate(now), build=True)
        assert held is not None
        held.catch_up()
    figures: dict[str, Any] = {
        "held in seconds": round(time.perf_counter() - start, 1),
        "bytes a filing": (_memory() - before) // SIZE,
    }
    figures |= _one_by_one(held, texts, chance)
    boards.forget()
    del held
    for name in ("first", "next"):
        start, busy = time.perf_counter(), time.process_time()
        passed = nightly(at=now)
        figures[f"{name} pass"] = {
            "hits": passed.found,
            "opened": passed.opened,
            "seconds": round(time.perf_counter() - start, 1),
            "processor seconds": round(time.process_time() - busy, 1),
        }
    return figures


def _memory() -> int:
    """The most that was held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _fill(texts: list[str], chance: random.Random) -> None:
    """The firms and their filings."""
    from django.utils import timezone

    from dengta.funding.models import Filing
    from dengta.funding.queries.register import content_of
    from dengta.registry.models import Organisation

    now = timezone.now()
    firms = Organisation.objects.bulk_create(
        (
            Organisation(
                uscc=f"{n:018}", name=f"企业{n}", kind="enterprise", region_code="420102",
                industry_code="36", legal_person=f"p{chance.randrange(SIZE)}",
                phone=str(13_000_000_000 + chance.randrange(SIZE)), created_at=now,
            )
            for n in range(max(SIZE // 5, 1))
        ),
        batch_size=5_000,
    )  # fmt: skip
    for at in range(0, len(texts), 5_000):
        some = enumerate(texts[at : at + 5_000], start=at)
        claims = [(n, _claim(n, firms[n // 5 % len(firms)], text, chance)) for n, text in some]
        Filing.objects.bulk_create(
            Filing(
                flow="claim", thing_id=n, number=claim.id, organisation=firms[n // 5 % len(firms)],
                programme="pilot_city", year=2026, amount_fen=claim.amount_fen,
                content=content_of(claim), filed_at=now, changed_at=now - dt.timedelta(hours=1),
            )
            for n, claim in claims
        )  # fmt: skip


def _claim(n: int, firm: Any, text: str, chance: random.Random) -> Any:
    from dengta.core.claims import Claim, Described, Key, Photo

    amount = chance.randrange(100_000, 20_000_000)
    return Claim(
        f"SL{n:09}", firm.uscc, amount, (f"{n % 700:018}",),
        (Key("invoice", f"{n:020}#1", amount), Key("bank_flow", f"F{n}", amount)),
        (Described(text, amount),), (Photo(f"{chance.getrandbits(64):016x}", amount),),
    )  # fmt: skip


def _one_by_one(held: Any, texts: list[str], chance: random.Random) -> dict[str, Any]:
    """New claims, one after another: finding only, then entering with all that it writes."""
    from django.db import transaction
    from django.utils import timezone

    from dengta.funding.actions.register import Filed, enter, release
    from dengta.funding.models import Claim as Matter
    from dengta.funding.models import Filing
    from dengta.funding.queries import screening as boards
    from dengta.registry.models import Organisation

    now = timezone.now()
    took: dict[str, list[float]] = {"find": [], "find, processor": [], "enter": []}
    firms = list(Organisation.objects.order_by("pk")[:FRESH])
    for n, firm in enumerate(firms):
        claim = _claim(SIZE + n, firm, f"{chance.choice(texts)[:-1]}改", chance)
        matter = Matter(pk=10**9 + n, organisation=firm, payee=firm)
        filed = Filed(claim.id, firm, "pilot_city", 2026, claim, {f"{SIZE + n:020}": 10**9})
        start = time.perf_counter()
        with transaction.atomic():
            enter(matter, filed, at=now)
        took["enter"].append(time.perf_counter() - start)
        mine = Filing.objects.get(number=claim.id)
        start, busy = time.perf_counter(), time.process_time()
        with boards.turn:
            held.catch_up(parties={firm.uscc, *claim.suppliers})
            held.find(mine)
        took["find"].append(time.perf_counter() - start)
        took["find, processor"].append(time.process_time() - busy)
        release(matter, at=now)
    return {f"{work} ms": _spread(seconds) for work, seconds in took.items()}
