"""Chinese is official and English complete: what sources say, what the catalogue has."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

from tests.house.laws import Findings, python_files

HAN = re.compile("[\u3400-\u9fff]")
MARKERS = frozenset(
    {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
)
_MARKED = re.compile(r"\b(?:gettext|_)\(\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
_PLURAL = re.compile(r"\bngettext\(\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
_NAMED = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


@dataclass
class Entry:
    """One entry of a catalogue: the Chinese original, its translations, whether it is a guess."""

    original: str = ""
    plural: str = ""
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False


def catalogue(po: Path) -> dict[str, Entry]:
    """A .po file by its originals; entries that are no longer used (`#~`) are left out."""
    entries: dict[str, Entry] = {}
    for block in po.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        entry = Entry(fuzzy=any(line.startswith("#,") and "fuzzy" in line for line in lines))
        into = ""
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            word, _, rest = line.partition(" ")
            into, text = (word, rest) if not line.startswith('"') else (into, line)
            value = ast.literal_eval(text)
            if into == "msgid":
                entry.original += value
            elif into == "msgid_plural":
                entry.plural += value
            elif line.startswith("msgstr"):
                entry.translations.append(value)
            else:
                entry.translations[-1] += value
        if entry.original:
            entries[entry.original] = entry
    return entries


def sources(root: Path) -> dict[str, str]:
    """Every text marked for translation in code and templates -> the file it is first found in."""
    found: dict[str, str] = {}
    for path in python_files(root, "dengta"):
        for text in _marked_in_code(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, str(path.relative_to(root)))
    for path in sorted((root / "dengta").rglob("*.html")):
        code = templatize(path.read_text(encoding="utf-8"))
        for pattern in (_MARKED, _PLURAL):
            for hit in pattern.finditer(code):
                found.setdefault(ast.literal_eval(hit.group(1)), str(path.relative_to(root)))
    return found


def _called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", ""))


def _marked_in_code(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if _called(node) in MARKERS and isinstance(node, ast.Call) and node.args:
            first = node.args[1] if _called(node) == "pgettext" else node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def incomplete(root: Path, po: Path) -> Findings:
    """What the catalogue lacks, has too much, guesses, or translates with other placeholders."""
    entries, wanted = catalogue(po), sources(root)
    found = [f"{file}: “{text}” is not in {po.name}" for text, file in wanted.items()
             if text not in entries]  # fmt: skip
    found += [f"{po.name}: “{text}” is said nowhere" for text in entries if text not in wanted]
    for entry in entries.values():
        name = f"{po.name}: “{entry.original}”"
        if entry.fuzzy:
            found.append(f"{name}: a guess; confirm it")
        for said in entry.translations or [""]:
            if not said.strip():
                found.append(f"{name} has no English")
            elif HAN.search(said):
                found.append(f"{name}: Chinese in the English: {said}")
            elif placeholders(said) != placeholders(entry.original):
                found.append(f"{name}: other placeholders in: {said}")
    return found


def placeholders(text: str) -> set[str]:
    """Names between `%(` and `)s` or in braces."""
    return {a or b for a, b in _NAMED.findall(text)}


def uncompiled(po: Path) -> Findings:
    """Entries whose compiled form (.mo, which is what is read) is missing or differs."""
    mo = po.with_suffix(".mo")
    if not mo.is_file():
        return [f"{mo.name}: missing: run compilemessages"]
    with mo.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    found = []
    for entry in catalogue(po).values():
        said = compiled.ngettext(entry.original, entry.plural, 1) if entry.plural else (
            compiled.gettext(entry.original))  # fmt: skip
        if entry.translations and said != entry.translations[0]:
            found.append(f"{mo.name}: “{entry.original}” differs: run compilemessages")
    return found


# ---------------------------------------------------------------- texts that nobody could translate

_HIDDEN = re.compile(
    r"{#.*?#}|{%\s*comment\b.*?endcomment\s*%}|<!--.*?-->|"
    r"{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
_TAG_TEXT = re.compile(r"(?<!_\()(['\"])([^'\"]*[\u3400-\u9fff][^'\"]*)\1")
_TRANSLATING = re.compile(r"{%-?\s*(?:trans|translate|blocktrans|blocktranslate|comment)\b")
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
# When all else has failed, the page that says so relies on nothing and speaks both at once.
BOTH_AT_ONCE = frozenset({"500.html"})
_UNSEEN = re.compile(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_IN_CHINESE = re.compile(r"<(\w+)[^>]*\blang=\"zh[^>]*>.*?</\1>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_HAN_RUN = re.compile("[\u3400-\u9fff][\u3400-\u9fff（）〔〕、，。0-9]*")


def one_language_templates(root: Path) -> Findings:
    """Chinese in a template outside `trans`, `blocktrans` and `_()`: nobody can translate it."""
    found: Findings = []
    for path in sorted((root / "dengta").rglob("*.html")):
        if path.name in BOTH_AT_ONCE:
            continue
        text = path.read_text(encoding="utf-8")
        bare = _HIDDEN.sub(lambda hit: "\n" * hit.group().count("\n"), text)
        for number, line in enumerate(bare.splitlines(), 1):
            if HAN.search(line) and 'lang="zh' not in line:
                found.append(f"{path.relative_to(root)}:{number}: {line.strip()[:60]}")
        for tag in _TAG.finditer(text):
            if not _TRANSLATING.match(tag.group()) and _TAG_TEXT.search(tag.group()):
                number = text.count("\n", 0, tag.start()) + 1
                found.append(f"{path.relative_to(root)}:{number}: {tag.group()[:60]}")
    return found


def chinese_in_english(page: str, data: str) -> list[str]:
    """Chinese that an English page shows and that is no datum (a name, an address, a note)."""
    shown = _UNSEEN.sub(" ", page)
    shown = _MARKUP.sub("\n", _IN_CHINESE.sub(" ", shown))
    return [run for run in _HAN_RUN.findall(shown) if run not in data]


def empty_english(root: Path) -> Findings:
    """A `Text` whose English is missing or is Chinese."""
    found: Findings = []
    for path in python_files(root, "dengta"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _called(node) != "Text" or not isinstance(node, ast.Call) or len(node.args) != 2:
                continue
            zh, en = ("".join(_constants(argument)) for argument in node.args)
            if HAN.search(zh) and (HAN.search(en) or not (en or _is_computed(node.args[1]))):
                found.append(f"{path.relative_to(root)}:{node.lineno}: {zh[:30]} / {en[:30]}")
    return found


def _constants(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _is_computed(node: ast.AST) -> bool:
    return not isinstance(node, ast.Constant)
