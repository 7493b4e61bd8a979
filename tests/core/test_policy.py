"""Reading a policy directory: the records it becomes, its digest, and what stands in its place."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.places import lines_of
from dengta.core.policy import SHIPPED, PolicyFaults, check, examine, load, run_cases, shipped
from dengta.core.shapes import Period, Text
from tests.core.small_policy import line_of, spoil, write


def test_a_directory_becomes_records(tmp_path: Path) -> None:
    policy = load(write(tmp_path))
    assert (policy.id, policy.name) == ("shire", Text("省", "Shire"))
    assert policy.facts["employees"].high == 10_000_000
    assert policy.facts["depth"].values["deep"] == Text("深", "Deep")
    assert policy.industries["13"].section == "C"
    assert policy.sections["J"].en == "Finance"
    assert policy.size_rows[0].bounds["employees"] == (1000, 300, 20)
    assert policy.size_outside == ("66",)
    assert policy.regions["420100"].tile == (4, 2)
    assert policy.plans[0].measures[0].money[0].amount_fen == 5_000
    assert policy.targets[0].due == dt.date(2026, 12, 31)
    assert policy.funds[0].pool_fen == 5_000_000_000
    assert policy.glossary["enterprise"].definition.en == "A registered enterprise."


def test_a_programme_keeps_its_dated_values_and_its_source(tmp_path: Path) -> None:
    policy = load(write(tmp_path))
    voucher = policy.programme("voucher", dt.date(2025, 5, 1))
    caps = [value for value in voucher.values if value.id == "cap_fen"]
    assert [cap.amount for cap in caps] == [100_000, 200_000]
    assert caps[0].in_force == Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert caps[0].source == voucher.source
    assert dict(voucher.values[0].table) == {"shallow": 2_000, "deep": 3_000}
    assert voucher.clauses[1].when.startswith("spend_fen > 0")


def test_the_edition_of_a_programme_follows_the_day(tmp_path: Path) -> None:
    policy = load(write(tmp_path))
    assert policy.programme("scene", dt.date(2024, 12, 31)).edition == "scene-2024"
    assert policy.programme("scene", dt.date(2025, 1, 1)).edition == "scene-2025"
    with pytest.raises(KeyError):
        policy.programme("scene", dt.date(2023, 12, 31))


def test_a_fixed_award_is_an_amount(tmp_path: Path) -> None:
    policy = load(write(tmp_path))
    amount = policy.programme("scene", dt.date(2024, 6, 1)).amount
    assert amount is not None and amount.expression == "50000000"


def test_a_question_knows_the_way_down_to_it(tmp_path: Path) -> None:
    instrument = load(write(tmp_path)).instruments["level"]
    assert [question.path for question in instrument.questions] == [("basis",), ("effect",)]
    assert instrument.questions[0].options[0].exclusive


def test_a_case_knows_its_line(tmp_path: Path) -> None:
    province = write(tmp_path)
    cases = {case.name: case for case in load(province).cases}
    path = province / "situations" / "voucher.toml"
    assert cases["人数没填"].line == line_of(path, '[[case]]\nname = "人数没填"')
    assert cases["人数没填"].file == str(path)
    assert cases["不面向公众"].facts["titles"] == frozenset({"innovative"})


def test_the_digest_is_of_the_contents_wherever_they_lie(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    digest = load(one).digest
    assert load(other).digest == digest
    assert len(digest) == 64
    spoil(other / "funding" / "voucher-2025.toml", "5_000_000_000", "5_000_000_001")
    assert load(other).digest != digest


def test_the_digest_covers_what_is_extended_and_comments_too(tmp_path: Path) -> None:
    province = write(tmp_path)
    before = load(province).digest
    base = tmp_path / "land" / "industries.toml"
    base.write_text("# 说明\n" + base.read_text(encoding="utf-8"), encoding="utf-8")
    assert load(province).digest != before


def test_the_shipped_policies_have_no_fault_and_are_read_once() -> None:
    assert check(SHIPPED / "hubei") == []
    assert check(SHIPPED / "national") == []
    assert shipped("hubei") is shipped("hubei")


def test_the_shipped_situations_come_out_as_expected() -> None:
    results = run_cases(shipped("hubei"))
    assert [result for result in results if not result.passed] == []
    assert len(results) > 20


def test_a_province_copied_alone_stands_on_the_shipped_national_policy(tmp_path: Path) -> None:
    copy = tmp_path / "hubei"
    shutil.copytree(SHIPPED / "hubei", copy)
    assert load(copy).digest == shipped("hubei").digest


def test_load_refuses_what_check_would_name(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(province / "funding" / "voucher-2025.toml", "year = 2025", "year = 25")
    with pytest.raises(PolicyFaults) as refused:
        load(province)
    assert refused.value.faults == check(province)
    assert "voucher-2025.toml:2: year 超出范围" in str(refused.value)


def test_a_case_that_comes_out_differently_says_how(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(province / "situations" / "voucher.toml", "amount_fen = 100_000", "amount_fen = 1")
    results = {result.case.name: result for result in run_cases(load(province))}
    (difference,) = results["二〇二五年封顶一千元"].differences
    assert (difference.key, difference.expected, difference.got) == ("amount_fen", 1, 100_000)
    assert results["人数没填"].passed


def test_a_case_without_a_day_is_decided_when_the_newest_edition_begins(tmp_path: Path) -> None:
    results = {result.case.name: result for result in run_cases(load(write(tmp_path)))}
    assert results["不面向公众"].as_of == dt.date(2025, 1, 1)


def test_no_such_directory(tmp_path: Path) -> None:
    (fault,) = check(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(fault)


def test_an_empty_directory(tmp_path: Path) -> None:
    (fault,) = check(tmp_path)
    assert fault.file == str(tmp_path / "policy.toml")
    assert "没有 policy.toml" in str(fault)


def test_a_file_in_place_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("", encoding="utf-8")
    assert check(tmp_path / "policy.toml")


def test_a_directory_in_place_of_a_file_and_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    province = write(tmp_path)
    (province / "glossary.toml").unlink()
    (province / "glossary.toml").mkdir()
    shutil.rmtree(province / "funding")
    (province / "funding").write_text("", encoding="utf-8")
    says = [str(fault) for fault in check(province)]
    assert len(says) == 2
    assert "应当是一个目录" in says[0] and "应当是一个文件" in says[1]


def test_a_pipe_does_not_hold_the_check_up(tmp_path: Path) -> None:
    province = write(tmp_path)
    (province / "targets.toml").unlink()
    os.mkfifo(province / "targets.toml")
    (fault,) = check(province)
    assert "应当是一个文件" in str(fault)


def test_a_broken_link_and_a_link_to_itself(tmp_path: Path) -> None:
    province = write(tmp_path)
    (province / "plans" / "2024.toml").symlink_to(tmp_path / "nothing.toml")
    (province / "plans" / "2025.toml").symlink_to(province / "plans" / "2025.toml")
    faults = check(province)
    assert [Path(fault.file).name for fault in faults] == ["2024.toml", "2025.toml"]


def test_a_linked_file_is_read(tmp_path: Path) -> None:
    province = write(tmp_path)
    moved = tmp_path / "elsewhere.toml"
    (province / "targets.toml").rename(moved)
    (province / "targets.toml").symlink_to(moved)
    assert check(province) == []


def test_the_directory_one_stands_in_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path))
    assert check(Path()) == []
    spoil(Path("../land/facts.toml"), "low = 0", "low = zero")
    (fault,) = check(Path())
    assert fault.file == "../land/facts.toml"


def test_a_manifest_that_cannot_be_read_is_the_only_fault(tmp_path: Path) -> None:
    province = write(tmp_path)
    (province / "policy.toml").write_text("id = ", encoding="utf-8")
    (fault,) = check(province)
    assert (Path(fault.file).name, fault.line) == ("policy.toml", 1)


def test_extending_in_a_circle(tmp_path: Path) -> None:
    province = write(tmp_path)
    with (tmp_path / "land" / "policy.toml").open("a", encoding="utf-8") as file:
        file.write('extends = "shire"\n')
    (fault,) = check(province)
    assert "引用回自己" in str(fault)
    assert (Path(fault.file).parent.name, fault.line) == ("land", 4)


def test_extending_what_is_not_there_or_outside(tmp_path: Path) -> None:
    province = write(tmp_path)
    for name, says in (("lande", "没有目录"), ("../land", "写法不对")):
        path = province / "policy.toml"
        path.write_text(f'id = "s"\nname = "省"\nname_en = "S"\nextends = "{name}"\n', "utf-8")
        (fault,) = check(province)
        assert (fault.file, fault.line) == (str(path), 4)
        assert says in str(fault)


def test_a_misspelt_file_or_folder_is_not_passed_over(tmp_path: Path) -> None:
    province = write(tmp_path)
    (province / "programes").mkdir()
    (province / "target.toml").write_text("", encoding="utf-8")
    (province / "README.md").write_text("说明", encoding="utf-8")
    says = [str(fault) for fault in check(province)]
    assert any("programes" in each and "是否应为 programmes" in each for each in says)
    assert any("target.toml" in each and "是否应为 targets.toml" in each for each in says)
    assert len(says) == 2


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    province = write(tmp_path)
    path = province / "programmes" / "voucher.toml"
    text = path.read_text(encoding="utf-8").replace("AND depth IN", "AND dept IN")
    line = text.count("\n", 0, text.index("AND dept IN")) + 1
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (fault,) = check(province)
    assert (fault.file, fault.line) == (str(path), line)


def test_nesting_without_end_is_a_fault(tmp_path: Path) -> None:
    province = write(tmp_path)
    path = province / "targets.toml"
    path.write_text("target = " + "[" * 5000 + "]" * 5000, encoding="utf-8")
    (fault,) = check(province)
    assert (fault.file, fault.line) == (str(path), 1)


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000, "-" + "9" * 25, "1e400", "nan"])
def test_numbers_beyond_all_measure_are_faults(number: str, tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(province / "funding" / "voucher-2025.toml", "5_000_000_000", number)
    faults = check(province)
    assert faults and all(Path(fault.file).name == "voucher-2025.toml" for fault in faults)


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    province = write(tmp_path)
    with (province / "policy.toml").open("a", encoding="utf-8") as file:
        file.write('"\\u001b[31m" = 1\n')
    (fault,) = check(province)
    assert str(fault).isprintable()


def test_faults_are_said_in_both_languages(tmp_path: Path) -> None:
    province = write(tmp_path)
    spoil(province / "funding" / "voucher-2025.toml", "year", "yaer")
    faults = {fault.message.en: fault for fault in check(province)}
    fault = faults['unknown key "yaer"']
    assert fault.said("en").endswith(':2: unknown key "yaer"; did you mean year')
    assert fault.said("zh-hans") == str(fault)
    assert examine(province)[0] is None


def test_lines_are_true_for_every_way_of_writing_toml() -> None:
    text = "\n".join(
        [
            "# 说明",
            "a = 1",
            "b.c = { d = [",
            "  1, # 一",
            '  { e = "]" },',
            "], f = '''",
            "x = 5",
            "''' }",
            '[t."quoted key".u]',
            'v = """',
            'one \\""" two',
            'three"""',
            "[[r]]",
            "k = 'it'",
            "[[r]]",
            "[[r.s]]",
            "k = 2024-01-01 10:00:00",
            "[r.q]",
            "z = [[1, 2],",
            "     [3]]",
        ]
    )
    document = tomllib.loads(text)
    lines = lines_of(text)
    assert document["r"][1]["s"][0]["k"].year == 2024
    wanted = {
        ("a",): 2,
        ("b", "c"): 3,
        ("b", "c", "d", 0): 4,
        ("b", "c", "d", 1, "e"): 5,
        ("b", "c", "f"): 6,
        ("b", "c", "f", ""): 7,
        ("t", "quoted key", "u", "v"): 10,
        ("t", "quoted key", "u", "v", ""): 11,
        ("r", 0, "k"): 14,
        ("r", 1): 15,
        ("r", 1, "s", 0): 16,
        ("r", 1, "s", 0, "k"): 17,
        ("r", 1, "q", "z", 1, 0): 20,
    }
    assert {place: lines.get(place) for place in wanted} == wanted


def _basic_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


_scalars = st.one_of(
    st.integers(-5, 5).map(str),
    st.text("ab\"'#]}\n\\=, ", max_size=8).map(_basic_string),
    st.sampled_from(["true", "2024-01-01", "[1, [2]]", "{ x = [1], y = 'z' }", "'''\na\n'''"]),
)


@settings(deadline=None)
@given(st.lists(st.tuples(_scalars, st.integers(0, 2), st.booleans()), max_size=8))
def test_the_line_of_a_key_is_where_it_was_written(
    entries: list[tuple[str, int, bool]],
) -> None:
    text, wanted = "", {}
    for index, (value, blanks, row) in enumerate(entries):
        text += "\n" * blanks + ("[[row]]\n" if row else f"[t{index}]\n")
        rows = sum(1 for *_, each in entries[: index + 1] if each)
        place = ("row", rows - 1, "key") if row else (f"t{index}", "key")
        wanted[place] = text.count("\n") + 1
        text += f"key = {value} # 注\n"
    tomllib.loads(text)
    lines = lines_of(text)
    assert {place: lines.get(place) for place in wanted} == wanted
