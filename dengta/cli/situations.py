"""`dengta situations [DIR]`: decide a policy's own situations; say which come out differently."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dengta.cli import say, show_json
from dengta.core.policy import examine, run_cases
from dengta.core.reading import Fault, plain
from dengta.core.shapes import Policy
from dengta.core.situations import CaseResult

NAME = "situations"
HELP = "核对政策自带的情形 decide a policy's own situations"


def arguments(parser: argparse.ArgumentParser) -> None:
    """DIR and --json."""
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="政策目录 directory")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 if every case comes out as expected; 1 if one does not, or the policy itself has faults."""
    directory: Path = args.directory or args.policy
    policy, faults = examine(directory)
    if policy is None:
        if args.json:
            show_json(_document(directory, None, [], faults))
            return 1
        for fault in faults:
            print(fault.said(args.lang))
        say(args, "政策目录有误，情形没有核对。", "The policy has faults; no case was decided.")
        return 1
    results = run_cases(policy)
    failed = [result for result in results if not result.passed]
    if args.json:
        show_json(_document(directory, policy, results, []))
        return 1 if failed else 0
    for result in failed:
        _show(args, result)
    passed = len(results) - len(failed)
    say(
        args,
        f"{policy.name.zh}：{len(results)} 个情形，{passed} 个相符，{len(failed)} 个不符。",
        f"{policy.name.en}: {len(results)} cases, {passed} as expected, {len(failed)} not.",
    )
    return 1 if failed else 0


def _show(args: argparse.Namespace, result: CaseResult) -> None:
    case = result.case
    for each in result.differences:
        wanted = json.dumps(each.expected, ensure_ascii=False)
        got = json.dumps(each.got, ensure_ascii=False)
        say(
            args,
            f"{case.file}:{case.line}: {case.name}：{each.key} 应为 {wanted}，实为 {got}",
            f"{case.file}:{case.line}: {case.name}: {each.key} should be {wanted} but is {got}",
        )


def _document(
    directory: Path, policy: Policy | None, results: list[CaseResult], faults: list[Fault]
) -> dict[str, object]:
    """The JSON answer; docs/reference/schemas/situations.schema.json describes it."""
    failed = sum(not result.passed for result in results)
    return {
        "directory": plain(str(directory)),
        "ok": not failed and not faults,
        "policy": policy.id if policy else None,
        "digest": policy.digest if policy else None,
        "passed": len(results) - failed,
        "failed": failed,
        "cases": [_case(result) for result in results],
        "faults": [fault.as_json() for fault in faults],
    }


def _case(result: CaseResult) -> dict[str, object]:
    case = result.case
    return {
        "name": case.name,
        "file": case.file,
        "line": case.line,
        "programme": case.programme or None,
        "instrument": case.instrument or None,
        "as_of": result.as_of.isoformat() if result.as_of else None,
        "passed": result.passed,
        "differences": [
            {"key": each.key, "expected": each.expected, "got": each.got}
            for each in result.differences
        ],
    }
