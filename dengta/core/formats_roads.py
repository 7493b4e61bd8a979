"""`roadmaps/<instrument>.toml`: the standard steps behind 转型路线, and what must hold of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, cast

from dengta.core.benefits import rises, terms_of
from dengta.core.drafts import Draft, Row, in_force, source, stem_of
from dengta.core.formats import LETTER
from dengta.core.proof import known, unique
from dengta.core.reading import NAME, Sheet, Table, shown
from dengta.core.shapes import (
    Instrument,
    Programme,
    Road,
    RoadBenefit,
    RoadStep,
    RoadTerms,
    Text,
)

MOST_FEN = 100_000_000_000  # ten thousand million fen: no small firm's step costs a billion yuan
MOST_BENEFITS = 5  # each doubles the cases of which caps are reached
COVERS = ("cloud", "eligible")
Covers = Literal["cloud", "eligible"]
Key = tuple[str, str | int]


def read_road(sheet: Sheet, draft: Draft) -> None:
    """One file: benefits, and per question and scenario the steps that have a standard price."""
    root = sheet.root
    steps = [
        _step(row, table.word("id", pattern=NAME), kind == "scenario")
        for kind in ("question", "scenario")
        for table in root.rows(kind)
        for row in table.rows("steps")
    ]
    road = Road(
        instrument=stem_of(sheet),
        name=root.text("name"),
        source=source(root),
        in_force=in_force(root),
        steps=tuple(steps),
        benefits=tuple(_benefit(table) for table in root.rows("benefit")),
    )
    draft.roads.append(Row(root, road))


def _benefit(table: Table) -> RoadBenefit:
    terms = tuple(
        RoadTerms(
            level=row.integer("level", 0, 9, default=0),
            rate=row.word("rate"),
            cap=row.word("cap"),
            row=row.word("row", "") if "row" in row else "",
        )
        for row in table.rows("terms")
    )
    if not terms:
        table.missing("terms", 'terms = [{ rate = "…", cap = "…" }]')
    return RoadBenefit(
        programme=table.word("programme"),
        covers=cast(Covers, table.choice("covers", COVERS) or "cloud"),
        who=table.words("who"),
        terms=terms,
        used=table.word("used", "") if "used" in table else "",
        matched=table.flag("matched", default=False),
    )


def _step(table: Table, item: str, levels: bool) -> RoadStep:
    to: str | int
    to = table.integer("to", 1, 9) if levels else table.word("to", pattern=LETTER)
    needs = table.words("needs") if "needs" in table else ()
    return RoadStep(
        item=item,
        to=to,
        price_fen=table.integer("price_fen", 0, MOST_FEN),
        days=table.integer("days", 0, 9999),
        cloud=table.flag("cloud"),
        needs=tuple(_need(table, at, said) for at, said in enumerate(needs)),
        eligible=table.flag("eligible", default=True),
    )


def _need(table: Table, at: int, said: str) -> Key:
    item, _, to = said.partition(" ")
    if not NAME.fullmatch(item) or not (LETTER.fullmatch(to) or (to.isascii() and to.isdigit())):
        table.wrong(
            ("needs", at), Text("题目或场景加等级", "an item and where"), said, '"quality 2"'
        )
        return ("", "")
    return (item, to if LETTER.fullmatch(to) else int(to[:9]))


def references(draft: Draft) -> None:
    """Items, options, levels and prerequisites exist; none leads back; benefits are known."""
    instruments = {row.record.id: row.record for row in draft.instruments}
    unique(((r.table, r.record.instrument) for r in draft.roads), Text("路线", "roadmap"))
    for row in draft.roads:
        _benefits(row, draft)
        if "instruments" in draft.lost:
            continue
        what = Text("评测指标", "instrument")
        if known(row.table, (), row.record.instrument, instruments, what):
            instrument = instruments[row.record.instrument]
            if not _plain(instrument):
                row.table.fault(
                    (),
                    Text(f"{instrument.id} 不能排路线", f"{instrument.id} cannot have a roadmap"),
                    Text(
                        "路线只用于加权计分、选项作答的评测指标，请移走这个文件",
                        "roadmaps are for weighted trees of options; take this file away",
                    ),
                )
                continue
            _steps(row, instrument)


def _plain(instrument: Instrument) -> bool:
    """Whether steps simply add up: what `Scorer.plain` says, asked of a file."""
    return (
        not instrument.recorded_only
        and not instrument.rounded
        and {"weighted_sum"} == {instrument.aggregate, *(n.aggregate for n in instrument.nodes)}
        and all(question.options for question in instrument.questions)
        and not any(gate.nodes or gate.items for gate in instrument.gates)
    )


def _benefits(row: Row[Road], draft: Draft) -> None:
    """Programmes, clauses, facts and values exist; no more benefits than can be weighed."""
    tables = row.table.rows("benefit")
    pairs = list(zip(tables, row.record.benefits, strict=True))
    unique(((t, b.programme) for t, b in pairs), Text("补助", "benefit"), "programme")
    if len(tables) > MOST_BENEFITS:
        tables[MOST_BENEFITS].fault(
            (),
            Text(f"补助超过 {MOST_BENEFITS} 项", f"there are more than {MOST_BENEFITS} benefits"),
            Text("请只留主要的", "keep the main ones"),
        )
    names = [each.record.id for each in draft.programmes]
    facts = [each.record.id for each in draft.facts if each.record.type == "fen"]
    for table, benefit in pairs:
        if benefit.used and not draft.lost & {"facts"}:
            known(table, "used", benefit.used, facts, Text("金额事实", "fact of type fen"))
        if "programmes" in draft.lost:
            continue
        what = Text("遴选事项", "programme")
        if known(table, "programme", benefit.programme, names, what) and benefit.programme:
            editions = [p.record for p in draft.programmes if p.record.id == benefit.programme]
            for edition in editions:
                clauses = [clause.id for clause in edition.clauses]
                for at, clause in enumerate(benefit.who):
                    known(table, ("who", at), clause, clauses, Text("条件", "clause"))
                _terms(table, benefit, edition)


def _terms(table: Table, benefit: RoadBenefit, edition: Programme) -> None:
    """The values of terms exist, and who reaches a higher level is never paid less."""
    rows = table.rows("terms")
    for row, terms in zip(rows, benefit.terms, strict=True):
        for key, name, kind in (("rate", terms.rate, "bps"), ("cap", terms.cap, "fen")):
            values = {value.id: value for value in edition.values if value.type == kind}
            known(row, key, name, values, Text("数值", "value"))
            value = values.get(name)
            if key == "rate" and value is not None and value.by:
                if not terms.row:
                    row.missing("row", f'row = "{next(iter(value.table), "")}"')
                known(row, "row", terms.row, value.table, Text("分档", "row"))
    if not all(row.sound for row in rows):
        return
    days = {edition.in_force.start, *(value.in_force.start for value in edition.values)}
    for day in sorted(day or dt.date.min for day in days):
        held = [terms_of(edition, terms, day) for terms in benefit.terms]
        for row, (lower, upper) in zip(rows[1:], pairwise(held), strict=True):
            if lower is not None and upper is not None and not rises(lower, upper):
                row.fault(
                    (),
                    Text("等级更高的，补得反而不多", "a higher level is not paid more, but less"),
                    Text(
                        "请按等级从低到高写，比例和封顶不下降",
                        "write terms by rising level; neither rate nor cap may fall",
                    ),
                )
                return


def _steps(row: Row[Road], instrument: Instrument) -> None:
    """Each step once, to somewhere the instrument has; needs that are steps themselves."""
    places = _places(instrument)
    tables: list[tuple[Table, RoadStep]] = []
    steps = iter(row.record.steps)
    for kind in ("question", "scenario"):
        there = [
            item for item in places if (kind == "scenario") == isinstance(places[item][0], int)
        ]
        for table in row.table.rows(kind):
            inner = [(each, next(steps)) for each in table.rows("steps")]
            item = table.word("id", pattern=NAME)
            if known(table, "id", item, there, Text("题目或场景", "question or scenario")):
                tables += inner
    unique(((t, (s.item, s.to)) for t, s in tables), Text("步骤", "step"), "to")
    priced = {(step.item, step.to) for _, step in tables}
    for table, step in tables:
        if step.item and step.to and step.to not in places[step.item]:
            nobody = Text(f"{step.item} 没有 {shown(step.to)}", f"{step.item} has no {step.to}")
            every = "、".join(map(str, places[step.item]))
            table.fault("to", nobody, Text(f"请从中选：{every}", f"choose one of: {every}"))
        for at, need in enumerate(step.needs):
            _known_need(table, at, step, need, places, priced)
    if all(table.sound for table, _ in tables):
        _circles(tables)


def _places(instrument: Instrument) -> dict[str, tuple[str | int, ...]]:
    """Where each item can be brought: options that weigh something, or levels."""
    found: dict[str, tuple[str | int, ...]] = {
        question.id: tuple(option.id for option in question.options if option.weight)
        for question in instrument.questions
    }
    for scenario in instrument.scenarios:
        found[scenario.id] = tuple(range(1, len(scenario.criteria) + 1))
    return found


def _known_need(
    table: Table,
    at: int,
    step: RoadStep,
    need: Key,
    places: Mapping[str, tuple[str | int, ...]],
    priced: set[Key],
) -> None:
    item, to = need
    what = Text("题目或场景", "question or scenario")
    if not item or not known(table, ("needs", at), item, places, what):
        return
    if need not in priced:
        table.fault(
            ("needs", at),
            Text(f"{item} {to} 没有标准价", f"{item} {to} has no standard price"),
            Text("请补上这一步，或改写 needs", "add that step, or change needs"),
        )
    elif isinstance(to, int) != isinstance(step.to, int):
        # The gates count points and scenarios apart, and so does the search.
        table.fault(
            ("needs", at),
            Text("场景只能以场景为前提，题目只能以题目为前提", "needs an item of another kind"),
            Text("请改写 needs", "let scenarios need scenarios and questions need questions"),
        )


def _circles(tables: list[tuple[Table, RoadStep]]) -> None:
    """No step needs itself, however far around; a level or option stands on those below it."""
    needs: dict[Key, list[Key]] = {}
    for _, step in tables:
        below = [s.to for _, s in tables if s.item == step.item and isinstance(s.to, int)]
        own = [to for to in below if isinstance(to, int) and to < int(step.to)] if below else []
        needs[step.item, step.to] = [*step.needs, *((step.item, to) for to in own)]
    for table, step in tables:
        seen: set[Key] = set()
        front = list(step.needs)
        while front:
            key = front.pop()
            if key not in seen:
                seen.add(key)
                front += needs.get(key, [])
        if (step.item, step.to) in seen:
            table.fault(
                "needs",
                Text(f"{step.item} {step.to} 绕回自己", f"{step.item} {step.to} needs itself"),
                Text("请去掉其中一个前提", "remove one of the prerequisites"),
            )
