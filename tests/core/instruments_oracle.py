"""Every shipped instrument a second time: plain fractions, written from the published formulas.

It reads the policy files by itself and knows nothing of the engine; tests hold the engine to it.

miit-2024: points = best x chosen weights, summed; a level also asks for scenarios, some binding.
gbt-39116: requirement 0, 0.5, 0.8 or 1; sub-domain = mean; weights carry it up, once per level; a
level of at least 0.8 counts 1, else as it is; the total is the sum over the five levels.
eu-dma: question = share of its best; dimension = mean x 100; total = mean of six, rounded.
siri: a band per dimension and no total. miit-2022: only the bands of a recorded total.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import floor
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FOLDER = Path(__file__).resolve().parents[2] / "dengta" / "policies" / "national" / "instruments"
FILES = {
    "miit-2022": "miit-2022",
    "miit-2024": "miit-2024",
    "gbt-39116-discrete": "gbt-39116-discrete",
    "gbt-39116-process": "gbt-39116-discrete",
    "eu-dma": "eu-dma",
    "siri": "siri",
}
SCORED = ("miit-2024", "gbt-39116-discrete", "gbt-39116-process", "eu-dma")
LETTERED = ("single", "number", "change")
MET = {"0": Fraction(0), "5": Fraction(1, 2), "8": Fraction(4, 5), "1": Fraction(1)}
MET_AT = Fraction(4, 5)
LEVELS = range(1, 6)

Answers = Mapping[str, str | int | None]


@lru_cache
def file_of(id: str) -> dict[str, Any]:
    """The file of an instrument as it stands, with the weights of the variant in their place."""
    data = tomllib.loads((FOLDER / f"{FILES[id]}.toml").read_text("utf-8"))
    for variant in data.get("variant", []):
        if variant["id"] == id:
            for node in data["node"]:
                node["weight"] = variant["weights"].get(node["id"], node["weight"])
    gone = {node["id"] for node in data.get("node", []) if node.get("weight") == 0}
    data["node"] = [node for node in data.get("node", []) if node["id"] not in gone]
    data["question"] = [each for each in data.get("question", []) if each["node"] not in gone]
    return data


def share(question: dict[str, Any], answer: str | int | None) -> Fraction:
    """How much of its best a question reaches, 0 to 1; nothing if it is not answered."""
    if answer is None:
        return Fraction(0)
    kind, signs = question["kind"], str(answer)
    if kind == "requirements":
        return sum((MET.get(sign, Fraction(0)) for sign in signs), Fraction(0)) / len(signs)
    if kind == "matrix":
        weights = {column["id"]: column["weight"] for column in question["columns"]}
        return Fraction(sum(weights.get(sign, 0) for sign in signs), 100 * len(signs))
    options = {option["id"]: option for option in question["options"]}
    if kind in LETTERED or "weight" in question["options"][-1]:
        return Fraction(sum(options[sign]["weight"] for sign in signs), 100)
    boxes = [option for option in question["options"] if not option.get("exclusive")]
    return Fraction(sum(sign in {box["id"] for box in boxes} for sign in signs), len(boxes))


def weighed(data: dict[str, Any], node: str, answers: Answers, level: int | None) -> Fraction:
    """The weighted sum below a node, 0 to 1; of the questions of one level, if one is named."""
    total = Fraction(0)
    for inner in data["node"]:
        if inner.get("parent", "") == node:
            total += Fraction(inner["weight"], 100) * weighed(data, inner["id"], answers, level)
    for question in data["question"]:
        if question["node"] == node and question.get("level") == level:
            part = share(question, answers.get(question["id"]))
            total += Fraction(question["weight"], 100) * part
    return total


def mean_of(data: dict[str, Any], node: str, answers: Answers) -> Fraction:
    """The plain mean of the questions of a dimension, 0 to 1."""
    parts = [share(q, answers.get(q["id"])) for q in data["question"] if q["node"] == node]
    return sum(parts, Fraction(0)) / len(parts)


def levels_of(id: str, answers: Answers) -> list[Fraction]:
    """GB/T 39116: the score of each level, 0 to 1."""
    return [weighed(file_of(id), "", answers, level) for level in LEVELS]


def half_up(number: Fraction) -> int:
    """The nearest whole number, a half upwards."""
    return floor(number + Fraction(1, 2))


def score_of(id: str, answers: Answers) -> Fraction | None:
    """The total; None where the instrument gives none."""
    data = file_of(id)
    if id == "miit-2022":
        total = answers.get("total")
        return None if total is None else Fraction(str(total))
    if id == "siri":
        return None
    if id == "miit-2024":
        return 100 * weighed(data, "", answers, None)
    if id == "eu-dma":
        dimensions = [100 * mean_of(data, node["id"], answers) for node in data["node"]]
        return Fraction(half_up(sum(dimensions, Fraction(0)) / len(dimensions)))
    return sum((Fraction(1) if a >= MET_AT else a for a in levels_of(id, answers)), Fraction(0))


def nodes_of(id: str, answers: Answers) -> dict[str, Fraction]:
    """Each node as if it were the whole; for GB/T 39116 the sum over the levels, unmet or met."""
    data = file_of(id)
    names = [node["id"] for node in data["node"]]
    if id == "eu-dma":
        return {name: 100 * mean_of(data, name, answers) for name in names}
    if id == "miit-2024":
        return {name: 100 * weighed(data, name, answers, None) for name in names}
    return {
        name: sum((weighed(data, name, answers, level) for level in LEVELS), Fraction(0))
        for name in names
    }


def level_of(id: str, answers: Answers) -> int | None:
    """The highest gate that holds, 0 if none; None where there are no gates."""
    data, score = file_of(id), score_of(id, answers)
    if not data.get("gate"):
        return None
    best = 0
    for gate in data["gate"]:
        asked = Fraction(gate["score"], 10 ** data.get("decimals", 0))
        reached = [
            scene
            for scene in data.get("scenario", [])
            if answers.get(scene["id"]) not in (None, "NA")
            and int(answers[scene["id"]] or 0) >= gate["level"]
        ]
        starred = [scene for scene in reached if scene["binding"]]
        enough = len(reached) >= gate.get("scenarios", 0) and len(starred) >= gate.get("binding", 0)
        if (score or Fraction(0)) >= asked and enough:
            best = gate["level"]
    return best


def bands_of(answers: Answers) -> dict[str, int]:
    """SIRI: the band of each answered dimension."""
    ids = [question["id"] for question in file_of("siri")["question"]]
    return {id: int(answers[id] or 0) for id in ids if answers.get(id) is not None}


def _answer(question: dict[str, Any], lean: bool) -> st.SearchStrategy[str]:
    kind = question["kind"]
    if kind == "scale":
        return st.sampled_from([column["id"] for column in question["columns"]])
    if kind == "matrix":
        signs = [column["id"] for column in question["columns"]]
        size = len(question["rows"])
        return st.text(signs[-2:] if lean else signs, min_size=size, max_size=size)
    if kind == "requirements":
        size = len(question["rows"])
        return st.text("18111" if lean else "0581", min_size=size, max_size=size)
    letters = [option["id"] for option in question["options"]]
    if kind in LETTERED:
        return st.sampled_from(letters[-2:] if lean else letters)
    alone = [option["id"] for option in question["options"] if option.get("exclusive")]
    others = [letter for letter in letters if letter not in alone]
    several = st.sets(st.sampled_from(others), min_size=len(others) - 2 if lean else 1)
    return several.map(lambda chosen: "".join(sorted(chosen))) | st.sampled_from(alone)


def answers_to(id: str, *, lean: bool = False) -> st.SearchStrategy[dict[str, str | int | None]]:
    """Answer sets with items left out here and there; `lean` leans to the better answers."""
    data = file_of(id)
    levels = st.sampled_from([4, 3, 2, 3, 4, "NA"]) if lean else st.sampled_from([0, 1, 2, 3, "NA"])
    parts: dict[str, st.SearchStrategy[Any]] = {}
    for question in data["question"]:
        answer = _answer(question, lean)
        parts[question["id"]] = answer if lean else st.none() | answer
    for scene in data.get("scenario", []):
        parts[scene["id"]] = levels
    if id == "miit-2022":
        parts["total"] = st.decimals(0, 100, places=2).map(str)
    if lean:
        return st.fixed_dictionaries(parts)
    return st.fixed_dictionaries({}, optional=parts)
