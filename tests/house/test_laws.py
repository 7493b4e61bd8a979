"""The laws of the house, run over the house itself (docs/why/house.md says why each is there)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from dengta.cli import COMMANDS
from tests.house import laws
from tests.house.test_planted import lint_imports

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "reference" / "schemas"


@pytest.mark.parametrize(
    "law",
    [
        laws.numbers,
        laws.docstrings,
        laws.rooms,
        laws.state_moves,
        laws.templates_ask_the_flow,
        laws.no_floats,
        laws.core_is_pure,
        laws.no_signals,
    ],
    ids=lambda law: law.__name__,
)
def test_the_house_keeps_the_law(law: Callable[[Path], laws.Findings]) -> None:
    assert law(ROOT) == []


def test_the_floors_hold() -> None:
    said = lint_imports(ROOT)
    assert said.returncode == 0, said.stdout


def published() -> list[Path]:
    """Every file that a fresh clone would have, and those about to be added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


def test_texts_are_clean() -> None:
    assert laws.clean_texts(ROOT, published()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_sound_schema_of_its_json(command: str) -> None:
    schema = json.loads((SCHEMAS / f"{command}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema.get("description") or schema["title"]


def test_every_dependency_says_why_it_is_there() -> None:
    page = (ROOT / "docs" / "why" / "dependencies.md").read_text(encoding="utf-8")
    for wanted in sorted((ROOT / "requirements").glob("*.in")):
        for line in wanted.read_text(encoding="utf-8").splitlines():
            name = line.split("#")[0].strip()
            if name and not name.startswith("-"):
                package = name.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip()
                assert f"`{package}`" in page, f"{wanted.name}: {package} has no line"


def test_every_pinned_package_carries_its_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        entries = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        packages = [line for line in entries if line and not line.lstrip().startswith("#")]
        assert packages
        assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_ci_asks_for_everything() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for word in (
        "make check",
        "make test",
        "DENGTA_REQUIRE_POSTGRES=1",
        "DENGTA_REQUIRE_BROWSER=1",
    ):
        assert word in script
    bash = shutil.which("bash")
    assert bash
    subprocess.run([bash, "-n", ".ci/run"], cwd=ROOT, check=True)
