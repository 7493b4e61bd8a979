from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dengta.cli import main
from dengta.core.policy import shipped
from tests.core.small_policy import write

SCHEMA = json.loads(Path("docs/reference/schemas/score.schema.json").read_text(encoding="utf-8"))
EXAMPLE = shipped().cases
ANSWERS = dict(next(case.answers for case in EXAMPLE if case.instrument == "miit-2024"))


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(ANSWERS), encoding="utf-8")
    return path


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["uscc", *ANSWERS])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_one_case_as_json_holds_to_its_schema(
    answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "miit-2024", str(answers), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["score"], document["level"]) == ("48.95", 2)
    assert document["points"]["q4"] == "4.2"
    assert [gate["passed"] for gate in document["gates"]] == [True, True, False, False]
    assert document["policy_digest"] == shipped().digest


def test_one_case_reads_as_a_report(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "miit-2024", str(answers)]) == 0
    said = capsys.readouterr().out
    assert "等级：二级（规范级）" in said
    assert "得分：48.95" in said
    assert "三级：没有通过，差 11.05 分，场景差 7 个，约束性场景差 4 个" in said
    assert main(["score", "miit-2024", str(answers), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "Level: 2 (Standardised)" in said and "11.05 points short" in said


def test_a_partial_case_gives_a_floor_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part.json"
    path.write_text('{"q1": "BCDE"}', encoding="utf-8")
    assert main(["score", "miit-2024", str(path)]) == 0
    said = capsys.readouterr().out
    assert "等级：目前未达一级" in said and "还有 30 项没有作答" in said
    assert main(["score", "miit-2024", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["complete"] is False and document["points"]["q2"] is None


def test_an_unknown_instrument_is_refused_with_the_known_ones(
    answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "miit-1999", str(answers)]) == 2
    assert "现有：" in (said := capsys.readouterr().err) and "miit-2024" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"q1": "AB"}', "q1："),
        ('{"quality": 2.5}', "quality："),
        ('{"quality": true}', "quality："),
        ('{"quality": NaN}', "quality："),
        ('{"quality": ' + "9" * 5000 + "}", ""),
        ('{"q99": "A"}', "q99："),
        ("[1, 2]", "题目编号到答案的对应"),
        ('{"q1": ', "不是有效的 JSON"),
        ("", "不是有效的 JSON"),
    ],
    ids=lambda text: text[:20],
)
def test_answers_that_cannot_be_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    path = tmp_path / "answers.json"
    path.write_text(content, encoding="utf-8")
    assert main(["score", "miit-2024", str(path)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and not captured.out


def test_a_csv_keeps_its_cells_and_gains_the_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"uscc": "007", **ANSWERS}, {"uscc": "008", **ANSWERS, "q1": "AB"}, {"uscc": "009"}]
    path = table(tmp_path / "t.csv", rows)
    assert main(["score", "miit-2024", str(path)]) == 1
    said = capsys.readouterr().out
    assert "第 3 行 q1：" in said and "等级 2：1（50.0 %）" in said
    with (tmp_path / "t-scored.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["uscc"] for row in found] == ["007", "008", "009"]
    assert [row["score"] for row in found] == ["48.95", "", "0"]
    assert [row["level"] for row in found] == ["2", "", "0"]
    assert [row["complete"] for row in found] == ["true", "", "false"]


def test_a_parquet_gives_exact_decimals_and_a_json_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "t.parquet", tmp_path / "o.parquet"
    pq.write_table(pa.Table.from_pylist([ANSWERS, {**ANSWERS, "quality": 9}]), path)
    assert main(["score", "miit-2024", str(path), "--json", "--out", str(out)]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["levels"] == {"0": 0, "1": 0, "2": 1, "3": 0, "4": 0}
    assert document["refused"] == 1
    assert [(f["row"], f["column"]) for f in document["faults"]] == [(2, "quality")]
    assert pq.read_table(out)["score"].to_pylist() == [Decimal("48.95"), None]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "打不开"),
        ("t.csv", b"", "不是完整的表格"),
        ("t.csv", b"\xff\xfe\x00\xc4\xe3", "不是完整的表格"),
        ("t.csv", b"q1,q1\nA,B\n", "不止一次"),
        ("t.csv", b"a,b\n1,2\n", "没有一列"),
        ("t.parquet", b"PAR1 nothing", "不是完整的表格"),
    ],
)
def test_a_broken_table_is_refused_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    said: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["score", "miit-2024", str(tmp_path / name)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1


def test_results_are_written_only_where_they_can_be(
    tmp_path: Path, answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "t.csv", [{"uscc": "1"}])
    for out, said in (
        (str(path), "不能覆盖"),
        (str(tmp_path / "o.xlsx"), "只能存成"),
        (str(tmp_path / "absent" / "o.csv"), "写不进去"),
        (str(tmp_path / "absent" / "o.parquet"), "写不进去"),
    ):
        assert main(["score", "miit-2024", str(path), "--out", out]) == 2
        assert said in capsys.readouterr().err
    assert main(["score", "miit-2024", str(answers), "--out", "x.json"]) == 2
    assert "只用于表格" in capsys.readouterr().err


def test_a_column_that_csv_cannot_hold_is_refused_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "t.parquet", tmp_path / "o.csv"
    pq.write_table(pa.table({"q1": ["B"], "tags": [["x", "y"]]}), path)
    assert main(["score", "miit-2024", str(path), "--out", str(out)]) == 2
    assert "存成 .parquet" in capsys.readouterr().err and not out.exists()


def test_columns_that_are_no_items_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("uscc,q1,qualty\n1,B,2\n", encoding="utf-8")
    assert main(["score", "miit-2024", str(path)]) == 0
    assert "原样带过的列：uscc、qualty" in capsys.readouterr().out
    assert main(["score", "miit-2024", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["unused_columns"] == ["uscc", "qualty"]


def test_a_scenario_that_does_not_apply_is_told_and_not_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({**ANSWERS, "process_design": "NA"}), encoding="utf-8")
    assert main(["score", "miit-2024", str(path)]) == 0
    assert "不适用、不计数：process_design" in capsys.readouterr().out
    assert main(["score", "miit-2024", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["not_applicable"] == ["process_design"] and document["complete"]
    assert document["scenario_levels"]["process_design"] is None


def test_a_table_takes_na_for_a_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "t.csv", [{"uscc": "1", **ANSWERS, "process_design": "NA"}])
    assert main(["score", "miit-2024", str(path)]) == 0
    capsys.readouterr()
    with (tmp_path / "t-scored.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["score"], row["level"], row["complete"]) == ("48.95", "2", "true")
    assert row["process_design"] == "NA"


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(write(tmp_path / "small"))


def test_a_wider_instrument_reads_as_a_report_with_its_contradictions(
    tmp_path: Path, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    answers = {"rate": "A", "online": "12", "devices": 10, "skills": "B", "stage": "1"}
    path.write_text(json.dumps(answers), encoding="utf-8")
    assert main(["score", "wide", str(path), "--policy", small]) == 0
    said = capsys.readouterr().out
    assert "得分：16.67（手段 6.67/60，成效 10/40）" in said
    assert "一级：没有通过，差 13.34 分，means 差 13.89 分" in said
    assert "请核对：联网的比总数多（more_online）" in said and "devices 设备：10" in said
    assert main(["score", "wide", str(path), "--policy", small, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert [each["id"] for each in document["contradictions"]] == ["more_online", "band:rate"]
    assert (document["exact"], document["bands"]) == ("50/3", {"stage": 1})


def test_bands_without_a_total_have_no_score_and_no_level(
    tmp_path: Path, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"vertical": "3"}', encoding="utf-8")
    assert main(["score", "bands", str(path), "--policy", small]) == 0
    said = capsys.readouterr().out
    assert (
        "等级：不分等级" in said and "没有总分（流程 3/5）" in said and "vertical 纵向：3" in said
    )
    assert main(["score", "bands", str(path), "--policy", small, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["score"] is None and document["level"] is None
    rows = tmp_path / "rows.csv"
    rows.write_text("vertical\n3\n\n5\n", encoding="utf-8")
    assert main(["score", "bands", str(rows), "--policy", small, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["levels"] == {} and document["scored"] == document["rows"]


def test_recorded_totals_are_levelled_one_or_many(
    tmp_path: Path, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"total": "39.999"}', encoding="utf-8")
    assert main(["score", "old", str(path), "--policy", small]) == 0
    said = capsys.readouterr().out
    assert "得分：39.999\n" in said and "二级：没有通过，差 0.001 分" in said
    rows = tmp_path / "rows.csv"
    rows.write_text("uscc,total\n1,40\n2,19.999\n3,100.1\n4,\n", encoding="utf-8")
    assert main(["score", "old", str(rows), "--policy", small, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["levels"] == {"0": 2, "1": 0, "2": 1}
    assert [fault["row"] for fault in document["faults"]] == [4]
