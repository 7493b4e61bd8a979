"""What must hold of instruments: trees that balance, questions that can be answered, gates that can
be met, figures, contradictions and carries that speak of things that exist.

`references` looks at the records; `meanings` also reads the texts of contradictions and the answers
of situations, for which the language and the scorer are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dengta.core.drafts import Draft, Row
from dengta.core.editions import items_of
from dengta.core.formats_instruments import WITH_OPTIONS, copies
from dengta.core.gates import gate_slips, unbalanced
from dengta.core.proof import known, listed, unique
from dengta.core.reading import Table
from dengta.core.shapes import Case, Contradiction, Instrument, Node, Question, Text
from dengta.core.weights import families

ITEM = Text("题目或场景", "question or scenario")
NODE = Text("节点", "node")
_UNITS = {"fen", "integer", "bps"}


def references(draft: Draft) -> None:
    """What can be checked without reading expressions."""
    unique(((r.table, r.record.id) for r in draft.instruments), Text("评测指标", "instrument"))
    instruments = {row.record.id: row.record for row in draft.instruments}
    for row in draft.instruments:
        table, instrument = row.table, row.record
        if instrument.variant_of:
            _variant(table, instrument, instruments[instrument.variant_of])
            continue
        _tree(table, instrument)
        for each, question in zip(table.rows("question"), instrument.questions, strict=True):
            _question(each, question, instrument)
        _scenarios(table, instrument)
        _gates(table, instrument)
        _figures(table, instrument, draft)
        _sides(table, instrument, draft)
        _applies_to(table, draft)
        for each in table.rows("variant"):
            _applies_to(each, draft)
        if "instruments" not in draft.lost:
            _carries(table, instrument, instruments)


def _tree(table: Table, instrument: Instrument) -> None:
    """Ids once, parents that exist without a circle, no empty branch, siblings that sum to 100."""
    nodes, questions = table.rows("node"), table.rows("question")
    scenarios, figures = table.rows("scenario"), table.rows("figure")
    unique(zip(nodes, (n.id for n in instrument.nodes), strict=True), NODE)
    items = [q.id for q in instrument.questions] + [s.id for s in instrument.scenarios]
    items += [figure.id for figure in instrument.figures]
    unique(zip(questions + scenarios + figures, items, strict=True), ITEM)
    ids = [n.id for n in instrument.nodes]
    circle = _circle(instrument.nodes)
    for each, node in zip(nodes, instrument.nodes, strict=True):
        known(each, "parent", node.parent, ids, NODE)
        if node.id in circle:
            each.fault(
                "parent",
                Text(f"节点 {node.id} 是自己的上级", f"node {node.id} stands above itself"),
                Text("请改正 parent", "correct parent"),
            )
    for each, question in zip(questions, instrument.questions, strict=True):
        known(each, "node", question.path[-1] if question.path else "", ids, NODE)
    _filled(table, instrument)
    if all(each.sound for each in (*nodes, *questions)):
        _sums(table, instrument)


def _filled(table: Table, instrument: Instrument) -> None:
    """An instrument asks something, or is there for recorded totals only."""
    asks = bool(instrument.questions or instrument.scenarios)
    if instrument.recorded_only:
        for key in ("node", "question", "scenario", "figure", "contradiction"):
            if table.rows(key):
                table.fault(
                    key,
                    Text(
                        f"recorded_only 的指标不能有 {key}",
                        f"an instrument that is recorded only has no {key}",
                    ),
                    Text("请删去，或去掉 recorded_only", "remove it, or take recorded_only away"),
                )
    elif not asks and table.sound:
        table.fault(
            (),
            Text("没有题目，也没有场景", "there is no question and no scenario"),
            Text(
                "请补 [[question]]，或写 recorded_only = true",
                "add a [[question]], or write recorded_only = true",
            ),
        )


def _circle(nodes: Sequence[Node]) -> set[str]:
    """The nodes that come back to themselves on the way up."""
    parents = {node.id: node.parent for node in nodes}
    found = set()
    for start in parents:
        above, steps = parents[start], 0
        while above and above != start and steps <= len(parents):
            above, steps = parents.get(above, ""), steps + 1
        if above == start:
            found.add(start)
    return found


def _sums(table: Table, instrument: Instrument) -> None:
    """Under each node, and at the root, the weights of nodes and questions make 100."""
    places: dict[int, Table] = {}
    for row, node in zip(table.rows("node"), instrument.nodes, strict=True):
        places[id(node)] = row
    for row, question in zip(table.rows("question"), instrument.questions, strict=True):
        places[id(question)] = row
    tree = families(instrument)
    for family in tree:
        slip = unbalanced(family)
        if slip is not None:
            places[id(family.members[-1])].fault(slip.key, slip.message, slip.mend)
    parents = {family.parent for family in tree}
    levelled = instrument.aggregate == "sum_of_levels"
    alive = {node for question in instrument.questions for node in question.path}
    for row, node in zip(table.rows("node"), instrument.nodes, strict=True):
        if node.id not in parents or (levelled and node.id not in alive):
            row.fault(
                "id",
                Text(f"节点 {node.id} 之下没有题目", f"node {node.id} has no question below it"),
                Text("请补题目或删去节点", "add a question or remove the node"),
            )
    if levelled:
        _levels(table, instrument)


def _levels(table: Table, instrument: Instrument) -> None:
    """Every level from 1 to `full` has questions, as each counts one."""
    top = max((question.level for question in instrument.questions), default=0)
    there = {question.level for question in instrument.questions}
    for level in range(1, max(top, 1) + 1):
        if level not in there:
            table.fault(
                "aggregate",
                Text(f"第 {level} 级没有题目", f"level {level} has no question"),
                Text("请补上，或改正 level", "add one, or correct level"),
            )
    if instrument.full != top:
        table.fault(
            "full" if "full" in table else "aggregate",
            Text(
                f"满分 full 是 {instrument.full}，而题目共有 {top} 级",
                f"full is {instrument.full} where the questions have {top} levels",
            ),
            Text(f"请写 full = {top}", f"write full = {top}"),
        )


def _question(table: Table, question: Question, instrument: Instrument) -> None:
    """What can be chosen is there once each, and the best of it makes the whole."""
    if question.kind not in WITH_OPTIONS:
        _grid(table, question, instrument)
        return
    rows = table.rows("options")
    if len(rows) != len(question.options):
        return  # its kind is not known
    unique(zip(rows, (o.id for o in question.options), strict=True), Text("选项", "option"))
    if not rows or not all(row.sound for row in (table, *rows)):
        return
    for row, option in zip(rows, question.options, strict=True):
        if option.exclusive and option.weight:
            row.fault(
                "weight",
                Text(
                    f"互斥选项 {option.id} 的权重是 {option.weight}",
                    f"exclusive option {option.id} has weight {option.weight}",
                ),
                Text("互斥选项权重应为 0", "an exclusive option weighs 0"),
            )
    additive = [option.weight for option in question.options if not option.exclusive]
    if question.kind == "multi" and question.equal and not additive:
        table.fault(
            "options",
            Text(f"多选题 {question.id} 没有可选的项", f"{question.id} has nothing to choose"),
            Text("请补上不互斥的选项", "add options that are not exclusive"),
        )
    if question.kind == "multi" and not question.equal and sum(additive) != 100:
        table.fault(
            "options",
            Text(
                f"多选题 {question.id} 的选项权重合计 {sum(additive)}，应为 100",
                f"the options of {question.id} sum to {sum(additive)}, not 100",
            ),
            Text("请核对各选项的 weight", "check the weight of every option"),
        )
    if question.kind != "multi" and max(additive, default=0) != 100:
        kind = "单选题" if question.kind == "single" else "题目"
        table.fault(
            "options",
            Text(
                f"{kind} {question.id} 的最优选项权重是 {max(additive, default=0)}，应为 100",
                f"the best option of {question.id} weighs {max(additive, default=0)}, not 100",
            ),
            Text("请核对各选项的 weight", "check the weight of every option"),
        )
    if question.kind == "number":
        _bands(rows, question)
    if question.kind == "change":
        _ways(table, question)


def _bands(rows: list[Table], question: Question) -> None:
    """The first band has no lower end; those of the others rise."""
    before: int | None = None
    for place, (row, option) in enumerate(zip(rows, question.options, strict=True)):
        if place == 0:
            if option.above is not None:
                row.fault(
                    "above",
                    Text(f"第一档 {option.id} 不写 above", "the first band has no above"),
                    Text("请删去；它包含其余的数", "remove it; it holds all other numbers"),
                )
            continue
        if option.above is None:
            row.missing("above", "above = 10")
        elif before is not None and option.above <= before:
            row.fault(
                "above",
                Text(
                    f"{option.id} 的 above 是 {option.above}，不大于前一档的 {before}",
                    f"above of {option.id} is {option.above}, after {before} before it",
                ),
                Text("请由小到大写", "write the bands in rising order"),
            )
        before = option.above if option.above is not None else before


def _ways(table: Table, question: Question) -> None:
    """Down, flat and up, each by one option."""
    ways = sorted(option.when for option in question.options)
    if ways != ["down", "flat", "up"]:
        table.fault(
            "options",
            Text(
                f"变化题 {question.id} 的 when 是 {'、'.join(ways)}",
                f"the options of {question.id} are for {', '.join(ways)}",
            ),
            Text("请为 down、flat、up 各写一个选项", "write one option each for down, flat, up"),
        )


def _grid(table: Table, question: Question, instrument: Instrument) -> None:
    """Rows and columns once each; the best column makes the whole; a scale rises digit by digit."""
    if question.kind != "scale":
        lines = zip(table.rows("rows"), (row.id for row in question.rows), strict=True)
        unique(lines, Text("行", "row"))
    if question.kind == "requirements":
        return
    columns = table.rows("columns")
    unique(zip(columns, (c.id for c in question.columns), strict=True), Text("列", "column"))
    if not columns or not all(each.sound for each in (table, *columns)):
        return
    weights = [column.weight for column in question.columns]
    said = [weight for weight in weights if weight is not None]
    if said and instrument.aggregate == "none" and question.kind == "scale":
        columns[-1].fault(
            "weight",
            Text("没有总分的指标，量表列不写 weight", "without a total a band has no weight"),
            Text("请删去各列的 weight", "remove the weights of the columns"),
        )
    elif (said or question.kind == "matrix") and max(said, default=0) != 100:
        table.fault(
            "columns",
            Text(
                f"{question.id} 的最优列权重是 {max(said, default=0)}，应为 100",
                f"the best column of {question.id} weighs {max(said, default=0)}, not 100",
            ),
            Text("请核对各列的 weight", "check the weight of every column"),
        )
    elif said and len(said) < len(weights):
        columns[weights.index(None)].missing("weight", "weight = 0")
    if question.kind == "scale":
        _rising(table, question, instrument)


def _rising(table: Table, question: Question, instrument: Instrument) -> None:
    """The columns of a scale are bands: at least two, rising in digit and weight."""
    digits = [column.id for column in question.columns]
    weights = [column.weight for column in question.columns if column.weight is not None]
    if len(digits) < 2 or digits != sorted(digits) or weights != sorted(weights):
        table.fault(
            "columns",
            Text(f"{question.id} 的列不是由低到高的档", f"the bands of {question.id} do not rise"),
            Text("请至少写两列，由低到高", "write at least two columns in rising order"),
        )
    elif instrument.aggregate == "none" and int(digits[-1]) > instrument.full:
        table.fault(
            "columns",
            Text(
                f"最高档 {digits[-1]} 超过 full = {instrument.full}",
                f"band {digits[-1]} is above full = {instrument.full}",
            ),
            Text("请改正 full，或不写它", "correct full, or leave it out"),
        )


def _scenarios(table: Table, instrument: Instrument) -> None:
    """A group that exists, and one criterion for each level."""
    levels = max((gate.level for gate in instrument.gates if gate.scenarios), default=0)
    levels = levels or max((gate.level for gate in instrument.gates), default=0)
    if not levels and instrument.scenarios:
        levels = len(instrument.scenarios[0].criteria)
    for row, scenario in zip(table.rows("scenario"), instrument.scenarios, strict=True):
        known(row, "group", scenario.group, instrument.groups, Text("场景组", "group"))
        count = len(scenario.criteria)
        if row.sound and count != levels:
            row.fault(
                "criteria",
                Text(
                    f"场景 {scenario.id} 有 {count} 条等级说明，应为 {levels} 条",
                    f"scenario {scenario.id} has {count} criteria, not {levels}",
                ),
                Text("请每级写一条", "write one for each level"),
            )


def _gates(table: Table, instrument: Instrument) -> None:
    """Levels 1, 2, 3 …, each asking no less than the one below, and nothing that cannot be met."""
    rows = table.rows("gate")
    if instrument.recorded_only and not rows and table.sound:
        table.missing("[[gate]]", "[[gate]]")
    if not all(row.sound for row in rows):
        return
    nodes = [node.id for node in instrument.nodes]
    for row, gate in zip(rows, instrument.gates, strict=True):
        if not any(key in row for key in ("score", "scenarios", "binding", "nodes", "items")):
            row.fault(
                "level",
                Text(f"等级 {gate.level} 没有任何要求", f"level {gate.level} asks for nothing"),
                Text(
                    "请写 score、scenarios、binding、nodes、items 之一",
                    "write one of score, scenarios, binding, nodes, items",
                ),
            )
        for node in gate.nodes:
            known(row, ("nodes", node), node, nodes, NODE)
    for at, slip in gate_slips(instrument):
        rows[at].fault(slip.key, slip.message, slip.mend)


def _figures(table: Table, instrument: Instrument, draft: Draft) -> None:
    """Ends in order, a fact of numbers, and questions that read figures that exist."""
    facts = {r.record.id: r.record if r.table.sound else None for r in draft.facts}
    for row, figure in zip(table.rows("figure"), instrument.figures, strict=True):
        if row.sound and figure.high <= figure.low:
            row.fault(
                "high",
                Text(
                    f"上限 {figure.high} 不大于下限 {figure.low}",
                    f"high {figure.high} is not above low {figure.low}",
                ),
                Text("请核对 low 和 high", "check low and high"),
            )
        if "facts.toml" in draft.lost or not figure.fact:
            continue
        if known(row, "fact", figure.fact, facts, Text("事实", "fact")):
            fact = facts[figure.fact]
            if fact is not None and fact.type not in _UNITS:
                row.fault(
                    "fact",
                    Text(f"{figure.fact} 不是数", f"{figure.fact} is no number"),
                    Text("请选整数、金额或比率的事实", "choose a fact of integers, fen or bps"),
                )
    names = [figure.id for figure in instrument.figures]
    for row, question in zip(table.rows("question"), instrument.questions, strict=True):
        for at, figure_id in enumerate(question.figures):
            known(row, ("figures", at), figure_id, names, Text("数据项", "figure"))


def spread(table: Table, instrument: Instrument) -> Iterator[tuple[Table, Contradiction]]:
    """Each contradiction with the table that it was written in."""
    at = 0
    for row in table.rows("contradiction"):
        for each in instrument.contradictions[at : at + copies(row)]:
            yield row, each
        at += copies(row)


def _sides(table: Table, instrument: Instrument, draft: Draft) -> None:
    """Contradictions once each, with two sides that exist."""
    items = [q.id for q in instrument.questions] + [s.id for s in instrument.scenarios]
    names = [*items, *(figure.id for figure in instrument.figures)]
    facts: list[str] = [row.record.id for row in draft.facts]
    whole = list(spread(table, instrument))
    unique(((row, each.id) for row, each in whole), Text("矛盾", "contradiction"))
    for row in table.rows("contradiction"):
        words = row.words("each") if "each" in row and row.sound else ()
        for at, item in enumerate(words):
            known(row, ("each", at), item, items, ITEM)
            if item in words[:at]:
                row.fault(
                    ("each", at),
                    Text(f"each 里 {item} 写了两次", f"each names {item} twice"),
                    Text("请只写一次", "write it once"),
                )
    what = Text("题目、场景、数据项或事实", "item, figure or fact")
    for row, each in whole:
        if row.sound and "facts.toml" not in draft.lost:
            for at, item in enumerate(each.items):
                known(row, ("items", at), item, [*names, *facts], what)


def _applies_to(table: Table, draft: Draft) -> None:
    """Industries that exist: a section's letter, or a code that begins with a division."""
    inner = table.table("applies_to")
    if inner is None or "industries.toml" in draft.lost or "industries" not in inner:
        return
    sections = [row.record.code for row in draft.sections]
    divisions = [row.record.code for row in draft.divisions]
    for at, code in enumerate(inner.words("industries")):
        if code.isdigit():
            known(inner, ("industries", at), code[:2], divisions, Text("行业大类", "division"))
        else:
            known(inner, ("industries", at), code, sections, Text("行业门类", "section"))


