"""What must hold between the records of a policy: vocabulary, codes, instruments and plans.

Each check looks at rows (record and table) and writes faults through the table, so they carry its
lines. Where a file is lost or a table already has a fault, the checks that build on it keep
silent: one mistake, one message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from dengta.core.drafts import Draft, Row
from dengta.core.reading import Table, nearest, shown
from dengta.core.shapes import (
    Gate,
    Instrument,
    Node,
    Period,
    Plan,
    Question,
    Region,
    Target,
    Term,
    Text,
)

R = TypeVar("R")


def unique(
    rows: Iterable[tuple[Table, Hashable]], what: Text, place: str = "id", by_key: bool = False
) -> None:
    """Every id once. `by_key` when the table's heading is the id; blank ids have their fault."""
    seen: dict[Hashable, Table] = {}
    for table, key in rows:
        if key in ("", None):
            continue
        first = seen.setdefault(key, table)
        if first is table:
            continue
        at = first.sheet.name + ":" + str(first.line() if by_key else first.line(place))
        table.fault(
            () if by_key else place,
            Text(f"{what.zh} {key} 已见于 {at}", f"{what.en} {key} is already at {at}"),
            Text("请删去其中一处或改名", "remove or rename one of them"),
        )


def known(
    table: Table, place: str | tuple[str | int, ...], word: str, names: Iterable[str], what: Text
) -> bool:
    """Hold a reference against what there is; a blank one has its fault already."""
    every = list(names)
    if not word or word in every:
        return True
    table.fault(
        place,
        Text(f"没有这个{what.zh}：{shown(word)}", f"there is no {what.en} {shown(word)}"),
        nearest(word, every),
    )
    return False


def overlapping(rows: Sequence[tuple[R, Period]]) -> list[tuple[R, R]]:
    """Pairs of neighbours whose periods share a day, the later one second."""
    ordered = sorted(rows, key=lambda row: row[1].start or dt.date.min)
    pairs = []
    for (one, first), (other, second) in pairwise(ordered):
        if first.end is None or second.start is None or second.start <= first.end:
            pairs.append((one, other))
    return pairs


def references(draft: Draft) -> None:
    """All checks of this module."""
    unique(((r.table, r.record.id) for r in draft.facts), Text("事实", "fact"), by_key=True)
    _glossary(draft.terms)
    _industries(draft)
    _sizes(draft)
    _regions(draft)
    _instruments(draft)
    _plans(draft)


def _glossary(rows: list[Row[Term]]) -> None:
    unique(((r.table, r.record.id) for r in rows), Text("术语", "term"), by_key=True)
    unique(((r.table, r.record.zh) for r in rows), Text("中文术语", "Chinese term"), "zh")
    unique(((r.table, r.record.en.lower()) for r in rows), Text("英文术语", "English term"), "en")


def _industries(draft: Draft) -> None:
    unique(((r.table, r.record.code) for r in draft.sections), Text("门类", "section"), "code")
    unique(((r.table, r.record.code) for r in draft.divisions), Text("大类", "division"), "code")
    sections = [r.record.code for r in draft.sections]
    for row in draft.divisions:
        known(row.table, "section", row.record.section, sections, Text("门类", "section"))


