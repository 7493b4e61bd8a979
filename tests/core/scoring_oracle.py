"""The national instrument of 2024 a second time, written apart from the engine and from the policy.

Plain fractions and plain loops, from the published tables; tests hold the engine to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import strategies as st

QUARTERS = {"A": 0, "B": 25, "C": 50, "D": 75, "E": 100}
EACH_QUARTER = {"A": 0, "B": 25, "C": 25, "D": 25, "E": 25}
THIRDS = {"A": 0, "B": 50, "C": 100}

# Question: points it can give, how it is answered, per cent of each option.
QUESTIONS: dict[str, tuple[Fraction, str, dict[str, int]]] = {
    "q1": (Fraction(8), "multi", EACH_QUARTER),
    "q2": (Fraction(6), "single", QUARTERS),
    "q3": (Fraction(6), "single", QUARTERS),
    "q4": (Fraction(10), "multi", {"A": 0, **dict.fromkeys("BCDEFGHIJKLMN", 7), "O": 9}),
    "q5": (Fraction(10), "single", QUARTERS),
    "q6": (Fraction(5), "multi", EACH_QUARTER),
    "q7": (Fraction(5), "multi", EACH_QUARTER),
    "q8": (Fraction(15, 2), "single", {"A": 0, "B": 20, "C": 40, "D": 60, "E": 80, "F": 100}),
    "q9": (Fraction(15, 2), "multi", EACH_QUARTER),
    "q10": (Fraction(15, 2), "multi", {"A": 0, **dict.fromkeys("BCDEF", 20)}),
    "q11": (Fraction(15, 2), "single", QUARTERS),
    "q12": (Fraction(7), "single", THIRDS),
    "q13": (Fraction(7), "single", THIRDS),
    "q14": (Fraction(3), "single", THIRDS),
    "q15": (Fraction(3), "single", THIRDS),
}
BINDING = (
    *("product_design", "marketing", "production_control", "quality", "equipment"),
    *("safety", "energy", "procurement", "warehousing", "finance"),
)
GUIDING = (
    *("process_design", "after_sales", "scheduling", "human_resources", "office"),
    "decision_support",
)
SCENARIOS = (*BINDING, *GUIDING)
GATES = {1: (20, 6, 3), 2: (40, 6, 3), 3: (60, 8, 5), 4: (80, 10, 6)}

Answers = Mapping[str, str | int | None]


def score_of(answers: Answers) -> Fraction:
    """The total points."""
    total = Fraction(0)
    for question, (most, _, weights) in QUESTIONS.items():
        for letter in answers.get(question) or "":
            total += most * weights[letter] / 100
    return total


def level_of(answers: Answers) -> int:
    """The highest level whose three conditions hold, 0 if none."""
    score, best = score_of(answers), 0
    for level, (points, scenarios, binding) in GATES.items():
        reached = [s for s in SCENARIOS if (answers.get(s) or 0) >= level]
        starred = [s for s in reached if s in BINDING]
        if score >= points and len(reached) >= scenarios and len(starred) >= binding:
            best = level
    return best


def _letters(question: str) -> st.SearchStrategy[str | None]:
    _, kind, weights = QUESTIONS[question]
    if kind == "single":
        return st.none() | st.sampled_from(list(weights))
    real = st.sets(st.sampled_from([letter for letter in weights if letter != "A"]), min_size=1)
    return st.none() | st.just("A") | real.map(lambda chosen: "".join(sorted(chosen)))


def cases(*, high: bool = False) -> st.SearchStrategy[dict[str, str | int | None]]:
    """Answer sets, with items left out here and there; `high` leans to levels 2 to 4."""
    level = st.sampled_from([4, 3, 3, 2, 2, 4]) if high else st.integers(0, 4)
    parts: dict[str, st.SearchStrategy[str | int | None]] = {q: _letters(q) for q in QUESTIONS}
    parts |= {s: st.none() | level for s in SCENARIOS}
    if high:
        for question, (_, kind, weights) in QUESTIONS.items():
            best = "".join(weights)[1:] if kind == "multi" else max(weights)
            parts[question] = st.just(best) | parts[question]
    return st.fixed_dictionaries({}, optional=parts)
