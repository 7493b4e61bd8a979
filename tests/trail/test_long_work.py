"""Long work survives the death of its worker; the worker of `dengta run` does not survive it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import bare_database, run_module
from tests.trail.long_work import ROWS


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("long-work")
    with bare_database(request.param, folder) as url:
        return run_module("tests.trail.long_work", url, folder)


def test_a_job_whose_worker_was_killed_is_taken_up_again_and_nothing_is_done_twice(
    played: Any,
) -> None:
    seen = played["seen"]
    assert seen["running"] and seen["part"], "it was killed in the middle"
    assert seen == seen | {"failure": {}, "faults": 0, "attempts": 2, "ended_politely": True}
    assert seen["new"] == seen["rows"] == ROWS


def test_without_anybody_looking_it_stays_begun_for_ever(played: Any) -> None:
    control = played["control"]
    assert control["running"] and control["part"]
    assert control["still_running"]
    assert control["attempts"] == 1


def test_two_workers_at_the_same_rows_write_each_once(played: Any) -> None:
    assert played["crowd"] == {
        "codes": [0, 0], "failures": [{}, {}], "faults": [0, 0], "once": True
    }  # fmt: skip


# ---------------------------------------------------------------- beside the server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Platform:
    """`dengta run` on a database, and the worker that it started."""

    def __init__(self, url: str, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "dengta", "run", "--no-demo", "--workers", "1"]
        environment = {
            **os.environ,
            "DENGTA_DATABASE_URL": url,
            "DENGTA_DATA": str(folder),
            "DENGTA_SECRET_KEY": "only-for-tests",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        }
        self.complaints = folder / "complaints"
        with self.complaints.open("w") as complaints:
            self.process = subprocess.Popen(
                [*command, "--port", str(free_port()), *arguments],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
            )

    def children(self, word: str) -> list[int]:
        """Processes below ours whose command has a word in it."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self.process.pid and word in words:
                found.append(int(folder.name))
        return found

    def wait_for(self, word: str) -> int:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if found := self.children(word):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"no {word} was started")


def gone(pid: int, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with bare_database("sqlite", tmp_path) as url:
        started = Platform(url, tmp_path)
        yield started
        for pid in (*started.children("granian"), *started.children("worker")):
            os.kill(pid, signal.SIGKILL)
        started.process.kill()
        started.process.wait()


@needs_proc
def test_the_worker_beside_the_server_ends_with_it_however_that_comes(platform: Platform) -> None:
    worker = platform.wait_for("worker")
    servers = platform.children("granian")
    platform.process.send_signal(signal.SIGKILL)
    platform.process.wait()
    try:
        assert gone(worker)
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGTERM)


@needs_proc
def test_told_to_end_it_takes_both_with_it_and_a_dead_worker_is_replaced(
    platform: Platform,
) -> None:
    worker = platform.wait_for("worker")
    os.kill(worker, signal.SIGKILL)
    assert gone(worker)
    second = platform.wait_for("worker")
    assert second != worker
    server = platform.wait_for("granian")
    platform.process.send_signal(signal.SIGTERM)
    assert platform.process.wait(timeout=60) != 0
    assert gone(second) and gone(server)
    complaints = platform.complaints.read_text()
    assert "Fatal" not in complaints and "Traceback" not in complaints


@needs_proc
def test_without_a_worker_there_is_none_and_missing_tables_are_made_first(tmp_path: Path) -> None:
    with bare_database("sqlite", tmp_path) as url:
        file = url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("DROP TABLE django_session")
            database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        alone = Platform(url, tmp_path, "--no-worker")
        try:
            alone.wait_for("granian")
            time.sleep(2)
            assert alone.children("worker") == []
            with contextlib.closing(sqlite3.connect(file)) as database:
                assert database.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        finally:
            alone.process.send_signal(signal.SIGTERM)
            alone.process.wait(timeout=60)
