"""What an instrument says of one set of answers: the records, and how they are written down.

Points are exact decimals wherever a finite decimal says them; a value such as one sixth is rounded
half-up to PLACES places (what is lacking: up, so that it never looks like nothing). The exact
fractions stay beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from dengta.core.shapes import Text

_NUMERALS = "零一二三四五六七八九"

PLACES = 6
"""How many places a value has that no finite decimal says."""

SHOWN = 2
"""How many of them a person is shown."""


def finite(number: Fraction) -> int | None:
    """How many places the exact decimal needs, or None if it never ends."""
    return _places(number.denominator)


@lru_cache(maxsize=4096)
def _places(denominator: int) -> int | None:
    rest, places = denominator, 0
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        places = max(places, times)
    return places if rest == 1 else None


def decimal_of(number: Fraction, places: int = PLACES, up: bool = False) -> Decimal:
    """The exact decimal, else one of so many places: half-up, or up."""
    exact = finite(number)
    if exact is None:
        scaled = number * 10**places
        whole = -(-scaled // 1) if up else (2 * scaled + 1) // 2
    else:
        places, whole = exact, number.numerator * (10**exact // number.denominator)
    # By its text: arithmetic on decimals would round to 28 digits.
    return Decimal(f"{int(whole)}E-{places}")


def said(number: Fraction, up: bool = False) -> str:
    """A number as a person reads it: exact, else with SHOWN places."""
    return plain(decimal_of(number, SHOWN, up))


class Count(NamedTuple):
    """How many scenarios stand at a level or above, and how many binding ones are among them."""

    scenarios: int
    binding: int


@dataclass(frozen=True, slots=True)
class Dimension:
    """A top node of the tree with its points, `exact` as a fraction; `most` is what could be
    had."""

    id: str
    text: Text
    points: Decimal
    most: Decimal
    exact: Fraction = Fraction(0)

    @property
    def points_text(self) -> str:
        """The points as a person reads them."""
        return said(self.exact)


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate, asked of one case. Each `…_short` is what is lacking, 0 when that part is met;
    `nodes_short` has the nodes that are too low. `short` and `lacking` say the same exactly."""

    level: int
    name: Text
    passed: bool
    score_needed: int | Decimal
    score_short: Decimal
    scenarios_needed: int
    scenarios_have: int
    scenarios_short: int
    binding_needed: int
    binding_have: int
    binding_short: int
    nodes_needed: Mapping[str, Decimal] = field(default_factory=dict)
    nodes_short: Mapping[str, Decimal] = field(default_factory=dict)
    items_level: int = 0
    items_needed: int = 0
    items_have: int = 0
    items_short: int = 0
    short: Fraction = Fraction(0)
    lacking: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def short_text(self) -> str:
        """The points that are lacking as a person reads them, never less than they are."""
        return said(self.short, up=True)


