"""A small policy that uses every kind of file, to be copied, spoilt and checked."""

from __future__ import annotations

from pathlib import Path

from tests.core.small_files import INSTRUMENTS, SITUATIONS, SOURCE
from tests.core.small_schemes import SCHEMES
from tests.core.small_selections import SELECTIONS

BASE = {
    "policy.toml": 'id = "land"\nname = "国"\nname_en = "Land"\n',
    "facts.toml": """\
[employees]
term = "从业人员"
term_en = "Employees"
type = "integer"
app = "registry"
unit = "人"
unit_en = "people"
low = 0
high = 10_000_000

[revenue_fen]
term = "营业收入"
term_en = "Revenue"
type = "fen"
app = "registry"
low = 0
high = 100_000_000_000_000

[depth]
term = "深度"
term_en = "Depth"
type = "text"
app = "funding"
values = { shallow = "浅", deep = "深" }
values_en = { shallow = "Shallow", deep = "Deep" }

[titles]
term = "称号"
term_en = "Titles"
type = "set"
app = "registry"
[titles.values]
innovative = "创新型"
[titles.values_en]
innovative = "Innovative"

[open_to_public]
term = "面向公众"
term_en = "Open to the public"
type = "bool"
app = "catalogue"

[established_date]
term = "成立日期"
term_en = "Established"
type = "date"
app = "registry"

[uscc]
term = "统一社会信用代码"
term_en = "Unified social credit code"
type = "text"
app = "registry"

[industry_code]
term = "行业"
term_en = "Industry"
type = "text"
app = "registry"
codes = "industry"
""",
    "industries.toml": """\
[[section]]
code = "C"
name = "制造业"
name_en = "Manufacturing"
[[section]]
code = "J"
name = "金融业"
name_en = "Finance"
[[division]]
code = "13"
name = "农副食品"
name_en = "Food"
section = "C"
[[division]]
code = "66"
name = "货币金融"
name_en = "Banking"
section = "J"
""",
    "size_classes.toml": f"""\
outside = [
  "66",
]
[[row]]
id = "industry"
name = "工业"
name_en = "Industry"
prefixes = ["13"]
bounds = {{ employees = [1000, 300, 20], revenue_fen = [4000, 200, 30] }}
{SOURCE}""",
    "instruments/level.toml": f"""\
name = "测评"
name_en = "Assessment"
in_force = {{ from = 2024-01-01 }}
{SOURCE}
[[node]]
id = "basis"
text = "基础"
text_en = "Basis"
weight = 60
[[node]]
id = "effect"
text = "成效"
text_en = "Effect"
weight = 40
[[question]]
id = "q1"
node = "basis"
kind = "multi"
weight = 100
text = "网络"
text_en = "Network"
options = [
  {{ id = "A", text = "无", text_en = "None", weight = 0, exclusive = true }},
  {{ id = "B", text = "有线", text_en = "Wired", weight = 40 }},
  {{ id = "C", text = "无线", text_en = "Wireless", weight = 60 }},
]
[[question]]
id = "q2"
node = "effect"
kind = "single"
weight = 100
text = "质量"
text_en = "Quality"
options = [
  {{ id = "A", text = "降低", text_en = "Down", weight = 0 }},
  {{ id = "B", text = "提高", text_en = "Up", weight = 100 }},
]
[groups.making]
text = "生产"
text_en = "Making"
[[scenario]]
id = "quality"
group = "making"
text = "质量管理"
text_en = "Quality"
binding = true
criteria = ["一", "二"]
criteria_en = ["one", "two"]
[[gate]]
level = 1
name = "初始级"
name_en = "Initial"
score = 20
scenarios = 1
binding = 0
[[gate]]
level = 2
name = "规范级"
name_en = "Standardised"
score = 40
scenarios = 1
binding = 1
""",
    **INSTRUMENTS,
}

