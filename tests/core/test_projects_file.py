"""The file of project rules becomes frozen records; each kind of fault in it is found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dengta.core.policy import check, load, shipped
from dengta.core.projects import drawn
from tests.core.small_files import SOURCE
from tests.core.small_policy import write

TERM = """\
[[term]]
id = "{id}"
kind = "{kind}"
text = "条款"
text_en = "A term"
"""
RULE = f"""\
[[rule]]
id = "one"
programme = "voucher"
name = "项目"
name_en = "Projects"
window_months = 3
publicity_workdays = 5
usage_months = [6, 12]
in_force = {{ from = 2025-01-01 }}
{SOURCE}
[[rule.paper]]
id = "contract"
text = "合同"
text_en = "Contract"
at = "filing"
[[rule.effect]]
id = "cost"
text = "成本"
text_en = "Costs"
unit = "%"
unit_en = "%"
"""
WHOLE = TERM.format(id="a", kind="sanction") + TERM.format(id="b", kind="data") + RULE
FAULTS = {
    "no terms about data": (TERM.format(id="b", kind="data"), "", "kind = data"),
    "a term twice": ('id = "b"', 'id = "a"', "已见于"),
    "no such programme": ('programme = "voucher"', 'programme = "vouchers"', "vouchers"),
    "no such scheme": ("window_months", 'scheme = "none"\nwindow_months', "没有这个补助办法"),
    "no window": ("window_months = 3\n", "", "缺少 window_months"),
    "months that fall": ("[6, 12]", "[12, 6]", "逐个增大"),
    "months of another kind": ("[6, 12]", '"6"', "整数列表"),
    "a paper of no moment": ('at = "filing"', 'at = "never"', "不能是"),
    "an unknown key": ("usage_months", "usage_month", "usage_month"),
}


def province(folder: Path, text: str) -> Path:
    """The small policy with this file of rules."""
    made = write(folder)
    (made / "projects.toml").write_text(text, encoding="utf-8")
    return made


def test_a_rule_is_read(tmp_path: Path) -> None:
    made = province(tmp_path, WHOLE)
    assert check(made) == []

    rule = load(made).project_rule("voucher", dt.date(2026, 1, 1))

    assert (rule.window_months, rule.usage_months, rule.least_level) == (3, (6, 12), 1)
    assert {term.kind for term in rule.terms} == {"sanction", "data"}
    assert rule.papers_at("filing") == (rule.paper("contract"),)
    with pytest.raises(KeyError):
        load(made).project_rule("voucher", dt.date(2024, 12, 31))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(tmp_path: Path, name: str) -> None:
    old, new, said = FAULTS[name]
    assert old in WHOLE

    found = check(province(tmp_path, WHOLE.replace(old, new, 1)))

    assert any(said in str(fault) for fault in found), found


def test_two_editions_do_not_overlap(tmp_path: Path) -> None:
    found = check(province(tmp_path, WHOLE + RULE.replace('id = "one"', 'id = "two"', 1)))

    assert ["重叠" in str(fault) for fault in found] == [True]


def test_the_shipped_rules_know_their_scheme_and_ask_for_dated_screenshots() -> None:
    rule = shipped().project_rule("wuhan_pilot", dt.date(2026, 3, 16))

    assert rule.scheme == "wuhan-pilot"
    assert any(paper.dated and paper.figures for paper in rule.papers_at("acceptance"))


def test_the_lot_falls_on_its_share_and_can_be_drawn_again() -> None:
    seeds = [f"YS2026-{n:05d}" for n in range(2_000)]
    hit = [drawn(seed, 1_000) for seed in seeds]

    assert 140 < sum(hit) < 260
    assert hit == [drawn(seed, 1_000) for seed in seeds]
    assert not any(drawn(seed, 0) for seed in seeds) and all(drawn(s, 10_000) for s in seeds)
