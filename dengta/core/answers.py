"""Answers to an instrument, each in one normal form, or refused with a reason.

Answers are one flat mapping of item id to option letters (`"q1": "BC"`), one column for each row
of a matrix (`"0312-5"`, `-` for a row not answered yet) or scenario level (`"quality": 2`, `"NA"`
where the scenario does not apply). None, an absent key and blank text mean "not answered yet".
Letters may come in any order, in lower case, full width, or parted by blanks or commas: each of
these has one meaning only. A level may come as digits in text, as tables have it. Anything else is
refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

from dengta.core.shapes import Question, Scenario, Text
from dengta.core.weights import OPEN

Answer = str | int | None

NOT_APPLICABLE = "NA"
"""The answer to a scenario that does not apply to the firm."""

_NOT_APPLICABLE_SAID = frozenset({"NA", "N/A", "不适用"})

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


class Reader(Protocol):
    """What reads the answers to one question."""

    def read(self, value: object) -> str | None:
        """The answer in its normal form; None where it answers nothing. AnswerError if it cannot
        be."""


class Choice:
    """Reads the answers to one question. Built once, because tables ask it often."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.known = "".join(option.id for option in question.options)
        self.alone = {option.id: option for option in question.options if option.exclusive}

    def read(self, value: object) -> str:
        """Option letters in the question's order, or AnswerError."""
        if not isinstance(value, str):
            raise self._error(
                value,
                f'不是选项字母。请写成带引号的字母，如 "{self.known[-1]}"。',
                f'is not option letters. Write letters in quotes, such as "{self.known[-1]}".',
            )
        letters = _BETWEEN_LETTERS.sub("", unicodedata.normalize("NFKC", value)).upper()
        span = f"{self.known[0]} 到 {self.known[-1]}", f"{self.known[0]} to {self.known[-1]}"
        if not letters:
            raise self._error(
                value,
                f"里没有选项字母。请从 {span[0]} 中选。",
                f"has no option letter. Choose from {span[1]}.",
            )
        # Stripping the known letters leaves nothing unless a stranger is among them.
        stranger = letters.strip(self.known)[:1]
        if stranger:
            raise self._error(
                value,
                f"里有本题没有的选项 {stranger}。请从 {span[0]} 中选。",
                f"has an option {stranger} not on offer here. Choose from {span[1]}.",
            )
        if len(letters) > 1:
            self._refuse_clashes(value, letters)
        return "".join(filter(letters.__contains__, self.known))

    def _refuse_clashes(self, value: str, letters: str) -> None:
        """AnswerError for letters that cannot stand together."""
        if len(set(letters)) < len(letters):
            twice = next(letter for letter in letters if letters.count(letter) > 1)
            raise self._error(
                value,
                f"把选项 {twice} 写了两次。请只写一次。",
                f"names option {twice} twice. Write it once.",
            )
        if self.question.kind != "multi":
            raise self._error(
                value,
                f"选了 {len(letters)} 项，而本题只能选一项。请留下最符合的一项。",
                f"chooses {len(letters)} options where one is allowed. Keep the best fitting one.",
            )
        for option in self.alone.values():
            if option.id in letters:
                raise self._error(
                    value,
                    f"同时选了 {option.id}（{option.text.zh}）和别的选项，互相矛盾。"
                    f"请去掉 {option.id}，或只留 {option.id}。",
                    f"chooses {option.id} ({option.text.en}) together with others, which "
                    f"contradict it. Drop {option.id} or keep {option.id} alone.",
                )

    def _error(self, value: object, zh: str, en: str) -> AnswerError:
        return AnswerError(self.question.id, value, Text(zh, en))


class Grid:
    """Reads one column for each row of a matrix or list of requirements; for a scale, one only."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.known = "".join(column.id for column in question.columns)
        self.many = len(question.rows) or 1

    def read(self, value: object) -> str | None:
        """Column signs in the order of the rows, None when no row is answered; or AnswerError."""
        example = (self.known[-1] * self.many)[:20]
        if isinstance(value, int) and not isinstance(value, bool) and self.many == 1:
            value = str(value) if 0 <= value <= 9 else value
        elif isinstance(value, float) and self.many == 1 and value in range(10):
            # Tables with empty cells carry whole numbers as floats; a whole one is exact.
            value = str(int(value))
        if not isinstance(value, str):
            raise self._error(
                value,
                f'不是带引号的文本。请写成如 "{example}"。',
                f'is not text in quotes. Write it like "{example}".',
            )
        signs = _BETWEEN_LETTERS.sub("", unicodedata.normalize("NFKC", value)).upper()
        stranger = signs.strip(self.known + OPEN)[:1]
        if stranger:
            every = "、".join(self.known), ", ".join(self.known)
            raise self._error(
                value,
                f"里有本题没有的 {stranger}。请从 {every[0]} 中选。",
                f"has a {stranger}, which this item does not have. Choose from {every[1]}.",
            )
        if len(signs) != self.many:
            raise self._error(
                value,
                f"有 {len(signs)} 个答案，而本题有 {self.many} 行。"
                f"请每行写一个，如 {example}；还没答的行写 {OPEN}。",
                f"has {len(signs)} answers where there are {self.many} rows. Write one for each, "
                f"such as {example}, and {OPEN} for a row not answered yet.",
            )
        return signs if signs.strip(OPEN) else None

    def _error(self, value: object, zh: str, en: str) -> AnswerError:
        return AnswerError(self.question.id, value, Text(zh, en))


def level_of(scenario: Scenario, value: object) -> int | str:
    """A scenario level, or NOT_APPLICABLE, or AnswerError.

    True and False are refused, although Python counts them as 1 and 0.
    """
    top = len(scenario.criteria)
    level: int | None = None
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        if text.upper() in _NOT_APPLICABLE_SAID:
            return NOT_APPLICABLE
        found = _LEVEL.fullmatch(text)
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
                f"不是场景等级。请写 0 到 {top} 的整数；不适用的场景写 {NOT_APPLICABLE}。",
                f"is not a scenario level. Write a whole number from 0 to {top}, or "
                f"{NOT_APPLICABLE} where the scenario does not apply.",
            ),
        )
    return level
