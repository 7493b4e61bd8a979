from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from dengta.cli import main

SCHEMA = json.loads(Path("docs/reference/schemas/size.schema.json").read_text(encoding="utf-8"))


def facts(tmp_path: Path, content: object) -> str:
    path = tmp_path / "facts.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("given", "size", "missing"),
    [
        ({"industry_code": "3670", "employees": 120, "revenue_fen": 5_000_000_000}, "small", []),
        ({"industry_code": "C", "employees": 19}, "micro", []),
        ({"industry_code": "36", "employees": 300, "revenue_fen": None}, None, ["revenue_fen"]),
        ({"industry_code": "66", "employees": 300}, None, []),
        ({}, None, ["industry_code"]),
    ],
)
def test_the_size_class_as_json_holds_to_its_schema(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, object],
    size: str | None,
    missing: list[str],
) -> None:
    assert main(["size", facts(tmp_path, given), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["size_class"], document["missing"]) == (size, missing)
    assert document["reason"] and document["reason_en"]


def test_the_size_class_reads_as_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = facts(tmp_path, {"industry_code": "I65", "employees": 100, "revenue_fen": 1_000_000_000})
    assert main(["size", path]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "中型企业" and "按软件和信息技术服务业划型" in said[1]
    assert main(["size", path, "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "medium"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"employees": -1}, "employees"),
        ({"employees": True}, "employees"),
        ({"employees": "120"}, "employees"),
        ('{"employees": 1.5}', "employees"),
        ({"industry_code": "??"}, "industry_code"),
        ({"staff": 3}, "staff"),
        ([1], "事实的对应"),
        ("{", "不是有效的 JSON"),
        ('{"employees": 1, "employees": 300}', "“employees”写了不止一次"),
    ],
)
def test_facts_that_cannot_be_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, said: str
) -> None:
    assert main(["size", facts(tmp_path, content)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1


def test_standard_input_may_begin_with_a_byte_order_mark_and_any_terminal_can_take_the_answer() -> (
    None
):
    said = subprocess.run(
        [sys.executable, "-m", "dengta", "size", "-"],
        input=b'\xef\xbb\xbf{"industry_code": "3670", "employees": 19}',
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    ).stdout
    assert said.splitlines()[0].decode("unicode_escape") == "微型企业"
