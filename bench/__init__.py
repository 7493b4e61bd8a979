"""Our path and its peers on the same seeded data: equal results first, then in turn, then medians.

One module per row of docs/why/performance.md, each with `run() -> dict`; `python -m bench [NAME…]`
prints one JSON line per row. Only ratios within one run mean anything on a shared machine.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Side(NamedTuple):
    """One of the two: its name and the work timed. `fresh` runs untimed before each round."""

    name: str
    work: Callable[[], Any]
    fresh: Callable[[], None] | None = None


def apart(module: str, url: str, **more: str) -> dict[str, Any]:
    """What a module prints as JSON when it is run in a process of its own on a database."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        env={**os.environ, "DENGTA_DATABASE_URL": url, "DENGTA_SECRET_KEY": "bench",
             "DJANGO_SETTINGS_MODULE": "dengta.settings", **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def compare(
    row: str,
    ours: Side,
    peer: Side,
    same: Callable[[Any, Any], Mapping[str, Any]],
    *,
    size: int = 1,
    rounds: int = 5,
) -> dict[str, Any]:
    """Both results held against each other by `same` (which raises, or says how they compare), then
    at least five rounds in turn. Gives medians, units per second (`size` per round) and the ratio,
    above 1 when we are faster.
    """
    sides = (ours, peer)
    results = []
    for side in sides:
        if side.fresh is not None:
            side.fresh()
        results.append(side.work())
    equality = dict(same(*results))
    del results
    taken: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(max(rounds, 5)):
        for side in sides:
            if side.fresh is not None:
                side.fresh()
            gc.collect()
            start = time.perf_counter()
            side.work()
            taken[side.name].append(time.perf_counter() - start)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    return {
        "row": row,
        "ours": ours.name,
        "peer": peer.name,
        "size": size,
        "rounds": max(rounds, 5),
        "equal": equality,
        "seconds": {name: float(f"{median:.4g}") for name, median in medians.items()},
        "per_second": {name: round(size / median) for name, median in medians.items()},
        "ratio": float(f"{medians[peer.name] / medians[ours.name]:.3g}"),
    }
