"""Row B: a million assessments with levels and gaps, the set engine beside plain Python.

The peer is what one would write without the engine: dictionaries of weights, one loop per firm,
integers in thousandths of a point so that it is exact too. Both get the same seeded answers in the
form that suits them (an Arrow table; Python columns) and give, per firm, score, level, what the
next gate lacks, and the item to work on first. The results are compared before anything is timed.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from bench import Side, compare
from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import score_table
from dengta.core.shapes import Instrument, Question

Row = tuple[int, int, int, int, int, str | None]
Columns = dict[str, list[str] | list[int]]

COLUMNS = ("score", "level", "score_short", "scenarios_short", "binding_short", "gap")


def answers(instrument: Instrument, rows: int, seed: int) -> Columns:
    """Seeded answers, firms ordinary and excellent: every level occurs."""
    chance = random.Random(seed)
    quality = [chance.random() for _ in range(rows)]
    columns: Columns = {}
    for question in instrument.questions:
        choices = _choices(question)
        columns[question.id] = [choices[_place(chance, q, len(choices))] for q in quality]
    for scenario in instrument.scenarios:
        columns[scenario.id] = [_place(chance, q, len(scenario.criteria) + 1) for q in quality]
    return columns


def _choices(question: Question) -> list[str]:
    """Every possible answer, from the poorest to the best."""
    letters = [option.id for option in question.options if not option.exclusive]
    if question.kind != "multi":
        return letters
    alone = [option.id for option in question.options if option.exclusive]
    sizes = range(1, len(letters) + 1)
    return alone + ["".join(c) for size in sizes for c in itertools.combinations(letters, size)]


def _place(chance: random.Random, quality: float, many: int) -> int:
    return min(int((quality + chance.random()) / 2 * many * 1.05), many - 1)


def as_table(columns: Columns) -> pa.Table:
    """The answers as an Arrow table, letters as text and levels as small integers."""
    return pa.table(
        {
            item: pa.array(values, pa.string() if isinstance(values[0], str) else pa.int8())
            for item, values in columns.items()
        }
    )


def ours(scorer: Scorer, table: pa.Table) -> pa.Table:
    """The set engine: results beside the answers."""
    return score_table(scorer, table).table


def plain(instrument: Instrument, columns: Columns) -> list[Row]:
    """The peer: one firm after the other in plain Python."""
    scale = 1000
    shares = {node.id: node.weight for node in instrument.nodes}
    weights: dict[str, dict[str, int]] = {}
    best: dict[str, int] = {}
    for question in instrument.questions:
        most = 100 * scale * question.weight // 100
        for node in question.path:
            most = most * shares[node] // 100
        weights[question.id] = {o.id: most * o.weight // 100 for o in question.options}
        best[question.id] = most
    binding = {scenario.id: scenario.binding for scenario in instrument.scenarios}
    gates = [(g.level, g.score * scale, g.scenarios, g.binding) for g in instrument.gates]
    results = []
    for values in zip(*columns.values(), strict=True):
        firm = dict(zip(columns, values, strict=True))
        points = {q: sum(w[letter] for letter in firm[q]) for q, w in weights.items()}
        levels = {s: firm[s] for s in binding}
        score, level = sum(points.values()), 0
        goal, lacks = 0, (0, 0, 0)
        for at, score_needed, scenarios_needed, binding_needed in gates:
            reached = [s for s, have in levels.items() if have >= at]
            starred = sum(binding[s] for s in reached)
            short = (
                max(0, score_needed - score),
                max(0, scenarios_needed - len(reached)),
                max(0, binding_needed - starred),
            )
            if short == (0, 0, 0):
                level, goal = at, 0
            elif not goal:
                goal, lacks = at, short
        if not goal:
            lacks = (0, 0, 0)
        gap = _first_gap(points, best, levels, binding, goal, lacks)
        results.append((score, level, *lacks, gap))
    return results


def _first_gap(
    points: dict[str, int],
    best: dict[str, int],
    levels: dict[str, int],
    binding: dict[str, bool],
    goal: int,
    lacks: tuple[int, int, int],
) -> str | None:
    score_short, scenarios_short, binding_short = lacks
    below = [s for s, have in levels.items() if have < goal]
    starred = [s for s in below if binding[s]]
    if binding_short and starred:
        return max(starred, key=lambda s: levels[s])
    if scenarios_short > binding_short and below:
        return max(below, key=lambda s: (levels[s], binding[s]))
    if score_short:
        left = {q: best[q] - have for q, have in points.items()}
        return max(left, key=lambda q: left[q])
    return None


def unequal(scored: pa.Table, expected: list[Row]) -> Iterator[int]:
    """The rows in which the two differ."""
    names = scored.select(COLUMNS).to_pydict()
    for place, row in enumerate(expected):
        found = tuple(names[name][place] for name in COLUMNS)
        if (found[0] * 1000, found[1], found[2] * 1000, *found[3:]) != row:
            yield place


def run(rows: int = 1_000_000, rounds: int = 5) -> dict[str, Any]:
    """Row B."""
    instrument = shipped().instruments["miit-2024"]
    scorer, columns = Scorer(instrument), answers(instrument, rows, seed=2024)
    table = as_table(columns)

    def same(scored: pa.Table, expected: list[Row]) -> dict[str, Any]:
        different = next(unequal(scored, expected), None)
        if different is not None:
            raise ValueError(f"row {different} differs between the engine and plain Python")
        return {"rows": len(expected), "columns": list(COLUMNS), "different": 0}

    return compare(
        "B",
        Side("set engine", lambda: ours(scorer, table)),
        Side("plain Python", lambda: plain(instrument, columns)),
        same,
        size=rows,
        rounds=rounds,
    )
