"""`dengta score INSTRUMENT FILE`: points, gates, level and gaps, of one case or of a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dengta.cli import TABLES, Refused, read_json, read_policy, say, show_json
from dengta.core.answers import Answer, AnswerError
from dengta.core.results import said
from dengta.core.scoring import GateResult, Result, Scorer, level_text, plain
from dengta.core.shapes import Instrument, Policy

if TYPE_CHECKING:
    from dengta.core.contradictions import Conflict

NAME = "score"
HELP = "测评打分定级 score an assessment"

_GAPS_SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """INSTRUMENT, FILE, --json and --out."""
    parser.add_argument("instrument", metavar="INSTRUMENT", help="评测指标编号，如 miit-2024")
    parser.add_argument("file", metavar="FILE", help="答案：JSON，或 .csv、.parquet 表格 answers")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="表格结果存到哪里 where to write")


def run(args: argparse.Namespace) -> int:
    """0 when scored; 1 when a table has cells that cannot be answers (its good rows are scored)."""
    policy = read_policy(args)
    scorer = Scorer(_instrument(policy, args.instrument))
    if Path(args.file).suffix.lower() in TABLES:
        # The set libraries load only when there is a table.
        from dengta.cli.score_table import run_table

        return run_table(args, policy, scorer)
    if args.out:
        raise Refused(
            "--out 只用于表格。单个企业的结果直接显示，请去掉 --out。",
            "--out is for tables. The result of one case is shown; leave --out out.",
        )
    answers = read_json(args.file)
    if not isinstance(answers, dict):
        raise Refused(
            f'{args.file}：应是题目编号到答案的对应，如 {{"q1": "BC", "quality": 2}}。',
            f'{args.file}: write one object from item to answer, {{"q1": "BC", "quality": 2}}.',
        )
    try:
        result = scorer.score(answers)
    except AnswerError as error:
        raise Refused(
            f"{args.file}：{error.message.zh}", f"{args.file}: {error.message.en}"
        ) from error
    conflicts = _contradictions(policy, scorer.instrument, answers)
    if args.json:
        document = {**result.as_json(args.lang), "policy_digest": policy.digest}
        if conflicts:
            document["contradictions"] = [each.as_json(args.lang) for each in conflicts]
        show_json(document)
    else:
        _report(args, scorer, result)
        for conflict in conflicts:
            _show_conflict(args, conflict)
        say(args, f"政策摘要 SHA-256 {policy.digest}", f"Policy digest SHA-256 {policy.digest}")
    return 0


def _instrument(policy: Policy, name: str) -> Instrument:
    if name in policy.instruments:
        return policy.instruments[name]
    known = sorted(policy.instruments)
    raise Refused(
        f"没有名为 {name} 的评测指标。现有：{'、'.join(known) or '无'}。",
        f"there is no instrument {name}. Known: {', '.join(known) or 'none'}.",
    )


def _contradictions(
    policy: Policy, instrument: Instrument, answers: dict[str, Answer]
) -> tuple[Conflict, ...]:
    """Answers that contradict each other; the firm's own facts are not at hand here."""
    if not instrument.contradictions and not instrument.figures:
        return ()
    # The language of clauses loads only for instruments that speak it.
    from dengta.core.contradictions import contradictions

    return contradictions(policy, instrument, answers, {})


def _show_conflict(args: argparse.Namespace, conflict: Conflict) -> None:
    say(
        args,
        f"请核对：{conflict.text.zh}（{conflict.id}）",
        f"Please check: {conflict.text.en} ({conflict.id})",
    )
    for side in conflict.sides:
        say(
            args,
            f"   {side.item} {side.label.zh}：{side.shown.zh}",
            f"   {side.item} {side.label.en}: {side.shown.en}",
        )


