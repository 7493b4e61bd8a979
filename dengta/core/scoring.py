"""Instruments: from answers to points, levels, gates and ranked gaps. Exact: no float anywhere.

Weights are whole per cents of whole per cents, means and lists divide by whole numbers, so every
value is a whole number of `1 / scale`, with `scale` found when the `Scorer` is built (a power of
ten wherever one will do). Points are added and compared as those integers and leave as `Decimal`.
What an answer may look like: see `answers` and `figures`; how values become one: `aggregates`.

An assessment that is not complete scores what it has: unanswered questions give no points,
unanswered scenarios count as not reached. More answers never lower a level, so the level is then
a floor ("at least").
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from dengta.core import gaps
from dengta.core.aggregates import ONE, Arithmetic, Number, Tally, Worth
from dengta.core.answers import NOT_APPLICABLE, Answer, AnswerError, blank, level_of
from dengta.core.figures import TOTAL, read_figure, read_total, reader_of
from dengta.core.results import (
    Count,
    Dimension,
    Gap,
    GateResult,
    Result,
    decimal_of,
    level_text,
    plain,
)
from dengta.core.shapes import Figure, Gate, Instrument, Question, Text
from dengta.core.weights import OPEN

__all__ = [
    "NOT_APPLICABLE",
    "Answer",
    "AnswerError",
    "Count",
    "Dimension",
    "Gap",
    "GateResult",
    "Result",
    "Scorer",
    "band_of",
    "level_text",
    "plain",
]


class Weighed:
    """A question with the points of each sign of its answers, as integers of 1 / scale."""

    def __init__(self, worth: Worth, scale: int, figures: Mapping[str, Figure]) -> None:
        self.question, self.choice = worth.question, reader_of(worth.question, figures)
        each = worth.share / worth.unit * scale
        self.points = {sign: int(each * many) for sign, many in worth.signs.items()}
        self.best = _best(worth)
        self.most = self.of(self.best)

    def of(self, answer: str) -> int:
        """The points of an answer, in 1 / scale."""
        return sum(self.points[sign] for sign in answer)


def _best(worth: Worth) -> str:
    """The best answer: one option, all that count, or the best column for every row."""
    question = worth.question
    if question.kind == "multi":
        return "".join(o.id for o in question.options if not o.exclusive and worth.signs[o.id])
    signs = [sign for sign in worth.signs if sign != OPEN]
    return max(signs, key=lambda sign: worth.signs[sign]) * (len(question.rows) or 1)


class _State(NamedTuple):
    """One case: what was answered, what it makes of the tree, and the total in 1 / scale."""

    chosen: Mapping[str, str | None]
    levels: Mapping[str, int | None]
    slots: Sequence[int]
    raw: int
    total: int


class Scorer:
    """One instrument, compiled once; it scores one case or a whole table alike.

    `items` are what makes an assessment complete: questions and scenarios, or the one recorded
    total. `figures` may be given beside them. `plain`: a weighted tree of options, with scenarios.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.tally = Tally(instrument)
        self.recorded = instrument.recorded_only
        self.scale = 1000 if self.recorded else self.tally.scale
        self.figures = {figure.id: figure for figure in instrument.figures}
        self.weighed = {
            worth.question.id: Weighed(worth, self.scale, self.figures)
            for worth in self.tally.worths
        }
        self.scenarios = {scenario.id: scenario for scenario in instrument.scenarios}
        self.gates = tuple(sorted(instrument.gates, key=lambda gate: gate.level))
        self.items: tuple[str, ...] = (*self.weighed, *self.scenarios)
        if self.recorded:
            self.items = (TOTAL,)
        self.scales = tuple(q for q in instrument.questions if q.kind == "scale")
        self._at = {worth.question.id: at for at, worth in enumerate(self.tally.worths)}
        self._ten = set(str(self.scale)) <= {"0", "1"}
        self.plain = (
            self.tally.additive
            and not self.recorded
            and not instrument.rounded
            and all(question.options for question in instrument.questions)
            and not any(gate.nodes or gate.items for gate in self.gates)
        )

    def decimal(self, points: int) -> Decimal:
        """Points in 1 / scale as the exact decimal, half-up to six places where it never ends."""
        if not self._ten:
            return decimal_of(Fraction(points, self.scale))
        whole, rest = divmod(points, self.scale)
        places = len(str(self.scale)) - 1
        return Decimal(f"{whole}.{rest:0{places}d}") if places else Decimal(whole)

    def needed(self, gate: Gate) -> int:
        """The points that a gate asks for, in 1 / scale."""
        unit: int = 10**self.instrument.decimals
        return gate.score * self.scale // unit

    def read(self, item: str, value: object) -> Answer:
        """The answer in its one normal form: letters or columns in the question's order, a level,
        NOT_APPLICABLE, the decimal text of a figure or total, or None.

        AnswerError when the item is unknown or the answer cannot be.
        """
        weighed, scenario = self.weighed.get(item), self.scenarios.get(item)
        figure = self.figures.get(item)
        total = self.recorded and item == TOTAL
        if weighed is None and scenario is None and figure is None and not total:
            raise self._stranger(item, value)
        if blank(value):
            return None
        if weighed is not None:
            return weighed.choice.read(value)
        if scenario is not None:
            return level_of(scenario, value)
        return read_total(self.instrument, value) if figure is None else read_figure(figure, value)

    def open(self, item: str, answer: Answer) -> bool:
        """Whether an answer in its normal form leaves something to be answered."""
        return answer is None or (item in self.weighed and OPEN in str(answer))

    def worth(self, question: str) -> Worth:
        """What the answers to a question are worth, as shares of it."""
        return self.tally.worths[self._at[question]]

    def _stranger(self, item: str, value: object) -> AnswerError:
        known = (*self.items, *self.figures)
        near = difflib.get_close_matches(item.lower(), known, n=1, cutoff=0.6)
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
        below it while more are short than binding ones will fill; then questions while points (or
        the points of a node, or questions at a band) are short; last what does not bring that gate
        nearer. Among scenarios those with fewer levels to climb come first (one level is the
        cheapest step), binding ones before others; among questions those that bring the total more,
        then those with fewer bands to climb; ties in the instrument's order. What is not answered
        yet is in `missing`, not among the gaps; what does not apply is in `not_applicable`.
        """
        read = {item: self.read(item, value) for item, value in answers.items()}
        state = self._state(read)
        counts = {gate.level: self._count(state.levels, gate.level) for gate in self.gates}
        results = tuple(self._gate(gate, state, counts[gate.level]) for gate in self.gates)
        level = max((gate.level for gate in results if gate.passed), default=0)
        exact = Fraction(state.total, self.scale) if self.tally.totals else None
        points = {
            q: None if signs is None else self.decimal(self.weighed[q].of(signs))
            for q, signs in state.chosen.items()
        }
        return Result(
            instrument=self.instrument.id,
            name=self.instrument.name,
            score=self.decimal(state.total) if self.tally.totals else None,
            points=points,
            dimensions=self._dimensions(state),
            scenario_levels=state.levels,
            counts=counts,
            gates=results,
            level=level if self.gates else None,
            level_name=self.level_name(level),
            gaps=self._gaps(state, results, level),
            missing=tuple(item for item in self.items if self.open(item, read.get(item))),
            not_applicable=tuple(s for s in self.scenarios if read.get(s) == NOT_APPLICABLE),
            exact_nodes=self._nodes(state),
            bands={q.id: _band(state.chosen[q.id]) for q in self.scales},
            exact=exact,
            wide=not self.plain,
        )

    def _state(self, read: Mapping[str, Answer]) -> _State:
        chosen = {q: _signs(read.get(q)) for q in self.weighed}
        levels = {s: _whole(read.get(s)) for s in self.scenarios}
        if self.recorded:
            total = int(Fraction(str(read.get(TOTAL) or 0)) * self.scale)
            return _State(chosen, levels, (), total, self.rounded(total))
        worths = [
            0 if (signs := chosen[worth.question.id]) is None else worth.of(signs)
            for worth in self.tally.worths
        ]
        slots = self.tally.run(worths)
        raw = self.tally.total(slots)
        return _State(chosen, levels, slots, raw, self.rounded(raw))

    def rounded(self, total: Number, by: Arithmetic = ONE) -> Number:
        """A total in 1 / scale as gates see it: half-up to the decimals, where the instrument says
        so."""
        if not self.instrument.rounded:
            return total
        step = self.scale // 10**self.instrument.decimals
        rest = total % step
        return total - rest + by.choose(2 * rest >= step, step, 0)

    def level_name(self, level: int) -> Text:
        """The instrument's name of a level; 0 is below its first."""
        for gate in self.gates:
            if gate.level == level:
                return gate.name
        if not self.gates:
            return Text("不分等级", "No levels")
        first = level_text(self.gates[0].level)
        return Text(f"未达{first.zh}", f"Below {first.en}")

    def _count(self, levels: Mapping[str, int | None], floor: int) -> Count:
        reached = [s for s, level in levels.items() if level is not None and level >= floor]
        return Count(len(reached), sum(self.scenarios[s].binding for s in reached))

    def _gate(self, gate: Gate, state: _State, count: Count) -> GateResult:
        short = max(0, self.needed(gate) - state.total)
        scenarios = max(0, gate.scenarios - count.scenarios)
        binding = max(0, gate.binding - count.binding)
        unit = 10**self.instrument.decimals
        needed = {node: Fraction(least, unit) for node, least in gate.nodes.items()}
        lacking = {
            node: least - have
            for node, least in needed.items()
            if (have := self.tally.node_points(node, state.slots)) < least
        }
        wanted, floor = gate.items or (0, 0)
        reached = [_band(state.chosen[q.id]) or 0 for q in self.scales]
        items = sum(band >= floor for band in reached) if wanted else 0
        score = Decimal(gate.score) if unit > 1 else gate.score
        return GateResult(
            level=gate.level,
            name=gate.name,
            passed=not (short or scenarios or binding or lacking or items < wanted),
            score_needed=decimal_of(Fraction(gate.score, unit)) if unit > 1 else score,
            score_short=self._lacking(short),
            scenarios_needed=gate.scenarios,
            scenarios_have=count.scenarios,
            scenarios_short=scenarios,
            binding_needed=gate.binding,
            binding_have=count.binding,
            binding_short=binding,
            nodes_needed={node: decimal_of(least) for node, least in needed.items()},
            nodes_short={node: decimal_of(short, up=True) for node, short in lacking.items()},
            items_level=floor,
            items_needed=wanted,
            items_have=items,
            items_short=max(0, wanted - items),
            short=Fraction(short, self.scale),
            lacking=lacking,
        )

    def _lacking(self, points: int) -> Decimal:
        if self._ten:
            return self.decimal(points)
        return decimal_of(Fraction(points, self.scale), up=True)

    def _dimensions(self, state: _State) -> tuple[Dimension, ...]:
        """The top nodes: with weights their points of the whole, else their own values."""
        found = []
        for node in self.instrument.nodes:
            if node.parent:
                continue
            if self.instrument.aggregate == "weighted_sum" and self.tally.additive:
                below = [q for q in self.weighed.values() if q.question.path[:1] == (node.id,)]
                have = sum(q.of(state.chosen[q.question.id] or "") for q in below)
                exact, most = Fraction(have, self.scale), sum(q.most for q in below)
                ends = self.decimal(have), self.decimal(most)
            else:
                exact = self.tally.node_points(node.id, state.slots)
                ends = decimal_of(exact), Decimal(self.instrument.full)
            found.append(Dimension(node.id, node.text, *ends, exact))
        return tuple(found)

    def _nodes(self, state: _State) -> dict[str, Fraction]:
        if self.recorded:
            return {}
        return {node: self.tally.node_points(node, state.slots) for node in self.tally.nodes}

    def _gaps(self, state: _State, results: tuple[GateResult, ...], level: int) -> tuple[Gap, ...]:
        goal = next((gate for gate in results if gate.level > level), None)
        short = () if goal is None else tuple(goal.nodes_short)
        questions = [
            (gaps.Asked(w.question, w.best, self.tally.worths[at].signs), state.chosen[q])
            for at, (q, w) in enumerate(self.weighed.items())
        ]
        return gaps.ranked(
            questions,
            [(scenario, state.levels[s]) for s, scenario in self.scenarios.items()],
            goal,
            lambda question, want: self._gain(state, short, question, want),
        )

    def _gain(
        self, state: _State, short: tuple[str, ...], question: Question, want: str
    ) -> gaps.Gain:
        """What another answer brings; `short` are the nodes that the next gate finds too low."""
        if self.tally.additive and not short:
            weighed = self.weighed[question.id]
            more = weighed.of(want) - weighed.of(state.chosen[question.id] or "")
            return gaps.Gain(Fraction(more, self.scale), self.decimal(more))
        at = self._at[question.id]
        slots = self.tally.moved(state.slots, at, self.tally.worths[at].of(want))
        more = self.tally.total(slots) - state.raw if self.tally.totals else 0
        raised = (
            node
            for node in short
            if self.tally.node(node, slots)[0] > self.tally.node(node, state.slots)[0]
        )
        tied = not more and self.tally.tied(at, state.slots)
        points = Fraction(more, self.scale)
        return gaps.Gain(points, self.decimal(more), next(raised, ""), tied)


def band_of(instrument: Instrument, total: Fraction | Decimal) -> int | None:
    """The level that a recorded total reaches by its points alone, 0 below the first gate.

    None when the instrument has no gates. ValueError for a total outside 0 to `full`.
    """
    points = Fraction(total)
    if not 0 <= points <= instrument.full:
        raise ValueError(f"a total lies between 0 and {instrument.full}")
    unit = 10**instrument.decimals
    if instrument.rounded:
        points = Fraction((2 * points * unit + 1) // 2, unit)
    if not instrument.gates:
        return None
    return max((g.level for g in instrument.gates if points * unit >= g.score), default=0)


def _whole(answer: Answer) -> int | None:
    return answer if isinstance(answer, int) else None


def _signs(answer: Answer) -> str | None:
    return answer if isinstance(answer, str) else None


def _band(answer: str | None) -> int | None:
    return None if answer is None else int(answer)
