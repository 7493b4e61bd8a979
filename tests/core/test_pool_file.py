"""Entries of the pool in files: records from them, each kind of fault found at its line, and what
the shipped content promises."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from dengta.core import policy as policies
from dengta.core.drafts import Draft
from dengta.core.formats_pool import read_pool, references
from dengta.core.policy import SHIPPED, check, content, load, shipped
from dengta.core.reading import Fault, Sheet

FILE = "pool/garments.toml"
FAULTS = {
    "an id that is no address": ('"garments-cut-pack"', '"Cut Pack"', "写法不对"),
    "an id twice": ('"garments-cut-pack"', '"garments-fast-pack"', "已见于"),
    "a kind that there is not": ('kind = "package"', 'kind = "packages"', "没有这个条目类别"),
    "an unknown sub-industry": ('= "garments"', '= "garment"', "没有这个细分行业"),
    "an unknown scenario": (
        '[{ scenario = "scheduling"',
        '[{ scenario = "plan"',
        "没有这个应用场景",
    ),
    "a level beyond four": ('"scheduling", level = 3', '"scheduling", level = 5', "超出范围"),
    "a nature of no kind": ('nature = "specific"', 'nature = "special"', "不能是"),
    "a class of cost that there is not": ('cost = "cloud"', 'cost = "clouds"', "没有这个费用类别"),
    "a price with a point": ("price_fen = 2_400_000", "price_fen = 2.4", "整数"),
    "a line for nothing said": (
        'days = 12, scenario = "production_control", level = 2',
        'days = 12, scenario = "production_control", level = 3',
        "uses 里没有",
    ),
    "a level without its scenario": (
        'days = 12, scenario = "production_control", level = 2',
        "days = 12, level = 2",
        "要一起写",
    ),
    "a link to nothing": ('to = "garments-pay-people"', 'to = "garments-pay"', "没有这个条目："),
    "a link to itself": (
        'to = "garments-pay-people"',
        'to = "garments-piece-pack"',
        "不能这样指向",
    ),
    "a link of no kind": ('kind = "contains"', 'kind = "shows"', "没有这个关联性质"),
    "a field of another kind": ('proof = "任取一款', 'tier = "任取一款', "没有这个条目字段"),
    "a field that is missing": ("modules = 2\n", "", "缺少 modules"),
    "a value that does not fit": ("fit_bps = 9_300", "fit_bps = 19_300", "fit_bps 不能是 19300"),
    "a scenario with prices": (
        "[entry.content]\npain",
        'lines = [{ text = "一", cost = "cloud", unit = "年", price_fen = 1, days = 1 }]\n'
        "[entry.content]\npain",
        "没有 lines",
    ),
    "a package without uses": ("uses = [\n", "usez = [\n", "缺少 uses"),
    "a stranger among the keys": ('summary = "飞票', 'sumary = "飞票', "是否应为 summary"),
}


ELSEWHERE = ("an id twice", "a field that is missing", "a package without uses",
             "a scenario with prices")  # fmt: skip
"""What is said at the line of something around it, or where it stands the second time."""


@pytest.fixture(scope="module")
def around() -> Draft:
    """All that the province says beside its content."""
    draft, faults = Draft(), list[Fault]()
    policies._gathered(SHIPPED / "hubei", draft, faults, with_content=False)
    assert not faults
    return draft


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_found_at_its_line(name: str, around: Draft, tmp_path: Path) -> None:
    before, after, said = FAULTS[name]
    text = (SHIPPED / "hubei" / FILE).read_text("utf-8")
    assert before in text, name
    path = tmp_path / "garments.toml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    faults: list[Fault] = []
    sheet, draft = Sheet(path, faults), replace(around, pool_entries=[])
    read_pool(sheet, draft)
    sheet.close()
    references(draft)
    found = [fault for fault in faults if said in fault.message.zh + fault.mend.zh]
    assert found, [str(fault) for fault in faults]
    line = text[: text.index(before)].count("\n") + 1
    near = 40 if name in ELSEWHERE else 0
    assert any(abs(fault.line - line) <= near for fault in found), (line, found)


def test_the_check_of_a_policy_finds_it_and_the_policy_is_read_all_the_same(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    folder = tmp_path / "policies" / "hubei"
    text = (folder / FILE).read_text("utf-8").replace('"scheduling"', '"schedule"', 1)
    (folder / FILE).write_text(text, "utf-8")
    assert [fault.file.endswith(FILE) for fault in check(folder)] == [True]
    assert load(folder).digest == shipped().digest  # content is no part of the policy


def test_each_leading_industry_has_common_and_specific_scenarios_and_packages() -> None:
    entries, policy = content(SHIPPED / "hubei"), shipped()
    assert all(one.sample and one.source.document == "灯塔样例内容" for one in entries)
    assert {one.source.confidence for one in entries} == {"default"}
    kinds: dict[str, Counter[str]] = {}
    levels = set()
    for one in entries:
        for use in one.uses:
            if one.kind == "scenario":
                kinds.setdefault(use.sub_industry, Counter())[use.nature] += 1
                levels.add(use.level)
        if one.kind == "package":
            kinds[one.uses[0].sub_industry]["package"] += 1
    assert len(kinds) >= 8 and levels == {2, 3, 4}
    for counts in kinds.values():
        assert counts["common"] >= 4 and counts["specific"] >= 4 and counts["package"] >= 3
    chains = {policy.sub_industries[sub].chain.zh for sub in kinds}
    assert chains == {one.chain.zh for one in policy.sub_industries.values()}
    assert {one.kind for one in entries} >= {
        "solution", "product", "platform", "app", "cloud_service", "case"
    }  # fmt: skip


def test_prices_of_packages_are_those_of_the_roadmap() -> None:
    road = shipped().roads["miit-2024"]
    standard = {(step.item, step.to): step.price_fen for step in road.steps}
    for one in content(SHIPPED / "hubei"):
        for use in one.uses if one.kind == "package" else ():
            lines = [line for line in one.lines if line.scenario == use.scenario]
            asked = sum(line.quantity * line.price_fen for line in lines)
            price = sum(standard[use.scenario, level] for level in range(2, use.level + 1))
            assert abs(asked - price) * 10 <= price, (one.id, use.scenario, asked, price)
