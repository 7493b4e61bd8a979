"""What-if: a million answer sets scored again after one weight was turned.

Both sides have read the answers before (ours has them coded, the peer as Python columns), as a page
has when its reader turns one weight after another. The peer is the loop one would write: points per
answer looked up in dictionaries, levels counted firm by firm. The levels of all rows are compared
before anything is timed, and those of a sample also with the one-case engine.
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import Side, compare
from bench.scoring import Columns, answers, as_table
from dengta.core.editions import reweighted
from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import Coded, level_rows
from dengta.core.shapes import Instrument

WEIGHTS = {"foundation": 40, "management": 35, "outcome": 25}
GATES = {3: {"score": 58}}
SAMPLE = 2_000
MILLION = 1_000_000

Levels = npt.NDArray[np.int8]


def ours(copy: Instrument, coded: Coded) -> Levels:
    """The set engine: compile the copy, look every row up again."""
    return level_rows(Scorer(copy), coded)


def plain(copy: Instrument, columns: Columns) -> list[int]:
    """The peer: one firm after the other in plain Python, in millionths of a point."""
    shares = {node.id: Fraction(node.weight, 100) for node in copy.nodes}
    points: dict[str, dict[Any, int]] = {}
    for question in copy.questions:
        most = Fraction(question.weight)
        for node in question.path:
            most *= shares[node]
        letters = {o.id: int(most * o.weight / 100 * MILLION) for o in question.options}
        points[question.id] = {
            answer: sum(letters[letter] for letter in answer)
            for answer in set(map(str, columns[question.id]))
        }
    worths = [points[question.id] for question in copy.questions]
    starred = [scenario.binding for scenario in copy.scenarios]
    gates = [(g.level, g.score * MILLION, g.scenarios, g.binding) for g in copy.gates]
    asked = zip(*(columns[question.id] for question in copy.questions), strict=True)
    reached = zip(*(columns[scenario.id] for scenario in copy.scenarios), strict=True)
    found = []
    for given, levels in zip(asked, reached, strict=True):
        score = sum(worth[answer] for worth, answer in zip(worths, given, strict=True))
        level = 0
        for at, least, scenarios, binding in gates:
            if score < least:
                break
            there = [star for star, have in zip(starred, levels, strict=True) if have >= at]
            if len(there) < scenarios or sum(there) < binding:
                break
            level = at
        found.append(level)
    return found


def one_by_one(copy: Instrument, columns: Columns, rows: list[int]) -> list[int]:
    """The one-case engine over a sample."""
    scorer = Scorer(copy)
    return [
        scorer.score({item: values[row] for item, values in columns.items()}).level or 0
        for row in rows
    ]


def run(rows: int = 1_000_000, rounds: int = 5) -> dict[str, Any]:
    """A million answer sets after one weight and one gate were turned."""
    instrument = shipped().instruments["miit-2024"]
    columns = answers(instrument, rows, seed=2024)
    coded = Coded(Scorer(instrument), as_table(columns))
    copy = reweighted(instrument, WEIGHTS, GATES)
    sample = random.Random(7).sample(range(rows), min(SAMPLE, rows))

    def same(levels: Levels, expected: list[int]) -> dict[str, Any]:
        different = np.flatnonzero(levels != np.array(expected, np.int8))
        if different.size:
            raise ValueError(f"row {different[0]} differs between the engine and plain Python")
        if levels[sample].tolist() != one_by_one(copy, columns, sample):
            raise ValueError("the set engine and the one-case engine differ")
        before = ours(instrument, coded)
        return {
            "rows": rows,
            "different": 0,
            "sample_one_case": len(sample),
            "levels": np.bincount(levels, minlength=5).tolist(),
            "moved": int((before != levels).sum()),
        }

    return compare(
        "what-if",
        Side("set engine", lambda: ours(copy, coded)),
        Side("plain Python", lambda: plain(copy, columns)),
        same,
        size=rows,
        rounds=rounds,
    )
