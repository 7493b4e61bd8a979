"""Vouchers in one batch of 100,000, from a list as an office uploads it, on SQLite and PostgreSQL.

The list holds faults: a code that nobody has in every hundredth row, and a firm a second time. The
pool holds less than all would draw. Worked through twice: the second time issues nothing. There is
no peer.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from typing import Any

from bench import apart
from tests.postgres import cluster

FIRMS = int(os.environ.get("DENGTA_BENCH_ISSUED", "100000"))
FACE_FEN = 300_000
SHORT = 100
"""Of so many firms one gets nothing, as the pool ends before."""


def run() -> list[dict[str, Any]]:
    """One row for each engine, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, cluster(durable=True) as postgres:
        urls = {"SQLite": f"sqlite:///{folder}/issuing.sqlite3", "PostgreSQL": postgres}
        return [_row(name, url, folder) for name, url in urls.items()]


def _row(name: str, url: str, folder: str) -> dict[str, Any]:
    seen = apart("bench.issuing", url, DENGTA_DATA=f"{folder}/{name}")
    return {"row": f"C. {FIRMS} vouchers in one batch, {name}", **seen}


def main() -> None:
    """Issue them once and once more on the database of DENGTA_DATABASE_URL; print what was seen."""
    import django

    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command

    from bench.rush import firms, pool_of
    from dengta.accounts.queries import Actor
    from dengta.funding.actions.issuing import Batch, start_issuance
    from dengta.trail.actions import keep_document

    call_command("migrate", verbosity=0)
    codes = [firm.uscc for firm in firms(FIRMS)]
    pool = pool_of((FIRMS - FIRMS // SHORT) * FACE_FEN)
    rows = ["统一社会信用代码"]
    for n, code in enumerate(codes):
        rows.append(code)
        if n % 100 == 0:
            rows += ["91420102MA4KXXXX0X", code]
    office = Actor(0, "省经信厅", "province", "420000")
    file = SimpleUploadedFile("名单.csv", "\n".join(rows).encode(), content_type="text/csv")
    source = keep_document(file, by=office)
    facts = {"cloud_depth": "resource"}
    figures: list[dict[str, float]] = []
    for title in ("第一批", "第二批"):
        issuance, _ = start_issuance(office, Batch("cloud-coupon", title, "纪要", facts, source))
        figures.append(_worked())
        issuance.refresh_from_db()
        figures[-1] |= {"listed": issuance.asked, "issued": issuance.issued}
    print(json.dumps(_seen(pool, figures)))


def _worked() -> dict[str, float]:
    """Everything that waits is done; seconds by the clock and of the processor."""
    from tests.working import work

    begun, busy = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "processor_s": round(time.process_time() - busy, 1),
    }


def _seen(pool: str, figures: list[dict[str, float]]) -> dict[str, Any]:
    """Figures of both; AssertionError for whatever must not be."""
    from dengta.funding.models import Voucher
    from dengta.ledger import queries as books
    from dengta.trail.models import Job

    balance = books.balance(pool)
    faults = [len(job.faults) for job in Job.objects.order_by("pk")]
    seen = {
        "first": figures[0], "again": figures[1], "faults_kept": faults,
        "left_fen": balance.left_fen if balance else None,
        "duplicates": Voucher.objects.count()
        - Voucher.objects.values("organisation").distinct().count(),
        "differences": len(books.recompute()),
        "most_held_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    assert figures[0]["issued"] == FIRMS - FIRMS // SHORT, seen
    assert not (figures[1]["issued"] or seen["left_fen"] or seen["duplicates"]), seen
    assert not seen["differences"], seen
    return seen


if __name__ == "__main__":
    main()
