"""A selection's file becomes a frozen record; its form is drawn from the vocabulary of facts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dengta import cli
from dengta.core.policy import check, load
from dengta.core.selection import Anchor, Floor, PanelRule, Quota, Selection, Slot
from dengta.core.shapes import Policy, Source, Text
from tests.core.small_policy import spoil, write

SCENE = Path("shire/selections/scene-2025.toml")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return load(write(tmp_path))


@pytest.fixture
def scene(policy: Policy) -> Selection:
    return policy.selection("scene-2025")


def test_a_selection_is_found_by_its_file_name_and_by_the_day(policy: Policy) -> None:
    assert [each.id for each in policy.selections] == ["scene-2025", "voucher"]
    assert policy.selections_on(dt.date(2024, 5, 31)) == ()
    assert [each.id for each in policy.selections_on(dt.date(2024, 6, 1))] == ["scene-2025"]
    assert len(policy.selections_on(dt.date(2025, 1, 1))) == 2
    with pytest.raises(KeyError):
        policy.selection("scene")


def test_everything_a_file_says_is_in_the_record(scene: Selection) -> None:
    assert (scene.programme, scene.applicant, scene.measure) == ("scene", "enterprise", 10)
    assert scene.steps[0] == "county_check" and scene.steps[-1] == "publicity"
    assert (scene.title, scene.once, scene.excludes) == ("innovative", "year", ("voucher",))
    assert (scene.sector, scene.validity_years, scene.reserve_bps) == ("kind", 3, 1000)
    assert scene.pledge == (Text("真实", "True"), Text("愿意配合", "We cooperate"))
    assert scene.days["panel"] == 20 and scene.publicity_workdays == 7
    assert scene.panel == PanelRule(size=7, load=20, blind=True)
    assert scene.quotas[1] == Quota("city", 3, "recommend", {"420100": 6})
    assert (scene.quotas[1].of("420100"), scene.quotas[1].of("420200")) == (6, 3)
    assert scene.floors[0] == Floor("industry", 3, ("making", "selling"))
    assert list(scene.sections) == ["firm", "scene"]
    assert scene.slots[0] == Slot("proof", Text("证明", "Proof"), True, ("pdf", "jpg"), 3)
    assert scene.criteria[0].anchors[0] == Anchor(30, Text("低", "Low"))


def test_a_criterion_without_a_source_has_that_of_practice(scene: Selection) -> None:
    effect, spread = scene.criteria
    assert effect.source == Source("方案", confidence="found")
    assert spread.source == scene.practice == Source("惯例", confidence="default")


def test_a_field_takes_from_its_fact_what_it_does_not_say_itself(
    policy: Policy, scene: Selection
) -> None:
    fields = {each.id: each for each in scene.fields}
    employees, depth = fields["employees"], fields["depth"]
    assert employees.text == policy.facts["employees"].term
    assert (employees.type, employees.low, employees.high) == ("integer", 0, 5000)
    assert depth.type == "choice" and depth.values == policy.facts["depth"].values
    assert not depth.required and fields["uscc"].masked
    assert fields["open_to_public"].type == "bool"
    assert fields["kind"].values["making"] == Text("制造", "Making")
    assert (fields["story"].type, fields["story"].most, fields["story"].fact) == (
        *("long_text", 1500, ""),
    )


def test_an_instant_selection_asks_for_nothing_but_facts(policy: Policy) -> None:
    instant = policy.selection("voucher")
    assert instant.instant and instant.steps == ("formal_check", "publicity")
    assert all(each.fact for each in instant.fields)
    assert instant.slots == () and instant.criteria == ()


def test_editions_of_a_selection_may_follow_each_other(tmp_path: Path) -> None:
    province = write(tmp_path)
    earlier = tmp_path / SCENE
    later = earlier.with_name("scene-2026.toml")
    later.write_text(
        earlier.read_text("utf-8").replace("from = 2024-06-01", "from = 2026-01-01"), "utf-8"
    )
    (fault,) = check(province)
    assert (fault.file, "有效期重叠" in str(fault)) == (str(later), True)
    spoil(earlier, "from = 2024-06-01", "from = 2024-06-01, until = 2025-12-31")
    assert check(province) == []
    chosen = load(province).selections_on(dt.date(2026, 3, 1))
    assert [each.id for each in chosen] == ["scene-2026", "voucher"]


def test_one_broken_file_is_one_message_and_the_others_are_still_read(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(tmp_path / SCENE, "steps = [", "steps = ")
    (fault,) = check(province)
    assert "TOML" in str(fault)


def test_a_lost_list_of_regions_is_one_message(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(tmp_path / "shire" / "regions.toml", "[[region]]", "[[region]")
    (fault,) = check(province)
    assert fault.file.endswith("regions.toml")


def test_check_counts_the_selections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(write(tmp_path)), "--lang", "en"]) == 0
    assert ", 2 selections" in capsys.readouterr().out
