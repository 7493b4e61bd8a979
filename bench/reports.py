"""Row P: a thousand reports of a synthetic province as one job, and a warm compiler beside a cold
one.

The job is the one that an office starts: peers, changes, roadmap and programmes of each firm are
looked up, its paper is set, all go into one file. It runs in a process of its own, whose peak
memory is that of the job. The peer sets the same papers with a compiler made anew for each, as a
program that is started for each paper does; both must give the same bytes.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench import Side, compare

REPORTS = 1_000
LOOKED, COMPARED = 300, 40
SITE = "https://szh.example.org"


def run() -> list[dict[str, Any]]:
    """The job, then both compilers; each line of what the process of its own prints."""
    with tempfile.TemporaryDirectory(prefix="dengta-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if k != "DENGTA_DATABASE_URL"}
        environment |= {
            "DENGTA_DATA": folder,
            "DENGTA_SECRET_KEY": "only-for-measuring",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        }
        said = subprocess.run(
            [sys.executable, "-m", "bench.reports"],
            env=environment, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def _province() -> None:
    """Enterprises enough that a thousand of them are assessed and allow statistics."""
    import django

    django.setup()
    from django.core.management import call_command

    from dengta import demo

    call_command("migrate", verbosity=0)
    demo.ENTERPRISES, demo.PROVIDERS, demo.EXPERTS = REPORTS * 4 // 3 + 4, 4, 2
    demo.populate()


def _job() -> dict[str, Any]:
    """A thousand reports as one job: seconds, and the peak of memory before and after."""
    from dengta.accounts.models import User
    from dengta.funding.queries.vouchers import today
    from dengta.registry.queries import actor_of
    from dengta.reports.actions import batch, start_batch
    from dengta.reports.queries import NATIONAL, Choice

    province = actor_of(User.objects.get(username="province"))
    assert province is not None
    choice = Choice(NATIONAL, province.region)
    job = start_batch(province, choice, "zh-hans", SITE, key="measured", day=today())
    before, start, cpu = _peak_mb(), time.perf_counter(), time.process_time()
    batch.make_batch.call(job.pk)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    job.refresh_from_db()
    assert job.result is not None and not job.fault_count
    return {
        "row": "P. reports as one job",
        "reports": job.done,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "ms_each": round(seconds * 1000 / job.done, 1),
        "cpu_ms_each": round(cpu * 1000 / job.done, 1),
        "peak_mb": {"before": before, "after": _peak_mb()},
        "file_mb": job.result.size // 2**20,
    }


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _each() -> dict[str, Any]:
    """One report after the other, as pages ask for them: looked up, and set."""
    from dengta.assessment.models import Assessment
    from dengta.funding.queries.vouchers import today
    from dengta.reports.actions import render
    from dengta.reports.queries import report

    looked, drawn = [], []
    done = Assessment.objects.filter(state="submitted").select_related("organisation")
    for assessment in done.order_by("id")[:LOOKED]:
        start = time.perf_counter()
        told = report(assessment, today(), "zh-hans")
        middle = time.perf_counter()
        render(told, SITE)
        looked.append((middle - start) * 1000)
        drawn.append((time.perf_counter() - middle) * 1000)
    both = [one + two for one, two in zip(looked, drawn, strict=True)]
    return {
        "row": "P. one report at a time",
        "reports": len(both),
        "ms": {
            name: {"p50": round(statistics.median(of), 1), "max": round(max(of), 1)}
            for name, of in (("looked up", looked), ("set", drawn), ("both", both))
        },
    }


def _compilers() -> dict[str, Any]:
    """The same papers from one warm compiler, and from a new one for each."""
    import datetime as dt

    import typst

    from dengta.assessment.models import Assessment
    from dengta.core import typesetting
    from dengta.funding.queries.vouchers import today
    from dengta.reports.actions.paper import data_of
    from dengta.reports.queries import report

    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    done = Assessment.objects.filter(state="submitted").select_related("organisation")
    papers = [
        data_of(report(assessment, today(), "zh-hans"), SITE)
        for assessment in done.order_by("id")[:COMPARED]
    ]

    def warm() -> list[bytes]:
        return [typesetting.pdf("report", paper, moment) for paper in papers]

    def cold() -> list[bytes]:
        return [
            typst.compile(
                str(typesetting.PRESS / "report.typ"),
                root=str(typesetting.PRESS),
                font_paths=[str(typesetting.PRESS / "fonts")],
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"data": json.dumps(paper, ensure_ascii=False)},
                timestamp=int(moment.timestamp()),
                pdf_standards=["ua-1"],
            )
            for paper in papers
        ]

    def same(ours: list[bytes], theirs: list[bytes]) -> dict[str, Any]:
        if ours != theirs:
            raise AssertionError("the compilers give other bytes")
        return {"papers": len(ours), "different": 0}

    return compare(
        "F. a warm compiler",
        Side("warm compiler", warm),
        Side("a new compiler each", cold),
        same,
        size=COMPARED,
    )


def main() -> int:
    """Measure in this process and print a line for each result."""
    _province()
    for measured in (_job(), _each(), _compilers()):
        print(json.dumps(measured, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
