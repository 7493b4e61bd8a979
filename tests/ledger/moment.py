"""Export the ledger while somebody books between its transfers and the balances at its end.

`python -m tests.ledger.moment` on the migrated, empty database of DENGTA_DATABASE_URL; prints JSON.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import django


def book(key: str) -> None:
    """Post from a connection of its own, as another process would."""
    from django.db import connection

    from dengta.ledger import actions

    def work() -> None:
        actions.post(actions.Entry(key, "treasury", "pool", 700))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def export(key: str) -> list[str]:
    """What is wrong with a text during which this key was booked."""
    from dengta.ledger.queries import exporting
    from tests.ledger import plain

    read_on = exporting._transfers

    def interrupted() -> Iterator[Any]:
        yield from read_on()
        book(key)

    with TemporaryDirectory() as folder, mock.patch.object(exporting, "_transfers", interrupted):
        path = Path(folder) / "ledger"
        exporting.write_ledger("beancount", path)
        return plain.read(path.read_text(encoding="utf-8")).faults


def main() -> None:
    django.setup()

    from dengta.ledger import actions
    from dengta.ledger.models import Transfer
    from dengta.ledger.queries import exporting

    actions.open_accounts({"treasury": "财政专户", "pool": "资金池"})
    actions.post(actions.Entry("fund", "treasury", "pool", 100))
    one = export("meanwhile")
    with mock.patch.object(exporting, "one_moment", contextlib.nullcontext):
        many = export("again")
    booked = [Transfer.objects.filter(key=key).count() for key in ("meanwhile", "again")]
    print(json.dumps({"one_moment": one, "many_moments": many, "booked_meanwhile": booked}))


if __name__ == "__main__":
    main()