PROVINCE = {
    "policy.toml": 'id = "shire"\nname = "省"\nname_en = "Shire"\nextends = "land"\n',
    "glossary.toml": """\
[enterprise]
zh = "企业"
en = "enterprise"
definition = "依法登记的企业。"
definition_en = "A registered enterprise."
[voucher]
zh = "上云服务券"
en = "cloud voucher"
""",
    "facts.toml": """\
[spend_fen]
term = "上云费用"
term_en = "Cloud spend"
type = "fen"
app = "funding"
low = 0
high = 100_000_000_000
""",
    "regions.toml": """\
[[region]]
code = "420000"
name = "湖北省"
name_en = "Hubei"
level = "province"
[[region]]
code = "420100"
name = "武汉市"
name_en = "Wuhan"
level = "city"
parent = "420000"
tile = [4, 2]
[[region]]
code = "420200"
name = "黄石市"
name_en = "Huangshi"
level = "city"
parent = "420000"
tile = [5, 2]
[[region]]
code = "420102"
name = "江岸区"
name_en = "Jiang'an"
level = "county"
parent = "420100"
""",
    "plans/2023.toml": f"""\
name = "方案"
name_en = "Plan"
in_force = {{ from = 2023-12-01, until = 2026-12-31 }}
{SOURCE}
[[measure]]
number = 10
name = "上云"
name_en = "Cloud"
summary = "推动上云。"
summary_en = "Move to the cloud."
units = ["省经信厅"]
money = [{{ id = "pool", text = "资金", text_en = "Money", amount_fen = 5_000 }}]
""",
    "targets.toml": f"""\
[[target]]
id = "cloud"
plan = "2023"
name = "上云企业"
name_en = "Cloud enterprises"
amount = 100_000
unit = "家"
unit_en = "enterprises"
start = 2023-12-01
due = 2026-12-31
indicator = "cloud_enterprises"
{SOURCE}""",
    "programmes/voucher.toml": f"""\
name = "服务券"
name_en = "Voucher"
summary = "补一部分。"
summary_en = "A share."
kind = "voucher"
measure = 10
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[[value]]
id = "rate_bps"
text = "比例"
text_en = "Rate"
type = "bps"
by = "depth"
table = {{ shallow = 2_000, deep = 3_000 }}
[[value]]
id = "cap_fen"
text = "封顶"
text_en = "Cap"
type = "fen"
amount = 100_000
from = 2025-01-01
until = 2025-12-31
[[value]]
id = "cap_fen"
text = "封顶"
text_en = "Cap"
type = "fen"
amount = 200_000
from = 2026-01-01
[[derive]]
id = "share_fen"
text = "按比例"
text_en = "Share"
expr = "SHARE(spend_fen, rate_bps)"
[[clause]]
id = "small"
text = "人数不多"
text_en = "Few employees"
when = "employees < 1000"
[[clause]]
id = "spent"
text = "有投入"
text_en = "Has spent"
when = \"\"\"
spend_fen > 0
AND depth IN ('shallow', 'deep')
\"\"\"
[amount]
text = "不超过封顶"
text_en = "At most the cap"
expr = "LEAST(share_fen, cap_fen)"
""",
    "programmes/scene-2024.toml": f"""\
programme = "scene"
name = "场景"
name_en = "Scenario"
kind = "selection"
award_fen = 50_000_000
in_force = {{ from = 2024-01-01, until = 2024-12-31 }}
{SOURCE}
[[clause]]
id = "open"
text = "面向公众"
text_en = "Open"
when = "open_to_public"
""",
    "programmes/scene-2025.toml": f"""\
programme = "scene"
name = "场景"
name_en = "Scenario"
kind = "selection"
quota_per_year = 100
validity_years = 3
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[[clause]]
id = "open"
text = "面向公众"
text_en = "Open"
when = "open_to_public AND HAS(titles, 'innovative')"
""",
    "funding/voucher-2025.toml": f"""\
programme = "voucher"
year = 2025
name = "资金"
name_en = "Pool"
pool_fen = 5_000_000_000
{SOURCE}""",
    "situations/voucher.toml": """\
[[case]]
name = "二〇二五年封顶一千元"
as_of = 2025-06-01
expect = { eligible = "yes", amount_fen = 100_000, derived = { share_fen = 300_000 } }
[case.facts]
employees = 10
uscc = "914403001922038216"
depth = "deep"
spend_fen = 1_000_000

[[case]]
name = "人数没填"
as_of = 2026-06-01
expect = { eligible = "unknown", unknown = ["small"], missing = ["employees"], failed = [] }
facts = { depth = "deep", spend_fen = 1_000_000 }
""",
    "situations/scene.toml": """\
[[case]]
name = "不面向公众"
expect = { eligible = "no", failed = ["open"] }
facts = { open_to_public = false, titles = ["innovative"], established_date = 2020-01-01 }
""",
    **SITUATIONS,
    **SELECTIONS,
    **SCHEMES,
    "situations/level.toml": """\
[[case]]
name = "二级"
instrument = "level"
answers = { q1 = "B", q2 = "B", quality = 2 }
expect = { score = "64", level = 2 }
""",
}


def write(folder: Path) -> Path:
    """Write both directories under `folder`; the province, which extends the other."""
    for directory, files in (("land", BASE), ("shire", PROVINCE)):
        for name, text in files.items():
            path = folder / directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder / "shire"


def spoil(path: Path, before: str, after: str) -> None:
    """Replace the first occurrence of `before`, which must be there, in one file."""
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before!r} is not in {path.name}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    """The line on which `text` begins in a file."""
    whole = path.read_text(encoding="utf-8")
    return whole.count("\n", 0, whole.index(text)) + 1
