"""The faults to plant in the small policy's schemes and funds, each with the line where it must be
found."""

from __future__ import annotations

from tests.core.planted_instruments import Planted

SUBSIDY = "shire/schemes/subsidy-2025.toml"
COUPON = "shire/schemes/coupon-2025.toml"
AWARD = "shire/schemes/award.toml"
POOL = "shire/funding/voucher-2026.toml"
LAST_COST = '[[cost]]\nid = "machine"'

GRANTED = {
    # Programme, period, measure, editions.
    "a scheme of no programme": Planted(
        SUBSIDY, 'programme = "voucher"', 'programme = "vouchers"', "programme", "是否应为 voucher"
    ),
    "a scheme before its programme": Planted(
        AWARD, "2024-06-01", "2023-06-01", "in_force", "2023-06-01 没有生效的版本"
    ),
    "a sample of what is none": Planted(
        AWARD, "matched", "sample = true\nmatched", "sample", "sample 是 false"
    ),
    "a scheme's measure of no plan": Planted(
        SUBSIDY, "measure = 10", "measure = 11", "measure", "编号为 11"
    ),
    "two editions of a scheme at once": Planted(
        SUBSIDY, 'scheme = "subsidy"', 'scheme = "coupon"', "in_force", "有效期重叠"
    ),
    "an edition that changes its programme": Planted(
        SUBSIDY, 'scheme = "subsidy"', 'scheme = "award"', "programme", "不能换事项"
    ),
    "a stranger among a scheme's keys": Planted(
        SUBSIDY, "accept_months", "accepts_months", "accepts_months", "是否应为 accept_months"
    ),
    "a scheme of no kind": Planted(AWARD, 'kind = "reward"', 'kind = "award"', "kind", "不能是"),
    "no terms of sanction": Planted(
        AWARD, 'sanction = ["真实", "退回"]\n', "", "programme", "缺少 sanction"
    ),
    "terms of sanction in one language": Planted(
        AWARD, '["True", "Paid back"]', '["True"]', "sanction_en", "一一对应"
    ),
    # Sums and lists.
    "purses that make less": Planted(
        SUBSIDY, "county = 2_000", "county = 1_999", "[sharing]", "合计 9999"
    ),
    "a purse of no level": Planted(
        SUBSIDY, "county = 2_000", "country = 2_000", "country", "是否应为 county"
    ),
    "instalments that make more": Planted(
        SUBSIDY, "share_bps = 3_000", "share_bps = 3_001", "share_bps = 3_001", "合计 10001"
    ),
    "instalments out of order": Planted(
        SUBSIDY,
        '"approved"\n[[instalment]]\nshare_bps = 3_000\nwhen = "accepted"',
        '"accepted"\n[[instalment]]\nshare_bps = 3_000\nwhen = "approved"',
        'when = "approved"',
        "先后",
    ),
    "a kind of cost twice": Planted(
        SUBSIDY, 'id = "service"', 'id = "software"', 'id = "software"\ntext = "服务"', "费用类别"
    ),
    "a paper twice": Planted(
        SUBSIDY, 'id = "photo"', 'id = "invoice"', 'id = "invoice"\ntext = "照片"', "材料"
    ),
    "a share above the whole": Planted(
        SUBSIDY, "deep = 3_000", "deep = 10_001", "rate", "超出范围"
    ),
    # The amount.
    "a rate by no fact": Planted(SUBSIDY, 'by = "depth"', 'by = "dept"', "rate", "是否应为 depth"),
    "a rate by a fact without values": Planted(
        SUBSIDY, 'by = "depth"', 'by = "uscc"', "rate", "不能分档"
    ),
    "a rate by money": Planted(SUBSIDY, 'by = "depth"', 'by = "spend_fen"', "rate", "不能分档"),
    "a rate of no value": Planted(SUBSIDY, "{ shallow =", "{ shalow =", "rate", "shallow"),
    "a number beyond a fact's range": Planted(COUPON, "20 = 2_000", "-1 = 2_000", "rows", "-1"),
    "a number that is no number": Planted(COUPON, "20 = 2_000", "020 = 2_000", "rows", "020"),
    "no rows": Planted(COUPON, "{ 1 = 1_000, 20 = 2_000 }", "{ }", "rows", "没有一行"),
    "rows and an amount": Planted(COUPON, 'by = "employees"', "fen = 1_000", "[fixed]", "写法不全"),
    "a rate in fen": Planted(AWARD, "{ fen = 50_000_000 }", "{ bps = 5_000 }", "cap", "写法不全"),
    "rate and fixed": Planted(
        SUBSIDY, "deciding", "fixed = { fen = 1 }\ndeciding", "fixed", "不能并用"
    ),
    "neither rate nor fixed": Planted(
        AWARD, 'kind = "reward"', 'kind = "subsidy"', "kind", "没有写补多少"
    ),
    "a rate without its cap": Planted(
        SUBSIDY, "rows = { shallow = 20_000, ", "rows = { ", "rows = { deep", "会算成 0"
    ),
    "bound by a payment that nobody makes": Planted(
        AWARD, "matched = false", "matched = true", "matched", "会算成 0"
    ),
    # Vouchers.
    "a voucher that holds for ever": Planted(
        COUPON, "valid_days = 90\n", "", "scheme", "缺少 valid_days"
    ),
    "days of a subsidy": Planted(
        SUBSIDY, "deciding", "valid_days = 90\ndeciding", "valid_days", "只有服务券"
    ),
    "a subsidy that is set off": Planted(
        SUBSIDY, "deciding", 'settlement = "set_off"\ndeciding', "settlement", "只有服务券"
    ),
    "a subsidy for the provider": Planted(
        SUBSIDY, "deciding", 'payee = "provider"\ndeciding', "payee", "只有服务券"
    ),
    "a set-off paid to the firm": Planted(
        COUPON, 'payee = "provider"', 'payee = "enterprise"', "payee", "付给供应商"
    ),
    "first come without an amount": Planted(
        AWARD,
        "cap = { fen = 50_000_000 }",
        'granting = "first_come"',
        "granting",
        "不知道每份多少",
    ),
    "first come without a fund": Planted(
        AWARD, "matched", 'granting = "first_come"\nmatched', "granting", "没有资金池"
    ),
    "a purse of no programme": Planted(
        COUPON, 'purse = "voucher"', 'purse = "vouchers"', "purse", "是否应为 voucher"
    ),
    "first come from a purse without a fund": Planted(
        COUPON, 'purse = "voucher"', 'purse = "scene"', "granting", "scene 没有资金池"
    ),
    # Limits.
    "a cap above that of the year": Planted(
        SUBSIDY, "first_cap_fen = 40_000", "first_cap_fen = 60_001", "first_cap_fen", "每年封顶"
    ),
    "a cap above the ceiling": Planted(
        SUBSIDY, "yearly_cap_fen = 60_000", "yearly_cap_fen = 900_001", "yearly_cap", "全年总额"
    ),
    "a cap above the fund": Planted(
        COUPON, "20 = 2_000", "20 = 900_001", "[fixed]", "资金池 voucher-2026"
    ),
    "a ceiling above the fund": Planted(
        SUBSIDY, "ceiling_fen = 900_000", "ceiling_fen = 900_001", "ceiling", "voucher-2026"
    ),
    "a ceiling of no city": Planted(SUBSIDY, "420100 =", "420102 =", "420102", "市州"),
    "a city above the ceiling": Planted(
        SUBSIDY, "420100 = 500_000", "420100 = 900_001", "420100", "全年总额"
    ),
    # Funds.
    "a fund of no plan": Planted(POOL, 'plan = "2023"', 'plan = "2024"', "plan", "方案"),
    "portions that make less": Planted(
        POOL, "share_bps = 6_000", "share_bps = 5_000", "share_bps = 5_000", "合计 9000"
    ),
    "more for each than for all": Planted(
        POOL, "each_fen = 900_000", "each_fen = 1_000_001", "each_fen", "资金池"
    ),
    "portions of nothing": Planted(
        POOL, "each_fen = 900_000\nenterprise_bps = 8_000\n", "", "[[portion]]", "没有写每地多少"
    ),
    "a share for firms of nothing": Planted(
        POOL, "each_fen = 900_000\n", "", "enterprise_bps", "没有写每地多少"
    ),
    "a portion in one language": Planted(
        POOL, 'after_en = "Filed"\n', "", "[[portion]]", "缺少 after_en"
    ),
}
