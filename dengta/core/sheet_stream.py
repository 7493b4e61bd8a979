"""The sheets of a file as a stream of bytes, so that one process can read them for another.

The reader of workbooks allocates by what a file says of itself: damage, or one stray cell far off,
can make it abort the process it runs in, and no `except` sees that. `python -m` this module reads
one file under limits of its own; `trail.actions.reading` starts it.
"""

from __future__ import annotations

import pickle
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from dengta.core.sheets import Cell, Sheet, SheetError, sheets
from dengta.core.sources import Text

__all__ = ["LIMITS", "hand_over", "received"]

LIMITS = {
    resource.RLIMIT_AS: 3 << 30,
    resource.RLIMIT_FSIZE: 3 << 30,
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_CORE: 0,
}
"""What one reading may take: bytes of memory and of output, seconds of work; and no memory of it is
left on disk. The largest sheet that `sheets` lets through takes half of that."""
ROWS_AT_ONCE = 500


def hand_over(path: Path, name: str, out: BinaryIO) -> None:
    """Write the sheets of a file to `out`; or, when it cannot be read to its end, why, and nothing
    else."""
    try:
        for sheet in sheets(path, name):
            pickle.dump((sheet.name, sheet.height), out)
            while rows := list(islice(sheet.rows, ROWS_AT_ONCE)):
                pickle.dump(rows, out)
            pickle.dump([], out)
        pickle.dump(None, out)
    except SheetError as unreadable:
        out.seek(0)
        out.truncate()
        pickle.dump(unreadable.message, out)
    out.flush()


def received(stream: BinaryIO) -> Iterator[Sheet]:
    """The sheets that `hand_over` wrote. SheetError with what it said of a file that is none."""
    message: Any = pickle.load(stream)
    while message is not None:
        if isinstance(message, Text):
            raise SheetError(*message)
        rows = _rows(stream)
        yield Sheet(message[0], rows, message[1])
        for _left_unread in rows:
            pass
        message = pickle.load(stream)


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[Cell]]]:
    while rows := pickle.load(stream):
        yield from rows


def main() -> None:
    """Read the file named by the first argument, called as the second says, to standard output."""
    for limit, most in LIMITS.items():
        resource.setrlimit(limit, (most, most))
    hand_over(Path(sys.argv[1]), sys.argv[2], sys.stdout.buffer)


if __name__ == "__main__":
    main()
