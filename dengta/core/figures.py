"""Figures: numbers that a firm writes, each in one normal form, and the answers they lead to.

A figure is decimal text. Full-width digits, blanks around it and thousands separators that can be
nothing else (`1,234.5`) are accepted; what could be read in two ways is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from dengta.core.answers import AnswerError, Choice, Grid, Reader
from dengta.core.shapes import Figure, Instrument, Question, Text

_NUMBER = re.compile(r"[-−]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_LONGEST = 40


def number_of(value: object) -> Fraction | None:
    """The exact number that a value says, or None if it says none."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
            return None
        return Fraction(text.replace(",", "").replace("−", "-"))
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, float):
        # Tables carry decimals as floats; the shortest text that means the float is what was meant.
        value = Decimal(repr(value))
    if isinstance(value, Decimal) and value.is_finite():
        return Fraction(value) if abs(value.adjusted()) <= _LONGEST else None
    return None


def decimal_text(number: Fraction) -> str:
    """A finite decimal as plain text: no exponent, no needless zeros."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    whole = abs(int(number * 10**places))
    head, tail = divmod(whole, 10**places)
    sign = "-" if number < 0 else ""
    return f"{sign}{head}.{tail:0{places}d}" if places else f"{sign}{head}"


def read_number(
    item: str, value: object, low: Fraction, high: Fraction, decimals: int, unit: Text
) -> Fraction:
    """A number within bounds and with few enough decimals. AnswerError names item, value, mend."""
    number = number_of(value)
    of = Text(f"（{unit.zh}）", f" ({unit.en})") if unit.zh else Text("", "")
    least, most = decimal_text(low), decimal_text(high)
    if number is None:
        example = "1234.5" if decimals else "1234"
        raise AnswerError(
            item,
            value,
            Text(
                f"不是数。请只写数字{of.zh}，如 {example}（千位可写成 1,234），不写单位和范围。",
                f"is not a number. Write digits only{of.en}, such as {example} (1,234 is fine); "
                "no unit and no range.",
            ),
        )
    if not low <= number <= high:
        raise AnswerError(
            item,
            value,
            Text(
                f"超出范围。请写 {least} 至 {most} 的数{of.zh}，并核对单位。",
                f"is out of range. Write a number from {least} to {most}{of.en}; check the unit.",
            ),
        )
    if (number * 10**decimals).denominator != 1:
        most_places = (
            Text(f"最多 {decimals} 位小数", f"at most {decimals} decimals")
            if decimals
            else Text("整数", "a whole number")
        )
        raise AnswerError(
            item,
            value,
            Text(
                f"小数位数太多。请四舍五入，写{most_places.zh}{of.zh}。",
                f"has too many decimals. Round it and write {most_places.en}{of.en}.",
            ),
        )
    return number


def read_figure(figure: Figure, value: object) -> str:
    """A figure's normal text, or AnswerError."""
    low, high = Fraction(figure.low), Fraction(figure.high)
    return decimal_text(read_number(figure.id, value, low, high, figure.decimals, figure.unit))


def band(question: Question, number: Fraction) -> str:
    """The option of a number whose band holds it: the last one that it lies above."""
    held = question.options[0].id
    for option in question.options:
        if option.above is not None and number > option.above:
            held = option.id
    return held


def direction(question: Question, now: Fraction, before: Fraction) -> str:
    """The option of a change: down, flat or up, read literally."""
    way = "up" if now > before else "down" if now < before else "flat"
    return next(option.id for option in question.options if option.when == way)


def implied(question: Question, figures: Mapping[str, object]) -> str | None:
    """The letter that a question's figures lead to; None while one is not known, or where one
    divides by zero."""
    values = _values(question, figures)
    if values is None:
        return None
    if question.kind == "number":
        return band(question, values[0])
    return direction(question, *values)


