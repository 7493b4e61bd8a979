"""The queue of long work, worked through in this process by the worker that the platform runs."""

from __future__ import annotations

from unittest import mock

from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult


def work() -> None:
    """Do all that waits. A task that failed in a way nobody expected is an error here.

    The worker closes connections that are in a transaction it did not begin; a test's is.
    """
    worker = db_worker.Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="tests",
        excluded_queue_names=[],
    )
    with mock.patch.object(db_worker, "close_old_connections"):
        worker.run()
    broken = DBTaskResult.objects.failed().first()
    assert broken is None, broken.traceback
