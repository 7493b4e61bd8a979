"""Instruments: from answers to points, levels, gates and ranked gaps. Exact: no float anywhere.

Weights are whole per cents of whole per cents, so every option's points are a whole number of
`1 / scale`, with `scale` a power of ten found when the `Scorer` is built. Points are added and
compared as those integers and leave as `Decimal`. What an answer may look like: see `answers`.

An assessment that is not complete scores what it has: unanswered questions give no points,
unanswered scenarios count as not reached. More answers never lower a level, so the level is then
a floor ("at least").
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from dengta.core.answers import Answer, AnswerError, Choice, blank, level_of
from dengta.core.shapes import Gate, Instrument, Question, Scenario, Text

__all__ = [
    "Answer",
    "AnswerError",
    "Count",
    "Dimension",
    "Gap",
    "GateResult",
    "Result",
    "Scorer",
    "level_text",
    "plain",
]

_NUMERALS = "零一二三四五六七八九"


class Count(NamedTuple):
    """How many scenarios stand at a level or above, and how many binding ones are among them."""

    scenarios: int
    binding: int


@dataclass(frozen=True, slots=True)
class Dimension:
    """A top node of the tree with its points; `most` is what could be had."""

    id: str
    text: Text
    points: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate, asked of one case. Each `…_short` is what is lacking, 0 when that part is met."""

    level: int
    name: Text
    passed: bool
    score_needed: int
    score_short: Decimal
    scenarios_needed: int
    scenarios_have: int
    scenarios_short: int
    binding_needed: int
    binding_have: int
    binding_short: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One answered item that could be better.

    `have` and `want` are letters for a question (`want` the best answer) and levels for a scenario
    (`want` the level that the next gate counts). `points` can still be won (0 for a scenario),
    `steps` are the levels to climb (0 for a question). `helps` says whether it brings the next gate
    nearer; `asks` is what the next step asks for; `effect` says in a sentence what it brings.
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


@dataclass(frozen=True, slots=True)
class Result:
    """What an instrument says of one set of answers.

    `points` has every question, None where it is not answered; `scenario_levels` likewise. `level`
    is 0 below the first gate; it is a floor while `complete` is false. `counts` is by gate level.
    `gaps` come most useful first (see `Scorer.score`). `missing` lists the unanswered items in the
    instrument's order.
    """

    instrument: str
    name: Text
    score: Decimal
    points: Mapping[str, Decimal | None]
    dimensions: tuple[Dimension, ...]
    scenario_levels: Mapping[str, int | None]
    counts: Mapping[int, Count]
    gates: tuple[GateResult, ...]
    level: int
    level_name: Text
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]

    @property
    def score_text(self) -> str:
        """The exact score as text without needless zeros, such as `48.95`."""
        return plain(self.score)

    @property
    def complete(self) -> bool:
        """Whether every item is answered."""
        return not self.missing

    def as_json(self, lang: str) -> dict[str, object]:
        """One JSON document, points as exact decimal text.

        Schema: docs/reference/schemas/score.schema.json.
        """
        return {
            "instrument": self.instrument,
            "name": self.name.said(lang),
            "score": self.score_text,
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
        }


