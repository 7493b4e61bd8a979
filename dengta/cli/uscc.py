"""`dengta uscc CODE…`: whether each is a 统一社会信用代码, or why not."""

from __future__ import annotations

import argparse

from dengta.cli import say, show_json
from dengta.core.codes import normal_uscc, uscc_fault

NAME = "uscc"
HELP = "核对统一社会信用代码 check credit codes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """CODE… and --json."""
    parser.add_argument("codes", nargs="+", metavar="CODE", help="统一社会信用代码 credit code")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 if all are valid, 1 if any is not."""
    faults = {code: uscc_fault(code) for code in args.codes}
    if args.json:
        show_json(
            {
                "valid": not any(faults.values()),
                "codes": [
                    {
                        "code": code,
                        "normal": normal_uscc(code),
                        "valid": fault is None,
                        "reason": fault.said(args.lang) if fault else None,
                    }
                    for code, fault in faults.items()
                ],
            }
        )
    else:
        for code, fault in faults.items():
            normal = normal_uscc(code)
            if fault:
                say(args, f"{normal}：无效。{fault.zh}", f"{normal}: not valid. {fault.en}")
            else:
                say(args, f"{normal}：有效。", f"{normal}: valid.")
    return 1 if any(faults.values()) else 0
