"""`dengta check`: what it prints, what it returns, and that its JSON keeps to the schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dengta import cli
from tests.core.small_policy import spoil, write

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "check.schema.json"


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["check", *words])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


def document(text: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(text)
    jsonschema.validate(answer, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return answer


def test_the_shipped_policy_is_the_default_and_is_summed_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out = checked(capsys)
    assert code == 0
    assert "湖北省：没有发现问题" in out and "评测指标 6" in out


def test_a_directory_is_checked_in_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = checked(capsys, str(write(tmp_path)), "--lang", "en")
    assert code == 0
    assert "9 facts" in out and "4 clauses" in out and "Shire: no fault found." in out


def test_each_fault_is_one_line_with_its_place_and_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    province = write(tmp_path)
    fund = province / "funding" / "voucher-2025.toml"
    spoil(fund, "year = 2025", "year = 25")
    code, out = checked(capsys, str(province))
    assert code == 1
    first, last = out.splitlines()
    assert first == f"{fund}:2: year 超出范围：25；应在 2000 至 2100 之间"
    assert last == "共 1 处需要修改。"


def test_the_directory_named_wins_over_the_common_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = checked(capsys, str(write(tmp_path)), "--policy", str(tmp_path / "nowhere"))
    assert code == 0
    code, out = checked(capsys, "--policy", str(tmp_path / "nowhere"))
    assert code == 1 and "打不开" in out


def test_the_json_of_a_fit_policy_keeps_to_the_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = checked(capsys, str(write(tmp_path)), "--json")
    answer = document(out)
    assert code == 0
    assert answer["ok"] is True and answer["policy"] == "shire" and answer["faults"] == []


def test_the_json_of_faults_keeps_to_the_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    province = write(tmp_path)
    spoil(province / "programmes" / "voucher.toml", "employees < 1000", "employees <> 'x'")
    code, out = checked(capsys, str(province), "--json")
    answer = document(out)
    assert code == 1
    assert answer["ok"] is False and answer["counts"] is None
    assert isinstance(answer["faults"], list) and len(answer["faults"]) == 1
