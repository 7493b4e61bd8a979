"""kill -9 between any two statements of an act: whatever dies half-way leaves nothing half done.

`killed_everywhere` runs an act in processes of its own. The first is killed before its first
statement to the database, the next before its second, and so on, commits included, until one lives
to its end; each run is thereby the repetition of one that died. After every death the caller looks
whether what is there is whole. Of every so many statements that follow each other one can be drawn
instead, always the same ones. `torn` is the negative control: the same with the outer transaction
taken away.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from random import Random
from typing import Any

fork = get_context("fork")
MOST = 2000
SEED = 20260316


@dataclass(slots=True)
class Killed:
    """How many runs died, what was found wrong after each (by statement), and how the last run
    ended: done, or the name of what it raised."""

    deaths: int = 0
    wrong: dict[int, str] = field(default_factory=dict)
    end: str = ""

    def as_json(self) -> dict[str, Any]:
        """For what a process prints."""
        return {"deaths": self.deaths, "wrong": self.wrong, "end": self.end}


def killed_everywhere(
    act: Callable[[], object], whole: Callable[[], str], *, every: int = 1
) -> Killed:
    """Kill `act` before each of its statements in turn, or before one of `every` so many. `whole`
    looks at the database, in this process, after every run: "" when all is right, else what is not.
    """
    seen = Killed()
    for statement in _statements(every):
        exit_, end = _run(act, statement, without=contextlib.nullcontext)
        if found := whole():
            seen.wrong[statement] = found
        if exit_ != -signal.SIGKILL:
            seen.end = end
            return seen
        seen.deaths += 1
    raise AssertionError(f"still not through after {MOST} statements")


def torn(act: Callable[[], object], whole: Callable[[], str], *modules: Any, every: int = 4) -> str:
    """The negative control: where these modules hold nothing together any more (what they call
    still does), some death leaves half of it. What was found then, "" if nothing ever was."""
    for statement in _statements(every):
        exit_, _end = _run(act, statement, without=lambda: apart(*modules))
        if found := whole():
            return found
        if exit_ != -signal.SIGKILL:
            return ""
    return ""


def _statements(every: int) -> Iterator[int]:
    """One of each `every` statements, drawn by a seed that stands: the same in every run."""
    drawn = Random(SEED)
    return (first + drawn.randrange(every) for first in range(1, MOST, every))


def _run(
    act: Callable[[], object], statement: int, without: Callable[[], Any]
) -> tuple[int | None, str]:
    """One run in a process of its own, which dies before the statement of this number."""
    from django.db import connections

    connections.close_all()
    gc.freeze()  # what is there is not looked through, and so not copied, by who is forked
    said = fork.SimpleQueue()

    def work() -> None:
        gc.disable()
        with without(), dying_before(statement):
            try:
                act()
                end = "done"
            except Exception as error:
                end = type(error).__name__
        said.put(end)
        connections.close_all()

    process = fork.Process(target=work)
    process.start()
    process.join()
    return process.exitcode, "" if said.empty() else said.get()


@contextlib.contextmanager
def dying_before(statement: int) -> Iterator[None]:
    """Whoever asks the database so many times within is killed before the last of them."""
    from django.db import connection

    asked = 0

    def count() -> None:
        nonlocal asked
        asked += 1
        if asked == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        count()
        return execute(sql, params, many, context)

    commit = connection._commit

    def counted_commit() -> Any:
        count()
        return commit()

    connection._commit = counted_commit  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(counted):
            yield
    finally:
        connection._commit = commit  # type: ignore[method-assign]


class _Apart:
    """What `django.db.transaction` is to a module that holds nothing together."""

    @staticmethod
    def atomic(*given: Any) -> Any:
        """A block like any other."""
        return contextlib.nullcontext()


@contextlib.contextmanager
def apart(*modules: Any) -> Iterator[None]:
    """These modules know no transactions of their own; and nobody locks rows, which outside of a
    transaction PostgreSQL's driver refuses, as it would hold nothing."""
    from django.db import connection

    known, locks = [module.transaction for module in modules], connection.features
    had, locks.has_select_for_update = locks.has_select_for_update, False
    for module in modules:
        module.transaction = _Apart
    try:
        yield
    finally:
        locks.has_select_for_update = had
        for module, transaction in zip(modules, known, strict=True):
            module.transaction = transaction
