"""`dengta roadmap FACTS.json`: the cheapest steps to a level, or the best level under a budget."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from dengta.cli import Refused, read_json, read_policy, say, show_json
from dengta.core.answers import AnswerError
from dengta.core.benefits import Benefit, Standing, standings
from dengta.core.facts import FactError, read_facts, sized
from dengta.core.money import MoneyError, fen_from_yuan, yuan
from dengta.core.roadmap import Plan, Planner, Way
from dengta.core.rules import Rulebook
from dengta.core.scoring import Scorer, level_text, plain
from dengta.core.shapes import FactValue, Policy, Text

NAME = "roadmap"
HELP = "转型路线 the cheapest way to a level"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --target, --budget, --benefits, --received, --instrument, --as-of and --json."""
    parser.add_argument(
        "file", metavar="FACTS", help="JSON：答案，可同时写企业事实 answers, and facts beside them"
    )
    parser.add_argument("--target", metavar="LEVEL", help="目标等级，默认下一级 level to reach")
    parser.add_argument("--budget", metavar="YUAN", help="企业自付预算，元 budget in yuan")
    parser.add_argument(
        "--benefits",
        metavar="IDS",
        help="计入哪些补助：编号以逗号分开，或 all、none；默认按事实判断 benefits to count on",
    )
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
    day = _day(args.as_of)
    facts, answers = _given(args, policy, scorer)
    if received is not None:
        facts |= {benefit.used: received for benefit in road.benefits if benefit.used}
    found = standings(Rulebook(policy, day), road, facts)
    counted = _counted(args, found)
    planner = Planner(scorer, road)
    try:
        ways = planner.ways(answers, counted)
        points = planner.frontier(answers, counted) if args.json else ()
        level = scorer.score(answers).reached
    except AnswerError as error:
        raise Refused(
            f"{args.file}：{error.message.zh}", f"{args.file}: {error.message.en}"
        ) from error
    target = _target(args.target, level, len(ways))
    best = planner.within(ways, target, budget)
    if args.json:
        show_json(
            {
                "instrument": args.instrument,
                "level": level,
                "target": target,
                "budget_fen": budget,
                "reached": best.plan.level if best and best.plan else level,
                "benefits": [_standing(each, counted, args.lang) for each in found],
                "plan": _plan(best.plan, counted, args.lang) if best and best.plan else None,
                "frontier": [_way(way, args.lang) for way in ways],
                "points": [
                    {"net_fen": point.net_fen, "level": point.level, "score": plain(point.score)}
                    for point in points
                ],
                "policy_digest": policy.digest,
            }
        )
    else:
        _report_benefits(args, policy, found, counted)
        _report(args, level, target, ways, best, counted)
        say(args, f"政策摘要 SHA-256 {policy.digest}", f"Policy digest SHA-256 {policy.digest}")
    return 0 if best is not None and best.level >= target else 1


def _given(
    args: argparse.Namespace, policy: Policy, scorer: Scorer
) -> tuple[dict[str, FactValue], dict[str, Any]]:
    """Facts and answers of a file, side by side or each under its own name. Refused where a fact
    does not fit."""
    given = read_json(args.file)
    if not isinstance(given, dict):
        raise Refused(
            f'{args.file}：应是题目编号到答案的对应，如 {{"q1": "BC", "quality": 2}}。',
            f'{args.file}: write one object from item to answer, {{"q1": "BC", "quality": 2}}.',
        )
    flat: dict[str, object] = {}
    for name, value in given.items():
        inner = value if name in ("facts", "answers") and isinstance(value, dict) else {name: value}
        for key, each in inner.items():
            if key in flat:
                raise Refused(
                    f"{args.file}：“{key}”写了不止一次。请只留一个。",
                    f"{args.file}: “{key}” is given more than once. Keep one.",
                )
            flat[key] = each
    asked = {*scorer.items, *scorer.figures}
    named = {k: v for k, v in flat.items() if k in policy.facts and k not in asked}
    try:
        facts = dict(sized(policy, read_facts(policy, named)))
    except FactError as error:
        raise Refused(f"{args.file}：{error.said.zh}", f"{args.file}: {error.said.en}") from error
    return facts, {k: v for k, v in flat.items() if k not in named}


def _counted(args: argparse.Namespace, found: tuple[Standing, ...]) -> tuple[Benefit, ...]:
    """The benefits to count on: those named, else those that the facts say the firm may have."""
    if args.benefits is None:
        return tuple(each.benefit for each in found if each.outcome == "yes")
    known = [each.benefit.id for each in found]
    named = [name.strip() for name in args.benefits.split(",")]
    chosen = {"all": known, "none": []}.get(args.benefits.strip(), named)
    for name in chosen:
        if name not in known:
            raise Refused(
                f"--benefits：没有“{name}”。可用：{'、'.join([*known, 'all', 'none'])}。",
                f"--benefits: there is no “{name}”. Known: {', '.join([*known, 'all', 'none'])}.",
            )
    return tuple(each.benefit for each in found if each.benefit.id in chosen)


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


