"""`dengta roadmap FILE`: the cheapest steps to a level, or the best level under a budget."""

from __future__ import annotations

import argparse
import datetime as dt

from dengta.cli import Refused, read_json, read_policy, say, show_json
from dengta.core.answers import AnswerError
from dengta.core.money import MoneyError, fen_from_yuan, yuan
from dengta.core.roadmap import Plan, Planner, Way, voucher_of
from dengta.core.scoring import Scorer, level_text, plain
from dengta.core.shapes import Policy

NAME = "roadmap"
HELP = "转型路线 the cheapest way to a level"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --target, --budget, --received, --instrument, --as-of and --json."""
    parser.add_argument("file", metavar="FILE", help="答案 JSON answers")
    parser.add_argument("--target", metavar="LEVEL", help="目标等级，默认下一级 level to reach")
    parser.add_argument("--budget", metavar="YUAN", help="企业自付预算，元 budget in yuan")
    parser.add_argument("--received", metavar="YUAN", help="本年已获服务券，元 vouchers received")
    parser.add_argument("--instrument", default="miit-2024", help="评测指标编号 instrument")
    parser.add_argument("--as-of", metavar="DATE", help="哪一天的政策，如 2026-01-31 day")
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 when the target can be had; 1 when it cannot, or not for the budget."""
    policy = read_policy(args)
    if args.instrument not in policy.roads:
        names = sorted(policy.roads)
        raise Refused(
            f"--instrument：没有 {args.instrument} 的路线数据。现有：{'、'.join(names) or '无'}。",
            f"--instrument: no roadmap for {args.instrument}. Known: {', '.join(names) or 'none'}.",
        )
    road = policy.roads[args.instrument]
    scorer = Scorer(policy.instruments[args.instrument])
    budget, received = _money(args.budget, "--budget"), _money(args.received, "--received")
    planner = Planner(scorer, road, voucher_of(policy, road, _day(args.as_of), received or 0))
    answers = read_json(args.file)
    if not isinstance(answers, dict):
        raise Refused(
            f'{args.file}：应是题目编号到答案的对应，如 {{"q1": "BC", "quality": 2}}。',
            f'{args.file}: write one object from item to answer, {{"q1": "BC", "quality": 2}}.',
        )
    try:
        ways = planner.ways(answers)
        level = scorer.score(answers).level
    except AnswerError as error:
        raise Refused(
            f"{args.file}：{error.message.zh}", f"{args.file}: {error.message.en}"
        ) from error
    target = _target(args.target, level, len(ways))
    best = planner.within(ways, target, budget)
    if args.json:
        show_json(_document(args, policy, level, target, budget, ways, best))
    else:
        _report(args, level, target, ways, best)
        say(args, f"政策摘要 SHA-256 {policy.digest}", f"Policy digest SHA-256 {policy.digest}")
    return 0 if best is not None and best.level >= target else 1


def _money(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    try:
        fen = fen_from_yuan(text)
    except MoneyError as error:
        raise Refused(f"{name}：{error.message.zh}", f"{name}: {error.message.en}") from error
    if fen < 0:
        raise Refused(
            f"{name}：{text} 是负数。请写 0 或更大的金额。",
            f"{name}: {text} is negative. Write 0 or more.",
        )
    return fen


def _day(text: str | None) -> dt.date:
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


def _target(text: str | None, level: int, top: int) -> int:
    """The level asked for; the next one unless said."""
    if text is None:
        return min(level + 1, top)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= top):
        raise Refused(
            f"--target：{text} 不是目标等级。请写 1 到 {top} 的整数。",
            f"--target: {text} is not a level. Write a whole number from 1 to {top}.",
        )
    return int(text[:3])


def _document(
    args: argparse.Namespace,
    policy: Policy,
    level: int,
    target: int,
    budget: int | None,
    ways: tuple[Way, ...],
    best: Way | None,
) -> dict[str, object]:
    """Schema: docs/reference/schemas/roadmap.schema.json."""
    return {
        "instrument": args.instrument,
        "level": level,
        "target": target,
        "budget_fen": budget,
        "reached": best.level if best else level,
        "plan": None if best is None or best.plan is None else _plan(best.plan, args.lang),
        "frontier": [
            {
                "level": way.level,
                "name": way.name.said(args.lang),
                "net_fen": way.plan.net_fen if way.plan else None,
                "days": way.plan.days if way.plan else None,
                "why": way.why.said(args.lang),
            }
            for way in ways
        ],
        "policy_digest": policy.digest,
    }


def _plan(plan: Plan, lang: str) -> dict[str, object]:
    return {
        "price_fen": plan.price_fen,
        "subsidy_fen": plan.subsidy_fen,
        "net_fen": plan.net_fen,
        "days": plan.days,
        "steps": [
            {
                "item": step.item,
                "text": step.text.said(lang),
                "have": step.have,
                "to": step.to,
                "asks": step.asks.said(lang),
                "reason": step.reason.said(lang),
                "points": plain(step.points),
                "cloud": step.cloud,
                "price_fen": step.price_fen,
                "subsidy_fen": step.subsidy_fen,
                "net_fen": step.net_fen,
                "days": step.days,
            }
            for step in plan.steps
        ],
    }


def _report(
    args: argparse.Namespace, level: int, target: int, ways: tuple[Way, ...], best: Way | None
) -> None:
    """The plan and the frontier as a person reads them."""
    say(args, f"现在 {level} 级，目标 {target} 级", f"Level {level} now, target {target}")
    if best is None or best.level < target:
        way = next(each for each in ways if each.level == target)
        if way.plan is None:
            say(args, f"目标达不到：{way.why.zh}", f"The target cannot be reached: {way.why.en}")
        else:
            cost = yuan(way.plan.net_fen)
            say(
                args,
                f"预算不够：到 {target} 级最少自付 {cost} 元。",
                f"Beyond the budget: level {target} costs at least CNY {cost}.",
            )
    for place, step in enumerate(best.plan.steps if best and best.plan else (), 1):
        money = yuan(step.price_fen), yuan(step.subsidy_fen), yuan(step.net_fen)
        say(
            args,
            f"{place}. {step.item} → {step.to}　{step.text.zh}　{step.reason.zh}",
            f"{place}. {step.item} -> {step.to}  {step.text.en}  {step.reason.en}",
        )
        say(
            args,
            f"   价 {money[0]} 元，服务券 {money[1]} 元，自付 {money[2]} 元，{step.days} 个工作日",
            f"   CNY {money[0]}, voucher {money[1]}, net {money[2]}, {step.days} working days",
        )
    if best and best.plan:
        money = yuan(best.plan.price_fen), yuan(best.plan.subsidy_fen), yuan(best.plan.net_fen)
        days = best.plan.days
        say(
            args,
            f"合计：到 {best.level} 级，价 {money[0]} 元，服务券 {money[1]} 元，"
            f"自付 {money[2]} 元，逐项做 {days} 个工作日",
            f"Total: level {best.level}, CNY {money[0]}, voucher {money[1]}, net {money[2]}, "
            f"{days} working days one after the other",
        )
    for way in ways:
        to = level_text(way.level)
        cost = yuan(way.plan.net_fen) if way.plan else ""
        say(
            args,
            f"{to.zh}：{'最少自付 ' + cost + ' 元' if way.plan else way.why.zh}",
            f"{to.en}: {'at least CNY ' + cost if way.plan else way.why.en}",
        )
