"""The reference is what code and policy say; nothing is left out, and drift is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dengta import reference
from dengta.cli import COMMANDS, PLATFORM
from dengta.core.policy import shipped

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def test_the_reference_has_not_drifted(pages: dict[str, str]) -> None:
    folder = ROOT / "docs" / "reference"
    assert [
        name for name, text in pages.items() if (folder / name).read_text("utf-8") != text
    ] == []


def test_drift_is_found(tmp_path: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "facts.md").write_text(pages["facts.md"].replace("从业人员", "人员"), "utf-8")
    (tmp_path / "flows.md").unlink()
    assert reference.drift(tmp_path) == ["facts.md", "flows.md"]


def test_everything_is_in_the_reference(pages: dict[str, str]) -> None:
    policy = shipped()
    for fact in policy.facts:
        assert f"| `{fact}` |" in pages["facts.md"]
    for programme in policy.programmes:
        assert f"## `{programme.edition}`" in pages["programmes.md"]
        for clause in programme.clauses:
            assert f"| `{clause.id}` | {clause.text.zh}" in pages["programmes.md"]
    for selection in policy.selections:
        assert f"## `{selection.id}`" in pages["selections.md"]
        for field in selection.fields:
            assert f"| `{field.id}` | {field.text.zh}" in pages["selections.md"]
    for scheme in policy.schemes:
        assert f"## `{scheme.edition}`" in pages["schemes.md"]
        for cost in scheme.costs:
            assert f"| `{cost.id}` | {cost.text.zh}" in pages["schemes.md"]
    for instrument in policy.instruments.values():
        for item in (*instrument.questions, *instrument.scenarios):
            assert f"`{item.id}`" in pages["instruments.md"]
    for flow in reference.flows().values():
        for step in flow.steps:
            assert f"| `{step.id}` | {step.name.zh}" in pages["flows.md"]
    for command in (*COMMANDS, *PLATFORM):
        assert f"`dengta {command}`" in pages["commands.md"]
    for action in ("register(", "advance(", "give_consent(", "submit("):
        assert f"- `{action}" in pages["actions.md"]


def test_no_link_leads_nowhere() -> None:
    written = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    lost = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in written
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert lost == []
