"""Facts as people and files give them: refused by name where they do not fit, and completed where
they follow.

Some facts follow from others as of a date (years since establishment, the size class); they are
computed here once, before any clause is asked, and what was given is never overwritten.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Mapping

from dengta.core.codes import size_class
from dengta.core.shapes import Fact, FactValue, Policy, Text
from dengta.core.tree import INT64_HIGH, INT64_LOW

AGES: Mapping[str, str] = {"years_established": "established_date"}
"""Facts that count whole years since a date, and the date."""

LONGEST_SHOWN = 60
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODES = {
    "industry": (
        re.compile(r"[A-T]?[0-9]{2,4}|[A-T]"),
        "国民经济行业代码，如 3670", "a GB/T 4754 code such as 3670",
    ),
    "region": (
        re.compile(r"[0-9]{6}|[0-9]{2}|[0-9]{4}"),
        "六位行政区划代码，如 420111", "a region code such as 420111",
    ),
}  # fmt: skip


def code_pattern(fact: Fact) -> str:
    """The pattern that the codes of a fact follow."""
    return _CODES[fact.codes][0].pattern


class FactError(ValueError):
    """A fact that cannot be used: which, the value as given, what is wrong, how to mend it."""

    def __init__(self, fact: str, value: object, message: Text, mend: Text) -> None:
        super().__init__(f"{fact}: {message.zh}。{mend.zh}")
        self.fact, self.value, self.message, self.mend = fact, value, message, mend

    @property
    def said(self) -> Text:
        """The whole of it on one line, naming the fact first."""
        return Text(
            f"{self.fact}：{self.message.zh}。{self.mend.zh}。",
            f"{self.fact}: {self.message.en}. {self.mend.en}.",
        )


def read_facts(policy: Policy, given: Mapping[str, object]) -> dict[str, FactValue]:
    """Facts from JSON values: dates as ISO text, sets as lists, null for unknown. FactError for the
    first misfit."""
    return {name: read_fact(policy, name, value) for name, value in given.items()}


def read_fact(policy: Policy, name: str, value: object) -> FactValue:
    """One fact by its id. FactError if there is no such fact or the value does not fit it."""
    fact = policy.facts.get(name)
    if fact is None:
        near = difflib.get_close_matches(name, policy.facts, n=1, cutoff=0.6)
        mend = ("请核对事实名称", "Check the name")
        if near:
            mend = (
                f"是否指 {near[0]}（{policy.facts[near[0]].term.zh}）",
                f"Did you mean {near[0]} ({policy.facts[near[0]].term.en})",
            )
        zh, en = f"没有这个事实（值为 {_shown(value)}）", f"no such fact (value {_shown(value)})"
        raise FactError(_short(name), value, Text(zh, en), Text(*mend))
    return fact_value(fact, value)


def fact_value(fact: Fact, value: object) -> FactValue:
    """A JSON value as the fact's type, within its range and choices."""
    if value is None:
        return None
    match fact.type:
        case "bool":
            if isinstance(value, bool):
                return value
            raise _misfit(fact, value, "true 或 false", "true or false")
        case "integer" | "fen" | "bps":
            return _number(fact, value)
        case "date":
            return _date(fact, value)
        case "set":
            return _elements(fact, value)
    return _text(fact, value)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    quoted = _short(text)
    return f"“{quoted}”" if isinstance(value, str) else quoted


def _short(text: str) -> str:
    """A text that is safe to print on one line."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _misfit(fact: Fact, value: object, zh: str, en: str) -> FactError:
    return FactError(
        fact.id,
        value,
        Text(f"{fact.term.zh}不能是 {_shown(value)}", f"{fact.term.en} cannot be {_shown(value)}"),
        Text(f"请填 {zh}", f"Give {en}"),
    )


def _number(fact: Fact, value: object) -> int:
    unit = {
        "fen": ("（分）", " (fen)"),
        "bps": ("（基点，1 % 写 100）", " (basis points, 100 is 1 %)"),
    }
    zh, en = unit.get(fact.type, ("", ""))
    if isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(
            fact, value, f"整数{zh}，不带小数点和引号", f"a whole number{en}, no decimals or quotes"
        )
    low = INT64_LOW if fact.low is None else fact.low
    high = INT64_HIGH if fact.high is None else fact.high
    if not low <= value <= high:
        raise _misfit(
            fact, value, f"{low} 至 {high} 的整数{zh}", f"a whole number{en} from {low} to {high}"
        )
    return value


def _date(fact: Fact, value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise _misfit(fact, value, "日期，如 2026-04-01", "a date such as 2026-04-01")


def _text(fact: Fact, value: object) -> str:
    if not isinstance(value, str):
        raise _misfit(fact, value, "加引号的文本", "text in quotes")
    if fact.values and value not in fact.values:
        choices = "、".join(fact.values), ", ".join(fact.values)
        raise _misfit(fact, value, f"下列之一：{choices[0]}", f"one of {choices[1]}")
    if fact.codes:
        pattern, zh, en = _CODES[fact.codes]
        if not pattern.fullmatch(value):
            raise _misfit(fact, value, zh, en)
    if not value.strip() or not value.isprintable():
        raise _misfit(
            fact, value, "一行有内容的文本，未知时填 null", "one line of text, or null if unknown"
        )
    return value


def _elements(fact: Fact, value: object) -> frozenset[str]:
    allowed = "、".join(fact.values), ", ".join(fact.values)
    if not isinstance(value, list | tuple | set | frozenset):
        raise _misfit(
            fact, value, f"列表，元素取自：{allowed[0]}", f"a list with elements of {allowed[1]}"
        )
    for element in value:
        if not isinstance(element, str) or (fact.values and element not in fact.values):
            raise _misfit(fact, element, f"下列之一：{allowed[0]}", f"elements of {allowed[1]}")
    return frozenset(value)


def years_between(start: dt.date, day: dt.date) -> int | None:
    """Whole years from one day to another; unknown if the day lies before. 29 February counts from
    1 March."""
    if day < start:
        return None
    return day.year - start.year - ((day.month, day.day) < (start.month, start.day))


def completed(
    policy: Policy, facts: Mapping[str, FactValue], as_of: dt.date
) -> Mapping[str, FactValue]:
    """The facts and those that follow from them as of a date. What was given stays as it was."""
    added: dict[str, FactValue] = {}
    for name, date_name in AGES.items():
        start = facts.get(date_name)
        if name in policy.facts and facts.get(name) is None and isinstance(start, dt.date):
            years = years_between(start, as_of)
            if years is not None:
                added[name] = years
    return {**facts, **added}


def sized(policy: Policy, facts: Mapping[str, FactValue]) -> Mapping[str, FactValue]:
    """The facts with the size class that industry, employees, revenue and assets lead to, unless it
    was given."""
    if "size_class" not in policy.facts or facts.get("size_class") is not None:
        return facts
    found = size_class(policy, facts).size_class
    return facts if found is None else {**facts, "size_class": found}
