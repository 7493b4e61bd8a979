"""Row H: earlier results from a spreadsheet, ours beside a loop over the rows.

The peer is what one would write first: open the workbook, and for each row look the firm up, check
it and `update_or_create` the result. Both read the same seeded file with the same reader of xlsx;
what they leave behind must be equal before anything is timed. Ours also tells every fault by cell,
holds score and level against each other, and gives back what it could not record.

Then ours alone at 100,000 rows, on SQLite and PostgreSQL, each in a process of its own: seconds and
the most memory that it took.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import Side, compare
from tests.postgres import cluster

FIRMS = 2_000
ROWS = 5_000
WHOLE = 100_000
FIRST_DAY = dt.date(2022, 5, 1)
STRANGERS = 50
"""Every so many rows name a firm that is not registered."""


def run() -> list[dict[str, Any]]:
    """Beside the loop at 5,000 rows; then alone at 100,000 on both engines."""
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder), f"sqlite:///{folder}/bench.sqlite3")
        beside = _beside(Path(folder))
    return [beside, *(_whole(engine) for engine in ("sqlite", "postgresql"))]


def _prepare(folder: Path, url: str) -> None:
    """Django on an empty database with firms in it."""
    os.environ |= {
        "DENGTA_DATABASE_URL": url,
        "DENGTA_DATA": str(folder),
        "DENGTA_SECRET_KEY": "only-for-measuring",
        "DJANGO_SETTINGS_MODULE": "dengta.settings",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from dengta.core.codes import make_uscc
    from dengta.registry.models import Organisation

    call_command("migrate", verbosity=0)
    Organisation.objects.bulk_create(
        Organisation(
            uscc=make_uscc("420102", n),
            name=f"演示企业{n:05d}有限公司",
            kind="enterprise",
            region_code="420102",
            industry_code="36",
            created_at=timezone.now(),
        )
        for n in range(FIRMS)
    )


def _file(path: Path, rows: int) -> None:
    """A seeded workbook: days of the 2022 edition, scores, levels that agree with them."""
    from dengta.core.codes import make_uscc
    from dengta.core.outgoing import Workbook
    from dengta.core.recorded import COLUMNS

    chance = random.Random(2022)
    book = Workbook(path)
    table = book.sheet("结果", [column.names[0] for column in COLUMNS])
    for n in range(rows):
        firm = n % FIRMS
        score = chance.randrange(10_000) / 100
        level = ["无等级", "一级", "二级", "三级", "四级"][int(min(score // 20, 4))]
        day = FIRST_DAY + dt.timedelta(days=n // FIRMS)
        known = n % STRANGERS != STRANGERS - 1
        code = make_uscc("420102", firm if known else 500_000 + n)
        name = f"演示企业{firm:05d}有限公司"
        table.row((code, name, "miit-2022", day, score, level, "全市测评"))
    book.close()


def _beside(folder: Path) -> dict[str, Any]:
    from dengta.assessment.models import RecordedResult

    path = folder / "rows.xlsx"
    _file(path, ROWS)

    def fresh() -> None:
        RecordedResult.objects.all().delete()

    def left() -> list[tuple[Any, ...]]:
        return sorted(
            RecordedResult.objects.values_list(
                "organisation__uscc", "assessed_date", "score_milli", "level", "basis"
            )
        )

    def same(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> dict[str, Any]:
        if ours != theirs:
            raise ValueError("the two leave different results behind")
        return {"recorded": len(ours), "different": 0}

    return compare(
        "H. earlier results from a spreadsheet",
        Side("import as a job", lambda: (_ours(path), left())[1], fresh),
        Side("update_or_create for each row", lambda: (_loop(path), left())[1], fresh),
        same,
        size=ROWS,
    )


_serial = 0


def _ours(path: Path) -> Any:
    """The whole of the work behind the page."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from dengta.accounts.queries import Actor
    from dengta.assessment.actions.importing import record_results
    from dengta.core.shapes import Text
    from dengta.trail.actions import keep_document, open_job

    global _serial
    _serial += 1
    office = Actor(0, "市经信局", "city", "420100")
    source = keep_document(
        SimpleUploadedFile("rows.xlsx", path.read_bytes()), by=office, most_bytes=1 << 30
    )
    job, _ = open_job(
        office,
        "record_results",
        Text("导入", "Import"),
        key=f"bench/{_serial}",
        arguments={"instrument": "", "correct": False, "region": "420100"},
        source=source,
    )
    record_results.call(job.pk)
    job.refresh_from_db()
    assert not job.failure, job.failure
    return job


def _loop(path: Path) -> None:
    """Row by row, as one would begin."""
    from decimal import Decimal

    from django.utils import timezone
    from python_calamine import load_workbook

    from dengta.assessment.models import RecordedResult
    from dengta.registry.models import Organisation

    levels = {"无等级": 0, "一级": 1, "二级": 2, "三级": 3, "四级": 4}
    rows = load_workbook(path).get_sheet_by_index(0).iter_rows()
    next(rows)
    for code, name, instrument, day, score, level, basis in rows:
        firm = Organisation.objects.filter(uscc=code, region_code__startswith="4201").first()
        if firm is None or firm.name != name:
            continue
        RecordedResult.objects.update_or_create(
            organisation=firm,
            instrument=instrument,
            assessed_date=day,
            defaults={
                "score_milli": int(Decimal(repr(score)) * 1000),
                "level": levels[str(level)],
                "basis": basis,
                "at": timezone.now(),
            },
        )


# ---------------------------------------------------------------- the whole


def _whole(engine: str) -> dict[str, Any]:
    """100,000 rows in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            return _apart(folder, f"sqlite:///{folder}/bench.sqlite3", engine)
        with cluster(durable=True) as url:
            return _apart(folder, url, engine)


def _apart(folder: str, url: str, engine: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.imports", folder, url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured: dict[str, Any] = json.loads(done.stdout)
    return {"row": f"H. 100,000 rows on {engine}", **measured}


def main(folder: str, url: str) -> None:
    """Import once and say how long it took and how much memory."""
    _prepare(Path(folder), url)
    path = Path(folder) / "rows.xlsx"
    _file(path, WHOLE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    job = _ours(path)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "size": WHOLE,
                "seconds": round(seconds, 1),
                "processor_seconds": round(busy, 1),
                "per_second": round(WHOLE / seconds),
                "recorded": job.summary[0]["count"],
                "sent_back": job.fault_count,
                "megabytes": most // 1024,
                "megabytes_before": before // 1024,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
