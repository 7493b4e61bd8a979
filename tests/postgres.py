"""A PostgreSQL cluster of one's own: made in a temporary folder, on loopback, gone afterwards.

    with cluster() as url: ...                     from Python; the URL is for DENGTA_DATABASE_URL
    python -m tests.postgres -- COMMAND ...        from a shell; COMMAND sees DENGTA_DATABASE_URL
                                                   and DENGTA_TEST_POSTGRES

PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "Asia/Shanghai",
}
# Tests need no crash safety of the machine, have few rows to clean up after and to plan for, and
# ask each query once; a benchmark of durable writes passes durable=True.
FAST: Mapping[str, str] = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "autovacuum": "off", "jit": "off",
}  # fmt: skip


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl` of the newest PostgreSQL here; None if there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextlib.contextmanager
def cluster(*, durable: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A running cluster with an empty database `dengta`; yields its URL, stops and removes it."""
    found = programs()
    if found is None:
        raise RuntimeError("PostgreSQL is not installed here (initdb is on no known path)")
    folder = Path(tempfile.mkdtemp(prefix="dengta-postgres-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    port = _free_port()
    options = {**SETTINGS, **({} if durable else FAST), **(settings or {})}
    options |= {"port": str(port), "unix_socket_directories": str(folder)}
    try:
        _run(folder, found / "initdb", "-D", folder / "data", "-U", "dengta", "-A", "trust",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        _run(folder, found / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "start")
        try:
            _run(folder, found / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "dengta",
                 "dengta")  # fmt: skip
            yield f"postgres://dengta@127.0.0.1:{port}/dengta"
        finally:
            _run(folder, found / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(url: str) -> dict[str, str]:
    """The environment that points the platform and its real-process tests at the cluster."""
    return {**os.environ, "DENGTA_DATABASE_URL": url, "DENGTA_TEST_POSTGRES": url}


def _run(folder: Path, *command: str | Path) -> None:
    """One of PostgreSQL's programs, as a user it accepts. RuntimeError with what it said."""
    words = [str(word) for word in command]
    account = "postgres" if os.geteuid() == 0 else None
    # The server outlives pg_ctl, so its output must be a file: on a pipe this would wait for ever.
    with (folder / "said").open("w+", encoding="utf-8", errors="replace") as said:
        done = subprocess.run(
            words, cwd=folder, user=account, group=account, extra_groups=[] if account else None,
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        said.seek(0)
        if done.returncode:
            log = folder / "log"
            more = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
            raise RuntimeError(f"{words[0]} failed:\n{said.read()}{more}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def leave_nothing_behind() -> None:
    """Make a polite kill an ordinary exit, so that the cluster is stopped and removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def main(arguments: list[str]) -> int:
    """Run a command beside a cluster; the exit code is the command's."""
    leave_nothing_behind()
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print(__doc__)
        return 2
    with cluster() as url:
        return subprocess.run(command, env=environment(url), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
