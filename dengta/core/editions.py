"""Instruments beside one another: variants, copies with other weights, answers carried over from
another edition, and which instruments apply."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

from dengta.core.answers import Answer, AnswerError
from dengta.core.figures import TOTAL
from dengta.core.gates import gate_slips, unbalanced
from dengta.core.reading import nearest, shown
from dengta.core.scoring import Scorer
from dengta.core.shapes import (
    AppliesTo,
    AtLeast,
    Carry,
    Gate,
    Instrument,
    Node,
    Period,
    Policy,
    Question,
    Source,
    Text,
)
from dengta.core.weights import families

GATE_PARTS = ("score", "scenarios", "binding", "nodes", "items")


class InstrumentFault(ValueError):
    """A change that an instrument cannot take: at which item, what is wrong, how to mend it."""

    def __init__(self, item: str, message: Text, mend: Text) -> None:
        super().__init__(f"{message.zh}；{mend.zh}")
        self.item, self.message, self.mend = item, message, mend

    @property
    def said(self) -> Text:
        """The whole of it on one line."""
        return Text(f"{self.message.zh}。{self.mend.zh}。", f"{self.message.en}. {self.mend.en}.")


def varied(
    base: Instrument,
    *,
    id: str,
    name: Text,
    source: Source,
    in_force: Period,
    applies_to: AppliesTo,
    carries: tuple[Carry, ...],
    weights: Mapping[str, int],
) -> Instrument:
    """A variant: the same instrument with other weights of nodes.

    A node of weight 0 falls away with everything below it, and so do the contradictions and the
    parts of gates that speak of it.
    """
    parents = {node.id: node.parent for node in base.nodes}
    gone = {node for node, weight in weights.items() if weight == 0}
    for _ in base.nodes:
        more = {node for node, parent in parents.items() if parent in gone} - gone
        if not more:
            break
        gone |= more
    questions = tuple(q for q in base.questions if not gone.intersection(q.path))
    lost = {q.id for q in base.questions} - {q.id for q in questions}
    return replace(
        base,
        id=id,
        name=name,
        source=source,
        in_force=in_force,
        applies_to=applies_to,
        carries=carries,
        variant_of=base.id,
        nodes=tuple(
            replace(node, weight=weights.get(node.id, node.weight))
            for node in base.nodes
            if node.id not in gone
        ),
        questions=questions,
        gates=tuple(
            replace(gate, nodes={k: v for k, v in gate.nodes.items() if k not in gone})
            for gate in base.gates
        ),
        contradictions=tuple(
            each
            for each in base.contradictions
            if not lost.intersection((*each.items, *re.findall(r"[a-z][a-z0-9_]*", each.when)))
        ),
    )


def reweighted(
    instrument: Instrument,
    weights: Mapping[str, int] | None = None,
    gates: Mapping[int, Mapping[str, object]] | None = None,
) -> Instrument:
    """A copy with other weights of nodes (or questions) and other numbers in its gates.

    `gates` is by level: any of `score`, `scenarios`, `binding`, `nodes` ({node: least}), `items`
    ({"count": n, "level": k}), counted as in the policy file. Nothing else changes, so answers and
    coded tables stay good. InstrumentFault when siblings do not make 100, a name is unknown, a
    number is out of range, or gates do not rise.
    """
    copy = _weighted(instrument, weights or {})
    for family in families(copy):
        if unbalanced(family) is not None:
            raise _unbalanced(copy, family.parent, family.total, family.members)
    if gates:
        copy = replace(copy, gates=_gates(copy, gates))
        for at, slip in gate_slips(copy):
            raise InstrumentFault(f"gate {copy.gates[at].level}", slip.message, slip.mend)
    return copy


def _weighted(instrument: Instrument, weights: Mapping[str, int]) -> Instrument:
    counted = {
        member.id for family in families(instrument) if family.weighted for member in family.members
    }
    every = [*(node.id for node in instrument.nodes), *(q.id for q in instrument.questions)]
    for name, weight in weights.items():
        if name not in every:
            raise InstrumentFault(
                name,
                Text(f"没有这个节点或题目：{shown(name)}", f"there is no node {shown(name)}"),
                nearest(name, every),
            )
        if name not in counted:
            raise InstrumentFault(
                name,
                Text(f"{name} 的同级不按权重汇总", f"the siblings of {name} count alike"),
                Text("请去掉这一项", "leave it out"),
            )
        if type(weight) is not int or not 0 <= weight <= 100:
            raise InstrumentFault(
                name,
                Text(
                    f"{name} 的权重不能是 {shown(weight)}",
                    f"the weight of {name} cannot be {shown(weight)}",
                ),
                Text("请写 0 至 100 的整数", "write a whole number from 0 to 100"),
            )
    nodes = {node.id for node in instrument.nodes}
    return replace(
        instrument,
        nodes=tuple(replace(n, weight=weights.get(n.id, n.weight)) for n in instrument.nodes),
        questions=tuple(
            q if q.id in nodes or q.id not in weights else replace(q, weight=weights[q.id])
            for q in instrument.questions
        ),
    )


def _unbalanced(
    instrument: Instrument, parent: str, total: int, members: tuple[Node | Question, ...]
) -> InstrumentFault:
    """A sentence that names the group, its members and their sum."""
    named = next((node.text for node in instrument.nodes if node.id == parent), instrument.name)
    zh = " + ".join(f"{member.text.zh} {member.weight}" for member in members[:8])
    en = " + ".join(f"{member.text.en} {member.weight}" for member in members[:8])
    apart = total - 100
    mend = Text(f"请减少 {apart}", f"take {apart} away")
    if apart < 0:
        mend = Text(f"请再加 {-apart}", f"add {-apart}")
    return InstrumentFault(
        parent,
        Text(
            f"“{named.zh}”之下的权重合计 {total}，应为 100（{zh}）",
            f"the weights under “{named.en}” sum to {total}, not 100 ({en})",
        ),
        mend,
    )


def _gates(instrument: Instrument, gates: Mapping[int, Mapping[str, object]]) -> tuple[Gate, ...]:
    levels = [gate.level for gate in instrument.gates]
    for level, parts in gates.items():
        if level not in levels:
            every = "、".join(map(str, levels)), ", ".join(map(str, levels))
            raise InstrumentFault(
                f"gate {level}",
                Text(f"没有等级 {shown(level)}", f"there is no level {shown(level)}"),
                Text(f"等级有 {every[0]}", f"the levels are {every[1]}"),
            )
        for key in parts:
            if key not in GATE_PARTS:
                raise InstrumentFault(
                    f"gate {level}",
                    Text(f"门槛没有 {shown(key)} 一项", f"a gate has no {shown(key)}"),
                    nearest(key, GATE_PARTS),
                )
    return tuple(
        _changed(instrument, gate, gates[gate.level]) if gate.level in gates else gate
        for gate in instrument.gates
    )


def _changed(instrument: Instrument, gate: Gate, parts: Mapping[str, object]) -> Gate:
    """One gate with other numbers."""
    nodes = parts.get("nodes", gate.nodes)
    items = parts.get("items", gate.items and {"count": gate.items.many, "level": gate.items.level})
    level = f"gate {gate.level}"
    if not isinstance(nodes, Mapping) or not (items is None or isinstance(items, Mapping)):
        raise InstrumentFault(
            level,
            Text("nodes 或 items 的写法不对", "nodes or items is badly formed"),
            Text("请写节点到最低值的对应", "write one object from name to number"),
        )
    known = [node.id for node in instrument.nodes]
    for node in nodes:
        if node not in known:
            raise InstrumentFault(
                level,
                Text(f"没有这个节点：{shown(node)}", f"there is no node {shown(node)}"),
                nearest(str(node), known),
            )
    pair = None
    if items is not None:
        pair = AtLeast(_count(level, "count", items), _count(level, "level", items))
    return replace(
        gate,
        score=_count(level, "score", parts, gate.score),
        scenarios=_count(level, "scenarios", parts, gate.scenarios),
        binding=_count(level, "binding", parts, gate.binding),
        nodes={str(node): _count(level, str(node), nodes) for node in nodes},
        items=pair,
    )


def _count(item: str, key: str, parts: Mapping[str, object], default: int | None = None) -> int:
    value = parts.get(key, default)
    if type(value) is not int or not 0 <= value <= 10**9:
        raise InstrumentFault(
            item,
            Text(f"{key} 不能是 {shown(value)}", f"{key} cannot be {shown(value)}"),
            Text("请写不小于 0 的整数", "write a whole number, 0 or more"),
        )
    return value


def mapping(instrument: Instrument, old: Instrument) -> dict[str, str]:
    """Which item of an older instrument answers each item of this one; empty where none does."""
    own, theirs = items_of(instrument), set(items_of(old))
    if instrument.id == old.id:
        return {item: item for item in own}
    for carry in instrument.carries:
        if carry.origin == old.id:
            items = {item: item for item in own} if carry.same else dict(carry.items)
            return {new: was for new, was in items.items() if new in own and was in theirs}
    return {}


def carried(
    instrument: Instrument,
    old: Instrument,
    answers: Mapping[str, Answer],
    scorer: Scorer | None = None,
) -> dict[str, Answer]:
    """Answers to another edition read as answers to this one, in their normal form.

    Items that nothing maps to, or whose answer this edition does not offer, are left out: they are
    unanswered. For many answer sets give the instrument's `scorer`.
    """
    read = (scorer or Scorer(instrument)).read
    found: dict[str, Answer] = {}
    for new, was in mapping(instrument, old).items():
        try:
            answer = read(new, answers.get(was))
        except AnswerError:
            continue
        if answer is not None:
            found[new] = answer
    return found


def items_of(instrument: Instrument) -> list[str]:
    """Every item that an answer can be given to, figures included."""
    if instrument.recorded_only:
        return [TOTAL]
    return [
        *(question.id for question in instrument.questions),
        *(scenario.id for scenario in instrument.scenarios),
        *(figure.id for figure in instrument.figures),
    ]


def applies(policy: Policy, instrument: Instrument, industry: str, purpose: str) -> bool:
    """Whether an instrument is for an industry (a code, with or without its section's letter) and a
    purpose; a blank one asks nothing."""
    industries, purposes = instrument.applies_to.industries, instrument.applies_to.purposes
    if purpose and purposes and purpose not in purposes:
        return False
    if not industry or not industries:
        return True
    digits = industry.lstrip("ABCDEFGHIJKLMNOPQRST")
    division = policy.industries.get(digits[:2])
    section = division.section if division else industry[:1]
    return any(
        section == code if code.isalpha() else digits.startswith(code) for code in industries
    )


def applicable(
    policy: Policy, day: dt.date, industry: str = "", purpose: str = ""
) -> tuple[Instrument, ...]:
    """The instruments in force on a day for an industry and a purpose, by the order of their
    ids."""
    return tuple(
        instrument
        for _, instrument in sorted(policy.instruments.items())
        if instrument.in_force.holds(day) and applies(policy, instrument, industry, purpose)
    )