def _gate_json(gate: GateResult, lang: str) -> dict[str, object]:
    return {
        "level": gate.level,
        "name": gate.name.said(lang),
        "passed": gate.passed,
        "score": {"needed": str(gate.score_needed), "short": plain(gate.score_short)},
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


class _Weighed:
    """A question with its options' points as integers of 1 / scale."""

    def __init__(self, question: Question, share: Fraction, scale: int) -> None:
        self.question, self.choice = question, Choice(question)
        self.points = {
            option.id: int(share * option.weight / 100 * scale) for option in question.options
        }
        if question.kind == "single":
            top = max(question.options, key=lambda option: option.weight)
            self.best = top.id
        else:
            self.best = "".join(o.id for o in question.options if not o.exclusive and o.weight > 0)
        self.most = self.of(self.best)

    def of(self, letters: str) -> int:
        """The points of a choice, in 1 / scale."""
        return sum(self.points[letter] for letter in letters)


class Scorer:
    """One instrument, compiled once; it scores one case or a whole table alike."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        shares = {q.id: self._share(q) for q in instrument.questions}
        self.scale = _power_of_ten(
            shares[q.id] * option.weight / 100 for q in instrument.questions for option in q.options
        )
        self.weighed = {q.id: _Weighed(q, shares[q.id], self.scale) for q in instrument.questions}
        self.scenarios = {scenario.id: scenario for scenario in instrument.scenarios}
        self.gates = tuple(sorted(instrument.gates, key=lambda gate: gate.level))
        self.items = (*self.weighed, *self.scenarios)

    def _share(self, question: Question) -> Fraction:
        """The points a question can give: 100 times the product of the weights down to it."""
        weights = {node.id: node.weight for node in self.instrument.nodes}
        share = Fraction(100) * question.weight / 100
        for node in question.path:
            share = share * weights[node] / 100
        return share

    def decimal(self, points: int) -> Decimal:
        """Points in 1 / scale as the exact decimal."""
        whole, rest = divmod(points, self.scale)
        places = len(str(self.scale)) - 1
        return Decimal(f"{whole}.{rest:0{places}d}") if places else Decimal(whole)

    def read(self, item: str, value: object) -> Answer:
        """The answer in its one normal form: letters in the question's order, a level, or None.

        AnswerError when the item is unknown or the answer cannot be.
        """
        weighed, scenario = self.weighed.get(item), self.scenarios.get(item)
        if weighed is None and scenario is None:
            raise self._stranger(item, value)
        if blank(value):
            return None
        if weighed is not None:
            return weighed.choice.read(value)
        assert scenario is not None
        return level_of(scenario, value)

    def _stranger(self, item: str, value: object) -> AnswerError:
        near = difflib.get_close_matches(item.lower(), self.items, n=1, cutoff=0.6)
        hint = Text(f"是否想写 {near[0]}？", f"Did you mean {near[0]}? ") if near else Text("", "")
        return AnswerError(
            item if len(item) <= 40 else item[:39] + "…",
            value,
            Text(
                f"答的题目 {self.instrument.id} 里没有。{hint.zh}请核对题目编号。",
                f"answers an item that {self.instrument.id} does not have. "
                f"{hint.en}Check the item's id.",
            ),
        )

    def score(self, answers: Mapping[str, Answer]) -> Result:
        """Score one case. AnswerError for the first answer that cannot be.

        Gaps are ranked by what they do for the next level, the lowest gate above the present one:
        first binding scenarios below that level while binding ones are short; then other scenarios
        below it while more are short than binding ones will fill; then questions while points are
        short; last what does not bring that gate nearer. Among scenarios those with fewer levels to
        climb come first (one level is the cheapest step), binding ones before others; among
        questions those with more points still to win; ties in the instrument's order. What is not
        answered yet is in `missing`, not among the gaps.
        """
        read = {item: self.read(item, value) for item, value in answers.items()}
        chosen = {q: read.get(q) for q in self.weighed}
        levels = {s: _whole(read.get(s)) for s in self.scenarios}
        points = {
            q: None if letters is None else self.weighed[q].of(str(letters))
            for q, letters in chosen.items()
        }
        total = sum(p for p in points.values() if p is not None)
        counts = {gate.level: self._count(levels, gate.level) for gate in self.gates}
        gates = tuple(self._gate(gate, total, counts[gate.level]) for gate in self.gates)
        level = max((gate.level for gate in gates if gate.passed), default=0)
        return Result(
            instrument=self.instrument.id,
            name=self.instrument.name,
            score=self.decimal(total),
            points={q: None if p is None else self.decimal(p) for q, p in points.items()},
            dimensions=self._dimensions(points),
            scenario_levels=levels,
            counts=counts,
            gates=gates,
            level=level,
            level_name=self.level_name(level),
            gaps=self._gaps(chosen, levels, gates, level),
            missing=tuple(item for item in self.items if read.get(item) is None),
        )

    def level_name(self, level: int) -> Text:
        """The instrument's name of a level; 0 is below its first."""
        for gate in self.gates:
            if gate.level == level:
                return gate.name
        first = level_text(self.gates[0].level)
        return Text(f"未达{first.zh}", f"Below {first.en}")

    def _count(self, levels: Mapping[str, int | None], floor: int) -> Count:
        reached = [s for s, level in levels.items() if level is not None and level >= floor]
        return Count(len(reached), sum(self.scenarios[s].binding for s in reached))

    def _gate(self, gate: Gate, total: int, count: Count) -> GateResult:
        short = max(0, gate.score * self.scale - total)
        scenarios = max(0, gate.scenarios - count.scenarios)
        binding = max(0, gate.binding - count.binding)
        return GateResult(
            level=gate.level,
            name=gate.name,
            passed=not (short or scenarios or binding),
            score_needed=gate.score,
            score_short=self.decimal(short),
            scenarios_needed=gate.scenarios,
            scenarios_have=count.scenarios,
            scenarios_short=scenarios,
            binding_needed=gate.binding,
            binding_have=count.binding,
            binding_short=binding,
        )

    def _dimensions(self, points: Mapping[str, int | None]) -> tuple[Dimension, ...]:
        found = []
        for node in self.instrument.nodes:
            if node.parent:
                continue
            below = [q for q in self.weighed.values() if q.question.path[:1] == (node.id,)]
            have = sum(points[q.question.id] or 0 for q in below)
            most = sum(q.most for q in below)
            found.append(Dimension(node.id, node.text, self.decimal(have), self.decimal(most)))
        return tuple(found)

    def _gaps(
        self,
        chosen: Mapping[str, Answer],
        levels: Mapping[str, int | None],
        gates: tuple[GateResult, ...],
        level: int,
    ) -> tuple[Gap, ...]:
        goal = next((gate for gate in gates if gate.level > level), None)
        ranked: list[tuple[tuple[int, ...], Gap]] = []
        for index, scenario in enumerate(self.scenarios.values()):
            have = levels[scenario.id]
            want = goal.level if goal else len(scenario.criteria)
            if have is None or have >= want:
                continue
            tier = _scenario_tier(scenario, goal)
            gap = _scenario_gap(scenario, have, want, tier < 3, goal)
            ranked.append(((tier, gap.steps, not scenario.binding, index), gap))
        for index, weighed in enumerate(self.weighed.values()):
            letters = chosen[weighed.question.id]
            left = 0 if letters is None else weighed.most - weighed.of(str(letters))
            if left > 0:
                tier = 2 if goal and goal.score_short else 3
                gap = _question_gap(weighed, str(letters), self.decimal(left), goal)
                ranked.append(((tier, -left, 0, index), gap))
        return tuple(gap for _, gap in sorted(ranked, key=lambda pair: pair[0]))


def _power_of_ten(numbers: Iterable[Fraction]) -> int:
    """The smallest power of ten that makes all whole; per cents of per cents always have one."""
    scale = 1
    for number in numbers:
        while (number * scale).denominator != 1:
            scale *= 10
    return scale


def _whole(answer: Answer) -> int | None:
    return answer if isinstance(answer, int) else None


def _scenario_tier(scenario: Scenario, goal: GateResult | None) -> int:
    """0: a binding one while those are short; 1: one that the count still needs; 3: not needed."""
    if goal is None:
        return 3
    if scenario.binding and goal.binding_short:
        return 0
    return 1 if goal.scenarios_short > goal.binding_short else 3


def _scenario_gap(
    scenario: Scenario, have: int, want: int, helps: bool, goal: GateResult | None
) -> Gap:
    steps = want - have
    to = level_text(want)
    if helps and goal:
        by_binding = scenario.binding and goal.binding_short > 0
        short = goal.binding_short if by_binding else goal.scenarios_short
        kind = Text("约束性场景", "binding scenarios") if by_binding else Text("场景", "scenarios")
        effect = Text(
            f"达到{to.zh}的{kind.zh}还差 {short} 个；本场景再升 {steps} 级，就多计入一个。",
            f"{short} more {kind.en} at {to.en} are needed; {steps} level(s) up, this one counts.",
        )
    else:
        effect = Text(
            f"{to.zh}所要的场景数已经够了；再升 {steps} 级，可为以后打基础。",
            f"Enough scenarios stand at {to.en}; {steps} level(s) up would prepare for later.",
        )
    return Gap(
        item=scenario.id,
        kind="scenario",
        text=scenario.text,
        binding=scenario.binding,
        have=have,
        want=want,
        points=Decimal(0),
        steps=steps,
        helps=helps,
        asks=scenario.criteria[have],
        effect=effect,
    )


def _question_gap(weighed: _Weighed, have: str, left: Decimal, goal: GateResult | None) -> Gap:
    question = weighed.question
    helps = goal is not None and goal.score_short > 0
    effect = Text(f"最多还能得 {plain(left)} 分。", f"Up to {plain(left)} more points.")
    if helps and goal:
        short, to = plain(goal.score_short), level_text(goal.level)
        effect = Text(
            f"最多还能得 {plain(left)} 分；距{to.zh}的分数线还差 {short} 分。",
            f"Up to {plain(left)} more points; the score for {to.en} is {short} short.",
        )
    return Gap(
        item=question.id,
        kind="question",
        text=question.text,
        binding=False,
        have=have,
        want=weighed.best,
        points=left,
        steps=0,
        helps=helps,
        asks=_asked_next(weighed, have),
        effect=effect,
    )


def _asked_next(weighed: _Weighed, have: str) -> Text:
    """The next better answer of a single choice; what a multiple choice has not ticked yet."""
    options = weighed.question.options
    if weighed.question.kind == "single":
        better = [o for o in options if weighed.points[o.id] > weighed.of(have)]
        return min(better, key=lambda option: option.weight).text
    rest = [o.text for o in options if o.id in weighed.best and o.id not in have]
    return Text("；".join(text.zh for text in rest), "; ".join(text.en for text in rest))
