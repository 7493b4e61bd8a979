"""Each law catches its fault: plant one in a small tree, run the same check, see it refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import laws

ROOT = Path(__file__).resolve().parents[2]
Law = Callable[[Path], laws.Findings]

MODULES = {
    "__init__.py": "",
    "__main__.py": "",
    "settings.py": "",
    "urls.py": "",
    "wsgi.py": "",
    "platform.py": "",
    "demo.py": "",
    "reference.py": "",
    "core/__init__.py": "",
    "core/money.py": '"""Money."""\n',
}
APPS = (
    "accounts", "trail", "registry", "rights", "ledger", "assessment", "catalogue",
    "matching", "programmes", "projects", "funding", "monitoring", "reports",
)  # fmt: skip
ROOMS = ("__init__", "apps", "models", "actions", "queries")


def sound_tree(root: Path) -> Path:
    """The smallest tree that keeps every floor: all apps, one import down from each to the next."""
    files = dict(MODULES)
    for package in (*APPS, "web", "api", "cli"):
        files |= {f"{package}/{room}.py": "" for room in ROOMS}
    files |= {f"{app}/facts.py": "" for app in ("registry", "assessment", "funding")}
    for upper, lower in (("trail", "accounts"), ("registry", "trail"), ("funding", "ledger")):
        files[f"{upper}/actions.py"] = (
            f'"""Writes."""\n\nfrom dengta.{lower} import actions\n\nHERE = actions\n'
        )
    files["web/page.py"] = '"""A page."""\n\nfrom dengta.funding import actions\n\nHERE = actions\n'
    for name, text in files.items():
        path = root / "dengta" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def plant(root: Path, file: str, text: str) -> None:
    path = root / "dengta" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip


# ---------------------------------------------------------------- floors


def test_a_sound_tree_keeps_every_contract(tmp_path: Path) -> None:
    said = lint_imports(sound_tree(tmp_path))
    assert said.returncode == 0, said.stdout
    assert "0 broken" in said.stdout


@pytest.mark.parametrize(
    ("file", "text", "contract"),
    [
        ("registry/queries.py", "from dengta.funding import actions\n", "Floors"),
        ("core/money.py", "import dengta.accounts.models\n", "Floors"),
        ("rights/queries.py", "from dengta.ledger import actions\n", "Floors"),
        ("trail/queries.py", "def late():\n    import dengta.web.page\n", "Floors"),
        ("stables/__init__.py", "", "Floors"),
        ("core/money.py", "from django.db import models\n", "Pure floors"),
        ("cli/check.py", "import django\n", "Pure floors"),
        ("web/page.py", "from dengta.funding.models import Voucher\n", "Pages enter"),
        ("web/page.py", "from dengta.assessment import states\n", "Pages enter"),
        ("funding/actions.py", "from dengta.ledger.models import Account\n", "Only ledger"),
    ],
    ids=[
        "an import upwards",
        "core reads an app",
        "siblings know each other",
        "an import upwards inside a function",
        "a package that stands on no floor",
        "Django in core",
        "Django in cli",
        "a page reads a table",
        "a page reads a state machine",
        "a table of the ledger outside it",
    ],
)
def test_a_crooked_import_is_refused(tmp_path: Path, file: str, text: str, contract: str) -> None:
    root = sound_tree(tmp_path)
    plant(root, "assessment/states.py", "")
    plant(root, file, text)
    said = lint_imports(root)
    assert said.returncode == 1, said.stdout
    broken = [line for line in said.stdout.splitlines() if "BROKEN" in line]
    missing = "stables" in file and "stables" in said.stdout
    assert missing or any(line.startswith(contract) for line in broken), said.stdout


def test_a_circle_within_an_app_is_refused(tmp_path: Path) -> None:
    root = sound_tree(tmp_path)
    plant(root, "core/money.py", "import dengta.core.rules\n")
    plant(root, "core/rules.py", "import dengta.core.money\n")
    said = lint_imports(root)
    assert said.returncode == 1
    assert "No cycles anywhere BROKEN" in said.stdout


# ---------------------------------------------------------------- laws over the source

LONG_FUNCTION = '"""A module."""\n\n\ndef long() -> None:\n    """Long."""\n' + "    print()\n" * 69
PLANTS: list[tuple[str, Law, str, str]] = [
    ("a function of 71 lines", laws.numbers, "core/a.py", LONG_FUNCTION),
    ("a file of 601 lines", laws.numbers, "core/a.py", '"""A."""\n' + "A = 1\n" * 600),
    ("a line of 101 columns", laws.numbers, "core/a.py", "#" * 101 + "\n"),
    ("51 Chinese characters in a line", laws.numbers, "core/a.py", "#" + "灯" * 50 + "\n"),
    ("a module without a word", laws.docstrings, "core/a.py", "A = 1\n"),
    ("a function without a word", laws.docstrings, "core/a.py", '"""A."""\ndef f(): pass\n'),
    (
        "a method without a word",
        laws.docstrings,
        "core/a.py",
        '"""A."""\nclass C:\n    """C."""\n    def f(self): pass\n',
    ),
    ("a room that the house has not", laws.rooms, "funding/views.py", '"""V."""\nA = 1\n'),
    ("a name that says nothing", laws.rooms, "core/utils.py", '"""U."""\nA = 1\n'),
    ("an empty room", laws.rooms, "funding/states.py", '"""Nothing yet."""\n'),
    ("a state set by hand", laws.state_moves, "funding/actions.py", "v.state = 'paid'\n"),
    ("a state set among others", laws.state_moves, "funding/actions.py", "a, v.state = 1, 'x'\n"),
    ("a state in an update", laws.state_moves, "funding/actions.py", "q.update(state='paid')\n"),
    ("a state in a spread", laws.state_moves, "funding/actions.py", "q.update(**{'state': 1})\n"),
    ("a state at creation", laws.state_moves, "funding/actions.py", "q.create(state='paid')\n"),
    ("a state by setattr", laws.state_moves, "funding/actions.py", "setattr(v, 'state', 'x')\n"),
    ("a state in bulk", laws.state_moves, "funding/actions.py", "q.bulk_update(v, ['state'])\n"),
    (
        "a state in SQL",
        laws.state_moves,
        "funding/actions.py",
        "c.execute(\"UPDATE voucher SET state = 'paid'\")\n",
    ),
    (
        "a template that tests a state",
        laws.templates_ask_the_flow,
        "web/templates/a.html",
        "{% if voucher.state == 'paid' %}x{% endif %}",
    ),
    (
        "a template that tests a state, turned round",
        laws.templates_ask_the_flow,
        "web/templates/a.html",
        "{% if a %}{% elif 'paid' == voucher.state %}x{% endif %}",
    ),
    ("a float in core", laws.no_floats, "core/a.py", "RATE = 0.3\n"),
    ("a float made", laws.no_floats, "core/a.py", "def f(x): return float(x)\n"),
    ("a float promised", laws.no_floats, "funding/a.py", "def f(x: float) -> None: ...\n"),
    ("a clock in core", laws.core_is_pure, "core/a.py", "import datetime as dt\ndt.date.today()\n"),
    ("dice in core", laws.core_is_pure, "core/a.py", "import random\n"),
    ("the network in core", laws.core_is_pure, "core/a.py", "from urllib import request\n"),
    (
        "a signal",
        laws.no_signals,
        "funding/actions.py",
        "from django.db.models.signals import post_save\n",
    ),
    ("a receiver", laws.no_signals, "funding/actions.py", "from django.dispatch import receiver\n"),
]


@pytest.mark.parametrize(
    ("law", "file", "text"), [case[1:] for case in PLANTS], ids=[case[0] for case in PLANTS]
)
def test_a_planted_fault_is_found(tmp_path: Path, law: Law, file: str, text: str) -> None:
    root = sound_tree(tmp_path)
    before = set(law(root))
    plant(root, file, text)
    after = [line for line in law(root) if line not in before]
    assert after
    assert after[0].startswith(f"dengta/{file}:")


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    root = sound_tree(tmp_path)
    plant(root, "trail/actions.py", '"""Writes."""\nthing.state = "paid"\nq.update(state="x")\n')
    plant(root, "funding/queries.py", '"""Reads."""\nq.filter(state="paid")\nx = thing.state\n')
    plant(root, "web/templates/a.html", "{% if voucher.steps %}{{ voucher.state }}{% endif %}")
    plant(root, "core/a.py", '"""A."""\nNO = isinstance(1, float)\n')
    for law in (laws.state_moves, laws.templates_ask_the_flow, laws.no_floats):
        assert law(root) == []


@pytest.mark.parametrize(
    "text",
    [
        "# TO" + "DO: later",
        "see /wo" + "rk/main/notes",
        "index-u" + "rl = somewhere",
        '"resol' + 'ved": "somewhere"',
        "完成 \U0001f389",
    ],
    ids=["an unfinished note", "a path of one machine", "an index", "a lock's address", "an emoji"],
)
def test_an_unclean_text_is_found(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"fine\n{text}\n", encoding="utf-8")
    found = laws.clean_texts(tmp_path, [page])
    assert len(found) == 1
    assert found[0].startswith("page.md:2:")
