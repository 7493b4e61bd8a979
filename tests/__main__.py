"""Every test: `python -m tests [pytest's options]`.

First the whole suite on SQLite. Then, where PostgreSQL is installed, whatever uses the database a
second time on a cluster of our own. DENGTA_REQUIRE_POSTGRES=1 makes a missing PostgreSQL a
failure, DENGTA_REQUIRE_BROWSER=1 does so for the browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests import postgres, templates

SECOND_ROUND = "database and not browser and not once"


def main(options: list[str]) -> int:
    """Both rounds, the second even if the first failed; 0 when every test passed in both."""
    postgres.leave_nothing_behind()
    # Tests start some two hundred programs: what each reads is compiled once, not by each of them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with templates.shared():
        return _both(options)


def _both(options: list[str]) -> int:
    required = os.environ.pop("DENGTA_REQUIRE_POSTGRES", "") == "1"  # in the second round, not now
    plain = {k: v for k, v in os.environ.items() if k != "DENGTA_DATABASE_URL"}
    if postgres.programs() is not None:
        with postgres.cluster() as url:
            _migrate(url)
            print("== SQLite", flush=True)
            code = _pytest(options, {**plain, templates.SECOND: "follows"})
            print("== PostgreSQL", flush=True)
            return _pytest(["-m", SECOND_ROUND, *options], postgres.environment(url)) or code
    print("== SQLite", flush=True)
    code = _pytest(options, plain)
    if required:
        print("PostgreSQL is required here (DENGTA_REQUIRE_POSTGRES=1) but is not installed.")
        return code or 1
    print("PostgreSQL is not installed here: the second round is left out.")
    return code


def _migrate(server: str) -> None:
    """The databases that all else is copied from, both at once: each keeps one core busy, and
    every worker of a round would wait for its own."""
    with ThreadPoolExecutor(2) as both:
        made = [
            both.submit(templates.migrated_file),
            both.submit(templates.migrated_database, server),
        ]
    for each in made:
        each.result()


def _pytest(options: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
