"""The queue of long work, worked through in this process by the worker that the platform runs."""

from __future__ import annotations

from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult


def work() -> None:
    """Do all that waits. A task that failed in a way nobody expected is an error here."""
    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="tests",
        excluded_queue_names=[],
    ).run()
    broken = DBTaskResult.objects.failed().first()
    assert broken is None, broken.traceback