def _sizes(draft: Draft) -> None:
    """Each prefix stands once, in a known division; each division is covered or outside."""
    unique(((r.table, r.record.id) for r in draft.size_rows), Text("划型行", "size row"))
    divisions = {r.record.code for r in draft.divisions}
    entries = [(table, ("outside", index), code) for table, index, code in draft.outside]
    for row in draft.size_rows:
        entries += [
            (row.table, ("prefixes", i), code) for i, code in enumerate(row.record.prefixes)
        ]
    seen: dict[str, str] = {}
    for table, place, code in entries:
        at = f"{table.sheet.name}:{table.line(*place)}"
        if seen.setdefault(code, at) != at:
            table.fault(
                place,
                Text(
                    f"行业代码 {code} 已见于 {seen[code]}",
                    f"code {code} is already at {seen[code]}",
                ),
                Text("请只归入一行", "put it into one row only"),
            )
        elif divisions and code[:2] not in divisions and "industries.toml" not in draft.lost:
            table.fault(
                place,
                Text(
                    f"没有这个行业大类：{shown(code[:2])}",
                    f"there is no division {shown(code[:2])}",
                ),
                Text("请核对 industries.toml", "check industries.toml"),
            )
    if not draft.size_rows or not all(row.table.sound for row in draft.size_rows):
        return
    for division in draft.divisions:
        if (
            division.record.code
            and division.record.code not in seen
            and "size_classes.toml" not in draft.lost
        ):
            draft.size_rows[0].table.sheet.root.fault(
                "outside",
                Text(
                    f"行业大类 {division.record.code} 不属于任何划型行",
                    f"division {division.record.code} belongs to no size row",
                ),
                Text(
                    "请加进某行的 prefixes，或写进 outside",
                    "add it to the prefixes of a row, or to outside",
                ),
            )


_ABOVE = {"county": ("city", 4), "city": ("province", 2)}


def _regions(draft: Draft) -> None:
    rows = draft.regions
    unique(((r.table, r.record.code) for r in rows), Text("地区", "region"), "code")
    unique(((r.table, r.record.tile) for r in rows), Text("方块位置", "tile"), "tile")
    regions = {r.record.code: r.record for r in rows}
    for row in rows:
        if row.table.sound:
            _region(row.table, row.record, regions)


def _region(table: Table, region: Region, regions: dict[str, Region]) -> None:
    """A county stands below a city, a city below a province, and the codes say so too."""
    if region.tile is not None and region.level != "city":
        table.fault(
            "tile",
            Text("只有市级单位才有方块", "only a division of level city has a tile"),
            Text("请删去 tile", "remove tile"),
        )
    if region.level == "province":
        if region.parent:
            table.fault(
                "parent",
                Text("省级没有上级地区", "a province has no region above it"),
                Text("请删去 parent", "remove parent"),
            )
        return
    above, digits = _ABOVE[region.level]
    if not region.parent:
        table.missing("parent", f'parent = "{region.code[:digits]:0<6}"')
        return
    if not known(table, "parent", region.parent, regions, Text("地区", "region")):
        return
    parent = regions[region.parent]
    if parent.level != above or parent.code[:digits] != region.code[:digits]:
        table.fault(
            "parent",
            Text(
                f"{parent.code}（{parent.name.zh}）不是 {region.code} 的上级",
                f"{parent.code} ({parent.name.en}) is not above {region.code}",
            ),
            Text(
                f"上级应为 {above}，代码前 {digits} 位相同",
                f"write a {above} whose code shares the first {digits} digits",
            ),
        )


def _instruments(draft: Draft) -> None:
    unique(((r.table, r.record.id) for r in draft.instruments), Text("评测指标", "instrument"))
    for row in draft.instruments:
        table, instrument = row.table, row.record
        _tree(table, instrument)
        for each, question in zip(table.rows("question"), instrument.questions, strict=True):
            _question(each, question)
        _scenarios(table, instrument)
        _gates(table, instrument)


def _tree(table: Table, instrument: Instrument) -> None:
    """Ids once, parents that exist without a circle, no empty branch, siblings that sum to 100."""
    nodes, questions = table.rows("node"), table.rows("question")
    scenarios = table.rows("scenario")
    unique(zip(nodes, (n.id for n in instrument.nodes), strict=True), Text("节点", "node"))
    items = [q.id for q in instrument.questions] + [s.id for s in instrument.scenarios]
    unique(
        zip(questions + scenarios, items, strict=True), Text("题目或场景", "question or scenario")
    )
    ids = [n.id for n in instrument.nodes]
    kind = Text("节点", "node")
    circle = _circle(instrument.nodes)
    for each, node in zip(nodes, instrument.nodes, strict=True):
        known(each, "parent", node.parent, ids, kind)
        if node.id in circle:
            each.fault(
                "parent",
                Text(f"节点 {node.id} 是自己的上级", f"node {node.id} stands above itself"),
                Text("请改正 parent", "correct parent"),
            )
    for each, question in zip(questions, instrument.questions, strict=True):
        known(each, "node", question.path[-1] if question.path else "", ids, kind)
    if all(each.sound for each in (*nodes, *questions)):
        _sums(table, instrument)


