"""`dengta situations`: which case came out differently, expected and got, and its JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from dengta import cli
from dengta.core.policy import SHIPPED
from tests.core.small_policy import line_of, spoil, write

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "situations.schema.json"


def decided(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["situations", *words])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


def document(text: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(text)
    jsonschema.validate(answer, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return answer


def test_cases_that_come_out_as_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = decided(capsys, str(write(tmp_path)))
    assert (code, out) == (0, "省：9 个情形，9 个相符，0 个不符。\n")


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("voucher", "amount_fen = 100_000", "amount_fen = 7", "amount_fen 应为 7，实为 100000"),
        ("voucher", "share_fen = 300_000", "share_fen = 7", "share_fen 应为 7，实为 300000"),
        ("voucher", 'eligible = "yes"', 'eligible = "no"', 'eligible 应为 "no"，实为 "yes"'),
        ("voucher", 'missing = ["employees"]', "missing = []", '应为 []，实为 ["employees"]'),
        ("voucher", "failed = []", 'failed = ["spent"]', 'failed 应为 ["spent"]，实为 []'),
        ("level", 'score = "64"', 'score = "64.0"', 'score 应为 "64.0"，实为 "64"'),
        ("level", "level = 2", "level = 1", "level 应为 1，实为 2"),
        ("level", 'q1 = "B"', 'q1 = "AB"', "answers 应为 null，实为"),
    ],
)
def test_a_case_that_fails_is_named_with_its_line(
    file: str,
    before: str,
    after: str,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    province = write(tmp_path)
    path = province / "situations" / f"{file}.toml"
    spoil(path, before, after)
    code, out = decided(capsys, str(province))
    first = out.splitlines()[0]
    assert code == 1
    assert says in first and first.startswith(f"{path}:")
    assert "不符" in out.splitlines()[-1]


def test_the_second_case_of_a_file_is_named_by_its_own_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    province = write(tmp_path)
    path = province / "situations" / "voucher.toml"
    spoil(path, 'eligible = "unknown"', 'eligible = "no"')
    code, out = decided(capsys, str(province), "--lang", "en")
    line = line_of(path, '[[case]]\nname = "人数没填"')
    assert code == 1
    assert out.startswith(f'{path}:{line}: 人数没填: eligible should be "no" but is "unknown"')


def test_a_policy_with_faults_is_not_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    province = write(tmp_path)
    spoil(province / "programmes" / "voucher.toml", "employees < 1000", "employes < 1000")
    code, out = decided(capsys, str(province))
    assert code == 1 and "employes" in out and "情形没有核对" in out
    code, out = decided(capsys, str(province), "--json")
    answer = document(out)
    assert code == 1 and answer["ok"] is False and answer["cases"] == []


def test_the_json_keeps_to_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    province = write(tmp_path)
    spoil(province / "situations" / "voucher.toml", "amount_fen = 100_000", "amount_fen = 7")
    code, out = decided(capsys, str(province), "--json")
    answer = document(out)
    assert code == 1
    assert (answer["passed"], answer["failed"]) == (8, 1)


def test_a_case_without_a_size_class_gets_it_as_a_case_of_dengta_eligible_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(SHIPPED / "national", tmp_path / "national")
    province = tmp_path / "hunan"
    (province / "programmes").mkdir(parents=True)
    (province / "situations").mkdir()
    (province / "policy.toml").write_text(
        'id = "hunan"\nname = "湖南省"\nname_en = "Hunan"\nextends = "national"\n',
        encoding="utf-8",
    )
    (province / "programmes" / "grant.toml").write_text(
        'name = "补助"\nname_en = "Grant"\nkind = "subsidy"\naward_fen = 100\n'
        "in_force = { from = 2025-01-01 }\n"
        'source = { document = "D", item = "1", confidence = "default" }\n'
        '[[clause]]\nid = "size"\ntext = "小型"\ntext_en = "Small"\n'
        "when = \"size_class = 'small'\"\n",
        encoding="utf-8",
    )
    (province / "situations" / "grant.toml").write_text(
        '[[case]]\nname = "够小型"\nas_of = 2026-01-01\n'
        'facts = { industry_code = "3670", employees = 20, revenue_fen = 300_000_000 }\n'
        'expect = { eligible = "yes", amount_fen = 100 }\n',
        encoding="utf-8",
    )
    code, out = decided(capsys, str(province))
    assert code == 0 and "0 个不符" in out, out
