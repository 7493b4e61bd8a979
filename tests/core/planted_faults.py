"""The faults to plant in the small policy, each with the line on which it must be found."""

from __future__ import annotations

from tests.core.planted_instruments import LEVEL, WIDER, Planted
from tests.core.planted_schemes import GRANTED
from tests.core.planted_selections import SELECTED

FACTS = "land/facts.toml"
SIZES = "land/size_classes.toml"
REGIONS = "shire/regions.toml"
PLAN = "shire/plans/2023.toml"
TARGETS = "shire/targets.toml"
VOUCHER = "shire/programmes/voucher.toml"
OLD = "shire/programmes/scene-2024.toml"
NEW = "shire/programmes/scene-2025.toml"
FUND = "shire/funding/voucher-2025.toml"
CASES = "shire/situations/voucher.toml"
LEVELS = "shire/situations/level.toml"

PLANTED = {
    # The file itself.
    "syntax": Planted(FACTS, "low = 0\n", "low = \n", "low = \n", "TOML"),
    "a table twice": Planted(
        FACTS, "[titles]", "[employees]", '[employees]\nterm = "称', "写了两次"
    ),
    "a key twice": Planted(FUND, "year = 2025", "year = 2025\nyear = 2026", "year = 2026", "两次"),
    # Keys and types.
    "an unknown key": Planted(VOUCHER, "measure = 10", "mesure = 10", "mesure", "是否应为 measure"),
    "an unknown key in a source": Planted(FUND, "number =", "numbr =", "source", "numbr"),
    "an unknown table": Planted(VOUCHER, "[[derive]]", "[[derived]]", "[[derived]]", "derived"),
    "a missing key": Planted(FUND, "year = 2025\n", "", "programme", "缺少 year"),
    "a missing key of a row": Planted(VOUCHER, 'id = "small"\n', "", "[[clause]]", "缺少 id"),
    "a missing source": Planted(FUND, "source", "# source", "# 1", "缺少 source"),
    "a missing document": Planted(FUND, 'document = "D", ', "", "source", "缺少 document"),
    "English missing": Planted(PLAN, 'name_en = "Cloud"\n', "", "[[measure]]", "缺少 name_en"),
    "help in one language": Planted(
        FACTS, "low = 0", 'help = "帮助"\nlow = 0', "[employees]", "缺少 help_en"
    ),
    "a blank text": Planted(PLAN, 'name = "上云"', 'name = " "', 'name = " "', "非空文字"),
    "a text for a number": Planted(FUND, "= 5_000_000_000", '= "5"', "pool_fen", "应为整数"),
    "a number with a point": Planted(FUND, "5_000_000_000", "5.5", "pool_fen", "金额以分"),
    "true for a number": Planted(FUND, "5_000_000_000", "true", "pool_fen", "应为整数"),
    "a number beyond 64 bits": Planted(FUND, "5_000_000_000", "9" * 30, "pool_fen", "64 位"),
    "a number of 5,000 digits": Planted(FUND, "5_000_000_000", "9" * 5000, "pool_fen", "位数太多"),
    "a control character": Planted(
        PLAN, 'name = "上云"', r'name = "上\u001b[31m云"', 'name = "上', "控制字符"
    ),
    "a negative amount": Planted(FUND, "5_000_000_000", "-5", "pool_fen", "超出范围"),
    "a moment for a date": Planted(
        VOUCHER, "from = 2025-01-01 }", "from = 2025-01-01T00:00:00 }", "in_force", "应为日期"
    ),
    "a table for a list": Planted(PLAN, "[[measure]]", "[measure]", "[measure]", "表的列表"),
    "numbers in a list of tables": Planted(
        PLAN, "money = [{ ", "money = [7, { ", "money", "money.0 应为表"
    ),
    "a text for a table": Planted(FUND, "source = {", 'source = "D" # {', "source", "应为表"),
    "a badly formed id": Planted(VOUCHER, '"small"', '"Small one"', 'id = "Small', "写法不对"),
    # Vocabulary.
    "an unknown type": Planted(FACTS, '"integer"', '"number"', 'type = "number"', "不能是"),
    "an unknown app": Planted(FACTS, '"catalogue"', '"catalog"', 'app = "catalog"', "不能是"),
    "a low above the high": Planted(FACTS, "low = 0", "low = 99_000_000", "high", "小于下限"),
    "no range": Planted(FACTS, "low = 0\n", "", "[employees]", "缺少 low"),
    "a range on a text": Planted(
        FACTS, "values = { s", "low = 0\nvalues = { s", "low = 0\nvalues", "low"
    ),
    "values untranslated": Planted(FACTS, ', deep = "Deep"', "", "values_en", "缺少 deep"),
    "values in English only": Planted(
        FACTS, 'deep = "Deep"', 'deep = "Deep", deeper = "Deeper"', "values_en", "deeper"
    ),
    "a set without values": Planted(
        FACTS, '[titles.values]\ninnovative = "创新型"\n', "", "[titles]", "缺少 values"
    ),
    "a word of the language as a fact": Planted(
        FACTS,
        "[open_to_public]",
        '[between]\nterm = "甲"\nterm_en = "A"\ntype = "bool"\napp = "registry"\n[open_to_public]',
        "[between]",
        "不能作名称",
    ),
    "a fact twice over two directories": Planted(
        "shire/facts.toml",
        "[spend_fen]",
        '[employees]\nterm = "甲"\nterm_en = "A"\ntype = "bool"\napp = "registry"\n[spend_fen]',
        "[employees]",
        "已见于",
    ),
    "a Chinese term twice": Planted(
        "shire/glossary.toml", '"上云服务券"', '"企业"', 'zh = "企业"\nen = "cloud', "已见于"
    ),
    "an English term twice": Planted(
        "shire/glossary.toml", "cloud voucher", "Enterprise", 'en = "Enterprise"', "已见于"
    ),
    # Codes.
    "a division of no section": Planted(
        "land/industries.toml", 'section = "J"', 'section = "K"', 'section = "K"', "没有这个门类"
    ),
    "a division twice": Planted(
        "land/industries.toml", '"66"', '"13"', 'code = "13"\nname = "货', "已见于"
    ),
    "bounds that do not fall": Planted(
        SIZES, "[1000, 300, 20]", "[300, 300, 20]", "bounds", "没有逐级"
    ),
    "two bounds": Planted(SIZES, "[1000, 300, 20]", "[1000, 300]", "bounds", "3 个整数"),
    "an unknown indicator": Planted(SIZES, "employees =", "staff =", "bounds", "staff"),
    "a division in two rows": Planted(SIZES, '["13"]', '["13", "66"]', "prefixes", "已见于"),
    "a division in no row": Planted(SIZES, '  "66",\n', '  "13",\n', "prefixes", "已见于"),
    "an uncovered division": Planted(
        SIZES, 'outside = [\n  "66",\n]\n', "", "[[row]]", "66 不属于"
    ),
    "a prefix of no division": Planted(
        SIZES, '["13"]', '["13", "14"]', "prefixes", "没有这个行业大类"
    ),
    "a tile twice": Planted(
        REGIONS,
        "tile = [5, 2]",
        "tile = [4, 2]",
        'tile = [4, 2]\n[[region]]\ncode = "420102',
        "已见于",
    ),
    "a tile of three": Planted(REGIONS, "[5, 2]", "[5, 2, 1]", "tile = [5, 2, 1]", "2 个整数"),
    "a county without a city": Planted(
        REGIONS,
        'level = "county"\nparent = "420100"',
        'level = "county"\nparent =  "420000"',
        'parent =  "420000"',
        "不是 420102 的上级",
    ),
    "a region of no region": Planted(
        REGIONS, '"420100"\n', '"42010"\n', 'code = "42010"', "写法不对"
    ),
    "an unknown parent": Planted(
        REGIONS, 'parent = "420100"', 'parent = "430100"', 'parent = "430100"', "没有这个地区"
    ),
    # Instruments.
    "weights of nodes": Planted(LEVEL, "weight = 40", "weight = 30", "weight = 30", "合计 90"),
    "weights of questions": Planted(
        LEVEL, 'weight = 100\ntext = "网', 'weight = 90\ntext = "网', "weight = 90", "合计 90"
    ),
    "weights of options": Planted(LEVEL, "weight = 60 }", "weight = 50 }", "options", "合计 90"),
    "an exclusive option that counts": Planted(
        LEVEL,
        "weight = 0, exclusive",
        "weight = 5, exclusive",
        '  { id = "A", text = "无"',
        "互斥选项",
    ),
    "no best option": Planted(
        LEVEL,
        "weight = 100 }",
        "weight = 80 }",
        'options = [\n  { id = "A", text = "降',
        "最优选项",
    ),
    "an option twice": Planted(
        LEVEL, '{ id = "C"', '{ id = "B"', '  { id = "B", text = "无线"', "已见于"
    ),
    "an unknown node": Planted(
        LEVEL, 'node = "effect"', 'node = "efect"', 'node = "efect"', "是否应为 effect"
    ),
    "a node with nothing below": Planted(
        LEVEL,
        'node = "effect"\nkind = "single"\nweight = 100',
        'node = "basis"\nkind = "single"\nweight = 100',
        'weight = 100\ntext = "质量"',
        "合计 200",
    ),
    "an item twice": Planted(LEVEL, 'id = "quality"', 'id = "q1"', 'id = "q1"\ngroup', "已见于"),
    "an unknown group": Planted(
        LEVEL, 'group = "making"', 'group = "makin"', 'group = "makin"', "场景组"
    ),
    "criteria too few": Planted(
        LEVEL,
        '["一", "二"]\ncriteria_en = ["one", "two"]',
        '["一"]\ncriteria_en = ["one"]',
        "criteria",
        "应为 2 条",
    ),
    "criteria untranslated": Planted(LEVEL, '["one", "two"]', '["one"]', "criteria_en", "一一对应"),
    "a gate that falls": Planted(
        LEVEL, "score = 40", "score = 20", "score = 20\nscenarios = 1\nbinding = 1", "不高于"
    ),
    "a level left out": Planted(LEVEL, "level = 2", "level = 3", "level = 3", "不连续"),
    "a gate nobody meets": Planted(
        LEVEL,
        "scenarios = 1\nbinding = 1",
        "scenarios = 2\nbinding = 1",
        "scenarios = 2",
        "最多只有 1",
    ),
    "a kind of question": Planted(LEVEL, '"single"', '"ranking"', 'kind = "ranking"', "不能是"),
    **WIDER,
    **SELECTED,
    **GRANTED,
    # Plans, targets, funds.
    "a measure twice": Planted(
        PLAN,
        "[[measure]]",
        '[[measure]]\nnumber = 10\nname = "甲"\nname_en = "A"\nsummary = "甲"\n'
        'summary_en = "A"\nunits = ["乙"]\n[[measure]]',
        'number = 10\nname = "上云"',
        "已见于",
    ),
    "a target of no plan": Planted(TARGETS, '"2023"', '"2025"', 'plan = "2025"', "没有这个方案"),
    "a target due before it starts": Planted(TARGETS, "due = 2026", "due = 2022", "due", "早于"),
    "a target without a date": Planted(TARGETS, "due = 2026-12-31\n", "", "[[target]]", "缺少 due"),
    "a fund of no programme": Planted(
        FUND, '"voucher"', '"vouchers"', "programme", "是否应为 voucher"
    ),
    "a confidence of no kind": Planted(FUND, '"found"', '"certain"', "source", "不能是"),
    # Programmes.
    "an end before the start": Planted(
        OLD, "until = 2024-12-31", "until = 2023-12-31", "in_force", "早于起始日"
    ),
    "editions that overlap": Planted(
        NEW, "from = 2025-01-01", "from = 2024-12-31", "in_force", "scene-2024.toml:6）的有效期重叠"
    ),
    "values that overlap": Planted(
        VOUCHER, "from = 2026-01-01", "from = 2025-12-31", "from = 2025-12-31", "重叠"
    ),
    "values with a gap": Planted(
        VOUCHER,
        "from = 2026-01-01",
        "from = 2026-02-01",
        "from = 2026-02-01",
        "2026-01-01 起没有取值",
    ),
    "a value that changes its type": Planted(
        VOUCHER,
        'type = "fen"\namount = 200_000',
        'type = "bps"\namount = 200_000',
        'type = "bps"\namount',
        "类型不同",
    ),
    "a value that begins too late": Planted(
        VOUCHER,
        "amount = 100_000\nfrom = 2025-01-01",
        "amount = 100_000\nfrom = 2025-02-01",
        "from = 2026-01-01",
        "2025-01-01 起没有取值",
    ),
    "a value by no fact": Planted(VOUCHER, 'by = "depth"', 'by = "dept"', "by", "是否应为 depth"),
    "a value by a number": Planted(VOUCHER, 'by = "depth"', 'by = "employees"', "by", "取值表"),
    "a word the fact cannot be": Planted(
        VOUCHER, "deep = 3_000", "deeper = 3_000", "table", "是否应为 deep"
    ),
    "amount beside table": Planted(
        VOUCHER, 'by = "depth"', 'by = "depth"\namount = 1', "by", "分档写法"
    ),
    "a value named like a fact": Planted(
        VOUCHER, 'id = "rate_bps"', 'id = "employees"', 'id = "employees"', "已是别的"
    ),
    "a clause twice": Planted(
        VOUCHER, 'id = "spent"', 'id = "small"', 'id = "small"\ntext = "有', "已见于"
    ),
    "a measure of no plan": Planted(
        VOUCHER, "measure = 10", "measure = 11", "measure", "没有编号为 11"
    ),
    "a kind of programme": Planted(VOUCHER, '"voucher"', '"coupon"', "kind", "不能是"),
    "no clause": Planted(
        OLD,
        '[[clause]]\nid = "open"\ntext = "面向公众"\ntext_en = "Open"\nwhen = "open_to_public"\n',
        "",
        "programme",
        "缺少 [[clause]]",
    ),
    "amount beside award": Planted(
        OLD,
        "[[clause]]",
        '[amount]\ntext = "甲"\ntext_en = "A"\nexpr = "1"\n[[clause]]',
        "award_fen",
        "不能并用",
    ),
    # Expressions.
    "an unknown name in a clause": Planted(
        VOUCHER, "employees < 1000", "employes < 1000", "when", "employes"
    ),
    "an unknown name further down a text": Planted(
        VOUCHER, "AND depth IN", "AND dept IN", "AND dept IN", "dept"
    ),
    "a clause that is a number": Planted(
        VOUCHER, "employees < 1000", "employees + 1", "when", "是/否"
    ),
    "a clause that does not parse": Planted(VOUCHER, "employees < 1000", "employees <", "when", ""),
    "a division": Planted(VOUCHER, "employees < 1000", "employees / 2 < 1000", "when", "除法"),
    "types that do not compare": Planted(
        VOUCHER, "employees < 1000", "employees < 'x'", "when", ""
    ),
    "an overflow": Planted(
        VOUCHER, "employees < 1000", "revenue_fen * revenue_fen > 5", "when", ""
    ),
    "an amount that is no money": Planted(
        VOUCHER, "LEAST(share_fen, cap_fen)", "employees", 'expr = "employees"', "金额"
    ),
    "a derived result of an unknown name": Planted(
        VOUCHER, "SHARE(spend_fen, rate_bps)", "SHARE(spent_fen, rate_bps)", "expr", "spent_fen"
    ),
    # Situations.
    "a case of an unknown fact": Planted(
        CASES, "employees = 10", "employes = 10", "employes", "是否应为 employees"
    ),
    "a fact of another type": Planted(
        CASES, "employees = 10", 'employees = "10"', "employees =", "应为整数"
    ),
    "a social credit code with a wrong digit": Planted(
        CASES, "914403001922038216", "914403001922038217", "uscc =", "uscc"
    ),
    "a fact out of range": Planted(
        CASES, "employees = 10", "employees = -1", "employees =", "超出范围"
    ),
    "a word that is not allowed": Planted(
        CASES, 'depth = "deep"', 'depth = "dep"', 'depth = "dep"', "是否应为 deep"
    ),
    "a fact with a point": Planted(
        CASES, "employees = 10", "employees = 1.5", "employees =", "整数"
    ),
    "an expected clause of no name": Planted(
        CASES, '["small"]', '["smal"]', 'expect = { eligible = "unknown"', "是否应为 small"
    ),
    "an expected outcome of no kind": Planted(CASES, '"yes"', '"maybe"', "expect", "不能是"),
    "an expected result of no name": Planted(
        CASES, "share_fen =", "shares_fen =", "expect", "是否应为 share_fen"
    ),
    "an expectation of no kind": Planted(
        CASES, "amount_fen =", "amount =", "expect", "是否应为 amount_fen"
    ),
    "a day before the programme": Planted(
        CASES, "as_of = 2025-06-01", "as_of = 2024-06-01", "as_of", "没有生效的版本"
    ),
    "a case of no programme": Planted(
        CASES, "as_of = 2025", 'programme = "v"\nas_of = 2025', "programme", "没有这个遴选事项"
    ),
    "a case of no instrument": Planted(
        LEVELS, '"level"', '"levels"', "instrument", "是否应为 level"
    ),
    "an answer to no question": Planted(LEVELS, "q2 =", "q3 =", "answers", "题目或场景"),
    "a score that is no number": Planted(LEVELS, '"64"', '"six"', "expect", "写法不对"),
    "no expectation": Planted(
        CASES, 'expect = { eligible = "yes"', 'expectation = { a = "b"', "[[case]]", "缺少 expect"
    ),
    "nothing expected": Planted(
        LEVELS, 'expect = { score = "64", level = 2 }', "expect = { }", "expect", "没有写明预期"
    ),
}
