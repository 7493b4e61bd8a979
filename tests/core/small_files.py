"""The small policy's instruments that use every form there is, and their situations."""

from __future__ import annotations

SOURCE = 'source = { document = "D", number = "1", confidence = "found" }\n'

INSTRUMENTS = {
    "instruments/wide.toml": f"""\
name = "宽表"
name_en = "Wide"
decimals = 1
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[applies_to]
industries = ["C", "13"]
purposes = ["self"]
[[node]]
id = "means"
text = "手段"
text_en = "Means"
weight = 60
aggregate = "mean"
[[node]]
id = "ends"
text = "成效"
text_en = "Ends"
weight = 40
[[question]]
id = "rate"
node = "means"
kind = "number"
text = "联网率"
text_en = "Connected"
figures = ["online", "devices"]
options = [
  {{ id = "A", text = "不超过一成", text_en = "At most 10 %", weight = 0 }},
  {{ id = "B", text = "一成以上", text_en = "Above 10 %", weight = 50, above = 10 }},
  {{ id = "C", text = "四成以上", text_en = "Above 40 %", weight = 100, above = 40 }},
]
[[question]]
id = "areas"
node = "means"
kind = "matrix"
text = "投入"
text_en = "Invested"
rows = [
  {{ id = "r1", text = "研发", text_en = "Research" }},
  {{ id = "r2", text = "生产", text_en = "Production" }},
]
columns = [
  {{ id = "0", text = "没有", text_en = "No", weight = 0 }},
  {{ id = "2", text = "已有", text_en = "Yes", weight = 100 }},
]
[[question]]
id = "skills"
node = "means"
kind = "multi"
text = "技能"
text_en = "Skills"
options = [
  {{ id = "A", text = "无", text_en = "None", exclusive = true }},
  {{ id = "B", text = "培训", text_en = "Training" }},
  {{ id = "C", text = "招聘", text_en = "Hiring" }},
  {{ id = "D", text = "外包", text_en = "Outsourcing" }},
]
[[question]]
id = "income"
node = "ends"
kind = "change"
weight = 50
text = "收入"
text_en = "Income"
figures = ["income_now", "income_before"]
flat_bps = 100
options = [
  {{ id = "A", text = "降低", text_en = "Down", weight = 0, when = "down" }},
  {{ id = "B", text = "持平", text_en = "Flat", weight = 50, when = "flat" }},
  {{ id = "C", text = "增加", text_en = "Up", weight = 100, when = "up" }},
]
[[question]]
id = "stage"
node = "ends"
kind = "scale"
weight = 50
text = "阶段"
text_en = "Stage"
columns = [
  {{ id = "0", text = "没有", text_en = "None" }},
  {{ id = "1", text = "起步", text_en = "Begun" }},
  {{ id = "2", text = "成熟", text_en = "Mature" }},
]
[[figure]]
id = "devices"
text = "设备"
text_en = "Devices"
low = 0
high = 10_000
[[figure]]
id = "online"
text = "联网设备"
text_en = "Devices online"
low = 0
high = 10_000
[[figure]]
id = "income_now"
text = "本年收入"
text_en = "Income now"
unit = "万元"
unit_en = "10,000 yuan"
low = 0
high = 1_000_000
decimals = 2
fact = "revenue_fen"
per_unit = 1_000_000
tolerance_bps = 1_000
[[figure]]
id = "income_before"
text = "上年收入"
text_en = "Income before"
low = 0
high = 1_000_000
[[contradiction]]
id = "more_online"
text = "联网的比总数多"
text_en = "More are online than there are"
items = ["online", "devices"]
when = "online > devices"
[[contradiction]]
id = "alone"
text = "没有技能却有成果"
text_en = "Results without skills"
each = ["stage", "income"]
items = ["each", "skills"]
when = "each >= 1 AND skills HAS 'A'"
[[carry]]
from = "level"
items = {{ income = "q2" }}
[[gate]]
level = 1
name = "起步"
name_en = "Begun"
score = 300
nodes = {{ means = 250 }}
items = {{ count = 1, level = 1 }}
[[gate]]
level = 2
name = "成熟"
name_en = "Mature"
score = 700
nodes = {{ means = 500 }}
items = {{ count = 1, level = 2 }}
[[variant]]
id = "wide-even"
name = "宽表（均分）"
name_en = "Wide, even"
weights = {{ means = 50, ends = 50 }}
""",
    "instruments/ladder.toml": f"""\
name = "阶梯"
name_en = "Ladder"
aggregate = "sum_of_levels"
full = 2
decimals = 2
level_met = 80
{SOURCE}
[[node]]
id = "people"
text = "人员"
text_en = "People"
weight = 30
[[node]]
id = "work"
text = "作业"
text_en = "Work"
weight = 70
[[question]]
id = "people1"
node = "people"
kind = "requirements"
level = 1
weight = 100
text = "人员一级"
text_en = "People, level 1"
rows = [{{ id = "a", text = "有人", text_en = "Somebody" }}]
[[question]]
id = "people2"
node = "people"
kind = "requirements"
level = 2
weight = 100
text = "人员二级"
text_en = "People, level 2"
rows = [{{ id = "a", text = "有专人", text_en = "A post" }}]
[[question]]
id = "work1"
node = "work"
kind = "requirements"
level = 1
weight = 100
text = "作业一级"
text_en = "Work, level 1"
rows = [
  {{ id = "a", text = "有", text_en = "There" }},
  {{ id = "b", text = "用", text_en = "Used" }},
]
[[question]]
id = "work2"
node = "work"
kind = "requirements"
level = 2
weight = 100
text = "作业二级"
text_en = "Work, level 2"
rows = [{{ id = "a", text = "成套", text_en = "Whole" }}]
[[gate]]
level = 1
name = "一"
name_en = "One"
score = 80
[[gate]]
level = 2
name = "二"
name_en = "Two"
score = 180
[[variant]]
id = "ladder-work"
name = "阶梯（只看作业）"
name_en = "Ladder, work only"
weights = {{ people = 0, work = 100 }}
""",
    "instruments/old.toml": f"""\
name = "旧版"
name_en = "Old edition"
recorded_only = true
{SOURCE}
[[gate]]
level = 1
name = "一"
name_en = "One"
score = 20
[[gate]]
level = 2
name = "二"
name_en = "Two"
score = 40
""",
    "instruments/bands.toml": f"""\
name = "档"
name_en = "Bands"
aggregate = "none"
{SOURCE}
[[node]]
id = "process"
text = "流程"
text_en = "Process"
[[question]]
id = "vertical"
node = "process"
kind = "scale"
text = "纵向"
text_en = "Vertical"
columns = [
  {{ id = "0", text = "没有", text_en = "None" }},
  {{ id = "3", text = "集成", text_en = "Integrated" }},
  {{ id = "5", text = "智能", text_en = "Intelligent" }},
]
""",
}

SITUATIONS = {
    "situations/wide.toml": """\
[[case]]
name = "宽表一级"
instrument = "wide"
expect = { score = "43.33", level = 1, nodes = { means = "55.56", ends = "25" } }
answers = { rate = "B", areas = "20", skills = "BC", income = "118/120.5", stage = "1" }
[[case]]
name = "联网的比总数多，收入与年报不符"
instrument = "wide-even"
answers = { online = "12", devices = 10, rate = "A", income_now = "200.5" }
expect = { contradictions = ["more_online", "band:rate", "fact:income_now"] }
facts = { revenue_fen = 100_000_000 }
[[case]]
name = "旧版只记总分"
instrument = "old"
total = "39.999"
expect = { score = "39.999", level = 1 }
[[case]]
name = "一级算满足"
instrument = "ladder"
answers = { people1 = "1", work1 = "88", people2 = "5", work2 = "0" }
expect = { score = "1.15", level = 1 }
[[case]]
name = "档位"
instrument = "bands"
answers = { vertical = "3" }
expect = { bands = { vertical = 3 }, nodes = { process = "3" }, missing = [] }
""",
}
