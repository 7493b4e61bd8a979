"""The files of a policy directory: which there are, which keys each takes, and the record each becomes.

Reading looks at one file at a time; `proof` then holds the records against one another. A reader adds rows to
the `Draft`: a record with the table it came from, so that a later fault still finds its line.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar, cast, get_args

from dengta.core.reading import NAME, STEM, Sheet, Table, shown
from dengta.core.shapes import (
    Amount,
    Case,
    Clause,
    Confidence,
    Derived,
    Fact,
    FactType,
    FactValue,
    Fund,
    Gate,
    Industry,
    Instrument,
    Measure,
    Money,
    Node,
    Option,
    Period,
    Plan,
    Programme,
    Question,
    Region,
    Scenario,
    SizeRow,
    Source,
    Target,
    Term,
    Text,
    Value,
)

Level = Literal["province", "city", "county"]
Kind = Literal["voucher", "title", "award", "subsidy", "selection"]
FACT_TYPES: tuple[FactType, ...] = get_args(FactType)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
LEVELS: tuple[Level, ...] = get_args(Level)
KINDS: tuple[Kind, ...] = get_args(Kind)
APPS = (
    *("accounts", "trail", "registry", "rights", "ledger", "assessment", "catalogue", "matching"),
    *("chains", "training", "programmes", "projects", "funding", "monitoring"),
)
INDICATORS = ("employees", "revenue_fen", "assets_fen")
LETTER = re.compile(r"[A-Z]")
TWO_DIGITS = re.compile(r"[0-9]{2}")
SIX_DIGITS = re.compile(r"[1-9][0-9]{5}")
PREFIX = re.compile(r"[0-9]{2,4}")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}")

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """A record and the table it was read from."""

    table: Table
    record: R


@dataclass(slots=True)
class Draft:
    """All that the files of a policy, and of what it extends, hold. `lost` names the files nobody could read."""

    facts: list[Row[Fact]] = field(default_factory=list)
    terms: list[Row[Term]] = field(default_factory=list)
    sections: list[Row[Industry]] = field(default_factory=list)
    divisions: list[Row[Industry]] = field(default_factory=list)
    size_rows: list[Row[SizeRow]] = field(default_factory=list)
    outside: list[tuple[Table, int, str]] = field(default_factory=list)
    regions: list[Row[Region]] = field(default_factory=list)
    instruments: list[Row[Instrument]] = field(default_factory=list)
    programmes: list[Row[Programme]] = field(default_factory=list)
    funds: list[Row[Fund]] = field(default_factory=list)
    plans: list[Row[Plan]] = field(default_factory=list)
    targets: list[Row[Target]] = field(default_factory=list)
    cases: list[Row[Case]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


def period(table: Table) -> Period:
    """`from` and `until` of a table; the end before the start is a fault."""
    start, end = table.day("from"), table.day("until")
    if start is not None and end is not None and end < start:
        table.fault(
            "until",
            Text(f"截止日 {end} 早于起始日 {start}", f"ends on {end}, before it starts on {start}"),
            Text("请核对两个日期", "check both dates"),
        )
        return Period(start, None)
    return Period(start, end)


def in_force(table: Table) -> Period:
    """The period of `in_force = { from = …, until = … }`, open on both sides when absent."""
    inner = table.table("in_force")
    return Period() if inner is None else period(inner)


def source(table: Table, inherited: Source | None = None) -> Source:
    """The source of a number, required unless it can be inherited from what stands around it."""
    inner = table.table("source", required=inherited is None)
    if inner is None:
        return inherited or Source("")
    confidence = inner.choice("confidence", CONFIDENCES)
    return Source(
        document=inner.word("document"),
        number=inner.word("number", "") if "number" in inner else "",
        item=inner.word("item", "") if "item" in inner else "",
        date=inner.day("date"),
        confidence=cast(Confidence, confidence or "default"),
        note=inner.word("note", "") if "note" in inner else "",
    )


def own_source(table: Table) -> Source | None:
    """The source of one entry, where it differs from that of its file."""
    return source(table) if "source" in table else None


def _optional_word(table: Table, key: str) -> str:
    return table.word(key) if key in table else table.word(key, "")


def _stem(sheet: Sheet) -> str:
    """The file's name without its ending, which is an id."""
    if not STEM.fullmatch(sheet.stem):
        sheet.root.fault(
            (),
            Text(f"文件名 {shown(sheet.stem)} 不能作编号", f"file name {shown(sheet.stem)} is not an id"),
            Text("请只用小写字母、数字、下划线和连字符", "use only a-z, 0-9, _ and -"),
        )
    own = sheet.root.word("id", sheet.stem)
    if own and own != sheet.stem:
        sheet.root.fault(
            "id",
            Text(f"编号 {shown(own)} 与文件名不同", f"id {shown(own)} differs from the file name"),
            Text(f"请改为 {sheet.stem} 或改文件名", f"write {sheet.stem} or rename the file"),
        )
    return sheet.stem


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
        numeric = kind in ("integer", "fen", "bps")
        low = high = None
        if numeric:
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
            values=_allowed(table, kind),
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
    """The allowed words of a text or set fact with their names: `values` and `values_en`, keyed alike."""
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
                Text("请按大型、中型、小型由大到小写", "write large, medium, small in falling order"),
            )
        bounds[indicator] = (numbers[0], numbers[1], numbers[2])
    if not bounds and inner.sound:
        inner.missing(INDICATORS[0], f"{INDICATORS[0]} = [1000, 300, 20]")
    return bounds


