"""The faults to plant in the small policy's instruments, each with the line where it must be
found."""

from __future__ import annotations

from typing import NamedTuple


class Planted(NamedTuple):
    """Replace `before` by `after` in `file`; a fault is expected on the line where `at` begins."""

    file: str
    before: str
    after: str
    at: str
    says: str


LEVEL = "land/instruments/level.toml"
WIDE = "land/instruments/wide.toml"
LADDER = "land/instruments/ladder.toml"
RECORDED = "land/instruments/old.toml"
BANDS = "land/instruments/bands.toml"
WIDES = "shire/situations/wide.toml"

WIDER = {
    # Aggregates and weights.
    "an aggregate of no kind": Planted(
        LADDER, '"sum_of_levels"', '"sum"', 'aggregate = "sum"', "不能是"
    ),
    "a node that only a whole can be": Planted(
        WIDE, 'aggregate = "mean"', 'aggregate = "none"', 'aggregate = "none"', "不能是"
    ),
    "a weight where siblings count alike": Planted(
        WIDE, 'kind = "matrix"', 'kind = "matrix"\nweight = 30', "weight = 30", "weight 不起作用"
    ),
    "a weight missing where it counts": Planted(
        WIDE, "weight = 60\n", "", '[[node]]\nid = "means"', "缺少 weight"
    ),
    "a level whose weights do not make 100": Planted(
        LADDER, "level = 2\nweight = 100", "level = 2\nweight = 90", "weight = 90", "第 2 级的权重"
    ),
    "a node that a level leaves out": Planted(
        LADDER,
        'kind = "requirements"\nlevel = 2\nweight = 100\ntext = "人',
        'kind = "requirements"\nlevel = 1\nweight = 100\ntext = "人',
        'weight = 100\ntext = "人员二',
        "第 1 级的权重合计 200",
    ),
    "a level without questions": Planted(
        LADDER, "full = 2", "full = 3", "full = 3", "题目共有 2 级"
    ),
    "a question of no level": Planted(
        LADDER, "level = 1\nweight", "weight", '[[question]]\nid = "people1"', "缺少 level"
    ),
    "a share of no level": Planted(
        LADDER, "level_met = 80", "level_met = 180", "level_met", "超出范围"
    ),
    "level_met without levels": Planted(
        WIDE, "decimals = 1", "decimals = 1\nlevel_met = 80", "level_met", "不认识的键"
    ),
    "a variant that does not make 100": Planted(
        WIDE, "ends = 50 }", "ends = 40 }", "weights = { means", "合计 90"
    ),
    "a variant of an unknown node": Planted(
        WIDE, "ends = 50 }", "end = 50 }", "weights = { means", "是否应为 ends"
    ),
    "a variant named like another": Planted(
        WIDE, 'id = "wide-even"', 'id = "level"', 'id = "level"', "已见于"
    ),
    "a variant with nothing left": Planted(
        LADDER, "people = 0, work = 100", "people = 0, work = 0", "weights =", "没有留下题目"
    ),
    # Questions.
    "a band that does not rise": Planted(
        WIDE, "above = 40", "above = 10", '{ id = "C", text = "四', "不大于前一档的 10"
    ),
    "a first band with a lower end": Planted(
        WIDE,
        'weight = 0 },\n  { id = "B", text = "一',
        'weight = 0, above = 1 },\n  { id = "B", text = "一',
        '{ id = "A", text = "不超',
        "第一档 A 不写 above",
    ),
    "a band without a lower end": Planted(
        WIDE, ", above = 10 }", " }", '{ id = "B", text = "一成', "缺少 above"
    ),
    "a band in a single choice": Planted(
        LEVEL, "weight = 100 }", "weight = 100, above = 5 }", '  { id = "B", text = "提', "above"
    ),
    "one figure too many": Planted(
        WIDE,
        '["online", "devices"]',
        '["online", "devices", "income_now"]',
        'figures = ["online"',
        "应为 1 或 2 个",
    ),
    "a change of one figure": Planted(
        WIDE,
        '["income_now", "income_before"]',
        '["income_now"]',
        'figures = ["income_now',
        "2 或 4",
    ),
    "a figure that does not exist": Planted(
        WIDE,
        '["online", "devices"]',
        '["onlin", "devices"]',
        'figures = ["onlin',
        "是否应为 online",
    ),
    "a way twice": Planted(
        WIDE,
        'when = "flat"',
        'when = "up"',
        'options = [\n  { id = "A", text = "降',
        "down、up、up",
    ),
    "a way of no kind": Planted(
        WIDE, 'when = "flat"', 'when = "level"', '{ id = "B", text = "持', "不能是"
    ),
    "a matrix without its best column": Planted(
        WIDE,
        'weight = 100 },\n]\n[[question]]\nid = "skills"',
        'weight = 90 },\n]\n[[question]]\nid = "skills"',
        'columns = [\n  { id = "0", text = "没有", text_en = "No"',
        "最优列权重是 90",
    ),
    "a row twice": Planted(
        WIDE, '{ id = "r2"', '{ id = "r1"', '  { id = "r1", text = "生', "已见于"
    ),
    "a column twice": Planted(
        WIDE,
        '{ id = "2", text = "已',
        '{ id = "0", text = "已',
        '  { id = "0", text = "已',
        "已见于",
    ),
    "a column of two signs": Planted(
        WIDE, '{ id = "2", text = "已', '{ id = "22", text = "已', '  { id = "22"', "写法不对"
    ),
    "a matrix without rows": Planted(
        LADDER,
        'rows = [{ id = "a", text = "有人", text_en = "Somebody" }]',
        "",
        '[[question]]\nid = "people1"',
        "缺少 rows",
    ),
    "columns of a single choice": Planted(
        LEVEL, 'kind = "single"', 'kind = "single"\ncolumns = []', "columns", "columns"
    ),
    "a scale that falls": Planted(
        WIDE,
        '{ id = "1", text = "起',
        '{ id = "9", text = "起',
        'columns = [\n  { id = "0", text = "没有", text_en = "None"',
        "不是由低到高",
    ),
    "a scale half weighed": Planted(
        WIDE,
        'text_en = "Mature" },',
        'text_en = "Mature", weight = 100 },',
        '  { id = "0", text = "没有", text_en = "None" }',
        "缺少 weight",
    ),
    "a band that weighs without a total": Planted(
        BANDS,
        'text_en = "Intelligent" },',
        'text_en = "Intelligent", weight = 100 },',
        '  { id = "5"',
        "量表列不写 weight",
    ),
    "a band above the whole": Planted(
        BANDS, 'aggregate = "none"', 'aggregate = "none"\nfull = 4', "columns", "超过 full = 4"
    ),
    "nothing to tick": Planted(
        WIDE,
        '  { id = "B", text = "培训", text_en = "Training" },\n'
        '  { id = "C", text = "招聘", text_en = "Hiring" },\n'
        '  { id = "D", text = "外包", text_en = "Outsourcing" },\n',
        "",
        'options = [\n  { id = "A", text = "无", text_en = "None", exclusive',
        "没有可选的项",
    ),
    "some options weighed and some not": Planted(
        WIDE,
        'text_en = "Hiring" }',
        'text_en = "Hiring", weight = 40 }',
        '  { id = "B", text = "培训"',
        "缺少 weight",
    ),
    # Gates.
    "a score above the whole": Planted(
        WIDE, "score = 700", "score = 1700", "score = 1700", "最多只有 1000"
    ),
    "a node of no name in a gate": Planted(
        WIDE,
        "nodes = { means = 250 }",
        "nodes = { mean = 250 }",
        "nodes = { mean ",
        "是否应为 means",
    ),
    "a node that asks for less above": Planted(
        WIDE, "{ means = 500 }", "{ means = 200 }", "nodes = { means = 200", "不高于下一级的 250"
    ),
    "more questions of a scale than there are": Planted(
        WIDE,
        "{ count = 1, level = 2 }",
        "{ count = 2, level = 2 }",
        "items = { count = 2",
        "最多只有 1",
    ),
    "a band that asks for less above": Planted(
        WIDE,
        "{ count = 1, level = 1 }",
        "{ count = 1, level = 3 }",
        "items = { count = 1, level = 2",
        "不高于下一级的 3",
    ),
    "a gate that asks for nothing": Planted(
        RECORDED, "score = 20\n", "", "level = 1", "没有任何要求"
    ),
    "a score where there is no total": Planted(
        BANDS,
        "[[node]]",
        '[[gate]]\nlevel = 1\nname = "一"\nname_en = "One"\nscore = 1\n[[node]]',
        "score = 1",
        "没有总分",
    ),
    "a recorded instrument that asks": Planted(
        RECORDED,
        "[[gate]]",
        '[[node]]\nid = "a"\ntext = "甲"\ntext_en = "A"\nweight = 100\n[[gate]]',
        "[[node]]",
        "不能有 node",
    ),
    "an instrument that asks nothing": Planted(
        RECORDED, "recorded_only = true\n", "", "name", "没有题目"
    ),
    "a level that asks for the same": Planted(
        BANDS,
        "[[node]]",
        '[[gate]]\nlevel = 1\nname = "一"\nname_en = "One"\nitems = { count = 1, level = 3 }\n'
        '[[gate]]\nlevel = 2\nname = "二"\nname_en = "Two"\nitems = { count = 1, level = 3 }\n'
        "[[node]]",
        "level = 2",
        "与下一级相同",
    ),
    # Figures.
    "a figure without a range": Planted(
        WIDE,
        'low = 0\nhigh = 10_000\n[[figure]]\nid = "on',
        'low = 0\n[[figure]]\nid = "on',
        '[[figure]]\nid = "devices"',
        "缺少 high",
    ),
    "a figure whose ends are turned": Planted(
        WIDE, "high = 10_000", "high = -1", "high = -1", "不大于下限"
    ),
    "a figure of no fact": Planted(
        WIDE, '"revenue_fen"', '"revenu_fen"', 'fact = "revenu_fen"', "是否应为 revenue_fen"
    ),
    "a figure of a text": Planted(WIDE, '"revenue_fen"', '"uscc"', 'fact = "uscc"', "不是数"),
    "a unit of no fact": Planted(WIDE, 'fact = "revenue_fen"\n', "", "per_unit", "不认识的键"),
    "a figure named like a question": Planted(
        WIDE, 'id = "devices"', 'id = "rate"', 'id = "rate"\ntext = "设', "已见于"
    ),
    # Contradictions.
    "a contradiction of an unknown item": Planted(
        WIDE, "online > devices", "online > device", 'when = "online', "是否指 devices"
    ),
    "a contradiction that is a number": Planted(
        WIDE, "online > devices", "online - devices", 'when = "online', "是/否"
    ),
    "a letter that the question does not have": Planted(
        WIDE, "skills HAS 'A'", "skills HAS 'E'", 'when = "each', "E"
    ),
    "a side that does not exist": Planted(
        WIDE, 'items = ["online"', 'items = ["onlin"', 'items = ["onlin"', "是否应为 online"
    ),
    "three sides": Planted(
        WIDE, 'items = ["online"', 'items = ["stage", "online"', 'items = ["stage", "o', "最多两项"
    ),
    "each of an unknown item": Planted(
        WIDE, 'each = ["stage"', 'each = ["stages"', 'each = ["stages"', "是否应为 stage"
    ),
    "a contradiction twice": Planted(
        WIDE, '["stage", "income"]', '["stage", "stage"]', 'each = ["stage"', "stage 写了两次"
    ),
    # Carries and whom it is for.
    "a carry from nowhere": Planted(
        WIDE, 'from = "level"', 'from = "levels"', 'from = "levels"', "是否应为 level"
    ),
    "a carry of an unknown old item": Planted(
        WIDE, 'income = "q2"', 'income = "q3"', "items = { income", "没有这个题目或场景"
    ),
    "a carry to an unknown item": Planted(
        WIDE, 'income = "q2"', 'incomes = "q2"', "items = { incomes", "是否应为 income"
    ),
    "a carry both ways": Planted(
        WIDE, 'from = "level"', 'from = "level"\nsame = true', "same = true", "写其一"
    ),
    "a carry of nothing": Planted(WIDE, 'items = { income = "q2" }\n', "", "[[carry]]", "写其一"),
    "an industry that does not exist": Planted(
        WIDE, '["C", "13"]', '["C", "14"]', "industries", "没有这个行业大类"
    ),
    "a section that does not exist": Planted(
        WIDE, '["C", "13"]', '["X", "13"]', "industries", "没有这个行业门类"
    ),
    # Situations.
    "a total where there are questions": Planted(
        WIDES, 'instrument = "old"', 'instrument = "level"', 'total = "39', "不直接记总分"
    ),
    "a band of no scale": Planted(
        WIDES, "bands = { vertical", "bands = { process", "expect = { bands", "没有这个题目"
    ),
    "a node of no name in what is expected": Planted(
        WIDES, "nodes = { process", "nodes = { proces", "expect = { bands", "是否应为 process"
    ),
}
