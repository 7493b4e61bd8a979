"""The faults to plant in the small policy's selections, each with the line where it must be
found."""

from __future__ import annotations

from tests.core.planted_instruments import Planted

SCENE = "shire/selections/scene-2025.toml"
VOUCHER = "shire/selections/voucher.toml"
FIRST_FIELD = '[[field]]\nfact = "uscc"'

SELECTED = {
    # Programme, period, measure.
    "a selection of no programme": Planted(
        SCENE, 'programme = "scene"', 'programme = "scenes"', "programme", "没有这个遴选事项"
    ),
    "a selection before its programme": Planted(
        SCENE, "from = 2024-06-01", "from = 2023-06-01", "in_force", "2023-06-01 没有生效的版本"
    ),
    "a selection of another applicant": Planted(
        SCENE, 'applicant = "enterprise"', 'applicant = "city"', "applicant", "申报主体是 city"
    ),
    "an applicant of no kind": Planted(
        SCENE, 'applicant = "enterprise"', 'applicant = "firm"', "applicant", "不能是"
    ),
    "two selections of one programme": Planted(
        VOUCHER, "name =", 'programme = "scene"\nname =', "in_force", "有效期重叠"
    ),
    "a measure of no plan": Planted(SCENE, "measure = 10", "measure = 11", "measure", "编号为 11"),
    "an exclusion of no programme": Planted(
        SCENE, '["voucher"]', '["vouchers"]', "excludes", "是否应为 voucher"
    ),
    "an exclusion of itself": Planted(SCENE, '["voucher"]', '["scene"]', "excludes", "请用 once"),
    "a title of no list": Planted(
        SCENE, 'title = "innovative"', 'title = "innovativ"', "title", "没有这个称号"
    ),
    "a stranger among the keys": Planted(
        SCENE, "reserve_bps", "reserves_bps", "reserves_bps", "是否应为 reserve_bps"
    ),
    "no pledge": Planted(SCENE, 'pledge = ["真实", "愿意配合"]\n', "", "programme", "缺少 pledge"),
    # Steps and days.
    "no publicity": Planted(SCENE, '"panel", "publicity"', '"panel"', "steps", "不能没有公示"),
    "no formal check": Planted(
        SCENE, '"formal_check", "panel"', '"panel"', "steps", "不能没有形式审查"
    ),
    "a step of no kind": Planted(SCENE, '"panel", "p', '"panels", "p', "steps", "panels"),
    "steps out of order": Planted(
        SCENE,
        '"county_check", "city_recommend"',
        '"city_recommend", "county_check"',
        "steps",
        "次序",
    ),
    "a step without days": Planted(SCENE, "panel = 20\n", "", "[days]", "panel 没有办理期限"),
    "days of a step that is not there": Planted(
        SCENE, "panel = 20\n", "panel = 20\nsite_visit = 9\n", "site_visit", "没有这个环节"
    ),
    "no days at all": Planted(SCENE, "panel = 20", "panel = 0", "panel = 0", "超出范围"),
    "days of publicity": Planted(
        SCENE, "panel = 20\n", "panel = 20\npublicity = 9\n", "publicity = 9", "publicity_workdays"
    ),
    "a short publicity": Planted(
        SCENE, "publicity_workdays = 7", "publicity_workdays = 4", "publicity_workdays", "少于 5"
    ),
    # The form.
    "a field of no section": Planted(
        SCENE,
        'section = "firm"\nmasked',
        'section = "form"\nmasked',
        'section = "form"',
        "没有这个部分",
    ),
    "a section without fields": Planted(
        SCENE,
        '[[section]]\nid = "firm"',
        '[[section]]\nid = "end"\ntext = "末"\ntext_en = "End"\n[[section]]\nid = "firm"',
        'id = "end"',
        "没有字段",
    ),
    "a section twice": Planted(
        SCENE, 'id = "scene"', 'id = "firm"', 'id = "firm"\ntext = "场', "已见于"
    ),
    "a field twice": Planted(
        SCENE,
        'id = "users"',
        'id = "story"',
        'id = "story"\nsection = "scene"\ntext = "用',
        "已见于",
    ),
    "a field of no fact": Planted(
        SCENE, 'fact = "employees"', 'fact = "employes"', 'fact = "employes"', "是否应为 employees"
    ),
    "a field named as a fact": Planted(
        SCENE, 'id = "users"', 'id = "spend_fen"', 'id = "spend_fen"', "是词汇表里的事实"
    ),
    "a field of a set": Planted(
        SCENE, FIRST_FIELD, FIRST_FIELD.replace("uscc", "titles"), 'fact = "titles"', "不能作字段"
    ),
    "a type that does not fit the fact": Planted(
        SCENE,
        'fact = "employees"',
        'fact = "employees"\ntype = "text"',
        'type = "text"',
        "不能用 text 填",
    ),
    "a range beyond the fact": Planted(
        SCENE, "high = 5_000", "high = 50_000_000", "high = 50_000_000", "超出 employees 的范围"
    ),
    "a range upside down": Planted(SCENE, "low = 0", "low = 2_000", "high = 1_000", "小于下限"),
    "a number without a range": Planted(
        SCENE, "low = 0\n", "", '[[field]]\nid = "users"', "缺少 low"
    ),
    "a choice without values": Planted(
        SCENE,
        'values = { making = "制造", selling = "销售" }\n'
        'values_en = { making = "Making", selling = "Selling" }\n',
        "",
        '[[field]]\nid = "kind"',
        "缺少 values",
    ),
    "values in one language": Planted(
        SCENE, ', selling = "Selling"', "", "values_en = { making", "缺少 selling"
    ),
    "letters of a number": Planted(SCENE, "low = 0", "low = 0\nmost = 9", "most = 9", "没有 most"),
    "a sector that is no choice": Planted(
        SCENE, 'sector = "kind"', 'sector = "story"', "sector", "没有这个必填单选字段"
    ),
    # Attachments.
    "a slot twice": Planted(
        SCENE, 'id = "other"', 'id = "proof"', 'id = "proof"\ntext = "其', "已见于"
    ),
    "a kind of file that cannot be kept": Planted(
        SCENE, '["pdf", "jpg"]', '["pdf", "exe"]', 'types = ["pdf", "exe"]', "不能是 exe"
    ),
    # Rubric and panel.
    "weights that do not make 100": Planted(
        SCENE, "weight = 40", "weight = 30", "weight = 30", "权重合计 90"
    ),
    "two anchors": Planted(
        SCENE,
        '  { score = 20, text = "少", text_en = "Few" },\n',
        "",
        '[[criterion]]\nid = "spread"',
        "只有 2 档",
    ),
    "anchors that fall": Planted(
        SCENE, "score = 50", "score = 90", "{ score = 80", "不高于前一档 90"
    ),
    "an anchor beyond 100": Planted(
        SCENE, "score = 80", "score = 101", "{ score = 101", "超出范围"
    ),
    "ties with a gap": Planted(SCENE, "tie = 2", "tie = 3", "tie = 3", "应为 2"),
    "a tie twice": Planted(SCENE, "tie = 2", "tie = 1", "tie = 1\nanchors", "应为 2"),
    "a criterion twice": Planted(
        SCENE, 'id = "spread"', 'id = "effect"', 'id = "effect"\ntext = "推', "已见于"
    ),
    "an even panel": Planted(SCENE, "size = 7", "size = 6", "size = 6", "单数"),
    "a panel of one": Planted(SCENE, "size = 7", "size = 1", "size = 1", "单数"),
    "a panel of three without its extremes": Planted(
        SCENE, "size = 7", "size = 3", "size = 3", "只剩 1 份"
    ),
    "a load of nothing": Planted(SCENE, "load = 20", "load = 0", "load = 0", "超出范围"),
    "a rubric without a panel": Planted(
        SCENE, '"panel", "publicity"', '"publicity"', '[[criterion]]\nid = "effect"', "没有专家评审"
    ),
    # Quotas and floors.
    "a quota twice": Planted(
        SCENE,
        'by = "city"\nlimit = 3\nat = "recommend"',
        'by = "round"\nlimit = 3\nat = "award"',
        'by = "round"\nlimit = 3',
        "已见于",
    ),
    "a quota of no city": Planted(
        SCENE, "420100 = 6", "420103 = 6", "table = { 420103", "没有这个市州"
    ),
    "a quota of a county": Planted(
        SCENE, "420100 = 6", "420102 = 6", "table = { 420102", "没有这个市州"
    ),
    "a quota of no sector": Planted(
        SCENE, "making = 6", "mining = 6", "table = { mining", "没有这个行业"
    ),
    "a quota of all by a table": Planted(
        SCENE, "limit = 10\n", "limit = 10\ntable = { a = 1 }\n", "table = { a", "没有分表"
    ),
    "a recommendation that nobody makes": Planted(
        VOUCHER,
        "[days]",
        '[[quota]]\nby = "round"\nlimit = 1\nat = "recommend"\n[days]',
        'at = "recommend"',
        "没有市州推荐",
    ),
    "more than a year's places": Planted(
        SCENE, "limit = 10", "limit = 101", "limit = 101", "每年 100"
    ),
    "a floor above its quota": Planted(SCENE, "least = 3", "least = 5", "least = 5", "最多 4"),
    "floors above all places": Planted(SCENE, "limit = 10", "limit = 5", "least = 3", "合计 6"),
    "a floor of no value": Planted(
        SCENE,
        '["making", "selling"]',
        '["making", "sell"]',
        'values = ["making", "sell"]',
        "没有这个行业",
    ),
    "a floor twice": Planted(
        SCENE,
        '["making", "selling"]',
        '["making", "making"]',
        'values = ["making", "making"]',
        "写了两次",
    ),
    # 免申即享.
    "an instant selection with a panel": Planted(
        VOUCHER,
        'steps = ["formal_check", ',
        'steps = ["county_check", "formal_check", ',
        "steps",
        "只有形式审查和公示",
    ),
    "an instant selection that asks": Planted(
        VOUCHER,
        'fact = "uscc"',
        'id = "why"\ntext = "理由"\ntext_en = "Why"\ntype = "text"',
        '[[field]]\nid = "why"',
        "不填表",
    ),
    "an instant selection with papers": Planted(
        VOUCHER,
        "[[section]]",
        '[[slot]]\nid = "p"\ntext = "证"\ntext_en = "P"\ntypes = ["pdf"]\n[[section]]',
        "[[slot]]",
        "不交附件",
    ),
}