def read_regions(sheet: Sheet, draft: Draft) -> None:
    """`regions.toml`: the province, its divisions and counties; `tile` places a division on the map."""
    for table in sheet.root.rows("region"):
        tile = table.integers("tile", 2) if table.raw("tile") is not None else ()
        region = Region(
            code=table.word("code", pattern=SIX_DIGITS),
            name=table.text("name"),
            level=cast(Level, table.choice("level", LEVELS) or "county"),
            parent=_optional_word(table, "parent"),
            tile=(tile[0], tile[1]) if tile else None,
        )
        draft.regions.append(Row(table, region))


def read_instrument(sheet: Sheet, draft: Draft) -> None:
    """`instruments/<id>.toml`: the weighted tree with its questions, the scenarios and the gates."""
    root, stem = sheet.root, _stem(sheet)
    nodes = tuple(
        Node(
            id=table.word("id", pattern=NAME),
            text=table.text("text"),
            weight=table.integer("weight", 1, 100),
            parent=_optional_word(table, "parent"),
        )
        for table in root.rows("node")
    )
    parents = {node.id: node.parent for node in nodes}
    groups = root.table("groups")
    instrument = Instrument(
        id=stem,
        name=root.text("name"),
        source=source(root),
        in_force=in_force(root),
        nodes=nodes,
        questions=tuple(_question(table, parents) for table in root.rows("question")),
        groups={} if groups is None else _groups(groups),
        scenarios=tuple(_scenario(table) for table in root.rows("scenario")),
        gates=tuple(_gate(table) for table in root.rows("gate")),
    )
    draft.instruments.append(Row(root, instrument))


def path_of(node: str, parents: dict[str, str]) -> tuple[str, ...]:
    """The nodes from the root down to `node`, itself included; it stops where a cycle closes."""
    path: list[str] = []
    while node and node not in path:
        path.append(node)
        node = parents.get(node, "")
    return tuple(reversed(path))


def _question(table: Table, parents: dict[str, str]) -> Question:
    options = tuple(
        Option(
            id=row.word("id", pattern=LETTER),
            text=row.text("text"),
            weight=row.integer("weight", 0, 100),
            exclusive=row.flag("exclusive"),
        )
        for row in table.rows("options")
    )
    if "options" not in table:
        table.missing("options", 'options = [{ id = "A", … }]')
    kind = table.choice("kind", ("single", "multi"))
    return Question(
        id=table.word("id", pattern=NAME),
        path=path_of(_optional_word(table, "node"), parents),
        text=table.text("text"),
        kind="multi" if kind == "multi" else "single",
        weight=table.integer("weight", 1, 100),
        options=options,
        help=table.text("help", required=False),
        evidence=table.text("evidence", required=False),
        source=own_source(table),
    )


