"""The schemes of the small policy: a voucher, a subsidy with every kind of entry, a reward."""

from __future__ import annotations

from tests.core.small_files import SOURCE

SANCTION = 'sanction = ["真实", "退回"]\nsanction_en = ["True", "Paid back"]\n'

SUBSIDY = f"""\
scheme = "subsidy"
programme = "voucher"
name = "补助"
name_en = "Subsidy"
summary = "补一部分。"
summary_en = "A share."
kind = "subsidy"
measure = 10
deciding = "city"
rate = {{ by = "depth", rows = {{ shallow = 2_000, deep = 3_000 }} }}
first_cap_fen = 40_000
later_cap_fen = 30_000
yearly_cap_fen = 60_000
ceiling_fen = 900_000
accept_months = 3
in_force = {{ from = 2025-01-01 }}
{SANCTION}{SOURCE}
[practice]
source = {{ document = "惯例", confidence = "default" }}
[cap]
by = "depth"
rows = {{ shallow = 20_000, deep = 50_000 }}
[sharing]
province = 5_000
city = 3_000
county = 2_000
[city_ceilings_fen]
420100 = 500_000
[[instalment]]
share_bps = 7_000
when = "approved"
[[instalment]]
share_bps = 3_000
when = "accepted"
[[cost]]
id = "software"
text = "软件"
text_en = "Software"
[[cost]]
id = "service"
text = "服务"
text_en = "Service"
counted_bps = 5_000
most_bps = 3_000
help = "部署。"
help_en = "Deployment."
source = {{ document = "另一份", confidence = "default" }}
[[cost]]
id = "machine"
text = "设备"
text_en = "Machines"
counted_bps = 0
[[need]]
id = "invoice"
text = "发票"
text_en = "Invoice"
[[need]]
id = "photo"
text = "照片"
text_en = "Picture"
required = false
"""

COUPON = f"""\
scheme = "coupon"
programme = "voucher"
name = "抵扣券"
name_en = "Coupon"
summary = "先到先得。"
summary_en = "First come."
kind = "voucher"
settlement = "set_off"
payee = "provider"
granting = "first_come"
valid_days = 90
purse = "voucher"
in_force = {{ from = 2025-01-01, until = 2025-12-31 }}
{SANCTION}{SOURCE}
[fixed]
by = "employees"
rows = {{ 1 = 1_000, 20 = 2_000 }}
[[cost]]
id = "cloud"
text = "云"
text_en = "Cloud"
"""

AWARD = f"""\
programme = "scene"
name = "场景奖补"
name_en = "Award"
summary = "一次性。"
summary_en = "Once."
kind = "reward"
matched = false
cap = {{ fen = 50_000_000 }}
in_force = {{ from = 2024-06-01 }}
{SANCTION}{SOURCE}"""

FUND = f"""\
programme = "voucher"
year = 2026
name = "资金"
name_en = "Pool"
pool_fen = 1_000_000
plan = "2023"
each_fen = 900_000
enterprise_bps = 8_000
{SOURCE}
[[portion]]
share_bps = 4_000
after = "备案"
after_en = "Filed"
[[portion]]
share_bps = 6_000
after = "验收"
after_en = "Accepted"
"""

SCHEMES = {
    "schemes/subsidy-2025.toml": SUBSIDY,
    "schemes/coupon-2025.toml": COUPON,
    "schemes/award.toml": AWARD,
    "funding/voucher-2026.toml": FUND,
}
