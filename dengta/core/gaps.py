"""短板: what could be better, ranked by what it does for the next level, each with its effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from dengta.core.answers import Answer
from dengta.core.results import Gap, GateResult, level_text, said
from dengta.core.shapes import Question, Scenario, Text
from dengta.core.weights import OPEN


class Ranked(NamedTuple):
    """A gap and its place: what blocks the next gate first (see `Scorer.score`)."""

    place: tuple[int | Fraction, ...]
    gap: Gap


@dataclass(frozen=True, slots=True)
class Gain:
    """What a better answer brings: points of the total (and as a decimal), which node that the next
    gate asks for rises, and whether it is held down together with others that are as low."""

    points: Fraction
    decimal: Decimal
    raises: str = ""
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its gap needs it: its best answer, and what each sign is worth there."""

    question: Question
    best: str
    worth: Mapping[str, int]


Gains = Callable[[Question, str], Gain]
"""What the total gains when a question's answer becomes another one."""


def ranked(
    questions: Sequence[tuple[Asked, str | None]],
    scenarios: Sequence[tuple[Scenario, Answer]],
    goal: GateResult | None,
    gains: Gains,
) -> tuple[Gap, ...]:
    """Every answered item that is not at its best, the most useful first."""
    found: list[Ranked] = []
    for index, (scenario, level) in enumerate(scenarios):
        want = goal.level if goal else len(scenario.criteria)
        if not isinstance(level, int) or level >= want:
            continue
        tier = _scenario_tier(scenario, goal)
        gap = _scenario_gap(scenario, level, want, tier < 3, goal)
        found.append(Ranked((tier, gap.steps, not scenario.binding, index), gap))
    for index, (asked, answer) in enumerate(questions):
        if answer is None or OPEN in answer or _worth(asked, answer) >= _worth(asked, asked.best):
            continue
        one = _question(asked, answer, goal, gains)
        if one is not None:
            tier = 2 if one.helps else 3
            found.append(Ranked((tier, -one.gain, one.steps, index), one))
    return tuple(gap for _, gap in sorted(found, key=lambda each: each.place))


def _worth(asked: Asked, answer: str) -> int:
    return sum(asked.worth[sign] for sign in answer)


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
    to, up = level_text(want), "1 level" if steps == 1 else f"{steps} levels"
    if helps and goal:
        by_binding = scenario.binding and goal.binding_short > 0
        short = goal.binding_short if by_binding else goal.scenarios_short
        kind = Text("约束性场景", "binding scenario") if by_binding else Text("场景", "scenario")
        more = f"{kind.en} at {to.en} is" if short == 1 else f"{kind.en}s at {to.en} are"
        effect = Text(
            f"达到{to.zh}的{kind.zh}还差 {short} 个；本场景再升 {steps} 级，就多计入一个。",
            f"{short} more {more} needed; {up} up, this one counts.",
        )
    else:
        effect = Text(
            f"{to.zh}所要的场景数已经够了；再升 {steps} 级，可为以后打基础。",
            f"Enough scenarios stand at {to.en}; {up} up would prepare for later.",
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


def _question(asked: Asked, have: str, goal: GateResult | None, gains: Gains) -> Gap | None:
    question = asked.question
    want, counted = asked.best, False
    banded = question.kind == "scale" and goal is not None and goal.items_short > 0
    if banded and goal is not None and int(have) < goal.items_level:
        enough = [c.id for c in question.columns if int(c.id) >= goal.items_level]
        want, counted = (enough or [want])[0], bool(enough)
    gain = gains(question, want)
    helps = goal is not None and (
        counted or bool(gain.raises) or bool(goal.score_short and (gain.points or gain.tied))
    )
    steps = 0
    if question.kind == "scale":
        signs = [column.id for column in question.columns]
        steps = signs.index(want) - signs.index(have)
    return Gap(
        item=question.id,
        kind="question",
        text=question.text,
        binding=False,
        have=have,
        want=want,
        points=gain.decimal,
        steps=steps,
        helps=helps,
        asks=_asked_next(asked, have),
        effect=_effect(gain, steps, goal, counted, helps),
        gain=gain.points,
    )


def _effect(gain: Gain, steps: int, goal: GateResult | None, counted: bool, helps: bool) -> Text:
    """What a better answer brings, in a sentence."""
    points = said(gain.points)
    if counted and goal:
        to = goal.items_level
        return Text(
            f"达到 {to} 级的题还差 {goal.items_short} 项；本项再升 {steps} 级，就多计入一项。",
            f"{goal.items_short} more items at band {to} are needed; {steps} up, this one counts.",
        )
    if helps and goal and goal.score_short and gain.points:
        short, level = goal.short_text, level_text(goal.level)
        return Text(
            f"最多还能得 {points} 分；距{level.zh}的分数线还差 {short} 分。",
            f"Up to {points} more points; the score for {level.en} is {short} short.",
        )
    if helps and goal and gain.raises:
        short = said(goal.lacking[gain.raises], up=True)
        return Text(
            f"最多还能得 {points} 分；{gain.raises} 的得分还差 {short} 分。",
            f"Up to {points} more points; {gain.raises} is {short} short.",
        )
    if gain.points:
        return Text(f"最多还能得 {points} 分。", f"Up to {points} more points.")
    if gain.tied:
        return Text(
            "与得分同样最低的几项一起提高，总分才会上升。",
            "The total rises once this and what is as low as this rise together.",
        )
    if steps:
        return Text(f"再升 {steps} 级，即为最高。", f"{steps} up, it would be at its best.")
    return Text("总分暂不受它影响，可为以后打基础。", "The total does not hang on it for now.")


def _asked_next(asked: Asked, have: str) -> Text:
    """The next better answer of a single choice; what a multiple choice has not ticked yet; the
    rows that are not at their best."""
    question = asked.question
    if question.rows:
        best = asked.worth[asked.best[0]]
        rows = zip(question.rows, have, strict=True)
        rest = [row.text for row, sign in rows if asked.worth[sign] < best]
    elif question.columns:
        signs = [column.id for column in question.columns]
        return question.columns[signs.index(have) + 1].text
    elif question.kind != "multi":
        now = asked.worth[have]
        better = [option for option in question.options if asked.worth[option.id] > now]
        return min(better, key=lambda option: option.weight).text
    else:
        rest = [o.text for o in question.options if o.id in asked.best and o.id not in have]
    return Text("；".join(text.zh for text in rest), "; ".join(text.en for text in rest))