@dataclass(frozen=True, slots=True)
class Gap:
    """One answered item that could be better.

    `have` and `want` are letters or columns for a question (`want` the best answer, or the band
    that the next gate counts) and levels for a scenario (`want` the level that the next gate
    counts). `points` is what the total gains when that answer is reached (0 for a scenario),
    `gain` the same exactly; `steps` are the levels or bands to climb (0 for other questions).
    `helps` says whether it brings the next gate nearer; `asks` is what the next step asks for;
    `effect` says in a sentence what it brings.
    """

    item: str
    kind: Literal["question", "scenario"]
    text: Text
    binding: bool
    have: str | int
    want: str | int
    points: Decimal
    steps: int
    helps: bool
    asks: Text
    effect: Text
    gain: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Result:
    """What an instrument says of one set of answers.

    `points` has every question, None where it is not answered; `scenario_levels` likewise, None
    also where it does not apply. `score` is None where there is no total; `exact` is the same as a
    fraction. `level` is 0 below the first gate and None without gates; it is a floor while
    `complete` is false. `counts` is by gate level. `gaps` come most useful first (see
    `Scorer.score`). `missing` lists the unanswered items in the instrument's order,
    `not_applicable` the scenarios that do not apply. `nodes` has the value of every node on the
    scale of the whole, as if it stood alone; `bands` that of every question of a scale. `wide`:
    more than a weighted tree of options with scenarios.
    """

    instrument: str
    name: Text
    score: Decimal | None
    points: Mapping[str, Decimal | None]
    dimensions: tuple[Dimension, ...]
    scenario_levels: Mapping[str, int | None]
    counts: Mapping[int, Count]
    gates: tuple[GateResult, ...]
    level: int | None
    level_name: Text
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]
    not_applicable: tuple[str, ...] = ()
    exact_nodes: Mapping[str, Fraction] = field(default_factory=dict)
    bands: Mapping[str, int | None] = field(default_factory=dict)
    exact: Fraction | None = None
    wide: bool = False

    @property
    def score_text(self) -> str:
        """The score as text without needless zeros, such as `48.95`: exact, or to two decimals
        half-up where it never ends; empty where there is no total."""
        return "" if self.exact is None else said(self.exact)

    @property
    def score_milli(self) -> int | None:
        """The score in thousandths of a point: cut off where it ends, half-up where it does not."""
        if self.exact is None:
            return None
        scaled = self.exact * 1000
        return int(scaled if finite(self.exact) is not None else scaled + Fraction(1, 2))

    @property
    def nodes(self) -> Mapping[str, Decimal]:
        """The value of every node on the scale of the whole, as if it stood alone."""
        return {node: decimal_of(value) for node, value in self.exact_nodes.items()}

    @property
    def reached(self) -> int:
        """The level as a number to compare: 0 where none is reached, or where there is none."""
        return self.level or 0

    @property
    def complete(self) -> bool:
        """Whether every item is answered."""
        return not self.missing

    def as_json(self, lang: str) -> dict[str, object]:
        """One JSON document, points as decimal text.

        Schema: docs/reference/schemas/score.schema.json. What a plain weighted tree does not have
        is there only for the instruments that do.
        """
        wide: dict[str, object] = {}
        if self.wide:
            wide["exact"] = None if self.exact is None else str(self.exact)
            wide["nodes"] = {node: plain(value) for node, value in self.nodes.items()}
        if self.bands:
            wide["bands"] = dict(self.bands)
        if self.not_applicable:
            wide["not_applicable"] = list(self.not_applicable)
        return {
            "instrument": self.instrument,
            "name": self.name.said(lang),
            "score": None if self.score is None else self.score_text,
            "level": self.level,
            "level_name": self.level_name.said(lang),
            "complete": self.complete,
            "missing": list(self.missing),
            "dimensions": {
                d.id: {"name": d.text.said(lang), "points": plain(d.points), "max": plain(d.most)}
                for d in self.dimensions
            },
            "points": {q: None if p is None else plain(p) for q, p in self.points.items()},
            "scenario_levels": dict(self.scenario_levels),
            "counts": {str(level): count._asdict() for level, count in self.counts.items()},
            "gates": [_gate_json(gate, lang) for gate in self.gates],
            "gaps": [_gap_json(gap, lang) for gap in self.gaps],
            **wide,
        }


def _gate_json(gate: GateResult, lang: str) -> dict[str, object]:
    wide: dict[str, object] = {}
    if gate.nodes_needed:
        wide["nodes"] = {
            node: {"needed": plain(needed), "short": plain(gate.nodes_short.get(node, Decimal(0)))}
            for node, needed in gate.nodes_needed.items()
        }
    if gate.items_needed:
        wide["items"] = {
            "level": gate.items_level,
            "needed": gate.items_needed,
            "have": gate.items_have,
            "short": gate.items_short,
        }
    return {
        "level": gate.level,
        "name": gate.name.said(lang),
        "passed": gate.passed,
        "score": {"needed": plain(Decimal(gate.score_needed)), "short": plain(gate.score_short)},
        "scenarios": {
            "needed": gate.scenarios_needed,
            "have": gate.scenarios_have,
            "short": gate.scenarios_short,
        },
        "binding": {
            "needed": gate.binding_needed,
            "have": gate.binding_have,
            "short": gate.binding_short,
        },
        **wide,
    }


def _gap_json(gap: Gap, lang: str) -> dict[str, object]:
    return {
        "item": gap.item,
        "kind": gap.kind,
        "text": gap.text.said(lang),
        "binding": gap.binding,
        "have": gap.have,
        "want": gap.want,
        "points": plain(gap.points),
        "steps": gap.steps,
        "helps": gap.helps,
        "asks": gap.asks.said(lang),
        "effect": gap.effect.said(lang),
    }


def plain(number: Decimal) -> str:
    """A decimal as exact text: no exponent, no needless zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def level_text(level: int) -> Text:
    """How a level is called: 二级."""
    return Text(f"{_NUMERALS[level]}级", f"level {level}")
