"""A seeded round of 3,000 applications with 200 experts, from notice to certificates.

Everything goes through the actions that pages use, on PostgreSQL unless told otherwise; see
`bench._round`. There is no peer: what counts is that everything published verifies, and how long
each stage takes one official or all of them together.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

SELECTION = "digital_factory"
APPLICATIONS, EXPERTS = 3_000, 200


def run(
    applications: int = APPLICATIONS,
    experts: int = EXPERTS,
    selection: str = SELECTION,
    database: str = "postgresql",
) -> dict[str, Any]:
    """One row."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dengta-bench-"))
        url = f"sqlite:///{folder}/bench.sqlite3"
        if database == "postgresql":
            from tests.postgres import cluster

            url = stack.enter_context(cluster(durable=True))
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

        from bench._round import Plan, WholeRound

        call_command("migrate", verbosity=0)
        plan = Plan(selection, applications, experts, told=True)
        try:
            figures = WholeRound(plan, Path(folder)).run()
        finally:
            connections.close_all()
    return {"row": "whole round", "size": applications, "database": database} | figures
