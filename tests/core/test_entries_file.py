"""The files of the pool become frozen records; each kind of fault in them is found at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dengta.core.policy import check, load
from tests.core.planted_instruments import Planted
from tests.core.small_files import SOURCE
from tests.core.small_policy import line_of, spoil, write

ENTRIES, INDUSTRIES = "land/entries.toml", "shire/sub_industries.toml"
FILES = {
    ENTRIES: f"""\
{SOURCE}
[[quality]]
id = "fast"
text = "快"
text_en = "Fast"
help = "天数"
help_en = "Days"
[[cost]]
id = "software"
text = "软件"
text_en = "Software"
[[section]]
id = "about"
text = "是什么"
text_en = "What it is"
[[kind]]
id = "package"
name = "服务包"
name_en = "Package"
summary = "一包"
summary_en = "A parcel"
authors = ["provider"]
lines = true
links = {{ runs_on = ["platform"] }}
valid_months = 24
[[kind]]
id = "platform"
name = "平台"
name_en = "Platform"
summary = "平台"
summary_en = "A platform"
authors = ["province"]
[[field]]
id = "deploy_days"
kinds = ["package"]
section = "about"
text = "上线时间"
text_en = "Time to deploy"
type = "integer"
unit = "天"
unit_en = "days"
quality = "fast"
better = "low"
[[field]]
id = "functions"
kinds = ["package", "platform"]
section = "about"
text = "功能"
text_en = "Functions"
type = "choice"
several = true
values = {{ a = "甲", b = "乙" }}
values_en = {{ a = "A", b = "B" }}
facet = "function"
""",
    INDUSTRIES: f"""\
{SOURCE}
[[sub_industry]]
id = "parts"
name = "零部件"
name_en = "Parts"
codes = ["131"]
chain = "汽车"
chain_en = "Cars"
[[sub_industry]]
id = "cloth"
name = "布"
name_en = "Cloth"
codes = ["661"]
chain = "纺织"
chain_en = "Textile"
sample = true
""",
}
PLANTED: dict[str, Planted] = {
    "a kind twice": Planted(
        ENTRIES, 'id = "platform"', 'id = "package"', 'id = "package"\nname = "平', "已见于"
    ),
    "nobody who drafts": Planted(ENTRIES, '["province"]', '["bank"]', 'authors = ["bank"]', "bank"),
    "a link of no kind": Planted(ENTRIES, "runs_on", "walks_on", "links", "walks_on"),
    "a link to nothing": Planted(ENTRIES, '= ["platform"]', '= ["moon"]', "links", "moon"),
    "a quality of no kind": Planted(
        ENTRIES, '= "fast"\nbetter', '= "slow"\nbetter', 'quality = "slow"', "slow"
    ),
    "a way of no kind": Planted(ENTRIES, '"low"', '"up"', "better", "不能是"),
    "a section of no kind": Planted(
        ENTRIES, 'section = "about"\ntext = "功', 'section = "x"\ntext = "功', 'section = "x"', "x"
    ),
    "a field of no kind": Planted(
        ENTRIES,
        '"package", "platform"]',
        '"package", "moon"]',
        'kinds = ["package", "moon"',
        "moon",
    ),
    "a field twice": Planted(
        ENTRIES,
        'id = "functions"',
        'id = "deploy_days"',
        'id = "deploy_days"\nkinds = ["package", "pl',
        "已有",
    ),
    "several numbers": Planted(
        ENTRIES, 'type = "integer"', 'type = "integer"\nseveral = true', "several", "才能多选"
    ),
    "an unknown key": Planted(ENTRIES, "facet =", "facett = 1\nfacet =", "facett", "facet"),
    "a code of letters": Planted(INDUSTRIES, '"131"', '"C36"', "codes", "写法不对"),
    "a code twice": Planted(INDUSTRIES, '"661"', '"131"', 'codes = ["131"]\nchain = "纺', "已见于"),
    "a code of no division": Planted(INDUSTRIES, '"131"', '"991"', "codes", "99"),
}


def province(folder: Path) -> Path:
    """The small policy with two kinds of entries and two sub-industries."""
    made = write(folder)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_at_its_line(planted: Planted, tmp_path: Path) -> None:
    made = province(tmp_path)
    path = tmp_path / planted.file
    spoil(path, planted.before, planted.after)
    line = line_of(path, planted.at)
    faults = check(made)
    here = [fault for fault in faults if fault.file == str(path) and fault.line == line]
    assert any(planted.says in str(fault) for fault in here), [str(fault) for fault in faults]


def test_everything_a_file_says_is_in_the_record(tmp_path: Path) -> None:
    policy = load(province(tmp_path))
    package, platform = policy.entry_kinds["package"], policy.entry_kinds["platform"]
    assert [field.id for field in package.fields] == ["deploy_days", "functions"]
    assert [field.id for field in platform.fields] == ["functions"]
    assert (package.lines, package.uses, package.valid_months) == (True, False, 24)
    assert package.links == {"runs_on": ("platform",)}
    days = package.asks("deploy_days")
    assert (days.quality, days.better, days.unit.en) == ("fast", "low", "days")
    cloth = policy.sub_industries["cloth"]
    assert (cloth.codes, cloth.chain.zh, cloth.sample) == (("661",), "纺织", True)
