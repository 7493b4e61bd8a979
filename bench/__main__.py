"""`python -m bench [NAME…]`: run the rows named, or all; one JSON line for each result."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys

import bench


def names() -> list[str]:
    """The modules of this folder that measure a row."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__))
    return sorted(name for name in found if not name.startswith("_") and name != "rules")


def main(argv: list[str]) -> int:
    """0 when all rows were measured; 2 for a name that is none."""
    known = names()
    for name in argv:
        if name not in known:
            print(f"{name}: {', '.join(known)}", file=sys.stderr)
            return 2
    for name in argv or known:
        measured = importlib.import_module(f"bench.{name}").run()
        for line in measured if isinstance(measured, list) else [measured]:
            print(json.dumps(line, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
