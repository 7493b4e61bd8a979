"""How a result is read: the ladder of levels, the sides of the radar, the strip of scenarios.

Plain data with a `Text` for every word, so that the page and the paper show the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dengta.core.scoring import GateResult, Result, level_text, plain
from dengta.core.shapes import Instrument, Text


@dataclass(frozen=True, slots=True)
class GateLine:
    """One condition of a level: what it is about, what it asks, what there is, what is lacking."""

    label: Text
    need: Text
    have: Text
    met: bool
    gap: Text | None


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of the ladder."""

    level: int
    name: Text
    reached: bool
    current: bool
    next: bool
    gates: tuple[GateLine, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One spoke of the radar, in whole per cent of the maximum."""

    label: Text
    value: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario: its level now and last time, None where it is not answered or does not
    apply."""

    id: str
    name: Text
    level: int | None
    before: int | None
    binding: bool
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The scenarios of one group."""

    name: Text
    cells: tuple[Cell, ...]


def level_title(level: int, name: Text | None) -> Text:
    """A level with its name: 二级（规范级）."""
    number = level_text(level)
    english = number.en.capitalize()
    if name is None:
        return Text(number.zh, english)
    if name.zh == number.zh:
        return Text(name.zh, name.en)
    return Text(f"{number.zh}（{name.zh}）", f"{english} ({name.en})")


def ladder(instrument: Instrument, result: Result, stands: int | None) -> tuple[Rung, ...]:
    """The levels from the highest to the lowest; `stands` is the level that counts, which may be
    another than that of the firm's own answers."""
    level = stands or 0
    return tuple(
        Rung(
            gate.level,
            level_title(gate.level, gate.name),
            gate.level <= level,
            gate.level == level,
            gate.level == level + 1,
            gate_lines(instrument, result, gate),
        )
        for gate in sorted(result.gates, key=lambda gate: -gate.level)
    )


def gate_lines(instrument: Instrument, result: Result, gate: GateResult) -> tuple[GateLine, ...]:
    """What a level asks, part by part; only what it does ask."""
    lines: list[GateLine] = []
    if gate.score_needed:
        need = plain(Decimal(gate.score_needed))
        lines.append(
            GateLine(
                Text("得分", "Score"),
                Text(f"不低于 {need} 分", f"at least {need}"),
                Text(f"{result.score_text} 分", result.score_text),
                not gate.score_short,
                _short(gate.score_short and gate.short_text),
            )
        )
    if gate.scenarios_needed or gate.binding_needed:
        lines.append(_scenario_line(gate))
    names = {node.id: node.text for node in instrument.nodes}
    for node, least in gate.nodes_needed.items():
        have, short = plain(result.nodes[node]), gate.nodes_short.get(node, Decimal(0))
        lines.append(
            GateLine(
                names[node],
                Text(f"不低于 {plain(least)} 分", f"at least {plain(least)}"),
                Text(f"{have} 分", have),
                not short,
                _short(short and plain(short)),
            )
        )
    if gate.items_needed:
        lines.append(_item_line(gate))
    return tuple(lines)


def _short(points: str | Decimal) -> Text | None:
    return Text(f"还差 {points} 分", f"{points} points short") if points else None


def _scenario_line(gate: GateResult) -> GateLine:
    zh, en = [], []
    if gate.scenarios_short:
        zh.append(f"还差 {gate.scenarios_short} 个场景")
        en.append(f"{gate.scenarios_short} scenarios short")
    if gate.binding_short:
        zh.append(f"还差 {gate.binding_short} 个★场景")
        en.append(f"{gate.binding_short} ★ short")
    return GateLine(
        Text(f"达到 {gate.level} 级的场景", f"Scenarios at level {gate.level}"),
        Text(
            f"不少于 {gate.scenarios_needed} 个，其中★ {gate.binding_needed} 个",
            f"at least {gate.scenarios_needed}, of which ★ {gate.binding_needed}",
        ),
        Text(
            f"{gate.scenarios_have} 个，其中★ {gate.binding_have} 个",
            f"{gate.scenarios_have}, of which ★ {gate.binding_have}",
        ),
        not zh,
        Text("、".join(zh), ", ".join(en)) if zh else None,
    )


def _item_line(gate: GateResult) -> GateLine:
    short, level = gate.items_short, gate.items_level
    return GateLine(
        Text(f"达到 {level} 级的题", f"Items at band {level}"),
        Text(f"不少于 {gate.items_needed} 项", f"at least {gate.items_needed}"),
        Text(f"{gate.items_have} 项", str(gate.items_have)),
        not short,
        Text(f"还差 {short} 项", f"{short} short") if short else None,
    )


def sides(instrument: Instrument, now: Result, before: Result | None) -> tuple[Side, ...]:
    """Scored dimensions in per cent of their points, scenario groups in per cent of the top."""
    earlier = {d.id: d for d in before.dimensions} if before else {}
    found = [
        Side(
            d.text,
            int(d.points * 100 / d.most) if d.most else 0,
            int(earlier[d.id].points * 100 / d.most) if d.id in earlier and d.most else None,
        )
        for d in now.dimensions
    ]
    for group, text in instrument.groups.items():
        share = _group_share(instrument, group, now)
        if share is not None:
            then = _group_share(instrument, group, before) if before else None
            found.append(Side(text, share, then))
    return tuple(found)


def _group_share(instrument: Instrument, group: str, result: Result) -> int | None:
    """How far the scenarios of a group have come, in whole per cent; None for an empty group."""
    gone = result.not_applicable
    members = [s for s in instrument.scenarios if s.group == group and s.id not in gone]
    top = sum(len(s.criteria) for s in members)
    reached = sum(result.scenario_levels.get(s.id) or 0 for s in members)
    return reached * 100 // top if top else None


def weakest(spokes: tuple[Side, ...]) -> Text | None:
    """What the radar says in one line; None where there is nothing to compare."""
    if len(spokes) < 2:
        return None
    label = min(spokes, key=lambda side: side.value).label
    return Text(f"短板在“{label.zh}”", f"The weakest side is “{label.en}”")


def strip(instrument: Instrument, now: Result, before: Result | None) -> tuple[Row, ...]:
    """The scenarios by group; of an instrument that has none, the questions of a scale by the top
    node they stand under. With the level of the last time."""
    earlier = before.scenario_levels if before else {}
    rows = [
        Row(
            text,
            tuple(
                Cell(
                    s.id,
                    s.text,
                    now.scenario_levels.get(s.id),
                    earlier.get(s.id),
                    s.binding,
                    s.id in now.not_applicable,
                )
                for s in instrument.scenarios
                if s.group == group
            ),
        )
        for group, text in instrument.groups.items()
    ]
    return tuple(row for row in (*rows, *_bands(instrument, now, before)) if row.cells)


def _bands(instrument: Instrument, now: Result, before: Result | None) -> list[Row]:
    earlier = before.bands if before else {}
    return [
        Row(
            node.text,
            tuple(
                Cell(q.id, headword(q.text), now.bands[q.id], earlier.get(q.id), False)
                for q in instrument.questions
                if q.id in now.bands and q.path[:1] == (node.id,)
            ),
        )
        for node in instrument.nodes
        if not node.parent
    ]


def headword(text: Text) -> Text:
    """What stands before the colon of a question that names its subject first."""
    return Text(text.zh.split("：")[0], text.en.split(":")[0])


def top_of(instrument: Instrument) -> int:
    """The highest level of a scenario, or band of a question of a scale."""
    levels = [len(scenario.criteria) for scenario in instrument.scenarios]
    bands = [int(q.columns[-1].id) for q in instrument.questions if q.kind == "scale"]
    return max([*levels, *bands], default=0)


def lacking(instrument: Instrument, result: Result, stands: int | None) -> Text | None:
    """What the next level still lacks, in one line; None at the top or where nothing is known to
    be lacking."""
    following = next((g for g in result.gates if g.level == (stands or 0) + 1), None)
    if following is None:
        return None
    gaps = [line.gap for line in gate_lines(instrument, result, following) if line.gap]
    if not gaps:
        return None
    to = level_text(following.level)
    return Text(
        f"距{to.zh}{'，'.join(gap.zh for gap in gaps)}。",
        f"To {to.en}: {', '.join(gap.en for gap in gaps)}.",
    )
