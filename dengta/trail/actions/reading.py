"""Reading of spreadsheets that somebody handed in: workbooks in a process of their own, so that a
damaged one ends that process and not the worker or the pages."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django_tasks.base import Task

import dengta
from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.core.sheet_stream import received
from dengta.core.sheets import Sheet, SheetError, is_workbook, sheets
from dengta.trail.actions import StepRefused, enqueue_job
from dengta.trail.models import Document, Job

__all__ = ["enqueue_import", "opened_sheets"]

log = logging.getLogger("dengta.reading")

_ROOT = str(Path(dengta.__file__).parents[1])


def enqueue_import(
    actor: Actor, task: Task[[int], None], name: Text, source: Document, *,
    stem: str, arguments: Mapping[str, Any],
) -> tuple[Job, bool]:  # fmt: skip
    """A job that takes a file in, and whether it is new. `stem` (64 characters at most) says which
    file of whom for what: that is one job, until it failed or rows of it went back."""
    earlier = Job.objects.filter(key__startswith=f"{stem}/").order_by("-id").first()
    if earlier is not None and not (earlier.finished and (earlier.failed or earlier.fault_count)):
        return earlier, False
    number = 1 if earlier is None else int(earlier.key.rsplit("/", 1)[1]) + 1
    return enqueue_job(
        actor, task, name, key=f"{stem}/{number}", arguments=arguments, source=source
    )


@contextmanager
def opened_sheets(path: Path, name: str) -> Iterator[Iterator[Sheet]]:
    """The sheets of a file, in order, while the block lasts; `name` is what its owner calls it.

    Take the rows of one before asking for the next. StepRefused names the file and the mend when it
    is no spreadsheet, or when reading it takes the reader down. A csv is read here: its reader
    allocates by what is there, not by what the file says of itself.
    """
    try:
        if is_workbook(path):
            with tempfile.TemporaryFile() as out:
                _read_apart(path, name, out)
                yield received(out)
        else:
            yield sheets(path, name)
    except SheetError as unreadable:
        raise StepRefused(unreadable.message) from unreadable


def _read_apart(path: Path, name: str, out: BinaryIO) -> None:
    """Have another process read a workbook to `out`. SheetError when that process breaks down."""
    command = [sys.executable, "-m", "dengta.core.sheet_stream", str(path), name]
    places = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip
    if done.returncode:
        why = done.stderr[:200].decode(errors="replace")
        log.warning("the reader of %s ended with %s: %s", path, done.returncode, why)
        raise SheetError(
            f"{name} 读到一半读不下去：文件已损坏，或表格延伸得太远。请用表格软件打开，把要导入的行"
            "复制到新文件，另存为 xlsx 后上传。",
            f"{name} cannot be read to its end: it is damaged, or its cells reach too far. Open it,"
            " copy the rows to import into a new file, save that as xlsx, and upload.",
        )
    out.seek(0)
