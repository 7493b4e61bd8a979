"""The selections of the small policy: one with every kind of entry, one that is instant."""

from __future__ import annotations

from tests.core.small_files import SOURCE

SCENE = f"""\
programme = "scene"
name = "场景遴选"
name_en = "Selection of scenarios"
summary = "选一批场景。"
summary_en = "Some scenarios are selected."
applicant = "enterprise"
measure = 10
steps = ["county_check", "city_recommend", "formal_check", "panel", "publicity"]
title = "innovative"
once = "year"
excludes = ["voucher"]
sector = "kind"
validity_years = 3
publicity_workdays = 7
reserve_bps = 1_000
pledge = ["真实", "愿意配合"]
pledge_en = ["True", "We cooperate"]
in_force = {{ from = 2024-06-01 }}
{SOURCE}
[practice]
source = {{ document = "惯例", confidence = "default" }}
[days]
county_check = 10
city_recommend = 10
formal_check = 5
panel = 20
[panel]
size = 7
load = 20
blind = true
[[quota]]
by = "round"
limit = 10
at = "award"
[[quota]]
by = "city"
limit = 3
at = "recommend"
table = {{ 420100 = 6 }}
[[quota]]
by = "industry"
limit = 4
at = "award"
table = {{ making = 6 }}
[[floor]]
by = "industry"
least = 3
values = ["making", "selling"]
[[floor]]
by = "city"
least = 1
values = ["420200"]
[[section]]
id = "firm"
text = "单位"
text_en = "Applicant"
[[section]]
id = "scene"
text = "场景"
text_en = "Scenario"
[[field]]
fact = "uscc"
section = "firm"
masked = true
[[field]]
fact = "employees"
section = "firm"
high = 5_000
[[field]]
fact = "depth"
section = "scene"
required = false
[[field]]
fact = "open_to_public"
section = "scene"
[[field]]
id = "kind"
section = "scene"
text = "类别"
text_en = "Kind"
type = "choice"
values = {{ making = "制造", selling = "销售" }}
values_en = {{ making = "Making", selling = "Selling" }}
[[field]]
id = "story"
section = "scene"
text = "做法"
text_en = "What was done"
type = "long_text"
most = 1_500
[[field]]
id = "users"
section = "scene"
text = "用户数"
text_en = "Users"
type = "integer"
low = 0
high = 1_000
[[slot]]
id = "proof"
text = "证明"
text_en = "Proof"
types = ["pdf", "jpg"]
most = 3
[[slot]]
id = "other"
text = "其他"
text_en = "Other"
required = false
types = ["pdf"]
[[criterion]]
id = "effect"
text = "成效"
text_en = "Effect"
weight = 60
tie = 1
source = {{ document = "方案", confidence = "found" }}
anchors = [
  {{ score = 30, text = "低", text_en = "Low" }},
  {{ score = 60, text = "中", text_en = "Fair" }},
  {{ score = 90, text = "高", text_en = "High" }},
]
[[criterion]]
id = "spread"
text = "推广"
text_en = "Spread"
weight = 40
tie = 2
anchors = [
  {{ score = 20, text = "少", text_en = "Few" }},
  {{ score = 50, text = "有", text_en = "Some" }},
  {{ score = 80, text = "多", text_en = "Many" }},
]
"""
VOUCHER = f"""\
name = "服务券免申即享"
name_en = "Voucher, instant"
summary = "不用填表。"
summary_en = "Nothing is filled in."
applicant = "enterprise"
steps = ["formal_check", "publicity"]
instant = true
pledge = ["属实"]
pledge_en = ["True"]
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[days]
formal_check = 5
[[section]]
id = "firm"
text = "企业"
text_en = "Enterprise"
[[field]]
fact = "uscc"
section = "firm"
"""
SELECTIONS = {
    "practice.toml": f"""\
{SOURCE}
[[value]]
id = "publicity_workdays_least"
text = "公示"
text_en = "Publicity"
type = "integer"
amount = 5
""",
    "selections/scene-2025.toml": SCENE,
    "selections/voucher.toml": VOUCHER,
}
