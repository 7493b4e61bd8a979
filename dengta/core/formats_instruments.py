"""`instruments/<id>.toml`: the keys an instrument takes, and the records that it and its variants
become.

`proof_instruments` holds them against one another and against the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, own_source, source, stem_of
from dengta.core.editions import varied
from dengta.core.formats import LETTER
from dengta.core.reading import NAME, STEM, Sheet, Table
from dengta.core.shapes import (
    Aggregate,
    AppliesTo,
    AtLeast,
    Carry,
    Column,
    Contradiction,
    Figure,
    Gate,
    Instrument,
    Line,
    Node,
    Option,
    Question,
    QuestionKind,
    Scenario,
    Text,
)

ROOT_AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
NODE_AGGREGATES: tuple[Aggregate, ...] = ("weighted_sum", "mean", "min")
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
WITH_OPTIONS = ("single", "multi", "number", "change")
WAYS = ("down", "flat", "up")
ROW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,59}")
SIGN = re.compile(r"[0-9A-Z]")
DIGIT = re.compile(r"[0-9]")
REACH = 10**12
"""The largest value of a figure, so that it is an exact integer in its smallest unit, too."""

REQUIREMENT = (
    Column("0", Text("不满足", "not met"), 0),
    Column("5", Text("部分满足", "partly met"), 50),
    Column("8", Text("大部分满足", "mostly met"), 80),
    Column("1", Text("全部满足", "fully met"), 100),
)
"""How a requirement can be met, and what that is worth."""


def read_instrument(sheet: Sheet, draft: Draft) -> None:
    """One file: the tree with its questions, scenarios, gates, figures, and what follows of it."""
    root, stem = sheet.root, stem_of(sheet)
    aggregate = cast(
        Aggregate, root.choice("aggregate", ROOT_AGGREGATES, "weighted_sum") or "weighted_sum"
    )
    unsaid: Aggregate = "mean" if aggregate == "none" else "weighted_sum"
    makes = {"": aggregate}
    for table in root.rows("node"):
        said = table.choice("aggregate", NODE_AGGREGATES, unsaid) or unsaid
        makes[str(table.data.get("id"))] = cast(Aggregate, said)
    nodes = tuple(_node(table, makes) for table in root.rows("node"))
    parents = {node.id: node.parent for node in nodes}
    groups = root.table("groups")
    questions = tuple(_question(table, parents, makes) for table in root.rows("question"))
    carries = tuple(_carry(table) for table in root.rows("carry"))
    instrument = Instrument(
        id=stem,
        name=root.text("name"),
        source=source(root),
        in_force=in_force(root),
        nodes=nodes,
        questions=questions,
        groups={} if groups is None else _groups(groups),
        scenarios=tuple(_scenario(table) for table in root.rows("scenario")),
        gates=tuple(_gate(table) for table in root.rows("gate")),
        aggregate=aggregate,
        full=_full(root, aggregate, questions),
        decimals=root.integer("decimals", 0, 3, default=0),
        rounded=root.flag("rounded"),
        level_met=_level_met(root, aggregate),
        recorded_only=root.flag("recorded_only"),
        applies_to=_applies_to(root) or AppliesTo(),
        figures=tuple(_figure(table) for table in root.rows("figure")),
        contradictions=tuple(
            each for table in root.rows("contradiction") for each in _contradictions(table)
        ),
        carries=tuple(carry for carry in carries if carry.origin != stem),
    )
    draft.instruments.append(Row(root, instrument))
    for table in root.rows("variant"):
        draft.instruments.append(Row(table, _variant(table, instrument, carries)))


def path_of(node: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """The nodes from the root down to `node`, itself included; it stops where a cycle closes."""
    path: list[str] = []
    while node and node not in path:
        path.append(node)
        node = parents.get(node, "")
    return tuple(reversed(path))


def _full(root: Table, aggregate: Aggregate, questions: tuple[Question, ...]) -> int:
    """`full`; of an instrument without a total, the highest band of its scales."""
    bands = [int(c.id) for q in questions if q.kind == "scale" for c in q.columns if c.id.isdigit()]
    unsaid = max(bands, default=100) if aggregate == "none" else 100
    return root.integer("full", 1, 1000, default=max(unsaid, 1))


def _level_met(root: Table, aggregate: Aggregate) -> int:
    if aggregate == "sum_of_levels":
        return root.integer("level_met", 1, 100, default=80)
    return 80


def _weight(table: Table, parent: str, makes: Mapping[str, Aggregate]) -> int:
    """The weight among siblings, asked for only where weights count."""
    makes_of = makes.get(parent, "weighted_sum")
    if makes_of in ("weighted_sum", "sum_of_levels"):
        return table.integer("weight", 1, 100)
    if "weight" in table:
        table.raw("weight")
        table.fault(
            "weight",
            Text(
                f"上级用 {makes_of} 汇总，weight 不起作用",
                f"what stands above is made by {makes_of}, where a weight counts nothing",
            ),
            Text("请删去 weight，或改上级的 aggregate", "remove weight, or change aggregate above"),
        )
    return 0


def _node(table: Table, makes: Mapping[str, Aggregate]) -> Node:
    parent = optional_word(table, "parent")
    return Node(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        weight=_weight(table, parent, makes),
        parent=parent,
        aggregate=makes[str(table.data.get("id"))],
    )


def _question(table: Table, parents: Mapping[str, str], makes: Mapping[str, Aggregate]) -> Question:
    kind = table.choice("kind", KINDS)
    node = optional_word(table, "node")
    options: tuple[Option, ...] = ()
    equal = False
    if not kind:
        table.names()  # what else a question takes depends on its kind, which is not known
        for row in table.rows("options"):
            row.names()
    elif kind in WITH_OPTIONS:
        equal = kind == "multi" and not any(
            "weight" in row for row in table.rows("options") if not row.data.get("exclusive")
        )
        options = _options(table, kind, equal)
    level = 0
    if makes[""] == "sum_of_levels":
        level = table.integer("level", 1, 9)
    elif kind == "requirements":
        level = table.integer("level", 1, 9, default=0)
    return Question(
        id=table.word("id", pattern=NAME),
        path=path_of(node, parents),
        text=table.text("text"),
        kind=cast(QuestionKind, kind or "single"),
        weight=_weight(table, node, makes),
        options=options,
        help=table.text("help", required=False),
        evidence=table.text("evidence", required=False),
        source=own_source(table),
        rows=_lines(table) if kind in ("matrix", "requirements") else (),
        columns=_columns(table, kind),
        figures=_figures_of(table, kind),
        level=level,
        equal=equal,
        flat_bps=table.integer("flat_bps", 0, 10_000, default=0) if kind == "change" else 0,
    )


def _options(table: Table, kind: str, equal: bool) -> tuple[Option, ...]:
    rows = table.rows("options")
    if "options" not in table:
        table.missing("options", 'options = [{ id = "A", … }]')
    shares = sum(not row.data.get("exclusive") for row in rows)
    return tuple(_option(row, kind, 100 // max(shares, 1) if equal else None) for row in rows)


def _option(row: Table, kind: str, share: int | None) -> Option:
    exclusive = row.flag("exclusive") if kind in ("single", "multi") else False
    if share is not None:
        weight = row.integer("weight", 0, 100, default=0) if exclusive else share
    else:
        weight = row.integer("weight", 0, 100)
    when = row.choice("when", WAYS) if kind == "change" else ""
    return Option(
        id=row.word("id", pattern=LETTER),
        text=row.text("text"),
        weight=weight,
        exclusive=exclusive,
        above=row.maybe("above", -REACH, REACH) if kind == "number" else None,
        when=cast(Literal["", "down", "flat", "up"], when),
    )


def _lines(table: Table) -> tuple[Line, ...]:
    if "rows" not in table:
        table.missing("rows", 'rows = [{ id = "r1", … }]')
    return tuple(Line(row.word("id", pattern=ROW), row.text("text")) for row in table.rows("rows"))


def _columns(table: Table, kind: str) -> tuple[Column, ...]:
    """The columns of a matrix, each with its weight; of a scale, digits, with a weight or not."""
    if kind == "requirements":
        return REQUIREMENT
    if kind not in ("matrix", "scale"):
        return ()
    if "columns" not in table:
        table.missing("columns", 'columns = [{ id = "0", … }]')
    found = []
    for row in table.rows("columns"):
        weight = row.integer("weight", 0, 100) if kind == "matrix" else row.maybe("weight", 0, 100)
        sign = row.word("id", pattern=SIGN if kind == "matrix" else DIGIT)
        found.append(Column(sign, row.text("text"), weight))
    return tuple(found)


def _figures_of(table: Table, kind: str) -> tuple[str, ...]:
    """The figures that a number (one, or two for a ratio) or a change (two or four) is read of."""
    if kind not in ("number", "change") or "figures" not in table:
        return ()
    figures = table.words("figures")
    counts = (1, 2) if kind == "number" else (2, 4)
    if figures and len(figures) not in counts:
        table.fault(
            "figures",
            Text(
                f"figures 有 {len(figures)} 个，应为 {counts[0]} 或 {counts[1]} 个",
                f"figures names {len(figures)}, where {counts[0]} or {counts[1]} are read",
            ),
            Text(
                "数值题写一个，比率写分子和分母；变化题写本期和上期，按人均等计的再写两期的分母",
                "a number takes one, a ratio two; a change takes now and before, and two more "
                "to divide by",
            ),
        )
        return ()
    return figures


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
        evidence=table.text("evidence", required=False),
    )


def _gate(table: Table) -> Gate:
    nodes, items = table.table("nodes"), table.table("items")
    return Gate(
        level=table.integer("level", 1, 9),
        name=table.text("name"),
        score=table.integer("score", 0, 1_000_000, default=0),
        scenarios=table.integer("scenarios", 0, 999, default=0),
        binding=table.integer("binding", 0, 999, default=0),
        source=own_source(table),
        nodes={}
        if nodes is None
        else {key: nodes.integer(key, 0, 1_000_000) for key in nodes.names()},
        items=None
        if items is None
        else AtLeast(items.integer("count", 1, 999), items.integer("level", 1, 9)),
    )


def _figure(table: Table) -> Figure:
    fact = optional_word(table, "fact")
    return Figure(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        low=table.integer("low", -REACH, REACH),
        high=table.integer("high", -REACH, REACH),
        unit=table.text("unit", required=False),
        decimals=table.integer("decimals", 0, 6, default=0),
        fact=fact,
        per_unit=table.integer("per_unit", 1, REACH, default=1) if fact else 1,
        tolerance_bps=table.integer("tolerance_bps", 0, 10_000, default=0) if fact else 0,
        source=own_source(table),
    )


def copies(table: Table) -> int:
    """How many contradictions a table stands for: one, or one for each item of `each`."""
    each = table.data.get("each")
    return len(each) if isinstance(each, list) and each else 1


def _contradictions(table: Table) -> list[Contradiction]:
    """One contradiction, or with `each` one for each item named there, with it in place of the word
    `each`."""
    id, text = table.word("id", pattern=NAME), table.text("text")
    items, when = table.words("items"), table.word("when")
    if len(items) > 2:
        table.fault(
            "items",
            Text(f"items 有 {len(items)} 项，最多两项", f"items names {len(items)}, two at most"),
            Text("请写并排显示的两项", "name the two that are shown side by side"),
        )
    origin = own_source(table)
    if "each" not in table:
        return [Contradiction(id, text, items, when, origin)]
    return [
        Contradiction(
            f"{id}_{item}",
            text,
            tuple(item if one == "each" else one for one in items),
            re.sub(r"\beach\b", item, when),
            origin,
        )
        for item in table.words("each") or ("",) * copies(table)
    ]


def _carry(table: Table) -> Carry:
    items, same = table.table("items"), table.flag("same")
    if (items is None) == (not same):
        table.fault(
            "same" if same else (),
            Text("items 和 same = true 须写其一", "write either items or same = true"),
            Text(
                '请写 items = { 新题 = "旧题" }，或 same = true',
                'write items = { new = "old" }, or same = true',
            ),
        )
    return Carry(
        origin=table.word("from", pattern=STEM),
        items={} if items is None else {key: items.word(key) for key in items.names()},
        same=same,
    )


def _applies_to(table: Table) -> AppliesTo | None:
    inner = table.table("applies_to")
    if inner is None:
        return None
    return AppliesTo(
        industries=inner.words("industries") if "industries" in inner else (),
        purposes=inner.words("purposes") if "purposes" in inner else (),
    )


def _variant(table: Table, base: Instrument, carries: tuple[Carry, ...]) -> Instrument:
    """The same questions under other weights, an instrument of its own."""
    id = table.word("id", pattern=STEM)
    weights = table.table("weights", required=True)
    return varied(
        base,
        id=id,
        name=table.text("name"),
        source=source(table, inherited=base.source),
        in_force=in_force(table) if "in_force" in table else base.in_force,
        applies_to=_applies_to(table) or base.applies_to,
        carries=tuple(carry for carry in carries if carry.origin != id),
        weights={}
        if weights is None
        else {key: weights.integer(key, 0, 100) for key in weights.names()},
    )
