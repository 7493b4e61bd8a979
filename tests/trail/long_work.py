"""Real workers at one import, one of them killed in the middle: `python -m tests.trail.long_work`.

Played twice: as the platform is, and as a negative control in which nobody takes up what a dead
worker left. Prints what was seen as JSON. The database is that of DENGTA_DATABASE_URL;
nobody else may be in it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django

ROWS, SHARED_ROWS, FIRMS = 24_000, 8_000, 20
"""Rows of the file whose worker is killed, and of the one that two workers write at once."""
FIRST_DAY = dt.date(2022, 5, 1)
PATIENCE = 120


def until(seen: Callable[[], bool], what: str) -> None:
    """Wait for something to be seen."""
    end = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)


def worker(*arguments: str) -> subprocess.Popen[bytes]:
    """A worker as an administrator would start it; silence is death after four seconds."""
    command = [sys.executable, "-m", "dengta", *arguments]
    return subprocess.Popen(command, env={**os.environ, "DENGTA_JOB_SILENCE": "4"})


class Stage:
    """An office with firms, and a file of earlier results of theirs."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.firms = [self.cast.enrol(f"firm-{n}").organisation for n in range(FIRMS)]

    def handed_in(self, name: str, by: Any = None, rows: int = ROWS) -> Any:
        """A job for a file that takes some seconds; `name` goes into its rows."""
        from dengta.assessment.actions import import_results
        from tests.tables import HEADING, comma_separated, uploaded

        by = by or self.cast.city
        each = rows // FIRMS
        table = [
            (firm.uscc, firm.name, "miit-2022", FIRST_DAY + dt.timedelta(days=n), 50, "", name)
            for firm in self.firms
            for n in range(each)
        ]
        content = comma_separated([HEADING, *table])
        job, new = import_results(by, uploaded(content, f"{name}.csv", by))
        assert new
        return job

    def killed_in_the_middle(self, job: Any) -> dict[str, Any]:
        """A worker is killed without warning as soon as it has done a part."""
        from dengta.assessment.models import RecordedResult

        first = worker("worker")

        def begun() -> bool:
            job.refresh_from_db()
            return bool(job.done)

        until(begun, "a worker to begin")
        first.send_signal(signal.SIGKILL)
        first.wait()
        job.refresh_from_db()
        return {"running": job.running, "part": 0 < RecordedResult.objects.count() < ROWS}

    def as_the_platform_is(self) -> dict[str, Any]:
        """Another worker takes up what the dead one left."""
        from dengta.assessment.models import RecordedResult

        RecordedResult.objects.all().delete()
        job = self.handed_in("第一次")
        seen = self.killed_in_the_middle(job)
        second = worker("worker")

        def ended() -> bool:
            job.refresh_from_db()
            return bool(job.finished)

        try:
            until(ended, "the second worker to end the job")
        finally:
            second.terminate()
        return seen | {
            "ended_politely": second.wait(timeout=PATIENCE) == 0,
            "attempts": job.attempt,
            "failure": job.failure,
            "faults": job.fault_count,
            "new": next(line["count"] for line in job.summary if line["zh"] == "新记录"),
            "rows": RecordedResult.objects.count(),
        }

    def without_anybody_looking(self) -> dict[str, Any]:
        """The library's own worker takes only what waits: what was begun stays begun for ever."""
        from dengta.trail.actions import finish_job

        job = self.handed_in("对照")
        seen = self.killed_in_the_middle(job)
        other = worker("django", "db_worker", "--batch", "--no-startup-delay")
        other.wait(timeout=PATIENCE)
        job.refresh_from_db()
        stuck = {"still_running": job.running, "attempts": job.attempt}
        finish_job(job)  # or the next worker would take it up after all
        return seen | stuck

    def two_at_once(self) -> dict[str, Any]:
        """Two offices hand in the same rows, and two workers write them at the same time."""
        from dengta.assessment.models import RecordedResult

        RecordedResult.objects.all().delete()
        rows = SHARED_ROWS
        jobs = [
            self.handed_in(f"第{n}份", by, rows)
            for n, by in enumerate((self.cast.city, self.cast.province), 2)
        ]
        crowd = [worker("worker", "--batch") for _ in jobs]
        codes = [each.wait(timeout=PATIENCE) for each in crowd]
        for job in jobs:
            job.refresh_from_db()
        counts = [{line["zh"]: line["count"] for line in job.summary} for job in jobs]
        new, same = (sum(count[name] for count in counts) for name in ("新记录", "已有且一致"))
        return {
            "codes": codes,
            "failures": [job.failure for job in jobs],
            "faults": [job.fault_count for job in jobs],
            "once": new == same == rows == RecordedResult.objects.count(),
        }


def main() -> None:
    """Play both and print what was seen."""
    django.setup()
    stage = Stage()
    seen = {
        "control": stage.without_anybody_looking(),
        "seen": stage.as_the_platform_is(),
        "crowd": stage.two_at_once(),
    }
    print(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main()
