"""`dengta check [DIR]`: verify a policy directory, and say where and how to mend each fault."""

from __future__ import annotations

import argparse
from pathlib import Path

from dengta.cli import say, show_json
from dengta.core.policy import examine
from dengta.core.reading import Fault, plain
from dengta.core.shapes import Policy, Text

NAME = "check"
HELP = "检查政策目录 check a policy directory"

COUNTED: tuple[tuple[str, Text], ...] = (
    ("facts", Text("事实", "facts")),
    ("terms", Text("术语", "terms")),
    ("programmes", Text("遴选事项版本", "editions of programmes")),
    ("clauses", Text("条件", "clauses")),
    ("values", Text("数值", "values")),
    ("instruments", Text("评测指标", "instruments")),
    ("questions", Text("题目", "questions")),
    ("scenarios", Text("应用场景", "scenarios")),
    ("selections", Text("遴选版本", "selections")),
    ("schemes", Text("补助办法版本", "schemes")),
    ("plans", Text("方案", "plans")),
    ("measures", Text("举措", "measures")),
    ("targets", Text("目标", "targets")),
    ("funds", Text("资金池", "funds")),
    ("regions", Text("地区", "regions")),
    ("industries", Text("行业大类", "industries")),
    ("size_rows", Text("划型行", "size rows")),
    ("cases", Text("情形", "situations")),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """DIR and --json."""
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="政策目录 directory")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 if the policy can be used, 1 with its faults."""
    directory: Path = args.directory or args.policy
    policy, faults = examine(directory)
    if args.json:
        show_json(_document(directory, policy, faults))
    elif policy is None:
        for fault in faults:
            print(fault.said(args.lang))
        say(args, f"共 {len(faults)} 处需要修改。", f"{len(faults)} to mend.")
    else:
        found = counts(policy)
        zh = "、".join(f"{what.zh} {found[key]}" for key, what in COUNTED if found[key])
        en = ", ".join(f"{found[key]} {what.en}" for key, what in COUNTED if found[key])
        say(args, f"{policy.name.zh}：没有发现问题。", f"{policy.name.en}: no fault found.")
        say(args, f"已检查：{zh}。", f"Checked: {en}.")
        say(args, f"摘要 SHA-256 {policy.digest}", f"Digest SHA-256 {policy.digest}")
    return 1 if faults else 0


def counts(policy: Policy) -> dict[str, int]:
    """How many of each kind a policy holds."""
    return {
        "facts": len(policy.facts),
        "terms": len(policy.glossary),
        "programmes": len(policy.programmes),
        "clauses": sum(len(programme.clauses) for programme in policy.programmes),
        "values": sum(len(programme.values) for programme in policy.programmes),
        "instruments": len(policy.instruments),
        "questions": sum(len(each.questions) for each in policy.instruments.values()),
        "scenarios": sum(len(each.scenarios) for each in policy.instruments.values()),
        "selections": len(policy.selections),
        "schemes": len(policy.schemes),
        "plans": len(policy.plans),
        "measures": sum(len(plan.measures) for plan in policy.plans),
        "targets": len(policy.targets),
        "funds": len(policy.funds),
        "regions": len(policy.regions),
        "industries": len(policy.industries),
        "size_rows": len(policy.size_rows),
        "cases": len(policy.cases),
    }


def _document(directory: Path, policy: Policy | None, faults: list[Fault]) -> dict[str, object]:
    """The JSON answer; docs/reference/schemas/check.schema.json describes it."""
    return {
        "directory": plain(str(directory)),
        "ok": not faults,
        "policy": policy.id if policy else None,
        "digest": policy.digest if policy else None,
        "counts": counts(policy) if policy else None,
        "faults": [fault.as_json() for fault in faults],
    }
