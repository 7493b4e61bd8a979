"""Commands that need the database: run, worker, demo, tick, export-ledger, docs."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from dengta import demo
from dengta.assessment.actions import campaigns
from dengta.catalogue.actions import entries, seeding
from dengta.core.policy import PolicyFaults
from dengta.funding.actions import (
    contracts_held,
    finality,
    openings,
    reminders,
    rewards,
    screening,
    tranches,
)
from dengta.funding.actions.budgets import open_funds
from dengta.funding.actions.vouchers import open_fund
from dengta.funding.actions.vouchers_redeeming import expire_due
from dengta.funding.queries.vouchers import fund_of
from dengta.ledger.actions.reconciling import reconcile
from dengta.ledger.queries.exporting import write_ledger
from dengta.matching.actions import needs, quotes
from dengta.monitoring.actions import pilot_months
from dengta.programmes.actions import award_days, checking
from dengta.programmes.actions.rounds import close_due
from dengta.projects.actions import pilots, usage
from dengta.projects.actions.acceptance import accept_due
from dengta.projects.actions.scores import keep_scores
from dengta.registry.queries import policy
from dengta.trail.actions import escalating, recover_jobs

WATCH_SECONDS, BREATH_SECONDS, GRACE_SECONDS = 1, 5, 10
"""How often `run` looks after its worker, how long it waits at least before it starts another, and
how long both get to end in peace."""


def run(command: str, argv: Sequence[str]) -> int:
    """Run one platform command; returns the exit code."""
    commands = {
        "run": _run,
        "worker": _worker,
        "demo": _demo,
        "seed": _seed,
        "tick": _tick,
        "export-ledger": _export_ledger,
        "docs": _docs,
    }
    return commands[command](list(argv))


def _policy_is_sound() -> bool:
    try:
        policy()
    except PolicyFaults as faults:
        for fault in faults.faults:
            print(fault, file=sys.stderr)
        return False
    return True


def _run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="dengta run")
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-demo", action="store_true", help="不填充演示数据 leave it empty")
    parser.add_argument(
        "--no-worker", action="store_true", help="后台任务另行启动 the worker runs elsewhere"
    )
    args = parser.parse_args(argv)
    if not _policy_is_sound():
        return 1
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    if not args.no_demo and demo.populate():
        print("演示省已填充。The synthetic province has been populated.")
    _open_pool()
    print(f"\n  http://{args.host}:{args.port}/\n")
    if not args.no_demo:
        print(demo.sign_ins())
    sys.stdout.flush()
    command = ["granian", "--interface", "wsgi", "--host", args.host, "--port", str(args.port)]
    command += ["--workers", str(args.workers), "--blocking-threads", "2"]
    command += ["--no-ws", "--log-level", "warning"]
    if not args.no_demo:
        os.environ["DENGTA_DEMO"] = "1"
    everywhere = args.host in ("0.0.0.0", "::")
    named = f"localhost,127.0.0.1,[::1],{args.host}"
    os.environ.setdefault("DENGTA_HOSTS", "*" if everywhere else named)
    server = [sys.executable, "-m", *command, "dengta.wsgi:application"]
    return _serve(server, with_worker=not args.no_worker)


def _serve(server: list[str], *, with_worker: bool) -> int:
    """The server and the worker beside it until the server ends or we are told to; a worker that
    breaks off is started again."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    worker: subprocess.Popen[bytes] | None = None
    begun = -float(BREATH_SECONDS)
    serving = subprocess.Popen(server)
    try:
        while True:
            over = worker is None or worker.poll() is not None
            if with_worker and over and time.monotonic() - begun >= BREATH_SECONDS:
                worker, begun = _begin_worker(), time.monotonic()
            try:
                return serving.wait(timeout=WATCH_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        for process in (serving, worker):
            if process is not None:
                _end(process)


def _begin_worker() -> subprocess.Popen[bytes]:
    """A worker that ends with us: it listens to a pipe that closes when we are gone, however that
    comes about. In a session of its own, so that Ctrl+C reaches it through us only."""
    command = [sys.executable, "-m", "dengta", "worker", "--until-input-ends"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end; what it works on when its time is up is taken up again later."""
    process.terminate()
    try:
        process.wait(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _worker(argv: list[str]) -> int:
    """Work on what waits in the queue until told to end; take up what dead workers left."""
    parser = argparse.ArgumentParser(prog="dengta worker")
    parser.add_argument("--batch", action="store_true", help="办完即止 end when nothing waits")
    parser.add_argument("--interval", type=int, default=1, help="空闲时几秒看一次 seconds between")
    parser.add_argument("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if not _policy_is_sound():
        return 1
    recover_jobs()
    if args.until_input_ends:
        threading.Thread(target=_end_with_input, daemon=True).start()
    threading.Thread(target=_keep_recovering, daemon=True).start()
    call_command(
        "db_worker",
        batch=args.batch,
        interval=args.interval,
        reload=False,
        startup_delay=False,
        verbosity=0,
    )
    return 0


def _end_with_input() -> None:
    """Wait until whoever started us is gone, then end as if told to: at once if nothing is being
    worked on, else after a while."""
    while os.read(0, 1):  # not by sys.stdin, whose lock would be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _keep_recovering() -> None:
    while True:
        time.sleep(settings.JOB_SILENCE / 2)
        with contextlib.suppress(DatabaseError):
            recover_jobs()
        connection.close()


def _open_pool() -> str:
    """This year's funds hold what the policy gives them; said aloud when there is none for
    vouchers."""
    year = timezone.localdate().year
    open_funds(year)
    if fund_of(year) is None:
        print(f"政策中没有 {year} 年的服务券资金。The policy has no voucher money for {year}.")
    else:
        open_fund(year)
    return str(year)


def _demo(argv: list[str]) -> int:
    if argv:
        print("dengta demo 不带参数。takes no arguments.", file=sys.stderr)
        return 2
    if demo.populate():
        print(demo.sign_ins())
        return 0
    print("库中已有数据，未改动。There is data already; nothing was changed.")
    return 0


def _seed(argv: list[str]) -> int:
    """Put the content that comes with the policy into the pool; a second time renews what the
    files changed."""
    parser = argparse.ArgumentParser(prog="dengta seed")
    parser.parse_args(argv)
    try:
        done = seeding.seed()
    except PolicyFaults as faults:
        for fault in faults.faults:
            print(fault, file=sys.stderr)
        return 1
    print(
        f"新入库 {done.entered}，更新 {done.renewed}，未变 {done.unchanged}。"
        f"entered {done.entered}, renewed {done.renewed}, unchanged {done.unchanged}"
    )
    return 0


def _tick(argv: list[str]) -> int:
    """Everything that time brings about, each part idempotent: see `_DUE`; at the end the books
    are proved from the transfers up."""
    if argv:
        print("dengta tick 不带参数。takes no arguments.", file=sys.stderr)
        return 2
    day, now = timezone.localdate(), timezone.now()
    call_command("prune_db_task_results", verbosity=0)
    for said, work in _DUE:
        print(f"{said}: {work(day, now)}")
    proved = reconcile()
    print(f"核对转账 transfers added up anew: {proved.transfers}")
    print(f"账目差异 differences in the books: {proved.difference_count}")
    for one in proved.differences:
        print(
            f"  {one['code']} {one['total']}: {one['stored_fen']} ≠ {one['recomputed_fen']}",
            file=sys.stderr,
        )
    return 0 if proved.right else 1


def _asked(day: dt.date, now: dt.datetime) -> str:
    done = campaigns.tick()
    return f"{done.reminded} / {done.notices} / {done.closed}"


def _reclaimed(day: dt.date, now: dt.datetime) -> str:
    done = finality.due(day)
    return f"{done.undefended} / {done.final} / {done.reminded}"


def _screened(day: dt.date, now: dt.datetime) -> str:
    done = screening.nightly()
    return f"{done.filings} / {done.found} / {done.opened} / {done.lapsed}"


def _contracts_held(day: dt.date, now: dt.datetime) -> str:
    done = contracts_held.hold_earlier()
    return f"{done.held} / {len(done.clashing)}"


def _reminded(day: dt.date, now: dt.datetime) -> str:
    done = reminders.due(day, now)
    return f"{done.offices} / {done.firms} / {done.vouchers}"


def _matched(day: dt.date, now: dt.datetime) -> str:
    lapsed = quotes.lapse_due(day, now)  # first, since a need may be left without any
    return f"{lapsed} / {needs.raise_due(day, now)}"


_DUE: tuple[tuple[str, Callable[[dt.date, dt.datetime], object]], ...] = (
    ("本年度资金池 this year's funds", lambda day, now: _open_pool()),
    (
        "中断后重新排队或停办的任务 jobs taken up again or closed",
        lambda day, now: len(recover_jobs()),
    ),
    ("过期服务券 expired vouchers", lambda day, now: expire_due(day)),
    (
        "发券场次：答复、结束 openings: tickets answered, closed",
        lambda day, now: openings.tick(now),
    ),
    ("测评活动：提醒、通知、结束 campaigns: reminded of, notices, closed", _asked),
    ("截止的遴选批次 rounds closed", lambda day, now: close_due(now)),
    ("逾期失效的申报 applications lapsed", lambda day, now: checking.due(day)),
    (
        "认定到期、处置生效等 what the calendar decided of awards",
        lambda day, now: sum(award_days.due(day)),
    ),
    (
        "资源池到期的条目 entries of the pool past their term",
        lambda day, now: entries.expire_due(day, at=now),
    ),
    ("报价过期、无人应答的需求 quotes lapsed, needs unanswered", _matched),
    ("公示期满的项目验收 projects accepted", lambda day, now: accept_due(day)),
    ("到期的使用回访 checks of use asked for", lambda day, now: usage.create_due(day, at=now)),
    ("可领取的奖补 rewards ready", lambda day, now: len(rewards.due(at=now))),
    ("追回：逾期未申辩、生效、提醒 clawbacks: undefended, final, reminded of", _reclaimed),
    ("新编的试点资金批次 tranches planned", lambda day, now: tranches.plan_due()),
    ("试点：期满未完成的企业 pilots: firms out of period", lambda day, now: pilots.lapse_due(day)),
    ("服务商评价 providers scored", lambda day, now: keep_scores(day)),
    ("试点月报 monthly reports of pilots", lambda day, now: pilot_months(day)),
    ("补登以前申领的合同、冲突 contracts of earlier claims held, clashing", _contracts_held),
    ("查重：登记件、线索、新、消失 screening: filings, hits, new, gone", _screened),
    (
        "督办：逾期太久、已告知上级的事项 late matters that the next higher office was told of",
        lambda day, now: escalating.due(at=now),
    ),
    ("提醒：逾期的单位、企业，将到期的券 reminded: offices, firms, expiring", _reminded),
)


def _export_ledger(argv: list[str]) -> int:
    """The whole ledger as a file, by its ending: Beancount text, or a workbook for .xlsx."""
    parser = argparse.ArgumentParser(prog="dengta export-ledger")
    parser.add_argument("file", type=Path, help="账本.beancount 或 账本.xlsx")
    args = parser.parse_args(argv)
    try:
        args.file.touch()
        count = write_ledger("xlsx" if args.file.suffix == ".xlsx" else "beancount", args.file)
    except OSError as failure:
        print(
            f"{args.file} 写不进去：{failure.strerror}。请换一个能写的目录。"
            " It cannot be written there.",
            file=sys.stderr,
        )
        return 1
    print(f"转账 transfers: {count}  {args.file}")
    return 0


def _docs(argv: list[str]) -> int:
    from dengta import reference

    return reference.write(argv)
