"""矛盾: answers that cannot both be true. They are shown side by side and never block.

Most are data: conditions in the language of clauses over the answers and the firm's facts. What no
file has to say is found here: figures that lead to another option than the chosen one, and figures
that differ from the firm's own facts. What is not known contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from dengta.core import wording
from dengta.core.answers import NOT_APPLICABLE, Answer
from dengta.core.figures import allowed, implied, number_of
from dengta.core.language import Scope, parse_condition
from dengta.core.meaning import Meaning
from dengta.core.scoring import Scorer
from dengta.core.shapes import (
    Fact,
    FactValue,
    Figure,
    Instrument,
    Policy,
    Question,
    Scenario,
    Text,
)
from dengta.core.tree import FactOf, Node
from dengta.core.weights import OPEN

NOTHING = Text("未填", "not given")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it is, and what was answered."""

    item: str
    label: Text
    shown: Text


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two answers that contradict each other: `id` is the policy's, or `band:q2` (a figure against
    the chosen option), or `fact:revenue` (a figure against the firm's fact)."""

    id: str
    text: Text
    sides: tuple[Side, ...]

    def as_json(self, lang: str) -> dict[str, object]:
        """Id, text, and the two sides with what they say."""
        return {
            "id": self.id,
            "text": self.text.said(lang),
            "sides": [
                {"item": s.item, "label": s.label.said(lang), "shown": s.shown.said(lang)}
                for s in self.sides
            ],
        }


def contradictions(
    policy: Policy,
    instrument: Instrument,
    answers: Mapping[str, Answer],
    facts: Mapping[str, FactValue],
) -> tuple[Conflict, ...]:
    """Every contradiction in a set of answers: the policy's first, in its order.

    AnswerError for an answer that cannot be. For many cases build a `Checker` once.
    """
    key = id(policy), id(instrument)
    found = _COMPILED.get(key)
    if found is None or found.policy is not policy or found.instrument is not instrument:
        if len(_COMPILED) >= _KEPT:
            _COMPILED.clear()
        found = _COMPILED[key] = Checker(policy, instrument)
    return found.check(answers, facts)


_KEPT = 64
_COMPILED: dict[tuple[int, int], Checker] = {}


def vocabulary(instrument: Instrument) -> dict[str, Fact]:
    """What a contradiction may name of an instrument, as facts: a multi is the set of its letters,
    and its per cent as `<id>_share`; other questions are their per cent, a scale its band, a
    scenario its level, a figure the number of its smallest units."""
    found: dict[str, Fact] = {}
    for question in instrument.questions:
        most = 9 if question.kind == "scale" else 100
        name = question.id
        if question.kind == "multi":
            letters = {option.id: option.text for option in question.options}
            found[name] = Fact(name, question.text, "set", "assessment", values=letters)
            name = f"{name}_share"
        found[name] = Fact(name, question.text, "integer", "assessment", low=0, high=most)
    for scenario in instrument.scenarios:
        top = len(scenario.criteria)
        found[scenario.id] = Fact(
            scenario.id, scenario.text, "integer", "assessment", low=0, high=top
        )
    for figure in instrument.figures:
        unit = 10**figure.decimals
        found[figure.id] = Fact(
            figure.id,
            figure.text,
            "integer",
            "assessment",
            low=figure.low * unit,
            high=figure.high * unit,
        )
    return found


def scope_of(instrument: Instrument, facts: Mapping[str, Fact]) -> Scope:
    """The names that a contradiction may use; an item's hides a fact's."""
    names = {**facts, **vocabulary(instrument)}
    return Scope(MappingProxyType({name: FactOf(fact) for name, fact in names.items()}))


class Checker:
    """An instrument's contradictions, read once. ClauseError if one cannot be read."""

    def __init__(self, policy: Policy, instrument: Instrument) -> None:
        self.policy, self.instrument = policy, instrument
        self.scorer = Scorer(instrument)
        scope = scope_of(instrument, policy.facts)
        self.conditions: list[Node] = [
            parse_condition(each.when, scope) for each in instrument.contradictions
        ]
        self.questions = {question.id: question for question in instrument.questions}

    def check(
        self, answers: Mapping[str, Answer], facts: Mapping[str, FactValue]
    ) -> tuple[Conflict, ...]:
        """Every contradiction in one case."""
        read = {item: self.scorer.read(item, value) for item, value in answers.items()}
        meaning = Meaning({**facts, **self._values(read)})
        found = [
            Conflict(each.id, each.text, tuple(self._side(i, read, facts) for i in each.items))
            for each, condition in zip(self.instrument.contradictions, self.conditions, strict=True)
            if meaning.value(condition) is True
        ]
        return (*found, *self._bands(read), *self._facts(read, facts))

    def _values(self, read: Mapping[str, Answer]) -> dict[str, FactValue]:
        """The answers as facts; what is not answered, or does not apply, is not known."""
        values: dict[str, FactValue] = {}
        for id, question in self.questions.items():
            answer = read.get(id)
            known = isinstance(answer, str) and OPEN not in answer
            share = self._per_cent(question, str(answer)) if known else None
            if question.kind == "multi":
                values[id] = frozenset(str(answer)) if known else None
                values[f"{id}_share"] = share
            else:
                values[id] = share
        for scenario in self.instrument.scenarios:
            level = read.get(scenario.id)
            values[scenario.id] = level if isinstance(level, int) else None
        for figure in self.instrument.figures:
            number = number_of(read.get(figure.id))
            values[figure.id] = None if number is None else int(number * 10**figure.decimals)
        return values

    def _per_cent(self, question: Question, answer: str) -> int:
        """An answer's share of its question in per cent, rounded down; the band of a scale."""
        if question.kind == "scale":
            return int(answer)
        worth = self.scorer.worth(question.id)
        return worth.of(answer) * 100 // worth.unit

    def _bands(self, read: Mapping[str, Answer]) -> Iterator[Conflict]:
        """Figures that lead to another option than the chosen one."""
        for question in self.instrument.questions:
            chosen = read.get(question.id)
            letters = allowed(question, read)
            if chosen is None or not letters or chosen in letters:
                continue
            figures = [f for f in self.instrument.figures if f.id in question.figures]
            by = sorted(figures, key=lambda f: question.figures.index(f.id))
            meant = implied(question, read)
            option = next(o for o in question.options if o.id == meant)
            values = [_figure_text(figure, read.get(figure.id)) for figure in by]
            zh, en = "，".join(v.zh for v in values), ", ".join(v.en for v in values)
            yield Conflict(
                f"band:{question.id}",
                Text(
                    "所选的选项与填报的数据不一致。",
                    "The chosen option does not agree with the figures.",
                ),
                (
                    self._side(question.id, read, {}),
                    Side(
                        question.figures[0],
                        Text(
                            "、".join(figure.text.zh for figure in by),
                            ", ".join(figure.text.en for figure in by),
                        ),
                        Text(
                            f"{zh}，应选 {option.id}（{option.text.zh}）",
                            f"{en}: {option.id} ({option.text.en})",
                        ),
                    ),
                ),
            )

    def _facts(
        self, read: Mapping[str, Answer], facts: Mapping[str, FactValue]
    ) -> Iterator[Conflict]:
        """Figures that differ from the firm's fact by one of their smallest units or more, and by
        more than the tolerance."""
        for figure in self.instrument.figures:
            number, fact = number_of(read.get(figure.id)), facts.get(figure.fact)
            if number is None or not isinstance(fact, int) or isinstance(fact, bool):
                continue
            least = Fraction(figure.per_unit, 10**figure.decimals)
            apart = abs(number * figure.per_unit - fact)
            if apart >= least and apart * 10_000 > abs(fact) * figure.tolerance_bps:
                yield Conflict(
                    f"fact:{figure.id}",
                    Text(
                        "填报的数据与企业自己的年度数据不一致。",
                        "The figure does not agree with the firm's own yearly data.",
                    ),
                    (self._side(figure.id, read, facts), self._fact_side(figure.fact, facts)),
                )

    def _side(self, item: str, read: Mapping[str, Answer], facts: Mapping[str, FactValue]) -> Side:
        answer = read.get(item)
        if item in self.questions:
            question = self.questions[item]
            return Side(item, question.text, _answer_text(question, answer))
        if item in self.scorer.scenarios:
            scenario = self.scorer.scenarios[item]
            return Side(item, scenario.text, _level_text(scenario, answer))
        if item in self.scorer.figures:
            figure = self.scorer.figures[item]
            return Side(item, figure.text, _figure_text(figure, answer))
        return self._fact_side(item, facts)

    def _fact_side(self, name: str, facts: Mapping[str, FactValue]) -> Side:
        fact, value = self.policy.facts[name], facts.get(name)
        return Side(name, fact.term, NOTHING if value is None else wording.value_text(fact, value))


def _answer_text(question: Question, answer: Answer) -> Text:
    """What was chosen, in the instrument's own words."""
    if not isinstance(answer, str):
        return NOTHING
    if question.options:
        chosen = [option for option in question.options if option.id in answer]
        return Text(
            "；".join(f"{option.id} {option.text.zh}" for option in chosen),
            "; ".join(f"{option.id} {option.text.en}" for option in chosen),
        )
    if question.rows:
        return _rows_text(question, answer)
    column = next(column for column in question.columns if column.id == answer)
    return Text(f"{column.id} {column.text.zh}", f"{column.id} {column.text.en}")


def _rows_text(question: Question, answer: str) -> Text:
    """How many rows were answered by each column."""
    counts = [(column, answer.count(column.id)) for column in question.columns]
    many = len(question.rows)
    zh = "，".join(f"{column.text.zh} {count}" for column, count in counts if count)
    en = ", ".join(f"{column.text.en} {count}" for column, count in counts if count)
    return Text(f"{many} 行：{zh}", f"{many} rows: {en}")


def _level_text(scenario: Scenario, answer: Answer) -> Text:
    if answer == NOT_APPLICABLE:
        return Text("不适用", "not applicable")
    if not isinstance(answer, int):
        return NOTHING
    if answer == 0:
        return Text("0 级", "level 0")
    criterion = scenario.criteria[answer - 1]
    return Text(f"{answer} 级：{criterion.zh}", f"level {answer}: {criterion.en}")


def _figure_text(figure: Figure, answer: Answer) -> Text:
    if answer is None:
        return NOTHING
    return Text(f"{answer} {figure.unit.zh}".strip(), f"{answer} {figure.unit.en}".strip())
