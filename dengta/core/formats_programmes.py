"""The files of programmes, their pools and their situations, and the record each becomes."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast, get_args

from dengta.core.drafts import (
    Draft,
    Row,
    in_force,
    optional_word,
    own_source,
    period,
    source,
    stem_of,
)
from dengta.core.formats import FACT_TYPES
from dengta.core.reading import NAME, STEM, Sheet, Table, shown
from dengta.core.selection import APPLICANTS, Applicant
from dengta.core.shapes import (
    Amount,
    Case,
    Clause,
    Derived,
    FactType,
    FactValue,
    Fund,
    Portion,
    Programme,
    Source,
    Text,
    Value,
)

Kind = Literal["voucher", "title", "award", "subsidy", "selection", "finance"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_FIGURE = 10**12


def read_programme(sheet: Sheet, draft: Draft) -> None:
    """`programmes/<edition>.toml`: one edition of a programme."""
    root, stem = sheet.root, stem_of(sheet)
    origin = source(root)
    values = tuple(_value(table, origin) for table in root.rows("value"))
    derived = tuple(
        Derived(
            id=table.word("id", pattern=NAME),
            text=table.text("text"),
            expression=table.word("expr"),
        )
        for table in root.rows("derive")
    )
    clauses = tuple(
        Clause(
            id=table.word("id", pattern=NAME),
            text=table.text("text"),
            when=table.word("when"),
            source=own_source(table),
        )
        for table in root.rows("clause")
    )
    programme = Programme(
        id=root.word("programme", stem, STEM),
        edition=stem,
        name=root.text("name"),
        summary=root.text("summary", required=False),
        kind=cast(Kind, root.choice("kind", KINDS) or "selection"),
        source=origin,
        in_force=in_force(root),
        clauses=clauses,
        values=values,
        derived=derived,
        amount=_amount(root),
        measure=root.maybe("measure", 1, 999),
        quota_per_year=root.maybe("quota_per_year", 1),
        validity_years=root.maybe("validity_years", 1, 99),
        applicant=cast(
            Applicant, root.choice("applicant", APPLICANTS, "enterprise") or "enterprise"
        ),
        sample=root.flag("sample"),
    )
    if not clauses and root.sound:
        root.missing("[[clause]]", "[[clause]]")
    draft.programmes.append(Row(root, programme))


def _amount(root: Table) -> Amount | None:
    """`[amount]`, or `award_fen` as its short form for a fixed sum."""
    table = root.table("amount")
    award = root.maybe("award_fen", 1)
    if table is None:
        return None if award is None else Amount(Text("定额奖励", "Fixed award"), str(award))
    if award is not None:
        root.fault(
            "award_fen",
            Text("award_fen 与 [amount] 不能并用", "award_fen and [amount] exclude each other"),
            Text("请只留一个", "keep one of them"),
        )
    return Amount(table.text("text"), table.word("expr"))


def _value(table: Table, origin: Source) -> Value:
    """A dated policy number: `amount`, or `table` by a text fact."""
    allowed = tuple(kind for kind in FACT_TYPES if kind != "set")
    kind = cast(FactType, table.choice("type", allowed) or "integer")
    by, inner = optional_word(table, "by"), table.table("table")
    amount: int | bool | str | dt.date | None = None
    entries: dict[str, int] = {}
    if by or inner is not None:
        if "amount" in table or not by or inner is None or kind not in ("integer", "fen", "bps"):
            table.raw("amount")
            table.fault(
                "by" if by else "table",
                Text(f"{shown(by)} 的分档写法不全", "a value by a fact is written incompletely"),
                Text(
                    "请写 by 和 table，不写 amount，type 为 integer、fen 或 bps",
                    "write by and table, no amount, and type integer, fen or bps",
                ),
            )
        if inner is not None:
            entries = {key: inner.integer(key) for key in inner.names()}
    else:
        amount = _typed(table, kind)
    return Value(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        type=kind,
        source=source(table, inherited=origin),
        in_force=period(table),
        amount=amount,
        by=by,
        table=entries,
    )


def _typed(table: Table, kind: FactType) -> int | bool | str | dt.date | None:
    """`amount` as the type of the value asks."""
    if kind == "bool":
        return table.flag("amount", default=None)
    if kind == "text":
        return table.word("amount")
    if kind != "date":
        return table.integer("amount")
    day = table.day("amount")
    if day is None and table.sound:
        table.missing("amount", "amount = 2026-01-31")
    return day


def read_fund(sheet: Sheet, draft: Draft) -> None:
    """`funding/<id>.toml`: the pool of one programme and year, and how it is passed on."""
    root = sheet.root
    fund = Fund(
        id=stem_of(sheet),
        programme=root.word("programme"),
        year=root.integer("year", 2000, 2100),
        name=root.text("name"),
        pool_fen=root.integer("pool_fen", 1),
        source=source(root),
        plan=optional_word(root, "plan"),
        each_fen=root.maybe("each_fen", 1),
        enterprise_bps=root.maybe("enterprise_bps", 0, 10_000),
        portions=tuple(
            Portion(table.integer("share_bps", 1, 10_000), table.text("after"))
            for table in root.rows("portion")
        ),
    )
    draft.funds.append(Row(root, fund))


def read_practice(sheet: Sheet, draft: Draft) -> None:
    """`practice.toml`: dated numbers of daily practice that belong to no single programme."""
    origin = source(sheet.root)
    for table in sheet.root.rows("value"):
        draft.practice.append(Row(table, _value(table, origin)))


def read_cases(sheet: Sheet, draft: Draft) -> None:
    """`situations/<programme>.toml`: facts, or answers, and what is expected of them."""
    for table in sheet.root.rows("case"):
        instrument = optional_word(table, "instrument")
        programme = table.word("programme", "" if instrument else sheet.stem)
        given, answers = table.table("facts"), table.table("answers")
        expect = table.table("expect", required=True)
        total = table.word("total") if instrument and "total" in table else ""
        if (instrument and answers is None and not total) or (not instrument and given is None):
            key = "answers" if instrument else "facts"
            table.missing(key, f"{key} = {{ … }}")
        if not instrument and answers is not None:
            table.fault(
                "answers",
                Text("没有写明 instrument", "instrument is not named"),
                Text('请补一行 instrument = "…"', 'add a line instrument = "…"'),
            )
        case = Case(
            name=table.word("name"),
            programme=programme,
            facts={} if given is None else _given(given),
            as_of=table.day("as_of"),
            expect={} if expect is None else {key: expect.raw(key) for key in expect.names()},
            file=sheet.name,
            line=table.line(),
            instrument=instrument,
            answers={"total": total} if total else {} if answers is None else _answers(answers),
        )
        draft.cases.append(Row(table, case))


def _given(table: Table) -> dict[str, FactValue]:
    """The facts of a case; a list becomes a set. `proof_programmes` looks at their types."""
    facts: dict[str, FactValue] = {}
    for key in table.names():
        value = table.raw(key)
        if type(value) in (bool, str, dt.date):
            facts[key] = cast(FactValue, value)
        elif type(value) is int:
            facts[key] = table.integer(key, low=-(2**63))
        elif isinstance(value, list) and all(type(each) is str for each in value):
            facts[key] = frozenset(cast("list[str]", value))
        else:
            table.wrong(
                key, Text("是非、整数、日期、文字或文字列表", "a fact"), value, f'{key} = "…"'
            )
    return facts


def _answers(table: Table) -> dict[str, str | int]:
    """The answers of a case: letters or columns, the level of a scenario, a figure."""
    answers: dict[str, str | int] = {}
    for key in table.names():
        value = table.raw(key)
        if type(value) is str:
            answers[key] = value
        else:
            answers[key] = table.integer(key, -MOST_FIGURE, MOST_FIGURE)
    return answers