def _groups(table: Table) -> dict[str, Text]:
    rows = {key: table.table(key) for key in table.names()}
    return {key: row.text("text") for key, row in rows.items() if row is not None}


def _scenario(table: Table) -> Scenario:
    return Scenario(
        id=table.word("id", pattern=NAME),
        group=table.word("group"),
        text=table.text("text"),
        binding=table.flag("binding"),
        criteria=table.texts("criteria"),
        source=own_source(table),
    )


def _gate(table: Table) -> Gate:
    return Gate(
        level=table.integer("level", 1, 9),
        name=table.text("name"),
        score=table.integer("score", 0, 100),
        scenarios=table.integer("scenarios", 0, 999),
        binding=table.integer("binding", 0, 999),
        source=own_source(table),
    )


def read_programme(sheet: Sheet, draft: Draft) -> None:
    """`programmes/<edition>.toml`: one edition of a programme."""
    root, stem = sheet.root, _stem(sheet)
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
    by, inner = _optional_word(table, "by"), table.table("table")
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
    """`funding/<id>.toml`: the pool of one programme and year."""
    root = sheet.root
    fund = Fund(
        id=_stem(sheet),
        programme=root.word("programme"),
        year=root.integer("year", 2000, 2100),
        name=root.text("name"),
        pool_fen=root.integer("pool_fen", 1),
        source=source(root),
    )
    draft.funds.append(Row(root, fund))


def read_plan(sheet: Sheet, draft: Draft) -> None:
    """`plans/<id>.toml`: a plan, its measures, responsible units and money figures."""
    root = sheet.root
    plan = Plan(
        id=_stem(sheet),
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
            indicator=table.word("indicator", pattern=NAME),
            source=source(table),
        )
        draft.targets.append(Row(table, target))


def read_cases(sheet: Sheet, draft: Draft) -> None:
    """`situations/<programme>.toml`: facts, or answers, and what is expected of them."""
    for table in sheet.root.rows("case"):
        instrument = _optional_word(table, "instrument")
        programme = table.word("programme", "" if instrument else sheet.stem)
        given, answers = table.table("facts"), table.table("answers")
        expect = table.table("expect", required=True)
        if (instrument and answers is None) or (not instrument and given is None):
            key = "answers" if instrument else "facts"
            table.missing(key, f"{key} = {{ … }}")
        if instrument and given is not None:
            table.fault(
                "facts",
                Text("问卷情形不用 facts", "a case of an instrument takes no facts"),
                Text("请改写 answers", "write answers"),
            )
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
            answers={} if answers is None else _answers(answers),
        )
        draft.cases.append(Row(table, case))


def _given(table: Table) -> dict[str, FactValue]:
    """The facts of a case; a list becomes a set. Their types are held against the vocabulary by `proof`."""
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
    """The answers of a case: letters, or the level of a scenario."""
    answers: dict[str, str | int] = {}
    for key in table.names():
        value = table.raw(key)
        if type(value) is str:
            answers[key] = value
        else:
            answers[key] = table.integer(key, 0, 9)
    return answers


Reader = Callable[[Sheet, Draft], None]
FILES: dict[str, Reader] = {
    "facts.toml": read_facts,
    "glossary.toml": read_glossary,
    "industries.toml": read_industries,
    "size_classes.toml": read_size_classes,
    "regions.toml": read_regions,
    "targets.toml": read_targets,
}
FOLDERS: dict[str, Reader] = {
    "instruments": read_instrument,
    "programmes": read_programme,
    "funding": read_fund,
    "plans": read_plan,
    "situations": read_cases,
}
