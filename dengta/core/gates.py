"""What must hold of an instrument's gates and weights, said once for policy files and for what-ifs.

A `Slip` names the key that is wrong; who reads it knows the line, or the form's field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from dengta.core.shapes import Gate, Instrument, Text
from dengta.core.weights import Family


class Slip(NamedTuple):
    """One rule that does not hold: the key, what is wrong, how to mend it."""

    key: tuple[str, ...]
    message: Text
    mend: Text


def unbalanced(family: Family) -> Slip | None:
    """Weights that count have to make 100."""
    if not family.weighted or family.total == 100:
        return None
    whose = f'"{family.parent}"' if family.parent else "root"
    level = Text(f"第 {family.level} 级", f" at level {family.level}")
    at = level if family.level else Text("", "")
    few = family.members[:6]
    names = " + ".join(f"{member.id} {member.weight}" for member in few)
    names += " + …" if len(family.members) > len(few) else ""
    mend = Text("请核对同级各项的 weight", "check the weight of every sibling")
    if family.level:
        mend = Text(
            f"请核对同级各项的 weight（{names}）；每项在每一级都要有题",
            f"check the weight of every sibling ({names}); each needs a question at every level",
        )
    return Slip(
        ("weight",),
        Text(
            f"{whose} 之下{at.zh}的权重合计 {family.total}，应为 100",
            f"the weights under {whose}{at.en} sum to {family.total}, not 100",
        ),
        mend,
    )


def gate_slips(instrument: Instrument) -> Iterator[tuple[int, Slip]]:
    """What is wrong with the gates, each with the place of its gate: levels 1, 2, 3 …, each asking
    no less than the one below, and nothing that cannot be met."""
    before: Gate | None = None
    for at, gate in enumerate(instrument.gates):
        if gate.level != (before.level + 1 if before else 1):
            yield (
                at,
                Slip(
                    ("level",),
                    Text(f"等级 {gate.level} 不连续", f"level {gate.level} is out of order"),
                    Text("请从 1 起逐级写", "write the levels from 1 upwards without a gap"),
                ),
            )
        if before is not None:
            for slip in _easier(instrument, gate, before):
                yield at, slip
        for slip in _beyond(instrument, gate):
            yield at, slip
        before = gate


def _easier(instrument: Instrument, gate: Gate, before: Gate) -> Iterator[Slip]:
    scored = any(each.score for each in instrument.gates)
    asked: tuple[tuple[str, Callable[[Gate], int]], ...] = (
        ("score", lambda g: g.score),
        ("scenarios", lambda g: g.scenarios),
        ("binding", lambda g: g.binding),
    )
    for key, of in asked:
        # Points rise with each level; numbers of scenarios may stay the same.
        if of(gate) < of(before) or (key == "score" and scored and of(gate) == of(before)):
            yield _rising((key,), gate.level, of(gate), of(before))
    for node, least in before.nodes.items():
        if gate.nodes.get(node, 0) < least:
            yield _rising(("nodes", node), gate.level, gate.nodes.get(node, 0), least)
    if before.items is not None:
        now, then = gate.items, before.items
        if now is None or now.level < then.level:
            yield _rising(("items", "level"), gate.level, now.level if now else 0, then.level)
        elif now.level == then.level and now.many < then.many:
            yield _rising(("items", "count"), gate.level, now.many, then.many)
    same = gate.nodes == before.nodes and gate.items == before.items
    if same and not scored and not gate.scenarios:
        yield Slip(
            ("level",),
            Text(
                f"等级 {gate.level} 的要求与下一级相同",
                f"level {gate.level} asks for what the level below asks for",
            ),
            Text("门槛应逐级提高", "gates rise from level to level"),
        )


def _rising(key: tuple[str, ...], level: int, now: int, before: int) -> Slip:
    name = ".".join(key)
    return Slip(
        key,
        Text(
            f"等级 {level} 的 {name} 是 {now}，不高于下一级的 {before}",
            f"{name} of level {level} is {now}, after {before} a level below",
        ),
        Text("门槛应逐级提高", "gates rise from level to level"),
    )


def _beyond(instrument: Instrument, gate: Gate) -> Iterator[Slip]:
    scenarios = Text("场景", "scenarios")
    binding = sum(scenario.binding for scenario in instrument.scenarios)
    scales = sum(question.kind == "scale" for question in instrument.questions)
    points = Text(f"分（1/10^{instrument.decimals} 分）", f"points (in 1/10^{instrument.decimals})")
    most = instrument.full * 10**instrument.decimals
    if instrument.aggregate != "none":
        yield from _within(("score",), gate.score, most, points)
    elif gate.score:
        yield Slip(
            ("score",),
            Text(
                "没有总分的指标不能以分数分级", "there is no total that a score could be asked of"
            ),
            Text(
                "请用 items 或 nodes，或改 aggregate", "ask for items or nodes, or change aggregate"
            ),
        )
    yield from _within(("scenarios",), gate.scenarios, len(instrument.scenarios), scenarios)
    yield from _within(("binding",), gate.binding, min(binding, gate.scenarios), scenarios)
    for node, least in gate.nodes.items():
        yield from _within(("nodes", node), least, most, points)
    if gate.items is not None:
        what = Text("量表题", "questions of a scale")
        yield from _within(("items", "count"), gate.items.many, scales, what)


def _within(key: tuple[str, ...], asked: int, offered: int, what: Text) -> Iterator[Slip]:
    if asked > offered:
        name = ".".join(key)
        yield Slip(
            key,
            Text(
                f"{name} 要求 {asked} 个{what.zh}，最多只有 {offered} 个",
                f"{name} asks for {asked} {what.en} where there are at most {offered}",
            ),
            Text("请降低要求", "ask for fewer"),
        )
