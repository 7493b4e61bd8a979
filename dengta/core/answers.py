"""Answers to an instrument, each in one normal form, or refused with a reason.

Answers are one flat mapping of item id to option letters (`"q1": "BC"`) or scenario level
(`"quality": 2`). None, an absent key and blank text mean "not answered yet". Letters may come in
any order, in lower case, full width, or parted by blanks or commas: each of these has one meaning
only. A level may come as digits in text, as tables have it. Anything else is refused.
"""

from __future__ import annotations

import re
import unicodedata

from dengta.core.shapes import Question, Scenario, Text

Answer = str | int | None

_BETWEEN_LETTERS = re.compile(r"[\s,、;]+")
_LEVEL = re.compile(r"([0-9]{1,3})(?:\.0{1,3})?")


class AnswerError(ValueError):
    """An answer that cannot be. `message` names item and value, says why, and how to mend it."""

    def __init__(self, item: str, value: object, why: Text) -> None:
        seen = shown(value)
        self.item, self.value = item, value
        self.message = Text(f"{item}：{seen} {why.zh}", f"{item}: {seen} {why.en}")
        super().__init__(self.message.zh)


def shown(value: object) -> str:
    """A value as it is quoted back to its writer, shortened."""
    if isinstance(value, str):
        return f"“{value if len(value) <= 40 else value[:39] + '…'}”"
    if isinstance(value, int) and value.bit_length() > 128:
        # Python refuses to spell out very long integers.
        return "…"
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def blank(value: object) -> bool:
    """Whether a value says "not answered yet"."""
    return value is None or (isinstance(value, str) and not value.strip())


def letters_of(question: Question, value: object) -> str:
    """Option letters in the question's order, or AnswerError."""
    known = "".join(option.id for option in question.options)
    if not isinstance(value, str):
        raise AnswerError(
            question.id,
            value,
            Text(
                f'不是选项字母。请写成带引号的字母，如 "{known[-1]}"。',
                f'is not option letters. Write letters in quotes, such as "{known[-1]}".',
            ),
        )
    letters = _BETWEEN_LETTERS.sub("", unicodedata.normalize("NFKC", value)).upper()
    stranger = next((letter for letter in letters if letter not in known), None)
    if stranger or not letters:
        what = Text(f"里有本题没有的选项 {stranger}", f"has an option {stranger} not on offer here")
        if not stranger:
            what = Text("里没有选项字母", "has no option letter")
        raise AnswerError(
            question.id,
            value,
            Text(
                f"{what.zh}。请从 {known[0]} 到 {known[-1]} 中选。",
                f"{what.en}. Choose from {known[0]} to {known[-1]}.",
            ),
        )
    _refuse_clashes(question, value, letters)
    return "".join(letter for letter in known if letter in letters)


def _refuse_clashes(question: Question, value: str, letters: str) -> None:
    """AnswerError for letters that cannot stand together."""
    twice = next((letter for letter in letters if letters.count(letter) > 1), None)
    if twice:
        raise AnswerError(
            question.id,
            value,
            Text(
                f"把选项 {twice} 写了两次。请只写一次。",
                f"names option {twice} twice. Write it once.",
            ),
        )
    if question.kind == "single" and len(letters) > 1:
        raise AnswerError(
            question.id,
            value,
            Text(
                f"选了 {len(letters)} 项，而本题只能选一项。请留下最符合的一项。",
                f"chooses {len(letters)} options where one is allowed. Keep the best fitting one.",
            ),
        )
    lone = next((o for o in question.options if o.exclusive and o.id in letters), None)
    if lone and len(letters) > 1:
        raise AnswerError(
            question.id,
            value,
            Text(
                f"同时选了 {lone.id}（{lone.text.zh}）和别的选项，互相矛盾。"
                f"请去掉 {lone.id}，或只留 {lone.id}。",
                f"chooses {lone.id} ({lone.text.en}) together with others, which contradict it. "
                f"Drop {lone.id} or keep {lone.id} alone.",
            ),
        )


def level_of(scenario: Scenario, value: object) -> int:
    """A scenario level, or AnswerError.

    True and False are refused, although Python counts them as 1 and 0.
    """
    top = len(scenario.criteria)
    level: int | None = None
    if isinstance(value, str):
        found = _LEVEL.fullmatch(unicodedata.normalize("NFKC", value).strip())
        level = int(found[1]) if found else None
    elif isinstance(value, int) and not isinstance(value, bool):
        level = value
    elif isinstance(value, float) and value in range(top + 1):
        # Tables with empty cells carry whole numbers as floats; a whole one is exact.
        level = int(value)
    if level is None or not 0 <= level <= top:
        raise AnswerError(
            scenario.id,
            value,
            Text(
                f"不是场景等级。请写 0 到 {top} 的整数。",
                f"is not a scenario level. Write a whole number from 0 to {top}.",
            ),
        )
    return level
