"""What must hold of programmes, funds and situations, as far as no expression has to be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.core.codes import uscc_fault
from dengta.core.drafts import Draft, Row
from dengta.core.formats import SIX_DIGITS
from dengta.core.proof import known, listed, overlapping, uncovered, unique
from dengta.core.proof_instruments import expected_of
from dengta.core.reading import Table
from dengta.core.shapes import Case, Fact, FactValue, Period, Programme, Text, Value

MOST_CLAUSES = 30  # one bit each in a verdict over a whole table
PROGRAMME = Text("遴选事项", "programme")
FACT = Text("事实", "fact")
Known = Mapping[str, Fact | None]
"""The vocabulary; None for a fact that has a fault of its own."""


def references(draft: Draft) -> None:
    """What can be checked without reading expressions."""
    facts = {r.record.id: r.record if r.table.sound else None for r in draft.facts}
    unique(((r.table, r.record.edition) for r in draft.programmes), Text("文件", "edition"))
    _editions(draft)
    for row in draft.programmes:
        _names(row, facts)
        _dated_values(row)
        _tables(row, draft, facts)
    _measures(draft)
    _funds(draft)
    _practice(draft)
    for case in draft.cases:
        _case(case, draft, facts)


def _editions(draft: Draft) -> None:
    """Editions of one programme follow each other, never side by side."""
    families: dict[str, list[tuple[Row[Programme], Period]]] = {}
    for row in draft.programmes:
        families.setdefault(row.record.id, []).append((row, row.record.in_force))
    for family in families.values():
        for one, other in overlapping(family):
            at = f"{one.table.sheet.name}:{one.table.line('in_force')}"
            other.table.fault(
                "in_force",
                Text(
                    f"{other.record.edition} 与 {one.record.edition}（{at}）的有效期重叠",
                    f"{other.record.edition} and {one.record.edition} ({at}) are in force together",
                ),
                Text(
                    "请写明前一版的 until 和后一版的 from",
                    "give the earlier an until, the later a from",
                ),
            )


def _names(row: Row[Programme], facts: Known) -> None:
    """Ids within a programme: clauses once, results once, and no name that already means a fact."""
    table, programme = row.table, row.record
    clauses = table.rows("clause")
    unique(zip(clauses, (c.id for c in programme.clauses), strict=True), Text("条件", "clause"))
    if len(clauses) > MOST_CLAUSES:
        table.fault(
            ("clause", MOST_CLAUSES),
            Text(f"条件有 {len(clauses)} 条", f"there are {len(clauses)} clauses"),
            Text(
                f"最多 {MOST_CLAUSES} 条，请合并", f"join some: at most {MOST_CLAUSES} are possible"
            ),
        )
    derived = table.rows("derive")
    results = [each.id for each in programme.derived]
    unique(zip(derived, results, strict=True), Text("中间结果", "derived result"))
    values = [value.id for value in programme.values]
    for each, name in (
        *zip(derived, results, strict=True),
        *zip(table.rows("value"), values, strict=True),
    ):
        if name in facts or (name in results and name in values):
            each.fault(
                "id",
                Text(f"{name} 已是别的事实或数值的编号", f"{name} already names a fact or a value"),
                Text("请换一个编号", "choose another id"),
            )


def _dated_values(row: Row[Programme]) -> None:
    """The dated entries of one value: one type, no overlap, no gap while the edition holds."""
    families: dict[str, list[tuple[tuple[Table, Value], Period]]] = {}
    for table, value in zip(row.table.rows("value"), row.record.values, strict=True):
        families.setdefault(value.id, []).append(((table, value), value.in_force))
    for name, family in families.items():
        for (one, _), (other, _) in overlapping(family):
            line = one.line("id")
            other.fault(
                "from" if "from" in other else "id",
                Text(
                    f"{name} 的有效期与第 {line} 行的重叠",
                    f"{name} overlaps with that of line {line}",
                ),
                Text(
                    "请写明前一段的 until 和后一段的 from",
                    "give the earlier an until, the later a from",
                ),
            )
        kinds = {value.type for (_, value), _ in family}
        table = family[-1][0][0]
        if len(kinds) > 1:
            table.fault(
                "type",
                Text(f"{name} 前后类型不同", f"{name} changes its type"),
                Text("请用同一类型", "use one type"),
            )
        if row.table.sound and all(each.sound for (each, _), _ in family):
            _gap(table, name, row.record.in_force, [period for _, period in family])


def _gap(table: Table, name: str, whole: Period, parts: list[Period]) -> None:
    """Fault a day on which the edition is in force and the value is not."""
    day = uncovered(whole, parts)
    if day is not None:
        when = Text(f" {day} 起", f"from {day}")
        if day == dt.date.min:
            when = Text("起初", "at first")
        table.fault(
            "from" if "from" in table else "id",
            Text(f"{name} 在{when.zh}没有取值", f"{name} has no amount {when.en}"),
            Text(
                "请使各段相接，并覆盖整个有效期（in_force）",
                "let its periods join and cover all of in_force",
            ),
        )


def _tables(row: Row[Programme], draft: Draft, facts: Known) -> None:
    """A value by a fact: a text fact with allowed words, and only those words."""
    for table, value in zip(row.table.rows("value"), row.record.values, strict=True):
        if (
            not value.by
            or "facts.toml" in draft.lost
            or not known(table, "by", value.by, facts, FACT)
        ):
            continue
        fact = facts[value.by]
        if fact is None:
            continue
        if fact.type != "text" or not fact.values:
            table.fault(
                "by",
                Text(
                    f"{value.by} 不是有取值表的文字事实", f"{value.by} is no text fact with values"
                ),
                Text("请选有 values 的事实", "use a fact that lists its values"),
            )
            continue
        for word in value.table:
            known(table, ("table", word), word, fact.values, Text("取值", "value"))


def _measures(draft: Draft) -> None:
    """A programme carries out a measure of some plan."""
    numbers = {measure.number for plan in draft.plans for measure in plan.record.measures}
    for row in draft.programmes:
        measure = row.record.measure
        if measure is not None and measure not in numbers and "plans" not in draft.lost:
            row.table.fault(
                "measure",
                Text(f"没有编号为 {measure} 的举措", f"there is no measure {measure}"),
                Text("请核对 plans/ 中的 number", "check number in plans/"),
            )


def _practice(draft: Draft) -> None:
    """A number of daily practice holds one amount on any day."""
    families: dict[str, list[tuple[Table, Period]]] = {}
    for row in draft.practice:
        families.setdefault(row.record.id, []).append((row.table, row.record.in_force))
        if row.record.by:
            row.table.fault(
                "by",
                Text("日常规则只能是一个数", "a number of daily practice is one number"),
                Text("请写 amount", "write amount"),
            )
    for family in families.values():
        for first, second in overlapping(family):
            second.fault(
                "id",
                Text(
                    f"同一编号在同一天有两个数，另一个在第 {first.line()} 行",
                    f"the same id has two numbers on one day, the other at line {first.line()}",
                ),
                Text("请用 from 和 until 分开", "part them by from and until"),
            )


def _funds(draft: Draft) -> None:
    """One pool for each programme and year."""
    unique(((r.table, r.record.id) for r in draft.funds), Text("资金池", "fund"))
    pools = ((r.table, (r.record.programme, r.record.year)) for r in draft.funds if r.table.sound)
    unique(pools, Text("同一事项同一年的资金池", "the pool of programme and year"), "year")
    programmes = {row.record.id for row in draft.programmes}
    for row in draft.funds:
        if "programmes" not in draft.lost:
            known(row.table, "programme", row.record.programme, sorted(programmes), PROGRAMME)


def _case(row: Row[Case], draft: Draft, facts: Known) -> None:
    """A situation speaks of things that exist and expects what can come about."""
    table, case = row.table, row.record
    expect = table.table("expect")
    if expect is not None and not expect.data:
        expect.fault(
            (),
            Text("没有写明预期", "nothing is expected"),
            Text('请写 expect = { eligible = "yes" }', 'write expect = { eligible = "yes" }'),
        )
    if "facts.toml" not in draft.lost:
        given = table.table("facts")
        for name, value in case.facts.items():
            if given is not None and known(given, name, name, facts, FACT):
                fact = facts[name]
                if fact is not None:
                    _fits(given, name, value, fact, draft)
    if case.instrument:
        expected_of(row, draft, expect)
        return
    if "programmes" in draft.lost:
        return
    family = [r.record for r in draft.programmes if r.record.id == case.programme]
    if not family:
        names = sorted({r.record.id for r in draft.programmes})
        known(table, "programme", case.programme, names, PROGRAMME)
        return
    edition = edition_for(case, family)
    if edition is None:
        table.fault(
            "as_of",
            Text(
                f"{case.programme} 在 {case.as_of} 没有生效的版本",
                f"no edition of {case.programme} is in force on {case.as_of}",
            ),
            Text("请改 as_of", "change as_of"),
        )
    elif expect is not None:
        _expected(expect, edition, None if "facts.toml" in draft.lost else facts)


def day_for(case: Case, family: list[Programme]) -> dt.date:
    """The day a case is decided on: its own, else the first day of the newest edition."""
    starts = [programme.in_force.start or dt.date.min for programme in family]
    return case.as_of or max(starts, default=dt.date.min)


def edition_for(case: Case, family: list[Programme]) -> Programme | None:
    """The edition of a programme that decides a case."""
    day = day_for(case, family)
    return next((programme for programme in family if programme.in_force.holds(day)), None)


def _fits(table: Table, name: str, value: FactValue, fact: Fact, draft: Draft) -> None:
    """A value given in a case is one that its fact can have."""
    kinds: dict[str, tuple[type, Text, str]] = {
        "bool": (bool, Text("true 或 false", "true or false"), "true"),
        "date": (dt.date, Text("日期", "a date"), "2026-01-31"),
        "text": (str, Text("文字", "a text"), '"…"'),
        "set": (frozenset, Text("文字列表", "a list of texts"), '["…"]'),
    }
    kind, what, example = kinds.get(fact.type, (int, Text("整数", "an integer"), "1"))
    if type(value) is not kind:
        table.wrong(name, what, table.raw(name), f"{name} = {example}")
    elif type(value) is int:
        low = -(2**62) if fact.low is None else fact.low
        table.counted(name, value, low, 2**62 if fact.high is None else fact.high)
    elif isinstance(value, frozenset):
        for word in sorted(value):
            known(table, name, word, fact.values, Text("取值", "value"))
    elif isinstance(value, str) and fact.values:
        known(table, name, value, fact.values, Text("取值", "value"))
    elif fact.id == "uscc" and isinstance(value, str):
        trouble = uscc_fault(value)
        if trouble is not None:
            table.fault(
                name,
                Text(f"uscc {trouble.zh.rstrip('。')}", f"uscc: {trouble.en.rstrip('.')}"),
                Text("请核对代码", "check the code"),
            )
    elif fact.codes == "region" and isinstance(value, str):
        _region_code(table, name, value, [row.record.code for row in draft.regions])
    elif fact.codes == "industry" and draft.divisions:
        divisions = [row.record.code for row in draft.divisions]
        # A section letter may stand in front, as in C3670.
        code = str(value).lstrip("ABCDEFGHIJKLMNOPQRST")[:2]
        known(table, name, code, divisions, Text("行业大类", "industry division"))


def _region_code(table: Table, name: str, code: str, regions: list[str]) -> None:
    """A region of this province by its list; of another province by its form alone."""
    if not SIX_DIGITS.fullmatch(code):
        table.wrong(name, Text("六位地区代码", "a region code of six digits"), code, '"420100"')
    elif any(each.startswith(code[:2]) for each in regions):
        known(table, name, code, regions, Text("地区代码", "region code"))


def _expected(expect: Table, edition: Programme, facts: Known | None) -> None:
    """The keys of `expect` for a programme; `facts` is None when the vocabulary is lost."""
    clauses = [clause.id for clause in edition.clauses]
    for key in expect.data:
        if key == "eligible":
            expect.choice(key, ("yes", "no", "unknown"))
        elif key in ("failed", "unknown"):
            listed(expect, key, clauses, Text("条件", "clause"))
        elif key == "missing":
            listed(expect, key, None if facts is None else list(facts), FACT)
        elif key == "amount_fen":
            expect.integer(key)
        elif key == "derived":
            results = expect.table(key)
            names = [each.id for each in edition.derived]
            for name in results.names() if results is not None else ():
                if results is not None and known(
                    results, name, name, names, Text("中间结果", "derived result")
                ):
                    _result(results, name)
        else:
            keys = ["eligible", "failed", "unknown", "missing", "amount_fen", "derived"]
            known(expect, key, key, keys, Text("预期", "expectation"))


def _result(results: Table, name: str) -> None:
    """A derived result is expected to be true, false or a number."""
    value = results.raw(name)
    if type(value) is not bool:
        results.counted(name, value, -(2**62), 2**62)
