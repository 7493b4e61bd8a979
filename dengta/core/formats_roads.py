"""`roadmaps/<instrument>.toml`: the standard steps behind 转型路线, and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping

from dengta.core.drafts import Draft, Row, in_force, source, stem_of
from dengta.core.formats import LETTER
from dengta.core.proof import known, unique
from dengta.core.reading import NAME, Sheet, Table, shown
from dengta.core.shapes import Instrument, Road, RoadStep, Text

MOST_FEN = 100_000_000_000  # ten thousand million fen: no small firm's step costs a billion yuan
Key = tuple[str, str | int]


def read_road(sheet: Sheet, draft: Draft) -> None:
    """One file: a voucher, and per question and scenario the steps that have a standard price."""
    root = sheet.root
    voucher = root.table("voucher")
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
        programme=voucher.word("programme") if voucher else "",
        rate=voucher.word("rate") if voucher else "",
        cap=voucher.word("cap") if voucher else "",
        depth=voucher.word("depth", "") if voucher and "depth" in voucher else "",
    )
    draft.roads.append(Row(root, road))


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
    """Items, options, levels and prerequisites exist; none leads back; the voucher is known."""
    instruments = {row.record.id: row.record for row in draft.instruments}
    unique(((r.table, r.record.instrument) for r in draft.roads), Text("路线", "roadmap"))
    for row in draft.roads:
        _voucher(row, draft)
        if "instruments" in draft.lost:
            continue
        what = Text("评测指标", "instrument")
        if known(row.table, (), row.record.instrument, instruments, what):
            _steps(row, instruments[row.record.instrument])


def _voucher(row: Row[Road], draft: Draft) -> None:
    table, road = row.table.table("voucher"), row.record
    editions = [each.record for each in draft.programmes if each.record.id == road.programme]
    names = [each.record.id for each in draft.programmes]
    what = Text("遴选事项", "programme")
    if table is None or "programmes" in draft.lost:
        return
    if not known(table, "programme", road.programme, names, what):
        return
    for key, name, kind in (("rate", road.rate, "bps"), ("cap", road.cap, "fen")):
        values = [v for p in editions for v in p.values if v.type == kind]
        if not known(table, key, name, [v.id for v in values], Text("数值", "value")):
            continue
        value = next((v for v in values if v.id == name), None)
        if key == "rate" and value is not None and value.by:
            if not road.depth:
                table.missing("depth", f'depth = "{next(iter(value.table), "")}"')
            known(table, "depth", road.depth, value.table, Text("分档", "row"))


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
