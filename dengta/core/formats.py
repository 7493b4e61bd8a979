"""Vocabulary, codes and plans: the keys each file takes, the record it becomes.

Reading looks at one file at a time; `proof` then holds the records against one another. A reader
adds rows to the `Draft`: a record with the table it came from, so that a later fault still finds
its line.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, own_source, source, stem_of
from dengta.core.reading import NAME, Sheet, Table, shown
from dengta.core.shapes import (
    Fact,
    FactType,
    Industry,
    Measure,
    Money,
    Plan,
    Region,
    SizeRow,
    Target,
    Term,
    Text,
)

Level = Literal["province", "city", "county"]
FACT_TYPES: tuple[FactType, ...] = get_args(FactType)
LEVELS: tuple[Level, ...] = get_args(Level)
APPS = (
    *("accounts", "trail", "registry", "rights", "ledger", "assessment", "catalogue", "matching"),
    *("chains", "training", "programmes", "projects", "funding", "monitoring"),
)
INDICATORS = ("employees", "revenue_fen", "assets_fen")
LETTER = re.compile(r"[A-Z]")
TWO_DIGITS = re.compile(r"[0-9]{2}")
SIX_DIGITS = re.compile(r"[1-9][0-9]{5}")
PREFIX = re.compile(r"[0-9]{2,4}")
# A figure of its own, or one counted from records: `title:lighthouse`, `level:2`.
INDICATOR = re.compile(r"[a-z][a-z0-9_]{0,59}(:[a-z0-9_]{1,40})?")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}")


def _ids_as_keys(sheet: Sheet) -> list[tuple[str, Table]]:
    """The tables of a file whose top-level keys are ids."""
    found = []
    for key in sheet.root.names():
        table = sheet.root.table(key)
        if table is None:
            continue
        if not NAME.fullmatch(key):
            table.fault(
                (),
                Text(f"编号 {shown(key)} 的写法不对", f"id {shown(key)} is badly formed"),
                Text("应以小写字母开头，只含 a-z、0-9 和 _", "start with a-z; only a-z, 0-9 and _"),
            )
        found.append((key, table))
    return found


def read_facts(sheet: Sheet, draft: Draft) -> None:
    """`facts.toml`: the vocabulary, one table per fact."""
    for key, table in _ids_as_keys(sheet):
        kind = cast(FactType, table.choice("type", FACT_TYPES) or "text")
        low = high = None
        if not table.sound:
            table.names()  # what else a fact takes depends on its type, which is not known
        elif kind in ("integer", "fen", "bps"):
            least = -(2**62)
            low, high = table.integer("low", low=least), table.integer("high", low=least)
            if low > high:
                table.fault(
                    "high",
                    Text(f"上限 {high} 小于下限 {low}", f"high {high} is below low {low}"),
                    Text("请核对 low 和 high", "check low and high"),
                )
        fact = Fact(
            id=key,
            term=table.text("term"),
            type=kind,
            app=table.choice("app", APPS),
            unit=table.text("unit", required=False),
            help=table.text("help", required=False),
            low=low,
            high=high,
            values=_allowed(table, kind) if table.sound else {},
            codes=_codes(table) if kind == "text" else "",
        )
        draft.facts.append(Row(table, fact))


def _codes(table: Table) -> Literal["", "industry", "region"]:
    """Which list of codes a text fact is taken from, if any."""
    if "codes" not in table:
        table.raw("codes")
        return ""
    return "region" if table.choice("codes", ("industry", "region")) == "region" else "industry"


def _allowed(table: Table, kind: FactType) -> dict[str, Text]:
    """The allowed words of a text or set fact: `values` and `values_en`, keyed alike."""
    if kind not in ("text", "set"):
        return {}
    if "values" not in table and "values_en" not in table and kind == "text":
        table.raw("values"), table.raw("values_en")
        return {}
    chinese, english = table.table("values", required=True), table.table("values_en", required=True)
    if chinese is None or english is None:
        return {}
    words = chinese.names()
    for word in words:
        if not WORD.fullmatch(word):
            chinese.fault(
                word,
                Text(f"取值 {shown(word)} 的写法不对", f"value {shown(word)} is badly formed"),
                Text("请只用字母、数字和 _ . + -", "use only letters, digits and _ . + -"),
            )
    return {word: Text(chinese.word(word), english.word(word)) for word in words}


def read_glossary(sheet: Sheet, draft: Draft) -> None:
    """`glossary.toml`: the official terms."""
    for key, table in _ids_as_keys(sheet):
        term = Term(key, table.word("zh"), table.word("en"), table.text("definition", False))
        draft.terms.append(Row(table, term))


def read_industries(sheet: Sheet, draft: Draft) -> None:
    """`industries.toml`: sections (a letter) and divisions (two digits) of GB/T 4754."""
    for table in sheet.root.rows("section"):
        code = table.word("code", pattern=LETTER)
        draft.sections.append(Row(table, Industry(code, table.text("name"), code)))
    for table in sheet.root.rows("division"):
        code = table.word("code", pattern=TWO_DIGITS)
        record = Industry(code, table.text("name"), table.word("section", pattern=LETTER))
        draft.divisions.append(Row(table, record))


def read_size_classes(sheet: Sheet, draft: Draft) -> None:
    """`size_classes.toml`: the rows of 中小企业划型标准规定, and the industries `outside` of it."""
    root = sheet.root
    for index, code in enumerate(root.words("outside") if "outside" in root else ()):
        if PREFIX.fullmatch(code):
            draft.outside.append((root, index, code))
        else:
            root.wrong(("outside", index), Text("行业代码", "an industry code"), code, '"66"')
    for table in root.rows("row"):
        prefixes = table.words("prefixes")
        for index, prefix in enumerate(prefixes):
            if not PREFIX.fullmatch(prefix):
                kind = Text("二至四位行业代码", "an industry code of two to four digits")
                table.wrong(("prefixes", index), kind, prefix, '"06"')
        row = SizeRow(
            id=table.word("id", pattern=NAME),
            name=table.text("name"),
            prefixes=prefixes,
            bounds=_bounds(table),
            source=source(table),
        )
        draft.size_rows.append(Row(table, row))


def _bounds(table: Table) -> dict[str, tuple[int, int, int]]:
    """Lower bounds (large, medium, small) per indicator, strictly falling."""
    inner = table.table("bounds", required=True)
    bounds: dict[str, tuple[int, int, int]] = {}
    if inner is None:
        return bounds
    for indicator in INDICATORS:
        if indicator not in inner:
            inner.raw(indicator)
            continue
        numbers = inner.integers(indicator, 3)
        if not numbers:
            continue
        if not numbers[0] > numbers[1] > numbers[2]:
            inner.fault(
                indicator,
                Text(f"{indicator} 的下限没有逐级降低", f"the bounds of {indicator} do not fall"),
                Text(
                    "请按大型、中型、小型由大到小写", "write large, medium, small in falling order"
                ),
            )
        bounds[indicator] = (numbers[0], numbers[1], numbers[2])
    if not bounds and inner.sound:
        inner.missing(INDICATORS[0], f"{INDICATORS[0]} = [1000, 300, 20]")
    return bounds


def read_regions(sheet: Sheet, draft: Draft) -> None:
    """`regions.toml`: the province, its divisions, its counties; `tile` is a place on the map."""
    for table in sheet.root.rows("region"):
        tile = table.integers("tile", 2) if table.raw("tile") is not None else ()
        region = Region(
            code=table.word("code", pattern=SIX_DIGITS),
            name=table.text("name"),
            level=cast(Level, table.choice("level", LEVELS) or "county"),
            parent=optional_word(table, "parent"),
            tile=(tile[0], tile[1]) if tile else None,
        )
        draft.regions.append(Row(table, region))


def read_plan(sheet: Sheet, draft: Draft) -> None:
    """`plans/<id>.toml`: a plan, its measures, responsible units and money figures."""
    root = sheet.root
    plan = Plan(
        id=stem_of(sheet),
        name=root.text("name"),
        source=source(root),
        in_force=in_force(root),
        measures=tuple(
            Measure(
                number=table.integer("number", 1, 999),
                name=table.text("name"),
                summary=table.text("summary"),
                units=table.words("units"),
                money=tuple(
                    Money(
                        id=row.word("id", pattern=NAME),
                        text=row.text("text"),
                        amount_fen=row.integer("amount_fen", 1),
                        source=own_source(row),
                    )
                    for row in table.rows("money")
                ),
                source=own_source(table),
            )
            for table in root.rows("measure")
        ),
    )
    draft.plans.append(Row(root, plan))


def read_targets(sheet: Sheet, draft: Draft) -> None:
    """`targets.toml`: what a plan promises by when."""
    for table in sheet.root.rows("target"):
        start, due = table.day("start"), table.day("due")
        for key, day in (("start", start), ("due", due)):
            if day is None and key not in table:
                table.missing(key, f"{key} = 2026-01-31")
        if start is not None and due is not None and due < start:
            table.fault(
                "due",
                Text(f"到期日 {due} 早于起算日 {start}", f"due on {due}, before its start {start}"),
                Text("请核对两个日期", "check both dates"),
            )
        target = Target(
            id=table.word("id", pattern=NAME),
            plan=table.word("plan"),
            name=table.text("name"),
            amount=table.integer("amount", 1),
            unit=table.text("unit"),
            start=start or dt.date.min,
            due=due or dt.date.max,
            indicator=table.word("indicator", pattern=INDICATOR),
            source=source(table),
        )
        draft.targets.append(Row(table, target))
