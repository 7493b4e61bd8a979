"""The spreadsheets that people fill in to hand earlier results over."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from dengta.core.outgoing import FORMS, Workbook
from dengta.core.recorded import COLUMNS, EXAMPLE
from dengta.core.shapes import Instrument, Question
from dengta.registry.queries import policy

_EXAMPLE_CODE = "91420100MA4TE5T139"
_PLAIN = ("uscc", "name", "instrument", "day", "score", "level", "basis")
_WITH_ANSWERS = ("uscc", "name", "instrument", "day", "basis")
_HOW = {
    "uscc": ("必填", "18 位，按文本填写"),
    "name": ("选填", "填了就与登记的名称核对"),
    "instrument": ("必填", "写编号或全称，见下表；上传时为全部行选定的可以不填"),
    "day": ("必填", "2023-06-30、2023/6/30、2023年6月30日都可以，年月日要全"),
    "score": ("得分、等级至少填一项", "数字，最多三位小数"),
    "level": ("得分、等级至少填一项", "2、二级、规范级都可以；未达一级写“无等级”"),
    "basis": ("选填", "哪里做的测评、文号等，最多 200 字"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A file made on the spot."""

    name: str
    media_type: str
    content: bytes


def import_template(instrument: str = "") -> Made:
    """The template for totals and levels, or with `instrument` for the answers to each of its
    items. KeyError for an instrument that the policy has not."""
    chosen = policy().instruments[instrument] if instrument else None
    file = io.BytesIO()
    book = Workbook(file)
    official = {column.id: column.names[0] for column in COLUMNS}
    ids = _WITH_ANSWERS if chosen else _PLAIN
    items = list(_items(chosen)) if chosen else []
    first = book.sheet(
        "历史结果",
        [official[id] for id in ids] + [heading for heading, *_ in items],
        (24, 36, 16, 14) + (() if chosen else (10, 12, 36)),
    )
    plain = {
        "uscc": _EXAMPLE_CODE,
        "name": f"{EXAMPLE}，导入前请删去这一行）",
        "instrument": instrument or "miit-2024",
        "day": dt.date(2025, 6, 30),
        "score": Decimal("48.95"),
        "level": "二级",
        "basis": "2025年全市测评，汇总表第3页",
    }
    first.row([plain[id] for id in ids] + [example for _, example, *_ in items])
    known = policy().instruments
    first.choices(ids.index("instrument"), [instrument] if instrument else list(known))
    how = book.sheet("填写说明", ("列", "要求", "怎样填"), (36, 24, 80))
    for id in ids:
        how.row((official[id], *_HOW[id]))
    for heading, _, needed, text in items:
        how.row((heading, needed, text))
    how.row(())
    for id, one in known.items():
        how.row((f"{one.name.zh}", "评测指标编号", id))
    book.close()
    name = f"answers-{instrument}.xlsx" if instrument else "earlier-results.xlsx"
    return Made(name, FORMS["xlsx"], file.getvalue())


def _items(instrument: Instrument) -> Iterator[tuple[str, str, str, str]]:
    """Each item: its heading, an example answer, whether it is needed, how to answer."""
    for question in instrument.questions:
        heading = f"{question.id} {question.text.zh}"
        yield heading, _example(question), "必填", _how(question)
    for scenario in instrument.scenarios:
        levels = "；".join(f"{n} {text.zh}" for n, text in enumerate(scenario.criteria, 1))
        how = f"填 0 至 {len(scenario.criteria)}，不适用填 NA：{levels}"
        yield f"{scenario.id} {scenario.text.zh}", "2", "必填", how
    for figure in instrument.figures:
        yield f"{figure.id} {figure.text.zh}", "", "选填", f"数字，单位{figure.unit.zh}"


def _example(question: Question) -> str:
    if question.options:
        return question.options[-1].id
    return question.columns[-1].id * max(len(question.rows), 1)


_ONE = {
    "multi": "可多选，字母连写",
    "matrix": "每行一个字符，依次连写",
    "requirements": "每条要求一个字符，依次连写",
}


def _how(question: Question) -> str:
    """How a question is answered, with all that can be chosen."""
    choices = [(one.id, one.text.zh) for one in (question.options or question.columns)]
    told = "；".join(f"{id} {text}" for id, text in choices)
    rows = "、".join(row.text.zh for row in question.rows)
    first = _ONE.get(question.kind, "选一项")
    return f"{first}（{rows}）：{told}" if rows else f"{first}：{told}"