def _report(args: argparse.Namespace, scorer: Scorer, result: Result) -> None:
    """The result as a person reads it."""
    say(args, result.name.zh, result.name.en)
    _show_level(args, result)
    _show_score(args, scorer, result)
    for gate in result.gates:
        _show_gate(args, gate)
    if result.not_applicable:
        items = ", ".join(result.not_applicable)
        say(args, f"不适用、不计数：{items}", f"Not applicable, not counted: {items}")
    if result.missing:
        items = ", ".join(result.missing)
        say(
            args,
            f"还有 {len(result.missing)} 项没有作答，补充后等级不会降低：{items}",
            f"{len(result.missing)} items are unanswered; answering them never lowers the level: "
            f"{items}",
        )
    _show_gaps(args, result)


def _show_level(args: argparse.Namespace, result: Result) -> None:
    named = result.level_name
    level = level_text(result.reached)
    if result.level:
        floor = ("至少", "at least ") if not result.complete else ("", "")
        say(
            args,
            f"等级：{floor[0]}{level.zh}（{named.zh}）",
            f"Level: {floor[1]}{result.level} ({named.en})",
        )
    else:
        floor = ("目前", " so far") if not result.complete else ("", "")
        say(args, f"等级：{floor[0]}{named.zh}", f"Level: {named.en}{floor[1]}")


def _show_score(args: argparse.Namespace, scorer: Scorer, result: Result) -> None:
    """The total with its parts; of a scale the bands where there is no total."""
    parts = [(d.text, d.points_text, plain(d.most)) for d in result.dimensions]
    zh = "，".join(f"{text.zh} {have}/{most}" for text, have, most in parts)
    en = ", ".join(f"{text.en} {have}/{most}" for text, have, most in parts)
    if result.score is None:
        say(args, f"没有总分（{zh}）", f"No total ({en})")
    elif parts:
        say(args, f"得分：{result.score_text}（{zh}）", f"Score: {result.score_text} ({en})")
    else:
        say(args, f"得分：{result.score_text}", f"Score: {result.score_text}")
    for question in scorer.scales:
        band = result.bands[question.id]
        if band is not None:
            text = question.text
            say(args, f"{question.id} {text.zh}：{band}", f"{question.id} {text.en}: {band}")


def _show_gaps(args: argparse.Namespace, result: Result) -> None:
    helpful = [gap for gap in result.gaps if gap.helps]
    if helpful:
        say(args, "先补这些短板：", "Work on these first:")
    for place, gap in enumerate(helpful[:_GAPS_SHOWN], 1):
        star = "★" if gap.binding else ""
        say(
            args,
            f"{place}. {gap.item} {gap.text.zh}{star}",
            f"{place}. {gap.item} {gap.text.en}{star}",
        )
        say(
            args,
            f"   {gap.effect.zh}下一步：{gap.asks.zh}",
            f"   {gap.effect.en} Next: {gap.asks.en}",
        )


def _show_gate(args: argparse.Namespace, gate: GateResult) -> None:
    level = level_text(gate.level)
    if gate.passed:
        say(args, f"{level.zh}：通过", f"{level.en}: passed")
        return
    zh, en = [], []
    if gate.score_short:
        zh.append(f"差 {gate.short_text} 分")
        en.append(f"{gate.short_text} points short")
    if gate.scenarios_short:
        zh.append(f"场景差 {gate.scenarios_short} 个")
        en.append(f"{gate.scenarios_short} scenarios short")
    if gate.binding_short:
        zh.append(f"约束性场景差 {gate.binding_short} 个")
        en.append(f"{gate.binding_short} binding scenarios short")
    for node, lacking in gate.lacking.items():
        zh.append(f"{node} 差 {said(lacking, up=True)} 分")
        en.append(f"{node} {said(lacking, up=True)} points short")
    if gate.items_short:
        zh.append(f"达到 {gate.items_level} 档的题差 {gate.items_short} 项")
        en.append(f"{gate.items_short} items at band {gate.items_level} short")
    say(args, f"{level.zh}：没有通过，{'，'.join(zh)}", f"{level.en}: not passed, {', '.join(en)}")
