"""`dengta size FACTS.json`: large, medium, small or micro, and why."""

from __future__ import annotations

import argparse

from dengta.cli import Refused, read_json, read_policy, show_json
from dengta.core.codes import SIZES, size_class
from dengta.core.facts import FactError, read_facts

NAME = "size"
HELP = "企业划型 size class of an enterprise"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FACTS and --json."""
    parser.add_argument(
        "file", metavar="FACTS", help="JSON：industry_code、employees、revenue_fen、assets_fen"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 always: an unknown class is an answer, with what is missing."""
    policy = read_policy(args)
    given = read_json(args.file)
    if not isinstance(given, dict):
        raise Refused(
            f'{args.file}：应是事实的对应，如 {{"industry_code": "3670", "employees": 120}}。',
            f'{args.file}: write one object, {{"industry_code": "3670", "employees": 120}}.',
        )
    try:
        facts = read_facts(policy, given)
    except FactError as error:
        raise Refused(f"{args.file}：{error.said.zh}", f"{args.file}: {error.said.en}") from error
    result = size_class(policy, facts)
    english = args.lang == "en"
    name = SIZES[result.size_class] if result.size_class else None
    if args.json:
        show_json(
            {
                "size_class": result.size_class,
                "name": name.said(args.lang) if name else None,
                "row": result.row.id if result.row else None,
                "row_name": result.row.name.said(args.lang) if result.row else None,
                "reason": result.reason.zh,
                "reason_en": result.reason.en,
                "missing": list(result.missing),
                "policy_digest": policy.digest,
            }
        )
        return 0
    if name:
        print(name.en if english else f"{name.zh}企业")
    else:
        print("not told" if english else "暂不能划型")
    print(result.reason.en if english else result.reason.zh)
    return 0
