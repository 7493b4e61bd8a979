"""`dengta eligible FACTS`: which programmes fit a case, and why; or how a whole table fares."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from dengta.cli import TABLES, Refused, read_json, read_policy, say, show_json
from dengta.core.facts import FactError, read_facts, sized
from dengta.core.money import yuan
from dengta.core.rules import ClauseResult, Rulebook, Verdict
from dengta.core.shapes import Policy, Text

NAME = "eligible"
HELP = "资格判断 which programmes fit, and why"

OUTCOMES = {
    "yes": Text("符合", "eligible"),
    "no": Text("不符合", "not eligible"),
    "unknown": Text("待补充", "not known yet"),
}
_MARKS = {"yes": "✓", "no": "✗", "unknown": "?"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FACTS, --programme, --as-of, --json and --out."""
    parser.add_argument(
        "file", metavar="FACTS", help="一家企业的事实：JSON；一批企业：.csv、.parquet 表格 facts"
    )
    parser.add_argument("--programme", metavar="P", help="只看一个事项 one programme only")
    parser.add_argument("--as-of", metavar="DATE", help="判断日期，默认今天 the date to decide on")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="表格结果存到哪里 where to write")


def run(args: argparse.Namespace) -> int:
    """0 when decided; 1 when a table has rows that cannot be read (its sound rows are decided)."""
    policy = read_policy(args)
    as_of = _as_of(args.as_of)
    _known_programme(policy, args.programme, as_of)
    if Path(args.file).suffix.lower() in TABLES:
        # The set libraries load only when there is a table.
        from dengta.cli.eligible_table import run_table

        return run_table(args, policy, as_of)
    if args.out:
        raise Refused(
            "--out 只用于表格。单个企业的结果直接显示，请去掉 --out。",
            "--out is for tables. The result of one case is shown; leave --out out.",
        )
    given = read_json(args.file)
    if not isinstance(given, dict):
        raise Refused(
            f'{args.file}：应是事实的对应，如 {{"employees": 120, "legal_entity": true}}。',
            f'{args.file}: write one object, {{"employees": 120, "legal_entity": true}}.',
        )
    try:
        facts = sized(policy, read_facts(policy, given))
    except FactError as error:
        raise Refused(f"{args.file}：{error.said.zh}", f"{args.file}: {error.said.en}") from error
    verdicts = Rulebook(policy, as_of).decide(facts, args.programme)
    if args.json:
        show_json([verdict.as_json(args.lang) for verdict in verdicts])
    else:
        _report(args, policy, verdicts, as_of)
    return 0


def _as_of(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now().astimezone().date()
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise Refused(
        f"--as-of：“{text}”不是日期。请写成 2026-04-01。",
        f"--as-of: “{text}” is not a date. Write it as 2026-04-01.",
    )


def _known_programme(policy: Policy, id: str | None, as_of: dt.date) -> None:
    """Refuse a programme that the policy does not have, or that is not in force on the date."""
    running = (*policy.in_force(as_of), *policy.samples(as_of))
    if id is None or id in {programme.id for programme in running}:
        return
    if any(programme.id == id for programme in policy.programmes):
        raise Refused(
            f"--programme：{id} 在 {as_of} 没有生效的版本。请用 --as-of 换一个日期。",
            f"--programme: no edition of {id} is in force on {as_of}. Choose a date with --as-of.",
        )
    known = sorted({programme.id for programme in policy.programmes})
    raise Refused(
        f"--programme：没有“{id}”。可用：{'、'.join(known)}。",
        f"--programme: there is no “{id}”. Known: {', '.join(known)}.",
    )


def _report(
    args: argparse.Namespace, policy: Policy, verdicts: list[Verdict], as_of: dt.date
) -> None:
    """A block for each verdict: what fits first, then what may, then what does not."""
    if not verdicts:
        say(args, f"{as_of} 没有生效的事项。", f"No programme is in force on {as_of}.")
    for verdict in sorted(verdicts, key=lambda each: ("yes", "unknown", "no").index(each.outcome)):
        word = OUTCOMES[verdict.outcome]
        say(
            args,
            f"{verdict.name.zh}（{verdict.edition}）：{word.zh}",
            f"{verdict.name.en} ({verdict.edition}): {word.en}",
        )
        for clause in verdict.clauses:
            _report_clause(args, verdict, clause)
        if verdict.missing:
            terms = [policy.facts[id].term for id in verdict.missing]
            say(
                args,
                f"  还差：{'、'.join(t.zh for t in terms)}。补充后即可判断。",
                f"  Still needed: {', '.join(t.en for t in terms)}.",
            )
        if verdict.amount_fen is not None and verdict.outcome == "yes":
            fen = yuan(verdict.amount_fen)
            say(args, f"  金额：{fen} 元", f"  Amount: CNY {fen}")
        if verdict.computation is not None:
            say(args, f"  算法：{verdict.computation.zh}", f"  Sum: {verdict.computation.en}")
        print()


def _report_clause(args: argparse.Namespace, verdict: Verdict, clause: ClauseResult) -> None:
    """One line: what is asked in the policy's words, and for what does not hold, what was needed
    and seen."""
    seen = [verdict.seen_text(name) for name in clause.seen]
    zh = [f"  {_MARKS[clause.outcome]} {clause.text.zh}"]
    en = [f"  {_MARKS[clause.outcome]} {clause.text.en}"]
    if clause.outcome != "yes":
        zh.append(f"要求：{clause.needed.zh}")
        en.append(f"needed: {clause.needed.en}")
    if seen:
        zh.append("看到：" + "，".join(f"{term.zh} {value.zh}" for term, value in seen))
        en.append("seen: " + ", ".join(f"{term.en} {value.en}" for term, value in seen))
    say(args, "\n      ".join(zh), "\n      ".join(en))