def allowed(question: Question, figures: Mapping[str, object]) -> frozenset[str]:
    """The letters that do not contradict the figures: the one they lead to, and flat where the
    change is small enough to be called so. Empty when the figures say nothing."""
    values = _values(question, figures)
    if values is None:
        return frozenset()
    if question.kind == "number":
        return frozenset({band(question, values[0])})
    now, before = values
    letters = {direction(question, now, before)}
    if abs(now - before) * 10_000 <= abs(before) * question.flat_bps:
        letters |= {option.id for option in question.options if option.when == "flat"}
    return frozenset(letters)


def _values(question: Question, figures: Mapping[str, object]) -> tuple[Fraction, ...] | None:
    """What is compared: the value (a ratio in per cent), or now and before."""
    if not question.figures:
        return None
    numbers = [number_of(figures.get(figure)) for figure in question.figures]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    if question.kind == "number":
        if len(known) == 1:
            return (known[0],)
        return (known[0] * 100 / known[1],) if known[1] else None
    if len(known) == 2:
        return (known[0], known[1])
    now, before, by_now, by_before = known
    return (now / by_now, before / by_before) if by_now and by_before else None


class Banded(Choice):
    """Reads a number's answer: a band's letter, or the number itself."""

    def __init__(self, question: Question, figures: Mapping[str, Figure]) -> None:
        super().__init__(question)
        self.figure = figures.get(question.figures[0]) if len(question.figures) == 1 else None
        self.per_cent = self.figure is None or "%" in self.figure.unit.zh

    def read(self, value: object) -> str:
        """The letter, or AnswerError."""
        if not _numeric(value):
            return super().read(value)
        bare = value
        if isinstance(value, str) and self.per_cent:
            bare = unicodedata.normalize("NFKC", value).strip().removesuffix("%")
        return band(self.question, self._number(value, bare))

    def _number(self, value: object, bare: object) -> Fraction:
        id = self.question.id
        if self.figure is not None:
            figure = self.figure
            low, high = Fraction(figure.low), Fraction(figure.high)
            number = read_number(id, bare, low, high, figure.decimals, figure.unit)
        else:
            unit = Text("%", "%") if len(self.question.figures) == 2 else Text("", "")
            number = read_number(id, bare, Fraction(-MOST), Fraction(MOST), PLACES, unit)
            if number < 0 and len(self.question.figures) == 2:
                raise AnswerError(
                    id,
                    value,
                    Text(
                        "小于零，而比率不会小于零。请核对分子和分母。",
                        "is below zero, which a ratio cannot be. Check both its figures.",
                    ),
                )
        return number


class Changed(Choice):
    """Reads a change's answer: a letter, or the two numbers, now and before."""

    def read(self, value: object) -> str:
        """The letter, or AnswerError."""
        if not _numeric(value):
            return super().read(value)
        parts = unicodedata.normalize("NFKC", value).split("/") if isinstance(value, str) else []
        if len(parts) != 2:
            raise AnswerError(
                self.question.id,
                value,
                Text(
                    "只有一个数。请写本期和上期两个数，如 118/120.5，或写选项字母。",
                    "is not two numbers. Write now and before, such as 118/120.5, or a letter.",
                ),
            )
        reach = Fraction(MOST)
        now, before = (
            read_number(self.question.id, part, -reach, reach, PLACES, Text("", ""))
            for part in parts
        )
        return direction(self.question, now, before)


MOST = 10**15
"""The largest number that is read as an answer."""

PLACES = 9
"""The most decimals of a number that is read as an answer."""


def _numeric(value: object) -> bool:
    """Whether a value is meant as a number, not as letters."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        return text[:1] in "-−+." or text[:1].isdigit()
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def reader_of(question: Question, figures: Mapping[str, Figure]) -> Reader:
    """What reads the answers to a question."""
    if question.kind == "number":
        return Banded(question, figures)
    if question.kind == "change":
        return Changed(question)
    return Grid(question) if question.columns else Choice(question)


def read_total(instrument: Instrument, value: object) -> str:
    """A recorded total: decimal text from 0 to `full` with at most three decimals."""
    full, points = Fraction(instrument.full), Text("分", "points")
    return decimal_text(read_number(TOTAL, value, Fraction(0), full, 3, points))


TOTAL = "total"
"""The one item of an instrument whose totals are recorded."""
