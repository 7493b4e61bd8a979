"""Commands that need the database: run, demo, tick, docs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from dengta import demo
from dengta.assessment.actions import campaigns
from dengta.core.policy import PolicyFaults
from dengta.funding.actions import expire_due, open_fund
from dengta.funding.queries import fund_of
from dengta.ledger.queries import recompute
from dengta.registry.queries import policy


def run(command: str, argv: Sequence[str]) -> int:
    """Run one platform command; returns the exit code."""
    return {"run": _run, "demo": _demo, "tick": _tick, "docs": _docs}[command](list(argv))


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
    return subprocess.call([sys.executable, "-m", *command, "dengta.wsgi:application"])


def _open_pool() -> None:
    """This year's voucher pool holds what the policy gives it; said aloud when it gives nothing."""
    year = timezone.localdate().year
    if fund_of(year) is None:
        print(f"政策中没有 {year} 年的服务券资金。The policy has no voucher money for {year}.")
    else:
        open_fund(year)


def _demo(argv: list[str]) -> int:
    if argv:
        print("dengta demo 不带参数。takes no arguments.", file=sys.stderr)
        return 2
    if demo.populate():
        print(demo.sign_ins())
        return 0
    print("库中已有数据，未改动。There is data already; nothing was changed.")
    return 0


def _tick(argv: list[str]) -> int:
    """Idempotent: open this year's pool, expire vouchers, remind of campaigns and close them,
    prove the books from the transfers up."""
    if argv:
        print("dengta tick 不带参数。takes no arguments.", file=sys.stderr)
        return 2
    _open_pool()
    expired = expire_due(timezone.localdate())
    asked = campaigns.tick()
    differences = recompute()
    print(f"过期服务券 expired vouchers: {expired}")
    print(f"测评活动提醒 campaigns reminded of: {asked.reminded}")
    print(f"测评活动通知 firms told of campaigns: {asked.notices}")
    print(f"测评活动结束 campaigns closed: {asked.closed}")
    print(f"账目差异 differences in the books: {len(differences)}")
    for difference in differences:
        print(f"  {difference}", file=sys.stderr)
    return 1 if differences else 0


def _docs(argv: list[str]) -> int:
    from dengta import reference

    return reference.write(argv)
