"""Two thousand transformation projects through the actions, each along one of twelve ways from a
draft to a paid and annulled claim; then every invariant is checked. Minutes, not seconds."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from tests import templates
from tests.processes import bare_database, run_module

COUNT, FIRMS = 2_000, 400


def run() -> dict[str, Any]:
    """One line: how many, how long, in which states, and what did not hold (nothing should)."""
    with tempfile.TemporaryDirectory(prefix="dengta-bench-") as name:
        folder, begun = Path(name), time.perf_counter()
        with templates.shared(), bare_database("sqlite", folder) as url:
            seen = run_module("bench._projects", url, folder, PROJECTS=f"{COUNT} {FIRMS}")
        return {"row": "projects", "seconds": round(time.perf_counter() - begun), **seen}