def _circle(nodes: Sequence[Node]) -> set[str]:
    """The nodes that come back to themselves on the way up."""
    parents = {node.id: node.parent for node in nodes}
    found = set()
    for start in parents:
        above, steps = parents[start], 0
        while above and above != start and steps <= len(parents):
            above, steps = parents.get(above, ""), steps + 1
        if above == start:
            found.add(start)
    return found


def _sums(table: Table, instrument: Instrument) -> None:
    """Under each node, and at the root, the weights of nodes and questions make 100."""
    shares: dict[str, list[tuple[Table, int]]] = {}
    for row, node in zip(table.rows("node"), instrument.nodes, strict=True):
        shares.setdefault(node.parent, []).append((row, node.weight))
    for row, question in zip(table.rows("question"), instrument.questions, strict=True):
        parent = question.path[-1] if question.path else ""
        shares.setdefault(parent, []).append((row, question.weight))
    for parent, members in shares.items():
        total = sum(weight for _, weight in members)
        if total != 100:
            whose = shown(parent) if parent else "root"
            members[-1][0].fault(
                "weight",
                Text(
                    f"{whose} 之下的权重合计 {total}，应为 100",
                    f"the weights under {whose} sum to {total}, not 100",
                ),
                Text("请核对同级各项的 weight", "check the weight of every sibling"),
            )
    for row, node in zip(table.rows("node"), instrument.nodes, strict=True):
        if node.id not in shares:
            row.fault(
                "id",
                Text(f"节点 {node.id} 之下没有题目", f"node {node.id} has no question below it"),
                Text("请补题目或删去节点", "add a question or remove the node"),
            )


def _question(table: Table, question: Question) -> None:
    """Options once each; those of a multiple choice make 100; an exclusive one counts nothing."""
    rows = table.rows("options")
    unique(zip(rows, (o.id for o in question.options), strict=True), Text("选项", "option"))
    if not rows or not all(row.sound for row in (table, *rows)):
        return
    for row, option in zip(rows, question.options, strict=True):
        if option.exclusive and option.weight:
            row.fault(
                "weight",
                Text(
                    f"互斥选项 {option.id} 的权重是 {option.weight}",
                    f"exclusive option {option.id} has weight {option.weight}",
                ),
                Text("互斥选项权重应为 0", "an exclusive option weighs 0"),
            )
    additive = [option.weight for option in question.options if not option.exclusive]
    if question.kind == "multi" and sum(additive) != 100:
        table.fault(
            "options",
            Text(
                f"多选题 {question.id} 的选项权重合计 {sum(additive)}，应为 100",
                f"the options of {question.id} sum to {sum(additive)}, not 100",
            ),
            Text("请核对各选项的 weight", "check the weight of every option"),
        )
    if question.kind == "single" and max(additive, default=0) != 100:
        table.fault(
            "options",
            Text(
                f"单选题 {question.id} 的最优选项权重是 {max(additive, default=0)}，应为 100",
                f"the best option of {question.id} weighs {max(additive, default=0)}, not 100",
            ),
            Text("请核对各选项的 weight", "check the weight of every option"),
        )


