"""Small instruments of every kind, drawn at random, and what they say by plain fractions.

The calculation is written apart from the engine, straight from the description of the format: a
question has a share, a node makes one of those below it, the root makes the total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from dengta.core.shapes import (
    AtLeast,
    Column,
    Gate,
    Instrument,
    Line,
    Node,
    Option,
    Period,
    Question,
    Scenario,
    Source,
    Text,
)

T = Text("题", "item")
Answers = Mapping[str, Any]
MET = {"0": Fraction(0), "5": Fraction(1, 2), "8": Fraction(4, 5), "1": Fraction(1)}
KINDS = ("single", "multi", "equal", "number", "change", "matrix", "scale", "requirements")


def parts(draw: st.DrawFn, many: int) -> list[int]:
    """So many whole numbers above 0 that make 100."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=many - 1, max_size=many - 1)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]


def question(
    draw: st.DrawFn, id: str, path: tuple[str, ...], weight: int, level: int, band_only: bool
) -> Question:
    """One question of a kind drawn at random."""
    kind = draw(st.sampled_from(KINDS))
    rows = tuple(Line(f"r{n}", T) for n in range(draw(st.integers(1, 3))))
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    if kind == "single":
        options = (Option("A", T, 0), Option("B", T, draw(st.integers(0, 99))), Option("C", T, 100))
    elif kind in ("multi", "equal"):
        many = draw(st.integers(1, 3))
        weights = parts(draw, many) if kind == "multi" else [100 // many] * many
        real = tuple(Option("BCD"[n], T, w) for n, w in enumerate(weights))
        options = (Option("A", T, 0, exclusive=True), *real)
    elif kind == "number":
        options = (
            *(Option("A", T, 0), Option("B", T, 30, above=10), Option("C", T, 100, above=40)),
        )
    elif kind == "change":
        options = (
            *(Option("A", T, 0, when="down"), Option("B", T, 50, when="flat")),
            Option("C", T, 100, when="up"),
        )
    elif kind == "matrix":
        columns = (Column("0", T, 0), Column("P", T, draw(st.integers(0, 99))), Column("Y", T, 100))
    elif kind == "scale":
        weights = [None] * 3 if band_only or draw(st.booleans()) else [0, 40, 100]
        columns = tuple(Column(str(n), T, w) for n, w in enumerate(weights))
    else:
        columns = tuple(Column(sign, T, int(met * 100)) for sign, met in MET.items())
    return Question(
        id,
        path,
        T,
        "multi" if kind == "equal" else kind,  # type: ignore[arg-type]
        weight,
        options,
        rows=rows if kind in ("matrix", "requirements") else (),
        columns=columns,
        level=level,
        equal=kind == "equal",
    )


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """One instrument: any aggregate, one or two layers of nodes, gates of every sort."""
    aggregate = draw(st.sampled_from(["weighted_sum", "mean", "min", "sum_of_levels", "none"]))
    levels = range(1, draw(st.integers(1, 3)) + 1) if aggregate == "sum_of_levels" else range(1)
    weighted = aggregate in ("weighted_sum", "sum_of_levels")
    many = draw(st.integers(1, 3))
    weights = parts(draw, many) if weighted else [0] * many
    nodes: list[Node] = []
    questions: list[Question] = []
    for at, weight in enumerate(weights):
        way = draw(st.sampled_from(["weighted_sum", "mean", "min"]))
        nodes.append(Node(f"n{at}", T, weight, "", way))
        below = draw(st.integers(1, 3))
        shares = parts(draw, below) if way == "weighted_sum" else [0] * below
        for place, share in enumerate(shares):
            path: tuple[str, ...] = (f"n{at}",)
            if draw(st.booleans()):
                inner = draw(st.sampled_from(["weighted_sum", "mean", "min"]))
                nodes.append(Node(f"n{at}{place}", T, share, f"n{at}", inner))
                path, share = (*path, f"n{at}{place}"), 100 if inner == "weighted_sum" else 0
            questions += [
                question(draw, f"q{at}{place}{k}", path, share, k, aggregate == "none")
                for k in levels
            ]
    scenarios = tuple(
        Scenario(f"s{n}", "g", T, draw(st.booleans()), (T, T, T))
        for n in range(draw(st.integers(0, 3)))
    )
    full = len(levels) if aggregate == "sum_of_levels" else draw(st.sampled_from([10, 100]))
    if aggregate == "none":
        full = 2
    decimals = draw(st.integers(0, 2))
    gates = tuple(
        gate(draw, level, full * 10**decimals, nodes, len(scenarios), aggregate)
        for level in range(1, draw(st.integers(0, 3)) + 1)
    )
    return Instrument(
        id="small",
        name=T,
        source=Source("D"),
        in_force=Period(dt.date(2024, 1, 1)),
        nodes=tuple(nodes),
        questions=tuple(questions),
        groups={"g": T},
        scenarios=scenarios,
        gates=gates,
        aggregate=aggregate,  # type: ignore[arg-type]
        full=full,
        decimals=decimals,
        rounded=draw(st.booleans()),
        level_met=draw(st.sampled_from([50, 80])),
    )


def gate(
    draw: st.DrawFn, level: int, most: int, nodes: list[Node], scenarios: int, aggregate: str
) -> Gate:
    """A gate that asks for this and that."""
    count = draw(st.integers(0, scenarios))
    asked = draw(st.sets(st.sampled_from([node.id for node in nodes]), max_size=1))
    return Gate(
        level,
        Text(f"第{level}", f"number {level}"),
        0 if aggregate == "none" else draw(st.integers(0, most)),
        count,
        draw(st.integers(0, count)),
        nodes={node: draw(st.integers(0, most)) for node in asked},
        items=draw(st.none() | st.builds(AtLeast, st.integers(1, 2), st.integers(1, 2))),
    )


def answers(instrument: Instrument) -> st.SearchStrategy[dict[str, Any]]:
    """Answers in their normal form, with items left out here and there."""
    each: dict[str, st.SearchStrategy[Any]] = {}
    for asked in instrument.questions:
        each[asked.id] = st.none() | _answer(asked)
    for scenario in instrument.scenarios:
        each[scenario.id] = st.sampled_from([None, "NA", 0, 1, 2, 3])
    return st.fixed_dictionaries({}, optional=each)


def _answer(asked: Question) -> st.SearchStrategy[str | None]:
    if asked.rows:
        signs = [*(column.id for column in asked.columns), "-"]
        size = len(asked.rows)
        lists = st.lists(st.sampled_from(signs), min_size=size, max_size=size)
        return lists.map(lambda row: "".join(row) if set(row) != {"-"} else None)
    if asked.columns:
        return st.sampled_from([column.id for column in asked.columns])
    if asked.kind == "multi":
        real = [option.id for option in asked.options if not option.exclusive]
        ticked = st.sets(st.sampled_from(real), min_size=1)
        return st.just("A") | ticked.map(lambda chosen: "".join(sorted(chosen)))
    return st.sampled_from([option.id for option in asked.options])


def share(asked: Question, answer: str | None, top: int | None) -> Fraction:
    """What an answer is worth of its question, from 0 to 1; `top` is the highest band there is,
    where bands are all that counts."""
    if answer is None:
        return Fraction(0)
    if asked.kind == "requirements":
        return sum((MET.get(sign, Fraction(0)) for sign in answer), Fraction(0)) / len(answer)
    if asked.kind == "matrix":
        weights = {column.id: column.weight or 0 for column in asked.columns}
        return Fraction(sum(weights.get(sign, 0) for sign in answer), 100 * len(answer))
    if asked.kind == "scale":
        if top is not None:
            return Fraction(int(answer), top)
        weight = asked.columns[int(answer)].weight
        return Fraction(int(answer), 2) if weight is None else Fraction(weight, 100)
    if asked.equal:
        real = [option.id for option in asked.options if not option.exclusive]
        return Fraction(sum(letter in real for letter in answer), len(real))
    weights = {option.id: option.weight for option in asked.options}
    return Fraction(sum(weights[letter] for letter in answer), 100)


def node_share(instrument: Instrument, node: str, given: Answers, level: int | None) -> Fraction:
    """The value of a node ("" is the root) from 0 to 1, of one level's questions or of all."""
    asked = [q for q in instrument.questions if level is None or q.level == level]
    banded = instrument.full if instrument.aggregate == "none" else None
    way = next((n.aggregate for n in instrument.nodes if n.id == node), instrument.aggregate)
    pairs = [
        (n.weight, node_share(instrument, n.id, given, level))
        for n in instrument.nodes
        if n.parent == node and any(n.id in q.path for q in asked)
    ]
    pairs += [
        (q.weight, share(q, given.get(q.id), banded))
        for q in asked
        if (q.path[-1] if q.path else "") == node
    ]
    values = [value for _, value in pairs]
    if way == "min":
        return min(values)
    if way in ("mean", "none"):
        return sum(values, Fraction(0)) / len(values)
    return sum((weight * value for weight, value in pairs), Fraction(0)) / 100


def levels(instrument: Instrument) -> list[int | None]:
    """The levels that have a sum of their own."""
    if instrument.aggregate != "sum_of_levels":
        return [None]
    return sorted({q.level for q in instrument.questions})


def node_value(instrument: Instrument, node: str, given: Answers) -> Fraction:
    """A node on the scale of the whole; with levels, the sum of what it has of each."""
    every = levels(instrument)
    shares = [node_share(instrument, node, given, level) for level in every]
    return sum(shares, Fraction(0)) * instrument.full / len(every)


def total(instrument: Instrument, given: Answers) -> Fraction:
    """The total before it is rounded."""
    if instrument.aggregate != "sum_of_levels":
        return node_share(instrument, "", given, None) * instrument.full
    found = Fraction(0)
    for level in levels(instrument):
        value = node_share(instrument, "", given, level)
        found += 1 if value >= Fraction(instrument.level_met, 100) else value
    return found


def seen(instrument: Instrument, given: Answers) -> Fraction:
    """The total as gates see it."""
    exact, unit = total(instrument, given), 10**instrument.decimals
    if not instrument.rounded:
        return exact
    down = exact * unit // 1
    return Fraction(down + (exact * unit - down >= Fraction(1, 2)), unit)


def passes(instrument: Instrument, gate: Gate, given: Answers) -> bool:
    """Whether everything that a gate asks for is there."""
    unit = 10**instrument.decimals
    reached = [
        scenario
        for scenario in instrument.scenarios
        if isinstance(given.get(scenario.id), int) and given[scenario.id] >= gate.level
    ]
    bands = [
        int(given[q.id]) for q in instrument.questions if q.kind == "scale" and given.get(q.id)
    ]
    return (
        (instrument.aggregate == "none" or seen(instrument, given) * unit >= gate.score)
        and len(reached) >= gate.scenarios
        and sum(scenario.binding for scenario in reached) >= gate.binding
        and all(node_value(instrument, n, given) * unit >= v for n, v in gate.nodes.items())
        and (gate.items is None or sum(b >= gate.items.level for b in bands) >= gate.items.many)
    )


def level_of(instrument: Instrument, given: Answers) -> int | None:
    """The highest level that passes, 0 if none does, None without gates."""
    if not instrument.gates:
        return None
    passed = [gate.level for gate in instrument.gates if passes(instrument, gate, given)]
    return max(passed, default=0)
