"""`dengta pair`: a kept comparison is ranked again; one that was bent does not hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dengta.cli import main
from dengta.core.pairing_record import record
from tests.core.test_pairing import NEED, WEIGHTS, small


def test_a_record_holds_and_one_that_was_bent_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = record(NEED, [small("a"), small("b", 10)], WEIGHTS)
    file = tmp_path / "record.json"
    file.write_text(json.dumps(made), "utf-8")
    assert main(["pair", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("1. b ")
    made["result"].reverse()
    file.write_text(json.dumps(made), "utf-8")
    assert main(["pair", str(file)]) == 1
    assert "result" in capsys.readouterr().out
    file.write_text("[]", "utf-8")
    assert main(["pair", str(file)]) == 2
