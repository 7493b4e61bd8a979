"""The laws of the house as functions over a source tree: each returns its findings, one per line.

`root` is a folder that holds `dengta/`, so that a test can run the same function over the real tree
and over a small one with a planted fault. A finding reads `path:line: what, and how to mend it`.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

Findings = list[str]

FUNCTION_LINES = 70
FILE_LINES = 600
COLUMNS = 100
CODE = ("dengta", "tests", "bench", "docs")
ROOMS = frozenset(
    {"__init__", "apps", "models", "states", "actions", "queries", "facts", "admin", "migrations"}
)
# Names that say nothing about what stands in the room.
EMPTY_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "managers", "signals", "services", "common", "mixins",
     "misc", "lib", "base"}
)  # fmt: skip


def python_files(root: Path, *folders: str, migrations: bool = False) -> Iterator[Path]:
    """Every Python file below the folders, in order; written-by-Django migrations only if asked."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _at(root: Path, path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(root)}:{line}: {what}"


def width(line: str) -> int:
    """Columns that a line takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


# ---------------------------------------------------------------- law 7: by the numbers


def numbers(root: Path) -> Findings:
    """Functions of at most 70 lines, files of at most 600, lines of at most 100 columns."""
    found: Findings = []
    for path in python_files(root, *CODE):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > FILE_LINES:
            found.append(_at(root, path, 1, f"{len(lines)} lines; {FILE_LINES} are enough: split"))
        for number, line in enumerate(lines, 1):
            if width(line) > COLUMNS:
                found.append(_at(root, path, number, f"{width(line)} columns wide"))
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    found.append(_at(root, path, node.lineno, f"{node.name} has {length} lines"))
    return found


def docstrings(root: Path) -> Findings:
    """A docstring on every module, public class and public function of the platform."""
    found: Findings = []
    for path in python_files(root, "dengta"):
        tree = _tree(path)
        if not ast.get_docstring(tree) and tree.body:
            found.append(_at(root, path, 1, "the module says nothing about itself"))
        for node, name in _public(tree):
            if not ast.get_docstring(node):
                found.append(_at(root, path, node.lineno, f"{name} has no docstring"))
    return found


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(tree: ast.Module) -> Iterator[tuple[Definition, str]]:
    """Public classes, functions and methods; a nested Meta or enum speaks for itself."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node, node.name
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield inner, f"{node.name}.{inner.name}"


# ---------------------------------------------------------------- rooms


def rooms(root: Path) -> Findings:
    """An app has only the rooms of the house, none of them empty; no name that says nothing."""
    found: Findings = []
    for path in python_files(root, "dengta"):
        if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES:
            found.append(_at(root, path, 1, "a name that says nothing: name what it holds"))
    for apps in sorted((root / "dengta").glob("*/apps.py")):
        app = apps.parent
        if app.name == "web":
            continue
        for room in sorted(app.iterdir()):
            if room.name == "__pycache__":
                continue
            if room.stem not in ROOMS or room.suffix not in ("", ".py"):
                found.append(_at(root, room, 1, f"not a room: {', '.join(sorted(ROOMS))}"))
            elif room.suffix == ".py" and room.stem not in ("__init__", "apps") and _bare(room):
                found.append(_at(root, room, 1, "an empty room: remove it"))
    return found


def _bare(path: Path) -> bool:
    """Whether a module holds nothing but its docstring and imports."""
    passive = (ast.Import, ast.ImportFrom, ast.Expr)
    return all(isinstance(node, passive) for node in _tree(path).body)


# ---------------------------------------------------------------- law 3: state moves in one place

_WRITES = frozenset(
    {"update", "create", "get_or_create", "update_or_create", "aupdate", "acreate", "filter_update"}
)
_RAW_STATE = re.compile(r"\bset\s+\"?state\"?\s*=", re.IGNORECASE)


def state_moves(root: Path) -> Findings:
    """Nothing outside `dengta/trail` sets a field named `state`, in whichever way."""
    found: Findings = []
    for path in python_files(root, "dengta"):
        if "trail" in path.relative_to(root).parts:
            continue
        for node in ast.walk(_tree(path)):
            if _sets_state(node):
                line = getattr(node, "lineno", 1)
                found.append(_at(root, path, line, "a state moves only in trail.advance: call it"))
    return found


