"""What is filled into a field of a selection's form: read as its type, refused with the mend, and
said in words.

Values are those of facts (`FactValue`): money in 分, rates in basis points, days as ISO text in
JSON. A field that is drawn from the vocabulary follows its fact as well.
"""

from __future__ import annotations

import datetime as dt
import re

from dengta.core import wording
from dengta.core.facts import FactError, fact_value
from dengta.core.money import rate, wan, yuan
from dengta.core.selection import FormField
from dengta.core.shapes import Fact, FactValue, Text

LINE, PAGE = 200, 5_000
"""Letters of a text of one line and of several, where the form says nothing."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class EntryError(ValueError):
    """A value that does not fit its field; `text` names the field, the value and the mend."""

    def __init__(self, field: FormField, wrong: Text, mend: Text) -> None:
        self.field = field.id
        self.text = Text(
            f"{field.text.zh}：{wrong.zh}。{mend.zh}。", f"{field.text.en}: {wrong.en}. {mend.en}."
        )
        super().__init__(self.text.zh)


def read_entry(field: FormField, fact: Fact | None, value: object) -> FactValue:
    """A JSON value as the field's type, within its range, choices and length; None for an empty
    one. EntryError for anything else. `fact` is the vocabulary's where the field is drawn from it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    read = _typed(field, value) if fact is None or fact.type != "set" else value
    if fact is None:
        return read  # type: ignore[return-value]
    try:
        return fact_value(fact, read)
    except FactError as error:
        raise EntryError(field, error.message, error.mend) from error


def _typed(field: FormField, value: object) -> FactValue:
    match field.type:
        case "integer" | "fen" | "bps":
            return _number(field, value)
        case "date":
            return _date(field, value)
        case "bool":
            if isinstance(value, bool):
                return value
            raise _misfit(field, value, Text("请选是或否", "Choose yes or no"))
        case "choice":
            if isinstance(value, str) and value in field.values:
                return value
            zh = "、".join(each.zh for each in field.values.values())
            en = ", ".join(each.en for each in field.values.values())
            raise _misfit(field, value, Text(f"请从中选一项：{zh}", f"Choose one of: {en}"))
    return _words(field, value)


def _misfit(field: FormField, value: object, mend: Text) -> EntryError:
    shown = "".join(c if c.isprintable() else " " for c in str(value))
    shown = shown if len(shown) <= 40 else shown[:40] + "…"
    return EntryError(field, Text(f"不能填“{shown}”", f"“{shown}” does not fit"), mend)


def _number(field: FormField, value: object) -> int:
    low = -(2**62) if field.low is None else field.low
    high = 2**62 if field.high is None else field.high
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    shown: object = value
    if isinstance(value, int) and not isinstance(value, bool):
        shown = _said(field, value).zh
    bounds = [
        (word, _said(field, bound))
        for word, bound in (("不低于", field.low), ("不超过", field.high))
        if bound is not None
    ]
    english = {"不低于": "at least", "不超过": "at most"}
    zh = "，".join(f"{word} {said.zh}" for word, said in bounds)
    en = ", ".join(f"{english[word]} {said.en}" for word, said in bounds)
    kind = {
        "integer": Text("请填整数", "Give a whole number"),
        "fen": Text("请填金额", "Give an amount"),
        "bps": Text("请填百分数", "Give a percentage"),
    }[field.type]
    mend = Text(f"{kind.zh}，{zh}", f"{kind.en}, {en}") if bounds else kind
    raise _misfit(field, shown, mend)


def _date(field: FormField, value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    mend = Text("请填日期，如 2026-04-01", "Give a date such as 2026-04-01")
    raise _misfit(field, value, mend)


def _words(field: FormField, value: object) -> str:
    lines = field.type == "long_text"
    if not isinstance(value, str):
        raise _misfit(field, value, Text("请填文字", "Write text"))
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    kept = text.replace("\n", "").replace("\t", "") if lines else text
    if not kept.isprintable():
        mend = (
            Text("请去掉看不见的控制字符", "Take out signs that cannot be seen")
            if lines
            else Text("请写成一行，去掉换行和控制字符", "Write it in one line of visible signs")
        )
        raise _misfit(field, text, mend)
    most = field.most or (PAGE if lines else LINE)
    if len(text) > most:
        over = len(text) - most
        raise EntryError(
            field,
            Text(f"写了 {len(text)} 字，最多 {most} 字", f"{len(text)} signs, at most {most}"),
            Text(
                f"请删去 {over} 字；更长的内容可以写成文件，作为附件上传",
                f"Take out {over}, or upload the longer text as a file",
            ),
        )
    return text


def json_entry(value: FactValue) -> object:
    """A value as JSON: days as ISO text, sets as sorted lists."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def entry_text(field: FormField, fact: Fact | None, value: FactValue) -> Text:
    """A value in words, with its unit or the label of its choice; empty texts for None."""
    if value is None:
        return Text("", "")
    if fact is not None:
        return wording.value_text(fact, value)
    return _said(field, value)


def _said(field: FormField, value: FactValue) -> Text:
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, int):
        if field.type == "fen":
            return (
                wan(value)
                if value % 10_000 == 0
                else Text(f"{yuan(value)} 元", f"CNY {yuan(value)}")
            )
        shown = rate(value) if field.type == "bps" else f"{value:,}"
        return Text(shown, shown)
    if isinstance(value, str):
        return field.values.get(value, Text(value, value))
    if isinstance(value, dt.date):
        return wording.said_day(value)
    shown = "、".join(sorted(value or ()))
    return Text(shown, shown)
