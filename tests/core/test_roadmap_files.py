"""Faults planted in a copy of the shipped prices are found at their line, with their mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dengta.core.policy import SHIPPED, check, shipped
from dengta.core.scoring import Scorer

FILE = "roadmaps/miit-2024.toml"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('needs = ["equipment 2"]', 'needs = ["equipmen 2"]', "是否应为 equipment"),
        ('needs = ["equipment 2"]', 'needs = ["equipment 7"]', "没有标准价"),
        ('needs = ["equipment 2"]', 'needs = ["q1 B"]', "场景只能以场景为前提"),
        ('needs = ["equipment 2"]', 'needs = ["equipment"]', "应为题目或场景加等级"),
        ('needs = ["equipment 2"]', 'needs = ["production_control 4"]', "绕回自己"),
        ('id = "quality"', 'id = "qualty"', "是否应为 quality"),
        ('to = "E", price_fen = 12_000_000', 'to = "H", price_fen = 12_000_000', "q3 没有"),
        ("price_fen = 8_000_000,", "price_fen = 8.5,", "金额以分"),
        ('cap = "annual_cap_fen"', 'cap = "yearly_cap_fen"', "是否应为 annual_cap_fen"),
        ('row = "business"', 'row = "busines"', "是否应为 business"),
        (', row = "business"', "", "缺少 row"),
        ('covers = "cloud"', 'covers = "clouds"', "请从中选一个：cloud、eligible"),
        ('"not_supplier"', '"not_suplier"', "是否应为 not_supplier"),
        ('used = "vouchers_this_year_fen"', 'used = "vouchers_this_year"', "没有这个金额事实"),
        ("level = 3, rate", "level = 2, rate", "等级更高的，补得反而不多"),
        (
            'rate = "rate_3_bps", cap = "cap_3_fen"',
            'rate = "rate_2_bps", cap = "x"',
            "没有这个数值",
        ),
        ('programme = "wuhan_pilot"', 'programme = "cloud_voucher"', "已见于"),
        ("5, eligible = false", '5, eligible = "no"', "eligible 应为 true 或 false"),
        ('programme = "cloud_voucher"', 'programme = "cloud_vouchers"', "没有这个遴选事项"),
        ("source = {", "# source = {", "缺少 source"),
    ],
)
def test_a_planted_fault_is_found_at_its_line(
    before: str, after: str, says: str, tmp_path: Path
) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "hubei" / FILE
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    line = text[: text.index(before)].count("\n") + 1
    faults = check(tmp_path / "hubei")
    here = [fault for fault in faults if says in fault.said("zh")]
    assert here, [str(fault) for fault in faults]
    assert here[0].line in (line, 1)
    assert here[0].mend.zh
    assert here[0].mend.en


def test_only_instruments_whose_steps_add_up_can_have_a_roadmap(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "hubei" / FILE).read_text(encoding="utf-8")
    for id, instrument in shipped().instruments.items():
        path = tmp_path / "hubei" / "roadmaps" / f"{id}.toml"
        path.write_text(text, encoding="utf-8")
        said = [fault.said("zh") for fault in check(tmp_path / "hubei")]
        refused = any(f"{id} 不能排路线" in fault for fault in said)
        assert refused is not Scorer(instrument).plain
        if id != "miit-2024":
            path.unlink()