def _sets_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(
            isinstance(part, ast.Attribute) and part.attr == "state"
            for target in targets
            for part in ast.walk(target)
            if isinstance(getattr(part, "ctx", None), ast.Store)
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(_RAW_STATE.search(node.value))
    return isinstance(node, ast.Call) and _call_sets_state(node)


def _call_sets_state(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(call.func, ast.Name):
        name = call.func.id
    words = {part.value for part in ast.walk(call) if isinstance(part, ast.Constant)}
    if name in ("setattr", "bulk_update", "abulk_update"):
        return "state" in words
    if name not in _WRITES:
        return False
    if any(keyword.arg == "state" for keyword in call.keywords):
        return True
    spread = [keyword.value for keyword in call.keywords if keyword.arg in (None, "defaults")]
    keys = [key for value in spread for part in ast.walk(value) if isinstance(part, ast.Dict)
            for key in part.keys]  # fmt: skip
    return any(isinstance(key, ast.Constant) and key.value == "state" for key in keys)


# ---------------------------------------------------------------- law 6: pages ask the flow

_IF_TAG = re.compile(r"{%-?\s*(?:el)?if\b(.*?)%}", re.DOTALL)
_STATE_TEST = re.compile(r"\bstate(?:\.id|_id)?\b\s*(?:==|!=|\bin\b|\bnot\s+in\b)|"
                         r"(?:==|!=)\s*[\w.]*\bstate(?:\.id|_id)?\b")  # fmt: skip


def templates_ask_the_flow(root: Path) -> Findings:
    """No template tests the name of a state: what may be done comes from the Flow."""
    found: Findings = []
    for path in sorted((root / "dengta").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for tag in _IF_TAG.finditer(text):
            if _STATE_TEST.search(tag.group(1)):
                line = text.count("\n", 0, tag.start()) + 1
                found.append(_at(root, path, line, "tests a state name: ask the Flow instead"))
    return found


# ---------------------------------------------------------------- law 5: exact numbers

_EXACT = ("dengta/core", "dengta/ledger", "dengta/funding", "dengta/assessment")


def no_floats(root: Path) -> Findings:
    """No float where money and scores are decided: no literal, no `float(…)`, no annotation.

    Refusing one is fine: `isinstance(value, float)` and `parse_float=` are how floats stay out.
    So is `cutoff=`, the likeness from which a mistyped name gets a suggestion.
    """
    found: Findings = []
    for path in python_files(root, *_EXACT):
        tree = _tree(path)
        harmless = {id(part) for node in ast.walk(tree) if _refuses_floats(node)
                    for part in ast.walk(node)}  # fmt: skip
        for node in ast.walk(tree):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name) and node.id == "float"
            if (literal or named) and id(node) not in harmless:
                line = getattr(node, "lineno", 1)
                found.append(_at(root, path, line, "a float: use integers, or Fraction, or text"))
    return found


def _refuses_floats(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "cutoff"
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in ("isinstance", "issubclass")


# ---------------------------------------------------------------- gravity: no clock, no signals

_CLOCKS = frozenset({"today", "now", "utcnow", "time", "monotonic", "localdate", "perf_counter"})
_OUTSIDE = frozenset({"time", "random", "socket", "http", "urllib", "requests", "subprocess"})


_SIGNAL = re.compile(r"\.signals(\.|$)|^django\.dispatch\b")


def core_is_pure(root: Path) -> Findings:
    """`core` reads no clock, throws no dice and opens no connection: the day is passed in."""
    found: Findings = []
    for path in python_files(root, "dengta/core"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                owner_name = getattr(owner, "id", getattr(owner, "attr", ""))
                if node.func.attr in _CLOCKS and owner_name in ("date", "datetime", "dt", "time"):
                    found.append(_at(root, path, node.lineno, "reads the clock: take `as_of`"))
            for module in _imported(node):
                if module.split(".")[0] in _OUTSIDE:
                    line = getattr(node, "lineno", 1)
                    found.append(_at(root, path, line, f"core must not import {module}"))
    return found


def no_signals(root: Path) -> Findings:
    """Nothing calls upstairs by a signal: the floor above looks down instead."""
    found: Findings = []
    for path in python_files(root, "dengta"):
        for node in ast.walk(_tree(path)):
            if any(_SIGNAL.search(name) for name in _imported(node)):
                line = getattr(node, "lineno", 1)
                found.append(_at(root, path, line, "a signal: let the floor above look down"))
    return found


def _imported(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


# ---------------------------------------------------------------- clean texts

_TEXTS = ("*.py", "*.toml", "*.md", "*.html", "*.css", "*.js", "*.po", "*.yml", "*.json", "*.in",
          "*.txt", "*.cfg", "Makefile", "run")  # fmt: skip
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_MACHINE = re.compile(r"(?<![\w/.])/(?:work|root|home/\w+)/")
# Where packages come from is the machine's affair; written so that this line is not one itself.
_REGISTRY = re.compile(
    r"py[p]i\.(?:org|python)|python[h]osted|registry\.n[p]m|npm[m]irror|index-u[r]l\s*=|"
    r"deb\.d[e]bian|\"resol[v]ed\":",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\U00002700-\U000027bf\U0000fe0f]")
# Signs of typography within the range above that are no emoji.
_TYPOGRAPHY = frozenset("✓✔✕✗✘❶❷❸❹❺❻❼❽❾❿➀➁➂➃➄➔➜")


def clean_texts(root: Path, paths: Iterable[Path]) -> Findings:
    """No unfinished notes, machine paths, registry addresses or emoji in what is published."""
    found: Findings = []
    rules = (
        (_UNFINISHED, "unfinished: finish it or take it out"),
        (_MACHINE, "a path of one machine"),
        (_REGISTRY, "the address of a package registry: leave it to the machine"),
        (_EMOJI, "an emoji: say it in words"),
    )
    for path in paths:
        if not any(path.match(pattern) for pattern in _TEXTS) or "vendor" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for rule, what in rules:
                hit = rule.search(line)
                if hit and hit.group() not in _TYPOGRAPHY:
                    found.append(_at(root, path, number, what))
    return found
