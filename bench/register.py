"""Row G from the tables: filings in SQLite and in PostgreSQL to hits.

Filings, each with an invoice line, a bank flow, a cost line and a photo, of firms of which some
share a phone or a legal person. Of a million: what one new claim takes, finding its hits over
indexes, and everything that entering it does beside. Of a tenth as many, or as many as are asked
for: the pass over all of them at night, by its stages, the first with all hits to be written and
the next with none; what both ways find of the same filings is held against each other.

DENGTA_BENCH_FILINGS and DENGTA_BENCH_NIGHT say how many, DENGTA_BENCH_DATABASES on what.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

from bench.duplicates import lines

SIZE = int(os.environ.get("DENGTA_BENCH_FILINGS", "1000000"))
NIGHT = int(os.environ.get("DENGTA_BENCH_NIGHT", "100000"))
DATABASES = os.environ.get("DENGTA_BENCH_DATABASES", "sqlite,postgresql").split(",")
FRESH = 500
SAMPLE = 200


def run() -> list[dict[str, Any]]:
    """Two rows for each database, of one register where both are to be of one size; each register
    in a process of its own."""
    works: dict[int, list[str]] = {}
    for work, size in (("pass at night", NIGHT), ("one claim", SIZE)):
        works.setdefault(size, []).append(work)
    found = []
    for database in DATABASES:
        for size, some in works.items():
            if size:
                with get_context("spawn").Pool(1) as pool:
                    found += pool.apply(measure, (database, some, size))
    return found


def measure(database: str, works: list[str], size: int) -> list[dict[str, Any]]:
    """A row for each of some works on one register."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dengta-bench-"))
        url = f"sqlite:///{folder}/bench.sqlite3"
        if database == "postgresql":
            from tests.postgres import cluster

            url = stack.enter_context(cluster(durable=True, settings={"shared_buffers": "1GB"}))
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

        from dengta.funding.actions.signs import refresh_ties

        call_command("migrate", verbosity=0)
        try:
            chance = random.Random(2028)
            texts = lines(size)
            _fill(texts, chance)
            ready = {"signs": _timed(_sign_all), "ties": _timed(refresh_ties)}
            rows = []
            for work in works:
                figures = _night(size) if work == "pass at night" else _one_by_one(texts, chance)
                whole = {"row": f"G. from the tables, {work}", "size": size, "database": database}
                beside = {"load": round(os.getloadavg()[0], 1)}
                rows.append(whole | ready | figures | beside)
            return rows
        finally:
            connections.close_all()


def _night(size: int) -> dict[str, Any]:
    """The first pass and the next; then the same by looking up a sample one by one."""
    from django.utils import timezone

    from dengta.funding.actions.screening import nightly

    now = timezone.now()
    figures: dict[str, Any] = {}
    for name in ("first pass", "next pass"):
        stages: dict[str, float] = {}
        with ExitStack() as stack:
            for owner, stage in _stages():
                stack.enter_context(_watched(owner, stage, stages))
            start, busy = time.perf_counter(), time.process_time()
            passed = nightly(at=now)
            seconds, processor = time.perf_counter() - start, time.process_time() - busy
        stages["judging, and the rest"] = processor - sum(stages.values())
        figures[name] = {
            "hits": passed.found,
            "opened": passed.opened,
            "seconds": round(seconds, 1),
            "processor seconds": round(processor, 1),
            "of these": {stage: round(taken, 2) for stage, taken in stages.items()},
        }
    figures["most held, bytes a filing"] = _memory() // size
    return figures | {"looked up one by one, equal": _equal()}


def _stages() -> list[tuple[Any, str]]:
    """The stages of a pass, by where each is found."""
    from dengta.funding.actions import screening
    from dengta.funding.queries.screening import Night

    whole = ("sign_stale", "refresh_ties", "standing", "_bring", "_lapse_still", "_mark")
    return [(Night, "read"), (Night, "hold_against"), *((screening, name) for name in whole)]


def _watched(owner: Any, stage: str, taken: dict[str, float]) -> Any:
    """While this lasts, the processor time of a function is added up under its name."""
    plain = getattr(owner, stage)

    def watched(*given: Any, **named: Any) -> Any:
        busy = time.process_time()
        try:
            return plain(*given, **named)
        finally:
            taken[stage] = taken.get(stage, 0.0) + time.process_time() - busy

    return patch.object(owner, stage, watched)