def _carries(table: Table, instrument: Instrument, instruments: dict[str, Instrument]) -> None:
    """What is carried over exists on both sides."""
    own = items_of(instrument)
    for row in table.rows("carry"):
        origin = row.data.get("from")
        if not isinstance(origin, str) or not row.sound:
            continue
        if not known(row, "from", origin, instruments, Text("评测指标", "instrument")):
            continue
        theirs = items_of(instruments[origin])
        items = row.table("items")
        for new in items.names() if items is not None else ():
            if items is not None and known(items, new, new, own, ITEM):
                known(items, new, str(items.data[new]), theirs, ITEM)
    origins = [row.data.get("from") for row in table.rows("carry")]
    unique(zip(table.rows("carry"), map(str, origins), strict=True), Text("来源", "origin"), "from")


def _variant(table: Table, variant: Instrument, base: Instrument) -> None:
    """A variant weighs nodes that exist, so that siblings still make 100."""
    weights = table.table("weights")
    if weights is None:
        return
    nodes = [node.id for node in base.nodes]
    for node in weights.names():
        known(weights, node, node, nodes, NODE)
    if not (table.sound and weights.sound) or _circle(base.nodes):
        return
    if any(unbalanced(family) for family in families(base)):
        return  # told where it stands
    for family in families(variant):
        slip = unbalanced(family)
        if slip is not None:
            named = [m.id for m in family.members if m.id in weights]
            weights.fault((named[-1],) if named else (), slip.message, slip.mend)
    if not variant.questions:
        weights.fault(
            (),
            Text("变体里没有留下题目", "no question is left in the variant"),
            Text("请核对权重", "check the weights"),
        )