def _scenarios(table: Table, instrument: Instrument) -> None:
    """A group that exists, and one criterion for each level."""
    levels = max((gate.level for gate in instrument.gates), default=0)
    if not levels and instrument.scenarios:
        levels = len(instrument.scenarios[0].criteria)
    for row, scenario in zip(table.rows("scenario"), instrument.scenarios, strict=True):
        known(row, "group", scenario.group, instrument.groups, Text("场景组", "group"))
        count = len(scenario.criteria)
        if row.sound and count != levels:
            row.fault(
                "criteria",
                Text(
                    f"场景 {scenario.id} 有 {count} 条等级说明，应为 {levels} 条",
                    f"scenario {scenario.id} has {count} criteria, not {levels}",
                ),
                Text("请每级写一条", "write one for each level"),
            )


def _gates(table: Table, instrument: Instrument) -> None:
    """Levels 1, 2, 3 …, each asking no less than the one below, and nothing that cannot be met."""
    rows = table.rows("gate")
    if not all(row.sound for row in rows):
        return
    before: Gate | None = None
    offered = len(instrument.scenarios)
    binding = sum(scenario.binding for scenario in instrument.scenarios)
    for row, gate in zip(rows, instrument.gates, strict=True):
        if gate.level != (before.level + 1 if before else 1):
            row.fault(
                "level",
                Text(f"等级 {gate.level} 不连续", f"level {gate.level} is out of order"),
                Text("请从 1 起逐级写", "write the levels from 1 upwards without a gap"),
            )
        _no_easier(row, gate, before)
        most = Text("场景", "scenarios")
        _within(row, "scenarios", gate.scenarios, offered, most)
        _within(row, "binding", gate.binding, min(binding, gate.scenarios), most)
        before = gate


def _no_easier(row: Table, gate: Gate, before: Gate | None) -> None:
    if before is None:
        return
    asked: tuple[tuple[str, Callable[[Gate], int]], ...] = (
        ("score", lambda g: g.score),
        ("scenarios", lambda g: g.scenarios),
        ("binding", lambda g: g.binding),
    )
    for key, of in asked:
        # Points rise with each level; numbers of scenarios may stay the same.
        if of(gate) < of(before) or (key == "score" and of(gate) == of(before)):
            row.fault(
                key,
                Text(
                    f"等级 {gate.level} 的 {key} 是 {of(gate)}，不高于下一级的 {of(before)}",
                    f"{key} of level {gate.level} is {of(gate)}, after {of(before)} a level below",
                ),
                Text("门槛应逐级提高", "gates rise from level to level"),
            )


def _within(row: Table, key: str, asked: int, offered: int, what: Text) -> None:
    if asked > offered:
        row.fault(
            key,
            Text(
                f"{key} 要求 {asked} 个{what.zh}，最多只有 {offered} 个",
                f"{key} asks for {asked} {what.en} where there are at most {offered}",
            ),
            Text("请降低要求", "ask for fewer"),
        )


def _plans(draft: Draft) -> None:
    unique(((r.table, r.record.id) for r in draft.plans), Text("方案", "plan"))
    unique(((r.table, r.record.id) for r in draft.targets), Text("目标", "target"))
    plans: dict[str, Plan] = {r.record.id: r.record for r in draft.plans}
    for row in draft.plans:
        measures = row.table.rows("measure")
        numbers = (measure.number for measure in row.record.measures)
        unique(zip(measures, numbers, strict=True), Text("举措", "measure"), "number")
        money = [each for measure in measures for each in measure.rows("money")]
        ids = [each.id for measure in row.record.measures for each in measure.money]
        unique(zip(money, ids, strict=True), Text("资金", "money figure"))
    for target in draft.targets:
        if "plans" not in draft.lost:
            known(target.table, "plan", target.record.plan, plans, Text("方案", "plan"))
        _counted(target, draft)


def _counted(target: Row[Target], draft: Draft) -> None:
    """An indicator that counts a title names one of the vocabulary's titles."""
    kind, _, title = target.record.indicator.partition(":")
    titles = [
        name for row in draft.facts if row.record.id == "titles" for name in row.record.values
    ]
    if kind == "title" and titles:
        known(target.table, "indicator", title, titles, Text("称号", "title"))
