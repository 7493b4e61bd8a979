from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dengta.cli import main

SCHEMA = json.loads(Path("docs/reference/schemas/uscc.schema.json").read_text(encoding="utf-8"))


def test_valid_codes_end_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uscc", "914403001922038216", "91420100ma4te5t139"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "914403001922038216：有效。",
        "91420100MA4TE5T139：有效。",
    ]


def test_one_invalid_code_ends_with_one_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uscc", "914403001922038216", "914403001922038217"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "有效" in said[0] and "无效。第 18 位（校验位）应为 6，现为 7" in said[1]
    assert main(["uscc", "914403001922038217", "--lang", "en"]) == 1
    assert "should be 6, not 7" in capsys.readouterr().out


def test_codes_as_json_hold_to_their_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uscc", "91420100 ma4te5t139", "", "中文", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert [code["valid"] for code in document["codes"]] == [True, False, False]
    assert document["codes"][0]["normal"] == "91420100MA4TE5T139"
