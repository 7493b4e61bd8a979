"""A product's file becomes a frozen record; each kind of fault in it is found at its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dengta.core.loans import Bank, period_of
from dengta.core.policy import check, load
from dengta.core.shapes import Text
from tests.core.planted_instruments import Planted
from tests.core.small_files import SOURCE
from tests.core.small_policy import line_of, spoil, write

LOAN, FUND = "shire/loans/credit.toml", "shire/loans/stake.toml"
FILES = {
    "shire/programmes/credit.toml": f"""\
name = "信用贷"
name_en = "Credit"
kind = "finance"
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[[clause]]
id = "open"
text = "面向公众"
text_en = "Open"
when = "open_to_public"
""",
    LOAN: f"""\
name = "信用贷"
name_en = "Credit"
summary = "纯信用。"
summary_en = "No security."
kind = "loan"
programme = "credit"
lead = "省厅"
lead_en = "Department"
least_fen = 100
most_fen = 1_000
months = 36
rhythm = "quarterly"
grant_months = 6
county_days = 10
city_days = 5
answer_days = 2
measure = 10
scope = ["uscc", "employees"]
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[[bank]]
id = "a-bank"
name = "甲银行"
name_en = "Bank A"
[[bank]]
id = "b-bank"
name = "乙银行"
name_en = "Bank B"
""",
    FUND: f"""\
name = "基金"
name_en = "Fund"
summary = "股权。"
summary_en = "Equity."
kind = "fund"
lead = "集团"
lead_en = "Group"
pool_fen = 1_000_000
in_force = {{ from = 2025-01-01 }}
{SOURCE}""",
}
BANKS = FILES[LOAN][FILES[LOAN].index("[[bank]]") :]
PLANTED = {
    "a product of no kind": Planted(LOAN, '"loan"', '"lease"', "kind", "不能是"),
    "no programme": Planted(LOAN, 'programme = "credit"\n', "", "name", "缺少 programme"),
    "no such programme": Planted(LOAN, '= "credit"', '= "credits"', "programme", "credits"),
    "a programme of another kind": Planted(
        LOAN, '= "credit"', '= "voucher"', "programme", "不是融资事项"
    ),
    "no bank": Planted(LOAN, BANKS, "", "name", "缺少 bank"),
    "a bank twice": Planted(LOAN, '"b-bank"', '"a-bank"', 'id = "a-bank"\nname = "乙', "已见于"),
    "no scope": Planted(LOAN, 'scope = ["uscc", "employees"]\n', "", "name", "缺少 scope"),
    "an unknown fact": Planted(LOAN, '"employees"', '"employes"', "scope", "是否应为 employees"),
    "a fact twice": Planted(LOAN, '"employees"', '"uscc"', "scope", "写了两次"),
    "nobody's code": Planted(LOAN, '"uscc", ', "", "scope", "认不出是哪家企业"),
    "the least above the most": Planted(LOAN, "= 1_000\n", "= 10\n", "least_fen", "大于 most_fen"),
    "a sum of nothing": Planted(LOAN, "= 1_000\n", "= 0\n", "most_fen", "超出范围"),
    "a sum with decimals": Planted(LOAN, "= 1_000\n", "= 1.5\n", "most_fen", "请改为整数"),
    "days of no office": Planted(LOAN, "county_days = 10\n", "", "name", "缺少 county_days"),
    "a rhythm of no kind": Planted(LOAN, '"quarterly"', '"weekly"', "rhythm", "不能是"),
    "a measure of no plan": Planted(LOAN, "measure = 10", "measure = 77", "measure", "编号为 77"),
    "no source": Planted(LOAN, "source =", "# source =", "# source", "缺少 source"),
    "a fund without its size": Planted(FUND, "pool_fen", "# pool_fen", "name", "缺少 pool_fen"),
    "a fund with a scope": Planted(
        FUND, "pool_fen", 'scope = ["uscc"]\npool_fen', "scope", "不经白名单"
    ),
    "an unknown key": Planted(FUND, "pool_fen", "polo_fen = 1\npool_fen", "polo_fen", "pool_fen"),
}


def province(folder: Path) -> Path:
    """The small policy with a loan, a fund, and the programme that decides on the loan."""
    made = write(folder)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_at_its_line(planted: Planted, tmp_path: Path) -> None:
    made = province(tmp_path)
    path = tmp_path / planted.file
    spoil(path, planted.before, planted.after)
    line = 1 if planted.at == "# source" else line_of(path, planted.at)
    faults = check(made)
    here = [fault for fault in faults if fault.file == str(path) and fault.line == line]
    assert any(planted.says in str(fault) for fault in here), [str(fault) for fault in faults]


def test_a_bank_has_one_name_in_all_products(tmp_path: Path) -> None:
    made = province(tmp_path)
    other = FILES[LOAN].replace("乙银行", "丙银行")
    (tmp_path / "shire/loans/more.toml").write_text(other, encoding="utf-8")
    (fault,) = check(made)
    assert "银行 b-bank 在别处名为 乙银行" in fault.message.zh


def test_everything_a_file_says_is_in_the_record(tmp_path: Path) -> None:
    policy = load(province(tmp_path))
    loan, fund = policy.loan("credit"), policy.loan("stake")
    assert (loan.kind, loan.programme, loan.months) == ("loan", "credit", 36)
    assert (loan.least_fen, loan.most_fen, loan.scope) == (100, 1_000, ("uscc", "employees"))
    assert (loan.county_days, loan.city_days, loan.answer_days) == (10, 5, 2)
    assert loan.bank("b-bank") == Bank("b-bank", Text("乙银行", "Bank B"))
    assert (fund.kind, fund.pool_fen, fund.banks) == ("fund", 1_000_000, ())
    assert [each.id for each in policy.loans] == ["credit", "stake"]
    for unknown in (policy.loan, loan.bank):
        with pytest.raises(KeyError):
            unknown("nothing")


@pytest.mark.parametrize(("rhythm", "period"), [
    ("quarterly", "2026Q2"), ("monthly", "2026-04"), ("daily", "2026-04-01"),
])  # fmt: skip
def test_a_day_lies_in_one_period(rhythm: str, period: str) -> None:
    assert period_of(rhythm, dt.date(2026, 4, 1)) == period  # type: ignore[arg-type]