def _standing(each: Standing, counted: tuple[Benefit, ...], lang: str) -> dict[str, object]:
    return {
        "id": each.benefit.id,
        "name": each.benefit.name.said(lang),
        "covers": each.benefit.covers,
        "outcome": each.outcome,
        "counted": each.benefit in counted,
        "failed": [text.said(lang) for text in each.failed],
        "missing": list(each.missing),
    }


def _way(way: Way, lang: str) -> dict[str, object]:
    return {
        "level": way.level,
        "name": way.name.said(lang),
        "price_fen": way.plan.price_fen if way.plan else None,
        "subsidy_fen": way.plan.subsidy_fen if way.plan else None,
        "net_fen": way.plan.net_fen if way.plan else None,
        "days": way.plan.days if way.plan else None,
        "days_parallel": way.plan.days_parallel if way.plan else None,
        "why": way.why.said(lang),
    }


def _plan(plan: Plan, counted: tuple[Benefit, ...], lang: str) -> dict[str, object]:
    """Schema: docs/reference/schemas/roadmap.schema.json."""
    return {
        "level": plan.level,
        "score": plain(plan.score),
        "price_fen": plan.price_fen,
        "subsidy_fen": plan.subsidy_fen,
        "net_fen": plan.net_fen,
        "paid": [
            {"id": b.id, "name": b.name.said(lang), "fen": plan.paid[b.id]}
            for b in counted
            if b.id in plan.paid
        ],
        "days": plan.days,
        "days_parallel": plan.days_parallel,
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
                "paid_by": step.paid_by,
                "net_fen": step.net_fen,
                "days": step.days,
                "starts": step.starts,
            }
            for step in plan.steps
        ],
    }


def _report_benefits(
    args: argparse.Namespace,
    policy: Policy,
    found: tuple[Standing, ...],
    counted: tuple[Benefit, ...],
) -> None:
    """What is counted on, and for what is not, why and what would change it."""
    for each in found:
        name, id = each.benefit.name, each.benefit.id
        terms = [policy.facts[fact].term for fact in each.missing]
        if each.benefit in counted:
            say(args, f"计入：{name.zh}", f"Counted on: {name.en}")
        elif args.benefits is not None:
            say(args, f"没有计入：{name.zh}（--benefits）", f"Not counted on: {name.en}, as asked")
        elif each.outcome == "no":
            say(
                args,
                f"没有计入：{name.zh}，不符合：{'；'.join(text.zh for text in each.failed)}",
                f"Not counted on: {name.en}, not met: {'; '.join(t.en for t in each.failed)}",
            )
        else:
            say(
                args,
                f"没有计入：{name.zh}，还差：{'、'.join(t.zh for t in terms)}。"
                f"补充后即可判断；先按能享受算，请加 --benefits {id}",
                f"Not counted on: {name.en}, still needed: {', '.join(t.en for t in terms)}. "
                f"To count on it meanwhile, add --benefits {id}",
            )


def _report(
    args: argparse.Namespace,
    level: int,
    target: int,
    ways: tuple[Way, ...],
    best: Way | None,
    counted: tuple[Benefit, ...],
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
    if best and best.plan:
        _report_plan(args, best.plan, {benefit.id: benefit.name for benefit in counted})
    for way in ways:
        to = level_text(way.level)
        cost = yuan(way.plan.net_fen) if way.plan else ""
        say(
            args,
            f"{to.zh}：{'最少自付 ' + cost + ' 元' if way.plan else way.why.zh}",
            f"{to.en}: {'at least CNY ' + cost if way.plan else way.why.en}",
        )


def _report_plan(args: argparse.Namespace, plan: Plan, names: dict[str, Text]) -> None:
    for place, step in enumerate(plan.steps, 1):
        say(
            args,
            f"{place}. {step.item} → {step.to}　{step.text.zh}　{step.reason.zh}",
            f"{place}. {step.item} -> {step.to}  {step.text.en}  {step.reason.en}",
        )
        paid = Text("", "")
        if step.paid_by:
            name, fen = names[step.paid_by], yuan(step.subsidy_fen)
            paid = Text(f"{name.zh} {fen} 元，", f"{name.en} {fen}, ")
        price, net = yuan(step.price_fen), yuan(step.net_fen)
        say(
            args,
            f"   价 {price} 元，{paid.zh}自付 {net} 元，{step.days} 个工作日",
            f"   CNY {price}, {paid.en}net {net}, {step.days} working days",
        )
    parts = [(names[id], yuan(fen)) for id, fen in plan.paid.items()]
    zh = "".join(f"{name.zh} {fen} 元，" for name, fen in parts)
    en = "".join(f"{name.en} {fen}, " for name, fen in parts)
    price, net, score = yuan(plan.price_fen), yuan(plan.net_fen), plain(plan.score)
    say(
        args,
        f"合计：到 {plan.level} 级、{score} 分，价 {price} 元，{zh}自付 {net} 元",
        f"Total: level {plan.level}, score {score}, CNY {price}, {en}net {net}",
    )
    say(
        args,
        f"逐项做 {plan.days} 个工作日，能并行的并行做 {plan.days_parallel} 个工作日",
        f"{plan.days} working days one after the other, {plan.days_parallel} side by side",
    )
