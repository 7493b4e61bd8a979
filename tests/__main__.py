"""Every test: `python -m tests [pytest's options]`.

First the whole suite on SQLite. Then, where PostgreSQL is installed, whatever uses the database a
second time on a cluster of our own. DENGTA_REQUIRE_POSTGRES=1 makes a missing PostgreSQL a
failure, DENGTA_REQUIRE_BROWSER=1 does so for the browser.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import postgres


def main(options: list[str]) -> int:
    """Both rounds, the second even if the first failed; 0 when every test passed in both."""
    postgres.leave_nothing_behind()
    print("== SQLite", flush=True)
    plain = {k: v for k, v in os.environ.items() if k != "DENGTA_DATABASE_URL"}
    code = _pytest(options, plain)
    if postgres.programs() is not None:
        with postgres.cluster() as url:
            print("== PostgreSQL", flush=True)
            code = _pytest(["-m", "database and not browser", *options],
                           postgres.environment(url)) or code  # fmt: skip
    elif os.environ.get("DENGTA_REQUIRE_POSTGRES") == "1":
        print("PostgreSQL is required here (DENGTA_REQUIRE_POSTGRES=1) but is not installed.")
        code = code or 1
    else:
        print("PostgreSQL is not installed here: the second round is left out.")
    return code


def _pytest(options: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