def _equal() -> int:
    """How many hits of a sample were looked up; AssertionError where the pass has others. The pass
    sees a pair from both sides, so what it alone has must be found from the other."""
    from django.utils import timezone

    from dengta.funding.models import Filing, Hit
    from dengta.funding.queries.screening import rules_on
    from dengta.funding.queries.signs import find

    by = rules_on(timezone.localdate())
    ids = list(Filing.objects.order_by("pk").values_list("pk", flat=True))
    sample = random.Random(2029).sample(ids, min(SAMPLE, len(ids)))
    count = 0
    for filing in Filing.objects.filter(pk__in=sample):
        mine = {one.key for one in find(filing, by)}
        rows = Hit.objects.filter(filing=filing) | Hit.objects.filter(other=filing)
        there = set(rows.values_list("filing_id", "other_id", "kind"))
        assert mine <= there, mine - there
        for key in there - mine:
            (other,) = {*key[:2]} - {filing.pk}
            assert key in {one.key for one in find(Filing.objects.get(pk=other), by)}, key
        count += len(there)
    return count


def _sign_all() -> None:
    """The signs of all filings; the indexes are built once they are there."""
    from django.db import connection
    from django.utils import timezone

    from dengta.funding.actions.signs import sign_stale
    from dengta.funding.models import ScreeningSign
    from dengta.funding.queries.screening import rules_on

    with connection.schema_editor() as editor:
        for index in ScreeningSign._meta.indexes:
            editor.remove_index(ScreeningSign, index)
    sign_stale(rules_on(timezone.localdate()))
    with connection.schema_editor() as editor:
        for index in ScreeningSign._meta.indexes:
            editor.add_index(ScreeningSign, index)
    with connection.cursor() as cursor:
        # What PostgreSQL's own housekeeping does soon after so many rows came.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _timed(work: Callable[[], object]) -> dict[str, float]:
    start, busy = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "processor seconds": round(time.process_time() - busy, 1),
    }


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
                industry_code="36", legal_person=f"p{chance.randrange(len(texts))}",
                phone=str(13_000_000_000 + chance.randrange(len(texts))), created_at=now,
            )
            for n in range(max(len(texts) // 5, 1))
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


def _one_by_one(texts: list[str], chance: random.Random) -> dict[str, Any]:
    """New claims, one after another: finding only, then entering with all that it writes."""
    from django.db import transaction
    from django.utils import timezone

    from dengta.funding.actions.register import Filed, enter, release
    from dengta.funding.models import Claim as Matter
    from dengta.funding.models import Filing
    from dengta.funding.queries.screening import rules_on
    from dengta.funding.queries.signs import find
    from dengta.registry.models import Organisation

    figures: dict[str, Any] = {}
    now, size = timezone.now(), len(texts)
    by = rules_on(timezone.localdate(now))
    took: dict[str, list[float]] = {"find": [], "find, processor": [], "enter, processor": []}
    hits = 0
    for n, firm in enumerate(Organisation.objects.order_by("pk")[:FRESH]):
        claim = _claim(size + n, firm, f"{chance.choice(texts)[:-1]}改", chance)
        matter = Matter(pk=10**9 + n, organisation=firm, payee=firm)
        filed = Filed(claim.id, firm, "pilot_city", 2026, claim, {f"{size + n:020}": 10**9})
        busy = time.process_time()
        with transaction.atomic():
            enter(matter, filed, at=now)
        took["enter, processor"].append(time.process_time() - busy)
        mine = Filing.objects.get(number=claim.id)
        start, busy = time.perf_counter(), time.process_time()
        hits += len(find(mine, by))
        took["find"].append(time.perf_counter() - start)
        took["find, processor"].append(time.process_time() - busy)
        release(matter, at=now)
    figures["hits"] = hits
    return figures | {f"{work} ms": _spread(seconds) for work, seconds in took.items()}


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1_000 * one for one in seconds)
    return {
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[len(ordered) * 95 // 100], 3),
        "p99": round(ordered[len(ordered) * 99 // 100], 3),
        "slowest": round(ordered[-1], 3),
    }