_EXPECTED = (
    *("score", "score_text", "level", "missing", "not_applicable", "nodes", "bands"),
    "contradictions",
)
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,20})?")


def expected_of(row: Row[Case], draft: Draft, expect: Table | None) -> None:
    """A case of an instrument: it exists, its items exist, and so does what is expected."""
    table, case = row.table, row.record
    instruments = {r.record.id: r.record for r in draft.instruments}
    if "instruments" in draft.lost:
        return
    what = Text("评测指标", "instrument")
    if not known(table, "instrument", case.instrument, instruments, what):
        return
    instrument = instruments[case.instrument]
    items, answers = items_of(instrument), table.table("answers")
    for item in case.answers:
        if answers is not None:
            known(answers, item, item, items, ITEM)
        elif not instrument.recorded_only:
            table.fault(
                "total",
                Text(f"{instrument.id} 不直接记总分", f"{instrument.id} has no recorded totals"),
                Text("请改写 answers", "write answers"),
            )
    for key in expect.data if expect is not None else ():
        if expect is not None:
            _expected(expect, key, instrument, items)


def _expected(expect: Table, key: str, instrument: Instrument, items: list[str]) -> None:
    scenarios = [scenario.id for scenario in instrument.scenarios]
    if key in ("score", "score_text"):
        expect.word(key, pattern=_DECIMAL)
    elif key == "level":
        expect.integer(key, 0, len(instrument.gates))
    elif key == "missing":
        listed(expect, key, items, ITEM)
    elif key == "not_applicable":
        listed(expect, key, scenarios, Text("场景", "scenario"))
    elif key == "contradictions":
        listed(expect, key, None, Text("矛盾", "contradiction"))
    elif key == "nodes":
        values = expect.table(key)
        for node in values.names() if values is not None else ():
            if values is not None and known(
                values, node, node, [n.id for n in instrument.nodes], NODE
            ):
                values.word(node, pattern=_DECIMAL)
    elif key == "bands":
        bands = expect.table(key)
        scales = [q.id for q in instrument.questions if q.kind == "scale"]
        for item in bands.names() if bands is not None else ():
            if bands is not None and known(bands, item, item, scales, ITEM):
                bands.integer(item, 0, 9)
    else:
        known(expect, key, key, _EXPECTED, Text("预期", "expectation"))
