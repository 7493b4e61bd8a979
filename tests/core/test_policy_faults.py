"""Each kind of fault is planted in a small policy, and reported at its line with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from dengta.core.policy import check
from tests.core.planted_faults import (
    FACTS,
    FUND,
    LEVEL,
    NEW,
    OLD,
    PLANTED,
    REGIONS,
    VOUCHER,
    Planted,
)
from tests.core.small_policy import line_of, spoil, write


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_at_its_line(planted: Planted, tmp_path: Path) -> None:
    province = write(tmp_path)
    path = tmp_path / planted.file
    if planted.at == "# 1":
        line = 1
        spoil(path, planted.before, planted.after)
    else:
        spoil(path, planted.before, planted.after)
        line = line_of(path, planted.at)
    faults = check(province)
    here = [fault for fault in faults if fault.file == str(path) and fault.line == line]
    assert here, f"nothing at line {line}: {[str(fault) for fault in faults]}"
    assert any(planted.says in str(fault) for fault in here), [str(fault) for fault in here]
    for fault in faults:
        assert fault.mend.zh and fault.mend.en and fault.message.en
        assert str(fault).startswith(f"{fault.file}:{fault.line}: ")


def test_an_edition_left_open_overlaps_with_the_next_and_both_places_are_named(
    tmp_path: Path,
) -> None:
    province = write(tmp_path)
    spoil(tmp_path / OLD, ", until = 2024-12-31", "")
    (fault,) = check(province)
    assert (fault.file, fault.line) == (str(tmp_path / NEW), 7)
    assert f"{tmp_path / OLD}:6" in fault.message.zh


def test_values_that_overlap_are_one_message(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(tmp_path / VOUCHER, "from = 2026-01-01", "from = 2025-12-31")
    (fault,) = check(province)
    assert "cap_fen 的有效期与第" in fault.message.zh


def test_one_mistake_in_a_fact_is_one_message_although_clauses_use_it(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(tmp_path / FACTS, 'type = "integer"', 'type = "int"')
    faults = check(province)
    assert [Path(fault.file).name for fault in faults] == ["facts.toml"] * len(faults)


def test_a_lost_vocabulary_is_one_message_not_one_per_clause(tmp_path: Path) -> None:
    province = write(tmp_path)
    (tmp_path / FACTS).write_bytes(b'[employees]\nterm = "\xff"\n')
    (fault,) = check(province)
    assert (fault.file, fault.line) == (str(tmp_path / FACTS), 2)
    assert "UTF-8" in str(fault)


def test_faults_of_several_files_come_together_and_in_order(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(tmp_path / VOUCHER, "employees < 1000", "employees < 'x'")
    spoil(tmp_path / FUND, "year = 2025", "year = 25")
    spoil(tmp_path / LEVEL, "weight = 40", "weight = 30")
    spoil(tmp_path / REGIONS, 'name_en = "Wuhan"\n', "")
    faults = check(province)
    assert [Path(fault.file).name for fault in faults] == [
        "level.toml",
        "voucher-2025.toml",
        "voucher.toml",
        "regions.toml",
    ]
    assert faults == sorted(faults)


def test_thirty_clauses_are_the_most(tmp_path: Path) -> None:
    province = write(tmp_path)
    path = tmp_path / OLD
    with path.open("a", encoding="utf-8") as file:
        for number in range(2, 32):
            file.write(
                f'[[clause]]\nid = "c{number}"\ntext = "甲"\ntext_en = "A"\n'
                'when = "open_to_public"\n'
            )
    (fault,) = check(province)
    assert fault.line == line_of(path, '[[clause]]\nid = "c31"')
    assert "31 条" in str(fault)


def test_nodes_in_a_circle_are_named(tmp_path: Path) -> None:
    province = write(tmp_path)
    path = tmp_path / LEVEL
    spoil(path, 'id = "basis"', 'id = "basis"\nparent = "effect"')
    spoil(path, 'id = "effect"', 'id = "effect"\nparent = "basis"')
    says = [str(fault) for fault in check(province)]
    assert any("basis 是自己的上级" in each for each in says)
    assert any("effect 是自己的上级" in each for each in says)


def test_a_name_that_is_both_an_item_and_a_fact_cannot_stand_in_a_contradiction(
    tmp_path: Path,
) -> None:
    province = write(tmp_path)
    path = tmp_path / LEVEL
    spoil(path, 'id = "quality"', 'id = "employees"')
    spoil(province / "situations" / "level.toml", "quality = 2", "employees = 2")
    assert check(province) == []
    with path.open("a", encoding="utf-8") as file:
        file.write(
            '[[contradiction]]\nid = "c"\ntext = "甲"\ntext_en = "A"\nitems = ["q2"]\n'
            'when = "employees = 0 AND q2 = 100"\n'
        )
    (fault,) = check(province)
    assert fault.line == line_of(path, "when = ") and "既是题目又是事实" in str(fault)


def test_a_tree_too_fine_to_count_in_is_refused_by_the_check(tmp_path: Path) -> None:
    province = write(tmp_path)
    path = tmp_path / LEVEL
    text = path.read_text(encoding="utf-8")
    layers = "".join(
        f'[[node]]\nid = "n{n}"\nparent = "{f"n{n - 1}" if n else "basis"}"\ntext = "层"\n'
        f'text_en = "Layer"\nweight = 37\n[[question]]\nid = "p{n}"\n'
        f'node = "{f"n{n - 1}" if n else "basis"}"\nkind = "single"\nweight = 63\n'
        'text = "题"\ntext_en = "Item"\noptions = [{ id = "A", text = "是", text_en = "Yes", '
        "weight = 100 }]\n"
        for n in range(9)
    )
    text = text.replace('node = "basis"', 'node = "n8"', 1)
    path.write_text(text.replace("[[question]]", layers + "[[question]]", 1), encoding="utf-8")
    (fault,) = check(province)
    assert "最小单位" in str(fault) and "减少层数" in str(fault)


def test_the_small_policy_itself_has_no_fault(tmp_path: Path) -> None:
    assert check(write(tmp_path)) == []
